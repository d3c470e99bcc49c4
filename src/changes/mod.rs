//! The algebra of catalog-visible effects: each can be applied, printed as SQL, and inverted.
//!
//! Replay, inverse and diff are its uses. Names in a change are as short as the search path allows.

mod alter_constraint;
mod anew;
mod attach_index;
mod column;
mod column_type;
mod column_value;
mod constraint;
mod given;
mod identity;
mod index;
mod index_parts;
mod inherit;
mod inverse;
mod keep_column;
mod keep_rows;
mod kept_definition;
mod kept_privileges;
mod kept_settings;
mod object;
mod overrides;
mod part;
mod partition;
mod position;
mod presence;
pub mod privileges;
pub mod property;
mod sequence;
mod table;
mod tree;
mod view;

use std::fmt;

pub use alter_constraint::AlterConstraint;
pub use attach_index::AttachIndex;
pub use column::{AddColumn, DropColumn, RenameColumn};
pub use column_type::{SetExpression, SetType};
pub use column_value::{DropNotNull, Fill, SetDefault, SetNotNull};
pub use constraint::{AddConstraint, DropConstraint, RenameConstraint, ValidateConstraint};
pub use given::DropGiven;
pub use identity::{AddIdentity, DropIdentity, OwnSequence, SetIdentity};
pub use index::{CreateIndex, DropIndex, IndexBuild, RenameIndex};
pub use inherit::{Inherit, NoInherit};
pub use inverse::{Inverse, Record, Taken};
pub use keep_column::{FillNulls, KeepValues, RestoreType};
pub use keep_rows::{KeepRows, RestoreRows, TruncateTables};
pub use kept_definition::RestoreDefinition;
pub use kept_privileges::RestorePrivileges;
pub use kept_settings::RestoreSettings;
pub use object::{AlterObject, CreateObject, DropObject, MoveObject, RenameObject};
pub use part::{AlterPolicy, CreatePart, DropPart, Part, PartKind, RenamePart, Replacing, SetAllTriggers};
pub use partition::{AttachPartition, DetachPartition};
pub use position::RestorePosition;
pub use privileges::ChangePrivileges;
pub use property::{Property, SetProperty};
pub use sequence::{AlterSequence, CreateSequence};
pub use table::{CreateRelation, CreateTable, DropRelation, Dropped, RenameRelation, SetRowSecurity, SetSchema};

pub use tree::Reach;
pub use view::{CreateMode, CreateView, RefreshView};

use crate::catalog::{Catalog, CatalogError};
use crate::pg::{LockMode, Name};

/// A relation and the mode in which a change locks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The relation.
    pub relation: Name,
    /// The mode.
    pub mode: LockMode,
}

impl Lock {
    /// Makes a lock.
    pub(crate) fn new(relation: &Name, mode: LockMode) -> Self {
        Lock { relation: relation.clone(), mode }
    }
}

/// What replay needs of the kinds, besides the kinds themselves.
pub(crate) mod parts {
    pub(crate) use super::constraint::{drop as drop_constraint, referenced};
    pub(crate) use super::kept_privileges::with_recorded;
    pub(crate) use super::object::{between, refusal, slot};
    pub(crate) use super::overrides::overrides;
    pub(crate) use super::partition::pass_on;
    pub(crate) use super::privileges::of_new as privileges_of_new;
    pub(crate) use super::sequence::{as_definition, retype};
    pub(crate) use super::table::referenced as referenced_tables;
}

/// What every change can do.
pub(crate) trait ChangeKind: fmt::Display {
    /// Does it to a catalog.
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError>;

    /// Says how to undo it, from the catalog before it.
    fn invert(&self, before: &Catalog) -> Inverse;

    /// Returns the locks on relations that exist before it.
    fn locks(&self) -> Vec<Lock>;
}

/// Makes the enum and hands every method on to the kind.
macro_rules! changes {
    ($($(#[$doc:meta])* $kind:ident,)+) => {
        /// One catalog-visible effect of a statement.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Change {
            $($(#[$doc])* $kind($kind),)+
        }

        impl Change {
            fn kind(&self) -> &dyn ChangeKind {
                match self {
                    $(Change::$kind(change) => change,)+
                }
            }
        }

        $(impl From<$kind> for Change {
            fn from(change: $kind) -> Self {
                Change::$kind(change)
            }
        })+
    };
}

changes! {
    /// A table appears.
    CreateTable,
    /// A relation whose definition is not followed appears.
    CreateRelation,
    /// A view appears, or takes the place of another.
    CreateView,
    /// A materialized view is filled or emptied.
    RefreshView,
    /// A relation disappears.
    DropRelation,
    /// A relation gets another name.
    RenameRelation,
    /// A relation moves to another schema.
    SetSchema,
    /// Row security is switched.
    SetRowSecurity,
    /// A table becomes a partition.
    AttachPartition,
    /// A partition becomes a table of its own.
    DetachPartition,
    /// A trigger, policy or rule appears.
    CreatePart,
    /// A trigger, policy or rule disappears.
    DropPart,
    /// A trigger, policy or rule gets another name.
    RenamePart,
    /// A policy changes.
    AlterPolicy,
    /// All triggers of a table are switched.
    SetAllTriggers,
    /// A column appears.
    AddColumn,
    /// A column disappears.
    DropColumn,
    /// A column gets another name.
    RenameColumn,
    /// A column's default is set or dropped.
    SetDefault,
    /// A column refuses NULL.
    SetNotNull,
    /// A column takes NULL.
    DropNotNull,
    /// A column gets another type.
    SetType,
    /// A generated column gets another expression, or becomes an ordinary column.
    SetExpression,
    /// A column becomes an identity column.
    AddIdentity,
    /// An identity column becomes an ordinary one.
    DropIdentity,
    /// An identity column takes values from its sequence at other times.
    SetIdentity,
    /// A sequence appears.
    CreateSequence,
    /// A sequence counts in another way, or goes on elsewhere.
    AlterSequence,
    /// A sequence goes with another column.
    OwnSequence,
    /// A constraint appears.
    AddConstraint,
    /// A constraint disappears.
    DropConstraint,
    /// A constraint gets another name.
    RenameConstraint,
    /// A constraint is checked at another time, or enforced or not.
    AlterConstraint,
    /// A table begins to inherit.
    Inherit,
    /// A table ceases to inherit.
    NoInherit,
    /// A constraint is known to hold for all rows.
    ValidateConstraint,
    /// An index appears.
    CreateIndex,
    /// An index disappears.
    DropIndex,
    /// An index gets another name.
    RenameIndex,
    /// The index of a partition becomes a part of its parent's.
    AttachIndex,
    /// Privileges are given or taken.
    ChangePrivileges,
    /// A property gets a value.
    SetProperty,
    /// An object that is no relation appears.
    CreateObject,
    /// An object that is no relation disappears.
    DropObject,
    /// The definition of an object that is no relation changes.
    AlterObject,
    /// An object that is no relation gets another name.
    RenameObject,
    /// An object that is no relation moves to another schema.
    MoveObject,
    /// A column keeps the values that another one loses.
    KeepValues,
    /// A column gets its old type and its kept values back.
    RestoreType,
    /// A column gets a value where it has none.
    FillNulls,
    /// A table keeps the rows that another one loses.
    KeepRows,
    /// A table gets its kept rows back.
    RestoreRows,
    /// Tables lose their rows.
    TruncateTables,
    /// A sequence goes on where it had stood.
    RestorePosition,
    /// Roles get the privileges back that they had.
    RestorePrivileges,
    /// A definition becomes again what it was.
    RestoreDefinition,
    /// A role or a database gets the settings back that it had.
    RestoreSettings,
    /// What the server named itself disappears.
    DropGiven,
}

impl Change {
    /// Does it to a catalog.
    ///
    /// # Errors
    ///
    /// PostgreSQL would refuse it, or what it changes was made outside the history that is given.
    pub fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.kind().apply(catalog)
    }

    /// Says how to undo it, from the catalog before it.
    pub fn invert(&self, before: &Catalog) -> Inverse {
        self.kind().invert(before)
    }

    /// Returns the statements that do it, each without its semicolon.
    pub fn statements(&self) -> Vec<String> {
        match self {
            Change::KeepValues(keep) => keep.statements().to_vec(),
            other => vec![other.to_string()],
        }
    }

    /// Returns the locks that it takes on relations that exist before it.
    pub fn locks(&self) -> Vec<Lock> {
        self.kind().locks()
    }

    /// Says whether it is done by a function of tenet's own, which reads what was recorded.
    pub fn reads_record(&self) -> bool {
        matches!(
            self,
            Change::RestorePosition(_)
                | Change::RestorePrivileges(_)
                | Change::RestoreDefinition(_)
                | Change::RestoreSettings(_)
                | Change::DropGiven(_)
        )
    }
}

impl fmt::Display for Change {
    /// Writes the change as an SQL statement without its semicolon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind())
    }
}
