//! When a person signs in to a queue and out of it in the course of a working day.
//!
//! Pure, and with a generator of its own for each person, queue and date: presence and directory do not notice it.
//! A shift is read from the day's changes; a person signs in some minutes after it begins, out for most breaks and
//! for lunch, and out when it ends. Now and then someone does not sign in for a day, comes back late, or forgets to
//! sign out and does so hours later.

use jiff::civil::Date;

use super::rng::{Purpose, between, mix, one_in, rng};
use super::status::{Chosen, Refusal};
use super::workday::{Change, day_key};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;

/// A break of so many minutes is lunch, for which nearly everyone signs out.
const LUNCH_MIN: i64 = 24 * MINUTE_MS;

/// One in so many working days, a member does not sign in at all,
const ABSENT_ONE_IN: u32 = 40;
/// signs in late,
const LATE_ONE_IN: u32 = 25;
/// and in so many breaks signs in again late;
const LATE_BACK_ONE_IN: u32 = 20;
/// one in so many evenings, a member forgets to sign out.
const FORGETS_ONE_IN: u32 = 12;

/// Whose sign-ins to which queue, under which seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The office's seed.
    pub(super) seed: u64,
    /// The person's id.
    pub(super) member: i64,
    /// The queue's id.
    pub(super) queue: i64,
}

/// Lists when a member is signed in because of the shift `day` that begins on `date`: half-open
/// stretches `(from_ms, until_ms)` in order, none beyond `bound_ms`.
///
/// Stretches of two days may overlap, where someone forgot to sign out; then the member is signed in for the union.
pub(super) fn signed_in(seat: Seat, day: &[Change], date: Date, bound_ms: i64) -> Vec<(i64, i64)> {
    let Some((first, last)) = day.first().zip(day.last()) else {
        return Vec::new();
    };
    let subkey = mix(seat.queue.cast_unsigned()) ^ day_key(date);
    let mut rng = rng(
        seat.seed,
        Purpose::SignIn,
        seat.member.cast_unsigned(),
        subkey,
    );
    let mut minutes = |low: i64, high: i64| between(&mut rng, low * MINUTE_MS, high * MINUTE_MS);
    let (prompt_ms, late_ms) = (minutes(0, 6), minutes(10, 45));
    let (early_ms, soon_ms, long_ms) = (minutes(-6, 1), minutes(20, 300), minutes(540, 840));
    if one_in(&mut rng, ABSENT_ONE_IN) {
        return Vec::new();
    }
    let is_late = one_in(&mut rng, LATE_ONE_IN);
    let mut in_at_ms = first.at_ms + SECOND_MS + if is_late { late_ms } else { prompt_ms };
    let mut stretches = Vec::new();
    for (from_ms, until_ms) in breaks(day) {
        let is_lunch = until_ms - from_ms >= LUNCH_MIN;
        let stays = one_in(&mut rng, if is_lunch { 10 } else { 2 });
        let out_at_ms = from_ms + between(&mut rng, -40 * SECOND_MS, 70 * SECOND_MS);
        let late_ms = between(&mut rng, 10 * MINUTE_MS, 50 * MINUTE_MS);
        let is_late = one_in(&mut rng, LATE_BACK_ONE_IN);
        let back_at_ms = until_ms
            + between(&mut rng, -20 * SECOND_MS, 180 * SECOND_MS)
            + if is_late { late_ms } else { 0 };
        if stays || back_at_ms <= out_at_ms {
            continue;
        }
        if in_at_ms < out_at_ms {
            stretches.push((in_at_ms, out_at_ms));
        }
        in_at_ms = in_at_ms.max(back_at_ms);
    }
    let forgets = one_in(&mut rng, FORGETS_ONE_IN);
    let notices_soon = one_in(&mut rng, 2);
    let out_at_ms = last.at_ms
        + match (forgets, notices_soon) {
            (false, _) => early_ms,
            (true, true) => soon_ms,
            (true, false) => long_ms,
        };
    stretches.push((in_at_ms, out_at_ms));
    stretches.retain_mut(|(from_ms, until_ms)| {
        *until_ms = bound_ms.min(*until_ms);
        from_ms < until_ms
    });
    stretches
}

/// Finds the breaks of a day: the person shows as busy or away inside the shift, but not as working in quiet.
fn breaks(day: &[Change]) -> impl Iterator<Item = (i64, i64)> {
    day.windows(2).filter_map(|pair| {
        let condition = pair[0].condition;
        let is_break =
            condition.chosen != Chosen::Available && condition.refuses == Refusal::Nothing;
        is_break.then_some((pair[0].at_ms, pair[1].at_ms))
    })
}

/// Joins stretches that overlap or touch, and puts them in order of time.
pub(super) fn joined(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from_ms, until_ms) in stretches {
        match joined.last_mut() {
            Some(last) if from_ms <= last.1 => last.1 = last.1.max(until_ms),
            _ => joined.push((from_ms, until_ms)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::workday::{Schedule, workday};
    use super::super::zones::{moment, time_zone};
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    const OFFICE_DAY: Schedule = Schedule {
        weekdays: [true, true, true, true, true, false, false],
        start_minute: 9 * 60,
        length_minutes: 9 * 60,
        changes_a_day: 38,
        in_queue: true,
        contact_centre: false,
        meets: true,
        writes_notes: true,
        is_relied_on: false,
    };
    const DATE: Date = date(2026, 11, 3);
    const HOUR_MS: i64 = 60 * MINUTE_MS;

    fn seat(member: i64, queue: i64) -> Seat {
        Seat {
            seed: 7,
            member,
            queue,
        }
    }

    fn zone() -> TimeZone {
        time_zone("Europe/Berlin")
    }

    fn shift(member: i64) -> Vec<Change> {
        workday(7, member, &OFFICE_DAY, DATE, &zone())
    }

    fn stretches(member: i64, queue: i64) -> Vec<(i64, i64)> {
        signed_in(seat(member, queue), &shift(member), DATE, i64::MAX)
    }

    #[test]
    fn stretches_rise_do_not_touch_and_begin_inside_the_shift() {
        for member in 1..300 {
            let day = shift(member);
            let found = stretches(member, 5);
            let Some((first, last)) = day.first().zip(day.last()) else {
                assert!(found.is_empty());
                continue;
            };
            assert!(found.iter().all(|(from_ms, until_ms)| from_ms < until_ms));
            assert!(found.windows(2).all(|pair| pair[0].1 < pair[1].0));
            for (from_ms, until_ms) in found {
                assert!(first.at_ms < from_ms && from_ms < last.at_ms + HOUR_MS);
                assert!(until_ms <= last.at_ms + 14 * HOUR_MS);
            }
        }
    }

    #[test]
    fn each_queue_has_days_of_its_own_and_the_same_ones_for_a_seed() {
        assert_eq!(stretches(3, 5), stretches(3, 5));
        assert_ne!(stretches(3, 5), stretches(3, 6));
        assert_ne!(stretches(3, 5), stretches(4, 5));
        let other = Seat {
            seed: 8,
            ..seat(3, 5)
        };
        let there = signed_in(other, &shift(3), DATE, i64::MAX);
        assert_ne!(stretches(3, 5), there);
    }

    #[test]
    fn most_sign_out_for_lunch_and_at_the_end_and_some_forget() {
        let (mut worked, mut unsigned, mut paused, mut forgot) = (0, 0, 0, 0);
        for member in 1..1_000 {
            let day = shift(member);
            let Some(end_ms) = day.last().map(|last| last.at_ms) else {
                continue;
            };
            let found = stretches(member, 5);
            worked += 1;
            unsigned += usize::from(found.is_empty());
            paused += usize::from(found.len() > 1);
            let last = found.last().map_or(0, |last| last.1);
            forgot += usize::from(last > end_ms + 10 * MINUTE_MS);
        }
        assert!((5..60).contains(&unsigned), "{unsigned} of {worked}");
        assert!(paused * 10 > worked * 8, "{paused} of {worked}");
        assert!((30..140).contains(&forgot), "{forgot} of {worked}");
    }

    #[test]
    fn someone_who_works_in_quiet_stays_signed_in_and_a_break_is_a_break() {
        let changes = shift(2);
        let found: Vec<(i64, i64)> = breaks(&changes).collect();
        assert!(!found.is_empty());
        for (from_ms, _) in found {
            let at = changes.iter().find(|change| change.at_ms == from_ms);
            let condition = at.expect("a break begins with a change").condition;
            assert_ne!(condition.chosen, Chosen::Available);
            assert_eq!(condition.refuses, Refusal::Nothing);
        }
    }

    #[test]
    fn nothing_lasts_beyond_the_bound() {
        let bound_ms = moment(DATE, 12 * 60, &zone()).expect("in range");
        for member in 1..50 {
            let cut = signed_in(seat(member, 5), &shift(member), DATE, bound_ms);
            assert!(cut.iter().all(|stretch| stretch.1 <= bound_ms));
        }
    }

    #[test]
    fn stretches_that_overlap_or_touch_are_joined() {
        let found = joined(vec![(5, 9), (1, 3), (3, 4), (6, 7), (20, 21)]);
        assert_eq!(found, [(1, 4), (5, 9), (20, 21)]);
    }
}
