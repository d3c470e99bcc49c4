//! The relations that a statement may write: what their triggers do is done by it.

use std::collections::BTreeSet;

use super::proof;
use super::survey::Found;
use crate::catalog::{Catalog, ConstraintKind, Relation};
use crate::pg::Name;
use crate::query::visit::{self, Node};
use crate::statement::Statement;
use crate::statement::relation::{ReferentialAction, Statement as AboutRelation};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::{CopyDirection, CopySource};

/// Returns the relations that may be written by what is run, by itself or by the actions of foreign keys.
pub(super) fn relations<'a>(catalog: &'a Catalog, found: Found<'_>) -> Vec<&'a Relation> {
    let written = written(found);
    let below = written.iter().map(|name| proof::base_of(catalog, name));
    let names: Vec<Name> = written.iter().cloned().chain(below).collect();
    let mut open: Vec<&Relation> = names.iter().filter_map(|name| catalog.relation(name)).collect();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut all = Vec::new();
    while let Some(relation) = open.pop() {
        for member in catalog.family(relation) {
            if seen.insert(&member.name) {
                open.extend(acted_upon(catalog, member));
                all.push(member);
            }
        }
    }
    all
}

/// Says whether rows are written by what is run.
pub(super) fn writes(found: Found<'_>) -> bool {
    !written(found).is_empty()
}

/// The relations whose rows follow those of another one.
fn acted_upon<'a>(catalog: &'a Catalog, relation: &'a Relation) -> impl Iterator<Item = &'a Relation> {
    let acts =
        |action: &ReferentialAction| !matches!(action, ReferentialAction::NoAction | ReferentialAction::Restrict);
    catalog.references_to(&relation.name).into_iter().filter_map(move |(child, key)| match &key.kind {
        ConstraintKind::ForeignKey { references, .. } => {
            (acts(&references.on_delete) || acts(&references.on_update)).then_some(child)
        }
        _ => None,
    })
}

/// The relations that are written by name.
fn written(found: Found<'_>) -> Vec<Name> {
    let mut names = Vec::new();
    let mut meet = |node: Node<'_>| {
        if let Node::Target(target) = node {
            names.push(target.name.clone());
        }
    };
    match found {
        Found::Statement(Statement::Data(data)) => visit::statement(data, &mut meet),
        Found::Query(query) => visit::query(query, &mut meet),
        Found::Statement(Statement::Relation(relation)) => {
            if let AboutRelation::Truncate(truncate) = &**relation {
                names.extend(truncate.relations.iter().map(|relation| relation.name.clone()));
            }
        }
        Found::Statement(Statement::Session(session)) => {
            if let Session::Copy(copy) = &**session
                && copy.direction == CopyDirection::From
                && let CopySource::Relation(name, _) = &copy.source
            {
                names.push(name.clone());
            }
        }
        Found::Statement(Statement::Object(_)) | Found::Expression(_) | Found::Unknown => {}
    }
    names
}
