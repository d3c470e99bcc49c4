//! What a session sets that decides what names mean.

use crate::catalog::Catalog;
use crate::pg::Ident;
use crate::query::{Body, DataStatement, Expr, ExprKind, Literal, Query};
use crate::statement::Statement;
use crate::statement::session::Statement as SessionStatement;
use crate::statement::session::maintenance::Discard;
use crate::statement::session::setting::{Change, Reset, Set, SetScope, Value};
use crate::statement::session::transaction::Transaction;

/// The search path of a session; that of the catalog is the one in force.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// What every session begins with.
    home: Vec<Ident>,
    /// What is in force again when the transaction ends, while `SET LOCAL` hides it.
    behind_local: Option<Vec<Ident>>,
}

impl Session {
    pub(super) fn new(home: Vec<Ident>) -> Self {
        Session { home, behind_local: None }
    }

    /// Follows a statement that changes no definition.
    pub(super) fn follow(&mut self, statement: &Statement, catalog: &mut Catalog) {
        match statement {
            Statement::Session(session) => match &**session {
                SessionStatement::Set(set) => self.set(set, catalog),
                SessionStatement::Reset(reset) => self.reset(reset, catalog),
                SessionStatement::Discard(Discard::All) => self.end(catalog),
                SessionStatement::Transaction(Transaction::Commit(_) | Transaction::Rollback(_)) => {
                    self.end_transaction(catalog);
                }
                _ => {}
            },
            Statement::Data(data) => {
                if let DataStatement::Query(query) = &**data
                    && let Some((path, scope)) = set_config(query)
                {
                    let written = split(&path).iter().map(|part| listed(part).as_str().to_owned()).collect();
                    self.assign(written, scope, catalog);
                }
            }
            Statement::Relation(_) | Statement::Object(_) => {}
        }
    }

    /// Ends the session.
    pub(super) fn end(&mut self, catalog: &mut Catalog) {
        self.behind_local = None;
        catalog.search_path.clone_from(&self.home);
        catalog.session.path = None;
    }

    fn set(&mut self, set: &Set, catalog: &mut Catalog) {
        let text = |value: &Value| match value {
            Value::Text(text) | Value::Number(text) => text.clone(),
        };
        let written = match &set.change {
            Change::Schema(schema) => vec![schema.clone()],
            Change::Value(name, values) if *name.last() == "search_path" => values.iter().map(text).collect(),
            Change::Default(name) if *name.last() == "search_path" => {
                return self.put(self.home.clone(), set.scope, catalog);
            }
            _ => return,
        };
        self.assign(written, set.scope, catalog);
    }

    fn assign(&mut self, written: Vec<String>, scope: SetScope, catalog: &mut Catalog) {
        self.put(schemas(&written), scope, catalog);
        catalog.session.path = Some(written);
    }

    fn put(&mut self, path: Vec<Ident>, scope: SetScope, catalog: &mut Catalog) {
        match scope {
            SetScope::Session => self.behind_local = None,
            SetScope::Local => drop(self.behind_local.get_or_insert_with(|| catalog.search_path.clone())),
        }
        catalog.search_path = path;
        catalog.session.path = None;
    }

    fn reset(&mut self, reset: &Reset, catalog: &mut Catalog) {
        let is_path = match reset {
            Reset::Name(name) => *name.last() == "search_path",
            Reset::All => true,
            Reset::Special(_) => false,
        };
        if is_path {
            self.put(self.home.clone(), SetScope::Session, catalog);
        }
    }

    fn end_transaction(&mut self, catalog: &mut Catalog) {
        if let Some(path) = self.behind_local.take() {
            catalog.search_path = path;
            catalog.session.path = None;
        }
    }
}

/// Returns the search path as a session was told it, where that is known.
pub(super) fn told(catalog: &Catalog) -> Option<&[String]> {
    catalog.session.path.as_deref().filter(|path| schemas(path) == catalog.search_path)
}

/// `"$user"` is a schema only where somebody made one for the role that runs the history.
fn schemas(path: &[String]) -> Vec<Ident> {
    path.iter().filter(|name| !name.is_empty() && *name != "$user").map(|name| Ident::exact(name)).collect()
}

/// Takes a path as `set_config` is given it apart.
fn split(path: &str) -> Vec<&str> {
    path.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn listed(part: &str) -> Ident {
    match part.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(quoted) => Ident::exact(quoted),
        None => Ident::folded(part),
    }
}

/// `SELECT set_config('search_path', …)`, as dumps begin.
fn set_config(query: &Query) -> Option<(String, SetScope)> {
    let Body::Select(select) = &query.body else { return None };
    let [item] = select.items.as_slice() else { return None };
    let ExprKind::Call(call) = &item.expr.kind else { return None };
    if *call.name.last() != "set_config" {
        return None;
    }
    let [name, value, is_local] = call.arguments.as_slice() else { return None };
    let path = text(&value.value)?;
    let is_local = matches!(is_local.value.kind, ExprKind::Literal(Literal::Boolean(true)));
    let scope = if is_local { SetScope::Local } else { SetScope::Session };
    (text(&name.value)? == "search_path").then(|| (path.to_owned(), scope))
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}
