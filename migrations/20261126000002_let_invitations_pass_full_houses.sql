-- People who were let in past a full house by an invitation: `taken` may exceed `size` by them alone.
alter table capacities
    add column extra integer not null default 0 constraint capacities_extra_check check (extra >= 0),
    drop constraint capacities_taken_check;
alter table capacities add constraint capacities_taken_check check (taken >= 0 and (size is null or taken <= size + extra));

-- A party at the head of the queue that needs more seats than are free is held back until there are enough.
alter table waiting_log drop constraint waiting_log_step_check;
alter table waiting_log add constraint waiting_log_step_check
    check (step in ('joined', 'held_back', 'offered', 'invited', 'accepted', 'lapsed', 'left', 'shrank'));
