-- Packed history: what is past, one extension's month in one row. It follows from presence_interval, whose rows stay;
-- questions about the past read it because that is many times faster. `presence pack` and the collector make it.

-- The intervals of one extension that ended in one month.
create table history_block (
    account_id     integer not null,
    extension_id   integer not null,
    month          integer not null, -- such as 202611 (UTC)
    interval_count integer not null, -- how many ended in it
    content        blob not null,    -- the intervals: a version, columns of few bits, checksums
    primary key (account_id, extension_id, month)
) strict;

-- Up to where an extension's history is packed: whatever ended before is in a block.
create table history_sealed (
    account_id   integer not null,
    extension_id integer not null,
    next_month   integer not null, -- the first month that is not packed yet, such as 202611 (UTC)
    primary key (account_id, extension_id)
) strict, without rowid;

pragma user_version = 5;
