-- What a phone scanned after it had been signed out, or after its day, lets nobody in by itself. Whoever was there may still have come
-- in: a supervisor lets the scan count, from the time at which it was made. The scan stays as it was stored.
alter table conflicts add column is_counted boolean not null default false;
alter table conflicts add constraint conflicts_counted_check check (not is_counted or (kind = 'ended_phone' and settled_at is not null));

-- What scans say of where tickets went, believed or not: `step` is `domain::checkin::Step`. Left out is what was undone, and by which
-- the phone has turned the person away. Who was let in against the rule counts where that was done by hand; a phone's word alone is no
-- entry then.
create view claimed_movements as
select s.id as scan_id, s.ticket_id, s.checkpoint_id, s.corrected_at as at,
       case when s.verdict = 'exit' then 'left'
            when s.verdict = 'already_in' and not exists (select from conflicts c where c.scan_id = s.id and c.kind = 'entered_twice') then 'seen'
            else 'entered' end as step,
       s.is_believed
from scans s
where s.ticket_id is not null
  and (s.verdict in ('admit', 'admit_unconfirmed', 'readmit', 'already_in', 'exit') or s.source = 'manual')
  and (s.direction = 'exit' or s.local_verdict is null or s.local_verdict in ('admit', 'admit_unconfirmed', 'readmit'))
  and not exists (select from undos u where u.scan_id = s.id);

-- Those of them that count.
create or replace view movements as
select m.scan_id, m.ticket_id, m.checkpoint_id, m.at, m.step
from claimed_movements m
where m.is_believed or exists (select from conflicts c where c.scan_id = m.scan_id and c.kind = 'ended_phone' and c.is_counted);

-- The scans that a supervisor may let count, with who made and who brought each.
create view countable_scans as
select c.scan_id, c.edition_id, m.at, s.device_id, s.account_id, s.made_by, s.made_by_account
from conflicts c
join claimed_movements m on m.scan_id = c.scan_id
join scans s on s.id = c.scan_id
where c.kind = 'ended_phone' and c.settled_at is null;

-- To have seen such a scan does not make it count here either.
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
      and not exists (select from conflicts c where c.scan_id = s.id and c.kind = 'ended_phone' and not c.is_counted)
) seen
where seen.at is not null;
