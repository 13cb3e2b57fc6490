//! Certificates of attendance: for whoever was admitted at a gate or to a session, from the day after the event on.
//!
//! Nothing is stored for them: the code on a certificate names the ticket and proves itself, and a lost one opens nothing.

use chrono::NaiveDate;
use data_encoding::BASE32_NOPAD;
use domain::{
    access::{self, Action, Actor},
    ids::{EditionId, RegistrationId},
    text,
    time::local_date,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::proof;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition::{self, Edition},
    write,
};

const PURPOSE: &str = "certificate";
/// Bytes of the proof that a number shows.
const NUMBER: usize = 5;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub edition: Edition,
    pub full_name: String,
    pub organisation: Option<String>,
    /// The day of the first admission, in Vietnam.
    pub attended_on: NaiveDate,
    /// To be read out, such as `2027-K3QZ-7M2A`.
    pub number: String,
    /// What follows the address where it is checked: 26 letters and digits.
    pub code: String,
}

/// What anybody may see who checks a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genuine {
    pub edition: Edition,
    /// [`domain::text::mask`] of the name.
    pub masked_name: String,
    pub attended_on: NaiveDate,
    pub number: String,
}

/// The certificate of a ticket's holder.
///
/// # Errors
/// [`Error::NotFound`] where there is none: the event is not over, the person was not admitted or was erased.
pub async fn mine(cx: &Context, secret: &str) -> Result<Certificate, Error> {
    let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    find(cx, Wanted { link: Some(hash), ..Wanted::default() }).await
}

/// The certificate of a person, for staff.
///
/// Effects: one audit entry `certificate.print`.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`] as [`mine`].
pub async fn of_person(cx: &Context, actor: &Actor, id: RegistrationId) -> Result<Certificate, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let certificate = find(cx, Wanted { person: Some(id), ..Wanted::default() }).await?;
    let entry = Entry { action: "certificate.print", subject_kind: "registration", subject_id: Some(id.0), detail: json!({}) };
    let (at, actor) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let (entry, actor) = (entry.clone(), actor.clone());
        Box::pin(async move { audit::record(tx, at, By::Actor(&actor), entry).await })
    })
    .await?;
    Ok(certificate)
}

/// Whether a certificate is genuine, by its code in any case.
///
/// # Errors
/// [`Error::NotFound`] for every other code, and where the person was erased since.
pub async fn check(cx: &Context, code: &str) -> Result<Genuine, Error> {
    let ticket = proof::read(cx, PURPOSE, code).ok_or(Error::NotFound)?;
    let found = find(cx, Wanted { ticket: Some(ticket), ..Wanted::default() }).await?;
    Ok(Genuine { edition: found.edition, masked_name: text::mask(&found.full_name), attended_on: found.attended_on, number: found.number })
}

/// By what a certificate is looked for.
#[derive(Default)]
struct Wanted {
    link: Option<[u8; 32]>,
    person: Option<RegistrationId>,
    ticket: Option<i64>,
}

async fn find(cx: &Context, wanted: Wanted) -> Result<Certificate, Error> {
    let found = sqlx::query!(
        r#"select r.edition_id, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, t.id as ticket_id,
                  (select min(m.at) from admissions m join checkpoints c on c.id = m.checkpoint_id
                   where m.ticket_id = t.id and c.kind in ('gate', 'session')) as attended_at
           from registrations r
           join tickets t on t.registration_id = r.id
           left join organisations o on o.id = r.organisation_id
           where r.erased_at is null and (r.link_hash = $1 or r.id = $2 or t.id = $3)"#,
        wanted.link.as_ref().map(<[u8; 32]>::as_slice),
        wanted.person.map(|id| id.0),
        wanted.ticket
    )
    .fetch_optional(&cx.pool)
    .await?
    .ok_or(Error::NotFound)?;
    let attended_at = found.attended_at.ok_or(Error::NotFound)?;
    let edition = edition::by_id(cx, EditionId(found.edition_id)).await?;
    if local_date(cx.now()) <= edition.ends_on {
        return Err(Error::NotFound);
    }
    let proof = proof::proof(cx, PURPOSE, found.ticket_id);
    let shown = BASE32_NOPAD.encode(&proof[..NUMBER]);
    Ok(Certificate {
        number: format!("{}-{}-{}", edition.year, &shown[..4], &shown[4..]),
        code: proof::code(cx, PURPOSE, found.ticket_id),
        edition,
        full_name: found.full_name,
        organisation: found.organisation,
        attended_on: local_date(attended_at),
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{
        access::Role,
        checkin::{Direction, ScanSubmission, Source},
        ids::ScanId,
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{checkin::record_single, registration, testing};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_was_admitted_gets_a_certificate_after_the_event_that_anybody_can_check_and_nobody_can_make(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let edition = testing::edition(&cx, 10).await;
        let organiser = testing::organiser(&cx).await;
        let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
        let ticket = registration::ticket(&cx, &secret).await.unwrap();
        clock.advance(TimeDelta::hours(3));
        let scan = ScanSubmission {
            scan_id: ScanId(cx.new_id()),
            code: ticket.ticket.unwrap().code,
            source: Source::Camera,
            direction: Direction::Entry,
            device_at: cx.now(),
            offset_ms: 0,
            local_verdict: None,
            made_by: None,
            sign_in: None,
        };
        record_single(&cx, &organiser, edition.gate, scan).await.unwrap();
        assert!(matches!(mine(&cx, &secret).await, Err(Error::NotFound)), "the day is not over");
        // 08:00 of the last day, and midnight.
        clock.advance(TimeDelta::hours(16));
        let certificate = mine(&cx, &secret).await.unwrap();
        assert_eq!(certificate.attended_on, NaiveDate::from_ymd_opt(2027, 10, 10).unwrap());
        assert_eq!((certificate.full_name.as_str(), certificate.code.len(), certificate.number.len()), ("Nguyễn Thị Hạnh", 26, 14));
        let genuine = check(&cx, &certificate.code.to_lowercase()).await.unwrap();
        assert_eq!((genuine.masked_name.as_str(), &genuine.number), ("N. T. Hạnh", &certificate.number));
        assert_eq!(of_person(&cx, &organiser, ticket.registration_id).await.unwrap(), certificate);
        let steward = testing::actor(Role::Steward, None);
        assert!(matches!(of_person(&cx, &steward, ticket.registration_id).await, Err(Error::Forbidden)));
        for at in 0..certificate.code.len() {
            let mut forged = certificate.code.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(matches!(check(&cx, &forged).await, Err(Error::NotFound)), "{forged}");
        }
        sqlx::query("delete from admissions").execute(&cx.pool).await.unwrap();
        assert!(matches!(check(&cx, &certificate.code).await, Err(Error::NotFound)), "nobody was admitted");
    }
}
