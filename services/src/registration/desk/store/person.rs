//! The SQL of a person's page.

use domain::{
    checkin::Reason,
    ids::{RegistrationId, ScanId},
    registration::{Status, merge::Traits},
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Error,
    registration::{
        desk::person::{ConsentRow, Duplicate, HistoryRow, MessageRow, Person, ScanRow, SeatRow, TicketFacts, WaitingRow},
        told_answers,
    },
    store::inconsistent,
};

/// How much of a history is shown: a person's own is far shorter.
const HISTORY: i64 = 200;

pub(in crate::registration::desk) async fn person(pool: &PgPool, id: RegistrationId) -> Result<Option<Person>, Error> {
    let row = sqlx::query!(
        r#"select r.status, r.full_name, r.locale, a.name_vi, a.name_en, r.phone, r.email,
                  way_to(r.email, r.phone) is not null as "is_reached!", coalesce(o.name_vi, r.organisation_name) as organisation,
                  r.job_title, r.tax_code, c.name_vi as "commune?", r.people, coalesce(dorg.name_vi, d.organisation_name) as delegation,
                  r.attention, r.external_ref, r.channel, r.decision_message, r.created_at, r.updated_at, r.opened_at, r.ended_at, r.erased_at,
                  r.waiting_entry_id, t.short_code as "short_code?", t.reissue as "reissue?",
                  t.standing as "standing?", t.issued_at as "issued_at?", r.merged_into,
                  first.at as "arrived_at?", first.name_vi as "arrived_vi?", first.name_en as arrived_en,
                  array(select id from registrations where merged_into = r.id order by id) as "merged!"
           from registrations r
           join editions e on e.id = r.edition_id and e.is_current
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join communes c on c.gso_code = r.commune_code
           left join delegations d on d.id = r.delegation_id
           left join organisations dorg on dorg.id = d.organisation_id
           left join tickets t on t.registration_id = r.id
           left join lateral (
               select m.at, p.name_vi, p.name_en from arrivals m join checkpoints p on p.id = m.checkpoint_id
               where m.ticket_id = t.id order by m.at, p.position, p.code limit 1
           ) first on true
           where r.id = $1"#,
        id.0
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let ticket = match (row.short_code, row.reissue, row.standing, row.issued_at) {
        (Some(code), Some(reissue), Some(standing), Some(issued_at)) => {
            let short_code = ShortCode::parse(&code).ok_or_else(|| inconsistent("tickets.short_code"))?;
            Some(TicketFacts { short_code, reissue, standing, issued_at })
        }
        _ => None,
    };
    let merged: Vec<_> = row.merged.into_iter().map(RegistrationId).collect();
    Ok(Some(Person {
        id,
        status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
        full_name: row.full_name,
        locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("registrations.locale"))?,
        audience: Bilingual { vi: row.name_vi, en: row.name_en },
        phone: row.phone,
        email: row.email,
        is_reached: row.is_reached,
        organisation: row.organisation,
        job_title: row.job_title,
        tax_code: row.tax_code,
        commune: row.commune,
        people: row.people,
        delegation: row.delegation,
        attention: row.attention,
        external_ref: row.external_ref,
        channel: row.channel,
        decision_message: row.decision_message,
        created_at: row.created_at,
        updated_at: row.updated_at,
        opened_at: row.opened_at,
        ended_at: row.ended_at,
        erased_at: row.erased_at,
        ticket,
        arrived: row.arrived_vi.map(|vi| Bilingual { vi, en: row.arrived_en }).zip(row.arrived_at),
        answers: told_answers(pool, id).await?,
        sessions: sessions(pool, id).await?,
        consents: consents(pool, id).await?,
        messages: messages(pool, id).await?,
        scans: scans(pool, id).await?,
        waiting: waiting(pool, id, row.waiting_entry_id).await?,
        history: history(pool, id).await?,
        duplicates: duplicates(pool, id).await?,
        merged_into: row.merged_into.map(RegistrationId),
        merged,
    }))
}

async fn sessions(pool: &PgPool, id: RegistrationId) -> Result<Vec<SeatRow>, Error> {
    let rows = sqlx::query!(
        "select s.title_vi, s.title_en, s.starts_at, p.state from session_seats p join sessions s on s.id = p.session_id
         where p.registration_id = $1 order by s.starts_at, s.code",
        id.0
    )
    .fetch_all(pool)
    .await?;
    let seat = |title_vi, title_en, starts_at, state| SeatRow { title: Bilingual { vi: title_vi, en: title_en }, starts_at, state };
    Ok(rows.into_iter().map(|row| seat(row.title_vi, row.title_en, row.starts_at, row.state)).collect())
}

async fn consents(pool: &PgPool, id: RegistrationId) -> Result<Vec<ConsentRow>, Error> {
    Ok(sqlx::query_as!(
        ConsentRow,
        "select purpose, given, notice_version, channel, at from consent_records where registration_id = $1 order by at desc, id",
        id.0
    )
    .fetch_all(pool)
    .await?)
}

async fn messages(pool: &PgPool, id: RegistrationId) -> Result<Vec<MessageRow>, Error> {
    Ok(sqlx::query_as!(
        MessageRow,
        "select kind, channel, state, error, created_at, ended_at from messages where registration_id = $1 order by created_at desc, id desc",
        id.0
    )
    .fetch_all(pool)
    .await?)
}

/// The scans of its ticket, those by which it came in with the ticket of somebody else, and the same of those that were merged into it.
async fn scans(pool: &PgPool, id: RegistrationId) -> Result<Vec<ScanRow>, Error> {
    let rows = sqlx::query!(
        r#"select s.id, p.name_vi, p.name_en, s.verdict, s.corrected_at, w.made_by as device,
                  s.direction = 'entry' and (s.verdict in ('admit', 'admit_unconfirmed', 'readmit') or coalesce(s.local_verdict, '') in ('admit', 'admit_unconfirmed', 'readmit'))
                      as "is_entry!",
                  h.scan_id is not null and s.local_verdict is not null as "is_against_rule!", h.reason as "reason?", h.note,
                  u.id is not null as "is_undone!", coalesce(ud.name, ua.full_name) as undone_by
           from scans s join checkpoints p on p.id = s.checkpoint_id
           join scan_makers w on w.scan_id = s.id
           left join hand_reasons h on h.scan_id = s.id
           left join undos u on u.scan_id = s.id
           left join devices ud on ud.id = u.device_id left join accounts ua on ua.id = u.account_id
           where s.ticket_id = any (array(
               select t.id from tickets t join registrations r on r.id = t.registration_id where r.id = $1 or r.merged_into = $1))
              or s.id = any (array(
               select n.scan_id from namings n join registrations r on r.id = n.registration_id where r.id = $1 or r.merged_into = $1))
           order by s.corrected_at desc limit $2"#,
        id.0,
        HISTORY
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ScanRow {
            checkpoint: Bilingual { vi: row.name_vi, en: row.name_en },
            id: ScanId(row.id),
            verdict: row.verdict,
            at: row.corrected_at,
            device: row.device,
            is_entry: row.is_entry,
            is_against_rule: row.is_against_rule,
            reason: row.reason.as_deref().and_then(Reason::from_key).map(|reason| (reason, row.note)),
            undone_by: row.is_undone.then(|| row.undone_by.unwrap_or_default()),
        })
        .collect())
}

/// The steps of its own queues, and of the party that it waits with.
async fn waiting(pool: &PgPool, id: RegistrationId, party: Option<Uuid>) -> Result<Vec<WaitingRow>, Error> {
    let rows = sqlx::query!(
        r#"select s.title_vi as "title_vi?", s.title_en, l.step, l.at
           from waiting_entries w join waiting_log l on l.entry_id = w.id left join sessions s on s.id = w.session_id
           where w.registration_id = $1 or w.id = $2 order by l.id desc limit $3"#,
        id.0,
        party,
        HISTORY
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WaitingRow { session: row.title_vi.map(|vi| Bilingual { vi, en: row.title_en }), step: row.step, at: row.at })
        .collect())
}

/// What was done to it, and to those that were merged into it.
async fn history(pool: &PgPool, id: RegistrationId) -> Result<Vec<HistoryRow>, Error> {
    Ok(sqlx::query_as!(
        HistoryRow,
        r#"select l.at, l.action, l.actor_kind, coalesce(a.full_name, d.name) as actor, l.detail
           from audit_log l left join accounts a on a.id = l.actor_id left join devices d on d.id = l.actor_id
           where l.subject_kind = 'registration' and l.subject_id = any (array(select r.id from registrations r where r.id = $1 or r.merged_into = $1))
           order by l.id desc limit $2"#,
        id.0,
        HISTORY
    )
    .fetch_all(pool)
    .await?)
}

/// Others that stand and are probably the same person's, by the rule of [`Traits::alike`]; the store narrows them down.
async fn duplicates(pool: &PgPool, id: RegistrationId) -> Result<Vec<Duplicate>, Error> {
    let own = sqlx::query!(
        "select r.full_name, r.phone, r.email, coalesce(o.name_vi, r.organisation_name) as organisation
         from registrations r left join organisations o on o.id = r.organisation_id
         where r.id = $1 and r.ended_at is null and r.erased_at is null",
        id.0
    )
    .fetch_optional(pool)
    .await?;
    let Some(own) = own else { return Ok(Vec::new()) };
    let own_traits = Traits {
        full_name: &own.full_name,
        phone: own.phone.as_deref(),
        email: own.email.as_deref(),
        organisation: own.organisation.as_deref(),
    };
    let rows = sqlx::query!(
        r#"with own as (select id, edition_id, phone, email from registrations where id = $1), near as (
               select o.id from own join registrations o on o.edition_id = own.edition_id and o.phone = own.phone and o.ended_at is null
               union
               select o.id from own join registrations o on o.edition_id = own.edition_id and lower(o.email) = lower(own.email) and o.ended_at is null
               where o.email is not null
               union
               -- A name alone tells nothing, and many share one.
               select o.id from own join registrations o on o.edition_id = own.edition_id and o.ended_at is null
               where $3 and ' ' || o.search_text like $2 and (o.organisation_id is not null or o.organisation_name is not null)
           )
           select o.id, o.full_name, o.status, o.phone, o.email, coalesce(b.name_vi, o.organisation_name) as organisation
           from near join registrations o on o.id = near.id left join organisations b on b.id = o.organisation_id
           where o.id <> $1 order by o.id limit 500"#,
        id.0,
        format!("% {}%", domain::text::fold(&own.full_name)),
        own.organisation.is_some()
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .filter_map(|row| {
            let traits = Traits {
                full_name: &row.full_name,
                phone: row.phone.as_deref(),
                email: row.email.as_deref(),
                organisation: row.organisation.as_deref(),
            };
            let alike = own_traits.alike(&traits)?;
            Some((row.id, row.full_name.clone(), row.status, alike))
        })
        .map(|(id, full_name, status, alike)| {
            let status = Status::from_key(&status).ok_or_else(|| inconsistent("registrations.status"))?;
            Ok(Duplicate { id: RegistrationId(id), full_name, status, alike })
        })
        .collect()
}
