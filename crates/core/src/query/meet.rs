//! When some people are free together: from how it was in the same hours of earlier weeks.
//!
//! ```text
//! 101    free ─────────── busy ── free ────        a slot counts as free for someone who was free throughout,
//! 102    free ── ? ── free ───────────────         as busy if they were not at any moment of it,
//! slots  [  1  ) [  2  ) [  3  ) [  4  )           else as unknown if that is not known of all of it
//! both    free    ?       busy    free
//! ```

use presence_model::time::{TimeRange, Timestamp};

use super::calendar::Schedule;
use super::classes::ClassId;
use super::track::{BoundedSegment, Knowledge, Track};
use super::zone::Zone;

/// A week, in milliseconds, where clocks do not change.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Whether people were free in a slot, the worst of them and of its moments. What is worse is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freedom {
    /// Throughout, without doubt.
    CertainlyFree,
    /// Throughout, by the estimate.
    Free,
    /// Not known of all of it, and of what is known they were free.
    Unknown,
    /// Not, at some moment of it.
    Busy,
}

/// One person's time, as far as being free goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeTime {
    /// By time, without holes in the track's window.
    pieces: Vec<(TimeRange, Freedom)>,
}

impl FreeTime {
    /// When someone was in one of the `free` classes. Time in which they did not exist says nothing.
    pub fn of(track: &Track, free: &[ClassId]) -> Self {
        let mut pieces: Vec<(TimeRange, Freedom)> = Vec::new();
        track.for_each_segment(|piece| {
            let freedom = freedom(piece, free);
            match pieces.last_mut() {
                Some((span, last)) if *last == freedom => *span = span.until(piece.span.to()),
                _ => pieces.push((piece.span, freedom)),
            }
        });
        Self { pieces }
    }

    /// Whether they were free in a slot; nothing is known outside the track.
    pub fn in_slot(&self, slot: TimeRange) -> Freedom {
        let first = self
            .pieces
            .partition_point(|(span, _)| span.to() <= slot.from());
        let pieces = self.pieces[first..]
            .iter()
            .take_while(|(span, _)| span.from() < slot.to());
        let (mut worst, mut reached) = (Freedom::CertainlyFree, slot.from());
        for (span, freedom) in pieces {
            if span.from() > reached {
                worst = worst.max(Freedom::Unknown);
            }
            worst = worst.max(*freedom);
            reached = span.to();
        }
        if reached < slot.to() {
            worst = worst.max(Freedom::Unknown);
        }
        worst
    }
}

fn freedom(piece: &BoundedSegment<'_>, free: &[ClassId]) -> Freedom {
    let is_free = |knowledge: &Knowledge| matches!(knowledge, Knowledge::Known(class) if free.contains(class));
    match piece.segment.knowledge {
        Knowledge::Unknown | Knowledge::Absent => Freedom::Unknown,
        Knowledge::Known(class) if !free.contains(&class) => Freedom::Busy,
        Knowledge::Known(_) if !piece.segment.presumed && piece.also.iter().all(is_free) => {
            Freedom::CertainlyFree
        }
        Knowledge::Known(_) => Freedom::Free,
    }
}

/// Whether all of some people were free in a slot; if there is no one, it is certain.
pub fn together(people: &[FreeTime], slot: TimeRange) -> Freedom {
    let each = people.iter().map(|one| one.in_slot(slot));
    each.max().unwrap_or(Freedom::CertainlyFree)
}

/// In how many of the same slots of earlier weeks all were free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeCount {
    /// In so many they were.
    pub free: u32,
    /// In so many of these without doubt.
    pub certainly_free: u32,
    /// In so many one of them was not.
    pub busy: u32,
    /// Of so many it is not known.
    pub unknown: u32,
}

impl FreeCount {
    /// Counts how some people were in some slots.
    pub fn of(people: &[FreeTime], slots: &[TimeRange]) -> Self {
        let mut count = Self::default();
        for slot in slots {
            match together(people, *slot) {
                Freedom::CertainlyFree => {
                    count.free += 1;
                    count.certainly_free += 1;
                }
                Freedom::Free => count.free += 1,
                Freedom::Unknown => count.unknown += 1,
                Freedom::Busy => count.busy += 1,
            }
        }
        count
    }

    /// How many slots are known: the size of the sample.
    pub fn observed(&self) -> u32 {
        self.free + self.busy
    }

    /// In which part of the known slots all were free; `None` where none is known.
    pub fn share(&self) -> Option<f64> {
        ratio(self.free, self.observed())
    }

    /// The least and the greatest part of all slots in which all were free, whatever the unknown ones were.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        let all = self.observed() + self.unknown;
        let least = ratio(self.certainly_free, all)?;
        Some((least, ratio(self.free + self.unknown, all)?))
    }
}

fn ratio(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// Orders slots by how well they suit: the greatest share first, then the largest sample, then the fewest doubts, then
/// the earliest. Those of which nothing is known come last.
pub fn better(one: &(TimeRange, FreeCount), other: &(TimeRange, FreeCount)) -> std::cmp::Ordering {
    let of = |count: &FreeCount| (u64::from(count.free), u64::from(count.observed()));
    let ((one_free, one_observed), (other_free, other_observed)) = (of(&one.1), of(&other.1));
    let is_unknown = |observed: u64| observed == 0;
    is_unknown(one_observed)
        .cmp(&is_unknown(other_observed))
        .then_with(|| (other_free * one_observed).cmp(&(one_free * other_observed)))
        .then_with(|| other_observed.cmp(&one_observed))
        .then_with(|| other.1.certainly_free.cmp(&one.1.certainly_free))
        .then_with(|| one.0.cmp(&other.0))
}

/// The slots of a schedule: as many as fit one after the other into each of its ranges.
pub fn slots(schedule: &Schedule, length_ms: i64) -> Vec<TimeRange> {
    let mut slots = Vec::new();
    for slice in &schedule.slices {
        let mut from = slice.span.from();
        while let Some(slot) = TimeRange::new(from, from.plus_ms(length_ms))
            && slot.to() <= slice.span.to()
        {
            slots.push(slot);
            from = slot.to();
        }
    }
    slots
}

/// The same slot in earlier weeks by the zone's clocks, the latest first: those that are over by `known_until`, at most
/// `weeks` of them.
pub fn earlier_weeks(
    slot: TimeRange,
    weeks: u32,
    zone: &Zone,
    known_until: Timestamp,
) -> Vec<TimeRange> {
    let ahead_ms = slot.to().since_ms(known_until);
    let first = ahead_ms.div_euclid(WEEK_MS).max(0) + 1;
    // Where clocks change, a week is an hour more or less: one more is tried.
    let back = (first.saturating_sub(1).max(1)..).map_while(|week| {
        let days = jiff::Span::new().try_days(week.checked_mul(-7)?).ok()?;
        let civil = zone.local(slot.from()).checked_add(days).ok()?;
        let from = zone.first_instant(civil);
        TimeRange::new(from, from.plus_ms(slot.duration_ms()))
    });
    back.filter(|earlier| earlier.to() <= known_until)
        .take(weeks as usize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn slot(from: &str, minutes: i64) -> TimeRange {
        TimeRange::new(at(from), at(from).plus_ms(minutes * 60_000)).expect("not empty")
    }

    #[test]
    fn earlier_weeks_go_by_the_clock() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        // Clocks were set back on 25 October 2026: nine o'clock was at seven UTC before, and is at eight after.
        let found = earlier_weeks(
            slot("2026-11-09T08:00:00Z", 30),
            4,
            &zone,
            at("2026-11-04T12:00:00Z"),
        );
        let begins: Vec<String> = found.iter().map(|span| span.from().to_string()).collect();
        assert_eq!(
            begins,
            [
                "2026-11-02T08:00:00.000Z",
                "2026-10-26T08:00:00.000Z",
                "2026-10-19T07:00:00.000Z",
                "2026-10-12T07:00:00.000Z",
            ]
        );
    }

    #[test]
    fn a_slot_far_ahead_looks_back_from_now() {
        let zone = Zone::utc();
        let found = earlier_weeks(
            slot("2026-12-07T08:00:00Z", 30),
            1,
            &zone,
            at("2026-11-02T08:30:00Z"),
        );
        assert_eq!(found, [slot("2026-11-02T08:00:00Z", 30)]);
        let found = earlier_weeks(
            slot("2026-12-07T08:00:00Z", 30),
            1,
            &zone,
            at("2026-11-02T08:29:59Z"),
        );
        assert_eq!(found, [slot("2026-10-26T08:00:00Z", 30)]);
    }

    #[test]
    fn the_surest_share_comes_first() {
        let count = |free, certainly_free, busy, unknown| FreeCount {
            free,
            certainly_free,
            busy,
            unknown,
        };
        let mut slots = [
            (slot("2026-11-02T08:00:00Z", 30), count(0, 0, 0, 8)),
            (slot("2026-11-02T09:00:00Z", 30), count(1, 1, 0, 7)),
            (slot("2026-11-02T10:00:00Z", 30), count(4, 4, 0, 4)),
            (slot("2026-11-02T11:00:00Z", 30), count(7, 7, 1, 0)),
            (slot("2026-11-02T12:00:00Z", 30), count(4, 4, 0, 4)),
        ];
        slots.sort_by(better);
        let hours: Vec<String> = slots
            .iter()
            .map(|(slot, _)| slot.from().to_string()[11..13].to_owned())
            .collect();
        assert_eq!(hours, ["10", "12", "09", "11", "08"]);
    }
}
