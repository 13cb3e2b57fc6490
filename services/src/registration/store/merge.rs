//! The SQL of merging two registrations.

use chrono::{DateTime, Utc};
use domain::{
    ids::{RegistrationId, SessionId, WaitingEntryId},
    registration::OfferedSession,
    text::Bilingual,
};
use sqlx::PgConnection;

use crate::Error;

/// What a registration was merged into.
pub(in crate::registration) async fn merged_into(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<RegistrationId>, Error> {
    let into = sqlx::query_scalar!("select merged_into from registrations where id = $1", id.0).fetch_optional(tx).await?;
    Ok(into.flatten().map(RegistrationId))
}

/// Whether its ticket was admitted anywhere, by more than a stamp that its holder made alone.
pub(in crate::registration) async fn has_arrived(tx: &mut PgConnection, id: RegistrationId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from tickets t join arrivals a on a.ticket_id = t.id where t.registration_id = $1) as "has!""#,
        id.0
    )
    .fetch_one(tx)
    .await?)
}

/// The sessions of a registration with their times.
pub(in crate::registration) async fn sessions(tx: &mut PgConnection, id: RegistrationId) -> Result<Vec<OfferedSession>, Error> {
    let rows = sqlx::query!(
        "select s.id, s.title_vi, s.title_en, s.starts_at, s.ends_at
         from session_seats p join sessions s on s.id = p.session_id where p.registration_id = $1",
        id.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OfferedSession {
            id: SessionId(row.id),
            title: Bilingual { vi: row.title_vi, en: row.title_en },
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        })
        .collect())
}

/// Lets a registration sit, or wait, in a session in the place of another.
pub(in crate::registration) async fn move_session(
    tx: &mut PgConnection,
    from: RegistrationId,
    to: RegistrationId,
    session: SessionId,
) -> Result<(), Error> {
    sqlx::query!(
        "with wait as (
             update waiting_entries set registration_id = $2
             where registration_id = $1 and session_id = $3 and state in ('waiting', 'offered')
         )
         update session_seats set registration_id = $2 where registration_id = $1 and session_id = $3",
        from.0,
        to.0,
        session.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets two registrations stand in each other's place, if the second stands before the first; whether it did.
pub(in crate::registration) async fn swap_places(
    tx: &mut PgConnection,
    (one, own): (RegistrationId, WaitingEntryId),
    (two, theirs): (RegistrationId, WaitingEntryId),
) -> Result<bool, Error> {
    let done = sqlx::query!(
        "update registrations r set waiting_entry_id = case when r.id = $1 then $4::uuid else $2::uuid end
         where r.id in ($1, $3)
           and (select place from waiting_entries where id = $4) < (select place from waiting_entries where id = $2)",
        one.0,
        own.0,
        two.0,
        theirs.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 2)
}

/// Notes what a registration, and all that were merged into it before, was merged into.
pub(in crate::registration) async fn point_to(tx: &mut PgConnection, other: RegistrationId, kept: RegistrationId) -> Result<(), Error> {
    sqlx::query!("update registrations set merged_into = $2 where id = $1 or merged_into = $1", other.0, kept.0).execute(tx).await?;
    Ok(())
}

/// Takes over what the gate should know and the reference of another system, where the kept one has none, and gives the names
/// of what went over.
pub(in crate::registration) async fn take_notes(
    tx: &mut PgConnection,
    kept: RegistrationId,
    other: RegistrationId,
    at: DateTime<Utc>,
) -> Result<Vec<&'static str>, Error> {
    let row = sqlx::query!(
        r#"select k.attention is null as "no_attention!", k.external_ref is null as "no_ref!", o.attention, o.external_ref
           from registrations k, registrations o where k.id = $1 and o.id = $2"#,
        kept.0,
        other.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let attention = row.attention.filter(|_| row.no_attention);
    let external_ref = row.external_ref.filter(|_| row.no_ref);
    let fields: Vec<_> = [("attention", attention.is_some()), ("external_ref", external_ref.is_some())]
        .into_iter()
        .filter_map(|(name, has)| has.then_some(name))
        .collect();
    if fields.is_empty() {
        return Ok(fields);
    }
    if external_ref.is_some() {
        // A reference is one registration's.
        sqlx::query!("update registrations set external_ref = null where id = $1", other.0).execute(&mut *tx).await?;
    }
    sqlx::query!(
        "update registrations set attention = coalesce(attention, $2), external_ref = coalesce(external_ref, $3), updated_at = $4 where id = $1",
        kept.0,
        attention,
        external_ref,
        at
    )
    .execute(tx)
    .await?;
    Ok(fields)
}
