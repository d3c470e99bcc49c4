//! `RULES.md`.

use crate::rules::{self, Rule, Sample};

/// Returns the text of `RULES.md`, made from the rules themselves.
pub fn rules_md() -> String {
    let mut page = String::from(
        "# Rules\n\nThis page is made from the rules themselves; `tenet explain <rule>` prints the same text.\n\
         `rules:` in tenet.yaml sets a family or a rule to `error`, `warn` or `off`.\n",
    );
    for (family, about) in rules::FAMILIES {
        page.push_str(&format!("\n## {family}\n\n{}.\n", capitalised(about)));
        for rule in rules::ALL.iter().filter(|rule| rule.family() == *family) {
            page.push_str(&section(rule));
        }
    }
    page
}

fn section(rule: &Rule) -> String {
    let mut text = format!(
        "\n### {}\n\n{} by default.\n\n* **Found when** {}.\n* **Effect:** {}.\n* **Instead:** {}.\n",
        rule.id,
        capitalised(rule.severity.as_str()),
        rule.when,
        rule.effect,
        rule.remedy,
    );
    for source in rule.sources {
        text.push_str(&format!("* Source: {source}.\n"));
    }
    text.push_str(&format!("\nRefused:\n\n{}\nAccepted:\n\n{}", fences(rule.bad), fences(rule.good)));
    text
}

fn fences(samples: &[Sample]) -> String {
    let named = |sample: &Sample| if samples.len() > 1 { format!("-- {}\n", sample.name()) } else { String::new() };
    let blocks = samples
        .iter()
        .map(|sample| format!("```sql\n{}{}\n```\n", named(sample), String::from_utf8_lossy(sample.text).trim_end()));
    blocks.collect::<Vec<_>>().join("\n")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
