//! The daily table: kept, read back and emptied. What is in it is computed elsewhere.

use std::sync::LazyLock;

use sqlx::{Connection, Transaction};

use super::append::lock_head;
use super::codec::Coded;
use super::dialect::{Dialect, RowStatement, Statement};
use super::selected::{DailyAmountColumns, DailySeriesColumns, FacetColumns, LocalDayColumns};
use super::tables::{DAILY_AMOUNT, DAILY_SERIES, LOCAL_DAY};
use super::writer::Writer;
use super::{StoreError, sql};
use presence_model::daily::{DailyAmount, DailyBatch, DailyKind, DailySeries, LocalDate, LocalDay};
use presence_model::facet::Facet;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::TimeRange;

static INSERT_AMOUNTS: LazyLock<RowStatement> =
    LazyLock::new(|| RowStatement::insert(DAILY_AMOUNT.name, DAILY_AMOUNT.columns));

static UPSERT_SERIES: LazyLock<RowStatement> = LazyLock::new(|| {
    let table = &DAILY_SERIES;
    RowStatement::upsert(table.name, table.columns, table.key_length)
});

/// A day that is kept already is the same: its key has all that it was computed from.
static INSERT_DAYS: LazyLock<RowStatement> = LazyLock::new(|| {
    let (table, columns) = (LOCAL_DAY.name, LOCAL_DAY.columns);
    let before = format!("insert into {table} ({}) values", columns.join(", "));
    RowStatement::new(before, columns.len(), " on conflict do nothing".to_owned())
});

/// Replaces what is kept of some extensions from one day on.
pub(super) async fn put<DB: Dialect>(
    writer: &mut Writer<DB>,
    batch: &DailyBatch,
) -> Result<(), StoreError> {
    let (account, facet) = (batch.account_id, batch.facet.name());
    let extensions: Vec<ExtensionId> = batch.series.iter().map(|one| one.extension_id).collect();
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    lock_head(&mut transaction, batch.account_id).await?;
    let mut kept = series(&mut transaction, batch.account_id, batch.facet).await?;
    kept.retain(|one| extensions.binary_search(&one.extension_id).is_ok());
    if kept != batch.expected {
        return Err(StoreError::DailyMoved {
            account_id: batch.account_id,
            facet,
        });
    }
    UPSERT_SERIES
        .execute(&mut transaction, &batch.series, |bound, series| {
            bind_series(bound.int(account.0).text(facet), series)
        })
        .await?;
    Statement::<DB>::new(DB::DELETE_DAILY_OF)
        .int(account.0)
        .text(facet)
        .ids(&extensions)
        .date(batch.from)
        .execute(&mut transaction)
        .await?;
    let numbered = numbered(&batch.amounts);
    INSERT_AMOUNTS
        .execute(&mut transaction, &numbered, |bound, (item_no, amount)| {
            bind_amount(bound.int(account.0).text(facet), *item_no, amount)
        })
        .await?;
    let days = zoned(batch);
    INSERT_DAYS
        .execute(&mut transaction, &days, |bound, (zone, zone_data, day)| {
            bound
                .text(*zone)
                .text(*zone_data)
                .date(day.date)
                .time(day.span.from())
                .time(day.span.to())
        })
        .await?;
    Ok(transaction.commit().await?)
}

/// Each amount with its place in its day.
fn numbered(amounts: &[DailyAmount]) -> Vec<(i64, &DailyAmount)> {
    let mut numbered: Vec<(i64, &DailyAmount)> = Vec::with_capacity(amounts.len());
    for amount in amounts {
        let item_no = match numbered.last() {
            Some((last, before))
                if (before.extension_id, before.date) == (amount.extension_id, amount.date) =>
            {
                last + 1
            }
            _ => 0,
        };
        numbered.push((item_no, amount));
    }
    numbered
}

/// The days, once for each zone among the series.
fn zoned(batch: &DailyBatch) -> Vec<(&str, &str, LocalDay)> {
    let mut zones: Vec<(&str, &str)> = batch
        .series
        .iter()
        .map(|series| (&*series.zone, &*series.zone_data))
        .collect();
    zones.sort_unstable();
    zones.dedup();
    let days = zones.into_iter().flat_map(|(zone, zone_data)| {
        let days = batch.days.iter();
        days.map(move |&day| (zone, zone_data, day))
    });
    days.collect()
}

fn bind_series<DB: Dialect>(bound: Statement<DB>, series: &DailySeries) -> Statement<DB> {
    bound
        .int(series.extension_id.0)
        .text(&*series.zone)
        .text(&*series.zone_data)
        .date(series.final_before)
        .date(series.kept_before)
}

fn bind_amount<DB: Dialect>(
    bound: Statement<DB>,
    item_no: i64,
    amount: &DailyAmount,
) -> Statement<DB> {
    bound
        .date(amount.date)
        .int(amount.extension_id.0)
        .int(item_no)
        .int(amount.kind.code())
        .opt_text(amount.value.as_deref())
        .int(amount.ms)
        .opt_int(amount.bounds_ms.map(|(min_ms, _)| min_ms))
        .opt_int(amount.bounds_ms.map(|(_, max_ms)| max_ms))
}

/// Empties the table of all facets of an account.
pub(super) async fn clear_all<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<(), StoreError> {
    for statement in [sql::CLEAR_ALL_DAILY_SERIES, sql::CLEAR_ALL_DAILY_AMOUNTS] {
        Statement::<DB>::new(statement)
            .int(account.0)
            .execute(transaction)
            .await?;
    }
    Ok(())
}

/// Empties the table of one facet.
pub(super) async fn clear<DB: Dialect>(
    writer: &mut Writer<DB>,
    account: AccountId,
    facet: Facet,
) -> Result<(), StoreError> {
    let begin = writer.begins.write.clone();
    let mut transaction = writer.connection.begin_with(begin).await?;
    for statement in [sql::CLEAR_DAILY_SERIES, sql::CLEAR_DAILY_AMOUNTS] {
        Statement::<DB>::new(statement)
            .int(account.0)
            .text(facet.name())
            .execute(&mut transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// The facets that anything is kept of.
pub(super) async fn facets<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
) -> Result<Vec<Facet>, StoreError> {
    let rows = Statement::<DB>::select(sql::DAILY_FACETS)
        .int(account.0)
        .fetch_all(transaction)
        .await?;
    let mut facets = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let facet = Facet::from_name(row.text(FacetColumns::facet)?);
        facets.push(facet.ok_or_else(|| row.inconsistent(FacetColumns::facet))?);
    }
    facets.sort_unstable();
    Ok(facets)
}

/// How far the table is, by extension.
pub(super) async fn series<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    facet: Facet,
) -> Result<Vec<DailySeries>, StoreError> {
    let rows = Statement::<DB>::select(sql::DAILY_SERIES)
        .int(account.0)
        .text(facet.name())
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        use DailySeriesColumns as C;
        Ok(DailySeries {
            extension_id: ExtensionId(row.int(C::extension_id)?),
            zone: row.text(C::zone)?.to_owned(),
            zone_data: row.text(C::zone_data)?.to_owned(),
            final_before: row.date(C::final_before)?,
            kept_before: row.date(C::kept_before)?,
        })
    })
}

/// What is kept of a half-open range of dates.
pub(super) async fn amounts<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    facet: Facet,
    dates: (LocalDate, LocalDate),
) -> Result<Vec<DailyAmount>, StoreError> {
    let rows = Statement::<DB>::select(sql::DAILY_AMOUNTS)
        .int(account.0)
        .text(facet.name())
        .date(dates.0)
        .date(dates.1)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        use DailyAmountColumns as C;
        Ok(DailyAmount {
            extension_id: ExtensionId(row.int(C::extension_id)?),
            date: row.date(C::local_date)?,
            kind: row.coded::<DailyKind>(C::kind)?,
            value: row.opt_text(C::value)?.map(str::to_owned),
            ms: row.int(C::ms)?,
            bounds_ms: row.opt_int(C::min_ms)?.zip(row.opt_int(C::max_ms)?),
        })
    })
}

/// The days that are kept of a zone.
pub(super) async fn local_days<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    zone: &str,
    zone_data: &str,
) -> Result<Vec<LocalDay>, StoreError> {
    let rows = Statement::<DB>::select(sql::LOCAL_DAYS)
        .text(zone)
        .text(zone_data)
        .fetch_all(transaction)
        .await?;
    rows.read(|row| {
        use LocalDayColumns as C;
        let span = TimeRange::new(row.time(C::from)?, row.time(C::until)?);
        Ok(LocalDay {
            date: row.date(C::local_date)?,
            span: span.ok_or_else(|| row.inconsistent(C::until))?,
        })
    })
}
