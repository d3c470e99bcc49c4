//! SET, RESET and SHOW of configuration parameters.

use std::fmt;

use super::transaction::TransactionMode;
use crate::pg::Name;
use crate::statement::print::{Comma, Lead, Quoted, Word};
use crate::statement::words::words;

/// SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// How long it lasts.
    pub scope: SetScope,
    /// What is set.
    pub change: Change,
}

/// How long a SET lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetScope {
    /// `SESSION`, also when nothing is written.
    Session,
    /// `LOCAL`: until the transaction ends.
    Local,
}

/// The forms of SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `name TO value, …`.
    Value(Name, Vec<Value>),
    /// `name TO DEFAULT`.
    Default(Name),
    /// `name FROM CURRENT`.
    FromCurrent(Name),
    /// `TIME ZONE`.
    TimeZone(TimeZone),
    /// `SCHEMA 'name'`: the search path is this schema alone.
    Schema(String),
    /// `NAMES 'encoding'`; `None` for the default.
    Names(Option<String>),
    /// `ROLE`; `none` is a value like any other.
    Role(String),
    /// `SESSION AUTHORIZATION`; `None` for the default.
    SessionAuthorization(Option<String>),
    /// `XML OPTION`.
    XmlOption(XmlOption),
    /// `TRANSACTION` modes.
    Transaction(Vec<TransactionMode>),
    /// `SESSION CHARACTERISTICS AS TRANSACTION` modes.
    SessionCharacteristics(Vec<TransactionMode>),
    /// `TRANSACTION SNAPSHOT`.
    Snapshot(String),
}

/// One value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string or a word; PostgreSQL does not tell them apart.
    Text(String),
    /// A number, as written.
    Number(String),
}

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeZone {
    /// A name.
    Name(String),
    /// Hours from UTC, as written.
    Offset(String),
    /// `INTERVAL 'text' fields`.
    Interval {
        /// The text.
        text: String,
        /// `HOUR` or `HOUR TO MINUTE`, when written.
        fields: Option<ZoneFields>,
        /// The precision, when written.
        precision: Option<i32>,
    },
    /// `LOCAL` or `DEFAULT`.
    Default,
}

words! {
    /// The fields that the interval of a time zone may have.
    pub enum ZoneFields {
        HourToMinute = "HOUR TO MINUTE",
        Hour = "HOUR",
    }
}

words! {
    /// What XML values are.
    pub enum XmlOption {
        Document = "DOCUMENT",
        Content = "CONTENT",
    }
}

/// RESET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// One setting.
    Name(Name),
    /// `ALL`.
    All,
    /// One of those with words of their own.
    Special(SpecialSetting),
}

/// SHOW.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// One setting.
    Name(Name),
    /// `ALL`.
    All,
    /// One of those with words of their own.
    Special(SpecialSetting),
}

words! {
    /// Settings that RESET and SHOW write with words of their own.
    pub enum SpecialSetting {
        TimeZone = "TIME ZONE",
        TransactionIsolation = "TRANSACTION ISOLATION LEVEL",
        SessionAuthorization = "SESSION AUTHORIZATION",
    }
}

/// What a routine, role or database attaches to itself: `SET …` or `RESET …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// `SET`.
    Set(Change),
    /// `RESET`.
    Reset(Reset),
}

/// SET CONSTRAINTS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetConstraints {
    /// The constraints; empty for `ALL`.
    pub names: Vec<Name>,
    /// When they are checked.
    pub when: CheckTime,
}

words! {
    /// When a constraint is checked.
    pub enum CheckTime {
        Deferred = "DEFERRED",
        Immediate = "IMMEDIATE",
    }
}

impl Change {
    /// Returns the setting's name when it is an ordinary one.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Change::Value(name, _) | Change::Default(name) | Change::FromCurrent(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = match self.scope {
            SetScope::Session => "",
            SetScope::Local => "LOCAL ",
        };
        write!(f, "SET {scope}{}", self.change)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Value(name, values) => write!(f, "{name} TO {}", Comma(values)),
            Change::Default(name) => write!(f, "{name} TO DEFAULT"),
            Change::FromCurrent(name) => write!(f, "{name} FROM CURRENT"),
            Change::TimeZone(zone) => write!(f, "TIME ZONE {zone}"),
            Change::Schema(name) => write!(f, "SCHEMA {}", Quoted(name)),
            Change::Names(Some(encoding)) => write!(f, "NAMES {}", Quoted(encoding)),
            Change::Names(None) => f.write_str("NAMES DEFAULT"),
            Change::Role(name) => write!(f, "ROLE {}", Quoted(name)),
            Change::SessionAuthorization(Some(name)) => write!(f, "SESSION AUTHORIZATION {}", Quoted(name)),
            Change::SessionAuthorization(None) => f.write_str("SESSION AUTHORIZATION DEFAULT"),
            Change::XmlOption(option) => write!(f, "XML OPTION {option}"),
            Change::Transaction(modes) => write!(f, "TRANSACTION {}", Comma(modes)),
            Change::SessionCharacteristics(modes) => {
                write!(f, "SESSION CHARACTERISTICS AS TRANSACTION {}", Comma(modes))
            }
            Change::Snapshot(id) => write!(f, "TRANSACTION SNAPSHOT {}", Quoted(id)),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) if matches!(text.as_str(), "on" | "true" | "false") => f.write_str(text),
            Value::Text(text) => write!(f, "{}", Word(text)),
            Value::Number(number) => f.write_str(number),
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeZone::Name(name) => write!(f, "{}", Quoted(name)),
            TimeZone::Offset(hours) => f.write_str(hours),
            TimeZone::Interval { text, fields: _, precision: Some(digits) } => {
                write!(f, "INTERVAL({digits}) {}", Quoted(text))
            }
            TimeZone::Interval { text, fields, precision: None } => {
                write!(f, "INTERVAL {}{}", Quoted(text), Lead(" ", fields))
            }
            TimeZone::Default => f.write_str("DEFAULT"),
        }
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reset::Name(name) => write!(f, "RESET {name}"),
            Reset::All => f.write_str("RESET ALL"),
            Reset::Special(setting) => write!(f, "RESET {setting}"),
        }
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Show::Name(name) => write!(f, "SHOW {name}"),
            Show::All => f.write_str("SHOW ALL"),
            Show::Special(setting) => write!(f, "SHOW {setting}"),
        }
    }
}

impl fmt::Display for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attached::Set(change) => write!(f, "SET {change}"),
            Attached::Reset(reset) => write!(f, "{reset}"),
        }
    }
}

impl fmt::Display for SetConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.as_slice() {
            [] => write!(f, "SET CONSTRAINTS ALL {}", self.when),
            names => write!(f, "SET CONSTRAINTS {} {}", Comma(names), self.when),
        }
    }
}
