-- The rules by which what follows from the log was derived have a number, so that a program with others knows. What an
-- older program derived (number 1) is derived again when the store is next opened to write.

alter table head add column rules integer not null default 1; -- by which the account's other tables follow from its log

-- So long before `since` the state was told, at the extension's own time: more than 0 after a gap in which it stayed the
-- same. Null of one that does not exist.
alter table extension add column told_before_ms integer;

-- An older program that is still running would go on by older rules: it cannot write any more.
create trigger extension_is_told
before insert on extension
when new.existence = 1 and new.told_before_ms is null
begin
    select raise(abort, 'this history follows newer rules');
end;

-- What columns mean is said where the views were made first; the text of a view is kept in the file.
drop view last_seen;
drop view presence_now;
drop view presence_coverage;

-- Where the looks at each account end, and when each extension that exists was last seen. What was seen again after a
-- gap is known from the end of that look, though the look itself counts from its start.
create view last_seen as
select
    x.account_id,
    x.extension_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(coalesce(x.lagging_at, c.until), x.since) / 1000.0, 'unixepoch') as last_seen_at,
    max(coalesce(x.lagging_at, c.until), x.since) as last_seen_ms,
    coalesce(x.lagging_valid_for_ms, c.valid_for_ms) as valid_for_ms,
    max(coalesce(x.lagging_at, c.until), x.since - x.told_before_ms) + coalesce(x.lagging_valid_for_ms, c.valid_for_ms) as reaches_ms
from extension x
join coverage c on c.account_id = x.account_id and c.kind = 0 and c."from" = (
    select max(l."from")
    from coverage l
    where l.account_id = x.account_id and l.kind = 0
)
where x.existence = 1;

-- One row per extension: what the last look that saw it showed.
create view presence_now as
select
    x.account_id,
    x.extension_id,
    p.extension_number,
    p.name,
    p.type,
    case when p.type in ('User', 'DigitalUser', 'VirtualUser', 'FlexibleUser') or p.type is null then 1 else 0 end
        as is_person,
    p.department,
    p.site,
    p.time_zone,
    p.queues,
    case x.existence when 0 then 'listed' when 1 then 'known' else 'absent' end as status,
    strftime('%Y-%m-%dT%H:%M:%fZ', (x.since) / 1000.0, 'unixepoch') as since_at,
    x.since as since_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (x.not_before) / 1000.0, 'unixepoch') as not_before_at,
    x.not_before as not_before_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (l.last_seen_ms) / 1000.0, 'unixepoch') as last_seen_at,
    l.last_seen_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', l.reaches_ms / 1000.0, 'unixepoch') as presumed_until_at,
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
create view presence_coverage as
select
    c.account_id,
    case c.kind when 0 then 'observed' else 'complete' end as kind,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c."from") / 1000.0, 'unixepoch') as from_at,
    c."from" as from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(c.until, c."from") / 1000.0, 'unixepoch') as until_at,
    max(c.until, c."from") as until_ms,
    max(c.until - c."from", 0) as duration_ms,
    c.valid_for_ms
from coverage c;

pragma user_version = 11;
