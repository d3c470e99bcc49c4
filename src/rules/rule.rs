//! What a rule consists of.

use crate::finding::{FileId, Finding, Severity};
use crate::source::Span;

/// A rule: its name, its weight, and what a reader has to know about it.
#[derive(Debug)]
pub struct Rule {
    /// The name, as `family/name`; it says the pattern found and is frozen once released.
    pub id: &'static str,
    /// The weight unless settings change it.
    pub severity: Severity,
    /// The pattern that it finds.
    pub when: &'static str,
    /// Who suffers from the pattern, or what is lost.
    pub effect: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
    /// Where the facts come from.
    pub sources: &'static [&'static str],
    /// A project in which the rule finds something.
    pub bad: &'static [Sample],
    /// The same project put right: no rule finds anything.
    pub good: &'static [Sample],
}

/// A file of a rule's example.
#[derive(Debug)]
pub struct Sample {
    /// The path under `fixtures/rules`.
    pub path: &'static str,
    /// The bytes; the example of a file that is not UTF-8 is not UTF-8.
    pub text: &'static [u8],
}

impl Sample {
    /// Returns the path within its example: `migrations/0001_orders.sql`.
    pub fn name(&self) -> &'static str {
        // family/rule/example/…
        self.path.splitn(4, '/').last().unwrap_or(self.path)
    }
}

impl Rule {
    /// Makes a finding of this rule, with its own weight.
    pub fn finding(&self, file: FileId, span: Span, message: impl Into<String>) -> Finding {
        match self.severity {
            Severity::Error => Finding::error(self.id, file, span, message),
            Severity::Warning => Finding::warning(self.id, file, span, message),
        }
    }

    /// Returns the part of the name before the slash.
    pub fn family(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(family, _)| family)
    }
}

/// Takes in a file under `fixtures/rules` at compile time, so that a rule's example cannot drift from its proof.
macro_rules! sample {
    ($path:literal) => {
        $crate::rules::Sample {
            path: $path,
            text: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rules/", $path)),
        }
    };
}
pub(crate) use sample;
