//! What a definition uses: what PostgreSQL records in `pg_depend` for it.

use std::collections::BTreeSet;

use super::{Meaning, Resolution, Source, Surroundings, functions, parts, qualify};
use crate::catalog::{Address, Catalog, Class, Object};
use crate::pg::TypeName;
use crate::query::visit::{self, Node};
use crate::query::{Call, DataStatement, Expr, ExprKind, FromItem, FromKind, Literal, Query};

/// What a definition uses, each once: relations, their columns, types, routines. Built-in objects are left out.
pub type Uses = BTreeSet<Address>;

/// Collects what definitions use.
#[derive(Debug)]
pub struct Collector<'c> {
    catalog: &'c Catalog,
    /// What was found so far.
    pub uses: Uses,
}

impl<'c> Collector<'c> {
    /// Begins with nothing.
    pub fn new(catalog: &'c Catalog) -> Self {
        Collector { catalog, uses: Uses::new() }
    }

    /// Adds what a query uses.
    pub fn query(&mut self, query: &Query) {
        self.names(&Resolution::of_query(self.catalog, query));
        visit::query(query, &mut |node| self.node(node));
    }

    /// Adds what a statement in its surroundings uses.
    pub fn statement(&mut self, statement: &DataStatement, around: &Surroundings) {
        self.names(&Resolution::of_statement(self.catalog, statement, around));
        visit::statement(statement, &mut |node| self.node(node));
    }

    /// Adds what an expression in its surroundings uses.
    pub fn expression(&mut self, expr: &Expr, around: &Surroundings) {
        self.names(&Resolution::of_expression(self.catalog, expr, around));
        visit::expr(expr, &mut |node| self.node(node));
    }

    /// Adds a type, or the relation whose row type it is.
    pub fn type_name(&mut self, of: &TypeName) {
        if let Some(found) = self.catalog.type_named(&of.name) {
            self.uses.insert(Address::Object(found.id.clone()));
        } else if let Some(relation) = self.catalog.relation(&of.name) {
            self.uses.insert(Address::Relation(relation.name.clone()));
        }
    }

    fn names(&mut self, resolution: &Resolution) {
        for (id, entry) in resolution.entries() {
            match &entry.source {
                Source::Relation(name, _) => drop(self.uses.insert(Address::Relation(name.clone()))),
                // Both sides of a merged column are compared.
                Source::Join(_) => {
                    for (at, column) in entry.columns.iter().enumerate() {
                        if column.sources.len() == 2 {
                            self.column(resolution, &Meaning::Column(id, at));
                        }
                    }
                }
                _ => {}
            }
        }
        resolution
            .meanings()
            .chain(resolution.stars.values().flatten())
            .for_each(|found| self.column(resolution, found));
    }

    fn column(&mut self, resolution: &Resolution, meaning: &Meaning) {
        let Meaning::Column(id, at) = meaning else { return };
        let Some(column) = resolution.entry(*id).columns.get(*at) else { return };
        for (side, at) in &column.sources {
            self.column(resolution, &Meaning::Column(*side, *at));
        }
        if let Some((table, column)) = resolution.base(*id, *at) {
            self.uses.insert(Address::Column(table.clone(), column.clone()));
        }
    }

    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Expr(Expr { kind: ExprKind::Cast(operand, of), .. }) => {
                self.type_name(of);
                let named = qualify::regclass(of, operand).and_then(|name| self.catalog.resolve(&name));
                self.uses.extend(named.map(Address::Relation));
            }
            Node::Expr(Expr { kind: ExprKind::Call(call), .. }) => self.call(call),
            Node::From(FromItem { kind: FromKind::Function { calls, alias, .. }, .. }) => {
                let inner = calls.iter().flat_map(|call| &call.definitions);
                let outer = alias.iter().flat_map(|alias| &alias.definitions);
                inner.chain(outer).for_each(|column| self.type_name(&column.data_type));
            }
            _ => {}
        }
    }

    /// A call uses the one routine that takes so many arguments; between several nobody can tell without all types.
    fn call(&mut self, call: &Call) {
        let all = self.catalog.objects_named(Class::Routine, &call.name);
        let fits = |object: &&&Object| {
            parts::created(object).is_none_or(|create| functions::takes(create, call.arguments.len()))
        };
        let mut fitting = all.iter().filter(fits);
        if let (Some(found), None) = (fitting.next(), fitting.next()) {
            self.uses.insert(Address::Object(found.id.clone()));
        }
        let sequence = matches!(call.name.last().as_str(), "nextval" | "currval" | "setval");
        if let (true, Some(argument)) = (sequence, call.arguments.first())
            && let ExprKind::Literal(Literal::String(text)) = &argument.value.kind
        {
            let found = crate::pg::Name::from_text(text).and_then(|name| self.catalog.resolve(&name));
            self.uses.extend(found.map(Address::Relation));
        }
    }
}
