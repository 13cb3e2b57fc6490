-- In which ticket each one goes on: after a merge, the other's in the kept one's. What a ticket collected counts for the ticket that it
-- goes on in; the scans and admissions stay where they were made.
create view lasting_tickets as
select t.id as ticket_id, coalesce(kept.id, t.id) as lasting_id
from tickets t
join registrations r on r.id = t.registration_id
left join tickets kept on kept.registration_id = r.merged_into;
