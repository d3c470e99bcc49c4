//! What directives make of the findings on their statement.

use crate::catalog::Catalog;
use crate::finding::{FileId, Finding};
use crate::nearest::nearest;
use crate::plan;
use crate::rules::parse::directive;
use crate::rules::scope as scope_rules;
use crate::rules::{self, Rule};
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::directive::{Directive, Directives, Text};
use crate::syntax::read::ReadStatement;
use crate::verdict::Scope;

/// Drops the findings that the author accepts, and reports directives that accept nothing.
pub(super) fn settle(file: FileId, directives: &Directives, piece: usize, scope: Scope, findings: &mut Vec<Finding>) {
    for placed in directives.of(piece) {
        let refused = match &placed.directive {
            Directive::AllTenants(_) => all_tenants(scope, findings),
            Directive::Allow { rule, .. } => allow(rule, findings),
            _ => None,
        };
        if let Some((span, message)) = refused {
            let finding = directive::RULE.finding(file, span.unwrap_or(placed.span), message);
            findings.push(finding.help(directive::RULE.remedy));
        }
    }
}

/// An `allow` for a finding that is known only when all is replayed.
pub(super) struct Deferred {
    file: FileId,
    statement: Span,
    rule: Text,
    directive: Span,
}

/// Rules that judge what a whole history leaves.
const AT_THE_END: &[&Rule] = &[
    &scope_rules::unclassified_table::RULE,
    &scope_rules::nullable_tenant_column::RULE,
    &scope_rules::foreign_key_without_tenant::RULE,
    &scope_rules::unique_key_without_tenant::RULE,
    &scope_rules::missing_row_security::RULE,
    &scope_rules::unforced_row_security::RULE,
    &scope_rules::row_security_without_policy::RULE,
    &scope_rules::open_policy::RULE,
    &scope_rules::view_as_owner::RULE,
    &scope_rules::view_mixing_tenants::RULE,
    &scope_rules::mutable_search_path::RULE,
    &scope_rules::bypassing_role::RULE,
    &scope_rules::grant_to_public::RULE,
    &scope_rules::weakened_isolation::RULE,
];

fn is_at_the_end(rule: &str) -> bool {
    AT_THE_END.iter().any(|known| known.id == rule)
}

/// Returns what the directives above a statement allow of findings that are still to come.
pub(super) fn deferred<'d>(
    file: FileId,
    directives: &'d Directives,
    statement: &'d ReadStatement,
) -> impl Iterator<Item = Deferred> + use<'d> {
    directives.of(statement.piece).iter().filter_map(move |placed| match &placed.directive {
        Directive::Allow { rule, .. } if is_at_the_end(&rule.text) => {
            Some(Deferred { file, statement: statement.span, rule: rule.clone(), directive: placed.span })
        }
        _ => None,
    })
}

/// Drops what is allowed of the findings on a whole history, and reports what allows none.
pub(super) fn settle_deferred(deferred: &[Deferred], findings: &mut Vec<Finding>) {
    for allowed in deferred {
        let before = findings.len();
        findings.retain(|finding| {
            finding.file != allowed.file
                || finding.rule != allowed.rule.text
                || !allowed.statement.contains(finding.span)
        });
        if findings.len() == before {
            let message = format!("`allow {}` matches nothing on the next statement", allowed.rule.text);
            let finding = directive::RULE.finding(allowed.file, allowed.directive, message);
            findings.push(finding.help(directive::RULE.remedy));
        }
    }
}

/// Reports a `batch` above a statement that cannot run in batches.
pub(super) fn batch(
    file: FileId,
    directives: &Directives,
    (piece, parsed): (usize, &Statement),
    catalog: &Catalog,
) -> Option<Finding> {
    let placed = directives.of(piece).iter().find(|placed| matches!(placed.directive, Directive::Batch(_)))?;
    let reason = plan::batchable(parsed, catalog).err()?;
    let message = format!("the next statement cannot run in batches: {reason}");
    Some(directive::RULE.finding(file, placed.span, message).help(directive::RULE.remedy))
}

type Refused = Option<(Option<Span>, String)>;

/// `all-tenants` accepts a statement that is proved aligned, and nothing else.
fn all_tenants(scope: Scope, findings: &mut Vec<Finding>) -> Refused {
    match scope {
        Scope::Aligned => {
            findings.retain(|finding| !is_isolation(finding.rule));
            None
        }
        Scope::Scoped | Scope::NotApplicable => {
            Some((None, "`all-tenants` matches nothing: the statement does not touch every tenant".into()))
        }
        // The findings that stand say why it is not proved.
        Scope::Unscoped | Scope::Unprovable => None,
    }
}

fn is_isolation(rule: &str) -> bool {
    rule.starts_with("scope/unscoped-") || rule == "scope/aligned-without-directive"
}

fn allow(rule: &Text, findings: &mut Vec<Finding>) -> Refused {
    let name = rule.text.as_str();
    if rules::find(name).is_none() {
        let hint = nearest(name, rules::ALL.iter().map(|rule| rule.id));
        let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
        return Some((Some(rule.span), format!("there is no rule `{name}`{hint}")));
    }
    if is_isolation(name) {
        return Some((Some(rule.span), format!("`{name}` can never be allowed")));
    }
    if is_at_the_end(name) {
        return None;
    }
    let before = findings.len();
    findings.retain(|finding| finding.rule != name);
    (findings.len() == before).then(|| (None, format!("`allow {name}` matches nothing on the next statement")))
}
