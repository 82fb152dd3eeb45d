-- Who may ask over the network, and who asked. Secrets are kept as their SHA-256 alone.

-- Tokens, and the sessions of those who signed in.
create table access_token (
    token_id     integer primary key autoincrement,
    kind         integer not null check (kind in (0, 1)), -- 0 token, 1 session
    name         text not null,    -- whose it is
    scopes       text not null,    -- what may be done with it, as a JSON array of texts
    account_id   integer,          -- whose history it is for; null: any
    parent_id    integer,          -- the token that a session was begun with
    digest       blob not null unique check (length(digest) = 32), -- SHA-256 of the secret
    created_at   integer not null,
    expires_at   integer,          -- from then on it is good for nothing
    last_used_at integer,
    revoked_at   integer
) strict;

-- Who looked at whom. What is asked again within an hour is counted in the same row.
create table access_log (
    entry_id      integer primary key autoincrement,
    account_id    integer not null,
    digest        blob not null check (length(digest) = 32), -- who, what, about whom, in which hour
    who           text not null,    -- the name of the token
    token_id      integer,
    question      text not null,    -- such as report
    window_from   integer,          -- the stretch of time that was asked about; null: the present
    window_to     integer,
    extensions    blob,             -- who was looked at: ascending ids, each as the LEB128 difference; null: everybody
    first_at      integer not null,
    last_at       integer not null,
    request_count integer not null,
    unique (account_id, digest)
) strict;

pragma user_version = 7;
