//! The scheduled time of a window: local hours, days, weeks and months, and business hours, as stretches of UTC.
//!
//! Every boundary is made from a local date or clock time and turned into an instant by the zone; no day is ever a
//! fixed number of seconds. Days have 23, 24 or 25 hours, or 23.5 and 24.5 in `Australia/Lord_Howe`:
//!
//! ```text
//! clock (Berlin, 2026-10-25)   00:00   01:00   02:00 +02  02:00 +01   03:00   …   24:00
//! UTC                          22:00   23:00   00:00      01:00       02:00   …   23:00   one day, 25 hour buckets
//! ```

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::hours::{DAY, Hours, Minutes};
use super::zone::{self, HOUR_MS, OffsetText, Zone};
use crate::model::observation::named;
use crate::model::time::{Span, Timestamp};

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

/// A scheduled stretch that lies in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// When it is.
    pub span: Span,
    /// The bucket it belongs to: an index into [`Schedule::labels`].
    pub bucket: u32,
}

/// The scheduled stretches of a window in one zone.
///
/// **Invariant:** slices ascend, do not overlap, and lie in the window; two that adjoin are of different buckets.
/// Every label has a slice, and labels ascend in time (those of [`Bucket::WeekHour`] within the week).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The stretches.
    pub slices: Vec<Slice>,
    /// The buckets' names, see [`Bucket`].
    pub labels: Vec<String>,
}

/// A scheduled stretch and the local day that it belongs to.
#[derive(Clone, Copy, Debug)]
struct Piece {
    span: Span,
    date: Date,
}

/// The scheduled stretches of `window`, cut into buckets of `zone`'s local time; all of it is scheduled without `hours`.
///
/// A shift that runs over midnight is in the bucket of the day on which it began, also where the window begins after
/// that midnight; hour buckets go by the clock. Where shifts of two days overlap, the time belongs to the earlier day.
/// The ends of a range are local times, turned into instants like this:
///
/// - skipped by the clocks: the instant of the change;
/// - shown twice: a start is the first of the two, an end the last, so that over the fold `01:30-02:30` covers all
///   that lies between;
/// - `24:00` is the first instant of the next day.
///
/// The work and the result grow with the number of days (or hours) in the window: cut it to what is recorded first.
pub fn schedule(window: Span, zone: &Zone, hours: Option<&Hours>, bucket: Bucket) -> Schedule {
    let pieces = scheduled_pieces(window, zone, hours);
    match bucket {
        Bucket::Hour => by_clock_hour(&pieces, window, zone),
        Bucket::WeekHour => by_week_hour(&pieces, window, zone),
        _ => by_date(&pieces, bucket),
    }
}

/// The scheduled stretches of each day, cut to the window; ascending, without overlaps.
fn scheduled_pieces(window: Span, zone: &Zone, hours: Option<&Hours>) -> Vec<Piece> {
    let always = Minutes::whole_day();
    let mut pieces = Vec::new();
    for date in local_dates(window, zone) {
        let minutes = hours.map_or_else(|| always.clone(), |hours| hours.minutes_of(date));
        for range in minutes.ranges() {
            let stretch = Span::new(range_start(zone, date, range), range_end(zone, date, range));
            if let Some(span) = stretch.and_then(|stretch| stretch.clip(window)) {
                claim(&mut pieces, Piece { span, date });
            }
        }
    }
    pieces
}

/// Adds what no earlier day has claimed of a piece.
fn claim(pieces: &mut Vec<Piece>, piece: Piece) {
    let mut rest = Some(piece.span);
    let mut place = pieces.partition_point(|other| other.span.to() <= piece.span.from());
    while let Some(span) = rest {
        let taken = pieces
            .get(place)
            .map_or(piece.span.to(), |other| other.span.from());
        if let Some(free) = Span::new(span.from(), taken.min(span.to())) {
            pieces.insert(
                place,
                Piece {
                    span: free,
                    ..piece
                },
            );
            place += 1;
        }
        rest = pieces
            .get(place)
            .and_then(|other| Span::new(other.span.to(), span.to()));
        place += 1;
    }
}

fn range_start(zone: &Zone, date: Date, range: &Range<i16>) -> Timestamp {
    clock_time(date, range.start).map_or(Timestamp::MAX, |local| zone.first_instant(local))
}

fn range_end(zone: &Zone, date: Date, range: &Range<i16>) -> Timestamp {
    match clock_time(date, range.end) {
        None => Timestamp::MAX,
        Some(midnight) if range.end % DAY == 0 => zone.first_instant(midnight),
        Some(local) => zone.last_instant(local),
    }
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
fn local_dates(window: Span, zone: &Zone) -> impl Iterator<Item = Date> {
    let first = zone.local(window.from()).date();
    let last = zone.local(window.to()).date();
    let last = last.tomorrow().unwrap_or(last);
    first
        .yesterday()
        .unwrap_or(first)
        .series(jiff::Span::new().days(1))
        .take_while(move |date| *date <= last)
}

/// What tells two buckets of dates apart; it sorts by time.
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

fn by_date(pieces: &[Piece], bucket: Bucket) -> Schedule {
    let key_of = |piece: &Piece| DateKey::of(piece.date, bucket);
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

/// Hours go by the clock; only those with scheduled time get a label.
fn by_clock_hour(pieces: &[Piece], window: Span, zone: &Zone) -> Schedule {
    let mut schedule = Schedule::default();
    let mut hours = ClockHours::new(window, zone);
    let mut labelled = None;
    for piece in pieces {
        let mut rest = Some(piece.span);
        while let Some(span) = rest {
            let (hour, offset) = hours.at(span.from());
            if labelled != Some(hour.from()) {
                labelled = Some(hour.from());
                schedule.labels.push(hour_label(hour.from(), offset));
            }
            let inside = span.clip(hour).expect("the hour contains the start");
            schedule.push(inside, schedule.labels.len() - 1);
            rest = Span::new(inside.to(), span.to());
        }
    }
    schedule
}

/// The hours of the clock, those of all weeks in one bucket.
fn by_week_hour(pieces: &[Piece], window: Span, zone: &Zone) -> Schedule {
    let mut hours = ClockHours::new(window, zone);
    let mut slices: Vec<(Span, usize)> = Vec::new();
    for piece in pieces {
        let mut rest = Some(piece.span);
        while let Some(span) = rest {
            let (hour, offset) = hours.at(span.from());
            let local = zone::local_by(offset, span.from());
            let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
            let place = day * 24 + usize::try_from(local.hour()).unwrap_or(0);
            let inside = span.clip(hour).expect("the hour contains the start");
            slices.push((inside, place));
            rest = Span::new(inside.to(), span.to());
        }
    }
    let mut places: Vec<usize> = slices.iter().map(|slice| slice.1).collect();
    places.sort_unstable();
    places.dedup();
    let label = |place: &usize| format!("{} {:02}", place / 24 + 1, place % 24);
    let mut schedule = Schedule {
        labels: places.iter().map(label).collect(),
        ..Schedule::default()
    };
    for (span, place) in slices {
        schedule.push(span, places.partition_point(|known| *known < place));
    }
    schedule
}

fn hour_label(from: Timestamp, offset: Offset) -> String {
    let local = zone::local_by(offset, from);
    let (date, hour, minute) = (local.date(), local.hour(), local.minute());
    format!("{date}T{hour:02}:{minute:02}{}", OffsetText(offset))
}

/// The hours of local clocks, cut where the offset changes; asked for in ascending order.
struct ClockHours {
    stretches: Vec<(Timestamp, Offset)>,
    current: usize,
}

impl ClockHours {
    fn new(window: Span, zone: &Zone) -> Self {
        Self {
            stretches: zone.offsets_in(window),
            current: 0,
        }
    }

    /// The hour that contains `at`, and its offset. `at` is never earlier than the last one asked for.
    fn at(&mut self, at: Timestamp) -> (Span, Offset) {
        while let Some(next) = self.stretches.get(self.current + 1)
            && next.0 <= at
        {
            self.current += 1;
        }
        let (stretch_from, offset) = self.stretches[self.current];
        let stretch_to = match self.stretches.get(self.current + 1) {
            Some(next) => next.0,
            None => Timestamp::MAX,
        };
        let local_ms = at.as_ms() + i64::from(offset.seconds()) * 1000;
        let from = at.plus_ms(-local_ms.rem_euclid(HOUR_MS));
        let hour = Span::new(
            from.max(stretch_from),
            from.plus_ms(HOUR_MS).min(stretch_to),
        );
        (hour.expect("a moment lies within its hour"), offset)
    }
}

impl Schedule {
    fn push(&mut self, span: Span, place: usize) {
        let bucket = u32::try_from(place).expect("a window has fewer than 2^32 hours");
        if let Some(last) = self.slices.last_mut()
            && last.bucket == bucket
            && last.span.to() == span.from()
        {
            last.span = Span::new(last.span.from(), span.to()).expect("both parts have a length");
        } else {
            self.slices.push(Slice { span, bucket });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Span {
        let at = |text: &str| text.parse().expect("a moment");
        Span::new(at(from), at(to)).expect("a window has a length")
    }

    /// Each slice as `from to label`, the times without seconds and `Z`.
    #[track_caller]
    fn check(asked: (&str, &str), zone: &str, hours: &str, bucket: Bucket, expected: &[&str]) {
        let zone = Zone::named(zone).expect("a zone");
        let hours = (!hours.is_empty()).then(|| Hours::parse(hours).expect("hours"));
        let schedule = schedule(window(asked.0, asked.1), &zone, hours.as_ref(), bucket);
        let short = |at: Timestamp| at.to_string().replace(":00.000Z", "");
        let shown: Vec<String> = schedule
            .slices
            .iter()
            .map(|slice| {
                let label = &schedule.labels[slice.bucket as usize];
                format!(
                    "{} {} {label}",
                    short(slice.span.from()),
                    short(slice.span.to())
                )
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn days_are_cut_at_local_midnight() {
        check(
            ("2026-11-02T14:00:00Z", "2026-11-04T12:00:00Z"),
            "Europe/Berlin",
            "",
            Bucket::Day,
            &[
                "2026-11-02T14:00 2026-11-02T23:00 2026-11-02",
                "2026-11-02T23:00 2026-11-03T23:00 2026-11-03",
                "2026-11-03T23:00 2026-11-04T12:00 2026-11-04",
            ],
        );
    }

    #[test]
    fn a_window_is_one_bucket_if_it_is_not_cut() {
        check(
            ("2026-11-02T14:00:00Z", "2026-11-04T12:00:00Z"),
            "Europe/Berlin",
            "",
            Bucket::Range,
            &["2026-11-02T14:00 2026-11-04T12:00 "],
        );
    }

    #[test]
    fn days_of_daylight_saving_changes_have_23_and_25_hours() {
        check(
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            "Europe/Berlin",
            "",
            Bucket::Day,
            &["2026-03-28T23:00 2026-03-29T22:00 2026-03-29"],
        );
        check(
            ("2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z"),
            "America/New_York",
            "",
            Bucket::Day,
            &[
                "2026-10-31T00:00 2026-10-31T04:00 2026-10-30",
                "2026-10-31T04:00 2026-11-01T04:00 2026-10-31",
                "2026-11-01T04:00 2026-11-02T05:00 2026-11-01",
                "2026-11-02T05:00 2026-11-03T00:00 2026-11-02",
            ],
        );
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_starts_at_one() {
        check(
            ("2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"),
            "Asia/Beirut",
            "",
            Bucket::Day,
            &[
                "2026-03-28T00:00 2026-03-28T22:00 2026-03-28",
                "2026-03-28T22:00 2026-03-29T21:00 2026-03-29",
                "2026-03-29T21:00 2026-03-30T00:00 2026-03-30",
            ],
        );
    }

    #[test]
    fn a_day_whose_midnight_comes_twice_starts_at_the_first() {
        check(
            ("2025-11-01T12:00:00Z", "2025-11-03T12:00:00Z"),
            "America/Havana",
            "",
            Bucket::Day,
            &[
                "2025-11-01T12:00 2025-11-02T04:00 2025-11-01",
                "2025-11-02T04:00 2025-11-03T05:00 2025-11-02",
                "2025-11-03T05:00 2025-11-03T12:00 2025-11-03",
            ],
        );
    }

    #[test]
    fn the_doubled_hour_is_two_buckets() {
        check(
            ("2026-10-24T23:30:00Z", "2026-10-25T02:15:00Z"),
            "Europe/Berlin",
            "",
            Bucket::Hour,
            &[
                "2026-10-24T23:30 2026-10-25T00:00 2026-10-25T01:00+02:00",
                "2026-10-25T00:00 2026-10-25T01:00 2026-10-25T02:00+02:00",
                "2026-10-25T01:00 2026-10-25T02:00 2026-10-25T02:00+01:00",
                "2026-10-25T02:00 2026-10-25T02:15 2026-10-25T03:00+01:00",
            ],
        );
    }

    #[test]
    fn the_doubled_hour_counts_twice_in_its_hour_of_the_week() {
        check(
            ("2026-10-24T23:30:00Z", "2026-10-25T02:15:00Z"),
            "Europe/Berlin",
            "",
            Bucket::WeekHour,
            &[
                "2026-10-24T23:30 2026-10-25T00:00 7 01",
                "2026-10-25T00:00 2026-10-25T02:00 7 02",
                "2026-10-25T02:00 2026-10-25T02:15 7 03",
            ],
        );
    }

    #[test]
    fn an_hour_of_the_week_is_the_same_every_week() {
        check(
            ("2026-10-19T00:00:00Z", "2026-11-02T00:00:00Z"),
            "Europe/Berlin",
            "Mo 09:30-10:30",
            Bucket::WeekHour,
            &[
                "2026-10-19T07:30 2026-10-19T08:00 1 09",
                "2026-10-19T08:00 2026-10-19T08:30 1 10",
                "2026-10-26T08:30 2026-10-26T09:00 1 09",
                "2026-10-26T09:00 2026-10-26T09:30 1 10",
            ],
        );
    }

    #[test]
    fn hours_of_a_half_hour_zone_begin_at_its_own_full_hours() {
        check(
            ("2026-11-02T00:00:00Z", "2026-11-02T01:00:00Z"),
            "Asia/Kolkata",
            "",
            Bucket::Hour,
            &[
                "2026-11-02T00:00 2026-11-02T00:30 2026-11-02T05:00+05:30",
                "2026-11-02T00:30 2026-11-02T01:00 2026-11-02T06:00+05:30",
            ],
        );
    }

    #[test]
    fn lord_howe_changes_by_half_an_hour() {
        // Clocks go back from 02:00 to 01:30, and forward from 02:00 to 02:30.
        check(
            ("2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z"),
            "Australia/Lord_Howe",
            "",
            Bucket::Hour,
            &[
                "2026-04-04T14:00 2026-04-04T15:00 2026-04-05T01:00+11:00",
                "2026-04-04T15:00 2026-04-04T15:30 2026-04-05T01:30+10:30",
                "2026-04-04T15:30 2026-04-04T16:30 2026-04-05T02:00+10:30",
            ],
        );
        check(
            ("2026-10-03T14:30:00Z", "2026-10-03T17:00:00Z"),
            "Australia/Lord_Howe",
            "",
            Bucket::Hour,
            &[
                "2026-10-03T14:30 2026-10-03T15:30 2026-10-04T01:00+10:30",
                "2026-10-03T15:30 2026-10-03T16:00 2026-10-04T02:30+11:00",
                "2026-10-03T16:00 2026-10-03T17:00 2026-10-04T03:00+11:00",
            ],
        );
    }

    #[test]
    fn a_week_belongs_to_the_iso_year() {
        check(
            ("2026-12-27T00:00:00Z", "2027-01-05T00:00:00Z"),
            "UTC",
            "",
            Bucket::Week,
            &[
                "2026-12-27T00:00 2026-12-28T00:00 2026-W52",
                "2026-12-28T00:00 2027-01-04T00:00 2026-W53",
                "2027-01-04T00:00 2027-01-05T00:00 2027-W01",
            ],
        );
    }

    #[test]
    fn months_are_local() {
        check(
            ("2026-12-31T00:00:00Z", "2027-01-01T12:00:00Z"),
            "Asia/Kolkata",
            "",
            Bucket::Month,
            &[
                "2026-12-31T00:00 2026-12-31T18:30 2026-12",
                "2026-12-31T18:30 2027-01-01T12:00 2027-01",
            ],
        );
    }

    #[test]
    fn breaks_and_days_off_are_left_out() {
        check(
            ("2026-11-06T00:00:00Z", "2026-11-09T12:00:00Z"),
            "Europe/Berlin",
            "Mo-Fr 09:00-12:30,13:30-18:00; Sa off; PH off",
            Bucket::Day,
            &[
                "2026-11-06T08:00 2026-11-06T11:30 2026-11-06",
                "2026-11-06T12:30 2026-11-06T17:00 2026-11-06",
                "2026-11-09T08:00 2026-11-09T11:30 2026-11-09",
            ],
        );
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_it_began() {
        // Friday's shift is whole, though Saturday has hours of its own, and Monday's though the window begins in it.
        check(
            ("2026-11-06T12:00:00Z", "2026-11-08T00:00:00Z"),
            "UTC",
            "Fr 22:00-06:00; Sa 10:00-14:00",
            Bucket::Day,
            &[
                "2026-11-06T22:00 2026-11-07T06:00 2026-11-06",
                "2026-11-07T10:00 2026-11-07T14:00 2026-11-07",
            ],
        );
        check(
            ("2026-11-03T00:00:00Z", "2026-11-03T23:00:00Z"),
            "UTC",
            "Mo-Fr 22:00-06:00",
            Bucket::Day,
            &[
                "2026-11-03T00:00 2026-11-03T06:00 2026-11-02",
                "2026-11-03T22:00 2026-11-03T23:00 2026-11-03",
            ],
        );
        check(
            ("2026-11-30T12:00:00Z", "2026-12-02T00:00:00Z"),
            "UTC",
            "22:00-02:00",
            Bucket::Month,
            &[
                "2026-11-30T22:00 2026-12-01T02:00 2026-11",
                "2026-12-01T22:00 2026-12-02T00:00 2026-12",
            ],
        );
    }

    #[test]
    fn a_night_shift_goes_by_the_clock_in_hours() {
        check(
            ("2026-11-02T22:30:00Z", "2026-11-03T01:00:00Z"),
            "UTC",
            "Mo 22:00-00:45",
            Bucket::Hour,
            &[
                "2026-11-02T22:30 2026-11-02T23:00 2026-11-02T22:00+00:00",
                "2026-11-02T23:00 2026-11-03T00:00 2026-11-02T23:00+00:00",
                "2026-11-03T00:00 2026-11-03T00:45 2026-11-03T00:00+00:00",
            ],
        );
    }

    #[test]
    fn two_stretches_in_one_hour_share_its_bucket() {
        check(
            ("2026-11-02T09:00:00Z", "2026-11-02T11:00:00Z"),
            "UTC",
            "09:10-09:20,09:40-10:05",
            Bucket::Hour,
            &[
                "2026-11-02T09:10 2026-11-02T09:20 2026-11-02T09:00+00:00",
                "2026-11-02T09:40 2026-11-02T10:00 2026-11-02T09:00+00:00",
                "2026-11-02T10:00 2026-11-02T10:05 2026-11-02T10:00+00:00",
            ],
        );
    }

    #[test]
    fn where_shifts_overlap_the_earlier_day_keeps_the_time() {
        check(
            ("2026-11-03T00:00:00Z", "2026-11-03T12:00:00Z"),
            "UTC",
            "Mo 22:00-06:00; Tu 04:00-05:00,05:30-09:00",
            Bucket::Day,
            &[
                "2026-11-03T00:00 2026-11-03T06:00 2026-11-02",
                "2026-11-03T06:00 2026-11-03T09:00 2026-11-03",
            ],
        );
    }

    #[test]
    fn a_night_shift_over_a_change_is_seven_or_nine_hours() {
        check(
            ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            "Europe/Berlin",
            "22:00-06:00",
            Bucket::Day,
            &["2026-03-28T21:00 2026-03-29T04:00 2026-03-28"],
        );
        check(
            ("2026-10-31T12:00:00Z", "2026-11-01T18:00:00Z"),
            "America/New_York",
            "22:00-06:00",
            Bucket::Day,
            &["2026-11-01T02:00 2026-11-01T11:00 2026-10-31"],
        );
    }

    #[test]
    fn a_skipped_end_is_the_instant_of_the_change() {
        let day = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        let zone = "Europe/Berlin";
        check(
            day,
            zone,
            "01:00-02:30",
            Bucket::Day,
            &["2026-03-29T00:00 2026-03-29T01:00 2026-03-29"],
        );
        check(
            day,
            zone,
            "02:30-04:00",
            Bucket::Day,
            &["2026-03-29T01:00 2026-03-29T02:00 2026-03-29"],
        );
        check(day, zone, "02:15-02:45", Bucket::Day, &[]);
    }

    #[test]
    fn a_doubled_range_covers_all_between_first_and_last() {
        let day = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        let zone = "Europe/Berlin";
        check(
            day,
            zone,
            "01:30-02:30",
            Bucket::Day,
            &["2026-10-24T23:30 2026-10-25T01:30 2026-10-25"],
        );
        check(
            day,
            zone,
            "02:30-03:30",
            Bucket::Day,
            &["2026-10-25T00:30 2026-10-25T02:30 2026-10-25"],
        );
        check(
            day,
            zone,
            "01:00-02:15,02:45-04:00",
            Bucket::Day,
            &["2026-10-24T23:00 2026-10-25T03:00 2026-10-25"],
        );
    }

    #[test]
    fn a_shift_until_24_ends_with_the_day_where_midnight_comes_twice() {
        check(
            ("2025-11-01T12:00:00Z", "2025-11-02T12:00:00Z"),
            "America/Havana",
            "20:00-24:00",
            Bucket::Day,
            &["2025-11-02T00:00 2025-11-02T04:00 2025-11-01"],
        );
    }

    #[test]
    fn a_window_without_scheduled_time_has_no_bucket() {
        let zone = Zone::utc();
        let hours = Hours::parse("Sa 10:00-14:00").expect("hours");
        let monday = window("2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z");
        for bucket in [Bucket::Range, Bucket::Hour, Bucket::Week] {
            assert_eq!(
                schedule(monday, &zone, Some(&hours), bucket),
                Schedule::default()
            );
        }
    }
}
