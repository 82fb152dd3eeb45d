//! When the account is looked at. Pure: the time is handed in.
//!
//! Slots follow one another at a fixed rate and do not drift. Each account's begin at an offset of its own, so that
//! many collectors do not ask at the same moment. A slot that is too late is skipped, and named: two sweeps never
//! overlap, and none is made up for.

use presence_model::ids::AccountId;
use presence_ringcentral::PRESENCE_PAGE_SIZE;
use presence_ringcentral::budget::RateLimit;

/// When a sweep is due to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Milliseconds since the Unix epoch, UTC.
    pub start_ms: i64,
}

impl Slot {
    /// Names the slot's look once and for all.
    pub fn key(self) -> String {
        format!("poll:{}", self.start_ms)
    }
}

/// Slots that were not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The first of them.
    pub first: Slot,
    /// How many.
    pub count: i64,
}

/// What comes after a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Slots in between, whose time has passed.
    pub missed: Option<Missed>,
    /// The slot to wait for.
    pub next: Slot,
}

/// Slots at a fixed rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    interval_ms: i64,
    offset_ms: i64,
}

impl Schedule {
    /// A slot every `interval_ms` (at least 1), at an offset that depends on the account alone.
    pub fn new(interval_ms: i64, account_id: AccountId) -> Self {
        let interval_ms = interval_ms.max(1);
        Self {
            interval_ms,
            offset_ms: (scattered(account_id.0) >> 1)
                .cast_signed()
                .rem_euclid(interval_ms),
        }
    }

    /// How long from one slot to the next.
    pub fn interval_ms(self) -> i64 {
        self.interval_ms
    }

    /// A sweep may begin so late in its slot; later, the slot is skipped.
    pub fn grace_ms(self) -> i64 {
        self.interval_ms / 10
    }

    /// The first slot that begins after `after_ms` and has not passed at `now_ms`.
    pub fn first(self, after_ms: Option<i64>, now_ms: i64) -> Slot {
        let not_before_ms = (now_ms - self.grace_ms()).max(after_ms.map_or(i64::MIN, |ms| ms + 1));
        let since_ms = (not_before_ms - self.offset_ms).rem_euclid(self.interval_ms);
        let wait_ms = if since_ms == 0 {
            0
        } else {
            self.interval_ms - since_ms
        };
        Slot {
            start_ms: not_before_ms + wait_ms,
        }
    }

    /// What is due after `slot`, at `now_ms`.
    pub fn after(self, slot: Slot, now_ms: i64) -> Due {
        let first_ms = slot.start_ms + self.interval_ms;
        let late_ms = now_ms - self.grace_ms() - first_ms;
        let count = if late_ms > 0 {
            (late_ms - 1) / self.interval_ms + 1
        } else {
            0
        };
        Due {
            missed: (count > 0).then_some(Missed {
                first: Slot { start_ms: first_ms },
                count,
            }),
            next: Slot {
                start_ms: first_ms + count * self.interval_ms,
            },
        }
    }

    /// The slots of a stretch of missed ones, at most the `limit` latest.
    pub fn latest_missed(self, missed: Missed, limit: i64) -> impl Iterator<Item = Slot> {
        let from = (missed.count - limit.max(0)).max(0);
        (from..missed.count).map(move |index| Slot {
            start_ms: missed.first.start_ms + index * self.interval_ms,
        })
    }

    /// Until when a sweep of this slot asks; what it has not got by then it does without, so that the next slot is not
    /// lost.
    pub fn deadline_ms(self, slot: Slot) -> i64 {
        slot.start_ms + self.interval_ms - self.grace_ms().min(5_000)
    }
}

/// Spreads neighbouring numbers over all numbers (the finalizer of `SplitMix64`).
pub(super) fn scattered(number: i64) -> u64 {
    let mut mixed = number.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// How fast an account of some size can be looked at again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many requests one sweep takes.
    pub page_count: i64,
    /// The shortest interval that the rate limit allows for long, staying one below it; whole seconds.
    pub fastest_ms: i64,
    /// The shortest interval that leaves half of the limit for repeated requests, as the platform's guide advises;
    /// whole seconds.
    pub comfortable_ms: i64,
}

/// How many extensions there are for the pace: as many as is told, but at most ten times as many as were ever seen (or a
/// page holds). One odd total does not keep the account unwatched for hours.
pub fn believed_count(told: i64, seen: usize) -> i64 {
    let seen = i64::try_from(seen).unwrap_or(i64::MAX);
    told.min(seen.max(i64::from(PRESENCE_PAGE_SIZE)).saturating_mul(10))
}

/// The pace for an account of so many extensions, under the limit for pages of the account's presence.
pub fn pace(extension_count: i64, limit: RateLimit) -> Pace {
    let page_size = i64::from(PRESENCE_PAGE_SIZE);
    let page_count = (extension_count.clamp(1, 1_000_000_000) - 1) / page_size + 1;
    let interval_ms = |requests: u32| {
        let needed_ms = page_count * limit.window_ms;
        let interval_ms = (needed_ms - 1) / i64::from(requests.max(1)) + 1;
        (interval_ms - 1) / 1_000 * 1_000 + 1_000
    };
    Pace {
        page_count,
        fastest_ms: interval_ms(limit.usable()),
        comfortable_ms: interval_ms(limit.limit / 2),
    }
}

/// How an account of some size is looked at: as often as was asked for, or as often as the rate limit allows for long.
///
/// It depends on the size and the limit alone, never on what anyone shows: looking closer at those who do something
/// would make their time look different from others', no matter who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPlan {
    /// From one sweep to the next, in milliseconds.
    pub interval_ms: i64,
    /// The plan in a sentence.
    pub sentence: String,
    /// What there is to warn of, if the interval is not the one that was asked for.
    pub warning: Option<String>,
}

/// The plan for an account of so many extensions, to be looked at every `asked_ms`.
pub fn sweep_plan(asked_ms: i64, extension_count: i64, limit: RateLimit) -> SweepPlan {
    let pace = pace(extension_count, limit);
    let interval_ms = asked_ms.max(pace.fastest_ms);
    let bears = format!(
        "{extension_count} extensions take {} per sweep, and the rate limit allows {} in {}, so the shortest interval \
         is {}",
        match pace.page_count {
            1 => "1 request".to_owned(),
            count => format!("{count} requests"),
        },
        limit.usable(),
        seconds(limit.window_ms),
        seconds(pace.fastest_ms),
    );
    if interval_ms == asked_ms {
        return SweepPlan {
            interval_ms,
            sentence: format!("{bears}; polling every {}", seconds(asked_ms)),
            warning: None,
        };
    }
    let sentence = format!(
        "{bears}; you asked for {}: polling every {} ({} would leave half of the limit free for retries)",
        seconds(asked_ms),
        seconds(interval_ms),
        seconds(pace.comfortable_ms),
    );
    SweepPlan {
        interval_ms,
        warning: Some(sentence.clone()),
        sentence,
    }
}

fn seconds(ms: i64) -> String {
    if ms % 1_000 == 0 {
        format!("{} s", ms / 1_000)
    } else {
        format!("{}.{:03} s", ms / 1_000, ms % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAVY: RateLimit = RateLimit {
        limit: 10,
        window_ms: 60_000,
    };

    fn schedule(interval_ms: i64) -> Schedule {
        Schedule {
            interval_ms,
            offset_ms: 7,
        }
    }

    #[test]
    fn accounts_are_spread_and_stay_where_they_are() {
        let offset = |id| Schedule::new(60_000, AccountId(id)).offset_ms;
        assert_eq!(offset(37_439_510), offset(37_439_510));
        let mut offsets: Vec<i64> = (0..100).map(|id| offset(1_000 + id) / 6_000).collect();
        offsets.sort_unstable();
        offsets.dedup();
        assert_eq!(
            offsets.len(),
            10,
            "every tenth of a minute has some account"
        );
    }

    #[track_caller]
    fn check_after(slot_ms: i64, now_ms: i64, missed: &[i64], next_ms: i64) {
        let schedule = schedule(100);
        let due = schedule.after(Slot { start_ms: slot_ms }, now_ms);
        let named: Vec<i64> = due
            .missed
            .into_iter()
            .flat_map(|missed| schedule.latest_missed(missed, 1_000))
            .map(|slot| slot.start_ms)
            .collect();
        assert_eq!(named, missed);
        assert_eq!(due.next.start_ms, next_ms);
    }

    #[test]
    fn late_slots_are_skipped_and_named() {
        check_after(7, 50, &[], 107);
        check_after(7, 107, &[], 107);
        check_after(7, 117, &[], 107); // within the grace of a tenth
        check_after(7, 118, &[107], 207);
        check_after(7, 217, &[107], 207);
        check_after(7, 415, &[107, 207, 307], 407);
        check_after(7, -5_000, &[], 107); // the clock stepped back
    }

    #[test]
    fn of_very_many_missed_slots_the_latest_are_named() {
        let schedule = schedule(100);
        let due = schedule.after(Slot { start_ms: 7 }, 100_000);
        let missed = due.missed.expect("many");
        assert_eq!(missed.count, 999);
        let named: Vec<i64> = schedule
            .latest_missed(missed, 2)
            .map(|slot| slot.start_ms)
            .collect();
        assert_eq!(named, [99_807, 99_907]);
    }

    #[test]
    fn the_first_slot_is_not_one_that_was_used() {
        let schedule = schedule(100);
        assert_eq!(schedule.first(None, 107).start_ms, 107);
        assert_eq!(schedule.first(None, 110).start_ms, 107);
        assert_eq!(schedule.first(None, 130).start_ms, 207);
        assert_eq!(schedule.first(Some(108), 110).start_ms, 207);
        assert_eq!(schedule.first(Some(106), 110).start_ms, 107);
    }

    #[track_caller]
    fn check_pace(extensions: i64, fastest_s: i64, comfortable_s: i64) {
        let pace = pace(extensions, HEAVY);
        assert_eq!(pace.fastest_ms, fastest_s * 1_000);
        assert_eq!(pace.comfortable_ms, comfortable_s * 1_000);
    }

    #[test]
    fn the_pace_follows_the_pages() {
        check_pace(0, 7, 12);
        check_pace(1_000, 7, 12);
        check_pace(1_001, 14, 24);
        check_pace(9_000, 60, 108);
        check_pace(10_000, 67, 120);
    }

    #[test]
    fn one_odd_total_does_not_stretch_the_interval_to_hours() {
        assert_eq!(believed_count(12_300, 9_000), 12_300);
        assert_eq!(believed_count(1_000_000, 20), 10_000);
        assert_eq!(believed_count(1_000_000, 0), 10_000);
        assert_eq!(believed_count(1_000_000, 100_000), 1_000_000);
    }

    #[test]
    fn an_interval_that_is_too_short_is_lengthened_and_told_so() {
        let plan = sweep_plan(60_000, 900, HEAVY);
        assert_eq!((plan.interval_ms, plan.warning), (60_000, None));
        assert_eq!(
            plan.sentence,
            "900 extensions take 1 request per sweep, and the rate limit allows 9 in 60 s, so the shortest interval \
             is 7 s; polling every 60 s"
        );
        let plan = sweep_plan(60_000, 12_300, HEAVY);
        assert_eq!(plan.interval_ms, 87_000);
        assert_eq!(
            plan.warning.as_deref(),
            Some(
                "12300 extensions take 13 requests per sweep, and the rate limit allows 9 in 60 s, so the shortest interval \
                 is 87 s; you asked for 60 s: polling every 87 s (156 s would leave half of the limit \
                 free for retries)"
            )
        );
        assert_eq!(plan.warning, Some(plan.sentence));
    }

    proptest! {
        #[test]
        fn every_slot_is_used_or_named_once(
            interval_ms in 1_i64..100_000,
            account in any::<i64>(),
            durations in proptest::collection::vec(0_i64..400_000, 1..50),
        ) {
            let schedule = Schedule::new(interval_ms, AccountId(account));
            let mut now_ms = 1_793_600_000_000;
            let mut slot = schedule.first(None, now_ms);
            for duration_ms in durations {
                prop_assert_eq!((slot.start_ms - schedule.offset_ms).rem_euclid(interval_ms), 0);
                prop_assert!(slot.start_ms >= now_ms - schedule.grace_ms());
                now_ms = now_ms.max(slot.start_ms) + duration_ms;
                let due = schedule.after(slot, now_ms);
                let missed = due.missed.map_or(0, |missed| missed.count);
                prop_assert_eq!(due.next.start_ms, slot.start_ms + (missed + 1) * interval_ms);
                prop_assert!(due.next.start_ms >= now_ms - schedule.grace_ms());
                prop_assert!(missed == 0 || due.next.start_ms - interval_ms < now_ms - schedule.grace_ms());
                slot = due.next;
            }
        }

        #[test]
        fn the_fastest_pace_stays_below_the_limit(
            extensions in 0_i64..200_000,
            limit in 1_u32..200,
            window_s in 1_i64..600,
        ) {
            let limit = RateLimit { limit, window_ms: window_s * 1_000 };
            let pace = pace(extensions, limit);
            prop_assert!(pace.fastest_ms <= pace.comfortable_ms);
            prop_assert!(pace.page_count * limit.window_ms <= pace.fastest_ms * i64::from(limit.usable()));
        }
    }
}
