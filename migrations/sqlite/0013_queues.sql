-- Who takes the calls of a queue: what the sweeps of queues showed, and what that amounts to. Before this, nothing was
-- asked of queues, so everything about them is unknown in older snapshots.

alter table snapshot add column queue_sweep_count integer; -- how many rows of queue_sweep it has; null: none

-- What an event of kind 4, queue changed, says of a queue; it has no presence and no profile. It was observed when the
-- queue was, which may be before its snapshot's started_at. These are columns of few events, and would take three bytes of
-- every other one.
create table queue_change (
    account_id       integer not null,
    position         integer not null, -- the event
    queue_id         integer not null, -- the queue's own extension
    accepts          integer,          -- 0 signed out, 1 signed in, 2 not said; null: no member
    previous_accepts integer,          -- the same before it
    primary key (account_id, position)
) strict, without rowid;

create trigger queue_change_no_update before update on queue_change
begin select raise(abort, 'the log is append-only: a change of a queue is never updated'); end;
create trigger queue_change_no_delete before delete on queue_change
begin select raise(abort, 'the log is append-only: a change of a queue is never deleted'); end;
create trigger queue_change_no_replace before insert on queue_change
when exists (select 1 from queue_change where account_id = new.account_id and position = new.position)
begin select raise(abort, 'the log is append-only: this change of a queue is there already'); end;

-- One sweep of a queue: all its members, or why they were not seen. It is part of the next snapshot, and may have begun
-- before that.
create table queue_sweep (
    account_id   integer not null,
    snapshot_no  integer not null,
    queue_id     integer not null,
    requested_at integer not null, -- the request was sent
    received_at  integer not null, -- the response had been received, or it was given up
    valid_for_ms integer not null, -- the queue's next sweep still brackets the time between if it is answered no later than this after the request
    status       integer not null, -- 0 complete, 1 failed
    cause        text,             -- why it failed, in one word
    detail       text,             -- why it failed, for people
    member_count integer,          -- how many members it showed, if it is complete
    primary key (account_id, snapshot_no, queue_id, requested_at)
) strict, without rowid;

create trigger queue_sweep_no_update before update on queue_sweep
begin select raise(abort, 'the log is append-only: a sweep of a queue is never updated'); end;
create trigger queue_sweep_no_delete before delete on queue_sweep
begin select raise(abort, 'the log is append-only: a sweep of a queue is never deleted'); end;
create trigger queue_sweep_no_replace before insert on queue_sweep
when exists (
    select 1
    from queue_sweep
    where account_id = new.account_id and snapshot_no = new.snapshot_no and queue_id = new.queue_id
        and requested_at = new.requested_at
)
begin select raise(abort, 'the log is append-only: this sweep of a queue is there already'); end;

-- What one member of a queue accepted, as far as known: cut at gaps between the queue's own complete sweeps.
create table queue_interval (
    account_id    integer not null,
    queue_id      integer not null,
    extension_id  integer not null, -- the member
    "from"        integer not null, -- it is known from then on
    not_before    integer,          -- the change that opened it cannot have happened before; null: no change did
    certain_until integer,          -- nothing else is possible until then; null: it goes on
    until         integer,          -- the next change, or the last sweep before a gap; null: it goes on
    accepts       integer not null, -- 0 signed out, 1 signed in, 2 not said
    position      integer not null, -- the event that told it
    primary key (account_id, queue_id, extension_id, "from")
) strict, without rowid;

-- Who is a member now is found without reading the past.
create index queue_interval_open on queue_interval (account_id, queue_id, extension_id) where until is null;

-- Stretches of uninterrupted complete sweeps of a queue.
create table queue_coverage (
    account_id   integer not null,
    queue_id     integer not null,
    "from"       integer not null, -- the first sweep had been answered
    until        integer not null, -- the last sweep so far was asked for
    answered_at  integer not null, -- the last sweep so far had been answered
    valid_for_ms integer not null, -- of the last sweep
    primary key (account_id, queue_id, "from")
) strict, without rowid;

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
    strftime('%Y-%m-%dT%H:%M:%fZ', (from_ms) / 1000.0, 'unixepoch') as from_at, -- it is known from then on
    from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (not_before_ms) / 1000.0, 'unixepoch') as not_before_at, -- the change that opened it cannot have happened before; null after a first sweep or a gap
    not_before_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (certain_until_ms) / 1000.0, 'unixepoch') as certain_until_at, -- until then nothing else is possible
    certain_until_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (until_ms) / 1000.0, 'unixepoch') as until_at, -- the next change, or the last sweep before a gap, or the last sweep so far
    until_ms,
    begun_by,                   -- change; gap: the first sweep, or the first one after a gap
    ended_by,                   -- change, gap, or open: what was known last, which may go on
    is_open,                    -- 1: ended_by is open
    until_ms - from_ms as duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (presumed_until_ms) / 1000.0, 'unixepoch') as presumed_until_at, -- of an open one: without another sweep it is presumed until then, and unknown after
    presumed_until_ms,
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
        i."from" as from_ms,
        i.not_before as not_before_ms,
        coalesce(i.certain_until, max(c.until, i."from")) as certain_until_ms,
        coalesce(i.until, max(c.until, i."from")) as until_ms,
        case when i.not_before is null then 'gap' else 'change' end as begun_by,
        case when i.until is null then 'open' when i.certain_until < i.until then 'change' else 'gap' end as ended_by,
        case when i.until is null then 1 else 0 end as is_open,
        c.until + c.valid_for_ms as presumed_until_ms,
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
);

-- One row per stretch of uninterrupted complete sweeps of a queue; between two rows of one queue it was not observed.
create view presence_queue_coverage as
select
    c.account_id,
    c.queue_id,
    p.extension_number as queue_number, -- the latest one
    p.name as queue_name,               -- the latest one
    strftime('%Y-%m-%dT%H:%M:%fZ', (c."from") / 1000.0, 'unixepoch') as from_at, -- the first sweep had been answered
    c."from" as from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(c.until, c."from") / 1000.0, 'unixepoch') as until_at, -- the last sweep was asked for
    max(c.until, c."from") as until_ms,
    max(c.until, c."from") - c."from" as duration_ms,
    c.valid_for_ms                      -- so long after the last sweep the next one would still have prolonged the stretch
from queue_coverage c
left join extension x on x.account_id = c.account_id and x.extension_id = c.queue_id
left join profile p on p.profile_id = x.profile_id;

pragma user_version = 13;
