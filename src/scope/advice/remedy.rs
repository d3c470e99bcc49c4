//! The predicates that would tie a row to the tenant, and the edits that put each in its place.

use super::block::{Block, Blocks, Occurrence};
use super::text::Text;
use crate::catalog::{Kind, Relation};
use crate::finding::Edit;
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{Body, DataStatement, Expr, ExprKind, FromKind, InsertSource, JoinCondition};
use crate::scope::classes::{Class, classify};
use crate::scope::judgement::{About, UseOf};
use crate::scope::{Context, Designator};
use crate::source::Span;

/// How far owners are followed.
const OWNERS: usize = 4;

/// A way to tie a row to the tenant.
#[derive(Clone, Debug)]
pub(super) struct Remedy {
    /// What to do, with what is added as it would be typed: `restrict it: AND t.tenant_id = :'tenant_id'`.
    pub(super) words: String,
    /// The edits that add it.
    pub(super) edits: Vec<Edit>,
}

/// What remedies are made from.
#[derive(Clone, Copy)]
pub(super) struct Bench<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) blocks: &'s Blocks<'s>,
    pub(super) text: &'s Text<'s>,
    /// The tenant as SQL, where there is one to name.
    pub(super) tenant: Option<&'s str>,
}

impl Bench<'_> {
    /// Lists the ways to tie a row, the best first.
    pub(super) fn remedies(&self, span: Span, about: &About) -> Vec<Remedy> {
        // Of two tenants, which one is meant is not known.
        let Some((at, found)) = self.blocks.at(span).filter(|_| about.known.is_none()) else { return Vec::new() };
        let block = self.blocks.get(at);
        match (block, about.use_of) {
            (Block::Insert(insert), UseOf::Given) => {
                self.column(insert, span).or_else(|| self.copied(insert)).into_iter().collect()
            }
            (Block::Insert(_), _) => self.conflict(&found).into_iter().collect(),
            (_, UseOf::Given) => Vec::new(),
            (Block::Merge(merge), _) if !found.is_target => self.source(&merge.source, &found).into_iter().collect(),
            _ => {
                let anchors = self.anchors(at, span).into_iter().chain(self.tenant.map(str::to_owned));
                anchors.filter_map(|value| self.tie((block, &found), &value)).collect()
            }
        }
    }

    /// Ties a row to a value by a predicate in the place where it restricts the row and nothing else.
    fn tie(&self, (block, found): (Block<'_>, &Occurrence<'_>), value: &str) -> Option<Remedy> {
        let is_alone = block.relations().len() == 1 && block.items().len() <= 1 && Some(value) == self.tenant;
        let qualifier = (!is_alone || found.alias.is_some()).then(|| found.qualifier());
        let predicate = self.predicate(found.name, qualifier, value)?;
        let span = found.name.span;
        let (word, edits) = match (block, found.nullable, found.joined) {
            (Block::Merge(merge), ..) => ("AND", self.text.add_to_on(merge.on.span, &predicate)?),
            (_, Some(JoinCondition::On(on)), _) => ("AND", self.text.add_to_on(on.span, &predicate)?),
            (_, Some(_), _) => return None,
            (_, None, Some(JoinCondition::On(on))) if Some(value) != self.tenant => {
                ("AND", self.text.add_to_on(on.span, &predicate)?)
            }
            _ => {
                let word = if block.filter().is_some() { "AND" } else { "WHERE" };
                (word, self.text.add_to_where(span, &predicate)?)
            }
        };
        Some(Remedy { words: format!("restrict it: {word} {predicate}"), edits })
    }

    /// The tenants of rows that the same block or one around it names: those that are written first.
    fn anchors(&self, at: usize, span: Span) -> Option<String> {
        let mut level = Some((at, span));
        while let Some((at, span)) = level {
            let relations = self.blocks.get(at).relations();
            let before = relations.iter().take_while(|found| found.name.span != span);
            let found = before.into_iter().find_map(|found| {
                let column = self.tenant_column(found.name)?;
                Some(format!("{}.{column}", found.qualifier()))
            });
            if found.is_some() {
                return found;
            }
            // From a block around, all of its relations are seen.
            level = self.blocks.around(at).map(|outer| (outer, Span::default()));
        }
        None
    }

    fn tenant_column(&self, name: &Name) -> Option<Ident> {
        let relation = self.context.catalog.relation(name)?;
        match classify(relation, self.context.catalog, self.context.tenancy) {
            Class::View => self.shown_by_view(relation),
            class => class.tenant_column().cloned(),
        }
    }

    /// The column of a view that goes by the name of a tenant column; whether it is one, the proof tells.
    fn shown_by_view(&self, relation: &Relation) -> Option<Ident> {
        let mut columns = self.context.tenancy.tenant_columns.iter();
        columns.find(|name| relation.kind == Kind::View && relation.column(name).is_some()).cloned()
    }

    /// The predicate that a row is of this tenant, through its owners where it does not name the tenant itself.
    fn predicate(&self, name: &Name, qualifier: Option<&Ident>, value: &str) -> Option<String> {
        let relation = self.context.catalog.relation(name)?;
        if let Some(column) = self.tenant_column(name) {
            return Some(format!("{} = {value}", qualified(qualifier, &column)));
        }
        self.through_owner(relation, qualifier, value, OWNERS)
    }

    fn through_owner(
        &self,
        relation: &Relation,
        qualifier: Option<&Ident>,
        value: &str,
        left: usize,
    ) -> Option<String> {
        let catalog = self.context.catalog;
        let Class::Owned(via) = classify(relation, catalog, self.context.tenancy) else { return None };
        let (_, references, _) = relation.foreign_key(&via)?;
        let parent = catalog.referenced_table(references)?;
        let keys = if references.columns.is_empty() { parent.primary_key()? } else { &references.columns };
        let inner = match classify(parent, catalog, self.context.tenancy) {
            Class::Tenant(column) | Class::Root(column) => format!("{column} = {value}"),
            Class::Owned(_) if left > 0 => self.through_owner(parent, None, value, left - 1)?,
            _ => return None,
        };
        let own: Vec<String> = via.iter().map(|column| qualified(qualifier, column)).collect();
        let own = if own.len() == 1 { own.join("") } else { format!("({})", own.join(", ")) };
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        Some(format!("{own} IN (SELECT {} FROM {} WHERE {inner})", keys.join(", "), catalog.shown(&parent.name)))
    }

    /// The row that a new one conflicts with has to be of the tenant of the new one.
    fn conflict(&self, found: &Occurrence<'_>) -> Option<Remedy> {
        let column = self.tenant_column(found.name)?;
        let predicate = format!("{}.{column} = EXCLUDED.{column}", found.qualifier());
        let edits = self.text.add_to_conflict(found.name.span, &predicate)?;
        let word = if edits.iter().any(|edit| edit.text.contains("WHERE")) { "WHERE" } else { "AND" };
        Some(Remedy { words: format!("restrict it: {word} {predicate}"), edits })
    }

    /// New rows that get no tenant at all get the statement's.
    fn column(&self, insert: &crate::query::Insert, span: Span) -> Option<Remedy> {
        let column = self.tenant_column(&insert.target.name)?;
        let named = !insert.columns.is_empty() && insert.columns.iter().all(|found| found.name != column);
        let InsertSource::Query(_) = &insert.source else { return None };
        let value = self.tenant.filter(|_| named)?;
        let edits = self.text.add_column(span, &column.to_string(), value)?;
        Some(Remedy { words: format!("add the column `{column}` with the value {value}"), edits })
    }

    /// New rows that are made of others are the tenant's where those are.
    fn copied(&self, insert: &crate::query::Insert) -> Option<Remedy> {
        let InsertSource::Query(query) = &insert.source else { return None };
        let Body::Select(select) = &query.body else { return None };
        let block = Block::Select(query, select);
        let found = block.relations().into_iter().find(|found| self.tenant_column(found.name).is_some())?;
        self.tie((block, &found), self.tenant?)
    }

    /// What is merged has to be of the tenant before it is compared: ON says nothing of rows that match none.
    fn source(&self, item: &crate::query::FromItem, found: &Occurrence<'_>) -> Option<Remedy> {
        let FromKind::Table { only: false, sample: None, alias, .. } = &item.kind else { return None };
        if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) {
            return None;
        }
        let predicate = self.predicate(found.name, None, self.tenant?)?;
        let (name, alias) = (found.name.to_string(), found.qualifier().to_string());
        let edits = self.text.filter_source(item.span, &name, &alias, &predicate)?;
        Some(Remedy { words: format!("filter what is merged: USING {}", edits.first()?.text), edits })
    }
}

fn qualified(qualifier: Option<&Ident>, column: &Ident) -> String {
    match qualifier {
        Some(qualifier) => format!("{qualifier}.{column}"),
        None => column.to_string(),
    }
}

/// Returns the tenant as SQL: what the rest of the statement uses, or the run's.
pub(super) fn tenant(
    context: &Context<'_>,
    about: &About,
    data: &DataStatement,
    (session, in_body): (Option<&str>, bool),
) -> Option<String> {
    let used = about.others.clone().or_else(|| compared(context, data));
    let used = used.and_then(|designator| sql(session, &designator));
    used.or_else(|| match in_body {
        true => session.map(str::to_owned),
        false => Some(format!(":'{}'", context.tenancy.parameter)),
    })
}

/// Finds what a tenant column is compared with somewhere in the statement.
fn compared(context: &Context<'_>, data: &DataStatement) -> Option<Designator> {
    let mut found = None;
    let is_tenant = |expr: &Expr| match &expr.kind {
        ExprKind::Column(parts) => {
            parts.last().is_some_and(|name| context.tenancy.tenant_columns.iter().any(|known| known == name))
        }
        _ => false,
    };
    visit::statement(data, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Infix(left, operator, right), .. }) = node
            && operator.is("=")
            && found.is_none()
        {
            let other = if is_tenant(left) { Some(right) } else { is_tenant(right).then_some(left) };
            found = other.and_then(|other| Designator::of(other, context.tenancy));
        }
    });
    found
}

fn sql(session: Option<&str>, designator: &Designator) -> Option<String> {
    match designator {
        Designator::Parameter(name) => Some(format!(":'{name}'")),
        Designator::Number(number) => Some(format!("${number}")),
        Designator::Session => session.map(str::to_owned),
        Designator::Literal(text) => Some(text.clone()),
        // An argument of the routine can be named again; what a key looks up would have to be looked up again.
        Designator::LookedUp(words) => {
            let name = words.strip_prefix("the argument ")?;
            Some(name.trim_matches('`').to_owned())
        }
    }
}
