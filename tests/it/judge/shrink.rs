//! Makes a witness small: rows go while it still stands.

use super::compare::Witness;
use super::run::{Arena, Trial};
use super::state::{Pair, Row};

/// How many smaller pairs are tried.
const ATTEMPTS: usize = 200;

/// Takes rows away while a trial still has a witness on the pair; returns the pair and its witness.
pub fn shrink(arena: &mut Arena<'_>, mut pair: Pair, own: Option<&str>, trial: &Trial) -> (Pair, Option<Witness>) {
    let mut judge = |pair: &Pair| arena.witness(pair, own, trial);
    let mut witness = judge(&pair);
    let mut attempts = 0;
    let mut is_smaller = witness.is_some();
    while std::mem::take(&mut is_smaller) {
        for list in 0..3 {
            let mut at = rows(&mut pair, list).len();
            while at > 0 && attempts < ATTEMPTS {
                at -= 1;
                attempts += 1;
                let row = rows(&mut pair, list).remove(at);
                match judge(&pair) {
                    Some(found) => (witness, is_smaller) = (Some(found), true),
                    None => rows(&mut pair, list).insert(at, row),
                }
            }
        }
    }
    (pair, witness)
}

fn rows(pair: &mut Pair, list: usize) -> &mut Vec<Row> {
    match list {
        0 => &mut pair.apart[0],
        1 => &mut pair.apart[1],
        _ => &mut pair.common,
    }
}
