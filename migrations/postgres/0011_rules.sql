-- The rules by which what follows from the log was derived have a number, so that a program with others knows. What an
-- older program derived (number 1) is derived again when the store is next opened to write.

alter table head add column rules integer not null default 1;
comment on column head.rules is 'the number of the rules by which the account''s other tables follow from its log';

alter table extension add column told_before_ms bigint;
comment on column extension.told_before_ms is
    'so long before since the state was told, at the extension''s own time: more than 0 after a gap in which it stayed the same; null of one that does not exist';

-- An older program that is still running would go on by older rules: it cannot write any more.
alter table extension add constraint extension_is_told check (existence <> 1 or told_before_ms is not null) not valid;

create temporary table replaced_barrier as
select c.relname as view_name
from pg_catalog.pg_class c
where c.oid in ('last_seen'::regclass, 'presence_now'::regclass, 'presence_coverage'::regclass)
    and 'security_barrier=true' = any (c.reloptions);

-- Where the looks at each account end, and when each extension that exists was last seen. What was seen again after a
-- gap is known from the end of that look, though the look itself counts from its start.
create or replace view last_seen as
select
    x.account_id,
    x.extension_id,
    greatest(coalesce(x.lagging_at, c.until), x.since) as last_seen_at,
    (extract(epoch from greatest(coalesce(x.lagging_at, c.until), x.since)) * 1000)::bigint as last_seen_ms,
    coalesce(x.lagging_valid_for_ms, c.valid_for_ms) as valid_for_ms, -- so long after it the next look still brackets the time between
    (extract(epoch from greatest(coalesce(x.lagging_at, c.until), x.since - x.told_before_ms * interval '1 millisecond')) * 1000)::bigint
        + coalesce(x.lagging_valid_for_ms, c.valid_for_ms) as reaches_ms -- until then
from extension x
join coverage c on c.account_id = x.account_id and c.kind = 0 and c."from" = (
    select max(l."from")
    from coverage l
    where l.account_id = x.account_id and l.kind = 0
)
where x.existence = 1;

-- One row per extension: what the last look that saw it showed.
create or replace view presence_now as
select
    x.account_id,
    x.extension_id,
    p.extension_number,
    p.name,
    p.type,
    case when p.type in ('User', 'DigitalUser', 'VirtualUser', 'FlexibleUser') or p.type is null then 1 else 0 end
        as is_person,            -- 0: a menu, an announcement, a department, …
    p.department,
    p.site,
    p.time_zone,
    p.queues,                    -- a JSON array of texts
    case x.existence when 0 then 'listed' when 1 then 'known' else 'absent' end as status, -- listed: only the directory named it
    x.since as since_at, -- known without a gap from then on; of an absent one: gone since then
    (extract(epoch from x.since) * 1000)::bigint as since_ms,
    x.not_before as not_before_at, -- the change to this state cannot have happened before; null after a first look or a gap
    (extract(epoch from x.not_before) * 1000)::bigint as not_before_ms,
    l.last_seen_at,
    l.last_seen_ms,
    timestamptz 'epoch' + l.reaches_ms * interval '1 millisecond' as presumed_until_at, -- without another look the state is presumed until then, and unknown after
    l.reaches_ms as presumed_until_ms,
    s.presence_status,
    s.user_status,
    s.telephony_status,
    s.dnd_status,
    s.meeting_status,
    s.dnd_status_personal,
    s.accept_call_queue_calls,
    s.allow_see_my_presence,
    s.caller_id_visibility,
    s.ring_on_monitored_call,
    s.pick_up_calls_on_hold,
    s.cx_telephony_status,
    s.aggregated_telephony_status,
    m.text as message,
    x.version,
    x.position
from extension x
left join last_seen l on l.account_id = x.account_id and l.extension_id = x.extension_id
left join state s on s.state_id = x.state_id
left join message m on m.message_id = x.message_id
left join profile p on p.profile_id = x.profile_id;

-- One row per stretch of uninterrupted looks at an account; between two rows of one kind nobody looked.
create or replace view presence_coverage as
select
    c.account_id,
    case c.kind when 0 then 'observed' else 'complete' end as kind, -- complete: only looks that saw everybody count
    c."from" as from_at, -- the first look had been answered
    (extract(epoch from c."from") * 1000)::bigint as from_ms,
    greatest(c.until, c."from") as until_at, -- the last look was begun
    (extract(epoch from greatest(c.until, c."from")) * 1000)::bigint as until_ms,
    (extract(epoch from greatest(c.until, c."from")) * 1000)::bigint - (extract(epoch from c."from") * 1000)::bigint
        as duration_ms,
    c.valid_for_ms              -- so long after the last look the next one would still have prolonged the stretch
from coverage c;

-- A view that is replaced is no barrier any more, if it was one.
do $$
declare
    barrier name;
begin
    for barrier in select view_name from replaced_barrier loop
        execute format('alter view %I set (security_barrier = true)', barrier);
    end loop;
end $$;
drop table replaced_barrier;

update presence_history set schema_version = 11;
