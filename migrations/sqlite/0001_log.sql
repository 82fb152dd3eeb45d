-- The log: appended to, never updated, never deleted from.
--
-- Times are integer milliseconds since 1970, UTC. Columns are ordered as they are read. A column that few rows use
-- costs one byte where it is null, and the integers 0 and 1 cost none beyond that; hence small integers for words,
-- and durations instead of second and third times. The views of 0003 spell all of it out.

create table account (
    account_id    integer primary key, -- RingCentral's number of the account
    name          text,                -- as it was last told; the one thing here that may be updated
    first_seen_at integer not null     -- when it was first recorded
) strict;

-- One row per distinct combination of values; null: the facet is absent. Values are the platform's, verbatim.
create table state (
    state_id                    integer primary key, -- from 1, in the order of first use in this database
    presence_status             text,
    user_status                 text,
    telephony_status            text,
    dnd_status                  text,
    meeting_status              text,
    dnd_status_personal         text,
    accept_call_queue_calls     text,
    allow_see_my_presence       text,
    caller_id_visibility        text,
    ring_on_monitored_call      text,
    pick_up_calls_on_hold       text,
    cx_telephony_status         text,
    aggregated_telephony_status text,
    content_hash                blob not null unique -- SHA-256 of the values: the same on every database
) strict;

-- Status messages: free text and personal, so they are kept apart from the states.
create table message (
    message_id   integer primary key, -- from 1, in the order of first use in this database
    text         text not null,
    content_hash blob not null unique -- SHA-256 of the text
) strict;

-- What names and groups an extension; null: not known or not there.
create table profile (
    profile_id       integer primary key, -- from 1, in the order of first use in this database
    extension_number text,
    name             text,
    type             text,                -- the platform's word, such as User or IvrMenu
    status           text,                -- the platform's word, such as Enabled
    department       text,                -- the free text of the contact
    site             text,
    time_zone        text,                -- IANA name
    queues           text not null,       -- names of the call queues, sorted: a JSON array of texts
    content_hash     blob not null unique -- SHA-256 of the values: the same on every database
) strict;

-- Whoever is asked for by number is found without looking through everybody's profiles.
create index profile_number on profile (extension_number);

-- A small number for each extension of each account: what grows with time carries it instead of two long ones.
create table extension_key (
    extension_key integer primary key, -- from 1, in the order of first use in this database
    account_id    integer not null,
    extension_id  integer not null,
    unique (account_id, extension_id)
) strict;

-- One look at an account, or one that failed or was skipped: whole or not there at all.
create table snapshot (
    account_id      integer not null,
    snapshot_no     integer not null, -- gapless from 1
    source          integer not null, -- 0 poll, 1 push, 2 import
    status          integer not null, -- 0 complete, 1 partial, 2 failed, 3 skipped
    started_at      integer not null, -- the first request was sent
    finished_at     integer not null, -- the last response had been received
    recorded_at     integer not null, -- it was appended
    valid_for_ms    integer not null, -- the next look still brackets the time between if it starts no later than this after
    expected_count  integer,          -- how many extensions the platform said there are
    observed_count  integer not null, -- how many were observed
    event_count     integer not null, -- how many change events this snapshot has
    position        integer not null, -- of the last event of the log after it; its own are the event_count up to here
    clock_skew_ms   integer,          -- the platform's clock minus ours
    idempotency_key text not null,    -- names the look once and for all
    content_digest  blob not null,    -- SHA-256 of what was looked at and seen
    detail          text,             -- why it is not complete, for people
    unseen          blob,             -- who existed but was not seen: ascending ids, each the LEB128 difference to the one before; null: nobody
    primary key (account_id, snapshot_no)
) strict, without rowid;

create unique index snapshot_key on snapshot (account_id, idempotency_key);

-- Looks run forward in time, so this finds the events of a stretch of time without an index on the events.
create index snapshot_time on snapshot (account_id, finished_at);

-- One change of one extension. Every event lies between its snapshot's started_at and finished_at.
create table event (
    account_id          integer not null,
    position            integer not null, -- gapless from 1
    snapshot_no         integer not null,
    extension_id        integer not null,
    version             integer not null, -- gapless from 1 for each extension
    kind                integer not null, -- 0 appeared, 1 changed, 2 disappeared, 3 profile changed
    observed_at         integer not null, -- the change had been seen
    ambiguous_ms        integer,          -- it happened in this long a stretch before observed_at; null: nothing earlier is known
    state_id            integer,          -- what it shows after the event; null: it is gone, or was never seen
    message_id          integer,          -- after it; null: no message
    previous_state_id   integer,          -- what it showed before; a change of the profile leaves it as it is
    previous_message_id integer,
    profile_id          integer,          -- after an appearance or a change of the profile
    previous_profile_id integer,          -- before a change of the profile
    primary key (account_id, position)
) strict, without rowid;

-- The database itself refuses to rewrite the log, also through `insert or replace`, which fires no delete trigger.

create trigger snapshot_no_update before update on snapshot
begin select raise(abort, 'the log is append-only: a snapshot is never updated'); end;
create trigger snapshot_no_delete before delete on snapshot
begin select raise(abort, 'the log is append-only: a snapshot is never deleted'); end;
create trigger snapshot_no_replace before insert on snapshot
when exists (select 1 from snapshot where account_id = new.account_id and snapshot_no = new.snapshot_no)
begin select raise(abort, 'the log is append-only: this snapshot is there already'); end;

create trigger event_no_update before update on event
begin select raise(abort, 'the log is append-only: an event is never updated'); end;
create trigger event_no_delete before delete on event
begin select raise(abort, 'the log is append-only: an event is never deleted'); end;
create trigger event_no_replace before insert on event
when exists (select 1 from event where account_id = new.account_id and position = new.position)
begin select raise(abort, 'the log is append-only: this event is there already'); end;

create trigger state_no_update before update on state
begin select raise(abort, 'the log is append-only: a state is never updated'); end;
create trigger state_no_delete before delete on state
begin select raise(abort, 'the log is append-only: a state is never deleted'); end;
create trigger state_no_replace before insert on state
when exists (select 1 from state where state_id = new.state_id or content_hash = new.content_hash)
begin select raise(abort, 'the log is append-only: this state is there already'); end;

create trigger message_no_update before update on message
begin select raise(abort, 'the log is append-only: a message is never updated'); end;
create trigger message_no_delete before delete on message
begin select raise(abort, 'the log is append-only: a message is never deleted'); end;
create trigger message_no_replace before insert on message
when exists (select 1 from message where message_id = new.message_id or content_hash = new.content_hash)
begin select raise(abort, 'the log is append-only: this message is there already'); end;

create trigger profile_no_update before update on profile
begin select raise(abort, 'the log is append-only: a profile is never updated'); end;
create trigger profile_no_delete before delete on profile
begin select raise(abort, 'the log is append-only: a profile is never deleted'); end;
create trigger profile_no_replace before insert on profile
when exists (select 1 from profile where profile_id = new.profile_id or content_hash = new.content_hash)
begin select raise(abort, 'the log is append-only: this profile is there already'); end;

create trigger extension_key_no_update before update on extension_key
begin select raise(abort, 'the log is append-only: the key of an extension is never updated'); end;
create trigger extension_key_no_delete before delete on extension_key
begin select raise(abort, 'the log is append-only: the key of an extension is never deleted'); end;
create trigger extension_key_no_replace before insert on extension_key
when exists (
    select 1
    from extension_key
    where extension_key = new.extension_key or account_id = new.account_id and extension_id = new.extension_id
)
begin select raise(abort, 'the log is append-only: this key is there already'); end;

pragma application_id = 1346914643; -- "PHIS": the file is a presence history
pragma user_version = 1;
