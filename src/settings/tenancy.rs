//! Who owns which rows.

use std::collections::BTreeMap;

use crate::pg::{Ident, Name};

/// How tenants are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Tenants share tables; a column names each row's tenant.
    #[default]
    Row,
    /// Each tenant has a schema.
    Schema,
    /// Each tenant has a database.
    Database,
    /// Some tables are shared, others lie in a tenant's own schema or database.
    Hybrid,
}

/// The table with one row per tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The table.
    pub table: Name,
    /// The column that a tenant column refers to.
    pub column: Ident,
}

/// What the settings say about one table, where the column rule gets it wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableClass {
    /// The same rows for every tenant.
    Global,
    /// Owned through the NOT NULL foreign key on these columns.
    Via(Vec<Ident>),
    /// A tenant table whose tenant column has another name.
    TenantColumn(Ident),
}

/// The `tenancy` settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenancy {
    /// How tenants are kept apart.
    pub isolation: Isolation,
    /// The names that a tenant column may have; empty when nothing was said.
    pub tenant_columns: Vec<Ident>,
    /// The type of the tenant column as SQL; the root column's when `None`.
    pub type_name: Option<String>,
    /// The root.
    pub root: Option<Root>,
    /// The psql variable that stands for the tenant.
    pub parameter: String,
    /// An SQL expression that stands for the tenant.
    pub session: Option<String>,
    /// Exceptions by table.
    pub tables: BTreeMap<Name, TableClass>,
}

impl Default for Tenancy {
    fn default() -> Self {
        Tenancy {
            isolation: Isolation::default(),
            tenant_columns: Vec::new(),
            type_name: None,
            root: None,
            parameter: "tenant_id".to_owned(),
            session: None,
            tables: BTreeMap::new(),
        }
    }
}
