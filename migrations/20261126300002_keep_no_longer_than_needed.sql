-- How long what is kept, in months, and the nights in which what has served its time was taken away.

alter table editions
    add column keep_attendees smallint not null default 12 constraint editions_keep_attendees_check check (keep_attendees between 1 and 120),
    add column keep_logs smallint not null default 12 constraint editions_keep_logs_check check (keep_logs between 12 and 120),
    add column keep_proofs smallint not null default 24 constraint editions_keep_proofs_check check (keep_proofs between 1 and 120),
    add column keep_requests smallint not null default 24 constraint editions_keep_requests_check check (keep_requests between 1 and 120);

-- The work of a night is done once, by whichever replica writes its row first. Who began and did not end within an hour is
-- taken for dead.
create table nights (
    day date constraint nights_pkey primary key,
    begun_at timestamptz not null,
    ended_at timestamptz
);

create index registrations_kept_idx on registrations (edition_id) where erased_at is null;
