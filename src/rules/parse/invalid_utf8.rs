//! A file that is not UTF-8 text.

use crate::finding::{FileId, Finding, Severity};
use crate::rules::{Rule, sample};
use crate::source::Span;

/// The rule.
pub const RULE: Rule = Rule {
    id: "parse/invalid-utf8",
    severity: Severity::Error,
    when: "a file holds bytes that are not UTF-8",
    effect: "a server whose client encoding is UTF8 refuses the file, and with another encoding it stores other characters than the author saw",
    remedy: "save the file as UTF-8; the finding names the first byte that is not",
    sources: &[
        "PostgreSQL manual, \"Character Set Support\", \"Automatic Character Set Conversion Between Server and Client\"",
    ],
    bad: &[sample!("parse/invalid-utf8/bad.sql")],
    good: &[sample!("parse/invalid-utf8/good.sql")],
};

/// Reports the first byte of a file that is not UTF-8.
pub fn found(file: FileId, span: Span, byte: u8) -> Finding {
    let offset = span.start;
    RULE.finding(file, span, format!("byte {offset} (0x{byte:02x}) is not UTF-8"))
        .label(span, "a server whose client encoding is UTF8 refuses this")
        .help("save the file as UTF-8")
}

/// Reports a file that opens with the byte order mark of UTF-16.
pub fn utf16(file: FileId) -> Finding {
    RULE.finding(file, Span::new(0, 2), "the file is UTF-16, not UTF-8").help("save the file as UTF-8")
}
