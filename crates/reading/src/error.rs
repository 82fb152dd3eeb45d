//! Why a question has no answer.

use presence_model::history::UnknownId;
use presence_model::ids::{AccountId, Position, SnapshotNo};
use presence_model::time::Timestamp;
use presence_store::StoreError;

use crate::as_of_view::AsOfPosition;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name that is neither in the account's history, nor documented by the platform, nor given by the policy.
    #[error("{what} {name:?}{hint}")]
    UnknownName {
        /// The parameter, which is the option of the same name.
        parameter: &'static str,
        /// What there is none of, as in `no call queue in the account's history is`.
        what: String,
        /// The name.
        name: String,
        /// What was probably meant, or what there is; of what the asker may see.
        hint: String,
    },
    /// Several call queues have the name that a policy asks for.
    #[error(
        "{} call queues are called {name:?}; name the one that is meant by its extension number: {}",
        numbers.len(),
        numbers.join(", ")
    )]
    SeveralQueues {
        /// The name.
        name: String,
        /// The extension numbers of the queues; the ids of those that have none.
        numbers: Vec<String>,
    },
    /// A policy asks call queues, and the question is about changes of the state.
    #[error(
        "policy {policy} asks call queues, whose changes are no changes of the state; ask for a timeline or episodes"
    )]
    AsksQueues {
        /// The policy.
        policy: String,
    },
    /// No snapshot of the log ends where it was asked: beyond its end, or within a snapshot.
    #[error(
        "the log of account {account_id} ends at position {position}, snapshot {snapshot_no}; it cannot be asked as of {asked}, where no snapshot ends; take a position from the `as_of` of an answer"
    )]
    BeyondTheLog {
        /// Whose log.
        account_id: AccountId,
        /// Its last event.
        position: Position,
        /// Its last snapshot.
        snapshot_no: SnapshotNo,
        /// What was asked for.
        asked: AsOfPosition,
    },
    /// The moment asked about is still to come.
    #[error("{moment} is still to come: it is {now} now; ask about an earlier moment")]
    NotYet {
        /// The moment that was asked for.
        moment: Timestamp,
        /// The present moment of the answer.
        now: Timestamp,
    },
    /// The policy gives no such class.
    #[error("policy {policy} has no class {class:?}: it gives {}", known.join(", "))]
    NoSuchClass {
        /// The policy.
        policy: String,
        /// What was asked for.
        class: String,
        /// The classes that it gives.
        known: Vec<String>,
    },
    /// Nothing had been recorded by the moment asked about.
    #[error(
        "nothing of account {account_id} had been recorded by {asked}: {}",
        match first_recorded_at {
            Some(at) => format!("its first snapshot was recorded at {at}; ask for a moment from then on"),
            None => "its log is empty".to_owned(),
        }
    )]
    NothingKnownYet {
        /// Whose log.
        account_id: AccountId,
        /// The moment that was asked for.
        asked: Timestamp,
        /// When its first snapshot was recorded.
        first_recorded_at: Option<Timestamp>,
    },
}

impl From<UnknownId> for AskError {
    fn from(unknown: UnknownId) -> Self {
        Self::Store(unknown.into())
    }
}
