//! ALTER POLICY.

use std::fmt;

use super::{Change, ChangeKind, DropPart, Inverse, Lock, PartKind, Replacing, back};
use crate::catalog::{Catalog, CatalogError};
use crate::pg::{LockMode, Name};
use crate::statement::object::policy::{AlterPolicy as Alter, CreatePolicy};

/// `ALTER POLICY` of roles and conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterPolicy {
    /// The table.
    pub table: Name,
    /// What changes.
    pub alter: Box<Alter>,
}

impl AlterPolicy {
    fn change(&self, policy: &mut CreatePolicy) {
        if !self.alter.roles.is_empty() {
            policy.roles.clone_from(&self.alter.roles);
        }
        policy.using = self.alter.using.clone().or_else(|| policy.using.take());
        policy.check = self.alter.check.clone().or_else(|| policy.check.take());
    }
}

impl ChangeKind for AlterPolicy {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut relation = catalog.existing_mut(&self.table)?;
        match relation.policies.get_mut(&self.alter.name) {
            Some(policy) => self.change(&mut policy.definition),
            None => return Err(PartKind::Policy.undefined(&self.table, &self.alter.name)),
        }
        Ok(())
    }

    /// ALTER cannot take a condition away, so a policy that had none comes back by DROP and CREATE.
    fn invert(&self, before: &Catalog) -> Inverse {
        let name = &self.alter.name;
        let relation = before.relation(&self.table);
        let Some((relation, old)) = relation.and_then(|found| Some((found, found.policies.get(name)?))) else {
            return Inverse::underivable(format!("policy `{name}` of `{}` was made outside the history", self.table));
        };
        let mut after = (*old.definition).clone();
        self.change(&mut after);
        if after == *old.definition {
            return Inverse::Nothing;
        }
        let lost = |new: bool, old: bool| new && !old;
        let old = &old.definition;
        if lost(after.using.is_some(), old.using.is_some()) || lost(after.check.is_some(), old.check.is_some()) {
            let drop = DropPart { table: self.table.clone(), kind: PartKind::Policy, name: name.clone() };
            let part = PartKind::Policy.find(relation, name);
            let made = part.map_or_else(Vec::new, |part| back(&relation.name, part, before, Replacing::No));
            return Inverse::Exact(std::iter::once(Change::from(drop)).chain(made).collect());
        }
        let mut alter = (*self.alter).clone();
        let everybody = || vec![crate::statement::object::role_spec::RoleSpec::Public];
        if !alter.roles.is_empty() {
            alter.roles = if old.roles.is_empty() { everybody() } else { old.roles.clone() };
        }
        alter.using = alter.using.and_then(|_| old.using.clone());
        alter.check = alter.check.and_then(|_| old.check.clone());
        Inverse::exact(AlterPolicy { table: self.table.clone(), alter: Box::new(alter) })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for AlterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut alter = (*self.alter).clone();
        alter.table = self.table.clone();
        write!(f, "{alter}")
    }
}
