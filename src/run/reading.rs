//! What the ledger says of a tenant in one database, and which steps it lacks.

use super::Context;
use super::report::phase_name;
use super::route::Site;
use super::session::Session;
use super::standing::{Chain, Done, Progress, Standing, steps_at};
use super::trouble::Trouble;
use super::visit::Task;
use crate::emit::Way;

/// What the ledger says of a tenant in one database.
pub(super) struct Read<'t> {
    task: Task<'t>,
    progress: Progress,
    /// For what runs once in a tenant's own database.
    shared: Option<Progress>,
    sites: Vec<Site>,
    /// The name of the chain.
    tenant: String,
    /// Where the chain ends.
    pub(super) standing: Option<Standing>,
    pub(super) has_met_run: bool,
}

impl<'t> Read<'t> {
    pub(super) fn new(
        context: &Context<'_>,
        session: &mut Session<'_>,
        chain: Chain<'_>,
        task: Task<'t>,
    ) -> Result<Self, Trouble> {
        let sites: Vec<Site> = context.route.steps.iter().map(|step| step.site).collect();
        let is = |site: Site| task.steps.iter().any(|at| sites[*at] == site);
        let of_chain: &[Site] = match chain {
            Chain::Shared => &[Site::Shared],
            Chain::Of(_) if context.places.is_schema() => &[Site::Member, Site::Own],
            Chain::Of(_) if is(Site::Member) => &[Site::Member],
            Chain::Of(_) => &[Site::Own],
        };
        let standing = session.hold(chain)?;
        let mut progress = session.progress(&steps_at(context.route, of_chain), chain, standing.as_ref())?;
        let mut shared = match is(Site::OwnShared) {
            true => {
                let found = session.standing(Chain::Shared)?;
                let steps = steps_at(context.route, &[Site::OwnShared]);
                Some(session.progress(&steps, Chain::Shared, found.as_ref())?)
            }
            false => None,
        };
        if task.way == Way::Rollback {
            progress.begun(context.route, &session.begun(chain, task.of_run)?);
            if let Some(shared) = &mut shared {
                shared.begun(context.route, &session.begun(Chain::Shared, task.of_run)?);
            }
        }
        let mut has_met_run = false;
        if let Some(run) = task.of_run {
            let of_run = session.steps_of_run(chain, run)?;
            has_met_run = !of_run.is_empty();
            if let Some(later) = progress.keep(context.route, &of_run) {
                let name = phase_name(context.route, context.route.steps[later]);
                return Err(Trouble::refusal(format!("{name} was applied by a later run: roll that back first")));
            }
            if let Some(shared) = &mut shared {
                shared.keep(context.route, &session.steps_of_run(Chain::Shared, run)?);
            }
        }
        Ok(Read { task, progress, shared, sites, tenant: chain.name().to_owned(), standing, has_met_run })
    }

    /// Says whether the tenant has everything of its own: before that, nobody knows what it should hold.
    pub(super) fn is_whole(&self, context: &Context<'_>) -> bool {
        steps_at(context.route, &[Site::Own, Site::OwnShared]).into_iter().all(|at| self.state(at) == Done::Applied)
    }

    fn state(&self, at: usize) -> Done {
        match (&self.shared, self.sites[at]) {
            (Some(shared), Site::OwnShared) => shared.get(at),
            _ => self.progress.get(at),
        }
    }

    pub(super) fn wants(&self, at: usize) -> bool {
        match (self.task.way, self.state(at)) {
            (Way::Forward, Done::Never) => !self.task.closed.excuses(at, &self.tenant, self.standing.as_ref()),
            (Way::Forward, Done::RolledBack) | (Way::Rollback, Done::Applied) => true,
            (Way::Forward, Done::Applied) | (Way::Rollback, _) => false,
        }
    }

    pub(super) fn done(&mut self, at: usize, way: Way) {
        let done = match way {
            Way::Forward => Done::Applied,
            Way::Rollback => Done::RolledBack,
        };
        match (&mut self.shared, self.sites[at]) {
            (Some(shared), Site::OwnShared) => shared.set(at, done),
            _ => self.progress.set(at, done),
        }
    }
}
