-- What people ask by the law on personal data, until when it is due, and what became of it.

-- Days on which nobody works (Labour Code Art. 112), as far as they are certain; the days that the government adds for a
-- year are inserted here when it has said so. A day that is missing makes an answer due earlier, never later.
create table holidays (
    day date constraint holidays_pkey primary key,
    name_vi text not null
);
insert into holidays values
    ('2027-01-01', 'Tết Dương lịch'),
    ('2027-02-05', 'Tết Âm lịch'), ('2027-02-06', 'Tết Âm lịch'), ('2027-02-07', 'Tết Âm lịch'),
    ('2027-02-08', 'Tết Âm lịch'), ('2027-02-09', 'Tết Âm lịch'),
    ('2027-04-16', 'Giỗ Tổ Hùng Vương'),
    ('2027-04-30', 'Ngày Chiến thắng'),
    ('2027-05-01', 'Ngày Quốc tế lao động'),
    ('2027-09-02', 'Quốc khánh'),
    ('2028-01-01', 'Tết Dương lịch'),
    ('2028-01-25', 'Tết Âm lịch'), ('2028-01-26', 'Tết Âm lịch'), ('2028-01-27', 'Tết Âm lịch'),
    ('2028-01-28', 'Tết Âm lịch'), ('2028-01-29', 'Tết Âm lịch'),
    ('2028-04-04', 'Giỗ Tổ Hùng Vương'),
    ('2028-04-30', 'Ngày Chiến thắng'),
    ('2028-05-01', 'Ngày Quốc tế lao động'),
    ('2028-09-02', 'Quốc khánh');

create table privacy_requests (
    id uuid primary key,
    edition_id uuid not null constraint privacy_requests_edition_id_fkey references editions (id),
    -- Null where it is about nobody who registered, or nobody who was found.
    registration_id uuid constraint privacy_requests_registration_id_fkey references registrations (id) on delete cascade,
    kind text not null constraint privacy_requests_kind_check
        check (kind in ('access', 'copy', 'correct', 'withdraw', 'restrict', 'object', 'erase')),
    channel text not null constraint privacy_requests_channel_check check (channel in ('ticket', 'phone', 'email', 'letter', 'desk')),
    -- What exactly, in words; emptied when the person is erased, as is the outcome.
    detail text not null default '',
    asked_at timestamptz not null,
    -- When the person was told that it came; the last day for that.
    acknowledged_at timestamptz,
    answer_due_on date not null,
    -- The last day for doing it, after the extension if there was one.
    due_on date not null,
    extended_at timestamptz,
    extension_reason text,
    state text not null constraint privacy_requests_state_check check (state in ('open', 'done', 'refused')),
    -- What the person was told in the end.
    outcome text not null default '',
    ended_at timestamptz,
    -- Null for what the person did without us.
    ended_by uuid constraint privacy_requests_ended_by_fkey references accounts (id) on delete set null,
    constraint privacy_requests_extension_check check ((extended_at is null) = (extension_reason is null)),
    constraint privacy_requests_ended_at_check check ((state = 'open') = (ended_at is null))
);
create index privacy_requests_registration_id_idx on privacy_requests (registration_id);
create index privacy_requests_open_idx on privacy_requests (edition_id, due_on) where state = 'open';

-- What each person agrees to now: the last word on each purpose.
create view consents_now as
    select distinct on (registration_id, purpose) registration_id, purpose, given, at
    from consent_records
    order by registration_id, purpose, id desc;
