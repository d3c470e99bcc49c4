//! Connections.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage, config};

use super::target::{SslMode, Target};
use super::tls::Connector;
use super::{DbError, SqlError};

/// A connection to one database, closed when it is dropped.
pub struct Connection {
    /// `None` when the server waits for what we do not send.
    client: Option<Client>,
    /// What errors name.
    target: String,
    /// How a request to cancel travels.
    connector: Option<Connector>,
}

/// Cancels whatever a connection runs at the time, from any thread.
#[derive(Clone)]
pub struct Canceller {
    token: postgres::CancelToken,
    connector: Option<Connector>,
}

impl Canceller {
    /// Asks the server to cancel; whether it does shows in the statement's result.
    pub fn cancel(&self) {
        let _ = match &self.connector {
            None => self.token.cancel_query(NoTls),
            Some(connector) => self.token.cancel_query(connector.clone()),
        };
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}

impl Connection {
    /// Connects, in the target's time.
    ///
    /// # Errors
    ///
    /// [`DbError::Unreachable`], [`DbError::Refused`] or [`DbError::Authentication`].
    pub fn open(target: &Target) -> Result<Connection, DbError> {
        let mut attempts = attempts(target).iter().peekable();
        loop {
            let way = attempts.next().copied().unwrap_or(Way::Plain);
            match open(target, way) {
                Ok((client, connector)) => {
                    return Ok(Connection { client: Some(client), target: target.to_string(), connector });
                }
                // pg_hba.conf has no line for this way; it may have one for the other.
                Err(Failure::Server(error))
                    if attempts.peek().is_some()
                        && error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {}
                Err(Failure::Server(error)) => return Err(DbError::connecting(target.to_string(), &error)),
                Err(Failure::Own(error)) => return Err(error),
            }
        }
    }

    /// Returns what cancels the statements of this connection; `None` when it is not usable.
    pub fn canceller(&self) -> Option<Canceller> {
        let token = self.client.as_ref()?.cancel_token();
        Some(Canceller { token, connector: self.connector.clone() })
    }

    /// Sends a text by the simple protocol, and collects all that comes back.
    pub(super) fn simple_query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, DbError> {
        let Some(client) = &mut self.client else {
            let message = "an earlier statement asked for COPY data".to_owned();
            return Err(DbError::Lost { target: self.target.clone(), message });
        };
        if text.contains('\0') {
            // The protocol ends texts with it. The server has the same code for the same byte from elsewhere.
            let message = "a text holds a zero byte".to_owned();
            let position = text.find('\0');
            let error = SqlError { sqlstate: "22021".to_owned(), message, position, ..SqlError::default() };
            return Err(DbError::Sql(Box::new(error)));
        }
        client.simple_query(text).map_err(|error| {
            // Of all that a server answers to a simple query, postgres leaves out the beginnings of COPY.
            if error.to_string() == "unexpected message from server" {
                // Another word to the server, goodbye included, would wait for ever.
                std::mem::forget(self.client.take());
                return DbError::CopyData;
            }
            DbError::running(&self.target, text, &error)
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.target)
    }
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    TlsIfOffered,
    Tls,
}

/// Returns the ways to try in turn; a socket is its own protection.
fn attempts(target: &Target) -> &'static [Way] {
    match target.mode {
        _ if target.is_local() => &[Way::Plain],
        SslMode::Disable => &[Way::Plain],
        SslMode::Allow => &[Way::Plain, Way::Tls],
        SslMode::Prefer => &[Way::TlsIfOffered, Way::Plain],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Way::Tls],
    }
}

enum Failure {
    Server(postgres::Error),
    Own(DbError),
}

/// Connects in a thread of its own: postgres limits only the time until a socket is open, and a name server or a server
/// that never speaks must not hold up a rollout. A thread that is given up ends when the other side does.
fn open(target: &Target, way: Way) -> Result<(Client, Option<Connector>), Failure> {
    let mut settings = target.config.clone();
    if let Some(timeout) = target.timeout {
        settings.connect_timeout(timeout);
    }
    let connector = match way {
        Way::Plain => None,
        Way::TlsIfOffered | Way::Tls => Some(Connector::new(target).map_err(|message| refused(target, message))?),
    };
    let again = connector.clone();
    let (sender, result) = mpsc::channel();
    let connect = move || {
        let client = match connector {
            None => settings.ssl_mode(config::SslMode::Disable).connect(NoTls),
            Some(connector) => {
                let mode = if way == Way::Tls { config::SslMode::Require } else { config::SslMode::Prefer };
                settings.ssl_mode(mode).connect(connector)
            }
        };
        let _ = sender.send(client);
    };
    let thread = thread::Builder::new().name("connect".to_owned()).spawn(connect);
    thread.map_err(|error| refused(target, format!("cannot start a thread: {error}")))?;
    let answer = match target.patience() {
        Some(patience) => result.recv_timeout(patience),
        None => result.recv().map_err(RecvTimeoutError::from),
    };
    match answer {
        Ok(client) => client.map(|client| (client, again)).map_err(Failure::Server),
        Err(_) => {
            let seconds = target.patience().unwrap_or_default().as_secs();
            let message = format!("no answer within {seconds} s");
            Err(Failure::Own(DbError::Unreachable { target: target.to_string(), message }))
        }
    }
}

fn refused(target: &Target, message: String) -> Failure {
    Failure::Own(DbError::Refused { target: target.to_string(), sqlstate: None, message })
}
