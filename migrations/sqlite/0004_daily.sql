-- How long each value lasted, by local day: what SQL cannot compute, because it computes no local time.
--
-- Kept by the program beside the projections, when it is told to (`presence daily`) and while it collects. It follows
-- from the log and the time zones alone: it can be dropped, and is made anew. An append does not touch it.

-- The local days of a time zone, by the zone data that they were computed with.
create table local_day (
    zone       text not null,    -- IANA name
    zone_data  text not null,    -- version of the zone data
    local_date text not null,    -- such as 2026-11-02
    "from"     integer not null, -- the first moment of the day
    until      integer not null, -- the first moment after it
    primary key (zone, zone_data, local_date)
) strict, without rowid;

-- How far the table is for one extension and facet: what an update goes on from.
create table daily_series (
    account_id   integer not null,
    facet        text not null,
    extension_id integer not null,
    zone         text not null,    -- in whose local time its days are
    zone_data    text not null,    -- version of the zone data
    final_before text not null,    -- a local date: nothing that is recorded later changes the days before it
    kept_before  text not null,    -- a local date: the days before it are in the table
    primary key (account_id, facet, extension_id)
) strict, without rowid;

-- One row per extension, facet, local day, and value that lasted or may have lasted, or kind of time without a value.
create table daily_amount (
    account_id   integer not null,
    facet        text not null,
    local_date   text not null,
    extension_id integer not null,
    item_no      integer not null, -- from 0 in each day: values in their order, then unknown, then absent
    kind         integer not null, -- 0 value, 1 unknown, 2 absent
    value        text,             -- null: the facet was absent, or there is no value
    ms           integer not null, -- the estimate
    min_ms       integer,          -- what is certain; null: no bounds are kept
    max_ms       integer,          -- what is possible
    primary key (account_id, facet, local_date, extension_id, item_no)
) strict, without rowid;

-- One row per extension, facet, local day and value, and one each for its unknown and its absent time. The `ms` of one
-- day add up to the day's length.
create view presence_daily as
select
    a.account_id,
    a.extension_id,
    p.extension_number,          -- the latest
    p.name,                      -- the latest
    case when p.type in ('User', 'DigitalUser', 'VirtualUser', 'FlexibleUser') or p.type is null then 1 else 0 end
        as is_person,            -- 0: a menu, an announcement, a department, …
    a.facet,
    a.local_date,                -- in the zone
    strftime('%Y-%m-%dT%H:%M:%fZ', (d."from") / 1000.0, 'unixepoch') as from_at, -- the first moment of the day
    d."from" as from_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (d.until) / 1000.0, 'unixepoch') as until_at, -- the first moment after the day
    d.until as until_ms,
    case a.kind when 0 then 'value' when 1 then 'unknown' else 'absent' end as kind, -- unknown: nobody looked; absent: it did not exist
    a.value,                     -- null: the facet was absent, or the kind is not value
    a.ms,                        -- the estimate
    a.min_ms,                    -- what is certain; null where the kind is not value
    a.max_ms,                    -- what is possible; null where the kind is not value
    case when a.local_date < s.final_before then 1 else 0 end as is_final, -- 0: what is recorded later may change the day
    s.zone,                      -- IANA name
    s.zone_data                  -- version of the zone data
from daily_amount a
join daily_series s on s.account_id = a.account_id and s.facet = a.facet and s.extension_id = a.extension_id
join local_day d on d.zone = s.zone and d.zone_data = s.zone_data and d.local_date = a.local_date
left join extension x on x.account_id = a.account_id and x.extension_id = a.extension_id
left join profile p on p.profile_id = x.profile_id;

pragma user_version = 4;
