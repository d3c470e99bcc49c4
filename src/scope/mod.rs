//! Whether a statement stays within one tenant.
//!
//! A first, honest form: what joins tables on their tenant columns by plain equalities is decided; everything else is
//! `unprovable` and says what is missing. The meaning of the verdicts does not depend on how much is decided.

mod advice;
mod bodies;
pub mod classes;
mod ddl;
mod designator;
mod doubts;
mod effects;
mod explain;
mod fired;
mod judgement;
mod observe;
mod opaque;
mod outside;
mod owner;
mod portals;
mod procedures;
mod proof;
mod provenance;
mod reach;
mod routines;
mod shape;
mod survey;

pub use classes::{Class, classify};
pub use designator::Designator;
pub use effects::Effects;
pub use explain::{Explanation, explain};
pub use judgement::{Hole, Judgement};
pub use observe::observe;
pub use outside::outside;
pub use proof::{ProofRow, Reason, Source, Step};
pub use shape::{Shapes, findings as shape};

use self::effects::{Hook, Runs};

use crate::catalog::Catalog;
use crate::pg::Ident;
use crate::query::Expr;
use crate::query::visit::{self, Node};
use crate::query::{Body, DataStatement, ExprKind, Parameter};
use crate::rules::scope::{raw_parameter, unprovable, unscoped_copy, unscoped_truncate};
use crate::settings::Tenancy;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::relation::{Statement as Relation, TableSource, Truncate, WithData};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::{Copy, CopyDirection, CopySource};
use crate::syntax::token::Token;
use crate::verdict::Scope;

/// What a statement is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The schema before the statement.
    pub catalog: &'a Catalog,
    /// Who owns which rows.
    pub tenancy: &'a Tenancy,
    /// Triggers, rules and functions.
    pub effects: &'a Effects,
}

/// Where a statement stands, for the fixes that are offered.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The text of its file.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: &'a [Token],
    /// The expression that stands for the session's tenant, as the settings write it.
    pub session: Option<&'a str>,
}

/// Judges a statement.
pub fn judge(context: &Context<'_>, statement: &Statement, place: Place<'_>) -> Judgement {
    // What the file set to another value names another tenant than the run's.
    let tenancy = context.effects.doubts.tenancy(context.tenancy);
    let context = &Context { tenancy: tenancy.as_ref().unwrap_or(context.tenancy), ..*context };
    let mut judgement = match judged(context, statement, place.text) {
        Ok(judgement) => judgement.settled(),
        Err(hole) => Judgement::open(Scope::Unprovable, hole),
    };
    advice::advise(context, statement, place, &mut judgement);
    if let Some(data) = data_of(statement) {
        visit::statement(data, &mut |node| judgement.holes.extend(raw(context, node)));
    }
    judgement
}

/// Judges a statement; the text is that of the file in which the bodies of routines stand.
fn judged(context: &Context<'_>, statement: &Statement, text: &str) -> Result<Judgement, Hole> {
    match statement {
        Statement::Data(data) => {
            if let DataStatement::Query(query) = &**data
                && let Body::Select(select) = &query.body
                && let Some(into) = &select.into
            {
                quietly_made(context, into.name.span)?;
            }
            match setting(data) {
                Some(value) => proof::data(context, &value),
                None => proof::data(context, data),
            }
        }
        Statement::Relation(relation) => self::relation(context, relation),
        Statement::Object(object) => Ok(self::object(context, object, text)),
        Statement::Session(session) => self::session(context, session, text),
    }
}

/// `SELECT set_config('name', value, …)` is a SET: it reads what its value reads. What it changes was taken note of.
fn setting(data: &DataStatement) -> Option<DataStatement> {
    let DataStatement::Query(query) = data else { return None };
    let Body::Select(select) = &query.body else { return None };
    let [item] = select.items.as_slice() else { return None };
    let ExprKind::Call(call) = &item.expr.kind else { return None };
    let [name, value, is_local] = call.arguments.as_slice() else { return None };
    let is_written_out = |kind: &ExprKind| matches!(kind, ExprKind::Literal(_));
    let is_own = call.name.schema().is_none_or(|schema| *schema == "pg_catalog");
    let is_it = is_own && *call.name.last() == "set_config" && select.from.is_empty();
    if !is_it || !is_written_out(&name.value.kind) || !is_written_out(&is_local.value.kind) {
        return None;
    }
    let mut query = query.clone();
    if let Body::Select(select) = &mut query.body {
        select.items[0].expr = value.value.clone();
    }
    Some(DataStatement::Query(query))
}

fn relation(context: &Context<'_>, statement: &Relation) -> Result<Judgement, Hole> {
    match statement {
        Relation::CreateTableAs(table) => match &table.source {
            TableSource::Query(query) => {
                quietly_made(context, table.name.span).and_then(|()| proof::judge_query(context, query))
            }
            TableSource::Execute { .. } => Err(unfollowed(Span::default(), "EXECUTE")),
        },
        Relation::CreateMaterializedView(view) if view.with_data == WithData::Yes => {
            quietly_made(context, view.name.span).and_then(|()| proof::judge_query(context, &view.query))
        }
        Relation::RefreshMaterializedView(refresh) => {
            Err(unfollowed(refresh.name.span, &format!("the query of `{}`", refresh.name)))
        }
        Relation::Truncate(truncate) => self::truncate(context, truncate),
        Relation::AlterRelation(alter) => ddl::alter(context, alter),
        Relation::CreateIndex(index) => ddl::index(context, index),
        Relation::CreateStatistics(statistics) => ddl::statistics(context, statistics),
        _ => Ok(Judgement::not_applicable()),
    }
}

/// Refuses a table that a query fills where an event trigger does more on the way.
fn quietly_made(context: &Context<'_>, span: Span) -> Result<(), Hole> {
    match &context.effects.event_trigger {
        Some(name) => Err(unfollowed(span, &format!("what the event trigger `{name}` does when a table is made"))),
        None => Ok(()),
    }
}

fn truncate(context: &Context<'_>, truncate: &Truncate) -> Result<Judgement, Hole> {
    let mut judgement = proof::truncate(context, truncate)?;
    let help = "delete the rows of one tenant, or say in a directive what the statement is for";
    for hole in judgement.holes.iter_mut().filter(|hole| hole.rule.id == unscoped_truncate::RULE.id) {
        let name = truncate.relations.iter().map(|relation| &relation.name).find(|name| name.span == hole.span);
        if let Some(name) = name {
            hole.message = format!("TRUNCATE empties `{name}` for every tenant");
        }
        *hole = hole.clone().help(help);
    }
    Ok(judgement)
}

fn object(context: &Context<'_>, statement: &Object, text: &str) -> Judgement {
    match statement {
        Object::CreateFunction(function) => procedures::made(context, text, function),
        Object::CreateTrigger(trigger) => {
            let relation = context.catalog.relation(&trigger.relation);
            let owners = relation.map(|relation| classes::owners(relation, context)).unwrap_or_default();
            match fires(context, Hook::of(trigger), trigger.function.span, &owners) {
                open if open.scope == Scope::Unprovable => proof::trigger(context, trigger, None)
                    .unwrap_or_else(|hole| Judgement::open(Scope::Unprovable, hole)),
                judgement => judgement,
            }
        }
        Object::CreateEventTrigger(trigger) => {
            let runs = Runs::Function(trigger.function.last().clone());
            let hook = Hook { name: trigger.name.clone(), runs, conditions: Vec::new() };
            fires(context, hook, trigger.function.span, &[])
        }
        Object::CreateRule(rule) => {
            proof::rule(context, rule).unwrap_or_else(|hole| Judgement::open(Scope::Unprovable, hole))
        }
        _ => Judgement::not_applicable(),
    }
}

/// A trigger is as good as what it runs.
fn fires(context: &Context<'_>, hook: Hook, function: Span, owners: &[Ident]) -> Judgement {
    if !context.effects.is_harmful(context, &hook, owners) {
        return Judgement::not_applicable();
    }
    let message = format!("what `{}` does when it fires is not followed yet", hook.name);
    Judgement::open(Scope::Unprovable, Hole::new(&unprovable::RULE, function, message))
}

fn session(context: &Context<'_>, statement: &Session, text: &str) -> Result<Judgement, Hole> {
    match statement {
        Session::Copy(copy) => self::copy(context, copy),
        Session::Do(block) => Ok(procedures::block(context, text, block)),
        Session::Call(call) => proof::call(context, &call.call),
        Session::Execute(execute) => proof::execute(context, execute),
        Session::Prepare(prepare) => proof::data(context, &prepare.statement),
        // What it shows depends on how many rows there are, whether it runs the statement or not.
        Session::Explain(explain) => judged(context, &explain.statement, text),
        Session::DeclareCursor(cursor) => proof::judge_query(context, &cursor.query),
        Session::Fetch(fetch) => match context.effects.portals.cursor(&fetch.cursor) {
            Some(query) => proof::judge_query(context, query).map(unplaced),
            None => Err(unfollowed(Span::default(), &format!("what cursor `{}` goes through", fetch.cursor))),
        },
        _ => Ok(Judgement::not_applicable()),
    }
}

/// What is wrong stands in another statement.
fn unplaced(mut judgement: Judgement) -> Judgement {
    for hole in &mut judgement.holes {
        (hole.span, hole.fix, hole.labels) = (Span::default(), Vec::new(), Vec::new());
    }
    judgement
}

fn copy(context: &Context<'_>, copy: &Copy) -> Result<Judgement, Hole> {
    let (name, columns) = match &copy.source {
        CopySource::Statement(data) => return proof::data(context, data),
        CopySource::Relation(name, columns) => (name, columns),
    };
    let way = match copy.direction {
        CopyDirection::From => "the file decides whose rows are written to",
        CopyDirection::To => "rows of every tenant are read from",
    };
    let mut judgement = proof::copy(context, copy, name, columns)?;
    for hole in judgement.holes.iter_mut().filter(|hole| hole.rule.id == unscoped_copy::RULE.id) {
        if hole.span == name.span {
            hole.message = format!("{way} `{name}`");
            hole.help = None;
        }
    }
    Ok(judgement)
}

fn unfollowed(span: Span, what: &str) -> Hole {
    Hole::new(&unprovable::RULE, span, format!("{what} is not followed yet"))
}

fn data_of(statement: &Statement) -> Option<&DataStatement> {
    match statement {
        Statement::Data(data) => Some(data),
        _ => None,
    }
}

/// `:tenant_id` is pasted as it is: a quote in the value would end the literal that it stands in.
fn raw(context: &Context<'_>, node: Node<'_>) -> Option<Hole> {
    let Node::Expr(Expr { kind: ExprKind::Parameter(Parameter::Raw(name)), span }) = node else { return None };
    if *name != context.tenancy.parameter {
        return None;
    }
    let message = format!("`:{name}` is pasted as raw text");
    let mut hole = Hole::new(&raw_parameter::RULE, *span, message).help(format!("write `:'{name}'`"));
    hole.fix.push(crate::finding::Edit { span: *span, text: format!(":'{name}'") });
    Some(hole)
}
