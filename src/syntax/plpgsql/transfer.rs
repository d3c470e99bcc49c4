//! Statements that move rows and facts into variables: cursors and diagnostics.

use super::Rule;
use super::block::scroll;
use super::reader::{Node, Reader, all, first, has};
use crate::procedure::{Diagnostic, DiagnosticsArea, Direction, Expression, OpenSource, StatementKind, Target};
use crate::source::Span;
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};

impl Reader<'_> {
    pub(super) fn cursor_name(&self, node: &Node<'_>) -> Parsed<Target> {
        self.target(&self.one(&self.one(node, Rule::cursor_name)?, Rule::target)?)
    }

    pub(super) fn diagnostics(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let stacked = has(node, Rule::kw_stacked);
        let area = if stacked { DiagnosticsArea::Stacked } else { DiagnosticsArea::Current };
        let read = |item: Node<'_>| {
            let target = self.target(&self.one(&item, Rule::target)?)?;
            Ok(Diagnostic { target, item: self.one(&item, Rule::word)?.as_str().to_ascii_lowercase() })
        };
        let items = all(node, Rule::diagnostic).map(read).collect::<Parsed<_>>()?;
        Ok(StatementKind::GetDiagnostics { area, items })
    }

    pub(super) fn open(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let scroll = scroll(node);
        let source = if let Some(execute) = first(node, Rule::open_execute) {
            OpenSource::Execute { scroll, command: self.dynamic(&execute)? }
        } else if let Some(query) = first(node, Rule::sql_text) {
            OpenSource::Query { scroll, query: Box::new(self.plain_sql(self.span(&query))) }
        } else {
            OpenSource::Bound(self.arguments(node)?)
        };
        Ok(StatementKind::Open { cursor: self.cursor_name(node)?, source })
    }

    pub(super) fn fetch(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let direction = first(node, Rule::direction).map(|direction| self.direction(&direction)).transpose()?;
        let (cursor, into) = (self.cursor_name(node)?, self.into(node)?);
        match (has(node, Rule::kw_fetch), into) {
            (true, into) => Ok(StatementKind::Fetch { direction, cursor, into }),
            (false, None) => Ok(StatementKind::Move { direction, cursor }),
            (false, Some(into)) => Err(SyntaxError { span: into.span, message: "MOVE has no INTO".into() }),
        }
    }

    fn direction(&self, node: &Node<'_>) -> Parsed<Direction> {
        let tokens = self.tokens_in(node);
        let mut cursor = Cursor::new(self.text, &tokens);
        let mut words = Vec::new();
        if let Some(word) = cursor.eat_one_of(&["next", "prior", "first", "last", "absolute", "relative"]) {
            words.push(word);
        } else {
            words.extend(cursor.eat_one_of(&["forward", "backward"]));
            words.extend(cursor.eat_one_of(&["all"]));
        }
        let count = self.count(&cursor, self.span(node).end);
        let takes_count = !matches!(words.last(), Some(&("next" | "prior" | "first" | "last" | "all")));
        let needs_count = matches!(words.last(), None | Some(&("absolute" | "relative")));
        if (count.is_some() && !takes_count) || (count.is_none() && needs_count) {
            return Err(cursor.error(if takes_count { "a count" } else { "FROM or IN" }));
        }
        Ok(Direction { words: words.join(" "), count })
    }

    /// The expression from here to the end of the direction.
    fn count(&self, cursor: &Cursor<'_>, end: u32) -> Option<Expression> {
        (!cursor.at_end()).then(|| self.expression_at(Span::new(cursor.here().start, end)))
    }
}
