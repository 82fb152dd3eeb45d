//! Planned absence: days, or halves of days, on which someone is known beforehand not to work, such as vacation.
//!
//! It concerns what is scheduled, not what is known: presence on such a day is recorded as on any other.

mod dates;
mod table;
mod words;

use std::ops::Range;

use jiff::civil::Date;

pub use self::table::{AbsenceError, AbsenceTable, RowFault, absence_table};

use super::calendar::{Bucket, schedule};
use super::hours::Hours;
use super::zone::Zone;
use presence_model::HashMap;
use sha2::{Digest as _, Sha256};

use presence_model::ids::ExtensionId;
use presence_model::named;
use presence_model::time::TimeRange;

/// What a report does with planned absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AbsenceMode {
    /// It is no scheduled time.
    Exclude,
    /// It is no scheduled time, and is counted by itself.
    Apart,
    /// It is scheduled time like any other.
    Ignore,
}

named!(AbsenceMode { Exclude => "exclude", Apart => "apart", Ignore => "ignore" });

/// Which part of each day is meant. A half is half of the time that is scheduled between two local midnights, whatever
/// the hours are: of 09:00-12:00 and 13:00-18:00 the first half ends at 14:00. Where no hours are asked for it is half
/// of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayPart {
    /// All of it.
    Whole,
    /// The first half.
    FirstHalf,
    /// The second half.
    SecondHalf,
}

/// Days, half-open, and which part of each.
pub type Days = (Range<Date>, DayPart);

/// The days of planned absence, by extension, and what could not be read of the files that hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences {
    days: HashMap<ExtensionId, Vec<Days>>,
    warnings: Vec<String>,
}

impl Absences {
    /// None, with what is to be said of the files.
    pub fn with_warnings(warnings: Vec<String>) -> Self {
        Self {
            days: HashMap::default(),
            warnings,
        }
    }

    /// SHA-256 over everybody's days: two with the same digest take the same time away.
    pub fn digest(&self) -> [u8; 32] {
        let mut everybody: Vec<(&ExtensionId, &Vec<Days>)> = self.days.iter().collect();
        everybody.sort_unstable_by_key(|(id, _)| **id);
        let mut hasher = Sha256::new();
        hasher.update(b"absence 1\0");
        for (id, days) in everybody {
            hasher.update(id.0.to_be_bytes());
            hasher.update((days.len() as u64).to_be_bytes());
            for (range, part) in days {
                hasher.update(format!("{} {} {part:?}\0", range.start, range.end));
            }
        }
        hasher.finalize().into()
    }

    /// Adds days.
    pub fn add(&mut self, extension_id: ExtensionId, days: Days) {
        if days.0.start < days.0.end {
            self.days.entry(extension_id).or_default().push(days);
        }
    }

    /// Whether no one is absent.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// What could not be read, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The time ranges of an extension's absence, each from midnight to midnight of a zone, or to or from the middle of a
    /// day's scheduled time; ascending, without overlaps.
    pub fn spans(
        &self,
        extension_id: ExtensionId,
        zone: &Zone,
        hours: Option<&Hours>,
    ) -> Vec<TimeRange> {
        let days = self.days.get(&extension_id).map_or(&[][..], Vec::as_slice);
        let spans = days.iter();
        let mut spans: Vec<TimeRange> = spans
            .filter_map(|(days, part)| {
                let whole = TimeRange::new(zone.day_start(days.start), zone.day_start(days.end))?;
                match part {
                    DayPart::Whole => Some(whole),
                    DayPart::FirstHalf => half(whole, zone, hours, true),
                    DayPart::SecondHalf => half(whole, zone, hours, false),
                }
            })
            .collect();
        spans.sort_unstable();
        let mut merged: Vec<TimeRange> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.from() <= last.to() => {
                    *last = TimeRange::new(last.from(), last.to().max(span.to())).unwrap_or(span);
                }
                _ => merged.push(span),
            }
        }
        merged
    }
}

/// Half of a day: up to the moment at which half of its scheduled time has passed, or from then on; `None` where nothing
/// is scheduled.
fn half(day: TimeRange, zone: &Zone, hours: Option<&Hours>, is_first: bool) -> Option<TimeRange> {
    let slices = schedule(day, zone, hours, Bucket::Range).slices;
    let mut rest_ms = slices
        .iter()
        .map(|slice| slice.span.duration_ms())
        .sum::<i64>()
        / 2;
    let middle = slices.iter().find_map(|slice| {
        let length_ms = slice.span.duration_ms();
        if rest_ms <= length_ms {
            return Some(slice.span.from().plus_ms(rest_ms));
        }
        rest_ms -= length_ms;
        None
    })?;
    if is_first {
        TimeRange::new(day.from(), middle)
    } else {
        TimeRange::new(middle, day.to())
    }
}

/// A row of a file of absences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceRow {
    /// The line in the file, from 1; 0 where the file has no lines of its own for it.
    pub line: u64,
    /// An extension number, an id, or a part of a name.
    pub person: String,
    /// The days, ascending; more than one entry where the first or the last day is a half.
    pub days: Vec<Days>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn days_are_local_and_count_once() {
        let id = ExtensionId(1);
        let mut absences = Absences::default();
        let days = |from, to| (date(from)..date(to), DayPart::Whole);
        absences.add(id, days("2026-10-25", "2026-10-26"));
        absences.add(id, days("2026-10-24", "2026-10-26"));
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let spans = absences.spans(id, &zone, None);
        let lengths: Vec<i64> = spans
            .iter()
            .map(|span| span.duration_ms() / 3_600_000)
            .collect();
        assert_eq!(lengths, [49], "a day of 24 hours and one of 25");
        assert!(absences.spans(ExtensionId(2), &zone, None).is_empty());
    }

    /// The halves of a day, each as it begins and ends in UTC.
    #[track_caller]
    fn check_halves(day: &str, hours: Option<&str>, expected: &[&str]) {
        let id = ExtensionId(1);
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let hours = hours.map(|text| Hours::parse(text).expect("hours"));
        let mut shown = Vec::new();
        for part in [DayPart::FirstHalf, DayPart::SecondHalf] {
            let mut absences = Absences::default();
            let day = date(day);
            absences.add(id, (day..day.tomorrow().expect("a day"), part));
            let spans = absences.spans(id, &zone, hours.as_ref());
            shown.extend(
                spans
                    .iter()
                    .map(|span| format!("{} {}", span.from(), span.to())),
            );
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn half_a_day_is_half_of_its_scheduled_time() {
        check_halves(
            "2026-11-02",
            Some("Mo-Fr 09:00-12:00,13:00-18:00"),
            &[
                "2026-11-01T23:00:00.000Z 2026-11-02T13:00:00.000Z",
                "2026-11-02T13:00:00.000Z 2026-11-02T23:00:00.000Z",
            ],
        );
        // Halves that meet at a break leave the break to the first.
        check_halves(
            "2026-11-02",
            Some("Mo-Fr 08:00-12:00,13:00-17:00"),
            &[
                "2026-11-01T23:00:00.000Z 2026-11-02T11:00:00.000Z",
                "2026-11-02T11:00:00.000Z 2026-11-02T23:00:00.000Z",
            ],
        );
        // A day of 25 hours.
        check_halves(
            "2026-10-25",
            None,
            &[
                "2026-10-24T22:00:00.000Z 2026-10-25T10:30:00.000Z",
                "2026-10-25T10:30:00.000Z 2026-10-25T23:00:00.000Z",
            ],
        );
        check_halves("2026-11-01", Some("Mo-Fr 09:00-17:00"), &[]);
    }
}
