//! The shape of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Write and review (no database needed)
{subcommands}

Run
  verify    Run every migration on a scratch PostgreSQL and compare catalogs
  apply     Migrate tenants
  rollback  Undo what was done for a tenant, or in a run
  status    Show where each tenant stands
  audit     Print the trail, and verify its hash chains
  demo      Show the whole story on an example project and a scratch PostgreSQL

Options:
{options}{after-help}";

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 error findings, 2 usage or project, 3 no server, 4 not every tenant is there (tenet explain CODE says more)";

/// Prove that PostgreSQL migrations stay within one tenant and can be undone
#[derive(Debug, Parser)]
#[command(name = "tenet", version, help_template = TEMPLATE, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,

    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Folder of the project [default: the nearest folder upward with tenet.yaml]
    #[arg(short, long, value_name = "DIR", global = true)]
    pub(super) project: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, global = true)]
    pub(super) color: ColorChoice,

    /// Print findings and nothing else
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl ColorChoice {
    /// Returns the word that stands for it on a command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            ColorChoice::Auto => "auto",
            ColorChoice::Always => "always",
            ColorChoice::Never => "never",
        }
    }
}

/// The verbs, in the order of the help.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Propose tenet.yaml from the SQL that is there
    Init(InitArgs),
    /// Prove tenant scope, derive inverses, report hazards
    Check(CheckArgs),
    /// Write every migration's forward and rollback scripts
    Build(BuildArgs),
    /// Write the next migration, empty
    New(NewArgs),
    /// Explain a rule, the proof of a statement, a lock mode or an exit code
    Explain(ExplainArgs),
    /// Run every migration on a scratch PostgreSQL and compare catalogs
    // It stands under a heading of its own, in the template.
    #[command(hide = true)]
    Verify(VerifyArgs),
    /// Migrate tenants
    #[command(hide = true)]
    Apply(ApplyArgs),
    /// Show where each tenant stands
    #[command(hide = true)]
    Status(StatusArgs),
    /// Undo what was done for a tenant, or in a run
    #[command(hide = true)]
    Rollback(RollbackArgs),
    /// Print the trail, and verify its hash chains
    #[command(hide = true)]
    Audit(AuditArgs),
    /// Show the whole story on an example project and a scratch PostgreSQL
    #[command(hide = true)]
    Demo(DemoArgs),
}

/// What `init` takes.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Print the files instead of writing them
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Also write .pre-commit-config.yaml
    #[arg(long)]
    pub(super) pre_commit: bool,

    /// Also write a workflow for GitHub Actions
    #[arg(long)]
    pub(super) github: bool,
}

/// What `check` takes.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Files or folders to report on, judged against the rest of the project [default: the whole project]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// How to report [default: human, or github in GitHub Actions]
    #[arg(long, value_enum)]
    pub(super) format: Option<FormatChoice>,

    /// Apply the fixes that findings bring, then check again
    #[arg(long)]
    pub(super) fix: bool,

    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

/// How `check` reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatChoice {
    Human,
    Json,
    Sarif,
    Github,
}

/// Settings that outweigh tenet.yaml, or stand in for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings (in place of tenet.yaml)")]
pub(super) struct SettingsArgs {
    /// Column that names a row's tenant; may be given again
    #[arg(long, value_name = "COLUMN")]
    pub(super) tenant_column: Vec<String>,

    /// Table with one row per tenant, and its key
    #[arg(long, value_name = "TABLE.COLUMN")]
    pub(super) root: Option<String>,

    /// Table with the same rows for every tenant; may be given again
    #[arg(long, value_name = "TABLE")]
    pub(super) global: Vec<String>,

    /// How tenants are kept apart
    #[arg(long, value_enum)]
    pub(super) isolation: Option<IsolationChoice>,

    /// Folder or file of the declared schema
    #[arg(long, value_name = "PATH")]
    pub(super) schema: Option<String>,

    /// Folder of migrations
    #[arg(long, value_name = "DIR")]
    pub(super) migrations: Option<String>,

    /// Layout of that folder, as in `flyway` [default: detected]
    #[arg(long, value_name = "TOOL")]
    pub(super) layout: Option<String>,
}

/// How tenants are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum IsolationChoice {
    Row,
    Schema,
    Database,
    Hybrid,
}

/// What `build` takes.
#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// Migrations to write, by version [default: all]
    #[arg(value_name = "VERSION")]
    pub(super) versions: Vec<String>,
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Empty database to run in [default: one on a server that tenet starts and stops]
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,

    /// Folder with PostgreSQL's server programs [default: TENET_POSTGRES_BIN, or wherever they are found]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(super) postgres_bin: Option<PathBuf>,
}

/// What `apply` takes.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// Tenants to migrate
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["all", "staged"])]
    pub(super) tenant: Vec<String>,

    /// Migrate every tenant of the inventory, and what they share
    #[arg(long, conflicts_with = "staged")]
    pub(super) all: bool,

    /// Migrate tenants in the stages of tenet.yaml
    #[arg(long)]
    pub(super) staged: bool,

    /// Make the database or schema of a new tenant; a database as a copy of TEMPLATE
    #[arg(long, value_name = "TEMPLATE", num_args = 0..=1, requires = "tenant")]
    pub(super) provision: Option<Option<String>>,

    /// Last version to apply [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub(super) to: Option<String>,

    /// How many tenants at a time
    #[arg(long, value_name = "N", default_value_t = JOBS)]
    pub(super) jobs: usize,

    /// How many rows a second batches change for a tenant at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rows_per_second: Option<u32>,

    /// Print what would run where, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// How to report
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(super) format: RunFormat,
}

/// What `rollback` takes.
#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    /// Tenants whose phases are undone
    #[arg(long, value_name = "ID", num_args = 1.., requires = "to", required_unless_present = "run")]
    pub(super) tenant: Vec<String>,

    /// Last version that stays; 0 for none
    #[arg(long, value_name = "VERSION", requires = "tenant")]
    pub(super) to: Option<String>,

    /// Run that is undone, for everybody
    #[arg(long, value_name = "RUN", conflicts_with_all = ["tenant", "to"])]
    pub(super) run: Option<String>,

    /// What becomes of rows that were changed since: nothing is undone, they stay, or they are overwritten
    #[arg(long, value_enum, default_value_t = ConflictsChoice::Fail)]
    pub(super) conflicts: ConflictsChoice,

    /// How many tenants at a time
    #[arg(long, value_name = "N", default_value_t = JOBS)]
    pub(super) jobs: usize,

    /// Print what would run where, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// How to report
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(super) format: RunFormat,
}

/// What becomes of rows that were changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConflictsChoice {
    Fail,
    Skip,
    Force,
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder with PostgreSQL's server programs [default: TENET_POSTGRES_BIN, or wherever they are found]
    #[arg(long, value_name = "DIR")]
    pub(super) postgres_bin: Option<PathBuf>,

    /// Folder in which the example project is kept, which must be new
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
}

/// What `audit` takes.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Tenants whose trail is printed [default: everything]
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(super) tenant: Vec<String>,

    /// How to report
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(super) format: RunFormat,
}

/// What `status` takes.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Tenants to show [default: every tenant of the inventory]
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(super) tenant: Vec<String>,

    /// How many databases at a time
    #[arg(long, value_name = "N", default_value_t = JOBS)]
    pub(super) jobs: usize,

    /// How to report
    #[arg(long, value_enum, default_value_t = RunFormat::Human)]
    pub(super) format: RunFormat,
}

/// Threads pay until the server has enough to do; what they do is wait.
pub(super) const JOBS: usize = 8;

/// How runs report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RunFormat {
    Human,
    Json,
}

/// What `new` takes.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// What the migration does, as in `add_plan`
    pub(super) name: String,

    /// Which history it belongs to, where there are two
    #[arg(long, value_enum)]
    pub(super) history: Option<HistoryChoice>,

    /// Drop for good what earlier migrations took out of sight
    #[arg(long)]
    pub(super) purge: bool,
}

/// One of the two histories of a hybrid project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HistoryChoice {
    Shared,
    Tenant,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A rule, a statement as FILE:LINE, a lock mode such as `ACCESS EXCLUSIVE`, or an exit code
    #[arg(required = true)]
    pub(super) what: Vec<String>,
}
