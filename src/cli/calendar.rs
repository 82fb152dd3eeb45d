//! `presence calendar`.

use jiff::Span;
use jiff::civil::{Date, Time};

use presence_answers::ask::ZoneChoice;
use presence_answers::format::Format;
use presence_answers::render;
use presence_answers::shapes::calendar::{ImportedCalendar, ShownCalendar};
use presence_answers::values::TimeExpression;
use presence_charts::json;
use presence_config::CalendarError;
use presence_core::query::calendar_days::calendar_days;
use presence_core::query::calendars::Calendar;
use presence_core::query::hours::Hours;
use presence_core::query::platform_hours::{PlatformSchedule, opening_hours};
use presence_core::query::time_expression::parse_time_expression;
use presence_core::query::zone::Zone;
use presence_files as files;
use presence_ringcentral_wire::business_hours::{WeeklySchedule, weekly_schedule};

use super::args::{CalendarArgs, CalendarCommand, CalendarImportArgs, CalendarShowArgs};
use super::exit::Failure;
use super::session::Session;

/// What was asked of the calendars.
pub(super) fn run(session: &mut Session, args: &CalendarArgs) -> Result<(), Failure> {
    match &args.command {
        CalendarCommand::Show(args) => show(session, args),
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
    let text = match session.asker.settings.format {
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

/// So many days are shown if nothing is said.
const DAYS_SHOWN: i64 = 28;

/// So many days are shown at most.
const DAYS_MAX: i64 = 3_660;

/// The days and hours of a calendar, with the reason of each.
fn show(session: &mut Session, args: &CalendarShowArgs) -> Result<(), Failure> {
    let calendar = session.asker.config.calendar(&args.name);
    let calendar = calendar.map_err(|error| match error {
        CalendarError::Unknown { .. } => Failure::Usage(error.to_string()),
        other => other.into(),
    })?;
    let zone = match (&calendar.zone, &session.asker.settings.zone) {
        (Some(zone), _) | (None, ZoneChoice::Named(zone)) => Some(zone.clone()),
        (None, ZoneChoice::Own) => None,
    };
    let clock = zone.clone().unwrap_or_else(Zone::utc);
    let (from, to) = days(session, args, &clock)?;
    note_unknown_years(session, &calendar, from, to);
    let days = calendar_days(&calendar, &clock, from, to);
    let shown = ShownCalendar::of(
        &calendar,
        zone.as_ref(),
        &from.to_string(),
        &to.to_string(),
        &days,
    );
    let text = match session.asker.settings.format {
        Format::Table => {
            let text = render::calendar::table(&shown, &session.page());
            return Ok(session.output.write(&text)?);
        }
        Format::Json => json::pretty(&shown),
        Format::Ndjson => json::lines(&shown.days),
        Format::Csv => render::calendar::csv(&shown).file(&session.asker.settings.csv_style()),
    };
    Ok(session.output.write_data(&text)?)
}

/// The days that are asked for, half-open; says which are assumed.
fn days(
    session: &mut Session,
    args: &CalendarShowArgs,
    zone: &Zone,
) -> Result<(Date, Date), Failure> {
    let now = session.asker.settings.now;
    let moment = |what: &str, text: &TimeExpression| {
        let at = parse_time_expression(text.as_str(), zone, now)
            .map_err(|error| Failure::Usage(format!("{what}: {error}")))?;
        Ok::<_, Failure>((at, zone.local(at)))
    };
    let from = match &args.from {
        Some(text) => moment("--from", text)?.1.date(),
        None => zone.local(now).date(),
    };
    let to = match &args.to {
        Some(text) => {
            let (at, local) = moment("--to", text)?;
            let is_start = zone.day_start(local.date()) == at || local.time() == Time::midnight();
            if is_start {
                local.date()
            } else {
                local.date().saturating_add(Span::new().days(1))
            }
        }
        None => from.saturating_add(Span::new().days(DAYS_SHOWN)),
    };
    let count = from.duration_until(to).as_hours() / 24;
    if count <= 0 {
        return Err(Failure::Usage(format!(
            "--from {from} is not before --to {to}: there would be no day; give an earlier --from or a later --to"
        )));
    }
    if count > DAYS_MAX {
        return Err(Failure::Usage(format!(
            "--from {from} and --to {to} are {count} days apart; at most {DAYS_MAX} are shown at once"
        )));
    }
    if args.from.is_none() || args.to.is_none() {
        let assumed = match (&args.from, &args.to) {
            (None, None) => format!("--from {from} --to {to}"),
            (None, Some(_)) => format!("--from {from}"),
            _ => format!("--to {to}"),
        };
        session.output.note(&format!("assumed {assumed}"));
    }
    Ok((from, to))
}

/// A country's holidays are known for some years only.
fn note_unknown_years(session: &mut Session, calendar: &Calendar, from: Date, to: Date) {
    let last = to.yesterday().unwrap_or(to);
    for warning in calendar.unknown_holidays(from, last) {
        session.output.note(&format!("warning: {warning}"));
    }
}
