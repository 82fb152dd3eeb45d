//! Making blocks: of a month's rows, or of the month's block so far and the rows after it.

use std::collections::BTreeMap;

use sqlx::Transaction;

use super::StoreError;
use super::dialect::Dialect;
use super::intervals::intervals;
use super::packed::blocks;
use super::tables::PRESENCE_INTERVAL;
use presence_model::HashMap;
use presence_model::history::Interval;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::month::Month;
use presence_model::packed::{
    Block, BlockKey, NotPackable, PackedMonth, Parts, ended_before, pack_month,
};
use presence_model::time::{TimeRange, Timestamp};

/// An extension, and up to where it is packed.
pub(super) type PackedUntil = (ExtensionId, Timestamp);

/// Packs what ended in a month before `until`, of extensions that are packed up to some moment of that month.
pub(super) async fn packed_month<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[PackedUntil],
    month: Month,
    until: Timestamp,
) -> Result<Vec<(ExtensionId, PackedMonth)>, StoreError> {
    let mut begun = begun(transaction, account, extensions, month).await?;
    // Whose month has no block yet is read from its beginning.
    let mut by_start: BTreeMap<Timestamp, Vec<ExtensionId>> = BTreeMap::new();
    for (id, packed) in extensions {
        let start = if begun.contains_key(id) {
            *packed
        } else {
            month.start()
        };
        by_start.entry(start).or_default().push(*id);
    }
    let mut packed_months = Vec::with_capacity(extensions.len());
    for (start, ids) in by_start {
        let Some(span) = TimeRange::new(start, until) else {
            continue;
        };
        for (id, mut rows) in intervals(transaction, account, &ids, span).await? {
            let history = match begun.remove(&id) {
                Some(mut history) => {
                    history.extend(rows.drain(ended_before(&rows, start)..));
                    history
                }
                None => rows,
            };
            let packed = pack_month(account, id, month, until, &history);
            let packed = packed.map_err(|error| not_packable(account, id, error))?;
            packed_months.extend(packed.map(|packed| (id, packed)));
        }
    }
    Ok(packed_months)
}

/// What the month's block holds already, of those that have one that can be read.
async fn begun<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extensions: &[PackedUntil],
    month: Month,
) -> Result<HashMap<ExtensionId, Vec<Interval>>, StoreError> {
    let begun = extensions
        .iter()
        .filter(|(_, packed)| *packed > month.start());
    let begun: Vec<ExtensionId> = begun.map(|(id, _)| *id).collect();
    let mut found = HashMap::default();
    if begun.is_empty() {
        return Ok(found);
    }
    let kept = blocks(transaction, account, &begun, (month, month)).await?;
    for one in kept.iter().filter(|one| one.block.month == month) {
        let key = BlockKey {
            account_id: account,
            extension_id: one.extension_id,
            month,
        };
        let mut history = Vec::new();
        let block = Block::open(key, &one.block.bytes, Parts::All);
        match block.and_then(|block| block.unpack(&mut history)) {
            Ok(()) => {
                found.insert(one.extension_id, history);
            }
            // The rows have it all.
            Err(error) => tracing::warn!(%error, "a damaged block is made again"),
        }
    }
    Ok(found)
}

pub(super) fn not_packable(
    account: AccountId,
    extension: ExtensionId,
    error: NotPackable,
) -> StoreError {
    StoreError::Inconsistent {
        table: PRESENCE_INTERVAL.name,
        column: "duration_ms",
        key: format!("{account}, {extension}, {}", error.from.as_ms()),
    }
}
