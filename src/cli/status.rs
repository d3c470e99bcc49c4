//! `tenet status`.

use super::apply::ended;
use super::args::{Common, RunFormat, StatusArgs};
use super::build;
use super::exit::Exit;
use super::next;
use super::output::{self, Failure};
use crate::project::{self, Overrides, Project};
use crate::run::{self, Context, Route, RunError, Selection, Stop};

/// Shows where tenants stand.
pub(super) fn run(common: &Common, args: &StatusArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let Some(compiled) = build::compiled(common, &project, "nothing is known")? else { return Ok(Exit::Findings) };
    let selection = match args.tenant.is_empty() {
        true => Selection::All,
        false => Selection::Tenants(args.tenant.clone()),
    };
    let stop = Stop::default();
    let environment = |name: &str| std::env::var(name).ok();
    let found = Route::new(&compiled, project.settings.tenancy.isolation).and_then(|route| {
        let context = Context::new(&project, &route, &environment, &stop);
        run::status(&context, &selection, args.jobs, &mut |_| ())
    });
    report(common, found, args.format)
}

fn report(
    common: &Common,
    found: Result<Vec<run::TenantStatus>, RunError>,
    format: RunFormat,
) -> Result<Exit, Failure> {
    let tenants = match found {
        Ok(tenants) => tenants,
        Err(error) => return Ok(ended(&error)),
    };
    output::data(|out| match format {
        RunFormat::Human => {
            run::status_table(&tenants, out)?;
            next::behind_status(common, &tenants).map_or(Ok(()), |line| writeln!(out, "{line}"))
        }
        RunFormat::Json => run::status_json(&tenants, out),
    })?;
    Ok(Exit::Clean)
}
