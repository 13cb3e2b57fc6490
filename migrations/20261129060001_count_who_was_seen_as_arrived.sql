-- A steward's scan after a stamp that the visitor made alone is no admission of its own, but it tells that the person was there. It
-- counts unless it was undone, or came from a phone that was signed out and nobody has settled that yet.
create or replace view arrivals as
select m.ticket_id, m.checkpoint_id, m.at from admissions m
where not exists (select from scans s where s.id = m.scan_id and s.source = 'self')
union all
select m.ticket_id, m.checkpoint_id, seen.at from admissions m
join scans made on made.id = m.scan_id and made.source = 'self'
cross join lateral (
    select min(s.corrected_at) as at from scans s
    where s.ticket_id = m.ticket_id and s.checkpoint_id = m.checkpoint_id and s.source <> 'self'
      and s.direction = 'entry' and s.verdict in ('readmit', 'already_in')
      and not exists (select from undos u where u.scan_id = s.id)
      and not exists (select from conflicts c where c.scan_id = s.id and c.kind = 'ended_phone' and c.settled_at is null)
) seen
where seen.at is not null;
