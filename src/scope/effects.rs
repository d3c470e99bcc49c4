//! What the history leaves behind for later statements: triggers, rules, routines, and reasons to doubt.

use std::collections::{BTreeMap, BTreeSet};

use super::bodies::Bodies;
use super::doubts::Doubts;
use super::portals::Portals;
use super::provenance::Provenance;
use super::routines::Routines;
use super::{Context, opaque};
use crate::catalog::{Catalog, CatalogError, Relation};
use crate::held::Held;
use crate::pg::{Ident, Name, system};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::object::trigger::CreateTrigger;

/// Triggers, rules and functions that the history made.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    hooks: Held<BTreeMap<Name, Vec<Hook>>>,
    pub(super) routines: Held<Routines>,
    pub(super) doubts: Doubts,
    pub(super) provenance: Provenance,
    /// Prepared statements and cursors.
    pub(super) portals: Portals,
    /// What domains compute with their values.
    pub(super) domains: Vec<Expr>,
    /// Collations of the history that keep different texts apart.
    pub(super) collations: BTreeSet<Ident>,
    /// Bodies that were read.
    pub(super) bodies: Bodies,
    /// An event trigger that meets rows whenever a definition changes.
    pub(super) event_trigger: Option<Ident>,
}

/// A trigger or rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hook {
    /// Its name.
    pub(super) name: Ident,
    /// What it runs.
    pub(super) runs: Runs,
    /// What it computes to know whether, and on which rows: functions in it may be others by then.
    pub(super) conditions: Vec<Expr>,
}

/// What a trigger or rule runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// The function of a trigger.
    Function(Ident),
    /// What a rule puts in the place of a write.
    Rule,
    /// What a rule puts in the place of a read.
    View,
    /// The conditions of a policy, which choose rows.
    Policy,
}

impl Hook {
    /// Returns what a trigger runs.
    pub(super) fn of(trigger: &CreateTrigger) -> Hook {
        let runs = Runs::Function(trigger.function.last().clone());
        Hook { name: trigger.name.clone(), runs, conditions: trigger.condition.iter().cloned().collect() }
    }

    /// Says whether its conditions read or call more than the row at hand.
    pub(super) fn reads(&self, context: &Context<'_>) -> bool {
        self.conditions.iter().any(|condition| opaque::expr(context, condition, &[]).is_some())
    }
}

impl Effects {
    /// Says whether different texts are different under a collation.
    pub(super) fn keeps_apart(&self, collation: &Name) -> bool {
        system::is_collation(collation) || self.collations.contains(collation.last())
    }

    /// Ends a file: what it SET is over.
    pub fn end_file(&mut self) {
        self.doubts.end_file();
        self.provenance.clear();
        self.portals = Portals::default();
    }

    /// Takes note that something ran that is not read; whatever its text names may have changed.
    pub fn unread(&mut self, text: &str) {
        self.doubts.named_in(text, "a statement before names it and is not read");
    }

    /// Takes note that the catalog could not follow a statement.
    pub fn unfollowed(&mut self, text: &str, error: &CatalogError) {
        self.doubts.named_in(text, &format!("a statement before names it and could not be followed: {error}"));
    }

    /// Takes note that psql gives the tenant parameter another value.
    pub fn redefined(&mut self) {
        self.doubts.parameter();
        self.forget_values();
    }

    /// Takes note that psql goes on as another user.
    pub fn reconnected(&mut self) {
        self.doubts.reconnected();
    }

    /// Rows that were chosen by the value of a setting are other ones by its next value.
    pub(super) fn forget_values(&mut self) {
        self.provenance.clear();
        self.portals.forget_cursors();
    }

    /// Adds a trigger or rule.
    pub(super) fn add_hook(&mut self, catalog: &Catalog, relation: &Name, hook: Hook) {
        let relation = catalog.resolve(relation).unwrap_or_else(|| catalog.qualified(relation));
        let hooks = self.hooks.entry(relation).or_default();
        if !hooks.contains(&hook) {
            hooks.push(hook);
        }
    }

    /// Takes a trigger or rule away.
    pub(super) fn remove_hook(&mut self, catalog: &Catalog, relation: &Name, name: &Ident) {
        if let Some(hooks) = catalog.resolve(relation).and_then(|relation| self.hooks.get_mut(&relation)) {
            hooks.retain(|hook| hook.name != *name);
        }
    }

    /// Gives a trigger or rule another name.
    pub(super) fn rename_hook(&mut self, catalog: &Catalog, relation: &Name, from: &Ident, to: &Ident) {
        if let Some(hooks) = catalog.resolve(relation).and_then(|relation| self.hooks.get_mut(&relation)) {
            hooks.iter_mut().filter(|hook| hook.name == *from).for_each(|hook| hook.name = to.clone());
        }
    }

    /// Lets triggers and rules move with their relation.
    pub(super) fn move_hooks(&mut self, old: &Name, schema: Option<&Ident>, name: &Ident) {
        let parts = schema.into_iter().chain([name]).cloned().collect();
        if let Some(hooks) = self.hooks.remove(old) {
            self.hooks.entry(Name { parts, span: Span::default() }).or_default().extend(hooks);
        }
    }

    /// Returns the triggers and rules of a relation.
    pub(super) fn hooks(&self, relation: &Relation) -> &[Hook] {
        self.hooks.get(&relation.name).map_or(&[], Vec::as_slice)
    }

    /// Says whether a trigger or rule does more than compute with the row at hand, or moves it to another owner.
    pub(super) fn is_harmful(&self, context: &Context<'_>, hook: &Hook, owners: &[Ident]) -> bool {
        if hook.runs != Runs::Policy && hook.reads(context) {
            return true;
        }
        match &hook.runs {
            Runs::Function(function) => {
                !self.routines.is_plain(function) || owners.iter().any(|column| self.routines.assigns(function, column))
            }
            Runs::Rule | Runs::View => true,
            Runs::Policy => false,
        }
    }
}
