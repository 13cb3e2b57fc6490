//! Certificates of attendance: for whoever was admitted at a gate or to a session, from the day after the event on. Who came in by a
//! spare ticket and told no name gets none: it would be anybody's.
//!
//! Nothing is stored for them: the code on a certificate names the ticket and proves itself, and a lost one opens nothing.

mod store;

use chrono::NaiveDate;
use data_encoding::BASE32_NOPAD;
use domain::{
    access::{self, Action, Actor},
    form::FieldErrors,
    ids::{EditionId, RegistrationId},
    registration::search::Needle,
    text,
    time::local_date,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    board::{self, Organisations},
    proof,
};
use crate::{
    Context, Error,
    audit::{self, Entry},
    edition::{self, Edition},
};
use store::{Holder, Wanted};

/// The most certificates of one file.
pub const PART: i64 = 500;

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
/// [`Error::NotFound`] where there is none: the event is not over, the person was not admitted, told no name or was erased.
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
    audit::note(cx, actor, entry).await?;
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

/// People who get a certificate and stand one after another in the order of registration: as many as one file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first of them.
    pub from: RegistrationId,
    /// The first of the next part, where there is one.
    pub until: Option<RegistrationId>,
    /// How many certificates, [`PART`] at most.
    pub certificates: i64,
}

/// Everybody who gets a certificate, in parts, in the order of registration; of the organisations whose names hold these words,
/// where there are any. Nobody before the event is over.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::Invalid`] on `field` as [`Needle::parse`];
/// [`Error::NotFound`] before any import.
pub async fn parts(cx: &Context, actor: &Actor, words: &str, field: &str) -> Result<Vec<Part>, Error> {
    let (edition, of) = asked(cx, actor, words, field).await?;
    if !is_over(cx, &edition) {
        return Ok(Vec::new());
    }
    store::parts(&cx.pool, edition.id, of.as_ref(), PART).await
}

/// The certificates of a part: from this person on, before that one. Whoever has come into it since [`parts`] was asked, by a scan
/// that was brought late, is in it; twice [`PART`] are the most.
///
/// Effects: one audit entry `certificate.print_many` with the number of certificates.
///
/// # Errors
/// Those of [`parts`]; [`Error::NotFound`] where nobody gets one, and before the event is over.
pub async fn part(
    cx: &Context,
    actor: &Actor,
    words: &str,
    (from, until): (RegistrationId, Option<RegistrationId>),
    field: &str,
) -> Result<Vec<Certificate>, Error> {
    let (edition, of) = asked(cx, actor, words, field).await?;
    if !is_over(cx, &edition) {
        return Err(Error::NotFound);
    }
    let attended = store::part(&cx.pool, edition.id, of.as_ref(), (from, until), 2 * PART).await?;
    if attended.is_empty() {
        return Err(Error::NotFound);
    }
    let detail = json!({ "rows": attended.len() });
    let entry = Entry { action: "certificate.print_many", subject_kind: "edition", subject_id: Some(edition.id.0), detail };
    audit::note(cx, actor, entry).await?;
    Ok(attended.into_iter().map(|one| certificate(cx, edition.clone(), one)).collect())
}

/// The current edition, and the organisations that the words name; `None` where there are no words.
async fn asked(cx: &Context, actor: &Actor, words: &str, field: &str) -> Result<(Edition, Option<Organisations>), Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let needle = Needle::parse(words).map_err(|problem| FieldErrors::one(field, problem))?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let of = match needle {
        Some(needle) => Some(board::organisations(cx, edition.id, &needle).await?),
        None => None,
    };
    Ok((edition, of))
}

fn is_over(cx: &Context, edition: &Edition) -> bool {
    local_date(cx.now()) > edition.ends_on
}

async fn find(cx: &Context, wanted: Wanted) -> Result<Certificate, Error> {
    let attended = store::find(&cx.pool, wanted).await?.ok_or(Error::NotFound)?;
    let edition = edition::by_id(cx, EditionId(attended.edition_id)).await?;
    if !is_over(cx, &edition) {
        return Err(Error::NotFound);
    }
    Ok(certificate(cx, edition, attended))
}

fn certificate(cx: &Context, edition: Edition, attended: Holder) -> Certificate {
    let proof = proof::proof(cx, PURPOSE, attended.ticket_id);
    let shown = BASE32_NOPAD.encode(&proof[..NUMBER]);
    Certificate {
        number: format!("{}-{}-{}", edition.year, &shown[..4], &shown[4..]),
        code: proof::code(cx, PURPOSE, attended.ticket_id),
        edition,
        full_name: attended.full_name,
        organisation: attended.organisation,
        attended_on: local_date(attended.attended_at),
    }
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

    fn scan(cx: &Context, code: String) -> ScanSubmission {
        ScanSubmission {
            scan_id: ScanId(cx.new_id()),
            code,
            source: Source::Camera,
            direction: Direction::Entry,
            device_at: cx.now(),
            offset_ms: 0,
            local_verdict: None,
            made_by: None,
            sign_in: None,
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_was_admitted_gets_a_certificate_after_the_event_that_anybody_can_check_and_nobody_can_make(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let edition = testing::edition(&cx, 10).await;
        let organiser = testing::organiser(&cx).await;
        let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
        let ticket = registration::ticket(&cx, &secret).await.unwrap();
        clock.advance(TimeDelta::hours(3));
        let admitted = scan(&cx, ticket.ticket.unwrap().code);
        record_single(&cx, &organiser, edition.gate, admitted).await.unwrap();
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

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn many_certificates_are_of_the_same_people_in_parts_without_a_gap_and_of_one_organisation_where_asked(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let edition = testing::edition(&cx, 10).await;
        let organiser = testing::organiser(&cx).await;
        let mut people = Vec::new();
        for (number, organisation) in [(1, "Sở Y tế"), (2, "HTX Sen"), (3, "HTX Sen"), (4, "HTX Sen"), (5, "HTX Xoài")] {
            let mut application = testing::citizen(edition.citizens);
            application.details.phone = Some(domain::contact::Phone::parse(&format!("091234567{number}")).unwrap());
            let secret = registration::register(&cx, application, cx.new_id()).await.unwrap();
            let page = registration::ticket(&cx, &secret.0).await.unwrap();
            let update = "update registrations set full_name = $2, organisation_name = $3, organisation_id = $4 where id = $1";
            sqlx::query(update)
                .bind(page.registration_id.0)
                .bind(format!("Người {number}"))
                .bind((number > 1).then_some(organisation))
                .bind((number == 1).then_some(edition.health.0))
                .execute(&cx.pool)
                .await
                .unwrap();
            people.push((page.registration_id, page.ticket.unwrap().code));
            clock.advance(TimeDelta::seconds(1));
        }
        clock.advance(TimeDelta::hours(3));
        // The last one does not come.
        for (_, code) in &people[..4] {
            let admitted = scan(&cx, code.clone());
            record_single(&cx, &organiser, edition.gate, admitted).await.unwrap();
        }
        let from = people[0].0;
        assert_eq!(parts(&cx, &organiser, "", "don-vi").await.unwrap(), [], "the day is not over");
        assert!(matches!(part(&cx, &organiser, "", (from, None), "don-vi").await, Err(Error::NotFound)));
        clock.advance(TimeDelta::hours(16));
        assert_eq!(parts(&cx, &organiser, "", "don-vi").await.unwrap(), [Part { from, until: None, certificates: 4 }]);
        let of_all = part(&cx, &organiser, "", (from, None), "don-vi").await.unwrap();
        for (certificate, (id, _)) in of_all.iter().zip(&people) {
            assert_eq!(*certificate, of_person(&cx, &organiser, *id).await.unwrap());
        }
        let names = |certificates: &[Certificate]| certificates.iter().map(|one| one.full_name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&of_all), ["Người 1", "Người 2", "Người 3", "Người 4"]);

        let of_sen = parts(&cx, &organiser, "htx sen", "don-vi").await.unwrap();
        assert_eq!(of_sen, [Part { from: people[1].0, until: None, certificates: 3 }]);
        assert_eq!(names(&part(&cx, &organiser, "htx sen", (from, None), "don-vi").await.unwrap()), ["Người 2", "Người 3", "Người 4"]);
        assert_eq!(names(&part(&cx, &organiser, "so y te", (from, None), "don-vi").await.unwrap()), ["Người 1"]);
        assert_eq!(parts(&cx, &organiser, "xoai", "don-vi").await.unwrap(), []);

        let in_threes = store::parts(&cx.pool, of_all[0].edition.id, None, 3).await.unwrap();
        assert_eq!(
            in_threes,
            [Part { from, until: Some(people[3].0), certificates: 3 }, Part { from: people[3].0, until: None, certificates: 1 }]
        );
        // One of the first part is not admitted any more, and another turns out to have been: each part has its own people still.
        let absent = "delete from admissions m using tickets t where t.id = m.ticket_id and t.registration_id = $1 returning m.*";
        let absent = format!("with gone as ({absent}) insert into kept select * from gone");
        sqlx::raw_sql("create table kept (like admissions)").execute(&cx.pool).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(absent)).bind(people[1].0.0).execute(&cx.pool).await.unwrap();
        let in_twos = store::parts(&cx.pool, of_all[0].edition.id, None, 2).await.unwrap();
        assert_eq!(
            in_twos.iter().map(|part| (part.from, part.until)).collect::<Vec<_>>(),
            [(people[0].0, Some(people[3].0)), (people[3].0, None)]
        );
        sqlx::raw_sql("insert into admissions select * from kept").execute(&cx.pool).await.unwrap();
        let mut named = Vec::new();
        for part in in_twos {
            let part = store::part(&cx.pool, of_all[0].edition.id, None, (part.from, part.until), 10).await.unwrap();
            named.push(part.into_iter().map(|one| one.full_name).collect::<Vec<_>>());
        }
        assert_eq!(named, [&["Người 1", "Người 2", "Người 3"][..], &["Người 4"]]);

        assert!(matches!(parts(&cx, &organiser, "x", "don-vi").await, Err(Error::Invalid(_))));
        for role in [Role::Supervisor, Role::Steward] {
            let actor = testing::actor(role, None);
            assert!(matches!(parts(&cx, &actor, "", "don-vi").await, Err(Error::Forbidden)), "{role:?}");
            assert!(matches!(part(&cx, &actor, "", (from, None), "don-vi").await, Err(Error::Forbidden)), "{role:?}");
        }
        let noted = sqlx::query_scalar::<_, i64>(
            "select (detail->>'rows')::bigint from audit_log where action = 'certificate.print_many' order by id",
        );
        assert_eq!(noted.fetch_all(&cx.pool).await.unwrap(), [4, 3, 1]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn who_came_in_by_a_spare_ticket_and_told_no_name_gets_none_until_it_is_told(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let edition = testing::edition(&cx, 10).await;
        let organiser = testing::organiser(&cx).await;
        let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
        let page = registration::ticket(&cx, &secret).await.unwrap();
        let (id, ticket) = (page.registration_id, page.ticket.unwrap());
        clock.advance(TimeDelta::hours(3));
        let admitted = scan(&cx, ticket.code);
        record_single(&cx, &organiser, edition.gate, admitted).await.unwrap();
        clock.advance(TimeDelta::hours(16));
        let code = proof::code(&cx, PURPOSE, ticket.id.0.cast_signed());
        for (name, is_told) in [("Khách tại chỗ 7", false), ("Khách tại chỗ Bảy", true)] {
            sqlx::query("update registrations set full_name = $1").bind(name).execute(&cx.pool).await.unwrap();
            let all = parts(&cx, &organiser, "", "don-vi").await.unwrap();
            assert_eq!(all.iter().map(|part| part.certificates).collect::<Vec<_>>(), [1][..usize::from(is_told)], "{name}");
            let found = [
                mine(&cx, &secret).await.is_ok(),
                of_person(&cx, &organiser, id).await.is_ok(),
                check(&cx, &code).await.is_ok(),
                part(&cx, &organiser, "", (id, None), "don-vi").await.is_ok(),
            ];
            assert_eq!(found, [is_told; 4], "{name}");
        }
    }
}
