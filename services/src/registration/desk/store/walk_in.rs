//! The SQL of the desk where people register.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AudienceId, EditionId, RegistrationId},
    privacy::Purpose,
    registration::{IfFull, WalkIn},
    text::{Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use serde_json::json;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{Error, registration::desk::walk_in::DeskAudience, store::inconsistent};

pub(in crate::registration::desk) async fn audiences(pool: &PgPool) -> Result<Vec<DeskAudience>, Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name_vi, a.name_en, c.size - c.taken as "left?", c.waiting, a.has_waiting_list
           from audiences a join editions e on e.id = a.edition_id and e.is_current join capacities c on c.id = a.capacity_id
           order by a.position, a.code"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeskAudience {
            id: AudienceId(row.id),
            name: Bilingual { vi: row.name_vi, en: row.name_en },
            left: row.left,
            waiting: row.waiting,
            has_waiting_list: row.has_waiting_list,
        })
        .collect())
}

/// Where somebody at the desk can wait.
#[derive(Clone, Copy)]
pub(in crate::registration::desk) struct AudienceFacts {
    pub edition: EditionId,
    pub capacity: Uuid,
    pub has_waiting_list: bool,
}

pub(in crate::registration::desk) async fn audience(pool: &PgPool, id: AudienceId) -> Result<Option<AudienceFacts>, Error> {
    let row = sqlx::query!(
        "select a.edition_id, a.capacity_id, a.has_waiting_list from audiences a join editions e on e.id = a.edition_id and e.is_current
         where a.id = $1",
        id.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| AudienceFacts {
        edition: EditionId(row.edition_id),
        capacity: row.capacity_id,
        has_waiting_list: row.has_waiting_list,
    }))
}

/// Which seat is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registration::desk) enum Way {
    /// A free one, past nobody who waits.
    IfFree,
    /// One more than there are, if none is free.
    Beyond,
    /// None: the person waits.
    Queue,
}

/// All that a registration at the desk stores.
#[derive(Clone)]
pub(in crate::registration::desk) struct NewWalkIn {
    pub id: Uuid,
    pub form: WalkIn,
    pub search_text: String,
    pub link_hash: [u8; 32],
    pub key: Uuid,
    pub locale: Locale,
    pub at: DateTime<Utc>,
    pub notice_version: &'static str,
    pub ticket_id: TicketId,
    pub short_code: ShortCode,
    pub actor: Option<Uuid>,
}

/// How taking the seat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registration::desk) enum Outcome {
    Taken,
    /// The same form was stored before.
    Repeat,
    NoAudience,
    Full,
    /// The phone has as many registrations as the edition allows it.
    PhoneFull {
        most: usize,
    },
    /// A number or a place was taken a moment ago.
    Again,
}

/// Takes the seat and stores all that belongs to it, by one statement.
pub(in crate::registration::desk) async fn take_seat(
    executor: impl PgExecutor<'_>,
    person: &NewWalkIn,
    way: Way,
) -> Result<Outcome, Error> {
    let phone = person.form.phone.as_ref().map(domain::contact::Phone::e164);
    let detail = match person.form.if_full {
        IfFull::Admit(excuse) => json!({ "beyond_seats": excuse.key() }),
        IfFull::Refuse | IfFull::Queue => json!({}),
    };
    let stored = sqlx::query!(
        r#"with asked as (
               select a.id, a.edition_id, a.capacity_id, e.registrations_per_phone as per_phone
               from audiences a join editions e on e.id = a.edition_id and e.is_current where a.id = $2
           ), place as (
               select n::smallint as n from asked, generate_series(1, case when $5::text is null then 0 else asked.per_phone::int end) n
               where not exists (
                   select from registrations r where r.edition_id = asked.edition_id and r.phone = $5 and r.phone_place = n and r.ended_at is null
               )
               limit 1
           ), seat as (
               update capacities c set taken = c.taken + 1, extra = greatest(c.extra, c.taken + 1 - c.size, 0) from asked
               where c.id = asked.capacity_id and not $16 and ($17 or c.size is null or (c.taken < c.size and c.waiting = 0))
                 and ($5::text is null or exists (select from place))
               returning c.id
           ), person as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, search_text, link_hash,
                   idempotency_key, created_at, phone_place, channel)
               select $1, asked.edition_id, asked.id, case when $16 then 'waiting' else 'confirmed' end, $3, $4, $5, $6, $7, $8, $9,
                   (select n from place), 'desk'
               from asked where exists (select from seat) or ($16 and ($5::text is null or exists (select from place)))
               returning id, edition_id, status
           ), ticket as (
               insert into tickets (id, registration_id, edition_id, short_code, issued_at) select $10, id, edition_id, $11, $9 from person where status = 'confirmed'
           ), consent as (
               insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
               select id, $12, true, $13, $14, $3, 'desk', $9 from person
           ), entry as (
               insert into audit_log (at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
               select $9, 'account', $15::uuid, 'registration.walk_in', 'registration', id, $18 from person
           )
           select exists (select from person) as "is_stored!", exists (select from asked) as "has_audience!",
                  $5::text is null or exists (select from place) as "has_place!", (select per_phone from asked) as per_phone"#,
        person.id,
        person.form.audience.0,
        person.locale.tag(),
        person.form.full_name.as_str(),
        phone,
        person.search_text,
        &person.link_hash[..],
        person.key,
        person.at,
        person.ticket_id.0.cast_signed(),
        person.short_code.as_str(),
        Purpose::Attend.key(),
        person.notice_version,
        &Purpose::Attend.statement_hash(person.locale)[..],
        person.actor,
        way == Way::Queue,
        way == Way::Beyond,
        detail
    )
    .fetch_one(executor)
    .await;
    match stored {
        Ok(row) if row.is_stored => Ok(Outcome::Taken),
        Ok(row) if !row.has_audience => Ok(Outcome::NoAudience),
        Ok(row) if !row.has_place => Ok(Outcome::PhoneFull { most: usize::from(row.per_phone.unwrap_or_default().unsigned_abs()) }),
        Ok(_) => Ok(Outcome::Full),
        Err(sqlx::Error::Database(error)) => match error.constraint() {
            Some("registrations_idempotency_key_key" | "registrations_link_hash_key") => Ok(Outcome::Repeat),
            Some("registrations_phone_place_key" | "tickets_pkey" | "tickets_short_code_key") => Ok(Outcome::Again),
            _ => Err(sqlx::Error::Database(error).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The person who was registered with this form, and the ticket's code, if there is a ticket.
pub(in crate::registration::desk) async fn by_key(
    pool: &PgPool,
    key: Uuid,
) -> Result<Option<(RegistrationId, String, Option<ShortCode>)>, Error> {
    let row = sqlx::query!(
        r#"select r.id, r.full_name, t.short_code as "short_code?" from registrations r left join tickets t on t.registration_id = r.id
           where r.idempotency_key = $1 and r.channel = 'desk'"#,
        key
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let parsed = |code: String| ShortCode::parse(&code).ok_or_else(|| inconsistent("tickets.short_code"));
        let code = row.short_code.map(parsed).transpose()?;
        Ok((RegistrationId(row.id), row.full_name, code))
    })
    .transpose()
}
