//! Windows: what rows they are divided by and sorted by, and how far their frames reach.

use super::analysis::Analysis;
use super::query::calls;
use super::term::TermId;
use crate::query::{Expr, FrameBound, Over, Query, Select, Window};
use crate::scope::Hole;

impl Analysis<'_> {
    /// Looks at everything in a window.
    pub(super) fn window(&mut self, window: &Window) -> Result<(), Hole> {
        window_parts(window).try_for_each(|part| self.value(part).map(drop))?;
        window.order_by.iter().try_for_each(|item| self.sorted(item))
    }

    /// Returns for each window of the block what it is divided by.
    pub(super) fn partitions(&mut self, query: &Query, select: &Select) -> Result<Vec<Vec<TermId>>, Hole> {
        let mut windows = Vec::new();
        for call in calls(query, select) {
            let window = match &call.over {
                None => continue,
                Some(Over::Window(window)) => Some(window),
                Some(Over::Named(name)) => {
                    select.windows.iter().find(|(known, _)| known == name).map(|(_, window)| window)
                }
            };
            let mut list: Vec<Expr> = Vec::new();
            let mut at = window;
            while let Some(window) = at {
                list.extend(window.partition_by.iter().cloned());
                at = window.base.as_ref().and_then(|base| {
                    let found = select.windows.iter().find(|(known, _)| known == base).map(|(_, found)| found);
                    found.filter(|found| !std::ptr::eq(*found, window))
                });
            }
            windows.push(self.terms_of(&list)?);
        }
        Ok(windows)
    }
}

/// Returns the expressions of a window: they stand in the block that it belongs to.
pub(super) fn window_parts(window: &Window) -> impl Iterator<Item = &Expr> {
    let bounds = window.frame.iter().flat_map(|frame| [Some(&frame.start), frame.end.as_ref()]).flatten();
    let offsets = bounds.filter_map(|bound| match bound {
        FrameBound::Preceding(offset) | FrameBound::Following(offset) => Some(&**offset),
        FrameBound::UnboundedPreceding | FrameBound::CurrentRow | FrameBound::UnboundedFollowing => None,
    });
    window.partition_by.iter().chain(window.order_by.iter().map(|item| &item.expr)).chain(offsets)
}
