//! The command line, as it is written and explained.
//!
//! What a text means on its own (a facet, a bucket, a duration) is read here, and a wrong one ends the program before
//! anything is opened. Times, zones and business hours depend on each other and are read in [`super::question`].

mod asking;
mod calendar;
mod counting;
mod exporting;
mod finding;
mod operating;
mod policy;
mod programs;
mod running;
mod serving;
pub mod telling;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use asking::{
    AheadArgs, AmongArgs, AsOfArgs, AtArgs, ChangesArgs, CoverageArgs, ExplainMomentArgs,
    FacetArgs, NowArgs, PolicyChoice, ReportArgs, SevenDaysArgs, TimelineArgs, TodayArgs,
    UsualWindow, WrittenWindow,
};
pub use calendar::{CalendarArgs, CalendarCommand, CalendarImportArgs, CalendarShowArgs};
pub use counting::{CountArgs, HeatmapArgs, StaffingArgs};
pub use exporting::ExportArgs;
pub use finding::{FreeArgs, MeetArgs, RouteArgs};
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
    AccessLogArgs, CollectingArgs, PeopleArgs, ServeArgs, TokenArgs, TokenCommand, TokenCreateArgs,
    TokenListArgs, TokenRevokeArgs,
};
pub use values::{
    By, ColorWhen, Drawn, ExcelWord, Format, FormatWord, LogFormat, ReportBy, parse_daily_facet,
    parse_duration_ms,
};
pub(crate) use values::{is_position, parse_as_of, parse_mode};

pub use programs::{CompleteArgs, CompletionsArgs, ManArgs, SavedArgs};

use crate::model::ids::AccountId;
use crate::private::FileMode;

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
    version = super::version::short(),
    long_version = super::version::long(),
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
    /// `sqlite:FILE` or `postgres://USER@HOST/DATABASE?schema=SCHEMA` [env: `PRESENCE_STORE`]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_STORE",
        value_name = "URL",
        hide_env = true
    )]
    pub store: Option<String>,

    /// The configuration file [default: presence.toml, if it is there]
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

    /// The account; needed only if the store holds several
    #[arg(
        long,
        global = true,
        env = "PRESENCE_ACCOUNT",
        value_name = "ID",
        hide_short_help = true
    )]
    pub account: Option<AccountId>,

    /// How to write answers: table, json, ndjson or csv
    ///
    /// Some commands also write svg, html or parquet. [default: as the ending of --output says, else table] [env:
    /// `PRESENCE_FORMAT`]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<FormatWord>,

    /// The same, if neither --format nor the ending of a file says it
    #[arg(
        long = "default-format",
        global = true,
        hide = true,
        env = "PRESENCE_FORMAT",
        value_name = "FORMAT"
    )]
    pub format_default: Option<FormatWord>,

    /// Write CSV for Excel
    ///
    /// With a byte order mark, CR LF, and times as local date and time (in --zone). Cells are separated by semicolons;
    /// `--excel=comma` is for an Excel that separates by commas.
    #[arg(
        long,
        global = true,
        value_name = "SEPARATOR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "semicolon",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub excel: Option<ExcelWord>,

    /// Write the answer to this file
    ///
    /// The file is replaced when the answer is complete, and not before.
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Who may read the files that are made, such as stores, exports and answers: 0600, their owner alone, or 0640, their
    /// group as well [default: 0600]
    #[arg(long, global = true, value_name = "MODE", value_parser = parse_mode, hide_short_help = true)]
    pub mode: Option<FileMode>,

    /// Write down the question, and what the answer rests on, where the format has no place for it: in FILE.meta.json
    /// beside --output, else in lines above CSV or around a JSON array
    #[arg(long, global = true, hide_short_help = true)]
    pub with_question: bool,

    /// The time zone of local times, such as Europe/Berlin
    ///
    /// Times are read and shown in it [default: UTC]. In reports, everybody's days and hours are in it [default, and with
    /// `extension`: each person's own zone]. [env: `PRESENCE_ZONE`]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_ZONE",
        value_name = "ZONE",
        hide_env = true
    )]
    pub zone: Option<String>,

    /// Take this as the present moment: reproduces an answer whose `as_of` carries `now`
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub now: Option<String>,

    /// Ask also where a name means nothing: a person, department, site, queue, value or class that is not in the history.
    /// Without it such a question is refused, with the nearest names
    #[arg(long, global = true, hide_short_help = true)]
    pub allow_unknown: bool,

    /// Say more of what is going on (twice: still more)
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        conflicts_with = "quiet",
        hide_short_help = true
    )]
    pub verbose: u8,

    /// Say nothing but answers and errors
    #[arg(short, long, global = true, hide_short_help = true)]
    pub quiet: bool,

    /// When to colour; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub color: ColorWhen,

    /// How to write the log (to standard error) [default: text]
    #[arg(
        long,
        global = true,
        env = "PRESENCE_LOG_FORMAT",
        value_name = "FORMAT",
        hide_short_help = true
    )]
    pub log_format: Option<LogFormat>,

    /// What to log, such as `presence_history=debug,sqlx=info`
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
    /// Show it all on a simulated office: presence up to now, and a report
    Demo(DemoArgs),
    /// Run a local platform that answers as RingCentral does
    Simulate(SimulateArgs),
    /// Poll an account and record what changed
    Collect(CollectArgs),
    /// Record sweeps from files
    Import(ImportArgs),
    /// Show everyone's state now
    Now(NowArgs),
    /// Show everyone's state at a moment
    At(AtArgs),
    /// Show a person's states over time
    Timeline(TimelineArgs),
    /// List the changes, one by one
    Changes(ChangesArgs),
    /// Show why a person's state at a moment is known, or not
    Explain(ExplainMomentArgs),
    /// Sum up how long each state held, with bounds
    Report(ReportArgs),
    /// Show how many people were in a state at once
    Staffing(StaffingArgs),
    /// Show a state over the hours of the week
    Heatmap(HeatmapArgs),
    /// Rank who can take a call right now
    Route(RouteArgs),
    /// Show when some people are free together
    Meet(MeetArgs),
    /// Show calendars of business hours day by day, or import them
    Calendar(CalendarArgs),
    /// Check, list and explain policies: what a state counts as
    Policy(PolicyArgs),
    /// Show when the collector was running, and the gaps
    Coverage(CoverageArgs),
    /// Pack the days that are over, so that questions about them are answered faster
    Pack(PackArgs),
    /// Bring the daily table up to date: how long each value lasted, by local day, for SQL
    Daily(DailyArgs),
    /// Rebuild the derived tables from the log, or check them against it
    Rebuild(RebuildArgs),
    /// Make a store, or bring an older one up to date
    Migrate(MigrateArgs),
    /// Copy whole histories from one store to another
    Copy(CopyArgs),
    /// Write the views of the store as files for analysis: Parquet, CSV, NDJSON
    Export(ExportArgs),
    /// Answer over HTTP: an API, and pages
    Serve(ServeArgs),
    /// Make, list and revoke tokens: who may ask over HTTP
    Token(TokenArgs),
    /// List who there is
    People(PeopleArgs),
    /// Show who looked at whom over HTTP
    AccessLog(AccessLogArgs),
    /// Set a collector up: try credentials, and write a configuration file
    Init(InitArgs),
    /// Show the settings and where they came from, or check the configuration
    Config(ConfigArgs),
    /// Check everything that a collector needs, and say what to do
    Doctor(DoctorArgs),
    /// Ask the platform for one person's presence, and show it beside what was recorded last
    Get(GetArgs),
    /// Change your own presence
    Set(SetArgs),
    /// End the session with the platform that the commands share
    Logout(LogoutArgs),
    /// Write a completion script for a shell
    Completions(CompletionsArgs),
    /// Tell a shell what a word can become
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Write the manual
    Man(ManArgs),
    /// List the questions that the configuration saves under a name
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
    /// Whether the command only reads the store: it never makes one.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Now(_)
                | Self::At(_)
                | Self::Timeline(_)
                | Self::Changes(_)
                | Self::Explain(_)
                | Self::Report(_)
                | Self::Staffing(_)
                | Self::Heatmap(_)
                | Self::Route(_)
                | Self::Meet(_)
                | Self::Policy(_)
                | Self::Coverage(_)
                | Self::People(_)
                | Self::AccessLog(_)
        )
    }
}

impl Command {
    /// The formats that it writes besides those that every command does.
    pub fn drawn(&self) -> &'static [Drawn] {
        match self {
            Self::Timeline(_) | Self::Staffing(_) => &[Drawn::Svg, Drawn::Parquet],
            Self::Heatmap(_) => &[Drawn::Svg],
            Self::Report(_) => &[Drawn::Html, Drawn::Parquet],
            Self::Changes(_) | Self::Export(_) => &[Drawn::Parquet],
            _ => &[],
        }
    }

    /// Whether what it writes has a form of its own, whatever the ending of the file is.
    pub fn has_own_form(&self) -> bool {
        match self {
            Self::Init(_) | Self::Man(_) | Self::Completions(_) | Self::Complete(_) => true,
            Self::Calendar(args) => matches!(args.command, CalendarCommand::Import(_)),
            _ => false,
        }
    }

    /// Whether it goes on until it is stopped: then there is no answer that could be complete.
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
