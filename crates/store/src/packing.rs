//! Packing what is past, some extensions' month at a time.
//!
//! Each step is a transaction of its own that moves the extensions it packs on by a month, or to the end of the last day
//! that is over, so it can be stopped after any, and a step that is repeated finds nothing left to do. What ended before the last sweep of an extension never
//! changes again, since history only grows forward in time: that is what may be packed.

use std::sync::LazyLock;

use sqlx::{Connection, Transaction};

use super::append::{Head, lock_head, read_head};
use super::dialect::{Dialect, RowStatement, Statement};
use super::intervals::intervals;
use super::month_packing::{PackedUntil, not_packable, packed_month};
use super::packed::{KeptBlock, blocks, read_packed};
use super::read::latest_segment;
use super::selected::{LeftColumns, UnpackedColumns};
use super::tables::{HISTORY_BLOCK, HISTORY_PACKED};
use super::writer::Writer;
use super::{PackCheck, PackStep, StoreError, sql};
use presence_model::coverage::CoverageKind;
use presence_model::history::Interval;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::month::Month;
use presence_model::packed::{Block, BlockError, BlockKey, PackedMonth, Parts, pack_month};
use presence_model::time::{TimeRange, Timestamp};

/// Extensions whose whole packed history is compared at once.
const CHECKED_AT_ONCE: usize = 16;

static UPSERT_BLOCKS: LazyLock<RowStatement> = LazyLock::new(|| {
    let table = &HISTORY_BLOCK;
    RowStatement::upsert(table.name, table.columns, table.key_length)
});

static UPSERT_PACKED: LazyLock<RowStatement> = LazyLock::new(|| {
    let table = &HISTORY_PACKED;
    RowStatement::upsert(table.name, table.columns, table.key_length)
});

/// Packs the next month of at most `at_most` extensions.
pub(super) async fn pack<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    at_most: u32,
) -> Result<PackStep, StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    let step = pack_within(&mut transaction, account, at_most, None).await?;
    transaction.commit().await?;
    Ok(step)
}

/// The same within a transaction, as far as days before `end` are over.
pub(super) async fn pack_within<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    at_most: u32,
    end: Option<Timestamp>,
) -> Result<PackStep, StoreError> {
    let Some(over) = over_until(transaction, account).await? else {
        return Ok(PackStep::default());
    };
    let end = end.map_or(over, |end| end.min(over));
    begin(transaction, account).await?;
    let next = next_to_pack(transaction, account, at_most, end).await?;
    let Some(&(_, until)) = next.first() else {
        return Ok(PackStep::default());
    };
    let month = Month::of(until);
    let count = next
        .iter()
        .take_while(|(_, other)| Month::of(*other) == month)
        .count();
    let extensions = &next[..count];
    let mut step = PackStep {
        extension_count: i64::try_from(count).unwrap_or(i64::MAX),
        ..PackStep::default()
    };
    let until = end.min(month.next().start());
    let packed_months = packed_month(transaction, account, extensions, month, until).await?;
    for (_, one) in &packed_months {
        step.block_count += 1;
        step.interval_count += i64::try_from(one.interval_count).unwrap_or(i64::MAX);
        step.byte_count += i64::try_from(one.block.bytes.len()).unwrap_or(i64::MAX);
    }
    write_blocks(transaction, account, &packed_months).await?;
    let moved: Vec<PackedUntil> = extensions.iter().map(|(id, _)| (*id, until)).collect();
    write_packed(transaction, account, &moved).await?;
    step.left_count = left(transaction, account, end).await?;
    Ok(step)
}

/// The beginning of the first day (UTC) that is not over: some sweep that saw anything ended after each day before it.
async fn over_until<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<Timestamp>, StoreError> {
    let head = lock_head(transaction, account).await?;
    over_until_of(transaction, account, head).await
}

/// The same for one who only reads.
async fn over_until_read<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Option<Timestamp>, StoreError> {
    let head = read_head(transaction, account).await?;
    over_until_of(transaction, account, head).await
}

async fn over_until_of<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    head: Option<Head>,
) -> Result<Option<Timestamp>, StoreError> {
    let observed = latest_segment(transaction, account, CoverageKind::Observed).await?;
    let finished_at = head.and_then(|head| head.finished_at);
    Ok(finished_at
        .zip(observed)
        .map(|(finished_at, observed)| finished_at.min(observed.until).start_of_day()))
}

/// Notes in which month the history of those begins of whom nothing was packed yet.
async fn begin<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<(), StoreError> {
    let rows = Statement::<DB>::select(sql::NEVER_PACKED)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    let begun = rows.read(|row| {
        let month = Month::of(row.time(UnpackedColumns::from)?);
        let id = ExtensionId(row.int(UnpackedColumns::extension_id)?);
        Ok((id, month.start()))
    })?;
    write_packed(transaction, account, &begun).await
}

/// Of whom more can be packed, the earliest first, with up to where they are packed.
async fn next_to_pack<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    at_most: u32,
    end: Timestamp,
) -> Result<Vec<PackedUntil>, StoreError> {
    let rows = Statement::<DB>::select(sql::NEXT_TO_PACK)
        .int(account.0)
        .time(end)
        .int(i64::from(at_most))
        .fetch_all(transaction)
        .await?;
    rows.read(read_packed)
}

/// How many months of extensions are left to pack; one that is not over counts too.
async fn left<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    end: Timestamp,
) -> Result<i64, StoreError> {
    let last = Month::of(end.plus_ms(-1));
    let rows = Statement::<DB>::select(sql::LEFT_TO_PACK)
        .int(account.0)
        .time(end)
        .fetch_all(transaction)
        .await?;
    let mut left = 0;
    for row in rows.iter() {
        let until = row.time(LeftColumns::until)?;
        let months = last.since(Month::of(until)).saturating_add(1);
        let count = row.int(LeftColumns::count)?;
        left = months.saturating_mul(count).saturating_add(left);
    }
    Ok(left)
}

async fn write_blocks<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    blocks: &[(ExtensionId, PackedMonth)],
) -> Result<(), StoreError> {
    UPSERT_BLOCKS
        .execute(transaction, blocks, |bound, (id, packed_months)| {
            bound
                .int(account.0)
                .int(id.0)
                .int(packed_months.block.month.number())
                .int(i64::try_from(packed_months.interval_count).unwrap_or(i64::MAX))
                .blob(&packed_months.block.bytes)
        })
        .await
}

async fn write_packed<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    packed_months: &[PackedUntil],
) -> Result<(), StoreError> {
    UPSERT_PACKED
        .execute(transaction, packed_months, |bound, (id, until)| {
            bound.int(account.0).int(id.0).time(*until)
        })
        .await
}

/// See [`reopen`].
pub(super) async fn unpack<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    extension: ExtensionId,
    from: Timestamp,
) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    lock_head(&mut transaction, account).await?;
    reopen(&mut transaction, account, extension, from).await?;
    Ok(transaction.commit().await?)
}

/// Takes apart what is packed of an extension from the month of `from` on: before something is changed or erased of
/// its past, in the same transaction. Questions then read the rows, and the next step packs them again.
pub(super) async fn reopen<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    extension: ExtensionId,
    from: Timestamp,
) -> Result<(), StoreError> {
    let month = Month::of(from);
    Statement::<DB>::new(sql::DELETE_BLOCKS)
        .int(account.0)
        .int(extension.0)
        .int(month.number())
        .execute(transaction)
        .await?;
    Statement::<DB>::new(sql::REOPEN)
        .int(account.0)
        .int(extension.0)
        .time(month.start())
        .execute(transaction)
        .await?;
    Ok(())
}

/// Packs again, within a transaction, all that was packed of an account.
pub(super) async fn repack<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<(), StoreError> {
    const AT_ONCE: u32 = 200;
    let packed_months = all_packed(transaction, account).await?;
    let Some(end) = packed_months.iter().map(|(_, until)| *until).max() else {
        return Ok(());
    };
    forget(transaction, account).await?;
    while pack_within(transaction, account, AT_ONCE, Some(end))
        .await?
        .extension_count
        > 0
    {}
    Ok(())
}

/// Forgets all that was packed of an account: questions read the rows until it is packed again.
pub(super) async fn forget<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<(), StoreError> {
    for statement in [sql::DELETE_ALL_BLOCKS, sql::DELETE_ALL_PACKED] {
        Statement::<DB>::new(statement)
            .int(account.0)
            .execute(transaction)
            .await?;
    }
    Ok(())
}

async fn all_packed<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Vec<PackedUntil>, StoreError> {
    let rows = Statement::<DB>::select(sql::PACKED)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    rows.read(read_packed)
}

/// Compares what is packed with the rows that it was made from.
pub(super) async fn check<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<PackCheck, StoreError> {
    let packed_months = all_packed(transaction, account).await?;
    let over = over_until_read(transaction, account).await?;
    let mut check = PackCheck::default();
    let too_late = packed_months
        .iter()
        .find(|(_, until)| over.is_none_or(|over| *until > over));
    check.differences.extend(too_late.map(|(id, until)| {
        format!(
            "{} (account_id {account}, extension_id {id}): until is {until}, and the sweeps do not reach that far",
            HISTORY_PACKED.name
        )
    }));
    // After the last sweep there is nothing to compare.
    let packed_months: Vec<PackedUntil> = packed_months
        .into_iter()
        .map(|(id, until)| (id, over.map_or(until, |over| until.min(over))))
        .collect();
    for chunk in packed_months.chunks(CHECKED_AT_ONCE) {
        check_some(transaction, account, chunk, &mut check).await?;
    }
    Ok(check)
}

async fn check_some<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    packed_months: &[PackedUntil],
    check: &mut PackCheck,
) -> Result<(), StoreError> {
    let ids: Vec<ExtensionId> = packed_months.iter().map(|(id, _)| *id).collect();
    let always = (Month::of(Timestamp::MIN), Month::of(Timestamp::MAX));
    let kept = blocks(transaction, account, &ids, always).await?;
    for one in &kept {
        check.block_count += 1;
        check.interval_count += one.interval_count;
        check.byte_count += i64::try_from(one.block.bytes.len()).unwrap_or(i64::MAX);
    }
    let always = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("time is long");
    let rows = intervals(transaction, account, &ids, always).await?;
    for (id, until) in packed_months {
        let rows = rows.iter().find(|(other, _)| other == id);
        let rows = rows.map_or(&[][..], |(_, rows)| rows);
        let kept = kept.iter().filter(|one| one.extension_id == *id);
        let kept: Vec<&KeptBlock> = kept.collect();
        check
            .differences
            .extend(differing(account, *id, *until, rows, &kept)?);
    }
    Ok(())
}

/// The first month in which what is packed of an extension is not what its rows amount to.
fn differing(
    account: AccountId,
    extension: ExtensionId,
    until: Timestamp,
    rows: &[Interval],
    kept: &[&KeptBlock],
) -> Result<Option<String>, StoreError> {
    let of_rows = rows.first().map(|row| Month::of(row.from));
    let of_kept = kept.first().map(|one| one.block.month);
    let Some(first) = of_rows.into_iter().chain(of_kept).min() else {
        return Ok(None);
    };
    let last_kept = kept.last().map(|one| one.block.month);
    let mut month = first;
    while month.start() < until || last_kept.is_some_and(|last| month <= last) {
        let expected = pack_month(account, extension, month, until, rows);
        let expected = expected.map_err(|error| not_packable(account, extension, error))?;
        let kept = kept.iter().find(|one| one.block.month == month);
        let key = BlockKey {
            account_id: account,
            extension_id: extension,
            month,
        };
        if let Some(what) = difference(key, expected.as_ref(), kept.copied()) {
            return Ok(Some(format!(
                "{} (account_id {account}, extension_id {extension}, month {}): {what}",
                HISTORY_BLOCK.name,
                month.number()
            )));
        }
        month = month.next();
    }
    Ok(None)
}

fn difference(
    key: BlockKey,
    expected: Option<&PackedMonth>,
    kept: Option<&KeptBlock>,
) -> Option<String> {
    let (expected, kept) = match (expected, kept) {
        (None, None) => return None,
        (Some(expected), Some(kept)) => (expected, kept),
        _ => return Some("is in only one of the kept and the rebuilt".to_owned()),
    };
    let count = i64::try_from(expected.interval_count).unwrap_or(i64::MAX);
    let read = |bytes: &[u8]| {
        let block = Block::open(key, bytes, Parts::All)?;
        let has_carried = block.has_carried();
        let mut intervals = Vec::new();
        block.unpack(&mut intervals)?;
        Ok((has_carried, intervals))
    };
    // Equal bytes say equal intervals; others may too, if they were packed by another version.
    let agree = expected.block.bytes == kept.block.bytes
        || match (read(&expected.block.bytes), read(&kept.block.bytes)) {
            (Ok(expected), Ok(kept)) => expected == kept,
            (Err(error), _) | (_, Err(error)) => return Some(unreadable(&error)),
        };
    (!agree || kept.interval_count != count).then(|| "kept and rebuilt differ".to_owned())
}

fn unreadable(error: &BlockError) -> String {
    match error {
        BlockError::Damaged { what, .. } => format!("it is damaged: {what}"),
        BlockError::UnknownVersion { version, .. } => {
            format!("it was packed by another version (way {version})")
        }
    }
}
