//! Ways to connect, and what stands in them.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use tenet::db::{Connection, DbError, Defaults, Target};

use super::{app, options, start, value};

fn target(text: &str) -> Target {
    Target::parse(text, &Defaults::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> DbError {
    Connection::open(&target(text)).expect_err(text)
}

#[test]
fn urls_words_and_defaults_lead_to_one_database() {
    let scratch = start(options());
    let host = scratch.host().display().to_string();
    scratch.create_database("a ä", tenet::db::scratch::Content::Empty).unwrap();
    let encoded = host.replace('/', "%2F");
    let variables = |name: &str| match name {
        "PGHOST" => Some(host.clone()),
        "PGUSER" => Some("postgres".to_owned()),
        "PGPASSWORD" => Some("secret".to_owned()),
        _ => None,
    };
    let defaults = Defaults::from_variables(variables);
    for text in [
        format!("postgresql://postgres@{encoded}/a%20%C3%A4"),
        format!("postgresql:///a%20ä?host={host}&user=postgres&sslmode=require"),
        format!("host={host} user=postgres dbname='a ä'"),
        "dbname='a ä'".to_owned(),
    ] {
        let target = Target::parse(&text, &defaults).unwrap();
        assert_eq!(target.to_string(), format!("postgres@[{host}]:5432/a ä"));
        let mut connection = Connection::open(&target).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value(&mut connection, "SELECT current_database()"), "a ä");
        assert_eq!(value(&mut connection, "SHOW application_name"), "tenet");
    }
    let mut other = Connection::open(&target(&format!(
        "host={host} user=postgres dbname=postgres application_name=mine options='-c search_path=mine'"
    )))
    .unwrap();
    assert_eq!(value(&mut other, "SHOW application_name"), "mine");
    assert_eq!(value(&mut other, "SHOW search_path"), "mine");
}

#[test]
fn secrets_are_never_shown() {
    let target = target("postgresql://app:secret@db1:5433,[::1]/shop?options=-csecret%3D1");
    assert_eq!(target.to_string(), "app@db1:5433,[::1]:5432/shop");
    let defaults = Defaults::from_variables(|name| (name == "PGPASSWORD").then(|| "secret".to_owned()));
    for shown in [format!("{target:?}"), format!("{defaults:?}")] {
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (text, expected) in [
        ("host=h sslmode=full", "`sslmode` must be disable, allow, prefer, require, verify-ca or verify-full"),
        ("host=h sslmode=verify-ca", "`sslrootcert` must be a file, for sslmode=verify-ca"),
        ("host=h sslmode=require sslrootcert=system", "`sslmode` must be verify-full, for sslrootcert=system"),
        ("host=h port=70000", "`port` must be a number from 1 to 65535"),
        ("host=h connect_timeout=soon", "`connect_timeout` must be whole seconds"),
        ("host=h target_session_attrs=primary", "`target_session_attrs` must be any, read-write or read-only"),
        ("host=a,b hostaddr=10.0.0.1", "not as many addresses or ports as hosts"),
        ("host=a port=1,2", "not as many addresses or ports as hosts"),
        ("host=h passfile=/x", "`passfile` is not known"),
    ] {
        let error = Target::parse(text, &Defaults::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn what_does_not_answer_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for text in [
        format!("host=127.0.0.1 port={} user=app", free.port()),
        "host=/nonexistent user=app".to_owned(),
        "host=nowhere.invalid user=app".to_owned(),
    ] {
        assert!(matches!(refusal(&text), DbError::Unreachable { .. }), "{text}: {:?}", refusal(&text));
    }
    let shown = refusal(&format!("postgresql://app:secret@127.0.0.1:{}/shop", free.port())).to_string();
    assert!(
        shown.starts_with(&format!("cannot reach `app@127.0.0.1:{}/shop`: Connection refused", free.port())),
        "{shown}"
    );

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let begin = Instant::now();
    let error = refusal(&format!("host=127.0.0.1 port={port} user=app connect_timeout=1"));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let message = "no answer within 1 s".to_owned();
    assert_eq!(error, DbError::Unreachable { target: format!("app@127.0.0.1:{port}"), message });
}

#[test]
fn a_server_that_refuses_says_why() {
    let (scratch, mut app) = app();
    let host = scratch.host().display();
    match refusal(&format!("host={host} user=postgres dbname=gone")) {
        DbError::Refused { sqlstate, message, .. } => {
            assert_eq!(sqlstate.as_deref(), Some("3D000"));
            assert_eq!(message, "database \"gone\" does not exist");
        }
        other => panic!("{other:?}"),
    }
    match refusal(&format!("host={host} user=nobody_at_all dbname=app")) {
        DbError::Authentication { message, .. } => assert_eq!(message, "role \"nobody_at_all\" does not exist"),
        other => panic!("{other:?}"),
    }
    let own = value(&mut app, "SELECT pg_backend_pid()");
    scratch.connect("postgres").unwrap().execute(&format!("SELECT pg_terminate_backend({own})")).unwrap();
    let lost = (0..100).find_map(|_| app.execute("SELECT pg_sleep(0.01)").err());
    assert!(matches!(lost, Some(DbError::Lost { .. })), "{lost:?}");
    assert!(matches!(app.execute("SELECT 1"), Err(DbError::Lost { .. })));
}
