-- Who takes the calls of a queue: what the sweeps of queues showed, and what that amounts to. Before this, nothing was
-- asked of queues, so everything about them is unknown in older snapshots.

alter table snapshot add column queue_sweep_count integer; -- how many rows of queue_sweep it has; null: none

-- What an event of kind 4, queue changed, says of a queue; it has no presence and no profile. It was observed when the
-- queue was, which may be before its snapshot's started_at.
create table queue_change (
    account_id       bigint not null,
    position         bigint not null, -- the event
    queue_id         bigint not null, -- the queue's own extension
    accepts          smallint,          -- 0 signed out, 1 signed in, 2 not said; null: no member
    previous_accepts smallint,          -- the same before it
    primary key (account_id, position)
);

-- One sweep of a queue: all its members, or why they were not seen. It is part of the next snapshot, and may have begun
-- before that.
create table queue_sweep (
    account_id    bigint not null,
    snapshot_no   bigint not null,
    queue_id      bigint not null,
    requested_at  timestamptz not null, -- the request was sent
    received_at   timestamptz not null, -- the response had been received, or it was given up
    valid_for_ms  bigint not null, -- the queue's next sweep still brackets the time between if it is answered no later than this after the request
    status        smallint not null, -- 0 complete, 1 failed
    cause         text,             -- why it failed, in one word
    detail        text,             -- why it failed, for people
    member_count  integer,          -- how many members it showed, if it is complete
    primary key (account_id, snapshot_no, queue_id, requested_at)
);

-- Like the snapshots, neither is kept by month. They are only ever inserted into, as the log's other tables are.
alter table queue_change set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table queue_sweep set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

create trigger queue_change_no_rewriting before update or delete or truncate on queue_change
for each statement execute function refuse_rewriting();
create trigger queue_sweep_no_rewriting before update or delete or truncate on queue_sweep
for each statement execute function refuse_rewriting();

-- What one member of a queue accepted, as far as known: cut at gaps between the queue's own complete sweeps.
create table queue_interval (
    account_id    bigint not null,
    queue_id      bigint not null,
    extension_id  bigint not null, -- the member
    "from"        timestamptz not null, -- it is known from then on
    not_before    timestamptz,          -- the change that opened it cannot have happened before; null: no change did
    certain_until timestamptz,          -- nothing else is possible until then; null: it goes on
    until         timestamptz,          -- the next change, or the last sweep before a gap; null: it goes on
    accepts       smallint not null, -- 0 signed out, 1 signed in, 2 not said
    position      bigint not null, -- the event that told it
    primary key (account_id, queue_id, extension_id, "from")
);

-- Who is a member now is found without reading the past.
create index queue_interval_open on queue_interval (account_id, queue_id, extension_id) where until is null;

-- Stretches of uninterrupted complete sweeps of a queue.
create table queue_coverage (
    account_id    bigint not null,
    queue_id      bigint not null,
    "from"        timestamptz not null, -- the first sweep had been answered
    until         timestamptz not null, -- the last sweep so far was asked for
    answered_at   timestamptz not null, -- the last sweep so far had been answered
    valid_for_ms  bigint not null, -- of the last sweep
    primary key (account_id, queue_id, "from")
);

-- One row per stretch in which what a member of a queue accepted was constant as far as known. Between two rows of one
-- member the queue was not observed, or they were no member: presence_queue_coverage shows which.
create view presence_queue_intervals as
select
    account_id,
    queue_id,
    queue_number,               -- as it was when the stretch began
    queue_name,                 -- as it was when the stretch began
    extension_id,               -- the member
    extension_number,           -- as it was when the stretch began
    name,                       -- as it was when the stretch began
    accepts,                    -- signed_in, signed_out or not_said
    from_at, -- it is known from then on
    (extract(epoch from from_at) * 1000)::bigint as from_ms,
    not_before_at, -- the change that opened it cannot have happened before; null after a first sweep or a gap
    (extract(epoch from not_before_at) * 1000)::bigint as not_before_ms,
    certain_until_at, -- until then nothing else is possible
    (extract(epoch from certain_until_at) * 1000)::bigint as certain_until_ms,
    until_at, -- the next change, or the last sweep before a gap, or the last sweep so far
    (extract(epoch from until_at) * 1000)::bigint as until_ms,
    begun_by,                   -- change; gap: the first sweep, or the first one after a gap
    ended_by,                   -- change, gap, or open: what was known last, which may go on
    is_open,                    -- 1: ended_by is open
    (extract(epoch from until_at) * 1000)::bigint - (extract(epoch from from_at) * 1000)::bigint as duration_ms,
    presumed_until_at, -- of an open one: without another sweep it is presumed until then, and unknown after
    (extract(epoch from presumed_until_at) * 1000)::bigint as presumed_until_ms,
    position                    -- the event that told it
from (
    select
        i.account_id,
        i.queue_id,
        q.extension_number as queue_number,
        q.name as queue_name,
        i.extension_id,
        p.extension_number,
        p.name,
        case i.accepts when 0 then 'signed_out' when 1 then 'signed_in' else 'not_said' end as accepts,
        i."from" as from_at,
        i.not_before as not_before_at,
        coalesce(i.certain_until, greatest(c.until, i."from")) as certain_until_at,
        coalesce(i.until, greatest(c.until, i."from")) as until_at,
        case when i.not_before is null then 'gap' else 'change' end as begun_by,
        case when i.until is null then 'open' when i.certain_until < i.until then 'change' else 'gap' end as ended_by,
        case when i.until is null then 1 else 0 end as is_open,
        c.until + c.valid_for_ms * interval '1 millisecond' as presumed_until_at,
        i.position
    from queue_interval i
    left join queue_coverage c on i.until is null and c.account_id = i.account_id and c.queue_id = i.queue_id
        and c."from" = (
            select max(l."from")
            from queue_coverage l
            where l.account_id = i.account_id and l.queue_id = i.queue_id
        )
    left join profile q on q.profile_id = coalesce((
        select n.profile_id
        from profile_interval n
        where n.account_id = i.account_id and n.extension_id = i.queue_id and n."from" <= i."from"
        order by n."from" desc
        limit 1
    ), (
        select n.profile_id
        from profile_interval n
        where n.account_id = i.account_id and n.extension_id = i.queue_id
        order by n."from"
        limit 1
    ))
    left join profile p on p.profile_id = coalesce((
        select n.profile_id
        from profile_interval n
        where n.account_id = i.account_id and n.extension_id = i.extension_id and n."from" <= i."from"
        order by n."from" desc
        limit 1
    ), (
        select n.profile_id
        from profile_interval n
        where n.account_id = i.account_id and n.extension_id = i.extension_id
        order by n."from"
        limit 1
    ))
) as told;

-- One row per stretch of uninterrupted complete sweeps of a queue; between two rows of one queue it was not observed.
create view presence_queue_coverage as
select
    c.account_id,
    c.queue_id,
    p.extension_number as queue_number, -- the latest one
    p.name as queue_name,               -- the latest one
    c."from" as from_at,                -- the first sweep had been answered
    (extract(epoch from c."from") * 1000)::bigint as from_ms,
    greatest(c.until, c."from") as until_at, -- the last sweep was asked for
    (extract(epoch from greatest(c.until, c."from")) * 1000)::bigint as until_ms,
    (extract(epoch from greatest(c.until, c."from")) * 1000)::bigint - (extract(epoch from c."from") * 1000)::bigint
        as duration_ms,
    c.valid_for_ms                      -- so long after the last sweep the next one would still have prolonged the stretch
from queue_coverage c
left join extension x on x.account_id = c.account_id and x.extension_id = c.queue_id
left join profile p on p.profile_id = x.profile_id;

-- Rows that are changed where they are.
alter table queue_interval set (fillfactor = 90);
alter table queue_coverage set (fillfactor = 70);

comment on column snapshot.queue_sweep_count is 'how many rows of queue_sweep it has; null: none';
comment on column event.kind is '0 appeared, 1 changed, 2 disappeared, 3 profile changed, 4 queue changed';
comment on table queue_change is 'What an event of kind 4 says of a queue.';
comment on column queue_change.accepts is '0 signed out, 1 signed in, 2 not said; null: no member';
comment on column extension.existence is '0 only listed by the directory or named by a queue, 1 exists, 2 is gone';
comment on table queue_sweep is 'One sweep of a queue: all its members, or why they were not seen.';
comment on column queue_sweep.status is '0 complete, 1 failed';
comment on table queue_interval is
    'What one member of a queue accepted, as far as known: cut at gaps between the queue''s own complete sweeps.';
comment on column queue_interval.accepts is '0 signed out, 1 signed in, 2 not said';
comment on table queue_coverage is 'Stretches of uninterrupted complete sweeps of a queue.';
comment on view presence_queue_intervals is
    'One row per stretch in which what a member of a queue accepted was constant as far as known.';
comment on view presence_queue_coverage is 'One row per stretch of uninterrupted complete sweeps of a queue.';

update presence_history set schema_version = 13;
