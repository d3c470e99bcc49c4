//! A connection that speaks texts.

use std::path::Path;

use postgres::{Client, NoTls, SimpleQueryMessage};

/// A row, each value as text.
pub type Row = Vec<Option<String>>;

/// A connection to one database.
pub struct Database {
    client: Client,
    place: String,
}

/// What one command of a text gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many rows it met.
    pub count: u64,
}

/// Why a text failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// The constraint that is broken.
    pub constraint: Option<String>,
}

impl Failure {
    /// Says whether the statement took too long.
    pub fn is_late(&self) -> bool {
        self.code == "57014"
    }
}

/// Settings under which the same rows are met in the same order, whatever else a table holds.
const STEADY: &str = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_hashagg = off; SET enable_material = off;
    SET enable_memoize = off; SET jit = off; SET max_parallel_workers_per_gather = 0;
    SET synchronize_seqscans = off; SET statement_timeout = '3s'; SET client_min_messages = error";

/// Chance is the same in both states of a pair: what it decides is nobody's influence.
const CHANCE: &str = "CREATE OR REPLACE FUNCTION pg_catalog.random() RETURNS double precision
    LANGUAGE sql VOLATILE AS 'SELECT 0.4::double precision'";

impl Database {
    /// Makes an empty database, and connects to it.
    pub fn create(socket: &Path, database: &str) -> Database {
        let mut maintenance = Database::connect(socket, "postgres");
        maintenance.must(&format!("CREATE DATABASE {database} TEMPLATE template0"));
        let mut made = Database::connect(socket, database);
        made.must(CHANCE);
        made
    }

    fn connect(socket: &Path, database: &str) -> Database {
        let place = format!("host={} user=postgres dbname={database}", socket.display());
        Database { client: session(&place), place }
    }

    /// Begins a new session: what routines that are gone have planned stays with the old one, and each change of a
    /// definition walks through all of it.
    pub fn anew(&mut self) {
        self.client = session(&self.place);
    }

    /// Runs a text.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub fn run(&mut self, text: &str) -> Result<Vec<Answer>, Failure> {
        let messages = self.client.simple_query(text).map_err(|error| {
            let found = error.as_db_error().unwrap_or_else(|| panic!("{error}: {text}"));
            Failure {
                code: found.code().code().to_owned(),
                message: found.message().to_owned(),
                constraint: found.constraint().map(ToOwned::to_owned),
            }
        })?;
        let mut answers = vec![Answer::default()];
        for message in messages {
            let last = answers.last_mut().unwrap();
            match message {
                SimpleQueryMessage::Row(row) => {
                    last.rows.push((0..row.len()).map(|at| row.get(at).map(ToOwned::to_owned)).collect());
                }
                SimpleQueryMessage::CommandComplete(count) => {
                    last.count = count;
                    answers.push(Answer::default());
                }
                _ => {}
            }
        }
        answers.pop();
        Ok(answers)
    }

    /// Runs what must not fail.
    pub fn must(&mut self, text: &str) -> Vec<Answer> {
        self.run(text).unwrap_or_else(|failure| panic!("{failure:?}: {text}"))
    }

    /// Returns the rows of one query.
    pub fn rows(&mut self, text: &str) -> Vec<Row> {
        self.must(text).pop().unwrap().rows
    }
}

fn session(place: &str) -> Client {
    let mut client = Client::connect(place, NoTls).unwrap();
    client.simple_query(STEADY).unwrap();
    client
}

/// Writes a value as a literal.
pub fn literal(value: Option<&str>) -> String {
    value.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}
