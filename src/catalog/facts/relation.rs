//! Facts of relations: tables, views, sequences, foreign tables.

use super::fold::Context;
use super::{COLUMNS, Facts, Page, Value};
use crate::catalog::{Address, Kind, Relation, Sequence, View};
use crate::pg::Ident;
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, Literal};
use crate::statement::relation::{
    BoundDatum, Firing, GenericOption, OperatorClass, Parameter, ParameterValue, PartitionBound, PartitionBy,
    PartitionStrategy, Persistence, ReplicaIdentity, WithData,
};

pub(super) fn facts(facts: &mut Facts, context: Context<'_>, relation: &Relation) {
    let mut page = facts.page(Address::Relation(relation.name.clone()), context);
    kind(&mut page, relation);
    if relation.persistence == Persistence::Unlogged {
        page.text("persistence", "unlogged");
    }
    page.option("access method", &relation.storage.access_method.as_ref().filter(|method| **method != "heap"));
    page.option("tablespace", &relation.storage.tablespace);
    parameters(&mut page, &relation.storage.parameters);
    page.list("inherits", &relation.parents);
    relation.partition_by.iter().for_each(|by| partition_by(&mut page, by));
    relation.bound.iter().for_each(|found| bound(&mut page, found));
    page.option("of type", &relation.of_type);
    page.holds("row security", relation.row_security);
    page.holds("forced row security", relation.force_row_security);
    match &relation.replica_identity {
        ReplicaIdentity::Default => {}
        ReplicaIdentity::Nothing => page.text("replica identity", "nothing"),
        ReplicaIdentity::Full => page.text("replica identity", "full"),
        ReplicaIdentity::Index(index) => page.text("replica identity", format_args!("index {index}")),
    }
    if relation.key_firing != Firing::Enable {
        page.text("triggers of keys", relation.key_firing);
    }
    page.option("clustered on", &relation.cluster_on);
    relation.view.iter().for_each(|found| view(&mut page, found));
    relation.sequence.iter().for_each(|found| sequence(&mut page, found));
    if let Some(foreign) = &relation.foreign {
        page.text("server", &foreign.server);
        options(&mut page, &foreign.options);
    }
    page.shared(&relation.shared);
}

fn kind(page: &mut Page<'_>, relation: &Relation) {
    let word = match relation.kind {
        Kind::Table | Kind::TableAs => "table",
        Kind::Partitioned => "partitioned table",
        Kind::Temporary => "temporary table",
        Kind::Foreign => "foreign table",
        Kind::View => "view",
        Kind::MaterializedView => "materialized view",
        Kind::Sequence => "sequence",
    };
    page.text("kind", word);
    if relation.is_open {
        page.value(COLUMNS, Value::Unknown);
    }
}

fn view(page: &mut Page<'_>, view: &View) {
    let query = if reads_clock(view) { Value::Unknown } else { Value::Expression(view.query.to_string()) };
    page.value("query", query);
    page.option("check option", &view.check_option);
    page.holds("without data", view.with_data == WithData::No);
}

/// Says whether a query holds a constant that stands for the moment when it is read: the server keeps that moment.
fn reads_clock(view: &View) -> bool {
    let mut found = false;
    visit::query(&view.query, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Cast(operand, to), .. }) = node
            && let ExprKind::Literal(Literal::String(text)) = &operand.kind
        {
            let moment = matches!(text.as_str(), "now" | "today" | "tomorrow" | "yesterday");
            let of = to.name.last().as_str();
            found |= moment && (of.starts_with("timestamp") || of == "date");
        }
    });
    found
}

fn sequence(page: &mut Page<'_>, sequence: &Sequence) {
    let of = page.context.type_name(&sequence.type_name);
    page.text("type", of);
    page.text("increment", sequence.increment);
    page.text("minimum", sequence.min);
    page.text("maximum", sequence.max);
    page.text("start", sequence.start);
    page.text("cache", sequence.cache);
    page.holds("cycle", sequence.cycle);
    page.holds("identity", sequence.identity);
    if let Some((table, column)) = &sequence.owned_by {
        page.text("owned by", format_args!("{table}.{column}"));
    }
}

fn partition_by(page: &mut Page<'_>, by: &PartitionBy) {
    page.text("partitioned by", by.strategy);
    let method = Ident::exact(if by.strategy == PartitionStrategy::Hash { "hash" } else { "btree" });
    for (element, number) in by.elements.iter().zip(1..) {
        let class = element.operator_class.clone().map(|name| OperatorClass { name, parameters: Vec::new() });
        let name = format!("partition key {number}");
        page.keyed(&name, &element.key, element.collation.as_ref(), class.as_ref(), &method);
    }
}

fn bound(page: &mut Page<'_>, bound: &PartitionBound) {
    let context = page.context;
    let datum = |datum: &BoundDatum| match datum {
        BoundDatum::Value(value) => context.fold(value).to_string(),
        other => other.to_string(),
    };
    let joined = |data: &[BoundDatum]| data.iter().map(datum).collect::<Vec<_>>().join(", ");
    match bound {
        PartitionBound::In(values) => {
            let values: Vec<String> = values.iter().map(|value| context.fold(value).to_string()).collect();
            page.value("bound", Value::Expression(format!("FOR VALUES IN ({})", values.join(", "))));
        }
        PartitionBound::Range { from, to } => {
            let text = format!("FOR VALUES FROM ({}) TO ({})", joined(from), joined(to));
            page.value("bound", Value::Expression(text));
        }
        PartitionBound::Hash { .. } | PartitionBound::Default => page.text("bound", bound),
    }
}

/// Writes storage parameters, or the options of a definition.
pub(super) fn parameters(page: &mut Page<'_>, parameters: &[Parameter]) {
    for parameter in parameters {
        let namespace = parameter.namespace.as_ref().map_or_else(String::new, |space| format!("{space}."));
        let value = parameter.value.as_ref().map_or_else(|| "true".to_owned(), |value| parameter_value(page, value));
        // `WITH CHECK OPTION` is another way to write it.
        match parameter.name.as_str() {
            "check_option" => page.text("check option", value.to_uppercase()),
            _ => page.text(format!("parameter {namespace}{}", parameter.name), value),
        }
    }
}

fn parameter_value(page: &Page<'_>, value: &ParameterValue) -> String {
    let text = match value {
        ParameterValue::Type(name) => page.context.type_name(name).to_string(),
        ParameterValue::Operator(operator) => operator.to_string(),
        ParameterValue::Number(text) | ParameterValue::String(text) => text.clone(),
    };
    match text.as_str() {
        "on" => "true".to_owned(),
        "off" => "false".to_owned(),
        _ => text,
    }
}

/// Writes the options of foreign data.
pub(super) fn options(page: &mut Page<'_>, options: &[GenericOption]) {
    for GenericOption { name, value } in options {
        page.text(format!("option {name}"), value);
    }
}
