//! The check of a whole store, in addition to that of each account's projections: hashes, numbers, references, and what keeps the
//! log from being rewritten.
//!
//! It reads the tables as they are, so it finds what stands in the way of reading them as a history. What it finds is
//! reported row by row, and nothing is repaired.

use sqlx::Transaction;

use super::access::check_access_log;
use super::columns::Select;
use super::dialect::{Dialect, Statement};
use super::selected::{AccountIdColumns, BrokenColumns};
use super::{Audit, StoreError, dictionary_cache};
use presence_model::ids::AccountId;

/// So many rows of one kind are reported at most.
pub(super) const TOLD_AT_MOST: usize = 5;

/// Rows that must not be there, each as its key.
pub(super) struct Rule {
    table: &'static str,
    /// Gives the keys of the rows that break it, in order.
    pub(super) text: Select<BrokenColumns>,
    /// What such a row should be.
    expected: &'static str,
}

/// Every account that anything is recorded of.
pub(super) const ACCOUNTS_WITH_HISTORY: Select<AccountIdColumns> = Select::new(
    "\
select account_id from account
union select account_id from head
union select account_id from extension
union select account_id from extension_key
union select account_id from snapshot
union select account_id from event
union select account_id from queue_sweep
order by 1",
);

pub(super) const RULES: [Rule; 15] = [
    Rule {
        table: "account",
        text: Select::new("\
select cast(l.account_id as text) as row_key
from (
    select account_id from head
    union select account_id from extension
    union select account_id from extension_key
    union select account_id from snapshot
    union select account_id from event
    union select account_id from queue_sweep
) as l
where l.account_id not in (select account_id from account)
order by l.account_id"),
        expected: "is missing, though a history is recorded of it",
    },
    Rule {
        table: "state",
        text: Select::new("select cast(count(*) as text) as row_key from state having count(*) <> coalesce(max(state_id), 0) or min(state_id) < 1"),
        expected: "is not the number of rows that the numbers say: they run from 1 without a gap",
    },
    Rule {
        table: "message",
        text: Select::new("\
select cast(count(*) as text) as row_key from message having count(*) <> coalesce(max(message_id), 0) or min(message_id) < 1"),
        expected: "is not the number of rows that the numbers say: they run from 1 without a gap",
    },
    Rule {
        table: "profile",
        text: Select::new("\
select cast(count(*) as text) as row_key from profile having count(*) <> coalesce(max(profile_id), 0) or min(profile_id) < 1"),
        expected: "is not the number of rows that the numbers say: they run from 1 without a gap",
    },
    Rule {
        table: "extension_key",
        text: Select::new("\
select cast(count(*) as text) as row_key
from extension_key
having count(*) <> coalesce(max(extension_key), 0) or min(extension_key) < 1"),
        expected: "is not the number of rows that the numbers say: they run from 1 without a gap",
    },
    Rule {
        table: "state",
        text: Select::new("\
select cast(state_id as text) as row_key
from state
where state_id not in (
    select state_id from event where state_id is not null
    union select previous_state_id from event where previous_state_id is not null
)
order by state_id"),
        expected: "is in no event, and every row was written with the first event that shows it",
    },
    Rule {
        table: "message",
        text: Select::new("\
select cast(message_id as text) as row_key
from message
where message_id not in (
    select message_id from event where message_id is not null
    union select previous_message_id from event where previous_message_id is not null
)
order by message_id"),
        expected: "is in no event, and every row was written with the first event that shows it",
    },
    Rule {
        table: "profile",
        text: Select::new("\
select cast(profile_id as text) as row_key
from profile
where profile_id not in (
    select profile_id from event where profile_id is not null
    union select previous_profile_id from event where previous_profile_id is not null
)
order by profile_id"),
        expected: "is in no event, and every row was written with the first event that shows it",
    },
    Rule {
        table: "extension_key",
        text: Select::new("\
select cast(extension_key as text) as row_key
from extension_key
where (account_id, extension_id) not in (select account_id, extension_id from event)
order by extension_key"),
        expected: "is of an extension that no event is of",
    },
    Rule {
        table: "queue_change",
        text: Select::new("\
select cast(q.account_id as text) || ', ' || cast(q.position as text) as row_key
from queue_change q
left join event e on e.account_id = q.account_id and e.position = q.position and e.kind = 4
where e.position is null
order by q.account_id, q.position"),
        expected: "is of no event that is of a queue",
    },
    Rule {
        table: "queue_sweep",
        text: Select::new("\
select distinct cast(q.account_id as text) || ', ' || cast(q.snapshot_no as text) as row_key
from queue_sweep q
left join snapshot s on s.account_id = q.account_id and s.snapshot_no = q.snapshot_no
where s.queue_sweep_count is null
order by 1"),
        expected: "is of a snapshot that has no sweeps of queues",
    },
    Rule {
        table: "presence_interval",
        text: Select::new("\
select cast(extension_key as text) as row_key
from presence_interval
where extension_key not in (select extension_key from extension_key)
order by extension_key"),
        expected: "is of an extension that extension_key does not have",
    },
    Rule {
        table: "history_block",
        text: Select::new("\
select cast(account_id as text) || ', ' || cast(extension_id as text) as row_key
from history_block
where (account_id, extension_id) not in (select account_id, extension_id from history_sealed)
order by account_id, extension_id"),
        expected: "is packed, but history_sealed does not say up to when",
    },
    Rule {
        table: "daily_amount",
        text: Select::new("\
select distinct cast(account_id as text) || ', ' || facet || ', ' || cast(extension_id as text) as row_key
from daily_amount
where (account_id, facet, extension_id) not in (select account_id, facet, extension_id from daily_series)
order by 1"),
        expected: "is kept, but daily_series does not say up to when",
    },
    Rule {
        table: "daily_series",
        text: Select::new("\
select distinct cast(s.account_id as text) || ', ' || s.facet || ', ' || cast(s.extension_id as text) as row_key
from daily_series s
join daily_amount a on a.account_id = s.account_id and a.facet = s.facet and a.extension_id = s.extension_id
left join local_day d on d.zone = s.zone and d.zone_data = s.zone_data and d.local_date = a.local_date
where d.zone is null
order by 1"),
        expected: "has days that local_day does not have",
    },
];

/// Checks the whole store; nothing is written.
pub(super) async fn audit<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
) -> Result<Audit, StoreError> {
    let mut findings = DB::check_schema(transaction).await?;
    findings.extend(dictionary_cache::check(transaction).await?);
    for rule in &RULES {
        let rows = Statement::<DB>::select(rule.text)
            .fetch_all(transaction)
            .await?;
        let mut keys = rows.read(|row| Ok(row.text(BrokenColumns::row_key)?.to_owned()))?;
        keys.dedup();
        findings.extend(told(rule, &keys));
    }
    findings.extend(check_access_log(transaction).await?);
    let rows = Statement::<DB>::select(ACCOUNTS_WITH_HISTORY)
        .fetch_all(transaction)
        .await?;
    Ok(Audit {
        findings,
        accounts: rows.read(|row| Ok(AccountId(row.int(AccountIdColumns::account_id)?)))?,
    })
}

fn told(rule: &Rule, keys: &[String]) -> Vec<String> {
    let (table, expected) = (rule.table, rule.expected);
    let mut told: Vec<String> = keys
        .iter()
        .take(TOLD_AT_MOST)
        .map(|key| format!("{table} ({key}): {expected}"))
        .collect();
    if let Some(more) = keys
        .len()
        .checked_sub(TOLD_AT_MOST)
        .filter(|more| *more > 0)
    {
        told.push(format!("{table}: the same of {more} more"));
    }
    told
}
