//! Mutants: accepted statements with one thing changed that may matter.

pub mod bodies;

use tenet::query::visit::{self, Node};
use tenet::query::{Expr, ExprKind};
use tenet::source::Span;
use tenet::statement::Statement;
use tenet::syntax::read;
use tenet::syntax::token::{Token, TokenKind};

use crate::random::Random;

/// A place and what stands there instead.
type Edit = (Span, String);

/// Changes one thing in a statement; `None` when the change that was thrown finds no place.
pub fn mutate(text: &str, designator: &str, random: &mut Random) -> Option<String> {
    let read = read::script(text);
    let [statement] = read.statements.as_slice() else { return None };
    let Statement::Data(data) = statement.outcome.as_ref().ok()? else { return None };
    let mut exprs: Vec<&Expr> = Vec::new();
    visit::statement(data, &mut |node| {
        if let Node::Expr(expr) = node {
            exprs.push(expr);
        }
    });
    let tokens = read.script.tokens_of(&read.script.pieces[statement.piece]);
    let text_of = Text { text, tokens };
    let edits = match random.below(14) {
        0 | 1 => conjuncts(&exprs).map(|span| (span, "true".into())).collect(),
        2 => conjuncts(&exprs).map(|span| (span, format!("NOT ({})", &text[span.range()]))).collect(),
        3 => conjuncts(&exprs).map(|span| (span, format!("({}) IS NOT FALSE", &text[span.range()]))).collect(),
        4 => conjuncts(&exprs).map(|span| (span, format!("COALESCE({}, true)", &text[span.range()]))).collect(),
        5 => text_of.words("AND", "OR"),
        6 => text_of.operators(random),
        7 => text_of.joins(random),
        8 => text_of.words("WHERE", "AND"),
        9 | 10 => text_of.swapped(random),
        11 => text_of.narrower(),
        12 => text_of.parameters(designator, random),
        _ => text_of.without_partition(),
    };
    let (span, new) = random.pick(edits.get(..).filter(|edits: &&[Edit]| !edits.is_empty())?).clone();
    Some(format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]))
}

/// The conditions that are joined by AND.
fn conjuncts<'e>(exprs: &'e [&'e Expr]) -> impl Iterator<Item = Span> + 'e {
    let lists = exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::And(list) => Some(list),
        _ => None,
    });
    lists.flatten().map(|conjunct| conjunct.span)
}

struct Text<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Text<'_> {
    fn of(&self, token: &Token) -> &str {
        &self.text[token.span.range()]
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| self.of(token).eq_ignore_ascii_case(word))
    }

    /// One key word for another.
    fn words(&self, from: &str, to: &str) -> Vec<Edit> {
        let found = (0..self.tokens.len()).filter(|at| self.is(*at, from));
        found.map(|at| (self.tokens[at].span, to.to_owned())).collect()
    }

    /// Another comparison.
    fn operators(&self, random: &mut Random) -> Vec<Edit> {
        let others = ["<>", ">=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM", "<="];
        let found = self.tokens.iter().filter(|token| token.kind == TokenKind::Operator && self.of(token) == "=");
        found.map(|token| (token.span, (*random.pick(&others)).to_owned())).collect()
    }

    /// Another kind of join.
    fn joins(&self, random: &mut Random) -> Vec<Edit> {
        let mut edits = Vec::new();
        for at in (0..self.tokens.len()).filter(|at| self.is(*at, "JOIN")) {
            let kind = at.checked_sub(1).filter(|at| ["LEFT", "RIGHT", "FULL"].iter().any(|word| self.is(*at, word)));
            let is_bare = at == 0 || !["CROSS", "NATURAL", "INNER", "OUTER"].iter().any(|word| self.is(at - 1, word));
            let other = (*random.pick(&["LEFT", "RIGHT", "FULL"])).to_owned();
            match kind {
                Some(kind) => edits.push((self.tokens[kind].span, other)),
                None if is_bare => edits.push((self.tokens[at].span, format!("{other} JOIN"))),
                None => {}
            }
        }
        edits
    }

    /// The same column of another relation, or another column of the same.
    fn swapped(&self, random: &mut Random) -> Vec<Edit> {
        let is_name = |at: usize| matches!(self.tokens[at].kind, TokenKind::Word | TokenKind::QuotedIdent);
        let dots = (1..self.tokens.len().saturating_sub(1))
            .filter(|at| self.tokens[*at].kind == TokenKind::Dot && is_name(at - 1) && is_name(at + 1));
        let (mut qualifiers, mut columns) = (Vec::new(), Vec::new());
        for at in dots.clone() {
            qualifiers.push(self.of(&self.tokens[at - 1]));
            columns.push(self.of(&self.tokens[at + 1]));
        }
        let mut edits = Vec::new();
        for at in dots {
            edits.push((self.tokens[at - 1].span, (*random.pick(&qualifiers)).to_owned()));
            edits.push((self.tokens[at + 1].span, (*random.pick(&columns)).to_owned()));
            let qualified = Span::new(self.tokens[at - 1].span.start, self.tokens[at].span.end);
            edits.push((qualified, String::new()));
        }
        edits.retain(|(span, new)| self.text[span.range()] != **new);
        edits
    }

    /// A key or a list with one element less.
    fn narrower(&self) -> Vec<Edit> {
        let commas = (1..self.tokens.len().saturating_sub(1)).filter(|at| self.tokens[*at].kind == TokenKind::Comma);
        let mut edits = Vec::new();
        for at in commas {
            if self.tokens[at - 1].kind == TokenKind::Word
                && at >= 2
                && self.tokens[at - 2].kind == TokenKind::LeftParen
            {
                edits.push((Span::new(self.tokens[at - 1].span.start, self.tokens[at].span.end), String::new()));
            }
            if self.tokens[at + 1].kind == TokenKind::Word
                && self.tokens.get(at + 2).is_some_and(|next| next.kind == TokenKind::RightParen)
            {
                edits.push((Span::new(self.tokens[at].span.start, self.tokens[at + 1].span.end), String::new()));
            }
        }
        edits
    }

    /// Another value for the tenant.
    fn parameters(&self, designator: &str, random: &mut Random) -> Vec<Edit> {
        let others = ["3", "NULL", "$2", designator];
        let is_value =
            |token: &&Token| matches!(token.kind, TokenKind::Parameter | TokenKind::PsqlVariable | TokenKind::Number);
        let found = self.tokens.iter().filter(is_value);
        let mut edits: Vec<Edit> = found.map(|token| (token.span, (*random.pick(&others)).to_owned())).collect();
        edits.retain(|(span, new)| self.text[span.range()] != **new);
        edits
    }

    /// A window over all rows.
    fn without_partition(&self) -> Vec<Edit> {
        let starts = (0..self.tokens.len()).filter(|at| self.is(*at, "PARTITION") && self.is(at + 1, "BY"));
        let ends = starts.filter_map(|at| {
            let end = (at..self.tokens.len())
                .find(|end| self.tokens[*end].kind == TokenKind::RightParen || self.is(*end, "ORDER"))?;
            Some((Span::new(self.tokens[at].span.start, self.tokens[end - 1].span.end), String::new()))
        });
        ends.collect()
    }
}
