//! DETACH PARTITION: what PostgreSQL refuses of it, and the CHECK that a concurrent one leaves behind.

use super::Lowering;
use super::sequence::refused;
use crate::catalog::names::Names;
use crate::catalog::{CatalogError, Constraint, ConstraintKind, Relation};
use crate::changes::DetachPartition;
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, ExprKind, InOperand, Literal, Operator, Quantifier, Test};
use crate::source::Span;
use crate::statement::relation::{
    BoundDatum, ConstraintAttributes, DetachMode, Key, PartitionBound, TableConstraint, TableConstraintKind,
};

/// Lowers DETACH PARTITION.
pub(super) fn detach(lowering: &mut Lowering<'_>, parent: &Relation, partition: &Name, mode: DetachMode) {
    let catalog = lowering.catalog;
    let found = match catalog.existing(partition) {
        Ok(found) => found,
        Err(error) => return lowering.fail(error),
    };
    let is_partition = found.bound.is_some() && found.parents.contains(&parent.name);
    if let Some(error) = complaint(parent, found, mode, catalog.children(&parent.name)).filter(|_| is_partition) {
        return lowering.fail(error);
    }
    let left = match mode {
        DetachMode::Concurrently if is_partition => check(lowering, parent, found),
        _ => None,
    };
    let (parent, partition) = (catalog.shown(&parent.name), catalog.shown(&found.name));
    lowering.push(DetachPartition { parent, partition, mode, left });
}

/// Source: `ATExecDetachPartition` of PostgreSQL 15, tried on 15 and 18.
fn complaint<'a>(
    parent: &Relation,
    partition: &Relation,
    mode: DetachMode,
    mut partitions: impl Iterator<Item = &'a Relation>,
) -> Option<CatalogError> {
    match mode {
        DetachMode::Concurrently if partitions.any(|found| found.bound == Some(PartitionBound::Default)) => {
            let message =
                format!("cannot detach partitions concurrently when `{}` has a default partition", parent.name);
            Some(refused("55000", message))
        }
        // A history has no detaching that was broken off.
        DetachMode::Finalize => {
            Some(refused("55000", format!("cannot complete detaching partition `{}`", partition.name)))
        }
        _ => None,
    }
}

/// Makes the CHECK that says which rows the partition held; says so where it is not known.
///
/// Source: `DetachAddConstraintIfNeeded` of PostgreSQL 15.
fn check(lowering: &mut Lowering<'_>, parent: &Relation, partition: &Relation) -> Option<Box<Constraint>> {
    const WHAT: &str = "the CHECK that a concurrent DETACH leaves behind";
    if matches!(partition.bound, Some(PartitionBound::Hash { .. })) {
        return None;
    }
    // A CHECK of its own may say it already, and a partition of a partition says more.
    let has_check = partition.constraints.iter().any(|found| found.kind == ConstraintKind::Check);
    let condition = key(parent).and_then(|column| {
        let type_name = partition.column(column)?.type_name.as_ref()?;
        Some((column, condition(column, type_name, partition.bound.as_ref()?)?))
    });
    let Some((column, condition)) = condition.filter(|_| !has_check && parent.parents.is_empty()) else {
        lowering.skip(WHAT);
        return None;
    };
    let mut names = Names::beside(lowering.catalog, &partition.name);
    let name = names.constraint(partition.name.last(), Some(column.as_str()), "check");
    let (kind, attributes) = (TableConstraintKind::Check(condition), ConstraintAttributes::default());
    let definition = TableConstraint { span: Span::default(), name: None, kind, attributes };
    Some(Box::new(Constraint::new(name, definition)))
}

/// Returns the one column that rows are divided by.
fn key(parent: &Relation) -> Option<&Ident> {
    let [element] = parent.partition_by.as_ref()?.elements.as_slice() else { return None };
    match &element.key {
        Key::Column(column) if element.collation.is_none() && element.operator_class.is_none() => Some(column),
        _ => None,
    }
}

fn plain(kind: ExprKind) -> Expr {
    Expr::new(Span::default(), kind)
}

fn condition(column: &Ident, type_name: &TypeName, bound: &PartitionBound) -> Option<Expr> {
    // PostgreSQL writes a comparison with TRUE as the column alone.
    if type_name.builtin_name().is_none_or(|name| *name == "bool") {
        return None;
    }
    let operand = || Box::new(plain(ExprKind::Column([column.clone()].into_iter().collect())));
    let is_null = |negated| plain(ExprKind::Is { operand: operand(), test: Test::Null, negated });
    let compared =
        |symbol: &str, value: Expr| plain(ExprKind::Infix(operand(), Operator::plain(symbol), Box::new(value)));
    let mut parts = vec![is_null(true)];
    match bound {
        PartitionBound::Range { from, to } => {
            for (symbol, ends) in [(">=", from), ("<", to)] {
                let [end] = ends.as_slice() else { return None };
                if let BoundDatum::Value(value) = end {
                    parts.push(compared(symbol, typed(value, type_name)?));
                }
            }
        }
        PartitionBound::In(values) => {
            let is_value = |value: &&Expr| value.kind != ExprKind::Literal(Literal::Null);
            let given: Vec<&Expr> = values.iter().filter(is_value).collect();
            let held = match given.as_slice() {
                [] => return None,
                [value] => compared("=", typed(value, type_name)?),
                several => plain(ExprKind::Quantified {
                    left: operand(),
                    operator: Box::new(Operator::plain("=")),
                    quantifier: Quantifier::Any,
                    source: InOperand::List(vec![array(several, type_name)?]),
                }),
            };
            if given.len() < values.len() {
                return Some(plain(ExprKind::Or(vec![is_null(false), held])));
            }
            parts.push(held);
        }
        PartitionBound::Hash { .. } | PartitionBound::Default => return None,
    }
    Some(plain(ExprKind::And(parts)))
}

/// Writes a bound as a constant of the column's type; `None` for what has to be computed.
fn typed(value: &Expr, type_name: &TypeName) -> Option<Expr> {
    let literal = plain(ExprKind::Literal(Literal::String(text(value)?.to_owned())));
    Some(plain(ExprKind::Cast(Box::new(literal), Box::new(type_name.clone()))))
}

fn text(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Literal(Literal::String(text) | Literal::Number(text)) => Some(text),
        _ => None,
    }
}

/// Writes values as one array; `None` where one of them would need quotation marks in it.
fn array(values: &[&Expr], type_name: &TypeName) -> Option<Expr> {
    let is_plain = |text: &&str| {
        !text.is_empty() && *text != "null" && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c))
    };
    let texts: Vec<&str> = values.iter().map(|value| text(value).filter(is_plain)).collect::<Option<_>>()?;
    let literal = plain(ExprKind::Literal(Literal::String(format!("{{{}}}", texts.join(",")))));
    let of = TypeName { bounds: vec![None], ..type_name.clone() };
    Some(plain(ExprKind::Cast(Box::new(literal), Box::new(of))))
}
