-- Messages to phones, invitations in the language of who asked, and reminders that follow the main day.

-- Null: an organiser's, which is sent to nobody.
alter table invitations add column locale text constraint invitations_locale_check check (locale in ('vi', 'en'));
update invitations set locale = 'vi' where email is not null;

-- When a mailing goes out, as domain::mail::When has it; `send_at` is that moment by the main day as it stands.
alter table mailings add column moment text not null default 'now' constraint mailings_moment_check
    check (moment in ('now', 'week', 'three-days', 'day', 'morning'));
update mailings m set moment = case e.peak_on - (m.send_at at time zone 'Asia/Ho_Chi_Minh')::date
        when 7 then 'week' when 3 then 'three-days' when 1 then 'day' when 0 then 'morning' else 'now' end
    from editions e where e.id = m.edition_id and m.send_at > m.created_at;
alter table mailings alter column moment drop default;

-- How a message reaches somebody: by e-mail where there is an address, else by phone where the installation can; null for
-- neither.
create function way_to(email text, phone text) returns text language sql stable as $$
    select case
        when email is not null then 'email'
        when phone is not null and exists (select from message_channels where channel = 'sms') then 'sms'
    end
$$;

-- Whether a mailing is for this registration, as it is now.
create or replace function is_recipient(m mailings, r registrations) returns boolean language sql stable as $$
    select r.erased_at is null and way_to(r.email, r.phone) is not null and r.status = m.status
        and (m.audience_id is null or r.audience_id = m.audience_id)
        and (m.session_id is null or exists (
            select from session_seats s where s.registration_id = r.id and s.session_id = m.session_id and s.state = 'held'))
        and (m.organisation is null or strpos(r.search_text, m.organisation) > 0)
        and (m.is_about_seat or coalesce((
            select c.given from consent_records c where c.registration_id = r.id and c.purpose = 'reminders' order by c.id desc limit 1), false))
$$;
