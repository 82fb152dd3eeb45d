//! A stretch of time as a line of signs, with an axis of local hours above it.

use jiff::ToSpan;
use jiff::civil::Date;

use presence_core::query::local_time::{Fineness, LocalTime};
use presence_core::query::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};
use presence_texts::{Texts, say};

const MINUTE_MS: i64 = 60_000;
/// How wide a label and the space after it are: `00:00 `, `11-02 `.
const LABEL_COLUMNS: i64 = 6;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A window divided into columns of equal length.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    window: TimeRange,
    columns: usize,
}

/// A moment with a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The moment.
    pub at: Timestamp,
    /// Its clock time, `14:00`, or the date that begins there, `11-02`.
    pub label: String,
    /// Whether a local day begins there.
    pub is_day: bool,
}

impl Scale {
    /// `window` over `columns` columns (at least one).
    pub fn new(window: TimeRange, columns: usize) -> Self {
        let columns = columns.max(1);
        Self { window, columns }
    }

    /// What holds longest in each column: an index into `stretches`, which are in order and do not overlap; `None` where
    /// none of them is.
    pub fn longest(&self, segments: &[TimeRange]) -> Vec<Option<usize>> {
        let mut first = 0;
        let columns = (0..self.columns).map(|column| {
            let (from, to) = (self.start_ms(column), self.start_ms(column + 1));
            while first + 1 < segments.len() && segments[first].to().as_ms() <= from {
                first += 1;
            }
            let inside = |index: &usize| segments[*index].from().as_ms() < to;
            let met = (first..segments.len()).take_while(inside);
            let overlap_ms = |index: &usize| {
                let span = segments[*index];
                span.to().as_ms().min(to) - span.from().as_ms().max(from)
            };
            met.filter(|index| overlap_ms(index) > 0)
                .max_by_key(|index| (overlap_ms(index), std::cmp::Reverse(*index)))
        });
        columns.collect()
    }

    fn start_ms(&self, column: usize) -> i64 {
        let whole = i128::from(self.window.duration_ms());
        let part = whole * column as i128 / self.columns as i128;
        self.window.from().as_ms() + i64::try_from(part).unwrap_or(i64::MAX)
    }

    fn column(&self, at: Timestamp) -> usize {
        let since = i128::from(at.since_ms(self.window.from()));
        let column = since * self.columns as i128 / i128::from(self.window.duration_ms());
        usize::try_from(column).unwrap_or(0)
    }

    /// Labels of local hours or dates, each beginning at the column of its moment.
    pub fn axis(&self, zone: &Zone) -> String {
        let mut line = String::new();
        let mut width = 0;
        for tick in self.ticks(zone) {
            let column = self.column(tick.at);
            if column + tick.label.len() <= self.columns.max(tick.label.len()) {
                line.push_str(&" ".repeat(column.saturating_sub(width)));
                line.push_str(&tick.label);
                width = column + tick.label.len();
            }
        }
        line
    }

    /// The moments to label, by time: local clock times at an even step that leaves room for the labels. One whose label
    /// would reach into another's is left out.
    pub fn ticks(&self, zone: &Zone) -> Vec<Tick> {
        const STEPS_MS: [i64; 8] = [
            5 * MINUTE_MS,
            15 * MINUTE_MS,
            30 * MINUTE_MS,
            HOUR_MS,
            2 * HOUR_MS,
            3 * HOUR_MS,
            6 * HOUR_MS,
            12 * HOUR_MS,
        ];
        let columns = i64::try_from(self.columns).unwrap_or(i64::MAX);
        let column_ms = (self.window.duration_ms() / columns).max(1);
        let clock_step = STEPS_MS
            .into_iter()
            .find(|step| step / column_ms > LABEL_COLUMNS);
        let mut ticks = if let Some(step_ms) = clock_step {
            self.clock_ticks(zone, step_ms)
        } else {
            let label_ms = column_ms.saturating_mul(LABEL_COLUMNS + 1);
            self.date_ticks(zone, (label_ms / (24 * HOUR_MS) + 1).min(3_650))
        };
        let mut width = 0;
        ticks.retain(|tick| {
            let column = self.column(tick.at);
            let has_room = width == 0 || column > width;
            if has_room {
                width = column + tick.label.len();
            }
            has_room
        });
        ticks
    }

    /// Clock times at a step from midnight, on the clocks of each stretch of constant offset: what comes twice is there
    /// twice.
    fn clock_ticks(&self, zone: &Zone, step_ms: i64) -> Vec<Tick> {
        let segments = zone.offsets_in(self.window);
        let ends = segments.iter().skip(1).map(|(from, _)| *from);
        let ends = ends.chain(std::iter::once(self.window.to()));
        let mut ticks = Vec::new();
        for ((from, offset), to) in segments.iter().zip(ends) {
            let Some(span) = TimeRange::new(*from, to).and_then(|span| span.clip(self.window))
            else {
                continue;
            };
            let offset_ms = i64::from(offset.seconds()) * 1_000;
            let local_ms = span.from().as_ms() + offset_ms;
            let mut at = span.from().plus_ms(-local_ms.rem_euclid(step_ms));
            while at < span.to() {
                if at >= span.from() {
                    ticks.push(Tick::of(zone, at));
                }
                at = at.plus_ms(step_ms);
            }
        }
        ticks
    }

    fn date_ticks(&self, zone: &Zone, step_days: i64) -> Vec<Tick> {
        let mut date = zone.local(self.window.from()).date();
        let mut ticks = Vec::new();
        loop {
            let at = zone.day_start(date);
            if at >= self.window.to() {
                break;
            }
            if at >= self.window.from() {
                ticks.push(Tick::day(at, date));
            }
            let Ok(next) = date.checked_add(step_days.days()) else {
                break;
            };
            date = next;
        }
        ticks
    }
}

impl Tick {
    fn of(zone: &Zone, at: Timestamp) -> Self {
        let local = LocalTime::of(zone, at);
        if zone.day_start(local.date()) == at {
            return Self::day(at, local.date());
        }
        Self {
            at,
            label: local.clock(Fineness::Minute),
            is_day: false,
        }
    }

    fn day(at: Timestamp, date: Date) -> Self {
        Self {
            at,
            label: date_label(Texts::english(), date),
            is_day: true,
        }
    }
}

/// The label of a day: `11-04`.
pub fn date_label(texts: Texts, date: Date) -> String {
    let (month, day) = (format!("{:02}", date.month()), format!("{:02}", date.day()));
    say!(texts, "axis-date", month = month, day = day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn window(from: &str, to: &str) -> TimeRange {
        TimeRange::new(at(from), at(to)).expect("not empty")
    }

    #[test]
    fn a_column_shows_what_holds_longest_in_it() {
        let span = |from, to| {
            let at = Timestamp::saturating_from_ms;
            TimeRange::new(at(from), at(to)).expect("not empty")
        };
        let scale = Scale::new(span(0, 100), 5);
        assert_eq!(
            scale.longest(&[span(0, 30), span(30, 35), span(35, 41), span(41, 100)]),
            [0, 0, 3, 3, 3].map(Some)
        );
        assert_eq!(scale.longest(&[span(0, 100)]), [Some(0); 5]);
        // Where nothing is, nothing holds.
        let (first, none) = (Some(0), None);
        assert_eq!(
            scale.longest(&[span(0, 41)]),
            [first, first, first, none, none]
        );
        assert_eq!(
            scale.longest(&[span(60, 100)]),
            [none, none, none, first, first]
        );
        assert_eq!(scale.longest(&[]), [None; 5]);
    }

    #[test]
    fn the_axis_has_local_hours() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let day = window("2026-11-02T07:00:00Z", "2026-11-02T19:00:00Z");
        assert_eq!(
            Scale::new(day, 72).axis(&berlin),
            "08:00       10:00       12:00       14:00       16:00       18:00"
        );
        let week = window("2026-11-02T00:00:00Z", "2026-11-07T00:00:00Z");
        assert_eq!(
            Scale::new(week, 70).axis(&Zone::utc()),
            "11-02  12:00  11-03  12:00  11-04  12:00  11-05  12:00  11-06  12:00"
        );
    }

    #[test]
    fn the_axis_knows_when_clocks_change() {
        let berlin = Zone::named("Europe/Berlin").expect("it is a zone");
        let night = window("2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z");
        // 02:00 comes twice; the label of its first time leaves no room for that of the second.
        assert_eq!(
            Scale::new(night, 48).axis(&berlin),
            "10-25   01:00   02:00+02:00     03:00   04:00"
        );
        let later = window("2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z");
        assert_eq!(
            Scale::new(later, 48).axis(&berlin),
            "02:30+02:00 02:00+01:00 02:30+01:00 03:00"
        );
    }

    #[test]
    fn a_year_has_dates_apart() {
        let year = window("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let axis = Scale::new(year, 72).axis(&Zone::utc());
        assert!(axis.starts_with("01-01") && axis.len() <= 72, "{axis}");
        assert!(axis.split_whitespace().count() > 5, "{axis}");
    }
}
