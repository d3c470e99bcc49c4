//! A database and a session in it.

use tenet::db::{Connection, DbError, Scratch, SqlError, Target};
use tenet::statement::Statement;
use tenet::statement::session::Statement as Session;
use tenet::statement::session::transaction::Transaction;

/// The role that runs histories.
pub const RUNNER: &str = "tenet_oracle";

/// A database in which statements run.
pub struct Side<'s> {
    scratch: &'s Scratch,
    pub connection: Connection,
    /// Whether a transaction is open.
    open: bool,
}

impl<'s> Side<'s> {
    /// Connects to a database.
    pub fn new(scratch: &'s Scratch, database: &str) -> Result<Side<'s>, DbError> {
        // Histories speak of `postgres` as of any other role.
        let mut connection = Connection::open(&Target::socket(scratch.host(), RUNNER, database))?;
        connection.execute("SET search_path TO public")?;
        Ok(Side { scratch, connection, open: false })
    }

    /// Opens the transaction that a tool wraps around a script.
    pub fn begin(&mut self) -> Result<(), DbError> {
        self.open = true;
        self.connection.execute("BEGIN").map(drop)
    }

    /// Commits what is open, and says whether anything was.
    pub fn commit(&mut self) -> Result<bool, DbError> {
        let open = std::mem::replace(&mut self.open, false);
        if open {
            self.connection.execute("COMMIT")?;
        }
        Ok(open)
    }

    /// Begins a session anew.
    pub fn reset(&mut self) -> Result<(), DbError> {
        self.connection.execute("DISCARD ALL")?;
        self.connection.execute("SET search_path TO public").map(drop)
    }

    /// Runs a statement; a role that it names and nobody made is made.
    pub fn run(&mut self, sql: &str, statement: Option<&Statement>) -> Result<Option<SqlError>, DbError> {
        let mut refused = None;
        for _ in 0..12 {
            match self.once(sql, statement)? {
                None => return Ok(None),
                Some(error) => {
                    let role = missing_role(&error);
                    refused = Some(error);
                    match role {
                        Some(role) => self.scratch.create_role_if_missing(&role)?,
                        None => break,
                    }
                }
            }
        }
        Ok(refused)
    }

    fn once(&mut self, sql: &str, statement: Option<&Statement>) -> Result<Option<SqlError>, DbError> {
        let control = control(statement);
        let within = self.open && control.is_none();
        if within {
            self.connection.execute("SAVEPOINT oracle")?;
        }
        match self.connection.execute(sql) {
            Ok(_) => {
                match control {
                    Some(Control::Begins) => self.open = true,
                    Some(Control::Ends) => self.open = false,
                    Some(Control::Within) | None => {}
                }
                if within {
                    self.connection.execute("RELEASE SAVEPOINT oracle")?;
                }
                Ok(None)
            }
            Err(DbError::Sql(error)) => {
                if within {
                    self.connection.execute("ROLLBACK TO SAVEPOINT oracle")?;
                    self.connection.execute("RELEASE SAVEPOINT oracle")?;
                }
                if control.is_some() {
                    let _ = self.connection.execute("ROLLBACK");
                    self.open = false;
                }
                Ok(Some(*error))
            }
            Err(DbError::CopyData | DbError::Statements { .. }) => Ok(Some(SqlError::default())),
            Err(other) => Err(other),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Begins,
    Ends,
    Within,
}

fn control(statement: Option<&Statement>) -> Option<Control> {
    let Some(Statement::Session(session)) = statement else { return None };
    let Session::Transaction(transaction) = &**session else { return None };
    Some(match transaction {
        Transaction::Begin(_) | Transaction::Start(_) => Control::Begins,
        Transaction::Commit(_) | Transaction::Rollback(_) => Control::Ends,
        _ => Control::Within,
    })
}

fn missing_role(error: &SqlError) -> Option<String> {
    let name = error.message.strip_prefix("role \"")?.strip_suffix("\" does not exist")?;
    (error.sqlstate == "42704").then(|| name.to_owned())
}
