-- Counts of a checkpoint read its scans, not those of all.
create index scans_checkpoint_id_idx on scans (checkpoint_id);
