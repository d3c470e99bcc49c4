//! Lists of options: storage parameters, definitions of types, options of foreign-data wrappers.

use std::fmt;

use crate::pg::{Ident, TypeName};
use crate::query::{Operator, Quoted};
use crate::statement::print::When;

/// One option: `fillfactor = 70`, `toast.autovacuum_enabled`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The namespace when written.
    pub namespace: Option<Ident>,
    /// The option.
    pub name: Ident,
    /// Its value when written.
    pub value: Option<ParameterValue>,
}

/// The value of an option, as PostgreSQL's parser tells values apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// A word that could name a type: `off`, `int4`, `schema.function`.
    Type(TypeName),
    /// An operator.
    Operator(Operator),
    /// Digits as written, with a minus when there is one.
    Number(String),
    /// A string, or a reserved word such as `true` in lower case.
    String(String),
}

/// An option of a foreign-data wrapper: `table_name 'orders'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericOption {
    /// The option.
    pub name: Ident,
    /// Its value.
    pub value: String,
}

/// A change of one option of a foreign-data wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenericOptionChange {
    /// `ADD`.
    Add {
        /// The option and its value.
        option: GenericOption,
        /// Whether the word `ADD` is written.
        explicit: bool,
    },
    /// `SET`.
    Set(GenericOption),
    /// `DROP`.
    Drop(Ident),
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}.")?;
        }
        write!(f, "{}", self.name)?;
        self.value.as_ref().map_or(Ok(()), |value| write!(f, " = {value}"))
    }
}

impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterValue::Type(name) => write!(f, "{name}"),
            ParameterValue::Operator(operator) => write!(f, "{operator}"),
            ParameterValue::Number(digits) => f.write_str(digits),
            ParameterValue::String(text) => write!(f, "{}", Quoted(text)),
        }
    }
}

impl fmt::Display for GenericOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, Quoted(&self.value))
    }
}

impl fmt::Display for GenericOptionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GenericOptionChange::Add { option, explicit } => write!(f, "{}{option}", When(*explicit, "ADD ")),
            GenericOptionChange::Set(option) => write!(f, "SET {option}"),
            GenericOptionChange::Drop(name) => write!(f, "DROP {name}"),
        }
    }
}
