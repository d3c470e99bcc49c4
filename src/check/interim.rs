//! Follows tables through a history.

use crate::catalog::{Catalog, Column, Kind, Origin, Relation};
use crate::finding::FileId;
use crate::pg::Name;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation::{
    ActionKind, ColumnDefinition, RelationChange, Statement as Ddl, TableBody, TableElement,
};

/// Applies a statement to the catalog.
pub(super) fn apply(catalog: &mut Catalog, statement: &Statement, file: FileId, span: Span, _schema: &[FileId]) {
    let Statement::Relation(ddl) = statement else { return };
    let origin = Origin { file, span };
    match &**ddl {
        Ddl::CreateTable(table) => {
            let mut relation = Relation::new(catalog.qualified(&table.name), Kind::Table, origin);
            match &table.body {
                TableBody::Elements { elements, .. } => {
                    for element in elements {
                        if let TableElement::Column(column) = element {
                            relation.columns.push(made(column));
                        }
                    }
                }
                TableBody::PartitionOf { parent, .. } => {
                    if let Some(parent) = catalog.relation(parent) {
                        relation.columns = parent.columns.clone();
                        relation.parents.push(parent.name.clone());
                    }
                }
                TableBody::OfType { .. } => {}
            }
            catalog.insert(relation);
        }
        Ddl::CreateView(view) => {
            let name: Name = catalog.qualified(&view.name);
            catalog.insert(Relation::new(name, Kind::View, origin));
        }
        Ddl::AlterRelation(alter) => match &alter.change {
            RelationChange::Actions(actions) => {
                for action in actions {
                    if let (ActionKind::AddColumn { column, .. }, Some(relation)) =
                        (&action.kind, catalog.relation_mut(&alter.relation.name))
                    {
                        relation.columns.push(made(column));
                    }
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn made(column: &ColumnDefinition) -> Column {
    Column {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        collation: None,
        not_null: false,
        default: None,
        generated: None,
    }
}
