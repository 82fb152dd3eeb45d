//! The platform's schedules as business hours: `business-hours` and the `work-hours` state of `comm-handling/states`.
//!
//! Facts of the platform: `schedule: {}` means around the clock, a missing day means closed, several ranges a day are
//! allowed, days come in any order, and times are local without a zone. `GetUserBusinessHoursResponse`,
//! `CallHandlingStates`.

use std::collections::BTreeMap;

/// The days in the order of a week: the platform's names, and the notation's.
pub const DAYS: [(&str, &str); 7] = [
    ("monday", "Mo"),
    ("tuesday", "Tu"),
    ("wednesday", "We"),
    ("thursday", "Th"),
    ("friday", "Fr"),
    ("saturday", "Sa"),
    ("sunday", "Su"),
];

/// Ranges of a day as the platform writes them: `09:00` or `09:00:00`, from and to.
pub type DayRanges = Vec<(String, String)>;

/// A weekly schedule as the platform gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformSchedule {
    /// Around the clock.
    Always,
    /// The ranges of each day, by the platform's name of the day.
    Weekly(BTreeMap<String, DayRanges>),
}

/// Why a schedule cannot be written as business hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformHoursError {
    /// A day is not one of a week.
    #[error("{0:?} is no day of the week")]
    UnknownDay(String),
    /// A time is none.
    #[error("{0:?} on {1} is no time like 09:00")]
    Malformed(String, String),
}

/// Business hours in the OpenStreetMap notation: `Mo-Fr 09:00-18:00; Sa 10:00-14:00`.
///
/// Days with the same ranges are written together. `23:59:59` and `23:59`, as the last moment of a day, are its end.
pub fn opening_hours(schedule: &PlatformSchedule) -> Result<String, PlatformHoursError> {
    let PlatformSchedule::Weekly(by_day) = schedule else {
        return Ok("24/7".to_owned());
    };
    if let Some(day) = by_day.keys().find(|day| day_index(day).is_none()) {
        return Err(PlatformHoursError::UnknownDay(day.clone()));
    }
    let mut week: [String; 7] = Default::default();
    for (day, ranges) in by_day {
        let texts = ranges.iter().map(|(from, to)| range(day, from, to));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        if let Some(place) = day_index(day) {
            week[place] = texts.join(",");
        }
    }
    let rules = rules(&week);
    if rules.is_empty() {
        return Ok("off".to_owned());
    }
    if rules == ["Mo-Su 00:00-24:00"] {
        return Ok("24/7".to_owned());
    }
    Ok(rules.join("; "))
}

fn day_index(day: &str) -> Option<usize> {
    DAYS.iter()
        .position(|(name, _)| name.eq_ignore_ascii_case(day))
}

/// One rule for each different list of ranges, in the order of the week.
fn rules(week: &[String; 7]) -> Vec<String> {
    let mut rules = Vec::new();
    let mut written: Vec<&str> = Vec::new();
    for ranges in week {
        if ranges.is_empty() || written.contains(&ranges.as_str()) {
            continue;
        }
        written.push(ranges);
        let same: Vec<usize> = (0..7).filter(|&day| &week[day] == ranges).collect();
        rules.push(format!("{} {ranges}", days(&same)));
    }
    rules
}

/// `Mo-We,Fr`.
fn days(indices: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &index in indices {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => runs.push((index, index)),
        }
    }
    let texts = runs.iter().map(|&(first, last)| match last - first {
        0 => DAYS[first].1.to_owned(),
        1 => format!("{},{}", DAYS[first].1, DAYS[last].1),
        _ => format!("{}-{}", DAYS[first].1, DAYS[last].1),
    });
    texts.collect::<Vec<_>>().join(",")
}

fn range(day: &str, from: &str, to: &str) -> Result<String, PlatformHoursError> {
    let malformed = |text: &str| PlatformHoursError::Malformed(text.to_owned(), day.to_owned());
    let start = minutes(from).ok_or_else(|| malformed(from))?;
    let end = match minutes(to).ok_or_else(|| malformed(to))? {
        0 | 1439 => 1440,
        end => end,
    };
    let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    Ok(format!("{}-{}", clock(start), clock(end)))
}

/// Minutes after midnight; seconds are cut.
fn minutes(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("00");
    if parts.next().is_some() || second.len() != 2 || minute.len() != 2 || hour.len() > 2 {
        return None;
    }
    let [hour, minute, second]: [u32; 3] = [
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
    ];
    let is_time = minute < 60 && second < 60 && (hour < 24 || (hour == 24 && minute == 0));
    is_time.then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::super::hours::Hours;
    use super::*;

    #[track_caller]
    fn check(days: &[(&str, &[(&str, &str)])], expected: &str) {
        let own = |ranges: &[(&str, &str)]| {
            let ranges = ranges.iter();
            ranges
                .map(|&(from, to)| (from.to_owned(), to.to_owned()))
                .collect()
        };
        let by_day = days
            .iter()
            .map(|&(day, ranges)| (day.to_owned(), own(ranges)));
        let hours = match opening_hours(&PlatformSchedule::Weekly(by_day.collect())) {
            Ok(hours) => {
                Hours::parse(&hours).expect("what is written can be read");
                hours
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(hours, expected);
    }

    #[test]
    fn days_with_the_same_hours_are_written_together() {
        let day = &[("09:00", "18:00")][..];
        check(
            &[
                ("tuesday", day),
                ("friday", day),
                ("monday", day),
                ("thursday", day),
                ("wednesday", day),
            ],
            "Mo-Fr 09:00-18:00",
        );
        check(
            &[
                ("monday", &[("10:00", "18:00")]),
                ("tuesday", day),
                ("thursday", day),
                ("friday", &[("09:00", "12:00"), ("13:00", "17:00")]),
            ],
            "Mo 10:00-18:00; Tu,Th 09:00-18:00; Fr 09:00-12:00,13:00-17:00",
        );
    }

    #[test]
    fn ends_of_days_and_nights() {
        check(&[("monday", &[("00:00:00", "23:59:59")])], "Mo 00:00-24:00");
        check(&[("friday", &[("22:00", "06:00")])], "Fr 22:00-06:00");
        check(&[("friday", &[("18:00", "00:00")])], "Fr 18:00-24:00");
        check(&[], "off");
        assert_eq!(
            opening_hours(&PlatformSchedule::Always).as_deref(),
            Ok("24/7")
        );
        let all: Vec<_> = DAYS.map(|(day, _)| (day, &[("00:00", "23:59")][..])).into();
        check(&all, "24/7");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        check(&[("someday", &[])], "\"someday\" is no day of the week");
        check(
            &[("monday", &[("9", "17:00")])],
            "\"9\" on monday is no time like 09:00",
        );
        check(
            &[("monday", &[("09:00", "25:00")])],
            "\"25:00\" on monday is no time like 09:00",
        );
    }
}
