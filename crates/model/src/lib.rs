//! What is recorded, and the laws it obeys. Pure: no database, network, clock or randomness.
//!
//! An [`observation::Sweep`] is one poll of an account. [`diff::diff`] compares it with what is known
//! ([`known::AccountState`]) and gives a [`event::Snapshot`]: the row that says what swept when, and the change
//! events. [`projection::fold`] brings the known state and every projection up to date with one snapshot; the
//! collector, an import and a rebuild all go through it.

pub mod cause;
pub mod coverage;
pub mod daily;
pub mod diff;
pub mod digest;
pub mod event;
pub mod facet;
pub mod history;
pub mod ids;
pub mod known;
pub mod leb128;
pub mod month;
mod named;
pub mod observation;
pub mod packed;
pub mod profile;
pub mod projection;
pub mod pseudonym;
pub mod queue;
pub mod queue_diff;
pub mod queue_projection;
pub mod renamed;
pub mod state;
pub mod text;
pub mod time;

/// The hash map used throughout the core: fast, and seeded per process against crafted keys.
pub type HashMap<K, V> = hashbrown::HashMap<K, V, foldhash::fast::RandomState>;
