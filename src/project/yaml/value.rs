//! Values that settings hold: read from YAML and refused where they stand.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::migration::layouts;
use crate::nearest::nearest;
use crate::pg::{Ident, Name};
use crate::rules;
use crate::settings::PgVersion;
use crate::source::Span;

/// A value that one YAML scalar spells.
///
/// Refusals are raised while the reader still stands on the scalar: that is what gives an error its place.
trait Scalar: Sized {
    /// What the scalar should be, for `expected …`.
    const EXPECTED: &'static str;

    fn from_text(_: &str) -> Result<Self, String> {
        Err(format!("expected {}", Self::EXPECTED))
    }

    fn from_integer(number: u64) -> Result<Self, String> {
        Err(format!("expected {}, not {number}", Self::EXPECTED))
    }

    fn from_float(number: f64) -> Result<Self, String> {
        Err(format!("expected {}, not {number}", Self::EXPECTED))
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::from_integer(number).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_float(number).map_err(E::custom)
    }
}

macro_rules! scalars {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ScalarVisitor(PhantomData))
            }
        }
    )*};
}
scalars!(ColumnName, Fraction, LayoutName, Percent, RuleName, ServerVersion, Soak, TableName, TenantId, Version1);

/// `version: 1`.
pub(super) struct Version1;

impl Scalar for Version1 {
    const EXPECTED: &'static str = "1, the only version of these settings";

    fn from_integer(number: u64) -> Result<Self, String> {
        if number == 1 { Ok(Version1) } else { Err(format!("expected {}, not {number}", Self::EXPECTED)) }
    }
}

/// `postgres: 15`.
pub(super) struct ServerVersion(pub(super) PgVersion);

impl Scalar for ServerVersion {
    const EXPECTED: &'static str = "a major version of PostgreSQL from 13 to 18";

    fn from_integer(number: u64) -> Result<Self, String> {
        PgVersion::new(number).map(ServerVersion).ok_or_else(|| format!("expected {}, not {number}", Self::EXPECTED))
    }
}

/// The name of a layout.
pub(super) struct LayoutName(pub(super) &'static str);

impl Scalar for LayoutName {
    const EXPECTED: &'static str = "the name of a layout";

    fn from_text(text: &str) -> Result<Self, String> {
        let found = layouts::find(text).map(|layout| LayoutName(layout.name));
        found.ok_or_else(|| unknown("layout", text, layouts::ALL.iter().map(|layout| layout.name)))
    }
}

/// A family or a rule.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleName(pub(super) String);

impl Scalar for RuleName {
    const EXPECTED: &'static str = "a rule or a family of rules";

    fn from_text(text: &str) -> Result<Self, String> {
        let known = rules::is_family(text) || rules::find(text).is_some();
        if known { Ok(RuleName(text.to_owned())) } else { Err(unknown("rule", text, rules::names())) }
    }
}

fn unknown(what: &str, typed: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    match nearest(typed, known) {
        Some(near) => format!("unknown {what} `{typed}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{typed}`"),
    }
}

/// A table, qualified or not, as SQL spells it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TableName(pub(super) Name);

impl Scalar for TableName {
    const EXPECTED: &'static str = "the name of a table, as SQL spells it";

    fn from_text(text: &str) -> Result<Self, String> {
        parse_name(text).map(TableName).ok_or_else(|| format!("expected {}, not `{text}`", Self::EXPECTED))
    }
}

/// A column, as SQL spells it.
pub(super) struct ColumnName(pub(super) Ident);

impl Scalar for ColumnName {
    const EXPECTED: &'static str = "the name of a column, as SQL spells it";

    fn from_text(text: &str) -> Result<Self, String> {
        let name = parse_name(text).filter(|name| name.parts.len() == 1);
        let ident = name.map(|name| ColumnName(name.last().clone()));
        ident.ok_or_else(|| format!("expected {}, not `{text}`", Self::EXPECTED))
    }
}

/// A tenant's identifier: numbers are taken as they are written.
pub(super) struct TenantId(pub(super) String);

impl Scalar for TenantId {
    const EXPECTED: &'static str = "a tenant";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(TenantId(text.to_owned()))
    }

    fn from_integer(number: u64) -> Result<Self, String> {
        Ok(TenantId(number.to_string()))
    }
}

/// A share of the tenants.
pub(super) struct Percent(pub(super) u8);

impl Scalar for Percent {
    const EXPECTED: &'static str = "a whole number from 1 to 100";

    fn from_integer(number: u64) -> Result<Self, String> {
        let percent = u8::try_from(number).ok().filter(|percent| (1..=100).contains(percent));
        percent.map(Percent).ok_or_else(|| format!("expected {}, not {number}", Self::EXPECTED))
    }
}

/// A share between none and all.
pub(super) struct Fraction(pub(super) f64);

impl Scalar for Fraction {
    const EXPECTED: &'static str = "a number from 0 to 1";

    fn from_integer(number: u64) -> Result<Self, String> {
        if number <= 1 {
            Ok(Fraction(number as f64))
        } else {
            Err(format!("expected {}, not {number}", Self::EXPECTED))
        }
    }

    fn from_float(number: f64) -> Result<Self, String> {
        let inside = (0.0..=1.0).contains(&number);
        if inside { Ok(Fraction(number)) } else { Err(format!("expected {}, not {number}", Self::EXPECTED)) }
    }
}

/// A wait: `90s`, `15m`, `2h`, `1d`.
#[derive(Default)]
pub(super) struct Soak(pub(super) Duration);

impl Scalar for Soak {
    const EXPECTED: &'static str = "a wait, as in `90s`, `15m`, `2h` or `1d`";

    fn from_text(text: &str) -> Result<Self, String> {
        duration(text).map(Soak).ok_or_else(|| format!("expected {}, not `{text}`", Self::EXPECTED))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

/// One name or a list of names.
pub(super) struct Columns(pub(super) Vec<Ident>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Columns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a list of names")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Columns, E> {
                ColumnName::from_text(text).map(|name| Columns(vec![name.0])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Columns, A::Error> {
                let mut columns = Vec::new();
                while let Some(ColumnName(name)) = names.next_element()? {
                    columns.push(name);
                }
                if columns.is_empty() {
                    Err(A::Error::custom("expected at least one name"))
                } else {
                    Ok(Columns(columns))
                }
            }
        }
        deserializer.deserialize_any(Names)
    }
}

/// Reads a name by SQL's rules: unquoted words are folded, a quoted one is exact and may hold points.
pub(in crate::project) fn parse_name(text: &str) -> Option<Name> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (ident, after) = if let Some(quoted) = rest.strip_prefix('"') { exact(quoted)? } else { folded(rest)? };
        parts.push(ident);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() && parts.len() <= 3 => {
                return Some(Name { parts: parts.into(), span: Span::default() });
            }
            None => return None,
        }
    }
}

fn folded(text: &str) -> Option<(Ident, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let starts = word.starts_with(|c: char| !c.is_ascii_digit() && c != '$');
    starts.then(|| (Ident::folded(word), rest))
}

fn exact(quoted: &str) -> Option<(Ident, &str)> {
    let mut ident = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        ident.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                ident.push('"');
                rest = more;
            }
            None => return (!ident.is_empty()).then(|| (Ident::exact(&ident), rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_by_the_rules_of_sql() {
        let read = |text| parse_name(text).map(|name| name.to_string());
        assert_eq!(read("Orders").as_deref(), Some("orders"));
        assert_eq!(read("billing.\"Order \"\"x\"\".y\"").as_deref(), Some("billing.\"Order \"\"x\"\".y\""));
        assert_eq!(read("a b"), None);
        assert_eq!(read("\"\""), None);
        assert_eq!(read("1a"), None);
    }
}
