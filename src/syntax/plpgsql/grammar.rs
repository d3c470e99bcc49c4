//! The grammar of PL/pgSQL's structure.

use pest_derive::Parser;

/// The parser that is made of the grammar.
#[derive(Parser)]
#[grammar = "grammar/plpgsql.pest"]
pub(super) struct Grammar;
