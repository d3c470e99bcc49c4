//! Hostile input never aborts the process: it is read and judged, or refused with a place, and `unprovable` at worst.

use std::path::PathBuf;

use tenet::check;
use tenet::finding::FileId;
use tenet::pg::Ident;
use tenet::project::Project;
use tenet::settings::Settings;
use tenet::source::SourceFile;
use tenet::syntax::parse;
use tenet::syntax::script::Script;
use tenet::verdict::Scope;

/// Reads a text as `check` does, on a stack as large as its threads have.
fn outcome(text: String) -> Result<String, String> {
    let work = move || {
        let script = Script::split(&text);
        let piece = script.pieces.first().ok_or("no statement")?;
        let parsed = parse::statement(&text, script.tokens_of(piece));
        parsed.map(|statement| statement.to_string()).map_err(|error| error.message)
    };
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(work).expect("a thread starts");
    thread.join().expect("the parser does not panic")
}

#[test]
fn a_hundred_thousand_operators_are_refused() {
    let chain = |operator: &str, count: usize| format!("SELECT a{}", format!(" {operator} a").repeat(count));
    for operator in ["OR", "AND", "||", "+", "UNION SELECT", "IS NULL AND"] {
        assert_eq!(outcome(chain(operator, 2_000)).err(), None, "{operator}");
        assert!(outcome(chain(operator, 100_000)).is_err(), "{operator}");
    }
    assert!(outcome(format!("SELECT a{}", "::text".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {} a", "NOT ".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {} a", "- ".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {}a{}", "CASE WHEN ".repeat(50_000), " THEN 1 END".repeat(50_000))).is_err());
}

#[test]
fn ten_thousand_parentheses_are_refused() {
    let nested =
        |open: &str, close: &str, count: usize| format!("SELECT {}1{}", open.repeat(count), close.repeat(count));
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("(SELECT ", ")"), ("ARRAY[", "]"), ("(SELECT * FROM (SELECT ", ") x)")]
    {
        assert!(outcome(nested(open, close, 50)).is_ok(), "{open}");
        assert!(outcome(nested(open, close, 10_000)).is_err(), "{open}");
    }
    let joins = format!("SELECT * FROM {}t{}", "(".repeat(90), " JOIN u ON true)".repeat(90));
    assert!(outcome(joins).is_ok());
    let mixed = format!("SELECT * FROM {}t{}", "((SELECT * FROM ".repeat(60), ") AS a JOIN u ON true)".repeat(60));
    assert!(outcome(mixed).is_ok(), "and in no time");
}

#[test]
fn long_lists_and_literals_are_read() {
    let values = |row: &str, rows: usize| format!("INSERT INTO t (a, b) VALUES {}", vec![row; rows].join(", "));
    assert!(outcome(values("(-1, 'x'::text)", 20_000)).is_ok());
    assert!(outcome(format!("SELECT a IN ({})", vec!["'1'::int"; 20_000].join(", "))).is_ok());
    assert!(outcome(format!("SELECT '{}'", "x".repeat(8 << 20))).is_ok());
    assert!(outcome(format!("SELECT $a${}$a$", "'$".repeat(1 << 20))).is_ok());
}

#[test]
fn unclosed_text_costs_linear_time() {
    let script = Script::split(&"$a$;\n$b$;\n'".repeat(200_000));
    assert!(!script.pieces.is_empty());
    let script = Script::split(&"(;\n".repeat(200_000));
    assert!(script.pieces.len() > 100_000, "each semicolon still ends a statement");
}

/// The verdict on the last statement of a script, whose tables are there.
fn verdict(text: &str) -> Scope {
    let schema = "CREATE TABLE tenants (id uuid PRIMARY KEY);
        CREATE TABLE t (tenant_id uuid NOT NULL REFERENCES tenants (id), id bigint NOT NULL, a int, b int, c int, f boolean,
            PRIMARY KEY (tenant_id, id));\n";
    let mut settings = Settings::default();
    settings.tenancy.tenant_columns = vec![Ident::exact("tenant_id")];
    settings.tenancy.session = Some("current_setting('app.tenant_id')::uuid".to_owned());
    let project = Project {
        root: PathBuf::new(),
        settings,
        files: vec![SourceFile::new("hostile.sql", format!("{schema}{text}"))],
        paths: vec![PathBuf::new()],
        schema: Vec::new(),
        histories: Vec::new(),
        loose: vec![FileId(0)],
        selected: vec![FileId(0)],
        findings: Vec::new(),
    };
    let work = move || check::run(&project, &project.selected).statements.last().map(|entry| entry.scope);
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(work).expect("a thread starts");
    thread.join().expect("the proof does not panic").expect("there is a statement")
}

/// Text that is made for each number below a count.
fn many(count: usize, separator: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(separator)
}

const OWN: &str = "tenant_id = :'tenant_id'";

#[test]
fn long_conditions_on_tenants_rows_come_to_an_end() {
    let update = |condition: &str| verdict(&format!("UPDATE t SET a = 1 WHERE {condition};"));
    assert_eq!(update(&format!("{OWN} AND ({})", many(2_000, " OR ", |at| format!("a = {at}")))), Scope::Scoped);
    assert_eq!(update(&format!("{OWN} AND a IN ({})", many(50_000, ", ", |at| at.to_string()))), Scope::Scoped);
    assert_eq!(update(&many(100_000, " OR ", |at| format!("a = {at}"))), Scope::Unprovable);
    assert_eq!(update(&format!("{OWN} OR {}", many(100_000, " OR ", |at| format!("a = {at}")))), Scope::Unprovable);
    let pairs = many(2_000, " AND ", |at| format!("(a = {at} OR b = {at} OR a = c AND b = c)"));
    assert_ne!(update(&pairs), Scope::Scoped);
    assert_ne!(update(&many(2_000, " OR ", |at| format!("({OWN} AND a = {at})"))), Scope::Unscoped);
    let arrays = many(4_000, ", ", |at| format!("'{at}'"));
    assert_ne!(update(&format!("ARRAY[a, {arrays}] <@ ARRAY[{arrays}]")), Scope::Scoped);
}

#[test]
fn nested_conditions_on_tenants_rows_come_to_an_end() {
    let nested = |open: &str, inner: &str, close: &str, count: usize| {
        verdict(&format!("DELETE FROM t WHERE {}{inner}{};", open.repeat(count), close.repeat(count)))
    };
    for (open, close) in [
        ("COALESCE(", ", f)"),
        ("(", " IS NOT TRUE)"),
        ("(", " IS NOT FALSE)"),
        ("NOT COALESCE(", " IS NOT UNKNOWN, f)"),
        ("CASE WHEN f THEN ", " ELSE f END"),
        ("CASE WHEN ", " THEN f ELSE NOT f END"),
        ("EXISTS (SELECT 1 FROM t u WHERE u.tenant_id = t.tenant_id AND ", ")"),
        ("t.id IN (SELECT id FROM t WHERE ", ")"),
    ] {
        assert_ne!(nested(open, "f", close, 60), Scope::Scoped, "{open}");
        assert_eq!(nested(open, "f", close, 10_000), Scope::Unprovable, "{open}");
    }
    assert_eq!(nested("(", OWN, ")", 10_000), Scope::Unprovable);
}

#[test]
fn statements_of_many_parts_come_to_an_end() {
    let chain = |count: usize, part: &dyn Fn(usize) -> String| {
        let ctes = many(count, ", ", |at| format!("c{} AS ({})", at + 1, part(at)));
        verdict(&format!("WITH c0 AS (SELECT * FROM t), {ctes} SELECT * FROM c{count} WHERE {OWN};"))
    };
    assert_eq!(chain(40, &|at| format!("SELECT * FROM c{at}")), Scope::Scoped);
    assert_eq!(chain(2_000, &|at| format!("SELECT * FROM c{at}")), Scope::Unprovable);
    assert_eq!(chain(2_000, &|at| format!("SELECT x.* FROM c{at} x JOIN c{at} USING (tenant_id)")), Scope::Unprovable);
    let joins = |count: usize, kind: &str, condition: &dyn Fn(usize) -> String| {
        let joins = many(count, " ", |at| format!("{kind} JOIN t t{at} {}", condition(at)));
        verdict(&format!("SELECT 1 FROM t {joins} WHERE t.{OWN};"))
    };
    assert_eq!(joins(40, "", &|at| format!("ON t{at}.tenant_id = t.tenant_id")), Scope::Scoped);
    for kind in ["", "LEFT", "FULL", "NATURAL"] {
        let on =
            |at: usize| if kind == "NATURAL" { String::new() } else { format!("ON t{at}.tenant_id = t.tenant_id") };
        assert_ne!(joins(150, kind, &on), Scope::Aligned, "{kind}");
        assert_eq!(joins(5_000, kind, &on), Scope::Unprovable, "{kind}");
    }
    assert_eq!(joins(5_000, "LEFT", &|_| "USING (tenant_id)".into()), Scope::Unprovable);
    assert_eq!(verdict(&many(5_000, " UNION ALL ", |_| format!("SELECT id FROM t WHERE {OWN}"))), Scope::Unprovable);
    let views = many(2_000, "\n", |at| format!("CREATE VIEW v{} AS SELECT * FROM v{at};", at + 1));
    let views = format!("CREATE VIEW v0 AS SELECT * FROM t;\n{views}");
    assert_eq!(verdict(&format!("{views} SELECT * FROM v2000 WHERE {OWN};")), Scope::Unprovable);
}

#[test]
fn long_lists_of_rows_come_to_an_end() {
    let rows = |row: &str| vec![row; 100_000].join(", ");
    let own = rows("(:'tenant_id', 1, 2)");
    assert_eq!(verdict(&format!("INSERT INTO t (tenant_id, id, a) VALUES {own};")), Scope::Scoped);
    let casts = rows("(:'tenant_id'::uuid, '1'::bigint, 2 + 3)");
    assert_eq!(verdict(&format!("INSERT INTO t (tenant_id, id, a) VALUES {casts};")), Scope::Scoped);
    let source = format!("(VALUES {}) AS v (id, a)", rows("(1, 2)"));
    assert_eq!(verdict(&format!("UPDATE t SET a = v.a FROM {source} WHERE t.{OWN} AND t.id = v.id;")), Scope::Scoped);
}

#[test]
fn long_bodies_come_to_an_end() {
    let body = |text: String| verdict(&format!("DO $$ DECLARE x int; BEGIN {text} END $$;"));
    let update = format!("UPDATE t SET a = 1 WHERE {OWN};").replace(":'tenant_id'", "'7'");
    assert_eq!(body(update.repeat(20)), Scope::Scoped);
    assert_eq!(body(update.repeat(10_000)), Scope::Unprovable);
    assert_eq!(body(format!("{} {update}", "x := x + 1;".repeat(10_000))), Scope::Scoped);
    assert_eq!(body(format!("IF x > 1 THEN {update} END IF;").repeat(10_000)), Scope::Unprovable);
    let nested = |levels: usize| format!("{}{update}{}", "IF x > 1 THEN ".repeat(levels), " END IF;".repeat(levels));
    assert_eq!(body(nested(40)), Scope::Scoped);
    assert_eq!(body(nested(2_000)), Scope::Unprovable);
    let function =
        |text: &str| verdict(&format!("CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {text} END $$;"));
    assert_eq!(function(&update.repeat(10_000)), Scope::Unprovable);
}

#[test]
fn long_files_with_directives_come_to_an_end() {
    let says = "-- tenet: all-tenants because it is a migration\n";
    let text = many(3_000, "\n", |at| format!("{says}UPDATE t SET a = {at} WHERE tenant_id IS NOT NULL;"));
    assert_eq!(verdict(&text), Scope::Aligned);
}
