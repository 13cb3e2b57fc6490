-- Staff find anybody, by part of the name, and read lists as they are read here: by the called name, which stands last.

-- The order of a list is walked, not sorted: many share a name.
alter table registrations
    add column given_name text collate "vi-x-icu" not null generated always as (coalesce(substring(full_name from '[^ ]+$'), '')) stored;
create index registrations_by_name_idx on registrations (edition_id, given_name, full_name collate "vi-x-icu", id);

-- With a space before it every word has one, so that the beginning of a word can be looked up, even of two letters.
drop index registrations_search_text_idx;
create index registrations_search_text_idx on registrations using gin ((' ' || search_text) gin_trgm_ops);

-- Officials are found by the body that they chose from the list.
create index registrations_organisation_id_idx on registrations (organisation_id) where organisation_id is not null;
