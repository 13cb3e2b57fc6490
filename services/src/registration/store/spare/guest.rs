//! The SQL of who came in by spare tickets.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AudienceId, EditionId, RegistrationId, ScanId},
    privacy::{NOTICE_VERSION, Purpose},
    registration::{Guest, SpareEntry},
    text::{Locale, PersonName},
    ticket::TicketId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    Error,
    registration::{spare::Whose, store::change::Written},
};

/// Whom a spare ticket let in.
pub(in crate::registration) struct Held {
    pub id: RegistrationId,
    pub edition: EditionId,
    pub full_name: String,
}

/// The holder of a spare ticket by the registration, held against another change at the same moment.
pub(in crate::registration) async fn lock_holder(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<Held>, Error> {
    let row = sqlx::query!(
        "select r.id, r.edition_id, r.full_name from registrations r join tickets t on t.registration_id = r.id
         where r.id = $1 and t.is_spare and r.erased_at is null
         for no key update of r",
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Held { id: RegistrationId(row.id), edition: EditionId(row.edition_id), full_name: row.full_name }))
}

/// The holder of the spare ticket that a scan read, as long as the person is not erased, and whether a scan of the ticket told the name;
/// not locked: seats are locked before people.
pub(in crate::registration) async fn holder(tx: &mut PgConnection, scan: ScanId) -> Result<Option<(Held, bool)>, Error> {
    let row = sqlx::query!(
        r#"select r.id, r.edition_id, r.full_name, exists (select from namings n where n.registration_id = r.id) as "is_told_of_scan!"
           from scans s join tickets t on t.id = s.ticket_id and t.is_spare
           join registrations r on r.id = t.registration_id and r.erased_at is null
           where s.id = $1"#,
        scan.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let held = Held { id: RegistrationId(row.id), edition: EditionId(row.edition_id), full_name: row.full_name };
        (held, row.is_told_of_scan)
    }))
}

/// A spare ticket whose namings wait for each other.
pub(in crate::registration) struct Locked {
    pub id: TicketId,
    pub number: i32,
    pub edition: EditionId,
    pub audience: AudienceId,
    pub capacity: Uuid,
}

/// The spare ticket of a holder, or that a scan read; no other naming of it goes on until the transaction ends.
pub(in crate::registration) async fn lock_ticket(tx: &mut PgConnection, whose: Whose) -> Result<Option<Locked>, Error> {
    let (registration, scan) = match whose {
        Whose::Registration(id) => (Some(id.0), None),
        Whose::Scan(id) => (None, Some(id.0)),
    };
    let row = sqlx::query!(
        "select t.ticket_id, t.number, t.edition_id, a.id as audience_id, a.capacity_id
         from spare_tickets t join spare_batches b on b.id = t.batch_id join audiences a on a.id = b.audience_id
         where t.registration_id = $1 or t.ticket_id = (select ticket_id from scans where id = $2)
         for no key update of t",
        registration,
        scan
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Locked {
        id: TicketId(row.ticket_id.cast_unsigned()),
        number: row.number,
        edition: EditionId(row.edition_id),
        audience: AudienceId(row.audience_id),
        capacity: row.capacity_id,
    }))
}

/// Whether somebody was named of a scan.
pub(in crate::registration) async fn is_named(tx: &mut PgConnection, scan: ScanId) -> Result<bool, Error> {
    let is_named = sqlx::query_scalar!(r#"select exists (select from namings where scan_id = $1) as "is_named!""#, scan.0);
    Ok(is_named.fetch_one(tx).await?)
}

/// Whether a scan was undone.
pub(in crate::registration) async fn is_undone(tx: &mut PgConnection, scan: ScanId) -> Result<bool, Error> {
    let is_undone = sqlx::query_scalar!(r#"select exists (select from undos where scan_id = $1) as "is_undone!""#, scan.0);
    Ok(is_undone.fetch_one(tx).await?)
}

/// Whether a supervisor has still to decide if a scan counts, as whoever made it had been signed out.
pub(in crate::registration) async fn is_undecided(tx: &mut PgConnection, scan: ScanId) -> Result<bool, Error> {
    let is_undecided = sqlx::query_scalar!(
        r#"select exists (select from conflicts where scan_id = $1 and kind = 'ended_phone' and settled_at is null) as "is_undecided!""#,
        scan.0
    );
    Ok(is_undecided.fetch_one(tx).await?)
}

/// The names of all who were named of scans of a ticket, each with the registration that goes on for it; those who are erased have none.
pub(in crate::registration) async fn named(tx: &mut PgConnection, ticket: TicketId) -> Result<Vec<(RegistrationId, String)>, Error> {
    let rows = sqlx::query!(
        r#"select coalesce(r.merged_into, r.id) as "id!", r.full_name
           from scans s join namings n on n.scan_id = s.id join registrations r on r.id = n.registration_id
           where s.ticket_id = $1 and r.erased_at is null"#,
        ticket.0.cast_signed()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (RegistrationId(row.id), row.full_name)).collect())
}

/// Notes whom a scan let in, of which nobody was named before.
pub(in crate::registration) async fn insert_naming(tx: &mut PgConnection, scan: ScanId, id: RegistrationId) -> Result<(), Error> {
    sqlx::query!("insert into namings (scan_id, registration_id) values ($1, $2)", scan.0, id.0).execute(tx).await?;
    Ok(())
}

/// The scans by which somebody came in with a ticket. What a phone did counts, also against the rule, and where it told so only after its
/// scan had been answered; what it made after it had been signed out does as soon as a supervisor lets it.
pub(in crate::registration) async fn entries(tx: &mut PgConnection, ticket: TicketId) -> Result<Vec<SpareEntry>, Error> {
    let rows = sqlx::query!(
        "select s.id, s.corrected_at from scans s
         where s.ticket_id = $1 and s.direction = 'entry'
           and (coalesce(s.local_verdict, s.verdict) in ('admit', 'admit_unconfirmed', 'readmit') or s.source = 'manual'
                or exists (select from conflicts c where c.scan_id = s.id and c.kind in ('entered_twice', 'entered_against_rule')))
           and (s.is_believed or exists (select from conflicts c where c.scan_id = s.id and c.kind = 'ended_phone' and c.is_counted))
           and not exists (select from undos u where u.scan_id = s.id)",
        ticket.0.cast_signed()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| SpareEntry { scan: ScanId(row.id), at: row.corrected_at }).collect())
}

/// Who came in by the spare ticket of another one.
pub(in crate::registration) struct Second {
    pub id: RegistrationId,
    pub name: PersonName,
    pub search_text: String,
    pub link_hash: [u8; 32],
    pub key: Uuid,
    pub locale: Locale,
    pub at: DateTime<Utc>,
}

/// Registers such a person for the audience of the ticket.
pub(in crate::registration) async fn insert_second(tx: &mut PgConnection, second: &Second, ticket: &Locked) -> Result<(), Error> {
    sqlx::query!(
        "insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key,
             created_at, channel)
         values ($1, $2, $3, 'confirmed', $4, $5, $6, $7, $8, $9, 'desk')",
        second.id.0,
        ticket.edition.0,
        ticket.audience.0,
        second.locale.tag(),
        second.name.as_str(),
        second.search_text,
        &second.link_hash[..],
        second.key,
        second.at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the server has heard of a scan.
pub(in crate::registration) async fn knows_scan(tx: &mut PgConnection, id: ScanId) -> Result<bool, Error> {
    let known = sqlx::query_scalar!(r#"select exists (select from scans where id = $1) as "known!""#, id.0);
    Ok(known.fetch_one(tx).await?)
}

/// Writes down who it is. A phone that has as many registrations as the edition allows it is kept all the same, without a
/// place among them: the person is in.
pub(in crate::registration) async fn write_guest(
    tx: &mut PgConnection,
    held: &Held,
    guest: &Guest,
    search_text: &str,
    at: DateTime<Utc>,
) -> Result<Written, Error> {
    let written = sqlx::query!(
        r#"update registrations set full_name = $3, phone = $4, organisation_name = $5, search_text = $6, updated_at = $7, phone_place = (
               select n::smallint from editions e, generate_series(1, e.registrations_per_phone::int) n
               where e.id = $2 and $4::text is not null and not exists (
                   select from registrations where edition_id = $2 and phone = $4 and phone_place = n and ended_at is null)
               limit 1)
           where id = $1"#,
        held.id.0,
        held.edition.0,
        guest.full_name.as_str(),
        guest.phone.as_ref().map(domain::contact::Phone::e164),
        guest.organisation_name.as_deref(),
        search_text,
        at
    )
    .execute(tx)
    .await;
    match written {
        Ok(_) => Ok(Written::Done),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("registrations_phone_place_key") => Ok(Written::PlaceInUse),
        Err(error) => Err(error.into()),
    }
}

/// Notes that the person has agreed to the statement that was read out.
pub(in crate::registration) async fn insert_consent(
    tx: &mut PgConnection,
    id: RegistrationId,
    locale: Locale,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
         values ($1, $2, true, $3, $4, $5, 'desk', $6)",
        id.0,
        Purpose::Attend.key(),
        NOTICE_VERSION,
        &Purpose::Attend.statement_hash(locale)[..],
        locale.tag(),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}
