//! Routines of the history: their bodies are read where they are called, with what is known of the arguments there.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::analysis::{Analysis, unfollowed};
use super::formula::Formula;
use super::node::{Child, NodeId, Output, Runs, Stack};
use super::value::Value;
use super::variables::{Variable, Variables};
use crate::catalog::{Class, Definition, Kind};
use crate::pg::{Ident, Name, TypeName, function};
use crate::procedure::Sql;
use crate::query::{Call, Expr, ExprKind};
use crate::scope::bodies::{Bodies, Read};
use crate::scope::{Designator, Hole, procedures};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::{Attribute, CreateFunction, Returns, Volatility};
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::session::setting::{Attached, Set, SetScope};
use crate::statement::session::source_text::{Quoting, SourceText};

/// How deep calls are followed.
const DEPTH: usize = 8;

/// A body in the form of its language.
#[derive(Debug)]
pub(super) enum Body {
    /// A string that was read.
    Read(Arc<Read>),
    /// SQL that was parsed when the routine was made.
    Sql(Vec<Sql>),
}

/// A routine or trigger that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entered {
    /// What tells it from others.
    pub(super) key: String,
    /// Why it runs.
    pub(super) because: Because,
}

/// Why a routine or trigger runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// It is called.
    Called,
    /// The row at hand fires it.
    Row,
    /// It is read for any rows of the tenant, whatever else they are.
    AnyRow,
}

/// What a routine in PL/pgSQL returns.
#[derive(Clone, Debug, Default)]
pub(super) struct Returned {
    /// The columns of its result; empty when it returns nothing that is followed.
    pub(super) columns: Vec<Output>,
    /// What holds of them, for each place where it returns.
    pub(super) ways: Vec<Formula>,
    /// What a trigger returns, for each such place; `None` for no row.
    pub(super) rows: Vec<Option<Vec<Output>>>,
    /// Whether it is a trigger's function.
    pub(super) is_trigger: bool,
    /// The demand on what a trigger returns: the relation whose row it is.
    pub(super) target: Option<super::trigger::Target>,
    /// The values of OLD or NEW in a trigger that has no such row.
    pub(super) absent: Vec<super::term::TermId>,
}

impl<'a> Analysis<'a> {
    /// Says whether a call is one of a routine of the history, which is then read.
    pub(super) fn is_routine(&self, call: &Call) -> bool {
        let is_system = call.name.schema().is_some_and(|schema| *schema == "pg_catalog");
        !is_system && !self.catalog().objects_named(Class::Routine, &call.name).is_empty()
    }

    /// Finds the one routine that a call means.
    pub(super) fn routine(&self, name: &Name, given: usize) -> Result<&'a CreateFunction, Hole> {
        let effects = self.context.effects;
        let unclear = || unfollowed(name.span, &format!("which routine `{name}` means"));
        self.on_path(name)?;
        let own = name.schema().is_none() && function::may_be_builtin(name.last().as_str());
        if own || !effects.routines.is_settled(name.last()) || effects.doubts.of_routine(name).is_some() {
            return Err(unclear());
        }
        if let Some(create) = self.replacing.filter(|create| create.name.last() == name.last()) {
            return Ok(create);
        }
        let all = self.catalog().objects_named(Class::Routine, name);
        let fits = |create: &&'a CreateFunction| crate::resolve::takes(create, given);
        let mut fitting = all.into_iter().filter_map(|object| created(&object.definition)).filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(create), None) => Ok(create),
            _ => Err(unclear()),
        }
    }

    /// Reads a call in an expression.
    pub(super) fn invoke(&mut self, call: &Call, span: Span) -> Result<Value, Hole> {
        let is_plain = !call.star && !call.distinct && call.order_by.is_empty() && call.filter.is_none();
        if !is_plain || call.over.is_some() {
            return Err(unfollowed(span, &format!("an aggregate `{}`", call.name)));
        }
        let (node, outputs) = self.entered_call(call, span)?;
        let at = self.levels.last().map(|level| level.at.clone()).unwrap_or_default();
        self.child(node, &at, Vec::new());
        match outputs.as_slice() {
            [only] => {
                let export = self.node(node).export.clone();
                Ok(self.scalar(only.term, export))
            }
            _ => Ok(self.terms.unknown().into()),
        }
    }

    /// Reads CALL.
    pub(super) fn call_statement(&mut self, call: &Call) -> Result<(), Hole> {
        let (node, _) = self.entered_call(call, call.name.span)?;
        self.child(node, &Stack::new(), Vec::new());
        self.forget(&self.given_back(call));
        Ok(())
    }

    /// The variables that CALL gives other values: those that stand for OUT and INOUT parameters.
    pub(super) fn given_back(&self, call: &Call) -> BTreeSet<Ident> {
        let all = self.catalog().objects_named(Class::Routine, &call.name);
        let gives = |create: &CreateFunction| !out_names(create).is_empty();
        if !all.is_empty() && !all.into_iter().filter_map(|object| created(&object.definition)).any(gives) {
            return BTreeSet::new();
        }
        let variables = call.arguments.iter().filter_map(|argument| match &argument.value.kind {
            ExprKind::Column(parts) => Some(parts.iter().cloned()),
            _ => None,
        });
        variables.flatten().collect()
    }

    /// Reads a call in FROM, and returns its columns; `None` when it is no routine of the history.
    pub(super) fn function_rows(&mut self, expr: &Expr, stack: &Stack) -> Result<Option<Vec<Output>>, Hole> {
        let ExprKind::Call(call) = &expr.kind else { return Ok(None) };
        if !self.is_routine(call) {
            return Ok(None);
        }
        let is_set = returns_set(self.routine(&call.name, call.arguments.len())?);
        let (node, mut outputs) = self.entered_call(call, expr.span)?;
        // It runs whatever becomes of its rows.
        self.block().children.push(Child { node, stack: stack.clone(), links: Vec::new(), runs: Runs::Always });
        let export = self.node(node).export.clone();
        match is_set {
            true => self.fact(stack, export),
            // Who finds no row, or is not called for the sake of a NULL, gives a row of NULLs.
            false => outputs.iter_mut().for_each(|output| output.term = self.scalar(output.term, export.clone()).term),
        }
        Ok(Some(outputs))
    }

    fn entered_call(&mut self, call: &Call, span: Span) -> Result<(NodeId, Vec<Output>), Hole> {
        let create = self.routine(&call.name, call.arguments.len())?;
        let variables = self.given_parameters(create, call)?;
        let writes = self.writes;
        let key = format!("{} of {} parameters", create.name, create.parameters.len());
        if self.entered.iter().any(|entered| entered.key == key) {
            return Err(unfollowed(span, &format!("a routine that calls itself, as `{}`,", create.name)));
        }
        let node = self.entering(key, create, span, |analysis, body| {
            let columns = analysis.result_columns(create);
            // Who returns by parameters returns at the end, too, and what they are there is not followed.
            let by_parameters = !matches!(create.returns, Some(Returns::Table(_))) && !out_names(create).is_empty();
            let ways = if by_parameters { vec![Formula::True] } else { Vec::new() };
            analysis.returned = Returned { columns, ways, ..Returned::default() };
            analysis.body_in(body, variables)
        })?;
        if self.filtering && self.writes != writes {
            return Err(unfollowed(span, "a routine that writes, where rows are chosen"));
        }
        let outputs = self.node(node).outputs.clone();
        Ok((node, self.named_by(create, outputs)))
    }

    /// The columns of a result are named by the routine's type, whatever its last query calls them.
    fn named_by(&mut self, create: &CreateFunction, outputs: Vec<Output>) -> Vec<Output> {
        let is_record = matches!(&create.returns, Some(Returns::Type(of)) if *of.name.last() == "record")
            && out_names(create).is_empty();
        if is_record {
            return outputs;
        }
        let named = self.result_columns(create);
        if named.len() != outputs.len() {
            return named;
        }
        let types = self.result_types(create);
        let keeps = |at: usize| types.get(at).is_some_and(|of| of.as_ref().is_some_and(|of| self.keeps_result(of)));
        let pairs = named.into_iter().zip(outputs).enumerate();
        // What the result's type may cut or round is another value.
        pairs.map(|(at, (own, given))| if keeps(at) { Output { name: own.name, ..given } } else { own }).collect()
    }

    /// The types of the columns of what a routine returns.
    fn result_types(&self, create: &CreateFunction) -> Vec<Option<TypeName>> {
        let table = match &create.returns {
            Some(Returns::Table(columns)) => columns.as_slice(),
            _ => &[],
        };
        let is_out = |found: &&Parameter| matches!(found.mode, Some(ParameterMode::Out | ParameterMode::InOut));
        let out = create.parameters.iter().filter(is_out).map(|found| Some(found.data_type.clone()));
        let mut types: Vec<_> = out.chain(table.iter().map(|column| Some(column.data_type.clone()))).collect();
        if let (true, Some(Returns::Type(of))) = (types.is_empty(), &create.returns) {
            types = match self.catalog().relation(&of.name) {
                Some(relation) => relation.columns.iter().map(|column| column.type_name.clone()).collect(),
                None => vec![Some(TypeName { set_of: false, ..of.clone() })],
            };
        }
        types
    }

    /// Reads a body, with nothing around it visible.
    pub(super) fn entering<T>(
        &mut self,
        key: String,
        create: &'a CreateFunction,
        span: Span,
        read: impl FnOnce(&mut Self, &Body) -> Result<T, Hole>,
    ) -> Result<T, Hole> {
        if self.entered.len() >= DEPTH {
            return Err(unfollowed(span, &format!("calls so deep, as that of `{}`,", create.name)));
        }
        let body = self.body_of(create, span)?;
        let off_path = self.settings(create, span)?;
        let outer = (std::mem::take(&mut self.levels), std::mem::take(&mut self.ctes));
        let returned = std::mem::take(&mut self.returned);
        let floor = std::mem::replace(&mut self.floor, self.open.len().saturating_sub(1));
        let off_path = std::mem::replace(&mut self.off_path, off_path);
        let moment = self.rows.moment;
        self.entered.push(Entered { key, because: Because::Called });
        if !is_steady(create) {
            self.later();
        }
        let found = self.placed(span, |analysis| read(analysis, &body));
        self.entered.pop();
        self.rows.moment = moment;
        (self.levels, self.ctes) = outer;
        (self.returned, self.floor, self.off_path) = (returned, floor, off_path);
        found
    }

    /// What is read from here on is read after what was done before.
    pub(super) fn later(&mut self) {
        self.clock += 1;
        self.rows.moment = self.clock;
    }

    /// Reads a body as a block.
    pub(super) fn body_in(&mut self, body: &Body, variables: Variables) -> Result<NodeId, Hole> {
        match body {
            Body::Read(read) => match &**read {
                Ok(procedures::Body::Procedure(procedure)) => self.procedure(procedure, variables),
                Ok(procedures::Body::Text(body)) => self.sql_body(&body.statements, variables),
                Err(_) => Err(unfollowed(Span::default(), "what is not read")),
            },
            Body::Sql(statements) => self.sql_body(statements, variables),
        }
    }

    fn body_of(&mut self, create: &CreateFunction, span: Span) -> Result<Rc<Body>, Hole> {
        let key = format!("{} {:p}", create.name, create);
        if let Some(known) = self.bodies.get(&key) {
            return Ok(known.clone());
        }
        let body = match (&create.body, create.source(), create.language()) {
            (Some(body), ..) => {
                let statements = procedures::statements(body, span);
                self.early(&statements, span)?;
                Body::Sql(statements)
            }
            (None, Some(source), Some(language)) => {
                read(&self.context.effects.bodies, (source, &language), &create.name, span)?
            }
            _ => return Err(unfollowed(span, &format!("what `{}` does is not written here and", create.name))),
        };
        let body = Rc::new(body);
        self.bodies.insert(key, body.clone());
        Ok(body)
    }

    /// A body that is parsed when it is made means what its names meant then.
    fn early(&self, statements: &[Sql], span: Span) -> Result<(), Hole> {
        let is_temporary =
            |name: &Name| self.catalog().relation(name).is_some_and(|relation| relation.kind == Kind::Temporary);
        match names(statements).iter().find(|name| is_temporary(name)) {
            Some(name) => Err(unfollowed(span, &format!("which `{name}` a body means that was read before"))),
            None => Ok(()),
        }
    }

    /// Says whether the routine's own settings change what names without a schema mean.
    fn settings(&self, create: &CreateFunction, span: Span) -> Result<bool, Hole> {
        let mut doubts = None;
        for attribute in &create.attributes {
            let Attribute::Setting(attached) = attribute else { continue };
            let Attached::Set(change) = attached else {
                return Err(unfollowed(span, "a setting that a routine resets"));
            };
            let set = Set { scope: SetScope::Local, change: change.clone() };
            let doubts = doubts.get_or_insert_with(|| self.context.effects.doubts.clone());
            doubts.set(&set, self.context.catalog, self.context.tenancy);
        }
        let Some(doubts) = doubts else { return Ok(self.off_path) };
        let elsewhere = Name { parts: [Ident::exact("public"), create.name.last().clone()].into(), span };
        let is_other_role = doubts.is_other_role() && !self.context.effects.doubts.is_other_role();
        let is_other_tenant = doubts.tenancy(self.context.tenancy).is_some();
        if is_other_role || is_other_tenant || doubts.of_name(&elsewhere).is_some() {
            return Err(unfollowed(span, &format!("what `{}` sets", create.name)));
        }
        Ok(!doubts.is_on_path())
    }

    /// The parameters of a routine as variables.
    fn given_parameters(&mut self, create: &CreateFunction, call: &Call) -> Result<Variables, Hole> {
        let inputs: Vec<&Parameter> =
            create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out)).collect();
        let mut values: Vec<Option<Variable>> = vec![None; inputs.len()];
        for (at, argument) in call.arguments.iter().enumerate() {
            let place = match &argument.name {
                Some(name) => inputs.iter().position(|parameter| parameter.name.as_ref() == Some(name)),
                None => Some(at),
            };
            let value = self.argument(place.and_then(|place| inputs.get(place)).copied(), &argument.value)?;
            if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
                *slot = Some(value);
            }
        }
        let mut variables: Vec<(Option<Ident>, Variable)> = Vec::new();
        for (parameter, value) in inputs.iter().zip(values) {
            let value =
                match (value, &parameter.default) {
                    (Some(value), _) => value,
                    // It sees nothing of the place where the routine is called.
                    (None, Some(default)) => Variable::Scalar(self.placed(call.name.span, |analysis| {
                        analysis.outside_of_all(|analysis| analysis.value(default))
                    })?),
                    (None, None) => Variable::Scalar(self.terms.unknown().into()),
                };
            variables.push((parameter.name.clone(), value));
        }
        Ok(self.parameters(create, variables))
    }

    fn parameters(&mut self, create: &CreateFunction, given: Vec<(Option<Ident>, Variable)>) -> Variables {
        let numbered = given.iter().map(|(_, value)| match value {
            Variable::Scalar(value) => value.clone(),
            Variable::Record(_) => self.terms.unknown().into(),
        });
        let mut variables = Variables::of_body(numbered.collect());
        for name in out_names(create) {
            let term = self.terms.unknown();
            variables.set(name, Variable::Scalar(term.into()));
        }
        for (at, (name, value)) in given.into_iter().enumerate() {
            let Some(name) = name else { continue };
            variables.parameter(name, at, value);
        }
        procedures::integers(create).for_each(|name| variables.integer(name));
        variables.of_routine(create.name.last().clone());
        variables
    }

    /// The value of an argument: what its parameter's type may cut or round is not known.
    fn argument(&mut self, parameter: Option<&Parameter>, value: &Expr) -> Result<Variable, Hole> {
        if let ExprKind::Column(parts) = &value.kind
            && let [name] = parts.as_slice()
            && let Some(row) = self.whole_row(name)
        {
            return Ok(Variable::Record(row));
        }
        let value = self.value(value)?;
        let keeps = parameter.is_some_and(|parameter| {
            parameter.mode != Some(ParameterMode::Variadic) && self.keeps_argument(&parameter.data_type)
        });
        Ok(Variable::Scalar(if keeps { value } else { self.terms.fresh().into() }))
    }

    fn keeps_result(&self, of: &TypeName) -> bool {
        self.keeps_in(&TypeName { modifiers: Vec::new(), set_of: false, ..of.clone() })
    }

    fn keeps_argument(&self, to: &TypeName) -> bool {
        // Modifiers of a parameter's type do not count.
        let plain = TypeName { modifiers: Vec::new(), ..to.clone() };
        Designator::keeps_values(&plain, self.context.tenancy)
    }

    /// The columns of an entry that stands as a whole.
    fn whole_row(&mut self, name: &Ident) -> Option<Vec<Output>> {
        let level = self.levels.last()?;
        let is_column = level.entries.iter().any(|entry| entry.column(name).is_some());
        let entry = level.entries.iter().find(|entry| entry.alias.as_ref() == Some(name) && entry.complete)?;
        (!is_column && entry.row.is_some() && entry.stack == level.at).then(|| entry.columns.clone())
    }

    /// The columns of what a routine returns.
    fn result_columns(&mut self, create: &CreateFunction) -> Vec<Output> {
        let out = out_names(create);
        let names: Vec<Ident> = match &create.returns {
            _ if !out.is_empty() => out,
            Some(Returns::Type(of)) if matches!(of.name.last().as_str(), "void" | "record" | "trigger") => Vec::new(),
            Some(Returns::Type(of)) => match self.catalog().relation(&of.name) {
                Some(relation) => relation.columns.iter().map(|column| column.name.clone()).collect(),
                None if self.catalog().type_named(&of.name).is_some() && !self.keeps_argument(of) => Vec::new(),
                None => vec![create.name.last().clone()],
            },
            _ => Vec::new(),
        };
        names.into_iter().map(|name| Output { name, term: self.terms.fresh() }).collect()
    }
}

/// Returns the statement that makes a routine.
fn created(definition: &Definition) -> Option<&CreateFunction> {
    let Definition::Statement(statement) = definition else { return None };
    let Statement::Object(object) = &**statement else { return None };
    match &**object {
        Object::CreateFunction(create) => Some(create),
        _ => None,
    }
}

/// A routine that promises not to change anything sees what its caller sees.
fn is_steady(create: &CreateFunction) -> bool {
    create
        .attributes
        .iter()
        .any(|attribute| matches!(attribute, Attribute::Volatility(Volatility::Stable | Volatility::Immutable)))
}

fn returns_set(create: &CreateFunction) -> bool {
    match &create.returns {
        Some(Returns::Table(_)) => true,
        Some(Returns::Type(of)) => of.set_of,
        None => false,
    }
}

fn out_names(create: &CreateFunction) -> Vec<Ident> {
    let table = match &create.returns {
        Some(Returns::Table(columns)) => columns.as_slice(),
        _ => &[],
    };
    let out =
        create.parameters.iter().filter(|found| matches!(found.mode, Some(ParameterMode::Out | ParameterMode::InOut)));
    let out = out
        .enumerate()
        .map(|(at, found)| found.name.clone().unwrap_or_else(|| Ident::exact(&format!("column{}", at + 1))));
    out.chain(table.iter().map(|column| column.name.clone())).collect()
}

fn read(bodies: &Bodies, (source, language): (&SourceText, &str), name: &Name, span: Span) -> Result<Body, Hole> {
    // Its places are not places of the statement that calls it.
    let source = SourceText { quoting: Quoting::Escaped, ..source.clone() };
    let read = bodies.read("", &source, language);
    match &*read {
        Ok(procedures::Body::Text(_)) => Ok(Body::Read(read)),
        Ok(procedures::Body::Procedure(procedure)) => {
            match procedure.options.iter().any(|option| option.value == "use_variable") {
                true => Err(unfollowed(span, &format!("what names mean in `{name}`"))),
                false => Ok(Body::Read(read)),
            }
        }
        Err(_) => Err(unfollowed(span, &format!("the body of `{name}` in `{language}`"))),
    }
}

/// The relations that statements name.
fn names(statements: &[Sql]) -> Vec<Name> {
    use crate::procedure::SqlKind;
    use crate::query::FromKind;
    use crate::query::visit::{self, Node};
    let mut found = Vec::new();
    for statement in statements {
        let SqlKind::Statement(inner) = &statement.kind else { continue };
        let Statement::Data(data) = &**inner else { continue };
        visit::statement(data, &mut |node| match node {
            Node::From(item) => {
                if let FromKind::Table { name, .. } = &item.kind {
                    found.push(name.clone());
                }
            }
            Node::Target(target) => found.push(target.name.clone()),
            _ => {}
        });
    }
    found
}
