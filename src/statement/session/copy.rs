//! COPY.

use std::fmt;

use crate::pg::{Ident, Name};
use crate::query::{DataStatement, Expr};
use crate::statement::print::{Comma, InParens, Label, Lead, Quoted, Word};
use crate::statement::words::words;

/// COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// What is copied.
    pub source: CopySource,
    /// Which way.
    pub direction: CopyDirection,
    /// From or to where.
    pub endpoint: CopyEndpoint,
    /// The options, in the order written.
    pub options: Vec<CopyOption>,
    /// `WHERE`: which rows are kept; only of COPY FROM.
    pub filter: Option<Expr>,
}

/// What COPY reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// A relation, with the columns when written.
    Relation(Name, Vec<Ident>),
    /// The rows of a statement; only of COPY TO.
    Statement(Box<DataStatement>),
}

words! {
    /// Which way COPY goes.
    pub enum CopyDirection {
        From = "FROM",
        To = "TO",
    }
}

/// Where the other end of COPY is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyEndpoint {
    /// `STDIN` or `STDOUT`: the client.
    Client,
    /// A file of the server.
    File(String),
    /// A command that the server runs.
    Program(String),
}

/// One option of COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOption {
    /// Its name, in lower case when written without quotes.
    pub name: Ident,
    /// Its value.
    pub value: CopyValue,
}

/// The value of an option of COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyValue {
    /// None.
    None,
    /// `FREEZE` or `HEADER` in the syntax without parentheses: true.
    Flag,
    /// A word or a string.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `*`.
    Star,
    /// A list in parentheses.
    List(Vec<String>),
}

impl fmt::Display for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "COPY {} {} ", self.source, self.direction)?;
        match (&self.endpoint, self.direction) {
            (CopyEndpoint::Client, CopyDirection::From) => f.write_str("STDIN")?,
            (CopyEndpoint::Client, CopyDirection::To) => f.write_str("STDOUT")?,
            (CopyEndpoint::File(name), _) => write!(f, "{}", Quoted(name))?,
            (CopyEndpoint::Program(command), _) => write!(f, "PROGRAM {}", Quoted(command))?,
        }
        // Only the syntax without parentheses has flags, and it has no other form for the rest.
        if self.options.iter().any(|option| option.value == CopyValue::Flag) {
            f.write_str(" WITH")?;
            self.options.iter().try_for_each(|option| option.without_parentheses(f))?;
        } else {
            write!(f, "{}", InParens(" WITH ", &self.options))?;
        }
        write!(f, "{}", Lead(" WHERE ", &self.filter))
    }
}

impl fmt::Display for CopySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopySource::Relation(name, columns) => write!(f, "{name}{}", InParens(" ", columns)),
            CopySource::Statement(statement) => write!(f, "({statement})"),
        }
    }
}

impl fmt::Display for CopyOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Label(&self.name))?;
        match &self.value {
            CopyValue::None | CopyValue::Flag => Ok(()),
            CopyValue::Text(text) if matches!(text.as_str(), "true" | "false" | "on" | "default") => {
                write!(f, " {text}")
            }
            CopyValue::Text(text) if self.name == "format" => write!(f, " {}", Word(text)),
            CopyValue::Text(text) => write!(f, " {}", Quoted(text)),
            CopyValue::Number(number) => write!(f, " {number}"),
            CopyValue::Star => f.write_str(" *"),
            CopyValue::List(items) => {
                let items: Vec<Word<'_>> = items.iter().map(|item| Word(item)).collect();
                write!(f, " ({})", Comma(&items))
            }
        }
    }
}

impl CopyOption {
    /// Writes the option as it was before options stood in parentheses.
    fn without_parentheses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.name.as_str().replace('_', " ");
        match &self.value {
            CopyValue::Text(format) if words == "format" => write!(f, " {format}"),
            CopyValue::Text(text) => write!(f, " {words} {}", Quoted(text)),
            CopyValue::Star => write!(f, " {words} *"),
            CopyValue::List(columns) => {
                let columns: Vec<Ident> = columns.iter().map(|column| Ident::exact(column)).collect();
                write!(f, " {words} {}", Comma(&columns))
            }
            CopyValue::None | CopyValue::Flag | CopyValue::Number(_) => write!(f, " {words}"),
        }
    }
}
