//! One block of a statement: the relations that it joins, and which of their tenants are proved equal.

use super::Context;
use super::classes::{Class, blurs, classify};
use super::designator::Designator;
use super::effects::Runs;
use super::judgement::Hole;
use super::opaque;
use crate::catalog::Relation;
use crate::pg::{Ident, Name, system};
use crate::query::{Alias, Cte, Expr, ExprKind, FromItem, FromKind, InOperand, JoinCondition, JoinKind, Target, With};
use crate::rules::scope::unprovable;
use crate::source::Span;

/// A relation that a block reads or writes.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The name that columns are qualified with.
    alias: Ident,
    /// Where it stands.
    pub(super) span: Span,
    /// Its name for messages.
    pub(super) name: Name,
    /// The column that names the tenant; `None` when its rows are nobody's.
    pub(super) tenant: Option<Ident>,
    /// Its columns when they are known.
    columns: Option<Vec<Ident>>,
}

/// The relations of a block and the equalities that hold for every row of its result.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) entries: Vec<Entry>,
    /// Common table expressions that hold nobody's rows.
    neutral: Vec<Ident>,
    /// Whether a relation stands in an outer join, so that a row of it may be all NULL.
    pub(super) outer: bool,
    equal: Vec<(Term, Term)>,
}

/// A side of an equality: the tenant of an entry, or a designator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// The tenant of the entry with this index.
    Tenant(usize),
    /// A designator.
    Designator(Designator),
}

/// How the tenants of a block's relations hang together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// No relation holds tenants' rows.
    Nobody,
    /// All are the tenant of this designator.
    One(Designator),
    /// All are the same tenant, whichever it is.
    Same,
    /// This entry is not tied to the others.
    Loose(usize),
}

impl Block {
    /// Makes a block of what WITH, a target and FROM bring.
    ///
    /// # Errors
    ///
    /// The hole where something cannot be followed.
    pub(super) fn new(
        context: &Context<'_>,
        with: Option<&With>,
        target: Option<&Target>,
        from: &[FromItem],
    ) -> Result<Block, Hole> {
        let mut block = Block::default();
        for cte in with.iter().flat_map(|with| &with.ctes) {
            block.cte(context, cte)?;
        }
        if let Some(target) = target {
            // The target is the real table even when a common table expression has its name.
            block.table(context, &target.name, target.alias.as_ref())?;
        }
        let mut conditions = Vec::new();
        for item in from {
            block.item(context, item, Side::Kept, &mut conditions)?;
        }
        for condition in conditions {
            block.assume(context, condition);
        }
        Ok(block)
    }

    /// A common table expression that meets only rows of nobody is a table of nobody.
    fn cte(&mut self, context: &Context<'_>, cte: &Cte) -> Result<(), Hole> {
        if let Some(hole) = opaque::statement(context, &cte.body, &self.neutral) {
            return Err(hole);
        }
        self.neutral.push(cte.name.clone());
        Ok(())
    }

    fn item<'a>(
        &mut self,
        context: &Context<'_>,
        item: &'a FromItem,
        side: Side,
        conditions: &mut Vec<&'a Expr>,
    ) -> Result<(), Hole> {
        let unfollowed =
            |what: &str| Err(Hole::new(&unprovable::RULE, item.span, format!("{what} is not followed yet")));
        match &item.kind {
            // A sample is drawn from the rows of every tenant.
            FromKind::Table { sample: Some(_), .. } => unfollowed("TABLESAMPLE"),
            FromKind::Table { name, alias, .. } => {
                self.outer |= side == Side::Lost;
                self.source(context, name, alias.as_ref())
            }
            FromKind::Subquery { query, alias, .. } => {
                match opaque::query(context, query, &self.neutral) {
                    Some(hole) => return Err(hole),
                    None => self.neutral_entry(item.span, alias.as_ref()),
                }
                Ok(())
            }
            FromKind::Function { calls, alias, .. } => {
                if let Some(hole) = calls.iter().find_map(|call| opaque::expr(context, &call.call, &self.neutral)) {
                    return Err(hole);
                }
                self.neutral_entry(item.span, alias.as_ref());
                Ok(())
            }
            FromKind::Join { natural: true, .. } => unfollowed("a natural join"),
            // It hides the names of the relations in it.
            FromKind::Join { alias: Some(_), .. } => unfollowed("an alias for a whole join"),
            FromKind::Join { left, right, kind, condition, .. } => {
                // Behind an outer join a condition holds only for the rows that it matched.
                let side = if *kind == JoinKind::Inner { side } else { Side::Lost };
                self.item(context, left, side, conditions)?;
                self.item(context, right, side, conditions)?;
                match condition {
                    JoinCondition::On(on) => {
                        if let Some(hole) = opaque::expr(context, on, &self.neutral) {
                            return Err(hole);
                        }
                        if side == Side::Kept {
                            conditions.push(on);
                        }
                        Ok(())
                    }
                    JoinCondition::None => Ok(()),
                    JoinCondition::Using(..) => unfollowed("USING"),
                }
            }
        }
    }

    fn neutral_entry(&mut self, span: Span, alias: Option<&Alias>) {
        let named = alias.and_then(|alias| alias.name.clone()).unwrap_or_else(|| Ident::exact("?"));
        let columns = alias.map(|alias| alias.columns.clone()).filter(|columns| !columns.is_empty());
        let name = Name::simple(named.clone(), span);
        self.entries.push(Entry { alias: named, span, name, tenant: None, columns });
    }

    fn source(&mut self, context: &Context<'_>, name: &Name, alias: Option<&Alias>) -> Result<(), Hole> {
        if name.parts.len() == 1 && self.neutral.contains(name.last()) {
            let own = Alias { name: Some(name.last().clone()), ..Alias::default() };
            self.neutral_entry(name.span, Some(alias.unwrap_or(&own)));
            return Ok(());
        }
        if alias.is_some_and(|alias| !alias.columns.is_empty()) {
            return Err(Hole::new(&unprovable::RULE, name.span, "an alias that renames columns is not followed yet"));
        }
        self.table(context, name, alias.and_then(|alias| alias.name.as_ref()))
    }

    fn table(&mut self, context: &Context<'_>, name: &Name, alias: Option<&Ident>) -> Result<(), Hole> {
        let tenant = tenant_of(context, name)?;
        let relation = context.catalog.relation(name);
        let columns = relation.map(|relation| relation.columns.iter().map(|column| column.name.clone()).collect());
        let alias = alias.unwrap_or(name.last()).clone();
        self.entries.push(Entry { alias, span: name.span, name: name.clone(), tenant, columns });
        Ok(())
    }

    /// Takes the equalities that a condition demands of every row.
    pub(super) fn assume(&mut self, context: &Context<'_>, condition: &Expr) {
        for conjunct in condition.conjuncts() {
            match &conjunct.kind {
                ExprKind::And(_) => self.assume(context, conjunct),
                ExprKind::Infix(left, operator, right) if operator.is("=") => self.equate(context, left, right),
                ExprKind::In { operand, source: InOperand::List(items), negated: false } => {
                    if let [only] = items.as_slice() {
                        self.equate(context, operand, only);
                    }
                }
                _ => {}
            }
        }
    }

    fn equate(&mut self, context: &Context<'_>, left: &Expr, right: &Expr) {
        if let (Some(left), Some(right)) = (self.term(context, left), self.term(context, right)) {
            self.equal.push((left, right));
        }
    }

    /// Reads an expression as a term; `None` for anything else.
    pub(super) fn term(&self, context: &Context<'_>, expr: &Expr) -> Option<Term> {
        if let Some(designator) = Designator::of(expr, context.tenancy) {
            return Some(Term::Designator(designator));
        }
        let ExprKind::Column(parts) = &expr.kind else { return None };
        let (column, qualifier) = parts.split_last()?;
        let index = match qualifier {
            [] => self.owner(column)?,
            [alias] => self.entries.iter().position(|entry| entry.alias == *alias)?,
            _ => return None,
        };
        (self.entries.get(index)?.tenant.as_ref() == Some(column)).then_some(Term::Tenant(index))
    }

    /// Finds the only entry that has a column of this name. Were it in an entry whose columns are not known too,
    /// PostgreSQL would refuse the statement as ambiguous.
    fn owner(&self, column: &Ident) -> Option<usize> {
        let has = |entry: &Entry| entry.columns.as_ref().is_some_and(|columns| columns.contains(column));
        let mut owners = self.entries.iter().enumerate().filter(|(_, entry)| has(entry));
        let (index, _) = owners.next()?;
        owners.next().is_none().then_some(index)
    }

    /// Says what is known of the tenants of all relations.
    pub(super) fn tie(&self) -> Tie {
        let Some(first) = self.entries.iter().position(|entry| entry.tenant.is_some()) else { return Tie::Nobody };
        let same = self.same_as(&Term::Tenant(first));
        let is_tied = |index: usize| same.contains(&Term::Tenant(index));
        let designator = same.iter().find_map(|term| match term {
            Term::Designator(designator) => Some(designator.clone()),
            Term::Tenant(_) => None,
        });
        let loose = self.entries.iter().enumerate().find(|(index, entry)| entry.tenant.is_some() && !is_tied(*index));
        match (loose, designator) {
            (Some((index, _)), Some(_)) => Tie::Loose(index),
            (Some((index, _)), None) => Tie::Loose(index.min(first)),
            (None, Some(designator)) => Tie::One(designator),
            (None, None) => Tie::Same,
        }
    }

    /// Says whether two terms are proved equal.
    pub(super) fn are_equal(&self, a: &Term, b: &Term) -> bool {
        self.same_as(a).contains(b)
    }

    /// All terms that are proved equal to this one.
    fn same_as(&self, term: &Term) -> Vec<Term> {
        let mut same = vec![term.clone()];
        let mut at = 0;
        while let Some(known) = same.get(at).cloned() {
            at += 1;
            for (left, right) in &self.equal {
                for (this, other) in [(left, right), (right, left)] {
                    if *this == known && !same.contains(other) {
                        same.push(other.clone());
                    }
                }
            }
        }
        same
    }

    /// Names of common table expressions that hold nobody's rows.
    pub(super) fn neutral(&self) -> &[Ident] {
        &self.neutral
    }
}

/// Whether the rows of a FROM item all satisfy the conditions around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Kept,
    Lost,
}

/// Returns the tenant column of a relation; `None` when its rows are the same for all.
///
/// # Errors
///
/// The hole when the relation's class does not say whose its rows are.
pub(super) fn tenant_of(context: &Context<'_>, name: &Name) -> Result<Option<Ident>, Hole> {
    let hole = |message: String, help: &str| Err(Hole::new(&unprovable::RULE, name.span, message).help(help));
    let Some(relation) = context.catalog.relation(name) else {
        if system::holds_definitions(name) {
            return Ok(None);
        }
        let help = "add the migration or schema file that creates it, so that its columns are known";
        return hole(format!("`{name}` is not known: nothing here creates it"), help);
    };
    if let Some(doubt) = doubt(context, name, relation) {
        return hole(doubt, "write what came before so that it can be followed");
    }
    let class = classify(relation, context.catalog, context.tenancy);
    let parts = context.catalog.descendants(&relation.name);
    let mut parts = parts.iter().filter_map(|part| context.catalog.relation(part));
    if let Some(part) = parts.find(|part| classify(part, context.catalog, context.tenancy) != class) {
        let message = format!("`{}` is a part of `{name}`, and its rows belong to others", part.name.last());
        return hole(message, "write the statement against the parts, or classify them alike");
    }
    match class {
        Class::Tenant(column) | Class::Root(column) if relation.column(&column).is_some() => {
            match blurs(relation, &column, context) {
                Some(message) => hole(message, "compare tenants in a column that keeps them apart"),
                None => Ok(Some(column)),
            }
        }
        Class::Tenant(column) | Class::Root(column) => {
            hole(format!("`{name}` has no column `{column}`"), "name its tenant column under `tenancy.tables`")
        }
        Class::Global => Ok(None),
        Class::Owned(_) => hole(
            format!("`{name}` is owned through a key, and the way to its owner is not followed yet"),
            "add the tenant column to it, or write the statement against its owner",
        ),
        Class::Derived => {
            hole(format!("where the rows of `{name}` come from is not followed yet"), "use the tables themselves")
        }
        Class::View => hole(format!("`{name}` is a view, which is not looked through yet"), "use its tables"),
        Class::Unclassified => hole(
            format!("nobody said whose the rows of `{name}` are"),
            "add the tenant column to it, or classify it under `tenancy.tables`",
        ),
    }
}

/// Says why a relation may not be what the catalog holds under its name.
fn doubt(context: &Context<'_>, name: &Name, relation: &Relation) -> Option<String> {
    let Context { catalog, effects, .. } = context;
    let parts = catalog.descendants(&relation.name);
    let mut members = parts.iter().filter_map(|part| catalog.relation(part)).chain([relation]);
    let hooks = effects.hooks(relation);
    let is_view = hooks.iter().any(|hook| hook.runs == Runs::View);
    let view = is_view.then(|| format!("a rule makes a view of `{name}`, which is not looked through yet"));
    // Without FORCE the owner, as whom migrations run, sees every row.
    let mut policies =
        hooks.iter().filter(|hook| hook.runs == Runs::Policy && relation.force_row_security && hook.reads(context));
    let policy = policies.next().map(|hook| format!("policy `{}` of `{name}` is not followed yet", hook.name));
    let named = effects.doubts.of_name(name);
    named.or(view).or(policy).or_else(|| members.find_map(|member| effects.doubts.of_relation(member)))
}
