//! One sweep of an account: what was seen of each extension, and what was not.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::ids::{AccountId, ExtensionId};
use super::profile::ProfileUpdate;
use super::queue::{self, QueueSweep};
use super::state::{ContentHash, Presence, hash_optional_text, push_optional_text};
use super::time::Timestamp;
use crate::named;

/// Where a snapshot came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The collector asked.
    Poll,
    /// The platform pushed it.
    Push,
    /// A file was read.
    Import,
}

/// How much a sweep of the account saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SweepStatus {
    /// Every extension: who is missing was not there.
    Complete,
    /// Some: nothing is concluded about the rest.
    Partial,
    /// Nothing, though it was tried.
    Failed,
    /// Nothing, since it was not tried.
    Skipped,
}

named!(Source { Poll => "poll", Push => "push", Import => "import" });
named!(SweepStatus {
    Complete => "complete",
    Partial => "partial",
    Failed => "failed",
    Skipped => "skipped",
});

impl SweepStatus {
    /// Whether anything was observed at all.
    pub fn observes(self) -> bool {
        matches!(self, Self::Complete | Self::Partial)
    }
}

/// About so many bytes are hashed at once.
const HASHED_AT_ONCE: usize = 16 * 1024;

/// One extension's presence as one response gave it: true at some moment between sending and receiving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Whose presence it is.
    pub extension_id: ExtensionId,
    /// The number that came with the record; `None` if there was none, which says nothing about the profile.
    pub extension_number: Option<Arc<str>>,
    /// When the request was sent.
    pub requested_at: Timestamp,
    /// When the response had been received; not before `requested_at`.
    pub received_at: Timestamp,
    /// What it showed.
    pub presence: Presence,
}

/// What the directory said of one extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Whose profile it is.
    pub extension_id: ExtensionId,
    /// When the response had been received.
    pub received_at: Timestamp,
    /// The fields that this listing has.
    pub update: ProfileUpdate,
}

/// The platform's answer that an extension does not exist (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// Which extension.
    pub extension_id: ExtensionId,
    /// When the answer had been received.
    pub received_at: Timestamp,
}

/// One sweep of a whole account, observed or missed.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Whose extensions.
    pub account_id: AccountId,
    /// The source of the sweep.
    pub source: Source,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent (or the slot was given up).
    pub started_at: Timestamp,
    /// When the last response had been received; not before `started_at`.
    pub finished_at: Timestamp,
    /// How long after this sweep the next one still brackets the time between, in milliseconds.
    pub valid_for_ms: i64,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// What was seen; an extension that is here twice counts once, by the later observation.
    pub observations: Vec<Observation>,
    /// Extensions that the platform was asked for one by one and said not to exist.
    pub not_found: Vec<NotFound>,
    /// Extensions that were not seen, and about whom nothing is concluded: the platform, asked for them one by one, would
    /// not show them, or gave no answer.
    pub withheld: Vec<ExtensionId>,
    /// What the directory said meanwhile.
    pub directory: Vec<DirectoryEntry>,
    /// The sweeps of queues since the last snapshot, whatever became of this one: none was answered after
    /// [`Self::finished_at`]. Those of one queue run forward in time; their order here does not matter.
    pub queue_sweeps: Vec<QueueSweep>,
    /// The platform's clock minus ours, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// Identifies the sweep: the same key again is the same sweep, or an error.
    pub idempotency_key: String,
    /// Why it is not complete, or what else is to be said of it: a word of [`super::cause::Cause`] and a sentence.
    pub detail: Option<String>,
}

impl Sweep {
    /// How many extensions were seen; one that is here twice counts once.
    pub fn observed_count(&self) -> usize {
        let mut ids: Vec<ExtensionId> = self
            .observations
            .iter()
            .map(|seen| seen.extension_id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// SHA-256 of what was seen, whatever the order of the records.
    pub fn content_digest(&self) -> ContentHash {
        let mut hasher = Sha256::new();
        hasher.update(b"sweep 1\0");
        hash_optional_text(&mut hasher, Some(self.source.name()));
        hash_optional_text(&mut hasher, Some(self.status.name()));
        for number in [
            self.account_id.0,
            self.started_at.as_ms(),
            self.finished_at.as_ms(),
            self.valid_for_ms,
        ] {
            hasher.update(number.to_be_bytes());
        }
        self.hash_observations(&mut hasher);
        self.hash_rest(&mut hasher);
        hasher.finalize().into()
    }

    fn hash_observations(&self, hasher: &mut Sha256) {
        let mut order: Vec<&Observation> = self.observations.iter().collect();
        order.sort_by_key(|seen| (seen.extension_id, seen.received_at));
        hasher.update((order.len() as u64).to_be_bytes());
        // Many small pieces cost a hash more than their bytes do.
        let mut bytes = Vec::with_capacity(2 * HASHED_AT_ONCE);
        for seen in order {
            bytes.extend_from_slice(&seen.extension_id.0.to_be_bytes());
            bytes.extend_from_slice(&seen.received_at.as_ms().to_be_bytes());
            bytes.extend_from_slice(seen.presence.state.content_hash());
            push_optional_text(&mut bytes, seen.presence.message.as_deref());
            push_optional_text(&mut bytes, seen.extension_number.as_deref());
            if bytes.len() >= HASHED_AT_ONCE {
                hasher.update(&bytes);
                bytes.clear();
            }
        }
        hasher.update(&bytes);
    }

    fn hash_rest(&self, hasher: &mut Sha256) {
        let mut gone: Vec<i64> = self
            .not_found
            .iter()
            .map(|gone| gone.extension_id.0)
            .collect();
        gone.sort_unstable();
        hasher.update((gone.len() as u64).to_be_bytes());
        for id in gone {
            hasher.update(id.to_be_bytes());
        }
        let mut directory: Vec<&DirectoryEntry> = self.directory.iter().collect();
        directory.sort_by_key(|entry| (entry.extension_id, entry.received_at));
        hasher.update((directory.len() as u64).to_be_bytes());
        for entry in directory {
            hasher.update(entry.extension_id.0.to_be_bytes());
            entry.update.hash_into(hasher);
        }
        let mut withheld: Vec<i64> = self.withheld.iter().map(|id| id.0).collect();
        withheld.sort_unstable();
        // There is nothing of it in sweeps without any, so that their digests are what they always were.
        for id in withheld {
            hasher.update(id.to_be_bytes());
        }
        // The same holds for sweeps of queues.
        if !self.queue_sweeps.is_empty() {
            hasher.update(queue::content_digest(&self.queue_sweeps));
        }
    }
}
