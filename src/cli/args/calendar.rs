//! The arguments of `presence calendar`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `presence calendar`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence calendar import business-hours.json
  presence calendar import states.json --name support >> presence.toml

Calendars are business hours with a name, in the configuration file:

  [calendars.support]
  hours = \"Mo-Fr 09:00-17:00; PH off\"
  zone = \"Europe/Berlin\"
  holidays = [\"country:DE\", \"2026-12-24\", \"own.ics\"]

  [[calendar_for]]
  calendar = \"support\"
  department = \"Support\"

`presence report --calendar support` counts these hours for everybody, `--calendar own` each one's own.")]
pub struct CalendarArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CalendarCommand,
}

/// What can be done with calendars.
#[derive(Clone, Debug, Subcommand)]
pub enum CalendarCommand {
    /// Write the platform's business hours as a calendar
    #[command(after_help = "Examples:
  presence calendar import business-hours.json
  presence calendar import states.json --name support >> presence.toml

Reads an answer of business-hours or of comm-handling/states; of the latter, the state work-hours.")]
    Import(CalendarImportArgs),
}

/// `presence calendar import`.
#[derive(Clone, Debug, Args)]
pub struct CalendarImportArgs {
    /// The platform's answer, as JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The name of the calendar
    #[arg(long, value_name = "NAME", default_value = "imported")]
    pub name: String,
}
