//! The command line's definition with the environment as it is meant: a variable that is empty is not set, and white
//! space, a line end or a byte order mark around a value is none of it.
//!
//! The parser takes variables as they are, and an empty one for a value: an empty store or account.

use clap::builder::Resettable;
use clap::{Arg, Command, CommandFactory};

use super::args::Cli;
use presence_config::{Config, ConfigError};

/// The definition, and the options whose variable was put right.
pub(crate) struct Program {
    /// What words are parsed with.
    pub(crate) command: Command,
    /// The identifiers of options whose value is a variable's, though the parser takes it for a default.
    pub(crate) settled: Vec<String>,
}

/// The definition for the environment as it is.
pub(crate) fn program() -> Result<Program, ConfigError> {
    settled(Cli::command())
}

/// A definition for the environment as it is.
pub(crate) fn settled(command: Command) -> Result<Program, ConfigError> {
    let mut settled = Settled::default();
    let command = settled.command(command);
    match settled.error {
        Some(error) => Err(error),
        None => Ok(Program {
            command,
            settled: settled.options,
        }),
    }
}

#[derive(Default)]
struct Settled {
    options: Vec<String>,
    error: Option<ConfigError>,
}

impl Settled {
    fn command(&mut self, command: Command) -> Command {
        command
            .mut_args(|argument| self.argument(argument))
            .mut_subcommands(|inner| self.command(inner))
    }

    fn argument(&mut self, argument: Arg) -> Arg {
        let Some(name) = argument.get_env().and_then(|name| name.to_str()) else {
            return argument;
        };
        match Config::changed_variable(name) {
            Ok(None) => argument,
            Ok(Some(value)) => {
                let argument = argument.env(Resettable::Reset).hide_default_value(true);
                if value.is_empty() {
                    return argument;
                }
                self.options.push(argument.get_id().to_string());
                argument.default_value(value)
            }
            Err(error) => {
                self.error.get_or_insert(error);
                argument
            }
        }
    }
}
