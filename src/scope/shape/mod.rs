//! The shape of tables that hold tenants' rows: what would let rows of two tenants meet, whatever statements do.
//!
//! It is judged when all is replayed, as what one statement leaves open the next may close; a finding stands where the
//! statement is that left it so.

mod keys;
mod log;
mod policies;
mod rights;
mod views;

pub use log::Shapes;

use self::log::Place;
use super::Context;
use super::classes::{Class, classify};
use crate::catalog::{Kind, Relation};
use crate::finding::{FileId, Finding};
use crate::pg::Ident;
use crate::rules::Rule;
use crate::settings::Settings;

/// Says what lets rows of two tenants meet in the schema that a history leaves; what is long to find out, only where it would be
/// said in a wanted file.
pub fn findings(
    context: &Context<'_>,
    settings: &Settings,
    shapes: &Shapes,
    is_wanted: &dyn Fn(FileId) -> bool,
) -> Vec<Finding> {
    let tables: Vec<Table<'_>> = context.catalog.relations().filter_map(|relation| table(context, relation)).collect();
    let habits = Habits::of(context, &tables, settings);
    let judge = Judge { context, settings, shapes, habits };
    let mut found = Vec::new();
    for table in &tables {
        judge.keys(table, &mut found);
        judge.policies(table, &mut found);
        judge.grants(table, &mut found);
    }
    judge.views(is_wanted, &mut found);
    judge.routines(&mut found);
    judge.roles(&mut found);
    found
}

/// A table that holds tenants' rows.
struct Table<'a> {
    relation: &'a Relation,
    class: Class,
}

/// What a project does elsewhere: a rule on what few projects do judges those that do it.
struct Habits {
    /// Some table has row security enabled.
    row_security: bool,
    /// Some table forces it on its owner.
    forced: bool,
    /// Some foreign key between tenants' tables carries the tenant.
    composite_keys: bool,
    /// Some key is unique for each tenant.
    tenant_keys: bool,
}

struct Judge<'a> {
    context: &'a Context<'a>,
    settings: &'a Settings,
    shapes: &'a Shapes,
    habits: Habits,
}

fn table<'a>(context: &Context<'_>, relation: &'a Relation) -> Option<Table<'a>> {
    if !matches!(relation.kind, Kind::Table | Kind::Partitioned) {
        return None;
    }
    let class = classify(relation, context.catalog, context.tenancy);
    matches!(class, Class::Tenant(_) | Class::Root(_) | Class::Owned(_)).then_some(Table { relation, class })
}

impl Table<'_> {
    /// Returns the tenant column of a table that has one.
    fn tenant(&self) -> Option<&Ident> {
        match &self.class {
            Class::Tenant(column) => Some(column),
            _ => None,
        }
    }

    /// Says whether what it is made of is declared elsewhere: on the table that it is a part of.
    fn is_part(&self) -> bool {
        !self.relation.parents.is_empty()
    }
}

impl Habits {
    fn of(context: &Context<'_>, tables: &[Table<'_>], settings: &Settings) -> Habits {
        let asked = |rule: &Rule| settings.rules.contains_key(rule.id);
        use crate::rules::scope as rules;
        let security = [&rules::missing_row_security::RULE, &rules::view_as_owner::RULE].into_iter().any(asked);
        let secured = tables.iter().filter(|table| table.relation.row_security && !table.is_part());
        let keys = || tables.iter().flat_map(|table| keys::foreign_keys(context, table));
        let natural = || tables.iter().flat_map(keys::natural_keys);
        Habits {
            row_security: security || tables.iter().any(|table| table.relation.row_security),
            forced: asked(&rules::unforced_row_security::RULE)
                || is_habit(secured.map(|table| table.relation.force_row_security)),
            composite_keys: asked(&rules::foreign_key_without_tenant::RULE)
                || is_habit(keys().map(|key| key.carries_tenant)),
            tenant_keys: asked(&rules::unique_key_without_tenant::RULE)
                || is_habit(natural().map(|key| key.holds_tenant)),
        }
    }
}

/// What is done in half of the cases or more is done on purpose, and forgotten in the others.
fn is_habit(cases: impl Iterator<Item = bool>) -> bool {
    let (done, all) = cases.fold((0, 0), |(done, all), case| (done + usize::from(case), all + 1));
    done > 0 && done * 2 >= all
}

impl Judge<'_> {
    /// Makes a finding on a relation.
    fn finding(&self, rule: &'static Rule, place: Place, message: String, label: &str) -> Finding {
        let finding = rule.finding(place.origin.file, place.span, message);
        match label.is_empty() {
            true => finding,
            false => finding.label(place.span, label),
        }
    }

    /// Returns a relation as a statement names it.
    fn shown(&self, relation: &Relation) -> String {
        self.context.catalog.shown(&relation.name).to_string()
    }
}
