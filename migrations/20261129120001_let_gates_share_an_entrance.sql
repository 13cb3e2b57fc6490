-- Several gates may lead into one place: between them a ticket is let in once. Checkpoints whose file gives them one name for it
-- share it; any other is an entrance by itself. What is found by a name has a number of its own, in every edition another.
alter table checkpoints
    add column entrance text constraint checkpoints_entrance_check check (entrance is null or kind in ('gate', 'handout'));
alter table checkpoints
    add column entrance_id uuid not null generated always as (coalesce(md5(edition_id::text || '/' || entrance)::uuid, id)) stored;
create index checkpoints_entrance_id_idx on checkpoints (entrance_id);
alter table checkpoints add constraint checkpoints_id_entrance_id_key unique (id, entrance_id);

alter table admissions add column entrance_id uuid;
update admissions set entrance_id = checkpoint_id;
alter table admissions
    alter column entrance_id set not null,
    drop constraint admissions_pkey,
    add constraint admissions_pkey primary key (ticket_id, entrance_id),
    -- A scan that was decided before an import moved its gate is decided anew. An import moves the admissions after the gates.
    add constraint admissions_entrance_fkey foreign key (checkpoint_id, entrance_id) references checkpoints (id, entrance_id)
        deferrable initially deferred,
    drop constraint admissions_checkpoint_id_fkey;

alter table gone_admissions rename column checkpoint_id to entrance_id;
create or replace function remember_gone_admissions() returns trigger language plpgsql as $$
begin
    insert into gone_admissions (ticket_id, entrance_id) select ticket_id, entrance_id from gone
    on conflict on constraint gone_admissions_pkey do update set touched = excluded.touched;
    return null;
end
$$;

create or replace view checkpoints_by_programme as
select c.id, c.edition_id, c.code, c.kind, c.name_vi, coalesce(c.name_en, c.name_vi) as name_en, c.position, c.admits,
       coalesce(c.opens_at, s.starts_at - make_interval(mins => coalesce(r.door_opens_before, 30))) as opens_at,
       coalesce(c.closes_at, least(s.starts_at + make_interval(mins => r.door_closes_after), s.ends_at)) as closes_at,
       c.counts_exits or coalesce(r.door_counts_exits, false) as counts_exits,
       case when c.kind = 'session' then 'rooms' when c.kind = 'gate' and c.counts_exits then 'grounds' end as area,
       c.session_id, s.starts_at, s.takes_seats,
       case when s.id is not null then jsonb_build_object('session', s.told, 'needs_seat', s.takes_seats,
           'opens_to_all_at', s.starts_at + make_interval(mins => r.door_all_after), 'size', k.size) end as door,
       c.entrance_id
from checkpoints c
left join told_sessions s on s.id = c.session_id
left join rooms r on r.id = s.room_id
left join capacities k on k.id = s.capacity_id;

-- What the admission of a ticket at an entrance is by all that is known: the first that let it in, by corrected time.
create view first_entries as
select distinct on (m.ticket_id, c.entrance_id)
       m.ticket_id, c.entrance_id, m.checkpoint_id, m.scan_id, coalesce(d.name, a.full_name, '') as device_name, m.at
from movements m
join checkpoints c on c.id = m.checkpoint_id
join scans s on s.id = m.scan_id
left join devices d on d.id = s.device_id
left join accounts a on a.id = s.account_id
where m.step = 'entered'
order by m.ticket_id, c.entrance_id, m.at, m.scan_id;
