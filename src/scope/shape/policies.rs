//! Row security: tables without it, owners that it does not hold for, policies that let every tenant through.

use super::log::What;
use super::{Judge, Table};
use crate::catalog::Policy;
use crate::finding::Finding;
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, Literal};
use crate::rules::scope::{
    missing_row_security, open_policy, row_security_without_policy, unforced_row_security, weakened_isolation,
};
use crate::statement::object::policy::{CreatePolicy, PolicyCommand, PolicyKind};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation::RowSecurity;

/// Roles that everybody has who signs in, or who does not.
const EVERYBODY: &[&str] = &["anon", "authenticated"];

impl Judge<'_> {
    /// Judges the row security of a table.
    pub(super) fn policies(&self, table: &Table<'_>, found: &mut Vec<Finding>) {
        if table.is_part() {
            return;
        }
        let relation = table.relation;
        let shown = self.shown(relation);
        if !relation.row_security {
            found.extend(self.unprotected(table, &shown));
            return;
        }
        if !relation.force_row_security {
            found.extend(self.unforced(table, &shown));
        }
        if relation.policies.is_empty() {
            let place = self
                .shapes
                .place(relation, |what| matches!(what, What::DropPolicy | What::RowSecurity(RowSecurity::Enable)));
            let message = format!("`{shown}` has row security and no policy, so nobody but its owner sees a row");
            let help = format!("CREATE POLICY … ON {shown} USING ({});", self.test(table));
            found.push(self.finding(&row_security_without_policy::RULE, place, message, "").help(help));
        }
        found.extend(relation.policies.values().filter_map(|policy| self.open(table, policy, &shown)));
    }

    fn unprotected(&self, table: &Table<'_>, shown: &str) -> Option<Finding> {
        let help = format!("ALTER TABLE {shown} ENABLE ROW LEVEL SECURITY;");
        if let Some(place) = self.shapes.last(table.relation, |what| *what == What::Disabled) {
            let message = format!("row security of `{shown}` is switched off: every role sees every tenant's rows");
            return Some(self.finding(&weakened_isolation::RULE, place, message, "").help(help));
        }
        if !self.habits.row_security {
            return None;
        }
        let place = self.shapes.place(table.relation, |_| false);
        let message = format!("`{shown}` has no row security, and other tables of tenants have");
        let help = format!("{help}\nCREATE POLICY … ON {shown} USING ({});", self.test(table));
        Some(self.finding(&missing_row_security::RULE, place, message, "").help(help))
    }

    fn unforced(&self, table: &Table<'_>, shown: &str) -> Option<Finding> {
        let help = format!("ALTER TABLE {shown} FORCE ROW LEVEL SECURITY;");
        if let Some(place) = self.shapes.last(table.relation, |what| *what == What::Unforced) {
            let message = format!("the owner of `{shown}` sees every tenant's rows from here on");
            return Some(self.finding(&weakened_isolation::RULE, place, message, "").help(help));
        }
        if !self.habits.forced {
            return None;
        }
        let place = self.shapes.place(table.relation, |what| *what == What::RowSecurity(RowSecurity::Enable));
        let message = format!("row security of `{shown}` does not hold for its owner, and that of other tables does");
        Some(self.finding(&unforced_row_security::RULE, place, message, "").help(help))
    }

    /// The condition that a policy would have.
    fn test(&self, table: &Table<'_>) -> String {
        let session = self.settings.tenancy.session.as_deref().unwrap_or("current_setting('app.tenant_id')");
        match table.class.tenant_column() {
            Some(column) => format!("{column} = {session}"),
            None => "…".to_owned(),
        }
    }

    fn open(&self, table: &Table<'_>, policy: &Policy, shown: &str) -> Option<Finding> {
        let definition = &policy.definition;
        let everybody = |role: &RoleSpec| match role {
            RoleSpec::Public => true,
            RoleSpec::Name(name) => EVERYBODY.contains(&name.as_str()),
            _ => false,
        };
        let is_general = definition.roles.is_empty() || definition.roles.iter().any(everybody);
        if definition.kind != PolicyKind::Permissive || !is_general || self.is_narrowed(table, definition.command) {
            return None;
        }
        let (clause, condition) =
            [("USING", &definition.using), ("WITH CHECK", &definition.check)].into_iter().find_map(
                |(clause, condition)| Some((clause, condition.as_ref().filter(|found| !self.tests(table, found))?)),
            )?;
        let place = self.shapes.place(table.relation, |what| *what == What::Policy(definition.name.clone()));
        let how = match (always(condition), clause) {
            (true, "USING") => "shows every tenant's rows to everybody",
            (true, _) => "lets everybody write rows of every tenant",
            (false, _) => "does not ask for the tenant",
        };
        let message = format!("policy `{}` of `{shown}` {how}", definition.name);
        let help = format!("{clause} ({})", self.test(table));
        let label = format!("{clause} ({condition})");
        Some(self.finding(&open_policy::RULE, place, message, &label).help(help))
    }

    /// A restrictive policy that asks for the tenant narrows whatever others allow.
    fn is_narrowed(&self, table: &Table<'_>, command: PolicyCommand) -> bool {
        let covers = |policy: &CreatePolicy| policy.command == PolicyCommand::All || policy.command == command;
        table.relation.policies.values().map(|policy| &policy.definition).any(|policy| {
            let asks = policy.using.iter().chain(&policy.check).any(|condition| self.tests(table, condition));
            policy.kind == PolicyKind::Restrictive && covers(policy) && asks
        })
    }

    /// Says whether a condition may tell tenants apart: it names the tenant, asks who asks, or looks something up.
    fn tests(&self, table: &Table<'_>, condition: &Expr) -> bool {
        let owners = crate::scope::classes::owners(table.relation, self.context);
        let mut found = matches!(condition.kind, ExprKind::Literal(Literal::Boolean(false)));
        visit::expr(condition, &mut |node| {
            found |= match node {
                Node::Query(_) => true,
                Node::Expr(expr) => match &expr.kind {
                    ExprKind::Column(parts) => parts.last().is_some_and(|name| owners.contains(name)),
                    // Whether somebody has signed in says nothing of the tenant.
                    ExprKind::Call(call) => {
                        let name = call.name.last().as_str();
                        !matches!(name, "role" | "now" | "lower" | "upper" | "length" | "coalesce")
                    }
                    ExprKind::Value(_) => true,
                    _ => false,
                },
                _ => false,
            };
        });
        found
    }
}

fn always(condition: &Expr) -> bool {
    matches!(condition.kind, ExprKind::Literal(Literal::Boolean(true)))
}
