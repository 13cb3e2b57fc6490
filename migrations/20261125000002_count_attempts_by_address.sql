-- Wrong passwords are counted by the address that was typed, whether or not an account has it: who tries learns nothing,
-- and every attempt is counted before its password is looked at.
create table sign_in_attempts (
    -- SHA-256 of the address in lower case.
    address_hash bytea constraint sign_in_attempts_pkey primary key,
    failed smallint not null,
    locked_until timestamptz,
    last_at timestamptz not null
);
create index sign_in_attempts_last_at_idx on sign_in_attempts (last_at);

alter table accounts drop column failed_attempts, drop column locked_until;
