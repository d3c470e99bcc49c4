//! INSERT: the rows that come, whose they are, and those that they conflict with.

use super::analysis::{Analysis, Entry, Level, unfollowed};
use super::formula::Formula;
use super::lower::is_star;
use super::node::{Output, Stack, What};
use super::rewritten::Versions;
use super::term::{RowId, Term, TermId};
use super::trigger::{Change, Event};
use super::view::{Through, is_replaced};
use super::write::place;
use crate::catalog::{ConstraintKind, Relation};
use crate::pg::Ident;
use crate::query::{
    Arbiter, Assignment, Body, ConflictAction, Expr, ExprKind, Insert, InsertSource, OnConflict, Query,
};
use crate::rules::scope::{unprovable, unscoped_insert};
use crate::scope::Hole;
use crate::statement::object::rule::RuleEvent;

/// How many different values of a column written out are told apart.
const ROWS: usize = 16;

impl<'a> Analysis<'a> {
    /// Reads INSERT.
    pub(super) fn insert(&mut self, insert: &Insert) -> Result<(), Hole> {
        self.with(insert.with.as_ref())?;
        let name = &insert.target.name;
        self.order.look_up(name.span)?;
        self.on_path(name)?;
        let view = match self.view(name) {
            Some(view) if is_replaced(view, &Event::Insert) => {
                self.replaced_insert(view, insert, place(name, &unscoped_insert::RULE))?;
                return self.returning(&insert.returning);
            }
            Some(_) => Some(self.inserted_view(insert, &unscoped_insert::RULE)?),
            None => {
                crate::scope::owner::tenant_of(self.context, name)?;
                None
            }
        };
        let Some(relation) = view.as_ref().map(|view| view.base).or_else(|| self.catalog().relation(name)) else {
            let message = format!("`{name}` is PostgreSQL's own, and what a write to it changes is not followed");
            return Err(Hole::new(&unprovable::RULE, name.span, message));
        };
        crate::scope::owner::stays_in_place(self.context, insert, &self.owner_columns(relation))?;
        let coming = self.new_row(insert, relation);
        let columns = self.named_columns(insert, relation, view.as_ref())?;
        let values = match &insert.source {
            InsertSource::DefaultValues => Vec::new(),
            InsertSource::Query(query) => self.inserted(query, relation, &columns)?,
        };
        let mut given: Vec<(Ident, TermId)> = columns.into_iter().zip(values).collect();
        for column in &relation.columns {
            if !given.iter().any(|(name, _)| *name == column.name) {
                let term = self.omitted(relation, &column.name);
                given.push((column.name.clone(), term));
            }
        }
        let order = |name: &Ident| relation.columns.iter().position(|column| column.name == *name);
        given.sort_by_key(|(name, _)| order(name));
        let new: Vec<Output> = given.into_iter().map(|(name, term)| Output { name, term }).collect();
        let target = place(name, &unscoped_insert::RULE);
        self.returns_own((relation, RuleEvent::Insert), &insert.returning, name.span)?;
        let versions = Versions { old: None, new: Some(new.clone()) };
        self.rewritten((relation, RuleEvent::Insert), &versions, &target)?;
        let mut change = Change { relation, event: Event::Insert, old: None, new: Some(new), target };
        self.before(&mut change)?;
        let new = change.new.clone().unwrap_or_default();
        self.rows.inserted(&self.terms, (self.context.catalog, self.context.tenancy), (coming, relation), &new);
        for column in &new {
            let own = self.terms.id(Term::Column(coming, column.name.clone()));
            self.fact(&Stack::new(), Formula::Same(own, column.term));
        }
        let levels = view.as_ref().map_or(&[][..], Through::levels);
        self.lands(&change, levels, |analysis, change| {
            analysis.becomes(relation, change.new.as_deref().unwrap_or_default(), &change.target)?;
            analysis.aftermath(change)
        })?;
        let entry = match &view {
            None => self.entry(relation, coming, insert.target.alias.as_ref(), &Stack::new()),
            Some(view) => view.entry(&insert.target, &new, self.terms.fresh()),
        };
        if let Some(conflict) = &insert.on_conflict {
            self.on_conflict((relation, coming), insert, conflict)?;
        }
        self.show(entry);
        if insert.on_conflict.as_ref().is_some_and(|conflict| matches!(conflict.action, ConflictAction::Update { .. }))
        {
            // It may be the row that was there: that it is the tenant's is all that both have in common.
            let known = relation.columns.iter().map(|column| column.name.clone());
            let known: Vec<Ident> = known.filter(|name| self.names_tenant(relation, name)).collect();
            self.forget_row(coming, &known);
        }
        self.returning(&insert.returning)
    }

    /// The row that is to be. Where it is made of rows, that a value is not NULL is no fact about those: where it is, the
    /// statement fails.
    fn new_row(&mut self, insert: &Insert, relation: &'a Relation) -> RowId {
        let is_written_out = match &insert.source {
            InsertSource::DefaultValues => true,
            InsertSource::Query(query) => matches!(query.body, Body::Values(_)),
        };
        match is_written_out {
            true => self.rows.coming(&mut self.terms, relation),
            false => self.rows.arriving(&mut self.terms, relation),
        }
    }

    /// The columns of the table that the values go to, in their order.
    fn named_columns(
        &self,
        insert: &Insert,
        relation: &Relation,
        view: Option<&Through<'a>>,
    ) -> Result<Vec<Ident>, Hole> {
        let name = &insert.target.name;
        let written = insert.columns.iter().map(|column| column.name.clone());
        match (insert.columns.is_empty(), view) {
            (true, None) if !relation.is_known_table() => {
                Err(unfollowed(name.span, &format!("which columns `{name}` has")))
            }
            (true, None) => Ok(relation.columns.iter().map(|column| column.name.clone()).collect()),
            (false, None) => Ok(written.collect()),
            (is_all, Some(view)) => {
                let names: Vec<Ident> = if is_all { view.names() } else { written.collect() };
                let own = |column: Ident| {
                    view.column(&column)
                        .ok_or_else(|| unfollowed(name.span, &format!("the column `{column}` of the view")))
                };
                names.into_iter().map(own).collect()
            }
        }
    }

    /// Reads the source of an INSERT, and returns the values in their order.
    pub(super) fn inserted(
        &mut self,
        query: &Query,
        relation: &Relation,
        columns: &[Ident],
    ) -> Result<Vec<TermId>, Hole> {
        if let (Body::Values(rows), true) = (&query.body, query.is_bare()) {
            return self.value_list(rows, relation, columns);
        }
        // The target is not visible in the source.
        let level = self.levels.pop();
        let node = self.query(query);
        self.levels.extend(level);
        let node = node?;
        self.child(node, &Stack::new(), Vec::new());
        let export = self.node(node).export.clone();
        self.fact(&Stack::new(), export);
        Ok(self.node(node).outputs.iter().map(|output| output.term).collect())
    }

    /// Reads rows that are written out; DEFAULT is what the column says.
    pub(super) fn value_list(
        &mut self,
        rows: &[Vec<Expr>],
        relation: &Relation,
        columns: &[Ident],
    ) -> Result<Vec<TermId>, Hole> {
        let mut values: Vec<Vec<TermId>> = Vec::new();
        let owners = self.owner_columns(relation);
        let other = self.terms.fresh();
        for row in rows {
            if let [only] = row.as_slice()
                && is_star(only)
            {
                for (at, output) in self.starred(only)?.into_iter().enumerate() {
                    note(&mut values, at, output.term);
                }
                continue;
            }
            if let Some(star) = row.iter().find(|value| is_star(value)) {
                return Err(unfollowed(star.span, "a star among values"));
            }
            for (at, value) in row.iter().enumerate() {
                let column = columns.get(at);
                let term = match (&value.kind, column) {
                    (ExprKind::Default, Some(column)) => self.default_of(relation, column),
                    (ExprKind::Default, None) => None,
                    // There may be many, and only those that say whose a row is matter.
                    (ExprKind::Literal(_), Some(column)) if rows.len() > 1 && !owners.contains(column) => Some(other),
                    _ => Some(self.value(value)?.term),
                };
                let term = term.unwrap_or_else(|| self.terms.fresh());
                note(&mut values, at, term);
            }
        }
        let one = |(at, terms): (usize, Vec<TermId>)| match terms.as_slice() {
            [only] => *only,
            _ => {
                let own = self.terms.fresh();
                // It is that of one of the rows.
                if terms.len() <= ROWS && columns.get(at).is_some_and(|column| owners.contains(column)) {
                    let ways = terms.into_iter().map(|term| Formula::Same(own, term));
                    let held = Formula::any(ways.collect::<Vec<_>>());
                    self.fact(&Stack::new(), held);
                }
                own
            }
        };
        Ok(values.into_iter().enumerate().map(one).collect())
    }

    /// The row that a new one conflicts with must be the same tenant's.
    fn on_conflict(
        &mut self,
        (relation, coming): (&'a Relation, RowId),
        insert: &Insert,
        conflict: &OnConflict,
    ) -> Result<(), Hole> {
        let ConflictAction::Update { set, filter } = &conflict.action else { return Ok(()) };
        self.begin();
        let read = self.conflicting((relation, coming), insert, conflict, (set, filter));
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }

    fn conflicting(
        &mut self,
        (relation, coming): (&'a Relation, RowId),
        insert: &Insert,
        conflict: &OnConflict,
        (set, filter): (&[Assignment], &Option<Expr>),
    ) -> Result<(), Hole> {
        let name = &insert.target.name;
        let (row, _) = self.relation(name, &Stack::new(), (What::Written, &unscoped_insert::RULE))?;
        let existing = self.entry(relation, row, insert.target.alias.as_ref(), &Stack::new());
        let excluded = self.entry(relation, coming, Some(&Ident::exact("excluded")), &Stack::new());
        // Unqualified, a column is that of the row that is there.
        let excluded =
            Entry { merged: excluded.columns.iter().map(|column| column.name.clone()).collect(), ..excluded };
        for column in arbiter(relation, conflict) {
            let own = self.terms.id(Term::Column(row, column.clone()));
            let new = self.terms.id(Term::Column(coming, column));
            self.fact(&Stack::new(), Formula::equal(own, new));
        }
        self.levels.push(Level { entries: vec![existing, excluded], ..Level::default() });
        let held = match filter {
            Some(condition) => self.filters_by(condition),
            None => Ok(Formula::True),
        };
        let read = held.and_then(|held| {
            self.fact(&Stack::new(), held);
            self.assign((row, relation), set, place(name, &unscoped_insert::RULE), &[]).map(drop)
        });
        self.levels.pop();
        read
    }
}

/// Takes note of a value of the column at a place.
fn note(values: &mut Vec<Vec<TermId>>, at: usize, term: TermId) {
    match values.get_mut(at) {
        None => values.push(vec![term]),
        Some(known) if known.contains(&term) || known.len() > ROWS => {}
        Some(known) => known.push(term),
    }
}

/// The columns in which a new row is equal to the one that it conflicts with.
fn arbiter(relation: &Relation, conflict: &OnConflict) -> Vec<Ident> {
    match &conflict.arbiter {
        // Under another collation or operator class two values may be one.
        Some(Arbiter::Index { elements, .. }) => elements
            .iter()
            .filter_map(|element| match element {
                (Expr { kind: ExprKind::Column(parts), .. }, None, None) => parts.last().cloned(),
                _ => None,
            })
            .collect(),
        Some(Arbiter::Constraint(name)) => match relation.constraint(name).map(|constraint| &constraint.kind) {
            Some(ConstraintKind::Unique(columns) | ConstraintKind::PrimaryKey(columns)) => columns.clone(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}
