-- Who has come: admitted by somebody of the event, or at a gate by itself. A stamp that a visitor made alone proves nothing of the
-- sort: the poster of a booth can be photographed and stamped from at home.
create view arrivals as
select m.ticket_id, m.checkpoint_id, m.at from admissions m
where not exists (select from scans s where s.id = m.scan_id and s.source = 'self');
