//! What goes wrong for one tenant, and whether trying again helps.

use std::fmt;
use std::time::Duration;

use super::interpret::Failure;
use crate::db::DbError;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A lock was not had in time.
    Lock,
    /// Another session holds our own lock.
    Busy,
    /// Two transactions were in each other's way, and this one was chosen to end.
    Contention,
    /// The connection was lost, or the server takes none just now.
    Connection,
    /// The server has too many connections.
    Throttle,
    /// The server has no room left in its table of locks, which all its sessions share.
    Crowded,
    /// It would go wrong again.
    Lasting,
    /// There is no such database.
    Missing,
    /// The server has no room left: everybody else there would fail as well.
    Full,
    /// We were asked to stop.
    Stopped,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) class: Class,
    pub(super) message: String,
    pub(super) sqlstate: Option<String>,
    /// Whether the connection can still be used.
    pub(super) is_lost: bool,
    /// The transaction of which it is not known whether it was committed.
    pub(super) in_doubt: Option<String>,
    /// Whether a statement failed in a message with others, so that it is not known which.
    pub(super) is_placeless: bool,
}

impl Trouble {
    pub(super) fn of(error: DbError) -> Self {
        Trouble {
            class: class(&error),
            message: error.to_string(),
            sqlstate: error.sqlstate().map(str::to_owned),
            is_lost: !matches!(error, DbError::Sql(_) | DbError::Statements { .. }),
            in_doubt: None,
            is_placeless: false,
        }
    }

    /// What we refuse ourselves.
    pub(super) fn refusal(message: String) -> Self {
        Trouble::new(Class::Lasting, message)
    }

    pub(super) fn new(class: Class, message: String) -> Self {
        Trouble { class, message, sqlstate: None, is_lost: false, in_doubt: None, is_placeless: false }
    }

    /// Reads what ended a script.
    pub(super) fn of_script(failure: Failure, file: &str) -> Self {
        let is_placeless = failure.place.is_none();
        let mut trouble = Trouble::of(for_operators(failure.error));
        let place = failure.place.map_or_else(|| file.to_owned(), |place| format!("{place} ({file})"));
        trouble.message = format!("{place}: {}", trouble.message);
        trouble.in_doubt = failure.in_doubt;
        trouble.is_placeless = is_placeless;
        trouble
    }

    /// Says how often something is tried again that goes wrong in this way again and again.
    pub(super) fn attempts(&self) -> u32 {
        match self.class {
            Class::Lock => 40,
            Class::Contention => 10,
            // Long enough for another server to take over.
            Class::Connection => 14,
            Class::Throttle => 30,
            Class::Crowded => 5,
            Class::Busy | Class::Lasting | Class::Missing | Class::Full | Class::Stopped => 0,
        }
    }

    /// Returns how long to wait before trying again: twice as long each time, up to two seconds. `chance` lies between 0
    /// and 1 and moves it by a quarter, so that many who wait for one thing do not come back at once.
    pub(super) fn pause(attempt: u32, chance: f64) -> Duration {
        let base = Duration::from_millis(100 << attempt.min(5)).min(Duration::from_secs(2));
        base.mul_f64(0.75 + chance / 2.0)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Says what our own functions raise as it is said to who runs us: the words of the command, and none of our inner workings.
fn for_operators(error: DbError) -> DbError {
    let DbError::Sql(mut error) = error else { return error };
    if error.hint.as_deref().is_some_and(|hint| hint.starts_with("Set tenet.conflicts")) {
        let hint = "`--conflicts skip` leaves them as they are, `--conflicts force` overwrites them";
        error.hint = Some(hint.to_owned());
    }
    if error.context.as_deref().is_some_and(|context| context.starts_with("PL/pgSQL function tenet.")) {
        error.context = None;
    }
    if error.detail.is_some() && SHOWS_ROWS.contains(&error.sqlstate.as_str()) {
        error.detail = Some("the server's log has the row".to_owned());
    }
    DbError::Sql(error)
}

/// Codes whose detail is a whole row: a CHECK constraint, NOT NULL, a view's CHECK OPTION. Reports and the ledger have keys,
/// and not what tenants keep.
const SHOWS_ROWS: [&str; 3] = ["23514", "23502", "44000"];

/// Source: PostgreSQL manual, "PostgreSQL Error Codes".
fn class(error: &DbError) -> Class {
    match error {
        DbError::Unreachable { .. } | DbError::Lost { .. } => Class::Connection,
        DbError::Authentication { .. } | DbError::Statements { .. } | DbError::CopyData => Class::Lasting,
        DbError::Refused { .. } | DbError::Sql(_) => match error.sqlstate().unwrap_or("") {
            "55P03" => Class::Lock,
            "40P01" | "40001" | "40003" => Class::Contention,
            "53300" => Class::Throttle,
            "53200" => Class::Crowded,
            "3D000" => Class::Missing,
            "53100" => Class::Full,
            // Shut down, crashed, not ready yet.
            "57P01" | "57P02" | "57P03" => Class::Connection,
            code if code.starts_with("08") => Class::Connection,
            _ => Class::Lasting,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::SqlError;

    #[test]
    fn what_may_pass_is_tried_again() {
        let of = |sqlstate: &str| {
            let error = SqlError { sqlstate: sqlstate.to_owned(), ..SqlError::default() };
            Trouble::of(DbError::Sql(Box::new(error)))
        };
        for sqlstate in ["55P03", "40P01", "40001", "08006", "57P01", "53300", "53200"] {
            assert!(of(sqlstate).attempts() > 0, "{sqlstate}");
        }
        for sqlstate in ["42P01", "23505", "57014", "53100", "3D000", "P0001"] {
            assert_eq!(of(sqlstate).attempts(), 0, "{sqlstate}");
        }
    }

    #[test]
    fn rows_of_tenants_are_not_shown() {
        let shown = |sqlstate: &str| {
            let detail = Some("Failing row contains (acme, secret).".to_owned());
            let error = SqlError { sqlstate: sqlstate.to_owned(), detail, ..SqlError::default() };
            let error = DbError::Sql(Box::new(error));
            Trouble::of_script(Failure { error, place: None, in_doubt: None }, "x.sql").message
        };
        assert!(!shown("23514").contains("secret") && !shown("23502").contains("secret"));
        assert!(shown("P0001").contains("secret"), "what an author raises is the author's");
    }

    #[test]
    fn pauses_grow_to_two_seconds() {
        let millis = |attempt, chance| Trouble::pause(attempt, chance).as_millis();
        assert_eq!([millis(0, 0.5), millis(1, 0.5), millis(4, 0.5), millis(30, 0.5)], [100, 200, 1600, 2000]);
        assert_eq!([millis(0, 0.0), millis(0, 1.0)], [75, 125]);
    }
}
