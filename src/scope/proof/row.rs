//! What is known of each row: its relation's keys, the rows that its foreign keys promise, whose it is.

use std::collections::BTreeMap;

use super::heirs::{self, Heirs};
use super::node::Output;
use super::term::{RowId, Term, TermId, Terms};
use super::value::base;
use crate::catalog::{Catalog, Column, ConstraintKind, Generated, Relation};
use crate::pg::Ident;
use crate::query::ExprKind;
use crate::scope::classes::{Class, classify};
use crate::settings::Tenancy;
use crate::statement::relation::ConstraintAttribute;

/// Moments from here on lie before the statement.
pub(super) const PAST: u32 = 1 << 31;

/// How far owners are followed.
const OWNERS: usize = 8;

/// All rows of a statement.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    list: Vec<Row<'a>>,
    links: Vec<Link>,
    /// Values that are never NULL.
    present: Vec<TermId>,
    /// Columns that are computed to be the same.
    same: Vec<(TermId, TermId)>,
    /// Columns of new rows, by what holds them where there is such a row and NULL otherwise.
    stand_ins: BTreeMap<TermId, TermId>,
    /// The moment at which rows are met: what a body did before lies between it and an earlier one.
    pub(super) moment: u32,
}

#[derive(Debug)]
struct Row<'a> {
    id: RowId,
    relation: &'a Relation,
    /// The place of the first row of the same relation.
    first: usize,
    keys: Vec<Vec<Ident>>,
    /// The same keys as terms.
    terms: Vec<Vec<TermId>>,
    /// When it is met.
    moment: u32,
    /// Whether the statement makes it.
    is_new: bool,
    /// The row that owns it, where the statement makes that one, too.
    parent: Option<RowId>,
    /// The tenant that it is made with.
    given: Option<TermId>,
    /// Whose it is, as soon as that was asked.
    tenant: Option<TermId>,
    /// Where it stands in its table, as soon as that was asked.
    place: Option<TermId>,
}

/// A key of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyOf<'r> {
    /// The row.
    pub(super) row: RowId,
    /// A number of its relation.
    pub(super) relation: usize,
    /// The place among the relation's keys.
    pub(super) place: usize,
    /// The columns.
    pub(super) columns: &'r [TermId],
    /// When the row is met.
    pub(super) moment: u32,
    /// Whose it is, where a row of another moment may be the same one.
    pub(super) tenant: Option<TermId>,
}

/// Terms that are the same where the left ones are not NULL.
#[derive(Debug)]
pub(super) struct Link {
    /// The pairs.
    pub(super) columns: Vec<(TermId, TermId)>,
}

/// Whose rows a relation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The tenant that this term names.
    Tenant(TermId),
    /// Nobody's: they are the same for all.
    Nobody,
}

impl<'a> Rows<'a> {
    /// Adds a row of a relation, with its keys and the rows that its foreign keys promise.
    pub(super) fn add(
        &mut self,
        terms: &mut Terms,
        (catalog, tenancy): (&'a Catalog, &Tenancy),
        relation: &'a Relation,
    ) -> RowId {
        let id = self.bare(terms, (catalog, tenancy), relation);
        for constraint in &relation.constraints {
            let ConstraintKind::ForeignKey { columns, references } = &constraint.kind else { continue };
            if let Some(parent) = catalog.referenced_table(references)
                && classify(parent, catalog, tenancy) != Class::Global
            {
                self.promise(terms, (catalog, tenancy), (id, relation), columns, parent);
            }
        }
        id
    }

    fn bare(
        &mut self,
        terms: &mut Terms,
        (catalog, tenancy): (&'a Catalog, &Tenancy),
        relation: &'a Relation,
    ) -> RowId {
        let id = terms.row();
        let heirs = Heirs::of(catalog, relation);
        let keys = heirs::keys(relation, &heirs);
        let mut term = |column: &Ident| terms.id(Term::Column(id, column.clone()));
        let own = keys.iter().map(|key| key.iter().map(&mut term).collect()).collect::<Vec<Vec<TermId>>>();
        let class = classify(relation, catalog, tenancy);
        let tenant = class.tenant_column().filter(|column| relation.column(column).is_some());
        let tenant = tenant.map(|column| terms.id(Term::Column(id, column.clone())));
        let first = self.first(relation);
        self.list.push(Row {
            id,
            relation,
            first,
            keys,
            terms: own,
            moment: self.moment,
            is_new: false,
            parent: None,
            given: None,
            tenant,
            place: None,
        });
        self.note(terms, id, relation, &heirs);
        self.copies(terms, id, relation, &heirs);
        id
    }

    /// Returns the place of the first row of a relation, which is the next one's where there is none yet.
    fn first(&self, relation: &Relation) -> usize {
        let is_it = |row: &Row<'_>| std::ptr::eq(row.relation, relation) || row.relation.name == relation.name;
        self.list.iter().position(is_it).unwrap_or(self.list.len())
    }

    /// Takes note of the columns that are never NULL.
    fn note(&mut self, terms: &mut Terms, id: RowId, relation: &Relation, heirs: &Heirs<'_>) {
        for column in relation.columns.iter().filter(|column| column.not_null && heirs.have_present(&column.name)) {
            self.present.push(terms.id(Term::Column(id, column.name.clone())));
        }
    }

    /// Takes note of the columns that are computed as copies of others.
    fn copies(&mut self, terms: &mut Terms, id: RowId, relation: &Relation, heirs: &Heirs<'_>) {
        for column in relation.columns.iter().filter(|column| heirs.compute_as(column)) {
            let Some(Generated::Expression(value, _)) = &column.generated else { continue };
            if let ExprKind::Column(parts) = &value.kind
                && let Some(source) = parts.last()
                && relation.column(source).is_some_and(|source| is_copied(source, column))
            {
                let own = terms.id(Term::Column(id, column.name.clone()));
                self.same.push((own, terms.id(Term::Column(id, source.clone()))));
            }
        }
    }

    /// Returns the columns that are computed to be the same.
    pub(super) fn same(&self) -> &[(TermId, TermId)] {
        &self.same
    }

    /// Adds a row that is about to be: no key tells yet that it is another one.
    pub(super) fn coming(&mut self, terms: &mut Terms, relation: &'a Relation) -> RowId {
        let id = self.arriving(terms, relation);
        self.note(terms, id, relation, &Heirs::default());
        id
    }

    /// Adds a row of which not even its NOT NULL columns are checked yet.
    pub(super) fn arriving(&mut self, terms: &mut Terms, relation: &'a Relation) -> RowId {
        let id = terms.row();
        let (keys, own) = (Vec::new(), Vec::new());
        let first = self.first(relation);
        self.list.push(Row {
            id,
            relation,
            first,
            keys,
            terms: own,
            moment: self.moment,
            is_new: true,
            parent: None,
            given: None,
            tenant: None,
            place: None,
        });
        id
    }

    /// Takes note of where a row stands in its table: as long as nothing changes no other row stands there. A row that is
    /// about to be stands nowhere yet.
    pub(super) fn stands_at(&mut self, row: RowId, place: TermId) {
        if let Some(found) = self.list.iter_mut().find(|found| found.id == row && !found.is_new) {
            found.place = Some(place);
        }
        self.never_null(place);
    }

    /// Takes note of a value that is never NULL.
    pub(super) fn never_null(&mut self, term: TermId) {
        if !self.present.contains(&term) {
            self.present.push(term);
        }
    }

    /// Returns the values that are never NULL.
    pub(super) fn present(&self) -> &[TermId] {
        &self.present
    }

    /// Adds the row that a foreign key promises; `None` when it promises none.
    fn promise(
        &mut self,
        terms: &mut Terms,
        (catalog, tenancy): (&'a Catalog, &Tenancy),
        (row, relation): (RowId, &'a Relation),
        columns: &[Ident],
        parent: &'a Relation,
    ) -> Option<RowId> {
        let found = relation.constraints.iter().find(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey { columns: own, references } => {
                own == columns && catalog.referenced_table(references).is_some_and(|found| found.name == parent.name)
            }
            _ => false,
        })?;
        let ConstraintKind::ForeignKey { references, .. } = &found.kind else { return None };
        let attributes = &found.definition.attributes;
        let is_sure =
            found.validated && !attributes.is_deferrable() && !attributes.has(ConstraintAttribute::NotEnforced);
        // Over a period several rows may answer together, and none of them need be equal in it.
        if !is_sure || references.period || !Heirs::of(catalog, relation).refer_as(catalog, (columns, references)) {
            return None;
        }
        let referenced =
            if references.columns.is_empty() { parent.primary_key()?.to_vec() } else { references.columns.clone() };
        let witness = self.bare(terms, (catalog, tenancy), parent);
        let pairs = columns.iter().zip(&referenced).map(|(own, theirs)| {
            (terms.id(Term::Column(row, own.clone())), terms.id(Term::Column(witness, theirs.clone())))
        });
        let columns = pairs.collect();
        self.links.push(Link { columns });
        Some(witness)
    }

    /// Takes note of what a new row holds: where the same statement inserts the row that owns it, and returns its key, the
    /// foreign key finds that one.
    pub(super) fn inserted(
        &mut self,
        terms: &Terms,
        (catalog, tenancy): (&Catalog, &Tenancy),
        (row, relation): (RowId, &Relation),
        new: &[Output],
    ) {
        let parent = self.inserted_parent(terms, (catalog, tenancy), relation, new);
        let class = classify(relation, catalog, tenancy);
        let own = class.tenant_column().and_then(|own| new.iter().find(|column| column.name == *own));
        let given = own.map(|column| column.term);
        if let Some(found) = self.list.iter_mut().find(|found| found.id == row) {
            (found.parent, found.given) = (parent, given);
        }
    }

    /// Lets a value stand for another, if that is a column of a new row; it is NULL where there is no such row.
    pub(super) fn stands_in(&mut self, terms: &Terms, value: TermId, output: TermId) {
        if let Term::Column(row, _) = terms.get(output)
            && self.list.iter().any(|found| found.id == *row && found.is_new)
        {
            self.stand_ins.insert(value, output);
        }
    }

    fn inserted_parent(
        &self,
        terms: &Terms,
        (catalog, tenancy): (&Catalog, &Tenancy),
        relation: &Relation,
        new: &[Output],
    ) -> Option<RowId> {
        let Class::Owned(via) = classify(relation, catalog, tenancy) else { return None };
        let (_, references, attributes) = relation.foreign_key(&via)?;
        if attributes.is_deferrable() || attributes.has(ConstraintAttribute::NotEnforced) {
            return None;
        }
        let parent = catalog.referenced_table(references)?;
        let referenced = match references.columns.as_slice() {
            [] => parent.primary_key()?,
            columns => columns,
        };
        let given = |name: &Ident| {
            let term = new.iter().find(|column| column.name == *name)?.term;
            match terms.get(*self.stand_ins.get(&term).unwrap_or(&term)) {
                Term::Column(row, column) => Some((*row, column)),
                _ => None,
            }
        };
        let (row, _) = given(via.first()?)?;
        let is_key = via.iter().zip(referenced).all(|(own, theirs)| given(own) == Some((row, theirs)));
        // Between two statements of a file anybody may change it.
        let found = self.list.iter().find(|found| found.id == row && found.moment.max(self.moment) < PAST)?;
        (found.is_new && is_key && found.relation.name == parent.name).then_some(row)
    }

    /// Returns whose a row is; `None` when that does not follow.
    pub(super) fn owner(
        &mut self,
        terms: &mut Terms,
        (catalog, tenancy): (&'a Catalog, &Tenancy),
        row: RowId,
    ) -> Option<Owner> {
        let owner = self.owner_of(terms, (catalog, tenancy), row);
        if let Some(Owner::Tenant(tenant)) = owner
            && let Some(found) = self.list.iter_mut().find(|found| found.id == row)
        {
            found.tenant = Some(tenant);
        }
        owner
    }

    /// Returns the tenant of a row, when somebody asked for it.
    pub(super) fn tenant(&self, row: RowId) -> Option<TermId> {
        self.list.iter().find(|found| found.id == row)?.tenant
    }

    fn owner_of(
        &mut self,
        terms: &mut Terms,
        (catalog, tenancy): (&'a Catalog, &Tenancy),
        row: RowId,
    ) -> Option<Owner> {
        let mut at = (row, self.list.iter().find(|found| found.id == row)?.relation);
        for _ in 0..OWNERS {
            let class = classify(at.1, catalog, tenancy);
            match &class {
                Class::Tenant(column) | Class::Root(column) => {
                    at.1.column(column)?;
                    // A row that may not have come into being is no witness of what it was to be: its tenant is what it was
                    // given.
                    let made = self.list.iter().find(|found| found.id == at.0 && at.0 != row);
                    if let Some(given) = made.and_then(|found| found.given) {
                        return Some(Owner::Tenant(given));
                    }
                    let term = terms.id(Term::Column(at.0, column.clone()));
                    // A tenant may be named by any key of the root; by a row of another table it is chosen by data.
                    if matches!(class, Class::Root(_)) {
                        self.looked_up(terms, at, column, term);
                    }
                    return Some(Owner::Tenant(term));
                }
                Class::Global => return Some(Owner::Nobody),
                Class::Owned(via) => {
                    let (_, references, _) = at.1.foreign_key(via)?;
                    if !via.iter().all(|column| at.1.column(column).is_some_and(|found| found.not_null)) {
                        return None;
                    }
                    let parent = catalog.referenced_table(references)?;
                    let known = self.list.iter().find(|found| found.id == at.0).and_then(|found| found.parent);
                    let found = known.or_else(|| self.promise(terms, (catalog, tenancy), at, via, parent))?;
                    at = (found, parent);
                }
                // What it holds is seen by what filled it.
                Class::Derived => return Some(Owner::Nobody),
                Class::View | Class::Unclassified => return None,
            }
        }
        None
    }

    /// The tenant of a row is a function of each of its keys.
    fn looked_up(&mut self, terms: &mut Terms, (row, relation): (RowId, &Relation), tenant: &Ident, term: TermId) {
        let Some(found) = self.list.iter().find(|found| found.id == row) else { return };
        for key in found.keys.iter().filter(|key| !key.contains(tenant)) {
            let columns: Vec<TermId> = key.iter().map(|column| terms.id(Term::Column(row, column.clone()))).collect();
            let names: Vec<&str> = key.iter().map(Ident::as_str).collect();
            // A key may lead to another tenant once a body has changed something.
            let later = if self.moment > 0 { format!(" after step {}", self.moment) } else { String::new() };
            let function = format!("the `{tenant}` of `{}` by {}{later}", relation.name.last(), names.join(", "));
            let value = terms.id(Term::Apply(function, columns.clone()));
            let own = columns.into_iter().map(|column| (column, column));
            self.links.push(Link { columns: own.chain([(term, value)]).collect() });
        }
    }

    /// Returns every row with each of its keys.
    pub(super) fn keyed(&self) -> impl Iterator<Item = KeyOf<'_>> {
        self.list.iter().flat_map(|row| {
            let Row { id, first, moment, tenant, terms, place, .. } = row;
            let place = place.as_ref().map(|place| KeyOf {
                row: *id,
                relation: *first,
                place: usize::MAX,
                columns: std::slice::from_ref(place),
                moment: *moment,
                // Another row may stand there later.
                tenant: None,
            });
            let keys = terms.iter().enumerate().map(|(place, columns)| KeyOf {
                row: *id,
                relation: *first,
                place,
                columns,
                moment: *moment,
                // Between two statements of a file anybody may write: a key leads from one to the other nowhere.
                tenant: tenant.filter(|_| *moment < PAST),
            });
            keys.chain(place)
        })
    }

    /// Returns the relation that a row belongs to.
    pub(super) fn relation(&self, row: RowId) -> Option<&'a Relation> {
        self.list.iter().find(|found| found.id == row).map(|found| found.relation)
    }

    /// Says whether no row was met.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns what foreign keys and keys promise.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }
}

/// Says whether a column that is computed from another one holds the same values: its type may cut or round them.
fn is_copied(source: &Column, copy: &Column) -> bool {
    let rank = |column: &Column| {
        let of = column.type_name.as_ref().filter(|of| of.bounds.is_empty())?;
        ["int2", "int4", "int8", "numeric"].iter().position(|name| *name == base(of) && of.modifiers.is_empty())
    };
    source.type_name == copy.type_name || rank(source).zip(rank(copy)).is_some_and(|(source, copy)| source <= copy)
}
