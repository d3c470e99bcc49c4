//! A change of many rows in batches along the key of its table.

use crate::catalog::{Catalog, Kind};
use crate::pg::{Ident, Name};
use crate::query::{Assignment, DataStatement, Filter, Target};
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::directive::Directive;
use crate::syntax::token::{Token, TokenKind};

/// A statement that runs in batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// How many rows a batch has.
    pub rows: u32,
    /// The table.
    pub table: Name,
    /// The key along which batches go.
    pub keys: Vec<Ident>,
    /// The query for the keys of all rows, with the designator rendered for a text that runs later.
    pub source: String,
    /// The statement up to the condition on the key.
    pub head: String,
    /// What stands behind it.
    pub tail: String,
}

/// Returns how many rows a batch shall have.
pub fn wanted<'a>(mut directives: impl Iterator<Item = &'a Directive>) -> Option<u32> {
    directives.find_map(|directive| match directive {
        Directive::Batch(rows) => Some(*rows),
        _ => None,
    })
}

/// Returns the key along which a statement can go in batches.
///
/// # Errors
///
/// Why it cannot.
pub fn batchable(statement: &Statement, catalog: &Catalog) -> Result<(Name, Vec<Ident>), String> {
    let (target, assigned) = target(statement)?;
    let table = &target.name;
    let found = catalog.relation(table).filter(|found| matches!(found.kind, Kind::Table | Kind::Partitioned));
    let found = found.ok_or_else(|| format!("`{table}` is no table that is known"))?;
    let keys = crate::capture::key(found)
        .ok_or_else(|| format!("`{table}` has no primary key, and no unique key whose columns are NOT NULL"))?;
    if let Some(key) = keys.iter().find(|key| assigned.contains(key)) {
        return Err(format!("it changes `{key}`, along which its batches would go"));
    }
    Ok((found.name.clone(), keys))
}

/// Returns the table of a statement that is one UPDATE or DELETE of it and of nothing else, and the columns that it sets.
fn target(statement: &Statement) -> Result<(&Target, Vec<&Ident>), String> {
    let alone = "only an UPDATE or DELETE of one table, without FROM, USING and WITH, runs in batches";
    let Statement::Data(data) = statement else { return Err(alone.to_owned()) };
    let (target, filter, assigned) = match &**data {
        DataStatement::Update(update) if update.with.is_none() && update.from.is_empty() => {
            (&update.target, &update.filter, columns(&update.set))
        }
        DataStatement::Delete(delete) if delete.with.is_none() && delete.using.is_empty() => {
            (&delete.target, &delete.filter, Vec::new())
        }
        _ => return Err(alone.to_owned()),
    };
    match filter {
        Filter::Where(_) => Ok((target, assigned)),
        Filter::None => Err("it has no WHERE: say which rows are meant".to_owned()),
        Filter::CurrentOf(_) => Err(alone.to_owned()),
    }
}

fn columns(set: &[Assignment]) -> Vec<&Ident> {
    let targets = set.iter().flat_map(|assignment| match assignment {
        Assignment::Single(target, _) => std::slice::from_ref(target),
        Assignment::Multiple(targets, _) => targets.as_slice(),
    });
    targets.map(|target| &target.name).collect()
}

/// Cuts a statement into what a batch is written from; `render` writes a part of it.
pub(super) fn cut(
    (rows, table, keys): (u32, Name, Vec<Ident>),
    (text, span, tokens): (&str, Span, &[Token]),
    render: &dyn Fn(Span) -> String,
) -> Option<Batch> {
    let is = |token: &Token, word: &str| {
        token.kind == TokenKind::Word
            && text.get(token.span.range()).is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let mut depth = 0;
    let own: Vec<&Token> = tokens.iter().filter(|token| span.contains(token.span)).collect();
    let outer: Vec<&Token> = own
        .iter()
        .copied()
        .filter(|token| {
            match token.kind {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen => depth -= 1,
                _ => {}
            }
            depth == 0
        })
        .collect();
    let first = outer.first()?;
    let start = match is(first, "delete") {
        true => outer.iter().find(|token| is(token, "from"))?.span.end,
        false => first.span.end,
    };
    let filter = outer.iter().rfind(|token| is(token, "where"))?;
    let named_end = match is(first, "delete") {
        true => filter.span.start,
        false => outer.iter().find(|token| is(token, "set"))?.span.start,
    };
    let returning = outer.iter().find(|token| token.span.start > filter.span.end && is(token, "returning"));
    let end = returning.map_or(span.end, |token| token.span.start);
    let condition = render(Span::new(filter.span.end, end)).trim().to_owned();
    let listed: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let from = render(Span::new(start, named_end)).trim().to_owned();
    let tail = render(Span::new(end, span.end));
    Some(Batch {
        rows,
        table,
        source: format!("SELECT {} FROM {from}\nWHERE ({condition}\n)", listed.join(", ")),
        head: format!("{}\nWHERE ({condition}\n) AND", render(Span::new(span.start, filter.span.start)).trim_end()),
        tail: if tail.trim().is_empty() { String::new() } else { format!(" {}", tail.trim()) },
        keys,
    })
}
