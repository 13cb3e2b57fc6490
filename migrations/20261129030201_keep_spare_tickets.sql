-- Tickets that are printed beforehand, for people who come without a registration. Nobody's until a gate reads one.
create table spare_batches (
    id uuid constraint spare_batches_pkey primary key,
    edition_id uuid not null constraint spare_batches_edition_id_fkey references editions (id),
    audience_id uuid not null constraint spare_batches_audience_id_fkey references audiences (id),
    account_id uuid constraint spare_batches_account_id_fkey references accounts (id) on delete set null,
    account_name text not null,
    at timestamptz not null,
    voided_at timestamptz,
    void_reason text constraint spare_batches_void_reason_check check (void_reason in ('lost', 'misprint', 'left_over')),
    constraint spare_batches_voided_at_check check ((voided_at is null) = (void_reason is null))
);
create index spare_batches_edition_id_at_idx on spare_batches (edition_id, at);
create table spare_tickets (
    ticket_id bigint constraint spare_tickets_pkey primary key,
    batch_id uuid not null constraint spare_tickets_batch_id_fkey references spare_batches (id),
    edition_id uuid not null constraint spare_tickets_edition_id_fkey references editions (id),
    -- Counts through the edition, so that the name of a guest who told none is one person's.
    number integer not null constraint spare_tickets_number_check check (number > 0),
    short_code text not null constraint spare_tickets_short_code_key unique,
    registration_id uuid constraint spare_tickets_registration_id_fkey references registrations (id) on delete set null,
    used_at timestamptz,
    voided_at timestamptz,
    -- As of tickets: phones ask for what was touched since.
    touched bigint not null default (pg_current_xact_id()::text::bigint),
    constraint spare_tickets_number_key unique (edition_id, number),
    constraint spare_tickets_used_at_check check (registration_id is null or used_at is not null),
    constraint spare_tickets_voided_at_check check (used_at is null or voided_at is null)
);
create index spare_tickets_batch_id_idx on spare_tickets (batch_id);
create index spare_tickets_registration_id_idx on spare_tickets (registration_id) where registration_id is not null;
create index spare_tickets_touched_idx on spare_tickets (edition_id, touched) where used_at is null;
create trigger spare_tickets_touch before update on spare_tickets for each row execute function touch();
-- The flag is in the signed text, so whoever signs a ticket anew must know it.
alter table tickets add column is_spare boolean not null default false;
