//! What the replay does not know it says: the last statement of each case leaves the catalog in doubt, and none before it does.

use tenet::catalog::Origin;
use tenet::pg::{Ident, PgVersion};
use tenet::replay::Replay;
use tenet::syntax::{program, read};

use crate::fixture::{entries, name, report};

fn judge(path: &std::path::Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut replay = Replay::new(vec![Ident::exact("public")]).on(PgVersion::NEWEST).reading(program::READER);
    let statements = read::script(&text).statements;
    let last = statements.len() - 1;
    for (at, statement) in statements.into_iter().enumerate() {
        let parsed = statement.outcome.map_err(|error| format!("{}: {error:?}", name(path)))?;
        let step = replay.step(&parsed, Origin::default());
        let error = step.error.map(|error| error.to_string());
        let is_open = replay.catalog().doubt.is_some();
        if error.is_some() || is_open != (at == last) {
            return Err(format!("{}: statement {}: in doubt: {is_open}, {error:?}", name(path), at + 1));
        }
    }
    Ok(())
}

#[test]
fn what_is_not_followed_is_in_doubt() {
    let cases = entries("fixtures/doubts");
    report(cases.len(), cases.iter().filter_map(|case| judge(case).err()).collect());
}
