-- A gate tells who, where and when somebody was let in: who is whoever made the scan, as scan_makers tells it; whoever has brought it
-- only where the maker is nobody known.
create or replace view first_entries as
select distinct on (m.ticket_id, c.entrance_id)
       m.ticket_id, c.entrance_id, m.checkpoint_id, m.scan_id, coalesce(w.made_by, w.brought_by, '') as device_name, m.at
from movements m
join checkpoints c on c.id = m.checkpoint_id
join scan_makers w on w.scan_id = m.scan_id
where m.step = 'entered'
order by m.ticket_id, c.entrance_id, m.at, m.scan_id;

update admissions a set device_name = w.made_by
from scan_makers w
where w.scan_id = a.scan_id and w.brought_by is not null and w.made_by <> a.device_name;

-- A paired phone that was signed out on itself scans no more by that pairing: what it says to have scanned by it was before, whatever
-- its clock says.
alter table devices add column is_signed_out_by_itself boolean not null default false;
update devices d set is_signed_out_by_itself = true
where d.revoked_at is not null and exists (select from audit_log l where l.action = 'device.sign_out' and l.subject_id = d.id);
