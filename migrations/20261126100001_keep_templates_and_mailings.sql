-- The organisers' own texts, and what they send to many.

-- A text in place of the one that the program brings.
create table message_templates (
    edition_id uuid not null constraint message_templates_edition_id_fkey references editions (id) on delete cascade,
    kind text not null,
    locale text not null constraint message_templates_locale_check check (locale in ('vi', 'en')),
    subject text not null,
    body text not null,
    updated_at timestamptz not null,
    updated_by uuid constraint message_templates_updated_by_fkey references accounts (id) on delete set null,
    constraint message_templates_pkey primary key (edition_id, kind, locale)
);

-- One text to many. Its messages are written when its time has come, from who fits its filter then.
create table mailings (
    id uuid primary key,
    edition_id uuid not null constraint mailings_edition_id_fkey references editions (id) on delete cascade,
    subject_vi text not null,
    body_vi text not null,
    -- Null: Vietnamese for everybody.
    subject_en text,
    body_en text,
    -- The filter; null is all.
    audience_id uuid constraint mailings_audience_id_fkey references audiences (id) on delete cascade,
    status text not null constraint mailings_status_check
        check (status in ('pending', 'waiting', 'offered', 'confirmed', 'refused', 'cancelled', 'lapsed')),
    session_id uuid constraint mailings_session_id_fkey references sessions (id) on delete cascade,
    -- A part of the organisation's name, folded by domain::text::fold.
    organisation text,
    -- About the recipients' own seats: then nobody has to have asked for reminders.
    is_about_seat boolean not null,
    send_at timestamptz not null,
    -- When its messages were written, and how many.
    started_at timestamptz,
    recipients integer,
    cancelled_at timestamptz,
    created_at timestamptz not null,
    created_by uuid constraint mailings_created_by_fkey references accounts (id) on delete set null,
    constraint mailings_en_check check ((subject_en is null) = (body_en is null)),
    constraint mailings_started_at_check check ((started_at is null) = (recipients is null)),
    constraint mailings_cancelled_at_check check (started_at is null or cancelled_at is null)
);
create index mailings_edition_id_idx on mailings (edition_id, created_at desc);
create index mailings_send_at_idx on mailings (send_at) where started_at is null and cancelled_at is null;

alter table messages add constraint messages_mailing_id_fkey foreign key (mailing_id) references mailings (id) on delete cascade;
create index messages_mailing_id_idx on messages (mailing_id) where mailing_id is not null;

-- Which ways the installation has: a message is only queued for one that may be gone.
create table message_channels (
    channel text constraint message_channels_pkey primary key constraint message_channels_channel_check check (channel in ('email', 'sms')),
    known_at timestamptz not null
);

-- Whether a mailing is for this registration, as it is now.
create function is_recipient(m mailings, r registrations) returns boolean language sql stable as $$
    select r.erased_at is null and r.email is not null and r.status = m.status
        and (m.audience_id is null or r.audience_id = m.audience_id)
        and (m.session_id is null or exists (
            select from session_seats s where s.registration_id = r.id and s.session_id = m.session_id and s.state = 'held'))
        and (m.organisation is null or strpos(r.search_text, m.organisation) > 0)
        and (m.is_about_seat or coalesce((
            select c.given from consent_records c where c.registration_id = r.id and c.purpose = 'reminders' order by c.id desc limit 1), false))
$$;
