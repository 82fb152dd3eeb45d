//! The event log and its projections in a database.
//!
//! The log is append-only; the projections are brought up to date in the same transaction and can be rebuilt from the
//! log. Nothing here decides what a change is: [`presence_model`] does, and the store keeps what it is given, whole or
//! not at all.

mod access;
mod append;
mod audit;
mod awaited;
mod changes;
mod codec;
mod columns;
mod contract;
pub mod copy;
mod daily;
mod derive;
mod dialect;
mod dictionary;
mod dictionary_cache;
mod error;
mod histories;
mod inspect;
mod intervals;
mod lease;
mod location;
mod log;
mod month_packing;
mod months;
mod open;
mod packed;
mod packing;
#[cfg(test)]
mod plans;
mod postgres;
mod queues;
mod read;
mod reading;
mod rebuild;
mod rows;
mod selected;
mod site_zones;
mod sql;
mod sql_store;
mod sqlite;
mod statistics;
mod tables;
mod timeouts;
mod tuples;
mod views;
mod writer;

pub use access::{
    ACCESS_ENTRY_MS, Access, AccessQuery, AccessRow, AccessStore, Digest, NewToken, TokenKind,
    TokenRow,
};
pub use awaited::{AwaitedStore, StoreHandle};
pub use contract::{AppendStore, MaintainStore, ReadStore, Reading, Store, refresh_statistics};
pub use derive::{Derived, TellDerived};
pub use dialect::{BoundQuery, Dialect, Parameters, RowStream, SqlxResult};
pub use error::StoreError;
pub use inspect::{Access as StoreAccess, Inspection, LeaseRow, inspect};
pub use location::{file_of, is_postgres, location_fault, redacted, without_passwords};
pub use open::{Durability, OpenMode, Opened, open, open_all, open_all_with_progress, open_file};
pub use postgres::{AccountReader, PostgresStore, RoleName, Roles};
pub use queues::{QueueMembers, QueueRows};
pub use rows::{
    AccountRow, Audit, Batch, ChangesQuery, ExtensionSummary, FailedSweepRow, LatestInterval,
    Lease, LoggedEvent, Messages, PackCheck, PackStep, PastSweep, RebuildMode, RebuildReport,
    Recorded, SiteZone, SweepRow,
};
pub use selected::{Selected, selected};
pub use sql_store::SqlStore;
pub use sqlite::SqliteStore;
pub use tuples::{TupleForm, Tuples};
pub use views::{Column, Kind, TakeRows, View, ViewQuery, ViewValue};
