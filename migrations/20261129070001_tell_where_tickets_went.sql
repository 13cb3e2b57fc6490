-- Whether a scan is believed is decided as it comes: not where its phone has turned the person away, or had ended.
alter table scans add column is_believed boolean not null default true;
update scans s set is_believed = false
where (s.direction = 'entry' and s.local_verdict not in ('admit', 'admit_unconfirmed', 'readmit'))
   or exists (select from conflicts c where c.scan_id = s.id and c.kind = 'ended_phone');

-- What scans tell of where tickets went, of those that are believed and were not undone: `step` is `domain::checkin::Step`. Who was
-- let in against the rule counts where that was done by hand; a phone's word alone is no entry then.
create view movements as
select s.id as scan_id, s.ticket_id, s.checkpoint_id, s.corrected_at as at,
       case when s.verdict = 'exit' then 'left'
            when s.verdict = 'already_in' and not exists (select from conflicts c where c.scan_id = s.id and c.kind = 'entered_twice') then 'seen'
            else 'entered' end as step
from scans s
where s.ticket_id is not null and s.is_believed
  and (s.verdict in ('admit', 'admit_unconfirmed', 'readmit', 'already_in', 'exit') or s.source = 'manual')
  and not exists (select from undos u where u.scan_id = s.id);

-- What the ticket's last fact in the area was before this one: who has decided by another looks again.
alter table presences add column after_scan_id uuid;
