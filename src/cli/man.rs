//! `presence man`: manual pages from the command line's definition.

use std::io::Write as _;

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::{Cli, ManArgs};
use super::exit::Failure;
use super::file::AtomicFile;
use super::session::Session;

/// The page of the program, or those of the program and of each command in a folder.
pub(super) fn run(session: &mut Session, args: &ManArgs) -> Result<(), Failure> {
    let program = described();
    let Some(dir) = &args.dir else {
        return Ok(session.output.write(&page(program)?)?);
    };
    std::fs::create_dir_all(dir)
        .map_err(|error| Failure::failed(format!("{} cannot be made: {error}", dir.display())))?;
    for command in with_subcommands(program) {
        let path = dir.join(format!("{}.1", command.get_name()));
        let mut file = AtomicFile::begin(&path)?;
        file.write_all(page(command)?.as_bytes())?;
        file.finish()?;
        session.output.write(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

fn described() -> clap::Command {
    let mut program = Cli::command();
    program.build();
    program
}

/// A command and those below it, each named as its page is: `presence-policy-check`.
fn with_subcommands(command: clap::Command) -> Vec<clap::Command> {
    let name = command.get_name().to_owned();
    let below: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .map(|below| {
            let name = format!("{name}-{}", below.get_name());
            below.clone().name(name)
        })
        .collect();
    let mut commands = vec![command];
    commands.extend(below.into_iter().flat_map(with_subcommands));
    commands
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
