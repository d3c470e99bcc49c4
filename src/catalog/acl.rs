//! Access control lists: what PostgreSQL begins with, how GRANT and REVOKE change them, and how two differ.
//!
//! All grants count as the owner's, as PostgreSQL takes them when the owner, one of its members or a superuser grants.
//! What a role passes on by a grant option has that role as its grantor on the server; here it has none, so a REVOKE
//! takes it from whoever is named, and CASCADE reaches nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Acl, GrantOption, Grantee};
use crate::pg::{Ident, PgVersion};

/// The kinds of things that privileges are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantable {
    /// Tables, views and other relations.
    Table,
    /// The same since PostgreSQL 17, which has MAINTAIN.
    MaintainedTable,
    /// Columns.
    Column,
    /// Sequences.
    Sequence,
    /// Functions, procedures, aggregates.
    Routine,
    /// Types and domains.
    Type,
    /// Schemas.
    Schema,
    /// The schema `public`, which a database begins with.
    PublicSchema,
    /// Languages.
    Language,
    /// Foreign data wrappers.
    ForeignDataWrapper,
    /// Foreign servers.
    Server,
}

/// How a statement changes privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantMode {
    /// `REVOKE`.
    Revoke,
    /// `REVOKE GRANT OPTION FOR`.
    RevokeOption,
    /// `GRANT`.
    Grant,
    /// `GRANT … WITH GRANT OPTION`.
    GrantWithOption,
}

/// What one GRANT or REVOKE changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclDelta {
    /// How.
    pub mode: GrantMode,
    /// The privileges, as the list keeps them.
    pub privileges: BTreeSet<Ident>,
    /// Whose they are.
    pub grantees: Vec<Grantee>,
}

impl Grantable {
    /// Returns what privileges there are on tables.
    pub fn table(version: PgVersion) -> Self {
        if version.is_since(17) { Grantable::MaintainedTable } else { Grantable::Table }
    }

    /// Says whether it stands for tables.
    pub fn is_table(self) -> bool {
        matches!(self, Grantable::Table | Grantable::MaintainedTable)
    }

    /// Returns the privileges that there are on such a thing, in the order in which they are written.
    pub fn all(self) -> &'static [&'static str] {
        match self {
            Grantable::Table => &["select", "insert", "update", "delete", "truncate", "references", "trigger"],
            Grantable::MaintainedTable => {
                &["select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"]
            }
            Grantable::Column => &["select", "insert", "update", "references"],
            Grantable::Sequence => &["usage", "select", "update"],
            Grantable::Routine => &["execute"],
            Grantable::Schema | Grantable::PublicSchema => &["usage", "create"],
            Grantable::Type | Grantable::Language | Grantable::ForeignDataWrapper | Grantable::Server => &["usage"],
        }
    }

    /// Returns what everybody may do when nothing was ever granted or revoked.
    ///
    /// Source: `acldefault` of PostgreSQL 15; the schema `public` as `initdb` leaves it.
    fn of_public(self) -> &'static [&'static str] {
        match self {
            Grantable::Routine => &["execute"],
            Grantable::Type | Grantable::Language | Grantable::PublicSchema => &["usage"],
            _ => &[],
        }
    }

    /// Returns the privileges that such a thing begins with.
    pub fn initial(self) -> Acl {
        let list = |words: &[&str]| -> BTreeMap<Ident, GrantOption> {
            words.iter().map(|word| (Ident::exact(word), GrantOption::Without)).collect()
        };
        let owner = if self == Grantable::Column { &[] } else { self.all() };
        let both = [(Grantee::Owner, list(owner)), (Grantee::Public, list(self.of_public()))];
        Acl(both.into_iter().filter(|(_, held)| !held.is_empty()).collect())
    }
}

impl Acl {
    /// Gives or takes privileges.
    pub fn change(&mut self, delta: &AclDelta) {
        for grantee in &delta.grantees {
            let held = self.0.entry(grantee.clone()).or_default();
            for privilege in &delta.privileges {
                change(held, privilege, delta.mode);
            }
        }
        self.0.retain(|_, held| !held.is_empty());
    }

    /// Adds what another list gives.
    pub fn merge(&mut self, other: &Acl) {
        for (grantee, privileges) in &other.0 {
            let held = self.0.entry(grantee.clone()).or_default();
            for (privilege, option) in privileges {
                let known = held.entry(privilege.clone()).or_insert(*option);
                *known = (*known).max(*option);
            }
        }
    }

    /// Returns what both lists give.
    pub fn common(&self, other: &Acl) -> Acl {
        let both = |grantee: &Grantee, held: &BTreeMap<Ident, GrantOption>| -> BTreeMap<Ident, GrantOption> {
            let others = other.0.get(grantee);
            let option = |privilege: &Ident| others.and_then(|found| found.get(privilege)).copied();
            held.iter().filter_map(|(name, own)| Some((name.clone(), option(name)?.min(*own)))).collect()
        };
        let all = self.0.iter().map(|(grantee, held)| (grantee.clone(), both(grantee, held)));
        Acl(all.filter(|(_, held)| !held.is_empty()).collect())
    }

    /// Lets a role own the thing: what it was granted becomes the owner's.
    pub fn pass_to(&mut self, owner: Option<&Ident>) {
        if let Some(granted) = self.0.remove(&Grantee::named(owner)) {
            self.merge(&Acl(BTreeMap::from([(Grantee::Owner, granted)])));
        }
    }

    /// Returns the statements that turn this list into another: what is taken first, then what is given.
    pub fn deltas(&self, to: &Acl) -> Vec<AclDelta> {
        let mut groups: BTreeMap<(GrantMode, BTreeSet<Ident>), Vec<Grantee>> = BTreeMap::new();
        let grantees: BTreeSet<&Grantee> = self.0.keys().chain(to.0.keys()).collect();
        for grantee in grantees {
            for (mode, privileges) in self.of_grantee(to, grantee) {
                groups.entry((mode, privileges)).or_default().push(grantee.clone());
            }
        }
        let delta = |((mode, privileges), grantees)| AclDelta { mode, privileges, grantees };
        groups.into_iter().map(delta).collect()
    }

    fn of_grantee(&self, to: &Acl, grantee: &Grantee) -> BTreeMap<GrantMode, BTreeSet<Ident>> {
        let none = BTreeMap::new();
        let (old, new) = (self.0.get(grantee).unwrap_or(&none), to.0.get(grantee).unwrap_or(&none));
        let mut modes: BTreeMap<GrantMode, BTreeSet<Ident>> = BTreeMap::new();
        for privilege in old.keys().chain(new.keys()) {
            let mode = match (old.get(privilege), new.get(privilege)) {
                (Some(_), None) => GrantMode::Revoke,
                (Some(GrantOption::With), Some(GrantOption::Without)) => GrantMode::RevokeOption,
                (None, Some(GrantOption::Without)) => GrantMode::Grant,
                (None | Some(GrantOption::Without), Some(GrantOption::With)) => GrantMode::GrantWithOption,
                _ => continue,
            };
            modes.entry(mode).or_default().insert(privilege.clone());
        }
        modes
    }
}

fn change(held: &mut BTreeMap<Ident, GrantOption>, privilege: &Ident, mode: GrantMode) {
    match mode {
        GrantMode::Revoke => drop(held.remove(privilege)),
        GrantMode::RevokeOption => {
            held.entry(privilege.clone()).and_modify(|option| *option = GrantOption::Without);
        }
        GrantMode::Grant => drop(held.entry(privilege.clone()).or_insert(GrantOption::Without)),
        GrantMode::GrantWithOption => drop(held.insert(privilege.clone(), GrantOption::With)),
    }
}

impl GrantMode {
    /// Says whether it takes something away.
    pub fn takes(self) -> bool {
        matches!(self, GrantMode::Revoke | GrantMode::RevokeOption)
    }
}

impl Grantee {
    /// Returns a role that is not the owner; `None` is the one that runs the history.
    pub fn named(role: Option<&Ident>) -> Self {
        role.map_or(Grantee::CurrentUser, |role| Grantee::Role(role.clone()))
    }
}

/// A grantee as statements name it, by the owner of the thing.
pub(crate) struct Named<'a>(pub(crate) &'a Grantee, pub(crate) Option<&'a Ident>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Grantee::Role(role), _) | (Grantee::Owner, Some(role)) => write!(f, "{role}"),
            (Grantee::Owner, None) | (Grantee::CurrentUser, _) => f.write_str("CURRENT_USER"),
            (Grantee::Public, _) => f.write_str("PUBLIC"),
        }
    }
}
