//! Tokens: what PostgreSQL's lexer sees, plus what psql and template engines put between.

use std::borrow::Cow;

use crate::pg::Ident;
use crate::query::Parameter;
use crate::source::Span;

/// A token of a script. Its text is `span` in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted word: an identifier or a key word.
    Word,
    /// `"…"`.
    QuotedIdent,
    /// `U&"…"`.
    UnicodeIdent,
    /// `'…'`; also several, when a line break stands between.
    String,
    /// `E'…'`.
    EscapeString,
    /// `U&'…'`.
    UnicodeString,
    /// `N'…'`.
    NationalString,
    /// `B'…'`.
    BitString,
    /// `X'…'`.
    HexString,
    /// `$tag$…$tag$`.
    DollarString,
    /// Digits, with or without a point, an exponent, a base.
    Number,
    /// `$1`.
    Parameter,
    /// `:name`, `:'name'`, `:"name"`, `:{?name}`.
    PsqlVariable,
    /// `{{ … }}`, `${…}`, `<%= … %>`, `{% … %}`: text that another program replaces before PostgreSQL sees it.
    Template,
    /// An operator of PostgreSQL's operator characters.
    Operator,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `(`.
    LeftParen,
    /// `)`.
    RightParen,
    /// `[`.
    LeftBracket,
    /// `]`.
    RightBracket,
    /// `.`.
    Dot,
    /// `..`.
    DotDot,
    /// `:`.
    Colon,
    /// `::`.
    DoubleColon,
    /// `:=`.
    ColonEquals,
    /// A character or an unterminated token that PostgreSQL refuses.
    Invalid,
}

/// Why a token's value cannot be read.
pub type ValueError = &'static str;

/// Returns the identifier that a word or quoted token names.
///
/// # Errors
///
/// Says what is wrong with a Unicode escape, or that the token is no identifier.
pub fn ident(kind: TokenKind, text: &str) -> Result<Ident, ValueError> {
    match kind {
        TokenKind::Word => Ok(Ident::folded(text)),
        TokenKind::QuotedIdent => match undouble(inner(text, 1), "\"\"", "\"") {
            text if text.is_empty() => Err("a quoted identifier of no length"),
            text => Ok(Ident::exact(&text)),
        },
        TokenKind::UnicodeIdent => Ok(Ident::exact(&unicode_escapes(&undouble(inner(text, 3), "\"\"", "\""))?)),
        // Whatever replaces it, the same placeholder names the same object.
        TokenKind::Template | TokenKind::PsqlVariable => Ok(Ident::exact(text)),
        _ => Err("not an identifier"),
    }
}

/// Returns the value of a string token of any quoting form.
///
/// # Errors
///
/// Says what is wrong with an escape, or that the token is no string.
pub fn string(kind: TokenKind, text: &str) -> Result<Cow<'_, str>, ValueError> {
    match kind {
        TokenKind::String => Ok(plain(text)),
        TokenKind::NationalString | TokenKind::BitString | TokenKind::HexString => Ok(plain(&text[1..])),
        TokenKind::EscapeString => backslash_escapes(inner(text, 2)).map(Cow::Owned),
        TokenKind::UnicodeString => unicode_escapes(&plain(&text[2..])).map(Cow::Owned),
        TokenKind::DollarString => {
            let tag = text[1..].find('$').map_or(text.len(), |at| at + 2);
            Ok(Cow::Borrowed(text.get(tag..text.len().saturating_sub(tag)).unwrap_or("")))
        }
        _ => Err("not a string"),
    }
}

/// Returns what a parameter or psql variable stands for.
pub fn parameter(text: &str) -> Option<Parameter> {
    if let Some(number) = text.strip_prefix('$') {
        return number.parse().ok().map(Parameter::Number);
    }
    let name = text.strip_prefix(':')?;
    match name.as_bytes().first()? {
        b'\'' => Some(Parameter::Quoted(inner(name, 1).into())),
        b'"' => Some(Parameter::Identifier(inner(name, 1).into())),
        b'{' => None,
        _ => Some(Parameter::Raw(name.into())),
    }
}

/// The text without `start` bytes at its front and one at its end.
fn inner(text: &str, start: usize) -> &str {
    text.get(start..text.len().saturating_sub(1)).unwrap_or("")
}

fn undouble<'a>(text: &'a str, doubled: &str, single: &str) -> Cow<'a, str> {
    if text.contains(doubled) { Cow::Owned(text.replace(doubled, single)) } else { Cow::Borrowed(text) }
}

/// Joins the pieces of a string that is continued on further lines, and undoes doubled quotes.
fn plain(text: &str) -> Cow<'_, str> {
    let whole = inner(text, 1);
    if !whole.contains('\'') {
        return Cow::Borrowed(whole);
    }
    let mut value = String::with_capacity(whole.len());
    let mut rest = whole;
    while let Some(at) = rest.find('\'') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            // The end of a piece: white space and comments follow up to the next one's quote.
            None => rest = next_piece(rest),
        }
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// Skips white space and line comments, and the quote that opens the next piece.
fn next_piece(text: &str) -> &str {
    let rest = text.trim_start();
    match rest.strip_prefix("--") {
        Some(comment) => next_piece(comment.find(['\n', '\r']).map_or("", |end| &comment[end..])),
        None => rest.get(1..).unwrap_or(""),
    }
}

fn backslash_escapes(text: &str) -> Result<String, ValueError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\'']) {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        if rest.as_bytes()[at] == b'\'' {
            rest = match escape.strip_prefix('\'') {
                Some(after) => {
                    bytes.push(b'\'');
                    after
                }
                None => next_piece(escape),
            };
            continue;
        }
        let first = escape.chars().next().ok_or("a backslash at the end of an escape string")?;
        let after = &escape[first.len_utf8()..];
        let taken = match first {
            'b' => push(&mut bytes, 8),
            'f' => push(&mut bytes, 12),
            'n' => push(&mut bytes, b'\n'),
            'r' => push(&mut bytes, b'\r'),
            't' => push(&mut bytes, b'\t'),
            'v' => push(&mut bytes, 11),
            'x' if digits(after, 16, 2) > 0 => {
                let length = digits(after, 16, 2);
                bytes.push(u8::from_str_radix(&after[..length], 16).map_err(|_| "a bad hexadecimal escape")?);
                length
            }
            '0'..='7' => {
                let length = digits(escape, 8, 3);
                let value = u32::from_str_radix(&escape[..length], 8).map_err(|_| "a bad octal escape")?;
                bytes.push((value & 0xff) as u8);
                length - 1
            }
            // It was read behind the backslash, and so far only its first character is taken.
            'u' | 'U' => push_unicode(&mut bytes, escape, lettered)? - 1,
            other => {
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                0
            }
        };
        rest = &after[taken..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| "an escape string that is no valid UTF-8")
}

fn push(bytes: &mut Vec<u8>, byte: u8) -> usize {
    bytes.push(byte);
    0
}

fn digits(text: &str, radix: u32, most: usize) -> usize {
    text.chars().take(most).take_while(|c| c.is_digit(radix)).count()
}

const BAD_UNICODE: ValueError = "a bad Unicode escape";

/// Reads the code of an escape behind its backslash, and returns how much it took.
type Code = fn(&str) -> Option<(u32, usize)>;

/// `uXXXX` or `UXXXXXXXX`.
fn lettered(text: &str) -> Option<(u32, usize)> {
    match text.as_bytes().first()? {
        b'u' => hexadecimal(&text[1..], 4).map(|code| (code, 5)),
        b'U' => hexadecimal(&text[1..], 8).map(|code| (code, 9)),
        _ => None,
    }
}

/// `XXXX` or `+XXXXXX`.
fn bare(text: &str) -> Option<(u32, usize)> {
    match text.strip_prefix('+') {
        Some(text) => hexadecimal(text, 6).map(|code| (code, 7)),
        None => hexadecimal(text, 4).map(|code| (code, 4)),
    }
}

fn hexadecimal(text: &str, width: usize) -> Option<u32> {
    let is_whole = digits(text, 16, width) == width;
    is_whole.then(|| u32::from_str_radix(&text[..width], 16).ok())?
}

/// Decodes an escape behind its backslash, a surrogate pair as one character, and returns how much it took.
fn push_unicode(bytes: &mut Vec<u8>, text: &str, code: Code) -> Result<usize, ValueError> {
    let (mut value, mut taken) = code(text).ok_or(BAD_UNICODE)?;
    if (0xD800..0xDC00).contains(&value) {
        let second = text[taken..].strip_prefix('\\').and_then(code);
        let (low, width) = second.filter(|(low, _)| (0xDC00..0xE000).contains(low)).ok_or(BAD_UNICODE)?;
        value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
        taken += 1 + width;
    }
    let character = char::from_u32(value).filter(|c| *c != '\0').ok_or(BAD_UNICODE)?;
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(taken)
}

/// Decodes `\XXXX` and `\+XXXXXX`. The escape character is the backslash: `UESCAPE` is refused by the gate.
fn unicode_escapes(text: &str) -> Result<String, ValueError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(after) = after.strip_prefix('\\') {
            bytes.push(b'\\');
            after
        } else {
            let taken = push_unicode(&mut bytes, after, bare)?;
            &after[taken..]
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| BAD_UNICODE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_server() {
        assert_eq!(string(TokenKind::String, "'a''''b'").unwrap(), "a''b");
        assert_eq!(string(TokenKind::String, "'a'\n  'b'").unwrap(), "ab");
        assert_eq!(string(TokenKind::String, "'a' -- it's\n 'b''c'").unwrap(), "ab'c");
        assert_eq!(string(TokenKind::EscapeString, r"E'\x41\102\n\u00e4\\'").unwrap(), "AB\nä\\");
        assert_eq!(string(TokenKind::EscapeString, "E'a\\'b''c'\n'd'").unwrap(), "a'b'cd");
        assert_eq!(string(TokenKind::EscapeString, r"E'\uD83D\uDE00'").unwrap(), "😀");
        assert_eq!(string(TokenKind::UnicodeString, r"U&'d\0061t\+000061'").unwrap(), "data");
        assert_eq!(string(TokenKind::UnicodeString, r"U&'\d83d\+00de00'").unwrap(), "😀");
        for wrong in [r"E'\uD800\UFFFFFFFF'", r"E'\uDC00'", r"E'\uD83D\u0041'", r"E'\u00e'"] {
            assert!(string(TokenKind::EscapeString, wrong).is_err(), "{wrong}");
        }
        for wrong in [r"U&'\++00061'", r"U&'\d83d'", r"U&'\+11FFFF'", r"U&'\006'"] {
            assert!(string(TokenKind::UnicodeString, wrong).is_err(), "{wrong}");
        }
        assert_eq!(string(TokenKind::DollarString, "$q$a'b$q$").unwrap(), "a'b");
        assert_eq!(ident(TokenKind::QuotedIdent, "\"A\"\"b\"").unwrap().as_str(), "A\"b");
        assert_eq!(parameter(":'tenant_id'"), Some(Parameter::Quoted("tenant_id".into())));
    }
}
