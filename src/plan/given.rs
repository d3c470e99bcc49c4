//! Names that the server chooses: which it chose is recorded, and what undoes the statement drops what has them.

use crate::changes::{Change, DropGiven, Inverse};
use crate::pg::{Ident, Name};
use crate::statement::Statement;
use crate::statement::relation::{self, ActionKind, RelationChange};

/// Returns what undoes a statement that makes constraints or an index without saying how they are called.
pub(super) fn given(inverse: Inverse, statement: &Statement, changes: &[Change]) -> Inverse {
    let inverse = with_columns(inverse, changes);
    let Some(asked) = asked(statement) else { return inverse };
    let names: Vec<Ident> = changes.iter().filter_map(|change| asked.expected(change)).collect();
    if names.is_empty() {
        return inverse;
    }
    inverse.dropping(&|change| {
        let (Change::DropConstraint(_) | Change::DropIndex(_)) = change else { return None };
        let (table, name) = dropped(change)?;
        names.contains(name).then(|| DropGiven::of(change, table, (name, &names)))
    })
}

/// What is about new columns alone goes with them.
fn with_columns(inverse: Inverse, changes: &[Change]) -> Inverse {
    let columns = changes.iter().filter_map(|change| match change {
        Change::AddColumn(add) => Some((&add.table, &add.column.name)),
        _ => None,
    });
    let columns: Vec<(&Name, &Ident)> = columns.collect();
    let goes = |table: &Name, name: &Ident| {
        changes.iter().any(|change| match change {
            Change::AddConstraint(add) => {
                let about = add.constraint.columns();
                let is_new = |column: &Ident| columns.contains(&(&add.table, column));
                add.table == *table && add.constraint.name == *name && !about.is_empty() && about.iter().all(is_new)
            }
            _ => false,
        })
    };
    inverse.leaving_out(&|change| matches!(change, Change::DropConstraint(drop) if goes(&drop.table, &drop.name)))
}

fn dropped(change: &Change) -> Option<(&Name, &Ident)> {
    match change {
        Change::DropConstraint(drop) => Some((&drop.table, &drop.name)),
        Change::DropIndex(drop) => Some((&drop.table, &drop.name)),
        _ => None,
    }
}

/// What a statement makes without a name.
struct Asked<'a> {
    table: &'a Name,
    /// The names that it says.
    said: Vec<&'a Ident>,
}

impl Asked<'_> {
    /// Returns the name that a change expects the server to choose.
    fn expected(&self, change: &Change) -> Option<Ident> {
        let (table, name) = match change {
            Change::AddConstraint(add) => (&add.table, &add.constraint.name),
            Change::CreateIndex(create) => (&create.table, &create.index.name),
            _ => return None,
        };
        (table.last() == self.table.last() && !self.said.contains(&name)).then(|| name.clone())
    }
}

fn asked(statement: &Statement) -> Option<Asked<'_>> {
    let Statement::Relation(found) = statement else { return None };
    match &**found {
        relation::Statement::CreateIndex(create) => {
            let is_unnamed = create.name.is_none() && !create.concurrently;
            is_unnamed.then(|| Asked { table: &create.relation.name, said: Vec::new() })
        }
        relation::Statement::AlterRelation(alter) => {
            let RelationChange::Actions(actions) = &alter.change else { return None };
            let added = actions.iter().filter_map(|action| match &action.kind {
                ActionKind::AddConstraint(constraint) => Some(constraint.name.as_ref()),
                _ => None,
            });
            let added: Vec<Option<&Ident>> = added.collect();
            let said: Vec<&Ident> = added.iter().copied().flatten().collect();
            let is_unnamed = said.len() < added.len();
            is_unnamed.then_some(Asked { table: &alter.relation.name, said })
        }
        _ => None,
    }
}
