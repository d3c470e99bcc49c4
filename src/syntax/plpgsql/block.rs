//! Blocks: declarations, statements, handlers, and the statements that hold others.

use super::Rule;
use super::reader::{Node, Reader, all, first, has};
use crate::pg::Name;
use crate::procedure::{
    Block, Branch, Condition, CursorArgument, CursorParameter, Declaration, DeclarationKind, Handler, Loop, LoopHeader,
    Statement, StatementKind, When,
};
use crate::query::Step;
use crate::syntax::cursor::{Parsed, SyntaxError};

impl Reader<'_> {
    pub(super) fn block(&self, node: &Node<'_>) -> Parsed<Block> {
        let declarations = match first(node, Rule::declarations) {
            Some(section) => self.declarations(&section)?,
            None => Vec::new(),
        };
        let handlers = match first(node, Rule::handlers) {
            Some(section) => {
                all(&section, Rule::handler).map(|handler| self.handler(&handler)).collect::<Parsed<_>>()?
            }
            None => Vec::new(),
        };
        Ok(Block {
            span: self.span(node),
            label: self.name_in(node, Rule::label)?,
            declarations,
            statements: self.statements_in(node),
            handlers,
        })
    }

    fn declarations(&self, section: &Node<'_>) -> Parsed<Vec<Declaration>> {
        let entries = section.clone().into_inner().filter(|node| node.as_rule() != Rule::kw_declare);
        entries.map(|entry| self.declaration(&entry)).collect()
    }

    fn declaration(&self, node: &Node<'_>) -> Parsed<Declaration> {
        let name = self.ident(&self.one(node, Rule::ident)?)?;
        let kind = match node.as_rule() {
            Rule::alias => DeclarationKind::Alias(self.target(&self.one(node, Rule::target)?)?),
            Rule::cursor => DeclarationKind::Cursor {
                scroll: scroll(node),
                parameters: self.parameters(node)?,
                query: self.plain_sql(self.span(&self.one(node, Rule::sql)?)),
            },
            _ => self.variable(node)?,
        };
        Ok(Declaration { span: self.span(node), name, kind })
    }

    fn variable(&self, node: &Node<'_>) -> Parsed<DeclarationKind> {
        let default = match first(node, Rule::default) {
            Some(default) => Some(self.expression_in(&default, Rule::until_end)?),
            None => None,
        };
        Ok(DeclarationKind::Variable {
            constant: has(node, Rule::kw_constant),
            data_type: self.data_type(&self.one(node, Rule::data_type)?),
            collation: first(node, Rule::collation).map(|collation| self.collation(&collation)).transpose()?,
            not_null: has(node, Rule::not_null),
            default,
        })
    }

    fn collation(&self, node: &Node<'_>) -> Parsed<Name> {
        let target = self.target(&self.one(node, Rule::target)?)?;
        let span = target.span;
        let refused = || SyntaxError { span, message: "not a collation".into() };
        let crate::procedure::TargetRoot::Name(root) = target.root else { return Err(refused()) };
        let mut parts = vec![root];
        for step in target.steps {
            let Step::Field(part) = step else { return Err(refused()) };
            parts.push(part);
        }
        Ok(Name { parts: parts.into(), span })
    }

    fn parameters(&self, node: &Node<'_>) -> Parsed<Vec<CursorParameter>> {
        let Some(list) = first(node, Rule::parameters) else { return Ok(Vec::new()) };
        let read = |parameter: Node<'_>| {
            let name = self.ident(&self.one(&parameter, Rule::ident)?)?;
            Ok(CursorParameter { name, data_type: self.data_type(&self.one(&parameter, Rule::data_type)?) })
        };
        all(&list, Rule::parameter).map(read).collect()
    }

    fn handler(&self, node: &Node<'_>) -> Parsed<Handler> {
        let conditions = all(node, Rule::condition).map(|condition| self.condition(&condition));
        let conditions = conditions.collect::<Parsed<_>>()?;
        Ok(Handler { span: self.span(node), conditions, statements: self.statements_in(node) })
    }

    pub(super) fn condition(&self, node: &Node<'_>) -> Parsed<Condition> {
        match first(node, Rule::string) {
            Some(code) => self.string(&code).map(Condition::SqlState),
            None => self.ident(&self.one(node, Rule::ident)?).map(Condition::Name),
        }
    }

    /// The statements in the child that holds them; what cannot be read is opaque.
    pub(super) fn statements_in(&self, node: &Node<'_>) -> Vec<Statement> {
        let statements = first(node, Rule::statements).map(Node::into_inner);
        statements.into_iter().flatten().map(|statement| self.statement(&statement)).collect()
    }

    pub(super) fn if_statement(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let mut branches = vec![self.branch(node)?];
        for elsif in all(node, Rule::elsif) {
            branches.push(self.branch(&elsif)?);
        }
        Ok(StatementKind::If { branches, otherwise: self.otherwise(node) })
    }

    pub(super) fn case_statement(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let operand = first(node, Rule::until_when).map(|operand| self.expression(&operand));
        let mut branches = Vec::new();
        for when in all(node, Rule::when) {
            let condition = self.one(&when, Rule::until_then)?;
            // Without an operand PostgreSQL reads one condition, whatever stands in it.
            let values = match operand {
                Some(_) => self.expressions(&condition),
                None => vec![self.expression(&condition)],
            };
            branches.push(When { values, statements: self.statements_in(&when) });
        }
        Ok(StatementKind::Case { operand, branches, otherwise: self.otherwise(node) })
    }

    fn branch(&self, node: &Node<'_>) -> Parsed<Branch> {
        let condition = self.expression_in(node, Rule::until_then)?;
        Ok(Branch { condition, statements: self.statements_in(node) })
    }

    fn otherwise(&self, node: &Node<'_>) -> Option<Vec<Statement>> {
        first(node, Rule::else_).map(|otherwise| self.statements_in(&otherwise))
    }

    pub(super) fn loop_statement(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let header = node.clone().into_inner().find_map(|child| match child.as_rule() {
            Rule::while_ => Some(self.expression_in(&child, Rule::until_loop).map(LoopHeader::While)),
            Rule::foreach => Some(self.foreach(&child)),
            Rule::for_ => Some(self.for_header(&child)),
            _ => None,
        });
        let header = header.unwrap_or(Ok(LoopHeader::Forever))?;
        let label = self.name_in(node, Rule::label)?;
        Ok(StatementKind::Loop(Box::new(Loop { label, header, statements: self.statements_in(node) })))
    }

    fn foreach(&self, node: &Node<'_>) -> Parsed<LoopHeader> {
        let slice = match first(node, Rule::number) {
            Some(number) => number.as_str().parse().map_err(|_| SyntaxError {
                span: self.span(&number),
                message: "too many dimensions for a slice".into(),
            })?,
            None => 0,
        };
        let targets = self.targets(&self.one(node, Rule::targets)?)?;
        Ok(LoopHeader::Array { targets, slice, array: self.expression_in(node, Rule::until_loop)? })
    }

    fn for_header(&self, node: &Node<'_>) -> Parsed<LoopHeader> {
        let mut targets = self.targets(&self.one(node, Rule::targets)?)?;
        if let Some(source) = first(node, Rule::for_execute) {
            return Ok(LoopHeader::Execute { targets, command: self.dynamic(&source)? });
        }
        if let Some(source) = first(node, Rule::for_integer) {
            if targets.len() != 1 {
                let message = "a loop over integers has one variable".into();
                return Err(SyntaxError { span: self.span(node), message });
            }
            return self.integers(&source, targets.remove(0));
        }
        if let Some(source) = first(node, Rule::for_cursor) {
            let cursor = self.target(&self.one(&self.one(&source, Rule::cursor_name)?, Rule::target)?)?;
            return Ok(LoopHeader::Cursor { targets, cursor, arguments: self.arguments(&source)? });
        }
        let query = self.one(&self.one(node, Rule::for_query)?, Rule::until_loop)?;
        Ok(LoopHeader::Query { targets, query: self.plain_sql(self.span(&query)) })
    }

    fn integers(&self, node: &Node<'_>, variable: crate::procedure::Target) -> Parsed<LoopHeader> {
        Ok(LoopHeader::Integer {
            variable,
            reverse: has(node, Rule::kw_reverse),
            low: self.expression_in(node, Rule::until_dots)?,
            high: self.expression_in(node, Rule::until_by)?,
            step: first(node, Rule::until_loop).map(|step| self.expression(&step)),
        })
    }

    /// The arguments of a bound cursor.
    pub(super) fn arguments(&self, node: &Node<'_>) -> Parsed<Vec<CursorArgument>> {
        let Some(list) = first(node, Rule::arguments) else { return Ok(Vec::new()) };
        let read = |argument: Node<'_>| {
            let name = first(&argument, Rule::ident).map(|name| self.ident(&name)).transpose()?;
            Ok(CursorArgument { name, value: self.expression_in(&argument, Rule::until_paren)? })
        };
        all(&list, Rule::argument).map(read).collect()
    }
}

/// `SCROLL` or `NO SCROLL`.
pub(super) fn scroll(node: &Node<'_>) -> Option<bool> {
    first(node, Rule::scroll).map(|scroll| !has(&scroll, Rule::kw_no))
}
