//! PL/pgSQL: the statements of a body in their order, with what its variables are known to be.
//!
//! A branch is a block with what its condition says; the body of a loop over a query, one beside the query's row. What is
//! assigned in a branch or a loop is not known after it.

use std::collections::BTreeSet;

use super::analysis::{Analysis, Level, unfollowed};
use super::assigned::{named, targets};
use super::cursor::Cursor;
use super::dynamic::Folded;
use super::formula::Formula;
use super::node::{NodeId, Output, Stack};
use super::routine::Returned;
use super::term::Term;
use super::value::Value;
use super::variables::{Shape, Variable, Variables};
use crate::pg::Ident;
use crate::procedure::{
    Block, DataType, DeclarationKind, Dynamic, Expression, ExpressionKind, Loop, LoopHeader, Opaque, Procedure,
    RaiseMessage, Sql, SqlKind, Statement, StatementKind, Target, TargetRoot,
};
use crate::rules::scope::unprovable;
use crate::scope::{Designator, Hole, Judgement, judged, procedures};
use crate::source::Span;
use crate::statement::Statement as Any;
use crate::statement::session::Statement as Session;

/// How deep what comes after a branch that ends the body nests.
const NESTED: usize = 40;

/// Something was read, or why not.
pub(super) type Done = Result<(), Hole>;

impl Analysis<'_> {
    /// Reads a body as a block.
    pub(super) fn procedure(&mut self, procedure: &Procedure, variables: Variables) -> Result<NodeId, Hole> {
        let outer = std::mem::replace(&mut self.variables, variables);
        self.begin();
        self.levels.push(Level::default());
        let read = self.block_of(&procedure.block);
        self.levels.pop();
        self.variables = outer;
        match read {
            Ok(()) => {
                let Returned { columns, ways, .. } = &mut self.returned;
                let (columns, ways) = (columns.clone(), std::mem::take(ways));
                let block = self.block();
                let held = if ways.is_empty() { Formula::True } else { Formula::any(ways) };
                let top = block.facts.iter().filter(|(stack, _)| stack.is_empty()).map(|(_, held)| held.clone());
                block.export = Formula::all(top.collect::<Vec<_>>()).and(held);
                block.outputs = columns;
                self.end()
            }
            Err(hole) => {
                self.open.pop();
                Err(hole)
            }
        }
    }

    /// Reads statements of SQL as a body; the last one's result is the body's.
    pub(super) fn sql_body(&mut self, statements: &[Sql], variables: Variables) -> Result<NodeId, Hole> {
        let outer = std::mem::replace(&mut self.variables, variables);
        self.begin();
        self.levels.push(Level::default());
        let mut last = (Vec::new(), Formula::True);
        let mut read = Ok(());
        for statement in statements {
            read = match &statement.kind {
                SqlKind::Opaque(opaque) => Err(unread(opaque)),
                SqlKind::Statement(inner) => self.any(inner).map(|found| last = found.unwrap_or_default()),
            };
            if read.is_err() {
                break;
            }
        }
        self.levels.pop();
        self.variables = outer;
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let block = self.block();
        (block.outputs, block.export) = last;
        self.end()
    }

    fn block_of(&mut self, block: &Block) -> Done {
        let outer = self.variables.clone();
        self.variables.label(block.label.as_ref());
        let assigned = self.assigned_in(block);
        for declaration in &block.declarations {
            let copied = match &declaration.kind {
                DeclarationKind::Variable { default: Some(default), .. } => self.whole_record(default),
                _ => None,
            };
            let variable = match &declaration.kind {
                DeclarationKind::Variable { default: Some(default), .. } => Variable::Scalar(self.expression(default)?),
                DeclarationKind::Variable { default: None, data_type, .. } if self.is_row(data_type) => {
                    Variable::Record(Vec::new())
                }
                DeclarationKind::Variable { default: None, .. } => Variable::Scalar(self.terms.fresh().into()),
                DeclarationKind::Alias(of) => match of.name() {
                    Some(of) => {
                        self.variables.alias(declaration.name.clone(), of);
                        continue;
                    }
                    None => return Err(unfollowed(declaration.span, "another name for a parameter or a field")),
                },
                DeclarationKind::Cursor { query, parameters, .. } => {
                    let keeps = |of: &DataType| matches!(of, DataType::Type(of) if self.keeps_in(of));
                    let parameters = parameters.iter().map(|found| (found.name.clone(), keeps(&found.data_type)));
                    let parameters = parameters.collect();
                    let name = &declaration.name;
                    self.variables.declare(name.clone(), Variable::Scalar(self.terms.fresh().into()));
                    let variables = self.variables.clone();
                    let cursor = Cursor { parameters, query: query.clone(), variables };
                    self.variables.cursors.declare(name.clone(), cursor);
                    if !assigned.contains(name) {
                        self.variables.cursors.owned(name.clone());
                    }
                    continue;
                }
            };
            if let DeclarationKind::Variable { data_type: DataType::Type(name), .. } = &declaration.kind
                && !self.keeps_in(name)
            {
                self.variables.narrow(&declaration.name);
            }
            self.variables.declare(declaration.name.clone(), Variable::Record(Vec::new()));
            if let DeclarationKind::Variable { data_type: DataType::Type(name), .. } = &declaration.kind
                && procedures::is_integer(name)
            {
                self.variables.integer(&declaration.name);
            }
            self.set_variable(declaration.name.clone(), variable);
            if let DeclarationKind::Variable { data_type, .. } = &declaration.kind
                && let Some(shape) = self.shape_of(data_type)
            {
                self.declare_row(&declaration.name, shape);
                copied.into_iter().for_each(|row| self.copy_row(&declaration.name, row));
            }
            if matches!(declaration.kind, DeclarationKind::Variable { default: None, .. })
                && !assigned.contains(&declaration.name)
            {
                self.variables.cursors.owned(declaration.name.clone());
            }
        }
        self.statements(&block.statements)?;
        self.handlers(block)?;
        // A block with a label may be left before its end.
        if block.declarations.is_empty() && block.handlers.is_empty() && block.label.is_none() {
            return Ok(());
        }
        // Variables of this block end with it; what it assigned to others is not known.
        let changed = self.changed_in(block);
        self.variables = outer;
        self.forget(&changed);
        Ok(())
    }

    fn handlers(&mut self, block: &Block) -> Done {
        if block.handlers.is_empty() {
            return Ok(());
        }
        // The block may have ended anywhere.
        self.forget(&self.changed_by(&block.statements));
        let before = self.variables.clone();
        for handler in &block.handlers {
            // There, two names are what the error is; what another handler does was not done.
            self.forget(&BTreeSet::from(["sqlstate", "sqlerrm"].map(Ident::exact)));
            self.guarded(Formula::True, &handler.statements)?;
            self.variables = before.clone();
        }
        for handler in &block.handlers {
            self.forget(&self.changed_by(&handler.statements));
        }
        Ok(())
    }

    pub(super) fn statements(&mut self, statements: &[Statement]) -> Done {
        for (at, statement) in statements.iter().enumerate() {
            match &statement.kind {
                StatementKind::If { branches, otherwise } => {
                    let after = self.conditional(branches, otherwise.as_deref())?;
                    // Where a branch ends the body, what comes after it is for the others.
                    if let Some(after) = after
                        && self.open.len() < NESTED
                    {
                        return self.guarded(after, &statements[at + 1..]);
                    }
                }
                _ => self.statement_of(statement)?,
            }
        }
        Ok(())
    }

    fn statement_of(&mut self, statement: &Statement) -> Done {
        match &statement.kind {
            StatementKind::Block(block) => self.block_of(block),
            StatementKind::Assign { target, value } => {
                if let (Some(row), Some(name)) =
                    (self.whole_record(value), target.name().filter(|_| self.takes_rows(target)))
                {
                    self.copy_row(name, row);
                    return Ok(());
                }
                let value = self.expression(value)?;
                self.assign_variable(target, value)
            }
            StatementKind::If { branches, otherwise } => self.conditional(branches, otherwise.as_deref()).map(drop),
            StatementKind::Case { operand, branches, otherwise } => {
                operand.iter().try_for_each(|operand| self.expression(operand).map(drop))?;
                let start = self.variables.clone();
                let mut changed = BTreeSet::new();
                for branch in branches {
                    let mut ways = Vec::new();
                    for value in &branch.values {
                        ways.push(self.matches_case(operand.as_ref(), value)?);
                    }
                    self.guarded(Formula::any(ways), &branch.statements)?;
                    self.variables = start.clone();
                    changed.extend(self.changed_by(&branch.statements));
                }
                self.guarded(Formula::True, otherwise.as_deref().unwrap_or(&[]))?;
                changed.extend(self.changed_by(otherwise.as_deref().unwrap_or(&[])));
                self.variables = start;
                self.forget(&changed);
                Ok(())
            }
            StatementKind::Loop(found) => self.repeated(found),
            StatementKind::Exit { condition, .. } => {
                condition.iter().try_for_each(|found| self.expression(found).map(drop))
            }
            StatementKind::Return(found) => self.return_of(found),
            StatementKind::Raise(raise) => {
                if let Some(RaiseMessage::Format(_, arguments)) = &raise.message {
                    arguments.iter().try_for_each(|argument| self.expression(argument).map(drop))?;
                }
                raise.options.iter().try_for_each(|(_, value)| self.expression(value).map(drop))
            }
            StatementKind::Assert { condition, message } => {
                self.expression(condition)?;
                message.iter().try_for_each(|message| self.expression(message).map(drop))
            }
            StatementKind::Perform(expression) => self.expression(expression).map(drop),
            StatementKind::Execute { command, into } => {
                let found = self.execute(command)?;
                self.store(into.as_ref(), found)
            }
            StatementKind::GetDiagnostics { items, .. } => items.iter().try_for_each(|item| self.unknown(&item.target)),
            StatementKind::Open { cursor, source } => self.opened(cursor, source),
            StatementKind::Fetch { cursor, into, .. } => {
                self.fetched(cursor)?;
                into.iter().flat_map(|into| &into.targets).try_for_each(|target| self.unknown(target))
            }
            StatementKind::Move { cursor, .. } => self.fetched(cursor),
            StatementKind::Close(_) | StatementKind::Transaction { .. } | StatementKind::Null => Ok(()),
            StatementKind::Sql(sql) => {
                let found = self.sql(sql)?;
                self.store(sql.into.as_ref(), found)
            }
            StatementKind::Opaque(opaque) => Err(unread(opaque)),
        }
    }

    fn repeated(&mut self, found: &Loop) -> Done {
        let changed = self.changed_by(&found.statements);
        self.later();
        // What one round leaves in a variable the next one may use.
        self.carries |= !changed.is_empty();
        self.forget(&changed);
        let outer = self.variables.clone();
        self.variables.label(found.label.as_ref());
        let before = self.order;
        self.begin();
        let read = self.header(found);
        // A row of the header's query may be an old version by the time that a round comes to it.
        self.later();
        let read = read.and_then(|()| self.statements(&found.statements));
        let read = read.and_then(|()| self.order.unless_redefined_since(before, span_of(&found.statements)));
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        // A variable of the loop's own ends with it.
        self.variables = outer;
        self.forget(&changed);
        if let LoopHeader::Cursor { cursor, .. } = &found.header {
            self.forget(&named(cursor));
        }
        for target in targets(found) {
            self.unknown(target)?;
        }
        Ok(())
    }

    fn header(&mut self, found: &Loop) -> Done {
        match &found.header {
            LoopHeader::Forever => Ok(()),
            LoopHeader::While(condition) => {
                let (holds, _) = self.condition_of(condition)?;
                self.fact(&Stack::new(), holds);
                Ok(())
            }
            LoopHeader::Integer { variable, low, high, step, .. } => {
                let values = [low, high].into_iter().chain(step);
                values.into_iter().try_for_each(|value| self.expression(value).map(drop))?;
                if let Some(name) = variable.name() {
                    let value = self.terms.unknown().into();
                    self.variables.declare(name.clone(), Variable::Scalar(value));
                    return Ok(());
                }
                self.unknown(variable)
            }
            LoopHeader::Query { targets, query } => {
                let (outputs, facts) = self.sql(query)?;
                self.each_row(targets, outputs, facts)
            }
            LoopHeader::Execute { targets, command } => {
                let (outputs, facts) = self.execute(command)?;
                self.each_row(targets, outputs, facts)
            }
            LoopHeader::Cursor { targets, cursor, arguments } => {
                let (outputs, facts) = self.bound(cursor, arguments)?;
                // Its variable is a record of its own, whatever else has the name.
                if let [TargetRoot::Name(name)] = targets.iter().map(|target| &target.root).collect::<Vec<_>>()[..] {
                    self.fact(&Stack::new(), facts);
                    self.variables.declare(name.clone(), Variable::Record(Vec::new()));
                    self.variables.row(name.clone(), outputs);
                    return Ok(());
                }
                self.each_row(targets, outputs, facts)
            }
            LoopHeader::Array { targets, array, .. } => {
                let array = self.expression(array)?;
                targets.iter().try_for_each(|target| self.unknown(target))?;
                // Whoever calls gives as many tenants as they like.
                if let (Term::Fixed(Designator::LookedUp(_)), [target]) =
                    (self.terms.get(array.term), targets.as_slice())
                    && let Some(name) = target.name().filter(|_| target.steps.is_empty() && !self.takes_rows(target))
                {
                    let element = self.terms.fresh().into();
                    self.variables.set(name.clone(), Variable::Scalar(element));
                }
                Ok(())
            }
        }
    }

    /// Gives the variables of a loop the columns of its query's row.
    fn each_row(&mut self, targets: &[Target], outputs: Vec<Output>, facts: Formula) -> Done {
        self.fact(&Stack::new(), facts);
        match targets {
            [only] if outputs.len() != 1 || self.takes_rows(only) => self.take_row(only, outputs, None)?,
            _ => {
                for (target, output) in targets.iter().zip(outputs) {
                    self.assign_variable(target, output.term.into())?;
                }
            }
        }
        Ok(())
    }

    /// A variable of a relation's row type has all of its columns from the start.
    fn declare_row(&mut self, name: &Ident, shape: Shape) {
        if let (Shape::Row(columns), Some(Variable::Record(_))) = (&shape, self.variables.get(name)) {
            let columns = columns.iter().map(|(name, _)| Output { name: name.clone(), term: self.terms.fresh() });
            let columns = columns.collect();
            self.variables.set(name.clone(), Variable::Record(columns));
        }
        self.variables.shaped(name, shape);
    }

    fn is_row(&self, data_type: &DataType) -> bool {
        matches!(data_type, DataType::RowType { .. }) || self.shape_of(data_type).is_some()
    }

    pub(super) fn takes_rows(&self, target: &Target) -> bool {
        let scalar = |name| matches!(self.variables.get(name), Some(Variable::Scalar(_)));
        target.steps.is_empty() && !target.name().is_some_and(scalar)
    }

    /// Returns the value of an expression of PL/pgSQL.
    pub(super) fn expression(&mut self, expression: &Expression) -> Result<Value, Hole> {
        self.stepping(|analysis| match &expression.kind {
            ExpressionKind::Scalar(expr) => analysis.value(expr),
            ExpressionKind::Query(query) => {
                let node = analysis.subquery(query)?;
                Ok(analysis.terms_of_row(node))
            }
            ExpressionKind::Opaque(opaque) => Err(unread(opaque)),
        })
    }

    /// Reads what is run by itself: what comes after it sees what it wrote.
    pub(super) fn stepping<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Hole>) -> Result<T, Hole> {
        let writes = self.writes;
        let found = read(self);
        if self.writes != writes {
            self.later();
        }
        found
    }

    fn terms_of_row(&mut self, node: NodeId) -> Value {
        match self.node(node).outputs.first().map(|output| output.term) {
            Some(term) => self.scalar(term, self.node(node).export.clone()),
            None => self.terms.fresh().into(),
        }
    }

    pub(super) fn sql(&mut self, sql: &Sql) -> Result<(Vec<Output>, Formula), Hole> {
        match &sql.kind {
            SqlKind::Opaque(opaque) => Err(unread(opaque)),
            SqlKind::Statement(inner) => Ok(self.any(inner)?.unwrap_or_default()),
        }
    }

    /// Reads a statement within a body, and returns the rows that it gives.
    fn any(&mut self, statement: &Any) -> Result<Option<(Vec<Output>, Formula)>, Hole> {
        if let Any::Session(session) = statement
            && let Session::Call(call) = &**session
        {
            self.call_statement(&call.call)?;
            self.later();
            return Ok(None);
        }
        let Any::Data(data) = statement else {
            if !self.entered.is_empty() {
                return Err(unfollowed(crate::source::Span::default(), "such a statement in a body"));
            }
            // What other statements do does not depend on variables.
            let judgement: Judgement = judged(self.context, statement, self.text)?;
            self.beside.push(judgement);
            self.order.follow(statement);
            return Ok(None);
        };
        let node = self.stepping(|analysis| analysis.statement(data))?;
        self.child(node, &Stack::new(), Vec::new());
        let node = self.node(node);
        Ok(Some((node.outputs.clone(), node.export.clone())))
    }

    /// Reads a command that is put together when it runs.
    pub(super) fn execute(&mut self, command: &Dynamic) -> Result<(Vec<Output>, Formula), Hole> {
        let Folded { statement, given: within } = self.fold(&command.command, command.using.len())?;
        let mut given = Vec::new();
        for value in &command.using {
            given.push(self.expression(value)?);
        }
        given.extend(within);
        // The command sees no variable of the body, only what USING gives.
        let outer = std::mem::replace(&mut self.variables, Variables::of_body(given));
        let found = self.placed(command.command.span, |analysis| analysis.any(&statement));
        self.variables = outer;
        Ok(found?.unwrap_or_default())
    }
}

fn span_of(statements: &[Statement]) -> Span {
    statements.first().map_or_else(Span::default, |statement| statement.span)
}

fn unread(opaque: &Opaque) -> Hole {
    Hole::new(&unprovable::RULE, opaque.span, format!("this part of the body cannot be read: {}", opaque.message))
}
