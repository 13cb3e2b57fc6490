-- People who come, what they agreed to, and the tickets they hold.

create table registrations (
    id uuid primary key,
    edition_id uuid not null constraint registrations_edition_id_fkey references editions (id),
    audience_id uuid not null constraint registrations_audience_id_fkey references audiences (id),
    status text not null constraint registrations_status_check check (status in ('confirmed', 'cancelled')),
    locale text not null constraint registrations_locale_check check (locale in ('vi', 'en')),
    full_name text not null constraint registrations_full_name_check check (full_name is nfc normalized),
    phone text not null constraint registrations_phone_check check (phone ~ '^\+84[0-9]{9}$'),
    email text,
    commune_code text constraint registrations_commune_code_fkey references communes (gso_code),
    organisation_id uuid constraint registrations_organisation_id_fkey references organisations (id),
    organisation_name text,
    tax_code text,
    job_title text,
    -- Name, organisation, phone and e-mail folded by domain::text::fold.
    search_text text not null,
    -- SHA-256 of the secret in the ticket link.
    link_hash bytea not null constraint registrations_link_hash_key unique,
    -- Made with the empty form: the same form sent twice is one registration.
    idempotency_key uuid not null constraint registrations_idempotency_key_key unique,
    sample boolean not null default false,
    created_at timestamptz not null,
    cancelled_at timestamptz,
    constraint registrations_cancelled_at_check check ((status = 'cancelled') = (cancelled_at is not null))
);
create index registrations_audience_id_status_idx on registrations (audience_id, status);
create index registrations_search_text_idx on registrations using gin (search_text gin_trgm_ops);

create table tickets (
    -- The random 64 bits of domain::ticket::TicketId, as a signed number.
    id bigint primary key,
    registration_id uuid not null constraint tickets_registration_id_key unique constraint tickets_registration_id_fkey references registrations (id) on delete cascade,
    edition_id uuid not null constraint tickets_edition_id_fkey references editions (id),
    reissue smallint not null default 0 constraint tickets_reissue_check check (reissue between 0 and 15),
    standing text not null default 'valid' constraint tickets_standing_check check (standing in ('valid', 'cancelled', 'blocked')),
    short_code text not null constraint tickets_short_code_key unique,
    issued_at timestamptz not null
);

-- Append-only: a withdrawal is another row.
create table consent_records (
    id bigint generated always as identity primary key,
    registration_id uuid not null constraint consent_records_registration_id_fkey references registrations (id) on delete cascade,
    purpose text not null,
    given boolean not null,
    notice_version text not null,
    text_sha256 bytea not null,
    locale text not null,
    channel text not null,
    at timestamptz not null
);
create index consent_records_registration_id_idx on consent_records (registration_id);
