//! Facts of what objects of all kinds share.

use super::Page;
use crate::catalog::{Acl, GrantOption, Grantee, Shared};

impl Page<'_> {
    /// Writes owner, privileges, comment, labels and extension.
    pub(super) fn shared(&mut self, shared: &Shared) {
        let Some(properties) = shared.get() else { return };
        self.option("owner", &properties.owner);
        self.option("comment", &properties.comment);
        for (provider, label) in &properties.labels {
            self.text(format!("label of {provider}"), label);
        }
        self.option("member of", &properties.member_of);
        for extension in &properties.depends_on {
            self.holds(format!("depends on {extension}"), true);
        }
        properties.privileges.iter().for_each(|acl| self.acl(acl));
    }

    /// Writes each privilege of each role.
    pub(super) fn acl(&mut self, acl: &Acl) {
        for (grantee, privileges) in &acl.0 {
            let who = match grantee {
                Grantee::Owner => "the owner".to_owned(),
                Grantee::Public => "PUBLIC".to_owned(),
                Grantee::CurrentUser => "the role that runs the history".to_owned(),
                Grantee::Role(name) => name.to_string(),
            };
            for (privilege, option) in privileges {
                // An owner may pass everything on, whatever is written.
                let may_pass = *option == GrantOption::With && *grantee != Grantee::Owner;
                let value = if may_pass { "with grant option" } else { "yes" };
                self.text(format!("privilege {privilege} of {who}"), value);
            }
        }
    }
}
