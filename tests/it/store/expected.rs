//! What the store should hold, computed in memory by the same rules but without a store.

use std::sync::Arc;

use presence_model::HashMap;
use presence_model::coverage::CoverageSegment;
use presence_model::diff::diff;
use presence_model::event::{ChangeEvent, Snapshot};
use presence_model::facet::Facet;
use presence_model::history::{Coverage, Dictionary, ExtensionHistory, Interval, Replay};
use presence_model::ids::ExtensionId;
use presence_model::known::{AccountState, Existence};
use presence_model::observation::Sweep;
use presence_model::profile::Profile;
use presence_model::projection::{Delta, fold};
use presence_model::time::{TimeRange, Timestamp};

use super::database::ACCOUNT;

/// A history in memory.
pub(crate) struct Expected {
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) replay: Replay,
}

impl Expected {
    /// The history of sweeps that follow one another.
    pub(crate) fn of(sweeps: &[Sweep]) -> Self {
        let mut known = AccountState::new(ACCOUNT);
        let mut replay = Replay::new(ACCOUNT);
        let mut snapshots = Vec::new();
        for sweep in sweeps {
            let snapshot = diff(&known, sweep).expect("the sweep follows");
            fold(&mut known, &snapshot, &mut Delta::default());
            known.remember_requests(sweep);
            replay.fold(&snapshot);
            snapshots.push(snapshot);
        }
        Self { snapshots, replay }
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = (&Snapshot, &ChangeEvent)> {
        let snapshots = self.snapshots.iter();
        snapshots.flat_map(|snapshot| snapshot.events.iter().map(move |event| (snapshot, event)))
    }

    pub(crate) fn extension_ids(&self) -> Vec<ExtensionId> {
        let mut ids: Vec<ExtensionId> = self.replay.state().extensions.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// From the first sweep to a while after the last.
    pub(crate) fn whole(&self) -> TimeRange {
        let first = self.snapshots.first().expect("there are sweeps").started_at;
        let last = self.snapshots.last().expect("there are sweeps").finished_at;
        TimeRange::new(first, last.plus_ms(1000)).expect("time runs forward")
    }

    /// The profiles of each extension in the events, with their times.
    pub(crate) fn profiles(&self) -> HashMap<ExtensionId, Vec<(Timestamp, Arc<Profile>)>> {
        let mut profiles: HashMap<ExtensionId, Vec<(Timestamp, Arc<Profile>)>> = HashMap::default();
        for (_, event) in self.events() {
            if let Some(profile) = &event.profile {
                let told = (event.observed_at, Arc::clone(profile));
                profiles.entry(event.extension_id).or_default().push(told);
            }
        }
        profiles
    }

    /// The profile of an event's extension at the time of the event.
    pub(crate) fn profile_then(&self, event: &ChangeEvent) -> Option<Arc<Profile>> {
        if let Some(profile) = &event.profile {
            return Some(Arc::clone(profile));
        }
        let profiles = self.profiles();
        let told = profiles.get(&event.extension_id)?;
        let then = told.iter().filter(|(at, _)| *at <= event.observed_at);
        then.max_by_key(|(at, _)| *at)
            .map(|(_, profile)| Arc::clone(profile))
    }
}

/// What is known, without what only a running writer remembers.
fn without_requests(state: &AccountState) -> AccountState {
    let mut state = state.clone();
    for extension in state.extensions.values_mut() {
        if let Existence::Present(present) = &mut extension.existence {
            present.requested_at = None;
        }
        if let Some(profile) = &mut extension.profile {
            profile.checked_at = profile.since;
        }
    }
    state
}

#[track_caller]
pub(crate) fn assert_same_state(kept: &AccountState, folded: &AccountState) {
    let (kept, folded) = (without_requests(kept), without_requests(folded));
    assert_eq!(kept.extensions, folded.extensions);
    assert_eq!(kept.queues, folded.queues);
    assert_eq!(
        (
            kept.account_id,
            kept.position,
            kept.snapshot_no,
            kept.finished_at
        ),
        (
            folded.account_id,
            folded.position,
            folded.snapshot_no,
            folded.finished_at
        )
    );
    assert_eq!(
        (kept.observed, kept.complete),
        (folded.observed, folded.complete)
    );
    assert_eq!(
        (kept.present_count, kept.stale),
        (folded.present_count, folded.stale)
    );
}

/// Compares histories by values instead of numbers: two dictionaries number differently.
#[track_caller]
pub(crate) fn assert_same_histories(
    kept: (&[ExtensionHistory], &Dictionary),
    expected: (&[ExtensionHistory], &Dictionary),
) {
    let spell = |(histories, dictionary): (&[ExtensionHistory], &Dictionary)| {
        let histories = histories.iter().map(|history| spelled(history, dictionary));
        histories.collect::<Vec<_>>()
    };
    let (kept, expected) = (spell(kept), spell(expected));
    assert_eq!(kept.len(), expected.len());
    for (kept, expected) in kept.iter().zip(&expected) {
        assert_eq!(kept, expected);
    }
}

fn spelled(history: &ExtensionHistory, dictionary: &Dictionary) -> Vec<String> {
    let mut lines = vec![format!(
        "{} last seen {:?}",
        history.extension_id, history.last_seen
    )];
    for interval in &history.intervals {
        lines.push(spelled_interval(interval, dictionary));
    }
    for life in &history.existence {
        lines.push(format!("{life:?}"));
    }
    for profile in &history.profiles {
        let value = &dictionary.profiles[&profile.profile_id];
        lines.push(format!("{:?} {:?} {value:?}", profile.from, profile.until));
    }
    lines
}

fn spelled_interval(interval: &Interval, dictionary: &Dictionary) -> String {
    let values = Facet::ALL.map(|facet| dictionary.value(interval, facet));
    let times = (interval.not_before, interval.certain_until, interval.until);
    format!(
        "{} {times:?} {} {values:?}",
        interval.from, interval.position
    )
}

/// The part of a whole history that a window needs, found by checking every interval.
pub(crate) fn in_window(history: &ExtensionHistory, window: TimeRange) -> ExtensionHistory {
    let intervals = &history.intervals;
    let before = intervals
        .iter()
        .filter(|interval| interval.from < window.from());
    let first = before
        .map(|interval| interval.from)
        .max()
        .unwrap_or(window.from());
    let mut after = intervals
        .iter()
        .filter(|interval| interval.from >= window.to());
    let last = after
        .nth(1)
        .map_or(Timestamp::MAX, |interval| interval.from);
    let needed = intervals
        .iter()
        .filter(|interval| (first..=last).contains(&interval.from));
    ExtensionHistory {
        intervals: needed.copied().collect(),
        ..history.clone()
    }
}

/// The coverage that a window needs: the segments that touch it, and one before and one after these.
pub(crate) fn coverage_in(whole: &Coverage, window: TimeRange) -> Coverage {
    let needed = |segments: &[CoverageSegment]| {
        let touches: Vec<bool> = segments
            .iter()
            .map(|segment| segment.to() >= window.from() && segment.from < window.to())
            .collect();
        let before = segments
            .iter()
            .rposition(|segment| segment.to() < window.from());
        let after = segments
            .iter()
            .position(|segment| segment.from >= window.to());
        let indices = (0..segments.len())
            .filter(|index| touches[*index] || Some(*index) == before || Some(*index) == after);
        indices.map(|index| segments[index]).collect()
    };
    Coverage {
        observed: needed(&whole.observed),
        complete: needed(&whole.complete),
    }
}
