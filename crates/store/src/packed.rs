//! Reading what is packed: blocks for what is past, and rows for the tail.

use std::collections::BTreeMap;

use sqlx::Transaction;

use super::StoreError;
use super::columns::{Columns, Select};
use super::dialect::{Dialect, Statement};
use super::intervals::intervals;
use super::selected::{BlockColumns, PackedUntilColumns};
use super::tables::HISTORY_PACKED;
use super::tuples::Origin;
use presence_model::HashMap;
use presence_model::history::Interval;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::month::Month;
use presence_model::packed::{PackedBlock, ended_before};
use presence_model::time::{TimeRange, Timestamp};

/// So many intervals that end after the month in which a window ends are enough: the first of them may have begun
/// before the window's end, the second one it needs is the third.
const ENOUGH_AFTER: i64 = 3;

/// One extension's intervals, packed in part.
#[derive(Default)]
pub(super) struct Packed {
    pub(super) blocks: Vec<PackedBlock>,
    pub(super) tail: Vec<Interval>,
}

/// What `window` needs of each of the extensions `wanted`.
pub(super) async fn packed<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    wanted: &[ExtensionId],
    window: TimeRange,
) -> Result<HashMap<ExtensionId, Packed>, StoreError> {
    let packed_months = packed_until(transaction, account, wanted).await?;
    let is_packed = |id: &ExtensionId| {
        packed_months
            .get(id)
            .is_some_and(|until| window.from() < *until)
    };
    let (past, recent): (Vec<ExtensionId>, Vec<ExtensionId>) =
        wanted.iter().partition(|id| is_packed(id));
    let mut found: HashMap<ExtensionId, Packed> = HashMap::default();
    for (id, tail) in read_rows(transaction, account, &recent, window).await? {
        found.entry(id).or_default().tail = tail;
    }
    if past.is_empty() {
        return Ok(found);
    }
    let first = Month::of(window.from());
    let last = Month::of(window.to().plus_ms(-1));
    let mut counts: HashMap<ExtensionId, i64> = HashMap::default();
    for block in blocks(transaction, account, &past, (first, last)).await? {
        if block.block.month > last {
            *counts.entry(block.extension_id).or_default() += block.interval_count;
        }
        let packed = found.entry(block.extension_id).or_default();
        packed.blocks.push(block.block);
    }
    for (start, ids) in with_tail(&past, &packed_months, &counts, window) {
        let to = window.to().max(start.plus_ms(1));
        let Some(tail_window) = TimeRange::new(start, to) else {
            continue;
        };
        for (id, mut tail) in read_rows(transaction, account, &ids, tail_window).await? {
            tail.drain(..ended_before(&tail, start));
            found.entry(id).or_default().tail = tail;
        }
    }
    Ok(found)
}

/// Of whom the tail is needed as well, by the moment at which it begins.
fn with_tail(
    past: &[ExtensionId],
    packed_months: &HashMap<ExtensionId, Timestamp>,
    counts: &HashMap<ExtensionId, i64>,
    window: TimeRange,
) -> BTreeMap<Timestamp, Vec<ExtensionId>> {
    let mut with_tail: BTreeMap<Timestamp, Vec<ExtensionId>> = BTreeMap::new();
    for id in past {
        let count = counts.get(id).copied().unwrap_or(0);
        if let Some(until) = packed_months.get(id)
            && (count < ENOUGH_AFTER || window.to() > *until)
        {
            with_tail.entry(*until).or_default().push(*id);
        }
    }
    with_tail
}

async fn read_rows<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    wanted: &[ExtensionId],
    window: TimeRange,
) -> Result<Vec<(ExtensionId, Vec<Interval>)>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    intervals(transaction, account, wanted, window).await
}

/// A row of [`HISTORY_PACKED`] without its account.
#[derive(serde::Deserialize)]
struct PackedMonthTuple {
    extension_id: i64,
    until: i64,
}

/// Up to where each of the extensions is packed.
pub(super) async fn packed_until<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    wanted: &[ExtensionId],
) -> Result<HashMap<ExtensionId, Timestamp>, StoreError> {
    let rows: Vec<PackedMonthTuple> = Statement::<DB>::tuples(&DB::PACKED_OF)?
        .int(account.0)
        .ids(wanted)
        .fetch_tuples(transaction)
        .await?;
    let of_row = |row: PackedMonthTuple| {
        let origin = Origin {
            table: HISTORY_PACKED.name,
            key: &[account.0, row.extension_id],
        };
        let until = origin.moment("until", row.until)?;
        Ok((ExtensionId(row.extension_id), until))
    };
    rows.into_iter().map(of_row).collect()
}

/// A row of [`HISTORY_PACKED`].
pub(super) fn read_packed<DB: Dialect>(
    row: Columns<'_, DB, PackedUntilColumns>,
) -> Result<(ExtensionId, Timestamp), StoreError> {
    Ok((
        ExtensionId(row.int(PackedUntilColumns::extension_id)?),
        row.time(PackedUntilColumns::until)?,
    ))
}

/// A block as it is kept.
pub(super) struct KeptBlock {
    pub(super) extension_id: ExtensionId,
    pub(super) block: PackedBlock,
    pub(super) interval_count: i64,
}

/// The blocks of the extensions `wanted` that may be needed of the months from the first to the last of `months`, by
/// extension and month.
pub(super) async fn blocks<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    wanted: &[ExtensionId],
    months: (Month, Month),
) -> Result<Vec<KeptBlock>, StoreError> {
    let rows = Statement::<DB>::select(Select::new(DB::BLOCKS_OF))
        .int(account.0)
        .ids(wanted)
        .int(months.0.number())
        .int(months.1.number())
        .fetch_all(transaction)
        .await?;
    rows.read(read_block)
}

fn read_block<DB: Dialect>(row: Columns<'_, DB, BlockColumns>) -> Result<KeptBlock, StoreError> {
    use BlockColumns as C;
    let bytes = row.opt_blob(C::content)?;
    let month = Month::from_number(row.int(C::month)?);
    Ok(KeptBlock {
        extension_id: ExtensionId(row.int(C::extension_id)?),
        block: PackedBlock {
            month: month.ok_or_else(|| row.inconsistent(C::month))?,
            bytes: bytes.ok_or_else(|| row.inconsistent(C::content))?.to_vec(),
        },
        interval_count: row.int(C::interval_count)?,
    })
}
