//! Findings: what every stage may report about the user's SQL.

use crate::source::Span;

/// The index of a source file in its project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// Returns the index for a slice of files.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much a finding weighs: errors make `check` fail, warnings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The project is refused.
    Error,
    /// The project is accepted.
    Warning,
}

impl Severity {
    /// Returns the word that reports and settings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A place that gives evidence, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file of the place; not always the finding's own.
    pub file: FileId,
    /// The place.
    pub span: Span,
    /// What the place shows, in a few words.
    pub text: String,
}

/// A replacement of one span of the finding's file; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// What a rule reports: headline, evidence, remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, as `family/name`.
    pub rule: &'static str,
    /// The weight; settings may change the rule's own.
    pub severity: Severity,
    /// The file it is about.
    pub file: FileId,
    /// The place it is about.
    pub span: Span,
    /// One factual line: lower case, no full stop, names in backticks.
    pub message: String,
    /// Evidence; the first label of the finding's own span says what is wrong there.
    pub labels: Vec<Label>,
    /// What to do; SQL to paste where it can be.
    pub help: Option<String>,
    /// Edits that put it right without changing what correct code does; they do not overlap.
    pub fix: Vec<Edit>,
}

impl Finding {
    /// Makes an error.
    pub fn error(rule: &'static str, file: FileId, span: Span, message: impl Into<String>) -> Self {
        Finding::new(rule, Severity::Error, file, span, message.into())
    }

    /// Makes a warning.
    pub fn warning(rule: &'static str, file: FileId, span: Span, message: impl Into<String>) -> Self {
        Finding::new(rule, Severity::Warning, file, span, message.into())
    }

    fn new(rule: &'static str, severity: Severity, file: FileId, span: Span, message: String) -> Self {
        Finding { rule, severity, file, span, message, labels: Vec::new(), help: None, fix: Vec::new() }
    }

    /// Adds evidence from the finding's own file.
    #[must_use]
    pub fn label(self, span: Span, text: impl Into<String>) -> Self {
        let file = self.file;
        self.label_in(file, span, text)
    }

    /// Adds evidence from any file.
    #[must_use]
    pub fn label_in(mut self, file: FileId, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { file, span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds an edit that belongs to the remedy.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix.push(Edit { span, text: text.into() });
        self
    }

    /// Returns the part of the rule's name before the slash.
    pub fn family(&self) -> &'static str {
        self.rule.split_once('/').map_or(self.rule, |(family, _)| family)
    }
}

/// Orders findings by file, place and rule, and drops exact repetitions.
///
/// Stages may report in any order; what leaves the program does not depend on it.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
    findings.dedup();
}

fn key(finding: &Finding) -> (FileId, u32, &'static str, u32) {
    (finding.file, finding.span.start, finding.rule, finding.span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_file_place_rule() {
        let finding = |rule, file, start| Finding::error(rule, FileId(file), Span::new(start, start + 1), "x");
        let mut findings = vec![
            finding("b/b", 0, 5),
            finding("a/a", 1, 0),
            finding("a/b", 0, 5),
            finding("z/z", 0, 1),
            finding("b/b", 0, 5),
        ];
        sort(&mut findings);
        let order: Vec<_> = findings.iter().map(|f| (f.file.0, f.span.start, f.rule)).collect();
        assert_eq!(order, [(0, 1, "z/z"), (0, 5, "a/b"), (0, 5, "b/b"), (1, 0, "a/a")]);
    }
}
