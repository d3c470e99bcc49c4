//! The recording of rows as scripts write it: prepared, begun, ended, undone.

use std::collections::BTreeSet;

use crate::capture::{Owner, Recorded};
use crate::pg::{Ident, Name};
use crate::plan::Segment;
use crate::query::Quoted;

/// The phase whose rows are recorded.
pub(super) struct Recording {
    /// Its migration's version, as an SQL string.
    pub(super) version: String,
    /// Its number.
    pub(super) phase: usize,
    /// Its tenant as SQL.
    pub(super) tenant: String,
    /// The schema whose relations need not be qualified: the first of the search path.
    pub(super) home: Option<Ident>,
}

impl Recording {
    fn key(&self, segment: &Segment) -> String {
        format!("{}, {}, {}", self.version, self.phase, segment.number)
    }

    /// Prepares what a segment records.
    pub(super) fn prepare(&self, segment: &Segment) -> String {
        let tables = segment.relations.iter().map(|found| self.table(segment, found));
        let ready = query(&format!("tenet.capture_ready({})", self.key(segment)), "ready");
        tables.chain([ready]).collect()
    }

    fn table(&self, segment: &Segment, recorded: &Recorded) -> String {
        let key = self.key(segment);
        let relation = self.relation(&recorded.relation);
        let unless = |call: String| match recorded.maker {
            Some(at) => format!("CASE WHEN NOT :'tenet_{}'::boolean\n    THEN {call} END", made(at)),
            None => call,
        };
        if recorded.keys.is_empty() {
            return query(&unless(format!("tenet.capture_refuse({key}, {relation})")), "prepared");
        }
        let updated = recorded.updated.as_ref().map_or_else(null, |columns: &BTreeSet<Ident>| array(columns.iter()));
        let owner = match &recorded.owner {
            Owner::Nobody => "NULL, NULL, NULL, NULL, NULL".to_owned(),
            Owner::Column(column) => format!("{}, NULL, NULL, NULL, NULL", Quoted(column.as_str())),
            Owner::Through { via, relation, keys, tenant } => {
                let relation = self.relation(relation);
                let (via, keys) = (array(via.iter()), array(keys.iter()));
                format!("NULL, {via}, {relation}, {keys},\n    {}", Quoted(tenant))
            }
        };
        let keys = array(recorded.keys.iter());
        query(&unless(format!("tenet.capture_table({key}, {relation}, {keys}, {updated}, {owner})")), "prepared")
    }

    /// Keeps whether the statement at a place made what it may have found, for what records rows of it.
    pub(super) fn keep_made(at: usize, did: &str) -> String {
        query(did, &made(at))
    }

    /// Names a relation.
    pub(super) fn relation(&self, name: &Name) -> String {
        let is_home = name.schema() == self.home.as_ref();
        let shown = if is_home { name.last().to_string() } else { name.to_string() };
        format!("{}::regclass", Quoted(&shown))
    }

    /// Begins a segment.
    pub(super) fn begin(&self, segment: &Segment) -> String {
        query(&format!("tenet.capture_begin({}, {})", self.tenant, self.key(segment)), "capture")
    }

    /// Ends what was begun.
    pub(super) fn end(&self) -> String {
        query("tenet.capture_end()", "captured")
    }

    /// Takes away what was prepared for a segment, its record left.
    pub(super) fn release(&self, segment: &Segment) -> String {
        query(&format!("tenet.capture_release({})", self.key(segment)), "released")
    }

    /// Takes away all that was prepared for a segment.
    pub(super) fn drop(&self, segment: &Segment) -> String {
        query(&format!("tenet.capture_drop({})", self.key(segment)), "dropped")
    }

    /// Brings back what a segment changed.
    pub(super) fn undo(&self, segment: &Segment) -> String {
        query(&format!("tenet.undo({}, {})", self.tenant, self.key(segment)), "undone")
    }
}

/// Names the variable that says whether the statement at a place made what it may have found.
fn made(at: usize) -> String {
    format!("made_{}", at + 1)
}

fn query(call: &str, column: &str) -> String {
    format!("SELECT {call} AS {column} \\gset tenet_\n")
}

fn null() -> String {
    "NULL".to_owned()
}

/// Writes names as an array of texts.
fn array<'a>(names: impl Iterator<Item = &'a Ident>) -> String {
    let list = names.map(|name| Quoted(name.as_str()).to_string()).collect::<Vec<_>>().join(", ");
    format!("ARRAY[{list}]::text[]")
}
