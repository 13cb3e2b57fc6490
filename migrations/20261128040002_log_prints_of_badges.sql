-- Each time that badges were sent to a printer; a person's badge again only with a reason.
create table badge_prints (
    id uuid constraint badge_prints_pkey primary key,
    edition_id uuid not null constraint badge_prints_edition_id_fkey references editions (id),
    template text not null,
    reason text constraint badge_prints_reason_check check (reason in ('jam', 'correction', 'loss')),
    account_id uuid constraint badge_prints_account_id_fkey references accounts (id) on delete set null,
    account_name text not null,
    at timestamptz not null
);
create index badge_prints_edition_id_at_idx on badge_prints (edition_id, at);
create table printed_badges (
    print_id uuid not null constraint printed_badges_print_id_fkey references badge_prints (id) on delete cascade,
    digest bytea not null constraint printed_badges_digest_fkey references badges (digest) on delete cascade,
    position integer not null,
    constraint printed_badges_pkey primary key (print_id, digest)
);
create index printed_badges_digest_idx on printed_badges (digest);
