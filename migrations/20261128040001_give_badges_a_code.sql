-- What a printed badge carries: a code of its own for session doors, booths and hand-outs. The code is made anew for each
-- showing, from a key of the server and this salt; here stands only by what it is found.
create table badges (
    -- SHA-256 of the code.
    digest bytea constraint badges_pkey primary key constraint badges_digest_check check (length(digest) = 32),
    ticket_id bigint not null constraint badges_ticket_id_fkey references tickets (id) on delete cascade,
    salt bytea not null constraint badges_salt_check check (length(salt) = 16),
    issued_at timestamptz not null,
    -- Another badge was issued in its place.
    stopped_at timestamptz
);
create unique index badges_ticket_id_valid_key on badges (ticket_id) where stopped_at is null;
create index badges_ticket_id_idx on badges (ticket_id);

-- The list on the phones tells of a ticket by which badge it is found.
create function touch_ticket_of_badge() returns trigger language plpgsql as $$
begin
    update tickets set touched = touched where id = new.ticket_id;
    return null;
end
$$;
create trigger badges_touch_ticket after insert or update of stopped_at on badges for each row execute function touch_ticket_of_badge();
