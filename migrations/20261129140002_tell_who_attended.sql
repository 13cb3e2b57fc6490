-- Who gets a certificate: whoever was admitted at a gate or to a session, and was not erased; `attended_at` is the first time.
create view attended_tickets as
select t.id as ticket_id, t.edition_id, t.registration_id, first.at as attended_at
from tickets t
join registrations r on r.id = t.registration_id and r.erased_at is null
cross join lateral (
    select min(m.at) as at from admissions m join checkpoints c on c.id = m.checkpoint_id
    where m.ticket_id = t.id and c.kind in ('gate', 'session')
) first
where first.at is not null;
