//! CREATE and ALTER of functions and procedures.

use std::fmt;

use super::parameter::Parameter;
use super::reference::{Kind, RoutineName};
use crate::pg::{Ident, Name, TypeName};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::print::{Comma, Lead, Quoted, Spaced, When, Word};
use crate::statement::session::setting::Attached;
use crate::statement::session::source_text::SourceText;
use crate::statement::words::words;

/// CREATE FUNCTION or CREATE PROCEDURE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateFunction {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Which of the two.
    pub kind: RoutineKind,
    /// Its name.
    pub name: Name,
    /// Its parameters, the columns of RETURNS TABLE not included.
    pub parameters: Vec<Parameter>,
    /// `RETURNS` when written.
    pub returns: Option<Returns>,
    /// The attributes, in the order written; a repeated one is refused when PostgreSQL runs the statement.
    pub attributes: Vec<Attribute>,
    /// A body in SQL that is parsed when the routine is made.
    pub body: Option<SqlBody>,
}

words! {
    /// What CREATE makes.
    pub enum RoutineKind {
        Function = "FUNCTION",
        Procedure = "PROCEDURE",
    }
}

/// `RETURNS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    /// A type, with `SETOF` among its parts.
    Type(TypeName),
    /// `TABLE (…)`.
    Table(Vec<TableColumn>),
}

/// A column of RETURNS TABLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Where it stands.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: TypeName,
}

/// One attribute of a routine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `AS`.
    As(Source),
    /// `LANGUAGE`.
    Language(String),
    /// `TRANSFORM FOR TYPE`.
    Transform(Vec<TypeName>),
    /// `WINDOW`.
    Window,
    /// `CALLED ON NULL INPUT` or `STRICT`.
    NullInput(NullInput),
    /// `IMMUTABLE`, `STABLE` or `VOLATILE`.
    Volatility(Volatility),
    /// `SECURITY`.
    Security(Security),
    /// `LEAKPROOF` or `NOT LEAKPROOF`.
    Leakproof(Leakproof),
    /// `COST`, as written.
    Cost(String),
    /// `ROWS`, as written.
    Rows(String),
    /// `SUPPORT`.
    Support(Name),
    /// `PARALLEL`; PostgreSQL looks at the word when it runs the statement.
    Parallel(Ident),
    /// `SET` or `RESET`.
    Setting(Attached),
}

/// What `AS` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The program text, or an internal function's name.
    Text(SourceText),
    /// A library and a symbol in it.
    Library {
        /// The file.
        file: String,
        /// The symbol.
        symbol: String,
    },
}

words! {
    /// What becomes of a call with a NULL argument.
    pub enum NullInput {
        Called = "CALLED ON NULL INPUT",
        Strict = "STRICT",
    }
}

words! {
    /// What a call's result may depend on.
    pub enum Volatility {
        Immutable = "IMMUTABLE",
        Stable = "STABLE",
        Volatile = "VOLATILE",
    }
}

words! {
    /// Whose privileges a call has.
    pub enum Security {
        Definer = "SECURITY DEFINER",
        Invoker = "SECURITY INVOKER",
    }
}

words! {
    /// Whether a call may run before row security is checked.
    pub enum Leakproof {
        Yes = "LEAKPROOF",
        No = "NOT LEAKPROOF",
    }
}

/// A body that PostgreSQL keeps parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlBody {
    /// `RETURN expression`.
    Return(Expr),
    /// `BEGIN ATOMIC … END`.
    Atomic(Vec<BodyStatement>),
}

/// A statement of BEGIN ATOMIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyStatement {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: BodyStatementKind,
}

/// The forms of a statement of BEGIN ATOMIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyStatementKind {
    /// `RETURN expression`.
    Return(Expr),
    /// Any other statement.
    Statement(Box<Statement>),
}

/// ALTER FUNCTION, PROCEDURE or ROUTINE with new attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterFunction {
    /// `FUNCTION`, `PROCEDURE` or `ROUTINE`.
    pub kind: Kind,
    /// Which routine.
    pub routine: RoutineName,
    /// The attributes, in the order written.
    pub attributes: Vec<Attribute>,
}

impl CreateFunction {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self.kind {
            RoutineKind::Function => "CREATE FUNCTION",
            RoutineKind::Procedure => "CREATE PROCEDURE",
        }
    }

    /// Returns the language in lower case; a body in SQL needs none.
    pub fn language(&self) -> Option<String> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::Language(name) => Some(name.to_lowercase()),
            _ => None,
        })
    }

    /// Returns the program text when `AS` gives one.
    pub fn source(&self) -> Option<&SourceText> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::As(Source::Text(text)) => Some(text),
            _ => None,
        })
    }
}

impl fmt::Display for CreateFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = When(self.or_replace, "OR REPLACE ");
        write!(f, "CREATE {or_replace}{} {}({})", self.kind, self.name, Comma(&self.parameters))?;
        write!(f, "{}{}{}", Lead(" RETURNS ", &self.returns), Spaced(&self.attributes), Lead(" ", &self.body))
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Returns::Type(data_type) => write!(f, "{data_type}"),
            Returns::Table(columns) => write!(f, "TABLE({})", Comma(columns)),
        }
    }
}

impl fmt::Display for TableColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.data_type)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attribute::As(source) => write!(f, "AS {source}"),
            Attribute::Language(name) => write!(f, "LANGUAGE {}", Word(name)),
            Attribute::Transform(types) => {
                f.write_str("TRANSFORM ")?;
                for (at, of) in types.iter().enumerate() {
                    write!(f, "{}FOR TYPE {of}", if at > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            Attribute::Window => f.write_str("WINDOW"),
            Attribute::NullInput(choice) => write!(f, "{choice}"),
            Attribute::Volatility(choice) => write!(f, "{choice}"),
            Attribute::Security(choice) => write!(f, "{choice}"),
            Attribute::Leakproof(choice) => write!(f, "{choice}"),
            Attribute::Cost(number) => write!(f, "COST {number}"),
            Attribute::Rows(number) => write!(f, "ROWS {number}"),
            Attribute::Support(name) => write!(f, "SUPPORT {name}"),
            Attribute::Parallel(word) => write!(f, "PARALLEL {word}"),
            Attribute::Setting(setting) => write!(f, "{setting}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Text(text) => write!(f, "{text}"),
            Source::Library { file, symbol } => write!(f, "{}, {}", Quoted(file), Quoted(symbol)),
        }
    }
}

impl fmt::Display for SqlBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SqlBody::Return(value) => write!(f, "RETURN {value}"),
            SqlBody::Atomic(statements) => {
                f.write_str("BEGIN ATOMIC ")?;
                statements.iter().try_for_each(|statement| write!(f, "{statement}; "))?;
                f.write_str("END")
            }
        }
    }
}

impl fmt::Display for BodyStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            BodyStatementKind::Return(value) => write!(f, "RETURN {value}"),
            BodyStatementKind::Statement(statement) => write!(f, "{statement}"),
        }
    }
}

impl fmt::Display for AlterFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {}{}", self.kind, self.routine, Spaced(&self.attributes))
    }
}
