//! Statements that do not depend on the database: common SQL, `$1` parameters, `order by` always written out.
//!
//! Statements over many rows at once are made from the tables' columns, in [`super::dialect`]; what has no common text is
//! there as well.

use super::columns::Select;
use super::selected::{
    AccessColumns, AccountColumns, ChangeColumns, CoverageColumns, DailyAmountColumns,
    DailySeriesColumns, DigestedAccessColumns, EndColumns, EventColumns, ExtensionColumns,
    FacetColumns, FailedSweepColumns, HashedMessageColumns, HeadColumns, LeaseColumns, LeftColumns,
    LocalDayColumns, MessageColumns, NamedColumns, NumberColumns, PackedUntilColumns,
    PastSweepColumns, PositionColumns, RecordedColumns, RulesColumns, SiteZoneColumns,
    SnapshotColumns, SweepColumns, TokenColumns, UnpackedColumns,
};
use super::tuples::Tuples;

macro_rules! head {
    () => {
        "\
select account_id, snapshot_no, position, finished_at
from head
where account_id = $1"
    };
}

macro_rules! lease {
    () => {
        "\
select account_id, holder, epoch, expires_at
from lease
where account_id = $1"
    };
}

/// The accounts.
pub(super) const ACCOUNTS: Select<AccountColumns> = Select::new(
    "\
select account_id, name, first_seen_at
from account
order by account_id",
);

/// Creates an account; one that is there stays as it is.
pub(super) const CREATE_ACCOUNT: &str = "\
insert into account (account_id, first_seen_at)
select $1, $2
where not exists (select 1 from account where account_id = $1)
on conflict (account_id) do nothing";

/// Names an account.
pub(super) const NAME_ACCOUNT: &str = "\
update account
set name = $2
where account_id = $1 and name is distinct from $2";

/// Notes the zone of a site; what is noted already stays.
pub(super) const PUT_SITE_ZONE: &str = "\
insert into site_zone (account_id, site, since, time_zone)
values ($1, $2, $3, $4)
on conflict (account_id, site, since) do nothing";

/// The zones of an account's sites, by site and time.
pub(super) const SITE_ZONES: Select<SiteZoneColumns> = Select::new(
    "\
select account_id, site, since, time_zone
from site_zone
where account_id = $1
order by site, since",
);

/// Creates the row that says where an account's log ends; one that is there stays as it is.
pub(super) const CREATE_HEAD: &str = "\
insert into head (account_id, snapshot_no, position, rules)
values ($1, 0, 0, $2)
on conflict (account_id) do nothing";

/// The accounts whose projections follow other rules than those of number `$1`.
pub(super) const OTHER_RULES: Select<RulesColumns> = Select::new(
    "\
select account_id, rules
from head
where rules <> $1
order by account_id",
);

/// Notes which rules an account's projections follow.
pub(super) const SET_RULES: &str = "\
update head
set rules = $2
where account_id = $1";

/// The number of the last snapshot that an account's log holds, whatever its head says.
pub(super) const LAST_NUMBER: Select<NumberColumns> = Select::new(
    "\
select coalesce(max(snapshot_no), 0) as number
from snapshot
where account_id = $1",
);

/// Where an account's log ends.
pub(super) const HEAD: Select<HeadColumns> = Select::new(head!());

/// The same, for a writer that is not alone: no one else moves the end until the transaction ends.
pub(super) const LOCK_HEAD: Select<HeadColumns> = Select::new(concat!(head!(), "\nfor update"));

/// Moves the end of the log, if it is still where it was when the change was computed.
pub(super) const MOVE_HEAD: &str = "\
update head
set snapshot_no = $2, position = $3, finished_at = $4
where account_id = $1 and snapshot_no = $5 and position = $6";

/// What is recorded under an idempotency key.
pub(super) const FIND_KEY: Select<RecordedColumns> = Select::new(
    "\
select snapshot_no, content_digest
from snapshot
where account_id = $1 and idempotency_key = $2",
);

/// The lease of an account.
pub(super) const LEASE: Select<LeaseColumns> = Select::new(lease!());

/// All leases, for an inspection.
pub(super) const ALL_LEASES: Select<LeaseColumns> = Select::new(
    "\
select account_id, holder, epoch, expires_at
from lease
order by account_id",
);

/// The same, for one who may take it over.
pub(super) const LOCK_LEASE: Select<LeaseColumns> = Select::new(concat!(lease!(), "\nfor update"));

/// The same, for a writer: no one takes the lease over until the transaction ends.
pub(super) const SHARE_LEASE: Select<LeaseColumns> = Select::new(concat!(lease!(), "\nfor share"));

/// Creates the row of a lease that no one holds yet; one that is there stays as it is.
pub(super) const CREATE_LEASE: &str = "\
insert into lease (account_id, epoch, expires_at)
values ($1, 0, $2)
on conflict (account_id) do nothing";

/// Takes or renews the lease.
pub(super) const PUT_LEASE: &str = "\
insert into lease (account_id, holder, epoch, expires_at)
values ($1, $2, $3, $4)
on conflict (account_id) do update set
    holder = excluded.holder,
    epoch = excluded.epoch,
    expires_at = excluded.expires_at";

/// Gives the lease up, if it is still the one of that epoch.
pub(super) const RELEASE_LEASE: &str = "\
update lease
set holder = null
where account_id = $1 and epoch = $2";

/// The latest segment of coverage of one kind.
pub(super) const LATEST_COVERAGE: Select<CoverageColumns> = Select::new(
    r#"
select account_id, kind, "from", until, valid_for_ms
from coverage
where account_id = $1 and kind = $2
order by "from" desc
limit 1"#,
);

/// The segments of one kind from the second one that begins at or before `$3` (the first may touch it, then the
/// other is the one before) to the first one that begins at or after `$4`.
pub(super) const COVERAGE: Select<CoverageColumns> = Select::new(
    r#"
select account_id, kind, "from", until, valid_for_ms
from coverage
where account_id = $1 and kind = $2
    and "from" >= coalesce((
        select min("from")
        from (
            select "from"
            from coverage
            where account_id = $1 and kind = $2 and "from" <= $3
            order by "from" desc
            limit 2
        ) as earlier
    ), $3)
    and "from" <= coalesce((
        select min("from")
        from coverage
        where account_id = $1 and kind = $2 and "from" >= $4
    ), $4)
order by "from""#,
);

/// Every extension ever seen or listed.
pub(super) const EXTENSIONS: Tuples = Tuples {
    columns: &["extension_id", "existence", "profile_id"],
    rest: "from extension where account_id = $1",
};

/// Where every extension stands.
pub(super) const EXTENSION_STATES: Select<ExtensionColumns> = Select::new("\
select
    x.account_id, x.extension_id, x.version, x.existence, x.state_id, x.message_id, x.since, x.not_before,
    x.position, x.told_before_ms, x.lagging_at, x.lagging_valid_for_ms, x.missing, x.appeared_at, x.appeared_not_before,
    x.profile_id, x.profile_since, m.text as message_text
from extension x
left join message m on m.message_id = x.message_id
where x.account_id = $1
order by x.extension_id");

/// Who has the id `$2`, or `$3` as the latest extension number. Two questions in one: an id has its key, and no one else is
/// read unless some profile has the number.
pub(super) const EXTENSIONS_NAMED: Select<NamedColumns> = Select::new(
    "\
select account_id, extension_id
from extension
where account_id = $1 and extension_id = $2
union
select x.account_id, x.extension_id
from profile p
join extension x on x.account_id = $1 and x.profile_id = p.profile_id
where p.extension_number = $3
order by 2",
);

/// All status messages.
pub(super) const MESSAGES: Select<MessageColumns> = Select::new(
    "\
select message_id, text
from message
order by message_id",
);

/// The same with their hashes.
pub(super) const HASHED_MESSAGES: Select<HashedMessageColumns> = Select::new(
    "\
select message_id, text, content_hash
from message
order by message_id",
);

/// The whole access log, with the digests.
pub(super) const WHOLE_ACCESS_LOG: Select<DigestedAccessColumns> = Select::new("\
select entry_id, who, token_id, question, window_from, window_to, extensions, first_at, last_at, request_count, digest
from access_log
order by entry_id");

/// The greatest numbers in the dictionaries.
pub(super) const DICTIONARY_ENDS: Select<EndColumns> = Select::new(
    "\
select
    (select coalesce(max(state_id), 0) from state) as state_id,
    (select coalesce(max(message_id), 0) from message) as message_id,
    (select coalesce(max(profile_id), 0) from profile) as profile_id,
    (select coalesce(max(extension_key), 0) from extension_key) as extension_key",
);

/// The next snapshots after `$2`.
pub(super) const SNAPSHOTS_AFTER: Select<SnapshotColumns> = Select::new("\
select
    account_id, snapshot_no, source, status, started_at, finished_at, recorded_at, valid_for_ms, expected_count,
    observed_count, event_count, position, clock_skew_ms, idempotency_key, content_digest, detail, unseen,
    queue_sweep_count
from snapshot
where account_id = $1 and snapshot_no > $2
order by snapshot_no
limit $3");

/// The events after position `$2`, up to and including `$3`, all of which were observed from `$4` to `$5`: the database
/// may keep each month apart.
pub(super) const EVENTS_BETWEEN: Select<EventColumns> = Select::new("\
select
    e.account_id, e.position, e.snapshot_no, e.extension_id, e.version, e.kind, e.observed_at, e.ambiguous_ms,
    e.state_id, e.message_id, e.previous_state_id, e.previous_message_id, e.profile_id, e.previous_profile_id,
    m.text as message_text, p.text as previous_message_text
from event e
left join message m on m.message_id = e.message_id
left join message p on p.message_id = e.previous_message_id
where e.account_id = $1 and e.position > $2 and e.position <= $3 and e.observed_at >= $4 and e.observed_at <= $5
order by e.position");

/// How many events there are.
pub(super) const EVENT_COUNT: Select<NumberColumns> = Select::new(
    "\
select count(*) as number
from event
where account_id = $1",
);

/// The first event that is not where its snapshot says: by its position, or by its time. Only a queue may have been
/// observed before the snapshot began.
pub(super) const STRAY_EVENT: Select<NumberColumns> = Select::new(
    "\
select e.position as number
from event e
left join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
    and e.position > s.position - s.event_count and e.position <= s.position
    and (e.observed_at >= s.started_at or e.kind = 4) and e.observed_at <= s.finished_at
where e.account_id = $1 and s.snapshot_no is null
order by e.position
limit 1",
);

/// The last position before any event that can have been observed at or after `$2`.
pub(super) const POSITION_BEFORE: Select<PositionColumns> = Select::new(
    "\
select position - event_count as position
from snapshot
where account_id = $1 and finished_at >= $2
order by finished_at, snapshot_no
limit 1",
);

/// The last position of any event that can have been observed before `$2`: sweeps do not overlap, so it is in the
/// first one that ends at or after that, or earlier.
pub(super) const POSITION_UNTIL: Select<PositionColumns> = Select::new(
    "\
select position
from snapshot
where account_id = $1 and finished_at >= $2
order by finished_at, snapshot_no
limit 1",
);

/// The latest sweeps that saw anything and began at or before `$2`: only the first one that ends then or later, and
/// those before it, can have.
pub(super) const FAILED_SWEEPS: Select<FailedSweepColumns> = Select::new(
    "\
select started_at, valid_for_ms, detail
from snapshot
where account_id = $1
    and finished_at >= $2
    and finished_at <= $3
    and status in (2, 3)
order by finished_at, snapshot_no",
);

pub(super) const SWEEPS_BEFORE: Select<PastSweepColumns> = Select::new(
    "\
select started_at, unseen, snapshot_no
from snapshot
where account_id = $1
    and snapshot_no <= coalesce(
        (select snapshot_no
         from snapshot
         where account_id = $1 and finished_at >= $2
         order by finished_at, snapshot_no
         limit 1),
        9223372036854775807)
    and started_at <= $2
    and status in (0, 1)
order by snapshot_no desc
limit $3",
);

/// The last sweep, whatever it saw.
pub(super) const LAST_SWEEP: Select<SweepColumns> = Select::new(
    "\
select snapshot_no, source, status, started_at, finished_at, expected_count, observed_count, detail
from snapshot
where account_id = $1
order by snapshot_no desc
limit 1",
);

/// Up to where each extension is packed.
pub(super) const PACKED: Select<PackedUntilColumns> = Select::new(
    "\
select account_id, extension_id, until
from history_sealed
where account_id = $1
order by extension_id",
);

/// Who was seen but has nothing packed yet, and since when it was.
pub(super) const NEVER_PACKED: Select<UnpackedColumns> = Select::new(
    r#"
select x.account_id, x.extension_id, (
    select min(i."from")
    from existence_interval i
    where i.account_id = x.account_id and i.extension_id = x.extension_id
) as "from"
from extension x
where x.account_id = $1 and x.existence <> 0
    and not exists (
        select 1
        from history_sealed s
        where s.account_id = x.account_id and s.extension_id = x.extension_id
    )
order by x.extension_id"#,
);

macro_rules! to_pack {
    () => {
        "\
from history_sealed s
join extension x on x.account_id = s.account_id and x.extension_id = s.extension_id
where s.account_id = $1 and s.until < $2
    and (x.existence <> 1 or x.lagging_at is null or x.lagging_at >= $2)"
    };
}

/// Who is packed up to a moment before `$2`, the earliest first; at most `$3`. What is open of an extension that was not seen
/// since may still turn out to have ended in a gap before.
pub(super) const NEXT_TO_PACK: Select<PackedUntilColumns> = Select::new(concat!(
    "select s.account_id, s.extension_id, s.until\n",
    to_pack!(),
    "\norder by s.until, s.extension_id\nlimit $3"
));

/// Up to which moments before `$2` extensions are packed, and how many each.
pub(super) const LEFT_TO_PACK: Select<LeftColumns> = Select::new(concat!(
    "select s.until, count(*) as count\n",
    to_pack!(),
    "\ngroup by s.until"
));

/// Forgets an extension's blocks from month `$3` on.
pub(super) const DELETE_BLOCKS: &str = "\
delete from history_block
where account_id = $1 and extension_id = $2 and month >= $3";

/// Notes that an extension is packed up to `$3` at most.
pub(super) const REOPEN: &str = "\
update history_sealed
set until = $3
where account_id = $1 and extension_id = $2 and until > $3";

/// Forgets all blocks.
pub(super) const DELETE_ALL_BLOCKS: &str = "\
delete from history_block
where account_id = $1";

/// Forgets up to where anything was packed.
pub(super) const DELETE_ALL_PACKED: &str = "\
delete from history_sealed
where account_id = $1";

/// Change events after position `$2` up to `$3`, observed from `$4` on and before `$5`, at most `$6`: those of presence and
/// profiles, not those of queues.
pub(super) const CHANGES: Select<ChangeColumns> = Select::new(
    r#"
select
    e.account_id, e.position, e.snapshot_no, e.extension_id, e.version, e.kind, e.observed_at, e.ambiguous_ms,
    e.state_id, e.message_id, e.previous_state_id, e.previous_message_id, e.profile_id, e.previous_profile_id,
    m.text as message_text, p.text as previous_message_text, s.source,
    coalesce(e.profile_id, (
        select i.profile_id
        from profile_interval i
        where i.account_id = e.account_id and i.extension_id = e.extension_id and i."from" <= e.observed_at
        order by i."from" desc
        limit 1
    )) as profile_id_then
from event e
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
left join message m on m.message_id = e.message_id
left join message p on p.message_id = e.previous_message_id
where e.account_id = $1 and e.position > $2 and e.position <= $3 and e.observed_at >= $4 and e.observed_at < $5
    and e.kind <> 4
order by e.position
limit $6"#,
);

/// How far the daily table is for the extensions of an account.
pub(super) const DAILY_SERIES: Select<DailySeriesColumns> = Select::new(
    "\
select account_id, facet, extension_id, zone, zone_data, final_before, kept_before
from daily_series
where account_id = $1 and facet = $2
order by extension_id",
);

/// The facets that the daily table holds anything of.
pub(super) const DAILY_FACETS: Select<FacetColumns> = Select::new(
    "\
select distinct facet
from daily_series
where account_id = $1
order by facet",
);

/// What the daily table holds of a range of local dates.
pub(super) const DAILY_AMOUNTS: Select<DailyAmountColumns> = Select::new(
    "\
select account_id, facet, local_date, extension_id, item_no, kind, value, ms, min_ms, max_ms
from daily_amount
where account_id = $1 and facet = $2 and local_date >= $3 and local_date < $4
order by extension_id, local_date, item_no",
);

/// The local days that are kept of a zone.
pub(super) const LOCAL_DAYS: Select<LocalDayColumns> = Select::new(
    r#"
select zone, zone_data, local_date, "from", until
from local_day
where zone = $1 and zone_data = $2
order by local_date"#,
);

/// Empties the daily table of one facet.
pub(super) const CLEAR_DAILY_AMOUNTS: &str = "\
delete from daily_amount
where account_id = $1 and facet = $2";

/// Forgets how far the daily table is for one facet.
pub(super) const CLEAR_DAILY_SERIES: &str = "\
delete from daily_series
where account_id = $1 and facet = $2";

/// Empties the daily table of all facets.
pub(super) const CLEAR_ALL_DAILY_AMOUNTS: &str = "\
delete from daily_amount
where account_id = $1";

/// Forgets how far the daily table is for all facets.
pub(super) const CLEAR_ALL_DAILY_SERIES: &str = "\
delete from daily_series
where account_id = $1";

macro_rules! token {
    ($condition:literal) => {
        concat!(
            "\
select t.token_id, t.kind, t.name, t.scopes, t.account_id, t.parent_id, t.created_at, t.expires_at, t.last_used_at,
    coalesce(t.revoked_at, p.revoked_at) as revoked_at
from access_token t
left join access_token p on p.token_id = t.parent_id
",
            $condition
        )
    };
}

/// Keeps a token.
pub(super) const CREATE_TOKEN: Select<TokenColumns> = Select::new("\
insert into access_token (kind, name, scopes, account_id, parent_id, digest, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning token_id, kind, name, scopes, account_id, parent_id, created_at, expires_at, last_used_at, revoked_at");

/// The token of a secret.
pub(super) const TOKEN_OF: Select<TokenColumns> = Select::new(token!("where t.digest = $1"));

/// All tokens.
pub(super) const TOKENS: Select<TokenColumns> = Select::new(token!("order by t.token_id"));

/// Revokes a token.
pub(super) const REVOKE_TOKEN: &str = "\
update access_token
set revoked_at = $2
where token_id = $1 and revoked_at is null";

/// Notes that a token was used.
pub(super) const NOTE_TOKEN_USE: &str = "\
update access_token
set last_used_at = $2
where token_id = $1";

/// Deletes sessions that have ended.
pub(super) const DELETE_SESSIONS: &str = "\
delete from access_token
where kind = 1 and (expires_at < $1 or revoked_at < $1)";

/// Counts what is asked again within an entry's time: what it asked about only grows.
pub(super) const COUNT_ACCESS: &str = "\
update access_log
set
    window_from = case when $3 < window_from then $3 else window_from end,
    window_to = case when $4 > window_to then $4 else window_to end,
    last_at = case when $5 > last_at then $5 else last_at end,
    request_count = request_count + 1
where account_id = $1 and digest = $2";

/// Writes an access event; if another program has written it in the meantime, counts it.
pub(super) const NOTE_ACCESS: &str = "\
insert into access_log (account_id, digest, who, token_id, question, window_from, window_to, extensions,
    first_at, last_at, request_count)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1)
on conflict (account_id, digest) do update set
    window_from = case when excluded.window_from < access_log.window_from
        then excluded.window_from else access_log.window_from end,
    window_to = case when excluded.window_to > access_log.window_to
        then excluded.window_to else access_log.window_to end,
    last_at = case when excluded.last_at > access_log.last_at then excluded.last_at else access_log.last_at end,
    request_count = access_log.request_count + 1";

/// Entries of the access log, the latest first.
pub(super) const ACCESS_LOG: Select<AccessColumns> = Select::new("\
select entry_id, who, token_id, question, window_from, window_to, extensions, first_at, last_at, request_count
from access_log
where account_id = $1 and entry_id < $2 and last_at >= $3
order by entry_id desc
limit $4");
