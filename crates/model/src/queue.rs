//! Who takes the calls of a queue: what one sweep of a queue saw of its members, and what is known of them.
//!
//! The fact is the platform's `acceptCurrentQueueCalls`: whether a member is signed in to *this* queue. Whether they take
//! calls of queues at all follows do-not-disturb, and is a facet of their presence already.
//!
//! A queue has sweeps of its own. They are part of the next snapshot of the account's presence, whatever became of that
//! one, but their times are their own: only they bracket what is known of a queue.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::cause::Cause;
use super::coverage::Heartbeat;
use super::ids::{ExtensionId, Position, QueueId};
use super::state::{ContentHash, hash_optional_text};
use super::time::Timestamp;
use crate::named;

/// Whether a member of a queue takes its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Accepts {
    /// Signed out: it rings at others.
    SignedOut,
    /// Signed in.
    SignedIn,
    /// A member, but the response did not say.
    NotSaid,
}

named!(Accepts {
    SignedOut => "signed_out",
    SignedIn => "signed_in",
    NotSaid => "not_said",
});

impl Accepts {
    /// What a field of the platform says; `None` where it was missing.
    pub fn of_field(field: Option<bool>) -> Self {
        match field {
            Some(true) => Self::SignedIn,
            Some(false) => Self::SignedOut,
            None => Self::NotSaid,
        }
    }
}

/// One member of a queue, as one response gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueMember {
    /// Who.
    pub extension_id: ExtensionId,
    /// Whether they take calls of this queue; `None` where the field was missing.
    pub accepts: Option<bool>,
}

/// What became of asking for the members of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueOutcome {
    /// All members: a response is whole, so anyone who is not in it is no member.
    Read(Vec<QueueMember>),
    /// Nothing was seen.
    Failed {
        /// Why, in one word.
        cause: Cause,
        /// Why, for people.
        sentence: String,
    },
}

/// One sweep of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSweep {
    /// Which queue.
    pub queue_id: QueueId,
    /// When the request was sent.
    pub requested_at: Timestamp,
    /// When the response had been received, or when it was given up; not before `requested_at`.
    pub received_at: Timestamp,
    /// How long after this sweep the queue's next one still brackets the time between, in milliseconds.
    pub valid_for_ms: i64,
    /// What was seen.
    pub outcome: QueueOutcome,
}

impl QueueSweep {
    /// The members and what each accepts, every member once; `None` if nothing was seen.
    ///
    /// If a member is there twice with different answers, the response did not say what they accept.
    pub fn members(&self) -> Option<BTreeMap<ExtensionId, Accepts>> {
        let QueueOutcome::Read(read) = &self.outcome else {
            return None;
        };
        let mut members = BTreeMap::new();
        for member in read {
            let accepts = Accepts::of_field(member.accepts);
            let kept = members.entry(member.extension_id).or_insert(accepts);
            if *kept != accepts {
                *kept = Accepts::NotSaid;
            }
        }
        Some(members)
    }

    /// The row of the log about this sweep.
    pub fn row(&self) -> QueueSweepRow {
        let outcome = match (&self.outcome, self.members()) {
            (QueueOutcome::Failed { cause, sentence }, _) => QueueSweepOutcome::Failed {
                cause: *cause,
                detail: sentence.clone(),
            },
            (QueueOutcome::Read(_), members) => QueueSweepOutcome::Complete {
                member_count: members.map_or(0, |members| {
                    i64::try_from(members.len()).unwrap_or(i64::MAX)
                }),
            },
        };
        QueueSweepRow {
            queue_id: self.queue_id,
            requested_at: self.requested_at,
            received_at: self.received_at,
            valid_for_ms: self.valid_for_ms,
            outcome,
        }
    }

    fn hash_into(&self, hasher: &mut Sha256) {
        for number in [
            self.queue_id.0,
            self.requested_at.as_ms(),
            self.received_at.as_ms(),
            self.valid_for_ms,
        ] {
            hasher.update(number.to_be_bytes());
        }
        let members = self.members();
        hasher.update([u8::from(members.is_some())]);
        let members = members.unwrap_or_default();
        hasher.update((members.len() as u64).to_be_bytes());
        for (id, accepts) in members {
            hasher.update(id.0.to_be_bytes());
            hash_optional_text(hasher, Some(accepts.name()));
        }
        if let QueueOutcome::Failed { cause, sentence } = &self.outcome {
            hash_optional_text(hasher, Some(cause.name()));
            hash_optional_text(hasher, Some(sentence));
        }
    }
}

/// SHA-256 of what sweeps of queues saw, whatever their order and that of their members.
pub(super) fn content_digest(sweeps: &[QueueSweep]) -> ContentHash {
    let mut order: Vec<&QueueSweep> = sweeps.iter().collect();
    order.sort_by_key(|sweep| (sweep.queue_id, sweep.requested_at, sweep.received_at));
    let mut hasher = Sha256::new();
    hasher.update(b"queue sweeps 1\0");
    for sweep in order {
        sweep.hash_into(&mut hasher);
    }
    hasher.finalize().into()
}

/// A sweep of a queue in the log: when it was, and what became of it. What it showed to differ is in the snapshot's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSweepRow {
    /// Which queue.
    pub queue_id: QueueId,
    /// When the request was sent.
    pub requested_at: Timestamp,
    /// When the response had been received, or when it was given up.
    pub received_at: Timestamp,
    /// See [`QueueSweep::valid_for_ms`].
    pub valid_for_ms: i64,
    /// What became of it.
    pub outcome: QueueSweepOutcome,
}

/// What became of a sweep of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueSweepOutcome {
    /// All members were seen.
    Complete {
        /// How many.
        member_count: i64,
    },
    /// Nothing was seen: it brackets nothing and closes nothing.
    Failed {
        /// Why, in one word.
        cause: Cause,
        /// Why, for people.
        detail: String,
    },
}

impl QueueSweepRow {
    /// Whether all members were seen.
    pub fn is_complete(&self) -> bool {
        matches!(self.outcome, QueueSweepOutcome::Complete { .. })
    }
}

/// What a sweep of a queue showed to differ of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueChange {
    /// Which queue.
    pub queue_id: QueueId,
    /// What they accept now; `None`: they are no member.
    pub accepts: Option<Accepts>,
    /// What they accepted before; `None`: they were no member, or nothing was known of the queue.
    pub previous: Option<Accepts>,
}

/// What is known of a queue at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// The latest time range of complete sweeps.
    pub segment: QueueSegment,
    /// The members that the last complete sweep showed.
    pub members: BTreeMap<ExtensionId, MemberState>,
}

/// What is known of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// What they accept.
    pub accepts: Accepts,
    /// From when on that is known without a gap.
    pub since: Timestamp,
    /// The change that opened this interval cannot have happened before; `None` after a first sweep or a gap.
    pub not_before: Option<Timestamp>,
    /// The event that brought it.
    pub position: Position,
}

/// A time range of uninterrupted complete sweeps of a queue: see [`super::coverage::CoverageSegment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSegment {
    /// When the first sweep had been answered.
    pub from: Timestamp,
    /// When the last sweep so far was asked for: before `from` if it is the first one too, and took time.
    pub until: Timestamp,
    /// When the last sweep so far had been answered: the next one begins later.
    pub answered_at: Timestamp,
    /// How long after the last sweep the next one still brackets the time between, in milliseconds.
    pub valid_for_ms: i64,
}

impl QueueSegment {
    /// The last sweep of the segment, as the earlier one of two.
    pub fn last_sweep(self) -> Heartbeat {
        Heartbeat {
            at: self.until,
            valid_for_ms: self.valid_for_ms,
        }
    }

    /// The end of the range: never before its beginning.
    pub fn to(self) -> Timestamp {
        self.until.max(self.from)
    }

    /// The segment that a complete sweep belongs to: `current`, prolonged, or a new one after a gap.
    pub fn with_sweep(current: Option<Self>, sweep: &QueueSweepRow) -> Self {
        let from = match current {
            Some(segment) if segment.last_sweep().brackets(sweep.received_at) => segment.from,
            _ => sweep.received_at,
        };
        Self {
            from,
            until: sweep.requested_at,
            answered_at: sweep.received_at,
            valid_for_ms: sweep.valid_for_ms,
        }
    }
}
