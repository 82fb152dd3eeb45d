//! `presence completions`.

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::exit::Failure;
use super::session::Session;

/// A completion script for a shell.
pub(super) fn run(session: &mut Session, args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "presence", &mut script);
    Ok(session.output.write(&String::from_utf8_lossy(&script))?)
}
