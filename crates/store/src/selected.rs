//! The columns of every statement that gives rows, in the order in which it selects them.

use super::columns::{ColumnList, Select, columns};
use super::dialect::Dialect;
use super::{audit, queues, sql, tuples};

columns! {
    /// Accounts.
    AccountColumns of "account", key 1 { account_id, name, first_seen_at }
    /// Accounts of which anything is recorded.
    AccountIdColumns of "account", key 1 { account_id }
    /// The zones of sites.
    SiteZoneColumns of "site_zone", key 2 { account_id, site, since, time_zone }
    /// Which rules an account's projections follow.
    RulesColumns of "head", key 1 { account_id, rules }
    /// Where an account's log ends.
    HeadColumns of "head", key 1 { account_id, snapshot_no, position, finished_at }
    /// Leases.
    LeaseColumns of "lease", key 1 { account_id, holder, epoch, expires_at }

    /// The log: snapshots, the whole table.
    SnapshotColumns of "snapshot", key 2 {
        account_id, snapshot_no, source, status, started_at, finished_at, recorded_at, valid_for_ms, expected_count,
        observed_count, event_count, position, clock_skew_ms, idempotency_key, content_digest, detail, unseen,
        queue_sweep_count
    }
    /// The log: events, the whole table, and the texts of both messages.
    EventColumns of "event", key 2 {
        account_id, position, snapshot_no, extension_id, version, kind, observed_at, ambiguous_ms, state_id, message_id,
        previous_state_id, previous_message_id, profile_id, previous_profile_id, message_text, previous_message_text
    }
    /// Events with what their snapshots and the extension's profiles add.
    ChangeColumns of "event", key 2 {
        account_id, position, snapshot_no, extension_id, version, kind, observed_at, ambiguous_ms, state_id, message_id,
        previous_state_id, previous_message_id, profile_id, previous_profile_id, message_text, previous_message_text,
        source, profile_id_then
    }
    /// The log: what events say of queues, the whole table.
    QueueChangeColumns of "queue_change", key 2 { account_id, position, queue_id, accepts, previous_accepts }
    /// The log: sweeps of queues, the whole table.
    QueueSweepColumns of "queue_sweep", key 4 {
        account_id, snapshot_no, queue_id, requested_at, received_at, valid_for_ms, status, cause, detail, member_count
    }
    /// A number of the log.
    NumberColumns of "event", key 0 { number }
    /// A position in the log.
    PositionColumns of "snapshot", key 0 { position }
    /// What is recorded under a key.
    RecordedColumns of "snapshot", key 1 { snapshot_no, content_digest }
    /// Sweeps, without what they saw.
    SweepColumns of "snapshot", key 0 {
        snapshot_no, source, status, started_at, finished_at, expected_count, observed_count, detail
    }
    /// Sweeps that saw anything.
    PastSweepColumns of "snapshot", key 1 { started_at, unseen, snapshot_no }
    /// Sweeps that saw no one.
    FailedSweepColumns of "snapshot", key 0 { started_at, valid_for_ms, detail }

    /// Where each extension stands: the whole table, and the text of its message.
    ExtensionColumns of "extension", key 2 {
        account_id, extension_id, version, existence, state_id, message_id, since, not_before, position, told_before_ms,
        lagging_at, lagging_valid_for_ms, missing, appeared_at, appeared_not_before, profile_id, profile_since,
        message_text
    }
    /// Extensions that a word names.
    NamedColumns of "extension", key 2 { account_id, extension_id }
    /// When the account was swept, the whole table.
    CoverageColumns of "coverage", key 3 { account_id, kind, from = "\"from\"", until, valid_for_ms }
    /// What is known of members of queues, the whole table.
    QueueIntervalColumns of "queue_interval", key 4 {
        account_id, queue_id, extension_id, from = "\"from\"", not_before, certain_until, until, accepts, position
    }
    /// Who is a member of a queue at the end of the log.
    MemberColumns of "queue_interval", key 4 {
        account_id, queue_id, extension_id, from = "\"from\"", not_before, accepts, position
    }
    /// When queues were swept, the whole table.
    QueueSegmentColumns of "queue_coverage", key 3 {
        account_id, queue_id, from = "\"from\"", until, answered_at, valid_for_ms
    }
    /// All intervals of an extension that a window needs, in one row.
    IntervalsColumns of "presence_interval", key 2 { account_id, extension_id, packed }
    /// Packed history, the whole table.
    BlockColumns of "history_block", key 3 { account_id, extension_id, month, interval_count, content }
    /// Up to where each extension is packed, the whole table.
    PackedUntilColumns of "history_sealed", key 2 { account_id, extension_id, until }
    /// Since when extensions exist of which nothing is packed.
    UnpackedColumns of "existence_interval", key 2 { account_id, extension_id, from = "\"from\"" }
    /// How many extensions are packed up to a moment.
    LeftColumns of "history_sealed", key 0 { until, count }

    /// How far the daily table is, the whole table.
    DailySeriesColumns of "daily_series", key 3 {
        account_id, facet, extension_id, zone, zone_data, final_before, kept_before
    }
    /// The facets of the daily table.
    FacetColumns of "daily_series", key 1 { facet }
    /// The daily table, whole.
    DailyAmountColumns of "daily_amount", key 5 {
        account_id, facet, local_date, extension_id, item_no, kind, value, ms, min_ms, max_ms
    }
    /// Local days, the whole table.
    LocalDayColumns of "local_day", key 3 { zone, zone_data, local_date, from = "\"from\"", until }

    /// Status messages.
    MessageColumns of "message", key 1 { message_id, text }
    /// Status messages, the whole table.
    HashedMessageColumns of "message", key 1 { message_id, text, content_hash }
    /// The greatest numbers in the dictionaries.
    EndColumns of "dictionary", key 0 { state_id, message_id, profile_id, extension_key }
    /// Numbers in a dictionary by their hashes.
    FoundColumns of "dictionary", key 1 { id, content_hash }
    /// Numbers of extensions.
    FoundExtensionColumns of "extension_key", key 1 { extension_key, extension_id }

    /// Tokens.
    TokenColumns of "access_token", key 1 {
        token_id, kind, name, scopes, account_id, parent_id, created_at, expires_at, last_used_at, revoked_at
    }
    /// Entries of the access log.
    AccessColumns of "access_log", key 1 {
        entry_id, who, token_id, question, window_from, window_to, extensions, first_at, last_at, request_count
    }
    /// The same with their digests.
    DigestedAccessColumns of "access_log", key 1 {
        entry_id, who, token_id, question, window_from, window_to, extensions, first_at, last_at, request_count, digest
    }
    /// Rows that break a rule of the store.
    BrokenColumns of "store", key 0 { row_key }
}

/// A statement, and the columns by which its rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// The statement.
    pub text: String,
    /// The names of the columns, in order.
    pub columns: Vec<&'static str>,
}

impl<C: ColumnList> From<Select<C>> for Selected {
    fn from(select: Select<C>) -> Self {
        Self::of::<C>(select.text)
    }
}

impl Selected {
    fn of<C: ColumnList>(text: impl Into<String>) -> Self {
        let columns = C::ALL.iter().map(|column| column.name().trim_matches('"'));
        Self {
            text: text.into(),
            columns: columns.collect(),
        }
    }
}

/// Every statement that gives rows of named columns, so that a database can be asked whether it gives them; but those that
/// look many rows up at once, which every append asks.
pub fn selected<DB: Dialect>() -> Vec<Selected> {
    let mut all: Vec<Selected> = vec![
        sql::ACCOUNTS.into(),
        sql::SITE_ZONES.into(),
        sql::OTHER_RULES.into(),
        sql::LAST_NUMBER.into(),
        sql::HEAD.into(),
        sql::FIND_KEY.into(),
        sql::LEASE.into(),
        sql::ALL_LEASES.into(),
        sql::LATEST_COVERAGE.into(),
        sql::COVERAGE.into(),
        sql::EXTENSION_STATES.into(),
        sql::EXTENSIONS_NAMED.into(),
        sql::MESSAGES.into(),
        sql::HASHED_MESSAGES.into(),
        sql::WHOLE_ACCESS_LOG.into(),
        sql::DICTIONARY_ENDS.into(),
        sql::SNAPSHOTS_AFTER.into(),
        sql::EVENTS_BETWEEN.into(),
        sql::EVENT_COUNT.into(),
        sql::STRAY_EVENT.into(),
        sql::POSITION_BEFORE.into(),
        sql::POSITION_UNTIL.into(),
        sql::FAILED_SWEEPS.into(),
        sql::SWEEPS_BEFORE.into(),
        sql::LAST_SWEEP.into(),
        sql::PACKED.into(),
        sql::NEVER_PACKED.into(),
        sql::NEXT_TO_PACK.into(),
        sql::LEFT_TO_PACK.into(),
        sql::CHANGES.into(),
        sql::DAILY_SERIES.into(),
        sql::DAILY_FACETS.into(),
        sql::DAILY_AMOUNTS.into(),
        sql::LOCAL_DAYS.into(),
        sql::CREATE_TOKEN.into(),
        sql::TOKEN_OF.into(),
        sql::TOKENS.into(),
        sql::ACCESS_LOG.into(),
        audit::ACCOUNTS_WITH_HISTORY.into(),
        queues::CHANGES.into(),
        queues::SWEEPS.into(),
        queues::LATEST_SEGMENTS.into(),
        queues::MEMBERS.into(),
        Selected::of::<IntervalsColumns>(DB::INTERVALS_OF),
        Selected::of::<BlockColumns>(DB::BLOCKS_OF),
        Selected::of::<ChangeColumns>(DB::CHANGES_OF),
    ];
    if DB::LOCKS_ROWS {
        all.push(sql::LOCK_HEAD.into());
        all.push(sql::LOCK_LEASE.into());
        all.push(sql::SHARE_LEASE.into());
    }
    let all_tuples = [
        sql::EXTENSIONS,
        DB::LAST_SEEN_OF,
        DB::LATEST_INTERVALS,
        DB::PACKED_OF,
        DB::EXISTENCE_OF,
        DB::PROFILES_OF,
        tuples::STATES_AFTER,
        tuples::PROFILES_AFTER,
        DB::PROFILES_NUMBERED,
    ];
    all.extend(all_tuples.map(|tuples| Selected {
        text: tuples.rows(),
        columns: tuples.names(),
    }));
    all.extend(audit::RULES.iter().map(|rule| rule.text.into()));
    all
}

#[cfg(test)]
mod tests {
    /// What is not listed would not be tried.
    #[test]
    fn every_statement_that_gives_rows_is_listed() {
        let (statements, listed) = (include_str!("sql.rs"), include_str!("selected.rs"));
        let mut count = 0;
        for line in statements.lines() {
            let (Some((_, rest)), true) = (line.split_once("const "), line.contains(": Select<"))
            else {
                continue;
            };
            let (name, _) = rest.split_once(':').expect("a constant has a type");
            assert!(listed.contains(&format!("sql::{name}.into()")), "{name}");
            count += 1;
        }
        assert_eq!(statements.matches("Select::new(").count(), count);
    }
}
