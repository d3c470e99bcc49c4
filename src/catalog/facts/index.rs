//! Facts of indexes, and of the keys of everything that has keys.

use super::fold::Context;
use super::relation::parameters;
use super::{Facts, Page, Value};
use crate::catalog::{Address, Class, Index, Relation};
use crate::pg::{Ident, Name};
use crate::query::{ExprKind, Nulls, columns};
use crate::statement::relation::{IndexDirection, IndexElement, Key, OperatorClass};

pub(super) fn facts(facts: &mut Facts, context: Context<'_>, relation: &Relation) {
    for found in &relation.indexes {
        let address = Address::Index(relation.name.clone(), found.name.clone());
        index(&mut facts.page(address, context), found);
    }
}

fn index(page: &mut Page<'_>, index: &Index) {
    let definition = &index.definition;
    page.holds("unique", definition.unique);
    page.holds("only", definition.relation.only);
    page.option("method", &definition.access_method.as_ref().filter(|method| **method != "btree"));
    let btree = Ident::exact("btree");
    let method = definition.access_method.as_ref().unwrap_or(&btree);
    for (element, number) in definition.elements.iter().zip(1..) {
        page.element(number, element, method);
    }
    let include: Vec<&Key> = definition.include.iter().map(|element| &element.key).collect();
    page.list("include", &include);
    page.holds("nulls not distinct", definition.nulls_not_distinct);
    parameters(page, &definition.parameters);
    page.option("tablespace", &definition.tablespace);
    definition.predicate.iter().for_each(|predicate| page.expression("predicate", predicate));
    page.holds("inherited", index.inherited);
    for (number, target) in &index.statistics {
        page.text(format!("key {number} statistics"), target);
    }
    page.shared(&index.shared);
}

impl Page<'_> {
    /// Writes an element of an index; the order that a direction implies is left out.
    pub(super) fn element(&mut self, number: usize, element: &IndexElement, method: &Ident) {
        let name = format!("key {number}");
        self.keyed(&name, &element.key, element.collation.as_ref(), element.operator_class.as_ref(), method);
        let descends = element.direction == IndexDirection::Descending;
        self.holds(format!("key {number} descending"), descends);
        match element.nulls {
            Nulls::First if !descends => self.text(format!("key {number} nulls"), "first"),
            Nulls::Last if descends => self.text(format!("key {number} nulls"), "last"),
            _ => {}
        }
    }

    /// Writes a key with its collation and operator class.
    pub(super) fn keyed(
        &mut self,
        name: &str,
        key: &Key,
        collation: Option<&Name>,
        class: Option<&OperatorClass>,
        method: &Ident,
    ) {
        let (key, collation) = uncollated(key, collation);
        self.key(name, &key);
        if let Some(collation) = collation {
            self.collation(format!("{name} collation"), &key, &collation);
        }
        let context = self.context;
        if let Some(value) =
            class.and_then(|class| context.operator_class(method, class, context.key_type(&key).as_ref()))
        {
            self.value(format!("{name} operator class"), value);
        }
    }

    /// Writes the collation of a key, unless the key has it anyway.
    fn collation(&mut self, property: String, key: &Key, written: &Name) {
        let name = self.full(Class::Collation, written);
        let own = |column: &Ident| self.context.collation(column).map(|own| self.full(Class::Collation, &own));
        let default = |name: &Name| *name.last() == "default";
        match key {
            Key::Column(column) => match own(column) {
                Some(own) if own == name => {}
                None if default(&name) => {}
                _ => self.text(property, name),
            },
            // What an expression has comes from its parts.
            Key::Expression(expr) => {
                match default(&name) || columns::named(expr).iter().any(|part| own(part).is_some()) {
                    true => self.value(property, Value::Perhaps(name.to_string())),
                    false => self.text(property, name),
                }
            }
        }
    }

    /// Writes the name of an object.
    pub(super) fn named(&mut self, property: String, class: Class, name: Option<&Name>) {
        self.option(property, &name.map(|name| self.full(class, name)));
    }

    /// Returns the name of an object; what the catalog does not hold comes with PostgreSQL or an extension, and lies
    /// wherever that was put, which not every history says.
    fn full(&self, class: Class, name: &Name) -> Name {
        let found = self.context.catalog.objects_named(class, name).first().map(|object| object.id.name.clone());
        found.unwrap_or_else(|| Name::simple(name.last().clone(), name.span))
    }

    /// Writes a column or an expression; a column in parentheses is a column.
    pub(super) fn key(&mut self, name: &str, key: &Key) {
        match key {
            Key::Column(column) => self.text(name.to_owned(), column),
            Key::Expression(expr) => match &self.context.fold(expr).kind {
                ExprKind::Column(parts) if parts.len() == 1 => self.text(name.to_owned(), &parts[0]),
                _ => self.expression(name.to_owned(), expr),
            },
        }
    }
}

/// Takes collations off a key: they belong to the index, which orders by the outermost of them.
fn uncollated(key: &Key, collation: Option<&Name>) -> (Key, Option<Name>) {
    let mut collation = collation.cloned();
    let Key::Expression(expr) = key else { return (key.clone(), collation) };
    let mut inner = expr;
    while let ExprKind::Collate(operand, name) = &inner.kind {
        collation.get_or_insert_with(|| name.clone());
        inner = operand;
    }
    match &inner.kind {
        ExprKind::Column(parts) if parts.len() == 1 => (Key::Column(parts[0].clone()), collation),
        _ => (Key::Expression(inner.clone()), collation),
    }
}
