//! Replay: statements to changes of the catalog, one after another.
//!
//! History may begin elsewhere, so what is not there is an error value and never stops the replay.

mod actions;
mod alter;
mod alter_column;
mod constraints;
mod create;
mod drop;
mod drop_sequence;
mod grant;
mod like;
mod made;
mod object;
mod only;
mod part;
mod property;
mod role;
mod sequence;

mod setting;

use crate::catalog::{Catalog, CatalogError, Column, Kind, Origin, Relation, Session};
use crate::changes::{Change, CreateRelation, Inverse};
use crate::finding::FileId;
use crate::pg::{Ident, Name};
use crate::query::{Body, DataStatement, IntoPersistence, Query};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::relation::{self as ddl, Persistence};
use crate::statement::session;

/// What a statement does to the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lowered {
    /// It changes definitions.
    Changes(Effects),
    /// It reads or writes rows, or concerns the session only.
    NoChange,
    /// It may change what the catalog does not hold; the words say what it is.
    Unmodelled(&'static str),
}

/// The effects of a statement that changes definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The changes in the order in which PostgreSQL makes them.
    pub changes: Vec<Change>,
    /// What PostgreSQL would refuse, or what lies outside the history.
    pub error: Option<CatalogError>,
    /// The part of the statement that the catalog does not hold.
    pub unmodelled: Option<&'static str>,
}

/// What a statement did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The changes.
    pub changes: Vec<Change>,
    /// What undoes them.
    pub inverse: Inverse,
    /// What PostgreSQL would refuse, or what lies outside the history.
    pub error: Option<CatalogError>,
}

/// A catalog that follows a history.
#[derive(Clone, Debug)]
pub struct Replay {
    catalog: Catalog,
}

impl Replay {
    /// Starts with an empty catalog.
    pub fn new(search_path: Vec<Ident>) -> Self {
        Replay { catalog: Catalog::new(search_path) }
    }

    /// Returns the catalog as it is now.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Does a statement.
    pub fn step(&mut self, statement: &Statement, origin: Origin) -> Step {
        let effects = match lower(statement, &self.catalog) {
            Lowered::Changes(effects) => effects,
            Lowered::NoChange => {
                role::follow(&mut self.catalog.session, statement);
                return Step { changes: Vec::new(), inverse: Inverse::Nothing, error: None };
            }
            Lowered::Unmodelled(what) => {
                return Step { changes: Vec::new(), inverse: unfollowed(what), error: None };
            }
        };
        let mut inverse = effects.unmodelled.map_or(Inverse::Nothing, unfollowed);
        let mut error = effects.error;
        let mut changes = effects.changes;
        let new = made::new(&self.catalog, &changes);
        for change in &mut changes {
            place(change, origin);
            // What is new goes as a whole.
            let undone = if made::is_about(change, &new) { Inverse::Nothing } else { change.invert(&self.catalog) };
            // A change that the catalog refuses can still say what undoes it: history may begin elsewhere.
            inverse = inverse.followed_by(undone);
            if let Err(refused) = change.apply(&mut self.catalog) {
                error = error.or(Some(refused));
            }
        }
        if let (Some(error), true) = (&error, changes.is_empty()) {
            inverse = inverse.followed_by(Inverse::underivable(error.to_string()));
        }
        Step { changes, inverse: inverse.simplified(), error }
    }

    /// Forgets the relation that a statement makes when a declared schema made it before: a history that creates a table
    /// itself needs no stand-in.
    pub fn supersede(&mut self, statement: &Statement, is_declared: impl Fn(FileId) -> bool) {
        let Some(name) = made(statement) else { return };
        let declared = self.catalog.relation(&name).is_some_and(|relation| is_declared(relation.origin.file));
        if declared {
            self.catalog.remove(&name);
        }
    }

    /// Ends the session: temporary relations disappear, and the role is that of the next one.
    pub fn end_session(&mut self) {
        self.catalog.session = Session::default();
        let temporary = self.catalog.relations().filter(|found| found.kind == Kind::Temporary);
        let names: Vec<Name> = temporary.map(|found| found.name.clone()).collect();
        for name in names {
            self.catalog.remove(&name);
        }
    }
}

/// The relation that a statement makes or names anew.
fn made(statement: &Statement) -> Option<Name> {
    let Statement::Relation(relation) = statement else { return None };
    match &**relation {
        ddl::Statement::CreateTable(create) => Some(create.name.clone()),
        ddl::Statement::CreateForeignTable(create) => Some(create.name.clone()),
        ddl::Statement::CreateTableAs(create) => Some(create.name.clone()),
        ddl::Statement::CreateView(create) => Some(create.name.clone()),
        ddl::Statement::CreateMaterializedView(create) => Some(create.name.clone()),
        ddl::Statement::CreateSequence(create) => Some(create.name.clone()),
        ddl::Statement::AlterRelation(alter) => match &alter.change {
            ddl::RelationChange::Rename(to) => {
                let schema = alter.relation.name.schema().into_iter();
                Some(Name { parts: schema.chain([to]).cloned().collect(), span: alter.relation.name.span })
            }
            _ => None,
        },
        _ => None,
    }
}

fn unfollowed(what: &'static str) -> Inverse {
    Inverse::underivable(format!("what {what} changes is not followed"))
}

/// Says where a new relation was made.
fn place(change: &mut Change, origin: Origin) {
    match change {
        Change::CreateTable(create) => {
            create.relation.origin = origin;
            create.sequences.iter_mut().for_each(|sequence| sequence.origin = origin);
        }
        Change::CreateSequence(create) => create.relation.origin = origin,
        Change::AddColumn(add) => add.sequence.iter_mut().for_each(|sequence| sequence.origin = origin),
        Change::AddIdentity(add) => add.sequence.origin = origin,
        Change::CreateRelation(create) => create.relation.origin = origin,
        _ => {}
    }
}

/// Says what a statement does to a catalog, without doing it.
pub fn lower(statement: &Statement, catalog: &Catalog) -> Lowered {
    match statement {
        Statement::Data(data) => match &**data {
            DataStatement::Query(query) => lower_query(query, statement, catalog),
            _ => Lowered::NoChange,
        },
        Statement::Relation(relation) => lower_relation(relation, statement, catalog),
        Statement::Object(found) => lower_object(statement, found.tag(), catalog),
        Statement::Session(session) => match &**session {
            session::Statement::Do(_) | session::Statement::Call(_) | session::Statement::Execute(_) => {
                Lowered::Unmodelled(session.tag())
            }
            _ => Lowered::NoChange,
        },
    }
}

fn lower_relation(relation: &ddl::Statement, statement: &Statement, catalog: &Catalog) -> Lowered {
    let mut lowering = Lowering::new(catalog);
    match relation {
        ddl::Statement::CreateTable(create) => create::table(&mut lowering, create),
        ddl::Statement::CreateForeignTable(create) => create::foreign_table(&mut lowering, create, statement),
        ddl::Statement::CreateTableAs(create) => {
            let kind = kind_of(create.persistence, Kind::TableAs);
            lowering.relation((&create.name, kind, &create.columns), create.if_not_exists, statement);
        }
        ddl::Statement::CreateIndex(create) => create::index(&mut lowering, create),
        ddl::Statement::CreateSequence(create) => {
            sequence::create(&mut lowering, create);
        }
        ddl::Statement::MoveAll(change) => setting::move_all(&mut lowering, change),
        ddl::Statement::AlterSequence(alter) => sequence::alter(&mut lowering, alter),
        ddl::Statement::CreateView(create) => {
            lowering.relation((&create.name, Kind::View, &create.columns), false, statement);
        }
        ddl::Statement::CreateMaterializedView(create) => {
            let named = (&create.name, Kind::MaterializedView, create.columns.as_slice());
            lowering.relation(named, create.if_not_exists, statement);
        }
        ddl::Statement::AlterRelation(alter) => alter::relation(&mut lowering, alter),
        ddl::Statement::Drop(drop) => drop::objects(&mut lowering, drop),
        ddl::Statement::RefreshMaterializedView(_) | ddl::Statement::Truncate(_) => return Lowered::NoChange,
        other => return lower_object(statement, other.tag(), catalog),
    }
    lowering.done()
}

fn lower_object(statement: &Statement, tag: &'static str, catalog: &Catalog) -> Lowered {
    let mut lowering = Lowering::new(catalog);
    if shared_property(&mut lowering, statement) || object::create(&mut lowering, statement) {
        return lowering.done();
    }
    Lowered::Unmodelled(tag)
}

/// Lowers what is written alike for objects of every kind; says whether it is such a statement.
fn shared_property(lowering: &mut Lowering<'_>, statement: &Statement) -> bool {
    let Statement::Object(object) = statement else { return false };
    if part::lower(lowering, object) {
        return true;
    }
    match &**object {
        Object::Comment(comment) => property::comment(lowering, comment),
        Object::SecurityLabel(label) => property::label(lowering, label),
        Object::Grant(found) => grant::grant(lowering, found),
        Object::AlterDefaultPrivileges(alter) => grant::defaults(lowering, alter),
        Object::AlterObject(alter) => return property::alter(lowering, alter),
        _ => return false,
    }
    true
}

/// A query changes definitions only by `INTO`.
fn lower_query(query: &Query, statement: &Statement, catalog: &Catalog) -> Lowered {
    let Body::Select(select) = &query.body else { return Lowered::NoChange };
    let Some(into) = &select.into else { return Lowered::NoChange };
    let kind = match into.persistence {
        IntoPersistence::Temporary => Kind::Temporary,
        IntoPersistence::Permanent | IntoPersistence::Unlogged => Kind::TableAs,
    };
    let mut lowering = Lowering::new(catalog);
    lowering.relation((&into.name, kind, &[]), false, statement);
    lowering.done()
}

fn kind_of(persistence: Persistence, otherwise: Kind) -> Kind {
    match persistence {
        Persistence::Temporary => Kind::Temporary,
        Persistence::Permanent | Persistence::Unlogged => otherwise,
    }
}

/// A statement on its way to changes.
struct Lowering<'a> {
    catalog: &'a Catalog,
    effects: Effects,
}

impl<'a> Lowering<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        Lowering { catalog, effects: Effects::default() }
    }

    /// Ends the work on a statement.
    fn done(mut self) -> Lowered {
        made::complete(&mut self);
        Lowered::Changes(self.effects)
    }

    /// Adds a change; a drop that an earlier part of the statement implies is not repeated.
    fn push(&mut self, change: impl Into<Change>) {
        let change = change.into();
        if !self.effects.changes.contains(&change) {
            self.effects.changes.push(change);
        }
    }

    /// Keeps the first error.
    fn fail(&mut self, error: CatalogError) {
        self.effects.error.get_or_insert(error);
    }

    /// Says that a part of the statement is not followed.
    fn skip(&mut self, what: &'static str) {
        self.effects.unmodelled.get_or_insert(what);
    }

    /// Returns the qualified name that a new relation gets.
    fn new_name(&self, name: &Name, kind: Kind) -> Name {
        let temporary = kind == Kind::Temporary || name.schema().is_some_and(|schema| schema == "pg_temp");
        if temporary { Catalog::temporary(name) } else { self.catalog.qualified(name) }
    }

    /// Says whether a name is free; one that is taken is an error unless the statement allows for it.
    fn is_free(&mut self, name: &Name, if_not_exists: bool) -> bool {
        let taken = name.schema().is_some_and(|schema| self.catalog.has_relation_name(schema, name.last()));
        if taken && !if_not_exists {
            self.fail(CatalogError::DuplicateTable(name.clone()));
        }
        !taken
    }

    /// Adds a relation of which only the names of columns are known.
    fn relation(&mut self, (name, kind, columns): (&Name, Kind, &[Ident]), if_not_exists: bool, statement: &Statement) {
        let name = self.new_name(name, kind);
        let replaced = kind == Kind::View && self.catalog.relation(&name).is_some_and(|found| found.kind == Kind::View);
        if !replaced && !self.is_free(&name, if_not_exists) {
            return;
        }
        let mut relation = Relation::new(name, kind, Origin::default());
        relation.columns = columns.iter().map(|column| Column::new(column.clone(), None)).collect();
        self.push(CreateRelation { relation: Box::new(relation), sql: statement.to_string() });
    }
}
