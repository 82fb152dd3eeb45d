//! What really happened in queues: who belonged to them, and who took their calls.
//!
//! Pure. As with presence, the truth is about what the platform would have shown at each millisecond, all stretches of
//! time are half-open, and what is set through the platform is not part of it.

use std::collections::{BTreeMap, BTreeSet};

use super::ground_truth::{GroundTruth, clipped};
use super::queue_presence::{QueueState, takes_queue_calls, unmasked};
use super::sign_in::joined;
use super::world::Extension;

/// A stretch of time in which a member of a queue had one state there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSegment {
    /// The first millisecond (UTC, since the epoch).
    pub from_ms: i64,
    /// The first millisecond after it.
    pub until_ms: i64,
    /// What the queue's presence showed for the member all the while.
    pub state: QueueState,
}

impl GroundTruth {
    /// Lists the call queues that exist at some moment of `[from_ms, until_ms)`.
    pub fn queues(&self, from_ms: i64, until_ms: i64) -> impl Iterator<Item = &Extension> {
        self.extensions(from_ms, until_ms)
            .filter(|one| one.is_queue())
    }

    /// Lists those who belong to a queue at some moment of `[from_ms, until_ms)`, by rising id.
    pub fn queue_members(
        &self,
        queue: i64,
        from_ms: i64,
        until_ms: i64,
    ) -> impl Iterator<Item = &Extension> {
        self.extensions(from_ms, until_ms)
            .filter(move |one| !self.membership(queue, one.id, from_ms, until_ms).is_empty())
    }

    /// Lists when an extension belongs to a queue inside `[from_ms, until_ms)` while both exist: half-open stretches
    /// `(from_ms, until_ms)` that do not touch, in order.
    pub fn membership(
        &self,
        queue: i64,
        member: i64,
        from_ms: i64,
        until_ms: i64,
    ) -> Vec<(i64, i64)> {
        let is_queue = self.world().find(queue).is_some_and(Extension::is_queue);
        let one = self.world().find(member);
        let is_ever_member = one.is_some_and(|one| belongs_ever(one, queue));
        if !is_queue || !is_ever_member {
            return Vec::new();
        }
        let Some((from_ms, until_ms)) = self.existence(queue, from_ms, until_ms) else {
            return Vec::new();
        };
        let spans = self
            .profiles(member, from_ms, until_ms)
            .into_iter()
            .filter(|segment| segment.profile.queues.contains(&queue))
            .map(|segment| (segment.from_ms, segment.until_ms));
        joined(spans.collect())
    }

    /// Lists the states of a member in a queue in `[from_ms, until_ms)`, in order of time.
    ///
    /// **Invariant:** segments do not overlap, two that touch differ, and together they cover exactly the part of the
    /// window in which the extension belongs to the queue.
    pub fn queue_segments(
        &self,
        queue: i64,
        member: i64,
        from_ms: i64,
        until_ms: i64,
    ) -> Vec<QueueSegment> {
        let Some(one) = self.world().find(member) else {
            return Vec::new();
        };
        self.membership(queue, member, from_ms, until_ms)
            .into_iter()
            .flat_map(|span| self.segments_of_span(queue, one, span))
            .collect()
    }

    /// Adds up, for each value of a switch, the milliseconds it held inside the given spans.
    ///
    /// `facet` is the platform's name, one of [`QUEUE_FACETS`](super::queue_presence::QUEUE_FACETS); values read `true`
    /// and `false`. Time in which the extension does not belong to the queue counts nowhere. Spans are half-open
    /// `(from_ms, until_ms)`; where they overlap, time counts once for each.
    pub fn queue_totals(
        &self,
        queue: i64,
        member: i64,
        spans: &[(i64, i64)],
        facet: &str,
    ) -> BTreeMap<String, i64> {
        let mut totals = BTreeMap::new();
        for (from_ms, until_ms) in spans {
            for segment in self.queue_segments(queue, member, *from_ms, *until_ms) {
                if let Some(value) = segment.state.facet(facet) {
                    *totals.entry(value.to_string()).or_insert(0) +=
                        segment.until_ms - segment.from_ms;
                }
            }
        }
        totals
    }

    /// Lists when a switch of a member was on in `[from_ms, until_ms)`: half-open stretches that do not touch, in order.
    ///
    /// `facet` is the platform's name, one of [`QUEUE_FACETS`](super::queue_presence::QUEUE_FACETS).
    pub fn queue_stretches(
        &self,
        queue: i64,
        member: i64,
        (from_ms, until_ms): (i64, i64),
        facet: &str,
    ) -> Vec<(i64, i64)> {
        let on = self
            .queue_segments(queue, member, from_ms, until_ms)
            .into_iter()
            .filter(|segment| segment.state.facet(facet) == Some(true))
            .map(|segment| (segment.from_ms, segment.until_ms));
        joined(on.collect())
    }

    /// Finds the state of a member in a queue at a moment; `None` where the extension does not belong to it.
    pub fn queue_state_at(&self, queue: i64, member: i64, at_ms: i64) -> Option<QueueState> {
        let world = self.world();
        let exists = |id| world.find(id).filter(|one| one.exists_at(at_ms));
        exists(queue).filter(|one| one.is_queue())?;
        let one = exists(member)?;
        if !one.profile_at(at_ms).queues.contains(&queue) {
            return None;
        }
        let (_, condition) = world.condition_of(member, at_ms)?;
        Some(QueueState {
            accept_queue_calls: takes_queue_calls(&unmasked(one, condition)),
            accept_current_queue_calls: world.is_signed_in(queue, member, at_ms),
        })
    }

    /// Lists the states of a member inside a span in which they belong to the queue.
    fn segments_of_span(
        &self,
        queue: i64,
        one: &Extension,
        (from_ms, until_ms): (i64, i64),
    ) -> Vec<QueueSegment> {
        let world = self.world();
        let changes = world.changes(one.id, from_ms, until_ms);
        let taking: Vec<(i64, bool)> = clipped(&changes, from_ms)
            .map(|(at_ms, condition)| (at_ms, takes_queue_calls(&unmasked(one, condition))))
            .collect();
        let signed_in = world.sign_ins(queue, one.id, from_ms, until_ms);
        let edges = signed_in.iter().flat_map(|(begins, ends)| [*begins, *ends]);
        let moments: BTreeSet<i64> = taking
            .iter()
            .map(|change| change.0)
            .chain(edges)
            .filter(|at_ms| *at_ms < until_ms)
            .collect();
        let mut segments: Vec<QueueSegment> = Vec::new();
        for at_ms in moments {
            let state = QueueState {
                accept_queue_calls: latest(&taking, at_ms),
                accept_current_queue_calls: covers(&signed_in, at_ms),
            };
            if let Some(last) = segments.last_mut() {
                if last.state == state {
                    continue;
                }
                last.until_ms = at_ms;
            }
            segments.push(QueueSegment {
                from_ms: at_ms,
                until_ms,
                state,
            });
        }
        segments
    }
}

/// Says whether an extension belongs to a queue at some time.
fn belongs_ever(one: &Extension, queue: i64) -> bool {
    one.profiles
        .iter()
        .any(|(_, profile)| profile.queues.contains(&queue))
}

/// Finds the value that holds at a moment; the first holds before, too.
fn latest(changes: &[(i64, bool)], at_ms: i64) -> bool {
    let after = changes.partition_point(|change| change.0 <= at_ms);
    changes
        .get(after.saturating_sub(1))
        .is_none_or(|change| change.1)
}

/// Says whether one of the ordered stretches has a moment in it.
fn covers(stretches: &[(i64, i64)], at_ms: i64) -> bool {
    let after = stretches.partition_point(|stretch| stretch.0 <= at_ms);
    after > 0 && at_ms < stretches[after - 1].1
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::queue_change::{QueueChange, QueueEvent};
    use super::super::queue_presence::QUEUE_FACETS;
    use super::super::world::{OfficeConfig, World};
    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const HOUR_MS: i64 = 3_600_000;

    fn office() -> World {
        World::new(OfficeConfig {
            extensions: 60,
            ..OfficeConfig::default()
        })
    }

    fn truth(changes: &[QueueChange]) -> (GroundTruth, i64) {
        let world = office().with_queue_changes(changes);
        let start_ms = world.config().start_ms;
        (GroundTruth::new(Arc::new(world)), start_ms)
    }

    /// Every queue with each of its members in the first week.
    fn seats(truth: &GroundTruth, start_ms: i64) -> Vec<(i64, i64)> {
        let until_ms = start_ms + 7 * DAY_MS;
        let queues: Vec<i64> = truth.queues(start_ms, until_ms).map(|one| one.id).collect();
        let members = |queue: i64| {
            truth
                .queue_members(queue, start_ms, until_ms)
                .map(move |one| (queue, one.id))
        };
        queues.into_iter().flat_map(members).collect()
    }

    #[test]
    fn segments_differ_cover_membership_and_agree_with_each_moment() {
        let (truth, start_ms) = truth(&[]);
        let (from_ms, until_ms) = (start_ms - DAY_MS / 3, start_ms + 5 * DAY_MS + 12_345);
        let seats = seats(&truth, start_ms);
        assert!(seats.len() > 10, "{}", seats.len());
        for (queue, member) in seats {
            let segments = truth.queue_segments(queue, member, from_ms, until_ms);
            let spans = joined(
                segments
                    .iter()
                    .map(|one| (one.from_ms, one.until_ms))
                    .collect(),
            );
            assert_eq!(spans, truth.membership(queue, member, from_ms, until_ms));
            for pair in segments.windows(2) {
                assert!(pair[0].until_ms <= pair[1].from_ms);
                assert!(pair[0].until_ms < pair[1].from_ms || pair[0].state != pair[1].state);
            }
            for segment in &segments {
                let middle = i64::midpoint(segment.from_ms, segment.until_ms);
                for at_ms in [segment.from_ms, middle, segment.until_ms - 1] {
                    let state = truth.queue_state_at(queue, member, at_ms);
                    assert_eq!(state, Some(segment.state));
                }
            }
        }
    }

    #[test]
    fn totals_and_stretches_add_up_however_the_window_is_cut() {
        let (truth, start_ms) = truth(&[]);
        let (cut_ms, until_ms) = (start_ms + DAY_MS + 777, start_ms + 3 * DAY_MS);
        let total = |stretches: Vec<(i64, i64)>| -> i64 {
            stretches.iter().map(|stretch| stretch.1 - stretch.0).sum()
        };
        for (queue, member) in seats(&truth, start_ms) {
            let belongs_ms = total(truth.membership(queue, member, start_ms, until_ms));
            for facet in QUEUE_FACETS {
                let window = (start_ms, until_ms);
                let whole = truth.queue_totals(queue, member, &[window], facet);
                assert_eq!(whole.values().sum::<i64>(), belongs_ms);
                let halves = [(start_ms, cut_ms), (cut_ms, until_ms)];
                assert_eq!(whole, truth.queue_totals(queue, member, &halves, facet));
                let on_ms = total(truth.queue_stretches(queue, member, window, facet));
                assert_eq!(on_ms, whole.get("true").copied().unwrap_or(0));
            }
            assert!(
                truth
                    .queue_totals(queue, member, &[(start_ms, until_ms)], "x")
                    .is_empty()
            );
        }
    }

    #[test]
    fn anyone_who_refuses_queue_calls_shows_so_in_every_queue_to_the_millisecond() {
        let (truth, start_ms) = truth(&[]);
        let mut refused = 0;
        for (queue, member) in seats(&truth, start_ms) {
            let hides = truth
                .world()
                .find(member)
                .expect("known")
                .habits
                .hides_presence;
            for segment in truth.segments(member, start_ms, start_ms + 3 * DAY_MS) {
                let Some(state) = truth.queue_state_at(queue, member, segment.from_ms) else {
                    continue;
                };
                assert!(hides || state.accept_queue_calls == takes_queue_calls(&segment.state));
                refused += usize::from(!state.accept_queue_calls);
            }
        }
        assert!(refused > 10, "{refused}");
    }

    #[test]
    fn sign_ins_differ_between_the_queues_of_one_member() {
        let (truth, start_ms) = truth(&[]);
        let until_ms = start_ms + 2 * DAY_MS;
        let double = truth.world().extensions().iter().find(|one| {
            let queues = &one.profiles[0].1.queues;
            queues.len() == 2 && !truth.segments(one.id, start_ms, until_ms).is_empty()
        });
        let double = double.expect("someone takes calls of two queues");
        let of = |index: usize| {
            let queue = double.profiles[0].1.queues[index];
            let window = (start_ms, until_ms);
            truth.queue_stretches(queue, double.id, window, "acceptCurrentQueueCalls")
        };
        assert!(!of(0).is_empty());
        assert_ne!(of(0), of(1));
    }

    #[test]
    fn membership_ends_with_removal_and_with_the_queue() {
        let (plain, start_ms) = truth(&[]);
        let (queue, member) = seats(&plain, start_ms)[0];
        let change = |hours: i64, event| QueueChange {
            at_ms: start_ms + hours * HOUR_MS,
            queue,
            event,
        };
        let (truth, _) = truth(&[
            change(20, QueueEvent::Removed(member)),
            change(30, QueueEvent::Added(member)),
            change(50, QueueEvent::Closed),
        ]);
        let until_ms = start_ms + 100 * HOUR_MS;
        let hours = |from: i64, until: i64| (start_ms + from * HOUR_MS, start_ms + until * HOUR_MS);
        let spans = truth.membership(queue, member, start_ms, until_ms);
        assert_eq!(spans, [hours(0, 20), hours(30, 50)]);
        let moments = [20, 30, 50].map(|hour| {
            let at_ms = start_ms + hour * HOUR_MS;
            let known = |at_ms| truth.queue_state_at(queue, member, at_ms).is_some();
            (known(at_ms - 1), known(at_ms))
        });
        assert_eq!(moments, [(true, false), (false, true), (true, false)]);
        let segments = truth.queue_segments(queue, member, start_ms, until_ms);
        let outside = segments
            .iter()
            .filter(|one| one.until_ms > start_ms + 50 * HOUR_MS);
        assert_eq!(outside.count(), 0);
        // What holds while the member belongs is what would have held anyway.
        let at_ms = start_ms + 35 * HOUR_MS;
        let state = truth.queue_state_at(queue, member, at_ms);
        assert_eq!(state, plain.queue_state_at(queue, member, at_ms));
    }
}
