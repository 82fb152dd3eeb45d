-- Packed history: what is past, one extension's month in one row. It follows from presence_interval, whose rows stay;
-- questions about the past read it because that is many times faster. `presence pack` and the collector make it.

-- The intervals of one extension that ended in one month.
create table history_block (
    account_id     bigint not null,
    extension_id   bigint not null,
    month          integer not null, -- such as 202611 (UTC)
    interval_count integer not null, -- how many ended in it
    content        bytea not null,   -- the intervals: a version, columns of few bits, checksums
    primary key (account_id, extension_id, month)
);

-- Up to where an extension's history is packed: whatever ended before is in a block.
create table history_sealed (
    account_id   bigint not null,
    extension_id bigint not null,
    next_month   integer not null, -- the first month that is not packed yet, such as 202611 (UTC)
    primary key (account_id, extension_id)
);

-- The content is dense already.
alter table history_block alter column content set storage external;
alter table history_sealed set (fillfactor = 70);

comment on table history_block is 'The intervals of one extension that ended in one month, packed.';
comment on column history_block.month is 'such as 202611 (UTC)';
comment on table history_sealed is 'Up to where an extension''s history is packed.';

update presence_history set schema_version = 5;
