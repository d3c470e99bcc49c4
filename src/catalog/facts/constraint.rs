//! Facts of constraints.

use super::fold::Context;
use super::relation::parameters;
use super::{Facts, Page};
use crate::catalog::{Address, Constraint, Relation};
use crate::pg::Ident;
use crate::statement::relation::{
    ConstraintAttribute, ConstraintKey, Exclude, IndexParameters, MatchType, References, ReferentialAction,
    TableConstraintKind,
};

pub(super) fn facts(facts: &mut Facts, context: Context<'_>, relation: &Relation) {
    for found in &relation.constraints {
        let address = Address::Constraint(relation.name.clone(), found.name.clone());
        constraint(&mut facts.page(address, context), found);
        // The index behind a constraint has nothing of its own but this.
        if found.index_shared.get().is_some() {
            let address = Address::Index(relation.name.clone(), found.name.clone());
            facts.page(address, context).shared(&found.index_shared);
        }
    }
}

fn constraint(page: &mut Page<'_>, constraint: &Constraint) {
    kind(page, &constraint.definition.kind);
    let attributes = &constraint.definition.attributes;
    page.holds("deferrable", attributes.is_deferrable());
    page.holds("initially deferred", attributes.has(ConstraintAttribute::InitiallyDeferred));
    page.holds("not enforced", attributes.has(ConstraintAttribute::NotEnforced));
    page.holds("no inherit", attributes.has(ConstraintAttribute::NoInherit));
    page.holds("not valid", !constraint.validated);
    page.holds("inherited", constraint.inherited);
    page.shared(&constraint.shared);
}

fn kind(page: &mut Page<'_>, kind: &TableConstraintKind) {
    match kind {
        TableConstraintKind::Check(condition) => {
            page.text("kind", "check");
            page.expression("condition", condition);
        }
        TableConstraintKind::NotNull(column) => {
            page.text("kind", "not null");
            page.text("columns", column);
        }
        TableConstraintKind::Unique { nulls_not_distinct, key: found } => {
            page.text("kind", "unique");
            page.holds("nulls not distinct", *nulls_not_distinct);
            key(page, found);
        }
        TableConstraintKind::PrimaryKey(found) => {
            page.text("kind", "primary key");
            key(page, found);
        }
        TableConstraintKind::Exclude(found) => exclude(page, found),
        TableConstraintKind::ForeignKey { columns, period, references: found } => {
            page.text("kind", "foreign key");
            page.list("columns", columns);
            page.holds("period", *period);
            references(page, found);
        }
    }
}

fn key(page: &mut Page<'_>, key: &ConstraintKey) {
    if let ConstraintKey::Columns { columns, without_overlaps, index: found } = key {
        page.list("columns", columns);
        page.holds("without overlaps", *without_overlaps);
        index(page, found);
    }
}

fn index(page: &mut Page<'_>, index: &IndexParameters) {
    page.list("include", &index.include);
    parameters(page, &index.parameters);
    page.option("tablespace", &index.tablespace);
}

fn exclude(page: &mut Page<'_>, exclude: &Exclude) {
    page.text("kind", "exclude");
    page.option("method", &exclude.access_method.as_ref().filter(|method| **method != "btree"));
    let btree = Ident::exact("btree");
    let method = exclude.access_method.as_ref().unwrap_or(&btree);
    for ((element, operator), number) in exclude.elements.iter().zip(1..) {
        page.element(number, element, method);
        page.text(format!("key {number} operator"), operator);
    }
    index(page, &exclude.index);
    exclude.predicate.iter().for_each(|predicate| page.expression("predicate", predicate));
}

fn references(page: &mut Page<'_>, references: &References) {
    let catalog = page.context.catalog;
    let found = catalog.referenced_table(references);
    let table = found.map_or_else(|| catalog.qualified(&references.table), |found| found.name.clone());
    let key = found.and_then(|target| target.primary_key()).unwrap_or_default();
    page.list("referenced columns", if references.columns.is_empty() { key } else { &references.columns });
    page.text("references", table);
    page.holds("match full", references.match_type == MatchType::Full);
    action(page, "on delete", &references.on_delete);
    action(page, "on update", &references.on_update);
}

fn action(page: &mut Page<'_>, name: &'static str, action: &ReferentialAction) {
    let columns: &[Ident] = match action {
        ReferentialAction::NoAction => return,
        ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) => columns,
        ReferentialAction::Restrict | ReferentialAction::Cascade => &[],
    };
    let word = match action {
        ReferentialAction::SetNull(_) => "set null",
        ReferentialAction::SetDefault(_) => "set default",
        ReferentialAction::Restrict => "restrict",
        _ => "cascade",
    };
    page.text(name, word);
    page.list(format!("{name} columns"), columns);
}
