//! Reading change events by time and by extension.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::Transaction;

use super::columns::{Columns, Select};
use super::dialect::{Dialect, Statement};
use super::dictionary_cache::DictionaryCache;
use super::log::{read_event, read_profile};
use super::selected::{ChangeColumns, PositionColumns};
use super::{ChangesQuery, LoggedEvent, StoreError, sql};
use presence_model::ids::{AccountId, Position, ProfileId};
use presence_model::time::Timestamp;

/// Which of the columns name profiles.
const PROFILES: [ChangeColumns; 3] = [
    ChangeColumns::profile_id,
    ChangeColumns::previous_profile_id,
    ChangeColumns::profile_id_then,
];

/// Change events, by position. Of the profiles, those are read that the events name and `entries` lacks.
pub(super) async fn changes<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    entries: &mut Arc<DictionaryCache>,
    asked: &ChangesQuery,
) -> Result<Vec<LoggedEvent>, StoreError> {
    let Some((after, up_to)) = positions(transaction, asked).await? else {
        return Ok(Vec::new());
    };
    let statement = match asked.extensions {
        None => sql::CHANGES,
        Some(_) => Select::new(DB::CHANGES_OF),
    };
    let mut bound = Statement::<DB>::select(statement)
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
    for row in rows.iter() {
        for column in PROFILES {
            profiles.extend(row.opt_int(column)?.map(ProfileId));
        }
    }
    *entries = DictionaryCache::with_numbered(transaction, Arc::clone(entries), &profiles).await?;
    rows.read(|row| read_logged(row, entries))
}

fn read_logged<DB: Dialect>(
    row: Columns<'_, DB, ChangeColumns>,
    entries: &DictionaryCache,
) -> Result<LoggedEvent, StoreError> {
    let (event, snapshot_no) = read_event(row.first(), entries)?;
    Ok(LoggedEvent {
        event,
        snapshot_no,
        source: row.coded(ChangeColumns::source)?,
        profile_then: read_profile(row, entries, ChangeColumns::profile_id_then)?,
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
    statement: Select<PositionColumns>,
    account: AccountId,
    moment: Timestamp,
) -> Result<Option<Position>, StoreError> {
    let row = Statement::<DB>::select(statement)
        .int(account.0)
        .time(moment)
        .fetch_optional(transaction)
        .await?;
    row.map(|row| Ok(Position(row.columns().int(PositionColumns::position)?)))
        .transpose()
}
