//! Two catalogs side by side.

use super::{Address, COLUMNS, Facts, Properties, Property, Value};
use crate::catalog::{Class, ObjectId};

/// A property in which two catalogs differ, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose property it is.
    pub address: Address,
    /// The property; `None` when one side has nothing at the address at all.
    pub property: Option<Property>,
    /// Its value on the left; `None` where it has PostgreSQL's own default, or nothing is there.
    pub left: Option<Value>,
    /// Its value on the right.
    pub right: Option<Value>,
    /// How sure that is.
    pub certainty: Certainty,
}

/// How sure a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The catalogs differ.
    Differs,
    /// They may come to the same: two spellings of an expression, or a value that nobody knows.
    MayDiffer,
}

/// What stands for the whole of a thing that only one side has.
const PRESENT: &str = "yes";

/// Returns every property in which two catalogs differ, in the order of the addresses. What belongs to a thing that one
/// side lacks is left out.
pub fn compare(left: &Facts, right: &Facts) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (address, properties) in left.iter() {
        match right.get(address) {
            Some(other) => properties_of(address, properties, other, &mut differences),
            None => missing(address, right, Side::Right, &mut differences),
        }
    }
    for (address, _) in right.iter().filter(|(address, _)| left.get(address).is_none()) {
        missing(address, left, Side::Left, &mut differences);
    }
    differences.sort_by(|a, b| a.address.cmp(&b.address));
    differences
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn properties_of(address: &Address, left: &Properties, right: &Properties, found: &mut Vec<Difference>) {
    let only_right = right.keys().filter(|name| !left.contains_key(*name));
    for property in left.keys().chain(only_right) {
        let (a, b) = (left.get(property), right.get(property));
        if let Some(certainty) = certainty(a, b) {
            found.push(Difference {
                address: address.clone(),
                property: Some(property.clone()),
                left: a.cloned(),
                right: b.cloned(),
                certainty,
            });
        }
    }
}

/// Says how sure it is that two values differ; `None` when they are the same.
fn certainty(left: Option<&Value>, right: Option<&Value>) -> Option<Certainty> {
    if let (Some(a), Some(b)) = (left, right)
        && a.written() == b.written()
    {
        return None;
    }
    if let (Some(Value::Usual(_)), None) | (None, Some(Value::Usual(_))) = (left, right) {
        return None;
    }
    let is_open = |value: Option<&Value>| matches!(value, Some(Value::Unknown | Value::Perhaps(_)));
    let is_spelled = |value: Option<&Value>| matches!(value, Some(Value::Expression(_)));
    let both = left.is_some() && right.is_some();
    let may = is_open(left) || is_open(right) || both && (is_spelled(left) || is_spelled(right));
    Some(if may { Certainty::MayDiffer } else { Certainty::Differs })
}

/// Notes that a side lacks what the other has, unless it lacks what that belongs to.
fn missing(address: &Address, lacking: &Facts, side: Side, found: &mut Vec<Difference>) {
    let whole = match address {
        Address::Relation(_) | Address::Object(_) => None,
        Address::DomainConstraint(of, _) | Address::Attribute(of, _) => {
            Some(Address::Object(ObjectId::new(Class::Type, of.clone())))
        }
        other => other.relation().map(|name| Address::Relation(name.clone())),
    };
    let whole = match whole.map(|whole| lacking.get(&whole)) {
        Some(None) => return,
        Some(whole) => whole,
        None => None,
    };
    let is_open = whole.is_some_and(|properties| properties.get(COLUMNS) == Some(&Value::Unknown));
    let present = Some(Value::Text(PRESENT.to_owned()));
    let (left, right) = if side == Side::Left { (None, present) } else { (present, None) };
    let certainty = if is_open { Certainty::MayDiffer } else { Certainty::Differs };
    found.push(Difference { address: address.clone(), property: None, left, right, certainty });
}
