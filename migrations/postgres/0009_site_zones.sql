-- What time zones sites have, as the platform lists them: from it the zone of an extension is assumed when asking, where
-- the platform does not say the extension's own. Rows are added, never changed: an answer about an older end of the log
-- takes those that were known by then.

create table site_zone (
    account_id bigint not null,
    site       text not null,        -- the name, as profiles have it; '' stands for the account itself
    since      timestamptz not null, -- known from then on, until a later row of the site
    time_zone  text not null,        -- IANA name
    primary key (account_id, site, since)
);

comment on table site_zone is 'Time zones of sites, from which an extension''s is assumed where its own is not known.';

update presence_history set schema_version = 9;
