-- Scans are facts: inserted once, never changed, never deleted while their edition lasts.

create table scans (
    id uuid constraint scans_pkey primary key,
    edition_id uuid not null constraint scans_edition_id_fkey references editions (id),
    checkpoint_id uuid not null constraint scans_checkpoint_id_fkey references checkpoints (id),
    -- Null when the code was no ticket; its text is not kept.
    ticket_id bigint,
    device_id uuid constraint scans_device_id_fkey references devices (id),
    account_id uuid constraint scans_account_id_fkey references accounts (id) on delete set null,
    direction text not null constraint scans_direction_check check (direction in ('entry', 'exit')),
    source text not null constraint scans_source_check check (source in ('camera', 'typed', 'link')),
    -- Three times: the phone's clock, the server's, and the phone's corrected by its offset.
    device_at timestamptz not null,
    received_at timestamptz not null,
    corrected_at timestamptz not null,
    offset_ms bigint not null,
    local_verdict text,
    verdict text not null,
    -- The whole answer, returned byte for byte to a repeat.
    report jsonb not null
);
create index scans_ticket_id_idx on scans (ticket_id) where ticket_id is not null;

-- The first entry of a ticket at a checkpoint.
create table admissions (
    ticket_id bigint not null,
    checkpoint_id uuid not null constraint admissions_checkpoint_id_fkey references checkpoints (id),
    scan_id uuid not null,
    device_name text not null,
    at timestamptz not null,
    constraint admissions_pkey primary key (ticket_id, checkpoint_id)
);
create index admissions_checkpoint_id_at_idx on admissions (checkpoint_id, at);
