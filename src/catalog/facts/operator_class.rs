//! Operator classes, and which of them PostgreSQL takes where none is written.

use super::Value;
use super::fold::Context;
use super::types::builtin_name;
use crate::catalog::{Class, Definition, Object};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::operator_class::CreateOperatorClass;
use crate::statement::relation::OperatorClass;

/// Classes by name, each with the types that it is the default for.
type Classes = &'static [(&'static str, &'static [&'static str])];

/// The default classes of access methods. Source: `pg_opclass`.
const DEFAULTS: &[(&str, Classes)] = &[
    (
        "btree hash",
        &[
            ("array_ops", &["array"]),
            ("bool_ops", &["bool"]),
            ("bpchar_ops", &["bpchar"]),
            ("bytea_ops", &["bytea"]),
            ("char_ops", &["char"]),
            ("date_ops", &["date"]),
            ("enum_ops", &["enum"]),
            ("float4_ops", &["float4"]),
            ("float8_ops", &["float8"]),
            ("inet_ops", &["inet", "cidr"]),
            ("int2_ops", &["int2"]),
            ("int4_ops", &["int4"]),
            ("int8_ops", &["int8"]),
            ("interval_ops", &["interval"]),
            ("jsonb_ops", &["jsonb"]),
            ("macaddr8_ops", &["macaddr8"]),
            ("macaddr_ops", &["macaddr"]),
            ("multirange_ops", &["multirange"]),
            ("name_ops", &["name"]),
            ("numeric_ops", &["numeric"]),
            ("oid_ops", OIDS),
            ("oidvector_ops", &["oidvector"]),
            ("pg_lsn_ops", &["pg_lsn"]),
            ("range_ops", &["range"]),
            ("record_ops", &["record"]),
            ("text_ops", TEXTS),
            ("tid_ops", &["tid"]),
            ("time_ops", &["time"]),
            ("timestamp_ops", &["timestamp"]),
            ("timestamptz_ops", &["timestamptz"]),
            ("timetz_ops", &["timetz"]),
            ("uuid_ops", &["uuid"]),
            ("xid8_ops", &["xid8"]),
        ],
    ),
    (
        "btree",
        &[
            ("bit_ops", &["bit"]),
            ("money_ops", &["money"]),
            ("tsquery_ops", &["tsquery"]),
            ("tsvector_ops", &["tsvector"]),
            ("varbit_ops", &["varbit"]),
        ],
    ),
    ("hash", &[("aclitem_ops", &["aclitem"]), ("cid_ops", &["cid"]), ("xid_ops", &["xid"])]),
    (
        "brin",
        &[
            ("bit_minmax_ops", &["bit"]),
            ("box_inclusion_ops", &["box"]),
            ("bpchar_minmax_ops", &["bpchar"]),
            ("bytea_minmax_ops", &["bytea"]),
            ("char_minmax_ops", &["char"]),
            ("date_minmax_ops", &["date"]),
            ("float4_minmax_ops", &["float4"]),
            ("float8_minmax_ops", &["float8"]),
            ("inet_inclusion_ops", &["inet", "cidr"]),
            ("int2_minmax_ops", &["int2"]),
            ("int4_minmax_ops", &["int4"]),
            ("int8_minmax_ops", &["int8"]),
            ("interval_minmax_ops", &["interval"]),
            ("macaddr8_minmax_ops", &["macaddr8"]),
            ("macaddr_minmax_ops", &["macaddr"]),
            ("name_minmax_ops", &["name"]),
            ("numeric_minmax_ops", &["numeric"]),
            ("oid_minmax_ops", OIDS),
            ("pg_lsn_minmax_ops", &["pg_lsn"]),
            ("range_inclusion_ops", &["range"]),
            ("text_minmax_ops", TEXTS),
            ("tid_minmax_ops", &["tid"]),
            ("time_minmax_ops", &["time"]),
            ("timestamp_minmax_ops", &["timestamp"]),
            ("timestamptz_minmax_ops", &["timestamptz"]),
            ("timetz_minmax_ops", &["timetz"]),
            ("uuid_minmax_ops", &["uuid"]),
            ("varbit_minmax_ops", &["varbit"]),
        ],
    ),
    ("gin", &[("array_ops", &["array"]), ("jsonb_ops", &["jsonb"]), ("tsvector_ops", &["tsvector"])]),
    (
        "gist",
        &[
            ("box_ops", &["box"]),
            ("circle_ops", &["circle"]),
            ("multirange_ops", &["multirange"]),
            ("point_ops", &["point"]),
            ("poly_ops", &["polygon"]),
            ("range_ops", &["range"]),
            ("tsquery_ops", &["tsquery"]),
            ("tsvector_ops", &["tsvector"]),
        ],
    ),
    (
        "spgist",
        &[
            ("box_ops", &["box"]),
            ("inet_ops", &["inet", "cidr"]),
            ("poly_ops", &["polygon"]),
            ("quad_point_ops", &["point"]),
            ("range_ops", &["range"]),
            ("text_ops", TEXTS),
        ],
    ),
];

/// `varchar` has no operators of its own.
const TEXTS: &[&str] = &["text", "varchar"];

/// The types that are stored as an `oid`.
const OIDS: &[&str] = &[
    "oid",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
];

/// PostgreSQL's own classes that are the default of no type.
const OTHERS: &[&str] = &[
    "bpchar_pattern_ops",
    "cidr_ops",
    "inet_minmax_ops",
    "jsonb_path_ops",
    "kd_point_ops",
    "record_image_ops",
    "text_pattern_ops",
    "varchar_ops",
    "varchar_pattern_ops",
];

/// Types of which any has the default of all.
const RANGES: &[&str] = &["daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange"];
const MULTIRANGES: &[&str] =
    &["datemultirange", "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange"];

impl<'c> Context<'c> {
    /// Returns what an operator class says of a key of some type; `None` where it is the one that PostgreSQL takes anyway.
    pub(super) fn operator_class(
        self,
        method: &Ident,
        written: &OperatorClass,
        key: Option<&TypeName>,
    ) -> Option<Value> {
        let found = self.made_class(method, &written.name);
        let full =
            found.map_or_else(|| Name::simple(written.name.last().clone(), Span::default()), |it| it.id.name.clone());
        let text = OperatorClass { name: full, ..written.clone() }.to_string();
        if !written.parameters.is_empty() {
            return Some(Value::Text(text));
        }
        let name = written.name.last().as_str();
        let is_default = match found {
            Some(object) => self.is_default_of(object, key),
            None => self.is_builtin_default(method.as_str(), name, key),
        };
        match is_default {
            Some(true) => None,
            Some(false) => Some(Value::Text(text)),
            None => Some(Value::Perhaps(text)),
        }
    }

    /// Finds a class that the history made.
    fn made_class(self, method: &Ident, name: &Name) -> Option<&'c Object> {
        let found = self.catalog.objects_named(Class::OperatorClass, name);
        let is_of = |object: &&Object| class(object).is_some_and(|create| create.method == *method);
        found.into_iter().find(is_of)
    }

    /// Says whether a class of the history is the default of a type; `None` where nobody knows.
    fn is_default_of(self, object: &Object, key: Option<&TypeName>) -> Option<bool> {
        let create = class(object).filter(|create| create.is_default);
        let Some(create) = create else { return Some(false) };
        let (own, key) = (self.type_name(&create.data_type), self.type_name(key?));
        // A class of another type may serve as well, and be the default of this one or not.
        (own == key).then_some(true)
    }

    fn is_builtin_default(self, method: &str, name: &str, key: Option<&TypeName>) -> Option<bool> {
        let lists = DEFAULTS.iter().filter(|(methods, _)| methods.split(' ').any(|found| found == method));
        let types = lists.flat_map(|(_, classes)| *classes).find(|(class, _)| *class == name).map(|(_, types)| *types);
        let Some(types) = types else {
            let is_known =
                OTHERS.contains(&name) || name.ends_with("_bloom_ops") || name.ends_with("_minmax_multi_ops");
            // Otherwise it comes with an extension.
            return if is_known || (method, name) == ("gist", "inet_ops") { Some(false) } else { None };
        };
        let kind = self.kind_of(key?, 0)?;
        Some(types.contains(&kind.as_str()))
    }

    /// Returns the name of a built-in type, or the word for all types of its kind; `None` for what nobody knows.
    fn kind_of(self, of: &TypeName, depth: usize) -> Option<String> {
        let of = self.type_name(of);
        if !of.bounds.is_empty() {
            return Some("array".to_owned());
        }
        let word = match self.catalog.type_named(&of.name).map(|object| &object.definition) {
            // A domain compares as what is below it.
            Some(Definition::Domain(domain)) if depth < 64 => return self.kind_of(&domain.type_name, depth + 1),
            Some(Definition::Enum(_)) => "enum",
            Some(Definition::Range(_)) => "range",
            Some(Definition::Composite(_)) => "record",
            Some(_) => return None,
            None if self.catalog.relation(&of.name).is_some() => "record",
            None => match builtin_name(&of)? {
                name if RANGES.contains(&name) => "range",
                name if MULTIRANGES.contains(&name) => "multirange",
                name if is_named(name) => return Some(name.to_owned()),
                _ => return None,
            },
        };
        Some(word.to_owned())
    }
}

/// Says whether a type of this name is among those with default classes.
fn is_named(name: &str) -> bool {
    DEFAULTS.iter().flat_map(|(_, classes)| *classes).any(|(_, types)| types.contains(&name))
}

fn class(object: &Object) -> Option<&CreateOperatorClass> {
    let statement = match &object.definition {
        Definition::Statement(statement) | Definition::Extended(statement, _) => &**statement,
        _ => return None,
    };
    match statement {
        Statement::Object(made) => match &**made {
            Made::CreateOperatorClass(create) => Some(create),
            _ => None,
        },
        _ => None,
    }
}
