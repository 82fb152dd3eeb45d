//! Inspects a store without changing anything, for an operator who wants to know whether it is in order.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::path::PathBuf;

use super::location::is_postgres;
use super::{StoreError, postgres, sqlite};
use presence_model::ids::{AccountId, Epoch};
use presence_model::time::Timestamp;

/// What was found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The folder of the file; `None` for a server's database.
    pub folder: Option<PathBuf>,
    /// Whether the database finds its own pages and indexes in order; else what it complains of.
    pub integrity: Result<(), String>,
    /// Whether this user may write; else why not.
    pub writing: Result<(), String>,
    /// Who else gets at it.
    pub access: Access,
    /// Who may write to which account's history.
    pub leases: Vec<LeaseRow>,
}

/// Whether others get at a store past the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// They do not; how that is known.
    Closed(String),
    /// They can read it, or the files next to it.
    Readable {
        /// What was found.
        found: String,
        /// What to do.
        advice: String,
    },
    /// They can change what it does.
    Open {
        /// What was found.
        found: String,
        /// What to do.
        advice: String,
    },
}

/// A lease as it stands in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Whose history.
    pub account_id: AccountId,
    /// Who has it; `None`: it was given up.
    pub holder: Option<String>,
    /// Under which epoch.
    pub epoch: Epoch,
    /// Unless renewed, until then.
    pub expires_at: Timestamp,
}

/// Inspects the store that `location` names; it must be there. Nothing is written, and tables are not brought up to
/// date. Whether it can be written to is tried by beginning to, and giving up.
pub fn inspect(location: &str) -> BoxFuture<'_, Result<Inspection, StoreError>> {
    if is_postgres(location) {
        postgres::inspect(location).boxed()
    } else {
        sqlite::inspect(location).boxed()
    }
}
