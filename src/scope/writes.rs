//! UPDATE, DELETE and INSERT.

use super::Context;
use super::block::{Block, Term, Tie, tenant_of};
use super::designator::Designator;
use super::judgement::{Hole, Judgement};
use super::opaque;
use super::reach::{self, Write};
use crate::catalog::Generated;
use crate::pg::{Ident, Name};
use crate::query::{
    Arbiter, Assignment, Body, ColumnTarget, ConflictAction, DataStatement, Delete, Distinct, Expr, ExprKind, Filter,
    GroupItem, Insert, InsertSource, OnConflict, Overriding, Query, Returning, Select, SelectItem, Step, Update,
};
use crate::rules::Rule;
use crate::rules::scope::{
    aligned_without_directive, unprovable, unscoped_delete, unscoped_insert, unscoped_read, unscoped_update,
};
use crate::verdict::Scope;

/// A judgement, or the hole that ends the analysis.
type Judged = Result<Judgement, Hole>;

/// Judges an UPDATE.
pub(super) fn update(context: &Context<'_>, update: &Update) -> Judged {
    let mut block = Block::new(context, update.with.as_ref(), Some(&update.target), &update.from)?;
    filter(context, &mut block, &update.filter)?;
    let values = update.set.iter().map(|assignment| match assignment {
        Assignment::Single(_, value) | Assignment::Multiple(_, value) => value,
    });
    plain(context, &block, values.chain(subscripts(&update.set)).chain(returned(&update.returning)))?;
    let changed = changed(&update.set);
    reach(context, &update.target.name, Write::Update(changed))?;
    let judgement = written(&block, &unscoped_update::RULE, &update.target.name, &update.returning)?;
    Ok(judgement.and(keeps_tenant(context, &block, &update.set, &update.target.name)))
}

/// Judges a DELETE.
pub(super) fn delete(context: &Context<'_>, delete: &Delete) -> Judged {
    let mut block = Block::new(context, delete.with.as_ref(), Some(&delete.target), &delete.using)?;
    filter(context, &mut block, &delete.filter)?;
    plain(context, &block, returned(&delete.returning))?;
    reach(context, &delete.target.name, Write::Delete)?;
    written(&block, &unscoped_delete::RULE, &delete.target.name, &delete.returning)
}

fn filter(context: &Context<'_>, block: &mut Block, filter: &Filter) -> Result<(), Hole> {
    match filter {
        Filter::None => Ok(()),
        Filter::CurrentOf(cursor) => {
            let message = format!("the row of cursor `{cursor}` is not followed yet");
            Err(Hole::new(&unprovable::RULE, crate::source::Span::default(), message))
        }
        Filter::Where(condition) => {
            plain(context, block, std::iter::once(condition))?;
            block.assume(context, condition);
            Ok(())
        }
    }
}

/// Refuses expressions that are more than functions of the rows at hand.
fn plain<'a>(context: &Context<'_>, block: &Block, exprs: impl Iterator<Item = &'a Expr>) -> Result<(), Hole> {
    let mut exprs = exprs;
    exprs.find_map(|expr| opaque::expr(context, expr, block.neutral())).map_or(Ok(()), Err)
}

fn returned(returning: &Option<Returning>) -> impl Iterator<Item = &Expr> {
    returning.iter().flat_map(|list| &list.items).map(|item| &item.expr)
}

/// The subscripts in `SET a[i] = …`.
fn subscripts(set: &[Assignment]) -> impl Iterator<Item = &Expr> {
    targets(set).flat_map(|target| &target.steps).flat_map(|step| match step {
        Step::Index(index) => vec![&**index],
        Step::Slice(low, high) => low.iter().chain(high).map(|bound| &**bound).collect(),
        Step::Field(_) | Step::Star => Vec::new(),
    })
}

/// Refuses writes that set off what is not followed.
pub(super) fn reach(context: &Context<'_>, name: &Name, write: Write) -> Result<(), Hole> {
    let Some(relation) = context.catalog.relation(name) else {
        let message = format!("`{name}` is PostgreSQL's own, and what a write to it changes is not followed");
        return Err(Hole::new(&unprovable::RULE, name.span, message));
    };
    match reach::reach(context, relation, write) {
        Some(message) => Err(Hole::new(&unprovable::RULE, name.span, message)),
        None => Ok(()),
    }
}

/// The verdict on a write that has a target.
fn written(block: &Block, rule: &'static Rule, target: &Name, returning: &Option<Returning>) -> Judged {
    let tie = block.tie();
    let is_global = block.entries.first().is_some_and(|entry| entry.tenant.is_none());
    if is_global && tie != Tie::Nobody {
        return Err(published(target));
    }
    if tie == Tie::Same && returning.is_some() {
        let message = format!("rows of every tenant are returned from `{target}`");
        return Ok(Judgement::open(Scope::Unscoped, Hole::new(&unscoped_read::RULE, target.span, message)));
    }
    Ok(tied(block, rule, target))
}

/// What a tenant's rows say would be seen by all.
fn published(target: &Name) -> Hole {
    let message = format!("rows of tenants are copied into `{target}`, which is the same for all");
    Hole::new(&unprovable::RULE, target.span, message)
}

/// The verdict that the tie of all relations gives to a write that changes each row by that row alone.
fn tied(block: &Block, rule: &'static Rule, target: &Name) -> Judgement {
    match block.tie() {
        Tie::Nobody => Judgement::scoped(None),
        Tie::One(designator) => Judgement::scoped(Some(designator)),
        Tie::Same => {
            let message = format!("`{target}` is not restricted to one tenant: rows of every tenant are touched");
            Judgement::open(Scope::Aligned, Hole::new(aligned_rule(block, rule), target.span, message))
        }
        Tie::Loose(index) => {
            let (span, name) =
                block.entries.get(index).map(|entry| (entry.span, &entry.name)).unwrap_or((target.span, target));
            let message = format!("rows of `{name}` are not proved to be the same tenant's as the others");
            let help = "add the equality of the tenant columns to WHERE or ON";
            Judgement::open(Scope::Unprovable, Hole::new(&unprovable::RULE, span, message).help(help))
        }
    }
}

/// Who joins tables on their tenants meant every tenant; who names no tenant at all forgot it.
fn aligned_rule(block: &Block, forgotten: &'static Rule) -> &'static Rule {
    let joined = block.entries.iter().filter(|entry| entry.tenant.is_some()).count() > 1;
    if joined { &aligned_without_directive::RULE } else { forgotten }
}

fn targets(set: &[Assignment]) -> impl Iterator<Item = &ColumnTarget> {
    set.iter().flat_map(|assignment| match assignment {
        Assignment::Single(target, _) => std::slice::from_ref(target),
        Assignment::Multiple(targets, _) => targets.as_slice(),
    })
}

fn changed(set: &[Assignment]) -> Vec<Ident> {
    targets(set).map(|target| target.name.clone()).collect()
}

/// A row may be given only to the tenant that it already has.
fn keeps_tenant(context: &Context<'_>, block: &Block, set: &[Assignment], target: &Name) -> Judgement {
    let kept = Judgement::scoped(None);
    let Some(tenant) = block.entries.first().and_then(|entry| entry.tenant.as_ref()) else { return kept };
    let own = Term::Tenant(0);
    for assignment in set {
        let (targets, value) = match assignment {
            Assignment::Single(target, value) => (std::slice::from_ref(target), Some(value)),
            Assignment::Multiple(targets, _) => (targets.as_slice(), None),
        };
        let Some(assigned) = targets.iter().find(|target| target.name == *tenant) else { continue };
        let value = value.and_then(|value| block.term(context, value));
        if !value.is_some_and(|value| block.are_equal(&value, &own)) {
            let message = format!("`{tenant}` of `{target}` is assigned: the row may go to another tenant");
            return Judgement::open(Scope::Unscoped, Hole::new(&unscoped_update::RULE, assigned.span, message));
        }
    }
    kept
}

/// Judges an INSERT.
pub(super) fn insert(context: &Context<'_>, insert: &Insert) -> Judged {
    let name = &insert.target.name;
    let tenant = tenant_of(context, name)?;
    let empty = Block::new(context, insert.with.as_ref(), None, &[])?;
    plain(context, &empty, returned(&insert.returning))?;
    reach(context, name, Write::Insert)?;
    stays_in_place(context, insert, tenant.as_ref())?;
    if let Some(conflict) = &insert.on_conflict {
        on_conflict(context, insert, conflict, tenant.as_ref())?;
    }
    let place = match &tenant {
        Some(tenant) => Place::of(context, insert, tenant)?,
        None => Place::Nobody,
    };
    let InsertSource::Query(query) = &insert.source else {
        return omitted(context, insert, &place);
    };
    let judgement = source(context, insert, query, &place)?;
    if judgement.scope == Scope::Aligned && insert.returning.is_some() {
        let message = format!("rows of every tenant are returned from `{name}`");
        return Ok(Judgement::open(Scope::Unscoped, Hole::new(&unscoped_read::RULE, name.span, message)));
    }
    Ok(judgement)
}

/// The value of the tenant must go to the tenant column as it is written.
fn stays_in_place(context: &Context<'_>, insert: &Insert, tenant: Option<&Ident>) -> Result<(), Hole> {
    let name = &insert.target.name;
    let refused = |message: String| Err(Hole::new(&unprovable::RULE, name.span, message));
    if insert.columns.iter().any(|column| !column.steps.is_empty()) {
        return refused("a part of a column as the target of INSERT is not followed yet".into());
    }
    let Some(tenant) = tenant.filter(|_| insert.overriding == Some(Overriding::User)) else { return Ok(()) };
    let relation = context.catalog.relation(name);
    let column = relation.and_then(|relation| relation.column(tenant));
    match column.is_some_and(|column| matches!(column.generated, Some(Generated::Identity(_)))) {
        true => refused(format!("OVERRIDING USER VALUE gives `{tenant}` the next value of its sequence")),
        false => Ok(()),
    }
}

/// Where the tenant of a new row comes from.
enum Place<'a> {
    /// The relation has no tenants.
    Nobody,
    /// The column with this index in the list of values.
    Index(usize, &'a Ident),
    /// The column's default: it is not in the list.
    Default(&'a Ident),
}

impl<'a> Place<'a> {
    fn of(context: &Context<'_>, insert: &Insert, tenant: &'a Ident) -> Result<Place<'a>, Hole> {
        if !insert.columns.is_empty() {
            let index = insert.columns.iter().position(|column| column.name == *tenant && column.steps.is_empty());
            return Ok(index.map_or(Place::Default(tenant), |index| Place::Index(index, tenant)));
        }
        let relation = context.catalog.relation(&insert.target.name);
        let columns = relation.map(|relation| relation.columns.as_slice()).unwrap_or(&[]);
        match columns.iter().position(|column| column.name == *tenant) {
            Some(index) => Ok(Place::Index(index, tenant)),
            None => {
                let message = format!("the columns of `{}` are not known", insert.target.name);
                Err(Hole::new(&unprovable::RULE, insert.target.name.span, message).help("name the columns"))
            }
        }
    }
}

/// The tenant is what the column's default says.
fn omitted(context: &Context<'_>, insert: &Insert, place: &Place<'_>) -> Judged {
    let (Place::Index(_, tenant) | Place::Default(tenant)) = place else { return Ok(Judgement::scoped(None)) };
    let relation = context.catalog.relation(&insert.target.name);
    let default = relation.and_then(|relation| relation.column(tenant)).and_then(|column| column.default.as_ref());
    match default.and_then(|default| Designator::of(default, context.tenancy)) {
        Some(Designator::Session) => Ok(Judgement::scoped(Some(Designator::Session))),
        _ => {
            let message = format!("new rows of `{}` get no tenant: `{tenant}` is left out", insert.target.name);
            let help = format!("insert `{tenant}` with the value `:'{}'`", context.tenancy.parameter);
            let hole = Hole::new(&unscoped_insert::RULE, insert.target.name.span, message).help(help);
            Ok(Judgement::open(Scope::Unscoped, hole))
        }
    }
}

fn source(context: &Context<'_>, insert: &Insert, query: &Query, place: &Place<'_>) -> Judged {
    let name = &insert.target.name;
    let unfollowed = |what: &str| {
        let message = format!("{what} as the source of `{name}` is not followed yet");
        Err(Hole::new(&unprovable::RULE, name.span, message))
    };
    if query.with.is_some() || insert.with.is_some() {
        return unfollowed("WITH");
    }
    match &query.body {
        Body::Values(rows) => {
            if let Some(hole) = opaque::query(context, query, &[]) {
                return Err(hole);
            }
            match place {
                Place::Nobody => Ok(Judgement::scoped(None)),
                Place::Default(_) => omitted(context, insert, place),
                Place::Index(index, tenant) => {
                    let values = rows.iter().map(|row| row.get(*index));
                    Ok(one_designator(context, insert, tenant, values))
                }
            }
        }
        Body::Select(select) => selected(context, insert, query, select, place),
        Body::SetOperation { .. } => unfollowed("a set operation"),
    }
}

/// Every row must name the same tenant.
fn one_designator<'a>(
    context: &Context<'_>,
    insert: &Insert,
    tenant: &Ident,
    values: impl Iterator<Item = Option<&'a Expr>>,
) -> Judgement {
    let mut found: Option<Designator> = None;
    let open = |span, message: String| {
        let help = format!("give `{tenant}` the value `:'{}'` in every row", context.tenancy.parameter);
        Judgement::open(Scope::Unscoped, Hole::new(&unscoped_insert::RULE, span, message).help(help))
    };
    for value in values {
        let Some(value) = value else {
            return open(insert.target.name.span, format!("a row gives `{tenant}` no value"));
        };
        match (Designator::of(value, context.tenancy), &found) {
            (Some(designator), None) => found = Some(designator),
            (Some(designator), Some(first)) if designator == *first => {}
            (Some(_), Some(_)) => return open(value.span, "rows of two tenants are inserted by one statement".into()),
            (None, _) => return open(value.span, format!("the value of `{tenant}` is not a fixed tenant")),
        }
    }
    Judgement::scoped(found)
}

fn selected(context: &Context<'_>, insert: &Insert, query: &Query, select: &Select, place: &Place<'_>) -> Judged {
    let name = &insert.target.name;
    let block = self::select(context, query, select)?;
    let (index, tenant) = match place {
        Place::Nobody => {
            return match block.tie() {
                Tie::Nobody => Ok(Judgement::scoped(None)),
                _ => Err(published(name)),
            };
        }
        Place::Default(_) => {
            let made = omitted(context, insert, place)?;
            return match (block.tie(), &made.designator) {
                (Tie::Nobody, _) => Ok(made),
                (Tie::One(designator), Some(own)) if designator == *own => Ok(made),
                (_, None) => Ok(made),
                (_, Some(own)) => {
                    let message = format!("new rows of `{name}` belong to {own}, and what they are made of does not");
                    Err(Hole::new(&unprovable::RULE, name.span, message))
                }
            };
        }
        Place::Index(index, tenant) => (*index, *tenant),
    };
    let stars = select.items.iter().take(index + 1).any(is_star);
    if stars {
        let message = format!("which column of the source becomes `{tenant}` is not followed through `*`");
        return Err(Hole::new(&unprovable::RULE, name.span, message).help("name the columns"));
    }
    let value = select.items.get(index).map(|item| &item.expr);
    let term = value.and_then(|value| block.term(context, value));
    // ROLLUP, CUBE and GROUPING SETS add rows in which a grouped column is NULL.
    let adds_nulls = select.group_by.items.iter().any(|item| !matches!(item, GroupItem::Expr(_)));
    match (block.tie(), term) {
        (_, Some(Term::Tenant(_))) if adds_nulls => {
            let message = format!("a grouping set adds rows in which `{tenant}` is NULL");
            Ok(Judgement::open(Scope::Unscoped, Hole::new(&unscoped_insert::RULE, name.span, message)))
        }
        (Tie::Nobody, Some(Term::Designator(designator))) => Ok(Judgement::scoped(Some(designator))),
        (Tie::One(designator), Some(term)) if block.are_equal(&term, &Term::Designator(designator.clone())) => {
            Ok(Judgement::scoped(Some(designator)))
        }
        (Tie::Same, Some(Term::Tenant(_))) if is_row_local(query, select) && !block.outer => {
            let message = format!("rows of every tenant are copied into `{name}`");
            let rule = aligned_rule(&block, &unscoped_insert::RULE);
            Ok(Judgement::open(Scope::Aligned, Hole::new(rule, name.span, message)))
        }
        _ => {
            let span = value.map_or(name.span, |value| value.span);
            let message = format!("`{tenant}` of the new rows is not proved to be the tenant that they are read from");
            Err(Hole::new(&unprovable::RULE, span, message))
        }
    }
}

fn is_star(item: &SelectItem) -> bool {
    match &item.expr.kind {
        ExprKind::Star(_) => true,
        ExprKind::Indirection(_, steps) => steps.contains(&Step::Star),
        _ => false,
    }
}

/// Makes the block of a SELECT, with all its expressions looked at.
pub(super) fn select(context: &Context<'_>, query: &Query, select: &Select) -> Result<Block, Hole> {
    let mut block = Block::new(context, query.with.as_ref(), None, &select.from)?;
    // Everything but FROM: its items are in the block.
    let mut rest = select.clone();
    rest.from = Vec::new();
    let rest = Query { body: Body::Select(Box::new(rest)), with: None, ..query.clone() };
    if let Some(hole) = opaque::query(context, &rest, block.neutral()) {
        return Err(hole);
    }
    if let Some(condition) = &select.filter {
        block.assume(context, condition);
    }
    Ok(block)
}

/// Says whether each row of the result comes from one row of the join alone.
fn is_row_local(query: &Query, select: &Select) -> bool {
    let mut aggregates = false;
    crate::query::visit::query(query, &mut |node| {
        if let crate::query::visit::Node::Expr(Expr { kind: ExprKind::Call(call), .. }) = node {
            let name = call.name.last().as_str();
            aggregates |= crate::pg::function::is_aggregate(name) || call.over.is_some();
        }
    });
    let plain = select.distinct == Distinct::No && select.group_by.items.is_empty() && select.having.is_none();
    // An order shows in numbers that a sequence gives; a lock, in which rows are there.
    let unordered = query.order_by.is_empty() && query.locking.is_empty();
    !aggregates && plain && unordered && query.limit.is_none() && query.offset.is_none()
}

/// The row that a new one conflicts with must be the same tenant's.
fn on_conflict(
    context: &Context<'_>,
    insert: &Insert,
    conflict: &OnConflict,
    tenant: Option<&Ident>,
) -> Result<(), Hole> {
    let name = &insert.target.name;
    let ConflictAction::Update { set, filter } = &conflict.action else { return Ok(()) };
    let block = Block::default();
    let values = set.iter().map(|assignment| match assignment {
        Assignment::Single(_, value) | Assignment::Multiple(_, value) => value,
    });
    plain(context, &block, values.chain(subscripts(set)).chain(filter))?;
    let changed = changed(set);
    reach(context, name, Write::Update(changed.clone()))?;
    let Some(tenant) = tenant else { return Ok(()) };
    if changed.contains(tenant) {
        let message = format!("ON CONFLICT assigns `{tenant}`, which is not followed yet");
        return Err(Hole::new(&unprovable::RULE, name.span, message));
    }
    let carried = match &conflict.arbiter {
        // Under another collation or operator class two tenants may be one.
        Some(Arbiter::Index { elements, .. }) => elements.iter().any(|element| {
            let (Expr { kind: ExprKind::Column(parts), .. }, None, None) = element else { return false };
            parts.as_slice() == [tenant.clone()]
        }),
        Some(Arbiter::Constraint(constraint)) => {
            let relation = context.catalog.relation(name);
            relation.and_then(|relation| relation.constraint(constraint)).is_some_and(|constraint| {
                use crate::catalog::ConstraintKind as Kind;
                matches!(&constraint.kind, Kind::Unique(columns) | Kind::PrimaryKey(columns) if columns.contains(tenant))
            })
        }
        None => false,
    };
    if carried {
        return Ok(());
    }
    let message = format!("a row of another tenant may conflict: the arbiter does not contain `{tenant}`");
    let help = format!("conflict on a unique key that contains `{tenant}`");
    Err(Hole::new(&unprovable::RULE, name.span, message).help(help))
}

/// Judges a query on its own.
pub(super) fn query(context: &Context<'_>, query: &Query) -> Judged {
    match &query.body {
        Body::SetOperation { left, right, .. } if query.with.is_none() => {
            let whole = query.limit.iter().chain(&query.offset).chain(query.order_by.iter().map(|key| &key.expr));
            if let Some(hole) = whole.into_iter().find_map(|expr| opaque::expr(context, expr, &[])) {
                return Err(hole);
            }
            Ok(self::query(context, left)?.and(self::query(context, right)?))
        }
        Body::Select(select) => {
            let block = self::select(context, query, select)?;
            let reads_nothing = select.from.is_empty() && query.with.is_none();
            match block.tie() {
                Tie::Nobody if reads_nothing => Ok(Judgement::not_applicable()),
                Tie::Same => {
                    let entry = block.entries.iter().find(|entry| entry.tenant.is_some());
                    let (span, name) = entry.map(|entry| (entry.span, entry.name.to_string())).unwrap_or_default();
                    let message = format!("rows of every tenant are read from `{name}`");
                    Ok(Judgement::open(Scope::Unscoped, Hole::new(&unscoped_read::RULE, span, message)))
                }
                _ => Ok(tied(&block, &unscoped_read::RULE, &Name::simple(Ident::exact("?"), query.span))),
            }
        }
        Body::Values(_) | Body::SetOperation { .. } => match opaque::query(context, query, &[]) {
            Some(hole) => Err(hole),
            None => Ok(Judgement::not_applicable()),
        },
    }
}

/// Judges a statement that WITH may hold.
pub(super) fn data(context: &Context<'_>, data: &DataStatement) -> Judged {
    match data {
        DataStatement::Query(inner) => query(context, inner),
        DataStatement::Insert(inner) => insert(context, inner),
        DataStatement::Update(inner) => update(context, inner),
        DataStatement::Delete(inner) => delete(context, inner),
        DataStatement::Merge(merge) => {
            Err(Hole::new(&unprovable::RULE, merge.target.name.span, "MERGE is not followed yet"))
        }
    }
}
