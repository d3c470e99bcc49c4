//! TLS and passwords, against a server that insists on both.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tenet::db::{Connection, DbError, Defaults, Scratch, ScratchOptions, Target};

use super::{options, start, value};
use crate::fixture::TempFolder;

/// A server on a loopback address of its own, so that the port is free.
struct Secure {
    address: String,
    files: TempFolder,
    _scratch: Scratch,
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let status = command.args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("openssl: {error}; it comes with apt-get install postgresql"));
    assert!(status.success(), "openssl {arguments}");
}

/// Makes an authority, a certificate by it for `localhost` and the address, and another authority.
fn certificates(folder: &Path, address: &str) {
    for authority in ["root", "other"] {
        openssl(
            folder,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"
            ),
        );
    }
    let names = format!("subjectAltName=DNS:localhost,IP:{address}\nbasicConstraints=CA:FALSE\n");
    fs::write(folder.join("names"), names).unwrap();
    openssl(
        folder,
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server -keyout server.key -out server.csr",
    );
    openssl(
        folder,
        "x509 -req -sha384 -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
}

impl Secure {
    fn start(name: &str, number: u32, key: Option<&str>) -> Self {
        let files = TempFolder::new(name);
        let folder = files.path();
        let process = std::process::id();
        let address = format!("127.{}.{}.{number}", 1 + process % 254, process / 254 % 254);
        certificates(folder, &address);
        fs::write(
            folder.join("hba"),
            "local all all trust\nhostssl all app all scram-sha-256\nhostnossl all plain all trust\n",
        )
        .unwrap();
        let key = key.unwrap_or("server");
        let file = |name: &str| folder.join(name).display().to_string();
        let settings = [
            format!("listen_addresses={address}"),
            format!("hba_file={}", file("hba")),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file(&format!("{key}.pem"))),
            format!("ssl_key_file={}", file(&format!("{key}.key"))),
        ];
        hand_over(&folder.join(format!("{key}.key")));
        let scratch = start(ScratchOptions { settings: settings.to_vec(), ..options() });
        let mut connection = scratch.connect("postgres").unwrap();
        connection.execute("CREATE ROLE app LOGIN PASSWORD 'secret'").unwrap();
        connection.execute("CREATE ROLE plain LOGIN").unwrap();
        Secure { address, files, _scratch: scratch }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn open(&self, rest: &str) -> Result<Connection, DbError> {
        let rest = rest.replace("{root}", &self.file("root.pem").display().to_string());
        let rest = rest.replace("{other}", &self.file("other.pem").display().to_string());
        let text = format!("hostaddr={} dbname=postgres {rest}", self.address);
        Connection::open(&Target::parse(&text, &Defaults::default()).unwrap_or_else(|error| panic!("{text}: {error}")))
    }

    /// Whether TLS protects the connection that these words lead to.
    fn is_protected(&self, rest: &str) -> bool {
        let mut connection = self.open(rest).unwrap_or_else(|error| panic!("{rest}: {error}"));
        value(&mut connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "t"
    }

    fn refusal(&self, rest: &str) -> DbError {
        self.open(rest).expect_err(rest)
    }
}

/// The server wants its key to be its own.
fn hand_over(key: &Path) {
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    if fs::metadata(key).unwrap().uid() == 0 {
        let server =
            Command::new("bash").args(["-c", "source tests/oracle/postgres.sh; id -u $(server_user)"]).output();
        let uid = String::from_utf8(server.unwrap().stdout).unwrap().trim().parse().unwrap();
        chown(key, Some(uid), None).unwrap();
    }
}

#[test]
fn each_mode_protects_as_in_libpq() {
    let server = Secure::start("tls-modes", 1, None);
    let app = "user=app password=secret host=localhost";
    for (mode, protected) in [
        ("sslmode=prefer", true),
        ("sslmode=allow", true),
        ("sslmode=require", true),
        ("sslmode=require sslrootcert={root}", true),
        ("sslmode=verify-ca sslrootcert={root}", true),
        ("sslmode=verify-full sslrootcert={root}", true),
        ("sslmode=require channel_binding=require", true),
    ] {
        assert_eq!(server.is_protected(&format!("{app} {mode}")), protected, "{mode}");
    }
    for mode in ["sslmode=prefer", "sslmode=allow", "sslmode=disable"] {
        assert!(!server.is_protected(&format!("user=plain host=localhost {mode}")), "{mode}");
    }
    // By its address, and a name that the certificate does not have where nobody asks for the name.
    assert!(server.is_protected("user=app password=secret sslmode=verify-full sslrootcert={root}"));
    assert!(server.is_protected("user=app password=secret host=db1 sslmode=verify-ca sslrootcert={root}"));
}

#[test]
fn certificates_that_prove_nothing_are_refused() {
    let server = Secure::start("tls-refused", 2, None);
    for (words, why) in [
        ("host=localhost sslmode=verify-ca sslrootcert={other}", "UnknownIssuer"),
        ("host=localhost sslmode=require sslrootcert={other}", "UnknownIssuer"),
        ("host=localhost sslmode=verify-full sslrootcert={other}", "UnknownIssuer"),
        ("host=localhost sslmode=verify-full sslrootcert=system", "UnknownIssuer"),
        ("host=db1 sslmode=verify-full sslrootcert={root}", "not valid for name \"db1\""),
        ("host=localhost sslmode=verify-full sslrootcert=/nonexistent", "cannot read certificates from `/nonexistent`"),
    ] {
        match server.refusal(&format!("user=app password=secret {words}")) {
            DbError::Refused { message, .. } => assert!(message.contains(why), "{words}: {message}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn a_wrong_password_and_a_wrong_way_are_told_apart() {
    let server = Secure::start("tls-password", 3, None);
    for (words, why) in [
        ("user=app password=wrong", "password authentication failed for user \"app\""),
        ("user=app", "password missing"),
        ("user=app password=secret sslmode=disable", "no encryption"),
        ("user=plain sslmode=require", "SSL encryption"),
        ("user=plain sslmode=disable channel_binding=require", "channel binding"),
    ] {
        match server.refusal(&format!("{words} host=localhost")) {
            DbError::Authentication { message, target } => {
                assert!(message.contains(why), "{words}: {message}");
                assert!(!message.contains("secret") && !target.contains("secret"));
            }
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn a_server_certificate_among_the_trusted_is_trusted() {
    let server = Secure::start("tls-self-signed", 4, Some("root"));
    assert!(server.is_protected("user=app password=secret host=localhost sslmode=verify-ca sslrootcert={root}"));
    let refused = server.refusal("user=app password=secret host=localhost sslmode=verify-ca sslrootcert={other}");
    assert!(matches!(refused, DbError::Refused { .. }), "{refused:?}");
}
