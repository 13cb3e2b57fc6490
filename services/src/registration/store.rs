//! The SQL of registration.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{AudienceId, EditionId, OrganisationId, RegistrationId},
    registration::{Application, AudienceKind, Details, Status, Window},
    text::{Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{AudienceChoice, Body, BodyKind, CapacityFault, Commune, CommuneKind, Occupancy};
use crate::{Error, store::inconsistent};

pub(super) async fn audiences(pool: &PgPool, edition: EditionId) -> Result<Vec<AudienceChoice>, Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.code, a.kind, a.name_vi, a.name_en, a.opens_at, a.closes_at, c.size - c.taken as "left"
           from audiences a join capacities c on c.id = a.capacity_id
           where a.edition_id = $1 and a.is_public order by a.position, a.code"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AudienceChoice {
                id: AudienceId(row.id),
                kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                window: Window { opens_at: row.opens_at, closes_at: row.closes_at },
                left: row.left,
            })
        })
        .collect()
}

pub(super) async fn communes(pool: &PgPool) -> Result<Vec<Commune>, Error> {
    let rows =
        sqlx::query!(r#"select gso_code, name_vi, kind = 'phuong' as "is_ward!" from communes order by name_vi collate "vi-x-icu", kind"#)
            .fetch_all(pool)
            .await?;
    let kind = |is_ward| if is_ward { CommuneKind::Ward } else { CommuneKind::Rural };
    Ok(rows.into_iter().map(|row| Commune { code: row.gso_code, name: row.name_vi, kind: kind(row.is_ward) }).collect())
}

/// The bodies that may be chosen on this day, those of communes last.
pub(super) async fn organisations(pool: &PgPool, on: NaiveDate) -> Result<Vec<Body>, Error> {
    let rows = sqlx::query!(
        r#"select id, name_vi, name_en, kind = 'ubnd_xa' as "is_commune!" from organisations o where may_be_chosen(o, $1)
           order by kind = 'ubnd_xa', position, name_vi collate "vi-x-icu""#,
        on
    )
    .fetch_all(pool)
    .await?;
    let kind = |is_commune| if is_commune { BodyKind::Commune } else { BodyKind::Department };
    Ok(rows
        .into_iter()
        .map(|row| Body { id: OrganisationId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en }, kind: kind(row.is_commune) })
        .collect())
}

/// The audience that is asked for, and whether what the application names exists.
#[expect(clippy::struct_excessive_bools, reason = "answers of one query, not states")]
pub(super) struct AudienceFacts {
    pub edition_id: EditionId,
    pub capacity_id: Uuid,
    pub is_public: bool,
    pub window: Window,
    pub commune_known: bool,
    pub organisation_known: bool,
    /// The most registrations by one phone.
    pub per_phone: i16,
    /// Whether the same form's registration stands.
    pub is_repeat: bool,
    /// How many of the same form's registrations have ended.
    pub ended: i64,
}

pub(super) async fn audience(pool: &PgPool, application: &Application, idempotency_key: Uuid) -> Result<Option<AudienceFacts>, Error> {
    let row = sqlx::query!(
        r#"select a.edition_id, a.capacity_id, a.is_public, a.opens_at, a.closes_at, e.registrations_per_phone,
                  ($2::text is null or exists (select from communes where gso_code = $2)) as "commune_known!",
                  ($3::uuid is null or exists (select from organisations o where o.id = $3 and may_be_chosen(o, e.peak_on))) as "organisation_known!",
                  exists (select from registrations where idempotency_key = $4 and ended_at is null) as "is_repeat!",
                  (select count(*) from registrations where idempotency_key = $4 and ended_at is not null) as "ended!"
           from audiences a join editions e on e.id = a.edition_id and e.is_current
           where a.id = $1"#,
        application.audience.0,
        application.details.commune.as_ref().map(domain::registration::CommuneCode::as_str),
        application.details.organisation.map(|id| id.0),
        idempotency_key
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| AudienceFacts {
        edition_id: EditionId(row.edition_id),
        capacity_id: row.capacity_id,
        is_public: row.is_public,
        window: Window { opens_at: row.opens_at, closes_at: row.closes_at },
        commune_known: row.commune_known,
        organisation_known: row.organisation_known,
        per_phone: row.registrations_per_phone,
        is_repeat: row.is_repeat,
        ended: row.ended,
    }))
}

/// All that a registration stores.
#[derive(Clone)]
pub(super) struct NewRegistration {
    pub id: Uuid,
    pub edition_id: EditionId,
    pub capacity_id: Uuid,
    pub per_phone: i16,
    pub application: Application,
    pub search_text: String,
    pub link_hash: [u8; 32],
    pub idempotency_key: Uuid,
    pub at: DateTime<Utc>,
    pub notice_version: &'static str,
    pub ticket_id: TicketId,
    pub short_code: ShortCode,
}

/// How the race for a seat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    Taken,
    Full,
    /// The phone has as many registrations as the edition allows it.
    PhoneFull,
    /// Another registration of this phone took its place among them a moment ago.
    PlaceInUse,
    /// The same form was stored a moment ago.
    Repeat,
    /// Another ticket has this number or short code.
    NumberInUse,
}

/// Takes a seat and one of the phone's places, and stores the person, the ticket, the consents and the audit entry, by one
/// statement.
pub(super) async fn take_seat(pool: &PgPool, person: &NewRegistration) -> Result<Seat, Error> {
    let Application { audience, locale, details, decisions, .. } = &person.application;
    let Details { full_name, phone, email, commune, organisation, organisation_name, tax_code, job_title, .. } = details;
    let purposes: Vec<String> = decisions.iter().map(|decision| decision.purpose.key().to_owned()).collect();
    let given: Vec<bool> = decisions.iter().map(|decision| decision.given).collect();
    let hashes: Vec<Vec<u8>> = decisions.iter().map(|decision| decision.purpose.statement_hash(*locale).to_vec()).collect();
    let stored = sqlx::query!(
        r#"with place as (
               select n::smallint as n from generate_series(1, $24::int) n
               where not exists (select from registrations where edition_id = $3 and phone = $7 and phone_place = n and ended_at is null)
               limit 1
           ), seat as (
               update capacities set taken = taken + 1
               where id = $1 and (size is null or taken < size) and exists (select from place) returning id
           ), person as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, email, commune_code,
                   organisation_id, organisation_name, tax_code, job_title, search_text, link_hash, idempotency_key, created_at, phone_place)
               select $2, $3, $4, 'confirmed', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, place.n from seat, place
               returning id
           ), ticket as (
               insert into tickets (id, registration_id, edition_id, short_code, issued_at)
               select $18, id, $3, $19, $17 from person
           ), consent as (
               insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
               select person.id, asked.purpose, asked.given, $20, asked.hash, $5, 'form', $17
               from person, unnest($21::text[], $22::bool[], $23::bytea[]) asked (purpose, given, hash)
           ), entry as (
               insert into audit_log (at, actor_kind, action, subject_kind, subject_id)
               select $17, 'anonymous', 'registration.register', 'registration', id from person
           )
           select exists (select from person) as "is_stored!", exists (select from place) as "has_place!""#,
        person.capacity_id,
        person.id,
        person.edition_id.0,
        audience.0,
        locale.tag(),
        full_name.as_str(),
        phone.e164(),
        email.as_ref().map(domain::contact::Email::as_str),
        commune.as_ref().map(domain::registration::CommuneCode::as_str),
        organisation.map(|id| id.0),
        organisation_name.as_deref(),
        tax_code.as_ref().map(domain::contact::TaxCode::as_str),
        job_title.as_deref(),
        person.search_text,
        &person.link_hash[..],
        person.idempotency_key,
        person.at,
        person.ticket_id.0.cast_signed(),
        person.short_code.as_str(),
        person.notice_version,
        &purposes,
        &given,
        &hashes,
        i32::from(person.per_phone)
    )
    .fetch_one(pool)
    .await;
    match stored {
        Ok(row) if row.is_stored => Ok(Seat::Taken),
        Ok(row) if row.has_place => Ok(Seat::Full),
        Ok(_) => Ok(Seat::PhoneFull),
        Err(sqlx::Error::Database(error)) => match error.constraint() {
            Some("registrations_idempotency_key_key" | "registrations_link_hash_key") => Ok(Seat::Repeat),
            Some("registrations_phone_place_key") => Ok(Seat::PlaceInUse),
            Some("tickets_pkey" | "tickets_short_code_key") => Ok(Seat::NumberInUse),
            _ => Err(sqlx::Error::Database(error).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// A ticket with its registration.
pub(super) struct TicketRow {
    pub registration_id: RegistrationId,
    pub edition_id: EditionId,
    pub status: Status,
    pub locale: Locale,
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    pub audience_kind: AudienceKind,
    pub ticket_id: TicketId,
    pub reissue: u8,
    pub short_code: ShortCode,
    pub ended_at: Option<DateTime<Utc>>,
}

pub(super) async fn ticket(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<TicketRow>, Error> {
    find_ticket(pool, Some(link_hash), None).await
}

pub(super) async fn ticket_by_id(pool: &PgPool, id: TicketId) -> Result<Option<TicketRow>, Error> {
    find_ticket(pool, None, Some(id)).await
}

/// By link or by id: one id is found first, so that the plan is a look-up in indexes however many tickets there are.
async fn find_ticket(pool: &PgPool, link_hash: Option<&[u8; 32]>, id: Option<TicketId>) -> Result<Option<TicketRow>, Error> {
    let row = sqlx::query!(
        r#"select r.id as registration_id, r.edition_id, r.status, r.locale, r.full_name, r.phone, r.email, r.ended_at,
                  coalesce(o.name_vi, r.organisation_name) as organisation, a.name_vi, a.name_en, a.kind, t.id as ticket_id, t.reissue, t.short_code
           from tickets t
           join registrations r on r.id = t.registration_id
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           where t.id = coalesce($2, (select held.id from tickets held join registrations p on p.id = held.registration_id where p.link_hash = $1))"#,
        link_hash.map(|hash| &hash[..]),
        id.map(|id| id.0.cast_signed())
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(TicketRow {
            registration_id: RegistrationId(row.registration_id),
            edition_id: EditionId(row.edition_id),
            status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
            locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("registrations.locale"))?,
            full_name: row.full_name,
            phone: row.phone,
            email: row.email,
            organisation: row.organisation,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            audience_kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            ticket_id: TicketId(row.ticket_id.cast_unsigned()),
            reissue: u8::try_from(row.reissue).map_err(|_| inconsistent("tickets.reissue"))?,
            short_code: ShortCode::parse(&row.short_code).ok_or_else(|| inconsistent("tickets.short_code"))?,
            ended_at: row.ended_at,
        })
    })
    .transpose()
}

/// The first gate that admits this kind of visitor.
pub(super) async fn first_gate(
    pool: &PgPool,
    edition: EditionId,
    kind: AudienceKind,
) -> Result<Option<(Bilingual, Option<DateTime<Utc>>)>, Error> {
    let row = sqlx::query!(
        "select name_vi, name_en, opens_at from checkpoints
         where edition_id = $1 and kind = 'gate' and (admits = '{}' or $2 = any (admits)) order by position, code limit 1",
        edition.0,
        kind.key()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (Bilingual { vi: row.name_vi, en: row.name_en }, row.opens_at)))
}

/// Cancels a confirmed registration and its ticket; gives back its id and its capacity's.
pub(super) async fn cancel(
    tx: &mut PgConnection,
    link_hash: &[u8; 32],
    at: DateTime<Utc>,
) -> Result<Option<(RegistrationId, Uuid)>, Error> {
    let row = sqlx::query!(
        r#"with person as (
               update registrations set status = 'cancelled', ended_at = $2
               where link_hash = $1 and status = 'confirmed' returning id, audience_id
           ), ticket as (
               update tickets set standing = 'cancelled' from person where tickets.registration_id = person.id
           )
           select person.id, a.capacity_id from person join audiences a on a.id = person.audience_id"#,
        &link_hash[..],
        at
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (RegistrationId(row.id), row.capacity_id)))
}

pub(super) async fn exists(tx: &mut PgConnection, link_hash: &[u8; 32]) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(r#"select exists (select from registrations where link_hash = $1) as "exists!""#, &link_hash[..])
        .fetch_one(tx)
        .await?)
}

/// Gives one seat back. Last in its transaction, so that the counter's row is held for the shortest time.
pub(super) async fn give_back(tx: &mut PgConnection, capacity: Uuid) -> Result<(), Error> {
    sqlx::query!("update capacities set taken = taken - 1 where id = $1", capacity).execute(tx).await?;
    Ok(())
}

pub(super) async fn numbers(pool: &PgPool) -> Result<Vec<Occupancy>, Error> {
    let rows = sqlx::query!(
        "select c.id, c.taken, c.size, a.name_vi, a.name_en
         from capacities c join audiences a on a.capacity_id = c.id join editions e on e.id = c.edition_id and e.is_current
         order by min(a.position) over (partition by c.id), c.id, a.position, a.code"
    )
    .fetch_all(pool)
    .await?;
    let mut found: Vec<(Uuid, Occupancy)> = Vec::new();
    for row in rows {
        let name = Bilingual { vi: row.name_vi, en: row.name_en };
        match found.last_mut() {
            Some((id, occupancy)) if *id == row.id => occupancy.audiences.push(name),
            _ => found.push((row.id, Occupancy { audiences: vec![name], taken: row.taken, size: row.size })),
        }
    }
    Ok(found.into_iter().map(|(_, occupancy)| occupancy).collect())
}

pub(super) async fn capacity_faults(pool: &PgPool) -> Result<Vec<CapacityFault>, Error> {
    Ok(sqlx::query_as!(
        CapacityFault,
        r#"select string_agg(distinct a.code, ', ' order by a.code) as "audiences!", c.taken::bigint as "taken!",
                  count(r.id) filter (where r.status = 'confirmed') as "counted!"
           from capacities c
           join audiences a on a.capacity_id = c.id
           left join registrations r on r.audience_id = a.id
           group by c.id
           having c.taken <> count(r.id) filter (where r.status = 'confirmed')"#
    )
    .fetch_all(pool)
    .await?)
}
