-- The contract with analysts: the same names, columns and meaning wherever the history is kept.
--
-- All times are UTC: `…_at` is a timestamptz, `…_ms` the same as integer milliseconds since 1970.
-- Stretches are half-open: they hold from their start until just before their end. Durations are milliseconds.
-- No view knows what time it is now: what is known ends with the last look.

-- One row per facet that changed: the audit list. Whoever appears changes from null, whoever disappears changes to
-- null; a facet that is null in a known state is absent there. Changes of the profile are in extension_history.
create view presence_changes as
select
    e.account_id,
    e.position,              -- order in the account's log, gapless over all events
    e.snapshot_no,           -- the look that showed it
    case s.source when 0 then 'poll' when 1 then 'push' else 'import' end as source,
    e.extension_id,
    p.extension_number,      -- as it was then
    p.name,                  -- as it was then
    e.version,               -- order among the extension's events, gapless
    case e.kind when 0 then 'appeared' when 1 then 'changed' else 'disappeared' end as kind,
    f.facet,
    f.from_value,
    f.to_value,
    e.observed_at, -- the change had been seen
    (extract(epoch from e.observed_at) * 1000)::bigint as observed_ms,
    e.observed_at - e.ambiguous_ms * interval '1 millisecond' as not_before_at, -- it cannot have happened before; null: nothing earlier is known
    (extract(epoch from e.observed_at) * 1000)::bigint - e.ambiguous_ms as not_before_ms,
    s.recorded_at, -- it was written down
    (extract(epoch from s.recorded_at) * 1000)::bigint as recorded_ms
from event e
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
left join state a on a.state_id = e.state_id
left join state b on b.state_id = e.previous_state_id
left join message am on am.message_id = e.message_id
left join message bm on bm.message_id = e.previous_message_id
left join profile p on p.profile_id = coalesce(e.profile_id, (
    select i.profile_id
    from profile_interval i
    where i.account_id = e.account_id and i.extension_id = e.extension_id and i."from" <= e.observed_at
    order by i."from" desc
    limit 1
))
cross join lateral (
    values
        ('presence_status', b.presence_status, a.presence_status),
        ('user_status', b.user_status, a.user_status),
        ('telephony_status', b.telephony_status, a.telephony_status),
        ('dnd_status', b.dnd_status, a.dnd_status),
        ('meeting_status', b.meeting_status, a.meeting_status),
        ('dnd_status_personal', b.dnd_status_personal, a.dnd_status_personal),
        ('accept_call_queue_calls', b.accept_call_queue_calls, a.accept_call_queue_calls),
        ('allow_see_my_presence', b.allow_see_my_presence, a.allow_see_my_presence),
        ('caller_id_visibility', b.caller_id_visibility, a.caller_id_visibility),
        ('ring_on_monitored_call', b.ring_on_monitored_call, a.ring_on_monitored_call),
        ('pick_up_calls_on_hold', b.pick_up_calls_on_hold, a.pick_up_calls_on_hold),
        ('cx_telephony_status', b.cx_telephony_status, a.cx_telephony_status),
        ('aggregated_telephony_status', b.aggregated_telephony_status, a.aggregated_telephony_status),
        ('message', bm.text, am.text)
) as f (facet, from_value, to_value)
where e.kind <> 3 and f.from_value is distinct from f.to_value;

-- Where the looks at each account end, and when each extension that exists was last seen.
create view last_seen as
select
    x.account_id,
    x.extension_id,
    greatest(coalesce(x.lagging_at, c.until), x.since) as last_seen_at,
    (extract(epoch from greatest(coalesce(x.lagging_at, c.until), x.since)) * 1000)::bigint as last_seen_ms,
    coalesce(x.lagging_valid_for_ms, c.valid_for_ms) as valid_for_ms -- so long after it the next look still brackets the time between
from extension x
join coverage c on c.account_id = x.account_id and c.kind = 0 and c."from" = (
    select max(l."from")
    from coverage l
    where l.account_id = x.account_id and l.kind = 0
)
where x.existence = 1;

-- One row per stretch in which all facets of an extension were constant as far as known. Between two rows of one
-- extension nothing is known (nobody looked), or the extension did not exist.
create view presence_intervals as
select
    account_id,
    extension_id,
    extension_number,           -- as it was when the stretch began
    name,                       -- as it was when the stretch began
    from_at, -- the state is known from then on
    (extract(epoch from from_at) * 1000)::bigint as from_ms,
    not_before_at, -- the change that opened it cannot have happened before; null after a first look or a gap
    (extract(epoch from not_before_at) * 1000)::bigint as not_before_ms,
    certain_until_at, -- until then nothing else is possible
    (extract(epoch from certain_until_at) * 1000)::bigint as certain_until_ms,
    until_at, -- the next change, or the last look before a gap, or the last look so far
    (extract(epoch from until_at) * 1000)::bigint as until_ms,
    begun_by,                   -- change; appeared: it was first seen, or came back; gap: seen unchanged or changed, first thing after a gap
    ended_by,                   -- change, disappeared, gap, or open: the last known state, which may go on
    is_open,                    -- 1: ended_by is open
    (extract(epoch from until_at) * 1000)::bigint - (extract(epoch from from_at) * 1000)::bigint as duration_ms,
    presence_status,
    user_status,
    telephony_status,
    dnd_status,
    meeting_status,
    dnd_status_personal,
    accept_call_queue_calls,
    allow_see_my_presence,
    caller_id_visibility,
    ring_on_monitored_call,
    pick_up_calls_on_hold,
    cx_telephony_status,
    aggregated_telephony_status,
    message,
    position                    -- the event that told the state
from (
    select
        i.account_id,
        i.extension_id,
        p.extension_number,
        p.name,
        i."from" as from_at,
        i."from" - i.ambiguous_ms * interval '1 millisecond' as not_before_at,
        coalesce(i."from" + (i.duration_ms - i.end_ambiguous_ms) * interval '1 millisecond', l.last_seen_at) as certain_until_at,
        coalesce(i."from" + i.duration_ms * interval '1 millisecond', l.last_seen_at) as until_at,
        case
            when exists (
                select 1
                from existence_interval e
                where e.account_id = i.account_id and e.extension_id = i.extension_id and e."from" = i."from"
            ) then 'appeared'
            when i.ambiguous_ms is null then 'gap'
            else 'change'
        end as begun_by,
        case
            when i.duration_ms is null then 'open'
            when exists (
                select 1
                from existence_interval e
                where e.account_id = i.account_id and e.extension_id = i.extension_id
                    and e.until = i."from" + i.duration_ms * interval '1 millisecond'
            ) then 'disappeared'
            when exists (
                select 1
                from presence_interval n
                where n.extension_key = i.extension_key
                    and n."from" = i."from" + i.duration_ms * interval '1 millisecond' and n."from" > i."from"
            ) then 'change'
            else 'gap'
        end as ended_by,
        case when i.duration_ms is null then 1 else 0 end as is_open,
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
        i.position
    from (
        select k.account_id, k.extension_id, t.*
        from presence_interval t
        join extension_key k on k.extension_key = t.extension_key
    ) as i
    join state s on s.state_id = i.state_id
    left join message m on m.message_id = i.message_id
    left join last_seen l on l.account_id = i.account_id and l.extension_id = i.extension_id and i.duration_ms is null
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
) as stretch;

-- One row per extension: what the last look that saw it showed.
create view presence_now as
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
    l.last_seen_at + l.valid_for_ms * interval '1 millisecond' as presumed_until_at, -- without another look the state is presumed until then, and unknown after
    l.last_seen_ms + l.valid_for_ms as presumed_until_ms,
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
create view presence_coverage as
select
    c.account_id,
    case c.kind when 0 then 'observed' else 'complete' end as kind, -- complete: only looks that saw everybody count
    c."from" as from_at, -- the first look
    (extract(epoch from c."from") * 1000)::bigint as from_ms,
    c.until as until_at, -- the last look
    (extract(epoch from c.until) * 1000)::bigint as until_ms,
    (extract(epoch from c.until) * 1000)::bigint - (extract(epoch from c."from") * 1000)::bigint as duration_ms,
    c.valid_for_ms              -- so long after the last look the next one would still have prolonged the stretch
from coverage c;

-- One row per stretch in which an extension's profile was the same as far as known.
create view extension_history as
select
    i.account_id,
    i.extension_id,
    i."from" as from_at,
    (extract(epoch from i."from") * 1000)::bigint as from_ms,
    i.until as until_at, -- null: it goes on
    (extract(epoch from i.until) * 1000)::bigint as until_ms,
    p.extension_number,
    p.name,
    p.type,
    p.status,
    p.department,
    p.site,
    p.time_zone,
    p.queues                    -- a JSON array of texts
from profile_interval i
join profile p on p.profile_id = i.profile_id;

-- One row per look at an account, also those that failed or were skipped: nobody looked is not nothing changed.
create view presence_looks as
select
    s.account_id,
    s.snapshot_no,               -- order in the account's log, gapless
    case s.source when 0 then 'poll' when 1 then 'push' else 'import' end as source,
    case s.status when 0 then 'complete' when 1 then 'partial' when 2 then 'failed' else 'skipped' end as status,
    s.started_at,                -- the first request was sent
    (extract(epoch from s.started_at) * 1000)::bigint as started_ms,
    s.finished_at,               -- the last response had been received
    (extract(epoch from s.finished_at) * 1000)::bigint as finished_ms,
    s.recorded_at,               -- it was written down
    (extract(epoch from s.recorded_at) * 1000)::bigint as recorded_ms,
    s.valid_for_ms,              -- the next look still brackets the time between if it starts no later than this after
    s.expected_count,            -- how many extensions the platform said there are
    s.observed_count,            -- how many were observed
    s.event_count,               -- how many change events it has
    s.position,                  -- of the last event of the log after it
    s.clock_skew_ms,             -- the platform's clock minus ours
    s.detail                     -- why it is not complete, for people
from snapshot s;

comment on view presence_changes is
    'One row per facet that changed: the audit list. Whoever appears changes from null, whoever disappears to null.';
comment on view presence_intervals is
    'One row per stretch in which all facets of an extension were constant as far as known.';
comment on view presence_now is 'One row per extension: what the last look that saw it showed.';
comment on view presence_looks is 'One row per look at an account, also those that failed or were skipped.';
comment on view presence_coverage is 'One row per stretch of uninterrupted looks at an account.';
comment on view extension_history is
    'One row per stretch in which an extension''s profile was the same as far as known.';

update presence_history set schema_version = 3;
