//! Cutting a history into blocks.

use super::block::{Block, BlockKey, NotPackable};
use super::history::PackedBlock;
use crate::history::Interval;
use crate::ids::{AccountId, ExtensionId};
use crate::month::Month;
use crate::time::{TimeRange, Timestamp};

/// A month of one extension, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedMonth {
    /// The block.
    pub block: PackedBlock,
    /// How many intervals it holds.
    pub interval_count: usize,
}

/// Packs the intervals that ended in `month` and before `until`; `None` if none did. `intervals` are by time, and reach at
/// least from the last one that begins before the month to the last one that begins in it before `until`.
pub fn pack_month(
    account_id: AccountId,
    extension_id: ExtensionId,
    month: Month,
    until: Timestamp,
    intervals: &[Interval],
) -> Result<Option<PackedMonth>, NotPackable> {
    let Some(span) = TimeRange::new(month.start(), month.next().start().min(until)) else {
        return Ok(None);
    };
    let start = ended_before(intervals, span.from());
    let own = &intervals[start..ended_before(intervals, span.to())];
    let Some(first) = own.first() else {
        return Ok(None);
    };
    // Whatever goes on over the month's beginning is its own, since it ends in it.
    let carried = start
        .checked_sub(1)
        .map(|index| &intervals[index])
        .filter(|_| first.from >= span.from());
    let key = BlockKey {
        account_id,
        extension_id,
        month,
    };
    Ok(Some(PackedMonth {
        block: PackedBlock {
            month,
            bytes: Block::pack(key, carried, own)?,
        },
        interval_count: own.len(),
    }))
}

/// How many of the intervals ended before `moment`: the first ones.
pub fn ended_before(intervals: &[Interval], moment: Timestamp) -> usize {
    intervals.partition_point(|one| one.until.is_some_and(|until| until < moment))
}
