//! What libpq takes from the environment when a URL does not say it, as a plain value.

use std::fmt;

use super::text::Parameters;

/// The variables, and the parameters that they stand for; a later one wins.
const VARIABLES: [(&str, &str); 13] = [
    ("USER", "user"),
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Parameters for what a target's text leaves open; shows no values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Defaults(Parameters);

impl Defaults {
    /// Takes them from variables that libpq knows.
    pub fn from_variables(value: impl Fn(&str) -> Option<String>) -> Self {
        let given = VARIABLES.iter().filter_map(|(variable, name)| Some((*name, value(variable)?)));
        Defaults(given.filter(|(_, value)| !value.is_empty()).collect())
    }

    pub(super) fn parameters(&self) -> &Parameters {
        &self.0
    }
}

impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
