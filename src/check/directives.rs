//! What directives make of the findings on their statement.

use crate::finding::{FileId, Finding};
use crate::nearest::nearest;
use crate::rules;
use crate::rules::parse::directive;
use crate::source::Span;
use crate::syntax::directive::{Directive, Directives, Text};
use crate::verdict::Scope;

/// Drops the findings that the author accepts, and reports directives that accept nothing.
pub(super) fn settle(file: FileId, directives: &Directives, piece: usize, scope: Scope, findings: &mut Vec<Finding>) {
    for placed in directives.placed.iter().filter(|placed| placed.piece == piece) {
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
    let before = findings.len();
    findings.retain(|finding| finding.rule != name);
    (findings.len() == before).then(|| (None, format!("`allow {name}` matches nothing on the next statement")))
}
