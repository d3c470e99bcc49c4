//! `tenet explain`.

use std::path::{Path, PathBuf};

use super::args::{Common, ExplainArgs};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::nearest::nearest;
use crate::pg::LockMode;
use crate::project::{self, Overrides, Project};
use crate::{check, report, rules};

/// Prints the page of a rule, a statement, a lock mode or an exit code.
pub(super) fn run(common: &Common, args: &ExplainArgs) -> Result<Exit, Failure> {
    // A lock mode has several words, and nobody should have to quote them.
    let what = args.what.join(" ");
    if let Some((path, line)) = place(&what) {
        let page = statement(common, path, line)?;
        output::data(|out| write!(out, "{page}"))?;
        return Ok(Exit::Clean);
    }
    let page = page(&what).ok_or_else(|| Failure::Usage(unknown(&what)))?;
    output::data(|out| write!(out, "{page}"))?;
    Ok(Exit::Clean)
}

/// Reads `FILE:LINE`; a column behind it is what reports print, and says no more.
fn place(what: &str) -> Option<(&str, u32)> {
    let (path, line) = what.rsplit_once(':')?;
    let line = line.parse().ok()?;
    match place(path) {
        Some(shorter) => Some(shorter),
        None => Some((path, line)).filter(|(path, _)| !path.is_empty()),
    }
}

fn statement(common: &Common, path: &str, line: u32) -> Result<String, Failure> {
    let location = project::locate(common.project.as_deref())?;
    // Reports name files as they lie in the project.
    let given = PathBuf::from(path);
    let within = location.root.join(Path::new(path));
    let path = if within.exists() && !given.exists() { within } else { given };
    let project = Project::load(&location, &Overrides::default(), &[path])?;
    let [file] = project.selected.as_slice() else {
        return Err(Failure::Usage("name one file, as in migrations/0007_orders.sql:3".to_owned()));
    };
    let explained = check::explain(&project, *file, line);
    let missing = || Failure::Usage(format!("no statement that is read stands at line {line}"));
    Ok(report::proof(&project.files, &explained.ok_or_else(missing)?))
}

fn page(what: &str) -> Option<String> {
    let rule = rules::find(what).map(report::rule);
    rule.or_else(|| lock_mode(what).map(report::lock_mode)).or_else(|| exit_code(what))
}

/// Accepts `ACCESS EXCLUSIVE`, `access exclusive` and PostgreSQL's own `AccessExclusiveLock`.
fn lock_mode(what: &str) -> Option<LockMode> {
    let letters = |text: &str| text.replace([' ', '-', '_'], "").to_ascii_lowercase();
    let typed = letters(what);
    let typed = typed.strip_suffix("lock").unwrap_or(&typed);
    LockMode::ALL.into_iter().find(|mode| letters(mode.as_str()) == typed)
}

fn exit_code(what: &str) -> Option<String> {
    let exit = Exit::ALL.into_iter().find(|exit| exit.code().to_string() == what)?;
    Some(format!("exit code {}\n\n  {}\n", exit.code(), exit.meaning()))
}

fn unknown(what: &str) -> String {
    let codes: Vec<String> = Exit::ALL.into_iter().map(|exit| exit.code().to_string()).collect();
    if what.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("unknown exit code `{what}`; there are {}", codes.join(", "));
    }
    let modes = LockMode::ALL.into_iter().map(LockMode::as_str);
    match nearest(what, rules::ALL.iter().map(|rule| rule.id).chain(modes)) {
        Some(near) => format!("nothing is named `{what}`; did you mean `{near}`?"),
        None => format!("`{what}` is no rule, statement, lock mode or exit code; RULES.md lists the rules"),
    }
}
