//! The law: what undoes a statement brings back what was there before it.
//!
//! The rule for a change says how it is undone; that the catalog comes back is another matter, and is looked at here for
//! every statement. Only what the statement and its inverse touched is compared, so the work is that of the statement.

use super::{Lowered, Reader, lower};
use crate::catalog::facts::{Difference, Facts, compare};
use crate::catalog::{Catalog, CatalogError, Journal, Object, Relation};
use crate::changes::{Change, Inverse};

/// Returns an inverse that claims no more than it keeps: what a catalog held before a statement is in the journal, and
/// what it holds now is what the statement left.
pub(super) fn kept(catalog: &mut Catalog, before: &Journal, inverse: Inverse, reader: Option<Reader>) -> Inverse {
    if matches!(inverse, Inverse::Underivable { .. } | Inverse::Declared(_)) {
        return inverse;
    }
    let seat = catalog.take_seat();
    catalog.open_journal();
    let undone = inverse.changes().iter().try_for_each(|change| undo(catalog, change, reader));
    let after = catalog.close_journal();
    let residue = undone.map(|()| residue(catalog, before, &after));
    catalog.go_back(after);
    catalog.give_seat(seat);
    let residue = residue.map(|residue| [residue, moments(&inverse)].concat());
    match residue {
        Ok(residue) if residue.is_empty() => inverse,
        Ok(residue) => inverse.losing(residue),
        Err(error) => Inverse::underivable(format!("what would undo it is refused: {error}")),
    }
}

/// Names what a definition meant when it was made, and would not mean again: `'now'` is read once, and `FROM CURRENT` is
/// of the session.
fn moments(inverse: &Inverse) -> Vec<String> {
    let lost = inverse.changes().iter().filter_map(|change| match change {
        Change::CreateView(create) => {
            let text = change.to_string().to_lowercase();
            let words = ["'now'", "'today'", "'tomorrow'", "'yesterday'"];
            let reads = words.iter().any(|word| text.contains(word));
            reads.then(|| format!("the moment at which `{}` was made", create.view))
        }
        Change::CreateObject(_) | Change::AlterObject(_) if change.to_string().contains(" FROM CURRENT") => {
            Some("the setting that the session had which made it".to_owned())
        }
        _ => None,
    });
    lost.collect()
}

/// Does a change as its SQL says, since that is what runs.
fn undo(catalog: &mut Catalog, change: &Change, reader: Option<Reader>) -> Result<(), CatalogError> {
    if change.reads_record() {
        return change.apply(catalog);
    }
    let Some(statements) = reader.and_then(|reader| (reader.script)(&format!("{change};"))) else {
        return change.apply(catalog);
    };
    for statement in &statements {
        match lower(statement, catalog) {
            Lowered::Changes(effects) if effects.unmodelled.is_none() => {
                if let Some(error) = effects.error {
                    return Err(error);
                }
                effects.changes.iter().try_for_each(|change| change.apply(catalog))?;
            }
            Lowered::NoChange | Lowered::Elsewhere(_) => {}
            Lowered::Changes(_) | Lowered::Unmodelled(_) => return change.apply(catalog),
        }
    }
    Ok(())
}

/// Returns what did not come back, each as words to follow "loses".
fn residue(catalog: &Catalog, before: &Journal, after: &Journal) -> Vec<String> {
    let mut names: Vec<_> = before.relations().chain(after.relations()).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let mut ids: Vec<_> = before.objects().chain(after.objects()).map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    let (mut was, mut now): (Vec<&Relation>, Vec<&Relation>) = (Vec::new(), Vec::new());
    for name in names {
        let old = before.relation(name).or_else(|| after.relation(name)).flatten();
        let new = catalog.held_relation(name);
        if old != new {
            was.extend(old);
            now.extend(new);
        }
    }
    let (mut had, mut has): (Vec<&Object>, Vec<&Object>) = (Vec::new(), Vec::new());
    for id in ids {
        let old = before.object(id).or_else(|| after.object(id)).flatten();
        let new = catalog.object(id);
        if old != new {
            had.extend(old);
            has.extend(new);
        }
    }
    // Most come back as they were, and what is equal needs no words.
    if [was.len(), now.len(), had.len(), has.len()] == [0; 4] {
        return Vec::new();
    }
    let mut lost = places(&was, &now);
    let left = Facts::of_these(catalog, was, had).lawful();
    let right = Facts::of_these(catalog, now, has).lawful();
    lost.extend(compare(&left, &right).iter().map(words));
    lost
}

/// Names the columns that do not stand where they stood.
fn places(was: &[&Relation], now: &[&Relation]) -> Vec<String> {
    let mut lost = Vec::new();
    for old in was {
        let Some(new) = now.iter().find(|found| found.name == old.name) else { continue };
        let order = |relation: &Relation| relation.columns.iter().map(|found| found.name.clone()).collect::<Vec<_>>();
        let (left, right) = (order(old), order(new));
        if left != right && left.len() == right.len() {
            let moved = left.iter().zip(&right).find(|(a, b)| a != b).map(|(a, _)| a);
            lost.extend(moved.map(|name| format!("the place of `{name}` among the columns of `{}`", old.name)));
        }
    }
    lost
}

fn words(difference: &Difference) -> String {
    match &difference.property {
        None if difference.right.is_none() => format!("`{}`", difference.address),
        None => format!("the absence of `{}`", difference.address),
        Some(property) => format!("{property} of `{}`", difference.address),
    }
}
