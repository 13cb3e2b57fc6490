-- Who scans with an account leaves what waits to whoever signs in next in the same browser: each scan says by which sign-in it
-- was made, and the server knows whether that one was ended from elsewhere before.

-- The account that the phone says has made the scan, as made_by is the paired phone; somebody else may have brought it.
alter table scans add column made_by_account uuid;

-- The phone of an account is known by its sign-in: account_id and created_at, the moment of signing in.
update devices d set created_at = s.created_at from web_sessions s where s.token_hash = d.session_hash;
-- When somebody else was first heard of in the same browser, who brings what waits there: the list tells of this one no more.
alter table devices add column succeeded_at timestamptz;
