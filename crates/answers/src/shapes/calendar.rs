//! `calendar import` and `calendar show`.

use serde::Serialize;

use presence_core::query::calendar_days::CalendarDay;
use presence_core::query::calendars::Calendar;
use presence_core::query::zone::{Zone, zone_data_version};

/// The platform's business hours as a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedCalendar<'a> {
    /// Its name.
    pub calendar: &'a str,
    /// The hours in the OpenStreetMap notation.
    pub hours: &'a str,
}

/// A calendar, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownCalendar {
    /// Its name.
    pub calendar: String,
    /// The hours in the OpenStreetMap notation.
    pub hours: String,
    /// The zone that its days are in; `null`: each extension's own, shown as in UTC.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// The first day.
    pub from: String,
    /// The day after the last.
    pub to: String,
    /// The days, ascending.
    pub days: Vec<ShownDay>,
}

/// A day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownDay {
    /// The local day.
    pub day: String,
    /// Its weekday, as in the notation: `Mo`.
    pub weekday: &'static str,
    /// What begins on it.
    pub open: Vec<ShownHours>,
    /// How long that is, in milliseconds.
    pub scheduled_ms: i64,
    /// The rules of the hours that decide about it, in their order.
    pub rules: Vec<String>,
    /// The holidays that it is.
    pub holidays: Vec<ShownHoliday>,
}

/// Hours of a day by the local clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownHours {
    /// When they begin: `22:00`.
    pub from: String,
    /// When they end: `30:00` for 06:00 of the next day.
    pub to: String,
}

/// A holiday of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownHoliday {
    /// What it is called; `null` where it has no name.
    pub name: Option<String>,
    /// Where it comes from: `country:DE`, a file, or `configuration`.
    pub source: String,
}

impl ShownCalendar {
    /// A calendar with its days from one date up to another; `zone` is the one that they are in, if one is known.
    pub fn of(
        calendar: &Calendar,
        zone: Option<&Zone>,
        from: &str,
        to: &str,
        days: &[CalendarDay],
    ) -> Self {
        Self {
            calendar: calendar.name.clone(),
            hours: calendar.hours.text().to_owned(),
            zone: zone.map(|zone| zone.name().to_owned()),
            zone_data: zone_data_version(),
            from: from.to_owned(),
            to: to.to_owned(),
            days: days.iter().map(ShownDay::of).collect(),
        }
    }
}

impl ShownDay {
    fn of(day: &CalendarDay) -> Self {
        const NAMES: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
        let weekday = usize::try_from(day.date.weekday().to_monday_zero_offset());
        let clock = |minutes: i16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let open = day.open.iter();
        let holidays = day.holidays.iter();
        Self {
            day: day.date.to_string(),
            weekday: weekday
                .ok()
                .and_then(|index| NAMES.get(index))
                .copied()
                .unwrap_or_default(),
            open: open
                .map(|range| ShownHours {
                    from: clock(range.start),
                    to: clock(range.end),
                })
                .collect(),
            scheduled_ms: day.scheduled_ms,
            rules: day.rules.clone(),
            holidays: holidays
                .map(|holiday| ShownHoliday {
                    name: Some(holiday.name.clone()).filter(|name| !name.is_empty()),
                    source: holiday.source.clone(),
                })
                .collect(),
        }
    }
}
