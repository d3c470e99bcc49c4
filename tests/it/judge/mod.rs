//! The dynamic judge: every statement that is accepted is run for one tenant, in two states that differ only in what others have.
//!
//! A statement that touches a row of another tenant, or does or returns something else when others' rows are different,
//! is a witness against the proof. Statements are those of `fixtures/scope/`, those that a grammar makes over
//! `fixtures/judge/`, and mutants of both.

mod bind;
mod compare;
mod database;
mod fixtures;
mod generate;
mod generated;
mod mutate;
mod run;
mod schema;
mod shrink;
mod state;
mod subject;

use tenet::settings::Tenancy;

use self::run::{Arena, Trial};
use self::state::Pair;

/// How much stack a worker has: as much as where the program itself judges.
const STACK: usize = 256 << 20;

/// Numbers that a run may be given from outside.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().expect(variable))
}

/// Sets what the session expression reads.
fn session(tenancy: &Tenancy, own: &str) -> String {
    let setting = tenancy.session.as_deref().and_then(|text| text.split('\'').nth(1)).unwrap_or("app.tenant_id");
    format!("SELECT set_config({}, {}, false)", database::literal(Some(setting)), database::literal(Some(own)))
}

/// Says all that is needed to see a witness again.
fn complaint(arena: &mut Arena<'_>, origin: &str, pair: Pair, own: Option<&str>, trial: &Trial) -> String {
    let (small, witness) = shrink::shrink(arena, pair, own, trial);
    let Some(witness) = witness else { return format!("{origin}\n{}\nits witness did not appear again", trial.text) };
    let [first, second] = [0, 1].map(|side| small.inserts(arena.schema, side));
    let tenant = own.unwrap_or("nobody");
    format!(
        "{origin}\nrun for {tenant}, was {:?}: {}\n{witness}\n-- in the first state\n{first};\n-- in the second\n{second};",
        trial.scope, trial.text
    )
}
