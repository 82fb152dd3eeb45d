//! What is known of an account at the end of its log: what the next sweep is compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::HashMap;

use super::coverage::{CoverageSegment, Heartbeat};
use super::ids::{AccountId, ExtensionId, Position, QueueId, SnapshotNo, Version};
use super::observation::{Observation, Sweep};
use super::profile::Profile;
use super::queue::QueueState;
use super::state::Presence;
use super::time::Timestamp;

/// What is known of an account. It follows from the log alone, but for the exact times of requests
/// ([`Present::requested_at`]), which a writer remembers while it runs.
#[derive(Clone, Debug)]
pub struct AccountState {
    /// Whose state.
    pub account_id: AccountId,
    /// The last event.
    pub position: Position,
    /// The last snapshot.
    pub snapshot_no: SnapshotNo,
    /// When the last snapshot ended, whatever its status.
    pub finished_at: Option<Timestamp>,
    /// The latest time range of sweeps.
    pub observed: Option<CoverageSegment>,
    /// The latest time range of complete sweeps.
    pub complete: Option<CoverageSegment>,
    /// Everybody ever seen, listed, or named by a queue.
    pub extensions: HashMap<ExtensionId, ExtensionState>,
    /// How many extensions exist.
    pub present_count: usize,
    /// Who exists but was not seen in the latest sweep.
    pub stale: BTreeSet<ExtensionId>,
    /// Every queue of which a complete sweep was recorded.
    pub queues: BTreeMap<QueueId, QueueState>,
    /// Whether [`Present::requested_at`] is remembered of anybody.
    remembers_requests: bool,
}

/// What is known of one extension.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionState {
    /// Its last event.
    pub version: Version,
    /// Whether it exists.
    pub existence: Existence,
    /// What names and groups it; `None` until it was listed.
    pub profile: Option<Known<Arc<Profile>>>,
}

/// A value, and how it came to be known.
#[derive(Clone, Debug, PartialEq)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// When it was first seen to be so.
    pub since: Timestamp,
    /// When it was last asked for, as far as this process remembers; not before `since`.
    pub checked_at: Timestamp,
}

/// Whether an extension exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Existence {
    /// The directory or a queue named it, but its presence has never been seen. Of one that only a queue named there is
    /// no profile.
    Listed,
    /// It exists.
    Present(Box<Present>),
    /// It existed, and is known to be gone since then.
    Absent {
        /// When it was seen to be gone.
        since: Timestamp,
    },
}

/// What is known of an extension that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// What it shows.
    pub presence: Presence,
    /// From when on that is known without a gap.
    pub since: Timestamp,
    /// The change that opened this interval cannot have happened before; `None` after a first sweep or a gap.
    pub not_before: Option<Timestamp>,
    /// When that state was observed: the extension's own time. After a gap in which it stayed the same, before `since`.
    pub told_at: Timestamp,
    /// The event that brought this state.
    pub position: Position,
    /// The start of the sweep that last saw it, if that is not the account's latest sweep.
    pub stale: Option<Heartbeat>,
    /// Whether a complete sweep has lacked it since it was last seen.
    pub missing: bool,
    /// When it appeared.
    pub appeared_at: Timestamp,
    /// It cannot have appeared before.
    pub appeared_not_before: Option<Timestamp>,
    /// When the request was sent that last saw it, as far as this process remembers.
    pub requested_at: Option<Timestamp>,
}

impl AccountState {
    /// An account of which nothing is known.
    pub fn new(account_id: AccountId) -> Self {
        Self {
            account_id,
            position: Position(0),
            snapshot_no: SnapshotNo(0),
            finished_at: None,
            observed: None,
            complete: None,
            extensions: HashMap::default(),
            present_count: 0,
            stale: BTreeSet::new(),
            queues: BTreeMap::new(),
            remembers_requests: false,
        }
    }

    /// The latest sweep that saw anything.
    pub fn latest_heartbeat(&self) -> Option<Heartbeat> {
        self.observed.map(CoverageSegment::last_sweep)
    }

    /// When an existing extension was last seen, and how far that sweep reaches: its own time where the log has it,
    /// else its sweep's start (which may be before `since`, if it was the first sweep after a gap).
    pub fn last_seen(&self, present: &Present) -> Heartbeat {
        let sweep = self.last_sweep(present);
        Heartbeat {
            at: sweep.at.max(present.told_at),
            ..sweep
        }
    }

    /// The latest moment known to be no later than the request that last saw the extension.
    pub fn last_requested_at(&self, present: &Present) -> Timestamp {
        present
            .requested_at
            .unwrap_or_else(|| self.last_sweep(present).at)
    }

    fn last_sweep(&self, present: &Present) -> Heartbeat {
        present
            .stale
            .or(self.latest_heartbeat())
            .expect("anyone who exists was seen in some sweep")
    }

    /// Remembers when the requests of a sweep were sent, after the sweep has been folded.
    pub fn remember_requests(&mut self, sweep: &Sweep) {
        // Where nothing is remembered, the sweep's start stands for it: an import has nothing else.
        let is_told = |seen: &Observation| seen.requested_at != sweep.started_at;
        if self.remembers_requests || sweep.observations.iter().any(is_told) {
            self.remembers_requests = true;
            for seen in &sweep.observations {
                if let Some(known) = self.extensions.get_mut(&seen.extension_id)
                    && let Existence::Present(present) = &mut known.existence
                {
                    present.requested_at = Some(seen.requested_at);
                }
            }
        }
        self.remember_directory(sweep);
    }

    /// Remembers when the request was sent that last saw one extension: for a caller that knows it of all of them, and
    /// passes it on when it is needed.
    pub fn remember_request(&mut self, extension_id: ExtensionId, requested_at: Timestamp) {
        if let Some(known) = self.extensions.get_mut(&extension_id)
            && let Existence::Present(present) = &mut known.existence
        {
            present.requested_at = Some(requested_at);
        }
    }

    /// Remembers when the directory listed the profiles of a sweep, after the sweep has been folded.
    pub fn remember_directory(&mut self, sweep: &Sweep) {
        for entry in &sweep.directory {
            if let Some(known) = self.extensions.get_mut(&entry.extension_id)
                && let Some(profile) = &mut known.profile
            {
                profile.checked_at = profile.checked_at.max(entry.received_at);
            }
        }
    }
}
