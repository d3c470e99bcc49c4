//! One statement of PL/pgSQL.

use super::Rule;
use super::reader::{Node, Reader, all, first, has};
use crate::procedure::{Ending, Exit, Raise, RaiseLevel, RaiseMessage, Return, Statement, StatementKind};
use crate::syntax::cursor::{Parsed, SyntaxError};

impl Reader<'_> {
    /// A statement; opaque when it cannot be read.
    pub(super) fn statement(&self, node: &Node<'_>) -> Statement {
        let span = self.span(node);
        let kind = self.statement_kind(node);
        Statement { span, kind: kind.unwrap_or_else(|error| StatementKind::Opaque(self.opaque(span, error))) }
    }

    fn statement_kind(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        match node.as_rule() {
            Rule::block => self.block(node).map(StatementKind::Block),
            Rule::if_ => self.if_statement(node),
            Rule::case_ => self.case_statement(node),
            Rule::loop_ => self.loop_statement(node),
            Rule::assign => Ok(StatementKind::Assign {
                target: self.target(&self.one(node, Rule::target)?)?,
                value: self.expression_in(node, Rule::until_end)?,
            }),
            Rule::null => Ok(StatementKind::Null),
            Rule::exit => self.exit(node),
            Rule::return_ => self.returned(node).map(StatementKind::Return),
            Rule::raise => self.raise(node).map(StatementKind::Raise),
            Rule::assert => self.assert(node),
            Rule::perform => Ok(StatementKind::Perform(self.performed(&self.one(node, Rule::until_end)?))),
            Rule::execute => Ok(StatementKind::Execute { command: self.dynamic(node)?, into: self.single_into(node)? }),
            Rule::diagnostics => self.diagnostics(node),
            Rule::open => self.open(node),
            Rule::fetch => self.fetch(node),
            Rule::close => Ok(StatementKind::Close(self.cursor_name(node)?)),
            Rule::transaction => Ok(transaction(node)),
            Rule::sql => Ok(StatementKind::Sql(Box::new(self.sql(self.span(node))))),
            _ => Err(self.not_understood(node)),
        }
    }

    fn not_understood(&self, node: &Node<'_>) -> SyntaxError {
        let word = node.as_str().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let message = format!("not a form of {} that PL/pgSQL has", word.to_ascii_uppercase());
        SyntaxError { span: self.span(node), message }
    }

    /// INTO and USING may come in any order, but each only once.
    fn single_into(&self, node: &Node<'_>) -> Parsed<Option<crate::procedure::Into>> {
        for (rule, word) in [(Rule::into, "INTO"), (Rule::using, "USING")] {
            if let Some(second) = all(node, rule).nth(1) {
                let message = format!("{word} stands more than once");
                return Err(SyntaxError { span: self.span(&second), message });
            }
        }
        self.into(node)
    }

    fn exit(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        Ok(StatementKind::Exit {
            kind: if has(node, Rule::kw_exit) { Exit::Exit } else { Exit::Continue },
            label: self.name_in(node, Rule::end_label)?,
            condition: first(node, Rule::until_end).map(|condition| self.expression(&condition)),
        })
    }

    fn returned(&self, node: &Node<'_>) -> Parsed<Return> {
        if let Some(query) = first(node, Rule::return_query) {
            return match first(&query, Rule::sql_text) {
                Some(text) => Ok(Return::Query(Box::new(self.plain_sql(self.span(&text))))),
                None => self.dynamic(&query).map(Return::Execute),
            };
        }
        if let Some(next) = first(node, Rule::return_next) {
            return Ok(Return::Next(first(&next, Rule::until_end).map(|value| self.expression(&value))));
        }
        let value = first(node, Rule::until_end).map(|value| self.expression(&value));
        Ok(value.map_or(Return::Nothing, Return::Value))
    }

    fn raise(&self, node: &Node<'_>) -> Parsed<Raise> {
        let level = first(node, Rule::raise_level).map(|level| raise_level(level.as_str()));
        let message = if let Some(message) = first(node, Rule::raise_message) {
            let format = self.string(&self.one(&message, Rule::string)?)?;
            let arguments = all(&message, Rule::until_using).map(|argument| self.expression(&argument));
            Some(RaiseMessage::Format(format, arguments.collect()))
        } else if let Some(condition) = first(node, Rule::raise_condition) {
            Some(RaiseMessage::Condition(self.condition(&self.one(&condition, Rule::condition)?)?))
        } else {
            None
        };
        let mut options = Vec::new();
        for option in first(node, Rule::raise_options).iter().flat_map(|list| all(list, Rule::raise_option)) {
            let name = self.one(&option, Rule::word)?.as_str().to_ascii_lowercase();
            options.push((name, self.expression_in(&option, Rule::until_comma)?));
        }
        Ok(Raise { level, message, options })
    }

    fn assert(&self, node: &Node<'_>) -> Parsed<StatementKind> {
        let condition = self.expression_in(node, Rule::until_comma)?;
        let message = all(node, Rule::until_comma).nth(1).map(|message| self.expression(&message));
        Ok(StatementKind::Assert { condition, message })
    }
}

fn raise_level(word: &str) -> RaiseLevel {
    match word.to_ascii_lowercase().as_str() {
        "warning" => RaiseLevel::Warning,
        "notice" => RaiseLevel::Notice,
        "info" => RaiseLevel::Info,
        "log" => RaiseLevel::Log,
        "debug" => RaiseLevel::Debug,
        _ => RaiseLevel::Exception,
    }
}

fn transaction(node: &Node<'_>) -> StatementKind {
    let ending = if has(node, Rule::kw_commit) { Ending::Commit } else { Ending::Rollback };
    StatementKind::Transaction { ending, chain: has(node, Rule::kw_chain).then(|| !has(node, Rule::kw_no)) }
}
