//! Looks a file over.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, query, raw_sql};

use super::{BEGIN_WRITE, open};
use crate::model::ids::{AccountId, Epoch};
use crate::model::time::Timestamp;
use crate::store::dialect::Dialect;
use crate::store::examine::{Access, Examination, LeaseRow};
use crate::store::open::OpenMode;
use crate::store::{StoreError, sql};

/// How long another program's transaction is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// See [`crate::store::examine()`].
pub(in crate::store) async fn examine(location: &str) -> Result<Examination, StoreError> {
    let path = open::path_of(location)?;
    open::check_file(&path, OpenMode::ReadOnly)?;
    let shown = path.display().to_string();
    let explain = |error: sqlx::Error| Sqlite::explain(&shown, error.into());
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT);
    let reader = options.clone().read_only(true).connect().await;
    let mut reader = reader.map_err(explain)?;
    let integrity = quick_check(&mut reader).await.map_err(explain)?;
    let leases = leases(&mut reader).await.map_err(explain)?;
    reader.close().await.map_err(explain)?;
    let writing = try_to_write(&options).await;
    Ok(Examination {
        folder: path.parent().map(std::path::Path::to_owned),
        integrity,
        writing: writing.map_err(|error| Sqlite::explain(&shown, error.into()).to_string()),
        access: Access::Closed(
            "who gets at it is set by the rights of the file and its folder".to_owned(),
        ),
        leases,
    })
}

/// Reads every page, and compares without the indexes' order: seconds for a large file.
async fn quick_check(reader: &mut SqliteConnection) -> Result<Result<(), String>, sqlx::Error> {
    let row = query("pragma quick_check(1)").fetch_one(reader).await?;
    let told: String = row.try_get(0)?;
    Ok(if told == "ok" { Ok(()) } else { Err(told) })
}

async fn leases(reader: &mut SqliteConnection) -> Result<Vec<LeaseRow>, sqlx::Error> {
    let rows = query(sql::ALL_LEASES).fetch_all(reader).await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(LeaseRow {
            account_id: AccountId(row.try_get(0)?),
            holder: row.try_get(1)?,
            epoch: Epoch(row.try_get(2)?),
            expires_at: Timestamp::saturating_from_ms(row.try_get(3)?),
        })
    };
    rows.iter().map(read).collect()
}

/// Takes the write lock and gives it up.
async fn try_to_write(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut writer = options.connect().await?;
    raw_sql(BEGIN_WRITE).execute(&mut writer).await?;
    raw_sql("rollback").execute(&mut writer).await?;
    writer.close().await
}
