//! What a definition uses: what PostgreSQL records in `pg_depend` for it.

use std::collections::BTreeSet;

use super::{Meaning, Resolution, Source, Surroundings, functions, parts, qualify};
use crate::catalog::{Address, Catalog, Class, Object};
use crate::pg::{Ident, TypeName};
use crate::query::visit::{self, Node};
use crate::query::{Call, DataStatement, Expr, ExprKind, FromItem, FromKind, JoinCondition, Literal, Query, Step};

/// What a definition uses, each once: relations, their columns, types, routines. Built-in objects are left out.
pub type Uses = BTreeSet<Address>;

/// Collects what definitions use.
#[derive(Debug)]
pub struct Collector<'c> {
    catalog: &'c Catalog,
    /// The one column whose uses are looked for; `None` for all that is used.
    column: Option<&'c Ident>,
    /// What was found so far.
    pub uses: Uses,
}

impl<'c> Collector<'c> {
    /// Begins with nothing.
    pub fn new(catalog: &'c Catalog) -> Self {
        Collector::of(catalog, None)
    }

    /// Begins to look for the uses of columns of one name, which may pass over everything else.
    pub fn of(catalog: &'c Catalog, column: Option<&'c Ident>) -> Self {
        Collector { catalog, column, uses: Uses::new() }
    }

    /// Adds what a query uses.
    pub fn query(&mut self, query: &Query) {
        if self.column.is_some_and(|column| !is_named_in(query, column)) {
            return;
        }
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
        if self.column.is_some_and(|column| !is_named(expr, column)) {
            return;
        }
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

/// Says whether a query may name a column; of one that does not, nobody has to find out what it means.
fn is_named_in(query: &Query, column: &Ident) -> bool {
    let mut may = false;
    visit::query(query, &mut |node| may |= may_name(node, column));
    may
}

/// Says whether an expression may name a column.
fn is_named(expr: &Expr, column: &Ident) -> bool {
    let mut may = false;
    visit::expr(expr, &mut |node| may |= may_name(node, column));
    may
}

/// Says whether something may stand for a column of this name: by the name, by a star, or by another name for it.
fn may_name(node: Node<'_>, column: &Ident) -> bool {
    match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Column(parts) => parts.contains(column),
            ExprKind::Star(_) => true,
            ExprKind::Indirection(_, steps) => steps.iter().any(|step| match step {
                Step::Field(name) => name == column,
                Step::Star => true,
                Step::Index(_) | Step::Slice(..) => false,
            }),
            ExprKind::Call(call) => call.name.last() == column,
            _ => false,
        },
        Node::From(item) => match &item.kind {
            FromKind::Table { alias, .. } | FromKind::Subquery { alias, .. } | FromKind::Function { alias, .. } => {
                alias.as_ref().is_some_and(|alias| !alias.columns.is_empty())
            }
            FromKind::Join { natural, condition, alias, .. } => {
                let is_on = matches!(condition, JoinCondition::Using(columns, _) if columns.contains(column));
                *natural || is_on || alias.is_some()
            }
        },
        Node::Target(_) => true,
        Node::Query(_) | Node::End | Node::Cte(_) | Node::Operator(_) => false,
    }
}
