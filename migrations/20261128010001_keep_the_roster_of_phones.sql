-- Phones hold a list of tickets and admissions and ask for what is new. A row tells by which transaction it was touched:
-- by a sequence, a phone would pass over a row whose transaction ended later than one that began after it.

alter table tickets add column touched bigint not null default (pg_current_xact_id()::text::bigint);
create index tickets_touched_idx on tickets (edition_id, touched);
alter table admissions add column touched bigint not null default (pg_current_xact_id()::text::bigint);
create index admissions_touched_idx on admissions (touched);

create function touch() returns trigger language plpgsql as $$
begin
    new.touched := pg_current_xact_id()::text::bigint;
    return new;
end
$$;
create trigger tickets_touch before update on tickets for each row execute function touch();
create trigger admissions_touch before update on admissions for each row execute function touch();

-- What a phone shows of a ticket stands with its registration.
create function touch_ticket_of_registration() returns trigger language plpgsql as $$
begin
    update tickets set touched = touched where registration_id = new.id;
    return null;
end
$$;
create trigger registrations_touch_ticket
    after update of full_name, audience_id, organisation_id, organisation_name, attention, merged_into on registrations
    for each row
    when ((old.full_name, old.audience_id, old.organisation_id, old.organisation_name, old.attention, old.merged_into)
          is distinct from (new.full_name, new.audience_id, new.organisation_id, new.organisation_name, new.attention, new.merged_into))
    execute function touch_ticket_of_registration();

-- What phones have to forget.
create table gone_tickets (
    ticket_id bigint constraint gone_tickets_pkey primary key,
    edition_id uuid not null,
    touched bigint not null default (pg_current_xact_id()::text::bigint)
);
create index gone_tickets_touched_idx on gone_tickets (edition_id, touched);
create table gone_admissions (
    ticket_id bigint not null,
    checkpoint_id uuid not null,
    touched bigint not null default (pg_current_xact_id()::text::bigint),
    constraint gone_admissions_pkey primary key (ticket_id, checkpoint_id)
);
create index gone_admissions_touched_idx on gone_admissions (touched);

create function remember_gone_tickets() returns trigger language plpgsql as $$
begin
    insert into gone_tickets (ticket_id, edition_id) select id, edition_id from gone
    on conflict on constraint gone_tickets_pkey do update set touched = excluded.touched;
    return null;
end
$$;
create trigger tickets_gone after delete on tickets referencing old table as gone for each statement execute function remember_gone_tickets();

create function remember_gone_admissions() returns trigger language plpgsql as $$
begin
    insert into gone_admissions (ticket_id, checkpoint_id) select ticket_id, checkpoint_id from gone
    on conflict on constraint gone_admissions_pkey do update set touched = excluded.touched;
    return null;
end
$$;
create trigger admissions_gone after delete on admissions referencing old table as gone for each statement execute function remember_gone_admissions();

-- How a phone fares, as it told last.
alter table devices
    add column waiting integer,
    add column refused integer,
    add column battery smallint,
    add column checkpoint_id uuid constraint devices_checkpoint_id_fkey references checkpoints (id) on delete set null,
    add column offset_ms bigint,
    add column contact_at timestamptz;
