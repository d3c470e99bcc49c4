//! How replay reads the texts within programs: bodies, and commands that are put together when they run.

use super::{plpgsql, read};
use crate::procedure::Procedure;
use crate::replay::Reader;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::session::source_text::SourceText;

/// The reader of programs.
pub const READER: Reader = Reader { procedure, script };

fn procedure(source: &SourceText) -> Option<Procedure> {
    let end = u32::try_from(source.text.len()).ok()?;
    plpgsql::plpgsql_body(&source.text, Span::new(0, end)).ok()
}

fn script(text: &str) -> Option<Vec<Statement>> {
    read::script(text).statements.into_iter().map(|statement| statement.outcome.ok()).collect()
}
