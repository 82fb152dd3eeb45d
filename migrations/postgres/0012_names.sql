-- One row per snapshot is one row per snapshot: a push is no sweep. The view has that name now; the old one answers for one
-- release more.

-- Renamed in place, it keeps its grants, its owner and its barrier, and the views of others that are made from it.
alter view presence_looks rename to presence_snapshots;

-- The old name. It reads through the new one, so that whoever asks sees the same rows under both.
create view presence_looks as
select
    account_id, snapshot_no, source, status, started_at, started_ms, finished_at, finished_ms, recorded_at, recorded_ms,
    valid_for_ms, expected_count, observed_count, event_count, position, clock_skew_ms, detail
from presence_snapshots;

-- The same may read both. An owner of the tables need not be able to give a view away: then the old name stays theirs until
-- `presence migrate --roles` is run again.
do $$
declare
    history constant text := pg_catalog.current_schema()::text;
    renamed record;
    granted record;
begin
    select c.oid, c.relacl, c.relowner, c.reloptions, o.rolname as owner, u.rolsuper as may_give
    into renamed
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
    join pg_catalog.pg_roles o on o.oid operator(pg_catalog.=) c.relowner
    join pg_catalog.pg_roles u on u.rolname operator(pg_catalog.=) current_user
    where n.nspname operator(pg_catalog.=) history::name and c.relname operator(pg_catalog.=) 'presence_snapshots'::name;
    if renamed.reloptions is not null then
        execute pg_catalog.format(
            'alter view %I.presence_looks set (%s)', history, pg_catalog.array_to_string(renamed.reloptions, ', '));
    end if;
    if renamed.may_give then
        execute pg_catalog.format('alter view %I.presence_looks owner to %I', history, renamed.owner);
    end if;
    for granted in
        select a.grantee, r.rolname, a.privilege_type, a.is_grantable
        from pg_catalog.aclexplode(renamed.relacl) a
        left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
        where a.grantee operator(pg_catalog.<>) renamed.relowner
    loop
        execute pg_catalog.format(
            'grant %s on %I.presence_looks to %s%s', granted.privilege_type, history,
            case when granted.rolname is null then 'public' else pg_catalog.quote_ident(granted.rolname::text) end,
            case when granted.is_grantable then ' with grant option' else '' end);
    end loop;
end
$$;

comment on view presence_snapshots is
    'One row per snapshot: a sweep, an imported sweep or a batch of pushes, also those that failed or were skipped.';
comment on view presence_looks is 'The old name of presence_snapshots; it goes with the release after this one.';
comment on view presence_now is 'One row per extension: what the last sweep that saw it showed.';
comment on view presence_coverage is 'One row per stretch of uninterrupted sweeps of an account.';
comment on table snapshot is
    'One sweep, imported sweep or batch of pushes, or a sweep that failed or was skipped: whole or not there at all.';
comment on table coverage is 'Stretches of uninterrupted sweeps of the account, from the first sweep to the last.';
comment on column coverage.kind is '0 sweeps that saw anything, 1 complete sweeps only';
comment on table access_log is 'Who asked about whom over the network.';

update presence_history set schema_version = 12;
