//! `tenet apply`.

use super::args::{ApplyArgs, Common, RunFormat};
use super::build;
use super::exit::Exit;
use super::next::Given;
use super::output::{self, Failure};
use super::progress::Progress;
use super::signals;
use crate::project::{self, Overrides, Project};
use crate::run::{self, Asked, Context, Planned, Provision, Route, RunError, RunReport, Selection};

/// Migrates the tenants that are asked for.
pub(super) fn run(common: &Common, args: &ApplyArgs) -> Result<Exit, Failure> {
    let selection = selection(args)?;
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let Some(compiled) = build::compiled(common, &project, "nothing was applied")? else { return Ok(Exit::Findings) };
    build::is_current(&project, &compiled)?;
    let provision = match &args.provision {
        None => Provision::Nothing,
        Some(None) => Provision::Empty,
        Some(Some(template)) => Provision::CopyOf(template.clone()),
    };
    let asked = Asked { selection, to: args.to.clone(), jobs: args.jobs.max(1), provision };
    let stop = signals::listen();
    let route = match Route::new(&compiled, project.settings.tenancy.isolation) {
        Ok(route) => route,
        Err(error) => return Ok(ended(&error)),
    };
    let environment = |name: &str| std::env::var(name).ok();
    let context = Context::new(&project, &route, &environment, &stop).throttled(args.rows_per_second);
    if args.dry_run {
        return planned(run::plan_apply(&context, &asked), args.format);
    }
    let mut progress = Progress::new(&route, common.quiet);
    let result = run::apply(&context, &asked, &mut |event| progress.tell(&event));
    progress.end();
    finish(result, args.format, &Given::apply(common, args).along(&route))
}

fn selection(args: &ApplyArgs) -> Result<Selection, Failure> {
    if args.staged {
        return Err(Failure::Usage(
            "`--staged` is not there yet: `--tenant` takes some tenants, `--all` all".to_owned(),
        ));
    }
    match (args.all, args.tenant.is_empty()) {
        (true, _) => Ok(Selection::All),
        (false, false) => Ok(Selection::Tenants(args.tenant.clone())),
        (false, true) => Err(Failure::Usage("say which tenants: `--tenant ID…`, `--all` or `--staged`".to_owned())),
    }
}

/// Reports what would run.
pub(super) fn planned(planned: Result<Vec<Planned>, RunError>, format: RunFormat) -> Result<Exit, Failure> {
    let planned = match planned {
        Ok(planned) => planned,
        Err(error) => return Ok(ended(&error)),
    };
    output::data(|out| match format {
        RunFormat::Human => run::plan_lines(&planned, out),
        RunFormat::Json => run::plan_json(&planned, out),
    })?;
    Ok(Exit::Clean)
}

/// Reports how a run ended.
pub(super) fn finish(result: Result<RunReport, RunError>, format: RunFormat, given: &Given) -> Result<Exit, Failure> {
    let report = match result {
        Ok(report) => report,
        Err(error) => return Ok(ended(&error)),
    };
    output::data(|out| match format {
        RunFormat::Human => {
            report.human(out)?;
            given.next(&report).iter().try_for_each(|line| writeln!(out, "{line}"))
        }
        RunFormat::Json => report.json(out),
    })?;
    Ok(match report.is_good() {
        true => Exit::Clean,
        false if report.is_interrupted => Exit::Interrupted,
        false => Exit::Halted,
    })
}

/// Says why a run did not begin, or ended.
pub(super) fn ended(error: &RunError) -> Exit {
    output::complain(&error.to_string());
    match error {
        RunError::Usage(_) => Exit::Usage,
        RunError::NoServer(_) | RunError::Scratch(_) => Exit::NoServer,
        RunError::Halted(_) => Exit::Halted,
        RunError::Broken(_) => Exit::Findings,
        RunError::Interrupted => Exit::Interrupted,
    }
}
