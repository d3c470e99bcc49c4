//! Puts values in the place of parameters, as psql and a driver do.

use tenet::source::Span;
use tenet::syntax::lexer::tokens_of;
use tenet::syntax::token::TokenKind;

use super::database::literal;

/// What parameters stand for.
pub struct Values<'a> {
    /// The psql variable that names the tenant.
    pub parameter: &'a str,
    /// The numbered parameter that names the tenant.
    pub number: &'a str,
    /// The tenant.
    pub tenant: Option<&'a str>,
    /// The value of every other numbered parameter.
    pub other: &'a str,
}

/// Returns the numbered parameter that names the tenant: the one that is proved to, or the first.
pub fn number_of(designator: Option<&str>) -> &str {
    match designator {
        Some(number) if number.starts_with('$') => number,
        // `$1` is anything where the tenant is named in another way.
        Some(_) => "",
        None => "$1",
    }
}

/// Puts values in the place of parameters.
pub fn bind(text: &str, values: &Values<'_>) -> String {
    let Values { parameter, number, tenant, other } = *values;
    let mut bound = String::new();
    let mut end = 0;
    for token in tokens_of(text, Span::new(0, text.len() as u32)) {
        let written = &text[token.span.range()];
        let value = match token.kind {
            TokenKind::Parameter if written == number => literal(tenant),
            TokenKind::Parameter => literal(Some(other)),
            TokenKind::PsqlVariable if written == format!(":'{parameter}'") => literal(tenant),
            TokenKind::PsqlVariable if written == format!(":{parameter}") => tenant.unwrap_or("NULL").to_owned(),
            _ => continue,
        };
        bound.push_str(&text[end..token.span.start as usize]);
        bound.push_str(&value);
        end = token.span.end as usize;
    }
    bound.push_str(&text[end..]);
    bound
}
