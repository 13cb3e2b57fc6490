-- One year's event with everything an edition file holds.

create extension if not exists pg_trgm;

create table editions (
    id uuid primary key,
    code text not null constraint editions_code_key unique,
    year smallint not null constraint editions_year_key unique constraint editions_year_check check (year between 2020 and 2275),
    name_vi text not null,
    name_en text,
    theme_vi text not null,
    theme_en text,
    starts_on date not null,
    ends_on date not null,
    -- The day on which the main programme is held.
    peak_on date not null,
    place_vi text not null,
    place_en text,
    hotline text,
    email text,
    managing_body_vi text not null,
    managing_body_en text,
    responsible_person text,
    portal_url text,
    handbook_url text,
    sample boolean not null default false,
    -- The edition that the pages show; at most one.
    is_current boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint editions_dates_check check (starts_on <= peak_on and peak_on <= ends_on)
);
create unique index editions_is_current_key on editions (is_current) where is_current;

create table communes (
    gso_code text primary key constraint communes_gso_code_check check (gso_code ~ '^[0-9]{5}$'),
    kind text not null constraint communes_kind_check check (kind in ('xa', 'phuong')),
    name_vi text not null constraint communes_name_vi_check check (name_vi is nfc normalized)
);

create table organisations (
    id uuid primary key,
    code text not null constraint organisations_code_key unique,
    kind text not null,
    name_vi text not null constraint organisations_name_vi_check check (name_vi is nfc normalized),
    name_en text,
    short_vi text,
    commune_code text constraint organisations_commune_code_fkey references communes (gso_code),
    tax_code text,
    url text,
    -- Models that this body has to register for the showcase.
    quota_models smallint not null default 0,
    is_partner boolean not null default false,
    valid_from date,
    valid_to date,
    sample boolean not null default false,
    position integer not null default 0
);

create table venues (
    id uuid primary key,
    edition_id uuid not null constraint venues_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    name_vi text not null,
    name_en text,
    address_vi text not null,
    address_en text,
    sample boolean not null default false,
    position integer not null default 0,
    constraint venues_edition_id_code_key unique (edition_id, code)
);

create table rooms (
    id uuid primary key,
    edition_id uuid not null constraint rooms_edition_id_fkey references editions (id) on delete cascade,
    venue_id uuid not null constraint rooms_venue_id_fkey references venues (id) on delete cascade,
    code text not null,
    name_vi text not null,
    name_en text,
    seats integer constraint rooms_seats_check check (seats > 0),
    position integer not null default 0,
    constraint rooms_edition_id_code_key unique (edition_id, code)
);
create index rooms_venue_id_idx on rooms (venue_id);

create table tracks (
    id uuid primary key,
    edition_id uuid not null constraint tracks_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    name_vi text not null,
    name_en text,
    position integer not null default 0,
    constraint tracks_edition_id_code_key unique (edition_id, code)
);

create table speakers (
    id uuid primary key,
    edition_id uuid not null constraint speakers_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    full_name text not null constraint speakers_full_name_check check (full_name is nfc normalized),
    title_vi text,
    title_en text,
    organisation_id uuid constraint speakers_organisation_id_fkey references organisations (id),
    sample boolean not null default false,
    constraint speakers_edition_id_code_key unique (edition_id, code)
);

create table sessions (
    id uuid primary key,
    edition_id uuid not null constraint sessions_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    kind text not null,
    title_vi text not null,
    title_en text,
    abstract_vi text not null default '',
    abstract_en text,
    track_id uuid constraint sessions_track_id_fkey references tracks (id),
    room_id uuid not null constraint sessions_room_id_fkey references rooms (id),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    sample boolean not null default false,
    constraint sessions_edition_id_code_key unique (edition_id, code),
    constraint sessions_times_check check (starts_at < ends_at)
);
create index sessions_edition_id_starts_at_idx on sessions (edition_id, starts_at);

create table session_speakers (
    session_id uuid not null constraint session_speakers_session_id_fkey references sessions (id) on delete cascade,
    speaker_id uuid not null constraint session_speakers_speaker_id_fkey references speakers (id) on delete cascade,
    position integer not null default 0,
    primary key (session_id, speaker_id)
);

-- One row for each thing that can be full. `taken` moves only together with the rows that it counts.
create table capacities (
    id uuid primary key,
    edition_id uuid not null constraint capacities_edition_id_fkey references editions (id) on delete cascade,
    -- Null is without limit.
    size integer constraint capacities_size_check check (size >= 0),
    taken integer not null default 0,
    constraint capacities_taken_check check (taken >= 0 and (size is null or taken <= size))
) with (fillfactor = 50);

create table audiences (
    id uuid primary key,
    edition_id uuid not null constraint audiences_edition_id_fkey references editions (id) on delete cascade,
    capacity_id uuid not null constraint audiences_capacity_id_fkey references capacities (id),
    code text not null,
    kind text not null,
    name_vi text not null,
    name_en text,
    opens_at timestamptz,
    closes_at timestamptz,
    -- Hidden audiences are not offered on the public form.
    is_public boolean not null default true,
    position integer not null default 0,
    constraint audiences_edition_id_code_key unique (edition_id, code),
    constraint audiences_window_check check (opens_at < closes_at)
);

create table checkpoints (
    id uuid primary key,
    edition_id uuid not null constraint checkpoints_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    kind text not null constraint checkpoints_kind_check check (kind in ('gate', 'session', 'booth', 'handout')),
    name_vi text not null,
    name_en text,
    session_id uuid constraint checkpoints_session_id_fkey references sessions (id),
    opens_at timestamptz,
    closes_at timestamptz,
    -- Kinds of audience that may enter; empty means everybody.
    admits text[] not null default '{}',
    position integer not null default 0,
    constraint checkpoints_edition_id_code_key unique (edition_id, code),
    constraint checkpoints_window_check check (opens_at < closes_at)
);
