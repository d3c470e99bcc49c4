//! Which database is meant, as whom, and how the way there is protected.

mod defaults;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use postgres::Config;
use postgres::config::{ChannelBinding, Host, TargetSessionAttrs};

pub use defaults::Defaults;
use text::Parameters;

/// The parameters that are understood, by libpq's names.
const NAMES: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
    "channel_binding",
    "connect_timeout",
    "application_name",
    "options",
    "target_session_attrs",
    "keepalives",
    "keepalives_idle",
    "tcp_user_timeout",
];

/// What servers show of us when nothing else is asked for.
const APPLICATION: &str = "tenet";

/// How long connecting to one host may take when nothing else is asked for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where servers put their sockets when nobody says otherwise: Debian's packages, and everybody else's.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// A database to connect to; shows itself without its password.
#[derive(Clone)]
pub struct Target {
    /// All but TLS.
    pub(super) config: Config,
    pub(super) mode: SslMode,
    pub(super) root: Root,
    /// For each host; `None` waits for ever.
    pub(super) timeout: Option<Duration>,
}

/// How much TLS is wanted, in libpq's words.
///
/// Source: PostgreSQL manual, "SSL Support", "Protection Provided in Different Modes".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// None.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server has it.
    Prefer,
    /// Always; with a root certificate at hand, as `verify-ca`.
    Require,
    /// Always, with a certificate that a known authority signed.
    VerifyCa,
    /// The same, and the certificate names the host.
    VerifyFull,
}

/// Whose signature makes a server's certificate good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// Nobody is named: the system's authorities, for `verify-full`.
    Unnamed,
    /// The authorities that the operating system trusts.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// Why a text names no target. Never shows the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// It cannot be read.
    Text(&'static str),
    /// It has a parameter that is not known.
    Unknown {
        /// Its name.
        parameter: String,
    },
    /// A parameter has a value that it cannot have.
    Value {
        /// Its name.
        parameter: &'static str,
        /// What it may be.
        expected: &'static str,
    },
}

impl Target {
    /// Reads a URL such as `postgresql://app@db1/tenant_acme?sslmode=verify-full`, or `host=db1 dbname=tenant_acme`.
    ///
    /// # Errors
    ///
    /// Says what is wrong without showing the text.
    pub fn parse(text: &str, defaults: &Defaults) -> Result<Target, TargetError> {
        let mut parameters = defaults.parameters().clone();
        parameters.extend(text::parameters(text)?);
        Target::new(&parameters)
    }

    /// Names a database of a server whose socket lies in a folder, and that asks for no password.
    pub fn socket(folder: &Path, user: &str, database: &str) -> Target {
        let mut config = Config::new();
        config.host_path(folder).port(5432).user(user).dbname(database).application_name(APPLICATION);
        Target { config, mode: SslMode::Disable, root: Root::Unnamed, timeout: Some(CONNECT_TIMEOUT) }
    }

    fn new(parameters: &Parameters) -> Result<Target, TargetError> {
        let value = |name: &str| {
            let given = |(other, value): &&(&str, String)| *other == name && !value.is_empty();
            parameters.iter().rev().find(given).map(|(_, value)| value.as_str())
        };
        let mut config = Config::new();
        hosts(&mut config, value("host"), value("hostaddr"), value("port"))?;
        config.application_name(value("application_name").unwrap_or(APPLICATION));
        if let Some(user) = value("user") {
            config.user(user);
        }
        if let Some(password) = value("password") {
            config.password(password);
        }
        if let Some(database) = value("dbname") {
            config.dbname(database);
        }
        if let Some(options) = value("options") {
            config.options(options);
        }
        session(&mut config, value("target_session_attrs"), value("channel_binding"))?;
        keepalive(&mut config, value("keepalives"), value("keepalives_idle"), value("tcp_user_timeout"))?;
        let root = root(value("sslrootcert"));
        let mode = mode(value("sslmode"), &root)?;
        let timeout = match value("connect_timeout") {
            None => Some(CONNECT_TIMEOUT),
            Some(value) => seconds("connect_timeout", value)?,
        };
        Ok(Target { config, mode, root, timeout })
    }

    /// Returns the name of the database.
    pub fn database(&self) -> Option<&str> {
        self.config.get_dbname()
    }

    /// Names another database of the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Target {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// Says whether no host is reached through the network.
    pub(super) fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)))
    }

    /// Returns how long connecting may take in all; `None` for ever.
    pub(super) fn patience(&self) -> Option<Duration> {
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        self.timeout.map(|timeout| timeout.saturating_mul(hosts.max(1)))
    }
}

/// Shows `user@host:port/database`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "{comma}[{name}]:{port}")?,
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                Host::Unix(folder) => write!(f, "{comma}[{}]:{port}", folder.display())?,
            }
        }
        self.config.get_dbname().map_or(Ok(()), |database| write!(f, "/{database}"))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

fn hosts(
    config: &mut Config,
    names: Option<&str>,
    addresses: Option<&str>,
    ports: Option<&str>,
) -> Result<(), TargetError> {
    let ports = numbers(ports.unwrap_or("5432"))?;
    let names: Vec<&str> = names.or(addresses).map_or(Vec::new(), |names| names.split(',').collect());
    if names.is_empty() {
        config.host(local(ports.first().copied().unwrap_or(5432)));
    }
    for name in &names {
        config.host(if name.is_empty() { "localhost" } else { name });
    }
    for address in addresses.into_iter().flat_map(|addresses| addresses.split(',')) {
        let expected = "an address for each host, such as 10.0.0.7";
        config.hostaddr(IpAddr::from_str(address).map_err(|_| TargetError::Value { parameter: "hostaddr", expected })?);
    }
    let addressed = config.get_hostaddrs().len();
    if (addressed > 0 && addressed != config.get_hosts().len()) || (ports.len() > 1 && ports.len() != names.len()) {
        return Err(TargetError::Text("there are not as many addresses or ports as hosts"));
    }
    for port in ports {
        config.port(port);
    }
    Ok(())
}

/// Where a server of this machine is found: as libpq, by the socket that it has.
fn local(port: u16) -> &'static str {
    let has_socket = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    SOCKET_FOLDERS.into_iter().find(has_socket).unwrap_or("localhost")
}

fn numbers(ports: &str) -> Result<Vec<u16>, TargetError> {
    let number = |port: &str| match port {
        "" => Some(5432),
        port => port.parse().ok().filter(|port| *port > 0),
    };
    let numbers: Option<Vec<u16>> = ports.split(',').map(number).collect();
    numbers.ok_or(TargetError::Value { parameter: "port", expected: "a number from 1 to 65535" })
}

fn root(value: Option<&str>) -> Root {
    match value {
        None => Root::Unnamed,
        Some("system") => Root::System,
        Some(file) => Root::File(file.into()),
    }
}

/// Reads a mode, and refuses what libpq refuses: everybody can have a certificate that the system trusts, so it means
/// something only together with the host's name.
fn mode(value: Option<&str>, root: &Root) -> Result<SslMode, TargetError> {
    let mode = match value {
        None if *root == Root::System => SslMode::VerifyFull,
        None | Some("prefer") => SslMode::Prefer,
        Some("disable") => SslMode::Disable,
        Some("allow") => SslMode::Allow,
        Some("require") => SslMode::Require,
        Some("verify-ca") => SslMode::VerifyCa,
        Some("verify-full") => SslMode::VerifyFull,
        Some(_) => {
            let expected = "disable, allow, prefer, require, verify-ca or verify-full";
            return Err(TargetError::Value { parameter: "sslmode", expected });
        }
    };
    match (mode, root) {
        (SslMode::VerifyCa, Root::Unnamed) => {
            Err(TargetError::Value { parameter: "sslrootcert", expected: "a file, for sslmode=verify-ca" })
        }
        (SslMode::VerifyFull, _) | (_, Root::Unnamed | Root::File(_)) => Ok(mode),
        _ => Err(TargetError::Value { parameter: "sslmode", expected: "verify-full, for sslrootcert=system" }),
    }
}

fn session(config: &mut Config, state: Option<&str>, binding: Option<&str>) -> Result<(), TargetError> {
    match state {
        None | Some("any") => config.target_session_attrs(TargetSessionAttrs::Any),
        Some("read-write") => config.target_session_attrs(TargetSessionAttrs::ReadWrite),
        Some("read-only") => config.target_session_attrs(TargetSessionAttrs::ReadOnly),
        Some(_) => {
            let expected = "any, read-write or read-only";
            return Err(TargetError::Value { parameter: "target_session_attrs", expected });
        }
    };
    match binding {
        None | Some("prefer") => config.channel_binding(ChannelBinding::Prefer),
        Some("disable") => config.channel_binding(ChannelBinding::Disable),
        Some("require") => config.channel_binding(ChannelBinding::Require),
        Some(_) => {
            return Err(TargetError::Value { parameter: "channel_binding", expected: "disable, prefer or require" });
        }
    };
    Ok(())
}

fn keepalive(
    config: &mut Config,
    switch: Option<&str>,
    idle: Option<&str>,
    unanswered: Option<&str>,
) -> Result<(), TargetError> {
    match switch {
        None | Some("1") => config.keepalives(true),
        Some("0") => config.keepalives(false),
        Some(_) => return Err(TargetError::Value { parameter: "keepalives", expected: "0 or 1" }),
    };
    if let Some(idle) = idle.map(|value| seconds("keepalives_idle", value)).transpose()?.flatten() {
        config.keepalives_idle(idle);
    }
    if let Some(unanswered) = unanswered {
        let millis = unanswered
            .parse()
            .map_err(|_| TargetError::Value { parameter: "tcp_user_timeout", expected: "whole milliseconds" })?;
        config.tcp_user_timeout(Duration::from_millis(millis));
    }
    Ok(())
}

/// Reads whole seconds, of which none or fewer mean for ever.
fn seconds(parameter: &'static str, value: &str) -> Result<Option<Duration>, TargetError> {
    let seconds: i64 = value.trim().parse().map_err(|_| TargetError::Value { parameter, expected: "whole seconds" })?;
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetError::Text(what) => write!(f, "the connection cannot be read: {what}"),
            TargetError::Unknown { parameter } => write!(f, "the connection's `{parameter}` is not known"),
            TargetError::Value { parameter, expected } => {
                write!(f, "the connection's `{parameter}` must be {expected}")
            }
        }
    }
}

impl std::error::Error for TargetError {}
