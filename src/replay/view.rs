//! CREATE VIEW, CREATE and REFRESH MATERIALIZED VIEW.

use std::collections::BTreeSet;

use super::{Lowering, kind_of, names};
use crate::catalog::{Catalog, CatalogError, Column, Kind, Origin, Relation, View};
use crate::changes::{CreateMode, CreateView as Create, RefreshView};
use crate::pg::{Ident, Name};
use crate::query::{Body, Cte, DataStatement, Expr, ExprKind, FromItem, FromKind, Query, Select, SelectItem, With};
use crate::resolve::{Completeness, Resolution, Source, qualify};
use crate::statement::relation::{CreateMaterializedView, CreateView, Persistence, RefreshMaterializedView, WithData};

/// Lowers CREATE VIEW.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateView) {
    let query = if create.recursive { recursive(create) } else { create.query.clone() };
    let reads_temporary = reads_temporary(lowering.catalog, &query);
    let persistence = if reads_temporary { Persistence::Temporary } else { create.persistence };
    let name = lowering.new_name(&create.name, kind_of(persistence, Kind::View));
    let there = lowering.catalog.relation(&name).is_some_and(|found| found.name == name);
    let mode = if create.or_replace && there { CreateMode::Replace } else { CreateMode::New };
    if mode == CreateMode::New && !lowering.is_free(&name, false) {
        return;
    }
    let mut relation = Relation::new(name, Kind::View, Origin::default());
    relation.persistence = persistence;
    relation.storage.parameters.clone_from(&create.parameters);
    let view =
        View { query, columns: create.columns.clone(), check_option: create.check_option, with_data: WithData::Yes };
    push(lowering, relation, view, mode);
}

/// Lowers CREATE MATERIALIZED VIEW.
pub(super) fn create_materialized(lowering: &mut Lowering<'_>, create: &CreateMaterializedView) {
    let name = lowering.new_name(&create.name, Kind::MaterializedView);
    if !lowering.is_free(&name, create.if_not_exists) {
        return;
    }
    let mut relation = Relation::new(name, Kind::MaterializedView, Origin::default());
    relation.storage = create.storage.clone();
    let (query, columns) = (create.query.clone(), create.columns.clone());
    push(lowering, relation, View { query, columns, check_option: None, with_data: create.with_data }, CreateMode::New);
}

/// Lowers REFRESH MATERIALIZED VIEW; says whether it changes more than rows.
pub(super) fn refresh(lowering: &mut Lowering<'_>, refresh: &RefreshMaterializedView) {
    match lowering.catalog.existing(&refresh.name) {
        Ok(relation) => {
            let held = relation.view.as_ref().map(|view| view.with_data);
            if held.is_some_and(|held| held != refresh.with_data) {
                let view = lowering.catalog.shown(&relation.name);
                lowering.push(RefreshView { view, with_data: refresh.with_data });
            }
        }
        Err(error) => lowering.fail(error),
    }
}

/// Spells out the query, finds the columns, and makes the view.
fn push(lowering: &mut Lowering<'_>, mut relation: Relation, mut view: View, mode: CreateMode) {
    let catalog = lowering.catalog;
    let mut resolution = Resolution::of_query(catalog, &view.query);
    names::check(lowering, &resolution, &format!("the query of view `{}`", catalog.shown(&relation.name)));
    let mut output = std::mem::take(&mut resolution.output);
    qualify::query(catalog, &mut view.query, &resolution);
    if output.completeness == Completeness::Whole {
        if view.columns.len() > output.columns.len() {
            let message = "CREATE VIEW specifies more column names than columns".to_owned();
            lowering.fail(CatalogError::Refused { sqlstate: "42601", message });
        }
        for (at, name) in std::mem::take(&mut view.columns).into_iter().enumerate().take(output.columns.len()) {
            output.columns[at].name = name.clone();
            if !view.name_output(at, &name) {
                view.columns.push(name);
            }
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = output.columns.iter().find(|column| !seen.insert(&column.name)) {
            let message = format!("column `{}` specified more than once", twice.name);
            lowering.fail(CatalogError::Refused { sqlstate: "42701", message });
        }
        let columns = output.columns.into_iter().map(|column| Column::new(column.name, column.type_name));
        relation.columns = columns.collect();
    } else {
        relation.columns = view.columns.iter().map(|name| Column::new(name.clone(), None)).collect();
    }
    relation.view = Some(view.into());
    if let Some(change) = Create::new(catalog, relation, mode) {
        lowering.push(change);
    }
}

/// A view of a temporary relation is temporary itself.
fn reads_temporary(catalog: &Catalog, query: &Query) -> bool {
    if catalog.temporaries().next().is_none() {
        return false;
    }
    let resolution = Resolution::of_query(catalog, query);
    let temporary = |name: &Name| name.schema().is_some_and(|schema| *schema == "pg_temp");
    resolution.entries().any(|(_, entry)| matches!(&entry.source, Source::Relation(name, _) if temporary(name)))
}

/// `CREATE RECURSIVE VIEW v (a) AS q` is `CREATE VIEW v AS WITH RECURSIVE v (a) AS (q) SELECT a FROM v`.
fn recursive(create: &CreateView) -> Query {
    let span = create.query.span;
    let name = create.name.last();
    let column = |column: &Ident| SelectItem {
        expr: Expr::new(span, ExprKind::Column([column.clone()].into_iter().collect())),
        alias: None,
    };
    let table = FromKind::Table { name: Name::simple(name.clone(), span), only: false, alias: None, sample: None };
    let select = Select {
        span,
        items: create.columns.iter().map(column).collect(),
        from: vec![FromItem { span, kind: table }],
        ..Select::default()
    };
    let cte = Cte {
        name: name.clone(),
        span,
        columns: create.columns.clone(),
        materialized: None,
        body: Box::new(DataStatement::Query(create.query.clone())),
        search_cycle: String::new(),
    };
    let with = Some(With { recursive: true, ctes: vec![cte] });
    Query { with, ..Query::of(span, Body::Select(Box::new(select))) }
}
