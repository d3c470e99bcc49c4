//! Servers of our own, and connections to servers.

mod connect;
mod execute;
mod scratch;
mod tls;

use tenet::db::scratch::Content;
use tenet::db::{Connection, Scratch, ScratchOptions};

use crate::server;

/// The server's programs are those that the other tests use; without any, this fails and says what to install.
fn options() -> ScratchOptions {
    ScratchOptions { bin: Some(server::bin()), ..ScratchOptions::default() }
}

fn start(options: ScratchOptions) -> Scratch {
    Scratch::start(options).unwrap_or_else(|error| panic!("{error}"))
}

/// A server, and a connection to an empty database `app`.
fn app() -> (Scratch, Connection) {
    let scratch = start(options());
    scratch.create_database("app", Content::Empty).unwrap();
    let connection = scratch.connect("app").unwrap();
    (scratch, connection)
}

/// The one value that a query returns.
fn value(connection: &mut Connection, query: &str) -> String {
    let rows = connection.execute(query).unwrap_or_else(|error| panic!("{query}: {error}")).rows.unwrap();
    assert_eq!((rows.columns.len(), rows.values.len()), (1, 1), "{query}");
    rows.values[0][0].clone().unwrap_or_else(|| panic!("{query}: NULL"))
}
