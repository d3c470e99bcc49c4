//! The command line: one file per verb.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the shell: it reads the environment and the clock, and writes files"
)]

mod apply;
mod args;
mod audit;
mod build;
mod check;
mod demo;
mod exit;
mod explain;
mod init;
mod new;
mod next;
mod output;
mod progress;
mod rollback;
mod signals;
mod status;
mod verify;

use std::ffi::OsString;

use clap::Parser;

pub use exit::Exit;

use args::{Cli, Verb};

/// Runs the command line, the program's name first, and returns how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let result = match &cli.verb {
        Verb::Init(verb) => init::run(&cli.common, verb),
        Verb::Check(verb) => check::run(&cli.common, verb),
        Verb::Build(verb) => build::run(&cli.common, verb),
        Verb::New(verb) => new::run(&cli.common, verb),
        Verb::Explain(verb) => explain::run(&cli.common, verb),
        Verb::Verify(verb) => verify::run(&cli.common, verb),
        Verb::Apply(verb) => apply::run(&cli.common, verb),
        Verb::Rollback(verb) => rollback::run(&cli.common, verb),
        Verb::Demo(verb) => demo::run(&cli.common, verb),
        Verb::Audit(verb) => audit::run(&cli.common, verb),
        Verb::Status(verb) => status::run(&cli.common, verb),
    };
    result.unwrap_or_else(|failure| {
        output::complain(&failure.to_string());
        Exit::Usage
    })
}

/// Prints what clap has to say: help to stdout, complaints to stderr.
fn usage(error: &clap::Error) -> Exit {
    // A closed pipe is no reason to say anything more.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}
