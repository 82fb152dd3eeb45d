-- What time zones sites have, as the platform lists them: from it the zone of an extension is assumed when asking, where
-- the platform does not say the extension's own. Rows are added, never changed: an answer about an older end of the log
-- takes those that were known by then.

create table site_zone (
    account_id integer not null,
    site       text not null,    -- the name, as profiles have it; '' stands for the account itself
    since      integer not null, -- known from then on, until a later row of the site
    time_zone  text not null,    -- IANA name
    primary key (account_id, site, since)
) strict, without rowid;

pragma user_version = 9;
