//! Table classes: which column of a table names the tenant.

use super::Context;
use crate::catalog::{Catalog, Definition, Domain, Kind, Relation};
use crate::pg::{Ident, Name, TypeName, builtin};
use crate::settings::{TableClass, Tenancy};

/// How many domains over domains are followed.
const DOMAINS: usize = 16;

/// What a relation holds, as far as tenants are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Each row names its tenant in this column.
    Tenant(Ident),
    /// One row per tenant, named by this column.
    Root(Ident),
    /// Each row is owned through the foreign key on these columns.
    Owned(Vec<Ident>),
    /// The same rows for every tenant.
    Global,
    /// A temporary table or the result of a query: it takes the provenance of what filled it.
    Derived,
    /// A view: what it shows depends on its query.
    View,
    /// Nobody said.
    Unclassified,
}

impl Class {
    /// Returns the column that names the tenant.
    pub fn tenant_column(&self) -> Option<&Ident> {
        match self {
            Class::Tenant(column) | Class::Root(column) => Some(column),
            _ => None,
        }
    }
}

/// Classifies a relation: settings first, then its own tenant column, then its parent's class.
pub fn classify(relation: &Relation, catalog: &Catalog, tenancy: &Tenancy) -> Class {
    if let Some(class) = told(relation, catalog, tenancy) {
        return class;
    }
    match relation.kind {
        Kind::Temporary | Kind::TableAs => return Class::Derived,
        Kind::View | Kind::MaterializedView => return Class::View,
        // A sequence has no rows that belong to anybody.
        Kind::Sequence => return Class::Global,
        Kind::Table | Kind::Partitioned | Kind::Foreign => {}
    }
    let inherited = inherited(relation, catalog, tenancy);
    let parents = || relation.parents.iter().filter_map(|parent| catalog.relation(parent));
    let adds = tenancy
        .tenant_columns
        .iter()
        .find(|name| relation.column(name).is_some() && parents().all(|parent| parent.column(name).is_none()));
    if let (Some(Class::Global), Some(column)) = (&inherited, adds) {
        // It holds tenants' rows, although what it inherits from does not.
        return Class::Tenant(column.clone());
    }
    inherited.unwrap_or_else(|| {
        let mut own = tenancy.tenant_columns.iter().filter(|name| relation.column(name).is_some());
        match (own.next(), own.next()) {
            (Some(column), None) => Class::Tenant(column.clone()),
            // Two columns may name two tenants, so somebody has to say which of them owns the row.
            _ => Class::Unclassified,
        }
    })
}

/// The columns that say whose a row is.
pub(super) fn owners(relation: &Relation, context: &Context<'_>) -> Vec<Ident> {
    match classify(relation, context.catalog, context.tenancy) {
        Class::Tenant(column) | Class::Root(column) => vec![column],
        Class::Owned(via) => via,
        _ => Vec::new(),
    }
}

/// Says why two tenants may be equal in the column that names them.
pub(super) fn blurs(relation: &Relation, column: &Ident, context: &Context<'_>) -> Option<String> {
    let Context { catalog, tenancy, effects } = context;
    let is_folded = |relation: &Relation, column: &Ident| {
        let data_type = relation.column(column).and_then(|found| found.type_name.as_ref());
        data_type.is_some_and(|found| folds(found, context) == Some(Folding::Case))
    };
    if is_folded(relation, column) {
        // Where the root folds case, tenants that differ in nothing else are one.
        let root = tenancy.root.as_ref();
        let own = root.and_then(|root| catalog.relation(&root.table).map(|found| is_folded(found, &root.column)));
        return (own != Some(true)).then(|| format!("`{column}` folds case, so it may take two tenants for one"));
    }
    let found = relation.column(column)?;
    let by_type = || match folds(found.type_name.as_ref()?, context) {
        Some(Folding::By(collation)) => Some(collation),
        _ => None,
    };
    let collation = found.collation.as_ref().or_else(by_type)?;
    let doubt = || format!("what collation `{collation}` of `{column}` takes for equal is not known");
    (!effects.keeps_apart(collation)).then(doubt)
}

/// How a type takes different texts for equal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding<'a> {
    /// Upper and lower case are one.
    Case,
    /// Nobody knows what this collation of a domain does.
    By(&'a Name),
}

/// Returns how a type folds texts, if it does.
pub(super) fn folds<'a>(of: &'a TypeName, context: &Context<'a>) -> Option<Folding<'a>> {
    if beneath(of, context.catalog).any(|of| *of.name.last() == "citext") {
        return Some(Folding::Case);
    }
    let mut collations = beneath(of, context.catalog).filter_map(|of| domain(of, context.catalog)?.collation.as_ref());
    collations.find(|name| !context.effects.keeps_apart(name)).map(Folding::By)
}

/// Returns a type, and those beneath it where it is a domain.
pub(super) fn beneath<'a>(of: &'a TypeName, catalog: &'a Catalog) -> impl Iterator<Item = &'a TypeName> {
    std::iter::successors(Some(of), |of| domain(of, catalog).map(|domain| &domain.type_name)).take(DOMAINS)
}

fn domain<'a>(of: &TypeName, catalog: &'a Catalog) -> Option<&'a Domain> {
    // A type of PostgreSQL's own is no domain, and most columns have one.
    if of.name.schema().is_none() && builtin::is_type(of.name.last()) {
        return None;
    }
    match &catalog.type_named(&of.name)?.definition {
        Definition::Domain(domain) => Some(domain),
        _ => None,
    }
}

/// What the settings say about the nearest relation that this one is a part of.
fn inherited(relation: &Relation, catalog: &Catalog, tenancy: &Tenancy) -> Option<Class> {
    let mut level: Vec<&Relation> = vec![relation];
    let mut seen: Vec<&Name> = Vec::new();
    while !level.is_empty() {
        let parents = level.iter().flat_map(|found| &found.parents).filter(|name| !seen.contains(name));
        let parents: Vec<&Relation> = parents.filter_map(|name| catalog.relation(name)).collect();
        if let Some(class) = parents.iter().find_map(|parent| told(parent, catalog, tenancy)) {
            return Some(class);
        }
        seen.extend(parents.iter().map(|parent| &parent.name));
        level = parents;
    }
    None
}

/// What the settings say about a relation by name.
fn told(relation: &Relation, catalog: &Catalog, tenancy: &Tenancy) -> Option<Class> {
    // Most names are told apart by their last part.
    let is =
        |name: &Name| name.last() == relation.name.last() && catalog.lasting(name).as_ref() == Some(&relation.name);
    let named = tenancy.tables.iter().find(|(name, _)| is(name)).map(|(_, class)| match class {
        TableClass::Global => Class::Global,
        TableClass::Via(columns) => Class::Owned(columns.clone()),
        TableClass::TenantColumn(column) => Class::Tenant(column.clone()),
    });
    let root = tenancy.root.as_ref().filter(|root| is(&root.table));
    named.or_else(|| root.map(|root| Class::Root(root.column.clone())))
}
