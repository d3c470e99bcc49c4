//! Which database is meant: the settings' URLs with the environment's and a tenant's values in them.

use super::RunError;
use super::inventory::Tenant;
use crate::db::{Defaults, Target};
use crate::settings::{Databases, Settings};

/// Values of environment variables.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Finds databases.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    settings: &'a Settings,
    environment: Environment<'a>,
}

impl<'a> Places<'a> {
    /// Finds what settings name, with variables from an environment.
    pub fn new(settings: &'a Settings, environment: Environment<'a>) -> Self {
        Places { settings, environment }
    }

    fn databases(&self) -> &'a Databases {
        &self.settings.databases
    }

    /// Returns the value of an environment variable.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }

    /// Returns the database that tenants share.
    pub(super) fn shared(&self) -> Result<Target, RunError> {
        let url = self.databases().shared.as_ref().and_then(|shared| shared.url.as_deref());
        let missing =
            || RunError::Usage("tenet.yaml names no database: `databases: { shared: { url: … } }`".to_owned());
        self.target(&self.filled(url.ok_or_else(missing)?, None)?, "databases.shared.url")
    }

    /// Returns the database that holds a tenant's own tables.
    pub(super) fn own(&self, tenant: &Tenant) -> Result<Target, RunError> {
        if let Some(url) = &tenant.url {
            return self.target(&self.filled(url, None)?, &format!("the url of tenant `{}`", tenant.id));
        }
        match self.databases().tenant.as_ref().and_then(|own| own.url.as_deref()) {
            Some(url) => self.target(&self.filled(url, Some(tenant))?, "databases.tenant.url"),
            None if self.is_schema() => self.shared(),
            None => Err(RunError::Usage("tenet.yaml does not say where a tenant's database is: `databases: { tenant: { url: \"…{tenant_id}\" } }`".to_owned())),
        }
    }

    /// Says whether a tenant has a schema of its own, not a database.
    pub(super) fn is_schema(&self) -> bool {
        self.settings.has_tenant_schemas()
    }

    /// Returns the name of a tenant's schema.
    pub(super) fn schema(&self, tenant: &str) -> Option<String> {
        let template = self.databases().tenant.as_ref()?.schema.as_ref()?;
        Some(template.replace("{tenant_id}", tenant))
    }

    /// Returns the columns of the inventory that URLs ask for.
    pub(super) fn columns(&self) -> Vec<String> {
        let url = self.databases().tenant.as_ref().and_then(|own| own.url.as_deref()).unwrap_or("");
        holes(url)
            .into_iter()
            .filter(|hole| !hole.starts_with('$') && *hole != "tenant_id")
            .map(str::to_owned)
            .collect()
    }

    fn target(&self, url: &str, key: &str) -> Result<Target, RunError> {
        let defaults = Defaults::from_variables(self.environment);
        Target::parse(url, &defaults).map_err(|error| RunError::Usage(format!("`{key}`: {error}")))
    }

    /// Replaces `${NAME}` and `{column}`; a column's value is written so that it cannot end the part it stands in.
    fn filled(&self, url: &str, tenant: Option<&Tenant>) -> Result<String, RunError> {
        let is_url = url.contains("://");
        let mut filled = String::new();
        let mut rest = url;
        while let Some(at) = rest.find('{') {
            let (before, hole) = rest.split_at(at);
            let Some(end) = hole.find('}') else { break };
            let name = &hole[1..end];
            let value = match before.strip_suffix('$') {
                Some(before) => {
                    filled.push_str(before);
                    let unset = || RunError::Usage(format!("the environment has no variable `{name}`"));
                    (self.environment)(name).filter(|value| !value.is_empty()).ok_or_else(unset)?
                }
                None => {
                    filled.push_str(before);
                    let Some(tenant) = tenant else {
                        return Err(RunError::Usage(format!("`{{{name}}}` stands where no tenant is meant")));
                    };
                    escaped(&tenant.value(name)?, is_url)
                }
            };
            filled.push_str(&value);
            rest = &hole[end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Returns the names between braces; that of an environment variable behind its `$`.
fn holes(url: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in url.match_indices('{') {
        let is_variable = url[..at].ends_with('$');
        if let Some(end) = url[at..].find('}').filter(|_| !is_variable) {
            found.push(&url[at + 1..at + end]);
        }
    }
    found
}

fn escaped(value: &str, is_url: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    if is_url {
        let mut text = String::new();
        for byte in value.bytes() {
            match char::from(byte) {
                c if plain(c) => text.push(c),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
        return text;
    }
    value.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain(std::iter::once(c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Database;

    fn own(template: &str, tenant: &str) -> String {
        let mut settings = Settings::default();
        settings.databases.tenant = Some(Database { url: Some(template.to_owned()), schema: None });
        let environment = |name: &str| (name == "PW").then(|| "s%20cret".to_owned());
        let tenant = Tenant { id: tenant.to_owned(), ..Tenant::default() };
        match Places::new(&settings, &environment).own(&tenant) {
            Ok(target) => target.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_tenant_cannot_leave_its_part_of_a_url() {
        assert_eq!(own("postgresql://u@db1/t_{tenant_id}", "acme"), "u@db1:5432/t_acme");
        assert_eq!(own("postgresql://u@db1/t_{tenant_id}", "a/b?host=x"), "u@db1:5432/t_a/b?host=x");
        assert_eq!(own("host=db1 user=u dbname=t_{tenant_id}", "a b host=x"), "u@db1:5432/t_a b host=x");
        assert_eq!(own("postgresql://u:${PW}@db1/{tenant_id}", "ä"), "u@db1:5432/ä");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(own("postgresql://u:${NO}@db1/x", "a"), "the environment has no variable `NO`");
        assert_eq!(own("postgresql://{region}/x", "a"), "tenant `a` has no column `region`, which a URL names");
    }
}
