//! What really happened: the exact history that reports are compared with.
//!
//! Pure. The truth is about what the platform *would have shown* at each millisecond, so a person
//! who hides their presence is truly `Offline` here. All stretches of time are half-open.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::status::TrueState;
use super::workday::Change;
use super::world::{Extension, Profile, World};

/// A stretch of time in which an extension showed one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first millisecond (UTC, since the epoch).
    pub from_ms: i64,
    /// The first millisecond after it.
    pub until_ms: i64,
    /// What a presence record showed all the while.
    pub state: TrueState,
}

/// A stretch of time in which an extension had one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSegment {
    /// The first millisecond (UTC, since the epoch).
    pub from_ms: i64,
    /// The first millisecond after it.
    pub until_ms: i64,
    /// Name, number, department, site and queues all the while.
    pub profile: Profile,
}

/// The exact history of an office.
#[derive(Clone)]
pub struct GroundTruth {
    world: Arc<World>,
}

impl GroundTruth {
    /// The truth about a world.
    pub fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Gives the world it is about.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Clips `[from_ms, until_ms)` to the time in which an extension exists; `None` if it never does.
    pub fn existence(&self, id: i64, from_ms: i64, until_ms: i64) -> Option<(i64, i64)> {
        let extension = self.world.find(id)?;
        let from_ms = extension
            .exists_from_ms
            .map_or(from_ms, |at_ms| at_ms.max(from_ms));
        let until_ms = extension
            .exists_until_ms
            .map_or(until_ms, |at_ms| at_ms.min(until_ms));
        (from_ms < until_ms).then_some((from_ms, until_ms))
    }

    /// Lists the states of an extension in `[from_ms, until_ms)`, in order of time.
    ///
    /// **Invariant:** the segments touch, two that touch differ, and together they cover exactly
    /// the part of the window in which the extension exists.
    pub fn segments(&self, id: i64, from_ms: i64, until_ms: i64) -> Vec<Segment> {
        let Some((from_ms, until_ms)) = self.existence(id, from_ms, until_ms) else {
            return Vec::new();
        };
        let Some(extension) = self.world.find(id) else {
            return Vec::new();
        };
        let changes = self.world.changes(id, from_ms, until_ms);
        let mut segments: Vec<Segment> = Vec::new();
        for (from_ms, condition) in clipped(&changes, from_ms) {
            let state = extension.shown(condition);
            match segments.last_mut() {
                Some(last) if last.state == state => {}
                Some(last) => {
                    last.until_ms = from_ms;
                    segments.push(Segment {
                        from_ms,
                        until_ms,
                        state,
                    });
                }
                None => segments.push(Segment {
                    from_ms,
                    until_ms,
                    state,
                }),
            }
        }
        segments
    }

    /// Lists the profiles of an extension in `[from_ms, until_ms)`, clipped to its existence.
    pub fn profiles(&self, id: i64, from_ms: i64, until_ms: i64) -> Vec<ProfileSegment> {
        let Some((from_ms, until_ms)) = self.existence(id, from_ms, until_ms) else {
            return Vec::new();
        };
        let profiles = self.world.find(id).map_or(&[][..], |one| &one.profiles);
        let ends = profiles.iter().skip(1).map(|next| next.0).chain([until_ms]);
        profiles
            .iter()
            .zip(ends)
            .map(|((begins_ms, profile), ends_ms)| ProfileSegment {
                from_ms: from_ms.max(*begins_ms),
                until_ms: until_ms.min(ends_ms),
                profile: profile.clone(),
            })
            .filter(|segment| segment.from_ms < segment.until_ms)
            .collect()
    }

    /// Adds up, for each value of a facet, the milliseconds it held inside the given spans.
    ///
    /// `facet` is the platform's name (`presenceStatus`); a field that was not sent counts under the
    /// empty text. Time in which the extension does not exist counts nowhere. Spans are half-open
    /// `(from_ms, until_ms)`; where they overlap, time counts once for each.
    pub fn totals(&self, id: i64, spans: &[(i64, i64)], facet: &str) -> BTreeMap<String, i64> {
        let mut totals = BTreeMap::new();
        for (from_ms, until_ms) in spans {
            for segment in self.segments(id, *from_ms, *until_ms) {
                let value = segment.state.facet(facet).unwrap_or_default().into_owned();
                *totals.entry(value).or_insert(0) += segment.until_ms - segment.from_ms;
            }
        }
        totals
    }

    /// Finds the state of one moment; `None` where the extension does not exist.
    pub fn state_at(&self, id: i64, at_ms: i64) -> Option<TrueState> {
        self.world.state_at(id, at_ms)
    }

    /// Lists those who exist at some moment of `[from_ms, until_ms)`.
    pub fn extensions(&self, from_ms: i64, until_ms: i64) -> impl Iterator<Item = &Extension> {
        self.world
            .extensions()
            .iter()
            .filter(move |one| self.existence(one.id, from_ms, until_ms).is_some())
    }
}

/// Gives each condition with the moment it begins, the first moved to `from_ms`.
pub(super) fn clipped(
    changes: &[Change],
    from_ms: i64,
) -> impl Iterator<Item = (i64, super::status::Condition)> {
    let carried = changes.first().is_none_or(|first| first.at_ms > from_ms);
    let before = carried.then_some((from_ms, super::status::Condition::AWAY));
    before.into_iter().chain(
        changes
            .iter()
            .map(move |change| (change.at_ms.max(from_ms), change.condition)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::FACETS;
    use crate::world::OfficeConfig;

    const DAY_MS: i64 = 86_400_000;

    fn truth(extensions: usize) -> (GroundTruth, i64) {
        let world = World::new(OfficeConfig {
            extensions,
            ..OfficeConfig::default()
        });
        let start = world.config().start_ms;
        (GroundTruth::new(Arc::new(world)), start)
    }

    #[test]
    fn segments_touch_differ_and_cover_existence() {
        let (truth, start) = truth(40);
        let (from, until) = (start - DAY_MS / 3, start + 5 * DAY_MS + 12_345);
        for extension in truth.world().extensions() {
            let segments = truth.segments(extension.id, from, until);
            let (first, last) = truth
                .existence(extension.id, from, until)
                .expect("overlaps");
            assert_eq!(segments.first().expect("exists").from_ms, first);
            assert_eq!(segments.last().expect("exists").until_ms, last);
            for pair in segments.windows(2) {
                assert_eq!(pair[0].until_ms, pair[1].from_ms);
                assert_ne!(pair[0].state, pair[1].state);
            }
            for segment in &segments {
                let middle = i64::midpoint(segment.from_ms, segment.until_ms);
                for at in [segment.from_ms, middle, segment.until_ms - 1] {
                    assert_eq!(
                        truth.state_at(extension.id, at).as_ref(),
                        Some(&segment.state)
                    );
                }
            }
        }
    }

    #[test]
    fn totals_add_up_to_existence_for_every_facet_and_however_the_window_is_cut() {
        let (truth, start) = truth(30);
        let (cut, until) = (start + DAY_MS + 777, start + 3 * DAY_MS);
        for extension in truth.world().extensions() {
            let (from, to) = truth
                .existence(extension.id, start, until)
                .unwrap_or((start, start));
            for facet in FACETS {
                let whole = truth.totals(extension.id, &[(start, until)], facet);
                assert_eq!(whole.values().sum::<i64>(), to - from);
                assert_eq!(
                    whole,
                    truth.totals(extension.id, &[(start, cut), (cut, until)], facet)
                );
            }
        }
    }

    #[test]
    fn those_who_join_and_leave_do_so_and_profiles_change_at_a_moment() {
        let (truth, start) = truth(25);
        let until = start + 5 * DAY_MS;
        let world = truth.world();
        let joiner = world
            .extensions()
            .iter()
            .find(|one| one.exists_from_ms.is_some());
        let joiner = joiner.expect("someone joins");
        assert_eq!(truth.state_at(joiner.id, start), None);
        assert!(truth.state_at(joiner.id, until).is_some());
        let moved = world
            .extensions()
            .iter()
            .filter(|one| one.profiles.len() > 1);
        for one in moved {
            let profiles = truth.profiles(one.id, start, until);
            assert_eq!(profiles.len(), 2);
            assert_eq!(profiles[0].until_ms, profiles[1].from_ms);
            assert_eq!(&profiles[1].profile, one.profile_at(profiles[1].from_ms));
            assert_eq!(
                &profiles[0].profile,
                one.profile_at(profiles[1].from_ms - 1)
            );
        }
    }
}
