//! What can be asked to learn whether a change has been made.

use super::{Change, PartKind};
use crate::catalog::Class;
use crate::pg::{Ident, Name};
use crate::query::Quoted;

impl Change {
    /// Returns a condition as SQL that holds when it has been made, and does not before; `None` when nothing can be asked.
    pub fn presence(&self) -> Option<String> {
        Some(match self {
            Change::CreateTable(create) => relation(&create.table),
            Change::CreateView(create) => relation(&create.view),
            Change::CreateSequence(create) => relation(&create.sequence),
            Change::CreateIndex(create) => relation(&create.table.beside(&create.index.name)),
            Change::AddColumn(add) => column(&add.table, &add.column.name, ""),
            Change::AddConstraint(add) => constraint(&add.table, &add.constraint.name),
            Change::CreatePart(create) => part(create.part.kind(), create.part.name(), &create.table),
            Change::CreateObject(create) => {
                let id = &create.object.id;
                object(id.class, &create.object.written(create.home.as_ref()), &id.name)?
            }
            Change::RenameColumn(rename) => column(&rename.table, &rename.to, ""),
            Change::RenameConstraint(rename) => constraint(&rename.table, &rename.to),
            Change::RenameRelation(rename) => relation(&rename.relation.beside(&rename.to)),
            Change::RenameIndex(rename) => relation(&rename.table.beside(&rename.to)),
            Change::SetNotNull(set) => column(&set.table, &set.column, " AND attnotnull"),
            Change::DropNotNull(drop) => column(&drop.table, &drop.column, " AND NOT attnotnull"),
            Change::DropConstraint(drop) => format!("NOT {}", constraint(&drop.table, &drop.name)),
            Change::DropIndex(drop) => format!("NOT {}", relation(&drop.table.beside(&drop.name))),
            Change::DropPart(drop) => format!("NOT {}", part(drop.kind, &drop.name, &drop.table)),
            _ => return None,
        })
    }
}

fn relation(name: &Name) -> String {
    format!("(to_regclass({}) IS NOT NULL)", Quoted(&name.to_string()))
}

fn column(table: &Name, column: &Ident, rest: &str) -> String {
    let (table, column) = (Quoted(&table.to_string()).to_string(), Quoted(column.as_str()).to_string());
    format!(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({table})\n    AND attname = {column} AND NOT attisdropped{rest})"
    )
}

fn constraint(table: &Name, name: &Ident) -> String {
    let (table, name) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
    format!("EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({table}) AND conname = {name})")
}

fn part(kind: PartKind, name: &Ident, table: &Name) -> String {
    let (class, of, named) = match kind {
        PartKind::Trigger => ("pg_trigger", "tgrelid", "tgname"),
        PartKind::Policy => ("pg_policy", "polrelid", "polname"),
        PartKind::Rule => ("pg_rewrite", "ev_class", "rulename"),
    };
    let (table, name) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
    format!("EXISTS (SELECT FROM {class} WHERE {of} = to_regclass({table}) AND {named} = {name})")
}

fn object(class: Class, written: &str, name: &Name) -> Option<String> {
    let resolved = |function: &str| Some(format!("({function}({}) IS NOT NULL)", Quoted(written)));
    let named = |table: &str, column: &str| {
        Some(format!("EXISTS (SELECT FROM {table} WHERE {column} = {})", Quoted(name.last().as_str())))
    };
    match class {
        Class::Type => resolved("to_regtype"),
        Class::Schema => resolved("to_regnamespace"),
        Class::Routine if !written.contains('*') => resolved("to_regprocedure"),
        Class::Extension => named("pg_extension", "extname"),
        Class::Publication => named("pg_publication", "pubname"),
        _ => None,
    }
}
