//! Which database a location names, and opening it.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::location::is_postgres;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::{AccessStore, Store, StoreError, TellDerived, derive};

/// What to do with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Read and write; make a new store if there is none. One of an older version is brought up to date, however long it
    /// takes to derive again what follows from the log.
    Create,
    /// Read and write a store that must be there; see [`OpenMode::Create`].
    Existing,
    /// Read a store that must be there, also while a collector writes to it, also on a medium that cannot be written. One
    /// that is not up to date is refused.
    ReadOnly,
}

/// What a successful append survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// The loss of power: each append is synchronised to the medium (`synchronous=full`, `synchronous_commit=on`).
    #[default]
    PowerLoss,
    /// The death of the program, but the last appends may be missing after a loss of power. For data that can be made
    /// again, such as a demonstration's.
    Relaxed,
}

/// Opens the store that `location` names: `postgres://…` (also `postgresql://…`) is a Postgres database, anything else
/// a SQLite file, with or without `sqlite:` before its path.
///
/// The future is boxed, here and below: one that is not is compiled again in every crate that awaits it, and with it all of the
/// store, for both databases.
pub fn open(
    location: &str,
    mode: OpenMode,
    durability: Durability,
) -> BoxFuture<'_, Result<Arc<dyn Store>, StoreError>> {
    async move { Ok(open_all(location, mode, durability).await?.history) }.boxed()
}

/// Opens the store in a file, whatever its name looks like: a path, or `sqlite:` (also `sqlite://`) before a path.
pub fn open_file(
    location: &str,
    mode: OpenMode,
    durability: Durability,
) -> BoxFuture<'_, Result<Arc<dyn Store>, StoreError>> {
    async move {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(location, mode, durability).await?);
        Ok(store)
    }
    .boxed()
}

/// Opens the store that `location` names, as [`open`] does, with its tokens and its access log: who may ask over the network, and who asked.
pub fn open_all(
    location: &str,
    mode: OpenMode,
    durability: Durability,
) -> BoxFuture<'_, Result<Opened, StoreError>> {
    open_all_with_progress(location, mode, durability, derive::to_log())
}

/// The same. If the derived tables must be derived again from the log first, `tell` is called with the progress.
pub fn open_all_with_progress(
    location: &str,
    mode: OpenMode,
    durability: Durability,
    tell: TellDerived,
) -> BoxFuture<'_, Result<Opened, StoreError>> {
    open_either(location, mode, durability, tell).boxed()
}

async fn open_either(
    location: &str,
    mode: OpenMode,
    durability: Durability,
    tell: TellDerived,
) -> Result<Opened, StoreError> {
    if is_postgres(location) {
        let store = PostgresStore::open_with_progress(location, mode, durability, tell).await?;
        let store = Arc::new(store);
        let history: Arc<dyn Store> = Arc::<PostgresStore>::clone(&store);
        return Ok(Opened {
            history,
            access: store,
        });
    }
    let store = SqliteStore::open_with_progress(location, mode, durability, tell).await?;
    let store = Arc::new(store);
    let history: Arc<dyn Store> = Arc::<SqliteStore>::clone(&store);
    Ok(Opened {
        history,
        access: store,
    })
}

/// A store that is open.
#[derive(Clone)]
pub struct Opened {
    /// The history.
    pub history: Arc<dyn Store>,
    /// Who may ask over the network, and who asked.
    pub access: Arc<dyn AccessStore>,
}
