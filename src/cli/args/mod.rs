//! The command line, as it is written and explained.
//!
//! What a text means on its own (a facet, a bucket, a duration) is read here, and a wrong one ends the program before
//! anything is opened. Times, zones and business hours depend on each other and are read in [`super::question`].

mod calendar;
mod exporting;
mod operating;
mod policy;
mod programs;
mod running;
mod serving;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use calendar::{CalendarArgs, CalendarCommand, CalendarImportArgs, CalendarShowArgs};
pub use exporting::ExportArgs;
pub use operating::{
    ConfigArgs, ConfigCommand, DoctorArgs, GetArgs, InitArgs, LogoutArgs, SetArgs,
};
pub use policy::{ExplainArgs, PolicyArgs, PolicyCommand};
pub use running::{
    CollectArgs, CopyArgs, DailyArgs, DemoArgs, ImportArgs, MigrateArgs, OperationsChoice,
    PackArgs, RebuildArgs, SimulateArgs,
};
pub(crate) use running::{parse_interval_ms, parse_operations};
pub use serving::{
    CollectingArgs, ServeArgs, TokenArgs, TokenCommand, TokenCreateArgs, TokenListArgs,
    TokenRevokeArgs,
};
pub(crate) use values::parse_mode;
pub use values::{ColorWhen, LogFormat, parse_daily_facet};

pub use programs::{CompleteArgs, CompletionsArgs, ManArgs, SavedArgs};

use presence_answers::common::CommonFields;
use presence_answers::format::{Drawn, FormatWord};
use presence_answers::policy::request::PoliciesRequest;
use presence_answers::{QUESTIONS, Request};
use presence_files::private::FileMode;

/// What the program was called with.
#[derive(Debug, Parser)]
#[command(
    name = "presence",
    about = "An event-sourced presence history for RingCentral: what was true when, and how well it is known",
    after_help = "Examples:
  presence demo                                  see it work, without an account
  presence collect --interval 60s                record your account's presence
  presence report --from -7d --to now            who was available for how long

`presence COMMAND --help` explains a command and shows examples.",
    version = presence_answers::version::short(),
    long_version = presence_answers::version::long(),
    max_term_width = 110,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command. A flag goes before the environment, that before the configuration file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The store [default: sqlite:presence.db]
    ///
    /// Either `sqlite:FILE` or `postgres://USER@HOST/DATABASE?schema=SCHEMA` [env: `PRESENCE_STORE`]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_STORE",
        value_name = "URL",
        hide_env = true
    )]
    pub store: Option<String>,

    /// The configuration file [default: presence.toml, if it exists]
    ///
    /// [env: `PRESENCE_CONFIG`]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_CONFIG",
        value_name = "FILE",
        hide_env = true,
        hide_short_help = true
    )]
    pub config: Option<PathBuf>,

    /// What every question has.
    #[command(flatten)]
    pub common: CommonFields,

    /// Output format: table, json, ndjson or csv
    ///
    /// Some commands also write svg, html or parquet. [default: by the extension of --output, else table] [env:
    /// `PRESENCE_FORMAT`]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<FormatWord>,

    /// The same, if neither --format nor the extension of a file decides
    #[arg(
        long = "default-format",
        global = true,
        hide = true,
        env = "PRESENCE_FORMAT",
        value_name = "FORMAT"
    )]
    pub format_default: Option<FormatWord>,

    /// Write the answer to this file
    ///
    /// The file is replaced only when the answer is complete.
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Permissions of new files (stores, exports, answers): 0600 for the owner only, 0640 for the group too
    /// [default: 0600]
    #[arg(long, global = true, value_name = "MODE", value_parser = parse_mode, hide_short_help = true)]
    pub mode: Option<FileMode>,

    /// Add the question, and the data that the answer rests on, if the format has no place for it: in FILE.meta.json next to
    /// --output, otherwise in lines above CSV or around a JSON array
    #[arg(long, global = true, hide_short_help = true)]
    pub with_question: bool,

    /// Log more (twice: even more)
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        conflicts_with = "quiet",
        hide_short_help = true
    )]
    pub verbose: u8,

    /// Print only answers and errors
    #[arg(short, long, global = true, hide_short_help = true)]
    pub quiet: bool,

    /// Whether to use color; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub color: ColorWhen,

    /// Format of the log on standard error [default: text]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_LOG_FORMAT",
        value_name = "FORMAT",
        hide_short_help = true
    )]
    pub log_format: Option<LogFormat>,

    /// What to log, such as `presence=debug,sqlx=info`
    #[arg(
        long,
        global = true,
        env = "PRESENCE_LOG",
        value_name = "FILTER",
        hide_short_help = true
    )]
    pub log: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try everything on a simulated office: a history and a report
    Demo(DemoArgs),
    /// Run a local platform that behaves like RingCentral
    Simulate(SimulateArgs),
    /// Poll an account and record what changed
    Collect(CollectArgs),
    /// Record sweeps from files
    Import(ImportArgs),
    /// A question
    #[command(flatten)]
    Ask(Box<Request>),
    /// Show calendars of business hours, or import them
    Calendar(CalendarArgs),
    /// Check, list and explain policies (rules that classify states)
    Policy(PolicyArgs),
    /// Pack past days, so that questions about them are answered faster
    Pack(PackArgs),
    /// Update the daily table: time per value and local day, for SQL
    Daily(DailyArgs),
    /// Rebuild the derived tables from the log, or check them against it
    Rebuild(RebuildArgs),
    /// Create a store, or upgrade an older one
    Migrate(MigrateArgs),
    /// Copy whole histories from one store to another
    Copy(CopyArgs),
    /// Write the views of the store as files for analysis: Parquet, CSV, NDJSON
    Export(ExportArgs),
    /// Serve the API and the pages over HTTP
    Serve(ServeArgs),
    /// Create, list and revoke tokens for access over HTTP
    Token(TokenArgs),
    /// Set up a collector: test credentials, write a configuration file
    Init(InitArgs),
    /// Show the settings and where they come from, or check the configuration
    Config(ConfigArgs),
    /// Check everything that a collector needs, and suggest fixes
    Doctor(DoctorArgs),
    /// Show a person's presence on the platform next to the last recorded state
    Get(GetArgs),
    /// Change your own presence
    Set(SetArgs),
    /// End the session with the platform that all commands share
    Logout(LogoutArgs),
    /// Write a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the completions of a word for a shell
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Write the man pages
    Man(ManArgs),
    /// List the saved questions of the configuration
    Saved(SavedArgs),
}

/// The command of a name; `None` if there is none.
pub fn command_named(name: &str) -> Option<clap::Command> {
    let program = <Cli as clap::CommandFactory>::command();
    program.find_subcommand(name).cloned()
}

/// Whether some command has an option of this long name that takes a value.
pub fn takes_value(name: &str) -> bool {
    let program = <Cli as clap::CommandFactory>::command();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    let mut arguments = commands.flat_map(clap::Command::get_arguments);
    arguments
        .any(|argument| argument.get_long() == Some(name) && argument.get_action().takes_values())
}

impl Command {
    /// The request that it is, if it is a question.
    pub fn request(&self) -> Option<Request> {
        match self {
            Self::Ask(request) => Some((**request).clone()),
            Self::Policy(PolicyArgs {
                command: PolicyCommand::List,
            }) => Some(Request::Policies(PoliciesRequest {})),
            _ => None,
        }
    }

    /// The command that asks a question.
    pub fn asking(request: Request) -> Self {
        match request {
            Request::Policies(PoliciesRequest {}) => Self::Policy(PolicyArgs {
                command: PolicyCommand::List,
            }),
            request => Self::Ask(Box::new(request)),
        }
    }

    /// Whether the command only reads the store and never creates one.
    pub fn is_question(&self) -> bool {
        matches!(self, Self::Policy(_)) || self.request().is_some()
    }

    /// The formats that it writes in addition to those of every command.
    pub fn drawn(&self) -> &'static [Drawn] {
        if let Self::Export(_) = self {
            return &[Drawn::Parquet];
        }
        let request = self.request();
        let question = request.and_then(|request| {
            let mut questions = QUESTIONS.iter();
            questions.find(|question| question.name == request.question())
        });
        question.map_or(&[], |question| question.drawn)
    }

    /// Whether its output has its own form, whatever the extension of the file is.
    pub fn has_own_form(&self) -> bool {
        match self {
            Self::Init(_) | Self::Man(_) | Self::Completions(_) | Self::Complete(_) => true,
            Self::Calendar(args) => matches!(args.command, CalendarCommand::Import(_)),
            _ => false,
        }
    }

    /// Whether it runs until it is stopped, so that no answer is ever complete.
    pub fn is_service(&self) -> bool {
        match self {
            Self::Collect(_) | Self::Simulate(_) | Self::Serve(_) => true,
            Self::Demo(args) => args.live,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let after = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = format!("presence {}", command.get_name());
            assert!(
                after.contains(&example),
                "{} has no example",
                command.get_name()
            );
        }
    }
}
