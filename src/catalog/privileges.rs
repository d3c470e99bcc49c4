//! Who may do what with the things of a catalog, and with those that are still to be made.

use super::{
    Acl, Address, Catalog, CatalogError, Class, Definition, Grantable, Grantee, Kind, Object, ObjectId, Origin,
};
use crate::pg::{Ident, Name, PgVersion};
use crate::source::Span;
use crate::statement::object::grant::DefaultKind;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::words::Words;

impl ObjectId {
    /// Names the privileges that what a role makes gets, in one schema or in all; `None` is the role that runs the history.
    ///
    /// They lie in their schema and go by the role: `shop.app ON TABLES`.
    pub fn default_privileges(role: Option<&Ident>, schema: Option<&Ident>, kind: DefaultKind) -> Self {
        let role = role.cloned().unwrap_or_else(|| Ident::exact(RUNNER));
        let parts = schema.into_iter().cloned().chain([role]).collect();
        let name = Name { parts, span: Span::default() };
        ObjectId::with_signature(Class::DefaultPrivileges, name, format!(" ON {kind}"))
    }
}

/// The role that runs the history, in the names of default privileges.
const RUNNER: &str = "CURRENT_USER";

impl Catalog {
    /// Returns the kind of thing, for privileges; `None` when there are none on it.
    pub fn grantable(&self, address: &Address) -> Option<Grantable> {
        match address {
            Address::Relation(name) => match self.relation(name)?.kind {
                Kind::Sequence => Some(Grantable::Sequence),
                _ => Some(Grantable::table(self.version)),
            },
            Address::Column(..) => Some(Grantable::Column),
            Address::Object(id) => Grantable::of(id, self.version),
            _ => None,
        }
    }

    /// Returns who may do what with a thing, PostgreSQL's own choice where nothing was ever granted or revoked.
    pub fn privileges(&self, address: &Address) -> Option<Acl> {
        let own = match address {
            Address::Object(id) if id.class == Class::DefaultPrivileges => {
                match self.object(id).map(|object| &object.definition) {
                    Some(Definition::DefaultPrivileges(acl)) => Some(acl.clone()),
                    _ => None,
                }
            }
            _ => self.shared(address)?.privileges().cloned(),
        };
        own.or_else(|| self.initial_privileges(address))
    }

    /// Returns what PostgreSQL chooses where nothing was ever granted or revoked.
    pub fn initial_privileges(&self, address: &Address) -> Option<Acl> {
        let kind = self.grantable(address)?;
        match address {
            // What a schema adds is added to the privileges that hold everywhere.
            Address::Object(id) if id.class == Class::DefaultPrivileges && id.name.schema().is_some() => {
                Some(Acl::default())
            }
            _ => Some(kind.initial()),
        }
    }

    /// Says who may do what with a thing.
    ///
    /// # Errors
    ///
    /// There is nothing at the address.
    pub fn set_privileges(&mut self, address: &Address, acl: Acl) -> Result<(), CatalogError> {
        // Lists that say the same are equal, whatever the way there.
        let own = Some(acl).filter(|acl| self.initial_privileges(address).as_ref() != Some(acl));
        let Address::Object(id) = address else { return self.set_own_privileges(address, own) };
        if id.class != Class::DefaultPrivileges {
            return self.set_own_privileges(address, own);
        }
        match own {
            Some(acl) => {
                let made = Object::new(id.clone(), Definition::DefaultPrivileges(acl), Origin::default());
                drop(self.insert_object(made));
            }
            None => drop(self.remove_object(id)),
        }
        Ok(())
    }

    fn set_own_privileges(&mut self, address: &Address, own: Option<Acl>) -> Result<(), CatalogError> {
        self.update_shared(address, |shared| shared.update(|found| found.privileges = own))
    }

    /// Returns the privileges that a thing gets when the role of the session makes it; `None` is PostgreSQL's own choice.
    ///
    /// Source: `get_user_default_acl` of PostgreSQL 15.
    pub fn new_privileges(&self, kind: Grantable, schema: Option<&Ident>) -> Option<Acl> {
        let word = match kind {
            Grantable::Table | Grantable::MaintainedTable => DefaultKind::Tables,
            Grantable::Sequence => DefaultKind::Sequences,
            Grantable::Routine => DefaultKind::Functions,
            Grantable::Type => DefaultKind::Types,
            Grantable::Schema => DefaultKind::Schemas,
            _ => return None,
        };
        let role = self.session.role.as_ref();
        let held = |schema| self.privileges(&Address::Object(ObjectId::default_privileges(role, schema, word)));
        let mut acl = held(None)?;
        schema.and_then(|schema| held(Some(schema))).iter().for_each(|own| acl.merge(own));
        Some(acl).filter(|acl| *acl != kind.initial())
    }

    /// Says whether new objects get privileges of their own.
    pub fn has_default_privileges(&self) -> bool {
        self.objects_of(Class::DefaultPrivileges).next().is_some()
    }

    /// Returns the owner of a thing; `None` is the role that runs the history.
    pub fn owner(&self, address: &Address) -> Option<Ident> {
        match address {
            Address::Object(id) if id.class == Class::DefaultPrivileges => {
                Some(id.name.last().clone()).filter(|role| *role != RUNNER)
            }
            Address::Object(_) => self.shared(address)?.owner().cloned(),
            Address::DomainConstraint(of, _) | Address::Attribute(of, _) => {
                self.type_named(of)?.shared.owner().cloned()
            }
            _ => self.relation(address.relation()?)?.shared.owner().cloned(),
        }
    }

    /// Returns the role that a statement names; the inner `None` is the one that runs the history, the outer one PUBLIC.
    pub fn role(&self, role: &RoleSpec) -> Option<Option<Ident>> {
        match role {
            RoleSpec::Name(name) => Some(Some(name.clone())),
            RoleSpec::CurrentRole | RoleSpec::CurrentUser => Some(self.session.role.clone()),
            RoleSpec::SessionUser => Some(self.session.user.clone()),
            RoleSpec::Public => None,
        }
    }

    /// Says whether what the session's role grants may count as its own, not as the owner's.
    pub fn is_by_another(&self, of: &Address) -> bool {
        self.session.role.is_some() && self.session.role != self.owner(of)
    }

    /// Returns whom a statement means as a holder of privileges on a thing.
    pub fn grantee(&self, role: &RoleSpec, of: &Address) -> Grantee {
        match self.role(role) {
            None => Grantee::Public,
            Some(role) if role == self.owner(of) => Grantee::Owner,
            Some(role) => Grantee::named(role.as_ref()),
        }
    }
}

impl Grantable {
    /// Returns the kind of an object that is no relation.
    fn of(id: &ObjectId, version: PgVersion) -> Option<Self> {
        match id.class {
            Class::Schema if *id.name.last() == "public" => Some(Grantable::PublicSchema),
            Class::Schema => Some(Grantable::Schema),
            Class::Routine => Some(Grantable::Routine),
            Class::Type => Some(Grantable::Type),
            Class::Language => Some(Grantable::Language),
            Class::ForeignDataWrapper => Some(Grantable::ForeignDataWrapper),
            Class::Server => Some(Grantable::Server),
            Class::DefaultPrivileges => {
                let word = id.signature.strip_prefix(" ON ")?;
                DefaultKind::ALL
                    .iter()
                    .find(|kind| kind.words() == word)
                    .and_then(|kind| Grantable::made(*kind, version))
            }
            _ => None,
        }
    }

    /// Returns the kind of new things that default privileges are for.
    pub fn made(kind: DefaultKind, version: PgVersion) -> Option<Self> {
        match kind {
            DefaultKind::Tables => Some(Grantable::table(version)),
            DefaultKind::Functions => Some(Grantable::Routine),
            DefaultKind::Sequences => Some(Grantable::Sequence),
            DefaultKind::Types => Some(Grantable::Type),
            DefaultKind::Schemas => Some(Grantable::Schema),
            DefaultKind::LargeObjects => None,
        }
    }
}
