//! Applying the edits of findings to a text.

use crate::finding::Edit;

/// Applies fixes, each wholly or not at all, and says how many were applied.
///
/// A fix that touches what an earlier one changed is left for the next check: it may be needless by then.
pub fn apply(text: &str, fixes: &[&[Edit]]) -> (String, usize) {
    let mut chosen: Vec<&Edit> = Vec::new();
    let mut applied = 0;
    for fix in fixes {
        let fits = fix.iter().all(|edit| text.get(edit.span.range()).is_some());
        if fits && !fix.iter().any(|edit| chosen.iter().any(|other| collides(edit, other))) {
            chosen.extend(fix.iter());
            applied += 1;
        }
    }
    chosen.sort();
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in chosen {
        fixed.push_str(&text[at..edit.span.range().start]);
        fixed.push_str(&edit.text);
        at = edit.span.range().end;
    }
    fixed.push_str(&text[at..]);
    (fixed, applied)
}

/// Two insertions at one place collide too: their order would be a matter of luck.
fn collides(a: &Edit, b: &Edit) -> bool {
    a.span.start == b.span.start || (a.span.start < b.span.end && b.span.start < a.span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn fixes_are_applied_wholly_or_not_at_all() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.to_owned() };
        let quotes = [edit(5, 5, "'"), edit(1, 1, "'")];
        let overlapping = [edit(0, 1, "x"), edit(4, 6, "y")];
        let beyond = [edit(9, 99, "z")];
        let (text, applied) = apply(":name = 1", &[&quotes, &overlapping, &beyond]);
        assert_eq!((text.as_str(), applied), (":'name' = 1", 1));
    }
}
