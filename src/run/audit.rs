//! `audit`: the trail of what was done, and whether anybody has changed it since.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::apply::{first, known};
use super::interpret::literal;
use super::inventory::{self, Inventory, Tenant};
use super::route::Site;
use super::session::{Found, Ledger, Session};
use super::standing::{COLUMNS, Standing};
use super::trouble::Trouble;
use super::{Context, RunError, Selection};
use crate::db::Target;

/// How many events are read at a time.
const PAGE: usize = 5000;

/// The columns of an event that its hash covers, in the order in which it covers them.
const HASHED: &str = "previous, id::text, tenant, version, phase::text, action, checksum, run, script, tool, actor,
    changed_rows::text, sqlstate, error, to_char(began AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), by_role::text";

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// For whom; `None` when it was for everybody.
    pub tenant: Option<String>,
    /// The migration.
    pub version: String,
    /// The phase, from 1.
    pub phase: String,
    /// What was done.
    pub action: String,
    /// When it was recorded, in UTC.
    pub at: String,
    /// When its transaction began, in UTC.
    pub began: String,
    /// As which role.
    pub role: String,
    /// Who, outside the database.
    pub actor: Option<String>,
    /// With which tool.
    pub tool: Option<String>,
    /// In which run.
    pub run: Option<String>,
    /// The checksum of the migration's sources.
    pub checksum: String,
    /// The checksum of the script.
    pub script: Option<String>,
    /// How many rows were written.
    pub rows: Option<String>,
    /// PostgreSQL's code of what went wrong.
    pub sqlstate: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// What an audit has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// How many chains there are.
    pub chains: usize,
    /// How many events they have.
    pub events: usize,
    /// Where a chain is broken, and how.
    pub breaks: Vec<String>,
    /// Whose databases could not be read, and why.
    pub unread: Vec<String>,
    /// Until when the last migration that recorded rows can be brought back, for each tenant that has one.
    pub undoable_until: BTreeMap<String, String>,
}

/// Reads the trail, tells of each event, and verifies every chain.
///
/// # Errors
///
/// A database that cannot be read.
pub fn audit(
    context: &Context<'_>,
    selection: &Selection,
    tell: &mut dyn FnMut(&Trace),
) -> Result<AuditReport, RunError> {
    let mut report = AuditReport::default();
    let mut desk = None;
    if context.is_shared() {
        desk = Some(Session::open(context, &context.places.shared()?, Ledger::Look).map_err(first)?);
    }
    let apart = !context.places.is_schema() && context.route.uses(&[Site::Own, Site::OwnShared]);
    let tenants = match apart {
        false => Vec::new(),
        true => {
            let connection = desk.as_mut().map(|(session, _)| &mut session.connection);
            match inventory::read(context.settings, &context.places, connection)? {
                Inventory::Known(tenants) => chosen(tenants, selection)?,
                Inventory::NotYet => Vec::new(),
            }
        }
    };
    if let Some((mut session, Found::Current)) = desk {
        let wanted = match selection {
            Selection::All => None,
            Selection::Tenants(wanted) => Some(&wanted[..]),
        };
        Audit { session: &mut session, wanted, report: &mut report, tell }.database().map_err(first)?;
    }
    for tenant in &tenants {
        let target = context.places.own(tenant)?;
        // One that cannot be read keeps nobody from reading the others.
        if let Err(trouble) = own(context, &target, &mut report, tell) {
            report.unread.push(format!("{}: {trouble}", tenant.id));
        }
    }
    Ok(report)
}

/// Reads a tenant's own database.
fn own(
    context: &Context<'_>,
    target: &Target,
    report: &mut AuditReport,
    tell: &mut dyn FnMut(&Trace),
) -> Result<(), Trouble> {
    let (mut session, found) = Session::open(context, target, Ledger::Look)?;
    match found {
        Found::Current => Audit { session: &mut session, wanted: None, report, tell }.database(),
        Found::Absent => Ok(()),
    }
}

fn chosen(tenants: Vec<Tenant>, selection: &Selection) -> Result<Vec<Tenant>, RunError> {
    match selection {
        Selection::All => Ok(tenants),
        Selection::Tenants(wanted) => {
            known(&tenants, wanted)?;
            Ok(tenants.into_iter().filter(|tenant| wanted.contains(&tenant.id)).collect())
        }
    }
}

struct Audit<'w, 's, 'a> {
    session: &'w mut Session<'s>,
    wanted: Option<&'a [String]>,
    report: &'w mut AuditReport,
    tell: &'w mut dyn FnMut(&Trace),
}

/// Where a chain has come to, by recomputing it.
#[derive(Default)]
struct End {
    hash: String,
    events: usize,
    is_broken: bool,
}

impl Audit<'_, '_, '_> {
    /// Reads one database as it is at one moment: who works there meanwhile breaks no chain.
    fn database(&mut self) -> Result<(), Trouble> {
        self.session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.chains()?;
        let undoable = self.session.undoable()?.into_iter();
        let is_wanted = |tenant: &String| self.wanted.is_none_or(|wanted| wanted.contains(tenant));
        self.report.undoable_until.extend(undoable.filter(|(tenant, _)| is_wanted(tenant)));
        self.session.send("COMMIT").map(drop)
    }

    fn chains(&mut self) -> Result<(), Trouble> {
        let filter = match self.wanted {
            None => "true".to_owned(),
            Some(wanted) => {
                let list: Vec<String> = wanted.iter().map(|tenant| literal(tenant)).collect();
                format!("tenant IN ({})", list.join(", "))
            }
        };
        let mut ends: BTreeMap<String, End> = BTreeMap::new();
        let mut last = "0".to_owned();
        loop {
            let query = format!(
                "SELECT {HASHED}, hash FROM tenet.event WHERE id > {last} AND {filter} ORDER BY event.id LIMIT {PAGE}"
            );
            let rows = self.session.send(&query)?.into_iter().find_map(|found| found.rows).unwrap_or_default();
            for row in &rows.values {
                self.event(row, &mut ends);
            }
            match rows.values.last().and_then(|row| row.get(1).cloned().flatten()) {
                Some(id) if rows.values.len() == PAGE => last = id,
                _ => break,
            }
        }
        self.ends(&filter, &ends)?;
        self.report.chains += ends.len();
        Ok(())
    }

    fn event(&mut self, row: &[Option<String>], ends: &mut BTreeMap<String, End>) {
        let text = |at: usize| row.get(at).cloned().flatten();
        let trace = trace(row);
        self.report.events += 1;
        (self.tell)(&trace);
        let end = ends.entry(trace.tenant.clone().unwrap_or_default()).or_default();
        let name = format!(
            "{}: event {}, {} phase {} {}",
            trace.tenant.as_deref().unwrap_or("shared"),
            text(1).unwrap_or_default(),
            trace.version,
            trace.phase,
            trace.action
        );
        let (fields, hash) = row.split_at(row.len().saturating_sub(1));
        let hash = hash.first().cloned().flatten().unwrap_or_default();
        if text(0).unwrap_or_default() != end.hash {
            self.report.breaks.push(format!("{name}: what stood before it is not there any more"));
            end.is_broken = true;
        } else if hash_of(fields) != hash {
            self.report.breaks.push(format!("{name}: it was changed"));
            end.is_broken = true;
        }
        end.hash = hash;
        end.events += 1;
    }

    /// Compares what events say with what the last of them left.
    fn ends(&mut self, filter: &str, ends: &BTreeMap<String, End>) -> Result<(), Trouble> {
        let query = format!("SELECT {COLUMNS}, hash FROM tenet.standing WHERE {filter} ORDER BY tenant");
        let rows = self.session.send(&query)?.into_iter().find_map(|found| found.rows).unwrap_or_default();
        let mut known = Vec::new();
        for row in &rows.values {
            let Some((tenant, standing)) = Standing::of_row(row) else { continue };
            let hash = row.last().cloned().flatten().unwrap_or_default();
            let name = if tenant.is_empty() { "shared" } else { &tenant };
            match ends.get(&tenant) {
                Some(end) if end.is_broken || (end.hash == hash && end.events == standing.events) => {}
                _ => self.report.breaks.push(format!("{name}: the last events are not there any more")),
            }
            known.push(tenant);
        }
        let lost = ends.keys().filter(|tenant| !known.contains(tenant));
        self.report.breaks.extend(lost.map(|tenant| format!("{tenant}: where its events end is not there any more")));
        Ok(())
    }
}

fn trace(row: &[Option<String>]) -> Trace {
    let text = |at: usize| row.get(at).cloned().flatten();
    let there = |at: usize| text(at).unwrap_or_default();
    Trace {
        tenant: text(2),
        version: there(3),
        phase: there(4),
        action: there(5),
        checksum: there(6),
        run: text(7),
        script: text(8),
        tool: text(9),
        actor: text(10),
        rows: text(11),
        sqlstate: text(12),
        error: text(13),
        began: there(14),
        at: there(15),
        role: there(16),
    }
}

/// Computes what `tenet.chain` computes in the database: every value behind its length, so that none can pass for two.
fn hash_of(fields: &[Option<String>]) -> String {
    let line: String = fields
        .iter()
        .map(|field| match field {
            Some(text) => format!("{}:{text};", text.len()),
            None => "-;".to_owned(),
        })
        .collect();
    Sha256::digest(line.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Trace {
    /// Writes the event as a line.
    pub fn line(&self) -> String {
        let whom = self.tenant.as_deref().unwrap_or("shared");
        let mut line =
            format!("{} {whom}: {} phase {} {} by {}", self.at, self.version, self.phase, self.action, self.role);
        if let Some(actor) = &self.actor {
            line.push_str(&format!(" ({actor})"));
        }
        if let Some(rows) = &self.rows {
            line.push_str(&format!(", {rows} {}", if rows == "1" { "row" } else { "rows" }));
        }
        if let Some(run) = &self.run {
            line.push_str(&format!(", run {run}"));
        }
        if let Some(error) = self.error.as_deref().and_then(|error| error.lines().next()) {
            line.push_str(&format!(": {error}"));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_passes_for_two() {
        let hash = |fields: &[Option<&str>]| {
            let fields: Vec<Option<String>> = fields.iter().map(|field| field.map(str::to_owned)).collect();
            hash_of(&fields)
        };
        assert_ne!(hash(&[Some("a"), Some("b")]), hash(&[Some("a;1:b"), None]));
        assert_ne!(hash(&[None]), hash(&[Some("")]));
        assert_eq!(hash(&[Some("é"), None]), hash(&[Some("é"), None]));
    }
}
