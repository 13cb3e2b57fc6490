//! The SQL that takes the sample away.

use sqlx::PgConnection;

use crate::{Error, edition::ClearedSample};

/// Removes all rows that are marked as sample and what cannot stand without them. Returns what went and the
/// keys of pictures that nothing shows any more.
pub(in super::super) async fn clear(
    tx: &mut PgConnection,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(ClearedSample, Vec<String>), Error> {
    let registrations = registrations(tx).await?;
    let (dossiers, pictures) = dossiers(tx).await?;
    // A phone that a sample account let in scans no longer; its scans remain.
    sqlx::query!(
        "update devices d set revoked_at = coalesce(d.revoked_at, $1), pairing_hash = null, token_hash = null
         from accounts a where a.id = d.created_by and a.sample",
        now
    )
    .execute(&mut *tx)
    .await?;
    let accounts = sqlx::query!("delete from accounts where sample").execute(&mut *tx).await?.rows_affected();
    let (sessions, speakers) = programme(tx).await?;
    places_and_bodies(tx).await?;
    Ok((ClearedSample { sessions, speakers, dossiers, accounts, registrations }, pictures))
}

/// Sample registrations with their consents, tickets, scans and admissions; their seats are free again.
async fn registrations(tx: &mut PgConnection) -> Result<u64, Error> {
    let touched = sqlx::query_scalar!(
        r#"select a.capacity_id as "capacity_id!" from registrations r join audiences a on a.id = r.audience_id where r.sample
           union
           select s.capacity_id from registrations r join session_seats seat on seat.registration_id = r.id
           join sessions s on s.id = seat.session_id where r.sample and s.capacity_id is not null"#
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "with gone as (select t.id from tickets t join registrations r on r.id = t.registration_id where r.sample),
              admitted as (delete from admissions where ticket_id in (select id from gone))
         delete from scans where ticket_id in (select id from gone)"
    )
    .execute(&mut *tx)
    .await?;
    // The proofs of real people's consents stay for ever; these go while it can still be seen whose they are.
    sqlx::query!("delete from consent_records where registration_id in (select id from registrations where sample)")
        .execute(&mut *tx)
        .await?;
    let removed = sqlx::query!("delete from registrations where sample").execute(&mut *tx).await?.rows_affected();
    sqlx::query!("delete from delegations d where d.sample and not exists (select from registrations r where r.delegation_id = d.id)")
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "delete from waiting_entries w where w.session_id is null and not exists (select from registrations r where r.waiting_entry_id = w.id)"
    )
    .execute(&mut *tx)
    .await?;
    count_again(tx, &touched).await?;
    Ok(removed)
}

/// Counts the seats and the queues of these capacities from the rows that are left.
async fn count_again(tx: &mut PgConnection, capacities: &[uuid::Uuid]) -> Result<(), Error> {
    sqlx::query!(
        "update capacities c set
             taken = (select coalesce(sum(r.people), 0) from registrations r join audiences a on a.id = r.audience_id
                      where a.capacity_id = c.id and r.status in ('pending', 'offered', 'confirmed'))
                   + (select coalesce(sum(r.people), 0) from session_seats seat join sessions s on s.id = seat.session_id
                      join registrations r on r.id = seat.registration_id where s.capacity_id = c.id and seat.state in ('offered', 'held')),
             waiting = (select coalesce(sum(w.people), 0) from waiting_entries w where w.capacity_id = c.id and w.state = 'waiting')
         where c.id = any ($1)",
        capacities
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("update capacities set extra = greatest(taken - size, 0) where id = any ($1)", capacities).execute(tx).await?;
    Ok(())
}

/// Sample dossiers with their versions.
async fn dossiers(tx: &mut PgConnection) -> Result<(u64, Vec<String>), Error> {
    let pictures = sqlx::query_scalar!(
        r#"select cover as "cover!" from dossiers where sample and cover is not null
           union
           select v.cover from dossier_versions v join dossiers d on d.id = v.dossier_id where d.sample and v.cover is not null"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let removed = sqlx::query!("delete from dossiers where sample").execute(&mut *tx).await?.rows_affected();
    let unused = sqlx::query_scalar!(
        r#"select picture as "picture!" from unnest($1::text[]) picture
           where not exists (select from dossiers where cover = picture) and not exists (select from dossier_versions where cover = picture)
           order by picture"#,
        &pictures
    )
    .fetch_all(tx)
    .await?;
    Ok((removed, unused))
}

/// Sample sessions and speakers. A checkpoint at a sample session's door goes with it, unless something was
/// scanned there: then it stays as a door without a session.
async fn programme(tx: &mut PgConnection) -> Result<(u64, u64), Error> {
    sqlx::query!(
        "delete from checkpoints c using sessions s
         where s.id = c.session_id and s.sample and not exists (select from scans where checkpoint_id = c.id)"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("update checkpoints c set session_id = null, kind = 'gate' from sessions s where s.id = c.session_id and s.sample")
        .execute(&mut *tx)
        .await?;
    let sessions = sqlx::query!("delete from sessions where sample").execute(&mut *tx).await?.rows_affected();
    let speakers = sqlx::query!("delete from speakers where sample").execute(tx).await?.rows_affected();
    Ok((sessions, speakers))
}

/// Sample venues and organisations that nothing real depends on. What is left, the edition's own row included,
/// is in real use and loses its mark.
async fn places_and_bodies(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        "delete from venues v where v.sample
             and not exists (select from sessions s join rooms r on r.id = s.room_id where r.venue_id = v.id)"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from organisations o where o.sample
             and not exists (select from accounts where organisation_id = o.id) and not exists (select from dossiers where organisation_id = o.id)
             and not exists (select from registrations where organisation_id = o.id)
             and not exists (select from speakers where organisation_id = o.id)"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("update venues set sample = false where sample").execute(&mut *tx).await?;
    sqlx::query!("update organisations set sample = false where sample").execute(&mut *tx).await?;
    sqlx::query!("update editions set sample = false where sample").execute(tx).await?;
    Ok(())
}
