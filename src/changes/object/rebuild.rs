//! An enum loses labels: PostgreSQL knows no statement for it, so the type is made anew and every column follows.

use super::{CreateObject, DropObject, RenameObject};
use crate::catalog::{Catalog, Column, Kind, Object, ObjectId, Relation};
use crate::changes::{Change, Inverse, SetDefault, SetType};
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, ExprKind};
use crate::source::Span;

/// Undoes a new label of an enum, given the enum before it. A row that holds the label stops it.
pub(super) fn without_new_labels(object: &Object, before: &Catalog) -> Inverse {
    let name = &object.id.name;
    let tables = before.relations_of_type(name);
    if let Some(obstacle) = obstacle(object, &tables, before) {
        return Inverse::underivable(format!("no statement takes a label from an enum, and {obstacle} uses `{name}`"));
    }
    let home = before.search_path.first();
    let Some(aside) = aside(name, before) else {
        return Inverse::underivable("no statement takes a label from an enum");
    };
    let mut old = object.clone();
    old.id = ObjectId::new(object.id.class, aside.clone());
    let mut changes: Vec<Change> =
        vec![RenameObject { id: object.id.clone(), words: object.words(home), to: aside.last().clone() }.into()];
    changes.extend(CreateObject::anew(object, before));
    for table in tables {
        let own = table.columns.iter().filter(|column| !column.inherited);
        let own = own.filter(|column| column.type_name.as_ref().is_some_and(|found| found.name == *name));
        own.for_each(|column| changes.extend(retyped(&before.shown(&table.name), column, before)));
    }
    changes.push(DropObject::of(&old, before).into());
    Inverse::Exact(changes)
}

/// Finds what would stop the columns from getting the new type.
fn obstacle(object: &Object, tables: &[&Relation], before: &Catalog) -> Option<String> {
    let name = &object.id.name;
    if let Some(user) = before.objects_of_type(name).first() {
        return Some(format!("`{}`", user.words(before.search_path.first())));
    }
    for table in tables {
        let shown = before.shown(&table.name);
        if !matches!(table.kind, Kind::Table | Kind::Partitioned) {
            return Some(format!("`{shown}`"));
        }
        let typed = |column: &Ident| {
            let found = table.column(column).and_then(|found| found.type_name.as_ref());
            found.is_some_and(|found| found.name == *name)
        };
        // A constant of the old type in an expression does not follow the column.
        let check = table.constraints.iter().find(|found| !found.kind.has_index() && found.columns().iter().any(typed));
        let part = |index: &crate::catalog::Index| index.definition.predicate.is_some();
        let index = table.indexes.iter().find(|index| part(index) && index.columns().iter().any(typed));
        if check.is_some() || index.is_some() || !table.policies.is_empty() || !table.triggers.is_empty() {
            return Some(format!("an expression of `{shown}`"));
        }
    }
    let reads = |found: &&Relation| matches!(found.kind, Kind::View | Kind::MaterializedView | Kind::TableAs);
    let view = before.relations().filter(reads).find(|_| !tables.is_empty());
    view.map(|view| format!("`{}` perhaps", before.shown(&view.name)))
}

/// Returns a free name to set the type with the new label aside.
fn aside(name: &Name, before: &Catalog) -> Option<Name> {
    let candidate = |suffix: &str| {
        let mut parts = name.parts.clone();
        let last = parts.pop()?;
        parts.push(Ident::exact(&format!("{}_{suffix}", last.as_str())));
        Some(Name { parts, span: name.span })
    };
    ["undone", "undone1", "undone2"].iter().filter_map(|suffix| candidate(suffix)).find(|name| !before.has_type(name))
}

fn retyped(table: &Name, column: &Column, before: &Catalog) -> Vec<Change> {
    let set_default = |default| Change::from(SetDefault { table: table.clone(), column: column.name.clone(), default });
    let Some(held) = &column.type_name else { return Vec::new() };
    let type_name = before.shown_type(held);
    let text =
        TypeName { bounds: held.bounds.clone(), ..TypeName::named(Name::simple("text".into(), Span::default())) };
    let expr = |kind| Expr { span: Span::default(), kind };
    let own = expr(ExprKind::Column(vec![column.name.clone()]));
    let as_text = expr(ExprKind::Cast(Box::new(own), text));
    let using = Some(expr(ExprKind::Cast(Box::new(as_text), type_name.clone())));
    let change = SetType { table: table.clone(), column: column.name.clone(), type_name, collation: None, using };
    let default = column.default.clone();
    let before = default.is_some().then(|| set_default(None));
    let after = default.map(|value| set_default(Some(value)));
    before.into_iter().chain([change.into()]).chain(after).collect()
}
