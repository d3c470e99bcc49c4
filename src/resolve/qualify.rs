//! Definitions as PostgreSQL keeps them: names of the catalog qualified, stars and NATURAL spelled out. What the catalog does
//! not hold stays as written.

use super::{Completeness, Resolution, Source, Surroundings, place};
use crate::catalog::{Catalog, Class, names};
use crate::pg::{Ident, Name, TypeName};
use crate::query::visit_mut::{self, NodeMut};
use crate::query::{
    Call, DataStatement, Expr, ExprKind, FromItem, FromKind, JoinCondition, JoinKind, Literal, Query, SelectItem,
};

/// Spells out the names of a query that was resolved where it stands.
pub fn query(catalog: &Catalog, query: &mut Query, resolution: &Resolution) {
    visit_mut::query(query, &mut |node| spell(catalog, resolution, node));
}

/// Spells out the names of a statement in its surroundings.
pub fn statement(catalog: &Catalog, statement: &mut DataStatement, around: &Surroundings) {
    let resolution = Resolution::of_statement(catalog, statement, around);
    visit_mut::statement(statement, &mut |node| spell(catalog, &resolution, node));
}

/// Spells out the names of an expression in its surroundings; columns that these give to it stay bare.
pub fn expression(catalog: &Catalog, expr: &mut Expr, around: &Surroundings) {
    let resolution = Resolution::of_expression(catalog, expr, around);
    visit_mut::expr(expr, &mut |node| spell(catalog, &resolution, node));
}

/// Qualifies the name of a type of the catalog.
pub fn type_name(catalog: &Catalog, of: &mut TypeName) {
    if of.percent_type {
        return;
    }
    if let Some(found) = catalog.type_named(&of.name) {
        of.name.parts.clone_from(&found.id.name.parts);
    } else if let Some(relation) = catalog.relation(&of.name) {
        of.name.parts.clone_from(&relation.name.parts);
    }
}

/// Writes the names of a stored query as short as a new statement can give them.
pub fn shorten(catalog: &Catalog, query: &mut Query) {
    let mut hidden: Vec<Ident> = Vec::new();
    crate::query::visit::query(query, &mut |node| {
        if let crate::query::visit::Node::Cte(cte) = node {
            hidden.push(cte.name.clone());
        }
    });
    visit_mut::query(query, &mut |node| match node {
        NodeMut::From(FromItem { kind: FromKind::Table { name, .. }, .. }) if !hidden.contains(name.last()) => {
            short_relation(catalog, name);
        }
        NodeMut::Target(target) => short_relation(catalog, &mut target.name),
        NodeMut::Expr(expr) => short_names(catalog, expr),
        _ => {}
    });
}

fn short_relation(catalog: &Catalog, name: &mut Name) {
    let short = catalog.shown(name);
    if catalog.resolve(&short).is_some_and(|found| found == *name) {
        *name = short;
    }
}

fn short_names(catalog: &Catalog, expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Cast(operand, of) => {
            let short = catalog.shown(&of.name);
            let same = catalog.type_named(&short).is_some_and(|found| found.id.name == of.name);
            let row = || catalog.resolve(&short).is_some_and(|found| found == of.name);
            if same || row() {
                of.name = short;
            }
            if let Some(name) = regclass(of, operand) {
                let short = catalog.shown(&name);
                if catalog.resolve(&short).is_some_and(|found| found == name) {
                    operand.kind = ExprKind::Literal(Literal::String(short.to_string()));
                }
            }
        }
        ExprKind::Call(call) => {
            let short = catalog.shown(&call.name);
            if routine(catalog, &short).is_some_and(|found| found == call.name) {
                call.name = short;
            }
        }
        _ => {}
    }
}

fn spell(catalog: &Catalog, resolution: &Resolution, node: NodeMut<'_>) {
    match node {
        NodeMut::Expr(expr) => {
            let qualifier = resolution.qualifiers.get(&place(expr));
            if let (ExprKind::Column(parts), Some(row)) = (&mut expr.kind, qualifier) {
                parts.insert(0, row.clone());
            }
            others(catalog, expr);
        }
        NodeMut::From(item) => from(catalog, resolution, item),
        NodeMut::Target(target) => {
            if let Some(Source::Relation(full, _)) = resolution.target(target).map(|id| &resolution.entry(id).source) {
                target.name.parts.clone_from(&full.parts);
            }
        }
        NodeMut::ListEnd(items) => stars(resolution, items),
        NodeMut::ListStart(_) | NodeMut::Assigned(_) => {}
    }
}

/// Qualifies the types, functions and relations that an expression names beside columns.
fn others(catalog: &Catalog, expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Cast(operand, of) => {
            type_name(catalog, of);
            if let Some(found) = regclass(of, operand).and_then(|name| catalog.resolve(&name)) {
                operand.kind = ExprKind::Literal(Literal::String(found.to_string()));
            }
        }
        ExprKind::Call(call) => {
            if let Some(found) = routine(catalog, &call.name) {
                call.name.parts = found.parts;
            }
            sequence(catalog, call);
        }
        _ => {}
    }
}

/// The argument of `nextval` and its kin is kept as the sequence itself.
fn sequence(catalog: &Catalog, call: &mut Call) {
    let [.., name] = call.name.parts.as_slice() else { return };
    if !matches!(name.as_str(), "nextval" | "currval" | "setval") {
        return;
    }
    let Some(argument) = call.arguments.first_mut().map(|argument| &mut argument.value) else { return };
    let ExprKind::Literal(Literal::String(text)) = &argument.kind else { return };
    let Some(found) = Name::from_text(text).and_then(|name| catalog.resolve(&name)) else { return };
    let of = TypeName::named(Name::simple("regclass".into(), argument.span));
    let literal = Expr::new(argument.span, ExprKind::Literal(Literal::String(found.to_string())));
    argument.kind = ExprKind::Cast(Box::new(literal), Box::new(of));
}

/// Returns the relation that a constant of type `regclass` names.
pub(super) fn regclass(of: &TypeName, operand: &Expr) -> Option<Name> {
    match &operand.kind {
        ExprKind::Literal(Literal::String(text)) if of.name.last().as_str() == "regclass" => Name::from_text(text),
        _ => None,
    }
}

/// Returns the qualified name that all routines of a name share.
fn routine(catalog: &Catalog, name: &Name) -> Option<Name> {
    let all = catalog.objects_named(Class::Routine, name);
    let first = all.first()?.id.name.clone();
    all.iter().all(|found| found.id.name == first).then_some(first)
}

fn from(catalog: &Catalog, resolution: &Resolution, item: &mut FromItem) {
    let Some(entry) = resolution.item(item).map(|id| resolution.entry(id)) else { return };
    match &mut item.kind {
        FromKind::Table { name, .. } => {
            if let Source::Relation(full, _) = &entry.source {
                name.parts.clone_from(&full.parts);
            }
        }
        FromKind::Join { natural, kind, condition, .. } if *natural && entry.completeness == Completeness::Whole => {
            let merged = entry.columns.iter().filter(|column| column.sources.len() == 2);
            let merged: Vec<Ident> = merged.map(|column| column.name.clone()).collect();
            match (merged.is_empty(), *kind) {
                (false, _) => *condition = JoinCondition::Using(merged, None),
                (true, JoinKind::Inner) => *condition = JoinCondition::None,
                (true, _) => {
                    *condition = JoinCondition::On(Expr::new(item.span, ExprKind::Literal(Literal::Boolean(true))));
                }
            }
            *natural = false;
        }
        FromKind::Function { calls, alias, .. } => {
            let inner = calls.iter_mut().flat_map(|call| &mut call.definitions);
            let outer = alias.iter_mut().flat_map(|alias| &mut alias.definitions);
            inner.chain(outer).for_each(|column| type_name(catalog, &mut column.data_type));
        }
        _ => {}
    }
}

/// A star becomes its columns.
fn stars(resolution: &Resolution, items: &mut Vec<SelectItem>) {
    for item in items.iter_mut() {
        let own = names::figured(&item.expr);
        item.alias = item.alias.take().filter(|alias| own.as_deref() != Some(alias.as_str()));
    }
    let is_star = |item: &SelectItem| resolution.spelled.contains_key(&place(&item.expr));
    if !items.iter().any(is_star) {
        return;
    }
    let mut spelled: Vec<SelectItem> = Vec::new();
    // Nothing moves before all places have been looked up.
    let found: Vec<Option<&Vec<Vec<Ident>>>> =
        items.iter().map(|item| resolution.spelled.get(&place(&item.expr))).collect();
    for (item, columns) in items.iter().zip(found) {
        let Some(columns) = columns else {
            spelled.push(item.clone());
            continue;
        };
        let column = |parts: &Vec<Ident>| SelectItem {
            expr: Expr::new(item.expr.span, ExprKind::Column(parts.as_slice().into())),
            alias: None,
        };
        spelled.extend(columns.iter().map(column));
    }
    *items = spelled;
}
