//! Constraints that are NOT VALID while rows are brought to satisfy them: they go before the rows come back as they were, which
//! need not satisfy them.

use super::{Phase, PlannedStatement, Sharing};
use crate::catalog::Address;
use crate::changes::{AddConstraint, Change, DropConstraint, Inverse};

/// Lets the recordings of a phase be undone without the constraints that their rows need not have satisfied.
pub(super) fn freed(phase: &mut Phase) {
    if phase.sharing != Sharing::Shared {
        return;
    }
    for at in 0..phase.statements.len() {
        let Some(made) = added(&phase.statements[at]).cloned() else { continue };
        let Some(last) = last_filled(phase, at, &made) else { continue };
        let Some(drop) = taken_out(&mut phase.statements[at].inverse) else { continue };
        // What validated it, or said something of it, is undone with it.
        for (place, statement) in phase.statements.iter_mut().enumerate().skip(at + 1) {
            if place > last && validates(statement, &made) || place < last && is_about(statement, &made) {
                statement.inverse = Inverse::Exact(Vec::new());
            }
        }
        if let Some(segment) = phase.recordings.iter_mut().find(|segment| segment.statements.contains(&last)) {
            segment.freed.push(drop.into());
        }
    }
}

/// Returns the constraint that a statement adds without looking at the rows, where it does nothing else.
fn added(statement: &PlannedStatement) -> Option<&AddConstraint> {
    let is_whole = statement.guard.is_none() && statement.parts.is_empty() && statement.irreversible.is_none();
    match statement.changes.as_slice() {
        [Change::AddConstraint(made)] if is_whole && !made.constraint.validated => Some(made),
        _ => None,
    }
}

/// Takes the change out of an inverse that drops a constraint, where it is all of the inverse.
fn taken_out(inverse: &mut Inverse) -> Option<DropConstraint> {
    let drop = match inverse {
        Inverse::Exact(changes) => match changes.as_slice() {
            [Change::DropConstraint(drop)] => drop.clone(),
            _ => return None,
        },
        _ => return None,
    };
    *inverse = Inverse::Exact(Vec::new());
    Some(drop)
}

/// Returns the place of the last recorded statement behind the one that adds a constraint, before one that validates it;
/// none where something on the way gets another name.
fn last_filled(phase: &Phase, at: usize, made: &AddConstraint) -> Option<usize> {
    let behind = phase.statements.iter().enumerate().skip(at + 1);
    let before_valid = behind.take_while(|(_, statement)| !validates(statement, made) && !is_renaming(statement));
    let recorded = |at: &usize| phase.recordings.iter().any(|segment| segment.statements.contains(at));
    before_valid.map(|(at, _)| at).filter(recorded).last()
}

fn validates(statement: &PlannedStatement, made: &AddConstraint) -> bool {
    let is_it = |change: &Change| match change {
        Change::ValidateConstraint(validate) => validate.table == made.table && validate.name == made.constraint.name,
        _ => false,
    };
    statement.changes.len() == 1 && statement.changes.iter().all(is_it)
}

/// Says whether a statement gives nothing but properties to the constraint.
fn is_about(statement: &PlannedStatement, made: &AddConstraint) -> bool {
    let subject = format!("CONSTRAINT {} ON {} ", made.constraint.name, made.table);
    let is_it = |change: &Change| match change {
        Change::SetProperty(set) => matches!(&set.of, Address::Constraint(..)) && set.to_string().contains(&subject),
        _ => false,
    };
    !statement.changes.is_empty() && statement.changes.iter().all(is_it)
}

fn is_renaming(statement: &PlannedStatement) -> bool {
    statement.changes.iter().any(|change| {
        matches!(
            change,
            Change::RenameRelation(_)
                | Change::RenameConstraint(_)
                | Change::RenameObject(_)
                | Change::SetSchema(_)
                | Change::DropConstraint(_)
                | Change::DropRelation(_)
        )
    })
}
