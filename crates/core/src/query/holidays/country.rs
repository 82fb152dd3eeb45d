//! How the days of a country's law follow from the calendar of a year.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::laws::LAWS;

/// The first year that is known.
pub(super) const FIRST_YEAR: i16 = 2016;
/// The last year that is known, as the laws stand.
pub(super) const LAST_YEAR: i16 = 2099;

/// What a country's law says.
pub(super) struct Law {
    /// The country's code of ISO 3166.
    pub(super) code: &'static str,
    /// Its days.
    pub(super) days: &'static [Day],
    /// What becomes of those that fall on a weekend.
    pub(super) weekend: Weekend,
}

/// One holiday.
pub(super) struct Day {
    pub(super) name: &'static str,
    pub(super) on: On,
    /// The first year and the last one.
    pub(super) years: (i16, i16),
}

/// On which day of a year a holiday is.
#[derive(Clone, Copy)]
pub(super) enum On {
    /// A month and its day.
    Fixed(i8, i8),
    /// So many days after Easter Sunday of the western churches.
    Easter(i32),
    /// In a month the first, the second, … or (below 0) the last such weekday.
    Nth(i8, i8, Weekday),
    /// The first such weekday from a day on.
    From(i8, i8, Weekday),
    /// The first of February if that is a Friday, else the first Monday of that month, in Ireland.
    StBrigid,
    /// When the sun crosses the equator in spring or autumn, in Japan.
    SpringEquinox,
    AutumnEquinox,
}

/// What becomes of days that fall on a weekend.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekend {
    /// They stay.
    Stays,
    /// Those of a fixed date are moved to the next weekday that is no holiday.
    NextWeekday,
    /// From a Saturday to the Friday before, from a Sunday to the Monday after.
    NearestWeekday,
    /// A Sunday has the next day that is no holiday as its substitute; a day between two holidays is one too.
    Japan,
}

impl Day {
    pub(super) const fn since(self, year: i16) -> Self {
        Self {
            years: (year, self.years.1),
            ..self
        }
    }

    pub(super) const fn until(self, year: i16) -> Self {
        Self {
            years: (self.years.0, year),
            ..self
        }
    }

    /// In one year only.
    pub(super) const fn only(self, year: i16) -> Self {
        self.since(year).until(year)
    }
}

const fn day(name: &'static str, on: On) -> Day {
    Day {
        name,
        on,
        years: (FIRST_YEAR, LAST_YEAR),
    }
}

/// A day of a month.
pub(super) const fn fixed(name: &'static str, month: i8, of_month: i8) -> Day {
    day(name, On::Fixed(month, of_month))
}

/// So many days after Easter Sunday.
pub(super) const fn easter(name: &'static str, days: i32) -> Day {
    day(name, On::Easter(days))
}

/// The first, second, … or last (-1) such weekday of a month.
pub(super) const fn nth(name: &'static str, month: i8, number: i8, weekday: Weekday) -> Day {
    day(name, On::Nth(month, number, weekday))
}

/// The first such weekday from a day on.
pub(super) const fn from(name: &'static str, month: i8, of_month: i8, weekday: Weekday) -> Day {
    day(name, On::From(month, of_month, weekday))
}

/// A day with a rule of its own.
pub(super) const fn special(name: &'static str, on: On) -> Day {
    day(name, on)
}

/// The law of a country whose holidays are known.
pub(super) fn law(code: &str) -> Option<&'static Law> {
    LAWS.iter().find(|law| law.code == code)
}

/// The codes of the countries whose holidays are known, ascending.
pub(super) fn codes() -> Vec<&'static str> {
    LAWS.iter().map(|law| law.code).collect()
}

/// The days of all years, ascending in each year.
pub(super) fn days(law: &Law) -> Vec<(Date, &'static str)> {
    let years = FIRST_YEAR..=LAST_YEAR + 1;
    let days = years.flat_map(|year| days_of_year(law, year));
    days.filter(|(date, _)| (FIRST_YEAR..=LAST_YEAR).contains(&date.year()))
        .collect()
}

/// The days of a year; a New Year's Day that is moved back lies in the year before.
fn days_of_year(law: &Law, year: i16) -> Vec<(Date, &'static str)> {
    let in_force = |day: &&Day| {
        // The year after the last one is asked for what is moved back out of it.
        let (first, last) = day.years;
        year >= first && (year <= last || last == LAST_YEAR)
    };
    let days = law.days.iter().filter(in_force);
    let mut days: Vec<(Date, &Day)> = days
        .filter_map(|day| Some((day.on.in_year(year)?, day)))
        .collect();
    days.sort_by_key(|(date, _)| *date);
    match law.weekend {
        Weekend::Stays => named(&days),
        Weekend::NearestWeekday => {
            let days = days.iter();
            days.map(|(date, day)| (nearest_weekday(*date), day.name))
                .collect()
        }
        Weekend::NextWeekday => next_weekdays(&days),
        Weekend::Japan => with_substitutes(&named(&days)),
    }
}

fn named(days: &[(Date, &Day)]) -> Vec<(Date, &'static str)> {
    days.iter().map(|(date, day)| (*date, day.name)).collect()
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn plus(date: Date, days: i32) -> Date {
    date.saturating_add(Span::new().days(days))
}

fn nearest_weekday(date: Date) -> Date {
    match date.weekday() {
        Weekday::Saturday => plus(date, -1),
        Weekday::Sunday => plus(date, 1),
        _ => date,
    }
}

fn next_weekdays(days: &[(Date, &Day)]) -> Vec<(Date, &'static str)> {
    let is_moved = |date: Date, day: &Day| matches!(day.on, On::Fixed(..)) && is_weekend(date);
    let mut placed: BTreeMap<Date, &'static str> = days
        .iter()
        .filter(|(date, day)| !is_moved(*date, day))
        .map(|(date, day)| (*date, day.name))
        .collect();
    for (date, day) in days.iter().filter(|(date, day)| is_moved(*date, day)) {
        let mut date = *date;
        while is_weekend(date) || placed.contains_key(&date) {
            date = plus(date, 1);
        }
        placed.insert(date, day.name);
    }
    placed.into_iter().collect()
}

/// Article 3 of Japan's law: paragraph 2 for Sundays, paragraph 3 for a day between two holidays.
fn with_substitutes(days: &[(Date, &'static str)]) -> Vec<(Date, &'static str)> {
    let own: BTreeMap<Date, &'static str> = days.iter().copied().collect();
    let mut all = own.clone();
    for date in own.keys() {
        if date.weekday() == Weekday::Sunday {
            let mut next = plus(*date, 1);
            while own.contains_key(&next) {
                next = plus(next, 1);
            }
            all.insert(next, "Substitute Holiday");
        }
        let between = plus(*date, 1);
        if own.contains_key(&plus(*date, 2)) && !own.contains_key(&between) {
            all.entry(between).or_insert("Citizens' Holiday");
        }
    }
    all.into_iter().collect()
}

impl On {
    fn in_year(self, year: i16) -> Option<Date> {
        match self {
            Self::Fixed(month, day) => Date::new(year, month, day).ok(),
            Self::Easter(days) => Some(plus(easter_sunday(year)?, days)),
            Self::Nth(month, number, weekday) => Date::new(year, month, 1)
                .ok()?
                .nth_weekday_of_month(number, weekday)
                .ok(),
            Self::From(month, day, weekday) => {
                let first = Date::new(year, month, day).ok()?;
                Some(plus(first, i32::from(first.weekday().until(weekday))))
            }
            Self::StBrigid => match Date::new(year, 2, 1).ok()? {
                first if first.weekday() == Weekday::Friday => Some(first),
                _ => Self::Nth(2, 1, Weekday::Monday).in_year(year),
            },
            Self::SpringEquinox => Date::new(year, 3, equinox(year, 20_843_100)?).ok(),
            Self::AutumnEquinox => Date::new(year, 9, equinox(year, 23_248_800)?).ok(),
        }
    }
}

/// Easter Sunday by the Gregorian reckoning (Meeus, Jones and Butcher).
fn easter_sunday(year: i16) -> Option<Date> {
    let of_year = i32::from(year);
    let (golden, century, in_century) = (of_year % 19, of_year / 100, of_year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let month = i8::try_from(days / 31).ok()?;
    Date::new(year, month, i8::try_from(days % 31 + 1).ok()?).ok()
}

/// The day of the month, by the approximation that Japan's almanacs use for 1980 to 2099; `base` in millionths of a day.
fn equinox(year: i16, base: i64) -> Option<i8> {
    let years = i64::from(year) - 1980;
    i8::try_from((base + 242_194 * years) / 1_000_000 - years / 4).ok()
}
