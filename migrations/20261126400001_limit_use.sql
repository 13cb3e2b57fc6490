-- How often something was asked for lately. The key is derived from what is limited, for whom, and the installation's secret,
-- so that no phone and no address can be read, or found by trying, from it.
create table limits (
    key bytea constraint limits_pkey primary key constraint limits_key_check check (octet_length(key) = 32),
    -- When all that was counted is forgotten.
    free_at timestamptz not null
);
create index limits_free_at_idx on limits (free_at);

-- Who has lost a ticket is found by the stored address.
create index registrations_email_idx on registrations (lower(email)) where email is not null;
