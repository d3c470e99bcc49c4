//! What `explain` prints about rules and locks.

use crate::pg::LockMode;
use crate::rules::{Rule, Sample};

/// Returns the page of a rule: when, effect, remedy, example.
pub fn rule(rule: &Rule) -> String {
    let mut page = format!(
        "{} ({} by default)\n\n  found when  {}\n  effect      {}\n  instead     {}\n",
        rule.id,
        rule.severity.as_str(),
        rule.when,
        rule.effect,
        rule.remedy,
    );
    for source in rule.sources {
        page.push_str(&format!("  source      {source}\n"));
    }
    page.push_str(&format!("\nrefused:\n{}\naccepted:\n{}", samples(rule.bad), samples(rule.good)));
    page
}

fn samples(samples: &[Sample]) -> String {
    samples.iter().map(|sample| sample_text(sample, samples.len())).collect()
}

fn sample_text(sample: &Sample, of: usize) -> String {
    let text = String::from_utf8_lossy(sample.text);
    let lines: String = text.lines().map(|line| format!("  {line}\n").replace("  \n", "\n")).collect();
    if of == 1 { format!("\n{lines}") } else { format!("\n  -- {}\n{lines}", sample.name()) }
}

/// Returns the page of a lock mode: what waits for it, and what takes it.
pub fn lock_mode(mode: LockMode) -> String {
    let conflicts = LockMode::ALL.into_iter().filter(|other| mode.conflicts_with(*other));
    let conflicts: Vec<&str> = conflicts.map(LockMode::as_str).collect();
    format!(
        "{mode} (lock mode of tables)\n\n  blocks          {}\n  conflicts with  {}\n  taken by        {}\n  source          \
         PostgreSQL manual, \"Explicit Locking\"\n",
        mode.blocks(),
        conflicts.join(", "),
        mode.taken_by(),
    )
}
