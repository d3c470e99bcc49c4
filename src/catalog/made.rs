//! Objects as the statements that make them.

use std::fmt;

use super::{Definition, Domain, Object};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::print::{Lead, Text};
use crate::statement::relation::{
    ColumnConstraint, ColumnConstraintKind, ConstraintAttributes, CreateDomain, CreateType, DomainConstraintKind,
    TypeDefinition,
};

impl fmt::Display for Object {
    /// Writes the statement that makes it, with the names as they stand; what only ALTER can say is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.id.name;
        match &self.definition {
            Definition::Schema => write!(f, "CREATE SCHEMA {name}"),
            Definition::Role => write!(f, "CREATE ROLE {name}"),
            Definition::Extension(extension) => {
                let schema = Lead(" SCHEMA ", &extension.schema);
                write!(f, "CREATE EXTENSION {name}{schema}{}", Text(" VERSION ", &extension.version))
            }
            Definition::Shell => create_type(f, name, TypeDefinition::Shell),
            Definition::Enum(labels) => create_type(f, name, TypeDefinition::Enum(labels.clone())),
            Definition::Composite(found) => create_type(f, name, TypeDefinition::Composite(found.attributes.clone())),
            Definition::Range(parameters) => create_type(f, name, TypeDefinition::Range(parameters.clone())),
            Definition::Base(parameters) => create_type(f, name, TypeDefinition::Base(parameters.clone())),
            Definition::Domain(domain) => write!(f, "{}", create_domain(name, domain)),
            Definition::EventTrigger(statement, _)
            | Definition::Statement(statement)
            | Definition::Extended(statement, _) => write!(f, "{statement}"),
            // Default privileges appear by GRANT, which is a change of its own.
            Definition::DefaultPrivileges(_) => f.write_str("ALTER DEFAULT PRIVILEGES"),
        }
    }
}

fn create_type(f: &mut fmt::Formatter<'_>, name: &Name, definition: TypeDefinition) -> fmt::Result {
    write!(f, "{}", CreateType { name: name.clone(), definition })
}

/// Writes the statement that makes a domain, but for checks that are not validated.
fn create_domain(name: &Name, domain: &Domain) -> CreateDomain {
    let constraint = |name: Option<&Ident>, kind| ColumnConstraint {
        span: Span::default(),
        name: name.cloned(),
        kind,
        attributes: ConstraintAttributes::default(),
    };
    let mut constraints = Vec::new();
    constraints.extend(domain.default.clone().map(|value| constraint(None, ColumnConstraintKind::Default(value))));
    if domain.not_null {
        constraints.push(constraint(None, ColumnConstraintKind::NotNull));
    }
    for (name, check) in domain.constraints.iter().filter(|(_, check)| check.validated) {
        if let DomainConstraintKind::Check { condition, .. } = &check.definition.kind {
            constraints.push(constraint(Some(name), ColumnConstraintKind::Check(condition.clone())));
        }
    }
    CreateDomain {
        name: name.clone(),
        type_name: domain.type_name.clone(),
        collation: domain.collation.clone(),
        constraints,
    }
}
