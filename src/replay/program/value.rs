//! Values that a body computes without reading a row that anybody wrote.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::pg::Ident;

/// A value that is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Null,
    Boolean(bool),
    Number(i64),
    Text(String),
    Array(Vec<Constant>),
    /// An object by what tells it from others, in place of its number: `class public.orders`.
    Object(String),
    /// A row whose fields may not be known.
    Row(BTreeMap<Ident, Value>),
}

/// A value; `None` when it is not known.
pub(super) type Value = Option<Constant>;

/// The value of a condition: NULL is false where a row or a branch is chosen.
pub(super) fn holds(value: &Value) -> Option<bool> {
    match value {
        Some(Constant::Boolean(found)) => Some(*found),
        Some(Constant::Null) => Some(false),
        _ => None,
    }
}

impl Constant {
    /// Makes a value of a name or text.
    pub(super) fn text(text: impl ToString) -> Self {
        Constant::Text(text.to_string())
    }

    /// Returns the text that `||` and `format` take; `None` for what has another spelling in PostgreSQL.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Constant::Text(text) => Some(text.clone()),
            Constant::Number(number) => Some(number.to_string()),
            Constant::Boolean(found) => Some(if *found { "t" } else { "f" }.to_owned()),
            Constant::Object(object) => object.strip_prefix("class public.").map(str::to_owned),
            Constant::Null | Constant::Array(_) | Constant::Row(_) => None,
        }
    }
}

/// Says whether two values are the same; NULL is the same as nothing.
pub(super) fn equal(left: &Constant, right: &Constant) -> Value {
    use Constant as C;
    match (left, right) {
        (C::Null, _) | (_, C::Null) => Some(C::Null),
        (C::Boolean(a), C::Boolean(b)) => Some(C::Boolean(a == b)),
        (C::Object(a), C::Object(b)) => Some(C::Boolean(a == b)),
        _ => order(left, right).map(|order| C::Boolean(order == Ordering::Equal)),
    }
}

/// Compares two values of one kind.
pub(super) fn order(left: &Constant, right: &Constant) -> Option<Ordering> {
    match (left, right) {
        (Constant::Number(a), Constant::Number(b)) => Some(a.cmp(b)),
        (Constant::Text(a), Constant::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
