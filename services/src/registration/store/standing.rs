//! The SQL of registrations that stand: how they are, what moves them on.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AudienceId, DelegationId, EditionId, InvitationId, RegistrationId, SessionId, WaitingEntryId},
    registration::{AudienceKind, Status},
    ticket::{ShortCode, TicketId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Error, mail::To, store::inconsistent};

/// A registration as the verbs that move it on need it.
#[derive(Clone, Copy, Debug)]
pub(in crate::registration) struct Facts {
    pub id: RegistrationId,
    pub edition: EditionId,
    pub audience: AudienceId,
    pub kind: AudienceKind,
    /// The audience's counter.
    pub capacity: Uuid,
    pub status: Status,
    pub people: i16,
    pub entry: Option<WaitingEntryId>,
    pub delegation: Option<DelegationId>,
    pub invitation: Option<InvitationId>,
    pub needs_approval: bool,
    pub is_erased: bool,
    /// When holders can change nothing more.
    pub changes_until: DateTime<Utc>,
}

macro_rules! facts {
    ($executor:expr, $condition:literal, $key:expr) => {{
        let row = sqlx::query!(
            r#"select r.id, r.edition_id, r.audience_id, a.kind, a.capacity_id, r.status, r.people, r.waiting_entry_id,
                      r.delegation_id, r.invitation_id, a.needs_approval, r.erased_at is not null as "is_erased!",
                      coalesce(e.changes_until, (e.ends_on + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh') as "changes_until!"
               from registrations r join audiences a on a.id = r.audience_id join editions e on e.id = r.edition_id
               where "#
                + $condition,
            $key
        )
        .fetch_optional($executor)
        .await?;
        row.map(|row| {
            Ok(Facts {
                id: RegistrationId(row.id),
                edition: EditionId(row.edition_id),
                audience: AudienceId(row.audience_id),
                kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                capacity: row.capacity_id,
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
                people: row.people,
                entry: row.waiting_entry_id.map(WaitingEntryId),
                delegation: row.delegation_id.map(DelegationId),
                invitation: row.invitation_id.map(InvitationId),
                needs_approval: row.needs_approval,
                is_erased: row.is_erased,
                changes_until: row.changes_until,
            })
        })
        .transpose()
    }};
}

/// The registration behind a link, without a lock.
pub(in crate::registration) async fn by_link(tx: &mut PgConnection, link_hash: &[u8; 32]) -> Result<Option<Facts>, Error> {
    facts!(tx, "r.link_hash = $1", &link_hash[..])
}

/// A registration, without a lock.
pub(in crate::registration) async fn find(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<Facts>, Error> {
    facts!(tx, "r.id = $1", id.0)
}

/// A registration, its row locked.
pub(in crate::registration) async fn lock(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<Facts>, Error> {
    facts!(tx, "r.id = $1 for update of r", id.0)
}

/// Moves a registration that stands to another status in which it stands.
pub(in crate::registration) async fn set_status(
    tx: &mut PgConnection,
    id: RegistrationId,
    status: Status,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!("update registrations set status = $2, updated_at = $3 where id = $1", id.0, status.key(), at).execute(tx).await?;
    Ok(())
}

/// Ends a registration and stops its ticket.
pub(in crate::registration) async fn end(
    tx: &mut PgConnection,
    id: RegistrationId,
    status: Status,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "with ticket as (update tickets set standing = 'cancelled' where registration_id = $1)
         update registrations set status = $2, ended_at = $3, updated_at = $3 where id = $1",
        id.0,
        status.key(),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes a registration out of every session, without touching counters.
pub(in crate::registration) async fn forget_sessions(tx: &mut PgConnection, id: RegistrationId) -> Result<(), Error> {
    sqlx::query!("delete from session_seats where registration_id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// Uses an invitation once more; `false` where it cannot be used any more.
pub(in crate::registration) async fn use_invitation(tx: &mut PgConnection, id: InvitationId, now: DateTime<Utc>) -> Result<bool, Error> {
    let used = sqlx::query!(
        "update invitations set uses = uses + 1
         where id = $1 and uses < most_uses and revoked_at is null and (expires_at is null or expires_at > $2)",
        id.0,
        now
    )
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Gives back one use of an invitation.
pub(in crate::registration) async fn give_back_invitation(tx: &mut PgConnection, id: InvitationId) -> Result<(), Error> {
    sqlx::query!("update invitations set uses = uses - 1 where id = $1 and uses > 0", id.0).execute(tx).await?;
    Ok(())
}

/// Stores a ticket; `false` where its number or its short code is taken.
pub(in crate::registration) async fn insert_ticket(
    tx: &mut PgConnection,
    registration: RegistrationId,
    (id, short_code): (TicketId, &ShortCode),
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let stored = sqlx::query!(
        "insert into tickets (id, registration_id, edition_id, short_code, issued_at)
         select $2, id, edition_id, $3, $4 from registrations where id = $1 on conflict do nothing",
        registration.0,
        id.0.cast_signed(),
        short_code.as_str(),
        at
    )
    .execute(tx)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Whom to tell about a party for the day: the leaders of delegations, or those who registered by themselves.
pub(in crate::registration) async fn addressees(tx: &mut PgConnection, entry: WaitingEntryId) -> Result<Vec<To>, Error> {
    let rows = sqlx::query!(
        r#"select distinct delegation_id, case when delegation_id is null then id end as id
           from registrations where waiting_entry_id = $1 and ended_at is null"#,
        entry.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match (row.delegation_id, row.id) {
            (Some(delegation), _) => Some(To::Delegation(DelegationId(delegation))),
            (None, id) => id.map(|id| To::Registration(RegistrationId(id))),
        })
        .collect())
}

/// The sessions that the members of a party want.
pub(in crate::registration) async fn wanted_by_party(tx: &mut PgConnection, entry: WaitingEntryId) -> Result<Vec<SessionId>, Error> {
    let ids = sqlx::query_scalar!(
        "select distinct s.session_id from registrations r join session_seats s on s.registration_id = r.id and s.state = 'wanted'
         where r.waiting_entry_id = $1",
        entry.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(SessionId).collect())
}
