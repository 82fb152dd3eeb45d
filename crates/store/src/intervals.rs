//! Intervals as they are read: packed, one row an extension.
//!
//! A month of a thousand extensions is a million intervals. As rows of their own each would pass the driver's thread
//! and be copied column by column, which costs four times what packing and reading them costs.

use serde::Deserialize;
use sqlx::Transaction;

use super::StoreError;
use super::columns::{Columns, Select};
use super::dialect::{Dialect, Statement};
use super::selected::IntervalsColumns;
use super::tables::PRESENCE_INTERVAL;
use presence_model::history::Interval;
use presence_model::ids::{AccountId, ExtensionId, MessageId, Position, StateId};
use presence_model::time::{TimeRange, Timestamp};

/// The intervals that `window` needs of each of the extensions `wanted`, by time; empty where there are none.
pub(super) async fn intervals<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    account: AccountId,
    wanted: &[ExtensionId],
    window: TimeRange,
) -> Result<Vec<(ExtensionId, Vec<Interval>)>, StoreError> {
    let rows = Statement::<DB>::select(Select::new(DB::INTERVALS_OF))
        .int(account.0)
        .ids(wanted)
        .time(window.from())
        .time(window.to())
        .fetch_all(transaction)
        .await?;
    rows.read(|row: Columns<'_, DB, IntervalsColumns>| {
        let extension = ExtensionId(row.int(IntervalsColumns::extension_id)?);
        let kept: Vec<KeptInterval> = serde_json::from_str(row.text(IntervalsColumns::packed)?)
            .map_err(|_| row.inconsistent(IntervalsColumns::packed))?;
        let intervals = kept.iter().map(|kept| kept.unpack(account, extension));
        let mut intervals = intervals.collect::<Result<Vec<Interval>, StoreError>>()?;
        // The key gives them in this order, but SQL does not promise it.
        if !intervals.is_sorted_by_key(|interval| interval.from) {
            intervals.sort_by_key(|interval| interval.from);
        }
        Ok((extension, intervals))
    })
}

/// The columns of an interval that come after the extension, in the order of [`PRESENCE_INTERVAL`].
#[derive(Deserialize)]
pub(super) struct KeptInterval(
    pub(super) i64,
    pub(super) Option<i64>,
    pub(super) Option<i64>,
    pub(super) Option<i64>,
    pub(super) i64,
    pub(super) Option<i64>,
    pub(super) i64,
);

/// A moment that cannot be: the interval that has it, and the column that has it.
struct Broken {
    from: i64,
    column: usize,
}

impl Broken {
    fn at(&self, account: AccountId, extension: ExtensionId) -> StoreError {
        StoreError::Inconsistent {
            table: PRESENCE_INTERVAL.name,
            column: PRESENCE_INTERVAL.columns[self.column],
            key: format!("{account}, {extension}, {}", self.from),
        }
    }
}

impl KeptInterval {
    /// The interval of an extension.
    pub(super) fn unpack(
        &self,
        account: AccountId,
        extension: ExtensionId,
    ) -> Result<Interval, StoreError> {
        let read = self.read();
        read.map_err(|broken| broken.at(account, extension))
    }

    fn read(&self) -> Result<Interval, Broken> {
        let Self(from, ambiguous, duration, end_ambiguous, state, message, position) = *self;
        let moment = |column: usize, ms: Option<i64>| {
            ms.and_then(|ms| Timestamp::from_ms(ms).ok())
                .ok_or(Broken { from, column })
        };
        let before = |column, at: i64, ms: Option<i64>| {
            ms.map(|ms| moment(column, at.checked_sub(ms))).transpose()
        };
        let until = duration
            .map(|ms| moment(3, from.checked_add(ms)))
            .transpose()?;
        let certain_until = match until {
            Some(until) => before(4, until.as_ms(), end_ambiguous)?,
            None => None,
        };
        Ok(Interval {
            from: moment(1, Some(from))?,
            not_before: before(2, from, ambiguous)?,
            certain_until,
            until,
            state_id: StateId(state),
            message_id: message.map(MessageId),
            position: Position(position),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kept: &str, expected: &str) {
        let kept: KeptInterval = serde_json::from_str(kept).expect("it is an interval");
        let shown = match kept.unpack(AccountId(1), ExtensionId(2)) {
            Ok(it) => format!(
                "{:?} {} {:?} {:?}",
                it.not_before.map(Timestamp::as_ms),
                it.from.as_ms(),
                it.certain_until.map(Timestamp::as_ms),
                it.until.map(Timestamp::as_ms)
            ),
            Err(broken) => broken.to_string(),
        };
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn distances_become_moments() {
        check("[10,3,9,4,1,null,1]", "Some(7) 10 Some(15) Some(19)");
        check("[10,null,null,null,1,5,1]", "None 10 None None");
        check("[10,0,0,0,1,null,1]", "Some(10) 10 Some(10) Some(10)");
    }

    #[test]
    fn moments_that_cannot_be_are_refused() {
        let refused = |column: &str, from: i64| {
            format!("the store contradicts itself in presence_interval, {column} of 1, 2, {from}")
        };
        let most = i64::MAX;
        check(
            &format!("[10,null,{most},null,1,null,1]"),
            &refused("duration_ms", 10),
        );
        check(
            &format!("[10,{most},null,null,1,null,1]"),
            &refused("ambiguous_ms", 10),
        );
        check(
            &format!("[10,null,5,{most},1,null,1]"),
            &refused("end_ambiguous_ms", 10),
        );
        check(
            &format!("[{most},null,null,null,1,null,1]"),
            &refused("\"from\"", most),
        );
    }
}
