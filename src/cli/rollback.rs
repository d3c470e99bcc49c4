//! `tenet rollback`.

use super::apply::{ended, finish, planned};
use super::args::{Common, ConflictsChoice, RollbackArgs};
use super::build;
use super::exit::Exit;
use super::next::Given;
use super::output::Failure;
use super::progress::Progress;
use super::signals;
use crate::project::{self, Overrides, Project};
use crate::run::{self, Conflicts, Context, Route, Undo};

/// Undoes what is asked for.
pub(super) fn run(common: &Common, args: &RollbackArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let Some(compiled) = build::compiled(common, &project, "nothing was undone")? else { return Ok(Exit::Findings) };
    build::is_current(&project, &compiled)?;
    let undo = match (&args.run, &args.to) {
        (Some(run), _) => Undo::Run(run.clone()),
        (None, to) => Undo::Tenants { ids: args.tenant.clone(), to: to.clone().unwrap_or_default() },
    };
    let stop = signals::listen();
    let route = match Route::new(&compiled, project.settings.tenancy.isolation) {
        Ok(route) => route,
        Err(error) => return Ok(ended(&error)),
    };
    let environment = |name: &str| std::env::var(name).ok();
    let context = Context::new(&project, &route, &environment, &stop).settling(match args.conflicts {
        ConflictsChoice::Fail => Conflicts::Fail,
        ConflictsChoice::Skip => Conflicts::Skip,
        ConflictsChoice::Force => Conflicts::Force,
    });
    let jobs = args.jobs.max(1);
    if args.dry_run {
        return planned(run::plan_rollback(&context, &undo, jobs), args.format);
    }
    let mut progress = Progress::new(&route, common.quiet);
    let result = run::rollback(&context, &undo, jobs, &mut |event| progress.tell(&event));
    progress.end();
    finish(result, args.format, &Given::rollback(common, args).along(&route))
}
