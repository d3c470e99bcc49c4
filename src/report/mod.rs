//! Judgements to text: one file per format, all of them pure.

mod document;
mod explain;
mod github;
mod human;
mod json;
mod proof;
mod rules_md;
mod sarif;

use std::io::{self, Write};

pub use document::{CheckOutcome, StatementEntry, Subject, Summary};
pub use explain::{lock_mode, rule};
pub use human::Style;
pub use proof::{Explained, proof};
pub use rules_md::rules_md;

use crate::source::SourceFile;

/// A format of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format<'a> {
    /// Findings with their source, for a terminal.
    Human(Style),
    /// One document, whose shape is a contract.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows beside the changed lines.
    Github {
        /// The project's folder within the checkout, for GitHub knows no other paths; empty when they are the same.
        folder: &'a str,
    },
}

/// Writes what a check found.
///
/// # Errors
///
/// The writer refuses; a closed pipe is for the caller to forgive.
pub fn write(format: Format<'_>, files: &[SourceFile], outcome: &CheckOutcome, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human(style) => human::write(style, files, outcome, out),
        Format::Json => json::write(files, outcome, out),
        Format::Sarif => sarif::write(files, outcome, out),
        Format::Github { folder } => github::write(folder, files, outcome, out),
    }
}
