//! Identifiers and qualified names, as PostgreSQL stores them.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use smallvec::SmallVec;

use super::interned::interned;
use super::keyword::{self, Category};
use crate::source::Span;

/// The longest identifier, in bytes: PostgreSQL silently cuts the rest off (`NAMEDATALEN - 1`).
pub const MAX_BYTES: usize = 63;

/// An identifier after case folding and truncation: what the catalog would hold.
///
/// Displays as SQL, quoted when it must be. Models, catalogs and proofs are full of them, so every text is held once: the
/// same text is the same address.
#[derive(Clone, Debug)]
pub struct Ident(&'static str);

impl PartialEq for Ident {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Ident {}

impl PartialOrd for Ident {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ident {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl Hash for Ident {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As its text does, by which maps are asked, too.
        self.0.hash(state);
    }
}

impl Ident {
    /// Makes an identifier from an unquoted word: ASCII letters are folded to lower case.
    pub fn folded(word: &str) -> Self {
        let word = truncate(word);
        // Most words are written as they are stored.
        if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Ident(interned(&word.to_ascii_lowercase()))
        } else {
            Ident(interned(word))
        }
    }

    /// Makes an identifier from the text between double quotes, doubled quotes already undone.
    pub fn exact(text: &str) -> Self {
        Ident(interned(truncate(text)))
    }

    /// Returns the text as the catalog holds it, without quotes.
    #[inline]
    pub fn as_str(&self) -> &str {
        self.0
    }

    fn is_plain(&self) -> bool {
        let mut bytes = self.0.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'$');
        first && rest && matches!(keyword::category(self.0), None | Some(Category::Unreserved))
    }
}

/// Cuts at [`MAX_BYTES`], never inside a character.
fn truncate(text: &str) -> &str {
    if text.len() <= MAX_BYTES {
        return text;
    }
    let end = (0..=MAX_BYTES).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}

impl Borrow<str> for Ident {
    #[inline]
    fn borrow(&self) -> &str {
        self.0
    }
}

impl From<&str> for Ident {
    fn from(text: &str) -> Self {
        Ident::exact(text)
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// The identifiers of a name, outermost first. Hardly any has more than two.
pub type Parts = SmallVec<[Ident; 2]>;

/// A possibly qualified name: `name`, `schema.name` or `database.schema.name`.
///
/// Equality and order look at the identifiers, never at the place.
#[derive(Clone, Debug)]
pub struct Name {
    /// The identifiers, outermost first; never empty.
    pub parts: Parts,
    /// Where it stands in its file.
    pub span: Span,
}

impl Name {
    /// Makes an unqualified name.
    pub fn simple(ident: Ident, span: Span) -> Self {
        Name { parts: [ident].into_iter().collect(), span }
    }

    /// Reads a name from the text that casts to `regclass` and its kin take: `public."Order_id_seq"`.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = Parts::new();
        let mut rest = text.trim();
        loop {
            let (part, behind) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_part(quoted)?,
                None => {
                    let end = rest.find(['.', '"', ' ']).unwrap_or(rest.len());
                    (Ident::folded(&rest[..end]), &rest[end..])
                }
            };
            if part.as_str().is_empty() {
                return None;
            }
            parts.push(part);
            match behind.strip_prefix('.') {
                Some(next) => rest = next,
                None => return behind.is_empty().then_some(Name { parts, span: Span::default() }),
            }
        }
    }

    /// Returns the name of another thing in the same schema, written as this one is.
    #[must_use]
    pub fn beside(&self, other: &Ident) -> Self {
        let mut parts = self.parts.clone();
        parts.pop();
        parts.push(other.clone());
        Name { parts, span: self.span }
    }

    /// Returns the name of what has this one's in a schema.
    #[must_use]
    pub fn within(&self, schema: &Ident) -> Self {
        Name { parts: [schema.clone(), self.last().clone()].into(), span: self.span }
    }

    /// Returns the last identifier: the object's own name.
    #[inline]
    pub fn last(&self) -> &Ident {
        self.parts.last().expect("a name has at least one part")
    }

    /// Returns the schema when it is written.
    #[inline]
    pub fn schema(&self) -> Option<&Ident> {
        self.parts.len().checked_sub(2).and_then(|at| self.parts.get(at))
    }

    /// Returns the same name with another last identifier.
    #[must_use]
    pub fn with_last(&self, last: Ident) -> Self {
        let mut name = self.clone();
        name.parts.pop();
        name.parts.push(last);
        name
    }

    /// Returns the object's own name in a schema.
    #[must_use]
    pub fn with_schema(&self, schema: Ident) -> Self {
        Name { parts: [schema, self.last().clone()].into(), span: self.span }
    }
}

/// Reads up to the closing quote; returns the identifier and what stands behind it.
fn quoted_part(quoted: &str) -> Option<(Ident, &str)> {
    let mut from = 0;
    loop {
        let end = from + quoted[from..].find('"')?;
        let behind = &quoted[end + 1..];
        if !behind.starts_with('"') {
            return Some((Ident::exact(&quoted[..end].replace("\"\"", "\"")), behind));
        }
        from = end + 2;
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts.cmp(&other.parts)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_and_truncation_follow_the_server() {
        assert_eq!(Ident::folded("TenantÄ").as_str(), "tenantÄ");
        let long = "ä".repeat(40);
        assert_eq!(Ident::exact(&long).as_str().len(), 62, "63 bytes would cut a character in two");
    }

    #[test]
    fn names_are_read_from_text() {
        let read = |text: &str| Name::from_text(text).map(|name| name.to_string());
        assert_eq!(read("Public.Orders").as_deref(), Some("public.orders"));
        assert_eq!(read("a.\"B\"\"c.d\"").as_deref(), Some("a.\"B\"\"c.d\""));
        assert_eq!(read("12 monkeys"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn quotes_where_needed() {
        assert_eq!(Ident::folded("orders").to_string(), "orders");
        assert_eq!(Ident::exact("Order\"s").to_string(), "\"Order\"\"s\"");
        assert_eq!(Ident::exact("select").to_string(), "\"select\"");
        assert_eq!(Ident::exact("left").to_string(), "\"left\"");
    }
}
