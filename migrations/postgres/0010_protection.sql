-- What acts by the rights of the owner looks for nothing in a schema where others may create something.
--
-- A planted function or operator whose arguments match better goes before Postgres' own, in whatever order the path
-- names the schemas. So the functions here have a path without the schema, and name every table with it: at the end of this
-- file each of them is told which schema that is, in place of @history@.

create or replace function refuse_rewriting() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'the log is append-only: % of % is refused', pg_catalog.lower(tg_op), tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create or replace function protect_event_part(part regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    history constant text := '@history@';
begin
    execute pg_catalog.format(
        'create trigger event_no_rewriting before update or delete or truncate on %s '
        'for each statement execute function %I.refuse_rewriting()', part, history);
    execute pg_catalog.format('alter table %s enable row level security', part);
    if (select c.relkind = 'r' from pg_catalog.pg_class c where c.oid = part) then
        execute pg_catalog.format(
            'alter table %s set '
            '(autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', part);
    end if;
end
$$;

-- Whether a role that does not own the log may have a month made: from the month of the log's first snapshot to the
-- second one after now. While an account has no snapshot yet, an import of its past may have begun: then earlier months
-- may be made too, up to 600 of them.
create or replace function check_event_month(first_moment timestamptz) returns void
language plpgsql strict
set search_path = pg_catalog, pg_temp
set timezone to 'UTC'
set datestyle to 'ISO'
as $$
declare
    history constant text := '@history@';
    this_month constant timestamptz := pg_catalog.date_trunc('month', pg_catalog.now());
    log_month timestamptz;
    is_beginning boolean;
    earlier_count bigint;
begin
    if first_moment > this_month + interval '2 months' then
        raise exception 'no month is made for %: it is more than two months after the server''s clock, which says %',
            pg_catalog.to_char(first_moment, 'YYYY-MM'), pg_catalog.now()
            using errcode = 'invalid_parameter_value';
    end if;
    execute pg_catalog.format(
        'select pg_catalog.date_trunc(''month'', pg_catalog.min(s.started_at)), '
        'coalesce(pg_catalog.bool_or(h.snapshot_no = 0), false) '
        'from %1$I.head h left join lateral ('
        'select n.started_at from %1$I.snapshot n where n.account_id = h.account_id order by n.snapshot_no limit 1'
        ') as s on true', history) into log_month, is_beginning;
    if log_month is null or log_month > this_month then
        log_month := this_month;
    end if;
    if first_moment >= log_month then
        return;
    end if;
    if not is_beginning then
        raise exception 'no month is made for %: the log begins in %, and no import of an earlier past has begun',
            pg_catalog.to_char(first_moment, 'YYYY-MM'), pg_catalog.to_char(log_month, 'YYYY-MM')
            using errcode = 'invalid_parameter_value';
    end if;
    select pg_catalog.count(*)
    into earlier_count
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = pg_catalog.format('%I.event', history)::regclass
        and c.relname::text collate "C" < 'event_' || pg_catalog.to_char(log_month, 'YYYY_MM');
    if earlier_count >= 600 then
        raise exception 'no month is made for %: 600 months before the log''s first one are there already',
            pg_catalog.to_char(first_moment, 'YYYY-MM')
            using errcode = 'invalid_parameter_value';
    end if;
end
$$;

create or replace function make_event_month(moment timestamptz) returns void
language plpgsql strict security definer
set search_path = pg_catalog, pg_temp
set timezone to 'UTC'
set datestyle to 'ISO'
as $$
declare
    history constant text := '@history@';
    first_moment constant timestamptz := pg_catalog.date_trunc('month', moment);
    after_last constant timestamptz := first_moment + interval '1 month';
    month constant text := 'event_' || pg_catalog.to_char(first_moment, 'YYYY_MM');
    attached text;
    is_there boolean;
    is_divided boolean;
    account bigint;
    caller name;
begin
    if not pg_catalog.isfinite(moment) then
        raise exception '% is in no month', moment using errcode = 'datetime_field_overflow';
    end if;
    attached := pg_catalog.format(
        'select exists (select from pg_catalog.pg_inherits where inhparent = %L::regclass '
        'and inhrelid = pg_catalog.to_regclass(%L))',
        pg_catalog.format('%I.event', history), pg_catalog.format('%I.%I', history, month));
    execute attached into is_there;
    if is_there then
        return;
    end if;
    -- Others may have one made in which something can be recorded; the owner may make any. Here the current user is the
    -- owner, so who calls is the role that was set, or who entered.
    caller := coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user::text);
    if not pg_catalog.pg_has_role(caller, current_user, 'MEMBER') then
        execute pg_catalog.format('select %I.check_event_month($1)', history) using first_moment;
    end if;
    perform pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtextextended('presence history months ' || history, 0::bigint));
    -- Another program may have made it while we waited for the lock.
    execute attached into is_there;
    if is_there then
        return;
    end if;
    if pg_catalog.to_regclass(pg_catalog.format('%I.%I', history, month)) is not null then
        raise exception 'nothing can be recorded in %: % was detached from the log; attach it again',
            pg_catalog.to_char(first_moment, 'YYYY-MM'), month using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute pg_catalog.format('select exists (select from %I.event_account)', history) into is_divided;
    execute pg_catalog.format(
        'create table %1$I.%2$I (like %1$I.event, primary key (account_id, position)) %3$s',
        history, month, case when is_divided then 'partition by list (account_id)' end);
    if is_divided then
        for account in execute
            pg_catalog.format('select account_id from %I.event_account order by account_id', history)
        loop
            execute pg_catalog.format(
                'create table %1$I.%2$I partition of %1$I.%3$I for values in (%4$s)',
                history, month || '_' || account::text, month, account);
            execute pg_catalog.format('select %I.protect_event_part($1)', history)
                using pg_catalog.format('%I.%I', history, month || '_' || account::text)::regclass;
        end loop;
        execute pg_catalog.format(
            'create table %1$I.%2$I partition of %1$I.%3$I default', history, month || '_others', month);
        execute pg_catalog.format('select %I.protect_event_part($1)', history)
            using pg_catalog.format('%I.%I', history, month || '_others')::regclass;
    end if;
    execute pg_catalog.format('select %I.protect_event_part($1)', history)
        using pg_catalog.format('%I.%I', history, month)::regclass;
    execute pg_catalog.format(
        'alter table %1$I.event attach partition %1$I.%2$I for values from (%3$L) to (%4$L)',
        history, month, first_moment, after_last);
end
$$;

revoke execute on function check_event_month from public;

-- Who is there and who looked at whom is never rewritten either: of an account the name may change, and an entry of the
-- access log counts what is asked again.

create or replace function refuse_uncounting() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'the access log is append-only: an entry only counts up'
        using errcode = 'restrict_violation';
end
$$;

create or replace trigger account_no_rewriting before update of account_id, first_seen_at or delete or truncate on account
for each statement execute function refuse_rewriting();
create or replace trigger site_zone_no_rewriting before update or delete or truncate on site_zone
for each statement execute function refuse_rewriting();
create or replace trigger access_log_no_rewriting
before update of entry_id, account_id, digest, who, token_id, question, extensions, first_at or delete or truncate
on access_log
for each statement execute function refuse_rewriting();
create or replace trigger access_log_no_uncounting before update on access_log
for each row when (
    new.request_count operator(pg_catalog.<=) old.request_count
    or new.last_at operator(pg_catalog.<) old.last_at
    or new.window_from operator(pg_catalog.>) old.window_from
    or new.window_to operator(pg_catalog.<) old.window_to
    or (new.window_from is null) operator(pg_catalog.<>) (old.window_from is null)
    or (new.window_to is null) operator(pg_catalog.<>) (old.window_to is null)
)
execute function refuse_uncounting();

do $$
declare
    history constant text := pg_catalog.current_schema()::text;
    signature text;
begin
    foreach signature in array array[
        'protect_event_part(pg_catalog.regclass)', 'check_event_month(pg_catalog.timestamptz)',
        'make_event_month(pg_catalog.timestamptz)'
    ] loop
        execute pg_catalog.replace(
            pg_catalog.pg_get_functiondef(pg_catalog.format('%I.%s', history, signature)::regprocedure),
            '@history@', history);
    end loop;
end
$$;

update presence_history set schema_version = 10;
