//! Whom a run over all tenants is about: taken down when it begins, so that whoever goes on with it works on the same ones.

use std::collections::BTreeSet;

use super::interpret::literal;
use super::inventory::is_not_there;
use super::route::{Route, Site};
use super::session::Session;
use super::standing::steps_at;
use super::trouble::Trouble;

/// A run that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frozen {
    /// What names it.
    pub(super) run: String,
    /// When it began, in UTC.
    pub(super) began: String,
    /// The last step that it is to run for tenants, as an index in the route.
    pub(super) last: usize,
    /// Its tenants, in the order of the inventory.
    pub(super) tenants: Vec<String>,
    /// Who had rows and was not in the inventory.
    pub(super) absent: Vec<String>,
    listed: BTreeSet<String>,
}

impl Frozen {
    /// Reads the run that has not ended; one that this project cannot end, for it has no such phase, is nobody's.
    pub(super) fn read(route: &Route<'_>, session: &mut Session<'_>) -> Result<Option<Frozen>, Trouble> {
        let query = "SELECT run, version, phase::text, to_char(began AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
             FROM tenet.run WHERE ended IS NULL";
        let outcomes = match session.send(query) {
            // The ledger is of an older tenet.
            Err(trouble) if trouble.sqlstate.as_deref().is_some_and(is_not_there) => return Ok(None),
            found => found?,
        };
        let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        let Some([Some(run), Some(version), Some(phase), Some(began)]) = rows.values.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let is = |at: &usize| route.is_step(*at, version, phase);
        let Some(last) = steps_at(route, &[Site::Member]).into_iter().find(is) else { return Ok(None) };
        let mut frozen = Frozen { run: run.clone(), began: began.clone(), last, ..Frozen::default() };
        frozen.members(session)?;
        Ok(Some(frozen))
    }

    fn members(&mut self, session: &mut Session<'_>) -> Result<(), Trouble> {
        let query =
            format!("SELECT tenant, is_absent FROM tenet.run_tenant WHERE run = {} ORDER BY at", literal(&self.run));
        let rows = session.send(&query)?.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        for row in rows.values {
            match &row[..] {
                [Some(tenant), Some(absent)] if absent == "t" => self.absent.push(tenant.clone()),
                [Some(tenant), _] => self.tenants.push(tenant.clone()),
                _ => {}
            }
        }
        self.listed = self.tenants.iter().chain(&self.absent).cloned().collect();
        Ok(())
    }

    /// Says whether a tenant came behind the beginning, and is born with a step that the run is to run.
    pub(super) fn excuses(&self, step: usize, tenant: &str) -> bool {
        step <= self.last && !self.listed.contains(tenant)
    }
}

/// Takes down whom a run is about, unless another has not ended.
pub(super) fn freeze(
    session: &mut Session<'_>,
    (run, tool, actor): (&str, &str, &str),
    (version, phase): (&str, usize),
    (tenants, absent): (&[&str], &[&str]),
) -> Result<(), Trouble> {
    let query = format!(
        "SELECT tenet.run_begin({}, {}, {phase}, {}, nullif({}, ''), {}, {})",
        literal(run),
        literal(version),
        literal(tool),
        literal(actor),
        array(tenants),
        array(absent)
    );
    session.send(&query).map(drop)
}

/// Takes down that a run has ended.
pub(super) fn end(session: &mut Session<'_>, run: &str) -> Result<(), Trouble> {
    session.send(&format!("SELECT tenet.run_end({})", literal(run))).map(drop)
}

/// Writes texts as one array.
fn array(texts: &[&str]) -> String {
    let quoted = texts.iter().map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
    format!("{}::text[]", literal(&format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_later_is_born_with_what_the_run_is_to_do() {
        let listed = BTreeSet::from(["acme".to_owned()]);
        let frozen = Frozen { last: 4, listed, ..Frozen::default() };
        assert!(!frozen.excuses(4, "acme"));
        assert!(frozen.excuses(4, "late"));
        assert!(!frozen.excuses(5, "late"));
    }

    #[test]
    fn names_cannot_leave_an_array() {
        assert_eq!(array(&["a", "o'neil", "{,\"}"]), r#" E'{"a","o''neil","{,\\"}"}'::text[]"#);
        assert_eq!(array(&[]), "'{}'::text[]");
    }
}
