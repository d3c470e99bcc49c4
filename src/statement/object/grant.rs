//! GRANT and REVOKE of privileges and of roles.

use std::fmt;

use super::reference::RoutineName;
use super::role_spec::RoleSpec;
use crate::pg::{Ident, Name};
use crate::statement::print::{Comma, InParens, Label, Lead, When};
use crate::statement::words::{Behavior, words};

/// GRANT or REVOKE of privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whether it gives or takes.
    pub direction: GrantDirection,
    /// The privileges.
    pub privileges: Privileges,
    /// The objects.
    pub target: GrantTarget,
    /// The roles.
    pub grantees: Vec<RoleSpec>,
    /// `GRANTED BY`.
    pub granted_by: Option<RoleSpec>,
}

/// Whether privileges are given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantDirection {
    /// `GRANT`.
    Grant {
        /// `WITH GRANT OPTION`.
        grant_option: bool,
    },
    /// `REVOKE`.
    Revoke {
        /// `GRANT OPTION FOR`.
        grant_option: bool,
        /// What becomes of privileges that were passed on.
        behavior: Behavior,
    },
}

/// Privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Privileges {
    /// `ALL`, on these columns when any are written.
    All(Vec<Ident>),
    /// A list.
    List(Vec<Privilege>),
}

/// One privilege.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privilege {
    /// Its word in lower case: `select`, `alter system`. PostgreSQL looks at it when it runs the statement.
    pub name: Ident,
    /// The columns that it is limited to.
    pub columns: Vec<Ident>,
}

/// What privileges are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantTarget {
    /// Tables, views, foreign tables, and sequences written as such.
    Tables(Vec<Name>),
    /// Objects of one kind, by name.
    Named(NamedKind, Vec<Name>),
    /// Routines of one kind.
    Routines(GrantRoutineKind, Vec<RoutineName>),
    /// Large objects, by number as written.
    LargeObjects(Vec<String>),
    /// Every object of one kind in some schemas.
    AllInSchemas(BulkKind, Vec<Ident>),
}

words! {
    /// Kinds of object that GRANT names with a word and a name.
    pub enum NamedKind {
        Sequence = "SEQUENCE",
        Database = "DATABASE",
        Domain = "DOMAIN",
        ForeignDataWrapper = "FOREIGN DATA WRAPPER",
        ForeignServer = "FOREIGN SERVER",
        Language = "LANGUAGE",
        Parameter = "PARAMETER",
        Schema = "SCHEMA",
        Tablespace = "TABLESPACE",
        Type = "TYPE",
    }
}

words! {
    /// Kinds of routine that GRANT names.
    pub enum GrantRoutineKind {
        Function = "FUNCTION",
        Procedure = "PROCEDURE",
        Routine = "ROUTINE",
    }
}

words! {
    /// Kinds of object that GRANT takes a whole schema of.
    pub enum BulkKind {
        Tables = "TABLES",
        Sequences = "SEQUENCES",
        Functions = "FUNCTIONS",
        Procedures = "PROCEDURES",
        Routines = "ROUTINES",
    }
}

/// GRANT or REVOKE of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRole {
    /// Whether it gives or takes.
    pub direction: RoleDirection,
    /// The roles that become or cease to be groups of the others.
    pub roles: Vec<Ident>,
    /// The members.
    pub members: Vec<RoleSpec>,
    /// `GRANTED BY`.
    pub granted_by: Option<RoleSpec>,
}

/// Whether membership is given or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleDirection {
    /// `GRANT`, with options and whether they hold.
    Grant(Vec<(Ident, bool)>),
    /// `REVOKE`.
    Revoke {
        /// `<option> OPTION FOR`: only the option is taken.
        option: Option<Ident>,
        /// What becomes of memberships that were passed on.
        behavior: Behavior,
    },
}

/// ALTER DEFAULT PRIVILEGES.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDefaultPrivileges {
    /// `FOR ROLE` and `IN SCHEMA`, in the order written; a repeated one is refused when PostgreSQL runs the statement.
    pub limits: Vec<DefaultLimit>,
    /// Whether it gives or takes.
    pub direction: GrantDirection,
    /// The privileges.
    pub privileges: Privileges,
    /// The kind of object.
    pub target: DefaultKind,
    /// The roles.
    pub grantees: Vec<RoleSpec>,
}

/// What ALTER DEFAULT PRIVILEGES is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultLimit {
    /// Objects that these roles create.
    Roles(Vec<RoleSpec>),
    /// Objects in these schemas.
    Schemas(Vec<Ident>),
}

words! {
    /// Kinds of object that have default privileges.
    pub enum DefaultKind {
        Tables = "TABLES",
        Functions = "FUNCTIONS",
        Sequences = "SEQUENCES",
        Types = "TYPES",
        Schemas = "SCHEMAS",
        LargeObjects = "LARGE OBJECTS",
    }
}

impl Grant {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self.direction {
            GrantDirection::Grant { .. } => "GRANT",
            GrantDirection::Revoke { .. } => "REVOKE",
        }
    }
}

impl GrantRole {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self.direction {
            RoleDirection::Grant(_) => "GRANT ROLE",
            RoleDirection::Revoke { .. } => "REVOKE ROLE",
        }
    }
}

impl GrantDirection {
    /// Writes the words before the privileges.
    fn open(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantDirection::Grant { .. } => f.write_str("GRANT "),
            GrantDirection::Revoke { grant_option, .. } => {
                write!(f, "REVOKE {}", When(grant_option, "GRANT OPTION FOR "))
            }
        }
    }

    /// Writes everything from the grantees on.
    fn close(self, f: &mut fmt::Formatter<'_>, grantees: &[RoleSpec], granted_by: &Option<RoleSpec>) -> fmt::Result {
        let granted_by = Lead(" GRANTED BY ", granted_by);
        match self {
            GrantDirection::Grant { grant_option } => {
                let option = When(grant_option, " WITH GRANT OPTION");
                write!(f, " TO {}{option}{granted_by}", Comma(grantees))
            }
            GrantDirection::Revoke { behavior, .. } => {
                write!(f, " FROM {}{granted_by}{behavior}", Comma(grantees))
            }
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.direction.open(f)?;
        write!(f, "{} ON {}", self.privileges, self.target)?;
        self.direction.close(f, &self.grantees, &self.granted_by)
    }
}

impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Privileges::All(columns) => write!(f, "ALL PRIVILEGES{}", InParens(" ", columns)),
            Privileges::List(list) => write!(f, "{}", Comma(list)),
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            name @ ("select" | "references" | "create" | "alter system") => f.write_str(name)?,
            _ => write!(f, "{}", self.name)?,
        }
        write!(f, "{}", InParens(" ", &self.columns))
    }
}

impl fmt::Display for GrantTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantTarget::Tables(names) => write!(f, "TABLE {}", Comma(names)),
            GrantTarget::Named(kind, names) => write!(f, "{kind} {}", Comma(names)),
            GrantTarget::Routines(kind, routines) => write!(f, "{kind} {}", Comma(routines)),
            GrantTarget::LargeObjects(numbers) => write!(f, "LARGE OBJECT {}", Comma(numbers)),
            GrantTarget::AllInSchemas(kind, schemas) => write!(f, "ALL {kind} IN SCHEMA {}", Comma(schemas)),
        }
    }
}

impl fmt::Display for GrantRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (roles, members) = (Comma(&self.roles), Comma(&self.members));
        let granted_by = Lead(" GRANTED BY ", &self.granted_by);
        match &self.direction {
            RoleDirection::Grant(options) => {
                write!(f, "GRANT {roles} TO {members}")?;
                for (at, (option, value)) in options.iter().enumerate() {
                    let lead = if at > 0 { ", " } else { " WITH " };
                    write!(f, "{lead}{} {}", Label(option), if *value { "TRUE" } else { "FALSE" })?;
                }
                write!(f, "{granted_by}")
            }
            RoleDirection::Revoke { option, behavior } => {
                f.write_str("REVOKE ")?;
                option.iter().try_for_each(|option| write!(f, "{option} OPTION FOR "))?;
                write!(f, "{roles} FROM {members}{granted_by}{behavior}")
            }
        }
    }
}

impl fmt::Display for AlterDefaultPrivileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ALTER DEFAULT PRIVILEGES ")?;
        self.limits.iter().try_for_each(|limit| write!(f, "{limit} "))?;
        self.direction.open(f)?;
        write!(f, "{} ON {}", self.privileges, self.target)?;
        self.direction.close(f, &self.grantees, &None)
    }
}

impl fmt::Display for DefaultLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefaultLimit::Roles(roles) => write!(f, "FOR ROLE {}", Comma(roles)),
            DefaultLimit::Schemas(schemas) => write!(f, "IN SCHEMA {}", Comma(schemas)),
        }
    }
}
