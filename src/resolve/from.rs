//! FROM: relations, common table expressions, subqueries, functions and joins become range-table entries.

use super::{
    Completeness, Entry, EntryColumn, EntryId, Item, Meaning, Output, OutputColumn, Resolver, Role, Side, Sight,
    Source, place,
};
use crate::catalog::{Kind, Relation};
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Alias, FromItem, FromKind, FunctionCall, JoinCondition, JoinKind, Query};

/// A join before its columns are merged.
struct Join<'a> {
    natural: bool,
    kind: JoinKind,
    condition: &'a JoinCondition,
    alias: &'a Option<Alias>,
}

impl Resolver<'_> {
    /// Resolves the items of FROM in order and puts them in sight of the level.
    pub(super) fn from(&mut self, items: &[FromItem]) {
        for item in items {
            let mut seen = self.sight_of(item);
            seen.iter_mut().for_each(|seen| seen.sight = Sight::Lateral);
            self.level().items.extend(seen);
        }
        self.note_duplicates();
        // What a statement writes cannot be seen from FROM, but from everything behind it.
        self.level().items.iter_mut().for_each(|item| item.sight = Sight::Free);
    }

    /// Resolves an item and returns what it brings into sight.
    pub(super) fn sight_of(&mut self, item: &FromItem) -> Vec<Item> {
        match &item.kind {
            FromKind::Table { name, alias, sample, .. } => {
                for argument in sample.iter().flat_map(|sample| sample.arguments.iter().chain(sample.seed.as_deref())) {
                    self.expr(argument);
                }
                let entry = self.table(name, alias);
                self.made(item, entry)
            }
            FromKind::Subquery { lateral, query, alias } => {
                let output = self.laterally(*lateral, |resolver| resolver.query(query));
                let entry = self.derived(Source::Subquery, None, output, alias);
                let seen = self.made(item, entry);
                // PostgreSQL 16 allows a subquery without an alias, whose columns cannot be qualified.
                let by_name = alias.is_some();
                seen.into_iter().map(|seen| Item { by_name, ..seen }).collect()
            }
            FromKind::Function { calls, ordinality, alias, .. } => {
                // A function sees its neighbours without LATERAL, too.
                self.laterally(true, |resolver| calls.iter().for_each(|call| resolver.expr(&call.call)));
                let entry = self.function(calls, *ordinality, alias);
                self.made(item, entry)
            }
            FromKind::Join { natural, kind, left, right, condition, alias } => {
                let join = Join { natural: *natural, kind: *kind, condition, alias };
                self.join(item, left, right, &join)
            }
        }
    }

    /// Two items may have one name only as relations of different schemas without aliases.
    fn note_duplicates(&mut self) {
        let items = self.level().items.clone();
        let entries: Vec<_> =
            items.iter().filter(|item| item.by_name).map(|item| &self.result.entries[item.entry.0]).collect();
        let clash = |one: &Entry, other: &Entry| match (&one.source, &other.source) {
            (Source::Relation(a, Role::Named), Source::Relation(b, Role::Named)) => one.name == other.name && a == b,
            (Source::Outside(_, Role::Named), _) | (_, Source::Outside(_, Role::Named)) => false,
            _ => one.name.is_some() && one.name == other.name,
        };
        let clashes =
            entries.iter().enumerate().any(|(at, one)| entries[at + 1..].iter().any(|other| clash(one, other)));
        self.result.has_duplicate_alias |= clashes;
    }

    fn made(&mut self, item: &FromItem, entry: EntryId) -> Vec<Item> {
        self.result.items.insert(place(item), entry);
        vec![Item::free(entry)]
    }

    fn laterally<T>(&mut self, lateral: bool, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.level().is_lateral, lateral);
        let result = run(self);
        self.level().is_lateral = before;
        result
    }

    /// A name in FROM: a common table expression hides a relation, unless a schema is written.
    fn table(&mut self, name: &Name, alias: &Option<Alias>) -> EntryId {
        if let [plain] = name.parts.as_slice()
            && let Some(table) =
                self.levels.iter().rev().flat_map(|level| level.tables.iter().rev()).find(|table| table.name == *plain)
        {
            let output = table.output.clone();
            return self.derived(Source::CommonTable(plain.clone()), Some(plain), output, alias);
        }
        let own = alias.as_ref().and_then(|alias| alias.name.clone());
        let role = if own.is_some() { Role::Aliased } else { Role::Named };
        let entry = self.relation_entry(name, own, role);
        self.rename(entry, alias);
        entry
    }

    /// Makes the entry of a relation; its columns go by their own names.
    pub(super) fn relation_entry(&mut self, name: &Name, alias: Option<Ident>, role: Role) -> EntryId {
        let shown = alias.unwrap_or_else(|| name.last().clone());
        let Some(relation) = self.catalog.relation(name) else {
            let source = Source::Outside(name.clone(), role);
            return self.add(Entry {
                name: Some(shown),
                source,
                columns: Vec::new(),
                completeness: Completeness::Partial,
            });
        };
        let columns = relation_columns(relation);
        let completeness = if is_known(relation) { Completeness::Whole } else { Completeness::Partial };
        let source = Source::Relation(relation.name.clone(), role);
        self.add(Entry { name: Some(shown), source, columns, completeness })
    }

    /// Makes the entry of something that has an output.
    fn derived(&mut self, source: Source, own: Option<&Ident>, output: Output, alias: &Option<Alias>) -> EntryId {
        let columns = output.columns.into_iter().map(|column| EntryColumn {
            name: column.name,
            type_name: column.type_name,
            sources: Vec::new(),
            origin: None,
        });
        let name = alias.as_ref().and_then(|alias| alias.name.clone()).or_else(|| own.cloned());
        let entry = Entry { name, source, columns: columns.collect(), completeness: output.completeness };
        let entry = self.add(entry);
        self.rename(entry, alias);
        entry
    }

    /// Gives the first columns the names of an alias.
    fn rename(&mut self, id: EntryId, alias: &Option<Alias>) {
        let Some(alias) = alias else { return };
        let entry = &mut self.result.entries[id.0];
        for (at, name) in alias.columns.iter().enumerate() {
            match entry.columns.get_mut(at) {
                Some(column) => column.name = name.clone(),
                None if entry.completeness == Completeness::Partial => entry.columns.push(EntryColumn {
                    name: name.clone(),
                    type_name: None,
                    sources: Vec::new(),
                    origin: None,
                }),
                None => {}
            }
        }
    }

    fn function(&mut self, calls: &[FunctionCall], ordinality: bool, alias: &Option<Alias>) -> EntryId {
        let own = alias.as_ref().and_then(|alias| alias.name.clone());
        let mut output = Output::default();
        for call in calls {
            let definitions = match alias {
                Some(alias) if call.definitions.is_empty() => &alias.definitions,
                _ => &call.definitions,
            };
            let found = match definitions.is_empty() {
                true => self.function_output(&call.call, own.as_ref().filter(|_| calls.len() == 1)),
                false => Output {
                    columns: definitions
                        .iter()
                        .map(|column| OutputColumn {
                            name: column.name.clone(),
                            type_name: Some(column.data_type.clone()),
                        })
                        .collect(),
                    completeness: Completeness::Whole,
                },
            };
            output.columns.extend(found.columns);
            if found.completeness == Completeness::Partial {
                // Where the columns behind these stand, nobody knows.
                output.completeness = Completeness::Partial;
                break;
            }
        }
        if ordinality && output.completeness == Completeness::Whole {
            let type_name = Some(TypeName::builtin("int8", crate::source::Span::default()));
            output.columns.push(OutputColumn { name: "ordinality".into(), type_name });
        }
        let first = calls.first().map(|call| self.label(&call.call));
        self.derived(Source::Function, first.as_ref(), output, alias)
    }

    fn join(&mut self, item: &FromItem, left: &FromItem, right: &FromItem, join: &Join<'_>) -> Vec<Item> {
        let mut seen = self.sight_of(left);
        let outside = self.level().items.len();
        // A RIGHT or FULL join's right side finds the left one, but may not use it.
        let sight = match join.kind {
            JoinKind::Inner | JoinKind::Left => Sight::Lateral,
            JoinKind::Right | JoinKind::Full => Sight::Forbidden,
        };
        self.level().items.extend(seen.iter().map(|seen| Item { sight, ..*seen }));
        let others = self.sight_of(right);
        self.level().items.truncate(outside);
        let sides = [whole(&seen), whole(&others)];
        seen.extend(others);
        let merged = self.merged(join, sides);
        if let JoinCondition::On(on) = join.condition {
            let before = std::mem::replace(&mut self.level().items, seen.clone());
            self.expr(on);
            self.level().items = before;
        }
        let entry = self.join_entry(join, sides, &merged);
        self.result.sides.insert(entry, sides);
        self.result.items.insert(place(item), entry);
        if join.alias.is_some() {
            return vec![Item::free(entry)];
        }
        seen.iter_mut().for_each(|seen| seen.by_column = false);
        // `USING (…) AS alias` makes the merged columns alone go by a name.
        if let JoinCondition::Using(_, Some(alias)) = join.condition {
            let columns = self.result.entries[entry.0].columns[..merged.len()].to_vec();
            let source = self.result.entries[entry.0].source.clone();
            let completeness = Completeness::Whole;
            let named = self.add(Entry { name: Some(alias.clone()), source, columns, completeness });
            seen.push(Item { by_column: false, ..Item::free(named) });
        }
        // The join as a whole stands last, where `whole` finds it.
        seen.push(Item { by_name: false, ..Item::free(entry) });
        seen
    }

    /// Returns the names of the merged columns.
    fn merged(&self, join: &Join<'_>, sides: [EntryId; 2]) -> Vec<Ident> {
        match join.condition {
            JoinCondition::Using(columns, _) => columns.clone(),
            _ if join.natural => {
                let [left, right] = sides.map(|side| &self.result.entries[side.0].columns);
                let common = left.iter().filter(|column| right.iter().any(|other| other.name == column.name));
                common.map(|column| column.name.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn join_entry(&mut self, join: &Join<'_>, sides: [EntryId; 2], merged: &[Ident]) -> EntryId {
        let mut columns: Vec<EntryColumn> = Vec::new();
        for name in merged {
            let sources: Vec<(EntryId, usize)> =
                sides.iter().filter_map(|side| self.side_column(*side, name)).collect();
            let type_name =
                sources.first().and_then(|(side, at)| self.result.entries[side.0].columns[*at].type_name.clone());
            columns.push(EntryColumn { name: name.clone(), type_name, sources, origin: None });
        }
        for side in sides {
            let own = self.result.entries[side.0].columns.iter().enumerate();
            let rest = own.filter(|(_, column)| !merged.contains(&column.name));
            columns.extend(rest.map(|(at, column)| EntryColumn {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                sources: vec![(side, at)],
                origin: None,
            }));
        }
        let partial = sides.iter().any(|side| self.result.entries[side.0].completeness == Completeness::Partial);
        let completeness = if partial { Completeness::Partial } else { Completeness::Whole };
        let source = Source::Join(match join.kind {
            JoinKind::Inner | JoinKind::Left => Side::Left,
            JoinKind::Right => Side::Right,
            JoinKind::Full => Side::Either,
        });
        let name = join.alias.as_ref().and_then(|alias| alias.name.clone());
        let entry = self.add(Entry { name, source, columns, completeness });
        self.rename(entry, join.alias);
        entry
    }

    /// Finds a column that a join is on; a side whose columns are not all known has it for certain.
    fn side_column(&mut self, side: EntryId, name: &Ident) -> Option<(EntryId, usize)> {
        let entry = &self.result.entries[side.0];
        if let Some(at) = entry.columns.iter().position(|column| column.name == *name) {
            return Some((side, at));
        }
        if entry.completeness == Completeness::Whole || matches!(entry.source, Source::Join(_)) {
            return None;
        }
        match self.learn(side, name) {
            Meaning::Column(entry, at) => Some((entry, at)),
            _ => None,
        }
    }

    /// Resolves a subquery in its own level and says what it returns.
    pub(super) fn subquery(&mut self, query: &Query) -> Output {
        self.laterally(false, |resolver| resolver.query(query))
    }
}

/// The entry that stands for all columns of an item of FROM: the last, which for a join is the join itself.
fn whole(items: &[Item]) -> EntryId {
    items.last().expect("every item of FROM makes an entry").entry
}

/// Says whether all columns of a relation are known.
pub(super) fn is_known(relation: &Relation) -> bool {
    match relation.kind {
        Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs => !relation.is_open,
        Kind::Foreign | Kind::Sequence => true,
        Kind::View | Kind::MaterializedView => !relation.columns.is_empty(),
    }
}

fn relation_columns(relation: &Relation) -> Vec<EntryColumn> {
    let own = relation.columns.iter().map(|column| (column.name.clone(), column.type_name.clone()));
    let of_sequence = ["last_value", "log_cnt", "is_called"].map(|name| (Ident::exact(name), None));
    let all: Vec<_> = match relation.kind {
        Kind::Sequence => of_sequence.into_iter().collect(),
        _ => own.collect(),
    };
    let column = |(name, type_name): (Ident, _)| EntryColumn {
        name: name.clone(),
        type_name,
        sources: Vec::new(),
        origin: Some(name),
    };
    all.into_iter().map(column).collect()
}
