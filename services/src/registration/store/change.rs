//! The SQL of changing a registration.

use chrono::{DateTime, Utc};
use domain::{
    contact::{Email, Phone, TaxCode, Taxpayer},
    ids::{AudienceId, EditionId, OrganisationId, RegistrationId, SessionId},
    registration::{Answers, CommuneCode, Details},
    text::PersonName,
};
use sqlx::{PgConnection, types::Json};

use super::standing::Facts;
use crate::{Error, store::inconsistent};

/// What a registration says.
pub(in crate::registration) async fn details(tx: &mut PgConnection, id: RegistrationId) -> Result<Details, Error> {
    let row = sqlx::query!(
        r#"select full_name, phone, email, commune_code, organisation_id, organisation_name, tax_code, job_title,
                  answers as "answers: Json<Answers>",
                  array(select session_id from session_seats where registration_id = $1 order by session_id) as "sessions!"
           from registrations where id = $1"#,
        id.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(Error::NotFound)?;
    let stored = |column| move |_| inconsistent(column);
    Ok(Details {
        full_name: PersonName::parse(&row.full_name).map_err(stored("registrations.full_name"))?,
        phone: row.phone.map(|phone| Phone::parse(&phone)).transpose().map_err(stored("registrations.phone"))?,
        email: row.email.map(|email| Email::parse(&email)).transpose().map_err(stored("registrations.email"))?,
        commune: row.commune_code.map(|code| CommuneCode::parse(&code)).transpose().map_err(stored("registrations.commune_code"))?,
        organisation: row.organisation_id.map(OrganisationId),
        organisation_name: row.organisation_name,
        tax_code: row
            .tax_code
            .map(|code| TaxCode::parse(&code, Taxpayer::Household))
            .transpose()
            .map_err(stored("registrations.tax_code"))?,
        job_title: row.job_title,
        sessions: row.sessions.into_iter().map(SessionId).collect(),
        answers: row.answers.0,
    })
}

/// The code by which questions name an audience.
pub(in crate::registration) async fn audience_code(tx: &mut PgConnection, id: AudienceId) -> Result<String, Error> {
    Ok(sqlx::query_scalar!("select code from audiences where id = $1", id.0).fetch_one(tx).await?)
}

/// Whether what details name can be chosen.
pub(in crate::registration) struct Known {
    pub commune: bool,
    pub organisation: bool,
    pub sessions: bool,
}

pub(in crate::registration) async fn known(tx: &mut PgConnection, edition: EditionId, details: &Details) -> Result<Known, Error> {
    let sessions: Vec<_> = details.sessions.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        Known,
        r#"select ($2::text is null or exists (select from communes where gso_code = $2)) as "commune!",
                  ($3::uuid is null or exists (select from organisations o where o.id = $3 and may_be_chosen(o, e.peak_on))) as "organisation!",
                  (select count(*) from sessions s where s.edition_id = $1 and s.id = any ($4) and s.capacity_id is not null) = cardinality($4) as "sessions!"
           from editions e where e.id = $1"#,
        edition.0,
        details.commune.as_ref().map(CommuneCode::as_str),
        details.organisation.map(|id| id.0),
        &sessions
    )
    .fetch_one(tx)
    .await?)
}

/// How writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registration) enum Written {
    Done,
    /// The new phone has as many registrations as the edition allows it.
    PhoneFull {
        most: usize,
    },
    /// Another registration of the new phone took its place among them a moment ago.
    PlaceInUse,
}

/// Writes what a registration says. A new phone needs a place of its own.
pub(in crate::registration) async fn write(
    tx: &mut PgConnection,
    held: &Facts,
    details: &Details,
    search_text: &str,
    is_new_phone: bool,
    at: DateTime<Utc>,
) -> Result<Written, Error> {
    let phone = details.phone.as_ref().map(Phone::e164);
    let written = sqlx::query!(
        r#"with place as (
               select n::smallint as n from editions e, generate_series(1, e.registrations_per_phone::int) n
               where e.id = $2 and not exists (
                   select from registrations where edition_id = $2 and phone = $4 and phone_place = n and ended_at is null)
               limit 1
           )
           update registrations set full_name = $3, phone = $4, email = $5, commune_code = $6, organisation_id = $7,
               organisation_name = $8, tax_code = $9, job_title = $10, answers = $11, search_text = $12, updated_at = $13,
               phone_place = case when not $14 then phone_place when $4::text is null then null else (select n from place) end
           where id = $1 and (not $14 or $4 is null or exists (select from place))
           returning 1 as "one!""#,
        held.id.0,
        held.edition.0,
        details.full_name.as_str(),
        phone,
        details.email.as_ref().map(Email::as_str),
        details.commune.as_ref().map(CommuneCode::as_str),
        details.organisation.map(|id| id.0),
        details.organisation_name.as_deref(),
        details.tax_code.as_ref().map(TaxCode::as_str),
        details.job_title.as_deref(),
        Json(&details.answers) as _,
        search_text,
        at,
        is_new_phone
    )
    .fetch_optional(&mut *tx)
    .await;
    match written {
        Ok(Some(_)) => Ok(Written::Done),
        Ok(None) => {
            let most =
                sqlx::query_scalar!("select registrations_per_phone from editions where id = $1", held.edition.0).fetch_one(tx).await?;
            Ok(Written::PhoneFull { most: usize::from(most.unsigned_abs()) })
        }
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("registrations_phone_place_key") => Ok(Written::PlaceInUse),
        Err(error) => Err(error.into()),
    }
}

/// The sessions of a registration that have begun.
pub(in crate::registration) async fn begun(tx: &mut PgConnection, id: RegistrationId, now: DateTime<Utc>) -> Result<Vec<SessionId>, Error> {
    let ids = sqlx::query_scalar!(
        "select s.id from session_seats seat join sessions s on s.id = seat.session_id where seat.registration_id = $1 and s.starts_at <= $2",
        id.0,
        now
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(SessionId).collect())
}
