-- The month that is not over is packed too, day by day. What was packed until now is packed anew.

drop table history_sealed;
delete from history_block;

-- Up to where an extension's history is packed.
create table history_sealed (
    account_id   integer not null,
    extension_id integer not null,
    until        integer not null, -- whatever ended before this is in a block (UTC)
    primary key (account_id, extension_id)
) strict, without rowid;

pragma user_version = 8;
