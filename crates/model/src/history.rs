//! Recorded history as questions read it: sorted intervals, with states by number in a dictionary.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HashMap;

use super::coverage::{CoverageKind, CoverageSegment, Heartbeat};
use super::event::Snapshot;
use super::facet::Facet;
use super::ids::{AccountId, ExtensionId, MessageId, Position, ProfileId, SnapshotNo, StateId};
use super::known::{AccountState, Existence};
use super::profile::Profile;
use super::projection::{Delta, ExistenceInterval, fold};
use super::state::{Presence, State};
use super::time::Timestamp;

/// One extension's recorded history, or the part of it that a window needs.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionHistory {
    /// Whose.
    pub extension_id: ExtensionId,
    /// By time, never overlapping. When only a window was asked for: from the last one that begins before the
    /// window does to the second one that begins at or after its end: where the times of two pages overlap, that one
    /// too may have begun inside the window.
    pub intervals: Vec<Interval>,
    /// When it existed, by time; always all of them.
    pub existence: Vec<ExistenceInterval>,
    /// Its profiles, by time; always all of them.
    pub profiles: Vec<ProfileInterval>,
    /// When it was last seen, if it exists: how far the open interval is known, if that is after its beginning.
    pub last_seen: Option<Heartbeat>,
}

/// See [`super::projection::IntervalRow`], with the state by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// From when on the state is known.
    pub from: Timestamp,
    /// The change that opened it cannot have happened before; `None` after a first sweep or a gap.
    pub not_before: Option<Timestamp>,
    /// Until when nothing else is possible.
    pub certain_until: Option<Timestamp>,
    /// Until when the state is known; `None` while it goes on.
    pub until: Option<Timestamp>,
    /// The state.
    pub state_id: StateId,
    /// The status message, if there is one.
    pub message_id: Option<MessageId>,
    /// The event that brought the state.
    pub position: Position,
}

/// See [`super::projection::ProfileRow`], with the profile by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileInterval {
    /// From when on.
    pub from: Timestamp,
    /// Until when; `None` while it goes on.
    pub until: Option<Timestamp>,
    /// The profile.
    pub profile_id: ProfileId,
}

/// What the numbers in a history stand for.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    /// States by number.
    pub states: HashMap<StateId, Arc<State>>,
    /// Status messages by number.
    pub messages: HashMap<MessageId, Arc<str>>,
    /// Profiles by number.
    pub profiles: HashMap<ProfileId, Arc<Profile>>,
}

impl Dictionary {
    /// The value of a facet in an interval; `None` if the facet is absent.
    ///
    /// # Panics
    /// If the interval is not of the history that the dictionary belongs to.
    pub fn value(&self, interval: &Interval, facet: Facet) -> Option<&str> {
        match facet {
            Facet::Message => interval.message_id.map(|id| &*self.messages[&id]),
            _ => self.states[&interval.state_id].get(facet),
        }
    }

    /// A state by its number.
    pub fn state(&self, id: StateId) -> Result<&Arc<State>, UnknownId> {
        self.states.get(&id).ok_or(UnknownId::State(id))
    }

    /// A status message by its number.
    pub fn message(&self, id: MessageId) -> Result<&Arc<str>, UnknownId> {
        self.messages.get(&id).ok_or(UnknownId::Message(id))
    }

    /// A profile by its number.
    pub fn profile(&self, id: ProfileId) -> Result<&Arc<Profile>, UnknownId> {
        self.profiles.get(&id).ok_or(UnknownId::Profile(id))
    }

    /// What is shown by a state and a message.
    pub fn presence(
        &self,
        state_id: StateId,
        message_id: Option<MessageId>,
    ) -> Result<Presence, UnknownId> {
        let message = message_id.map(|id| self.message(id).cloned());
        Ok(Presence {
            state: Arc::clone(self.state(state_id)?),
            message: message.transpose()?,
        })
    }
}

/// A history mentions what the dictionary lacks: the store contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownId {
    /// No state has this number.
    #[error("a history mentions state {0}, which no state has as its number")]
    State(StateId),
    /// No status message has this number.
    #[error("a history mentions message {0}, which no message has as its number")]
    Message(MessageId),
    /// No profile has this number.
    #[error("a history mentions profile {0}, which no profile has as its number")]
    Profile(ProfileId),
}

/// Where the log stood when a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The last event.
    pub position: Position,
    /// The last snapshot.
    pub snapshot_no: SnapshotNo,
    /// The last sweep that saw anything.
    pub observed_until: Option<Timestamp>,
}

/// When the account was swept: the segments of one kind, by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Time ranges of sweeps that saw anything.
    pub observed: Vec<CoverageSegment>,
    /// Time ranges of complete sweeps.
    pub complete: Vec<CoverageSegment>,
}

/// The projections of a log, folded in memory: for questions about an older end of the log, and for tests.
#[derive(Clone, Debug)]
pub struct Replay {
    state: AccountState,
    kept: Delta,
}

impl Replay {
    /// The projections of the empty log.
    pub fn new(account_id: AccountId) -> Self {
        Self {
            state: AccountState::new(account_id),
            kept: Delta::default(),
        }
    }

    /// Folds the next snapshot of the log.
    pub fn fold(&mut self, snapshot: &Snapshot) {
        fold(&mut self.state, snapshot, &mut self.kept);
    }

    /// What is known at the end of what was folded.
    pub fn state(&self) -> &AccountState {
        &self.state
    }

    /// Every row of every projection.
    pub fn rows(&self) -> &Delta {
        &self.kept
    }

    /// Where the folded log ends.
    pub fn log_end(&self) -> LogEnd {
        LogEnd {
            position: self.state.position,
            snapshot_no: self.state.snapshot_no,
            observed_until: self.state.latest_heartbeat().map(|heartbeat| heartbeat.at),
        }
    }

    /// When the account was swept.
    pub fn coverage(&self) -> Coverage {
        let of = |wanted: CoverageKind| {
            let segments = self.kept.coverage.iter();
            segments
                .filter(|((kind, _), _)| *kind == wanted)
                .map(|(_, segment)| *segment)
                .collect()
        };
        Coverage {
            observed: of(CoverageKind::Observed),
            complete: of(CoverageKind::Complete),
        }
    }

    /// The whole history of every extension, by id, and what its numbers stand for.
    pub fn histories(&self) -> (Vec<ExtensionHistory>, Dictionary) {
        let mut numbers = IdAllocator::default();
        let mut histories: BTreeMap<ExtensionId, ExtensionHistory> = BTreeMap::new();
        for (&id, extension) in &self.state.extensions {
            let last_seen = match &extension.existence {
                Existence::Present(present) => Some(self.state.last_seen(present)),
                _ => None,
            };
            let history = ExtensionHistory {
                extension_id: id,
                intervals: Vec::new(),
                existence: Vec::new(),
                profiles: Vec::new(),
                last_seen,
            };
            histories.insert(id, history);
        }
        for (&(id, from), row) in &self.kept.intervals {
            let (state_id, message_id) = numbers.presence(&row.presence);
            let history = histories.get_mut(&id).expect(ROWS_ARE_OF_KNOWN);
            history.intervals.push(Interval {
                from,
                not_before: row.not_before,
                certain_until: row.certain_until,
                until: row.until,
                state_id,
                message_id,
                position: row.position,
            });
        }
        for (&(id, _), row) in &self.kept.existence {
            let history = histories.get_mut(&id).expect(ROWS_ARE_OF_KNOWN);
            history.existence.push(*row);
        }
        for (&(id, from), row) in &self.kept.profiles {
            let history = histories.get_mut(&id).expect(ROWS_ARE_OF_KNOWN);
            history.profiles.push(ProfileInterval {
                from,
                until: row.until,
                profile_id: numbers.profile(&row.profile),
            });
        }
        (histories.into_values().collect(), numbers.dictionary)
    }
}

const ROWS_ARE_OF_KNOWN: &str = "rows belong to extensions that are known";

/// Gives out the numbers of a dictionary, in the order of first use.
#[derive(Debug, Default)]
struct IdAllocator {
    dictionary: Dictionary,
    states: HashMap<super::state::ContentHash, StateId>,
    messages: HashMap<Arc<str>, MessageId>,
    profiles: HashMap<super::state::ContentHash, ProfileId>,
}

impl IdAllocator {
    fn presence(&mut self, presence: &Presence) -> (StateId, Option<MessageId>) {
        let next = StateId(next_number(self.states.len()));
        let state_id = *self
            .states
            .entry(*presence.state.content_hash())
            .or_insert(next);
        self.dictionary
            .states
            .entry(state_id)
            .or_insert_with(|| Arc::clone(&presence.state));
        let message_id = presence.message.as_ref().map(|message| {
            let next = MessageId(next_number(self.messages.len()));
            let id = *self.messages.entry(Arc::clone(message)).or_insert(next);
            self.dictionary
                .messages
                .entry(id)
                .or_insert_with(|| Arc::clone(message));
            id
        });
        (state_id, message_id)
    }

    fn profile(&mut self, profile: &Arc<Profile>) -> ProfileId {
        let next = ProfileId(next_number(self.profiles.len()));
        let id = *self.profiles.entry(profile.content_hash()).or_insert(next);
        self.dictionary
            .profiles
            .entry(id)
            .or_insert_with(|| Arc::clone(profile));
        id
    }
}

fn next_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1)
}
