-- Lists from other systems: checked first, stored when an organiser has seen what they come to.

create table imports (
    id uuid primary key,
    edition_id uuid not null constraint imports_edition_id_fkey references editions (id) on delete cascade,
    account_id uuid not null constraint imports_account_id_fkey references accounts (id) on delete cascade,
    state text not null constraint imports_state_check check (state in ('checked', 'running', 'done', 'failed')),
    -- The rows in good order; empty as soon as they are stored, and a day later at the latest.
    rows jsonb not null,
    count integer not null,
    added integer not null default 0,
    changed integer not null default 0,
    -- Why it failed: the key of an audience without room, or nothing that an organiser could mend.
    failure text,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz
);
create index imports_edition_id_idx on imports (edition_id, created_at);
