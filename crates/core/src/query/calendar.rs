//! The scheduled time of a window: local hours, days, weeks and months, and business hours, as ranges of UTC.
//!
//! Every boundary is made from a local date or clock time and turned into an instant by the zone; no day is ever a
//! fixed number of seconds. Days have 23, 24 or 25 hours, or 23.5 and 24.5 in `Australia/Lord_Howe`:
//!
//! ```text
//! clock (Berlin, 2026-10-25)   00:00   01:00   02:00 +02  02:00 +01   03:00   …   24:00
//! UTC                          22:00   23:00   00:00      01:00       02:00   …   23:00   one day, 25 hour buckets
//! ```

mod clock_hours;

use jiff::civil::{Date, DateTime, Time};

use self::clock_hours::{by_clock_hour, by_week_hour};
use super::hours::{DAY, Hours, Minutes};
use super::zone::Zone;
use presence_model::named;
use presence_model::time::{TimeRange, Timestamp};

/// What the rows of an answer are cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Not cut: one bucket for the whole window, labelled `""`.
    Range,
    /// By the hour of the local clock, labelled `2026-11-02T14:00+01:00`: the hour that comes twice is two buckets, and
    /// a change of offset within an hour cuts it there.
    Hour,
    /// By the hour of the week on the local clock, labelled `1 14` for Mondays at 14: the hour that comes twice counts
    /// twice in it.
    WeekHour,
    /// By the local day, labelled `2026-11-02`.
    Day,
    /// By the ISO 8601 week, Monday to Sunday, labelled `2026-W45` with the year that the week belongs to.
    Week,
    /// By the local month, labelled `2026-11`.
    Month,
}

named!(Bucket { Range => "range", Hour => "hour", WeekHour => "week_hour", Day => "day", Week => "week", Month => "month" });

/// A scheduled range that lies in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// When it is.
    pub span: TimeRange,
    /// The bucket it belongs to: an index into [`Schedule::labels`].
    pub bucket: u32,
}

/// The scheduled ranges of a window in one zone.
///
/// **Invariant:** slices ascend, do not overlap, and lie in the window; two that adjoin are of different buckets.
/// Every label has a slice, and labels ascend in time (those of [`Bucket::WeekHour`] within the week).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The ranges.
    pub slices: Vec<Slice>,
    /// The buckets' names, see [`Bucket`].
    pub labels: Vec<String>,
}

/// A scheduled range and the local day that it belongs to.
#[derive(Clone, Copy, Debug)]
struct ScheduledRange {
    span: TimeRange,
    date: Date,
}

/// The scheduled ranges of `window`, cut into buckets of `zone`'s local time; all of it is scheduled without `hours`.
///
/// A shift that runs over midnight is in the bucket of the day on which it began, also where the window begins after
/// that midnight; hour buckets go by the clock. Where shifts of two days overlap, the time belongs to the earlier day.
/// The ends of a range are local times, and [`Zone::first_instant`] turns each into an instant, a start as an end:
///
/// - skipped by the clocks: the instant of the change;
/// - shown twice: the first of the two;
/// - `24:00` is the first instant of the next day.
///
/// So a boundary is the same instant for what ends and for what begins there, boundaries never run backwards, and
/// ranges that follow one another from `00:00` to `24:00` add up to the day, be it 23, 24 or 25 hours long.
///
/// The work and the result grow with the number of days (or hours) in the window: cut it to what is recorded first.
pub fn schedule(window: TimeRange, zone: &Zone, hours: Option<&Hours>, bucket: Bucket) -> Schedule {
    let pieces = scheduled_pieces(window, zone, hours);
    match bucket {
        Bucket::Hour => by_clock_hour(&pieces, window, zone),
        Bucket::WeekHour => by_week_hour(&pieces, window, zone),
        _ => by_date(&pieces, bucket),
    }
}

/// The scheduled ranges of each day, cut to the window; ascending, without overlaps.
fn scheduled_pieces(window: TimeRange, zone: &Zone, hours: Option<&Hours>) -> Vec<ScheduledRange> {
    let always = Minutes::whole_day();
    let mut pieces = Vec::new();
    for date in local_dates(window, zone) {
        let minutes = hours.map_or_else(|| always.clone(), |hours| hours.minutes_of(date));
        for range in minutes.ranges() {
            let at = |minutes| boundary(zone, date, minutes);
            let segment = TimeRange::new(at(range.start), at(range.end));
            if let Some(span) = segment.and_then(|segment| segment.clip(window)) {
                claim(&mut pieces, ScheduledRange { span, date });
            }
        }
    }
    pieces
}

/// Adds what no earlier day has claimed of a piece.
fn claim(pieces: &mut Vec<ScheduledRange>, piece: ScheduledRange) {
    let mut rest = Some(piece.span);
    let mut place = pieces.partition_point(|other| other.span.to() <= piece.span.from());
    while let Some(span) = rest {
        let taken = pieces
            .get(place)
            .map_or(piece.span.to(), |other| other.span.from());
        if let Some(free) = TimeRange::new(span.from(), taken.min(span.to())) {
            pieces.insert(
                place,
                ScheduledRange {
                    span: free,
                    ..piece
                },
            );
            place += 1;
        }
        rest = pieces
            .get(place)
            .and_then(|other| TimeRange::new(other.span.to(), span.to()));
        place += 1;
    }
}

/// The instant of a boundary, so many minutes after a day's midnight by the clock.
fn boundary(zone: &Zone, date: Date, minutes: i16) -> Timestamp {
    clock_time(date, minutes).map_or(Timestamp::MAX, |local| zone.first_instant(local))
}

/// What the clock shows so many minutes after a day's midnight, on that day or the ones after it; `None` beyond the
/// year 9999.
fn clock_time(date: Date, minutes: i16) -> Option<DateTime> {
    let days = jiff::Span::new().days(minutes / DAY);
    let (hour, minute) = (minutes % DAY / 60, minutes % 60);
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
    Some(date.checked_add(days).ok()?.to_datetime(time))
}

/// The local dates of the window, with one more at either end: a night shift begins on the day before, and where
/// clocks go back over midnight a date comes again.
fn local_dates(window: TimeRange, zone: &Zone) -> impl Iterator<Item = Date> {
    let first = zone.local(window.from()).date();
    let last = zone.local(window.to()).date();
    let last = last.tomorrow().unwrap_or(last);
    first
        .yesterday()
        .unwrap_or(first)
        .series(jiff::Span::new().days(1))
        .take_while(move |date| *date <= last)
}

/// What distinguishes two buckets of dates; it sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DateKey {
    Range,
    Day(Date),
    Week(i16, i8),
    Month(i16, i8),
}

impl DateKey {
    fn of(date: Date, bucket: Bucket) -> Self {
        match bucket {
            Bucket::Range => Self::Range,
            Bucket::Hour | Bucket::WeekHour | Bucket::Day => Self::Day(date),
            Bucket::Week => {
                let week = date.iso_week_date();
                Self::Week(week.year(), week.week())
            }
            Bucket::Month => Self::Month(date.year(), date.month()),
        }
    }

    fn label(self) -> String {
        match self {
            Self::Range => String::new(),
            Self::Day(date) => date.to_string(),
            Self::Week(year, week) => format!("{year:04}-W{week:02}"),
            Self::Month(year, month) => format!("{year:04}-{month:02}"),
        }
    }
}

fn by_date(pieces: &[ScheduledRange], bucket: Bucket) -> Schedule {
    let key_of = |piece: &ScheduledRange| DateKey::of(piece.date, bucket);
    let mut keys: Vec<DateKey> = pieces.iter().map(key_of).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut schedule = Schedule {
        slices: Vec::with_capacity(pieces.len()),
        labels: keys.iter().map(|key| key.label()).collect(),
    };
    for piece in pieces {
        let place = keys.partition_point(|key| *key < key_of(piece));
        schedule.push(piece.span, place);
    }
    schedule
}

impl Schedule {
    fn push(&mut self, span: TimeRange, place: usize) {
        let bucket = u32::try_from(place).expect("a window has fewer than 2^32 hours");
        if let Some(last) = self.slices.last_mut()
            && last.bucket == bucket
            && last.span.to() == span.from()
        {
            last.span =
                TimeRange::new(last.span.from(), span.to()).expect("both parts have a length");
        } else {
            self.slices.push(Slice { span, bucket });
        }
    }
}

#[cfg(test)]
mod tests;
