//! What programs write: bodies of functions, of triggers and of DO blocks.

use super::reach::Walk;
use crate::catalog::{Class, Definition};
use crate::pg::{Name, function};
use crate::procedure::{ExpressionKind, Part, Procedure, SqlKind, StatementKind};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::{Attribute, BodyStatementKind, CreateFunction, Source, SqlBody, Volatility};
use crate::statement::session::source_text::SourceText;
use crate::syntax::program::READER;

impl Walk<'_> {
    /// Follows a call.
    pub(super) fn call(&mut self, name: &Name) {
        let found = self.catalog.objects_named(Class::Routine, name);
        if found.is_empty() {
            let own = name.schema().is_none_or(|schema| *schema == "pg_catalog");
            let word = name.last().as_str();
            if !(own && function::may_be_builtin(word) || function::is_of_extension(word)) {
                self.everything = true;
            }
            return;
        }
        let routines: Vec<CreateFunction> = found
            .iter()
            .filter_map(|object| match &object.definition {
                Definition::Statement(statement) => match &**statement {
                    Statement::Object(object) => match &**object {
                        Object::CreateFunction(create) => Some((**create).clone()),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            })
            .collect();
        self.everything |= routines.len() < found.len();
        for routine in routines {
            self.routine(&routine);
        }
    }

    fn routine(&mut self, routine: &CreateFunction) {
        // A function that is declared to change nothing is kept from it by PostgreSQL.
        let changes_nothing = |attribute: &Attribute| {
            matches!(attribute, Attribute::Volatility(Volatility::Immutable | Volatility::Stable))
        };
        if routine.attributes.iter().any(changes_nothing) || !self.enter(&routine.name) {
            return;
        }
        if let Some(body) = &routine.body {
            return self.sql_body(body);
        }
        let source = routine.attributes.iter().find_map(|attribute| match attribute {
            Attribute::As(Source::Text(source)) => Some(source),
            _ => None,
        });
        let language = routine.attributes.iter().find_map(|attribute| match attribute {
            Attribute::Language(language) => Some(language.to_ascii_lowercase()),
            _ => None,
        });
        match (source, language.as_deref()) {
            (Some(source), Some("plpgsql")) => self.source(source),
            (Some(source), Some("sql")) => match (READER.script)(&source.text) {
                Some(statements) => statements.iter().for_each(|statement| self.inner(statement)),
                None => self.everything = true,
            },
            _ => self.everything = true,
        }
    }

    fn sql_body(&mut self, body: &SqlBody) {
        match body {
            SqlBody::Return(expr) => self.expr(expr),
            SqlBody::Atomic(statements) => {
                for statement in statements {
                    match &statement.kind {
                        BodyStatementKind::Statement(inner) => self.inner(inner),
                        BodyStatementKind::Return(expr) => self.expr(expr),
                    }
                }
            }
        }
    }

    /// Follows a PL/pgSQL text.
    pub(super) fn source(&mut self, source: &SourceText) {
        match (READER.procedure)(source) {
            Some(procedure) => self.procedure(&procedure),
            None => self.everything = true,
        }
    }

    fn procedure(&mut self, procedure: &Procedure) {
        for part in procedure.parts() {
            match part {
                Part::Sql(sql) => match &sql.kind {
                    SqlKind::Statement(inner) => self.inner(inner),
                    SqlKind::Opaque(_) => self.everything = true,
                },
                Part::Expression(found) | Part::Perform(found) => match &found.kind {
                    ExpressionKind::Scalar(expr) => self.expr(expr),
                    ExpressionKind::Query(query) => self.query(query),
                    ExpressionKind::Opaque(_) => self.everything = true,
                },
                Part::Command(_) | Part::Opaque(_) => self.everything = true,
                Part::Statement(found) if matches!(found.kind, StatementKind::Transaction { .. }) => self.ends(),
                Part::Block(_) | Part::Declaration(_) | Part::Statement(_) | Part::Target(_) => {}
            }
        }
    }
}
