//! Whether a member takes the calls of a queue, and how the platform shows it.
//!
//! Pure. Two switches decide: being signed in to this queue (`sign_in.rs`), and taking queue calls at all, which
//! follows from do-not-disturb. Both go on under a masked presence: the platform documents masking for presence alone.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rng::{Purpose, one_in, rng};
use super::sign_in::{Seat, joined, signed_in};
use super::status::{Condition, Habits, TrueState};
use super::workday::Change;
use super::world::{Extension, World};
use super::zones::{local_date, moment};

/// The names of the fields that are a state of a member in a queue, as the platform writes them.
pub const QUEUE_FACETS: [&str; 2] = ["acceptQueueCalls", "acceptCurrentQueueCalls"];

/// One in so many queues, members may not change their own status.
const FIXED_ONE_IN: u32 = 5;

/// The two switches of one member in one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// `acceptQueueCalls`: takes queue calls at all.
    pub accept_queue_calls: bool,
    /// `acceptCurrentQueueCalls`, and `acceptCalls` in the member's own list: is signed in to this queue.
    pub accept_current_queue_calls: bool,
}

impl QueueState {
    /// Finds the value of a field by the platform's name for it, one of [`QUEUE_FACETS`].
    pub fn facet(self, name: &str) -> Option<bool> {
        match name {
            "acceptQueueCalls" => Some(self.accept_queue_calls),
            "acceptCurrentQueueCalls" => Some(self.accept_current_queue_calls),
            _ => None,
        }
    }
}

/// Decides from the fields of a presence record whether the person takes queue calls at all.
///
/// Do-not-disturb of either kind refuses them; else `acceptCallQueueCalls` decides, and where there is none,
/// `dndStatus`.
pub(super) fn takes_queue_calls(state: &TrueState) -> bool {
    let refuses_all = Some("DoNotAcceptAnyCalls");
    if state.dnd_status == refuses_all || state.dnd_status_personal == refuses_all {
        return false;
    }
    state
        .accept_call_queue_calls
        .unwrap_or(state.dnd_status != Some("DoNotAcceptDepartmentCalls"))
}

/// Translates a condition into the fields of a presence record that is not masked.
pub(super) fn unmasked(one: &Extension, condition: Condition) -> TrueState {
    condition.shown(Habits {
        hides_presence: false,
        ..one.habits
    })
}

/// Says whether the members of a queue may change their status themselves.
pub(super) fn members_may_change(seed: u64, queue: i64) -> bool {
    let mut rng = rng(seed, Purpose::QueueSettings, queue.cast_unsigned(), 0);
    !one_in(&mut rng, FIXED_ONE_IN)
}

impl World {
    /// Says whether a person is signed in to a queue at a moment, as far as they belong to it then.
    pub(super) fn is_signed_in(&self, queue: i64, member: i64, at_ms: i64) -> bool {
        let Some(zone) = self.zone_of(member) else {
            return false;
        };
        let today = local_date(at_ms, zone);
        let yesterday = today.yesterday().unwrap_or(today);
        [today, yesterday].into_iter().any(|date| {
            let day = self.shift(member, date);
            self.of_day(queue, member, &day, date, zone)
                .iter()
                .any(|(from_ms, until_ms)| (*from_ms..*until_ms).contains(&at_ms))
        })
    }

    /// Lists when a person is signed in to a queue inside `[from_ms, until_ms)`, as far as they belong to it then:
    /// half-open stretches that do not touch, in order.
    ///
    /// Days are made again and not kept, as in [`World::changes`].
    pub(super) fn sign_ins(
        &self,
        queue: i64,
        member: i64,
        from_ms: i64,
        until_ms: i64,
    ) -> Vec<(i64, i64)> {
        let Some(zone) = self.zone_of(member) else {
            return Vec::new();
        };
        let last = local_date(until_ms, zone);
        let mut date = local_date(from_ms, zone).yesterday().unwrap_or(last);
        let mut found = Vec::new();
        while date <= last {
            let day = self.shift_once(member, date);
            found.extend(self.of_day(queue, member, &day, date, zone));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let clipped = joined(found)
            .into_iter()
            .map(|(begins_ms, ends_ms)| (begins_ms.max(from_ms), ends_ms.min(until_ms)));
        clipped
            .filter(|(begins_ms, ends_ms)| begins_ms < ends_ms)
            .collect()
    }

    /// Lists when a person is signed in because of one shift: never beyond the local day after it.
    fn of_day(
        &self,
        queue: i64,
        member: i64,
        day: &[Change],
        date: Date,
        zone: &TimeZone,
    ) -> Vec<(i64, i64)> {
        let seat = Seat {
            seed: self.config().seed,
            member,
            queue,
        };
        let after = date.tomorrow().and_then(Date::tomorrow);
        let bound_ms = after
            .ok()
            .and_then(|date| moment(date, 0, zone))
            .unwrap_or(i64::MAX);
        signed_in(seat, day, date, bound_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::Refusal;
    use super::super::world::OfficeConfig;
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[track_caller]
    fn check(refuses: Refusal, expected: bool) {
        for new_call_handling in [false, true] {
            let habits = Habits {
                new_call_handling,
                ..Habits::default()
            };
            let condition = Condition {
                refuses,
                ..Condition::AT_DESK
            };
            assert_eq!(takes_queue_calls(&condition.shown(habits)), expected);
        }
    }

    #[test]
    fn taking_queue_calls_at_all_follows_do_not_disturb() {
        check(Refusal::Nothing, true);
        check(Refusal::QueueCalls, false);
        check(Refusal::AllCalls, false);
        assert!(takes_queue_calls(&TrueState::NOT_A_PERSON));
    }

    #[test]
    fn the_newer_switch_wins_over_the_older_word_and_personal_refusal_over_both() {
        let state = TrueState {
            dnd_status: Some("DoNotAcceptDepartmentCalls"),
            accept_call_queue_calls: Some(true),
            ..TrueState::NOT_A_PERSON
        };
        assert!(takes_queue_calls(&state));
        let refusing = TrueState {
            dnd_status_personal: Some("DoNotAcceptAnyCalls"),
            ..state
        };
        assert!(!takes_queue_calls(&refusing));
    }

    #[test]
    fn a_moment_agrees_with_the_list_of_stretches() {
        let world = World::new(OfficeConfig {
            extensions: 60,
            ..OfficeConfig::default()
        });
        let start_ms = world.config().start_ms;
        let until_ms = start_ms + 7 * 1440 * MINUTE_MS;
        let members = world.extensions().iter().filter_map(|one| {
            let queue = one.profiles[0].1.queues.first()?;
            Some((*queue, one.id))
        });
        let mut count = 0;
        for (queue, member) in members {
            let stretches = world.sign_ins(queue, member, start_ms, until_ms);
            assert!(stretches.windows(2).all(|pair| pair[0].1 < pair[1].0));
            for (from_ms, end_ms) in &stretches {
                let known = [*from_ms, *end_ms - 1, *end_ms]
                    .map(|at_ms| world.is_signed_in(queue, member, at_ms));
                // The window cuts the last one off; there, the end says nothing.
                assert!(known[0] && known[1] && (!known[2] || *end_ms == until_ms));
            }
            for minute in (0..7 * 1440).step_by(97) {
                let at_ms = start_ms + minute * MINUTE_MS;
                let listed = stretches
                    .iter()
                    .any(|(from_ms, end_ms)| (*from_ms..*end_ms).contains(&at_ms));
                assert_eq!(world.is_signed_in(queue, member, at_ms), listed);
            }
            count += 1;
        }
        assert!(count > 5, "{count}");
    }

    #[test]
    fn some_queues_are_fixed_and_most_are_not() {
        let free = (0..500)
            .filter(|queue| members_may_change(1, *queue))
            .count();
        assert!((350..450).contains(&free), "{free}");
    }
}
