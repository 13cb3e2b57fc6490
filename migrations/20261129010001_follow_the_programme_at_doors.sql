-- Doors of sessions follow the programme: a room whose door is watched has one checkpoint for each of its sessions, with the
-- hours of the session as it stands.

alter table rooms
    -- Minutes before a session from which its people come in. Null: nobody stands at the door.
    add column door_opens_before integer constraint rooms_door_opens_before_check check (door_opens_before between 0 and 1440),
    -- Minutes after the start from which latecomers stay outside; null is until the end.
    add column door_closes_after integer constraint rooms_door_closes_after_check check (door_closes_after between 1 and 1440),
    -- Minutes after the start, or before it, from which whoever has no seat comes in too; null is never.
    add column door_all_after integer constraint rooms_door_all_after_check check (door_all_after between -1440 and 1440),
    add column door_counts_exits boolean not null default false;

alter table checkpoints
    add column counts_exits boolean not null default false,
    -- Made for a session of a room whose door is watched; no edition file names it.
    add column follows_room boolean not null default false;
create index checkpoints_session_id_idx on checkpoints (session_id) where session_id is not null;

-- Sessions as people at doors are told of them: `told` is `domain::checkin::Session`.
create view told_sessions as
select s.id, s.edition_id, s.starts_at, s.ends_at, s.capacity_id, s.room_id, s.capacity_id is not null as takes_seats,
       jsonb_build_object('id', s.id, 'title_vi', s.title_vi, 'title_en', coalesce(s.title_en, s.title_vi), 'room', r.id,
           'room_vi', r.name_vi, 'room_en', coalesce(r.name_en, r.name_vi), 'starts_at', s.starts_at, 'ends_at', s.ends_at) as told
from sessions s join rooms r on r.id = s.room_id;

-- Checkpoints with the session behind them: the one place that says when a door is open. `door` is `domain::checkin::Door`.
create view checkpoints_by_programme as
select c.id, c.edition_id, c.code, c.kind, c.name_vi, coalesce(c.name_en, c.name_vi) as name_en, c.position, c.admits,
       coalesce(c.opens_at, s.starts_at - make_interval(mins => coalesce(r.door_opens_before, 30))) as opens_at,
       coalesce(c.closes_at, least(s.starts_at + make_interval(mins => r.door_closes_after), s.ends_at)) as closes_at,
       c.counts_exits or coalesce(r.door_counts_exits, false) as counts_exits,
       case when c.kind = 'session' then 'rooms' when c.kind = 'gate' and c.counts_exits then 'grounds' end as area,
       c.session_id, s.starts_at, s.takes_seats,
       case when s.id is not null then jsonb_build_object('session', s.told, 'needs_seat', s.takes_seats,
           'opens_to_all_at', s.starts_at + make_interval(mins => r.door_all_after), 'size', k.size) end as door
from checkpoints c
left join told_sessions s on s.id = c.session_id
left join rooms r on r.id = s.room_id
left join capacities k on k.id = s.capacity_id;

-- Where a ticket is, by its last fact in the order of corrected times: on the grounds, or in which of the rooms.
create table presences (
    ticket_id bigint not null,
    area text not null constraint presences_area_check check (area in ('grounds', 'rooms')),
    checkpoint_id uuid not null constraint presences_checkpoint_id_fkey references checkpoints (id),
    is_in boolean not null,
    scan_id uuid not null,
    at timestamptz not null,
    touched bigint not null default (pg_current_xact_id()::text::bigint),
    constraint presences_pkey primary key (ticket_id, area)
);
create index presences_checkpoint_id_idx on presences (checkpoint_id) where is_in;
create index presences_touched_idx on presences (touched);
create trigger presences_touch before update on presences for each row execute function touch();

-- Phones know who has a seat in which session.
create function touch_ticket_of_seat() returns trigger language plpgsql as $$
begin
    update tickets set touched = touched where registration_id = coalesce(new.registration_id, old.registration_id);
    return null;
end
$$;
create trigger session_seats_touch_ticket_of_new after insert on session_seats
    for each row when (new.state = 'held') execute function touch_ticket_of_seat();
create trigger session_seats_touch_ticket_of_changed after update of state on session_seats
    for each row when (old.state is distinct from new.state and 'held' in (old.state, new.state)) execute function touch_ticket_of_seat();
create trigger session_seats_touch_ticket_of_old after delete on session_seats
    for each row when (old.state = 'held') execute function touch_ticket_of_seat();
