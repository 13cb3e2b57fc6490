-- Who signs in with an account and scans has a phone, too: it stands in the list with the paired ones, by the account's
-- name, as long as the session lives, and after that while scans wait on it.
alter table devices
    alter column name drop not null,
    add column account_id uuid constraint devices_account_id_fkey references accounts (id) on delete cascade,
    add column session_hash bytea constraint devices_session_hash_key unique
        constraint devices_session_hash_fkey references web_sessions (token_hash) on delete set null,
    add constraint devices_name_check check ((name is null) = (account_id is not null));
create index devices_account_id_idx on devices (account_id);
