//! Brings what is known, and every projection of the log, up to date with one snapshot.
//!
//! The collector, an import and a rebuild go through the same [`fold`], so what is kept and what is rebuilt agree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coverage::{CoverageKind, CoverageSegment, Heartbeat};
use super::event::{ChangeEvent, EventKind, Snapshot};
use super::ids::{ExtensionId, Position, QueueId};
use super::known::{AccountState, Existence, ExtensionState, Known, Present};
use super::observation::SweepStatus;
use super::profile::Profile;
use super::queue::QueueSegment;
use super::queue_projection::{self, QueueIntervalRow};
use super::state::Presence;
use super::time::Timestamp;

/// The number of the rules by which projections follow from the log: those of this file, of [`super::coverage`] and of
/// [`super::queue_projection`]. It
/// grows when the same log amounts to other rows, so that a store that follows older ones is derived again.
///
/// | number | since then |
/// | --- | --- |
/// | 1 | |
/// | 2 | a later sweep counts from its end, not from its start; an extension's own times count where the log has them |
pub const RULES: i64 = 2;

/// A time range in which one extension's state is constant as far as known; already cut at gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalRow {
    /// From when on the state is known.
    pub from: Timestamp,
    /// The change that opened the range cannot have happened before; `None` after a first sweep or a gap.
    pub not_before: Option<Timestamp>,
    /// Until when nothing else is possible: the next change's `not_before` (never before `from`), or `until`.
    pub certain_until: Option<Timestamp>,
    /// The next change, or the last sweep before a gap (never before `from`); `None` while the range goes on. Equal to `from` where the
    /// state was seen once, between two gaps.
    pub until: Option<Timestamp>,
    /// The state.
    pub presence: Presence,
    /// The event that brought the state.
    pub position: Position,
}

/// A time range in which one extension existed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExistenceInterval {
    /// When it was first seen.
    pub from: Timestamp,
    /// It cannot have appeared before; `None` when nothing earlier is known.
    pub not_before: Option<Timestamp>,
    /// It cannot have disappeared before; `None` while it exists.
    pub certain_until: Option<Timestamp>,
    /// When it was seen to be gone; `None` while it exists.
    pub until: Option<Timestamp>,
}

/// A time range in which one extension's profile was the same as far as known.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileRow {
    /// From when on.
    pub from: Timestamp,
    /// Until when; `None` while it goes on.
    pub until: Option<Timestamp>,
    /// The profile.
    pub profile: Arc<Profile>,
}

/// Rows of the projections to be written, each under its key: what is there already is replaced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// By extension and `from`.
    pub intervals: BTreeMap<(ExtensionId, Timestamp), IntervalRow>,
    /// By extension and `from`.
    pub existence: BTreeMap<(ExtensionId, Timestamp), ExistenceInterval>,
    /// By extension and `from`.
    pub profiles: BTreeMap<(ExtensionId, Timestamp), ProfileRow>,
    /// Where each extension that anything was learned of stands now.
    pub extensions: BTreeMap<ExtensionId, ExtensionState>,
    /// By kind and `from`.
    pub coverage: BTreeMap<(CoverageKind, Timestamp), CoverageSegment>,
    /// By queue, member and `from`.
    pub queue_intervals: BTreeMap<(QueueId, ExtensionId, Timestamp), QueueIntervalRow>,
    /// By queue and `from`.
    pub queue_coverage: BTreeMap<(QueueId, Timestamp), QueueSegment>,
}

/// Folds the next snapshot of the log into `state`, and adds the rows that change to `delta`.
pub fn fold(state: &mut AccountState, snapshot: &Snapshot, delta: &mut Delta) {
    assert_eq!(
        snapshot.snapshot_no,
        state.snapshot_no.next(),
        "snapshots are folded in the order of the log"
    );
    let mut fold = Fold {
        heartbeat: Heartbeat {
            at: snapshot.started_at,
            valid_for_ms: snapshot.valid_for_ms,
        },
        answered_at: snapshot.finished_at,
        state,
        delta,
    };
    for event in &snapshot.events {
        fold.apply(event);
    }
    if snapshot.status.observes() {
        fold.leave_behind(snapshot);
        fold.catch_up(snapshot);
        fold.cover(snapshot.status);
    }
    queue_projection::fold(state, snapshot, delta);
    state.snapshot_no = snapshot.snapshot_no;
    state.finished_at = state.finished_at.max(Some(snapshot.finished_at));
}

struct Fold<'a> {
    /// The snapshot as the earlier one of two sweeps.
    heartbeat: Heartbeat,
    /// When it had been answered: what counts where it is the later one, and nothing nearer is known.
    answered_at: Timestamp,
    state: &'a mut AccountState,
    delta: &'a mut Delta,
}

impl Fold<'_> {
    fn apply(&mut self, event: &ChangeEvent) {
        assert_eq!(
            event.position,
            self.state.position.next(),
            "events are folded in the order of the log"
        );
        self.state.position = event.position;
        let id = event.extension_id;
        let mut extension = self.state.extensions.remove(&id).unwrap_or(ExtensionState {
            version: event.version,
            existence: Existence::Listed,
            profile: None,
        });
        extension.version = event.version;
        match event.kind {
            EventKind::Appeared => self.appear(event, &mut extension),
            EventKind::Changed => self.change(event, &mut extension),
            EventKind::Disappeared => self.disappear(event, &mut extension),
            EventKind::ProfileChanged | EventKind::QueueChanged => {}
        }
        if let Some(profile) = &event.profile {
            self.set_profile(event, profile, &mut extension);
        }
        self.delta.extensions.insert(id, extension.clone());
        self.state.extensions.insert(id, extension);
    }

    fn appear(&mut self, event: &ChangeEvent, extension: &mut ExtensionState) {
        // An ambiguity lies where something is known: the absence is from the end of the first sweep that lacked them.
        let absence_known_from = self
            .state
            .complete
            .filter(|segment| segment.last_sweep().brackets(event.observed_at))
            .map(|segment| segment.from.min(event.observed_at));
        let present = Present {
            presence: told_presence(event),
            since: event.observed_at,
            not_before: absence_known_from.and_then(|from| Some(event.not_before?.max(from))),
            told_at: event.observed_at,
            position: event.position,
            stale: None,
            missing: false,
            appeared_at: event.observed_at,
            appeared_not_before: event.not_before,
            requested_at: None,
        };
        self.write_life(event.extension_id, &present, None);
        self.open(event.extension_id, &present);
        self.state.present_count += 1;
        extension.existence = Existence::Present(Box::new(present));
    }

    fn change(&mut self, event: &ChangeEvent, extension: &mut ExtensionState) {
        let present = existing(extension);
        let bracketed = self.close_at(event, present);
        // After a gap the state before is known from the end of its first sweep, but was asked for earlier: what is in
        // doubt lies where something is known.
        let known_from = (present.since > present.told_at).then_some(present.since);
        let doubt = event.not_before.max(event.not_before.and(known_from));
        present.presence = told_presence(event);
        present.since = event.observed_at;
        present.not_before = doubt.filter(|_| bracketed);
        present.told_at = event.observed_at;
        present.position = event.position;
        self.mark_seen(event.extension_id, present);
        self.open(event.extension_id, present);
    }

    fn disappear(&mut self, event: &ChangeEvent, extension: &mut ExtensionState) {
        let present = existing(extension);
        self.close_at(event, present);
        self.write_life(event.extension_id, present, Some(event));
        self.state.stale.remove(&event.extension_id);
        self.state.present_count -= 1;
        extension.existence = Existence::Absent {
            since: event.observed_at,
        };
    }

    /// Closes the open interval at a change: at the change itself if two sweeps bracket it, else at the last sweep
    /// before the gap. Returns whether they do.
    fn close_at(&mut self, event: &ChangeEvent, present: &Present) -> bool {
        let mut last_seen = self.state.last_seen(present);
        // The change cannot have been before the request that last saw the extension, which is nearer than the start of
        // that request's sweep.
        let requested_at = event.not_before.map(|at| at.min(event.observed_at));
        last_seen.at = requested_at.map_or(last_seen.at, |at| last_seen.at.max(at));
        let bracketed = last_seen.brackets(event.observed_at);
        if bracketed {
            let certain_until = event.not_before.unwrap_or(event.observed_at);
            self.close(
                event.extension_id,
                present,
                certain_until,
                event.observed_at,
            );
        } else {
            self.close_before_gap(event.extension_id, present, last_seen);
        }
        bracketed
    }

    fn close(
        &mut self,
        id: ExtensionId,
        present: &Present,
        certain_until: Timestamp,
        until: Timestamp,
    ) {
        let row = IntervalRow {
            certain_until: Some(certain_until.max(present.since)),
            until: Some(until),
            ..open_row(present)
        };
        self.delta.intervals.insert((id, present.since), row);
    }

    /// Closes the open interval at the last sweep before a gap.
    fn close_before_gap(&mut self, id: ExtensionId, present: &Present, last_seen: Heartbeat) {
        let until = last_seen.at.max(present.since);
        self.close(id, present, until, until);
    }

    fn open(&mut self, id: ExtensionId, present: &Present) {
        self.delta
            .intervals
            .insert((id, present.since), open_row(present));
    }

    fn write_life(&mut self, id: ExtensionId, present: &Present, end: Option<&ChangeEvent>) {
        let row = ExistenceInterval {
            from: present.appeared_at,
            not_before: present.appeared_not_before,
            certain_until: end.map(|event| event.not_before.unwrap_or(event.observed_at)),
            until: end.map(|event| event.observed_at),
        };
        self.delta.existence.insert((id, row.from), row);
    }

    fn set_profile(
        &mut self,
        event: &ChangeEvent,
        profile: &Arc<Profile>,
        extension: &mut ExtensionState,
    ) {
        let id = event.extension_id;
        let mut since = event.observed_at;
        if let Some(known) = &extension.profile {
            if known.value == *profile {
                return;
            }
            // Two listings of the directory may carry the same time; then the later one replaces the earlier.
            since = since.max(known.since);
            if since > known.since {
                let closed = ProfileRow {
                    from: known.since,
                    until: Some(since),
                    profile: Arc::clone(&known.value),
                };
                self.delta.profiles.insert((id, known.since), closed);
            }
        }
        let opened = ProfileRow {
            from: since,
            until: None,
            profile: Arc::clone(profile),
        };
        self.delta.profiles.insert((id, since), opened);
        extension.profile = Some(Known {
            value: Arc::clone(profile),
            since,
            checked_at: since,
        });
    }

    fn mark_seen(&mut self, id: ExtensionId, present: &mut Present) {
        present.stale = None;
        present.missing = false;
        self.state.stale.remove(&id);
    }

    /// Notes who exists but was not seen, and when each was last.
    fn leave_behind(&mut self, snapshot: &Snapshot) {
        let previous_look = self.state.latest_heartbeat();
        for &id in &snapshot.unseen {
            let Some(extension) = self.state.extensions.get_mut(&id) else {
                continue;
            };
            let Existence::Present(present) = &mut extension.existence else {
                continue;
            };
            let lags = present.stale.is_none();
            let is_first_lack = snapshot.status == SweepStatus::Complete && !present.missing;
            if lags {
                present.stale = previous_look;
                self.state.stale.insert(id);
            }
            present.missing |= is_first_lack;
            if lags || is_first_lack {
                self.delta.extensions.insert(id, extension.clone());
            }
        }
    }

    /// Cuts the intervals of extensions that were seen again, unchanged, after a gap.
    fn catch_up(&mut self, snapshot: &Snapshot) {
        let after_gap = self
            .state
            .latest_heartbeat()
            .is_some_and(|previous| !previous.brackets(self.answered_at));
        let candidates: Vec<ExtensionId> = if after_gap {
            self.state.extensions.keys().copied().collect()
        } else {
            self.state.stale.iter().copied().collect()
        };
        for id in candidates {
            if snapshot.unseen.binary_search(&id).is_err() {
                self.resume(id);
            }
        }
    }

    fn resume(&mut self, id: ExtensionId) {
        let Some(mut extension) = self.state.extensions.remove(&id) else {
            return;
        };
        if let Existence::Present(present) = &mut extension.existence
            && present.since < self.heartbeat.at
        {
            let last_seen = self.state.last_seen(present);
            let was_stale = present.stale.is_some();
            self.mark_seen(id, present);
            let cut = !last_seen.brackets(self.answered_at);
            if cut {
                self.close_before_gap(id, present, last_seen);
                present.since = self.answered_at;
                present.not_before = None;
                self.open(id, present);
            }
            if cut || was_stale {
                self.delta.extensions.insert(id, extension.clone());
            }
        }
        self.state.extensions.insert(id, extension);
    }

    fn cover(&mut self, status: SweepStatus) {
        let observed =
            CoverageSegment::with_heartbeat(self.state.observed, self.heartbeat, self.answered_at);
        self.state.observed = Some(observed);
        self.delta
            .coverage
            .insert((CoverageKind::Observed, observed.from), observed);
        if status == SweepStatus::Complete {
            let complete = CoverageSegment::with_heartbeat(
                self.state.complete,
                self.heartbeat,
                self.answered_at,
            );
            self.state.complete = Some(complete);
            self.delta
                .coverage
                .insert((CoverageKind::Complete, complete.from), complete);
        }
    }
}

fn open_row(present: &Present) -> IntervalRow {
    IntervalRow {
        from: present.since,
        not_before: present.not_before,
        certain_until: None,
        until: None,
        presence: present.presence.clone(),
        position: present.position,
    }
}

fn told_presence(event: &ChangeEvent) -> Presence {
    event
        .presence
        .clone()
        .expect("anyone who appears or changes shows something")
}

fn existing(extension: &mut ExtensionState) -> &mut Present {
    match &mut extension.existence {
        Existence::Present(present) => present,
        _ => panic!("only an extension that exists changes or disappears"),
    }
}
