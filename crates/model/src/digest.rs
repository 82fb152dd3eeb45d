//! A digest of a log: the same for the same history, on whatever database it is kept.

use sha2::{Digest, Sha256};

use super::event::{ChangeEvent, Snapshot};
use super::facet::Facet;
use super::profile::Profile;
use super::queue::{Accepts, QueueChange, QueueSweepOutcome, QueueSweepRow};
use super::state::{ContentHash, Presence, hash_optional_text};
use super::time::Timestamp;

/// SHA-256 over the snapshots of a log in canonical form: fixed order of fields, values instead of numbers of a
/// dictionary, lengths before texts, integers big-endian, times as milliseconds. Nothing of it depends on how a database
/// keeps a row, and no two histories have the same bytes.
#[derive(Clone, Debug)]
pub struct LogDigest {
    hasher: Sha256,
}

impl Default for LogDigest {
    fn default() -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"log 1\0");
        Self { hasher }
    }
}

impl LogDigest {
    /// Adds the next snapshot of the log, with its events and when it was recorded.
    pub fn add(&mut self, snapshot: &Snapshot, recorded_at: Timestamp) {
        let hasher = &mut self.hasher;
        hash_number(hasher, snapshot.account_id.0);
        hash_number(hasher, snapshot.snapshot_no.0);
        hash_queue_sweeps(hasher, &snapshot.queue_sweeps);
        hash_optional_text(hasher, Some(snapshot.source.name()));
        hash_optional_text(hasher, Some(snapshot.status.name()));
        hash_number(hasher, snapshot.started_at.as_ms());
        hash_number(hasher, snapshot.finished_at.as_ms());
        hash_number(hasher, recorded_at.as_ms());
        hash_number(hasher, snapshot.valid_for_ms);
        hash_optional_number(hasher, snapshot.expected_count);
        hash_number(hasher, snapshot.observed_count);
        hash_optional_number(hasher, snapshot.clock_skew_ms);
        hash_optional_text(hasher, Some(&snapshot.idempotency_key));
        hasher.update(snapshot.content_digest);
        hash_optional_text(hasher, snapshot.detail.as_deref());
        hash_length(hasher, snapshot.unseen.len());
        for id in &snapshot.unseen {
            hash_number(hasher, id.0);
        }
        hash_length(hasher, snapshot.events.len());
        for event in &snapshot.events {
            hash_event(hasher, event);
        }
    }

    /// The digest of everything that was added.
    pub fn finish(self) -> ContentHash {
        self.hasher.finalize().into()
    }
}

fn hash_event(hasher: &mut Sha256, event: &ChangeEvent) {
    hash_number(hasher, event.position.0);
    hash_number(hasher, event.extension_id.0);
    hash_number(hasher, event.version.0);
    hash_optional_text(hasher, Some(event.kind.name()));
    hash_number(hasher, event.observed_at.as_ms());
    hash_optional_number(hasher, event.not_before.map(Timestamp::as_ms));
    for presence in [&event.presence, &event.previous] {
        hash_presence(hasher, presence.as_ref());
    }
    for profile in [&event.profile, &event.previous_profile] {
        hash_profile(hasher, profile.as_deref());
    }
    if let Some(change) = &event.queue {
        hash_queue_change(hasher, change);
    }
}

/// There is nothing of it in events of other kinds, so that the digests of logs without any are what they always were; the
/// name of the kind keeps the two apart.
fn hash_queue_change(hasher: &mut Sha256, change: &QueueChange) {
    hash_number(hasher, change.queue_id.0);
    for accepts in [change.accepts, change.previous] {
        hash_optional_text(hasher, accepts.map(Accepts::name));
    }
}

/// There is nothing of it in snapshots without sweeps of queues. The mark before them is none that stands before the text
/// that follows.
fn hash_queue_sweeps(hasher: &mut Sha256, sweeps: &[QueueSweepRow]) {
    if sweeps.is_empty() {
        return;
    }
    hasher.update([2]);
    hash_length(hasher, sweeps.len());
    for sweep in sweeps {
        hash_number(hasher, sweep.queue_id.0);
        hash_number(hasher, sweep.requested_at.as_ms());
        hash_number(hasher, sweep.received_at.as_ms());
        hash_number(hasher, sweep.valid_for_ms);
        match &sweep.outcome {
            QueueSweepOutcome::Complete { member_count } => {
                hasher.update([0]);
                hash_number(hasher, *member_count);
            }
            QueueSweepOutcome::Failed { cause, detail } => {
                hasher.update([1]);
                hash_optional_text(hasher, Some(cause.name()));
                hash_optional_text(hasher, Some(detail));
            }
        }
    }
}

fn hash_presence(hasher: &mut Sha256, presence: Option<&Presence>) {
    hasher.update([u8::from(presence.is_some())]);
    if let Some(presence) = presence {
        for facet in Facet::ALL {
            hash_optional_text(hasher, presence.get(facet));
        }
    }
}

fn hash_profile(hasher: &mut Sha256, profile: Option<&Profile>) {
    hasher.update([u8::from(profile.is_some())]);
    if let Some(profile) = profile {
        hasher.update(profile.content_hash());
    }
}

fn hash_number(hasher: &mut Sha256, number: i64) {
    hasher.update(number.to_be_bytes());
}

fn hash_optional_number(hasher: &mut Sha256, number: Option<i64>) {
    hasher.update([u8::from(number.is_some())]);
    hash_number(hasher, number.unwrap_or_default());
}

fn hash_length(hasher: &mut Sha256, length: usize) {
    hasher.update((length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::cause::Cause;
    use super::super::event::EventKind;
    use super::super::facet::STATE_FACET_COUNT;
    use super::super::ids::{AccountId, ExtensionId, Position, QueueId, SnapshotNo, Version};
    use super::super::observation::{Source, SweepStatus};
    use super::super::state::State;
    use super::*;

    fn snapshot() -> Snapshot {
        let at = Timestamp::saturating_from_ms;
        let mut values = [None; STATE_FACET_COUNT];
        values[0] = Some("Available");
        Snapshot {
            account_id: AccountId(1),
            snapshot_no: SnapshotNo(2),
            source: Source::Poll,
            status: SweepStatus::Partial,
            started_at: at(1000),
            finished_at: at(2000),
            valid_for_ms: 5000,
            expected_count: None,
            observed_count: 1,
            clock_skew_ms: Some(0),
            idempotency_key: "look 2".to_owned(),
            content_digest: [7; 32],
            detail: None,
            unseen: vec![ExtensionId(9)],
            queue_sweeps: Vec::new(),
            events: vec![ChangeEvent {
                position: Position(3),
                extension_id: ExtensionId(8),
                version: Version(1),
                kind: EventKind::Appeared,
                observed_at: at(1500),
                not_before: None,
                presence: Some(Presence {
                    state: Arc::new(State::new(&values)),
                    message: None,
                }),
                previous: None,
                profile: Some(Arc::default()),
                previous_profile: None,
                queue: None,
            }],
        }
    }

    fn change(previous: Option<Accepts>) -> QueueChange {
        QueueChange {
            queue_id: QueueId(4),
            accepts: None,
            previous,
        }
    }

    fn queue_sweep(outcome: QueueSweepOutcome) -> QueueSweepRow {
        QueueSweepRow {
            queue_id: QueueId(4),
            requested_at: Timestamp::saturating_from_ms(900),
            received_at: Timestamp::saturating_from_ms(1000),
            valid_for_ms: 5000,
            outcome,
        }
    }

    fn failed() -> QueueSweepOutcome {
        QueueSweepOutcome::Failed {
            cause: Cause::Gone,
            detail: String::new(),
        }
    }

    fn digest(snapshot: &Snapshot, recorded_ms: i64) -> ContentHash {
        let mut digest = LogDigest::default();
        digest.add(snapshot, Timestamp::saturating_from_ms(recorded_ms));
        digest.finish()
    }

    /// Every field counts, and so does whether a number is there.
    #[test]
    fn whatever_differs_gives_another_digest() {
        let changes: [fn(&mut Snapshot); 22] = [
            |it| it.account_id.0 += 1,
            |it| it.snapshot_no.0 += 1,
            |it| it.source = Source::Import,
            |it| it.status = SweepStatus::Complete,
            |it| it.started_at = it.started_at.plus_ms(1),
            |it| it.finished_at = it.finished_at.plus_ms(1),
            |it| it.valid_for_ms += 1,
            |it| it.expected_count = Some(0),
            |it| it.observed_count += 1,
            |it| it.clock_skew_ms = None,
            |it| it.idempotency_key.push('0'),
            |it| it.content_digest[31] = 0,
            |it| it.detail = Some(String::new()),
            |it| it.unseen.clear(),
            |it| it.events.clear(),
            |it| it.events[0].not_before = Some(Timestamp::saturating_from_ms(0)),
            |it| it.events[0].previous = it.events[0].presence.clone(),
            |it| it.events[0].previous_profile = it.events[0].profile.clone(),
            |it| it.events[0].queue = Some(change(None)),
            |it| it.events[0].queue = Some(change(Some(Accepts::SignedIn))),
            |it| {
                it.queue_sweeps =
                    vec![queue_sweep(QueueSweepOutcome::Complete { member_count: 0 })];
            },
            |it| it.queue_sweeps = vec![queue_sweep(failed())],
        ];
        let mut seen = vec![digest(&snapshot(), 2500), digest(&snapshot(), 2501)];
        for change in changes {
            let mut other = snapshot();
            change(&mut other);
            seen.push(digest(&other, 2500));
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert_eq!(digest(&snapshot(), 2500), digest(&snapshot(), 2500));
    }
}
