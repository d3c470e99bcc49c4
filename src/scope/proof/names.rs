//! What the name of a column means: the innermost level that has it, one entry there.

use super::analysis::{Analysis, Entry, unfollowed};
use super::node::{Output, Stack};
use super::term::{RowId, Term, TermId};
use super::value::Value;
use crate::catalog::Kind;
use crate::pg::{Ident, system};
use crate::scope::Hole;
use crate::source::Span;

impl Analysis<'_> {
    /// Returns the value that a column's name means.
    pub(super) fn column(&mut self, parts: &[Ident], span: Span) -> Result<Value, Hole> {
        let Some((name, qualifier)) = parts.split_last() else { return Ok(self.terms.fresh().into()) };
        for depth in (0..self.levels.len()).rev() {
            match self.at_level(depth, name, qualifier, span)? {
                Some((stack, term)) => return Ok(self.as_seen_here(depth, &stack, term).into()),
                None => continue,
            }
        }
        if let Some(value) = self.variable(name, qualifier) {
            return Ok(value);
        }
        // `t` alone is the whole row of an entry; anything else is an error of the statement.
        Ok(self.terms.unknown().into())
    }

    /// Finds a column at one level, and on which nullable sides its entry lies.
    fn at_level(
        &mut self,
        depth: usize,
        name: &Ident,
        qualifier: &[Ident],
        span: Span,
    ) -> Result<Option<(Stack, TermId)>, Hole> {
        let level = &self.levels[depth];
        let visible = || level.entries.iter().skip(level.from);
        let found: Vec<&Entry> = match qualifier {
            // Every table has it, and no subquery.
            [] if *name == "ctid" => {
                visible().filter(|entry| entry.row.is_some() || entry.has_unqualified(name)).collect()
            }
            [] => visible().filter(|entry| entry.has_unqualified(name)).collect(),
            [alias] => visible().filter(|entry| entry.alias.as_ref() == Some(alias)).collect(),
            [schema, alias] => visible()
                .filter(|entry| entry.alias.as_ref() == Some(alias) && entry.schema.as_ref() == Some(schema))
                .collect(),
            _ => Vec::new(),
        };
        match found.as_slice() {
            [] if qualifier.is_empty() => match visible().find(|entry| !entry.complete) {
                Some(_) => Err(unfollowed(span, &format!("which relation `{name}` belongs to"))),
                None => Ok(None),
            },
            [] => Ok(None),
            [entry] => {
                let (stack, row) = (entry.stack.clone(), entry.row);
                // A row that may have columns that nobody knows.
                let open = row.filter(|_| !entry.complete);
                let term = match entry.column(name) {
                    Some(term) => term,
                    None => self.beyond(row, open, (name, span))?,
                };
                Ok(Some((stack, term)))
            }
            _ => Err(unfollowed(span, &format!("which of several columns `{name}` means"))),
        }
    }

    /// A column that the catalog does not list: a system column, or one of a relation whose columns are not known.
    fn beyond(
        &mut self,
        row: Option<RowId>,
        open: Option<RowId>,
        (name, span): (&Ident, Span),
    ) -> Result<TermId, Hole> {
        match (row, open) {
            (Some(_), _) if system::counts_rows(name.as_str()) => {
                Err(unfollowed(span, &format!("what `{name}` counts")))
            }
            (Some(row), _) if *name == "ctid" && self.is_alone(row) => {
                let place = self.terms.id(Term::Column(row, name.clone()));
                self.rows.stands_at(row, place);
                Ok(place)
            }
            (_, Some(row)) => Ok(self.terms.id(Term::Column(row, name.clone()))),
            _ => Ok(self.terms.fresh()),
        }
    }

    /// Says whether the rows of a relation stand in one table: parts and heirs have places of their own.
    fn is_alone(&self, row: RowId) -> bool {
        self.rows.relation(row).is_some_and(|relation| {
            matches!(relation.kind, Kind::Table | Kind::Temporary)
                && relation.partition_by.is_none()
                && self.catalog().descendants(&relation.name).is_empty()
        })
    }

    /// A value as it is seen from the place that is being read.
    fn as_seen_here(&mut self, depth: usize, stack: &Stack, term: TermId) -> TermId {
        let at = &self.levels[depth].at;
        let shared = stack.iter().zip(at).take_while(|(own, here)| own == here).count();
        let crossed: Stack = stack.get(shared..).unwrap_or(&[]).to_vec();
        self.outside(term, &crossed)
    }

    /// Returns the columns that a star stands for.
    pub(super) fn star(&mut self, qualifier: &[Ident], span: Span) -> Result<Vec<Output>, Hole> {
        let depth = self.levels.len().saturating_sub(1);
        let Some(level) = self.levels.get(depth) else { return Ok(Vec::new()) };
        let wanted: Vec<Entry> = match qualifier.last() {
            None => level.entries.clone(),
            Some(alias) => level.entries.iter().filter(|entry| entry.alias.as_ref() == Some(alias)).cloned().collect(),
        };
        if let (true, Some(record)) = (wanted.is_empty(), qualifier.last()) {
            let whole =
                self.variables.whole(record).filter(|_| qualifier.len() == 1 && !self.variables.is_label(record));
            return whole
                .map(<[Output]>::to_vec)
                .ok_or_else(|| unfollowed(span, &format!("which columns `{record}` has")));
        }
        if wanted.iter().any(|entry| !entry.complete) {
            return Err(unfollowed(span, "a star over columns that are not known"));
        }
        let mut outputs = Vec::new();
        for entry in wanted {
            for column in
                entry.columns.iter().filter(|column| !qualifier.is_empty() || !entry.merged.contains(&column.name))
            {
                let term = self.as_seen_here(depth, &entry.stack, column.term);
                outputs.push(Output { name: column.name.clone(), term });
            }
        }
        Ok(outputs)
    }
}

impl Entry {
    /// Finds a column.
    pub(super) fn column(&self, name: &Ident) -> Option<TermId> {
        self.columns.iter().find(|column| column.name == *name).map(|column| column.term)
    }

    fn has_unqualified(&self, name: &Ident) -> bool {
        self.column(name).is_some() && !self.merged.contains(name)
    }
}
