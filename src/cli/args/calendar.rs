//! The arguments of `presence calendar`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use presence_answers::values::TimeExpression;

/// `presence calendar`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence calendar show support
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

`presence report --calendar support` counts these hours for everyone; `--calendar own` uses each person's own calendar.")]
pub struct CalendarArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CalendarCommand,
}

/// What can be done with calendars.
#[derive(Clone, Debug, Subcommand)]
pub enum CalendarCommand {
    /// Show the days and hours of a calendar, and the reason for each
    #[command(after_help = "Examples:
  presence calendar show support
  presence calendar show support --from 2026-12-21 --to 2027-01-05
  presence calendar show support --from 2026-01-01 --to 2027-01-01 --format csv

Shows each day with its hours, the rules of `hours` that decide, and its holidays: their names, and the country or file \
that they come from. Without --from and --to it shows four weeks from today. Days are in the calendar's zone, else in \
--zone, else in UTC. Hours after 24:00 belong to the next day.

Formats: `json` is an object with `days`; each line of `ndjson` and each row of `csv` is one day.")]
    Show(CalendarShowArgs),
    /// Write the platform's business hours as a calendar
    #[command(after_help = "Examples:
  presence calendar import business-hours.json
  presence calendar import states.json --name support >> presence.toml

Reads a response of business-hours, or the state work-hours from a response of comm-handling/states.")]
    Import(CalendarImportArgs),
}

/// `presence calendar import`.
#[derive(Clone, Debug, Args)]
pub struct CalendarImportArgs {
    /// The platform's response, as JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The name of the calendar
    #[arg(long, value_name = "NAME", default_value = "imported")]
    pub name: String,
}

/// `presence calendar show`.
#[derive(Clone, Debug, Args)]
pub struct CalendarShowArgs {
    /// The calendar, as in [calendars.NAME] of the configuration file
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The first day, or a time in it, written as in `presence report` [default: today]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,
    /// The day after the last one, or a time in the last one [default: 28 days after the first]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<TimeExpression>,
}
