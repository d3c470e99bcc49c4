//! Replay: statements to changes of the catalog, one after another.
//!
//! History may begin elsewhere, so what is not there is an error value and never stops the replay.

mod actions;
mod alter;
mod alter_column;
mod cascade;
mod constraints;
mod create;
mod detached;
mod drop;
mod drop_sequence;
mod follow;
mod grant;
mod keys;
mod law;
mod like;
mod made;
mod names;
mod not_null;
mod object;
mod only;
mod owned;
mod part;
mod program;
mod property;
mod published;
mod refusal;
pub mod retire;
mod role;
mod sequence;
mod session;
mod setting;
mod table_as;
mod transaction;
mod view;

use crate::catalog::{Catalog, CatalogError, Kind};
use crate::changes::{Change, Inverse, RestoreSettings};
use crate::pg::Name;
use crate::query::{DataStatement, Query};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::relation::{self as ddl, Persistence};
use crate::statement::session::Statement as SessionStatement;

pub use follow::{Replay, Runs, Step, Wanted};
pub use program::Reader;
pub use refusal::{Evidence, Refusal};

/// What a statement does to the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lowered {
    /// It changes definitions.
    Changes(Effects),
    /// It reads or writes rows, or concerns the session only.
    NoChange,
    /// It changes what all databases of a server share, which no catalog of a database holds; the words say what it is.
    Elsewhere(&'static str),
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
    /// Whether the changes are not all that the statement does, because of an error.
    pub is_partial: bool,
    /// The part of the statement that the catalog does not hold.
    pub unmodelled: Option<&'static str>,
}

/// Says how a change of what all databases share is undone: settings come back from the record, and nothing else does.
pub(crate) fn elsewhere(statement: &Statement, what: &'static str) -> Inverse {
    let reason = || Inverse::underivable(format!("what {what} changes is shared by all databases of the server"));
    RestoreSettings::of(statement).unwrap_or_else(reason)
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
            SessionStatement::Cluster(found) => match (&found.table, &found.index) {
                (Some(table), Some(index)) => {
                    let mut lowering = Lowering::new(catalog);
                    setting::cluster(&mut lowering, table, index);
                    lowering.done()
                }
                _ => Lowered::NoChange,
            },
            SessionStatement::Do(_) | SessionStatement::Call(_) | SessionStatement::Execute(_) => {
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
        ddl::Statement::CreateForeignTable(create) => create::foreign_table(&mut lowering, create),
        ddl::Statement::CreateTableAs(create) => table_as::create(&mut lowering, create, statement),
        ddl::Statement::CreateIndex(create) => create::index(&mut lowering, create),
        ddl::Statement::CreateSequence(create) => {
            sequence::create(&mut lowering, create);
        }
        ddl::Statement::MoveAll(change) => setting::move_all(&mut lowering, change),
        ddl::Statement::AlterSequence(alter) => sequence::alter(&mut lowering, alter),
        ddl::Statement::CreateView(create) => view::create(&mut lowering, create),
        ddl::Statement::CreateMaterializedView(create) => view::create_materialized(&mut lowering, create),
        ddl::Statement::RefreshMaterializedView(refresh) => {
            view::refresh(&mut lowering, refresh);
            if lowering.effects == Effects::default() {
                return Lowered::NoChange;
            }
        }
        ddl::Statement::AlterRelation(alter) => alter::relation(&mut lowering, alter),
        ddl::Statement::Drop(drop) => drop::objects(&mut lowering, drop),
        ddl::Statement::Truncate(_) => return Lowered::NoChange,
        other => return lower_object(statement, other.tag(), catalog),
    }
    lowering.done()
}

fn lower_object(statement: &Statement, tag: &'static str, catalog: &Catalog) -> Lowered {
    let mut lowering = Lowering::new(catalog);
    match object::lower(&mut lowering, statement) {
        Followed::Yes => return lowering.done(),
        Followed::Nothing => return Lowered::NoChange,
        Followed::Elsewhere => return Lowered::Elsewhere(tag),
        Followed::No => {}
    }
    if shared_property(&mut lowering, statement) {
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
        Object::ReassignOwned(found) => owned::reassign(lowering, found),
        Object::DropOwned(found) => owned::drop(lowering, found),
        Object::Grant(found) => grant::grant(lowering, found),
        Object::AlterDefaultPrivileges(alter) => grant::defaults(lowering, alter),
        Object::AlterObject(alter) => return property::alter(lowering, alter),
        _ => return false,
    }
    true
}

/// A query changes definitions only by `INTO`.
fn lower_query(query: &Query, statement: &Statement, catalog: &Catalog) -> Lowered {
    let mut lowering = Lowering::new(catalog);
    match table_as::select_into(&mut lowering, query, statement) {
        true => lowering.done(),
        false => Lowered::NoChange,
    }
}

fn kind_of(persistence: Persistence, otherwise: Kind) -> Kind {
    match persistence {
        Persistence::Temporary => Kind::Temporary,
        Persistence::Permanent | Persistence::Unlogged => otherwise,
    }
}

/// How far a statement is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    /// Its changes are known.
    Yes,
    /// It changes nothing of what the catalog holds.
    Nothing,
    /// It changes what all databases of a server share.
    Elsewhere,
    /// It is not.
    No,
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
        made::homes(&mut self);
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
        self.effects.is_partial = true;
        self.effects.error.get_or_insert(error);
    }

    /// Takes note of what the statement refers to and is not there; what it does is known all the same.
    fn lacks(&mut self, error: CatalogError) {
        self.effects.error.get_or_insert(error);
    }

    /// Says that a part of the statement is not followed.
    fn skip(&mut self, what: &'static str) {
        self.effects.unmodelled.get_or_insert(what);
    }

    /// Returns the qualified name that a new relation gets.
    fn new_name(&mut self, name: &Name, kind: Kind) -> Name {
        let temporary = kind == Kind::Temporary || name.schema().is_some_and(|schema| schema == "pg_temp");
        if temporary {
            return Catalog::temporary(name);
        }
        made::home(self, name.schema());
        self.catalog.qualified(name)
    }

    /// Says whether a name is free; one that is taken is an error unless the statement allows for it.
    fn is_free(&mut self, name: &Name, if_not_exists: bool) -> bool {
        let taken = name.schema().is_some_and(|schema| self.catalog.has_relation_name(schema, name.last()));
        if taken && !if_not_exists {
            self.fail(CatalogError::DuplicateTable(name.clone()));
        }
        !taken
    }
}
