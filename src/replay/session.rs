//! What a session sets that decides what names mean.

use crate::catalog::Catalog;
use crate::pg::Ident;
use crate::query::{Body, DataStatement, Expr, ExprKind, Literal, Query};
use crate::statement::Statement;
use crate::statement::session::maintenance::Discard;
use crate::statement::session::setting::{Change, Reset, Set, SetScope, Value};
use crate::statement::session::transaction::Transaction;
use crate::statement::session::{Statement as SessionStatement, setting};

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
                    self.assign(listed(&path), scope, catalog);
                }
            }
            Statement::Relation(_) | Statement::Object(_) => {}
        }
    }

    /// Ends the session.
    pub(super) fn end(&mut self, catalog: &mut Catalog) {
        self.behind_local = None;
        catalog.search_path.clone_from(&self.home);
    }

    fn set(&mut self, set: &Set, catalog: &mut Catalog) {
        let path = match &set.change {
            Change::Schema(schema) => vec![Ident::exact(schema)],
            Change::Value(name, values) if *name.last() == "search_path" => values.iter().filter_map(schema).collect(),
            Change::Default(name) if *name.last() == "search_path" => self.home.clone(),
            _ => return,
        };
        self.assign(path, set.scope, catalog);
    }

    fn assign(&mut self, path: Vec<Ident>, scope: SetScope, catalog: &mut Catalog) {
        match scope {
            SetScope::Session => self.behind_local = None,
            SetScope::Local => drop(self.behind_local.get_or_insert_with(|| catalog.search_path.clone())),
        }
        catalog.search_path = path;
    }

    fn reset(&mut self, reset: &Reset, catalog: &mut Catalog) {
        let is_path = match reset {
            Reset::Name(name) => *name.last() == "search_path",
            Reset::All => true,
            Reset::Special(_) => false,
        };
        if is_path {
            self.assign(self.home.clone(), SetScope::Session, catalog);
        }
    }

    fn end_transaction(&mut self, catalog: &mut Catalog) {
        if let Some(path) = self.behind_local.take() {
            catalog.search_path = path;
        }
    }
}

/// `"$user"` is a schema only where somebody made one for the role that runs the history.
fn schema(value: &setting::Value) -> Option<Ident> {
    match value {
        Value::Text(text) if text.is_empty() || text == "$user" => None,
        Value::Text(text) => Some(Ident::exact(text)),
        Value::Number(_) => None,
    }
}

/// Takes a path as `set_config` is given it.
fn listed(path: &str) -> Vec<Ident> {
    let schema = |part: &str| match part.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(quoted) => Ident::exact(quoted),
        None => Ident::folded(part),
    };
    let parts = path.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "\"$user\"");
    parts.map(schema).collect()
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
