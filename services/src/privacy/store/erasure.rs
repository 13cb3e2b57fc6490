//! The SQL that erases people.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{EditionId, RegistrationId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Holder;
use crate::Error;

/// The person behind a link, not locked: seats are locked before people.
pub(in super::super) async fn find(tx: &mut PgConnection, link_hash: &[u8; 32]) -> Result<Option<Holder>, Error> {
    let row = sqlx::query!("select id, edition_id from registrations where link_hash = $1 and erased_at is null", &link_hash[..])
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| Holder { id: RegistrationId(row.id), edition: EditionId(row.edition_id) }))
}

/// The last day of the edition that a person who is not erased registered for.
pub(in super::super) async fn last_day(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<NaiveDate>, Error> {
    let day = sqlx::query_scalar!(
        "select e.ends_on from registrations r join editions e on e.id = r.edition_id where r.id = $1 and r.erased_at is null",
        id.0
    );
    Ok(day.fetch_optional(tx).await?)
}

/// The registrations that were merged into one, as long as they tell of somebody.
pub(in super::super) async fn merged(tx: &mut PgConnection, into: RegistrationId) -> Result<Vec<RegistrationId>, Error> {
    let ids = sqlx::query_scalar!("select id from registrations where merged_into = $1 and erased_at is null order by id", into.0);
    Ok(ids.fetch_all(tx).await?.into_iter().map(RegistrationId).collect())
}

/// Takes everything that tells of these people out of every table, and gives back how many there were. No secret has the
/// hash that their links get.
pub(in super::super) async fn forget(tx: &mut PgConnection, ids: &[Uuid], now: DateTime<Utc>) -> Result<u64, Error> {
    // While it still stands there whose they are.
    sqlx::query!(
        "update invitations i set email = null, label = case when i.most_uses = 1 then '' else i.label end
         from registrations r
         where r.id = any ($1) and i.edition_id = r.edition_id
             and (lower(i.email) = lower(r.email) or (i.id = r.invitation_id and i.most_uses = 1))",
        ids
    )
    .execute(&mut *tx)
    .await?;
    // A list that waits to be stored does not bring them back.
    sqlx::query!(
        "with gone as (select edition_id, external_ref, phone, lower(email) as email from registrations where id = any ($1))
         update imports i set rows = kept.rows, count = jsonb_array_length(kept.rows)
         from (select listing.id, coalesce(jsonb_agg(listed order by place) filter (where not exists (
                          select from gone where gone.edition_id = listing.edition_id
                              and (gone.external_ref = listed ->> 'reference' or gone.phone = listed ->> 'phone' or gone.email = lower(listed ->> 'email')))),
                      '[]') as rows
               from imports listing cross join lateral jsonb_array_elements(listing.rows) with ordinality listed (listed, place)
               group by listing.id) kept
         where kept.id = i.id and kept.rows <> i.rows",
        ids
    )
    .execute(&mut *tx)
    .await?;
    let gone = sqlx::query!(
        "update registrations set full_name = '', phone = null, phone_place = null, email = null, commune_code = null, organisation_id = null,
             organisation_name = null, tax_code = null, job_title = null, search_text = '', answers = '{}', attention = null,
             external_ref = null, decision_message = null, link_hash = uuid_send(id) || uuid_send(id), idempotency_key = id, erased_at = $2
         where id = any ($1) and erased_at is null",
        ids,
        now
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    sqlx::query!(
        "update hand_reasons h set note = null from scans s join tickets t on t.id = s.ticket_id
         where h.scan_id = s.id and t.registration_id = any ($1)",
        ids
    )
    .execute(&mut *tx)
    .await?;
    // With them goes which prints they were on.
    sqlx::query!("delete from badges where ticket_id in (select id from tickets where registration_id = any ($1))", ids)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("update tickets set standing = 'cancelled' where registration_id = any ($1)", ids).execute(&mut *tx).await?;
    sqlx::query!(
        "update messages set error = null, state = case when state in ('queued', 'claimed') then 'dropped' else state end,
             ended_at = case when state in ('queued', 'claimed') then $2 else ended_at end
         where registration_id = any ($1)",
        ids,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update privacy_requests set detail = '', outcome = '', extension_reason = case when extended_at is null then null else '' end
         where registration_id = any ($1)",
        ids
    )
    .execute(tx)
    .await?;
    Ok(gone)
}

/// Takes the leaders out of these delegations, with everything that tells of them, and gives back how many there were. The
/// people on the lists stay.
pub(in super::super) async fn forget_leaders(tx: &mut PgConnection, ids: &[Uuid], now: DateTime<Utc>) -> Result<u64, Error> {
    let gone = sqlx::query!(
        "update delegations set leader_name = '', leader_phone = null, leader_email = null, organisation_name = null, tax_code = null,
             link_hash = uuid_send(id) || uuid_send(id), idempotency_key = id, erased_at = $2
         where id = any ($1) and erased_at is null",
        ids,
        now
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    sqlx::query!(
        "update messages set error = null, state = case when state in ('queued', 'claimed') then 'dropped' else state end,
             ended_at = case when state in ('queued', 'claimed') then $2 else ended_at end
         where delegation_id = any ($1)",
        ids,
        now
    )
    .execute(tx)
    .await?;
    Ok(gone)
}
