//! The SQL that gathers everything about one person.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use domain::{
    checkin::Reason,
    ids::RegistrationId,
    mail::MessageKind,
    privacy::Purpose,
    raffle::Entrant,
    registration::Status,
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::requests;
use crate::{
    Error,
    privacy::mine::{Consent, HistoryEntry, Message, Mine, Person, RaffleEntry, Scan, SessionSeat, Waiting},
    registration::told_answers,
    store::inconsistent,
};

pub(in super::super) async fn read(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<Mine>, Error> {
    let row = sqlx::query!(
        r#"select r.id, e.name_vi as event_vi, e.name_en as event_en, r.full_name, r.phone, r.email,
                  case k.kind when 'xa' then 'Xã ' when 'phuong' then 'Phường ' end || k.name_vi as commune,
                  coalesce(o.name_vi, r.organisation_name) as organisation, r.tax_code, r.job_title, a.name_vi as audience_vi,
                  a.name_en as audience_en, r.status, r.people, r.locale, r.attention, r.channel, r.external_ref, r.decision_message,
                  t.id as "ticket_id?", t.short_code as "short_code?", r.created_at, r.updated_at, r.opened_at, r.ended_at,
                  r.waiting_entry_id
           from registrations r
           join editions e on e.id = r.edition_id
           join audiences a on a.id = r.audience_id
           left join communes k on k.gso_code = r.commune_code
           left join organisations o on o.id = r.organisation_id
           left join tickets t on t.registration_id = r.id
           where r.link_hash = $1 and r.erased_at is null"#,
        &link_hash[..]
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let person = Person {
        full_name: row.full_name,
        phone: row.phone,
        email: row.email,
        commune: row.commune,
        organisation: row.organisation,
        tax_code: row.tax_code,
        job_title: row.job_title,
        audience: Bilingual { vi: row.audience_vi, en: row.audience_en },
        status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
        people: row.people,
        locale: locale(&row.locale)?,
        attention: row.attention,
        channel: row.channel,
        external_ref: row.external_ref,
        decision_message: row.decision_message,
        short_code: row.short_code.as_deref().and_then(ShortCode::parse),
        registered_at: row.created_at,
        changed_at: row.updated_at,
        opened_at: row.opened_at,
        ended_at: row.ended_at,
    };
    let (scans, badges, raffles) = match row.ticket_id {
        Some(ticket) => (scans(pool, ticket).await?, badges(pool, ticket).await?, raffles(pool, ticket).await?),
        None => Default::default(),
    };
    Ok(Some(Mine {
        id: RegistrationId(row.id),
        event: Bilingual { vi: row.event_vi, en: row.event_en },
        person,
        answers: told_answers(pool, RegistrationId(row.id)).await?,
        sessions: sessions(pool, row.id).await?,
        waiting: waiting(pool, row.id, row.waiting_entry_id).await?,
        consents: consents(pool, row.id).await?,
        messages: messages(pool, row.id).await?,
        scans,
        badges,
        raffles,
        requests: requests::of(pool, row.id).await?,
        history: history(pool, row.id).await?,
    }))
}

pub(super) fn locale(tag: &str) -> Result<Locale, Error> {
    Locale::from_tag(tag).ok_or_else(|| inconsistent("locale"))
}

async fn sessions(pool: &PgPool, id: Uuid) -> Result<Vec<SessionSeat>, Error> {
    let rows = sqlx::query!(
        "select s.title_vi, s.title_en, h.state from session_seats h join sessions s on s.id = h.session_id
         where h.registration_id = $1 order by s.starts_at, s.code",
        id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| SessionSeat { session: Bilingual { vi: row.title_vi, en: row.title_en }, state: row.state }).collect())
}

async fn waiting(pool: &PgPool, id: Uuid, party: Option<Uuid>) -> Result<Vec<Waiting>, Error> {
    let rows = sqlx::query!(
        r#"select s.title_vi as "title_vi?", s.title_en as "title_en?", w.state, w.joined_at
           from waiting_entries w left join sessions s on s.id = w.session_id
           where w.registration_id = $1 or w.id = $2 order by w.place"#,
        id,
        party
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Waiting {
            session: row.title_vi.map(|vi| Bilingual { vi, en: row.title_en }),
            state: row.state,
            joined_at: row.joined_at,
        })
        .collect())
}

async fn consents(pool: &PgPool, id: Uuid) -> Result<Vec<Consent>, Error> {
    let rows = sqlx::query!(
        "select purpose, given, notice_version, text_sha256, locale, channel, at from consent_records where registration_id = $1 order by id",
        id
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let purpose = Purpose::from_key(&row.purpose).ok_or_else(|| inconsistent("consent_records.purpose"))?;
            Ok(Consent {
                purpose,
                given: row.given,
                words: purpose.agreed(&row.text_sha256).map(|(_, words)| words),
                locale: locale(&row.locale)?,
                notice_version: row.notice_version,
                text_sha256: HEXLOWER.encode(&row.text_sha256),
                channel: row.channel,
                at: row.at,
            })
        })
        .collect()
}

async fn messages(pool: &PgPool, id: Uuid) -> Result<Vec<Message>, Error> {
    let rows = sqlx::query!(
        "select kind, channel, state, created_at, ended_at from messages where registration_id = $1 order by created_at, id",
        id
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| message(&row.kind, row.channel, row.state, row.created_at, row.ended_at)).collect()
}

pub(super) fn message(
    kind: &str,
    channel: String,
    state: String,
    written_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
) -> Result<Message, Error> {
    let kind = MessageKind::from_key(kind).ok_or_else(|| inconsistent("messages.kind"))?;
    Ok(Message { kind, channel, state, written_at, ended_at })
}

async fn scans(pool: &PgPool, ticket: i64) -> Result<Vec<Scan>, Error> {
    let rows = sqlx::query!(
        r#"select c.name_vi, c.name_en, s.direction, s.verdict, s.corrected_at, h.reason as "reason?", h.note
           from scans s join checkpoints c on c.id = s.checkpoint_id left join hand_reasons h on h.scan_id = s.id
           where (s.ticket_id = $1 or s.id = any (array(
                     select n.scan_id from namings n join tickets t on t.registration_id = n.registration_id where t.id = $1)))
             and not exists (select from namings n join registrations g on g.id = n.registration_id join tickets t on t.id = $1
                             where n.scan_id = s.id and coalesce(g.merged_into, g.id) <> t.registration_id)
           order by s.corrected_at, s.id"#,
        ticket
    )
    .fetch_all(pool)
    .await?;
    let by_hand = |key: &str| Reason::from_key(key).ok_or_else(|| inconsistent("hand_reasons.reason"));
    rows.into_iter()
        .map(|row| {
            Ok(Scan {
                checkpoint: Bilingual { vi: row.name_vi, en: row.name_en },
                direction: row.direction,
                verdict: row.verdict,
                at: row.corrected_at,
                by_hand: row.reason.as_deref().map(by_hand).transpose()?,
                note: row.note,
            })
        })
        .collect()
}

async fn raffles(pool: &PgPool, ticket: i64) -> Result<Vec<RaffleEntry>, Error> {
    let rows = sqlx::query!(
        r#"select f.name_vi, f.name_en, f.frozen_at as "frozen_at!", f.drawn_at, f.winners, n.entrant, n.place
           from raffle_entrants n join raffles f on f.id = n.raffle_id
           where n.ticket_id = $1 order by f.closes_at, f.code"#,
        ticket
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RaffleEntry {
                raffle: Bilingual { vi: row.name_vi, en: row.name_en },
                entrant: row.entrant.try_into().map(Entrant).map_err(|_| inconsistent("raffle_entrants.entrant"))?,
                frozen_at: row.frozen_at,
                drawn_at: row.drawn_at,
                place: row.place,
                has_won: row.place.map(|place| place <= row.winners),
            })
        })
        .collect()
}

async fn badges(pool: &PgPool, ticket: i64) -> Result<Vec<DateTime<Utc>>, Error> {
    Ok(sqlx::query_scalar!(
        "select p.at from badges b join printed_badges l on l.digest = b.digest join badge_prints p on p.id = l.print_id
         where b.ticket_id = $1 order by p.at",
        ticket
    )
    .fetch_all(pool)
    .await?)
}

async fn history(pool: &PgPool, id: Uuid) -> Result<Vec<HistoryEntry>, Error> {
    let rows = sqlx::query!(
        "select at, action, actor_kind from audit_log where subject_kind = 'registration' and subject_id = $1 order by id",
        id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| HistoryEntry { at: row.at, action: row.action, by: row.actor_kind }).collect())
}
