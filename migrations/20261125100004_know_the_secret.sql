-- The installation's secret is not stored, but known again: with another one, every ticket would be worth nothing.
create table installation (
    -- One row at most.
    is_only boolean constraint installation_pkey primary key default true constraint installation_is_only_check check (is_only),
    -- Derived from the secret for this purpose alone (HKDF); it tells nothing of the secret.
    secret_fingerprint bytea not null
);
