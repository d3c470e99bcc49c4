//! What settings make of findings.

use crate::finding::{Finding, Severity};
use crate::settings::{Level, Settings};

/// Drops the findings of rules that are off, gives the others the weight that settings ask for, and orders them.
pub fn judge(settings: &Settings, mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain_mut(|finding| match settings.level(finding.rule) {
        Some(Level::Off) => false,
        Some(Level::Error) => weigh(finding, Severity::Error),
        Some(Level::Warn) => weigh(finding, Severity::Warning),
        None => true,
    });
    crate::finding::sort(&mut findings);
    findings
}

fn weigh(finding: &mut Finding, severity: Severity) -> bool {
    finding.severity = severity;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FileId;
    use crate::source::Span;

    #[test]
    fn off_drops_and_warn_weakens() {
        let mut settings = Settings::default();
        settings.rules.insert("parse".into(), Level::Warn);
        settings.rules.insert("scope/unprovable".into(), Level::Off);
        let finding = |rule| Finding::error(rule, FileId(0), Span::new(0, 1), "x");
        let judged = judge(&settings, vec![finding("scope/unprovable"), finding("parse/opaque")]);
        assert_eq!(judged, [Finding::warning("parse/opaque", FileId(0), Span::new(0, 1), "x")]);
    }
}
