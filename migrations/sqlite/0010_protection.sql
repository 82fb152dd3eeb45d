-- Who is there and who looked at whom is never rewritten either: of an account the name may change, and an entry of the
-- access log counts what is asked again.

create trigger if not exists account_no_update before update of account_id, first_seen_at on account
begin select raise(abort, 'the log is append-only: of an account only the name may change'); end;
create trigger if not exists account_no_delete before delete on account
begin select raise(abort, 'the log is append-only: an account is never deleted'); end;
create trigger if not exists account_no_replace before insert on account
when exists (select 1 from account where account_id = new.account_id)
begin select raise(abort, 'the log is append-only: this account is there already'); end;

create trigger if not exists access_log_no_update
before update of entry_id, account_id, digest, who, token_id, question, extensions, first_at on access_log
begin select raise(abort, 'the access log is append-only: an entry only counts up'); end;
create trigger if not exists access_log_no_uncounting before update on access_log
when new.request_count <= old.request_count
    or new.last_at < old.last_at
    or new.window_from > old.window_from
    or new.window_to < old.window_to
    or (new.window_from is null) <> (old.window_from is null)
    or (new.window_to is null) <> (old.window_to is null)
begin select raise(abort, 'the access log is append-only: an entry only counts up'); end;
create trigger if not exists access_log_no_delete before delete on access_log
begin select raise(abort, 'the access log is append-only: an entry is never deleted'); end;
create trigger if not exists access_log_no_replace before insert on access_log
when exists (
    select 1
    from access_log
    where entry_id = new.entry_id or account_id = new.account_id and digest = new.digest
)
begin select raise(abort, 'the access log is append-only: this entry is there already'); end;

-- What zones sites have is added to, never changed.

create trigger if not exists site_zone_no_update before update on site_zone
begin select raise(abort, 'the log is append-only: the zone of a site is never updated'); end;
create trigger if not exists site_zone_no_delete before delete on site_zone
begin select raise(abort, 'the log is append-only: the zone of a site is never deleted'); end;
create trigger if not exists site_zone_no_replace before insert on site_zone
when exists (
    select 1
    from site_zone
    where account_id = new.account_id and site = new.site and since = new.since and time_zone <> new.time_zone
)
begin select raise(abort, 'the log is append-only: the zone of this site is there already'); end;

pragma user_version = 10;
