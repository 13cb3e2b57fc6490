-- Who signs in with an account and scans has a phone, too: it stands in the list with the paired ones, by the account's
-- name, as long as the session lives, and after that while scans wait on it, or until the same phone is heard of anew.
alter table devices
    alter column name drop not null,
    -- The browser, by the number that it has drawn itself.
    add column phone_id uuid,
    add column account_id uuid constraint devices_account_id_fkey references accounts (id) on delete cascade,
    add column session_hash bytea constraint devices_session_hash_key unique
        constraint devices_session_hash_fkey references web_sessions (token_hash) on delete set null,
    add constraint devices_name_check check ((name is null) = (account_id is not null));
create index devices_account_id_idx on devices (account_id);
create index devices_phone_id_idx on devices (phone_id) where account_id is not null;
