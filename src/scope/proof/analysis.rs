//! The state of taking a statement apart.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::closure::Work;
use super::formula::Formula;
use super::lower::Truth;
use super::node::{Child, Demand, Node as Block, NodeId, Output, Runs, Stack, What};
use super::order::Order;
use super::routine::{Body, Entered, Returned};
use super::row::{Owner, Rows};
use super::term::{RowId, Term, TermId, Terms};
use super::variables::Variables;
use super::verdict::Asked;
use crate::catalog::{Catalog, Kind, Relation};
use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{Cte, Expr, ExprKind};
use crate::rules::Rule;
use crate::rules::scope::unprovable;
use crate::scope::owner::tenant_of;
use crate::scope::{Context, Hole, Judgement, opaque};
use crate::source::Span;
use crate::statement::object::function::CreateFunction;
use crate::statement::relation::{ConstraintAttribute, TableConstraintKind};

/// How many blocks a statement may have once its common table expressions are written out.
const NODES: usize = 400;

/// How many relations a block may have, and how many blocks may stand within each other.
const PARTS: usize = 300;

/// How often parts of a statement may be read again: each level of such parts may double the work.
const AGAIN: usize = 1_000;

/// A statement that is taken apart.
pub(in crate::scope) struct Analysis<'a> {
    pub(super) context: &'a Context<'a>,
    /// The text that bodies of routines stand in.
    pub(super) text: &'a str,
    /// What is to be known in the end.
    pub(super) asked: Asked,
    pub(super) terms: Terms,
    pub(super) rows: Rows<'a>,
    pub(super) nodes: Vec<Block>,
    /// The blocks that are being read, innermost last.
    pub(super) open: Vec<Block>,
    /// The names that columns may be qualified with, of each open level.
    pub(super) levels: Vec<Level>,
    /// The common table expressions that are visible, innermost last.
    pub(super) ctes: Vec<Binding>,
    pub(super) joins: u32,
    /// The variables of the body that is being read.
    pub(super) variables: Variables,
    /// How far a body has been read.
    pub(super) order: Order,
    /// Whether what one round of a loop leaves behind may reach the next.
    pub(super) carries: bool,
    /// The routines and triggers that are being read, outermost first.
    pub(super) entered: Vec<Entered>,
    /// The first open block that what is computed in a body belongs to as well.
    pub(super) floor: usize,
    /// Bodies that were read.
    pub(super) bodies: HashMap<String, Rc<Body>>,
    /// What the routine that is being read returns.
    pub(super) returned: Returned,
    /// The parameters of the body that may be any text.
    pub(super) texts: BTreeSet<Ident>,
    /// Whether what is read may run at the end of the transaction.
    pub(super) at_end: bool,
    /// How deep in rules what is read stands.
    pub(super) rewriting: usize,
    /// How many writes were read.
    pub(super) writes: u32,
    /// The last moment that there was.
    pub(super) clock: u32,
    /// Whether names without a schema mean something else than outside.
    pub(super) off_path: bool,
    /// Whether what is read decides which rows there are.
    pub(super) filtering: bool,
    /// Whether something looks at the rows of every tenant at once, whomever they belong to.
    pub(super) gathers: bool,
    /// A routine as it is about to be.
    pub(super) replacing: Option<&'a CreateFunction>,
    /// What is said of statements in a body that are not about rows.
    pub(super) beside: Vec<Judgement>,
    /// The equalities that conditions say, with their places, where they are to be explained.
    pub(super) heard: Option<Vec<(TermId, TermId, Span)>>,
    seen: HashMap<(u32, TermId), TermId>,
    /// What conclusions may still cost.
    pub(super) work: Work,
    /// How often parts were read again.
    again: usize,
}

/// The relations of one block as names see them.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// In the order of FROM.
    pub(super) entries: Vec<Entry>,
    /// Where the first entry that can be seen stands: a join's condition sees only the join.
    pub(super) from: usize,
    /// The outer joins around the place that is being read.
    pub(super) at: Stack,
    /// Whether an aggregate that stands further in makes one row of its rows.
    pub(super) aggregates: Cell<bool>,
}

/// A range-table entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The name that its columns are qualified with; empty when there is none.
    pub(super) alias: Option<Ident>,
    /// The schema that may stand before it.
    pub(super) schema: Option<Ident>,
    /// Its columns, in order.
    pub(super) columns: Vec<Output>,
    /// Whether these are all.
    pub(super) complete: bool,
    /// Columns that USING took into a merged column: they need a qualifier.
    pub(super) merged: Vec<Ident>,
    /// The outer joins on whose nullable sides it lies.
    pub(super) stack: Stack,
    /// The row, of a relation.
    pub(super) row: Option<RowId>,
}

/// A common table expression.
#[derive(Clone)]
pub(super) struct Binding {
    /// Its name.
    pub(super) name: Ident,
    /// What it stands for.
    pub(super) means: Means,
    /// How many levels and names it can see itself.
    pub(super) depth: (usize, usize),
}

/// What the name of a common table expression stands for.
#[derive(Clone)]
pub(super) enum Means {
    /// A query, read anew wherever it is named.
    Query(Rc<Cte>),
    /// A recursive query, read anew wherever it is named.
    Recursive(Rc<Cte>),
    /// Rows that are there already: those that a statement returned, or of the round before.
    Rows(Vec<Output>, Formula),
    /// The rows that a statement wrote, of this relation and this tenant.
    Written(Name, Option<TermId>),
}

impl<'a> Analysis<'a> {
    /// Begins with nothing.
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Analysis {
            context,
            text: "",
            asked: Asked::Verdict,
            terms: Terms::default(),
            rows: Rows::default(),
            nodes: Vec::new(),
            open: Vec::new(),
            levels: Vec::new(),
            ctes: Vec::new(),
            joins: 0,
            variables: Variables::default(),
            order: Order::default(),
            carries: false,
            entered: Vec::new(),
            floor: usize::MAX,
            bodies: HashMap::new(),
            returned: Returned::default(),
            texts: BTreeSet::new(),
            at_end: false,
            rewriting: 0,
            writes: 0,
            clock: 0,
            off_path: false,
            filtering: false,
            gathers: false,
            replacing: None,
            beside: Vec::new(),
            heard: None,
            seen: HashMap::new(),
            work: Work::default(),
            again: 0,
        }
    }

    /// Says which text bodies of routines stand in.
    pub(super) fn within(mut self, text: &'a str) -> Self {
        self.text = text;
        self
    }

    /// Returns the schema.
    pub(super) fn catalog(&self) -> &'a Catalog {
        self.context.catalog
    }

    /// Opens a block.
    pub(super) fn begin(&mut self) {
        let made = self.terms.made();
        self.open.push(Block { made: (made, made), ..Block::default() });
    }

    /// Reads something whose places are not places in the file: all of it stands where this is.
    pub(super) fn placed<T>(&mut self, span: Span, read: impl FnOnce(&mut Self) -> Result<T, Hole>) -> Result<T, Hole> {
        let (nodes, demands, beside) = (self.nodes.len(), self.block().demands.len(), self.beside.len());
        let found = read(self);
        let later = self.nodes.iter_mut().skip(nodes).flat_map(|node| &mut node.demands);
        later.for_each(|demand| demand.span = span);
        self.block().demands.iter_mut().skip(demands).for_each(|demand| demand.span = span);
        let holes = self.beside.iter_mut().skip(beside).flat_map(|judgement| &mut judgement.holes);
        holes.for_each(|hole| hole.span = span);
        found.map_err(|hole| Hole { span, ..hole })
    }

    /// Closes the block.
    pub(super) fn end(&mut self) -> Result<NodeId, Hole> {
        let mut node = self.open.pop().expect("a block that ends has begun");
        node.made.1 = self.terms.made();
        self.nodes.push(node);
        if self.nodes.len() > NODES {
            return Err(too_large());
        }
        Ok(NodeId(self.nodes.len() - 1))
    }

    /// Refuses to go on where there are so many parts.
    pub(super) fn bounded(&self, parts: usize) -> Result<(), Hole> {
        if parts > PARTS { Err(too_large()) } else { Ok(()) }
    }

    /// Takes note that a part is read once more.
    pub(super) fn once_more(&mut self) -> Result<(), Hole> {
        self.again += 1;
        if self.again > AGAIN { Err(too_large()) } else { Ok(()) }
    }

    /// Returns the block that is being read.
    pub(super) fn block(&mut self) -> &mut Block {
        self.open.last_mut().expect("something is read within a block")
    }

    /// Returns a block that was read.
    pub(super) fn node(&self, id: NodeId) -> &Block {
        &self.nodes[id.0]
    }

    /// Adds what holds at a place of the block.
    pub(super) fn fact(&mut self, stack: &Stack, formula: Formula) {
        self.block().facts.push((stack.clone(), formula));
    }

    /// Adds a query to the block.
    pub(super) fn child(&mut self, node: NodeId, stack: &Stack, links: Vec<(TermId, TermId)>) {
        self.block().children.push(Child { node, stack: stack.clone(), links, runs: Runs::ForRows });
    }

    /// Adds a statement that does what it does whatever the rows of the block are.
    pub(super) fn effect(&mut self, node: NodeId) {
        self.block().children.push(Child { node, stack: Stack::new(), links: Vec::new(), runs: Runs::Always });
    }

    /// Meets a relation: a row of it, and what has to be shown of it.
    pub(super) fn relation(
        &mut self,
        name: &Name,
        stack: &Stack,
        (what, rule): (What, &'static Rule),
    ) -> Result<(RowId, &'a Relation), Hole> {
        self.order.look_up(name.span)?;
        let missing =
            || Hole::new(&unprovable::RULE, name.span, format!("`{name}` is not known: nothing here creates it"));
        let relation = self.catalog().relation(name).ok_or_else(missing)?;
        self.on_path(name)?;
        let row = self.rows.add(&mut self.terms, (self.context.catalog, self.context.tenancy), relation);
        // It says what is doubtful about the relation, and whether anybody said whose it is.
        let tenancy = (self.context.catalog, self.context.tenancy);
        match self.rows.owner(&mut self.terms, tenancy, row) {
            Some(Owner::Nobody) => {
                tenant_of(self.context, name)?;
            }
            Some(Owner::Tenant(tenant)) => {
                tenant_of(self.context, name)?;
                let demand =
                    Demand { stack: stack.clone(), tenant, what, span: name.span, relation: name.clone(), rule };
                self.block().demands.push(demand);
                if self.asked == Asked::MeetsRows {
                    return Err(unfollowed(name.span, "what is not asked for"));
                }
            }
            None => {
                tenant_of(self.context, name)?;
                return Err(unfollowed(name.span, &format!("whose the rows of `{name}` are")));
            }
        }
        self.policies(relation)?;
        self.checked(relation, row, stack);
        Ok((row, relation))
    }

    /// A policy that calls a function may do anything with every row that it is asked about.
    fn policies(&self, relation: &Relation) -> Result<(), Hole> {
        if !relation.row_security {
            return Ok(());
        }
        for policy in relation.policies.values() {
            let conditions = policy.definition.using.iter().chain(&policy.definition.check);
            let mut hole = None;
            conditions.for_each(|condition| {
                visit::expr(condition, &mut |node| {
                    if let Node::Expr(expr) = node {
                        hole = hole.take().or_else(|| opaque::own(self.context, expr));
                    }
                });
            });
            if let Some(hole) = hole {
                let message =
                    format!("policy `{}` of `{}`: {}", policy.definition.name, relation.name.last(), hole.message);
                return Err(Hole::new(&unprovable::RULE, Span::default(), message));
            }
        }
        Ok(())
    }

    /// A row satisfies its table's checks, none of which is false of it, and lies within the bounds of its partition.
    pub(super) fn checked(&mut self, relation: &'a Relation, row: RowId, stack: &Stack) {
        // PostgreSQL believes what is said of a foreign table's rows.
        if relation.kind == Kind::Foreign {
            return;
        }
        if relation.bound.is_some() {
            let held = self.bounds(relation, row);
            self.fact(stack, held);
        }
        let entry = self.entry(relation, row, None, stack);
        let has_heirs = !self.catalog().descendants(&relation.name).is_empty();
        for constraint in relation.constraints.iter().filter(|found| found.validated) {
            let TableConstraintKind::Check(condition) = &constraint.definition.kind else { continue };
            let attributes = &constraint.definition.attributes;
            let is_own = attributes.has(ConstraintAttribute::NoInherit);
            if attributes.has(ConstraintAttribute::NotEnforced) || is_own && has_heirs {
                continue;
            }
            self.begin();
            self.levels.push(Level { entries: vec![entry.clone()], at: stack.clone(), ..Level::default() });
            let held =
                self.holds(condition, Truth::True).and_then(|yes| Ok(yes.or(self.holds(condition, Truth::Unknown)?)));
            self.levels.pop();
            self.open.pop();
            if let Ok(held) = held {
                self.fact(stack, held);
            }
        }
    }

    /// Makes the entry of a relation.
    pub(super) fn entry(&mut self, relation: &Relation, row: RowId, alias: Option<&Ident>, stack: &Stack) -> Entry {
        let mut columns = Vec::with_capacity(relation.columns.len());
        for column in &relation.columns {
            let term = self.terms.id(Term::Column(row, column.name.clone()));
            if self.is_blurred(column) {
                self.terms.blur(term);
            }
            columns.push(Output { name: column.name.clone(), term });
        }
        Entry {
            alias: Some(alias.unwrap_or(relation.name.last()).clone()),
            schema: if alias.is_none() { relation.name.schema().cloned() } else { None },
            columns,
            complete: relation.is_known_table(),
            merged: Vec::new(),
            stack: stack.clone(),
            row: Some(row),
        }
    }

    /// Returns how a value looks from outside outer joins: innermost first in `joins`.
    pub(super) fn outside(&mut self, term: TermId, joins: &[u32]) -> TermId {
        joins.iter().rev().fold(term, |inner, join| {
            if let Some(seen) = self.seen.get(&(*join, inner)) {
                return *seen;
            }
            let seen = self.terms.fresh();
            self.seen.insert((*join, inner), seen);
            let holder =
                self.open.iter_mut().rev().find(|node| node.joins.iter().any(|outer| outer.sides.contains(join)));
            if let Some(node) = holder {
                node.shadows.push((*join, seen, inner));
            }
            seen
        })
    }

    /// Refuses what is more than a function of the values at hand; a routine of the history is read where it is called.
    pub(super) fn plain(&self, expr: &Expr) -> Result<(), Hole> {
        if let ExprKind::Call(call) = &expr.kind
            && self.is_routine(call)
        {
            return Ok(());
        }
        self.aggregates_here(expr)?;
        opaque::own(self.context, expr).map_or(Ok(()), Err)
    }

    /// Refuses a name that means something else where a routine sets its own search path.
    pub(super) fn on_path(&self, name: &Name) -> Result<(), Hole> {
        match self.off_path && name.schema().is_none() {
            true => Err(unfollowed(name.span, &format!("which `{name}` the routine's own search_path means"))),
            false => Ok(()),
        }
    }

    /// Reads a condition that decides which rows there are.
    pub(super) fn filters_by(&mut self, expr: &Expr) -> Result<Formula, Hole> {
        let outer = std::mem::replace(&mut self.filtering, true);
        let held = self.holds(expr, Truth::True);
        self.filtering = outer;
        held
    }
}

/// A statement whose proof would take too long.
pub(super) fn too_large() -> Hole {
    unfollowed(Span::default(), "a statement of so many parts")
}

/// Something that the analysis does not follow.
pub(super) fn unfollowed(span: Span, what: &str) -> Hole {
    Hole::new(&unprovable::RULE, span, format!("{what} is not followed"))
}
