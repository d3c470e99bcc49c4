//! The planners of a project: what tenants share and what each of them has are planned by catalogs of their own.

use super::{MigrationPlan, Planner, Verdict};
use crate::capture;
use crate::catalog::Catalog;
use crate::changes::{Change, Inverse};
use crate::finding::FileId;
use crate::migration::Migration;
use crate::pg::Ident;
use crate::replay::Replay;
use crate::settings::{Isolation, Settings, Tenancy};
use crate::source::SourceFile;
use crate::statement::Statement;
use crate::syntax::directive::History;
use crate::verdict::{Audience, InverseClass};

/// Where a history runs.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    /// Whose history it is.
    pub(super) audience: Audience,
    /// Along which names are read.
    path: Vec<Ident>,
    /// What stands for a tenant's own schema, where there is one.
    pub(super) own: Option<Ident>,
}

impl Seat {
    fn shared(settings: &Settings) -> Seat {
        Seat { audience: Audience::Shared, path: settings.search_path.clone(), own: None }
    }

    fn tenants(settings: &Settings, path: Vec<Ident>) -> Seat {
        let own = path.first().filter(|_| settings.has_tenant_schemas()).cloned();
        Seat { audience: Audience::Tenant, path, own }
    }

    pub(super) fn replay(&self) -> Replay {
        let replay = Replay::new(self.path.clone());
        match &self.own {
            Some(own) => replay.holding(own),
            None => replay,
        }
    }

    /// Returns the path of what runs here for an audience, where not everything has the same.
    pub(super) fn path_of(&self, audience: Audience, settings: &Settings) -> Option<Vec<Ident>> {
        self.own.as_ref()?;
        Some(if audience == self.audience { self.path.clone() } else { settings.search_path.clone() })
    }

    /// Says whether a statement of others may change rows that are a tenant's own.
    pub(super) fn is_written(&self, statement: &Statement, catalog: &Catalog, tenancy: &Tenancy) -> bool {
        self.own.as_ref().is_some_and(|own| writes(statement, catalog, tenancy, own))
    }

    /// Says whether changes by others reach what is a tenant's own.
    pub(super) fn is_reached(&self, changes: &[Change]) -> bool {
        self.own.as_ref().is_some_and(|own| reaches(changes, own))
    }
}

/// Says whether a statement on what is shared may change rows of a tenant's own schema, from the catalog before it.
pub fn writes(statement: &Statement, catalog: &Catalog, tenancy: &Tenancy, own: &Ident) -> bool {
    let rows = capture::recording(statement, (catalog, tenancy), None).rows;
    rows.and_then(Result::ok).is_some_and(|found| found.iter().any(|found| found.relation.schema() == Some(own)))
}

/// Says whether changes that were made along another path name what lies in a tenant's own schema.
pub fn reaches(changes: &[Change], own: &Ident) -> bool {
    let own = format!("{own}.");
    changes.iter().flat_map(Change::statements).any(|sql| sql.contains(&own))
}

/// Returns what stands for the inverse of a statement that reaches what is the tenants' own.
pub fn reaching() -> Inverse {
    let reason =
        "it takes along what tenants have in schemas of their own, and only their own history brings that back";
    Inverse::Underivable { reason: reason.to_owned() }
}

/// The planners of a project.
pub struct Planners<'a> {
    /// What tenants share, or all that there is.
    main: Planner<'a>,
    /// What each tenant has beside that.
    own: Option<Planner<'a>>,
}

impl<'a> Planners<'a> {
    /// Starts with the declared schema, which stands in for what no history makes.
    pub fn new(settings: &'a Settings, files: &'a [SourceFile], declared: &[FileId]) -> Self {
        Planners::within(settings, files, declared, settings.path_of(Audience::Tenant))
    }

    /// Starts where tenants' own tables are found along this path.
    pub fn within(settings: &'a Settings, files: &'a [SourceFile], declared: &[FileId], path: Vec<Ident>) -> Self {
        let audience = |file: &FileId| match settings.declares_own(&files[file.index()].path) {
            true => Audience::Tenant,
            false => Audience::Shared,
        };
        let mut all: Vec<(FileId, Audience)> = declared.iter().map(|file| (*file, audience(file))).collect();
        all.sort_by_key(|(_, audience)| *audience == Audience::Tenant);
        let tenants = || Seat::tenants(settings, path.clone());
        let is_seen = |found: &(FileId, Audience), seat: &Seat| match seat.audience {
            Audience::Tenant if settings.has_schemas_beside_shared() => true,
            audience => found.1 == audience,
        };
        let planner = |seat: Seat| {
            let seen: Vec<_> = all.iter().filter(|found| is_seen(found, &seat)).copied().collect();
            Planner::new(settings, files, &seen, seat)
        };
        let (main, own) = match settings.tenancy.isolation {
            Isolation::Row => (planner(Seat::shared(settings)), None),
            Isolation::Schema | Isolation::Database => (planner(tenants()), None),
            Isolation::Hybrid => (planner(Seat::shared(settings)), Some(planner(tenants()))),
        };
        Planners { main, own }
    }

    /// Plans the next migration of a history; `verdict` says what a check found out about a statement, by its file and
    /// index.
    pub fn migration(
        &mut self,
        history: Option<History>,
        migration: &Migration,
        verdict: &dyn Fn(FileId, usize) -> Verdict,
    ) -> MigrationPlan {
        let mut plan = match (history, &mut self.own) {
            (Some(History::Tenant), Some(own)) => own.migration(migration, verdict),
            (_, Some(own)) => {
                let mut plan = self.main.migration(migration, verdict);
                let reached = own.follow(migration);
                own.root = self.main.tenant_type();
                let statements = plan.phases.iter_mut().flat_map(|phase| &mut phase.statements);
                let taken = statements.filter(|found| reached.contains(&(found.file, found.span)));
                taken.filter(|found| !matches!(found.inverse, Inverse::Declared(_))).for_each(|statement| {
                    statement.inverse = reaching();
                    statement.class = InverseClass::None;
                });
                plan
            }
            (_, None) => self.main.migration(migration, verdict),
        };
        plan.history = history;
        plan
    }

    /// Returns what a history has made so far.
    pub fn catalog(&self, history: Option<History>) -> &Catalog {
        self.of(history).catalog()
    }

    /// Returns what drops for good what the migrations of a history so far took out of sight.
    pub fn purge(&self, history: Option<History>) -> String {
        self.of(history).purge()
    }

    fn of(&self, history: Option<History>) -> &Planner<'a> {
        match (history, &self.own) {
            (Some(History::Tenant), Some(own)) => own,
            _ => &self.main,
        }
    }
}
