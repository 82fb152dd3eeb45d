//! Reading change events by time and by extension.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::Transaction;

use super::codec::Columns;
use super::dialect::{Dialect, Statement};
use super::entries::Entries;
use super::log::{read_event, read_profile};
use super::{ChangesQuery, LoggedEvent, StoreError, sql, tables};
use presence_core::model::ids::{AccountId, Position, ProfileId};
use presence_core::model::time::Timestamp;

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

/// Which of the columns name profiles.
const PROFILES: [usize; 3] = [12, 13, 17];

/// Change events, by position. Of the profiles, those are read that the events name and `entries` lacks.
pub(super) async fn changes<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &mut Arc<Entries>,
    asked: &ChangesQuery,
) -> Result<Vec<LoggedEvent>, StoreError> {
    let Some((after, up_to)) = positions(transaction, asked).await? else {
        return Ok(Vec::new());
    };
    let statement = match asked.extensions {
        None => sql::CHANGES,
        Some(_) => DB::CHANGES_OF,
    };
    let mut bound = Statement::<DB>::new(statement)
        .int(asked.account_id.0)
        .int(after.0)
        .int(up_to.0)
        .time(asked.window.from())
        .time(asked.window.to())
        .int(i64::from(asked.limit));
    if let Some(extensions) = &asked.extensions {
        bound = bound.ids(extensions);
    }
    let rows = bound.fetch_all(transaction).await?;
    let mut profiles = BTreeSet::new();
    for row in &rows {
        let columns = Columns::<DB>::of(row, tables::EVENT.name, &COLUMNS, 2);
        for index in PROFILES {
            profiles.extend(columns.opt_int(index)?.map(ProfileId));
        }
    }
    *entries = Entries::with_numbered(transaction, Arc::clone(entries), &profiles).await?;
    rows.iter()
        .map(|row| read_logged::<DB>(row, entries))
        .collect()
}

fn read_logged<DB: Dialect>(row: &DB::Row, entries: &Entries) -> Result<LoggedEvent, StoreError> {
    let columns = Columns::<DB>::of(row, tables::EVENT.name, &COLUMNS, 2);
    let (event, snapshot_no) = read_event::<DB>(row, entries)?;
    Ok(LoggedEvent {
        event,
        snapshot_no,
        source: columns.coded(16)?,
        profile_then: read_profile(&columns, entries, 17)?,
    })
}

/// The part of the log that the window can touch, without its first position; `None` if there is none.
async fn positions<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    asked: &ChangesQuery,
) -> Result<Option<(Position, Position)>, StoreError> {
    let account = asked.account_id;
    let Some(before) = position(
        transaction,
        sql::POSITION_BEFORE,
        account,
        asked.window.from(),
    )
    .await?
    else {
        return Ok(None);
    };
    let until = position(transaction, sql::POSITION_UNTIL, account, asked.window.to()).await?;
    let end = Position(i64::MAX);
    let up_to = until.unwrap_or(end).min(asked.up_to.unwrap_or(end));
    Ok(Some((before.max(asked.after), up_to)))
}

async fn position<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    statement: &'static str,
    account: AccountId,
    moment: Timestamp,
) -> Result<Option<Position>, StoreError> {
    let row = Statement::<DB>::new(statement)
        .int(account.0)
        .time(moment)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| {
        let columns = Columns::<DB>::of(&row, tables::SNAPSHOT.name, &["position"], 0);
        Ok(Position(columns.int(0)?))
    })
    .transpose()
}
