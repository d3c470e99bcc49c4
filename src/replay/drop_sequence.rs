//! What keeps a sequence: the defaults that name it, and the identity column that requires it.

use super::Lowering;
use crate::catalog::{CatalogError, Kind, Relation};
use crate::changes::{Reach, SetDefault};
use crate::pg::{Ident, Name};
use crate::statement::words::Behavior;

/// Drops the defaults that name sequences; false when that is refused. What goes anyway needs no dropping.
pub(super) fn release(
    lowering: &mut Lowering<'_>,
    sequences: &[&Relation],
    goes: impl Fn(&Name, &Ident) -> bool,
    behavior: Behavior,
) -> bool {
    let catalog = lowering.catalog;
    for sequence in sequences {
        for (table, column) in catalog.users_of_sequence(&sequence.name) {
            if goes(&table.name, column) {
                continue;
            }
            let shown = catalog.shown(&table.name);
            if behavior == Behavior::Restrict {
                lowering.fail(CatalogError::DependentObjects {
                    dropped: format!("sequence `{}`", catalog.shown(&sequence.name)),
                    dependent: format!("default value for column `{column}` of table `{shown}`"),
                });
                return false;
            }
            let drop = SetDefault { table: shown, column: column.clone(), reach: Reach::Tree, default: None };
            // A parent's default goes with those of its children.
            if !is_passed_on(lowering, table, column, sequence) {
                lowering.push(drop);
            }
        }
    }
    true
}

fn is_passed_on(lowering: &Lowering<'_>, table: &Relation, column: &Ident, sequence: &Relation) -> bool {
    let users = lowering.catalog.users_of_sequence(&sequence.name);
    users.iter().any(|(found, name)| table.parents.contains(&found.name) && *name == column)
}

/// Says whether an identity column keeps a sequence, whatever the statement says.
pub(super) fn is_required(lowering: &mut Lowering<'_>, found: &Relation) -> bool {
    let Some(sequence) = found.sequence.as_ref().filter(|sequence| found.kind == Kind::Sequence && sequence.identity)
    else {
        return false;
    };
    let Some((table, column)) = &sequence.owned_by else { return false };
    lowering.fail(CatalogError::DependentObjects {
        dropped: format!("sequence `{}`", lowering.catalog.shown(&found.name)),
        dependent: format!("column `{column}` of table `{}`", lowering.catalog.shown(table)),
    });
    true
}
