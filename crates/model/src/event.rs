//! What is appended to the log: one snapshot with its change events.

use std::sync::Arc;

use super::ids::{AccountId, ExtensionId, Position, SnapshotNo, Version};
use super::observation::{Source, SweepStatus};
use super::profile::Profile;
use super::queue::{QueueChange, QueueSweepRow};
use super::state::{ContentHash, Presence};
use super::time::Timestamp;
use crate::named;

/// What a snapshot shows to differ from what was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Seen for the first time, or again after it had disappeared.
    Appeared,
    /// Its state or message differs.
    Changed,
    /// It is no longer there, and that is confirmed.
    Disappeared,
    /// What names and groups it differs.
    ProfileChanged,
    /// What it accepts of a queue's calls differs, or whether it is a member at all. It says nothing of its presence, so
    /// questions about presence leave it out ([`EventKind::is_of_presence`]).
    QueueChanged,
}

named!(EventKind {
    Appeared => "appeared",
    Changed => "changed",
    Disappeared => "disappeared",
    ProfileChanged => "profile_changed",
    QueueChanged => "queue_changed",
});

impl EventKind {
    /// Whether it is a change of what the extension shows, or of whether it is there.
    pub fn is_of_presence(self) -> bool {
        match self {
            Self::Appeared | Self::Changed | Self::Disappeared => true,
            Self::ProfileChanged | Self::QueueChanged => false,
        }
    }
}

/// One change of one extension.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeEvent {
    /// Its place in the account's log.
    pub position: Position,
    /// Who changed.
    pub extension_id: ExtensionId,
    /// Its number among the extension's events.
    pub version: Version,
    /// What kind of change.
    pub kind: EventKind,
    /// When the change had been seen.
    pub observed_at: Timestamp,
    /// The change cannot have happened before; `None` when nothing earlier is known.
    pub not_before: Option<Timestamp>,
    /// What it shows now; `None` when it disappeared or was never seen.
    pub presence: Option<Presence>,
    /// What it showed before; `None` when it was not there. A change of the profile leaves it as it is.
    pub previous: Option<Presence>,
    /// The profile now: when it appeared, and when the profile changed.
    pub profile: Option<Arc<Profile>>,
    /// The profile before, when it changed.
    pub previous_profile: Option<Arc<Profile>>,
    /// What it accepts of a queue's calls, when that changed; of presence and profile such an event says nothing.
    pub queue: Option<QueueChange>,
}

/// One append to the history: what swept when, how much was seen, and what had changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Whose history.
    pub account_id: AccountId,
    /// Its number in the account's history.
    pub snapshot_no: SnapshotNo,
    /// The source of the sweep.
    pub source: Source,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent.
    pub started_at: Timestamp,
    /// When the last response had been received.
    pub finished_at: Timestamp,
    /// How long after this sweep the next one still brackets the time between, in milliseconds.
    pub valid_for_ms: i64,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// How many extensions were observed.
    pub observed_count: i64,
    /// The platform's clock minus ours, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// Identifies the sweep.
    pub idempotency_key: String,
    /// The digest of what was seen.
    pub content_digest: ContentHash,
    /// Why it is not complete, or what else is to be said of it: a word of [`super::cause::Cause`] and a sentence.
    pub detail: Option<String>,
    /// Who is known to exist but was not seen in this sweep, ascending. It is part of the log: without it no one
    /// could know later that "no event" did not mean "no change".
    pub unseen: Vec<ExtensionId>,
    /// The sweeps of queues that are part of it, by queue and time. They may have begun before the snapshot did.
    pub queue_sweeps: Vec<QueueSweepRow>,
    /// The changes, by extension, a state's before a profile's, these before those of queues, which are by time.
    pub events: Vec<ChangeEvent>,
}

impl Snapshot {
    /// From when on an account is swept whose first snapshot this is: when it had been answered, or when it was tried
    /// in vain. Before that there was no history, so it is no gap of it.
    pub fn began_at(&self) -> Timestamp {
        if self.status.observes() {
            self.finished_at
        } else {
            self.started_at
        }
    }
}
