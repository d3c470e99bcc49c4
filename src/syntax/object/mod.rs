//! Parsers for the statements of the object family.

pub mod alter;
pub mod alter_object;
pub mod cast;
pub mod comment;
pub mod create;
pub mod database;
pub mod definition;
pub mod drop;
pub mod foreign;
pub mod function;
pub mod grant;
pub mod operator;
pub mod operator_class;
pub mod parameter;
pub mod policy;
pub mod publication;
pub mod reference;
pub mod role;
pub mod role_spec;
pub mod rule;
pub mod text_search;
pub mod trigger;

use super::cursor::{Cursor, Parsed};
use crate::statement::object::Statement;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    const FIRST: &[&str] = &["create", "alter", "drop", "grant", "revoke", "comment", "security", "reassign", "import"];
    let start = cursor.index();
    let Some(first) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    let found = match first {
        "create" => create::create(cursor)?,
        "alter" => alter::alter(cursor)?,
        "drop" => drop::drop(cursor)?,
        "grant" => Some(grant::grant(cursor)?),
        "revoke" => Some(grant::revoke(cursor)?),
        "comment" => Some(Statement::Comment(comment::comment(cursor)?.into())),
        "reassign" => Some(Statement::ReassignOwned(drop::reassign(cursor)?)),
        "import" => {
            cursor.expect_words(&["foreign", "schema"])?;
            Some(Statement::ImportSchema(foreign::import_schema(cursor)?.into()))
        }
        _ => {
            cursor.expect("label")?;
            Some(Statement::SecurityLabel(comment::security_label(cursor)?.into()))
        }
    };
    if found.is_none() {
        cursor.seek(start);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::source::Span;
    use crate::statement::Statement as AnyStatement;
    use crate::statement::object::Statement;
    use crate::syntax::lexer::{Lexeme, Lexer};
    use crate::syntax::parse;

    fn parsed(text: &str) -> Result<AnyStatement, String> {
        let mut lexer = Lexer::new(text, 0);
        let mut tokens = Vec::new();
        while let Some(lexeme) = lexer.next_lexeme() {
            if let Lexeme::Token(token) = lexeme {
                tokens.push(token);
            }
        }
        parse::statement(text, &tokens).map_err(|error| error.message)
    }

    fn object(text: &str) -> Statement {
        match parsed(text) {
            Ok(AnyStatement::Object(statement)) => *statement,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn at(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn parts_of_a_function_know_their_places() {
        let text = "CREATE FUNCTION f(größe int DEFAULT 1) RETURNS TABLE(b text) LANGUAGE sql AS $x$ SELECT 1 $x$";
        let Statement::CreateFunction(function) = object(text) else { panic!() };
        assert_eq!(at(text, function.parameters[0].span), "größe int DEFAULT 1");
        assert_eq!(at(text, function.source().unwrap().span), " SELECT 1 ");
        assert_eq!(function.language().as_deref(), Some("sql"));
    }

    #[test]
    fn statements_of_a_body_know_their_places() {
        use crate::statement::object::function::SqlBody;
        let text = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 'ü'; RETURN 2; END";
        let Statement::CreateFunction(function) = object(text) else { panic!() };
        let Some(SqlBody::Atomic(statements)) = function.body else { panic!() };
        let places: Vec<&str> = statements.iter().map(|statement| at(text, statement.span)).collect();
        assert_eq!(places, ["SELECT 'ü'", "RETURN 2"]);
    }

    #[test]
    fn each_dropped_object_knows_its_place() {
        let text = "DROP FUNCTION IF EXISTS a.f(int), g CASCADE";
        let Statement::Drop(drop) = object(text) else { panic!() };
        let places: Vec<&str> = drop.objects.iter().map(|object| at(text, object.span)).collect();
        assert_eq!(places, ["a.f(int)", "g"]);
    }

    #[test]
    fn tags_are_those_of_the_server() {
        for (text, tag) in [
            ("CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS ''", "CREATE PROCEDURE"),
            ("DROP TEXT SEARCH CONFIGURATION c", "DROP TEXT SEARCH CONFIGURATION"),
            ("ALTER GROUP g ADD USER u", "ALTER ROLE"),
            ("REVOKE r FROM u", "REVOKE ROLE"),
            ("REVOKE ALL ON t FROM u", "REVOKE"),
            ("ALTER FUNCTION f SET SCHEMA s", "ALTER FUNCTION"),
        ] {
            assert_eq!(object(text).tag(), tag, "{text}");
        }
    }

    #[test]
    fn what_the_server_refuses_is_refused() {
        for (text, message) in [
            (
                "CREATE OR REPLACE CONSTRAINT TRIGGER t AFTER INSERT ON r FOR EACH ROW EXECUTE FUNCTION f()",
                "a statement",
            ),
            ("CREATE CONSTRAINT TRIGGER t BEFORE INSERT ON r FOR EACH ROW EXECUTE FUNCTION f()", "AFTER"),
            ("CREATE TRIGGER t BEFORE INSERT OR INSERT ON r EXECUTE FUNCTION f()", "each event once"),
            ("GRANT SELECT (a), INSERT TO u", "ON"),
            ("GRANT SELECT ON t TO none", "a role"),
            ("DROP OPERATOR + (NONE, NONE)", "the type of an operand"),
            ("DROP TABLESPACE a CASCADE", "the end of the statement"),
            ("ALTER TRIGGER t ON r OWNER TO u", "an action"),
            ("ALTER GROUP g SUPERUSER", "DROP"),
            ("SECURITY LABEL ON POLICY p ON t IS 'x'", "can be labelled"),
            ("CREATE PUBLICATION p FOR a", "TABLE"),
            ("CREATE FUNCTION f() BEGIN ATOMIC CREATE FUNCTION g() BEGIN ATOMIC SELECT 1; END; END", "no body"),
        ] {
            let error = parsed(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
