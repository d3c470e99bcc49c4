//! Probes: spellings that no rule of ours makes alike, settled in the words of a server.

use tenet::catalog::Catalog;
use tenet::catalog::facts::{Certainty, Difference, Facts, compare};
use tenet::db::introspect::{IntrospectOptions, introspect};
use tenet::db::probe::Probe;
use tenet::db::scratch::Content;
use tenet::db::{Connection, Scratch, ScratchOptions};

/// One database, and the same schema once more with what a case changes.
const TABLES: &str = "
    CREATE TABLE u (id integer);
    CREATE TABLE \"odd t\" (id integer, x text, n numeric, at timestamptz);
";

/// What the server is told, what we hold to be true, and whether that is the same.
const CASES: &[(&str, &str, bool)] = &[
    (
        "ALTER TABLE @ ALTER x SET DEFAULT upper('a' || 'b')",
        "ALTER TABLE @ ALTER x SET DEFAULT upper(('a'::text || 'b'::text))",
        true,
    ),
    (
        "ALTER TABLE @ ADD CONSTRAINT c CHECK (n > 0 AND NOT (x IS NULL))",
        "ALTER TABLE @ ADD CONSTRAINT c CHECK (((n > 0) AND (NOT (x IS NULL))))",
        true,
    ),
    ("ALTER TABLE @ ADD CONSTRAINT c CHECK (n > 1)", "ALTER TABLE @ ADD CONSTRAINT c CHECK (n > 2)", false),
    ("ALTER TABLE @ ADD CONSTRAINT c CHECK (n + 1 > 1)", "ALTER TABLE @ ADD CONSTRAINT c CHECK (n + 1.0 > 1)", false),
    (
        "ALTER TABLE @ ADD CONSTRAINT c CHECK (n BETWEEN 1 AND 2)",
        "ALTER TABLE @ ADD CONSTRAINT c CHECK (n >= 1 AND n <= 2)",
        true,
    ),
    ("CREATE INDEX i ON @ (lower(x || 'y'))", "CREATE INDEX i ON @ (lower((x || 'y'::text)))", true),
    (
        "CREATE INDEX i ON @ (id) WHERE n = ANY ('{1,2}')",
        "CREATE INDEX i ON @ (id) WHERE n = ANY ('{1,2}'::numeric[])",
        true,
    ),
    (
        "ALTER TABLE @ ADD g text GENERATED ALWAYS AS (x || 'z') STORED",
        "ALTER TABLE @ ADD g text GENERATED ALWAYS AS ((x) || 'z'::text) STORED",
        true,
    ),
    (
        "CREATE VIEW v AS SELECT id AS a FROM @ WHERE n > 3",
        "CREATE VIEW v AS SELECT @.id AS a FROM public.@ WHERE @.n > 3::numeric",
        true,
    ),
    (
        "CREATE VIEW v AS SELECT id AS a FROM @ WHERE n > 3",
        "CREATE VIEW v AS SELECT @.id AS a FROM public.@ WHERE @.n > 4::numeric",
        false,
    ),
    (
        "CREATE TRIGGER w BEFORE UPDATE ON @ FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TRIGGER w BEFORE UPDATE ON @ FOR EACH ROW WHEN ((OLD.*) IS DISTINCT FROM (NEW.*)) EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        true,
    ),
    (
        "CREATE DOMAIN d AS text CHECK (length(VALUE) > 2 AND VALUE ~ ('a' || 'b'))",
        "CREATE DOMAIN d AS text CHECK (length(VALUE) > 2 AND VALUE ~ ('a'::text || 'b'::text))",
        true,
    ),
    (
        "CREATE TABLE p (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE q PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01 00:00')",
        "CREATE TABLE p (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE q PARTITION OF p FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01')",
        true,
    ),
];

fn live(connection: &mut Connection) -> Catalog {
    let options = IntrospectOptions { search_path: vec!["public".into()], schemas: None };
    introspect(connection, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads what an author wrote, by way of a replay.
fn written(sql: &str) -> Catalog {
    let mut replay = tenet::replay::Replay::new(vec!["public".into()]);
    for statement in tenet::syntax::read::script(sql).statements {
        let step = replay.step(&statement.outcome.unwrap(), Default::default());
        assert!(step.error.is_none(), "{sql}: {:?}", step.error);
    }
    replay.catalog().clone()
}

/// What differs in the spelling of expressions.
fn spellings(found: &[Difference]) -> Vec<&Difference> {
    found.iter().filter(|found| found.property.is_some()).collect()
}

#[test]
fn spellings_are_settled_by_the_server() {
    let scratch = Scratch::start(ScratchOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let (mut probe, mut failures, mut open) = (Probe::default(), Vec::new(), 0);
    for (told, held, same) in CASES {
        scratch.create_database("probe", Content::Empty).unwrap();
        let mut connection = scratch.connect("probe").unwrap();
        let script = |case: &str| format!("{TABLES}{};", case.replace('@', "\"odd t\""));
        connection.execute_script(&script(told)).unwrap_or_else(|error| panic!("{told}: {error}"));
        let (ours, live) = (written(&script(held)), live(&mut connection));
        let differences = compare(&Facts::of(&ours), &Facts::of(&live));
        open += usize::from(differences.iter().any(|found| found.certainty == Certainty::MayDiffer));
        let settled = probe.settle(&mut connection, (&ours, &live), differences.clone()).unwrap();
        let left = spellings(&settled);
        let right =
            if *same { left.is_empty() } else { left.iter().all(|found| found.certainty == Certainty::Differs) };
        if !right || (!same && left.is_empty()) {
            failures.push(format!("{held}: {left:#?}"));
        }
        let again = probe.settle(&mut connection, (&ours, &live), differences).unwrap();
        assert_eq!(again, settled, "what is remembered is what was settled");
        drop(connection);
        scratch.drop_database("probe").unwrap();
    }
    println!("{open} of {} cases were open", CASES.len());
    crate::fixture::report(CASES.len(), failures);
}
