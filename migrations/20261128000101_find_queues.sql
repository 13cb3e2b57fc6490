-- Staff open one queue with its log: everybody who is or was in it, not only those who wait.
create index waiting_entries_capacity_id_idx on waiting_entries (capacity_id);
