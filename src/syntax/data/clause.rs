//! What clauses are made of: where an expression ends, sort keys, windows, lists of output columns.

use crate::pg::Parts;
use crate::pg::keyword::{self, Folded};
use crate::query::{
    Expr, ExprKind, Frame, FrameBound, FrameExclusion, FrameUnits, Nulls, Operator, SelectItem, SortDirection,
    SortItem, Step, Window,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::{expression, leading_expression};
use crate::syntax::token::TokenKind;

/// Reserved words that no expression goes on behind at its own level.
const ENDS: &[&str] = &[
    "as",
    "asc",
    "desc",
    "except",
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "intersect",
    "into",
    "join",
    "limit",
    "offset",
    "on",
    "order",
    "returning",
    "then",
    "union",
    "using",
    "when",
    "where",
    "window",
];

/// Returns the index of the token before which the expression that starts here must end; `end` at the latest.
pub(super) fn boundary(cursor: &Cursor<'_>, end: usize) -> Parsed<usize> {
    let first = cursor.index();
    let mut at = first;
    let mut cases = 0u32;
    while at < end {
        let Some(token) = cursor.tokens(at, at + 1).first().copied() else { break };
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => {
                at = cursor.matching(at)?;
                continue;
            }
            TokenKind::Comma | TokenKind::RightParen | TokenKind::RightBracket | TokenKind::Semicolon => break,
            TokenKind::Word => {
                let text = cursor.slice(token.span);
                let behind = |back: usize| match cursor.tokens(at.saturating_sub(back), at).first() {
                    Some(token) if at >= first + back => *token,
                    _ => token,
                };
                let is_label = behind(1).kind == TokenKind::Dot && at > first;
                if !is_label {
                    if text.eq_ignore_ascii_case("case") {
                        cases += 1;
                    } else if text.eq_ignore_ascii_case("end") {
                        cases = cases.saturating_sub(1);
                    } else if cases == 0 && is_end(cursor, first, at, text) {
                        break;
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(at)
}

fn is_end(cursor: &Cursor<'_>, first: usize, at: usize, text: &str) -> bool {
    if !ENDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return false;
    }
    let before = |back: usize, word: &str| {
        at >= first + back
            && cursor
                .tokens(at - back, at - back + 1)
                .first()
                .is_some_and(|token| cursor.slice(token.span).eq_ignore_ascii_case(word))
    };
    // `IS DISTINCT FROM` and `WITHIN GROUP` belong to the expression.
    let distinct = text.eq_ignore_ascii_case("from") && before(1, "distinct") && (before(2, "is") || before(2, "not"));
    let within = text.eq_ignore_ascii_case("group") && before(1, "within");
    !distinct && !within
}

/// Says whether the parenthesis that opens here holds a query, perhaps in further parentheses.
///
/// `((SELECT 1) + 1)` and `((SELECT 1) AS a JOIN b …)` open two parentheses of which only the inner pair holds a query:
/// the outer one is a query's when behind the inner one comes its end, a set operator or another clause of a query.
pub fn holds_query(cursor: &Cursor<'_>) -> bool {
    let mut innermost = 0;
    while cursor.peek(innermost + 1).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        innermost += 1;
    }
    const STARTS: &[&str] = &["select", "with", "values", "table"];
    const GOES_ON: &[&str] = &["union", "intersect", "except", "order", "limit", "offset", "fetch", "for"];
    let open = cursor.index();
    STARTS.iter().any(|word| cursor.is_word_at(innermost + 1, word))
        && (1..=innermost).all(|inner| {
            let Ok(behind) = cursor.matching(open + inner) else { return false };
            let next = behind - open;
            cursor.peek(next).is_some_and(|token| token.kind == TokenKind::RightParen)
                || GOES_ON.iter().any(|word| cursor.is_word_at(next, word))
        })
}

/// Reads an expression that ends at a clause, a comma or a closing parenthesis.
pub(super) fn expr(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    let bound = boundary(cursor, end)?;
    leading_expression(cursor, bound)
}

/// Reads an expression or `DEFAULT`.
pub(super) fn expr_or_default(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    let span = cursor.here();
    if cursor.eat("default") { Ok(Expr::new(span, ExprKind::Default)) } else { expr(cursor, end) }
}

/// Reads sort keys.
pub(super) fn sort(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Vec<SortItem>> {
    cursor.list(|cursor| {
        // USING is an end of expressions; here an operator follows it.
        let expr = expr(cursor, end)?;
        let direction = if cursor.eat("asc") {
            SortDirection::Ascending
        } else if cursor.eat("desc") {
            SortDirection::Descending
        } else if cursor.eat("using") {
            let symbol = cursor.expect_kind(TokenKind::Operator)?;
            SortDirection::Using(Operator::plain(cursor.slice(symbol.span)))
        } else {
            SortDirection::Default
        };
        let nulls = if cursor.eat_words(&["nulls", "first"]) {
            Nulls::First
        } else if cursor.eat_words(&["nulls", "last"]) {
            Nulls::Last
        } else {
            Nulls::Default
        };
        Ok(SortItem { expr, direction, nulls })
    })
}

/// Reads the list of SELECT or RETURNING.
pub(super) fn items(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Vec<SelectItem>> {
    cursor.list(|cursor| item(cursor, end))
}

fn item(cursor: &mut Cursor<'_>, end: usize) -> Parsed<SelectItem> {
    let bound = boundary(cursor, end)?;
    let start = cursor.index();
    let is_star = |at: usize| {
        cursor
            .tokens(at, at + 1)
            .first()
            .is_some_and(|token| token.kind == TokenKind::Operator && cursor.slice(token.span) == "*")
    };
    if bound == start + 1 && is_star(start) {
        let span = cursor.advance()?.span;
        return Ok(SelectItem { expr: Expr::new(span, ExprKind::Star(Parts::new())), alias: None });
    }
    let dotted = bound >= start + 3
        && is_star(bound - 1)
        && cursor.tokens(bound - 2, bound - 1).first().is_some_and(|token| token.kind == TokenKind::Dot);
    if dotted {
        let composite = cursor.is(TokenKind::LeftParen);
        let base = expression(cursor, bound - 2)?;
        cursor.seek(bound);
        let span = cursor.span_from(start);
        return Ok(SelectItem { expr: Expr::new(span, star_of(base, composite)), alias: None });
    }
    let expr = leading_expression(cursor, bound)?;
    let bare = cursor.index() < bound && cursor.is_name(NameSort::Label) && is_bare(cursor);
    let alias = if cursor.eat("as") || bare { Some(cursor.name_of(NameSort::Label)?) } else { None };
    Ok(SelectItem { expr, alias })
}

fn is_bare(cursor: &Cursor<'_>) -> bool {
    !cursor.is(TokenKind::Word) || keyword::is_bare_label(Folded::new(cursor.peek_text(0)).as_str())
}

/// `t.*`, or `(t).*` when `t` is a composite value.
fn star_of(base: Expr, composite: bool) -> ExprKind {
    match base.kind {
        ExprKind::Column(parts) if !composite => ExprKind::Star(parts),
        ExprKind::Indirection(inner, mut steps) => {
            steps.push(Step::Star);
            ExprKind::Indirection(inner, steps)
        }
        kind => ExprKind::Indirection(Box::new(Expr::new(base.span, kind)), vec![Step::Star]),
    }
}

/// Reads a window definition, up to its closing parenthesis.
///
/// # Errors
///
/// No window definition stands here.
pub fn window(cursor: &mut Cursor<'_>) -> Parsed<Window> {
    let end = usize::MAX;
    let mut found = Window::default();
    const CLAUSES: &[&str] = &["partition", "range", "rows", "groups"];
    if cursor.is_name(NameSort::Column) && !CLAUSES.iter().any(|word| cursor.is_word(word)) {
        found.base = Some(cursor.ident()?);
    }
    if cursor.eat_words(&["partition", "by"]) {
        found.partition_by = cursor.list(|cursor| expr(cursor, end))?;
    }
    if cursor.eat_words(&["order", "by"]) {
        found.order_by = sort(cursor, end)?;
    }
    let units = match cursor.eat_one_of(&["range", "rows", "groups"]) {
        Some("range") => FrameUnits::Range,
        Some("rows") => FrameUnits::Rows,
        Some(_) => FrameUnits::Groups,
        None => return Ok(found),
    };
    found.frame = Some(frame(cursor, units)?);
    Ok(found)
}

fn frame(cursor: &mut Cursor<'_>, units: FrameUnits) -> Parsed<Frame> {
    let (start, end) = if cursor.eat("between") {
        let start = frame_bound(cursor)?;
        cursor.expect("and")?;
        (start, Some(frame_bound(cursor)?))
    } else {
        (frame_bound(cursor)?, None)
    };
    let exclude = if !cursor.eat("exclude") {
        None
    } else if cursor.eat_words(&["current", "row"]) {
        Some(FrameExclusion::CurrentRow)
    } else if cursor.eat("group") {
        Some(FrameExclusion::Group)
    } else if cursor.eat("ties") {
        Some(FrameExclusion::Ties)
    } else {
        cursor.expect_words(&["no", "others"])?;
        Some(FrameExclusion::NoOthers)
    };
    Ok(Frame { units, start, end, exclude })
}

fn frame_bound(cursor: &mut Cursor<'_>) -> Parsed<FrameBound> {
    if cursor.eat_words(&["current", "row"]) {
        return Ok(FrameBound::CurrentRow);
    }
    if cursor.eat_words(&["unbounded", "preceding"]) {
        return Ok(FrameBound::UnboundedPreceding);
    }
    if cursor.eat_words(&["unbounded", "following"]) {
        return Ok(FrameBound::UnboundedFollowing);
    }
    let mut at = cursor.index();
    loop {
        let Some(token) = cursor.tokens(at, at + 1).first() else { return Err(cursor.error("a frame bound")) };
        let text = cursor.slice(token.span);
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => at = cursor.matching(at)?,
            TokenKind::Word if text.eq_ignore_ascii_case("preceding") || text.eq_ignore_ascii_case("following") => {
                break;
            }
            TokenKind::RightParen => return Err(cursor.error("a frame bound")),
            _ => at += 1,
        }
    }
    let offset = Box::new(expression(cursor, at)?);
    if cursor.eat("preceding") {
        return Ok(FrameBound::Preceding(offset));
    }
    cursor.expect("following")?;
    Ok(FrameBound::Following(offset))
}
