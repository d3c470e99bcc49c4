//! Column references: which entry of which level a name means.

use super::{Completeness, Entry, EntryColumn, EntryId, Item, Meaning, Reason, Resolver, Role, Side, Sight, Source};
use crate::catalog::Class;
use crate::pg::{Ident, Name};

/// The columns that every table has; sorted.
const SYSTEM: &[&str] = &["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];

/// What the items of one level say of a name.
enum Found {
    Nothing,
    /// A column that is there for certain.
    Meaning(Meaning),
    /// Not in what is known, but these entries may have more.
    Perhaps(Vec<EntryId>),
}

impl Resolver<'_> {
    /// Finds what a column reference means.
    pub(super) fn column(&mut self, parts: &[Ident]) -> Meaning {
        match parts {
            [name] => self.unqualified(name),
            [row, name] => self.qualified(None, row, name),
            [schema, row, name] | [_, schema, row, name] => self.qualified(Some(schema), row, name),
            _ => Meaning::Unresolved(Reason::UndefinedColumn),
        }
    }

    fn unqualified(&mut self, name: &Ident) -> Meaning {
        for at in (0..self.levels.len()).rev() {
            match self.in_level(at, name) {
                Found::Nothing => {}
                Found::Meaning(meaning) => return meaning,
                Found::Perhaps(entries) => return self.perhaps(at, name, &entries),
            }
        }
        match self.row(None, name) {
            Ok(entry) => Meaning::WholeRow(entry),
            Err(_) if self.parameters.contains(name) => Meaning::Parameter,
            Err(_) => Meaning::Unresolved(Reason::UndefinedColumn),
        }
    }

    /// The name is no column that is known of its level: the one entry that may have more has it, unless an outer level
    /// could be meant as well.
    fn perhaps(&mut self, at: usize, name: &Ident, entries: &[EntryId]) -> Meaning {
        let outside = (0..at).rev().any(|outer| !matches!(self.in_level(outer, name), Found::Nothing));
        let otherwise = outside || self.parameters.contains(name) || self.row(None, name).is_ok();
        match entries {
            [entry] if !otherwise => self.learn(*entry, name),
            _ => Meaning::Unresolved(Reason::Unknown),
        }
    }

    fn in_level(&self, at: usize, name: &Ident) -> Found {
        let level = &self.levels[at];
        let mut found: Option<Meaning> = None;
        let mut perhaps: Vec<EntryId> = Vec::new();
        for item in level.items.iter().filter(|item| item.by_column) {
            if item.sight != Sight::Free && !level.is_lateral {
                continue;
            }
            match self.in_entry(item.entry, name) {
                Found::Nothing => {}
                Found::Perhaps(entries) => perhaps.extend(entries),
                Found::Meaning(_) if found.is_some() => {
                    return Found::Meaning(Meaning::Unresolved(Reason::AmbiguousColumn));
                }
                Found::Meaning(_) if item.sight == Sight::Forbidden => {
                    found = Some(Meaning::Unresolved(Reason::Invisible));
                }
                Found::Meaning(meaning) => found = Some(meaning),
            }
        }
        match found {
            Some(meaning) => Found::Meaning(meaning),
            None if perhaps.is_empty() => Found::Nothing,
            None => Found::Perhaps(perhaps),
        }
    }

    fn in_entry(&self, id: EntryId, name: &Ident) -> Found {
        let entry = &self.result.entries[id.0];
        let mut places = entry.columns.iter().enumerate().filter(|(_, column)| column.name == *name);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => Found::Meaning(Meaning::Unresolved(Reason::AmbiguousColumn)),
            (Some((at, _)), None) => Found::Meaning(self.chase(id, at)),
            (None, _) if self.has_system_columns(entry) && SYSTEM.binary_search(&name.as_str()).is_ok() => {
                Found::Meaning(Meaning::System(id, name.clone()))
            }
            (None, _) => match self.partial(id) {
                entries if entries.is_empty() => Found::Nothing,
                entries => self.learnt(entries, name),
            },
        }
    }

    /// Columns of a join's sides may have been learnt after the join was made.
    fn learnt(&self, entries: Vec<EntryId>, name: &Ident) -> Found {
        let known = entries.iter().find_map(|id| {
            let at = self.result.entries[id.0].columns.iter().position(|column| column.name == *name)?;
            Some(Meaning::Column(*id, at))
        });
        known.map_or(Found::Perhaps(entries), Found::Meaning)
    }

    /// Returns the entries below that may have more columns than are known.
    fn partial(&self, id: EntryId) -> Vec<EntryId> {
        let entry = &self.result.entries[id.0];
        match (entry.completeness, &entry.source) {
            (Completeness::Whole, _) => Vec::new(),
            (Completeness::Partial, Source::Join(_)) => {
                self.result.sides.get(&id).into_iter().flatten().flat_map(|side| self.partial(*side)).collect()
            }
            (Completeness::Partial, _) => vec![id],
        }
    }

    /// Takes note that an entry whose columns are not all known has this one.
    pub(super) fn learn(&mut self, id: EntryId, name: &Ident) -> Meaning {
        let entry = &mut self.result.entries[id.0];
        let origin = matches!(entry.source, Source::Relation(..)).then(|| name.clone());
        entry.columns.push(EntryColumn { name: name.clone(), type_name: None, sources: Vec::new(), origin });
        Meaning::Column(id, entry.columns.len() - 1)
    }

    /// Follows a column of a join to the column that it is; a merged one of a full join is none but itself.
    pub(super) fn chase(&self, mut id: EntryId, mut at: usize) -> Meaning {
        loop {
            let entry = &self.result.entries[id.0];
            let Source::Join(side) = &entry.source else { return Meaning::Column(id, at) };
            (id, at) = match (entry.columns[at].sources.as_slice(), side) {
                ([one], _) | ([one, _], Side::Left) | ([_, one], Side::Right) => *one,
                _ => return Meaning::Column(id, at),
            };
        }
    }

    fn qualified(&mut self, schema: Option<&Ident>, row: &Ident, name: &Ident) -> Meaning {
        let id = match self.row(schema, row) {
            Ok(id) => id,
            Err(_) if self.is_parameter(row, name) => return Meaning::Parameter,
            Err(reason) => return Meaning::Unresolved(reason),
        };
        match self.in_entry(id, name) {
            Found::Meaning(meaning) => meaning,
            Found::Perhaps(entries) => match entries.as_slice() {
                [entry] => self.learn(*entry, name),
                _ => Meaning::Unresolved(Reason::Unknown),
            },
            Found::Nothing if self.is_routine(name) => Meaning::Call(id),
            Found::Nothing => Meaning::Unresolved(Reason::UndefinedColumn),
        }
    }

    fn is_parameter(&self, first: &Ident, second: &Ident) -> bool {
        let named = self.routine.as_ref() == Some(first) && self.parameters.contains(second);
        named || self.parameters.contains(first)
    }

    fn is_routine(&self, name: &Ident) -> bool {
        let name = Name::simple(name.clone(), crate::source::Span::default());
        !self.catalog.objects_named(Class::Routine, &name).is_empty()
    }

    /// Finds the entry that a qualifier means.
    pub(super) fn row(&self, schema: Option<&Ident>, row: &Ident) -> Result<EntryId, Reason> {
        for level in self.levels.iter().rev() {
            let visible = |item: &&Item| item.by_name && (item.sight == Sight::Free || level.is_lateral);
            let mut found = level.items.iter().filter(visible).filter(|item| self.goes_by(item.entry, schema, row));
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => return Err(Reason::AmbiguousTable),
                (Some(item), None) if item.sight == Sight::Forbidden => return Err(Reason::Invisible),
                (Some(item), None) => return Ok(item.entry),
                (None, _) => {}
            }
        }
        Err(Reason::UndefinedTable)
    }

    fn goes_by(&self, id: EntryId, schema: Option<&Ident>, row: &Ident) -> bool {
        let entry = &self.result.entries[id.0];
        let Some(schema) = schema else { return entry.name.as_ref() == Some(row) };
        match &entry.source {
            Source::Relation(name, Role::Named) | Source::Outside(name, Role::Named) => {
                // What lies outside the catalog may lie in any schema.
                let same = name.schema().is_none_or(|own| own == schema);
                same && name.last() == row
            }
            _ => false,
        }
    }

    /// Views have none; of what is not known nobody can say.
    fn has_system_columns(&self, entry: &Entry) -> bool {
        use crate::catalog::Kind;
        match &entry.source {
            Source::Relation(name, _) => self.catalog.relation(name).is_some_and(|found| found.kind != Kind::View),
            Source::Outside(..) => true,
            _ => false,
        }
    }
}
