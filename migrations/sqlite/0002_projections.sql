-- What the log amounts to. Each append brings these up to date in its own transaction; `presence rebuild` makes them
-- anew from the log, and they can be dropped for it.

-- Where each extension stands at the end of the log.
create table extension (
    account_id           integer not null,
    extension_id         integer not null, -- RingCentral's number: the only thing that identifies a person
    version              integer not null, -- of its last event
    existence            integer not null, -- 0 only listed by the directory, 1 exists, 2 is gone
    state_id             integer,          -- what it shows, if it exists
    message_id           integer,          -- null: no message
    since                integer,          -- known without a gap from then on; of one that is gone: since when
    not_before           integer,          -- the change that opened this stretch cannot have happened before
    position             integer,          -- the event that told the state
    lagging_at           integer,          -- if the account's latest look did not see it: the start of the look that last did
    lagging_valid_for_ms integer,          -- that look's valid_for_ms
    missing              integer not null, -- 1: a complete look has lacked it since it was last seen
    appeared_at          integer,
    appeared_not_before  integer,          -- it cannot have appeared before
    profile_id           integer,          -- null: nothing was ever told
    profile_since        integer,
    primary key (account_id, extension_id)
) strict, without rowid;

-- Stretches in which one extension's state is constant as far as known, cut at gaps.
create table presence_interval (
    extension_key    integer not null, -- whose
    "from"           integer not null, -- the state is known from then on
    ambiguous_ms     integer,          -- the change that opened it happened in this long a stretch before; null: no change did
    duration_ms      integer,          -- until the next change, or the last look before a gap; null: it goes on
    end_ambiguous_ms integer,          -- the last so many milliseconds may already belong to the next state; null: it goes on
    state_id         integer not null,
    message_id       integer,          -- null: no message
    position         integer not null, -- the event that told the state
    primary key (extension_key, "from")
) strict, without rowid;

-- Stretches in which one extension existed.
create table existence_interval (
    account_id    integer not null,
    extension_id  integer not null,
    "from"        integer not null, -- it was first seen
    not_before    integer,          -- it cannot have appeared before
    certain_until integer,          -- it cannot have disappeared before; null: it exists
    until         integer,          -- it was seen to be gone; null: it exists
    primary key (account_id, extension_id, "from")
) strict, without rowid;

-- Stretches in which one extension's profile was the same as far as known.
create table profile_interval (
    account_id   integer not null,
    extension_id integer not null,
    "from"       integer not null,
    until        integer,          -- null: it goes on
    profile_id   integer not null,
    primary key (account_id, extension_id, "from")
) strict, without rowid;

-- Stretches of uninterrupted looks at the account, from the first look to the last.
create table coverage (
    account_id   integer not null,
    kind         integer not null, -- 0 looks that saw anything, 1 complete looks only
    "from"       integer not null, -- the first look
    until        integer not null, -- the last look so far
    valid_for_ms integer not null, -- of the last look
    primary key (account_id, kind, "from")
) strict, without rowid;

-- Where each account's log ends.
create table head (
    account_id  integer primary key,
    snapshot_no integer not null, -- of the last snapshot; 0: none
    position    integer not null, -- of the last event; 0: none
    finished_at integer           -- when the last snapshot ended, whatever its status
) strict;

-- Which collector may write. Not rebuilt: it is no part of the history.
create table lease (
    account_id integer primary key,
    holder     text,             -- who; null: given up
    epoch      integer not null, -- only grows: a writer under an older one is refused
    expires_at integer not null  -- unless renewed
) strict;

pragma user_version = 2;
