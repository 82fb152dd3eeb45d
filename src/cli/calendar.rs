//! `presence calendar`.

use crate::files;
use crate::query::hours::Hours;
use crate::query::platform_hours::{PlatformSchedule, opening_hours};
use crate::render::json;
use crate::ringcentral::wire::business_hours::{WeeklySchedule, weekly_schedule};
use crate::shapes::calendar::ImportedCalendar;

use super::args::{CalendarArgs, CalendarCommand, CalendarImportArgs, Format};
use super::exit::Failure;
use super::session::Session;

/// What was asked of the calendars.
pub(super) fn run(session: &mut Session, args: &CalendarArgs) -> Result<(), Failure> {
    match &args.command {
        CalendarCommand::Import(args) => import(session, args),
    }
}

/// The platform's business hours as a calendar of the configuration file.
fn import(session: &mut Session, args: &CalendarImportArgs) -> Result<(), Failure> {
    let file = args.file.display();
    let text = files::text(&args.file).map_err(|error| Failure::failed(error.to_string()))?;
    let schedule =
        weekly_schedule(&text).map_err(|error| Failure::failed(format!("{file}: {error}")))?;
    let schedule = match schedule {
        WeeklySchedule::Always => PlatformSchedule::Always,
        WeeklySchedule::Weekly(days) => PlatformSchedule::Weekly(days),
    };
    let hours =
        opening_hours(&schedule).map_err(|error| Failure::failed(format!("{file}: {error}")))?;
    Hours::parse(&hours).map_err(|error| Failure::failed(format!("{file}: {error}")))?;
    let text = match session.settings.format {
        Format::Json | Format::Ndjson => json::line(&ImportedCalendar {
            calendar: &args.name,
            hours: &hours,
        }),
        Format::Table | Format::Csv => format!(
            "[calendars.{}]\nhours = {}\n",
            toml::Value::from(args.name.as_str()),
            toml::Value::from(hours.as_str())
        ),
    };
    Ok(session.output.write(&text)?)
}
