//! Differences for people.

use std::fmt::{self, Display};

use similar::{ChangeTag, TextDiff};

use super::{Certainty, Difference, Value};

/// Differences as text, one thing after another.
pub struct Report<'a> {
    /// The differences, in the order of their addresses.
    pub differences: &'a [Difference],
    /// What the left side is called: `the history`.
    pub left: &'a str,
    /// What the right side is called.
    pub right: &'a str,
}

/// A text longer than this is shown line by line.
const LONG: usize = 60;

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for of_one in self.differences.chunk_by(|a, b| a.address == b.address) {
            writeln!(f, "{}", of_one[0].address)?;
            of_one.iter().try_for_each(|difference| self.difference(f, difference))?;
        }
        Ok(())
    }
}

impl Report<'_> {
    fn difference(&self, f: &mut fmt::Formatter<'_>, difference: &Difference) -> fmt::Result {
        let may = if difference.certainty == Certainty::MayDiffer { "perhaps " } else { "" };
        let Some(property) = &difference.property else {
            let where_it_is = if difference.right.is_none() { self.left } else { self.right };
            return writeln!(f, "  {may}only in {where_it_is}");
        };
        let (left, right) = (shown(difference.left.as_ref()), shown(difference.right.as_ref()));
        if [&left, &right].iter().all(|text| text.len() <= LONG && !text.contains('\n')) {
            return writeln!(f, "  {property}: {may}{left} in {}, {right} in {}", self.left, self.right);
        }
        writeln!(f, "  {property}: {may}- {}, + {}", self.left, self.right)?;
        lines(f, &left, &right)
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("none", |value| value.written().unwrap_or("unknown")).to_owned()
}

fn lines(f: &mut fmt::Formatter<'_>, left: &str, right: &str) -> fmt::Result {
    let diff = TextDiff::from_lines(left, right);
    for change in diff.grouped_ops(2).iter().flatten().flat_map(|op| diff.iter_changes(op)) {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        writeln!(f, "    {sign} {}", change.value().trim_end_matches('\n'))?;
    }
    Ok(())
}
