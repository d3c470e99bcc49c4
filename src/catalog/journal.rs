//! What a catalog held before it changed: enough to compare both, and to go back, without a copy of the whole.

use std::collections::BTreeMap;

use super::{Catalog, Name, Object, ObjectId, Relation, Session, TEMPORARY};
use crate::pg::Ident;

/// The relations and objects that were touched, as they were before; `None` for what was not there.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    relations: BTreeMap<Name, Option<Relation>>,
    objects: BTreeMap<ObjectId, Option<Object>>,
}

/// Who acts and where names are looked up.
#[derive(Debug)]
pub struct Seat {
    session: Session,
    search_path: Vec<Ident>,
}

impl Journal {
    /// Returns the relations that were touched, as they were before.
    pub fn relations(&self) -> impl Iterator<Item = (&Name, Option<&Relation>)> {
        self.relations.iter().map(|(name, held)| (name, held.as_ref()))
    }

    /// Returns a relation as it was before; the outer `None` says that it was not touched.
    pub fn relation(&self, name: &Name) -> Option<Option<&Relation>> {
        self.relations.get(name).map(Option::as_ref)
    }

    /// Returns an object as it was before; the outer `None` says that it was not touched.
    pub fn object(&self, id: &ObjectId) -> Option<Option<&Object>> {
        self.objects.get(id).map(Option::as_ref)
    }

    /// Returns the objects that were touched, as they were before.
    pub fn objects(&self) -> impl Iterator<Item = (&ObjectId, Option<&Object>)> {
        self.objects.iter().map(|(id, held)| (id, held.as_ref()))
    }

    /// Says whether something was touched, and nothing that outlives the session.
    pub fn is_of_the_session(&self) -> bool {
        let is_touched = !self.relations.is_empty() || !self.objects.is_empty();
        let fleeting = |schema: Option<&Ident>| schema.is_some_and(|schema| *schema == TEMPORARY);
        is_touched
            && self.relations.keys().all(|name| fleeting(name.schema()))
            && self.objects.keys().all(|id| fleeting(id.name.schema()))
    }
}

impl Catalog {
    /// Begins to take note of what is touched.
    pub fn open_journal(&mut self) {
        self.journal = Some(Journal::default());
    }

    /// Ends the journal and returns it.
    pub fn close_journal(&mut self) -> Journal {
        self.journal.take().unwrap_or_default()
    }

    /// Puts back what a journal says was there; what is touched thereby is not noted.
    pub fn go_back(&mut self, journal: Journal) {
        for (name, held) in journal.relations {
            self.relations.remove(&name);
            // What was there can be found already: nothing is forgotten.
            held.into_iter().for_each(|relation| drop(self.relations.insert(relation)));
        }
        for (id, held) in journal.objects {
            self.put_object(id, held);
        }
    }

    /// Begins a session as a script of its own does, and returns the one before.
    pub fn take_seat(&mut self) -> Seat {
        let search_path = std::mem::replace(&mut self.search_path, self.home_path.clone());
        Seat { session: std::mem::take(&mut self.session), search_path }
    }

    /// Goes on with an earlier session.
    pub fn give_seat(&mut self, seat: Seat) {
        self.session = seat.session;
        self.search_path = seat.search_path;
    }

    pub(super) fn note_relation(&mut self, qualified: &Name) {
        if let Some(journal) = &mut self.journal
            && !journal.relations.contains_key(qualified)
        {
            journal.relations.insert(qualified.clone(), self.relations.get(qualified).cloned());
        }
    }

    pub(super) fn note_object(&mut self, id: &ObjectId) {
        if let Some(journal) = &mut self.journal
            && !journal.objects.contains_key(id)
        {
            journal.objects.insert(id.clone(), self.objects.0.get(id).cloned());
        }
    }
}
