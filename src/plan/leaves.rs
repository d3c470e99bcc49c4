//! What a migration leaves to the session that runs it.

use super::Phase;
use crate::catalog::Catalog;
use crate::pg::Ident;
use crate::statement::{Statement, session};
use crate::verdict::Audience;

/// What a phase leaves to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nothing that is known of.
    Nothing,
    /// Temporary things, which later phases may use.
    Temporaries,
    /// Nothing any more, as it takes the temporary things away at its end.
    Discarded,
}

/// Says what is left to the session behind a statement; a program may make what is not seen from here.
pub(super) fn behind(statement: &Statement, catalog: &Catalog) -> Leaves {
    let is_seen = catalog.temporaries().next().is_some() || !catalog.objects_in(&Ident::exact("pg_temp")).is_empty();
    let may_be_hidden = match statement {
        Statement::Session(found) => match &**found {
            session::Statement::Do(block) => block.body.text.to_ascii_lowercase().contains("temp"),
            _ => false,
        },
        _ => false,
    };
    if is_seen || may_be_hidden { Leaves::Temporaries } else { Leaves::Nothing }
}

/// Lets the last phase of an audience that leaves temporary things take them away: the next migration has sessions of its own.
pub(super) fn discarded(phases: &mut [Phase]) {
    for audience in [Audience::Shared, Audience::Tenant] {
        let leaving = |phase: &&mut Phase| phase.audience == audience && phase.leaves == Leaves::Temporaries;
        phases.iter_mut().rfind(leaving).into_iter().for_each(|last| last.leaves = Leaves::Discarded);
    }
}
