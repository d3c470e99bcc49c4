//! Where the rows of temporary tables and of results of queries come from, as long as the file that fills them runs.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Class, Definition};
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{Body, ConflictAction, DataStatement, InsertSource, Query};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::relation::{Persistence, Statement as Relation, TableSource, WithData};
use crate::statement::session::Statement as Session;

/// The tables whose rows are followed.
#[derive(Clone, Debug, Default)]
pub(super) struct Provenance {
    tables: BTreeMap<Name, Filled>,
}

/// What filled a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    /// Queries, each with the columns that its result went to; none for all in order.
    pub(super) sources: Vec<(Query, Vec<Ident>)>,
}

impl Provenance {
    /// Returns what filled a table; `None` when that is not followed.
    pub(super) fn of(&self, catalog: &Catalog, name: &Name) -> Option<&Filled> {
        self.tables.get(&catalog.resolve(name)?)
    }

    /// Forgets all tables.
    pub(super) fn clear(&mut self) {
        self.tables.clear();
    }

    /// Takes note of what a statement fills, before it is applied to the catalog.
    pub(super) fn observe(&mut self, catalog: &Catalog, statement: &Statement) {
        match statement {
            Statement::Data(data) => self.data(catalog, data),
            Statement::Relation(relation) => self.relation(catalog, relation, statement),
            Statement::Object(object) => {
                if matches!(**object, Object::CreateFunction(_) | Object::CreateTrigger(_) | Object::CreateRule(_)) {
                    self.lose_named_in(statement);
                }
            }
            Statement::Session(session) => match &**session {
                Session::Do(_) | Session::Copy(_) | Session::Prepare(_) | Session::Explain(_) => {
                    self.lose_named_in(statement);
                }
                _ => {}
            },
        }
    }

    fn relation(&mut self, catalog: &Catalog, relation: &Relation, statement: &Statement) {
        match relation {
            Relation::CreateTableAs(create) => {
                let name = key(catalog, &create.name, create.persistence);
                let filled = match (&create.source, create.with_data) {
                    (TableSource::Query(_), WithData::No) => Filled::default(),
                    (TableSource::Query(query), _) => {
                        Filled { sources: vec![((**query).clone(), create.columns.clone())] }
                    }
                    (TableSource::Execute { .. }, _) => return,
                };
                self.begin(catalog, name, filled);
            }
            Relation::CreateTable(create) if create.persistence == Persistence::Temporary => {
                // It may be a part of another one.
                self.lose_named_in(statement);
                self.begin(catalog, key(catalog, &create.name, create.persistence), Filled::default());
            }
            Relation::CreateIndex(_) => {}
            _ => self.lose_named_in(statement),
        }
    }

    /// SELECT INTO makes a table of its result.
    fn selected_into(&mut self, catalog: &Catalog, query: &Query) {
        let Body::Select(select) = &query.body else { return };
        let Some(into) = &select.into else { return };
        let name = key(catalog, &into.name, into.persistence.into());
        let mut source = query.clone();
        if let Body::Select(select) = &mut source.body {
            select.into = None;
        }
        self.begin(catalog, name, Filled { sources: vec![(source, Vec::new())] });
    }

    fn begin(&mut self, catalog: &Catalog, name: Name, filled: Filled) {
        // Who has the name already stays, and what it holds is followed or not as before.
        let known = catalog.relation(&name).is_some();
        let is_named = || {
            let bodies = catalog.objects_of(Class::Routine).filter_map(|object| match &object.definition {
                Definition::Statement(statement) => Some(statement.to_string()),
                _ => None,
            });
            bodies.into_iter().any(|body| words(&body).any(|word| word == name.last().as_str()))
        };
        if !known && !is_named() {
            self.tables.insert(name, filled);
        }
    }

    fn data(&mut self, catalog: &Catalog, data: &DataStatement) {
        if let DataStatement::Query(query) = data {
            self.selected_into(catalog, query);
        }
        if self.tables.is_empty() {
            return;
        }
        let mut targets = Vec::new();
        visit::statement(data, &mut |node| {
            if let Node::Target(target) = node {
                targets.push(target.name.clone());
            }
        });
        let own = match data {
            DataStatement::Insert(insert) => {
                let is_plain =
                    !matches!(&insert.on_conflict, Some(found) if !matches!(found.action, ConflictAction::Nothing));
                let is_bare = insert.with.is_none() && is_plain;
                match (&insert.source, catalog.resolve(&insert.target.name)) {
                    (InsertSource::Query(query), Some(name)) if is_bare && targets.len() == 1 => {
                        let columns = insert.columns.iter().map(|column| column.name.clone()).collect();
                        if let Some(filled) = self.tables.get_mut(&name) {
                            filled.sources.push(((**query).clone(), columns));
                        }
                        return;
                    }
                    _ => true,
                }
            }
            _ => true,
        };
        if own {
            for target in targets {
                if let Some(name) = catalog.resolve(&target) {
                    self.tables.remove(&name);
                }
            }
        }
    }

    /// What a statement names may be filled by something that is not followed.
    fn lose_named_in(&mut self, statement: &Statement) {
        if !self.tables.is_empty() {
            let text = statement.to_string();
            let named: Vec<&str> = words(&text).collect();
            self.tables.retain(|name, _| !named.contains(&name.last().as_str()));
        }
    }
}

fn key(catalog: &Catalog, name: &Name, persistence: Persistence) -> Name {
    match persistence {
        Persistence::Temporary => Catalog::temporary(name),
        _ => catalog.qualified(name),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
    text.split(move |c| !is_part(c)).filter(|word| !word.is_empty())
}
