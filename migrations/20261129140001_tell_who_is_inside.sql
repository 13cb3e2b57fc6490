-- Where the holder of each ticket is by all that is known: on the grounds, by the gate that let the ticket in since it left last;
-- in a room. Whoever was admitted at a gate and has not left is on the grounds, also where no exits are counted. A ticket that was
-- scanned in a room stays there until it leaves it or enters another; `left_at` is when it left the grounds since.
create view present_tickets as
select t.id as ticket_id, t.edition_id, t.registration_id, entry.checkpoint_id as gate_id, entry.at as entered_at,
       room.checkpoint_id as room_id, room.at as room_at,
       case when entry.at is null and (gone.at, gone.scan_id) > (room.at, room.scan_id) then gone.at end as left_at
from tickets t
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
where entry.at is not null or room.at is not null;
