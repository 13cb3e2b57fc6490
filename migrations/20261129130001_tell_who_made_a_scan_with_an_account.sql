-- Who scans with an account leaves what waits to whoever signs in next in the same browser: each scan says by which sign-in it
-- was made, and the server knows whether that one was ended from elsewhere before.

-- The account that the phone says has made the scan, as made_by is the paired phone; somebody else may have brought it.
alter table scans add column made_by_account uuid;

-- By name, who made a scan as the phone says, and who brought it where that was another one; null where nobody is known by that.
create view scan_makers as
select s.id as scan_id,
       case when w.is_foreign then coalesce(md.name, ma.full_name) else coalesce(d.name, a.full_name) end as made_by,
       case when w.is_foreign then coalesce(d.name, a.full_name) end as brought_by
from scans s
cross join lateral (
    select s.made_by is not null and s.made_by is distinct from s.device_id
        or s.made_by_account is not null and s.made_by_account is distinct from s.account_id as is_foreign
) w
left join devices d on d.id = s.device_id
left join accounts a on a.id = s.account_id
left join devices md on md.id = s.made_by
left join accounts ma on ma.id = s.made_by_account;

-- The phone of an account is known by its sign-in: account_id and created_at, the moment of signing in.
update devices d set created_at = s.created_at from web_sessions s where s.token_hash = d.session_hash;
-- When somebody else was first heard of in the same browser, who brings what waits there: the list tells of this one no more.
alter table devices add column succeeded_at timestamptz;
