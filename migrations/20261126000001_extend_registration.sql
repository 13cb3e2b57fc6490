-- Registration beyond one person with one seat: sessions, questions, approval, invitations, delegations, the waiting list.

alter table editions
    -- Until then holders change and cancel by their link; null is until the last day ends.
    add column changes_until timestamptz,
    -- How long a seat that came free is held for the head of its queue.
    add column offer_hours smallint not null default 24 constraint editions_offer_hours_check check (offer_hours between 1 and 720);

alter table audiences
    add column needs_approval boolean not null default false,
    add column has_waiting_list boolean not null default true,
    -- Who can read mail at one of these domains may invite themselves; empty is nobody.
    add column email_domains text[] not null default '{}';

-- The people who wait for this. While somebody waits, nobody takes a seat past them.
alter table capacities add column waiting integer not null default 0 constraint capacities_waiting_check check (waiting >= 0);

-- Null: everybody may walk in.
alter table sessions add column capacity_id uuid constraint sessions_capacity_id_fkey references capacities (id);
create unique index sessions_capacity_id_key on sessions (capacity_id);

create table questions (
    id uuid primary key,
    edition_id uuid not null constraint questions_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    kind text not null constraint questions_kind_check
        check (kind in ('text', 'number', 'yes_no', 'choice', 'choices', 'date', 'phone', 'organisation', 'commune')),
    label_vi text not null,
    label_en text,
    help_vi text,
    help_en text,
    is_required boolean not null default false,
    -- [{"code": …, "vi": …, "en": …}] of the kinds choice and choices.
    options jsonb not null default '[]',
    -- Codes of the audiences that are asked; empty is all.
    audiences text[] not null default '{}',
    -- Asked only where another question was answered with one of these values.
    asked_if text,
    asked_if_values text[] not null default '{}',
    -- Bounds of a number, or of the length of a text.
    least integer,
    most integer,
    asked_at_check_in boolean not null default false,
    shown_at_check_in boolean not null default false,
    position integer not null default 0,
    constraint questions_edition_id_code_key unique (edition_id, code)
);

-- A code that opens an audience, hidden ones too. The code is derived from the id and the installation's secret.
create table invitations (
    id uuid primary key,
    edition_id uuid not null constraint invitations_edition_id_fkey references editions (id) on delete cascade,
    audience_id uuid not null constraint invitations_audience_id_fkey references audiences (id) on delete cascade,
    code_hash bytea not null constraint invitations_code_hash_key unique,
    -- Whom it is for, in the words of who made it; empty for invitations by e-mail domain.
    label text not null default '',
    -- The address that asked for it, for invitations by e-mail domain.
    email text,
    uses integer not null default 0,
    most_uses integer not null constraint invitations_most_uses_check check (most_uses between 1 and 10000),
    -- Registers even where the audience is full, and past its queue.
    bypasses_capacity boolean not null default false,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_by uuid constraint invitations_created_by_fkey references accounts (id),
    created_at timestamptz not null,
    constraint invitations_uses_check check (uses between 0 and most_uses)
);
create index invitations_edition_id_idx on invitations (edition_id, created_at desc);
create index invitations_audience_id_idx on invitations (audience_id);

-- An organisation's people who come together, or a school's pupils, who are counted and not named.
create table delegations (
    id uuid primary key,
    edition_id uuid not null constraint delegations_edition_id_fkey references editions (id),
    audience_id uuid not null constraint delegations_audience_id_fkey references audiences (id),
    kind text not null constraint delegations_kind_check check (kind in ('people', 'school')),
    organisation_id uuid constraint delegations_organisation_id_fkey references organisations (id),
    organisation_name text,
    leader_name text not null constraint delegations_leader_name_check check (leader_name is nfc normalized),
    leader_phone text,
    leader_email text,
    locale text not null constraint delegations_locale_check check (locale in ('vi', 'en')),
    link_hash bytea not null constraint delegations_link_hash_key unique,
    idempotency_key uuid not null constraint delegations_idempotency_key_key unique,
    invitation_id uuid constraint delegations_invitation_id_fkey references invitations (id),
    sample boolean not null default false,
    created_at timestamptz not null,
    cancelled_at timestamptz,
    erased_at timestamptz
);
create index delegations_edition_id_idx on delegations (edition_id, created_at desc);

-- A party in the queue of one thing that can be full. For the day the party is every registration that names the entry;
-- for a session it is the one registration that asked.
create table waiting_entries (
    id uuid primary key,
    edition_id uuid not null constraint waiting_entries_edition_id_fkey references editions (id),
    capacity_id uuid not null constraint waiting_entries_capacity_id_fkey references capacities (id),
    session_id uuid constraint waiting_entries_session_id_fkey references sessions (id) on delete cascade,
    registration_id uuid constraint waiting_entries_registration_id_fkey references registrations (id) on delete cascade,
    people smallint not null constraint waiting_entries_people_check check (people > 0),
    state text not null constraint waiting_entries_state_check check (state in ('waiting', 'offered', 'taken', 'lapsed', 'left')),
    -- The order of the queue.
    place bigint generated always as identity,
    joined_at timestamptz not null,
    offered_until timestamptz,
    constraint waiting_entries_session_check check ((session_id is null) = (registration_id is null)),
    constraint waiting_entries_offered_until_check check (state <> 'offered' or offered_until is not null)
);
create index waiting_entries_queue_idx on waiting_entries (capacity_id, place) where state = 'waiting';
create index waiting_entries_offered_until_idx on waiting_entries (offered_until) where state = 'offered';
create index waiting_entries_registration_id_idx on waiting_entries (registration_id);
create unique index waiting_entries_session_key on waiting_entries (registration_id, session_id) where state in ('waiting', 'offered');

-- Why each step of the queue happened. Holds no personal data.
create table waiting_log (
    id bigint generated always as identity primary key,
    entry_id uuid not null constraint waiting_log_entry_id_fkey references waiting_entries (id) on delete cascade,
    at timestamptz not null,
    step text not null constraint waiting_log_step_check
        check (step in ('joined', 'passed_over', 'offered', 'invited', 'accepted', 'lapsed', 'left', 'shrank')),
    detail jsonb not null default '{}',
    actor_kind text not null,
    actor_id uuid
);
create index waiting_log_entry_id_idx on waiting_log (entry_id);

alter table registrations rename column cancelled_at to ended_at;
alter table registrations
    drop constraint registrations_status_check,
    drop constraint registrations_cancelled_at_check,
    alter column phone drop not null,
    -- How many come with this ticket: more than one for a school.
    add column people smallint not null default 1 constraint registrations_people_check check (people between 1 and 500),
    -- Answers to the edition's questions: {"code": ["value", …]}.
    add column answers jsonb not null default '{}',
    add column delegation_id uuid constraint registrations_delegation_id_fkey references delegations (id),
    add column invitation_id uuid constraint registrations_invitation_id_fkey references invitations (id),
    -- The party with which it waits, or waited, for the day.
    add column waiting_entry_id uuid constraint registrations_waiting_entry_id_fkey references waiting_entries (id),
    -- What the gate should know: "cần xe lăn".
    add column attention text,
    add column channel text not null default 'form' constraint registrations_channel_check check (channel in ('form', 'delegation', 'desk', 'import')),
    -- What another system calls it.
    add column external_ref text,
    -- What staff told the person when approving or refusing.
    add column decision_message text,
    add column updated_at timestamptz,
    add column opened_at timestamptz,
    add column erased_at timestamptz;
alter table registrations
    add constraint registrations_status_check
        check (status in ('pending', 'waiting', 'offered', 'confirmed', 'refused', 'cancelled', 'lapsed')),
    add constraint registrations_ended_at_check check ((status in ('refused', 'cancelled', 'lapsed')) = (ended_at is not null)),
    add constraint registrations_erased_at_check check (erased_at is null or (phone is null and email is null and search_text = ''));

-- What stood for one status stands for all that are not ended.
drop index registrations_phone_place_key;
create unique index registrations_phone_place_key on registrations (edition_id, phone, phone_place) where ended_at is null;
drop index registrations_idempotency_key_key;
create unique index registrations_idempotency_key_key on registrations (idempotency_key) where ended_at is null;
drop index registrations_idempotency_key_cancelled_idx;
create index registrations_idempotency_key_ended_idx on registrations (idempotency_key) where ended_at is not null;
create unique index registrations_external_ref_key on registrations (edition_id, external_ref) where external_ref is not null;
create index registrations_delegation_id_idx on registrations (delegation_id) where delegation_id is not null;
create index registrations_invitation_id_idx on registrations (invitation_id) where invitation_id is not null;
create index registrations_waiting_entry_id_idx on registrations (waiting_entry_id) where waiting_entry_id is not null;
create index registrations_pending_idx on registrations (edition_id, created_at) where status = 'pending';

-- Who sits in which session. Rows go when the person leaves the session or the day; the audit log keeps what was.
create table session_seats (
    registration_id uuid not null constraint session_seats_registration_id_fkey references registrations (id) on delete cascade,
    session_id uuid not null constraint session_seats_session_id_fkey references sessions (id),
    -- `wanted` by somebody who has no seat for the day yet; `waiting` and `offered` as in the session's queue.
    state text not null constraint session_seats_state_check check (state in ('wanted', 'waiting', 'offered', 'held')),
    constraint session_seats_pkey primary key (registration_id, session_id)
);
create index session_seats_session_id_idx on session_seats (session_id, state);

-- What people are told. Written in the transaction of what it tells; rendered when it is sent, from what is then true, so
-- that nothing personal is kept here twice.
create table messages (
    id uuid primary key,
    edition_id uuid not null constraint messages_edition_id_fkey references editions (id) on delete cascade,
    kind text not null,
    channel text not null constraint messages_channel_check check (channel in ('email', 'sms')),
    -- To whom: a registration, a delegation's leader, or who asked for an invitation.
    registration_id uuid constraint messages_registration_id_fkey references registrations (id) on delete cascade,
    delegation_id uuid constraint messages_delegation_id_fkey references delegations (id) on delete cascade,
    invitation_id uuid constraint messages_invitation_id_fkey references invitations (id) on delete cascade,
    -- The mailing that it belongs to.
    mailing_id uuid,
    state text not null default 'queued' constraint messages_state_check
        check (state in ('queued', 'claimed', 'sending', 'sent', 'unclear', 'failed', 'dropped')),
    attempts smallint not null default 0,
    due_at timestamptz not null,
    -- Until then the worker that took it has it.
    claimed_until timestamptz,
    -- Why the last attempt failed, in words without personal data.
    error text,
    -- What is told once for all.
    once_key text constraint messages_once_key_key unique,
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint messages_to_check check (num_nonnulls(registration_id, delegation_id, invitation_id) = 1)
);
create index messages_due_at_idx on messages (due_at) where state in ('queued', 'claimed', 'sending');
create index messages_registration_id_idx on messages (registration_id);
create index messages_delegation_id_idx on messages (delegation_id) where delegation_id is not null;
create index messages_state_idx on messages (edition_id, state, created_at desc);
