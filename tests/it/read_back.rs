//! Dumps read back: the replay of what pg_dump writes of a database holds what the server holds.

use std::error::Error;
use std::process::Command;

use tenet::catalog::facts::{Difference, Facts, Value, compare};
use tenet::catalog::{Address, Class, Origin};
use tenet::db::introspect::{self, IntrospectOptions, introspect};
use tenet::db::probe::Probe;
use tenet::db::scratch::Content;
use tenet::db::{Connection, DbError, Scratch, Target};
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::{program, read};

/// What came of reading a dump back.
#[derive(Default)]
pub struct ReadBack {
    /// How many statements the dump has that the server takes.
    pub statements: usize,
    /// How many more the server does not take.
    pub refused: usize,
    /// What is not read, not followed or refused, each with the statement.
    pub problems: Vec<String>,
    /// Where the replay of the dump and the server part.
    pub differences: Vec<Difference>,
}

/// The database into which a dump is read.
const RESTORED: &str = "restored";

/// Dumps the schema of a database, reads the dump into another and replays it beside; a role does all of it.
pub fn read_back(scratch: &Scratch, database: &str, role: &str) -> Result<ReadBack, Box<dyn Error>> {
    // Whoever reads the dump need not be called by name.
    let text = dump(scratch, database)?.replace(&format!("DEFAULT PRIVILEGES FOR ROLE {role} "), "DEFAULT PRIVILEGES ");
    scratch.drop_database(RESTORED)?;
    scratch.create_database(RESTORED, Content::Empty)?;
    let mut connection = Connection::open(&Target::socket(scratch.host(), role, RESTORED))?;
    let (replay, mut found) = replayed(&text, &mut connection);
    let options = IntrospectOptions { search_path: path(), schemas: None };
    let live = introspect(&mut connection, &options)?;
    let differences = compare(&Facts::of(replay.catalog()), &Facts::of(&live));
    let settled = Probe::default().settle(&mut connection, (replay.catalog(), &live), differences)?;
    found.differences = settled.into_iter().filter(|found| !is_expected(found, role)).collect();
    drop_subscriptions(&mut connection)?;
    found.problems.extend(replay.catalog().doubt.iter().map(|doubt| format!("in doubt: {}", doubt.reason)));
    Ok(found)
}

/// Drops the subscriptions of a database: one that has some cannot be dropped.
pub fn drop_subscriptions(connection: &mut Connection) -> Result<(), DbError> {
    const SUBSCRIPTIONS: &str = "SELECT 'DROP SUBSCRIPTION ' || quote_ident(subname) FROM pg_subscription s \
                                 JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()";
    let gone = connection.execute(SUBSCRIPTIONS)?.rows.unwrap_or_default().values;
    gone.into_iter().flatten().flatten().try_for_each(|sql| connection.execute(&sql).map(drop))
}

fn path() -> Vec<Ident> {
    vec![Ident::exact("public")]
}

/// Runs pg_dump, as the superuser.
fn dump(scratch: &Scratch, database: &str) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(scratch.bin().join("pg_dump"));
    command.args(["--schema-only", "--username=postgres", "--port=5432", "--host"]).arg(scratch.host()).arg(database);
    let output = command.output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("pg_dump: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// Runs a dump and replays what the server takes of it.
fn replayed(text: &str, connection: &mut Connection) -> (Replay, ReadBack) {
    let version = introspect::version(connection).unwrap_or_default();
    let mut replay = Replay::new(path()).on(version).reading(program::READER);
    let mut found = ReadBack::default();
    for statement in read::script(text).statements {
        let sql = &text[statement.span.range()];
        // pg_dump writes nothing for an empty list of a setting.
        if connection.execute(sql).is_err() {
            found.refused += 1;
            continue;
        }
        found.statements += 1;
        let problem = match statement.outcome {
            Ok(statement) => {
                let step = replay.step(&statement, Origin::default());
                let doubt = if step.refusal.is_none() { "outside the history: " } else { "" };
                step.error.map(|error| format!("{doubt}{} {error}", error.sqlstate()))
            }
            Err(error) => Some(format!("not read: {error:?}")),
        };
        found.problems.extend(problem.map(|problem| format!("{problem}\n    {}", sql.replace('\n', "\n    "))));
    }
    replay.end_session();
    (replay, found)
}

/// What a dump does not say, or says of everything.
fn is_expected(difference: &Difference, role: &str) -> bool {
    let says = |property: &str| difference.property.as_deref() == Some(property);
    let is_class = |class: Class| matches!(&difference.address, Address::Object(id) if id.class == class);
    let written = difference.left.as_ref().and_then(Value::written);
    // What belongs to the role that reads is its own without a word.
    let is_owner = says("owner") && difference.right.is_none() && written == Some(role);
    // Roles belong to the whole server, and the version of an extension is its choice.
    is_owner || is_class(Class::Role) || is_class(Class::Extension) && says("version")
}
