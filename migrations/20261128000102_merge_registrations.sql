-- Two registrations of one person become one: the other has ended, and its ticket leads to the kept one's.
alter table registrations
    add column merged_into uuid constraint registrations_merged_into_fkey references registrations (id) on delete set null,
    add constraint registrations_merged_into_check check (merged_into is null or (status = 'cancelled' and merged_into <> id));
create index registrations_merged_into_idx on registrations (merged_into) where merged_into is not null;
