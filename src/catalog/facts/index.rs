//! Facts of indexes, and of the keys of everything that has keys.

use super::fold::Context;
use super::relation::parameters;
use super::{Facts, Page};
use crate::catalog::{Address, Class, Index, Relation};
use crate::pg::Name;
use crate::query::{ExprKind, Nulls};
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
    for (element, number) in definition.elements.iter().zip(1..) {
        page.element(number, element);
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
    pub(super) fn element(&mut self, number: usize, element: &IndexElement) {
        self.key(&format!("key {number}"), &element.key);
        self.named(format!("key {number} collation"), Class::Collation, element.collation.as_ref());
        if let Some(found) = &element.operator_class {
            let name = self.full(Class::OperatorClass, &found.name);
            self.text(format!("key {number} operator class"), OperatorClass { name, ..found.clone() });
        }
        let descends = element.direction == IndexDirection::Descending;
        self.holds(format!("key {number} descending"), descends);
        match element.nulls {
            Nulls::First if !descends => self.text(format!("key {number} nulls"), "first"),
            Nulls::Last if descends => self.text(format!("key {number} nulls"), "last"),
            _ => {}
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
