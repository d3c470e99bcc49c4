//! Types by name: which one is meant, and how it is written.

use super::{Catalog, Class, Definition, Mention, Object};
use crate::pg::{Ident, Name, Parts, TypeName, builtin, extension};
use crate::statement::relation::ParameterValue;

impl TypeName {
    /// Returns the type with its name unqualified where the search path finds it in `home`.
    pub(crate) fn without_schema(&self, home: Option<&Ident>) -> TypeName {
        let mut short = self.clone();
        let own = self.name.schema().is_some_and(|schema| Some(schema) == home);
        // PostgreSQL looks into `pg_catalog` first.
        if own && !self.percent_type && !builtin::is_type(self.name.last()) {
            short.name = Name::simple(self.name.last().clone(), self.name.span);
        }
        short
    }
}

impl Catalog {
    /// Returns a type under the name that the catalog holds: qualified, or PostgreSQL's own name of a built-in one. A type
    /// that nobody made stays as written.
    pub fn qualified_type(&self, written: &TypeName) -> TypeName {
        if written.builtin_name().is_some() {
            return written.clone().with_builtin_name();
        }
        if written.percent_type {
            return self.column_type(written).unwrap_or_else(|| written.clone());
        }
        let mut found = written.clone();
        if let Some(name) = self.type_home(&written.name) {
            found.name = name;
        }
        found
    }

    /// Returns a type as a new statement can write it: as short as the search path allows.
    pub fn shown_type(&self, held: &TypeName) -> TypeName {
        held.without_schema(self.plain_schema())
    }

    /// Returns the qualified name of the type that a name means; `None` when nobody made it.
    pub fn type_home(&self, name: &Name) -> Option<Name> {
        if name.schema().is_some() {
            let qualified = self.qualified(name);
            return self.has_type(&qualified).then_some(qualified);
        }
        let temporary = Catalog::temporary(name);
        let path = self.search_path.iter();
        let in_path = path.map(|schema| Name { parts: [schema.clone(), name.last().clone()].into(), span: name.span });
        std::iter::once(temporary).chain(in_path).find(|qualified| self.has_type(qualified))
    }

    /// Says whether a type has this qualified name: an object, the row type of a relation, or one that an extension or a
    /// range type brings.
    pub fn has_type(&self, qualified: &Name) -> bool {
        self.type_named(qualified).is_some()
            || self.relation(qualified).is_some()
            || self.extension_type(qualified).is_some()
            || self.multirange(qualified).is_some()
    }

    /// Finds the extension that brings a type of this qualified name.
    pub fn extension_type(&self, qualified: &Name) -> Option<&Object> {
        self.objects_of(Class::Extension).find(|object| {
            let Definition::Extension(held) = &object.definition else { return false };
            let brings = extension::brings(object.id.name.last().as_str());
            held.schema.as_ref() == qualified.schema()
                && brings.is_some_and(|brings| brings.types.contains(&qualified.last().as_str()))
        })
    }

    /// Returns the qualified name of the dictionary of an extension that a name means.
    fn extension_dictionary(&self, name: &Name) -> Option<Name> {
        self.objects_of(Class::Extension).find_map(|object| {
            let Definition::Extension(held) = &object.definition else { return None };
            let brings = extension::brings(object.id.name.last().as_str())?;
            let schema = held.schema.as_ref()?;
            let is_there = name.schema().map_or_else(|| self.search_path.contains(schema), |written| written == schema);
            let is_it = is_there && brings.dictionaries.contains(&name.last().as_str());
            is_it.then(|| Name { parts: [schema.clone(), name.last().clone()].into(), span: name.span })
        })
    }

    /// Finds the range type whose multirange type has this qualified name.
    pub fn multirange(&self, qualified: &Name) -> Option<&Object> {
        let candidates = self.users_of(qualified.last());
        candidates.into_iter().filter_map(|id| self.object(&id).map(|found| found.id.clone())).find_map(|id| {
            let object = self.object(&id)?;
            let Definition::Range(parameters) = &object.definition else { return None };
            parameters.iter().find_map(|parameter| match &parameter.value {
                Some(ParameterValue::Type(value)) if parameter.name == *"multirange_type_name" => {
                    (value.name == *qualified).then_some(object)
                }
                _ => None,
            })
        })
    }

    /// Resolves `table.column%TYPE`.
    fn column_type(&self, written: &TypeName) -> Option<TypeName> {
        let (column, table) = written.name.parts.split_last()?;
        let table = Name { parts: table.into(), span: written.name.span };
        let mut found = self.relation(&table)?.column(column)?.type_name.clone()?;
        found.set_of = written.set_of;
        Some(found)
    }

    /// Writes every name in the definition of an object as the catalog holds it; its own name is that of its id.
    pub fn qualify(&self, object: &mut Object) {
        let own = object.id.name.clone();
        object.definition.each_mention(&mut |mention| match mention {
            Mention::Own(name) => *name = own.clone(),
            Mention::OwnOperator(operator) => operator.qualifiers = own.schema().cloned().into_iter().collect(),
            Mention::Type(found) => *found = self.qualified_type(found),
            Mention::Relation(name) => *name = self.resolve(name).unwrap_or_else(|| name.clone()),
            Mention::Object(class, name) => {
                if let Some(found) = self.objects_named(class, name).first() {
                    *name = found.id.name.clone();
                } else if class == Class::TextSearchDictionary
                    && let Some(found) = self.extension_dictionary(name)
                {
                    *name = found;
                }
            }
            Mention::Operator(operator) => {
                if let Some(found) = self.operator_home(operator) {
                    operator.qualifiers = vec![found];
                }
            }
            Mention::Plain(..) => {}
        });
        object.id = object.identity();
    }

    fn operator_home(&self, operator: &crate::statement::object::reference::OperatorName) -> Option<Ident> {
        let mut parts = Parts::from_vec(operator.qualifiers.clone());
        parts.push(Ident::exact(&operator.symbol));
        let name = Name { parts, span: crate::source::Span::default() };
        self.objects_named(Class::Operator, &name).first().and_then(|found| found.schema().cloned())
    }
}
