//! What reaches out of a tenant's own database or schema.

use super::classes::{Class, classify};
use super::judgement::Hole;
use super::survey::{self, Found};
use crate::catalog::{Catalog, Kind};
use crate::pg::Name;
use crate::query::visit::{self, Node};
use crate::query::{DataStatement, ExprKind, FromKind};
use crate::rules::scope::unprovable;
use crate::settings::{Isolation, TableClass, Tenancy};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::relation::{Statement as Relation, TableSource};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::{CopyEndpoint, CopySource};
use crate::statement::session::setting::{Change, Value};

/// Finds what a statement reads or writes outside the tenant's own database or schema; the text is that of its file, and
/// `shared` the catalog of what tenants share beside it.
pub fn outside(
    catalog: &Catalog,
    (tenancy, shared): (&Tenancy, Option<&Catalog>),
    statement: &Statement,
    text: &str,
) -> Vec<Hole> {
    let mut outside = Outside { catalog, isolation: tenancy.isolation, tenancy, shared, holes: Vec::new() };
    outside.statement(statement, text);
    outside.holes
}

struct Outside<'a> {
    catalog: &'a Catalog,
    isolation: Isolation,
    tenancy: &'a Tenancy,
    shared: Option<&'a Catalog>,
    holes: Vec<Hole>,
}

impl Outside<'_> {
    fn statement(&mut self, statement: &Statement, text: &str) {
        match statement {
            Statement::Data(data) => self.data(data),
            Statement::Relation(relation) => self.relation(relation),
            Statement::Object(object) => self.object(object, text),
            Statement::Session(session) => self.session(session, text),
        }
    }

    fn data(&mut self, data: &DataStatement) {
        visit::statement(data, &mut |node| self.node(node));
    }

    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::From(item) => {
                if let FromKind::Table { name, .. } = &item.kind {
                    self.read(name);
                }
            }
            Node::Target(target) => self.name(&target.name),
            Node::Expr(expr) => {
                if let ExprKind::Call(call) = &expr.kind {
                    self.call(&call.name);
                }
            }
            Node::Query(_) | Node::End | Node::Cte(_) | Node::Operator(_) => {}
        }
    }

    fn relation(&mut self, statement: &Relation) {
        match statement {
            Relation::CreateTableAs(create) => {
                self.name(&create.name);
                if let TableSource::Query(query) = &create.source {
                    visit::query(query, &mut |node| self.node(node));
                }
            }
            Relation::CreateView(view) => visit::query(&view.query, &mut |node| self.node(node)),
            Relation::CreateMaterializedView(view) => visit::query(&view.query, &mut |node| self.node(node)),
            Relation::CreateTable(create) => self.name(&create.name),
            Relation::CreateForeignTable(create) => {
                self.hole(create.name.span, format!("`{}` is a foreign table: its rows lie elsewhere", create.name));
            }
            Relation::AlterRelation(alter) => self.name(&alter.relation.name),
            Relation::Truncate(truncate) => truncate.relations.iter().for_each(|found| self.name(&found.name)),
            Relation::Drop(drop) => drop.names.iter().for_each(|name| self.name(name)),
            _ => {}
        }
    }

    fn object(&mut self, object: &Object, text: &str) {
        match object {
            Object::CreateFunction(function) => {
                survey::routine(text, function, &mut |text, found| self.found(found, text));
            }
            Object::CreateTrigger(trigger) => self.name(&trigger.relation),
            Object::CreateServer(_) | Object::CreateUserMapping(_) | Object::ImportSchema(_) => {
                self.hole(Span::default(), "it reaches into another database".into());
            }
            Object::CreateSubscription(_) => {
                self.hole(Span::default(), "it moves rows between databases".into());
            }
            _ => {}
        }
    }

    fn session(&mut self, session: &Session, text: &str) {
        match session {
            Session::Do(block) => survey::block(text, block, &mut |text, found| self.found(found, text)),
            Session::Copy(copy) => {
                match &copy.source {
                    CopySource::Relation(name, _) => self.name(name),
                    CopySource::Statement(data) => self.data(data),
                }
                if let CopyEndpoint::Program(_) = copy.endpoint {
                    self.hole(Span::default(), "COPY runs a program of the server".into());
                }
            }
            Session::Prepare(prepare) => self.data(&prepare.statement),
            Session::Explain(explain) => self.statement(&explain.statement, text),
            Session::DeclareCursor(cursor) => visit::query(&cursor.query, &mut |node| self.node(node)),
            Session::Call(call) => self.call(&call.call.name),
            Session::Set(set) => self.set(&set.change),
            _ => {}
        }
    }

    fn found(&mut self, found: Found<'_>, text: &str) {
        let before = self.holes.len();
        self.inner(found, text);
        // A place in a body may be one in the value of a string, so the whole statement is shown.
        self.holes.iter_mut().skip(before).for_each(|hole| hole.span = Span::default());
    }

    fn inner(&mut self, found: Found<'_>, text: &str) {
        match found {
            Found::Statement(statement) => self.statement(statement, text),
            Found::Expression(expr) => visit::expr(expr, &mut |node| self.node(node)),
            Found::Query(query) => visit::query(query, &mut |node| self.node(node)),
            Found::Unknown if self.isolation == Isolation::Database => {}
            Found::Unknown => {
                self.hole(Span::default(), "what it runs is put together only then, and may lie outside".into());
            }
        }
    }

    fn set(&mut self, change: &Change) {
        if self.isolation == Isolation::Database {
            return;
        }
        let schemas: Vec<&str> = match change {
            Change::Schema(schema) => vec![schema],
            Change::Value(name, values) if name.last().as_str().eq_ignore_ascii_case("search_path") => {
                let texts = values.iter().map(|value| match value {
                    Value::Text(text) | Value::Number(text) => text.as_str(),
                });
                texts.collect()
            }
            _ => return,
        };
        let own =
            |schema: &&str| is_system(schema) || self.catalog.search_path.iter().any(|own| own.as_str() == *schema);
        if let Some(schema) = schemas.iter().find(|schema| !own(schema)) {
            let message = format!("`search_path` leaves the tenant's own schema for `{schema}`");
            self.hole(Span::default(), message);
        }
    }

    /// Whatever tenants share is the same for all of them only where it says nothing of tenants.
    fn read(&mut self, name: &Name) {
        if name.schema().is_some() && self.tenancy.tables.get(name) == Some(&TableClass::Global) {
            return;
        }
        let shared = self.shared.filter(|_| self.is_elsewhere(name));
        let Some((shared, relation)) = shared.and_then(|shared| Some((shared, shared.relation(name)?))) else {
            return self.name(name);
        };
        if classify(relation, shared, self.tenancy) != Class::Global {
            let message = format!("`{name}` is shared, and not known to be the same for every tenant");
            let help = "read it in the shared history, or say `global` of it under `tables` in tenet.yaml if it is";
            self.holes.push(Hole::new(&unprovable::RULE, name.span, message).help(help));
        }
    }

    fn name(&mut self, name: &Name) {
        if self.shared.is_some_and(|shared| self.is_elsewhere(name) && shared.relation(name).is_some()) {
            let message = format!("`{name}` is shared, and this runs once for each tenant");
            let help = "do it in the shared history";
            self.holes.push(Hole::new(&unprovable::RULE, name.span, message).help(help));
        } else if self.catalog.relation(name).is_some_and(|relation| relation.kind == Kind::Foreign) {
            self.hole(name.span, format!("`{name}` is a foreign table: its rows lie in another database"));
        } else if self.isolation != Isolation::Database && self.is_elsewhere(name) {
            self.hole(name.span, format!("`{name}` may lie outside the tenant's own schema"));
        }
    }

    /// A schema that is written is the same for every tenant; only the search path is a tenant's own.
    fn is_elsewhere(&self, name: &Name) -> bool {
        name.schema().is_some_and(|schema| !is_system(schema.as_str()) && !self.catalog.home_path().contains(schema))
    }

    fn call(&mut self, name: &Name) {
        if name.last().as_str().starts_with("dblink") {
            self.hole(name.span, format!("`{name}` runs SQL in another database"));
        }
    }

    fn hole(&mut self, span: Span, message: String) {
        let help = "leave the schema out: it is the tenant's own when it runs";
        self.holes.push(Hole::new(&unprovable::RULE, span, message).help(help));
    }
}

fn is_system(schema: &str) -> bool {
    matches!(schema, "" | "pg_catalog" | "information_schema" | "pg_temp")
}
