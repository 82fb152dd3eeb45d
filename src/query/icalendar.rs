//! Whole days from iCalendar files (RFC 5545): holidays and planned absence.
//!
//! A library takes the file apart; what an event means is decided here. Only events of whole days are read
//! (`DTSTART;VALUE=DATE`), once or every year. Whatever else decides on which days an event is (another recurrence, an
//! event of hours) is refused with the event's name, never guessed and never left out silently.

use std::ops::Range;

use icalendar::parser::{Component, Property, read_calendar, unfold};
use jiff::civil::{Date, Weekday};

/// An event: one stretch of days or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayEvent {
    /// What it is called; `""` if it has no name.
    pub summary: String,
    /// Its days, half-open, ascending.
    pub days: Vec<Range<Date>>,
}

/// Why a file tells no days.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IcalendarError {
    /// It is no iCalendar file.
    #[error("it is no iCalendar file (RFC 5545): {0}")]
    Malformed(String),
    /// An event cannot be used.
    #[error("the event {summary:?} {what}")]
    Event {
        /// What it is called.
        summary: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// There is more in it than can be meant.
    #[error("it has more than {MOST_DAYS} days in its events")]
    TooMany,
}

/// So many days all events of a file may have together.
const MOST_DAYS: usize = 200_000;

/// Up to this year events that come every year are written out.
const LAST_YEAR: i16 = 2100;

/// The events of a file. Cancelled ones (`STATUS:CANCELLED`) are left out.
pub fn day_events(text: &str) -> Result<Vec<DayEvent>, IcalendarError> {
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|error| {
        let first = error.lines().next().unwrap_or_default().to_owned();
        IcalendarError::Malformed(first)
    })?;
    let mut events = Vec::new();
    let mut day_count = 0;
    for component in &calendar.components {
        if component.name.as_str() != "VEVENT" || is_cancelled(component) {
            continue;
        }
        let event = Event { component }.read()?;
        day_count += event.days.len();
        if day_count > MOST_DAYS {
            return Err(IcalendarError::TooMany);
        }
        events.push(event);
    }
    Ok(events)
}

fn is_cancelled(component: &Component<'_>) -> bool {
    component
        .find_prop("STATUS")
        .is_some_and(|status| status.val.as_str().eq_ignore_ascii_case("CANCELLED"))
}

struct Event<'a> {
    component: &'a Component<'a>,
}

impl Event<'_> {
    fn read(&self) -> Result<DayEvent, IcalendarError> {
        let start = self.start()?;
        let length = self.length(start)?;
        let excluded = self.excluded()?;
        let starts = match self.text("RRULE") {
            None => vec![start],
            Some(rule) => {
                let rule = Yearly::parse(rule).map_err(|what| self.wrong(what))?;
                rule.starts(start)
            }
        };
        let extra = self.component.properties.iter();
        if extra
            .clone()
            .any(|property| property.name.as_str() == "RDATE")
        {
            return Err(self.wrong("has RDATE, which is not read; write its days as events"));
        }
        let days = starts.into_iter().filter(|start| !excluded.contains(start));
        Ok(DayEvent {
            summary: self.summary(),
            days: days.filter_map(|start| range(start, length)).collect(),
        })
    }

    fn summary(&self) -> String {
        let summary = self.text("SUMMARY").unwrap_or_default();
        summary
            .replace("\\,", ",")
            .replace("\\;", ";")
            .replace("\\n", " ")
    }

    fn wrong(&self, what: impl Into<String>) -> IcalendarError {
        IcalendarError::Event {
            summary: self.summary(),
            what: what.into(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        let property = self.component.find_prop(name)?;
        Some(property.val.as_str())
    }

    fn start(&self) -> Result<Date, IcalendarError> {
        let start = self.text("DTSTART");
        let start = start.ok_or_else(|| self.wrong("has no beginning (DTSTART)"))?;
        self.date(start, "begins")
    }

    fn date(&self, text: &str, verb: &str) -> Result<Date, IcalendarError> {
        date(text).ok_or_else(|| {
            self.wrong(format!(
                "{verb} at {text:?}; only whole days are read, such as DTSTART;VALUE=DATE:20261225"
            ))
        })
    }

    /// In days; a day if nothing is said.
    fn length(&self, start: Date) -> Result<i64, IcalendarError> {
        if let Some(end) = self.text("DTEND") {
            let end = self.date(end, "ends")?;
            let days = days_between(start, end);
            // Some programs write the same day as beginning and end of a day.
            return match days {
                0 => Ok(1),
                1.. => Ok(days),
                _ => Err(self.wrong("ends before it begins")),
            };
        }
        let Some(duration) = self.text("DURATION") else {
            return Ok(1);
        };
        let digits = duration.strip_prefix('P').and_then(|rest| {
            let weeks = rest.strip_suffix('W').map(|weeks| (weeks, 7));
            weeks.or(rest.strip_suffix('D').map(|days| (days, 1)))
        });
        let days = digits.and_then(|(count, days)| Some(count.parse::<i64>().ok()? * days));
        days.filter(|days| (1..=3_660).contains(days))
            .ok_or_else(|| {
                self.wrong(format!(
                    "lasts {duration:?}; whole days are written like P1D"
                ))
            })
    }

    fn excluded(&self) -> Result<Vec<Date>, IcalendarError> {
        let mut excluded = Vec::new();
        let all = self.component.properties.iter();
        for property in all.filter(|property: &&Property<'_>| property.name.as_str() == "EXDATE") {
            for text in property.val.as_str().split(',') {
                excluded.push(self.date(text, "leaves out a time")?);
            }
        }
        Ok(excluded)
    }
}

/// `20261225`.
fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = text[..4].parse().ok()?;
    Date::new(year, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

fn range(start: Date, days: i64) -> Option<Range<Date>> {
    let end = start
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()?;
    Some(start..end)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// A recurrence every year, or every so many years.
#[derive(Debug)]
struct Yearly {
    interval: i16,
    count: Option<usize>,
    until: Option<Date>,
    month: Option<i8>,
    month_day: Option<i8>,
    /// The first, the second, … (or the last, the last but one, …) such weekday of the month.
    weekday: Option<(i8, Weekday)>,
}

impl Yearly {
    fn parse(rule: &str) -> Result<Self, String> {
        let not_read = |part: &str| {
            format!(
                "recurs by {part:?}; what is read is FREQ=YEARLY with INTERVAL, COUNT, UNTIL, BYMONTH and either BYMONTHDAY or BYDAY"
            )
        };
        let mut yearly = Self {
            interval: 1,
            count: None,
            until: None,
            month: None,
            month_day: None,
            weekday: None,
        };
        let mut is_yearly = false;
        for part in rule.split(';').filter(|part| !part.is_empty()) {
            let wrong = || not_read(part);
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            match name.to_ascii_uppercase().as_str() {
                "FREQ" if value.eq_ignore_ascii_case("YEARLY") => is_yearly = true,
                "INTERVAL" => {
                    let interval = value.parse().ok();
                    yearly.interval = interval.filter(|years| *years > 0).ok_or_else(wrong)?;
                }
                "COUNT" => yearly.count = Some(value.parse().map_err(|_| wrong())?),
                "UNTIL" => yearly.until = Some(value.get(..8).and_then(date).ok_or_else(wrong)?),
                "BYMONTH" => yearly.month = Some(value.parse().map_err(|_| wrong())?),
                "BYMONTHDAY" => yearly.month_day = Some(value.parse().map_err(|_| wrong())?),
                "BYDAY" => yearly.weekday = Some(weekday(value).ok_or_else(wrong)?),
                "WKST" => {}
                _ => return Err(wrong()),
            }
        }
        let both = yearly.month_day.is_some() && yearly.weekday.is_some();
        let month_is_needed = yearly.weekday.is_some() && yearly.month.is_none();
        if !is_yearly || both || month_is_needed {
            return Err(not_read(rule));
        }
        Ok(yearly)
    }

    /// The first days of each time, from `start` on.
    fn starts(&self, start: Date) -> Vec<Date> {
        let step = usize::try_from(self.interval).unwrap_or(1);
        let years = (start.year()..=LAST_YEAR.max(start.year())).step_by(step);
        let mut starts: Vec<Date> = years
            .filter_map(|year| self.in_year(year, start))
            .filter(|&day| day >= start && self.until.is_none_or(|until| day <= until))
            .collect();
        starts.truncate(self.count.unwrap_or(usize::MAX));
        starts
    }

    /// The day in one year; `None` where there is no such day, as 29 February in most.
    fn in_year(&self, year: i16, start: Date) -> Option<Date> {
        let month = self.month.unwrap_or(start.month());
        let first = Date::new(year, month, 1).ok()?;
        if let Some((nth, weekday)) = self.weekday {
            return first.nth_weekday_of_month(nth, weekday).ok();
        }
        let day = self.month_day.unwrap_or(start.day());
        if day > 0 {
            return Date::new(year, month, day).ok();
        }
        let last = first.last_of_month();
        Date::new(year, month, last.day().checked_add(day)?.checked_add(1)?).ok()
    }
}

/// `4TH`: the fourth Thursday; `-1MO`: the last Monday.
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let text = text.to_ascii_uppercase();
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth: i8 = nth.parse().ok()?;
    (nth != 0 && (-5..=5).contains(&nth)).then_some((nth, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Result<Vec<DayEvent>, IcalendarError> {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests\r\nBEGIN:VEVENT\r\nSUMMARY:Day\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n") + "\r\n"
        );
        day_events(&text)
    }

    /// The first few days of an event, and how many there are.
    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let shown = match read(lines) {
            Ok(events) => {
                let days = &events[0].days;
                let shown = days.iter().take(3).map(|days| {
                    let last = days.end.yesterday().expect("a day before");
                    if last == days.start {
                        last.to_string()
                    } else {
                        format!("{}..{last}", days.start)
                    }
                });
                format!("{}: {}", days.len(), shown.collect::<Vec<_>>().join(" "))
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn single_days_and_stretches() {
        check("DTSTART;VALUE=DATE:20261225", "1: 2026-12-25");
        check(
            "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227",
            "1: 2026-12-25..2026-12-26",
        );
        check(
            "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225",
            "1: 2026-12-25",
        );
        check(
            "DTSTART;VALUE=DATE:20261225\nDURATION:P1W",
            "1: 2026-12-25..2026-12-31",
        );
    }

    #[test]
    fn days_of_every_year() {
        check(
            "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY",
            "75: 2026-12-25 2027-12-25 2028-12-25",
        );
        check(
            "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2",
            "2: 2026-11-26 2027-11-25",
        );
        check(
            "DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20280101T000000Z",
            "2: 2026-05-25 2027-05-31",
        );
        check(
            "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=2",
            "2: 2024-02-29 2028-02-29",
        );
        check(
            "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20271225",
            "2: 2026-12-25 2028-12-25",
        );
    }

    #[test]
    fn what_is_not_read_is_refused() {
        check(
            "DTSTART:20261225T090000Z",
            "the event \"Day\" begins at \"20261225T090000Z\"; only whole days are read, such as DTSTART;VALUE=DATE:20261225",
        );
        check(
            "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=WEEKLY",
            "the event \"Day\" recurs by \"FREQ=WEEKLY\"; what is read is FREQ=YEARLY with INTERVAL, COUNT, UNTIL, BYMONTH \
             and either BYMONTHDAY or BYDAY",
        );
        assert!(matches!(
            day_events("no calendar"),
            Err(IcalendarError::Malformed(_))
        ));
        assert!(read("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261220").is_err());
        assert!(read("SUMMARY:without a beginning").is_err());
    }

    #[test]
    fn cancelled_events_do_not_count() {
        let events = read("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED");
        assert_eq!(events, Ok(Vec::new()));
    }
}
