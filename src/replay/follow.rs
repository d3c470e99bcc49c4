//! A catalog that follows a history, statement by statement.

use super::program::{self, Reader};
use super::refusal::{self, Gone, Refusal};
use super::retire::{self, Fills, Retirement};
use super::session::Session;
use super::transaction::{self, Open};
use super::{Effects, Lowered, ddl, elsewhere, law, lower, made, object, role};
use crate::catalog::{
    Catalog, CatalogError, Certainty, Definition, Doubt, Kind, Object, ObjectId, Origin, Session as Roles,
};
use crate::changes::{Change, Inverse, parts};
use crate::finding::FileId;
use crate::pg::{Ident, Name, PgVersion};
use crate::query::Expr;
use crate::statement::Statement;
use crate::statement::relation::TableConstraintKind;

/// What a statement did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The changes; none when PostgreSQL would refuse the statement.
    pub changes: Vec<Change>,
    /// What undoes them.
    pub inverse: Inverse,
    /// What PostgreSQL would refuse, or what lies outside the history.
    pub error: Option<CatalogError>,
    /// Whether the changes are all that the statement does, though it refers to what lies outside the history.
    pub is_whole: bool,
    /// The error again when the history itself shows that PostgreSQL would raise it.
    pub refusal: Option<Refusal>,
    /// What has to run for it.
    pub runs: Runs,
    /// Whether all that it changes goes with the session: nothing of it is there when somebody undoes it.
    pub is_fleeting: bool,
}

/// What runs for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// The statement.
    Statement,
    /// Its changes, because they keep what the statement would lose.
    Changes,
}

impl Step {
    pub(super) fn undone_by(inverse: Inverse) -> Self {
        Step {
            changes: Vec::new(),
            inverse,
            error: None,
            is_whole: true,
            refusal: None,
            runs: Runs::Statement,
            is_fleeting: false,
        }
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        let inverse = Inverse::underivable(refusal.error.to_string());
        let error = Some(refusal.error.clone());
        let (is_whole, refusal) = (false, Some(refusal));
        Step { error, is_whole, refusal, ..Step::undone_by(inverse) }
    }
}

/// What a catalog holds before the history begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    /// Nothing.
    Nothing,
    /// What the declared schema says of the end, in place of what no history makes: nothing there is an error.
    StandIns,
}

/// Programs within programs are followed so far.
const DEEPEST: usize = 16;

/// A catalog that follows a history.
#[derive(Clone, Debug)]
pub struct Replay {
    catalog: Catalog,
    beginning: Beginning,
    gone: Gone,
    session: Session,
    is_whole: bool,
    reader: Option<Reader>,
    /// How many programs run within each other.
    depth: usize,
    /// The transaction that the history itself opened.
    pub(super) open: Option<Open>,
    retirement: Option<Retirement>,
    fills: Fills,
    proof: Proof,
    wanted: Wanted,
}

/// Whether it is looked at that inverses bring back what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// Nobody asks how to undo anything.
    None,
    /// Nobody asks about this statement; what it did is taken back when it is refused.
    Journal,
    /// Every inverse is tried.
    Every,
}

/// What is wanted of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What they change, and what undoes it.
    Inverses,
    /// What they change.
    Changes,
}

impl Replay {
    /// Starts with an empty catalog.
    pub fn new(search_path: Vec<Ident>) -> Self {
        let session = Session::new(search_path.clone());
        let catalog = Catalog::new(search_path);
        let (beginning, gone) = (Beginning::Nothing, Gone::default());
        Replay {
            catalog,
            beginning,
            gone,
            session,
            is_whole: true,
            reader: None,
            depth: 0,
            open: None,
            retirement: None,
            fills: Fills::new(),
            proof: Proof::None,
            wanted: Wanted::Inverses,
        }
    }

    /// Lets statements do what they do on a server of this version; without a word it is the oldest.
    #[must_use]
    pub fn on(mut self, version: PgVersion) -> Self {
        self.catalog.version = version;
        self
    }

    /// Begins with a schema that no history makes: a tenant's own.
    #[must_use]
    pub fn holding(mut self, schema: &Ident) -> Self {
        let object = Object::new(ObjectId::schema(schema), Definition::Schema, Origin::default());
        self.catalog.insert_object(object);
        self
    }

    /// Lets sessions begin with another search path than that along which definitions are read.
    pub fn sit(&mut self, path: &[Ident]) {
        self.session = Session::new(path.to_vec());
        self.session.end(&mut self.catalog);
    }

    /// Lets every inverse be tried before it is believed.
    #[must_use]
    pub fn proving(self) -> Self {
        Replay { proof: Proof::Every, ..self }
    }

    /// Says what is wanted of the statements that follow.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
    }

    /// Says whether the inverse of the present statement is of use: programs and transactions may have to take it back.
    fn is_asked(&self) -> bool {
        self.wanted == Wanted::Inverses || self.depth > 0 || self.open.is_some()
    }

    /// Says how far the inverse of a statement is looked at.
    fn proof_of(&self, changes: &[Change]) -> Proof {
        // A change reaches the children of a table one by one, and the last of them may refuse it.
        let passes_on = self.catalog.has_children();
        match self.proof {
            Proof::Every if !self.is_asked() && (passes_on || changes.len() > 1) => Proof::Journal,
            Proof::Every if !self.is_asked() => Proof::None,
            Proof::None if passes_on || self.is_asked() => Proof::Journal,
            proof => proof,
        }
    }

    /// Says what becomes of the drops of the statements that follow; `None` drops what they say.
    pub fn retire(&mut self, retirement: Option<Retirement>) {
        self.retirement = retirement;
    }

    /// Says what rows get that are written while a column is out of sight that the next statement drops.
    pub fn fill(&mut self, column: Ident, value: Expr) {
        self.fills.insert(column, value);
    }

    /// Lets programs be followed, whose texts are read this way.
    #[must_use]
    pub fn reading(self, reader: Reader) -> Self {
        Replay { reader: Some(reader), ..self }
    }

    /// Lets what is there already stand in for what the history does not make.
    pub fn stand_in(&mut self) {
        self.beginning = Beginning::StandIns;
    }

    /// Returns the catalog as it is now.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Says whether the history makes everything that it uses, and every statement was followed.
    pub fn is_whole(&self) -> bool {
        self.is_whole && self.catalog.doubt.is_none()
    }

    /// Takes note that something may have changed the catalog in a way that is not followed.
    pub fn doubt(&mut self, reason: impl Into<String>, origin: Origin) {
        self.catalog.doubt.get_or_insert_with(|| Doubt { reason: reason.into(), origin });
    }

    /// Goes on from what somebody knows to be there, such as a server; the session and the roles stay as they are.
    pub fn resume(&mut self, mut known: Catalog) {
        known.doubt = None;
        known.version = self.catalog.version;
        known.continue_from(&self.catalog);
        self.catalog = known;
        self.is_whole = true;
    }

    /// Does a statement; one that PostgreSQL would refuse changes nothing.
    pub fn step(&mut self, statement: &Statement, origin: Origin) -> Step {
        let mut step = self.done(statement, origin);
        if self.depth == 0 {
            transaction::follow(self, statement, &step, origin);
            if step.is_fleeting {
                step.inverse = Inverse::Nothing;
            }
        }
        step
    }

    fn done(&mut self, statement: &Statement, origin: Origin) -> Step {
        if let Some(reader) = self.reader
            && self.depth < DEEPEST
            && let Some(step) = program::follow(self, reader, statement, origin)
        {
            return step;
        }
        let lowered = lower(statement, &self.catalog);
        let fills = std::mem::take(&mut self.fills);
        let origin = Origin { certainty: self.certainty(statement), ..origin };
        // What a program runs is not ours to rewrite.
        if let Some(retirement) = self.retirement.as_ref().filter(|_| self.depth == 0)
            && let Some(effects) = retire::instead(retirement, statement, &lowered, (&self.catalog, &fills))
        {
            return Step { runs: Runs::Changes, ..self.follow(effects, origin) };
        }
        match lowered {
            Lowered::Changes(effects) => self.follow(effects, origin),
            Lowered::NoChange => {
                self.session.follow(statement, &mut self.catalog);
                role::follow(&mut self.catalog.session, statement);
                let is_fleeting = empties_temporaries(statement, &self.catalog);
                Step { is_fleeting, ..Step::undone_by(Inverse::Nothing) }
            }
            Lowered::Elsewhere(what) => Step::undone_by(elsewhere(statement, what)),
            Lowered::Unmodelled(what) => {
                self.doubt(unfollowed(what), origin);
                Step::undone_by(Inverse::underivable(unfollowed(what)))
            }
        }
    }

    /// Says whether what a statement makes was surely not there before it; a program may ask first.
    fn certainty(&self, statement: &Statement) -> Certainty {
        if self.depth > 0 || is_unless_there(statement) { Certainty::Conditional } else { Certainty::Sure }
    }

    fn follow(&mut self, effects: Effects, origin: Origin) -> Step {
        if let Some(refusal) = effects.error.as_ref().and_then(|error| self.refusal(error)) {
            return Step::refused(refusal);
        }
        let mut inverses = Vec::new();
        if let Some(what) = effects.unmodelled {
            // What lies outside the history is no matter of doubt.
            if effects.error.is_none() {
                self.doubt(unfollowed(what), origin);
            }
            inverses.push(Inverse::underivable(unfollowed(what)));
        }
        let mut error = effects.error;
        let mut is_whole = !effects.is_partial;
        let mut changes = effects.changes;
        // Which of the inverses are those of changes that were done.
        let mut done: Vec<usize> = Vec::new();
        let new = made::new(&self.catalog, &changes);
        let proof = self.proof_of(&changes);
        if proof != Proof::None {
            self.catalog.open_journal();
        }
        // Without a journal, what a statement did before it is refused is taken back by its inverses.
        let is_wanted = self.is_asked() || proof == Proof::None && changes.len() > 1;
        for change in &mut changes {
            place(change, origin);
            // What is new goes as a whole.
            let mut undone = match is_wanted && !made::is_about(change, &new) {
                true => parts::with_recorded(change.invert(&self.catalog), &self.catalog),
                false => Inverse::Nothing,
            };
            self.gone.note(change, &self.catalog, origin);
            if let Err(refused) = change.apply(&mut self.catalog) {
                if let Some(refusal) = self.refusal(&refused) {
                    match proof {
                        Proof::Every | Proof::Journal => {
                            let before = self.catalog.close_journal();
                            self.catalog.go_back(before);
                        }
                        Proof::None => self.take_back(done.iter().map(|at| &inverses[*at])),
                    }
                    return Step::refused(refusal);
                }
                is_whole = false;
                // Nobody knows what was there before.
                if undone == Inverse::Nothing && is_wanted || is_of_unknown_columns(change) {
                    undone = Inverse::underivable(refused.to_string());
                }
                error = error.or(Some(refused));
            } else {
                done.push(inverses.len());
            }
            // A change that the catalog refuses can still say what undoes it: history may begin elsewhere.
            inverses.push(undone);
        }
        if let Some(error) = &error {
            self.is_whole = false;
            if changes.is_empty() {
                inverses.push(Inverse::underivable(error.to_string()));
            }
        }
        let mut inverse = Inverse::of_all(inverses).simplified();
        let mut is_fleeting = false;
        if proof != Proof::None {
            let before = self.catalog.close_journal();
            is_fleeting = error.is_none() && before.is_of_the_session();
            // What lies outside the history cannot be looked at.
            if error.is_none() && proof == Proof::Every {
                inverse = law::kept(&mut self.catalog, &before, inverse, self.reader);
            }
        }
        Step { changes, error, is_whole, is_fleeting, ..Step::undone_by(inverse) }
    }

    /// Returns the refusal when nothing but the history tells what is there.
    fn refusal(&self, error: &CatalogError) -> Option<Refusal> {
        let is_sure = self.beginning == Beginning::Nothing && self.catalog.doubt.is_none();
        refusal::of(error, &self.catalog, &self.gone).filter(|_| is_sure)
    }

    /// Does a statement of a program.
    pub(super) fn nested(&mut self, statement: &Statement, origin: Origin) -> Step {
        self.depth += 1;
        let step = self.step(statement, origin);
        self.depth -= 1;
        step
    }

    /// Undoes what a statement did before it failed.
    pub(super) fn take_back<'i>(&mut self, done: impl DoubleEndedIterator<Item = &'i Inverse>) {
        for change in done.rev().flat_map(Inverse::changes) {
            // What was just done can be undone.
            let _ = change.apply(&mut self.catalog);
        }
    }

    /// Says whether somebody may undo the present statement by itself, in a session that knows nothing of this one.
    pub(super) fn is_outermost(&self) -> bool {
        self.depth == 0 && self.open.is_none()
    }

    /// Forgets the relation or object that a statement makes when a declared schema made it before: a history that creates
    /// a table itself needs no stand-in.
    pub fn supersede(&mut self, statement: &Statement, is_declared: impl Fn(FileId) -> bool) {
        if let Some(id) = object::made(statement, &self.catalog) {
            let held = self.catalog.object(&id);
            // What was there from the beginning nobody declared.
            if held.is_some_and(|held| held.origin != Origin::default() && is_declared(held.origin.file)) {
                self.catalog.remove_object(&id);
            }
        }
        let Some(name) = made(statement) else { return };
        let declared = self.catalog.relation(&name).is_some_and(|relation| is_declared(relation.origin.file));
        if declared {
            self.catalog.remove(&name);
        }
    }

    /// Sets the search path that was in force before.
    pub(super) fn back_to(&mut self, path: Vec<Ident>) {
        self.catalog.search_path = path;
    }

    /// Ends the session: temporary relations disappear, settings are the server's again.
    pub fn end_session(&mut self) {
        let temporary = self.catalog.temporaries().filter(|found| {
            // Views on temporary relations go with them.
            found.kind == Kind::Temporary || found.persistence == ddl::Persistence::Temporary
        });
        let names: Vec<Name> = temporary.map(|found| found.name.clone()).collect();
        for name in names {
            self.catalog.remove(&name);
        }
        let objects = self.catalog.objects_in(&Ident::exact("pg_temp"));
        let objects: Vec<ObjectId> = objects.into_iter().map(|object| object.id.clone()).collect();
        objects.iter().for_each(|id| drop(self.catalog.remove_object(id)));
        self.open = None;
        self.session.end(&mut self.catalog);
        self.catalog.session = Roles::default();
    }
}

/// Says whether a change makes columns refuse NULL that may have taken it before.
fn is_of_unknown_columns(change: &Change) -> bool {
    let Change::AddConstraint(add) = change else { return false };
    matches!(add.constraint.definition.kind, TableConstraintKind::PrimaryKey(_))
}

fn unfollowed(what: &str) -> String {
    format!("what {what} changes is not followed")
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

/// Says whether a statement makes a relation unless one of its name is there.
fn is_unless_there(statement: &Statement) -> bool {
    let Statement::Relation(relation) = statement else { return false };
    match &**relation {
        ddl::Statement::CreateTable(create) => create.if_not_exists,
        ddl::Statement::CreateForeignTable(create) => create.if_not_exists,
        ddl::Statement::CreateTableAs(create) => create.if_not_exists,
        ddl::Statement::CreateSequence(create) => create.if_not_exists,
        ddl::Statement::AlterRelation(alter) => match &alter.change {
            // The sequence of a serial column.
            ddl::RelationChange::Actions(actions) => actions
                .iter()
                .any(|action| matches!(&action.kind, ddl::ActionKind::AddColumn { if_not_exists: true, .. })),
            _ => false,
        },
        _ => false,
    }
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
        Change::CreateObject(create) => create.object.origin = origin,
        Change::CreateView(create) => create.relation.origin = origin,
        _ => {}
    }
}

/// Says whether a statement takes rows from temporary tables alone.
fn empties_temporaries(statement: &Statement, catalog: &Catalog) -> bool {
    let Statement::Relation(relation) = statement else { return false };
    let ddl::Statement::Truncate(truncate) = &**relation else { return false };
    let is_temporary = |name: &Name| catalog.relation(name).is_some_and(|found| found.kind == Kind::Temporary);
    truncate.relations.iter().all(|found| is_temporary(&found.name))
}
