-- Whom each scan of a spare ticket let in, as the first name says that was told of it. Two phones without a network may have let two
-- people in by one ticket: the second then has a registration of its own. Names are the registrations' alone.
create table namings (
    scan_id uuid constraint namings_pkey primary key constraint namings_scan_id_fkey references scans (id) on delete cascade,
    registration_id uuid not null constraint namings_registration_id_fkey references registrations (id) on delete cascade
);
create index namings_registration_id_idx on namings (registration_id);
alter table conflicts drop constraint conflicts_kind_check;
alter table conflicts add constraint conflicts_kind_check
    check (kind in ('entered_twice', 'entered_against_rule', 'second_guest', 'clock', 'foreign_phone', 'ended_phone'));
