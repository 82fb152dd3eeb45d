//! Recurrence rules (`RRULE`, `EXRULE`) over whole days.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::{Budget, IcalendarError, LAST_YEAR};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule by which an event recurs.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    frequency: Frequency,
    interval: i32,
    pub(super) count: Option<usize>,
    /// As it is written; which day it means depends on the event's zone.
    pub(super) until: Option<String>,
    months: Vec<i8>,
    month_days: Vec<i8>,
    year_days: Vec<i16>,
    /// The nth such weekday of the month or year, counted from its end below 0; 0: each.
    weekdays: Vec<(i8, Weekday)>,
    positions: Vec<i16>,
    week_start: Weekday,
}

/// What the nth weekday is counted in.
#[derive(Clone, Copy)]
enum Within {
    Month,
    Year,
}

impl Rule {
    /// Reads a rule such as `FREQ=YEARLY;BYMONTH=11;BYDAY=4TH`. The error continues "the event … ".
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rule = Self {
            frequency: Frequency::Yearly,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut seen: Vec<String> = Vec::new();
        for part in text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (name, value) = part.split_once('=').ok_or_else(|| not_read(part))?;
            let name = name.to_ascii_uppercase();
            if seen.contains(&name) {
                return Err(not_read(text));
            }
            rule.take(&name, &value.to_ascii_uppercase())
                .ok_or_else(|| not_read(part))?;
            seen.push(name);
        }
        let has_frequency = seen.iter().any(|name| name == "FREQ");
        if has_frequency && rule.is_consistent() {
            Ok(rule)
        } else {
            Err(not_read(text))
        }
    }

    /// Takes one part of the text; `None` if it is not read.
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return None,
                }
            }
            "INTERVAL" => {
                self.interval = value.parse().ok().filter(|n| (1..=10_000).contains(n))?;
            }
            "COUNT" => self.count = Some(value.parse().ok().filter(|n| *n > 0)?),
            "UNTIL" => self.until = Some(value.to_owned()),
            "BYMONTH" => self.months = list(value, |n| (1..=12).contains(n))?,
            "BYMONTHDAY" => {
                self.month_days = list(value, |n| *n != 0 && (-31..=31).contains(n))?;
            }
            "BYYEARDAY" => {
                self.year_days = list(value, |n| *n != 0 && (-366..=366).contains(n))?;
            }
            "BYDAY" => self.weekdays = value.split(',').map(weekday).collect::<Option<_>>()?,
            "BYSETPOS" => {
                self.positions = list(value, |n| *n != 0 && (-366..=366).contains(n))?;
            }
            "WKST" => self.week_start = named_weekday(value)?,
            // Of a whole day, the moment at which it begins.
            "BYHOUR" | "BYMINUTE" | "BYSECOND" if value == "0" || value == "00" => {}
            "RSCALE" if value == "GREGORIAN" => {}
            "SKIP" if value == "OMIT" => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether its parts go with one another as the standard has it.
    fn is_consistent(&self) -> bool {
        let is_numbered = self.weekdays.iter().any(|(nth, _)| *nth != 0);
        let selects = !(self.months.is_empty()
            && self.month_days.is_empty()
            && self.year_days.is_empty()
            && self.weekdays.is_empty());
        let fits = match self.frequency {
            Frequency::Daily => self.year_days.is_empty() && !is_numbered,
            Frequency::Weekly => {
                self.year_days.is_empty() && self.month_days.is_empty() && !is_numbered
            }
            Frequency::Monthly => self.year_days.is_empty(),
            Frequency::Yearly => true,
        };
        fits && (self.positions.is_empty() || selects)
            && !(self.count.is_some() && self.until.is_some())
    }

    /// The days on which it begins, from `start` to `last` at the latest; ascending.
    pub(super) fn starts(
        &self,
        start: Date,
        last: Option<Date>,
        budget: &mut Budget,
    ) -> Result<Vec<Date>, IcalendarError> {
        let end = Date::constant(LAST_YEAR, 12, 31).max(start);
        let last = last.map_or(end, |last| last.min(end));
        let mut starts = Vec::new();
        for period in 0.. {
            budget.step(1)?;
            let Some(first) = self.period(start, period).filter(|first| *first <= last) else {
                break;
            };
            let days = self.positioned(self.days_of(first, start, budget)?);
            starts.extend(days.into_iter().filter(|day| (start..=last).contains(day)));
            let wanted = self.count.unwrap_or(usize::MAX);
            if starts.len() >= wanted {
                starts.truncate(wanted);
                break;
            }
        }
        Ok(starts)
    }

    /// The first day of the nth year, month, week or day.
    fn period(&self, start: Date, index: i32) -> Option<Date> {
        let count = index.checked_mul(self.interval)?;
        let first = match self.frequency {
            Frequency::Yearly => Date::new(start.year(), 1, 1).ok()?,
            Frequency::Monthly => start.first_of_month(),
            Frequency::Weekly => {
                let passed = self.week_start.until(start.weekday());
                start.checked_sub(Span::new().days(passed)).ok()?
            }
            Frequency::Daily => start,
        };
        let span = Span::new();
        let span = match self.frequency {
            Frequency::Yearly => span.try_years(count),
            Frequency::Monthly => span.try_months(count),
            Frequency::Weekly => span.try_weeks(count),
            Frequency::Daily => span.try_days(count),
        };
        first.checked_add(span.ok()?).ok()
    }

    /// The days of a period, before positions are chosen; ascending.
    fn days_of(
        &self,
        first: Date,
        start: Date,
        budget: &mut Budget,
    ) -> Result<Vec<Date>, IcalendarError> {
        match self.frequency {
            Frequency::Daily => Ok(self.limited(first).into_iter().collect()),
            Frequency::Weekly => {
                let days = first.series(Span::new().days(1)).take(7);
                Ok(days
                    .filter(|day| self.is_in_months(*day))
                    .filter(|day| match self.weekdays.as_slice() {
                        [] => day.weekday() == start.weekday(),
                        weekdays => weekdays.iter().any(|(_, own)| *own == day.weekday()),
                    })
                    .collect())
            }
            Frequency::Monthly if !self.is_in_months(first) => Ok(Vec::new()),
            Frequency::Monthly => self.days_of_month(first, start, Within::Month, budget),
            Frequency::Yearly => self.days_of_year(first, start, budget),
        }
    }

    fn days_of_year(
        &self,
        first: Date,
        start: Date,
        budget: &mut Budget,
    ) -> Result<Vec<Date>, IcalendarError> {
        let within = if self.months.is_empty() {
            Within::Year
        } else {
            Within::Month
        };
        if !self.year_days.is_empty() {
            let days = self.year_days.iter();
            let mut days: Vec<Date> = days.filter_map(|&day| day_of_year(first, day)).collect();
            days.retain(|day| {
                self.is_in_months(*day) && self.is_month_day(*day) && self.is_weekday(*day, within)
            });
            days.sort_unstable();
            days.dedup();
            return Ok(days);
        }
        let selects_days = !(self.month_days.is_empty() && self.weekdays.is_empty());
        let mut days = Vec::new();
        for month in 1..=12 {
            let is_wanted = match self.months.as_slice() {
                [] => selects_days || month == start.month(),
                months => months.contains(&month),
            };
            let first = Date::new(first.year(), month, 1).ok();
            if let Some(first) = first.filter(|_| is_wanted) {
                days.extend(self.days_of_month(first, start, within, budget)?);
            }
        }
        Ok(days)
    }

    fn days_of_month(
        &self,
        first: Date,
        start: Date,
        within: Within,
        budget: &mut Budget,
    ) -> Result<Vec<Date>, IcalendarError> {
        if self.month_days.is_empty() && self.weekdays.is_empty() {
            let day = Date::new(first.year(), first.month(), start.day());
            return Ok(day.into_iter().collect());
        }
        let days = first.series(Span::new().days(1));
        let days = days.take(usize::try_from(first.days_in_month()).unwrap_or(0));
        budget.step(31)?;
        Ok(days
            .filter(|day| self.is_month_day(*day) && self.is_weekday(*day, within))
            .collect())
    }

    /// The day itself, if nothing speaks against it.
    fn limited(&self, day: Date) -> Option<Date> {
        let fits =
            self.is_in_months(day) && self.is_month_day(day) && self.is_weekday(day, Within::Month);
        fits.then_some(day)
    }

    fn is_in_months(&self, day: Date) -> bool {
        self.months.is_empty() || self.months.contains(&day.month())
    }

    fn is_month_day(&self, day: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        self.month_days.is_empty()
            || self.month_days.contains(&day.day())
            || self.month_days.contains(&from_end)
    }

    fn is_weekday(&self, day: Date, within: Within) -> bool {
        let (passed, left) = match within {
            Within::Month => (
                i16::from(day.day()) - 1,
                i16::from(day.days_in_month() - day.day()),
            ),
            Within::Year => (
                day.day_of_year() - 1,
                day.days_in_year() - day.day_of_year(),
            ),
        };
        self.weekdays.is_empty()
            || self.weekdays.iter().any(|&(nth, weekday)| {
                let nth = i16::from(nth);
                weekday == day.weekday()
                    && (nth == 0 || nth == passed / 7 + 1 || nth == -(left / 7) - 1)
            })
    }

    /// Those of `BYSETPOS`, of the days of one period.
    fn positioned(&self, days: Vec<Date>) -> Vec<Date> {
        if self.positions.is_empty() {
            return days;
        }
        let index = |position: i16| {
            let count = usize::from(position.unsigned_abs());
            if position > 0 {
                Some(count - 1)
            } else {
                days.len().checked_sub(count)
            }
        };
        let chosen = self.positions.iter();
        let mut chosen: Vec<Date> = chosen
            .filter_map(|&position| days.get(index(position)?).copied())
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

fn not_read(part: &str) -> String {
    format!(
        "recurs by {part:?}, which is not read; what is read is FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, COUNT or \
         UNTIL, BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY, BYSETPOS and WKST, as RFC 5545 lets them go together"
    )
}

/// The nth day of a year, from its end below 0.
fn day_of_year(first: Date, day: i16) -> Option<Date> {
    let index = if day > 0 {
        day - 1
    } else {
        first.days_in_year() + day
    };
    let found = first.checked_add(Span::new().days(index)).ok()?;
    (index >= 0 && found.year() == first.year()).then_some(found)
}

fn list<N: std::str::FromStr>(text: &str, is_wanted: impl Fn(&N) -> bool) -> Option<Vec<N>> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok());
    numbers.map(|number| number.filter(&is_wanted)).collect()
}

/// `4TH`: the fourth Thursday; `-1MO`: the last Monday; `MO`: each Monday.
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let text = text.trim();
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = named_weekday(name)?;
    if nth.is_empty() {
        return Some((0, weekday));
    }
    let nth: i8 = nth.parse().ok()?;
    (nth != 0 && (-53..=53).contains(&nth)).then_some((nth, weekday))
}

fn named_weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}
