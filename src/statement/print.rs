//! Adapters from parts of a statement to SQL text, shared by the `Display` of all statements.

use std::fmt;

pub(crate) use crate::query::{Quoted, comma};

use crate::pg::Ident;
use crate::pg::keyword;

/// Items with commas between.
pub(crate) struct Comma<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Comma<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        comma(f, self.0)
    }
}

/// A lead and a list in parentheses behind it, or nothing for an empty list.
pub(crate) struct InParens<'a, T>(pub &'static str, pub &'a [T]);

impl<T: fmt::Display> fmt::Display for InParens<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.is_empty() { Ok(()) } else { write!(f, "{}({})", self.0, Comma(self.1)) }
    }
}

/// A lead and a list behind it, or nothing for an empty list.
pub(crate) struct Clause<'a, T>(pub &'static str, pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Clause<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.is_empty() { Ok(()) } else { write!(f, "{}{}", self.0, Comma(self.1)) }
    }
}

/// Items without anything between them; each is written behind a space.
pub(crate) struct Spaced<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Spaced<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|item| write!(f, " {item}"))
    }
}

/// A lead and a value behind it, or nothing.
pub(crate) struct Lead<'a, T>(pub &'static str, pub &'a Option<T>);

impl<T: fmt::Display> fmt::Display for Lead<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.as_ref().map_or(Ok(()), |value| write!(f, "{}{value}", self.0))
    }
}

/// Words that are written only when the condition holds.
pub(crate) struct When(pub bool, pub &'static str);

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { self.1 } else { "" })
    }
}

/// A name in a place where any key word may stand unquoted.
pub(crate) struct Label<'a>(pub &'a Ident);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match keyword::category(self.0.as_str()) {
            Some(_) => f.write_str(self.0.as_str()),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Text in a place for a word or a string: bare when it reads the same.
pub(crate) struct Word<'a>(pub &'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = Label(&Ident::exact(self.0)).to_string();
        let reserved = keyword::category(self.0) == Some(keyword::Category::Reserved);
        if bare == self.0 && !reserved { f.write_str(self.0) } else { write!(f, "{}", Quoted(self.0)) }
    }
}

/// A string literal, or nothing, behind a lead.
pub(crate) struct Text<'a>(pub &'static str, pub &'a Option<String>);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.as_ref().map_or(Ok(()), |text| write!(f, "{}{}", self.0, Quoted(text)))
    }
}

/// String literals with commas between.
pub(crate) struct Strings<'a>(pub &'a [String]);

impl fmt::Display for Strings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<Quoted<'_>> = self.0.iter().map(|text| Quoted(text)).collect();
        comma(f, &quoted)
    }
}

/// Text between dollar quotes whose tag does not occur in it.
pub(crate) struct DollarQuoted<'a>(pub &'a str);

impl fmt::Display for DollarQuoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        // A lone `$` at the end would join the closing tag, so the tag is looked for without its last character.
        if !text.contains('$') {
            return write!(f, "$${text}$$");
        }
        let mut tag = String::from("$body");
        while text.contains(&tag) {
            tag.push('_');
        }
        write!(f, "{tag}${text}{tag}$")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_quotes_never_end_early() {
        assert_eq!(DollarQuoted("a").to_string(), "$$a$$");
        assert_eq!(DollarQuoted("a$").to_string(), "$body$a$$body$");
        assert_eq!(DollarQuoted("$body").to_string(), "$body_$$body$body_$");
    }

    #[test]
    fn labels_keep_key_words_bare() {
        assert_eq!(Label(&Ident::exact("analyze")).to_string(), "analyze");
        assert_eq!(Label(&Ident::exact("Odd")).to_string(), "\"Odd\"");
    }
}
