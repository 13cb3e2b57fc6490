-- One scan on the way out tells that somebody of a group has left, and not that all have: as long as the ticket has not come in
-- again, its people are told of with `left_at`, so that whoever searches the grounds asks for them.
create or replace view present_tickets as
select t.id as ticket_id, t.edition_id, t.registration_id, entry.checkpoint_id as gate_id, entry.at as entered_at,
       room.checkpoint_id as room_id, room.at as room_at,
       case when entry.at is null and (room.at is null or (gone.at, gone.scan_id) > (room.at, room.scan_id)) then gone.at end as left_at
from tickets t
join registrations r on r.id = t.registration_id
left join lateral (
    select m.at, m.scan_id from movements m join checkpoints c on c.id = m.checkpoint_id
    where m.ticket_id = t.id and m.step = 'left' and c.kind = 'gate'
    order by m.at desc, m.scan_id desc limit 1
) gone on true
left join lateral (
    select m.at, m.checkpoint_id from movements m join checkpoints c on c.id = m.checkpoint_id
    where m.ticket_id = t.id and m.step <> 'left' and c.kind = 'gate'
      and (gone.at is null or (m.at, m.scan_id) > (gone.at, gone.scan_id))
      and exists (select from admissions a join checkpoints g on g.id = a.checkpoint_id where a.ticket_id = t.id and g.kind = 'gate')
    order by m.at, m.scan_id limit 1
) entry on true
left join presences room on room.ticket_id = t.id and room.area = 'rooms' and room.is_in
where entry.at is not null or room.at is not null or (gone.at is not null and r.people > 1);
