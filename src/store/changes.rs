//! Reading change events by time and by extension.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, query};

use super::codec::Columns;
use super::dictionary::Entries;
use super::log::{read_event, read_profile};
use super::read::id_list;
use super::{ChangesQuery, LoggedEvent, StoreError, dialect, sql, tables};
use crate::model::ids::{AccountId, Position};
use crate::model::time::Timestamp;

/// The columns of an event, two texts of messages, and what its snapshot and its extension's profiles add.
const COLUMNS: [&str; 18] = {
    let mut columns = [""; 18];
    let mut index = 0;
    while index < tables::EVENT.columns.len() {
        columns[index] = tables::EVENT.columns[index];
        index += 1;
    }
    columns[14] = "message_id";
    columns[15] = "previous_message_id";
    columns[16] = "source";
    columns[17] = "profile_id";
    columns
};

/// Change events, by position.
pub(super) async fn changes(
    connection: &mut SqliteConnection,
    entries: &Entries,
    asked: &ChangesQuery,
) -> Result<Vec<LoggedEvent>, StoreError> {
    let Some((after, up_to)) = positions(connection, asked).await? else {
        return Ok(Vec::new());
    };
    let statement = match asked.extensions {
        None => dialect::CHANGES,
        Some(_) => dialect::CHANGES_OF,
    };
    let mut bound = query(statement)
        .bind(asked.account_id.0)
        .bind(after.0)
        .bind(up_to.0)
        .bind(asked.window.from().as_ms())
        .bind(asked.window.to().as_ms())
        .bind(i64::from(asked.limit));
    if let Some(extensions) = &asked.extensions {
        bound = bound.bind(id_list(extensions));
    }
    let rows = bound.fetch_all(connection).await?;
    rows.iter().map(|row| read_logged(row, entries)).collect()
}

fn read_logged(row: &SqliteRow, entries: &Entries) -> Result<LoggedEvent, StoreError> {
    let columns = Columns::of(row, tables::EVENT.name, &COLUMNS, 2);
    let (event, snapshot_no) = read_event(row, entries)?;
    Ok(LoggedEvent {
        event,
        snapshot_no,
        source: columns.coded(16)?,
        profile_then: read_profile(&columns, entries, 17)?,
    })
}

/// The part of the log that the window can touch, without its first position; `None` if there is none.
async fn positions(
    connection: &mut SqliteConnection,
    asked: &ChangesQuery,
) -> Result<Option<(Position, Position)>, StoreError> {
    let account = asked.account_id;
    let Some(before) = position(
        connection,
        sql::POSITION_BEFORE,
        account,
        asked.window.from(),
    )
    .await?
    else {
        return Ok(None);
    };
    let until = position(connection, sql::POSITION_UNTIL, account, asked.window.to()).await?;
    let end = Position(i64::MAX);
    let up_to = until.unwrap_or(end).min(asked.up_to.unwrap_or(end));
    Ok(Some((before.max(asked.after), up_to)))
}

async fn position(
    connection: &mut SqliteConnection,
    statement: &'static str,
    account: AccountId,
    moment: Timestamp,
) -> Result<Option<Position>, StoreError> {
    let row = query(statement)
        .bind(account.0)
        .bind(moment.as_ms())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.map(Position))
}
