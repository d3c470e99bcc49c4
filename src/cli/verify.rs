//! `tenet verify`.

use std::io::{self, IsTerminal, Write};

use super::args::{Common, VerifyArgs};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::catalog::facts::{Difference, Report};
use crate::db::{Defaults, Target};
use crate::project::{self, HistoryRole, Overrides, Project};
use crate::verify::{self, Back, Outcome, Place, Shortfall, Verified, VerifyError};

/// The variable that names the folder of the server's programs.
pub(super) const BIN: &str = "TENET_POSTGRES_BIN";

/// Runs every migration on a server, and compares what the server then holds with what the history says.
pub(super) fn run(common: &Common, args: &VerifyArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let place = place(args)?;
    let total = verify::count(&project);
    if total == 0 {
        output::note("no migrations");
        return Ok(Exit::Clean);
    }
    let progress = io::stderr().is_terminal() && !common.quiet;
    let mut done = 0;
    let mut failed = 0;
    let mut trouble = None;
    let found = verify::run(&project, &place, &mut |verified| {
        done += 1;
        failed += usize::from(!verified.outcome.is_good());
        if !common.quiet || !verified.outcome.is_good() {
            trouble = output::data(|out| tell(verified, out)).err().or_else(|| trouble.take());
        }
        if progress {
            let _ = write!(io::stderr(), "\r{done}/{total}\r");
        }
    });
    if let Some(failure) = trouble {
        return Err(failure);
    }
    match found {
        Ok(true) => {
            output::note(&format!("{done} of {total} migrations verified"));
            Ok(Exit::Clean)
        }
        Ok(false) => {
            let left = if done < total { format!(", {} not run", total - done) } else { String::new() };
            output::note(&format!("{done} of {total} migrations run, {failed} not as the history says{left}"));
            Ok(Exit::Findings)
        }
        Err(error) => {
            output::complain(&error.to_string());
            Ok(if matches!(error, VerifyError::NotEmpty(_)) { Exit::Usage } else { Exit::NoServer })
        }
    }
}

fn place(args: &VerifyArgs) -> Result<Place, Failure> {
    match &args.url {
        Some(url) => {
            let defaults = Defaults::from_variables(|name| std::env::var(name).ok());
            let target = Target::parse(url, &defaults).map_err(|error| Failure::Usage(error.to_string()))?;
            Ok(Place::Database(Box::new(target)))
        }
        None => {
            let variable = || std::env::var_os(BIN).filter(|value| !value.is_empty()).map(Into::into);
            Ok(Place::Scratch(args.postgres_bin.clone().or_else(variable)))
        }
    }
}

fn tell(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    tell_outcome(verified, out)?;
    let Some(Shortfall { loses, residue }) = &verified.down else { return Ok(()) };
    writeln!(out, "    its own way back does not bring everything back; `tenet build` writes one that is derived")?;
    loses.iter().try_for_each(|lost| writeln!(out, "    loses {lost}"))?;
    report(residue, ("the catalog before", "the catalog behind it"), out)
}

fn tell_outcome(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    let role = match verified.role {
        HistoryRole::Only => "",
        HistoryRole::Shared => "shared ",
        HistoryRole::Tenant => "tenant ",
    };
    let name = format!("{role}{}", verified.id);
    match &verified.outcome {
        Outcome::Agrees { statements, unsure, skipped, back, rows } => {
            let unsure_of = match unsure.len() {
                0 => String::new(),
                count => format!(", not sure of {count} properties"),
            };
            writeln!(out, "{name}: the server agrees ({statements} statements{unsure_of})")?;
            skipped.iter().try_for_each(|skipped| writeln!(out, "    not run: {skipped}"))?;
            rows.iter().try_for_each(|note| writeln!(out, "    {note}"))?;
            tell_back(back, out)
        }
        Outcome::Differs(differences) => {
            writeln!(out, "{name}: the server holds something else")?;
            report(differences, ("the history", "the server"), out)
        }
        Outcome::Refused { place, message } => {
            writeln!(out, "{name}: the server refuses {place}")?;
            writeln!(out, "    {message}")
        }
        Outcome::Broken { place, message } => {
            writeln!(out, "{name}: {place} cannot run after what came before")?;
            writeln!(out, "    {message}")
        }
    }
}

/// Says what the way back has shown where it did not bring everything back.
fn tell_back(back: &Back, out: &mut dyn Write) -> io::Result<()> {
    match back {
        Back::Restored => Ok(()),
        Back::Loses(loses) => writeln!(out, "    rollback: loses {}", loses.join(", ")),
        Back::Stops(why) => writeln!(out, "    rollback: stops at {why}"),
        Back::NotRun(why) => writeln!(out, "    rollback: not run, {why}"),
        Back::Refused(why) => writeln!(out, "    rollback: the server refuses it: {why}"),
        Back::Rows(found) => {
            writeln!(out, "    rollback: not all rows come back")?;
            found.iter().try_for_each(|found| writeln!(out, "    {found}"))
        }
        Back::Residue(differences) => {
            writeln!(out, "    rollback: not everything comes back")?;
            report(differences, ("the server before", "the server now"), out)
        }
    }
}

fn report(differences: &[Difference], (left, right): (&str, &str), out: &mut dyn Write) -> io::Result<()> {
    let report = Report { differences, left, right }.to_string();
    report.lines().try_for_each(|line| writeln!(out, "    {line}"))
}
