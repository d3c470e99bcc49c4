//! A reference to an object of any kind, as COMMENT ON, DROP, ALTER … OWNER TO and the like write it.

use std::fmt;

use super::parameter::{AggregateArguments, Parameter};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::print::Comma;
use crate::statement::words::words;

/// An object that a statement refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its kind.
    pub kind: Kind,
    /// Its name, in the form of its kind.
    pub name: ObjectName,
    /// Where the name stands.
    pub span: Span,
}

/// What identifies an object among those of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectName {
    /// A name, qualified where the kind allows it; for a column with its relation in front.
    Plain(Name),
    /// A type or domain.
    Type(TypeName),
    /// A function, procedure or routine.
    Routine(RoutineName),
    /// An aggregate.
    Aggregate(AggregateName),
    /// An operator.
    Operator(OperatorReference),
    /// An operator class or family and its index access method.
    Using(Name, Ident),
    /// A constraint, policy, rule or trigger and its relation.
    On(Ident, Name),
    /// A constraint of a domain.
    OnDomain(Ident, Name),
    /// A cast from one type to another.
    Cast(TypeName, TypeName),
    /// A transform of a type for a language.
    Transform(TypeName, Ident),
    /// A large object's number, as written.
    Number(String),
}

/// A routine by name and argument types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutineName {
    /// Its name.
    pub name: Name,
    /// Its arguments; `None` when no parentheses are written, which is enough when the name is unique.
    pub arguments: Option<Vec<Parameter>>,
}

/// An aggregate by name and argument types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregateName {
    /// Its name.
    pub name: Name,
    /// Its arguments.
    pub arguments: AggregateArguments,
}

/// An operator by name and operand types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorReference {
    /// Its name.
    pub name: OperatorName,
    /// Type of the left operand; `None` for `NONE`.
    pub left: Option<TypeName>,
    /// Type of the right operand; `None` for `NONE`, which only operators of old servers have.
    pub right: Option<TypeName>,
}

/// A possibly qualified operator, written without `OPERATOR(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorName {
    /// The qualifiers, outermost first.
    pub qualifiers: Vec<Ident>,
    /// The symbol; `!=` is `<>`.
    pub symbol: String,
}

/// Defines the kinds of object and the command tags that are made from their words.
macro_rules! kinds {
    ($($variant:ident = $words:literal,)+) => {
        words! {
            /// The kinds of object that a reference names.
            pub enum Kind { $($variant = $words,)+ }
        }

        impl Kind {
            /// Returns the command tag of its CREATE.
            pub fn create_tag(self) -> &'static str {
                match self { $(Kind::$variant => concat!("CREATE ", $words),)+ }
            }

            /// Returns the command tag of its ALTER.
            pub fn alter_tag(self) -> &'static str {
                match self { $(Kind::$variant => concat!("ALTER ", $words),)+ }
            }

            /// Returns the command tag of its DROP.
            pub fn drop_tag(self) -> &'static str {
                match self { $(Kind::$variant => concat!("DROP ", $words),)+ }
            }
        }
    };
}

kinds! {
    AccessMethod = "ACCESS METHOD",
    Aggregate = "AGGREGATE",
    Cast = "CAST",
    Collation = "COLLATION",
    Column = "COLUMN",
    Constraint = "CONSTRAINT",
    Conversion = "CONVERSION",
    Database = "DATABASE",
    Domain = "DOMAIN",
    EventTrigger = "EVENT TRIGGER",
    Extension = "EXTENSION",
    ForeignDataWrapper = "FOREIGN DATA WRAPPER",
    ForeignTable = "FOREIGN TABLE",
    Function = "FUNCTION",
    Index = "INDEX",
    Language = "LANGUAGE",
    LargeObject = "LARGE OBJECT",
    MaterializedView = "MATERIALIZED VIEW",
    OperatorClass = "OPERATOR CLASS",
    OperatorFamily = "OPERATOR FAMILY",
    Operator = "OPERATOR",
    Policy = "POLICY",
    Procedure = "PROCEDURE",
    Publication = "PUBLICATION",
    Role = "ROLE",
    Routine = "ROUTINE",
    Rule = "RULE",
    Schema = "SCHEMA",
    Sequence = "SEQUENCE",
    Server = "SERVER",
    Statistics = "STATISTICS",
    Subscription = "SUBSCRIPTION",
    Table = "TABLE",
    Tablespace = "TABLESPACE",
    TextSearchConfiguration = "TEXT SEARCH CONFIGURATION",
    TextSearchDictionary = "TEXT SEARCH DICTIONARY",
    TextSearchParser = "TEXT SEARCH PARSER",
    TextSearchTemplate = "TEXT SEARCH TEMPLATE",
    Transform = "TRANSFORM",
    Trigger = "TRIGGER",
    Type = "TYPE",
    View = "VIEW",
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectName::Plain(name) => write!(f, "{name}"),
            ObjectName::Type(name) => write!(f, "{name}"),
            ObjectName::Routine(routine) => write!(f, "{routine}"),
            ObjectName::Aggregate(aggregate) => write!(f, "{aggregate}"),
            ObjectName::Operator(operator) => write!(f, "{operator}"),
            ObjectName::Using(name, method) => write!(f, "{name} USING {method}"),
            ObjectName::On(name, relation) => write!(f, "{name} ON {relation}"),
            ObjectName::OnDomain(name, domain) => write!(f, "{name} ON DOMAIN {domain}"),
            ObjectName::Cast(from, to) => write!(f, "({from} AS {to})"),
            ObjectName::Transform(of, language) => write!(f, "FOR {of} LANGUAGE {language}"),
            ObjectName::Number(number) => f.write_str(number),
        }
    }
}

impl fmt::Display for RoutineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.arguments {
            Some(arguments) => write!(f, "{}({})", self.name, Comma(arguments)),
            None => write!(f, "{}", self.name),
        }
    }
}

impl fmt::Display for AggregateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.arguments)
    }
}

impl fmt::Display for OperatorReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        operand(f, &self.left)?;
        f.write_str(", ")?;
        operand(f, &self.right)?;
        f.write_str(")")
    }
}

fn operand(f: &mut fmt::Formatter<'_>, operand: &Option<TypeName>) -> fmt::Result {
    match operand {
        Some(data_type) => write!(f, "{data_type}"),
        None => f.write_str("NONE"),
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.qualifiers.iter().try_for_each(|qualifier| write!(f, "{qualifier}."))?;
        f.write_str(&self.symbol)
    }
}
