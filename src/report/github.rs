//! `--format github`: workflow commands that GitHub shows beside the changed lines.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions".

use std::io::{self, Write};

use super::CheckOutcome;
use crate::finding::Finding;
use crate::source::SourceFile;

/// Writes one command a finding.
pub(super) fn write(folder: &str, files: &[SourceFile], outcome: &CheckOutcome, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        writeln!(out, "{}", command(folder, &files[finding.file.index()], finding))?;
    }
    Ok(())
}

fn command(folder: &str, file: &SourceFile, finding: &Finding) -> String {
    let (line, column) = file.position(finding.span.start);
    let (end_line, end_column) = file.position(finding.span.end);
    // GitHub refuses columns when a place has more than one line.
    let columns = if line == end_line { format!(",col={column},endColumn={end_column}") } else { String::new() };
    let path = if folder.is_empty() { file.path.clone() } else { format!("{folder}/{}", file.path) };
    format!(
        "::{} file={},line={line},endLine={end_line}{columns},title={}::{}",
        finding.severity.as_str(),
        property(&path),
        property(finding.rule),
        data(&text(finding)),
    )
}

fn text(finding: &Finding) -> String {
    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
    std::iter::once(finding.message.clone()).chain(help).collect()
}

/// Escapes what stands behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, where commas and colons would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FileId;
    use crate::source::Span;

    #[test]
    fn everything_that_ends_a_command_is_escaped() {
        let file = SourceFile::new("a,b:c%.sql", "SELECT 1;\nSELECT 2;");
        let finding = Finding::error("parse/opaque", FileId(0), Span::new(0, 6), "50% of\r\n`x`").help("a: b");
        let expected = "::error file=a%2Cb%3Ac%25.sql,line=1,endLine=1,col=1,endColumn=7,title=parse/opaque::\
                        50%25 of%0D%0A`x`%0Ahelp: a: b";
        assert_eq!(command("", &file, &finding), expected);
        let two_lines = Finding { span: Span::new(0, 12), ..finding };
        assert!(
            command("apps/shop", &file, &two_lines)
                .starts_with("::error file=apps/shop/a%2Cb%3Ac%25.sql,line=1,endLine=2,title=")
        );
    }
}
