//! Why the conditions of a statement do not tie a row to one tenant.

use super::block::{Block, Blocks, Occurrence, holds};
use super::given;
use crate::catalog::{Kind, Relation};
use crate::pg::Ident;
use crate::query::visit::{self, Node};
use crate::query::{
    Arbiter, Body, Call, ConflictAction, DataStatement, Distinct, Expr, ExprKind, FromItem, FromKind, InOperand,
    Insert, JoinKind, MergeAction, MergeMatch, OnConflict, Over, Quantifier, Query, Select, Test,
};
use crate::scope::classes::{Class, classify};
use crate::scope::judgement::{About, Hole, Judgement, UseOf};
use crate::scope::{Context, Designator};
use crate::source::Span;

/// What keeps a condition from tying a row, and the piece of the statement that shows it.
pub(super) struct Why {
    /// What is wrong, as the end of a sentence.
    pub(super) text: String,
    /// The piece, and what it does.
    pub(super) shows: Option<(Span, String)>,
}

impl Why {
    fn new(text: impl Into<String>) -> Self {
        Why { text: text.into(), shows: None }
    }

    fn at(self, expr: &Expr, text: impl Into<String>) -> Self {
        Why { shows: Some((expr.span, text.into())), ..self }
    }
}

/// Says of each row that is not tied what is wrong with the conditions that are there.
pub(super) fn explain(context: &Context<'_>, data: &DataStatement, judgement: &mut Judgement) {
    let blocks = Blocks::of(data);
    for hole in &mut judgement.holes {
        let Some(about) = hole.about.clone() else { continue };
        let Some((at, found)) = blocks.at(hole.span) else { continue };
        let Some(relation) = context.catalog.relation(found.name) else { continue };
        let row = Row { context, blocks: &blocks, at, found, relation, about: &about };
        row.say(hole);
    }
}

/// A row that is not tied.
pub(super) struct Row<'s> {
    pub(super) context: &'s Context<'s>,
    blocks: &'s Blocks<'s>,
    at: usize,
    pub(super) found: Occurrence<'s>,
    pub(super) relation: &'s Relation,
    pub(super) about: &'s About,
}

impl<'s> Row<'s> {
    fn say(&self, hole: &mut Hole) {
        let block = self.blocks.get(self.at);
        if self.about.use_of == UseOf::Given {
            return given::say(self, block, hole);
        }
        let shown = self.found.shown();
        let why = self.mixed(block).or_else(|| self.why(block));
        let is_written = self.about.use_of == UseOf::Written;
        let text = why.as_ref().map(|why| why.text.as_str());
        hole.message = match (block, is_written, text) {
            (Block::Insert(insert), ..) => conflict(insert),
            (_, true, Some(text)) => format!("{shown} is not restricted to one tenant: {text}"),
            (_, true, None) if self.about.others.is_none() => {
                format!("{shown} is not restricted to one tenant: rows of every tenant are touched")
            }
            (_, true, None) => format!("rows of {shown} are changed, whoever's they are"),
            (_, false, Some(text)) => format!("rows of {shown} may be another tenant's: {text}"),
            // What is read of every tenant was said in other words.
            (_, false, None) if hole.message.starts_with("rows of every tenant") => return,
            (_, false, None) => format!("rows of {shown} may be another tenant's, and what they say is used"),
        };
        if self.about.known.is_some() {
            hole.help = Some("name one tenant throughout the statement".to_owned());
        }
        if let Some(column) = self.hidden() {
            hole.message = format!("rows of {shown} may be another tenant's: the view does not show `{column}`");
            hole.help = Some(format!("add `{column}` to the view, or read the tables that it is made of"));
        }
        hole.labels.extend(why.and_then(|why| why.shows).filter(|(span, _)| *span != Span::default()));
    }

    /// Two tenants are one too many.
    fn mixed(&self, block: Block<'s>) -> Option<Why> {
        let (own, others) = (self.about.known.as_ref()?, self.about.others.as_ref()?);
        let given = match block {
            Block::Update(update) => given::assigned(&update.set, self.tenant_column()?),
            _ => Vec::new(),
        };
        if let [value] = given.as_slice() {
            let text = format!("rows of {} become those of {}", words(own), words(others));
            return Some(Why::new(text).at(value, "another tenant, unless both are the same"));
        }
        let text = format!("its rows are those of {}, and others those of {}", words(own), words(others));
        Some(Why::new(text))
    }

    fn why(&self, block: Block<'s>) -> Option<Why> {
        let column = self.tenant_column();
        let tested = column.and_then(|column| self.tested(block, column));
        tested
            .or_else(|| self.beside_match(block))
            .or_else(|| self.captured(block))
            .or_else(|| self.barrier(block))
            .or_else(|| self.half_key(block))
    }

    /// The tenant column that a view leaves out.
    fn hidden(&self) -> Option<&'s Ident> {
        let columns = &self.context.tenancy.tenant_columns;
        let shows = columns.iter().any(|name| self.relation.column(name).is_some());
        columns.first().filter(|_| self.relation.kind == Kind::View && !shows)
    }

    pub(super) fn tenant_column(&self) -> Option<&'s Ident> {
        let Context { catalog, tenancy, .. } = self.context;
        match classify(self.relation, catalog, tenancy) {
            Class::Tenant(column) | Class::Root(column) => self.relation.column(&column).map(|found| &found.name),
            _ => None,
        }
    }

    /// Finds a condition on the tenant column that does not do.
    fn tested(&self, block: Block<'s>, column: &Ident) -> Option<Why> {
        for (join, on) in block.joins() {
            if self.is_preserved(join) && on.conjuncts().iter().any(|part| self.is_test(part, column)) {
                let (word, part) = (kind(join), on.conjuncts().iter().find(|part| self.is_test(part, column))?);
                let text = format!("its tenant is tested in ON of a {word} JOIN, which keeps every row of it");
                return Some(Why::new(text).at(part, "this belongs into WHERE"));
            }
        }
        let inner = block.joins().into_iter().filter(|(join, _)| kind(join).is_empty()).map(|(_, on)| on);
        let parts = block.filter().into_iter().chain(inner).flat_map(Expr::conjuncts);
        parts.filter(|part| self.mentions(part, column)).find_map(|part| self.fault(part, column))
    }

    fn is_preserved(&self, join: &FromItem) -> bool {
        let FromKind::Join { kind, left, right, .. } = &join.kind else { return false };
        let span = self.found.name.span;
        match kind {
            JoinKind::Inner => false,
            JoinKind::Left => holds(left, span),
            JoinKind::Right => holds(right, span),
            JoinKind::Full => holds(left, span) || holds(right, span),
        }
    }

    /// Says whether a column of the row that names its tenant occurs in an expression.
    fn mentions(&self, expr: &Expr, column: &Ident) -> bool {
        let mut found = false;
        visit::expr(expr, &mut |node| {
            if let Node::Expr(expr) = node {
                found |= self.is_column(expr, column);
            }
        });
        found
    }

    fn is_column(&self, expr: &Expr, column: &Ident) -> bool {
        match &expr.kind {
            ExprKind::Column(parts) => match parts.as_slice() {
                [name] => name == column,
                [.., qualifier, name] => name == column && qualifier == self.found.qualifier(),
                [] => false,
            },
            ExprKind::Cast(operand, _) => self.is_column(operand, column),
            _ => false,
        }
    }

    fn is_designator(&self, expr: &Expr) -> bool {
        Designator::of(expr, self.context.tenancy).is_some()
    }

    /// Says whether this is `column = tenant`.
    fn is_test(&self, expr: &Expr, column: &Ident) -> bool {
        match &expr.kind {
            ExprKind::Infix(left, operator, right) if operator.is("=") => {
                self.is_column(left, column) && self.is_designator(right)
                    || self.is_column(right, column) && self.is_designator(left)
            }
            ExprKind::And(parts) => parts.iter().any(|part| self.is_test(part, column)),
            _ => false,
        }
    }

    /// Says why a condition that mentions the tenant column does not tie it.
    fn fault(&self, expr: &Expr, column: &Ident) -> Option<Why> {
        match &expr.kind {
            ExprKind::Or(sides) => self.alternative(sides, column),
            ExprKind::Infix(left, operator, right) if operator.is("=") => {
                let (own, other) = if self.mentions(left, column) { (left, right) } else { (right, left) };
                self.unequal(expr, (own, other), column)
            }
            ExprKind::Infix(_, operator, _) => {
                Some(Why::new("only an equality names one tenant").at(expr, format!("`{}` is none", operator.symbol)))
            }
            ExprKind::Between { .. } | ExprKind::Like { .. } => {
                Some(Why::new("only an equality names one tenant").at(expr, "several tenants may satisfy this"))
            }
            ExprKind::In { source: InOperand::List(list), negated: false, .. } if list.len() > 1 => {
                Some(Why::new("the test allows several tenants").at(expr, format!("{} values", list.len())))
            }
            ExprKind::In { negated: true, .. } | ExprKind::Not(_) => {
                Some(Why::new("a negated test names the tenants that are left out").at(expr, "this lets the others in"))
            }
            ExprKind::In { source: InOperand::Query(_), .. } => {
                Some(Why::new("data decides which tenants it is for").at(expr, "whatever tenants this query returns"))
            }
            ExprKind::Quantified { quantifier: Quantifier::Any, .. } => {
                Some(Why::new("the test allows every tenant that an array names").at(expr, "several tenants"))
            }
            ExprKind::Quantified { quantifier: Quantifier::All, .. } => {
                Some(Why::new("`ALL` is true of every row where the array is empty").at(expr, "true of an empty array"))
            }
            ExprKind::Is { test: Test::True | Test::False | Test::Unknown, negated: true, .. } => {
                Some(Why::new("where a value is NULL every row passes").at(expr, "true also where the test is unknown"))
            }
            ExprKind::Special("COALESCE", _) => {
                Some(Why::new("where a value is NULL every row passes").at(expr, "what is NULL is replaced"))
            }
            ExprKind::Distinct { .. } | ExprKind::Case { .. } => None,
            _ => None,
        }
    }

    fn alternative(&self, sides: &[Expr], column: &Ident) -> Option<Why> {
        let open = sides.iter().find(|side| !self.is_test(side, column))?;
        let null = match &open.kind {
            ExprKind::Is { operand, test: Test::Null, negated: false } if self.is_designator(operand) => Some(operand),
            _ => None,
        };
        Some(match null {
            Some(operand) => {
                let text = format!("where `{operand}` is NULL every row passes");
                Why::new(text).at(open, "this opens the filter")
            }
            None if self.is_open(open, column) => Why::new("one side of OR lets rows of every tenant through")
                .at(open, "no tenant is tested on this side"),
            None => Why::new("the sides of OR do not name one and the same tenant").at(open, "on this side"),
        })
    }

    fn is_open(&self, side: &Expr, column: &Ident) -> bool {
        !self.mentions(side, column)
    }

    fn unequal(&self, whole: &Expr, (own, other): (&Expr, &Expr), column: &Ident) -> Option<Why> {
        if self.is_column(own, column) && self.is_column(other, column) {
            return Some(Why::new("its tenant is compared with itself").at(whole, "true of every row"));
        }
        let coalesced = |expr: &Expr| matches!(expr.kind, ExprKind::Special("COALESCE", _));
        if self.mentions(other, column) && coalesced(other) || coalesced(own) {
            return Some(Why::new("where a value is NULL every row passes").at(whole, "then the column equals itself"));
        }
        if !self.is_column(own, column) || matches!(own.kind, ExprKind::Cast(..)) && self.is_designator(other) {
            let text = format!("two tenants may have the same `{own}`");
            return Some(Why::new(text).at(own, "compare the column itself"));
        }
        match &other.kind {
            ExprKind::Call(call) => {
                let text = format!("`{}` is not known to be the same tenant throughout", call.name);
                Some(Why::new(text).at(other, "not declared as `tenancy.session`"))
            }
            ExprKind::Subquery(_) => {
                Some(Why::new("data decides which tenant it is for").at(other, "whatever this returns"))
            }
            ExprKind::Literal(crate::query::Literal::Null) => {
                Some(Why::new("nothing is equal to NULL").at(whole, "never true"))
            }
            _ => None,
        }
    }

    /// ON of a MERGE says nothing of rows that match none.
    fn beside_match(&self, block: Block<'s>) -> Option<Why> {
        let Block::Merge(merge) = block else { return None };
        let inserts = merge
            .whens
            .iter()
            .any(|when| when.on == MergeMatch::NotMatchedByTarget && matches!(when.action, MergeAction::Insert { .. }));
        let why = || Why::new("ON does not restrict the rows that match nothing, and they are inserted");
        (inserts && !self.found.is_target).then(why)
    }

    /// A column that the relation lacks is one of a relation further out.
    fn captured(&self, block: Block<'s>) -> Option<Why> {
        let mut outer = self.blocks.around(self.at);
        let parts = || block.filter().into_iter().flat_map(Expr::conjuncts);
        while let Some(at) = outer {
            for relation in self.blocks.get(at).relations() {
                let found = self.context.catalog.relation(relation.name)?;
                for part in parts() {
                    if let Some(name) = self.lacks(block, part, found) {
                        let own = self.found.name;
                        let text = format!("`{name}` here is `{}.{name}`", relation.qualifier());
                        return Some(Why::new(text).at(part, format!("`{own}` has no column `{name}`")));
                    }
                }
            }
            outer = self.blocks.around(at);
        }
        None
    }

    /// Finds a tenant column that is named without a qualifier, is not one of the block's, and is one of this relation.
    fn lacks(&self, block: Block<'_>, part: &Expr, outer: &Relation) -> Option<Ident> {
        let ExprKind::Infix(left, _, right) = &part.kind else { return None };
        let name = [left, right].into_iter().find_map(|side| match &side.kind {
            ExprKind::Column(parts) if parts.len() == 1 => parts.first(),
            _ => None,
        })?;
        let is_tenant = self.context.tenancy.tenant_columns.iter().any(|known| known == name);
        let own = block.relations().into_iter().filter_map(|found| self.context.catalog.relation(found.name));
        let is_own = own.into_iter().any(|relation| relation.column(name).is_some());
        (is_tenant && !is_own && outer.column(name).is_some()).then(|| name.clone())
    }

    /// What counts, cuts or orders rows takes those of every tenant, however its result is filtered.
    fn barrier(&self, block: Block<'s>) -> Option<Why> {
        let Block::Select(query, select) = block else { return None };
        // Nothing is tested outside of the outermost.
        if self.at == 0 {
            return None;
        }
        let word = barrier(query, select)?;
        Some(Why::new(format!("what is tested outside comes after {word}")))
    }

    /// A part of a key repeats in every tenant.
    fn half_key(&self, block: Block<'s>) -> Option<Why> {
        let column = self.tenant_column()?;
        let keys = || self.relation.constraints.iter().filter_map(|found| found.kind.key());
        let inner = block.joins().into_iter().map(|(_, on)| on);
        let parts = block.filter().into_iter().chain(inner).flat_map(Expr::conjuncts);
        for part in parts {
            let ExprKind::Infix(left, operator, right) = &part.kind else { continue };
            let sides = [left, right].into_iter().filter(|_| operator.is("="));
            for name in sides.filter_map(|side| self.own_column(side)) {
                let whole = keys().find(|key| key.contains(column) && key.contains(name) && name != column);
                let alone = keys().any(|key| !key.contains(column));
                if let Some(key) = whole.filter(|_| !alone) {
                    let key: Vec<String> = key.iter().map(ToString::to_string).collect();
                    let text = format!("`{name}` repeats in every tenant");
                    return Some(Why::new(text).at(part, format!("the key is ({})", key.join(", "))));
                }
            }
        }
        None
    }

    fn own_column<'e>(&self, expr: &'e Expr) -> Option<&'e Ident> {
        let ExprKind::Column(parts) = &expr.kind else { return None };
        let (name, qualifier) = parts.split_last()?;
        let is_own = qualifier.last().is_none_or(|qualifier| qualifier == self.found.qualifier());
        (is_own && self.relation.column(name).is_some()).then_some(name)
    }
}

fn conflict(insert: &Insert) -> String {
    let name = &insert.target.name;
    let key = match &insert.on_conflict {
        Some(OnConflict { arbiter: Some(Arbiter::Index { elements, .. }), action: ConflictAction::Update { .. } }) => {
            let columns: Vec<String> = elements.iter().map(|(expr, ..)| expr.to_string()).collect();
            format!(" under ({})", columns.join(", "))
        }
        Some(OnConflict { arbiter: Some(Arbiter::Constraint(constraint)), .. }) => format!(" under `{constraint}`"),
        _ => String::new(),
    };
    format!("the row that `{name}` holds already{key} may be another tenant's, and DO UPDATE changes it")
}

/// Names a join that keeps rows without a match; an inner one has no word.
fn kind(join: &FromItem) -> &'static str {
    match &join.kind {
        FromKind::Join { kind: JoinKind::Left, .. } => "LEFT",
        FromKind::Join { kind: JoinKind::Right, .. } => "RIGHT",
        FromKind::Join { kind: JoinKind::Full, .. } => "FULL",
        _ => "",
    }
}

fn barrier(query: &Query, select: &Select) -> Option<&'static str> {
    let is_window = |call: &Call| matches!(call.over, Some(Over::Window(_) | Over::Named(_)));
    let mut windows = false;
    for item in &select.items {
        if let ExprKind::Call(call) = &item.expr.kind {
            windows |= is_window(call);
        }
    }
    match (&query.limit, &query.offset, &select.distinct) {
        (Some(_), ..) => Some("LIMIT"),
        (_, Some(_), _) => Some("OFFSET"),
        (_, _, Distinct::On(_)) => Some("DISTINCT ON"),
        _ if windows => Some("the window"),
        _ if !select.group_by.items.is_empty() => Some("GROUP BY"),
        _ if matches!(query.body, Body::SetOperation { .. }) => None,
        _ => None,
    }
}

/// A tenant, in words.
pub(super) fn words(designator: &Designator) -> String {
    match designator {
        Designator::Parameter(name) => format!("`:'{name}'`"),
        Designator::Number(number) => format!("`${number}`"),
        Designator::Session => "the session's tenant".to_owned(),
        Designator::Literal(text) => format!("`{text}`"),
        Designator::LookedUp(text) => text.clone(),
    }
}
