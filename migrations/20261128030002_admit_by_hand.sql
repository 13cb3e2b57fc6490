-- Somebody may be let in without a scan: a fact like one, and why.
alter table scans drop constraint scans_source_check;
alter table scans add constraint scans_source_check check (source in ('camera', 'picture', 'reader', 'typed', 'link', 'manual'));
create table hand_reasons (
    scan_id uuid constraint hand_reasons_pkey primary key
        constraint hand_reasons_scan_id_fkey references scans (id) on delete cascade,
    reason text not null constraint hand_reasons_reason_check check (reason in ('phone', 'unreadable', 'forgotten', 'other')),
    -- May tell of the person: goes when he or she is erased.
    note text constraint hand_reasons_note_check check (note is nfc normalized and char_length(note) <= 200)
);
