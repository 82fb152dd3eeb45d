//! What is handed to a store and given by it.

use std::sync::Arc;

use presence_model::coverage::Heartbeat;
use presence_model::event::{ChangeEvent, Snapshot};
use presence_model::history::Interval;
use presence_model::ids::{AccountId, Epoch, ExtensionId, Position, SnapshotNo};
use presence_model::observation::{Source, SweepStatus};
use presence_model::profile::Profile;
use presence_model::projection::Delta;
use presence_model::state::ContentHash;
use presence_model::time::{TimeRange, Timestamp};

/// An account in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Which.
    pub account_id: AccountId,
    /// Its name, if it is known.
    pub name: Option<String>,
    /// When it was first recorded.
    pub first_seen_at: Timestamp,
}

/// Where an extension stands at the end of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionSummary {
    /// Which.
    pub extension_id: ExtensionId,
    /// Its latest profile; `None` if it was never listed.
    pub profile: Option<Arc<Profile>>,
    /// Whether its presence was ever observed; `false` for one that only the directory or a queue named.
    pub was_observed: bool,
    /// The IANA name of the time zone that is assumed of it when asking, where its own is not known: of its site, else of
    /// the account. A store leaves it out.
    pub assumed_zone: Option<Arc<str>>,
}

impl ExtensionSummary {
    /// The IANA name of its time zone: its own if that is known, else the one that is assumed.
    pub fn time_zone(&self) -> Option<&str> {
        let own = self
            .profile
            .as_deref()
            .and_then(|profile| profile.time_zone.as_deref());
        own.or(self.assumed_zone.as_deref())
    }
}

/// The time zone of a site, from some moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteZone {
    /// The name, as profiles have it; empty for the account itself.
    pub site: String,
    /// From when on it was known.
    pub since: Timestamp,
    /// The IANA name.
    pub time_zone: String,
}

/// One append: snapshots that follow one another, and the rows of the projections that change by them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Whose history.
    pub account_id: AccountId,
    /// The end of the log that the first snapshot was computed against.
    pub expected: (SnapshotNo, Position),
    /// The lease under which the writer writes, if it holds one.
    pub epoch: Option<Epoch>,
    /// The snapshots, in order, each with its events, and when each is recorded: the moment of the append, or in a copy
    /// of a history the moment at which the original was recorded.
    pub snapshots: Vec<(Snapshot, Timestamp)>,
    /// What [`presence_model::projection::fold`] gave for them.
    pub delta: Delta,
}

/// What the log holds under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The snapshot.
    pub snapshot_no: SnapshotNo,
    /// Its content.
    pub content_digest: ContentHash,
}

/// Who may write to an account's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// We may, under this epoch.
    Held(Epoch),
    /// Another holder may.
    Taken {
        /// Who.
        holder: String,
        /// Unless renewed, until then.
        expires_at: Timestamp,
    },
}

/// Which change events are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuery {
    /// Whose history.
    pub account_id: AccountId,
    /// Only events after this position.
    pub after: Position,
    /// Only events up to and including this position; `None`: to the end of the log.
    pub up_to: Option<Position>,
    /// Only events observed in here.
    pub window: TimeRange,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// At most so many, the earliest positions first.
    pub limit: u32,
}

/// An event with what its snapshot says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// The event.
    pub event: ChangeEvent,
    /// The snapshot that showed it.
    pub snapshot_no: SnapshotNo,
    /// What swept.
    pub source: Source,
    /// The extension's profile at the time of the event (after it, if it changes the profile): names are as of then.
    pub profile_then: Option<Arc<Profile>>,
}

/// A sweep that saw anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastSweep {
    /// When it began.
    pub started_at: Timestamp,
    /// Who existed but was not seen, ascending.
    pub unseen: Vec<ExtensionId>,
}

/// A sweep of the account, without what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepRow {
    /// Its number in the account's history.
    pub snapshot_no: SnapshotNo,
    /// What swept.
    pub source: Source,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent.
    pub started_at: Timestamp,
    /// When the last response had been received.
    pub finished_at: Timestamp,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// How many extensions were observed.
    pub observed_count: i64,
    /// Why it is not complete, for people.
    pub detail: Option<String>,
}

/// A sweep that saw no one: it failed, or was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedSweepRow {
    /// When it began, or should have.
    pub started_at: Timestamp,
    /// See [`presence_model::event::Snapshot::valid_for_ms`].
    pub valid_for_ms: i64,
    /// See [`presence_model::event::Snapshot::detail`].
    pub detail: Option<String>,
}

/// One extension's latest interval as of a moment, and what names it: all that `at` needs of nearly every extension.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestInterval {
    /// Whose.
    pub extension_id: ExtensionId,
    /// When it was last seen, if it exists: how far the open interval is known.
    pub last_seen: Option<Heartbeat>,
    /// The last interval that began at or before the moment; it may have ended before. `None` if none had begun.
    pub interval: Option<Interval>,
    /// The interval's status message, if there is one.
    pub message: Option<Arc<str>>,
    /// The extension's number at the moment.
    pub extension_number: Option<String>,
    /// Its name at the moment.
    pub name: Option<String>,
}

/// Whether status messages are needed: there may be very many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// Load them.
    Needed,
    /// Leave them out of the dictionary.
    NotNeeded,
}

/// What a rebuild does with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildMode {
    /// Replace the kept projections.
    Replace,
    /// Only compare: nothing is written.
    Check,
}

/// What a rebuild found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildReport {
    /// Snapshots folded.
    pub snapshot_count: i64,
    /// Events folded.
    pub event_count: i64,
    /// The projections, and the first key in each, where the kept rows differ from the rebuilt ones; empty if they agree.
    pub differences: Vec<String>,
}

/// What a check of a whole store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// What is not as it should be: each with its table, its row and what was expected.
    pub findings: Vec<String>,
    /// The accounts that anything is recorded of, also those whose row is missing.
    pub accounts: Vec<AccountId>,
}

/// What one step of packing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackStep {
    /// How many extensions' month it packed; 0: there is nothing to pack.
    pub extension_count: i64,
    /// How many of these had anything that ended in the month.
    pub block_count: i64,
    /// How many intervals that were.
    pub interval_count: i64,
    /// How many bytes they take now.
    pub byte_count: i64,
    /// How many months of extensions are left to pack.
    pub left_count: i64,
}

/// What a comparison of what is packed found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackCheck {
    /// Months of extensions that are packed.
    pub block_count: i64,
    /// How many intervals they hold.
    pub interval_count: i64,
    /// How many bytes they take.
    pub byte_count: i64,
    /// For each extension of which what is packed is not what its rows amount to: the first such month.
    pub differences: Vec<String>,
}
