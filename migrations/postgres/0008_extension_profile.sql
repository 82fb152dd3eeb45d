-- Who has a profile: finds an extension by its number without reading everybody.
create index extension_profile on extension (account_id, profile_id);
