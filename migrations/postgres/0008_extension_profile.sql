-- Who has a profile: finds an extension by its number without reading everybody.
create index extension_profile on extension (account_id, profile_id);

update presence_history set schema_version = 8;
