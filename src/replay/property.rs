//! Properties that objects of all kinds share: comments, labels, owners, dependences on extensions.

use super::Lowering;
use crate::catalog::{Address, CatalogError, Class, ObjectId};
use crate::changes::property::{Dependence, Property, SetProperty};
use crate::pg::{Ident, Name};
use crate::statement::object::alter_object::{AlterObject, ObjectAction};
use crate::statement::object::comment::{Comment, SecurityLabel};
use crate::statement::object::reference::{Kind, Reference};
use crate::statement::object::role_spec::RoleSpec;

/// Lowers COMMENT ON.
pub(super) fn comment(lowering: &mut Lowering<'_>, comment: &Comment) {
    // An empty comment is none.
    let text = comment.text.clone().filter(|text| !text.is_empty());
    set(lowering, &comment.object, Property::Comment(text), "COMMENT");
}

/// Lowers SECURITY LABEL.
pub(super) fn label(lowering: &mut Lowering<'_>, label: &SecurityLabel) {
    let provider = label.provider.clone().unwrap_or_default();
    set(lowering, &label.object, Property::Label { provider, label: label.label.clone() }, "SECURITY LABEL");
}

/// Lowers the actions of ALTER that set a property; says whether it is one.
pub(super) fn alter(lowering: &mut Lowering<'_>, alter: &AlterObject) -> bool {
    let depends = |extension: &Ident, dependence| Property::DependsOn { extension: extension.clone(), dependence };
    let property = match &alter.action {
        ObjectAction::Owner(role) => match role_name(lowering, role) {
            Some(role) => Property::Owner(role),
            None => return true,
        },
        ObjectAction::DependsOn(extension) => depends(extension, Dependence::Dependent),
        ObjectAction::NoDependsOn(extension) => depends(extension, Dependence::Independent),
        ObjectAction::Rename(_) | ObjectAction::Schema(_) => return false,
    };
    set(lowering, &alter.object, property, "ALTER");
    true
}

/// Lowers OWNER TO of a relation.
pub(super) fn relation_owner(lowering: &mut Lowering<'_>, relation: &Name, role: &RoleSpec) {
    if let Some(role) = role_name(lowering, role) {
        push(lowering, Address::Relation(relation.clone()), Property::Owner(role));
    }
}

/// Returns the role that a statement names as an owner; the inner `None` is the one that runs the history.
pub(super) fn role_name(lowering: &mut Lowering<'_>, role: &RoleSpec) -> Option<Option<Ident>> {
    let found = lowering.catalog.role(role);
    if found.is_none() {
        let message = "role `public` does not exist".to_owned();
        lowering.fail(CatalogError::Refused { sqlstate: "42704", message });
    }
    found
}

fn set(lowering: &mut Lowering<'_>, object: &Reference, property: Property, what: &'static str) {
    if is_of_cluster(object.kind) {
        return lowering.skip(what);
    }
    match lowering.catalog.address(object) {
        Ok(address) if lowering.catalog.shared(&address).is_some() => push(lowering, address, property),
        // Not everything shares what others do.
        Ok(_) => lowering.skip(what),
        Err(error) if may_be_built_in(&error) => lowering.skip(what),
        Err(error) => lowering.fail(error),
    }
}

pub(super) fn push(lowering: &mut Lowering<'_>, address: Address, property: Property) {
    lowering.push(SetProperty::new(lowering.catalog, address, property));
}

/// What all databases of a cluster share is in no catalog of one database.
fn is_of_cluster(kind: Kind) -> bool {
    matches!(kind, Kind::Database | Kind::Role | Kind::Tablespace | Kind::LargeObject)
}

/// Says whether what is not there may be one of PostgreSQL's own objects, or of an extension's, which the catalog leaves out.
pub(super) fn may_be_built_in(error: &CatalogError) -> bool {
    let CatalogError::Undefined(Address::Object(ObjectId { class, name, .. })) = error else {
        return false;
    };
    let own = |schema: &Ident| matches!(schema.as_str(), "pg_catalog" | "information_schema");
    match class {
        Class::Schema | Class::Extension | Class::Language | Class::AccessMethod | Class::Cast => true,
        Class::Routine
        | Class::Operator
        | Class::OperatorClass
        | Class::OperatorFamily
        | Class::Type
        | Class::Collation
        | Class::Conversion
        | Class::TextSearchParser
        | Class::TextSearchTemplate
        | Class::TextSearchDictionary
        | Class::TextSearchConfiguration => name.schema().is_none_or(own),
        _ => false,
    }
}
