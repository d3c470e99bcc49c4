//! The symbols of PostgreSQL's own operators.
//!
//! Source: `pg_operator` of PostgreSQL 15.

/// The symbols, in the order of their bytes.
#[rustfmt::skip]
const SYMBOLS: &[&str] = &[
    "!!", "!~", "!~*", "!~~", "!~~*", "#", "##", "#-", "#>", "#>>", "%", "&", "&&", "&<", "&<|", "&>", "*", "*<",
    "*<=", "*<>", "*=", "*>", "*>=", "+", "-", "->", "->>", "-|-", "/", "<", "<->", "<<", "<<=", "<<|", "<=", "<>",
    "<@", "<^", "=", ">", ">=", ">>", ">>=", ">^", "?", "?#", "?&", "?-", "?-|", "?|", "?||", "@", "@-@", "@>", "@?",
    "@@", "@@@", "^", "^@", "|", "|&>", "|/", "|>>", "||", "||/", "~", "~*", "~<=~", "~<~", "~=", "~>=~", "~>~",
    "~~", "~~*",
];

/// The symbols that SQL uses without writing them, as `=` in `IN` and `~~` in `LIKE`.
const IMPLIED: &[&str] = &["=", "<>", "<", "<=", ">", ">=", "~", "!~", "~~", "!~~", "~~*", "!~~*"];

/// Says whether PostgreSQL has an operator with this symbol.
pub fn is_builtin(symbol: &str) -> bool {
    SYMBOLS.binary_search(&symbol).is_ok()
}

/// Says whether an operator with this symbol may run where none is written.
pub fn is_implied(symbol: &str) -> bool {
    IMPLIED.contains(&symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbols_are_sorted_and_hold_those_that_are_implied() {
        assert!(SYMBOLS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(IMPLIED.iter().all(|symbol| is_builtin(symbol)) && !is_builtin("+++"));
    }
}
