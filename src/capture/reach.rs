//! The relations whose rows a statement may change.

use std::collections::{BTreeMap, BTreeSet};

use super::key;
use super::positions::{self, Motion};
use crate::catalog::{Catalog, Certainty, ConstraintKind, Kind, Relation};
use crate::finding::FileId;
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{Assignment, Call, ConflictAction, DataStatement, Expr, ExprKind, MergeAction, Query};
use crate::statement::Statement;
use crate::statement::object::trigger::{TriggerEvent, TriggerTiming};
use crate::statement::relation::{
    ActionKind, ColumnChange, ColumnConstraintKind, Firing, ReferentialAction, RelationChange,
    Statement as RelationStatement,
};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::{CopyDirection, CopySource};

/// Each relation with the columns that updates may change; `None` for all.
pub(super) type Written = BTreeMap<Name, Option<BTreeSet<Ident>>>;

/// What a statement changes besides definitions.
pub(super) struct Reached {
    /// The relations whose rows it may write, or why they cannot be recorded; `None` when it runs nothing that writes.
    pub(super) rows: Option<Result<Written, String>>,
    /// The sequences that it moves.
    pub(super) positions: BTreeSet<Name>,
}

/// What becomes of numbers that rows took from sequences and that nobody has any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// They stay taken: many take numbers from the sequences of shared tables.
    Taken,
    /// They are given out again, unless others were given out since.
    Returned,
}

/// Returns what a statement may write, by the names of relations.
pub(super) fn of(statement: &Statement, catalog: &Catalog, (fresh, numbers): (Option<FileId>, Numbers)) -> Reached {
    let mut walk = Walk {
        catalog,
        written: Written::new(),
        everything: false,
        entered: BTreeSet::new(),
        refusal: None,
        set: BTreeSet::new(),
        advanced: BTreeSet::new(),
        is_any_set: false,
        removes: false,
        carried: BTreeSet::new(),
    };
    let is_old = |name: &Name| {
        let made = catalog.held_relation(name).map(|found| found.origin);
        made.is_none_or(|made| Some(made.file) != fresh || made.certainty == Certainty::Conditional)
    };
    let is_written = walk.top(statement).is_some();
    let targets: Vec<Name> = walk.written.keys().filter(|name| is_old(name)).cloned().collect();
    if is_written {
        // What triggers write takes numbers from sequences, too.
        walk.close();
    }
    let mut positions = walk.positions(numbers);
    positions.retain(is_old);
    Reached { rows: is_written.then(|| rows(walk, &targets, &is_old)), positions }
}

fn rows(mut walk: Walk<'_>, targets: &[Name], is_old: &dyn Fn(&Name) -> bool) -> Result<Written, String> {
    let catalog = walk.catalog;
    if let Some(refusal) = walk.refusal {
        return Err(refusal);
    }
    let keyless = targets.iter().find(|name| catalog.held_relation(name).is_none_or(|found| key::of(found).is_none()));
    if let Some(name) = keyless {
        let found = catalog.held_relation(name).filter(|found| found.origin.certainty == Certainty::Conditional);
        let may_be_old = if found.is_some() { ", and may have been there before it was made here" } else { "" };
        let name = catalog.shown(name);
        return Err(format!("`{name}` has no primary key, and no unique key whose columns are NOT NULL{may_be_old}"));
    }
    let carried = walk.carried.iter().filter(|name| is_old(name) && walk.removes && !walk.everything);
    let mut carried = carried.filter_map(|name| catalog.held_relation(name));
    if let Some(found) = carried.find(|found| key::of(found).is_none()) {
        let name = catalog.shown(&found.name);
        return Err(format!("a foreign key carries it on to `{name}`, which has no key that tells its rows apart"));
    }
    if walk.everything {
        let own =
            |relation: &&Relation| !relation.name.schema().is_some_and(|schema| schema.as_str().starts_with("tenet"));
        let all = catalog.relations().filter(|found| matches!(found.kind, Kind::Table | Kind::Partitioned)).filter(own);
        let all = all.filter(|found| found.bound.is_none() && is_old(&found.name));
        return Ok(all.map(|found| (found.name.clone(), None)).collect());
    }
    walk.written.retain(|name, _| is_old(name));
    Ok(walk.written)
}

/// Collects what is written.
pub(super) struct Walk<'a> {
    pub(super) catalog: &'a Catalog,
    written: Written,
    /// Whether something may be written that cannot be told.
    pub(super) everything: bool,
    entered: BTreeSet<Name>,
    refusal: Option<String>,
    /// The sequences that it sets.
    set: BTreeSet<Name>,
    /// The sequences that it takes numbers from.
    advanced: BTreeSet<Name>,
    /// Whether it sets a sequence that only the server knows.
    is_any_set: bool,
    /// Whether rows may go or get other keys, on which foreign keys carry on.
    removes: bool,
    /// What foreign keys carry on to.
    carried: BTreeSet<Name>,
}

impl Walk<'_> {
    /// Returns the sequences whose positions nothing else explains: where numbers stay taken, rows that are written show
    /// which.
    fn positions(&self, numbers: Numbers) -> BTreeSet<Name> {
        let mut found = self.set.clone();
        if self.is_any_set {
            found.extend(positions::all(self.catalog));
        }
        if numbers == Numbers::Returned || self.written.is_empty() && !self.everything {
            found.extend(self.advanced.iter().cloned());
        }
        found
    }

    fn moved(&mut self, call: &Call) {
        let sequence = positions::sequence(call, self.catalog);
        match (positions::motion(call), sequence) {
            (Some(Motion::Set), Some(name)) => drop(self.set.insert(name)),
            (Some(Motion::Set), None) => self.is_any_set = true,
            (Some(Motion::Next), Some(name)) => drop(self.advanced.insert(name)),
            (Some(Motion::Next), None) | (None, _) => {}
        }
    }

    /// Follows a statement of a migration; `None` when it is none that writes rows.
    fn top(&mut self, statement: &Statement) -> Option<()> {
        match statement {
            Statement::Data(data) => {
                self.data(data);
                let is_read = matches!(**data, DataStatement::Query(_)) && self.written.is_empty() && !self.everything;
                (!is_read || self.refusal.is_some()).then_some(())
            }
            Statement::Session(session) => match &**session {
                Session::Copy(copy) if copy.direction == CopyDirection::From => {
                    if let CopySource::Relation(name, _) = &copy.source {
                        self.write(name, Some(BTreeSet::new()));
                        self.draw(name);
                    }
                    Some(())
                }
                Session::Do(block) => {
                    match block.language.as_deref().is_none_or(|found| found.eq_ignore_ascii_case("plpgsql")) {
                        true => self.source(&block.body),
                        false => self.everything = true,
                    }
                    Some(())
                }
                Session::Call(call) => {
                    self.call(&call.call.name);
                    Some(())
                }
                _ => None,
            },
            Statement::Relation(relation) => {
                self.filled(relation);
                None
            }
            Statement::Object(_) => None,
        }
    }

    /// The values that rows get which are there take numbers from sequences.
    fn filled(&mut self, statement: &RelationStatement) {
        let RelationStatement::AlterRelation(alter) = statement else { return };
        let RelationChange::Actions(actions) = &alter.change else { return };
        let mut calls = Vec::new();
        for value in actions.iter().flat_map(|action| values(&action.kind)) {
            visit::expr(value, &mut |node| {
                if let Some(Met::Motion(call)) = met_in(node) {
                    calls.push(call);
                }
            });
        }
        calls.iter().for_each(|call| self.moved(call));
    }

    /// Follows a statement of a program.
    pub(super) fn inner(&mut self, statement: &Statement) {
        match statement {
            Statement::Data(data) => self.data(data),
            Statement::Relation(relation) => {
                if let RelationStatement::Truncate(_) = **relation {
                    self.refusal = Some("it runs TRUNCATE, whose rows nothing records: use DELETE".into());
                }
            }
            Statement::Session(_) => self.everything |= self.top(statement).is_none(),
            Statement::Object(_) => {}
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        let mut met = Vec::new();
        visit::expr(expr, &mut |node| met.extend(met_in(node)));
        self.meet(met);
    }

    pub(super) fn query(&mut self, query: &Query) {
        let mut met = Vec::new();
        visit::query(query, &mut |node| met.extend(met_in(node)));
        self.meet(met);
    }

    /// Takes note that a program ends transactions: the settings that say what is recorded end with the first.
    pub(super) fn ends(&mut self) {
        let reason = "it ends transactions, and rows are recorded within one: write the statement itself, \
                      under `-- tenet: batch` where it ought to run piece by piece";
        self.refusal = Some(reason.to_owned());
    }

    /// Says whether a routine is met for the first time.
    pub(super) fn enter(&mut self, name: &Name) -> bool {
        self.entered.insert(name.clone())
    }

    fn data(&mut self, data: &DataStatement) {
        let mut met = Vec::new();
        visit::statement(data, &mut |node| met.extend(met_in(node)));
        // Of the statement itself it is known which columns change; of statements within it, not.
        let targets = met.iter().filter(|found| matches!(found, Met::Target(_))).count();
        self.removes |= targets > 1 || !matches!(data, DataStatement::Insert(_) | DataStatement::Query(_));
        let columns = assigned(data).filter(|_| targets == 1);
        let inserts = targets > 1 || !matches!(data, DataStatement::Update(_) | DataStatement::Delete(_));
        for found in &met {
            if let Met::Target(name) = found {
                self.write(name, columns.clone());
                if inserts {
                    self.draw(name);
                }
            }
        }
        self.meet(met);
    }

    fn meet(&mut self, met: Vec<Met>) {
        for found in met {
            match found {
                Met::Call(name) => self.call(&name),
                Met::Motion(call) => self.moved(&call),
                Met::Target(_) => {}
            }
        }
    }

    /// Adds the sequences from which new rows of a relation take numbers.
    fn draw(&mut self, name: &Name) {
        let Some(relation) = self.catalog.relation(name) else { return };
        let own = self.catalog.sequences_of(&relation.name);
        self.advanced.extend(own.iter().map(|found| found.name.clone()));
        for value in relation.columns.iter().filter_map(|column| column.default.as_ref()) {
            visit::expr(value, &mut |node| {
                if let Some(Met::Motion(call)) = met_in(node)
                    && positions::motion(&call) == Some(Motion::Next)
                {
                    self.advanced.extend(positions::sequence(&call, self.catalog));
                }
            });
        }
    }

    /// Adds a relation; a partition is recorded with the table at the top.
    fn write(&mut self, name: &Name, columns: Option<BTreeSet<Ident>>) {
        let Some(mut relation) = self.catalog.relation(name) else {
            self.refusal = Some(format!("`{name}` is not known: nothing here creates it"));
            return;
        };
        while let (Some(_), Some(parent)) = (&relation.bound, relation.parents.first()) {
            let Some(above) = self.catalog.relation(parent) else { break };
            relation = above;
        }
        match relation.kind {
            Kind::Temporary => return,
            Kind::Table | Kind::Partitioned => {}
            Kind::TableAs => {
                self.refusal = Some(format!("the columns of `{name}` come from a query and are not known"));
                return;
            }
            Kind::View | Kind::MaterializedView | Kind::Foreign | Kind::Sequence => {
                self.refusal = Some(format!("`{name}` is no table whose rows can be recorded: write to its tables"));
                return;
            }
        }
        if self.catalog.children(&relation.name).any(|child| child.bound.is_none()) {
            self.refusal =
                Some(format!("tables inherit from `{name}`, and what they have of their own is not recorded"));
        }
        let columns = columns.filter(|_| !is_rewritten(relation));
        let known = self.written.entry(relation.name.clone()).or_insert_with(|| Some(BTreeSet::new()));
        *known = match (known.take(), columns) {
            (Some(mut known), Some(more)) => {
                known.extend(more);
                Some(known)
            }
            _ => None,
        };
    }

    /// Adds what foreign keys, triggers and rules write because of what is written.
    fn close(&mut self) {
        let mut done: BTreeSet<Name> = BTreeSet::new();
        while let Some(name) = self.written.keys().find(|name| !done.contains(*name)).cloned() {
            done.insert(name.clone());
            for (holder, constraint) in self.catalog.references_to(&name) {
                let ConstraintKind::ForeignKey { columns, references } = &constraint.kind else { continue };
                if carries_on(&references.on_delete) || carries_on(&references.on_update) {
                    self.carried.insert(holder.name.clone());
                    self.write(&holder.name, Some(columns.iter().cloned().collect()));
                }
            }
            let members: Vec<Name> = self.catalog.descendants(&name).into_iter().chain([name]).collect();
            for member in members {
                self.hooks(&member);
            }
        }
    }

    fn hooks(&mut self, name: &Name) {
        let Some(relation) = self.catalog.held_relation(name) else { return };
        self.everything |= !relation.rules.is_empty();
        let fires = |firing: Firing| firing != Firing::Disable;
        let functions: Vec<Name> = relation
            .triggers
            .values()
            .filter(|trigger| fires(trigger.firing))
            .map(|trigger| trigger.definition.function.clone())
            .collect();
        for function in functions {
            self.call(&function);
        }
    }
}

/// Something that a walk over a statement meets.
enum Met {
    /// A relation that is written.
    Target(Name),
    /// A function that is called.
    Call(Name),
    /// A call that moves a sequence.
    Motion(Box<Call>),
}

fn met_in(node: Node<'_>) -> Option<Met> {
    match node {
        Node::Target(target) => Some(Met::Target(target.name.clone())),
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Call(call) if positions::motion(call).is_some() => Some(Met::Motion(call.clone())),
            ExprKind::Call(call) => Some(Met::Call(call.name.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The values that an action gives rows which are there.
fn values(action: &ActionKind) -> Vec<&Expr> {
    match action {
        ActionKind::AddColumn { column, .. } => {
            let defaults = column.constraints.iter().filter_map(|found| match &found.kind {
                ColumnConstraintKind::Default(value) => Some(value),
                _ => None,
            });
            defaults.collect()
        }
        ActionKind::AlterColumn(alter) => match &alter.change {
            ColumnChange::SetType { using: Some(value), .. } => vec![value],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn carries_on(action: &ReferentialAction) -> bool {
    !matches!(action, ReferentialAction::NoAction | ReferentialAction::Restrict)
}

/// Says whether a trigger may change a row before it is updated, and so columns that the statement does not name.
fn is_rewritten(relation: &Relation) -> bool {
    relation.triggers.values().any(|trigger| {
        let updates = trigger.definition.events.iter().any(|event| matches!(event, TriggerEvent::Update(_)));
        updates && trigger.definition.timing == TriggerTiming::Before
    })
}

/// Returns the columns that a statement's own updates assign.
fn assigned(data: &DataStatement) -> Option<BTreeSet<Ident>> {
    let columns = |set: &[Assignment]| -> Vec<Ident> {
        let targets = set.iter().flat_map(|assignment| match assignment {
            Assignment::Single(target, _) => std::slice::from_ref(target),
            Assignment::Multiple(targets, _) => targets.as_slice(),
        });
        targets.map(|target| target.name.clone()).collect()
    };
    let found: Vec<Ident> = match data {
        DataStatement::Update(update) => columns(&update.set),
        DataStatement::Insert(insert) => match insert.on_conflict.as_ref().map(|found| &found.action) {
            Some(ConflictAction::Update { set, .. }) => columns(set),
            _ => Vec::new(),
        },
        DataStatement::Merge(merge) => {
            let sets = merge.whens.iter().filter_map(|when| match &when.action {
                MergeAction::Update(set) => Some(columns(set)),
                _ => None,
            });
            sets.flatten().collect()
        }
        DataStatement::Delete(_) => Vec::new(),
        DataStatement::Query(_) => return None,
    };
    Some(found.into_iter().collect())
}
