-- A scan may be a mistake, and two gates without network may let in one ticket. Both are facts that stay.

alter table scans drop constraint scans_source_check;
alter table scans add constraint scans_source_check check (source in ('camera', 'picture', 'reader', 'typed', 'link'));
-- The paired phone that says it has made the scan, where another one brought it.
alter table scans add column made_by uuid;

create table undos (
    id uuid constraint undos_pkey primary key,
    scan_id uuid not null constraint undos_scan_id_key unique constraint undos_scan_id_fkey references scans (id) on delete cascade,
    device_id uuid constraint undos_device_id_fkey references devices (id),
    account_id uuid constraint undos_account_id_fkey references accounts (id) on delete set null,
    -- Three times, as of a scan.
    device_at timestamptz not null,
    received_at timestamptz not null,
    corrected_at timestamptz not null,
    offset_ms bigint not null
);

-- What the phones did and the rule would not have done: for a supervisor to see.
create table conflicts (
    scan_id uuid not null constraint conflicts_scan_id_fkey references scans (id) on delete cascade,
    kind text not null constraint conflicts_kind_check
        check (kind in ('entered_twice', 'entered_against_rule', 'clock', 'foreign_phone', 'ended_phone')),
    edition_id uuid not null constraint conflicts_edition_id_fkey references editions (id) on delete cascade,
    found_at timestamptz not null,
    settled_at timestamptz,
    settled_by uuid constraint conflicts_settled_by_fkey references accounts (id) on delete set null,
    constraint conflicts_pkey primary key (scan_id, kind)
);
create index conflicts_open_idx on conflicts (edition_id, found_at) where settled_at is null;

-- A phone that was signed out may still bring what it scanned before.
alter table devices add column ended_token_hash bytea constraint devices_ended_token_hash_key unique;
