-- What the log amounts to. Each append brings these up to date in its own transaction; `presence rebuild` makes them
-- anew from the log, and they can be dropped for it.

-- Where each extension stands at the end of the log.
create table extension (
    account_id           bigint not null,
    extension_id         bigint not null, -- RingCentral's number: the only thing that identifies a person
    version              integer not null, -- of its last event
    existence            smallint not null, -- 0 only listed by the directory, 1 exists, 2 is gone
    state_id             integer,          -- what it shows, if it exists
    message_id           integer,          -- null: no message
    since                timestamptz,          -- known without a gap from then on; of one that is gone: since when
    not_before           timestamptz,          -- the change that opened this stretch cannot have happened before
    position             bigint,          -- the event that told the state
    lagging_at           timestamptz,          -- if the account's latest look did not see it: the start of the look that last did
    lagging_valid_for_ms bigint,          -- that look's valid_for_ms
    missing              smallint not null, -- 1: a complete look has lacked it since it was last seen
    appeared_at          timestamptz,
    appeared_not_before  timestamptz,          -- it cannot have appeared before
    profile_id           integer,          -- null: nothing was ever told
    profile_since        timestamptz,
    primary key (account_id, extension_id)
);

-- Stretches in which one extension's state is constant as far as known, cut at gaps.
--
-- Eight columns, the wide ones first: more columns, or gaps between them, would take eight bytes more in each row.
create table presence_interval (
    "from"           timestamptz not null, -- the state is known from then on
    position         bigint not null, -- the event that told the state
    ambiguous_ms     bigint,          -- the change that opened it happened in this long a stretch before; null: no change did
    duration_ms      bigint,          -- until the next change, or the last look before a gap; null: it goes on
    end_ambiguous_ms bigint,          -- the last so many milliseconds may already belong to the next state; null: it goes on
    extension_key    integer not null, -- whose
    state_id         integer not null,
    message_id       integer,          -- null: no message
    primary key (extension_key, "from")
);

-- Stretches in which one extension existed.
create table existence_interval (
    account_id    bigint not null,
    extension_id  bigint not null,
    "from"        timestamptz not null, -- it was first seen
    not_before    timestamptz,          -- it cannot have appeared before
    certain_until timestamptz,          -- it cannot have disappeared before; null: it exists
    until         timestamptz,          -- it was seen to be gone; null: it exists
    primary key (account_id, extension_id, "from")
);

-- Stretches in which one extension's profile was the same as far as known.
create table profile_interval (
    account_id   bigint not null,
    extension_id bigint not null,
    "from"       timestamptz not null,
    until        timestamptz,          -- null: it goes on
    profile_id   integer not null,
    primary key (account_id, extension_id, "from")
);

-- Stretches of uninterrupted looks at the account, from the first look to the last.
create table coverage (
    account_id   bigint not null,
    kind         smallint not null, -- 0 looks that saw anything, 1 complete looks only
    "from"       timestamptz not null, -- the first look
    until        timestamptz not null, -- the last look so far
    valid_for_ms bigint not null, -- of the last look
    primary key (account_id, kind, "from")
);

-- Where each account's log ends.
create table head (
    account_id  bigint primary key,
    snapshot_no bigint not null, -- of the last snapshot; 0: none
    position    bigint not null, -- of the last event; 0: none
    finished_at timestamptz           -- when the last snapshot ended, whatever its status
);

-- Which collector may write. Not rebuilt: it is no part of the history.
create table lease (
    account_id bigint primary key,
    holder     text,             -- who; null: given up
    epoch      bigint not null, -- only grows: a writer under an older one is refused
    expires_at timestamptz not null  -- unless renewed
);

-- Rows that are changed where they are: what is free in a page takes the next version of a row without a new entry in
-- the index.
alter table account set (fillfactor = 80);
alter table extension set (fillfactor = 70);
alter table presence_interval set (fillfactor = 90);
alter table existence_interval set (fillfactor = 90);
alter table profile_interval set (fillfactor = 90);
alter table coverage set (fillfactor = 70);
alter table head set (fillfactor = 20);
alter table lease set (fillfactor = 20);

comment on table extension is 'Where each extension stands at the end of the log.';
comment on column extension.existence is '0 only listed by the directory, 1 exists, 2 is gone';
comment on table presence_interval is
    'Stretches in which one extension''s state is constant as far as known, cut at gaps.';
comment on table existence_interval is 'Stretches in which one extension existed.';
comment on table profile_interval is 'Stretches in which one extension''s profile was the same as far as known.';
comment on table coverage is 'Stretches of uninterrupted looks at the account, from the first look to the last.';
comment on column coverage.kind is '0 looks that saw anything, 1 complete looks only';
comment on table head is 'Where each account''s log ends.';
comment on table lease is 'Which collector may write. Not rebuilt: it is no part of the history.';

update presence_history set schema_version = 2;
