//! How each statement is undone, and what is reported when it cannot be.

use super::{Guard, likely};
use crate::catalog::Catalog;
use crate::changes::Inverse;
use crate::finding::{FileId, Finding};
use crate::query::{Body, DataStatement};
use crate::replay::{self, Lowered, Replay};
use crate::rules::inverse::{lossy_drop, underivable, unrecorded_rows};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation;
use crate::statement::session;
use crate::syntax::directive::Directive;
use crate::verdict::InverseClass;

/// Says whether a statement finds nothing to do, as far as is known.
pub(super) fn is_idle(statement: &Statement, before: &Catalog) -> bool {
    match replay::lower(statement, before) {
        Lowered::NoChange => true,
        Lowered::Changes(effects) => {
            effects.changes.is_empty() && effects.error.is_none() && effects.unmodelled.is_none()
        }
        Lowered::Elsewhere(_) | Lowered::Unmodelled(_) => false,
    }
}

/// What a statement leaves to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Nothing: it reads, or concerns the session, or only how rows are stored.
    Nothing,
    /// Rows.
    Rows,
    /// Definitions.
    Definitions,
}

fn subject(statement: &Statement) -> Subject {
    match statement {
        Statement::Data(data) => match &**data {
            DataStatement::Query(query) => match &query.body {
                Body::Select(select) if select.into.is_some() => Subject::Definitions,
                _ => Subject::Nothing,
            },
            _ => Subject::Rows,
        },
        Statement::Relation(statement) => match &**statement {
            relation::Statement::Truncate(_) => Subject::Definitions,
            // What it holds follows from other tables, so it can be refreshed again.
            relation::Statement::RefreshMaterializedView(_) => Subject::Nothing,
            _ => Subject::Definitions,
        },
        Statement::Object(_) => Subject::Definitions,
        Statement::Session(statement) => match &**statement {
            session::Statement::Do(_) | session::Statement::Call(_) | session::Statement::Execute(_) => {
                Subject::Definitions
            }
            // It marks the table with the index.
            session::Statement::Cluster(cluster) if cluster.index.is_some() => Subject::Definitions,
            session::Statement::Copy(copy) => match copy.direction {
                session::copy::CopyDirection::From => Subject::Rows,
                session::copy::CopyDirection::To => Subject::Nothing,
            },
            _ => Subject::Nothing,
        },
    }
}

/// Says what undoes a statement, from the catalog before it, without doing it.
pub fn inverse(statement: &Statement, before: &Catalog) -> Inverse {
    match replay::lower(statement, before) {
        Lowered::NoChange => without_changes(statement),
        Lowered::Elsewhere(what) => replay::elsewhere(statement, what),
        Lowered::Unmodelled(what) => Inverse::underivable(format!("what {what} changes is not followed")),
        Lowered::Changes(effects) => {
            let unmodelled = effects.unmodelled.map(|what| format!("what {what} changes is not followed"));
            // A change that the catalog refuses can still say what undoes it: history may begin elsewhere.
            let refused = effects.error.filter(|_| effects.changes.is_empty()).map(|error| error.to_string());
            let reason = unmodelled.or(refused);
            let start = reason.map(Inverse::underivable);
            Inverse::of_all(
                start.into_iter().chain(effects.changes.iter().map(|change| change.invert(before))).collect(),
            )
        }
    }
}

/// A statement that changes no definition and records no rows.
pub(super) fn without_changes(statement: &Statement) -> Inverse {
    match (subject(statement), statement) {
        (Subject::Nothing, _) => Inverse::Nothing,
        (Subject::Rows, _) => Inverse::underivable("the rows that it changes are not recorded"),
        (Subject::Definitions, Statement::Relation(statement)) => match &**statement {
            relation::Statement::Truncate(_) => Inverse::underivable("the rows are gone"),
            // `IF EXISTS` or `IF NOT EXISTS` found nothing to do.
            _ => Inverse::Nothing,
        },
        // It changes nothing that a statement could bring back.
        (Subject::Definitions, Statement::Object(_)) => Inverse::Nothing,
        (Subject::Definitions, _) => Inverse::underivable("what it runs is not followed"),
    }
}

fn is_of_rows(statement: &Statement, inverse: &Inverse) -> bool {
    matches!(statement, Statement::Data(_)) && matches!(inverse, Inverse::Captured { .. } | Inverse::Underivable { .. })
}

/// Returns the class of a statement, and what is reported about it, from the catalog before it.
pub fn inverse_class(
    statement: &Statement,
    before: &Catalog,
    (file, span): (FileId, Span),
) -> (InverseClass, Vec<Finding>) {
    judge(statement, &inverse(statement, before), (file, span))
}

/// Returns the class of a statement whose inverse is known, and what is reported about it.
pub fn judge(statement: &Statement, inverse: &Inverse, (file, span): (FileId, Span)) -> (InverseClass, Vec<Finding>) {
    // A query that calls what writes rows leaves them to undo.
    if subject(statement) == Subject::Nothing && !is_of_rows(statement, inverse) {
        return (InverseClass::NotApplicable, Vec::new());
    }
    let finding = match inverse {
        Inverse::Structural { loses, .. } => {
            let lost = loses.join(", ");
            let message = format!("{lost} cannot come back");
            Some(lossy_drop::RULE.finding(file, span, message).label(span, format!("loses {lost}")))
        }
        Inverse::Underivable { reason } if subject(statement) != Subject::Definitions => {
            let message = format!("the rows that this {} changes cannot be recorded", statement.tag());
            Some(unrecorded_rows::RULE.finding(file, span, message).label(span, reason.clone()))
        }
        Inverse::Underivable { reason } => {
            let message = format!("nothing tells how to undo this {}", statement.tag());
            Some(underivable::RULE.finding(file, span, message).label(span, reason.clone()))
        }
        Inverse::Nothing | Inverse::Exact(_) | Inverse::Captured { .. } | Inverse::Declared(_) => None,
    };
    let help = |finding: Finding| match finding.rule {
        rule if rule == lossy_drop::RULE.id => finding.help(lossy_drop::RULE.remedy),
        rule if rule == unrecorded_rows::RULE.id => finding.help(unrecorded_rows::RULE.remedy),
        _ => finding.help(remedy(statement)),
    };
    (inverse.class(), finding.map(help).into_iter().collect())
}

/// Returns what the author can do about a statement that nothing undoes.
fn remedy(statement: &Statement) -> String {
    let general = underivable::RULE.remedy;
    match likely::directive(statement) {
        Some(directive) => format!("{general}\nif it was not so before:\n{directive}"),
        None => general.to_owned(),
    }
}

/// What the author says about undoing a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The inverse, as SQL.
    Declared(String),
    /// That there is none, and why.
    Irreversible(String),
}

/// Gives the replay the values that an author says for rows written while a column is out of sight.
pub fn filled<'a>(replay: &mut Replay, directives: impl Iterator<Item = &'a Directive>) {
    for directive in directives {
        if let Directive::Fill { column, value } = directive {
            replay.fill(column.last().clone(), (**value).clone());
        }
    }
}

/// Makes the inverse of a statement that may find nothing to do one that asks what it found.
pub fn guarded(inverse: Inverse, statement: &Statement) -> Inverse {
    match inverse {
        Inverse::Exact(changes) if !changes.is_empty() && Guard::is_any(statement) => {
            Inverse::Captured { changes, data: Vec::new() }
        }
        other => other,
    }
}

/// Returns what directives say about undoing their statement.
pub fn said<'a>(directives: impl Iterator<Item = &'a Directive>) -> Option<Said> {
    directives.into_iter().find_map(|directive| match directive {
        Directive::Rollback(inverse) => Some(Said::Declared(inverse.text.clone())),
        Directive::Irreversible(reason) => Some(Said::Irreversible(reason.text.clone())),
        _ => None,
    })
}

/// Lets the author's word stand in for what could not be derived.
pub fn accept((class, findings): (InverseClass, Vec<Finding>), said: Option<&Said>) -> (InverseClass, Vec<Finding>) {
    let kept = |findings: Vec<Finding>| {
        let rules = [underivable::RULE.id, lossy_drop::RULE.id, unrecorded_rows::RULE.id];
        let about_inverse = |finding: &Finding| rules.contains(&finding.rule);
        findings.into_iter().filter(|finding| !about_inverse(finding)).collect()
    };
    match said {
        Some(Said::Declared(_)) => (InverseClass::Declared, kept(findings)),
        Some(Said::Irreversible(_)) => (InverseClass::None, kept(findings)),
        None => (class, findings),
    }
}
