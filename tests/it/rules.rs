//! Rules, their examples and `RULES.md`.

use std::collections::BTreeSet;

use tenet::report::rules_md;
use tenet::rules::{ALL, Sample, is_family};

use crate::fixture::{compare, files_below, report, root};

#[test]
fn rules_md_is_made_from_the_rules() {
    report(1, compare(&root().join("RULES.md"), &rules_md()).err().into_iter().collect());
}

#[test]
fn rules_are_named_once_and_belong_to_a_family() {
    let names: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), ALL.len(), "a name stands for one rule");
    for rule in ALL {
        assert!(is_family(rule.family()), "{} has a family that FAMILIES lacks", rule.id);
        let texts = [rule.when, rule.effect, rule.remedy];
        assert!(texts.iter().all(|text| !text.is_empty() && !text.ends_with('.')), "{}: a sentence's stop", rule.id);
    }
}

#[test]
fn a_rule_has_examples_and_an_example_has_a_rule() {
    let folder = root().join("fixtures/rules");
    let samples = ALL.iter().flat_map(|rule| rule.bad.iter().chain(rule.good));
    let known: BTreeSet<String> = samples.map(|sample: &Sample| sample.path.to_owned()).collect();
    let mut failures = Vec::new();
    for rule in ALL {
        for (kind, samples) in [("bad", rule.bad), ("good", rule.good)] {
            let prefix = format!("{}/{kind}", rule.id);
            let own = !samples.is_empty() && samples.iter().all(|sample| sample.path.starts_with(&prefix));
            if !own {
                failures.push(format!("{prefix}: no example, or one of another rule"));
            }
        }
    }
    for file in files_below(&folder) {
        let path = file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        if !known.contains(&path) && !path.ends_with("/tenet.yaml") {
            failures.push(format!("fixtures/rules/{path}: no rule shows it"));
        }
    }
    report(known.len(), failures);
}
