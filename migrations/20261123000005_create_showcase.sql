-- Dossiers of model projects, their submitted versions and their pictures.

create table dossiers (
    id uuid primary key,
    edition_id uuid not null constraint dossiers_edition_id_fkey references editions (id),
    organisation_id uuid not null constraint dossiers_organisation_id_fkey references organisations (id),
    state text not null constraint dossiers_state_check check (state in ('draft', 'submitted', 'returned', 'published')),
    -- Given at the first submission; stays.
    serial integer,
    -- The address in the gallery; given at the first publication, stays.
    slug text,
    -- domain::showcase::Content.
    content jsonb not null,
    -- SHA-256 of the stored picture, in hexadecimal: its key in the file store.
    cover text,
    -- Counts the submissions.
    version integer not null default 0,
    return_reason text,
    sample boolean not null default false,
    created_by uuid constraint dossiers_created_by_fkey references accounts (id) on delete set null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    submitted_at timestamptz,
    published_at timestamptz,
    constraint dossiers_edition_id_serial_key unique (edition_id, serial),
    constraint dossiers_edition_id_slug_key unique (edition_id, slug)
);
create index dossiers_organisation_id_idx on dossiers (organisation_id);
create index dossiers_edition_id_state_idx on dossiers (edition_id, state);

create table dossier_versions (
    dossier_id uuid not null constraint dossier_versions_dossier_id_fkey references dossiers (id) on delete cascade,
    version integer not null,
    content jsonb not null,
    cover text,
    submitted_by uuid constraint dossier_versions_submitted_by_fkey references accounts (id) on delete set null,
    submitted_at timestamptz not null,
    primary key (dossier_id, version)
);
