//! Commands that a body puts together: followed where the text is known and only values come in.

use std::collections::BTreeSet;

use super::analysis::{Analysis, unfollowed};
use super::term::Term;
use super::value::Value;
use crate::pg::{Ident, TypeName};
use crate::procedure::{Expression, ExpressionKind};
use crate::query::{Expr, ExprKind, Literal};
use crate::scope::{Designator, Hole, Judgement};
use crate::statement::Statement;
use crate::syntax::read;
use crate::verdict::Scope;

/// A command whose text is known.
pub(super) struct Folded {
    /// The command.
    pub(super) statement: Statement,
    /// The values that stand in it behind those of USING.
    pub(super) given: Vec<Value>,
}

/// A piece of a command's text.
enum Piece {
    /// It is known.
    Text(String),
    /// A value, quoted as a literal.
    Literal(Expr),
    /// A value, quoted as an identifier.
    Identifier,
    /// A value, pasted as it is.
    Raw(Expr),
}

/// Stands for a name that is not known.
pub(in crate::scope) const UNKNOWN: &str = "a name that is not known";

impl Analysis<'_> {
    /// Puts a command together that is given so many values by USING.
    pub(super) fn fold(&mut self, command: &Expression, using: usize) -> Result<Folded, Hole> {
        let unknown = || unfollowed(command.span, "a command that is put together only when it runs");
        let ExpressionKind::Scalar(expr) = &command.kind else { return Err(unknown()) };
        let mut pieces = pieces(expr).ok_or_else(unknown)?;
        pieces.iter_mut().for_each(|piece| self.known_text(piece));
        spell(&mut pieces, |name| self.variables.is_integer(name));
        if pieces.iter().any(|piece| matches!(piece, Piece::Raw(_))) {
            self.supplied(&mut pieces).ok_or_else(unknown)?;
            // Whatever is said of the command with this text, another text may make it another command.
            self.beside.push(Judgement::open(Scope::Unprovable, unknown()));
        }
        let mut text = String::new();
        let mut given = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(&part),
                Piece::Raw(_) | Piece::Identifier => return Err(unknown()),
                Piece::Literal(value) => {
                    given.push(self.value(&value)?);
                    text.push_str(&format!("${}", using + given.len()));
                }
            }
        }
        let script = read::script(&text);
        let [only] = script.statements.as_slice() else { return Err(unknown()) };
        match &only.outcome {
            Ok(statement) => Ok(Folded { statement: statement.clone(), given }),
            Err(_) => Err(unknown()),
        }
    }
}

impl Analysis<'_> {
    /// A variable that was given a text that is written out stands for it.
    fn known_text(&self, piece: &mut Piece) {
        let Piece::Raw(value) = &*piece else { return };
        let ExprKind::Column(parts) = &value.kind else { return };
        let [name] = parts.as_slice() else { return };
        let Some(value) = self.variable(name, &[]) else { return };
        if let Term::Fixed(Designator::Literal(text)) = self.terms.get(value.term)
            && let Some(text) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))
        {
            *piece = Piece::Text(text.replace("''", "'"));
        }
    }

    /// Lets a caller supply the text that is pasted: a condition that always holds.
    fn supplied(&mut self, pieces: &mut [Piece]) -> Option<()> {
        let mut before = String::new();
        for piece in pieces {
            let Piece::Raw(value) = &*piece else {
                before = if let Piece::Text(text) = &*piece { text.to_ascii_lowercase() } else { String::new() };
                continue;
            };
            let is_condition = matches!(before.split_whitespace().last(), Some("where" | "and" | "or"));
            let is_compared = before.trim_end().ends_with('=');
            let ExprKind::Column(parts) = &value.kind else { return None };
            let [name] = parts.as_slice() else { return None };
            let value = self.entered.is_empty().then(|| self.variable(name, &[]))??;
            let own = Designator::LookedUp(format!("the argument `{name}`"));
            let is_argument = matches!(self.terms.get(value.term), Term::Fixed(found) if *found == own);
            if !(is_condition || is_compared) || !is_argument || !self.texts.contains(name) {
                return None;
            }
            before = if is_compared { "NULL OR true" } else { "true OR true" }.to_owned();
            *piece = Piece::Text(before.clone());
        }
        Some(())
    }
}

fn pieces(expr: &Expr) -> Option<Vec<Piece>> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(vec![Piece::Text(text.clone())]),
        ExprKind::Infix(left, operator, right) if operator.is("||") => {
            let mut all = pieces(left)?;
            all.extend(pieces(right)?);
            Some(all)
        }
        ExprKind::Call(call) if call.name.parts.len() == 1 && call.over.is_none() && call.filter.is_none() => {
            let arguments: Vec<&Expr> = call.arguments.iter().map(|argument| &argument.value).collect();
            match (call.name.last().as_str(), arguments.as_slice()) {
                ("quote_literal" | "quote_nullable", [value]) => Some(vec![Piece::Literal((*value).clone())]),
                ("quote_ident", [value]) => Some(vec![identifier(value)]),
                ("format", [format, rest @ ..]) => formatted(format, rest),
                _ => None,
            }
        }
        ExprKind::Column(_) => Some(vec![Piece::Raw(expr.clone())]),
        // What is joined to a text is one.
        ExprKind::Cast(operand, to) if matches!(operand.kind, ExprKind::Column(_)) && is_text(to) => pieces(operand),
        _ => None,
    }
}

fn is_text(to: &TypeName) -> bool {
    let is_plain = to.modifiers.is_empty() && to.bounds.is_empty() && !to.percent_type;
    is_plain && matches!(to.name.parts.as_slice(), [only] if *only == "text" || *only == "varchar")
}

/// A number that stands alone among the words of a command is a value like any other, whichever it is.
fn spell(pieces: &mut Vec<Piece>, is_integer: impl Fn(&Ident) -> bool) {
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    for at in 0..pieces.len() {
        let Piece::Raw(value) = &pieces[at] else { continue };
        let ExprKind::Column(parts) = &value.kind else { continue };
        let [name] = parts.as_slice() else { continue };
        let before = at.checked_sub(1).and_then(|before| pieces.get(before));
        let begins = matches!(before, Some(Piece::Text(text)) if text.ends_with([' ', '\n', '\t', '=', '(', ',']));
        let ends = match pieces.get(at + 1) {
            None => true,
            Some(Piece::Text(text)) => text.starts_with([' ', '\n', '\t', ')', ',', ';']),
            Some(_) => false,
        };
        if begins && ends && is_integer(name) {
            pieces[at] = Piece::Literal(value.clone());
        }
    }
}

/// `format` with `%L`, and with `%I` and `%s` of what is written out.
fn formatted(format: &Expr, arguments: &[&Expr]) -> Option<Vec<Piece>> {
    let text = string(format)?;
    let mut pieces = Vec::new();
    let mut arguments = arguments.iter();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('%') {
        pieces.push(Piece::Text(rest[..at].to_owned()));
        let kind = rest[at + 1..].chars().next()?;
        pieces.push(match kind {
            '%' => Piece::Text("%".to_owned()),
            'L' => Piece::Literal((*arguments.next()?).clone()),
            'I' => identifier(arguments.next()?),
            's' => {
                let value = *arguments.next()?;
                string(value).map_or_else(|| Piece::Raw(value.clone()), Piece::Text)
            }
            _ => return None,
        });
        rest = &rest[at + 1 + kind.len_utf8()..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}

/// Returns the command that a body puts together when its text is known but for quoted values, which stand in it as
/// `$1` and on, and names, which stand in it as [`UNKNOWN`].
pub(in crate::scope) fn template(command: &Expression, integers: &BTreeSet<Ident>) -> Option<Statement> {
    let ExpressionKind::Scalar(expr) = &command.kind else { return None };
    let mut text = String::new();
    let mut pieces = pieces(expr)?;
    spell(&mut pieces, |name| integers.contains(name));
    for (index, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Text(part) => text.push_str(&part),
            Piece::Literal(_) => text.push_str(&format!("${}", index + 1)),
            Piece::Identifier => text.push_str(&Ident::exact(UNKNOWN).to_string()),
            Piece::Raw(value) if is_of_trigger(&value) => text.push_str(&Ident::exact(UNKNOWN).to_string()),
            Piece::Raw(_) => return None,
        }
    }
    let mut script = read::script(&text);
    let only = script.statements.pop().filter(|_| script.statements.is_empty())?;
    only.outcome.ok()
}

/// Says whether a value is a name that PostgreSQL gives to a trigger.
fn is_of_trigger(value: &Expr) -> bool {
    let ExprKind::Column(parts) = &value.kind else { return false };
    let known = ["tg_name", "tg_relname", "tg_table_name", "tg_table_schema"];
    matches!(parts.as_slice(), [only] if known.contains(&only.as_str()))
}

fn identifier(expr: &Expr) -> Piece {
    string(expr).map_or(Piece::Identifier, |text| Piece::Text(Ident::exact(&text).to_string()))
}

fn string(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
        _ => None,
    }
}
