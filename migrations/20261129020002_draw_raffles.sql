-- Raffles among those who have stamps of booths. The list is frozen and its digest published before the seed is known.

create table raffles (
    id uuid constraint raffles_pkey primary key,
    edition_id uuid not null constraint raffles_edition_id_fkey references editions (id) on delete cascade,
    code text not null,
    name_vi text not null,
    name_en text,
    closes_at timestamptz not null,
    winners integer not null constraint raffles_winners_check check (winners between 1 and 1000),
    -- How many booths' stamps it takes.
    stamps integer not null constraint raffles_stamps_check check (stamps between 1 and 500),
    admits text[] not null default '{}',
    stamped_by text not null constraint raffles_stamped_by_check check (stamped_by in ('anyone', 'steward')),
    position integer not null default 0,
    frozen_at timestamptz,
    entrants integer,
    -- SHA-256 of the published list.
    list_digest bytea constraint raffles_list_digest_check check (octet_length(list_digest) = 32),
    seed text,
    seed_source text,
    drawn_at timestamptz,
    constraint raffles_edition_id_code_key unique (edition_id, code),
    constraint raffles_frozen_check check ((frozen_at is null) = (list_digest is null) and (frozen_at is null) = (entrants is null)),
    constraint raffles_drawn_check
        check ((drawn_at is null) = (seed is null) and (drawn_at is null) = (seed_source is null) and (drawn_at is null or frozen_at is not null))
);

create table raffle_entrants (
    raffle_id uuid not null constraint raffle_entrants_raffle_id_fkey references raffles (id) on delete cascade,
    -- `domain::raffle::Entrant`: published, and tells nobody whose it is.
    entrant bytea not null constraint raffle_entrants_entrant_check check (octet_length(entrant) = 32),
    -- Outlives the ticket, as scans do: who was erased leaves a number.
    ticket_id bigint not null,
    -- From one; null before the draw.
    place integer constraint raffle_entrants_place_check check (place >= 1),
    constraint raffle_entrants_pkey primary key (raffle_id, entrant),
    constraint raffle_entrants_ticket_id_key unique (raffle_id, ticket_id),
    constraint raffle_entrants_place_key unique (raffle_id, place)
);
