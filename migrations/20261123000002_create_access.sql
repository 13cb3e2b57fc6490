-- People who work for the event, their sign-ins, and the phones paired for scanning.

create table accounts (
    id uuid primary key,
    email text not null,
    -- The e-mail address in lower case: two spellings of one address are one account.
    email_key text not null constraint accounts_email_key_key unique,
    full_name text not null constraint accounts_full_name_check check (full_name is nfc normalized),
    role text not null constraint accounts_role_check check (role in ('organiser', 'department', 'judge', 'steward')),
    organisation_id uuid constraint accounts_organisation_id_fkey references organisations (id),
    -- PHC string (argon2id).
    password_hash text not null,
    failed_attempts smallint not null default 0,
    locked_until timestamptz,
    disabled_at timestamptz,
    sample boolean not null default false,
    created_at timestamptz not null,
    constraint accounts_department_check check (role <> 'department' or organisation_id is not null)
);

create table web_sessions (
    -- SHA-256 of the token in the cookie.
    token_hash bytea primary key,
    account_id uuid not null constraint web_sessions_account_id_fkey references accounts (id) on delete cascade,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index web_sessions_account_id_idx on web_sessions (account_id);

create table devices (
    id uuid primary key,
    edition_id uuid not null constraint devices_edition_id_fkey references editions (id) on delete cascade,
    name text not null,
    -- Until the phone has paired: SHA-256 of the single-use secret in the pairing code.
    pairing_hash bytea constraint devices_pairing_hash_key unique,
    pairing_expires_at timestamptz,
    -- After pairing: SHA-256 of the token in the phone's cookie.
    token_hash bytea constraint devices_token_hash_key unique,
    paired_at timestamptz,
    expires_at timestamptz not null,
    last_seen_at timestamptz,
    revoked_at timestamptz,
    created_by uuid constraint devices_created_by_fkey references accounts (id) on delete set null,
    created_at timestamptz not null
);

create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor_kind text not null constraint audit_log_actor_kind_check check (actor_kind in ('anonymous', 'account', 'device', 'system')),
    actor_id uuid,
    action text not null,
    subject_kind text not null,
    subject_id uuid,
    -- Never personal data: ids, states and counts only.
    detail jsonb not null default '{}'
);
create index audit_log_subject_idx on audit_log (subject_kind, subject_id);
