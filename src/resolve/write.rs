//! INSERT, UPDATE, DELETE and MERGE: what they write, and what their clauses see.

use super::{Completeness, EntryId, Item, Meaning, Output, Reason, Resolver, Role, Sight, place};
use crate::pg::Ident;
use crate::query::{
    Arbiter, Assignment, ColumnTarget, ConflictAction, DataStatement, Delete, Filter, Insert, InsertSource, Merge,
    MergeAction, MergeMatch, OnConflict, Returning, Step, Target, Update,
};

impl Resolver<'_> {
    /// Resolves a statement in a level of its own and says what it returns.
    pub(super) fn statement(&mut self, statement: &DataStatement) -> Output {
        match statement {
            DataStatement::Query(query) => self.query(query),
            DataStatement::Insert(insert) => self.nested(|resolver| resolver.insert(insert)),
            DataStatement::Update(update) => self.nested(|resolver| resolver.update(update)),
            DataStatement::Delete(delete) => self.nested(|resolver| resolver.delete(delete)),
            DataStatement::Merge(merge) => self.nested(|resolver| resolver.merge(merge)),
        }
    }

    /// The target is a relation, even if a common table expression has its name.
    fn target(&mut self, target: &Target) -> EntryId {
        let role = if target.alias.is_some() { Role::Aliased } else { Role::Named };
        let entry = self.relation_entry(&target.name, target.alias.clone(), role);
        self.result.items.insert(place(target), entry);
        entry
    }

    fn insert(&mut self, insert: &Insert) -> Output {
        self.with(&insert.with);
        let target = self.target(&insert.target);
        if let InsertSource::Query(query) = &insert.source {
            self.query(query);
        }
        self.assigned(target, insert.columns.iter());
        if let Some(conflict) = &insert.on_conflict {
            self.level().items = vec![Item::free(target)];
            self.conflict(&insert.target, target, conflict);
        }
        self.level().items = vec![Item::free(target)];
        self.returning(&insert.target, &insert.returning)
    }

    fn conflict(&mut self, written: &Target, target: EntryId, conflict: &OnConflict) {
        if let Some(Arbiter::Index { elements, predicate }) = &conflict.arbiter {
            elements.iter().for_each(|(element, ..)| self.expr(element));
            predicate.iter().for_each(|predicate| self.expr(predicate));
        }
        if let ConflictAction::Update { set, filter } = &conflict.action {
            let excluded = self.relation_entry(&written.name, Some("excluded".into()), Role::Version);
            self.level().items.push(Item::free(excluded));
            self.assignments(target, set);
            filter.iter().for_each(|filter| self.expr(filter));
        }
    }

    fn update(&mut self, update: &Update) -> Output {
        self.with(&update.with);
        let target = self.target(&update.target);
        self.level().items.push(Item { sight: Sight::Forbidden, ..Item::free(target) });
        self.from(&update.from);
        self.assignments(target, &update.set);
        self.filter(&update.filter);
        self.returning(&update.target, &update.returning)
    }

    fn delete(&mut self, delete: &Delete) -> Output {
        self.with(&delete.with);
        let target = self.target(&delete.target);
        self.level().items.push(Item { sight: Sight::Forbidden, ..Item::free(target) });
        self.from(&delete.using);
        self.filter(&delete.filter);
        self.returning(&delete.target, &delete.returning)
    }

    fn filter(&mut self, filter: &Filter) {
        if let Filter::Where(condition) = filter {
            self.expr(condition);
        }
    }

    fn merge(&mut self, merge: &Merge) -> Output {
        self.with(&merge.with);
        let target = self.target(&merge.target);
        self.from(std::slice::from_ref(&merge.source));
        let source = self.level().items.clone();
        let both: Vec<Item> = std::iter::once(Item::free(target)).chain(source.iter().copied()).collect();
        self.level().items = both.clone();
        self.expr(&merge.on);
        for when in &merge.whens {
            self.level().items = match when.on {
                MergeMatch::Matched => both.clone(),
                MergeMatch::NotMatchedByTarget => source.clone(),
                MergeMatch::NotMatchedBySource => vec![Item::free(target)],
            };
            when.condition.iter().for_each(|condition| self.expr(condition));
            match &when.action {
                MergeAction::Update(set) => self.assignments(target, set),
                MergeAction::Insert { columns, values, .. } => {
                    self.assigned(target, columns.iter());
                    values.iter().for_each(|row| self.exprs(row));
                }
                MergeAction::Delete | MergeAction::Nothing => {}
            }
        }
        // RETURNING of MERGE lists the source first.
        self.level().items = source.into_iter().chain([Item::free(target)]).collect();
        self.returning(&merge.target, &merge.returning)
    }

    fn assignments(&mut self, target: EntryId, set: &[Assignment]) {
        for assignment in set {
            match assignment {
                Assignment::Single(column, value) => {
                    self.assigned(target, std::iter::once(column));
                    self.expr(value);
                }
                Assignment::Multiple(columns, value) => {
                    self.assigned(target, columns.iter());
                    self.expr(value);
                }
            }
        }
    }

    /// Columns that are assigned are always those of the target.
    fn assigned<'a>(&mut self, target: EntryId, columns: impl Iterator<Item = &'a ColumnTarget>) {
        for column in columns {
            let meaning = self.column_of(target, &column.name);
            self.note(place(column), meaning);
            for step in &column.steps {
                match step {
                    Step::Field(_) | Step::Star => {}
                    Step::Index(index) => self.expr(index),
                    Step::Slice(low, high) => low.iter().chain(high).for_each(|bound| self.expr(bound)),
                }
            }
        }
    }

    fn column_of(&mut self, target: EntryId, name: &Ident) -> Meaning {
        let entry = &self.result.entries[target.0];
        match entry.columns.iter().position(|column| column.name == *name) {
            Some(at) => Meaning::Column(target, at),
            None if entry.completeness == Completeness::Partial => self.learn(target, name),
            None => Meaning::Unresolved(Reason::UndefinedColumn),
        }
    }

    /// RETURNING sees what the statement sees, and since PostgreSQL 18 the old and the new row by name.
    fn returning(&mut self, target: &Target, returning: &Option<Returning>) -> Output {
        let Some(Returning { old, new, items }) = returning else { return Output::default() };
        for (name, otherwise) in [(old, "old"), (new, "new")] {
            let name = name.clone().unwrap_or_else(|| otherwise.into());
            if self.row(None, &name).is_ok() {
                continue;
            }
            let entry = self.relation_entry(&target.name, Some(name), Role::Version);
            self.level().items.push(Item { by_column: false, ..Item::free(entry) });
        }
        self.items(items)
    }
}
