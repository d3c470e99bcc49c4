//! Text to model: scripts are split, tokens gated, statements parsed and lowered.

pub mod cursor;
pub mod data;
pub mod directive;
pub mod expression;
pub mod lexer;
pub mod marker;
pub mod object;
pub mod parse;
pub mod plpgsql;
pub mod program;
pub mod read;
pub mod relation;
pub mod script;
pub mod session;
pub mod token;
pub mod type_name;
pub mod words;
