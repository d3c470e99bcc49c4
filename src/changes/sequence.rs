//! Sequences, and the columns that they go with.

use std::fmt;

use super::{Change, ChangeKind, Inverse, Lock, OwnSequence, RestorePosition, column, property};
use crate::catalog::names::plain_choice;
use crate::catalog::{Catalog, CatalogError, Kind, Relation, Sequence};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::print::{Lead, Spaced};
use crate::statement::relation::SequenceOption;

/// `CREATE SEQUENCE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSequence {
    /// The sequence.
    pub sequence: Name,
    /// What it is.
    pub relation: Box<Relation>,
    /// The column that it goes with, as `OWNED BY` names it.
    pub owner: Option<Name>,
}

/// `ALTER SEQUENCE` with options that say how it counts, or where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterSequence {
    /// The sequence.
    pub sequence: Name,
    /// How it counts from now on; its owner is not changed.
    pub to: Box<Sequence>,
    /// The options that say so.
    pub options: Vec<SequenceOption>,
}

/// How a column's sequences come back with it.
pub(super) struct Split {
    /// The definition of the column makes it.
    pub(super) implied: Vec<Relation>,
    /// They have to be made before the column.
    pub(super) loose: Vec<Relation>,
    /// What the column's definition cannot say of those that it makes.
    retyped: Vec<AlterSequence>,
}

/// Says which sequences come with a column that is made anew.
pub(super) fn split(table: &Relation, wanted: impl Fn(&Ident) -> bool, catalog: &Catalog) -> Split {
    let owned = catalog.sequences_of(&table.name).into_iter().map(property::bare);
    let of_column = |found: &Relation| match found.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref()) {
        Some((_, column)) => wanted(column),
        None => false,
    };
    let (mut implied, loose): (Vec<_>, Vec<_>) = owned.filter(of_column).partition(|found| is_implied(table, found));
    let retyped = implied.iter_mut().filter_map(|found| {
        let (plain, to) = as_definition(table, found)?;
        found.sequence = Some(Box::new(plain));
        Some(retype(catalog.shown(&found.name), found.sequence.as_deref()?, to))
    });
    let retyped = retyped.collect();
    Split { implied, loose, retyped }
}

/// Makes the change that turns a sequence into another one.
pub(crate) fn retype(sequence: Name, from: &Sequence, to: Sequence) -> AlterSequence {
    AlterSequence { sequence, options: to.changes_from(from), to: Box::new(to) }
}

/// Returns what the definition of an identity column makes of its sequence, and what the sequence is, where its type is
/// not the column's: the definition cannot name another one.
pub(crate) fn as_definition(table: &Relation, found: &Relation) -> Option<(Sequence, Sequence)> {
    let sequence = found.sequence.as_deref().filter(|sequence| sequence.identity)?;
    let (_, column) = sequence.owned_by.as_ref()?;
    let integer = Sequence::integer(table.column(column)?.type_name.as_ref()?)?;
    let plain = Sequence { owned_by: sequence.owned_by.clone(), identity: true, ..Sequence::new(integer) };
    (plain.type_name != sequence.type_name).then(|| (plain, sequence.clone()))
}

impl Split {
    /// Makes the changes that bring the loose sequences back, as long as nothing owns them.
    pub(super) fn creations(&self, catalog: &Catalog) -> Vec<Change> {
        let unowned = |found: &Relation| {
            let mut bare = found.clone();
            bare.sequence.iter_mut().for_each(|sequence| sequence.owned_by = None);
            CreateSequence { sequence: catalog.shown(&found.name), relation: Box::new(bare), owner: None }
        };
        self.loose.iter().map(|found| unowned(found).into()).collect()
    }

    /// Makes the changes that give the loose sequences to their columns, and the others what they have beyond them.
    pub(super) fn ownerships(&self, catalog: &Catalog) -> Vec<Change> {
        let owner = |found: &Relation| found.sequence.as_ref().and_then(|sequence| sequence.owned_by.clone());
        let own = |found: &Relation| {
            let owned_by = owner(found).map(|(table, column)| (catalog.shown(&table), column));
            OwnSequence { sequence: catalog.shown(&found.name), owned_by }
        };
        let retyped = self.retyped.iter().cloned().map(Change::from);
        self.loose.iter().map(|found| own(found).into()).chain(retyped).collect()
    }
}

fn is_implied(table: &Relation, found: &Relation) -> bool {
    let Some(sequence) = &found.sequence else { return false };
    let Some((_, name)) = &sequence.owned_by else { return false };
    let chosen = plain_choice(table.name.last(), Some(name.as_str()), "seq");
    let serial = table.column(name).is_some_and(|owner| column::is_serial(owner, found));
    sequence.identity || serial && *found.name.last() == chosen && found.persistence == table.persistence
}

/// Returns the options of an identity column's sequence.
pub(super) fn identity_options(table: &Name, column: &crate::catalog::Column, found: &Relation) -> Vec<SequenceOption> {
    let Some(sequence) = &found.sequence else { return Vec::new() };
    let implied = column.type_name.as_ref().unwrap_or(&sequence.type_name);
    let is_chosen = *found.name.last() == plain_choice(table.last(), Some(column.name.as_str()), "seq");
    let name = (!is_chosen).then(|| SequenceOption::Name(found.name.clone()));
    name.into_iter().chain(sequence.options(implied)).collect()
}

/// Says what of a sequence is lost with it.
pub(super) fn position(sequence: &Name) -> String {
    format!("the value that `{sequence}` has reached")
}

impl ChangeKind for CreateSequence {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        insert(catalog, &self.relation)
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(super::DropRelation {
            relation: self.sequence.clone(),
            kind: Kind::Sequence,
            referenced: Vec::new(),
            rows: super::Dropped::Lost,
        })
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

/// Adds a relation whose name must be free.
pub(super) fn insert(catalog: &mut Catalog, relation: &Relation) -> Result<(), CatalogError> {
    let schema = relation.name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
    if catalog.has_relation_name(&schema, relation.name.last()) {
        return Err(CatalogError::DuplicateTable(relation.name.clone()));
    }
    let mut relation = relation.clone();
    // The sequence of a column has the owner of the table.
    let owned_by = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
    if let Some(table) = owned_by.and_then(|(table, _)| catalog.relation(table)) {
        let owner = table.shared.owner().cloned();
        relation.shared.update(|found| found.owner = owner);
    }
    catalog.insert(relation);
    Ok(())
}

impl fmt::Display for CreateSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bigint = crate::pg::TypeName::builtin("int8", crate::source::Span::default());
        let options = self.relation.sequence.as_ref().map_or_else(Vec::new, |sequence| sequence.options(&bigint));
        write!(f, "CREATE {}SEQUENCE {}{}", self.relation.persistence, self.sequence, Spaced(&options))?;
        write!(f, "{}", Lead(" OWNED BY ", &self.owner))
    }
}

/// Finds a sequence, or says that it is not there.
pub(super) fn existing<'a>(catalog: &'a Catalog, name: &Name) -> Result<&'a Sequence, CatalogError> {
    let found = catalog.existing(name)?;
    found.sequence.as_deref().ok_or_else(|| CatalogError::WrongKind(name.clone(), "a sequence"))
}

impl ChangeKind for AlterSequence {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        existing(catalog, &self.sequence)?;
        let mut relation = catalog.existing_mut(&self.sequence)?;
        if let Some(sequence) = &mut relation.sequence {
            let (owned_by, identity) = (sequence.owned_by.take(), sequence.identity);
            **sequence = Sequence { owned_by, identity, ..(*self.to).clone() };
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Ok(old) = existing(before, &self.sequence) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.sequence));
        };
        let options = old.changes_from(&self.to);
        let restarts = self.options.iter().any(|option| matches!(option, SequenceOption::Restart(_)));
        let back = AlterSequence { sequence: self.sequence.clone(), to: Box::new(old.clone()), options };
        let changes: Vec<Change> = if back.options.is_empty() { Vec::new() } else { vec![back.into()] };
        match (restarts, changes.is_empty()) {
            (true, _) => {
                let Some(held) = before.relation(&self.sequence) else { return Inverse::Nothing };
                let (restore, record) = RestorePosition::of(&self.sequence, held);
                let changes = changes.into_iter().chain([restore.into()]).collect();
                Inverse::Captured { changes, data: vec![record] }
            }
            (false, true) => Inverse::Nothing,
            (false, false) => Inverse::Exact(changes),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.sequence, LockMode::ShareRowExclusive)]
    }
}

impl fmt::Display for AlterSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SEQUENCE {}{}", self.sequence, Spaced(&self.options))
    }
}
