//! What is said of a statement that is not proved: why, where, and the predicate that would prove it.
//!
//! Advice is tried before it is given: a fix is offered only where the statement, with the fix in it, is proved.

mod block;
mod given;
mod reason;
mod remedy;
mod text;
pub(super) mod witness;

use self::block::Blocks;
use self::remedy::{Bench, Remedy, tenant};
use self::text::Text;
use super::judgement::{Hole, Judgement, UseOf};
use super::{Context, Place, judged, survey};
use crate::finding::Edit;
use crate::query::DataStatement;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::session::Statement as Session;
use crate::syntax::read;
use crate::verdict::Scope;

/// Statements beyond this size are judged, but no fix is tried on them.
const SIZE: usize = 16 << 10;

/// How often a statement is judged anew in the search for a fix.
const TRIES: usize = 12;

/// Says why a statement is not proved, and offers what would prove it.
pub(super) fn advise(context: &Context<'_>, statement: &Statement, place: Place<'_>, judgement: &mut Judgement) {
    if matches!(judgement.scope, Scope::Scoped | Scope::NotApplicable) || judgement.holes.is_empty() {
        return;
    }
    each_data(statement, place.text, &mut |data, _| reason::explain(context, data, judgement));
    for (span, _) in judgement.holes.iter_mut().flat_map(|hole| &mut hole.labels) {
        *span = span.closed(place.text);
    }
    let found = Search::new(context, place).run(judgement);
    if let Some(fix) = found {
        offer(judgement, fix);
    }
}

/// Calls `meet` with every statement on rows that stands in the file's own text, and whether it stands in a body.
fn each_data(statement: &Statement, text: &str, meet: &mut dyn FnMut(&DataStatement, bool)) {
    let mut found = |inner: &str, found: survey::Found<'_>| {
        if let survey::Found::Statement(Statement::Data(data)) = found
            && std::ptr::eq(inner, text)
        {
            meet(data, true);
        }
    };
    match statement {
        Statement::Data(data) => meet(data, false),
        Statement::Object(object) => {
            if let Object::CreateFunction(function) = &**object {
                survey::routine(text, function, &mut found);
            }
        }
        Statement::Session(session) => {
            if let Session::Do(block) = &**session {
                survey::block(text, block, &mut found);
            }
        }
        Statement::Relation(_) => {}
    }
}

/// A statement that is proved with these edits.
struct Fix {
    edits: Vec<Edit>,
    /// For each row what ties it, by its place in the statement as it is written.
    words: Vec<(Span, String)>,
}

struct Search<'c> {
    context: &'c Context<'c>,
    place: Place<'c>,
    tries: usize,
}

/// A statement on the way to a proof.
struct Draft {
    text: String,
    statement: Statement,
    judgement: Judgement,
    /// The edits so far, on the statement as it was.
    edits: Vec<Edit>,
    words: Vec<(Span, String)>,
}

impl<'c> Search<'c> {
    fn new(context: &'c Context<'c>, place: Place<'c>) -> Self {
        Search { context, place, tries: TRIES }
    }

    fn run(mut self, judgement: &Judgement) -> Option<Fix> {
        let (first, last) = (self.place.tokens.first()?.span, self.place.tokens.last()?.span);
        let whole = first.to(last);
        if whole.range().len() > SIZE || !judgement.holes.iter().any(|hole| hole.about.is_some()) {
            return None;
        }
        let text = self.place.text.get(whole.range())?.to_owned();
        let mut draft = self.draft(text.clone(), Vec::new(), Vec::new())?;
        while draft.judgement.scope != Scope::Scoped {
            draft = self.next(&draft)?;
        }
        if crate::fix::apply(&text, &[&draft.edits]).0 != draft.text {
            return None;
        }
        let shift = |span: Span| span.shifted(whole.start);
        let edits = draft.edits.into_iter().map(|edit| Edit { span: shift(edit.span), ..edit }).collect();
        let words = draft.words.into_iter().map(|(span, words)| (shift(span), words)).collect();
        Some(Fix { edits, words })
    }

    fn draft(&mut self, text: String, edits: Vec<Edit>, words: Vec<(Span, String)>) -> Option<Draft> {
        self.tries = self.tries.checked_sub(1)?;
        let mut read = read::script(&text);
        let [_] = read.statements.as_slice() else { return None };
        let statement = read.statements.pop()?.outcome.ok()?;
        let judgement = judged(self.context, &statement, &text).ok()?.settled();
        Some(Draft { text, statement, judgement, edits, words })
    }

    /// Ties one more row, so that fewer are left.
    fn next(&mut self, draft: &Draft) -> Option<Draft> {
        let mut holes: Vec<&Hole> = draft.judgement.holes.iter().filter(|hole| hole.about.is_some()).collect();
        holes.sort_by_key(|hole| hole.about.as_ref().map(|about| about.use_of == UseOf::Read));
        for hole in holes {
            for remedy in self.remedies(draft, hole) {
                if let Some(next) = self.tried(draft, hole, &remedy) {
                    return Some(next);
                }
            }
        }
        None
    }

    fn remedies(&self, draft: &Draft, hole: &Hole) -> Vec<Remedy> {
        let Some(about) = &hole.about else { return Vec::new() };
        let read = read::script(&draft.text);
        let Some(piece) = read.statements.first().and_then(|found| read.script.pieces.get(found.piece)) else {
            return Vec::new();
        };
        let place = Place { text: &draft.text, tokens: read.script.tokens_of(piece), session: self.place.session };
        let text = Text::around(place, hole.span);
        let mut remedies = Vec::new();
        each_data(&draft.statement, &draft.text, &mut |data, in_body| {
            let blocks = Blocks::of(data);
            let tenant = tenant(self.context, about, data, (self.place.session, in_body));
            let bench = Bench { context: self.context, blocks: &blocks, text: &text, tenant: tenant.as_deref() };
            remedies.extend(bench.remedies(hole.span, about));
        });
        remedies
    }

    fn tried(&mut self, draft: &Draft, hole: &Hole, remedy: &Remedy) -> Option<Draft> {
        let (text, applied) = crate::fix::apply(&draft.text, &[&remedy.edits]);
        if applied != 1 {
            return None;
        }
        let mut edits = draft.edits.clone();
        // From the last to the first: those before do not move what stands before them.
        let mut added: Vec<&Edit> = remedy.edits.iter().collect();
        added.sort();
        for edit in added.into_iter().rev() {
            merge(&mut edits, edit)?;
        }
        let mut words = draft.words.clone();
        words.push((original(&draft.edits, hole.span)?, remedy.words.clone()));
        let next = self.draft(text, edits, words)?;
        let is_better = next.judgement.scope == Scope::Scoped
            || next.judgement.holes.len() < draft.judgement.holes.len()
            || draft.judgement.scope == Scope::Aligned && next.judgement.holes.iter().all(|hole| hole.about.is_some());
        is_better.then_some(next)
    }
}

/// Returns where a place of an edited text was before the edits; `None` within one.
fn original(edits: &[Edit], span: Span) -> Option<Span> {
    let mut shift = 0i64;
    for edit in edits {
        let start = i64::from(edit.span.start) + shift;
        let length = edit.text.len() as i64;
        if i64::from(span.start) < start || i64::from(span.end) <= start && span.start != span.end {
            break;
        }
        if i64::from(span.start) < start + length {
            return None;
        }
        shift += length - i64::from(edit.span.end - edit.span.start);
    }
    let back = |at: u32| u32::try_from(i64::from(at) - shift).ok();
    Some(Span::new(back(span.start)?, back(span.end)?))
}

/// Adds an edit of an edited text to those that were made before, as one of the text before them.
fn merge(edits: &mut Vec<Edit>, edit: &Edit) -> Option<()> {
    let mut shift = 0i64;
    for (at, known) in edits.iter_mut().enumerate() {
        let start = i64::from(known.span.start) + shift;
        let end = start + known.text.len() as i64;
        let place = i64::from(edit.span.start);
        if place < start {
            let at_start = |at: u32| u32::try_from(i64::from(at) - shift).ok();
            let span = Span::new(at_start(edit.span.start)?, at_start(edit.span.end)?);
            edits.insert(at, Edit { span, text: edit.text.clone() });
            return Some(());
        }
        if place <= end {
            // It goes into what was put in before.
            let within = usize::try_from(place - start).ok()?;
            if edit.span.start != edit.span.end || !known.text.is_char_boundary(within) {
                return None;
            }
            known.text.insert_str(within, &edit.text);
            return Some(());
        }
        shift += known.text.len() as i64 - i64::from(known.span.end - known.span.start);
    }
    let back = |at: u32| u32::try_from(i64::from(at) - shift).ok();
    edits.push(Edit { span: Span::new(back(edit.span.start)?, back(edit.span.end)?), text: edit.text.clone() });
    Some(())
}

/// Gives the fix to the first finding that it is about, and says to each what ties its row; reads that follow from these
/// are no finding of their own.
fn offer(judgement: &mut Judgement, fix: Fix) {
    let is_aligned = judgement.scope == Scope::Aligned;
    let own = |hole: &Hole| fix.words.iter().find(|(span, _)| *span == hole.span).map(|(_, words)| words.clone());
    let is_read = |hole: &Hole| hole.about.as_ref().is_some_and(|about| about.use_of == UseOf::Read);
    judgement.holes.retain(|hole| !is_read(hole) || own(hole).is_some());
    let of_write = |hole: &Hole| hole.about.is_some() && !is_read(hole) && own(hole).is_none();
    // What is written is someone else's because what is read is: that is one finding.
    let cause = fix.words.first().filter(|_| judgement.holes.iter().any(of_write)).cloned();
    if let Some((span, _)) = &cause {
        judgement.holes.retain(|hole| !is_read(hole) || hole.span != *span);
    }
    let mut edits = Some(fix.edits.clone());
    for hole in judgement.holes.iter_mut().filter(|hole| hole.about.is_some()) {
        let Some(mut help) = own(hole).or_else(|| cause.as_ref().map(|(_, words)| words.clone())) else { continue };
        if let Some((span, _)) = cause.as_ref().filter(|(span, _)| *span != hole.span) {
            hole.labels.push((*span, "rows of every tenant are read".to_owned()));
        }
        if is_aligned {
            help.push_str("\nor say that it is meant for all: -- tenet: all-tenants because <reason>");
        }
        hole.help = Some(help);
        hole.fix = edits.take().unwrap_or_default();
    }
}
