//! Source text and places in it.

use std::ops::Range;

/// A half-open range of bytes in one source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span; an `end` before `start` gives an empty span at `start`.
    pub fn new(start: u32, end: u32) -> Self {
        Span { start, end: end.max(start) }
    }

    /// Returns the smallest span that holds both; an empty span at 0 is neutral.
    pub fn to(self, other: Span) -> Span {
        match (self == Span::default(), other == Span::default()) {
            (true, _) => other,
            (_, true) => self,
            _ => Span { start: self.start.min(other.start), end: self.end.max(other.end) },
        }
    }

    /// Says whether `other` lies within.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Takes in what closes the parentheses that are open at the end of an expression in a text.
    pub fn closed(self, text: &str) -> Span {
        let within = text.get(self.range()).unwrap_or("");
        let mut open = within.matches('(').count().saturating_sub(within.matches(')').count());
        let behind = text.get(self.end as usize..).unwrap_or("");
        if open == 0 {
            return self;
        }
        for (at, byte) in behind.bytes().enumerate() {
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return Span::new(self.start, self.end + u32::try_from(at + 1).unwrap_or(0)),
                b')' => open -= 1,
                _ => {}
            }
        }
        self
    }

    /// Returns the span moved by `by` bytes: from a piece of text to the file that holds it.
    pub fn shifted(self, by: u32) -> Span {
        Span { start: self.start + by, end: self.end + by }
    }

    /// Returns the span as an index range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A file: its path as the user sees it, its text, and where its lines begin.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the project, with forward slashes.
    pub path: String,
    /// The whole text, byte order mark and line ends included.
    pub text: String,
    lines: Vec<u32>,
}

impl SourceFile {
    /// Makes a source file and indexes its lines.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let starts = text.match_indices('\n').map(|(at, _)| at as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        SourceFile { path: path.into(), text, lines }
    }

    /// Returns the 1-based line and column of a byte offset; columns count bytes.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line as u32, offset - start + 1)
    }

    /// Returns the offset of a 1-based line's first byte; the end of the text when there is no such line.
    pub fn line_start(&self, line: u32) -> u32 {
        let start = self.lines.get(line.saturating_sub(1) as usize).copied();
        start.unwrap_or(self.text.len() as u32)
    }

    /// Returns the text of a span; empty when it does not lie on character boundaries.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_one_based_and_count_bytes() {
        let file = SourceFile::new("a.sql", "SELECT 1;\r\n-- ä\nä x");
        assert_eq!(file.position(0), (1, 1));
        assert_eq!(file.position(11), (2, 1));
        assert_eq!(file.position(17), (3, 1));
        assert_eq!(file.position(20), (3, 4));
    }
}
