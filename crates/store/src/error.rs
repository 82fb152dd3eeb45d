//! Why a store did not do what it was asked.

use presence_model::history::UnknownId;
use presence_model::ids::{AccountId, Epoch, SnapshotNo};
use presence_model::packed::BlockError;

/// What can go wrong, by what a caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer appended in the meantime: load again, compare again, append again.
    #[error(
        "the history of account {account_id} has grown since it was read (it ends with snapshot {actual}, not {expected})"
    )]
    HeadMoved {
        /// Whose history.
        account_id: AccountId,
        /// The snapshot that it should have ended with.
        expected: SnapshotNo,
        /// The snapshot that it ends with.
        actual: SnapshotNo,
    },
    /// Another collector has taken over: stop writing.
    #[error(
        "another collector has taken over account {account_id} (lease epoch {actual}, ours was {ours})"
    )]
    LeaseLost {
        /// Whose history.
        account_id: AccountId,
        /// The epoch we wrote under.
        ours: Epoch,
        /// The epoch in force.
        actual: Epoch,
    },
    /// Another program has written the same part of the daily table in the meantime: compute it again.
    #[error(
        "another program is bringing the daily table of account {account_id}, {facet}, up to date; try again when it is through"
    )]
    DailyMoved {
        /// Whose history.
        account_id: AccountId,
        /// The facet's name.
        facet: &'static str,
    },
    /// The same key with other content.
    #[error(
        "account {account_id} already has other content under the key {key:?} (snapshot {snapshot_no}); nothing was overwritten"
    )]
    KeyReused {
        /// Whose history.
        account_id: AccountId,
        /// The idempotency key.
        key: String,
        /// What is recorded under it.
        snapshot_no: SnapshotNo,
    },
    /// The store cannot be used: not ours, too new, read-only or corrupt. The text says which and what to do.
    #[error("{0}")]
    Unusable(String),
    /// There is no store yet, or nothing in it: the first sweep or import makes it. The text says where it was expected,
    /// and how to fill it.
    #[error("{0}")]
    NotYet(String),
    /// The store cannot be used for the moment: it cannot be reached, has no room, or is in use. The text says which. The
    /// same may well succeed a little later, with nothing lost.
    #[error("{0}")]
    Away(String),
    /// The writer's own mistake, found just before it would have been written.
    #[error(
        "a batch that breaks the rules of the log was refused, and nothing of it was stored: {0}"
    )]
    Invalid(String),
    /// A row breaks our own rules.
    #[error(
        "the store contradicts itself in {table}, {column} of {key}; run `presence rebuild --check` and keep a copy of the store"
    )]
    Inconsistent {
        /// In which table.
        table: &'static str,
        /// In which column.
        column: &'static str,
        /// In which row.
        key: String,
    },
    /// Packed history cannot be read.
    #[error(transparent)]
    Packed(#[from] BlockError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<UnknownId> for StoreError {
    fn from(unknown: UnknownId) -> Self {
        let (table, column, id) = match unknown {
            UnknownId::State(id) => ("state", "state_id", id.0),
            UnknownId::Message(id) => ("message", "message_id", id.0),
            UnknownId::Profile(id) => ("profile", "profile_id", id.0),
        };
        let key = format!("{id}, which the history mentions");
        Self::Inconsistent { table, column, key }
    }
}

impl StoreError {
    /// Whether the same may well succeed a little later, with nothing lost.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}
