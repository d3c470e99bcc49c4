//! The tables that the corpus is about: names and typed columns.

use super::random::Random;

const AREAS: &[&str] = &[
    "account",
    "asset",
    "audit",
    "billing",
    "booking",
    "campaign",
    "catalog",
    "channel",
    "claim",
    "contract",
    "course",
    "customer",
    "delivery",
    "device",
    "document",
    "employee",
    "event",
    "expense",
    "fleet",
    "helpdesk",
    "inventory",
    "invoice",
    "lead",
    "ledger",
    "loyalty",
    "member",
    "order",
    "partner",
    "payment",
    "payroll",
    "pipeline",
    "product",
    "project",
    "purchase",
    "report",
    "sales",
    "schedule",
    "shipment",
    "subscription",
    "supplier",
    "survey",
    "ticket",
    "training",
    "vendor",
    "warehouse",
    "webhook",
    "workflow",
    "workspace",
];

const THINGS: &[&str] = &[
    "accounts",
    "activities",
    "addresses",
    "adjustments",
    "alerts",
    "approvals",
    "assignments",
    "attachments",
    "balances",
    "batches",
    "categories",
    "comments",
    "contacts",
    "credits",
    "discounts",
    "entries",
    "exports",
    "filters",
    "groups",
    "imports",
    "items",
    "labels",
    "lines",
    "links",
    "locations",
    "messages",
    "metrics",
    "notes",
    "options",
    "policies",
    "prices",
    "profiles",
    "quotas",
    "ratings",
    "records",
    "reminders",
    "requests",
    "rules",
    "sessions",
    "settings",
    "stages",
    "steps",
    "tags",
    "targets",
    "tasks",
    "templates",
    "tokens",
    "versions",
];

const COLUMNS: &[(&str, Sort)] = &[
    ("title", Sort::Text),
    ("description", Sort::Text),
    ("display_name", Sort::Text),
    ("external_reference", Sort::Text),
    ("status", Sort::Text),
    ("currency", Sort::Text),
    ("locale", Sort::Text),
    ("notes", Sort::Text),
    ("quantity", Sort::Integer),
    ("position", Sort::Integer),
    ("priority", Sort::Integer),
    ("attempt_count", Sort::Integer),
    ("version_number", Sort::Integer),
    ("amount", Sort::Numeric),
    ("unit_price", Sort::Numeric),
    ("tax_rate", Sort::Numeric),
    ("discount_percent", Sort::Numeric),
    ("weight", Sort::Numeric),
    ("is_active", Sort::Boolean),
    ("is_archived", Sort::Boolean),
    ("requires_review", Sort::Boolean),
    ("created_at", Sort::Time),
    ("updated_at", Sort::Time),
    ("starts_at", Sort::Time),
    ("expires_at", Sort::Time),
    ("processed_at", Sort::Time),
    ("metadata", Sort::Json),
    ("settings", Sort::Json),
    ("labels", Sort::Array),
    ("watchers", Sort::Array),
    ("owner_id", Sort::Uuid),
    ("source_id", Sort::Uuid),
];

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Text,
    Integer,
    Numeric,
    Boolean,
    Time,
    Json,
    Array,
    Uuid,
}

/// A column beside the keys.
#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) sort: Sort,
}

/// A table of tenants' rows; its key is `(tenant_id, id)`.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// How many tables have a name of their own.
    pub(crate) const MOST: usize = AREAS.len() * THINGS.len();

    /// Makes the table with this number.
    pub(crate) fn new(number: usize, random: &mut Random) -> Table {
        // 47 shares no factor with the number of names, so that neighbours differ in both words.
        let number = number * 47 % Table::MOST;
        let name = format!("{}_{}", AREAS[number % AREAS.len()], THINGS[number / AREAS.len()]);
        let first = random.below(COLUMNS.len());
        let stride = random.pick(&[3, 5, 7, 11]);
        let columns = (0..random.between(5, 11)).map(|at| {
            let (name, sort) = COLUMNS[(first + at * stride) % COLUMNS.len()];
            Column { name: name.to_owned(), sort }
        });
        Table { name, columns: columns.collect() }
    }

    pub(crate) fn column(&self, random: &mut Random) -> Column {
        self.columns[random.below(self.columns.len())].clone()
    }

    /// Returns a column of this sort, or the key.
    pub(crate) fn of(&self, sort: Sort) -> &str {
        self.columns.iter().find(|column| column.sort == sort).map_or("id", |column| column.name.as_str())
    }
}
