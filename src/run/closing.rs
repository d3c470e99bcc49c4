//! What a run over all tenants leaves for later ones: whom it was about, what everybody has, what nobody needs any more.

use std::collections::BTreeSet;

use super::apply::{Conductor, Selection, first};
use super::inventory::{self, Tenant};
use super::report::Event;
use super::route::Site;
use super::session::one_row;
use super::standing::Chain;
use super::trouble::Trouble;
use super::{RunError, frozen};

impl Conductor<'_> {
    /// Takes down whom the run is about, unless it goes on with one that has not ended.
    pub(super) fn freeze(
        &mut self,
        inventory: &[Tenant],
        steps: &[usize],
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), RunError> {
        let route = self.context.route;
        let is_member = |at: &usize| route.steps[*at].site == Site::Member;
        if self.asked.selection != Selection::All || !steps.iter().any(is_member) {
            return Ok(());
        }
        if let Some(frozen) = &self.closed.frozen {
            if !std::mem::replace(&mut self.is_frozen, true) {
                let (run, began) = (&frozen.run, &frozen.began);
                tell(Event::Note(format!("going on with run {run}, with its tenants of {began} UTC")));
            }
            return Ok(());
        }
        let Some(last) = self.steps.iter().copied().rfind(is_member) else { return Ok(()) };
        let context = self.context;
        let step = route.steps[last];
        let of = (context.run.as_str(), context.tool.as_str(), context.actor.as_str());
        let until = (route.migration(step).version.as_str(), route.phase(step).number);
        let absent = self.absent.clone();
        let desk = self.desk()?;
        let tenants: Vec<&str> = inventory.iter().map(|tenant| tenant.id.as_str()).collect();
        let absent: Vec<&str> = absent.iter().map(String::as_str).collect();
        let frozen = frozen::freeze(desk, of, until, (&tenants, &absent)).and_then(|()| desk.closed());
        self.closed = frozen.map_err(first)?;
        self.is_frozen = true;
        Ok(())
    }

    /// Returns whom some steps are for: where they are shared tables' alone and belong to a run that has not ended, its tenants.
    pub(super) fn of_run(&self, inventory: &[Tenant], steps: &[usize]) -> Option<Vec<Tenant>> {
        let frozen = self.closed.frozen.as_ref().filter(|_| self.asked.selection == Selection::All)?;
        let is_its_own = |at: &usize| self.context.route.steps[*at].site == Site::Member && *at <= frozen.last;
        if !steps.iter().all(is_its_own) {
            return None;
        }
        let listed: BTreeSet<&str> = inventory.iter().map(|tenant| tenant.id.as_str()).collect();
        let left = frozen.tenants.iter().filter(|id| !listed.contains(id.as_str()));
        let left: Vec<Tenant> = left.map(|id| Tenant { id: id.clone(), ..Tenant::default() }).collect();
        if left.is_empty() { None } else { Some(inventory.iter().cloned().chain(left).collect()) }
    }

    /// Ends the run that was gone on with, once nobody lacks what it was to do.
    pub(super) fn end_frozen(&mut self) -> Result<(), RunError> {
        let Some(frozen) = self.closed.frozen.take() else { return Ok(()) };
        if self.asked.selection != Selection::All || !self.steps.contains(&frozen.last) {
            return Ok(());
        }
        frozen::end(self.desk()?, &frozen.run).map_err(|trouble| RunError::Halted(trouble.to_string()))
    }

    /// Takes down that everybody has the steps, for tenants that come later and are born with them.
    pub(super) fn close(&mut self, steps: &[usize]) -> Result<(), RunError> {
        let route = self.context.route;
        let last = steps.iter().copied().rfind(|at| route.steps[*at].site == Site::Member);
        let Some(last) = last.filter(|last| !self.closed.contains(*last)) else { return Ok(()) };
        if self.context.stop.is_asked() || self.context.servers.promoted().is_some() {
            return Ok(());
        }
        let absent = std::mem::take(&mut self.absent);
        let desk = self.desk()?;
        let halt = |trouble: Trouble| RunError::Halted(trouble.to_string());
        for tenant in &absent {
            // Who has a chain is known to be older than what is closed now.
            if desk.hold(Chain::Of(tenant)).map_err(halt)?.is_none() {
                desk.record(Chain::Of(tenant), route.steps[last], "absent", None).map_err(halt)?;
            }
            desk.release().map_err(halt)?;
        }
        desk.hold(Chain::Shared).map_err(halt)?;
        desk.record(Chain::Shared, route.steps[last], "closed", None).map_err(halt)?;
        desk.release().map_err(halt)?;
        self.closed = desk.closed().map_err(halt)?;
        Ok(())
    }

    /// Finds out who has rows, is not in the inventory, and has no chain: who comes back is not new.
    pub(super) fn look_for_the_absent(&mut self) -> Result<(), RunError> {
        let (Some(root), Some(known)) = (&self.context.settings.tenancy.root, &self.inventory) else {
            return Ok(());
        };
        if self.asked.selection != Selection::All || !self.context.route.uses(&[Site::Member]) {
            return Ok(());
        }
        let path: Vec<String> = self.context.settings.search_path.iter().map(ToString::to_string).collect();
        let path = if path.is_empty() { "\"$user\", public".to_owned() } else { path.join(", ") };
        let query = format!(
            "BEGIN READ ONLY;\nSET LOCAL search_path = {path};\nSET LOCAL row_security = off;\nSELECT {}::text FROM {};\nCOMMIT",
            root.column, root.table
        );
        let listed: BTreeSet<&str> = known.iter().map(|tenant| tenant.id.as_str()).collect();
        let Some(desk) = self.desk.as_mut() else { return Ok(()) };
        let rows = match desk.send(&query) {
            Ok(outcomes) => outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default(),
            Err(trouble) => {
                let _ = desk.send("ROLLBACK");
                let is_not_there = trouble.sqlstate.as_deref().is_some_and(inventory::is_not_there);
                return if is_not_there { Ok(()) } else { Err(first(trouble)) };
            }
        };
        let ids = rows.values.into_iter().flatten().flatten();
        if let Some(frozen) = &self.closed.frozen {
            // Who was not there when the run began is not of its time.
            self.absent = frozen.absent.iter().filter(|id| !self.standings.contains_key(*id)).cloned().collect();
            return Ok(());
        }
        let absent = ids.filter(|id| !listed.contains(id.as_str()) && !self.standings.contains_key(id)).collect();
        self.absent = absent;
        Ok(())
    }

    /// Takes away what is kept for a time only, in the database that tenants share.
    pub(super) fn expire(&mut self) -> Result<u64, RunError> {
        let Some(desk) = &mut self.desk else { return Ok(0) };
        desk.expire().map_err(|trouble| RunError::Halted(trouble.to_string()))
    }

    /// Takes away what is recorded of tenants that have left the root: nobody can bring it back, and it is not to be kept.
    pub(super) fn purge(&mut self) -> Result<u64, RunError> {
        let Some(root) = &self.context.settings.tenancy.root else { return Ok(0) };
        let is_meant = self.asked.selection == Selection::All && self.context.route.uses(&[Site::Member]);
        let path: Vec<String> = self.context.settings.search_path.iter().map(ToString::to_string).collect();
        let Some(desk) = self.desk.as_mut().filter(|_| is_meant && !path.is_empty()) else { return Ok(0) };
        let query = format!(
            "BEGIN;\nSET LOCAL search_path = {};\nSET LOCAL row_security = off;
             SELECT tenet.capture_purge(ARRAY(SELECT DISTINCT c.tenant FROM tenet.capture AS c
                 WHERE c.tenant IS NOT NULL AND NOT EXISTS (SELECT FROM {} AS r WHERE r.{}::text = c.tenant)))::text;\nCOMMIT",
            path.join(", "),
            root.table,
            root.column
        );
        match desk.send(&query) {
            Ok(outcomes) => Ok(one_row(outcomes).into_iter().flatten().find_map(|text| text.parse().ok()).unwrap_or(0)),
            Err(trouble) => {
                let _ = desk.send("ROLLBACK");
                let is_not_there = trouble.sqlstate.as_deref().is_some_and(inventory::is_not_there);
                if is_not_there { Ok(0) } else { Err(RunError::Halted(trouble.to_string())) }
            }
        }
    }
}
