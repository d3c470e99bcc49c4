//! Two rows of two tenants that a statement does not keep apart, in words.

use super::block::{Block, Blocks};
use crate::catalog::Relation;
use crate::pg::Ident;
use crate::query::DataStatement;
use crate::scope::judgement::{Judgement, UseOf};
use crate::scope::{Context, classes};

/// Says for each row that is not tied what two tenants would see.
pub(in crate::scope) fn of(context: &Context<'_>, data: &DataStatement, judgement: &Judgement) -> Vec<String> {
    let blocks = Blocks::of(data);
    let mut found = Vec::new();
    for hole in &judgement.holes {
        let Some(about) = &hole.about else { continue };
        let Some((at, met)) = blocks.at(hole.span) else { continue };
        let Some(relation) = context.catalog.relation(met.name) else { continue };
        let name = met.name;
        let (acme, widgets) = keys(context, relation);
        let rows = format!("acme's row of `{name}` ({acme}) and widgets' row ({widgets})");
        found.push(match (blocks.get(at), about.use_of) {
            (_, UseOf::Given) => {
                format!("run for acme, the statement may leave a row in `{name}` that is widgets', or nobody's")
            }
            (Block::Insert(_), _) => {
                format!("widgets' row of `{name}` is there: acme's new row conflicts with it, and changes it")
            }
            (_, UseOf::Written) => {
                format!("{rows}: where the other conditions hold for both, the statement writes both")
            }
            (_, UseOf::Read) => format!("{rows}: run for acme, the statement uses what widgets' row says"),
        });
    }
    found.dedup();
    found
}

/// The keys of a row of one tenant and of one of another; where the tenant is a part of the key the rest may be the same.
fn keys(context: &Context<'_>, relation: &Relation) -> (String, String) {
    let owners = classes::owners(relation, context);
    let key = relation.primary_key().unwrap_or(&[]);
    let rest: Vec<&Ident> = key.iter().filter(|column| !owners.contains(column)).collect();
    let list = |value: u32| {
        let parts: Vec<String> = rest.iter().map(|column| format!("{column} {value}")).collect();
        parts.join(", ")
    };
    match (rest.is_empty(), rest.len() < key.len()) {
        (true, _) => ("any".to_owned(), "any".to_owned()),
        (false, true) => (list(1), list(1)),
        (false, false) => (list(1), list(2)),
    }
}
