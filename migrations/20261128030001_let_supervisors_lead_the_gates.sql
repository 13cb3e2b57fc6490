-- Who leads the stewards at the gates: finds people, holds tickets, corrects scans.
alter table accounts drop constraint accounts_role_check;
alter table accounts add constraint accounts_role_check check (role in ('organiser', 'supervisor', 'department', 'judge', 'steward'));
