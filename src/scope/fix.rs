//! The predicate that restricts a row-local statement to one tenant, offered as an edit.

use super::{Context, Judgement, Place};
use crate::catalog::Relation;
use crate::finding::Edit;
use crate::query::{DataStatement, ExprKind, Filter, Returning, Target};
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::token::TokenKind;

/// Offers to restrict an UPDATE or DELETE whose target nothing restricts.
pub(super) fn offer(context: &Context<'_>, statement: &Statement, place: Place<'_>, judgement: &mut Judgement) {
    let Statement::Data(data) = statement else { return };
    let (target, filter, returning) = match &**data {
        DataStatement::Update(update) => (&update.target, &update.filter, &update.returning),
        DataStatement::Delete(delete) => (&delete.target, &delete.filter, &delete.returning),
        _ => return,
    };
    let Some(predicate) = predicate(context, target) else { return };
    let [hole] = judgement.holes.as_mut_slice() else { return };
    hole.fix = edits(place, filter, returning, &predicate);
    hole.help = Some(format!(
        "restrict it: {}{predicate}\nor say that it is meant for all: -- tenet: all-tenants because <reason>",
        if *filter == Filter::None { "WHERE " } else { "AND " }
    ));
}

fn predicate(context: &Context<'_>, target: &Target) -> Option<String> {
    let relation: &Relation = context.catalog.relation(&target.name)?;
    let class = super::classes::classify(relation, context.catalog, context.tenancy);
    let column = class.tenant_column()?;
    let qualifier = target.alias.as_ref().map(|alias| format!("{alias}.")).unwrap_or_default();
    Some(format!("{qualifier}{column} = :'{}'", context.tenancy.parameter))
}

fn edits(place: Place<'_>, filter: &Filter, returning: &Option<Returning>, predicate: &str) -> Vec<Edit> {
    let insert = |at: u32, text: String| Edit { span: Span::new(at, at), text };
    let end = match returning {
        None => place.tokens.len(),
        Some(_) => match last_word(place, "returning") {
            Some(index) => index,
            None => return Vec::new(),
        },
    };
    let Some(last) = end.checked_sub(1).and_then(|index| place.tokens.get(index)) else { return Vec::new() };
    match filter {
        Filter::None => vec![insert(last.span.end, format!(" WHERE {predicate}"))],
        Filter::CurrentOf(_) => Vec::new(),
        Filter::Where(condition) if matches!(condition.kind, ExprKind::Or(_)) => {
            let first = last_word(place, "where").and_then(|index| place.tokens.get(index + 1));
            let Some(first) = first else { return Vec::new() };
            vec![insert(first.span.start, "(".into()), insert(last.span.end, format!(") AND {predicate}"))]
        }
        Filter::Where(_) => vec![insert(last.span.end, format!(" AND {predicate}"))],
    }
}

/// Finds the last word of this kind outside all parentheses.
fn last_word(place: Place<'_>, word: &str) -> Option<usize> {
    let mut depth = 0u32;
    let mut found = None;
    for (index, token) in place.tokens.iter().enumerate() {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => {
                let text = place.text.get(token.span.range()).unwrap_or("");
                found = if text.eq_ignore_ascii_case(word) { Some(index) } else { found };
            }
            _ => {}
        }
    }
    found
}
