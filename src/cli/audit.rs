//! `tenet audit`.

use std::io::{self, Write};

use super::apply::ended;
use super::args::{AuditArgs, Common, RunFormat};
use super::build;
use super::exit::Exit;
use super::output::{self, Failure};
use crate::project::{self, Overrides, Project};
use crate::run::{self, AuditReport, Context, Route, RunError, Selection, Stop, Trace};

/// Prints the trail and verifies it.
pub(super) fn run(common: &Common, args: &AuditArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let Some(compiled) = build::compiled(common, &project, "nothing was read")? else { return Ok(Exit::Findings) };
    let selection = match args.tenant.is_empty() {
        true => Selection::All,
        false => Selection::Tenants(args.tenant.clone()),
    };
    let stop = Stop::default();
    let environment = |name: &str| std::env::var(name).ok();
    let route = match Route::new(&compiled, project.settings.tenancy.isolation) {
        Ok(route) => route,
        Err(error) => return Ok(ended(&error)),
    };
    let context = Context::new(&project, &route, &environment, &stop);
    let mut found = Ok(AuditReport::default());
    output::data(|out| write(&context, &selection, args.format, out, &mut found))?;
    match found {
        Ok(report) if !report.breaks.is_empty() => Ok(Exit::Findings),
        Ok(report) if report.unread.is_empty() => Ok(Exit::Clean),
        Ok(report) => {
            let noun = if report.unread.len() == 1 { "database" } else { "databases" };
            output::complain(&format!("{} {noun} could not be read", report.unread.len()));
            Ok(if report.chains == 0 { Exit::NoServer } else { Exit::Halted })
        }
        Err(error) => Ok(ended(&error)),
    }
}

/// Writes events as they are read: there may be more than memory holds.
fn write(
    context: &Context<'_>,
    selection: &Selection,
    format: RunFormat,
    out: &mut dyn Write,
    found: &mut Result<AuditReport, RunError>,
) -> io::Result<()> {
    let mut trouble = None;
    let mut count = 0;
    if format == RunFormat::Json {
        write!(out, "{{\n  \"version\": 1,\n  \"events\": [")?;
    }
    *found = run::audit(context, selection, &mut |trace: &Trace| {
        let line = match format {
            RunFormat::Human => writeln!(out, "{}", trace.line()),
            RunFormat::Json => event(out, trace, count),
        };
        count += 1;
        trouble = line.err().or_else(|| trouble.take());
    });
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    let empty = AuditReport::default();
    end(out, format, found.as_ref().unwrap_or(&empty))
}

/// Writes what all events together say.
fn end(out: &mut dyn Write, format: RunFormat, report: &AuditReport) -> io::Result<()> {
    let (events, chains, breaks) = (report.events, report.chains, &report.breaks);
    match format {
        RunFormat::Human => {
            for found in &report.unread {
                writeln!(out, "not read: {found}")?;
            }
            for found in breaks {
                writeln!(out, "broken: {found}")?;
            }
            let noun = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
            writeln!(out, "{} in {}, {}", noun(events, "event"), noun(chains, "chain"), noun(breaks.len(), "break"))
        }
        RunFormat::Json => {
            let (breaks, unread) = (serde_json::to_string(breaks)?, serde_json::to_string(&report.unread)?);
            let undoable = serde_json::to_string(&report.undoable_until)?;
            writeln!(
                out,
                "\n  ],\n  \"chains\": {chains},\n  \"breaks\": {breaks},\n  \"unread\": {unread},\n  \
                 \"undoable_until\": {undoable}\n}}"
            )
        }
    }
}

fn event(out: &mut dyn Write, trace: &Trace, count: usize) -> io::Result<()> {
    write!(out, "{}\n    {}", if count == 0 { "" } else { "," }, serde_json::to_string(trace)?)
}
