//! One comment: whether it is a directive, and which.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

use super::{Directive, History, Problem, Text};
use crate::nearest::{distance, nearest};
use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::source::Span;
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::lexer::tokens_of;
use crate::syntax::token::TokenKind;
use crate::syntax::{parse, token};

#[derive(Parser)]
#[grammar = "grammar/directive.pest"]
struct Grammar;

/// What a comment is.
#[derive(Debug)]
pub(super) enum Line {
    Ordinary,
    /// `rollback`: the inverse follows.
    Rollback,
    /// `end`: the inverse ends.
    End,
    Directive(Directive),
    Problem(Problem),
}

/// The first word of each directive, and its form.
const FORMS: &[(&str, &str)] = &[
    ("allow", "allow <rule> because <reason>"),
    ("rollback", "rollback"),
    ("end", "end"),
    ("irreversible", "irreversible because <reason>"),
    ("fill", "fill <column> with <expression>"),
    ("all-tenants", "all-tenants because <reason>"),
    ("batch", "batch <rows>"),
    ("after", "after shared|tenant <version>"),
    ("renamed", "renamed from <old name>"),
];

/// Reads the comment at this place.
pub(super) fn read(text: &str, span: Span) -> Line {
    let comment = text.get(span.range()).unwrap_or("").trim_end();
    let span = Span::new(span.start, span.start + comment.len() as u32);
    if comment.starts_with("/*") {
        return block(comment, span);
    }
    if let Ok(opening) = Grammar::parse(Rule::opening, comment) {
        let opened = opening.as_str().len() as u32;
        return directive(text, Span::new(span.start + opened, span.end)).unwrap_or_else(Line::Problem);
    }
    match near_miss(text, comment, span) {
        Some(message) => Line::Problem(Problem { span, message, nearest: Some("tenet:") }),
        None => Line::Ordinary,
    }
}

/// A block comment holds no directive, but may be meant to.
fn block(comment: &str, span: Span) -> Line {
    let mut start = span.start;
    for line in comment.split_inclusive('\n') {
        if let Ok(found) = Grammar::parse(Rule::block, line) {
            let rest = found.flatten().find(|pair| pair.as_rule() == Rule::rest);
            let rest = rest.map_or("", |rest| rest.as_str().trim_end_matches(['*', '/', ' ', '\t', '\r', '\n']));
            let form = if rest.is_empty() { "…" } else { rest };
            let message = format!("a directive stands in a line comment: `-- tenet: {form}`");
            let span = Span::new(start, start + line.trim_end().len() as u32);
            return Line::Problem(Problem { span, message, nearest: None });
        }
        start += line.len() as u32;
    }
    Line::Ordinary
}

/// Says what is wrong with a comment that is nearly a directive; `None` when it is an ordinary one.
fn near_miss(text: &str, comment: &str, span: Span) -> Option<String> {
    let pairs = Grammar::parse(Rule::loose, comment).ok()?.next()?.into_inner();
    let part = |wanted| pairs.clone().find(|pair: &Pair<'_, Rule>| pair.as_rule() == wanted);
    let name = part(Rule::name)?.as_str();
    let colon = part(Rule::mark).is_some_and(|mark| mark.as_str().contains(':'));
    let rest = part(Rule::rest).map(|rest| place(span.start, &rest));
    let reads = || rest.is_some_and(|rest| directive(text, rest).is_ok());
    let one_word = || part(Rule::rest).is_some_and(|rest| !rest.as_str().contains(char::is_whitespace));
    let meant = match distance(name, "tenet") {
        0 => colon || reads(),
        1 => colon && reads(),
        // `-- tenant: end` may well be an ordinary comment.
        2 => colon && reads() && !one_word(),
        _ => false,
    };
    let rest = part(Rule::rest).map_or("…", |rest| rest.as_str());
    meant.then(|| format!("a directive opens with `-- tenet: `; write `-- tenet: {rest}`"))
}

/// Reads what stands behind the opening.
fn directive(text: &str, span: Span) -> Result<Line, Problem> {
    let body = text.get(span.range()).unwrap_or("");
    let word = body.split([' ', '\t']).next().unwrap_or("");
    let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == word) else {
        return Err(unknown(word, span));
    };
    let pairs = Grammar::parse(Rule::directive, body).map_err(|error| malformed(&error, form, span))?;
    let kind = pairs.flatten().find(|pair| !matches!(pair.as_rule(), Rule::directive));
    let Some(kind) = kind else { return Err(unknown(word, span)) };
    lower(text, span.start, kind).map_err(|mut problem| {
        problem.message.push_str(&format!("; the form is `{form}`"));
        problem
    })
}

fn unknown(word: &str, span: Span) -> Problem {
    let words: Vec<&str> = FORMS.iter().map(|(word, _)| *word).collect();
    let nearest = nearest(word, words.iter().copied()).and_then(|near| FORMS.iter().find(|(known, _)| *known == near));
    let known = words.join("`, `");
    let message = match (word, nearest) {
        ("", _) => format!("no directive behind `tenet:`; understood are `{known}`"),
        (_, Some((_, form))) => format!("unknown directive `{word}`; did you mean `{form}`?"),
        (_, None) => format!("unknown directive `{word}`; understood are `{known}`"),
    };
    let span = Span::new(span.start, span.start + word.len() as u32);
    Problem { span, message, nearest: nearest.map(|(word, _)| *word) }
}

fn malformed(error: &pest::error::Error<Rule>, form: &str, span: Span) -> Problem {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => span.start + at as u32,
    };
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.iter().map(|part| in_words(*part)).collect(),
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let expected = if expected.is_empty() { "nothing more".into() } else { expected.join(" or ") };
    let message = format!("expected {expected}; the form is `{form}`");
    Problem { span: Span::new(at, span.end), message, nearest: None }
}

/// Names a part of a directive the way its author would.
fn in_words(part: Rule) -> &'static str {
    match part {
        Rule::opening => "`-- tenet: `",
        Rule::loose | Rule::block | Rule::directive => "a directive",
        Rule::allow => "`allow`",
        Rule::rollback => "`rollback`",
        Rule::end => "`end`",
        Rule::irreversible => "`irreversible`",
        Rule::fill => "`fill`",
        Rule::all_tenants => "`all-tenants`",
        Rule::batch => "`batch`",
        Rule::after => "`after`",
        Rule::renamed => "`renamed`",
        Rule::because => "`because`",
        Rule::with => "`with`",
        Rule::from => "`from`",
        Rule::rule_id => "a rule such as `lock/table-rewrite`",
        Rule::reason => "a reason",
        Rule::column => "a column",
        Rule::expression => "an expression",
        Rule::rows => "a number of rows",
        Rule::history => "`shared` or `tenant`",
        Rule::version => "a version such as `0007`",
        Rule::old => "the old name",
        Rule::name => "`tenet`",
        Rule::mark => "`:`",
        Rule::EOI | Rule::gap | Rule::blank => "the end of the line",
        Rule::rest | Rule::kebab | Rule::ident | Rule::word_start | Rule::word_part => "a word",
    }
}

fn place(start: u32, pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span::new(start + span.start() as u32, start + span.end() as u32)
}

fn lower(text: &str, start: u32, pair: Pair<'_, Rule>) -> Result<Line, Problem> {
    let kind = pair.as_rule();
    let mut parts = pair.into_inner();
    let mut next = |wanted| piece(&mut parts, start, wanted);
    Ok(Line::Directive(match kind {
        Rule::rollback => return Ok(Line::Rollback),
        Rule::end => return Ok(Line::End),
        Rule::allow => Directive::Allow { rule: next(Rule::rule_id), reason: next(Rule::reason) },
        Rule::irreversible => Directive::Irreversible(next(Rule::reason)),
        Rule::all_tenants => Directive::AllTenants(next(Rule::reason)),
        Rule::batch => Directive::Batch(rows(&next(Rule::rows))?),
        Rule::after => {
            let history = if next(Rule::history).text == "shared" { History::Shared } else { History::Tenant };
            Directive::After(history, next(Rule::version))
        }
        Rule::renamed => Directive::RenamedFrom(name(text, &next(Rule::old))?),
        _ => Directive::Fill {
            column: name(text, &next(Rule::column))?,
            value: Box::new(value(text, next(Rule::expression).span)?),
        },
    }))
}

/// The next part of this kind, as written; the grammar has seen to it that there is one.
fn piece(parts: &mut Pairs<'_, Rule>, start: u32, wanted: Rule) -> Text {
    let found = parts.find(|pair| pair.as_rule() == wanted);
    found.map_or(Text { text: String::new(), span: Span::default() }, |pair| Text {
        text: pair.as_str().to_string(),
        span: place(start, &pair),
    })
}

fn rows(text: &Text) -> Result<u32, Problem> {
    text.text.parse().ok().filter(|rows| *rows > 0).ok_or_else(|| Problem {
        span: text.span,
        message: format!("a batch has between 1 and {} rows", u32::MAX),
        nearest: None,
    })
}

fn value(text: &str, span: Span) -> Result<Expr, Problem> {
    parse::expression(text, &tokens_of(text, span)).map_err(problem)
}

fn name(text: &str, written: &Text) -> Result<Name, Problem> {
    let tokens = tokens_of(text, written.span);
    dotted(&mut Cursor::new(text, &tokens))
        .map(|parts| Name { parts: parts.into(), span: written.span })
        .map_err(problem)
}

fn dotted(cursor: &mut Cursor<'_>) -> Parsed<Vec<Ident>> {
    let mut parts = Vec::new();
    loop {
        let token = cursor.advance()?;
        let ident = token::ident(token.kind, cursor.slice(token.span));
        parts.push(ident.map_err(|message| SyntaxError { span: token.span, message: message.into() })?);
        if !cursor.eat_kind(TokenKind::Dot) {
            return cursor.finish().map(|()| parts);
        }
    }
}

fn problem(error: SyntaxError) -> Problem {
    Problem { span: error.span, message: error.message, nearest: None }
}
