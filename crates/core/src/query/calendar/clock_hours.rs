//! Buckets by the hour of the local clock.

use jiff::tz::Offset;

use super::{Schedule, ScheduledRange};
use crate::query::zone::{self, HOUR_MS, OffsetText, Zone};
use presence_model::time::{TimeRange, Timestamp};

/// Hours go by the clock; only those with scheduled time get a label.
pub(super) fn by_clock_hour(pieces: &[ScheduledRange], window: TimeRange, zone: &Zone) -> Schedule {
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
            rest = TimeRange::new(inside.to(), span.to());
        }
    }
    schedule
}

/// The hours of the clock, those of all weeks in one bucket.
pub(super) fn by_week_hour(pieces: &[ScheduledRange], window: TimeRange, zone: &Zone) -> Schedule {
    let mut hours = ClockHours::new(window, zone);
    let mut slices: Vec<(TimeRange, usize)> = Vec::new();
    for piece in pieces {
        let mut rest = Some(piece.span);
        while let Some(span) = rest {
            let (hour, offset) = hours.at(span.from());
            let local = zone::local_by(offset, span.from());
            let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
            let place = day * 24 + usize::try_from(local.hour()).unwrap_or(0);
            let inside = span.clip(hour).expect("the hour contains the start");
            slices.push((inside, place));
            rest = TimeRange::new(inside.to(), span.to());
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
    segments: Vec<(Timestamp, Offset)>,
    current: usize,
}

impl ClockHours {
    fn new(window: TimeRange, zone: &Zone) -> Self {
        Self {
            segments: zone.offsets_in(window),
            current: 0,
        }
    }

    /// The hour that contains `at`, and its offset. `at` is never earlier than the last one asked for.
    fn at(&mut self, at: Timestamp) -> (TimeRange, Offset) {
        while let Some(next) = self.segments.get(self.current + 1)
            && next.0 <= at
        {
            self.current += 1;
        }
        let (stretch_from, offset) = self.segments[self.current];
        let stretch_to = match self.segments.get(self.current + 1) {
            Some(next) => next.0,
            None => Timestamp::MAX,
        };
        let local_ms = at.as_ms() + i64::from(offset.seconds()) * 1000;
        let from = at.plus_ms(-local_ms.rem_euclid(HOUR_MS));
        let hour = TimeRange::new(
            from.max(stretch_from),
            from.plus_ms(HOUR_MS).min(stretch_to),
        );
        (hour.expect("a moment lies within its hour"), offset)
    }
}
