//! `--dry-run`: which script would run where.

use std::io;

use serde::Serialize;

use super::apply::refusal_for_some;
use super::report::Event;
use super::rollback::{Undo, steps as steps_to_undo};
use super::route::Site;
use super::status::{Stand, Survey};
use super::trouble::Trouble;
use super::{Asked, Context, RunError, Selection};
use crate::emit::Way;

/// A script that would run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// For whom; `None` when it is for everybody.
    pub tenant: Option<String>,
    /// Where, without secrets.
    pub target: String,
    /// The script, below the build folder.
    pub script: String,
}

/// Returns what `apply` would run, in order.
///
/// # Errors
///
/// As `apply`'s, and a tenant's database that cannot be read.
pub fn plan_apply(context: &Context<'_>, asked: &Asked) -> Result<Vec<Planned>, RunError> {
    let steps = context.route.up_to(asked.to.as_deref())?;
    let plan = Plan::new(context, &asked.selection, asked.jobs)?;
    let mut planned = Vec::new();
    for group in context.route.groups(&steps) {
        let is_shared = context.route.steps[group[0]].site == Site::Shared;
        let pending = |at: &usize| !plan.survey.is_shared_done(*at);
        match (is_shared, &asked.selection) {
            (true, Selection::Tenants(_)) => {
                if let Some(at) = group.iter().copied().find(pending) {
                    return Err(RunError::Usage(refusal_for_some(context.route, at)));
                }
            }
            (true, Selection::All) => {
                let target = context.places.shared()?.to_string();
                let lines = group.iter().filter(|at| pending(at));
                planned.extend(lines.map(|at| plan.line(None, &target, *at, Way::Forward)));
            }
            (false, _) => plan.tenants(&group, Way::Forward, &mut planned)?,
        }
    }
    Ok(planned)
}

/// Returns what `rollback` would run for tenants, in order.
///
/// # Errors
///
/// As `rollback`'s.
pub fn plan_rollback(context: &Context<'_>, undo: &Undo, jobs: usize) -> Result<Vec<Planned>, RunError> {
    let Undo::Tenants { ids, .. } = undo else {
        return Err(RunError::Usage(
            "`--dry-run` shows what is undone for tenants; `tenet audit` shows what a run did".to_owned(),
        ));
    };
    let mut steps = steps_to_undo(context, undo)?;
    steps.reverse();
    let plan = Plan::new(context, &Selection::Tenants(ids.clone()), jobs)?;
    let mut planned = Vec::new();
    plan.tenants(&steps, Way::Rollback, &mut planned)?;
    Ok(planned)
}

struct Plan<'a> {
    context: &'a Context<'a>,
    survey: Survey<'a>,
    stands: Vec<(usize, Stand)>,
}

impl<'a> Plan<'a> {
    fn new(context: &'a Context<'a>, selection: &Selection, jobs: usize) -> Result<Self, RunError> {
        let survey = Survey::new(context, selection)?;
        let mut stands = Vec::new();
        let mut trouble: Option<Trouble> = None;
        survey.each(jobs, &mut |_: Event| (), &mut |tenant, stand| match stand {
            Ok(stand) => {
                let place = survey.tenants.iter().position(|known| known.id == tenant.id);
                stands.extend(place.map(|place| (place, stand)));
            }
            Err(found) => trouble = Some(found),
        });
        if let Some(trouble) = trouble {
            return Err(super::apply::first(trouble));
        }
        stands.sort_by_key(|(place, _)| *place);
        Ok(Plan { context, survey, stands })
    }

    fn line(&self, tenant: Option<&str>, target: &str, at: usize, way: Way) -> Planned {
        let script = self.context.route.phase(self.context.route.steps[at]).script(way);
        Planned { tenant: tenant.map(str::to_owned), target: target.to_owned(), script: script.file.clone() }
    }

    fn tenants(&self, steps: &[usize], way: Way, planned: &mut Vec<Planned>) -> Result<(), RunError> {
        for (place, stand) in &self.stands {
            let tenant = &self.survey.tenants[*place];
            for at in steps {
                let wanted = match way {
                    Way::Forward => !self.survey.is_done(&tenant.id, stand, *at),
                    Way::Rollback => stand.has(*at),
                };
                if wanted {
                    let target = match self.context.route.steps[*at].site {
                        Site::Shared | Site::Member => self.context.places.shared()?,
                        Site::Own | Site::OwnShared => self.context.places.own(tenant)?,
                    };
                    planned.push(self.line(Some(&tenant.id), &target.to_string(), *at, way));
                }
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    scripts: &'a [Planned],
}

/// Writes scripts that would run as one JSON document.
///
/// # Errors
///
/// The writer's.
pub fn plan_json(planned: &[Planned], out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document { version: 1, scripts: planned })?;
    writeln!(out)
}

/// Writes scripts that would run, one a line.
///
/// # Errors
///
/// The writer's.
pub fn plan_lines(planned: &[Planned], out: &mut dyn io::Write) -> io::Result<()> {
    for line in planned {
        writeln!(out, "{}: {} on {}", line.tenant.as_deref().unwrap_or("shared"), line.script, line.target)?;
    }
    if planned.is_empty() { writeln!(out, "nothing to do") } else { Ok(()) }
}
