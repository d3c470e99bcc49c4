//! What a definition uses: what PostgreSQL records in `pg_depend` for it.

use std::collections::BTreeSet;

use super::{Meaning, Resolution, Source, Surroundings, functions, parts, qualify};
use crate::catalog::{Address, Catalog, Class, Object, ObjectId};
use crate::pg::{Ident, Name, TypeName, operator};
use crate::query::visit::{self, Node};
use crate::query::{
    Call, DataStatement, Expr, ExprKind, FromItem, FromKind, JoinCondition, Literal, Operator, Query, Step,
};
use crate::source::Span;

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
                if of.name.last() == "regconfig" {
                    self.configuration(operand);
                }
            }
            Node::Expr(Expr { kind: ExprKind::Infix(_, operator, _) | ExprKind::Prefix(operator, _), .. }) => {
                self.operator(operator);
            }
            Node::Expr(Expr { kind: ExprKind::Collate(_, name), .. }) => self.object(Class::Collation, name),
            Node::Expr(Expr { kind: ExprKind::Call(call), .. }) => self.call(call),
            Node::From(FromItem { kind: FromKind::Function { calls, alias, .. }, .. }) => {
                let inner = calls.iter().flat_map(|call| &call.definitions);
                let outer = alias.iter().flat_map(|alias| &alias.definitions);
                inner.chain(outer).for_each(|column| self.type_name(&column.data_type));
            }
            _ => {}
        }
    }

    /// Adds the one object of a class and name; between several nobody can tell without all types.
    pub fn object(&mut self, class: Class, name: &Name) {
        if let [found] = self.catalog.objects_named(class, name).as_slice() {
            self.uses.insert(Address::Object(found.id.clone()));
        }
    }

    /// Adds an operator class of an access method; none is a B-tree.
    pub fn class(&mut self, name: &Name, method: Option<&Ident>) {
        let btree = Ident::exact("btree");
        let id = ObjectId::using(Class::OperatorClass, name.clone(), method.unwrap_or(&btree));
        let all = self.catalog.objects_named(Class::OperatorClass, name);
        let found = all.into_iter().find(|found| found.id.signature == id.signature);
        self.uses.extend(found.map(|found| Address::Object(found.id.clone())));
    }

    /// Adds an operator that PostgreSQL has no other of the same symbol beside.
    pub fn operator(&mut self, operator: &Operator) {
        if !operator::is_builtin(&operator.symbol) {
            let parts = operator.schema.iter().cloned().chain([Ident::exact(&operator.symbol)]);
            self.object(Class::Operator, &Name { parts: parts.collect(), span: Span::default() });
        }
    }

    /// Adds the text search configuration that a constant names.
    fn configuration(&mut self, constant: &Expr) {
        if let ExprKind::Literal(Literal::String(text)) = &constant.kind {
            let name = Name::from_text(text);
            name.iter().for_each(|name| self.object(Class::TextSearchConfiguration, name));
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
        let [first, ..] = call.arguments.as_slice() else { return };
        if call.arguments.len() > 1 && CONFIGURED.contains(&call.name.last().as_str()) {
            self.configuration(&first.value);
        }
        let sequence = matches!(call.name.last().as_str(), "nextval" | "currval" | "setval");
        if sequence && let ExprKind::Literal(Literal::String(text)) = &first.value.kind {
            let found = Name::from_text(text).and_then(|name| self.catalog.resolve(&name));
            self.uses.extend(found.map(Address::Relation));
        }
    }
}

/// The functions that take the name of a text search configuration before a text.
const CONFIGURED: &[&str] = &[
    "json_to_tsvector",
    "jsonb_to_tsvector",
    "phraseto_tsquery",
    "plainto_tsquery",
    "to_tsquery",
    "to_tsvector",
    "ts_headline",
    "websearch_to_tsquery",
];

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
