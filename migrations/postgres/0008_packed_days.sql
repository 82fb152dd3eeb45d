-- The month that is not over is packed too, day by day. What was packed until now is packed anew.

delete from history_sealed;
delete from history_block;

alter table history_sealed drop column next_month;
alter table history_sealed add column until timestamptz not null;
comment on column history_sealed.until is 'whatever ended before this is in a block';

update presence_history set schema_version = 8;
