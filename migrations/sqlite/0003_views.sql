-- The contract with analysts: the same names, columns and meaning wherever the history is kept.
--
-- All times are UTC: `…_at` is text like 2026-11-02T14:00:00.000Z, `…_ms` the same as integer milliseconds since 1970.
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
    case f.facet
        when 'presence_status' then b.presence_status
        when 'user_status' then b.user_status
        when 'telephony_status' then b.telephony_status
        when 'dnd_status' then b.dnd_status
        when 'meeting_status' then b.meeting_status
        when 'dnd_status_personal' then b.dnd_status_personal
        when 'accept_call_queue_calls' then b.accept_call_queue_calls
        when 'allow_see_my_presence' then b.allow_see_my_presence
        when 'caller_id_visibility' then b.caller_id_visibility
        when 'ring_on_monitored_call' then b.ring_on_monitored_call
        when 'pick_up_calls_on_hold' then b.pick_up_calls_on_hold
        when 'cx_telephony_status' then b.cx_telephony_status
        when 'aggregated_telephony_status' then b.aggregated_telephony_status
        else bm.text
    end as from_value,
    case f.facet
        when 'presence_status' then a.presence_status
        when 'user_status' then a.user_status
        when 'telephony_status' then a.telephony_status
        when 'dnd_status' then a.dnd_status
        when 'meeting_status' then a.meeting_status
        when 'dnd_status_personal' then a.dnd_status_personal
        when 'accept_call_queue_calls' then a.accept_call_queue_calls
        when 'allow_see_my_presence' then a.allow_see_my_presence
        when 'caller_id_visibility' then a.caller_id_visibility
        when 'ring_on_monitored_call' then a.ring_on_monitored_call
        when 'pick_up_calls_on_hold' then a.pick_up_calls_on_hold
        when 'cx_telephony_status' then a.cx_telephony_status
        when 'aggregated_telephony_status' then a.aggregated_telephony_status
        else am.text
    end as to_value,
    strftime('%Y-%m-%dT%H:%M:%fZ', (e.observed_at) / 1000.0, 'unixepoch') as observed_at, -- the change had been seen
    e.observed_at as observed_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (e.observed_at - e.ambiguous_ms) / 1000.0, 'unixepoch') as not_before_at, -- it cannot have happened before; null: nothing earlier is known
    e.observed_at - e.ambiguous_ms as not_before_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.recorded_at) / 1000.0, 'unixepoch') as recorded_at, -- it was written down
    s.recorded_at as recorded_ms
from event e
join snapshot s on s.account_id = e.account_id and s.snapshot_no = e.snapshot_no
cross join (
    select 'presence_status' as facet
    union all select 'user_status'
    union all select 'telephony_status'
    union all select 'dnd_status'
    union all select 'meeting_status'
    union all select 'dnd_status_personal'
    union all select 'accept_call_queue_calls'
    union all select 'allow_see_my_presence'
    union all select 'caller_id_visibility'
    union all select 'ring_on_monitored_call'
    union all select 'pick_up_calls_on_hold'
    union all select 'cx_telephony_status'
    union all select 'aggregated_telephony_status'
    union all select 'message'
) f
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
where e.kind <> 3 and from_value is not to_value;

-- Where the looks at each account end, and when each extension that exists was last seen.
create view last_seen as
select
    x.account_id,
    x.extension_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(coalesce(x.lagging_at, c.until), x.since) / 1000.0, 'unixepoch') as last_seen_at,
    max(coalesce(x.lagging_at, c.until), x.since) as last_seen_ms,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', (from_ms) / 1000.0, 'unixepoch') as from_at, -- the state is known from then on
    from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (not_before_ms) / 1000.0, 'unixepoch') as not_before_at, -- the change that opened it cannot have happened before; null after a first look or a gap
    not_before_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (certain_until_ms) / 1000.0, 'unixepoch') as certain_until_at, -- until then nothing else is possible
    certain_until_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (until_ms) / 1000.0, 'unixepoch') as until_at, -- the next change, or the last look before a gap, or the last look so far
    until_ms,
    begun_by,                   -- change; appeared: it was first seen, or came back; gap: seen unchanged or changed, first thing after a gap
    ended_by,                   -- change, disappeared, gap, or open: the last known state, which may go on
    is_open,                    -- 1: ended_by is open
    until_ms - from_ms as duration_ms,
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
        i."from" as from_ms,
        i."from" - i.ambiguous_ms as not_before_ms,
        coalesce(i."from" + i.duration_ms - i.end_ambiguous_ms, l.last_seen_ms) as certain_until_ms,
        coalesce(i."from" + i.duration_ms, l.last_seen_ms) as until_ms,
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
                    and e.until = i."from" + i.duration_ms
            ) then 'disappeared'
            when exists (
                select 1
                from presence_interval n
                where n.extension_key = i.extension_key
                    and n."from" = i."from" + i.duration_ms and n."from" > i."from"
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
);

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
    strftime('%Y-%m-%dT%H:%M:%fZ', (x.since) / 1000.0, 'unixepoch') as since_at, -- known without a gap from then on; of an absent one: gone since then
    x.since as since_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (x.not_before) / 1000.0, 'unixepoch') as not_before_at, -- the change to this state cannot have happened before; null after a first look or a gap
    x.not_before as not_before_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (l.last_seen_ms) / 1000.0, 'unixepoch') as last_seen_at,
    l.last_seen_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (l.last_seen_ms + l.valid_for_ms) / 1000.0, 'unixepoch') as presumed_until_at, -- without another look the state is presumed until then, and unknown after
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
    strftime('%Y-%m-%dT%H:%M:%fZ', (c."from") / 1000.0, 'unixepoch') as from_at, -- the first look
    c."from" as from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.until) / 1000.0, 'unixepoch') as until_at, -- the last look
    c.until as until_ms,
    c.until - c."from" as duration_ms,
    c.valid_for_ms              -- so long after the last look the next one would still have prolonged the stretch
from coverage c;

-- One row per stretch in which an extension's profile was the same as far as known.
create view extension_history as
select
    i.account_id,
    i.extension_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', (i."from") / 1000.0, 'unixepoch') as from_at,
    i."from" as from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (i.until) / 1000.0, 'unixepoch') as until_at, -- null: it goes on
    i.until as until_ms,
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
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.started_at) / 1000.0, 'unixepoch') as started_at, -- the first request was sent
    s.started_at as started_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.finished_at) / 1000.0, 'unixepoch') as finished_at, -- the last response had been received
    s.finished_at as finished_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (s.recorded_at) / 1000.0, 'unixepoch') as recorded_at, -- it was written down
    s.recorded_at as recorded_ms,
    s.valid_for_ms,              -- the next look still brackets the time between if it starts no later than this after
    s.expected_count,            -- how many extensions the platform said there are
    s.observed_count,            -- how many were observed
    s.event_count,               -- how many change events it has
    s.position,                  -- of the last event of the log after it
    s.clock_skew_ms,             -- the platform's clock minus ours
    s.detail                     -- why it is not complete, for people
from snapshot s;

pragma user_version = 3;
