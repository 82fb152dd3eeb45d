-- The log: appended to, never updated, never deleted from.
--
-- The same tables and columns as in SQLite. Times are timestamptz, always a whole number of milliseconds; words of
-- ours are small integers, and durations stand instead of second and third times, as they do there. The views of 0003
-- spell all of it out.

-- One row: the schema holds a presence history.
create table presence_history (
    only_row       boolean primary key default true check (only_row),
    schema_version integer not null -- the number of the last migration applied
);

insert into presence_history (schema_version) values (0);

create table account (
    account_id    bigint primary key, -- RingCentral's number of the account
    name          text,                -- as it was last told; the one thing here that may be updated
    first_seen_at timestamptz not null     -- when it was first recorded
);

-- One row per distinct combination of values; null: the facet is absent. Values are the platform's, verbatim.
create table state (
    state_id                    integer primary key, -- from 1, in the order of first use in this database
    presence_status             text,
    user_status                 text,
    telephony_status            text,
    dnd_status                  text,
    meeting_status              text,
    dnd_status_personal         text,
    accept_call_queue_calls     text,
    allow_see_my_presence       text,
    caller_id_visibility        text,
    ring_on_monitored_call      text,
    pick_up_calls_on_hold       text,
    cx_telephony_status         text,
    aggregated_telephony_status text,
    content_hash                bytea not null unique -- SHA-256 of the values: the same on every database
);

-- Status messages: free text and personal, so they are kept apart from the states.
create table message (
    message_id   integer primary key, -- from 1, in the order of first use in this database
    text         text not null,
    content_hash bytea not null unique -- SHA-256 of the text
);

-- What names and groups an extension; null: not known or not there.
create table profile (
    profile_id       integer primary key, -- from 1, in the order of first use in this database
    extension_number text,
    name             text,
    type             text,                -- the platform's word, such as User or IvrMenu
    status           text,                -- the platform's word, such as Enabled
    department       text,                -- the free text of the contact
    site             text,
    time_zone        text,                -- IANA name
    queues           text not null,       -- names of the call queues, sorted: a JSON array of texts
    content_hash     bytea not null unique -- SHA-256 of the values: the same on every database
);

-- Whoever is asked for by number is found without looking through everybody's profiles.
create index profile_number on profile (extension_number);

-- A small number for each extension of each account: what grows with time carries it instead of two long ones.
create table extension_key (
    extension_key integer primary key, -- from 1, in the order of first use in this database
    account_id    bigint not null,
    extension_id  bigint not null,
    unique (account_id, extension_id)
);

-- One look at an account, or one that failed or was skipped: whole or not there at all.
create table snapshot (
    account_id      bigint not null,
    snapshot_no     bigint not null, -- gapless from 1
    source          smallint not null, -- 0 poll, 1 push, 2 import
    status          smallint not null, -- 0 complete, 1 partial, 2 failed, 3 skipped
    started_at      timestamptz not null, -- the first request was sent
    finished_at     timestamptz not null, -- the last response had been received
    recorded_at     timestamptz not null, -- it was appended
    valid_for_ms    bigint not null, -- the next look still brackets the time between if it starts no later than this after
    expected_count  integer,          -- how many extensions the platform said there are
    observed_count  integer not null, -- how many were observed
    event_count     integer not null, -- how many change events this snapshot has
    position        bigint not null, -- of the last event of the log after it; its own are the event_count up to here
    clock_skew_ms   bigint,          -- the platform's clock minus ours
    idempotency_key text not null,    -- names the look once and for all
    content_digest  bytea not null,    -- SHA-256 of what was looked at and seen
    detail          text,             -- why it is not complete, for people
    unseen          bytea,             -- who existed but was not seen: ascending ids, each the LEB128 difference to the one before; null: nobody
    primary key (account_id, snapshot_no)
);

create unique index snapshot_key on snapshot (account_id, idempotency_key);

-- Looks run forward in time, so this finds the events of a stretch of time without an index on the events.
create index snapshot_time on snapshot (account_id, finished_at, snapshot_no);

-- One change of one extension. Every event lies between its snapshot's started_at and finished_at.
--
-- Kept in a part a month, UTC: event_2026_11 and so on, which make_event_month makes. Each part has the key
-- (account_id, position); that no position is given out twice in two months, the lock of the account's head sees to.
create table event (
    account_id          bigint not null,
    position            bigint not null, -- gapless from 1
    snapshot_no         bigint not null,
    extension_id        bigint not null,
    version             integer not null, -- gapless from 1 for each extension
    kind                smallint not null, -- 0 appeared, 1 changed, 2 disappeared, 3 profile changed
    observed_at         timestamptz not null, -- the change had been seen
    ambiguous_ms        bigint,          -- it happened in this long a stretch before observed_at; null: nothing earlier is known
    state_id            integer,          -- what it shows after the event; null: it is gone, or was never seen
    message_id          integer,          -- after it; null: no message
    previous_state_id   integer,          -- what it showed before; a change of the profile leaves it as it is
    previous_message_id integer,
    profile_id          integer,          -- after an appearance or a change of the profile
    previous_profile_id integer           -- before a change of the profile
) partition by range (observed_at);

-- Events are appended as time goes on, so a summary of a few pages each tells where in its month a stretch of time is:
-- for those who ask by time with SQL of their own. It takes next to no room.
create index event_time on event using brin (observed_at) with (pages_per_range = 32, autosummarize = on);

-- The accounts that get a part of their own of each month that is made from then on; all others share one. No account
-- here: a month is not divided. For the owner of the tables to fill.
create table event_account (
    account_id bigint primary key
);

-- Only ever inserted into: what is new is marked visible and frozen early, and its statistics are kept fresh. The same
-- holds for each part of the events.
alter table snapshot set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

-- The database itself refuses to rewrite the log, also through `insert … on conflict do update`, and even where no row
-- would be changed.

create function refuse_rewriting() returns trigger
language plpgsql as $$
begin
    raise exception 'the log is append-only: % of % is refused', lower(tg_op), tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger snapshot_no_rewriting before update or delete or truncate on snapshot
for each statement execute function refuse_rewriting();
create trigger event_no_rewriting before update or delete or truncate on event
for each statement execute function refuse_rewriting();
create trigger state_no_rewriting before update or delete or truncate on state
for each statement execute function refuse_rewriting();
create trigger message_no_rewriting before update or delete or truncate on message
for each statement execute function refuse_rewriting();
create trigger profile_no_rewriting before update or delete or truncate on profile
for each statement execute function refuse_rewriting();

create trigger extension_key_no_rewriting before update or delete or truncate on extension_key
for each statement execute function refuse_rewriting();

-- What `event` refuses and whom it shows what does not hold by itself for a statement that names one of its parts. So
-- each part refuses to be rewritten too, and shows nothing to anybody but its owner, whatever has been granted: it is
-- read through `event`.
create function protect_event_part(part regclass) returns void
language plpgsql as $$
begin
    execute format(
        'create trigger event_no_rewriting before update or delete or truncate on %s '
        'for each statement execute function refuse_rewriting()', part);
    execute format('alter table %s enable row level security', part);
    if (select relkind = 'r' from pg_class where oid = part) then
        execute format(
            'alter table %s set '
            '(autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', part);
    end if;
end
$$;

-- Makes the part of `event` for the month, UTC, that a moment is in, if it is not there yet.
--
-- By the rights of the owner, so whoever may only append can have it made and does not own it. It is made on its own
-- and then attached: that waits for nobody who reads or appends, and nobody waits for it, but a second one who makes a
-- month.
create function make_event_month(moment timestamptz) returns void
language plpgsql strict security definer
set search_path from current
set timezone to 'UTC'
set datestyle to 'ISO'
as $$
declare
    first_moment constant timestamptz := date_trunc('month', moment);
    after_last constant timestamptz := first_moment + interval '1 month';
    month constant name := 'event_' || to_char(first_moment, 'YYYY_MM');
    attached constant text :=
        'select exists (select from pg_inherits where inhparent = ''event''::regclass and inhrelid = to_regclass($1))';
    is_there boolean;
    is_divided boolean;
    account bigint;
begin
    if not isfinite(moment) then
        raise exception '% is in no month', moment using errcode = 'datetime_field_overflow';
    end if;
    execute attached into is_there using quote_ident(month);
    if is_there then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('presence history months ' || current_schema(), 0));
    -- Somebody else may have made it while we waited for the lock.
    execute attached into is_there using quote_ident(month);
    if is_there then
        return;
    end if;
    if to_regclass(quote_ident(month)) is not null then
        raise exception 'nothing can be recorded in %: % was detached from the log; attach it again',
            to_char(first_moment, 'YYYY-MM'), month using errcode = 'object_not_in_prerequisite_state';
    end if;
    is_divided := exists (select from event_account);
    execute format(
        'create table %I (like event, primary key (account_id, position)) %s',
        month, case when is_divided then 'partition by list (account_id)' end);
    if is_divided then
        for account in select account_id from event_account order by account_id loop
            execute format(
                'create table %I partition of %I for values in (%s)', month || '_' || account, month, account);
            perform protect_event_part(format('%I', month || '_' || account)::regclass);
        end loop;
        execute format('create table %I partition of %I default', month || '_others', month);
        perform protect_event_part(format('%I', month || '_others')::regclass);
    end if;
    perform protect_event_part(format('%I', month)::regclass);
    execute format(
        'alter table event attach partition %I for values from (%L) to (%L)', month, first_moment, after_last);
end
$$;

revoke execute on function protect_event_part, make_event_month from public;

-- This month and the next two; those that are recorded in later, or were before, are made when something of them is
-- appended.
select make_event_month(now() + ahead * interval '1 month') from generate_series(0, 2) as months (ahead);

comment on table presence_history is 'One row: the schema holds a presence history.';
comment on table account is 'The accounts.';
comment on table state is 'One row per distinct combination of values; null: the facet is absent.';
comment on table message is 'Status messages: free text and personal, so they are kept apart from the states.';
comment on table profile is 'What names and groups an extension; null: not known or not there.';
comment on table extension_key is 'A small number for each extension of each account.';
comment on table snapshot is 'One look at an account, or one that failed or was skipped: whole or not there at all.';
comment on column snapshot.source is '0 poll, 1 push, 2 import';
comment on column snapshot.status is '0 complete, 1 partial, 2 failed, 3 skipped';
comment on column snapshot.position is 'of the last event of the log after it; its own are the event_count up to here';
comment on table event is 'One change of one extension, in the order of the log.';
comment on table event_account is 'The accounts that get a part of their own of each month that is made from then on.';
comment on column event.kind is '0 appeared, 1 changed, 2 disappeared, 3 profile changed';
comment on column event.ambiguous_ms is
    'it happened in this long a stretch before observed_at; null: nothing earlier is known';

update presence_history set schema_version = 1;
