//! Views: those that see past row security, and those that join rows of different tenants.

use super::Judge;
use super::log::made;
use crate::catalog::{Kind, Relation, View};
use crate::finding::{FileId, Finding};
use crate::pg::Name;
use crate::query::FromKind;
use crate::query::visit::{self, Node};
use crate::rules::scope::{view_as_owner, view_mixing_tenants};
use crate::scope::proof::{self, Apart};
use crate::statement::relation::ParameterValue;

/// How far views of views are followed.
const DEPTH: usize = 8;

impl Judge<'_> {
    /// Judges the views of a schema that wanted files make.
    pub(super) fn views(&self, is_wanted: &dyn Fn(FileId) -> bool, found: &mut Vec<Finding>) {
        if !self.habits.row_security && !self.habits.composite_keys {
            return;
        }
        for relation in self.context.catalog.relations().filter(|found| is_wanted(found.origin.file)) {
            let Some(view) = relation.view.as_deref() else { continue };
            let as_owner = self.as_owner(relation, view);
            if as_owner.is_none() && !self.habits.composite_keys {
                continue;
            }
            if let Apart::No(mixed) = proof::apart(self.context, &view.query) {
                found.extend(as_owner);
                found.extend(mixed.filter(|_| self.habits.composite_keys).map(|other| self.mixing(relation, &other)));
            }
        }
    }

    fn as_owner(&self, relation: &Relation, view: &View) -> Option<Finding> {
        let is_materialized = relation.kind == Kind::MaterializedView;
        if !self.habits.row_security || !is_materialized && is_invoker(relation) {
            return None;
        }
        let table = self.protected(view, DEPTH)?;
        let (shown, table) = (self.shown(relation), self.shown(table));
        let (message, help) = match (is_materialized, self.settings.postgres.major() >= 15) {
            (true, _) => (
                format!(
                    "`{shown}` stores rows of every tenant, and the row security of `{table}` does not hold for it"
                ),
                "grant it to no role of the application, or put a view over it that asks for the tenant".to_owned(),
            ),
            (false, true) => (
                format!("`{shown}` reads `{table}` as its owner, for whom its row security need not hold"),
                format!("ALTER VIEW {shown} SET (security_invoker = true);"),
            ),
            (false, false) => (
                format!("`{shown}` reads `{table}` as its owner, for whom its row security need not hold"),
                "ask for the tenant in its query; from PostgreSQL 15 on: WITH (security_invoker = true)".to_owned(),
            ),
        };
        Some(self.finding(&view_as_owner::RULE, made(relation), message, "").help(help))
    }

    /// Finds a table with row security that a query reads.
    fn protected(&self, view: &View, left: usize) -> Option<&Relation> {
        let mut tables: Vec<&Relation> = Vec::new();
        visit::query(&view.query, &mut |node| {
            if let Node::From(item) = node
                && let FromKind::Table { name, .. } = &item.kind
            {
                tables.extend(self.context.catalog.relation(name));
            }
        });
        tables.into_iter().find_map(|relation| match relation.view.as_deref() {
            Some(inner) if left > 0 && relation.kind == Kind::View => self.protected(inner, left - 1),
            _ => Some(relation).filter(|relation| relation.row_security),
        })
    }

    fn mixing(&self, relation: &Relation, other: &Name) -> Finding {
        let shown = self.shown(relation);
        let message = format!(
            "a row of `{shown}` may show rows of different tenants: nothing ties `{}`",
            self.context.catalog.shown(other)
        );
        let help = "join its tables on their tenant columns as well";
        self.finding(&view_mixing_tenants::RULE, made(relation), message, "").help(help)
    }
}

fn is_invoker(relation: &Relation) -> bool {
    let option = relation.storage.parameters.iter().find(|option| option.name == *"security_invoker");
    option.is_some_and(|option| match &option.value {
        None => true,
        Some(ParameterValue::String(text) | ParameterValue::Number(text)) => is_on(text),
        Some(ParameterValue::Type(name)) => is_on(name.name.last().as_str()),
        Some(ParameterValue::Operator(_)) => false,
    })
}

fn is_on(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "on" | "yes" | "1" | "t" | "y")
}
