//! GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.
//!
//! What undoes one is the difference between the lists after and before it, never the opposite statement: what was held
//! before stays held.

use std::collections::BTreeMap;
use std::fmt;

use super::kept_privileges::note_doubt;
use super::property::Subject;
use super::{Change, ChangeKind, Inverse, Lock, RestorePrivileges};
use crate::catalog::{
    Acl, AclDelta, Address, Catalog, CatalogError, Class, GrantMode, GrantOption, Grantable, Grantee, Named,
};
use crate::pg::Ident;
use crate::statement::object::reference::Kind;
use crate::statement::print::Comma;
use crate::statement::words::Behavior;

/// Privileges on a thing, or on those that are still to be made, are given or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePrivileges {
    /// What they are on.
    pub of: Address,
    /// How statements name that.
    pub target: GrantTarget,
    /// What changes.
    pub delta: AclDelta,
    /// What becomes of what those passed on from whom it is taken.
    pub behavior: Behavior,
}

/// How GRANT and REVOKE name what privileges are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTarget {
    /// Which privileges there are on it.
    pub kind: Grantable,
    /// The words before GRANT or REVOKE, with a space at their end; empty but for default privileges.
    pub lead: String,
    /// The words behind ON.
    pub object: String,
    /// The column.
    pub column: Option<Ident>,
    /// The owner; `None` is the role that runs the history.
    pub owner: Option<Ident>,
}

impl ChangePrivileges {
    /// Changes the privileges on what a catalog holds; `None` when there are none on it.
    pub fn new(catalog: &Catalog, of: Address, delta: AclDelta) -> Option<Self> {
        let kind = catalog.grantable(&of)?;
        let owner = catalog.owner(&of);
        let target =
            GrantTarget { kind, lead: lead(&of, owner.as_ref()), object: object(catalog, &of), column: None, owner };
        let column = match &of {
            Address::Column(_, column) => Some(column.clone()),
            _ => None,
        };
        let target = GrantTarget { column, ..target };
        Some(ChangePrivileges { of, target, delta, behavior: Behavior::Restrict })
    }
}

/// Writes the words of ALTER DEFAULT PRIVILEGES.
fn lead(of: &Address, role: Option<&Ident>) -> String {
    let Address::Object(id) = of else { return String::new() };
    if id.class != Class::DefaultPrivileges {
        return String::new();
    }
    let role = role.map_or_else(String::new, |role| format!("FOR ROLE {role} "));
    let schema = id.name.schema().map_or_else(String::new, |schema| format!("IN SCHEMA {schema} "));
    format!("ALTER DEFAULT PRIVILEGES {role}{schema}")
}

fn object(catalog: &Catalog, of: &Address) -> String {
    match of {
        Address::Object(id) if id.class == Class::DefaultPrivileges => {
            id.signature.trim_start_matches(" ON ").to_owned()
        }
        Address::Column(table, _) => format!("TABLE {}", catalog.shown(table)),
        _ => format!("{} {}", word(catalog.kind_at(of)), catalog.written(of).replace("(*)", "()")),
    }
}

/// Returns the word that GRANT has for a kind.
fn word(kind: Kind) -> String {
    match kind {
        Kind::View | Kind::MaterializedView | Kind::ForeignTable => Kind::Table.to_string(),
        Kind::Aggregate => Kind::Function.to_string(),
        Kind::Server => "FOREIGN SERVER".to_owned(),
        _ => kind.to_string(),
    }
}

/// The lists of a thing and of its columns.
type Lists = BTreeMap<Address, Acl>;

/// Returns the list of a thing, and those of its columns that have one.
fn lists(catalog: &Catalog, of: &Address) -> Lists {
    let columns = match of {
        Address::Relation(name) => catalog.relation(name).map_or_else(Vec::new, |relation| {
            let own = relation.columns.iter().filter(|column| column.shared.privileges().is_some());
            own.map(|column| Address::Column(relation.name.clone(), column.name.clone())).collect()
        }),
        _ => Vec::new(),
    };
    let all = std::iter::once(of.clone()).chain(columns);
    all.filter_map(|address| Some((address.clone(), catalog.privileges(&address)?))).collect()
}

/// Changes the list of a thing; what is taken on a table is taken on its columns too.
fn change(lists: &mut Lists, of: &Address, delta: &AclDelta) {
    for (address, acl) in lists.iter_mut() {
        if address == of || delta.mode.takes() && matches!(of, Address::Relation(_)) {
            acl.change(delta);
        }
    }
}

/// Makes the changes that turn the lists of a thing and its columns into those that it has in a catalog.
fn back(before: &Catalog, of: &Address, mut now: Lists) -> Vec<Change> {
    let wanted = lists(before, of);
    let mut changes = Vec::new();
    let mut bring = |now: &mut Lists, address: &Address| {
        let none = Acl::default();
        let held = now.get(address).unwrap_or(&none);
        let deltas = held.deltas(wanted.get(address).unwrap_or(&none));
        for delta in deltas {
            change(now, address, &delta);
            changes.extend(ChangePrivileges::new(before, address.clone(), delta).map(Change::from));
        }
    };
    // The table comes first: what is taken there is taken from the columns.
    bring(&mut now, of);
    let columns: Vec<Address> = now.keys().chain(wanted.keys()).filter(|address| *address != of).cloned().collect();
    columns.iter().for_each(|column| bring(&mut now, column));
    changes
}

/// Makes the changes that give a thing back the privileges that it has in a catalog, after its owner came back.
pub(super) fn after_owner(before: &Catalog, of: &Address, owner: Option<&Ident>) -> Vec<Change> {
    let mut now = lists(before, of);
    now.values_mut().for_each(|acl| acl.pass_to(owner));
    back(before, of, now)
}

/// Lets the lists of a thing and its columns follow it to another owner.
pub(super) fn follow_owner(catalog: &mut Catalog, of: &Address, to: Option<&Ident>) -> Result<(), CatalogError> {
    for (address, mut acl) in lists(catalog, of) {
        acl.pass_to(to);
        catalog.set_privileges(&address, acl)?;
    }
    Ok(())
}

/// Makes the changes that give a thing, made anew, the privileges that it has in a catalog.
///
/// What is new has the default privileges of the role that makes it, which were not there when it was made first.
pub(super) fn restore(before: &Catalog, of: &Address) -> Vec<Change> {
    let Some(wanted) = before.privileges(of) else { return Vec::new() };
    let Some(kind) = before.grantable(of) else { return Vec::new() };
    let initial = kind.initial();
    let schema = match of {
        Address::Object(id) => id.name.schema(),
        _ => of.relation().and_then(|name| name.schema()),
    };
    let made = before.new_privileges(kind, schema).unwrap_or_else(|| initial.clone());
    let mut either = made.clone();
    either.merge(&initial);
    let taken = either.deltas(&wanted).into_iter().filter(|delta| delta.mode.takes());
    let given = made.common(&initial).deltas(&wanted).into_iter().filter(|delta| !delta.mode.takes());
    let changes = taken.chain(given).filter_map(|delta| ChangePrivileges::new(before, of.clone(), delta));
    changes.map(Change::from).collect()
}

/// Makes the changes that spell out the privileges that a new thing gets from the role of the session.
pub(crate) fn of_new(catalog: &Catalog, (of, subject): (&Address, &Subject), kind: Grantable) -> Vec<Change> {
    let schema = match of {
        Address::Object(id) => id.name.schema(),
        _ => of.relation().and_then(|name| name.schema()),
    };
    let Some(acl) = catalog.new_privileges(kind, schema) else { return Vec::new() };
    let target = GrantTarget {
        kind,
        lead: String::new(),
        object: format!("{} {}", word(subject.kind), subject.name.replace("(*)", "()")),
        column: None,
        owner: catalog.session.role.clone(),
    };
    let deltas = kind.initial().deltas(&acl).into_iter();
    deltas
        .map(|delta| {
            ChangePrivileges { of: of.clone(), target: target.clone(), delta, behavior: Behavior::Restrict }.into()
        })
        .collect()
}

impl ChangeKind for ChangePrivileges {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut lists = lists(catalog, &self.of);
        if !lists.contains_key(&self.of) {
            return Err(CatalogError::Undefined(self.of.clone()));
        }
        change(&mut lists, &self.of, &self.delta);
        note_doubt(catalog, (&self.of, &self.delta))?;
        lists.into_iter().try_for_each(|(address, acl)| catalog.set_privileges(&address, acl))
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        if before.is_by_another(&self.of) {
            return Inverse::underivable("a role that may not be the owner grants by options of its own");
        }
        if let Some(role) = self.passes_on(before) {
            return Inverse::underivable(format!("what {role} passed on goes as well"));
        }
        let mut now = lists(before, &self.of);
        change(&mut now, &self.of, &self.delta);
        let known = back(before, &self.of, now);
        if let Some(kept) = RestorePrivileges::of(before, (&self.of, &self.delta), &known) {
            return kept;
        }
        match known {
            changes if changes.is_empty() => Inverse::Nothing,
            changes => Inverse::Exact(changes),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for ChangePrivileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GrantTarget { lead, object, owner, .. } = &self.target;
        let named = |grantee| Named(grantee, owner.as_ref());
        let grantees: Vec<Named<'_>> = self.delta.grantees.iter().map(named).collect();
        let (verb, preposition, option) = match self.delta.mode {
            GrantMode::Revoke => ("REVOKE", "FROM", ""),
            GrantMode::RevokeOption => ("REVOKE GRANT OPTION FOR", "FROM", ""),
            GrantMode::Grant => ("GRANT", "TO", ""),
            GrantMode::GrantWithOption => ("GRANT", "TO", " WITH GRANT OPTION"),
        };
        let privileges = self.privileges();
        let behavior = self.behavior;
        write!(f, "{lead}{verb} {privileges} ON {object} {preposition} {}{option}{behavior}", Comma(&grantees))
    }
}

impl ChangePrivileges {
    /// Returns a role that CASCADE takes more from than its own: it could pass on what it had.
    fn passes_on(&self, before: &Catalog) -> Option<String> {
        let held = before.privileges(&self.of).filter(|_| self.behavior == Behavior::Cascade)?;
        let could = |grantee: &&Grantee| {
            let own = held.0.get(grantee);
            own.is_some_and(|own| own.values().any(|option| *option == GrantOption::With))
        };
        let role = self.delta.grantees.iter().find(could)?;
        Some(Named(role, self.target.owner.as_ref()).to_string())
    }

    fn privileges(&self) -> String {
        let column = self.target.column.as_ref().map_or_else(String::new, |column| format!(" ({column})"));
        let all = self.target.kind.all();
        let is_all = all.len() > 1 && all.iter().all(|word| self.delta.privileges.contains(*word));
        if is_all {
            return format!("ALL PRIVILEGES{column}");
        }
        let place = |privilege: &Ident| all.iter().position(|word| privilege == word);
        let mut named: Vec<&Ident> = self.delta.privileges.iter().collect();
        named.sort_by_key(|privilege| (place(privilege).unwrap_or(all.len()), *privilege));
        let words: Vec<String> =
            named.iter().map(|privilege| format!("{}{column}", privilege.as_str().to_uppercase())).collect();
        words.join(", ")
    }
}
