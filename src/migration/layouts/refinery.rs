//! refinery: `V1__add_plan.sql`, and `U2__add_note.sql` for a migration that may come out of turn.

use super::flyway::prefixed;
use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, no_adjustment, whole};
use crate::migration::MigrationId;

/// Told from Flyway by a `U` file whose version no `V` file has: there, `U` does not mean undo.
pub static LAYOUT: Layout = Layout {
    name: "refinery",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect,
    parts,
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("V{version}__{name}.sql"), String::new())],
};

fn detect(entries: &[Entry<'_>]) -> bool {
    let versions = |wanted| {
        let named = entries.iter().filter_map(prefixed);
        named.filter(move |(prefix, ..)| *prefix == wanted).map(|(_, version, _)| version)
    };
    let mut unordered = versions('U').peekable();
    unordered.peek().is_some() && unordered.all(|version| versions('V').all(|other| other != version))
}

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let (_, version, name) = prefixed(entry).filter(|(prefix, ..)| *prefix != 'R').ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, MigrationId { version, name }, Direction::Up)])
}
