//! Which query an aggregate belongs to: not the one that it stands in where all columns in it are another level's, and then it
//! makes one row of that level's rows.

use super::analysis::{Analysis, Entry, Level, unfollowed};
use super::query::is_aggregate;
use crate::pg::Ident;
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind};
use crate::scope::Hole;

/// Where the columns of an aggregate come from.
#[derive(Default)]
struct Sources {
    /// The innermost level that has one of them.
    depth: Option<usize>,
    /// Whether queries within may name others.
    queries: bool,
}

impl Analysis<'_> {
    /// Takes note of an aggregate for the query that it belongs to.
    ///
    /// # Errors
    ///
    /// The hole when it cannot be told which one that is.
    pub(super) fn aggregates_here(&self, expr: &Expr) -> Result<(), Hole> {
        let ExprKind::Call(call) = &expr.kind else { return Ok(()) };
        let here = self.levels.len().saturating_sub(1);
        if !is_aggregate(call) || self.levels.iter().take(here).all(|level| level.entries.is_empty()) {
            return Ok(());
        }
        let found = self.columns_in(expr);
        match found.depth {
            Some(depth) if depth == here => Ok(()),
            None if !found.queries => Ok(()),
            Some(depth) if !found.queries => {
                self.levels[depth].aggregates.set(true);
                Ok(())
            }
            _ => Err(unfollowed(expr.span, "an aggregate of another level's columns")),
        }
    }

    fn columns_in(&self, expr: &Expr) -> Sources {
        let mut found = Sources::default();
        let mut within = 0u32;
        visit::expr(expr, &mut |node| match node {
            Node::Query(_) => {
                within += 1;
                found.queries = true;
            }
            Node::End => within -= 1,
            Node::Expr(Expr { kind: ExprKind::Column(parts) | ExprKind::Star(parts), .. }) if within == 0 => {
                let depth = self.levels.iter().rposition(|level| has(level, parts));
                found.depth = found.depth.max(depth);
            }
            _ => {}
        });
        found
    }
}

/// Says whether a level has a column of this name, or a row.
fn has(level: &Level, parts: &[Ident]) -> bool {
    let Some((name, qualifier)) = parts.split_last() else { return false };
    let is_row = |entry: &Entry, alias: &Ident| entry.alias.as_ref() == Some(alias);
    level.entries.iter().skip(level.from).any(|entry| match qualifier.last() {
        None => entry.column(name).is_some() || is_row(entry, name),
        Some(alias) => is_row(entry, alias),
    })
}
