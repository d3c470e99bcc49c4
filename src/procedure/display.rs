//! Bodies as PL/pgSQL, one statement a line, precedence spelled out by parentheses.

use std::fmt::{self, Display};

use super::block::{Block, Branch, CompilerOption, Condition, DataType, Declaration, DeclarationKind, Handler, When};
use super::statement::{
    CursorArgument, DiagnosticsArea, Direction, Ending, Exit, Loop, LoopHeader, OpenSource, Raise, RaiseLevel,
    RaiseMessage, Return, Statement, StatementKind,
};
use super::text::{Dynamic, Expression, ExpressionKind, Into, Sql, SqlKind, Target, TargetRoot};
use super::{Procedure, SqlBody};
use crate::query::comma;

impl Display for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for option in &self.options {
            writeln!(f, "{option}")?;
        }
        Lines { out: f, depth: 0 }.block(&self.block)
    }
}

impl Display for SqlBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statements.iter().try_for_each(|statement| writeln!(f, "{statement};"))
    }
}

impl Display for CompilerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.name, self.value)
    }
}

/// Writes indented lines.
struct Lines<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    depth: usize,
}

impl Lines<'_, '_> {
    fn line(&mut self, text: impl Display) -> fmt::Result {
        writeln!(self.out, "{:width$}{text}", "", width = 4 * self.depth)
    }

    fn indented(&mut self, write: impl FnOnce(&mut Lines<'_, '_>) -> fmt::Result) -> fmt::Result {
        write(&mut Lines { out: self.out, depth: self.depth + 1 })
    }

    fn block(&mut self, block: &Block) -> fmt::Result {
        if let Some(label) = &block.label {
            self.line(format_args!("<<{label}>>"))?;
        }
        if !block.declarations.is_empty() {
            self.line("DECLARE")?;
            let declarations = &block.declarations;
            self.indented(|lines| declarations.iter().try_for_each(|entry| lines.line(format_args!("{entry};"))))?;
        }
        self.line("BEGIN")?;
        self.statements(&block.statements)?;
        if !block.handlers.is_empty() {
            self.line("EXCEPTION")?;
            self.indented(|lines| block.handlers.iter().try_for_each(|handler| lines.handler(handler)))?;
        }
        self.line("END;")
    }

    fn handler(&mut self, handler: &Handler) -> fmt::Result {
        let conditions: Vec<String> = handler.conditions.iter().map(ToString::to_string).collect();
        self.line(format_args!("WHEN {} THEN", conditions.join(" OR ")))?;
        self.statements(&handler.statements)
    }

    fn statements(&mut self, statements: &[Statement]) -> fmt::Result {
        self.indented(|lines| statements.iter().try_for_each(|statement| lines.statement(&statement.kind)))
    }

    fn statement(&mut self, kind: &StatementKind) -> fmt::Result {
        match kind {
            StatementKind::Block(block) => self.block(block),
            StatementKind::If { branches, otherwise } => {
                let words = std::iter::once("IF").chain(std::iter::repeat("ELSIF"));
                for (word, Branch { condition, statements }) in words.zip(branches) {
                    self.branch(word, condition, statements)?;
                }
                self.otherwise(otherwise.as_deref())?;
                self.line("END IF;")
            }
            StatementKind::Case { operand, branches, otherwise } => {
                match operand {
                    Some(operand) => self.line(format_args!("CASE {operand}"))?,
                    None => self.line("CASE")?,
                }
                for When { values, statements } in branches {
                    self.branch("WHEN", List(values), statements)?;
                }
                self.otherwise(otherwise.as_deref())?;
                self.line("END CASE;")
            }
            StatementKind::Loop(found) => self.repeated(found),
            simple => self.line(format_args!("{};", Simple(simple))),
        }
    }

    fn branch(&mut self, word: &str, condition: impl Display, statements: &[Statement]) -> fmt::Result {
        self.line(format_args!("{word} {condition} THEN"))?;
        self.statements(statements)
    }

    fn otherwise(&mut self, statements: Option<&[Statement]>) -> fmt::Result {
        let Some(statements) = statements else { return Ok(()) };
        self.line("ELSE")?;
        self.statements(statements)
    }

    fn repeated(&mut self, found: &Loop) -> fmt::Result {
        if let Some(label) = &found.label {
            self.line(format_args!("<<{label}>>"))?;
        }
        self.line(format_args!("{}LOOP", found.header))?;
        self.statements(&found.statements)?;
        self.line("END LOOP;")
    }
}

impl Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        match &self.kind {
            DeclarationKind::Alias(target) => write!(f, "ALIAS FOR {target}"),
            DeclarationKind::Cursor { scroll, parameters, query } => {
                write!(f, "{}CURSOR ", scroll_words(*scroll))?;
                if !parameters.is_empty() {
                    let list: Vec<String> = parameters.iter().map(|p| format!("{} {}", p.name, p.data_type)).collect();
                    write!(f, "({}) ", list.join(", "))?;
                }
                write!(f, "FOR {query}")
            }
            DeclarationKind::Variable { constant, data_type, collation, not_null, default } => {
                write!(f, "{}{data_type}", if *constant { "CONSTANT " } else { "" })?;
                collation.iter().try_for_each(|collation| write!(f, " COLLATE {collation}"))?;
                f.write_str(if *not_null { " NOT NULL" } else { "" })?;
                default.iter().try_for_each(|default| write!(f, " := {default}"))
            }
        }
    }
}

fn scroll_words(scroll: Option<bool>) -> &'static str {
    match scroll {
        None => "",
        Some(true) => "SCROLL ",
        Some(false) => "NO SCROLL ",
    }
}

impl Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Type(name) => write!(f, "{name}"),
            DataType::RowType { relation, dimensions } => write!(f, "{relation}%ROWTYPE{}", "[]".repeat(*dimensions)),
            DataType::Opaque(opaque) => f.write_str(&opaque.text),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Name(name) => write!(f, "{name}"),
            Condition::SqlState(code) => write!(f, "SQLSTATE '{}'", code.replace('\'', "''")),
        }
    }
}

impl Display for LoopHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoopHeader::Forever => Ok(()),
            LoopHeader::While(condition) => write!(f, "WHILE {condition} "),
            LoopHeader::Integer { variable, reverse, low, high, step } => {
                write!(f, "FOR {variable} IN {}{low}..{high} ", if *reverse { "REVERSE " } else { "" })?;
                step.iter().try_for_each(|step| write!(f, "BY {step} "))
            }
            LoopHeader::Query { targets, query } => write!(f, "FOR {} IN {query} ", List(targets)),
            LoopHeader::Cursor { targets, cursor, arguments } => {
                write!(f, "FOR {} IN {cursor}{} ", List(targets), Arguments(arguments))
            }
            LoopHeader::Execute { targets, command } => write!(f, "FOR {} IN EXECUTE {command} ", List(targets)),
            LoopHeader::Array { targets, slice, array } => {
                write!(f, "FOREACH {} ", List(targets))?;
                if *slice > 0 {
                    write!(f, "SLICE {slice} ")?;
                }
                write!(f, "IN ARRAY {array} ")
            }
        }
    }
}

/// Items with commas between.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        comma(f, self.0)
    }
}

/// Arguments of a bound cursor; nothing when there are none.
struct Arguments<'a>(&'a [CursorArgument]);

impl Display for Arguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "({})", List(self.0)) }
    }
}

impl Display for CursorArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.iter().try_for_each(|name| write!(f, "{name} := "))?;
        write!(f, "{}", self.value)
    }
}

/// A statement that holds no others.
struct Simple<'a>(&'a StatementKind);

impl Display for Simple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use StatementKind as K;
        match self.0 {
            K::Block(_) | K::If { .. } | K::Case { .. } | K::Loop(_) => Ok(()),
            K::Assign { target, value } => write!(f, "{target} := {value}"),
            K::Exit { kind, label, condition } => {
                f.write_str(if *kind == Exit::Exit { "EXIT" } else { "CONTINUE" })?;
                label.iter().try_for_each(|label| write!(f, " {label}"))?;
                condition.iter().try_for_each(|condition| write!(f, " WHEN {condition}"))
            }
            K::Return(found) => write!(f, "{found}"),
            K::Raise(raise) => write!(f, "{raise}"),
            K::Assert { condition, message } => {
                write!(f, "ASSERT {condition}")?;
                message.iter().try_for_each(|message| write!(f, ", {message}"))
            }
            K::Perform(query) => write!(f, "PERFORM {query}"),
            K::Execute { command, into } => {
                write!(f, "EXECUTE {}", command.command)?;
                into.iter().try_for_each(|into| write!(f, " {into}"))?;
                using(f, &command.using)
            }
            K::GetDiagnostics { area, items } => {
                let area = if *area == DiagnosticsArea::Stacked { "STACKED " } else { "" };
                let items: Vec<String> = items.iter().map(|item| format!("{} = {}", item.target, item.item)).collect();
                write!(f, "GET {area}DIAGNOSTICS {}", items.join(", "))
            }
            K::Open { cursor, source } => write!(f, "OPEN {cursor}{source}"),
            K::Fetch { direction, cursor, into } => {
                f.write_str("FETCH ")?;
                direction.iter().try_for_each(|direction| write!(f, "{direction}"))?;
                write!(f, "{cursor}")?;
                into.iter().try_for_each(|into| write!(f, " {into}"))
            }
            K::Move { direction, cursor } => {
                f.write_str("MOVE ")?;
                direction.iter().try_for_each(|direction| write!(f, "{direction}"))?;
                write!(f, "{cursor}")
            }
            K::Close(cursor) => write!(f, "CLOSE {cursor}"),
            K::Transaction { ending, chain } => {
                f.write_str(if *ending == Ending::Commit { "COMMIT" } else { "ROLLBACK" })?;
                let words = |chain| if chain { " AND CHAIN" } else { " AND NO CHAIN" };
                chain.map_or(Ok(()), |chain| f.write_str(words(chain)))
            }
            K::Null => f.write_str("NULL"),
            K::Sql(sql) => write!(f, "{sql}"),
            K::Opaque(opaque) => f.write_str(&opaque.text),
        }
    }
}

impl Display for Return {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Return::Nothing => f.write_str("RETURN"),
            Return::Value(value) => write!(f, "RETURN {value}"),
            Return::Next(None) => f.write_str("RETURN NEXT"),
            Return::Next(Some(value)) => write!(f, "RETURN NEXT {value}"),
            Return::Query(query) => write!(f, "RETURN QUERY {query}"),
            Return::Execute(command) => write!(f, "RETURN QUERY EXECUTE {command}"),
        }
    }
}

impl Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RAISE")?;
        self.level.iter().try_for_each(|level| write!(f, " {}", level.as_str()))?;
        match &self.message {
            None => {}
            Some(RaiseMessage::Condition(condition)) => write!(f, " {condition}")?,
            Some(RaiseMessage::Format(format, arguments)) => {
                write!(f, " '{}'", format.replace('\'', "''"))?;
                arguments.iter().try_for_each(|argument| write!(f, ", {argument}"))?;
            }
        }
        for (at, (name, value)) in self.options.iter().enumerate() {
            write!(f, "{} {name} = {value}", if at == 0 { " USING" } else { "," })?;
        }
        Ok(())
    }
}

impl RaiseLevel {
    /// Returns the word in upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            RaiseLevel::Exception => "EXCEPTION",
            RaiseLevel::Warning => "WARNING",
            RaiseLevel::Notice => "NOTICE",
            RaiseLevel::Info => "INFO",
            RaiseLevel::Log => "LOG",
            RaiseLevel::Debug => "DEBUG",
        }
    }
}

impl Display for OpenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenSource::Bound(arguments) => write!(f, "{}", Arguments(arguments)),
            OpenSource::Query { scroll, query } => write!(f, " {}FOR {query}", scroll_words(*scroll)),
            OpenSource::Execute { scroll, command } => write!(f, " {}FOR EXECUTE {command}", scroll_words(*scroll)),
        }
    }
}

impl Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.words.is_empty() {
            write!(f, "{} ", self.words.to_ascii_uppercase())?;
        }
        self.count.iter().try_for_each(|count| write!(f, "{count} "))?;
        f.write_str("FROM ")
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExpressionKind::Scalar(expr) => write!(f, "{expr}"),
            // PL/pgSQL adds the SELECT itself.
            ExpressionKind::Query(query) => {
                let text = query.to_string();
                match text.strip_prefix("SELECT ") {
                    Some(rest) => f.write_str(rest),
                    None => write!(f, "({text})"),
                }
            }
            ExpressionKind::Opaque(opaque) => f.write_str(&opaque.text),
        }
    }
}

impl Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SqlKind::Statement(statement) => write!(f, "{statement}")?,
            SqlKind::Opaque(opaque) => f.write_str(opaque.text.trim_end())?,
        }
        // PL/pgSQL takes INTO anywhere; at the end it stands in the way of nothing.
        self.into.iter().try_for_each(|into| write!(f, " {into}"))
    }
}

impl Display for Into {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INTO {}{}", if self.strict { "STRICT " } else { "" }, List(&self.targets))
    }
}

impl Display for Dynamic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.command)?;
        using(f, &self.using)
    }
}

fn using(f: &mut fmt::Formatter<'_>, values: &[Expression]) -> fmt::Result {
    if values.is_empty() { Ok(()) } else { write!(f, " USING {}", List(values)) }
}

impl Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            TargetRoot::Name(name) => write!(f, "{name}")?,
            TargetRoot::Parameter(number) => write!(f, "${number}")?,
        }
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}
