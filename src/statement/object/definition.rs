//! Free option lists: `(name = value, …)` of CREATE AGGREGATE, OPERATOR, COLLATION and many others.

use std::fmt;

use super::reference::OperatorName;
use crate::pg::{Ident, TypeName};
use crate::source::Span;
use crate::statement::print::{Label, Lead, Quoted};
use crate::statement::words::words;

/// One item of a free option list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Where it stands.
    pub span: Span,
    /// What stands before a dot in the name, as in storage parameters.
    pub namespace: Option<Ident>,
    /// Its name.
    pub name: Ident,
    /// Its value when written.
    pub value: Option<DefinitionValue>,
}

/// The value of a free option; its meaning is that of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionValue {
    /// A type, or a name that reads as one.
    Type(TypeName),
    /// An operator.
    Operator(OperatorName),
    /// A number, as written.
    Number(String),
    /// A string, or a reserved word.
    Text(String),
}

/// One item of `OPTIONS (…)`, which a foreign-data wrapper interprets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignOption {
    /// What ALTER does with it; `None` in CREATE and when nothing is written, which adds it.
    pub action: Option<OptionAction>,
    /// Its name.
    pub name: Ident,
    /// Its value; absent behind `DROP`.
    pub value: Option<String>,
}

words! {
    /// What ALTER does with a foreign option.
    pub enum OptionAction {
        Set = "SET",
        Add = "ADD",
        Drop = "DROP",
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.namespace.iter().try_for_each(|namespace| write!(f, "{}.", Label(namespace)))?;
        write!(f, "{}{}", Label(&self.name), Lead(" = ", &self.value))
    }
}

impl fmt::Display for DefinitionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefinitionValue::Type(name) => write!(f, "{name}"),
            DefinitionValue::Operator(operator) if operator.qualifiers.is_empty() => write!(f, "{operator}"),
            DefinitionValue::Operator(operator) => write!(f, "OPERATOR({operator})"),
            DefinitionValue::Number(number) => f.write_str(number),
            DefinitionValue::Text(text) if matches!(text.as_str(), "true" | "false" | "none") => f.write_str(text),
            DefinitionValue::Text(text) => write!(f, "{}", Quoted(text)),
        }
    }
}

impl fmt::Display for ForeignOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.action.iter().try_for_each(|action| write!(f, "{action} "))?;
        write!(f, "{}", Label(&self.name))?;
        self.value.iter().try_for_each(|value| write!(f, " {}", Quoted(value)))
    }
}
