//! Files that undo a migration, written by hand for another tool: judged by what they leave of it.

use crate::catalog::Origin;
use crate::catalog::facts::{Difference, Facts, compare};
use crate::changes::Inverse;
use crate::migration::{Migration, Section};
use crate::project::Project;
use crate::replay::Replay;
use crate::syntax::read;

/// What a file that undoes a migration does not bring back.
#[derive(Clone, Debug)]
pub struct Shortfall {
    /// What is lost with what the migration drops, each as words to follow "loses".
    pub loses: Vec<String>,
    /// Where the catalog behind the file differs from the one before the migration.
    pub residue: Vec<Difference>,
}

/// Follows a migration as it is written, and says what its author's way back leaves; `None` when there is no such way,
/// or nothing to say about it.
pub(super) fn judge(replay: &mut Replay, project: &Project, migration: &Migration) -> Option<Shortfall> {
    let before = Facts::of(replay.catalog()).lawful();
    let mut loses = Vec::new();
    for inverse in steps(replay, project, &migration.up) {
        if let Inverse::Structural { loses: lost, .. } = inverse {
            loses.extend(lost);
        }
    }
    replay.end_session();
    if migration.down.is_empty() || replay.catalog().doubt.is_some() {
        return None;
    }
    let mut back = replay.clone();
    steps(&mut back, project, &migration.down);
    back.end_session();
    // What is not followed cannot be judged.
    if back.catalog().doubt.is_some() {
        return None;
    }
    let residue = compare(&before, &Facts::of(back.catalog()).lawful());
    (!residue.is_empty() || !loses.is_empty()).then_some(Shortfall { loses, residue })
}

fn steps(replay: &mut Replay, project: &Project, sections: &[Section]) -> Vec<Inverse> {
    let mut inverses = Vec::new();
    for section in sections {
        let Some(file) = project.files.get(section.file.index()) else { continue };
        let script = read::script(&file.text);
        for found in script.statements.iter().filter(|found| section.span.contains(found.span)) {
            let origin = Origin::at(section.file, found.span);
            match &found.outcome {
                Ok(statement) => inverses.push(replay.step(statement, origin).inverse),
                Err(_) => replay.doubt("a statement is not read", origin),
            }
        }
    }
    inverses
}
