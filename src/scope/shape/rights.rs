//! Rights: functions that run as their owner, roles that row security does not hold for, grants to everybody.

use super::log::{Place, What};
use super::{Judge, Table};
use crate::catalog::{Class, Grantee};
use crate::finding::Finding;
use crate::rules::scope::{bypassing_role, grant_to_public, mutable_search_path};
use crate::statement::object::function::{Attribute, CreateFunction, Security};
use crate::statement::session::setting::{Attached, Change};

impl Judge<'_> {
    /// Judges functions and procedures that run as their owner.
    pub(super) fn routines(&self, found: &mut Vec<Finding>) {
        for object in self.context.catalog.objects_of(Class::Routine) {
            let Some(function) = object.definition.function() else { continue };
            if !is_definer(function) || has_search_path(function) {
                continue;
            }
            let named = function.name.span;
            let span = if object.origin.span.contains(named) { named } else { object.origin.span };
            let name = self.context.catalog.shown(&object.id.name);
            let message = format!("`{name}` runs as its owner and finds tables by the caller's search_path");
            let label = "SECURITY DEFINER without SET search_path";
            let place = Place { origin: object.origin, span };
            let help = format!("ALTER FUNCTION {name} SET search_path = pg_catalog, public, pg_temp;");
            found.push(self.finding(&mutable_search_path::RULE, place, message, label).help(help));
        }
    }

    /// Judges roles, in a project whose tenants are kept apart by row security.
    pub(super) fn roles(&self, found: &mut Vec<Finding>) {
        if !self.habits.row_security {
            return;
        }
        for (name, (_, origin)) in self.shapes.roles.iter().filter(|(_, (on, _))| *on) {
            let message = format!("row security does not hold for `{name}`: it sees every tenant's rows");
            let place = Place { origin: *origin, span: origin.span };
            let help = format!("ALTER ROLE {name} NOBYPASSRLS;");
            found.push(self.finding(&bypassing_role::RULE, place, message, "").help(help));
        }
    }

    /// Judges what everybody may do with a table; where it has row security, policies say whose rows are meant.
    pub(super) fn grants(&self, table: &Table<'_>, found: &mut Vec<Finding>) {
        let relation = table.relation;
        let held = relation.shared.get().and_then(|shared| shared.privileges.as_ref());
        let Some(held) = held.and_then(|acl| acl.0.get(&Grantee::Public)).filter(|held| !held.is_empty()) else {
            return;
        };
        if relation.row_security {
            return;
        }
        let words: Vec<String> = held.keys().map(|word| word.as_str().to_ascii_uppercase()).collect();
        let shown = self.shown(relation);
        let words = words.join(", ");
        let message = format!("every role of the database has {words} on `{shown}`, which holds rows of every tenant");
        let place = self.shapes.place(relation, |what| *what == What::Grant);
        let help = format!("REVOKE {words} ON {shown} FROM PUBLIC;");
        found.push(self.finding(&grant_to_public::RULE, place, message, "").help(help));
    }
}

fn is_definer(function: &CreateFunction) -> bool {
    let mut said = function.attributes.iter().filter_map(|attribute| match attribute {
        Attribute::Security(security) => Some(*security),
        _ => None,
    });
    said.next_back() == Some(Security::Definer)
}

fn has_search_path(function: &CreateFunction) -> bool {
    function.attributes.iter().any(|attribute| match attribute {
        Attribute::Setting(Attached::Set(Change::Value(name, _) | Change::FromCurrent(name))) => {
            name.last().as_str().eq_ignore_ascii_case("search_path")
        }
        Attribute::Setting(Attached::Set(Change::Schema(_))) => true,
        _ => false,
    })
}
