//! What to do behind a run that did not end well, as commands to paste.

use super::args::{ApplyArgs, Common, ConflictsChoice, JOBS, RollbackArgs};
use crate::emit::Way;
use crate::plan::Sharing;
use crate::run::{Route, RunReport, State, TenantStatus, shell_word};

/// The command that began a run, as it can be given again.
pub(super) struct Given {
    words: Vec<String>,
    way: Way,
    project: Vec<String>,
    /// Whether a phase that failed may be done in part.
    has_batches: bool,
}

impl Given {
    /// Returns an apply as it was given.
    pub(super) fn apply(common: &Common, args: &ApplyArgs) -> Given {
        let mut words = vec!["tenet".to_owned(), "apply".to_owned()];
        if args.all {
            words.push("--all".to_owned());
        }
        tenants(&mut words, &args.tenant);
        if let Some(template) = &args.provision {
            words.push("--provision".to_owned());
            words.extend(template.iter().map(|template| shell_word(template)));
        }
        option(&mut words, "--to", args.to.as_deref());
        option(&mut words, "--jobs", changed(args.jobs).as_deref());
        option(&mut words, "--rows-per-second", args.rows_per_second.map(|rate| rate.to_string()).as_deref());
        Given::new(words, Way::Forward, common)
    }

    /// Returns a rollback as it was given.
    pub(super) fn rollback(common: &Common, args: &RollbackArgs) -> Given {
        let mut words = vec!["tenet".to_owned(), "rollback".to_owned()];
        tenants(&mut words, &args.tenant);
        option(&mut words, "--to", args.to.as_deref());
        option(&mut words, "--run", args.run.as_deref());
        option(&mut words, "--jobs", changed(args.jobs).as_deref());
        match args.conflicts {
            ConflictsChoice::Fail => {}
            ConflictsChoice::Skip => option(&mut words, "--conflicts", Some("skip")),
            ConflictsChoice::Force => option(&mut words, "--conflicts", Some("force")),
        }
        Given::new(words, Way::Rollback, common)
    }

    fn new(mut words: Vec<String>, way: Way, common: &Common) -> Given {
        let project = project(common);
        words.extend(project.iter().cloned());
        Given { words, way, project, has_batches: false }
    }

    /// Notes whether phases of a route are done in parts.
    #[must_use]
    pub(super) fn along(self, route: &Route<'_>) -> Given {
        let mut phases = route.compiled.iter().flat_map(|migration| &migration.phases);
        Given { has_batches: phases.any(|phase| phase.sharing == Sharing::Batched), ..self }
    }

    /// Returns what can be done next, a line each; nothing where the run did all that it was asked to do.
    pub(super) fn next(&self, report: &RunReport) -> Vec<String> {
        if report.is_good() {
            return Vec::new();
        }
        let again = self.words.join(" ");
        let conflicts = report.tenants.iter().any(|tenant| tenant.state == State::Conflict);
        let mended = if report.is_interrupted { "" } else { ", once that is mended" };
        let mut lines = vec![match conflicts {
            true => format!("help: `{again} --conflicts skip` leaves rows as they were changed since"),
            false => format!("help: `{again}` goes on where this run stopped{mended}"),
        }];
        if conflicts {
            lines.push(format!("help: `{again} --conflicts force` overwrites them"));
        }
        if self.way == Way::Forward && (report.ran > 0 || self.has_batches) {
            let words = ["tenet", "rollback", "--run", &report.run].map(str::to_owned);
            let undo = words.into_iter().chain(self.project.iter().cloned()).collect::<Vec<_>>().join(" ");
            lines.push(format!("help: `{undo}` undoes what it did"));
        }
        lines
    }
}

fn tenants(words: &mut Vec<String>, ids: &[String]) {
    if !ids.is_empty() {
        words.push("--tenant".to_owned());
        words.extend(ids.iter().map(|id| shell_word(id)));
    }
}

fn option(words: &mut Vec<String>, name: &str, value: Option<&str>) {
    words.extend(value.into_iter().flat_map(|value| [name.to_owned(), shell_word(value)]));
}

fn changed(jobs: usize) -> Option<String> {
    (jobs != JOBS).then(|| jobs.to_string())
}

/// Returns what can be done where tenants stand like this; nothing where nobody failed.
pub(super) fn behind_status(common: &Common, tenants: &[TenantStatus]) -> Option<String> {
    let project = project(common).iter().map(|word| format!(" {word}")).collect::<String>();
    let has = |state| tenants.iter().any(|tenant| tenant.state == state);
    has(State::Failed).then(|| format!("help: `tenet apply --all{project}` goes on, once what failed is mended"))
}

fn project(common: &Common) -> Vec<String> {
    let mut words = Vec::new();
    option(&mut words, "--project", common.project.as_ref().map(|path| path.display().to_string()).as_deref());
    words
}
