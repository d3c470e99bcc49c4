//! From the way a statement refers to a thing to its address, and back to the words that statements use.

use super::{Address, Catalog, CatalogError, Class, Definition, Kind, Object, ObjectId, Relation};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::object::reference::{Kind as ObjectKind, ObjectName, OperatorReference, Reference, RoutineName};

impl Catalog {
    /// Finds what a statement refers to, along the search path.
    ///
    /// # Errors
    ///
    /// It is not there, it is of another kind, or the name does not tell it from others.
    pub fn address(&self, reference: &Reference) -> Result<Address, CatalogError> {
        let kind = reference.kind;
        match &reference.name {
            ObjectName::Plain(name) => self.plain_address(kind, name),
            ObjectName::Type(name) => self.type_address(kind, &name.name),
            ObjectName::Routine(routine) => self.routine_address(kind, routine),
            ObjectName::Aggregate(aggregate) => {
                let signature = self.aggregate_signature(&aggregate.arguments);
                self.overload(kind, &aggregate.name, &signature)
            }
            ObjectName::Operator(operator) => self.operator_address(operator),
            ObjectName::Using(name, method) => {
                let class = class(kind).unwrap_or(Class::OperatorClass);
                self.object_address(class, name, &format!(" USING {method}"))
            }
            ObjectName::On(name, relation) => self.part_address(kind, name, relation),
            ObjectName::OnDomain(name, domain) => self.domain_constraint(name, domain),
            ObjectName::Cast(from, to) => {
                let signature = format!("({} AS {})", self.type_text(from), self.type_text(to));
                self.object_address(Class::Cast, &nameless(Class::Cast), &signature)
            }
            ObjectName::Transform(of, language) => {
                let signature = format!("FOR {} LANGUAGE {language}", self.type_text(of));
                self.object_address(Class::Transform, &nameless(Class::Transform), &signature)
            }
            ObjectName::Number(number) => Err(refused("42704", format!("large object {number} does not exist"))),
        }
    }

    fn plain_address(&self, kind: ObjectKind, name: &Name) -> Result<Address, CatalogError> {
        match kind {
            ObjectKind::Column => self.column_address(name),
            ObjectKind::Index => {
                let owner = self.owner_of_index(name).ok_or_else(|| CatalogError::UndefinedTable(name.clone()))?;
                Ok(Address::Index(owner.name.clone(), name.last().clone()))
            }
            _ => match class(kind) {
                Some(class) => self.object_address(class, name, ""),
                None => self.relation_address(kind, name),
            },
        }
    }

    /// Finds a relation of the kind that is written.
    fn relation_address(&self, kind: ObjectKind, name: &Name) -> Result<Address, CatalogError> {
        let relation = self.existing(name)?;
        let (fits, words) = match kind {
            ObjectKind::Table => (relation.is_table(), "a table"),
            ObjectKind::View => (relation.kind == Kind::View, "a view"),
            ObjectKind::MaterializedView => (relation.kind == Kind::MaterializedView, "a materialized view"),
            ObjectKind::ForeignTable => (relation.kind == Kind::Foreign, "a foreign table"),
            ObjectKind::Sequence => (relation.kind == Kind::Sequence, "a sequence"),
            _ => (true, ""),
        };
        if fits {
            Ok(Address::Relation(relation.name.clone()))
        } else {
            Err(CatalogError::WrongKind(name.clone(), words))
        }
    }

    /// Finds the column that `schema.table.column` means.
    fn column_address(&self, name: &Name) -> Result<Address, CatalogError> {
        let table = Name { parts: name.parts[..name.parts.len() - 1].into(), span: name.span };
        if table.parts.is_empty() {
            return Err(refused("42601", "column name must be qualified".to_owned()));
        }
        if let Ok(Address::Object(id)) = self.type_address(ObjectKind::Type, &table) {
            return self.attribute(id, name.last());
        }
        let relation = self.existing(&table)?;
        match relation.column(name.last()) {
            Some(column) => Ok(Address::Column(relation.name.clone(), column.name.clone())),
            None => Err(CatalogError::UndefinedColumn(table, name.last().clone())),
        }
    }

    /// Finds an attribute of a composite type.
    fn attribute(&self, of: ObjectId, name: &Ident) -> Result<Address, CatalogError> {
        match self.object(&of).map(|object| &object.definition) {
            Some(Definition::Composite(found)) if found.has(name) => Ok(Address::Attribute(of.name, name.clone())),
            Some(Definition::Composite(_)) => Err(CatalogError::UndefinedColumn(of.name, name.clone())),
            _ => Err(CatalogError::WrongKind(of.name, "a composite type")),
        }
    }

    /// Finds a part of a relation.
    fn part_address(&self, kind: ObjectKind, name: &Ident, relation: &Name) -> Result<Address, CatalogError> {
        let found = self.existing(relation)?;
        let (table, part) = (found.name.clone(), name.clone());
        let (there, address) = match kind {
            ObjectKind::Trigger => (found.triggers.contains_key(name), Address::Trigger(table, part)),
            ObjectKind::Policy => (found.policies.contains_key(name), Address::Policy(table, part)),
            ObjectKind::Rule => (found.rules.contains_key(name), Address::Rule(table, part)),
            _ => (found.constraint(name).is_some(), Address::Constraint(table, part)),
        };
        if there { Ok(address) } else { Err(CatalogError::Undefined(address)) }
    }

    fn domain_constraint(&self, name: &Ident, domain: &Name) -> Result<Address, CatalogError> {
        let found = self.type_named(domain);
        let Some(object) = found else { return Err(undefined(Class::Type, domain, "")) };
        let address = Address::DomainConstraint(object.id.name.clone(), name.clone());
        match &object.definition {
            Definition::Domain(checks) if checks.constraints.contains_key(name) => Ok(address),
            Definition::Domain(_) => Err(CatalogError::Undefined(address)),
            _ => Err(CatalogError::WrongKind(domain.clone(), "a domain")),
        }
    }

    fn type_address(&self, kind: ObjectKind, name: &Name) -> Result<Address, CatalogError> {
        let object = self.type_named(name).ok_or_else(|| undefined(Class::Type, name, ""))?;
        if kind == ObjectKind::Domain && !matches!(object.definition, Definition::Domain(_)) {
            return Err(CatalogError::WrongKind(name.clone(), "a domain"));
        }
        Ok(Address::Object(object.id.clone()))
    }

    /// Finds a routine by its arguments, or by its name alone when no other has it.
    fn routine_address(&self, kind: ObjectKind, routine: &RoutineName) -> Result<Address, CatalogError> {
        if let Some(arguments) = &routine.arguments {
            return self.overload(kind, &routine.name, &self.signature(arguments));
        }
        let all = self.objects_named(Class::Routine, &routine.name);
        let fitting: Vec<&&Object> = all.iter().filter(|found| is_of(kind, found)).collect();
        match fitting.as_slice() {
            [] => Err(undefined(Class::Routine, &routine.name, "")),
            [only] => Ok(Address::Object(only.id.clone())),
            // Those of a later schema are hidden only by the same arguments.
            _ => Err(refused("42725", format!("function name `{}` is not unique", routine.name))),
        }
    }

    fn overload(&self, kind: ObjectKind, name: &Name, signature: &str) -> Result<Address, CatalogError> {
        let all = self.objects_named(Class::Routine, name);
        match all.into_iter().find(|found| found.id.signature == signature) {
            Some(found) if is_of(kind, found) => Ok(Address::Object(found.id.clone())),
            Some(_) => Err(CatalogError::WrongKind(name.clone(), words_of(kind))),
            None => Err(undefined(Class::Routine, name, signature)),
        }
    }

    fn operator_address(&self, operator: &OperatorReference) -> Result<Address, CatalogError> {
        let symbol = Ident::exact(&operator.name.symbol);
        let parts = operator.name.qualifiers.iter().cloned().chain([symbol]).collect();
        let signature = self.operand_signature(operator.left.as_ref(), operator.right.as_ref());
        self.object_address(Class::Operator, &Name { parts, span: Span::default() }, &signature)
    }

    fn object_address(&self, class: Class, name: &Name, signature: &str) -> Result<Address, CatalogError> {
        let found = self.objects_named(class, name).into_iter().find(|found| found.id.signature == signature);
        found.map(|object| Address::Object(object.id.clone())).ok_or_else(|| undefined(class, name, signature))
    }

    /// Returns the word for the kind of what lies at an address.
    pub fn kind_at(&self, address: &Address) -> ObjectKind {
        match address {
            Address::Object(id) => self.object(id).map_or_else(|| written_class(id.class), object_kind),
            Address::DomainConstraint(..) | Address::Constraint(..) => ObjectKind::Constraint,
            Address::Relation(name) => self.relation(name).map_or(ObjectKind::Table, relation_kind),
            Address::Column(..) | Address::Attribute(..) => ObjectKind::Column,
            Address::Index(..) => ObjectKind::Index,
            Address::Trigger(..) => ObjectKind::Trigger,
            Address::Policy(..) => ObjectKind::Policy,
            Address::Rule(..) => ObjectKind::Rule,
        }
    }

    /// Writes what lies at an address as statements name it, without the word for its kind: `touch ON orders`.
    pub fn written(&self, address: &Address) -> String {
        let on = |name: &Ident, table: &Name| format!("{name} ON {}", self.shown(table));
        match address {
            Address::Object(id) => self.written_object(id),
            Address::DomainConstraint(domain, name) => format!("{name} ON DOMAIN {}", self.shown(domain)),
            Address::Relation(name) => self.shown(name).to_string(),
            Address::Column(table, name) | Address::Attribute(table, name) => format!("{}.{name}", self.shown(table)),
            Address::Index(table, name) => {
                let parts = table.schema().into_iter().chain([name]).cloned().collect();
                self.shown(&Name { parts, span: table.span }).to_string()
            }
            Address::Constraint(table, name)
            | Address::Trigger(table, name)
            | Address::Policy(table, name)
            | Address::Rule(table, name) => on(name, table),
        }
    }

    fn written_object(&self, id: &ObjectId) -> String {
        match self.object(id) {
            Some(object) => object.written(self.plain_schema()),
            None => format!("{}{}", self.shown(&id.name), id.signature),
        }
    }
}

/// The name of what has none: its signature tells it from others.
fn nameless(class: Class) -> Name {
    let word = if class == Class::Cast { "cast" } else { "transform" };
    Name::simple(Ident::exact(word), Span::default())
}

fn undefined(class: Class, name: &Name, signature: &str) -> CatalogError {
    CatalogError::Undefined(Address::Object(ObjectId::with_signature(class, name.clone(), signature.to_owned())))
}

fn refused(sqlstate: &'static str, message: String) -> CatalogError {
    CatalogError::Refused { sqlstate, message }
}

/// Says whether a routine is what a statement calls it.
fn is_of(kind: ObjectKind, routine: &Object) -> bool {
    match kind {
        // FUNCTION stands for an aggregate too where privileges are given; elsewhere PostgreSQL insists.
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => object_kind(routine) == kind,
        _ => true,
    }
}

fn words_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Procedure => "a procedure",
        ObjectKind::Aggregate => "an aggregate function",
        _ => "a function",
    }
}

fn object_kind(object: &Object) -> ObjectKind {
    object.kind().unwrap_or_else(|| written_class(object.id.class))
}

fn relation_kind(relation: &Relation) -> ObjectKind {
    match relation.kind {
        Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs => ObjectKind::Table,
        Kind::Foreign => ObjectKind::ForeignTable,
        Kind::View => ObjectKind::View,
        Kind::MaterializedView => ObjectKind::MaterializedView,
        Kind::Sequence => ObjectKind::Sequence,
    }
}

/// Returns the word for the objects of a class of which nothing else is known.
fn written_class(class: Class) -> ObjectKind {
    KINDS.iter().find(|(found, _)| *found == class).map_or(ObjectKind::Type, |(_, kind)| *kind)
}

/// Returns the class that a word means; `None` for relations and their parts, and for what a cluster holds.
fn class(kind: ObjectKind) -> Option<Class> {
    match kind {
        ObjectKind::Domain => Some(Class::Type),
        ObjectKind::Procedure | ObjectKind::Aggregate | ObjectKind::Routine => Some(Class::Routine),
        _ => KINDS.iter().find(|(_, found)| *found == kind).map(|(class, _)| *class),
    }
}

/// The word for each class, where several are meant the one that fits all.
const KINDS: &[(Class, ObjectKind)] = &[
    (Class::Schema, ObjectKind::Schema),
    (Class::Extension, ObjectKind::Extension),
    (Class::Language, ObjectKind::Language),
    (Class::AccessMethod, ObjectKind::AccessMethod),
    (Class::Type, ObjectKind::Type),
    (Class::Collation, ObjectKind::Collation),
    (Class::Conversion, ObjectKind::Conversion),
    (Class::Routine, ObjectKind::Function),
    (Class::Operator, ObjectKind::Operator),
    (Class::OperatorFamily, ObjectKind::OperatorFamily),
    (Class::OperatorClass, ObjectKind::OperatorClass),
    (Class::Cast, ObjectKind::Cast),
    (Class::Transform, ObjectKind::Transform),
    (Class::TextSearchParser, ObjectKind::TextSearchParser),
    (Class::TextSearchTemplate, ObjectKind::TextSearchTemplate),
    (Class::TextSearchDictionary, ObjectKind::TextSearchDictionary),
    (Class::TextSearchConfiguration, ObjectKind::TextSearchConfiguration),
    (Class::ForeignDataWrapper, ObjectKind::ForeignDataWrapper),
    (Class::Server, ObjectKind::Server),
    (Class::Statistics, ObjectKind::Statistics),
    (Class::Publication, ObjectKind::Publication),
    (Class::Subscription, ObjectKind::Subscription),
    (Class::EventTrigger, ObjectKind::EventTrigger),
    (Class::Role, ObjectKind::Role),
];
