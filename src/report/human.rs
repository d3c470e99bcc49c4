//! `--format human`: headline, source, evidence, remedy.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use textwrap::{WordSeparator, WordSplitter};

use super::CheckOutcome;
use crate::finding::{FileId, Finding, Severity};
use crate::source::{SourceFile, Span};

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With ANSI colours.
    Coloured,
    /// Without.
    Plain,
}

/// Columns of a report; fixed, so that a report does not depend on the terminal that it is made in.
const WIDTH: usize = 100;

/// Writes every finding with its source.
pub(super) fn write(style: Style, files: &[SourceFile], outcome: &CheckOutcome, out: &mut dyn Write) -> io::Result<()> {
    let theme = match style {
        Style::Coloured => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
    };
    // A word is never divided: it may be there to be pasted.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(WIDTH)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation);
    let mut text = String::new();
    for finding in &outcome.findings {
        text.clear();
        handler.render_report(&mut text, &Shown::new(finding, files)).map_err(io::Error::other)?;
        writeln!(out, "{}\n", text.trim_end())?;
    }
    Ok(())
}

/// A finding, or its evidence in another file, in the form that miette draws.
#[derive(Debug)]
struct Shown<'a> {
    rule: Option<&'static str>,
    severity: miette::Severity,
    message: &'a str,
    help: Option<&'a str>,
    labels: Vec<LabeledSpan>,
    source: Source<'a>,
    elsewhere: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Finding, files: &'a [SourceFile]) -> Self {
        let source = Source { file: &files[finding.file.index()] };
        let others = finding.labels.iter().filter(|label| label.file != finding.file);
        Shown {
            rule: Some(finding.rule),
            severity: match finding.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            message: &finding.message,
            help: finding.help.as_deref(),
            labels: labels(finding, source),
            source,
            elsewhere: others.map(|label| Shown::evidence(label.file, label.span, &label.text, files)).collect(),
        }
    }

    fn evidence(file: FileId, span: Span, text: &'a str, files: &'a [SourceFile]) -> Self {
        let source = Source { file: &files[file.index()] };
        Shown {
            rule: None,
            severity: miette::Severity::Advice,
            message: text,
            help: None,
            labels: vec![LabeledSpan::new_primary_with_span(None, source.first_line(span))],
            source,
            elsewhere: Vec::new(),
        }
    }
}

/// The labels of the finding's own file; its place is underlined even when no label explains it.
fn labels(finding: &Finding, source: Source<'_>) -> Vec<LabeledSpan> {
    let own = finding.labels.iter().filter(|label| label.file == finding.file);
    let mut labels: Vec<LabeledSpan> = Vec::new();
    for label in own {
        let place = source.first_line(label.span);
        let text = Some(label.text.clone());
        labels.push(match label.span == finding.span {
            true => LabeledSpan::new_primary_with_span(text, place),
            false => LabeledSpan::new_with_span(text, place),
        });
    }
    if !labels.iter().any(LabeledSpan::primary) {
        labels.push(LabeledSpan::new_primary_with_span(None, source.first_line(finding.span)));
    }
    labels
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.rule.map(|rule| Box::new(rule) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn Diagnostic> + 'b>> {
        let shown = self.elsewhere.iter().map(|shown| shown as &dyn Diagnostic);
        (!self.elsewhere.is_empty()).then(|| Box::new(shown) as Box<dyn Iterator<Item = &dyn Diagnostic>>)
    }
}

/// A file whose lines are already indexed: miette's own source scans it from the start for every label.
#[derive(Clone, Copy, Debug)]
struct Source<'a> {
    file: &'a SourceFile,
}

impl Source<'_> {
    /// Cuts a place at the end of its first line: an arc around a long statement hides what it is about.
    fn first_line(self, span: Span) -> SourceSpan {
        let end = (self.file.text.len() as u32).min(span.end);
        let start = span.start.min(end);
        let rest = &self.file.text.as_bytes()[start as usize..end as usize];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        (start as usize, length).into()
    }
}

impl SourceCode for Source<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let file = self.file;
        let start = span.offset() as u32;
        let (line, column) = file.position(start);
        let (last, _) = file.position((span.offset() + span.len()) as u32);
        let first_shown = line.saturating_sub(before as u32).max(1);
        let last_shown = last + after as u32;
        // Without context, miette wants the place itself: that is where it takes line and column from.
        let (from, column) = if before == 0 { (start, column - 1) } else { (file.line_start(first_shown), 0) };
        let to = file.line_start(last_shown + 1);
        let data = &file.text.as_bytes()[from as usize..to as usize];
        let shown = (from as usize, data.len()).into();
        let lines = (last_shown.min(file.position(to).0) + 1 - first_shown) as usize;
        let name = file.path.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, data, shown, first_shown as usize - 1, column as usize, lines)))
    }
}
