//! What a body consists of, in the order of its text.

use super::block::{Block, DataType, DeclarationKind};
use super::statement::{LoopHeader, OpenSource, RaiseMessage, Return, Statement, StatementKind};
use super::text::{Dynamic, Expression, ExpressionKind, Opaque, Sql, SqlKind, Target};
use super::{Declaration, Procedure};

/// A part of a body.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A block opens; its parts follow.
    Block(&'a Block),
    /// A declaration; its parts follow.
    Declaration(&'a Declaration),
    /// A statement; its parts follow.
    Statement(&'a Statement),
    /// An expression.
    Expression(&'a Expression),
    /// The query of PERFORM, as an expression.
    Perform(&'a Expression),
    /// The text of a command that is put together when it runs.
    Command(&'a Expression),
    /// An SQL statement.
    Sql(&'a Sql),
    /// A variable that is written to.
    Target(&'a Target),
    /// What cannot be read; behind the part that it belongs to.
    Opaque(&'a Opaque),
}

impl Procedure {
    /// Returns all parts of the body, each behind the one that holds it.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut walk = Walk { parts: Vec::new() };
        walk.block(&self.block);
        walk.parts
    }

    /// Returns what cannot be read.
    pub fn opaque(&self) -> Vec<&Opaque> {
        let opaque = |part| if let Part::Opaque(opaque) = part { Some(opaque) } else { None };
        self.parts().into_iter().filter_map(opaque).collect()
    }
}

struct Walk<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Walk<'a> {
    fn block(&mut self, block: &'a Block) {
        self.parts.push(Part::Block(block));
        for declaration in &block.declarations {
            self.declaration(declaration);
        }
        self.statements(&block.statements);
        for handler in &block.handlers {
            self.statements(&handler.statements);
        }
    }

    fn declaration(&mut self, declaration: &'a Declaration) {
        self.parts.push(Part::Declaration(declaration));
        match &declaration.kind {
            DeclarationKind::Variable { data_type, default, .. } => {
                self.data_type(data_type);
                self.expressions(default);
            }
            DeclarationKind::Alias(_) => {}
            DeclarationKind::Cursor { parameters, query, .. } => {
                parameters.iter().for_each(|parameter| self.data_type(&parameter.data_type));
                self.sql(query);
            }
        }
    }

    fn data_type(&mut self, data_type: &'a DataType) {
        if let DataType::Opaque(opaque) = data_type {
            self.parts.push(Part::Opaque(opaque));
        }
    }

    fn statements(&mut self, statements: &'a [Statement]) {
        for statement in statements {
            self.parts.push(Part::Statement(statement));
            self.statement(&statement.kind);
        }
    }

    fn statement(&mut self, kind: &'a StatementKind) {
        use StatementKind as K;
        match kind {
            K::Block(block) => self.block(block),
            K::Assign { target, value } => {
                self.targets(std::slice::from_ref(target));
                self.expression(value);
            }
            K::If { branches, otherwise } => {
                for branch in branches {
                    self.expression(&branch.condition);
                    self.statements(&branch.statements);
                }
                self.statements(otherwise.as_deref().unwrap_or(&[]));
            }
            K::Case { operand, branches, otherwise } => {
                self.expressions(operand);
                for branch in branches {
                    self.expressions(&branch.values);
                    self.statements(&branch.statements);
                }
                self.statements(otherwise.as_deref().unwrap_or(&[]));
            }
            K::Loop(found) => {
                self.header(&found.header);
                self.statements(&found.statements);
            }
            K::Exit { condition, .. } => self.expressions(condition),
            K::Return(found) => self.returned(found),
            K::Raise(raise) => {
                if let Some(RaiseMessage::Format(_, arguments)) = &raise.message {
                    self.expressions(arguments);
                }
                self.expressions(raise.options.iter().map(|(_, value)| value));
            }
            K::Assert { condition, message } => {
                self.expression(condition);
                self.expressions(message);
            }
            K::Perform(query) => self.labelled(Part::Perform(query), query),
            K::Execute { command, into } => {
                self.dynamic(command);
                into.iter().for_each(|into| self.targets(&into.targets));
            }
            K::GetDiagnostics { items, .. } => {
                self.parts.extend(items.iter().map(|item| Part::Target(&item.target)));
            }
            K::Open { source, .. } => self.open(source),
            K::Fetch { direction, into, .. } => {
                self.expressions(direction.iter().filter_map(|direction| direction.count.as_ref()));
                into.iter().for_each(|into| self.targets(&into.targets));
            }
            K::Move { direction, .. } => {
                self.expressions(direction.iter().filter_map(|direction| direction.count.as_ref()));
            }
            K::Sql(sql) => self.sql(sql),
            K::Opaque(opaque) => self.parts.push(Part::Opaque(opaque)),
            K::Close(_) | K::Transaction { .. } | K::Null => {}
        }
    }

    fn header(&mut self, header: &'a LoopHeader) {
        match header {
            LoopHeader::Forever => {}
            LoopHeader::While(condition) => self.expression(condition),
            LoopHeader::Integer { variable, low, high, step, .. } => {
                self.targets(std::slice::from_ref(variable));
                self.expressions([low, high].into_iter().chain(step));
            }
            LoopHeader::Query { targets, query } => {
                self.targets(targets);
                self.sql(query);
            }
            LoopHeader::Cursor { targets, arguments, .. } => {
                self.targets(targets);
                self.expressions(arguments.iter().map(|argument| &argument.value));
            }
            LoopHeader::Execute { targets, command } => {
                self.targets(targets);
                self.dynamic(command);
            }
            LoopHeader::Array { targets, array, .. } => {
                self.targets(targets);
                self.expression(array);
            }
        }
    }

    fn returned(&mut self, found: &'a Return) {
        match found {
            Return::Nothing => {}
            Return::Value(value) => self.expression(value),
            Return::Next(value) => self.expressions(value),
            Return::Query(query) => self.sql(query),
            Return::Execute(command) => self.dynamic(command),
        }
    }

    fn open(&mut self, source: &'a OpenSource) {
        match source {
            OpenSource::Bound(arguments) => self.expressions(arguments.iter().map(|argument| &argument.value)),
            OpenSource::Query { query, .. } => self.sql(query),
            OpenSource::Execute { command, .. } => self.dynamic(command),
        }
    }

    fn dynamic(&mut self, command: &'a Dynamic) {
        self.labelled(Part::Command(&command.command), &command.command);
        self.expressions(&command.using);
    }

    fn expressions(&mut self, expressions: impl IntoIterator<Item = &'a Expression>) {
        expressions.into_iter().for_each(|expression| self.expression(expression));
    }

    fn expression(&mut self, expression: &'a Expression) {
        self.labelled(Part::Expression(expression), expression);
    }

    fn labelled(&mut self, part: Part<'a>, expression: &'a Expression) {
        self.parts.push(part);
        if let ExpressionKind::Opaque(opaque) = &expression.kind {
            self.parts.push(Part::Opaque(opaque));
        }
    }

    fn sql(&mut self, sql: &'a Sql) {
        self.parts.push(Part::Sql(sql));
        if let SqlKind::Opaque(opaque) = &sql.kind {
            self.parts.push(Part::Opaque(opaque));
        }
        sql.into.iter().for_each(|into| self.targets(&into.targets));
    }

    fn targets(&mut self, targets: &'a [Target]) {
        self.parts.extend(targets.iter().map(Part::Target));
    }
}
