create index registrations_groups_idx on registrations (id) where people > 1;
