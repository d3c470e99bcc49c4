//! The order in which two histories of one database are run, and what their authors say about it.

use std::collections::BTreeSet;

use super::{HistoryRole, Project};
use crate::migration::{Migration, Version};
use crate::syntax::directive::{Directive, History};
use crate::syntax::read;

impl Project {
    /// Returns all migrations in the order of a first run: the shared history goes first, as far as it waits for nothing.
    pub fn in_order(&self) -> Vec<(HistoryRole, &Migration)> {
        let all = self.histories.iter().flat_map(|(role, history)| {
            history.migrations.iter().map(|migration| (*role, migration)).collect::<Vec<_>>()
        });
        let all: Vec<(HistoryRole, &Migration)> = all.collect();
        if !self.settings.has_schemas_beside_shared() {
            return all;
        }
        let after: Vec<_> = all.iter().map(|(_, migration)| self.after(migration)).collect();
        let is_tenant = |at: &usize| all[*at].0 == HistoryRole::Tenant;
        let (mut tenant, mut shared): (Vec<usize>, Vec<usize>) = (0..all.len()).rev().partition(is_tenant);
        let mut done = BTreeSet::new();
        let mut order = Vec::new();
        while order.len() < all.len() {
            let is_met = |(history, version): &(History, Version)| {
                let waited = |(role, found): &(HistoryRole, &Migration)| {
                    role.history() == Some(*history) && found.id.version <= *version
                };
                all.iter().enumerate().all(|(at, found)| done.contains(&at) || !waited(found))
            };
            let ready = |queue: &Vec<usize>| queue.last().copied().filter(|at| after[*at].iter().all(is_met));
            let goes_first = ready(&shared).is_some();
            // Two histories that wait for each other are refused when they are run.
            let queue =
                if goes_first || (ready(&tenant).is_none() && !shared.is_empty()) { &mut shared } else { &mut tenant };
            let Some(next) = queue.pop() else { break };
            done.insert(next);
            order.push(all[next]);
        }
        order
    }

    /// Returns what a migration's author says it waits for.
    pub fn after(&self, migration: &Migration) -> Vec<(History, Version)> {
        let mut after = Vec::new();
        for section in &migration.up {
            let script = read::script(&self.file(section.file).text);
            let own = script.directives.placed.iter().filter(|placed| section.span.contains(placed.span));
            after.extend(own.filter_map(|placed| match &placed.directive {
                Directive::After(history, version) => Some((*history, Version::new(version.text.clone()))),
                _ => None,
            }));
        }
        after
    }
}

impl HistoryRole {
    /// Returns which of two histories it is; `None` where there is one.
    pub fn history(self) -> Option<History> {
        match self {
            HistoryRole::Only => None,
            HistoryRole::Shared => Some(History::Shared),
            HistoryRole::Tenant => Some(History::Tenant),
        }
    }
}
