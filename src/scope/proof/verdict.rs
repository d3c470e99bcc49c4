//! From what is known of each row to the verdict on a statement.

use std::collections::BTreeSet;

use super::analysis::{Analysis, too_large};
use super::decide::{Finding, Fixed, Known};
use super::formula::Formula;
use super::node::{Demand, Import, NodeId, Output, What};
use super::term::{Term, TermId};
use super::value::Value;
use super::variables::{Variable, Variables};
use super::view::base_of;
use crate::pg::Ident;
use crate::procedure::{Procedure, Sql};
use crate::query::{Body, Call, DataStatement, Distinct, InsertSource, Query};
use crate::rules::Rule;
use crate::rules::scope::{aligned_without_directive, unprovable, unscoped_read};
use crate::scope::judgement::{About, UseOf};
use crate::scope::{Context, Designator, Hole, Judgement};
use crate::statement::object::function::CreateFunction;
use crate::statement::object::rule::CreateRule;
use crate::statement::object::trigger::CreateTrigger;
use crate::verdict::Scope;

/// A judgement, or the hole that ends the analysis.
type Judged = Result<Judgement, Hole>;

/// Judges a statement that reads or writes rows.
pub(in crate::scope) fn data(context: &Context<'_>, data: &DataStatement) -> Judged {
    let mut analysis = Analysis::new(context);
    let judged = judged(context, &mut analysis, data)?;
    finished(&analysis, judged)
}

/// What was not proved before the work was spent may hold all the same.
fn finished(analysis: &Analysis<'_>, judgement: Judgement) -> Judged {
    match judgement.scope {
        Scope::Unscoped if analysis.work.is_spent() => Err(too_large()),
        _ => Ok(judgement),
    }
}

fn judged(context: &Context<'_>, analysis: &mut Analysis<'_>, data: &DataStatement) -> Judged {
    let root = analysis.statement(data)?;
    judged_at(context, analysis, root, data)
}

/// Judges a statement that was read.
pub(super) fn rooted(context: &Context<'_>, analysis: &mut Analysis<'_>, root: NodeId, data: &DataStatement) -> Judged {
    let judged = judged_at(context, analysis, root, data)?;
    finished(analysis, judged)
}

fn judged_at(context: &Context<'_>, analysis: &mut Analysis<'_>, root: NodeId, data: &DataStatement) -> Judged {
    let each = analysis.terms.id(Term::Each);
    let findings = analysis.decide(root, &Formula::True);
    let is_query = matches!(data, DataStatement::Query(_));
    if let DataStatement::Query(query) = data
        && reads_nothing(query)
        && findings.is_empty()
        && analysis.rows.is_empty()
    {
        return Ok(Judgement::not_applicable());
    }
    if let Some(hole) = published(context, &findings, data) {
        return Err(hole);
    }
    let judgement = one(&findings);
    let Some(failed) = judgement.1 else { return Ok(judgement.0) };
    match self::each(analysis, root, each, data) {
        true if is_query || returns(data) => {
            let message = format!("rows of every tenant are read from `{}`", failed.relation);
            let rule = if is_query { &unscoped_read::RULE } else { failed.rule };
            let hole = Hole::new(rule, failed.span, message);
            Ok(Judgement::open(Scope::Unscoped, hole.about(failed.about)))
        }
        true => Ok(aligned(&findings, data)),
        false => Ok(judgement.0),
    }
}

/// Judges a query on its own.
pub(in crate::scope) fn query(context: &Context<'_>, query: &Query) -> Judged {
    data(context, &DataStatement::Query(query.clone()))
}

/// Judges CALL.
pub(in crate::scope) fn call(context: &Context<'_>, call: &Call) -> Judged {
    let mut analysis = Analysis::new(context);
    analysis.begin();
    analysis.call_statement(call)?;
    let root = analysis.end()?;
    whole(analysis, root)
}

/// Judges what was read by what is known of each row, whatever joins them.
pub(super) fn alone(analysis: &Analysis<'_>, root: NodeId) -> Judged {
    let judgement = one(&analysis.decide(root, &Formula::True)).0;
    finished(analysis, judgement)
}

/// Judges a trigger by what it does with any row of a tenant, or would do with another function.
pub(in crate::scope) fn trigger<'a>(
    context: &'a Context<'a>,
    trigger: &'a CreateTrigger,
    function: Option<&'a CreateFunction>,
) -> Judged {
    let mut analysis = Analysis::new(context);
    analysis.replacing = function;
    analysis.begin();
    analysis.any_firing(trigger)?;
    for_any_row(analysis)
}

/// Judges a rule by what it makes of a write to any row of a tenant.
pub(in crate::scope) fn rule(context: &Context<'_>, rule: &CreateRule) -> Judged {
    let mut analysis = Analysis::new(context);
    analysis.begin();
    analysis.any_rewriting(rule)?;
    for_any_row(analysis)
}

fn for_any_row(mut analysis: Analysis<'_>) -> Judged {
    let root = analysis.end()?;
    let findings = analysis.decide(root, &Formula::True);
    let judgement = one(&findings).0;
    let own = analysis.node(root).demands.len();
    let meets = findings.iter().skip(own).any(|finding| finding.demand.what != What::Given);
    Ok(match judgement.scope == Scope::Scoped && !meets {
        true => Judgement::not_applicable(),
        false => Judgement { designator: None, ..judgement },
    })
}

/// How far a query keeps tenants apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scope) enum Apart {
    /// It shows rows of one tenant, or of none.
    OneTenant,
    /// It may show rows of several: of this relation in one row of its result with those of another tenant.
    No(Option<crate::pg::Name>),
}

/// Says how far a query keeps tenants apart.
pub(in crate::scope) fn apart(context: &Context<'_>, query: &Query) -> Apart {
    let mut analysis = Analysis::new(context);
    let Ok(root) = analysis.query(query) else { return Apart::No(None) };
    let each = analysis.terms.id(Term::Each);
    let findings = analysis.decide(root, &Formula::True);
    match one(&findings).1 {
        Some(_) => Apart::No(mixed(&analysis, root, each)),
        None => Apart::OneTenant,
    }
}

/// Returns a relation whose rows may meet those of another tenant in one row of a result.
fn mixed(analysis: &Analysis<'_>, root: NodeId, each: TermId) -> Option<crate::pg::Name> {
    let pivot = pivot(analysis, root)?;
    let given = Formula::equal(pivot, each);
    let is_each =
        |finding: &Finding<'_>| matches!(&finding.known, Known::Values(values) if values.contains(&Fixed::Each));
    let findings = analysis.decide(root, &given);
    let other =
        findings.iter().find(|finding| finding.known != Known::Vacuous && !is_each(finding) && !finding.vague)?;
    Some(other.demand.relation.clone())
}

/// What a body can name: its parameters in order, those without a name among them, and the rows of a trigger.
#[derive(Clone, Debug, Default)]
pub(in crate::scope) struct Frame {
    /// The routine that the body is of.
    pub(in crate::scope) routine: Option<Ident>,
    /// The parameters, with whether their types leave what they are given as it is.
    pub(in crate::scope) parameters: Vec<Option<Ident>>,
    /// For each, whether two tenants may be equal to it.
    pub(in crate::scope) blurred: Vec<bool>,
    /// Those that may be any text.
    pub(in crate::scope) texts: BTreeSet<Ident>,
    /// Those that are whole numbers.
    pub(in crate::scope) integers: BTreeSet<Ident>,
    /// Whether `new` and `old` are rows of the relation that a trigger is on.
    pub(in crate::scope) trigger: bool,
    /// What is to be known of the body.
    pub(in crate::scope) asked: Asked,
}

/// What is to be known of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::scope) enum Asked {
    /// The verdict on it.
    #[default]
    Verdict,
    /// Whether the verdict would be that it meets no rows of tenants: with the first that it meets, this is answered.
    MeetsRows,
}

impl Frame {
    /// Each argument is one fixed value, whatever it is.
    fn variables(&self, analysis: &mut Analysis<'_>) -> Variables {
        analysis.texts = self.texts.clone();
        let argument = |name: &Option<Ident>, at: usize| match name {
            Some(name) => Designator::LookedUp(format!("the argument `{name}`")),
            None => Designator::LookedUp(format!("the argument ${}", at + 1)),
        };
        let value = |(at, name)| match self.blurred.get(at) {
            Some(true) => analysis.terms.fresh().into(),
            _ => analysis.fixed(argument(name, at)).into(),
        };
        let values: Vec<Value> = self.parameters.iter().enumerate().map(value).collect();
        let mut variables = Variables::of_body(values.clone());
        for (at, (name, value)) in self.parameters.iter().zip(values).enumerate() {
            if let Some(name) = name {
                variables.parameter(name.clone(), at, Variable::Scalar(value));
            }
        }
        self.integers.iter().for_each(|name| variables.integer(name));
        if let Some(routine) = &self.routine {
            variables.of_routine(routine.clone());
        }
        if self.trigger {
            // The tenant of the row is one fixed value, whoever's it is; what it is on a relation is seen when it fires.
            for row in ["new", "old"] {
                let columns = analysis.context.tenancy.tenant_columns.iter();
                let columns = columns.map(|name| Output {
                    name: name.clone(),
                    term: analysis.terms.id(Term::Fixed(Designator::LookedUp(format!("the row's `{name}`")))),
                });
                variables.set(Ident::exact(row), Variable::Record(columns.collect()));
            }
        }
        variables
    }
}

/// Judges a body in PL/pgSQL.
pub(in crate::scope) fn procedure(context: &Context<'_>, text: &str, body: &Procedure, frame: &Frame) -> Judged {
    let mut analysis = Analysis::new(context).within(text);
    analysis.floor = 0;
    analysis.asked = frame.asked;
    let variables = frame.variables(&mut analysis);
    let root = analysis.procedure(body, variables)?;
    whole(analysis, root)
}

/// Judges the statements of a body in SQL.
pub(in crate::scope) fn sql_body(context: &Context<'_>, text: &str, statements: &[Sql], frame: &Frame) -> Judged {
    let mut analysis = Analysis::new(context).within(text);
    analysis.floor = 0;
    analysis.asked = frame.asked;
    let variables = frame.variables(&mut analysis);
    let root = analysis.sql_body(statements, variables)?;
    whole(analysis, root)
}

fn whole(mut analysis: Analysis<'_>, root: NodeId) -> Judged {
    let beside = std::mem::take(&mut analysis.beside).into_iter().fold(Judgement::not_applicable(), Judgement::and);
    let each = analysis.terms.id(Term::Each);
    let findings = analysis.decide(root, &Formula::True);
    if findings.is_empty() {
        return Ok(beside);
    }
    let met = findings.first().map(|finding| finding.demand);
    let (judgement, failed) = one(&findings);
    let judgement = match (failed, met) {
        (Some(_), Some(demand)) if !analysis.carries && !analysis.gathers && each_round(&analysis, root, each) => {
            let message =
                format!("`{}` is not restricted to one tenant: rows of every tenant are touched", demand.relation);
            let hole = Hole::new(&aligned_without_directive::RULE, demand.span, message);
            Judgement::open(Scope::Aligned, hole.about(about(demand, None, None)))
        }
        _ => judgement,
    };
    Ok(finished(&analysis, judgement)?.and(beside))
}

/// Says whether a loop goes from tenant to tenant, and each round meets only that tenant's rows.
fn each_round(analysis: &Analysis<'_>, root: NodeId, each: TermId) -> bool {
    let first = analysis.decide(root, &Formula::True).first().map(|finding| finding.demand.tenant);
    first.is_some_and(|tenant| holds_for_each(analysis, root, each, tenant))
}

/// Where the proof for one tenant fails first.
struct Failed {
    relation: crate::pg::Name,
    span: crate::source::Span,
    rule: &'static Rule,
    about: About,
}

/// Looks for one designator that every row is known to be of.
fn one(findings: &[Finding<'_>]) -> (Judgement, Option<Failed>) {
    let mut common: Option<BTreeSet<Fixed>> = None;
    for finding in findings {
        if let Known::Values(values) = &finding.known {
            common = Some(match common {
                None => values.clone(),
                Some(known) => known.intersection(values).cloned().collect(),
            });
        }
    }
    let Some(common) = common else { return (Judgement::scoped(None), None) };
    // A parameter, which comes first, says more than a literal, and both more than what a key looks up.
    if let Some(fixed) = common.first() {
        return (Judgement::scoped(Some(designator(fixed))), None);
    }
    let first = findings.iter().find(|finding| matches!(&finding.known, Known::Values(values) if values.is_empty()));
    let first = first.or_else(|| findings.iter().find(|finding| finding.known != Known::Vacuous));
    let failed = first.map(|Finding { demand, .. }| {
        let (relation, span) = (demand.relation.clone(), demand.span);
        Failed { relation, span, rule: demand.rule, about: about(demand, None, None) }
    });
    (open(findings), failed)
}

fn designator(fixed: &Fixed) -> Designator {
    match fixed {
        Fixed::Designator(designator) => designator.clone(),
        Fixed::LookedUp(text) => Designator::LookedUp(text.clone()),
        Fixed::Each => Designator::LookedUp("each tenant".to_owned()),
    }
}

/// What is said of a statement that is not proved: one hole for each row that is not tied to the others.
fn open(findings: &[Finding<'_>]) -> Judgement {
    let mut counted: Vec<(&Fixed, usize)> = Vec::new();
    for finding in findings {
        let Known::Values(values) = &finding.known else { continue };
        for value in values {
            match counted.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count += 1,
                None => counted.push((value, 1)),
            }
        }
    }
    let most = counted.iter().max_by_key(|(_, count)| *count).map(|(value, _)| (*value).clone());
    let mut judgement = Judgement { scope: Scope::Unprovable, designator: None, holes: Vec::new() };
    for finding in findings {
        let Known::Values(values) = &finding.known else { continue };
        if most.as_ref().is_some_and(|most| values.contains(most)) {
            continue;
        }
        let hole = hole(finding, values, most.as_ref());
        // Something that is not known decides whose the rows are.
        if finding.vague && values.is_empty() {
            judgement.scope = judgement.scope.min(Scope::Unprovable);
        } else {
            judgement.scope = Scope::Unscoped;
        }
        if !judgement.holes.iter().any(|known: &Hole| known.span == hole.span && known.message == hole.message) {
            judgement.holes.push(hole);
        }
    }
    judgement
}

fn hole(finding: &Finding<'_>, values: &BTreeSet<Fixed>, most: Option<&Fixed>) -> Hole {
    let demand = finding.demand;
    let name = &demand.relation;
    let text = match (values.iter().next(), most, demand.what) {
        (Some(one), Some(other), _) => {
            format!("rows of `{name}` are those of {}, and others are those of {}", designator(one), designator(other))
        }
        (_, _, What::Given) => format!("the tenant of the new rows of `{name}` is not a fixed tenant"),
        (_, None, What::Written) => {
            format!("`{name}` is not restricted to one tenant: rows of every tenant are touched")
        }
        (_, _, What::Written) => format!("rows of `{name}` are not proved to be the tenant's, and they are changed"),
        (_, _, What::Read) => format!("rows of `{name}` may be another tenant's, and what they say is used"),
    };
    let rule: &'static Rule = if finding.vague && values.is_empty() { &unprovable::RULE } else { demand.rule };
    let known = values.iter().next().map(designator);
    let hole = Hole::new(rule, demand.span, text).about(about(demand, known, most.map(designator)));
    hole.help("restrict the target and every source by the tenant column")
}

fn about(demand: &Demand, known: Option<Designator>, others: Option<Designator>) -> About {
    let use_of = match demand.what {
        What::Read => UseOf::Read,
        What::Written => UseOf::Written,
        What::Given => UseOf::Given,
    };
    About { use_of, known, others }
}

/// Says whether no two tenants meet: the statement, looked at for any one of them, meets only its rows.
fn each(analysis: &Analysis<'_>, root: NodeId, each: TermId, data: &DataStatement) -> bool {
    if ordered(data) || analysis.gathers {
        return false;
    }
    pivot(analysis, root).is_some_and(|pivot| holds_for_each(analysis, root, each, pivot))
}

fn holds_for_each(analysis: &Analysis<'_>, root: NodeId, each: TermId, pivot: TermId) -> bool {
    let given = Formula::equal(pivot, each);
    let findings = analysis.decide(root, &given);
    let is_each =
        |finding: &Finding<'_>| matches!(&finding.known, Known::Values(values) if values.contains(&Fixed::Each));
    // New rows that are made of no tenant's are for whomever they name.
    let copies = findings.iter().any(|finding| finding.demand.what != What::Given && is_each(finding));
    let all = findings.iter().all(|finding| finding.known == Known::Vacuous || is_each(finding));
    copies && all && analysis.keeps_nobody_apart(root, pivot)
}

/// The term by which a statement can be looked at for one tenant after the other.
fn pivot(analysis: &Analysis<'_>, root: NodeId) -> Option<TermId> {
    let node = analysis.node(root);
    let written = node.demands.iter().find(|demand| demand.what != What::Read);
    if let Some(demand) = written {
        return Some(demand.tenant);
    }
    let read = node.demands.iter().find(|demand| demand.stack.is_empty())?;
    match &node.import {
        Import::All => Some(read.tenant),
        Import::Only(list) => list.contains(&read.tenant).then_some(read.tenant),
    }
}

/// An order shows in the numbers that a sequence gives; a lock, in which rows are there.
fn ordered(data: &DataStatement) -> bool {
    let DataStatement::Insert(insert) = data else { return false };
    let InsertSource::Query(query) = &insert.source else { return false };
    !query.order_by.is_empty() || !query.locking.is_empty()
}

fn returns(data: &DataStatement) -> bool {
    match data {
        DataStatement::Query(_) => true,
        DataStatement::Insert(insert) => insert.returning.is_some(),
        DataStatement::Update(update) => update.returning.is_some(),
        DataStatement::Delete(delete) => delete.returning.is_some(),
        DataStatement::Merge(merge) => merge.returning.is_some(),
    }
}

fn aligned(findings: &[Finding<'_>], data: &DataStatement) -> Judgement {
    let Some(first) = findings.first() else { return Judgement::scoped(None) };
    let target =
        findings.iter().map(|finding| finding.demand).find(|demand| demand.what != What::Read).unwrap_or(first.demand);
    // Who joins tables on their tenants meant every tenant; who names no tenant at all forgot it.
    let met = findings.iter().filter(|finding| finding.demand.what != What::Given).count();
    let meant = met > 1 && !matches!(data, DataStatement::Query(_));
    let rule: &'static Rule = if meant { &aligned_without_directive::RULE } else { target.rule };
    let message = format!("`{}` is not restricted to one tenant: rows of every tenant are touched", target.relation);
    let hole = Hole::new(rule, target.span, message);
    Judgement::open(Scope::Aligned, hole.about(about(target, None, None)))
}

/// What a tenant's rows say would be seen by all.
fn published(context: &Context<'_>, findings: &[Finding<'_>], data: &DataStatement) -> Option<Hole> {
    let target = match data {
        DataStatement::Query(_) => return None,
        DataStatement::Insert(insert) => &insert.target.name,
        DataStatement::Update(update) => &update.target.name,
        DataStatement::Delete(delete) => &delete.target.name,
        DataStatement::Merge(merge) => &merge.target.name,
    };
    let target = &base_of(context.catalog, target);
    // What a file fills is seen by what filled it.
    let is_filled = context.effects.provenance.of(context.catalog, target).is_some();
    let is_global = !is_filled && crate::scope::owner::tenant_of(context, target).ok()?.is_none();
    if !is_global || findings.is_empty() {
        return None;
    }
    let message = format!("rows of tenants are copied into `{target}`, which is the same for all");
    Some(Hole::new(&unprovable::RULE, target.span, message))
}

fn reads_nothing(query: &Query) -> bool {
    if query.with.is_some() {
        return false;
    }
    match &query.body {
        Body::Select(select) => select.from.is_empty() && select.distinct == Distinct::No,
        Body::Values(_) => true,
        Body::SetOperation { left, right, .. } => reads_nothing(left) && reads_nothing(right),
    }
}
