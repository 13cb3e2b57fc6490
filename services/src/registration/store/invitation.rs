//! The SQL of invitations.

use chrono::{DateTime, Utc};
use domain::{
    contact::Email,
    ids::{AccountId, AudienceId, InvitationId},
    registration::InvitationCode,
    text::{Bilingual, Locale},
};
use sqlx::{PgConnection, PgPool};

use crate::{
    Error,
    registration::invitation::{Invitable, Invitation, NewInvitation},
};

/// Stores an invitation to an audience of the current edition; `false` where there is no such audience, or the invitation is
/// stored already.
pub(in crate::registration) async fn insert(
    tx: &mut PgConnection,
    (id, code_hash): (InvitationId, &[u8; 32]),
    new: &NewInvitation,
    asked: Option<(&Email, Locale)>,
    by: Option<AccountId>,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let stored = sqlx::query!(
        "insert into invitations (id, edition_id, audience_id, code_hash, label, email, most_uses, bypasses_capacity, expires_at, created_by, created_at, locale)
         select $1, a.edition_id, a.id, $3, $4, $5, $6, $7, $8, $9, $10, $11
         from audiences a join editions e on e.id = a.edition_id and e.is_current where a.id = $2
         on conflict on constraint invitations_pkey do nothing",
        id.0,
        new.audience.0,
        &code_hash[..],
        new.label,
        asked.map(|(email, _)| email.as_str()),
        new.most_uses,
        new.bypasses_capacity,
        new.expires_at,
        by.map(|id| id.0),
        at,
        asked.map(|(_, locale)| locale.tag())
    )
    .execute(tx)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// The invitations of the current edition, the newest first.
pub(in crate::registration) async fn list(pool: &PgPool, code: impl Fn(InvitationId) -> InvitationCode) -> Result<Vec<Invitation>, Error> {
    let rows = sqlx::query!(
        r#"select i.id, a.name_vi, a.name_en, i.label, split_part(i.email, '@', 2) as asked_from, m.full_name as "made_by?", i.uses, i.most_uses, i.bypasses_capacity,
                  i.expires_at, i.revoked_at, i.created_at
           from invitations i join audiences a on a.id = i.audience_id join editions e on e.id = i.edition_id and e.is_current
           left join accounts m on m.id = i.created_by
           order by i.created_at desc, i.id desc limit 500"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Invitation {
            id: InvitationId(row.id),
            code: code(InvitationId(row.id)),
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            label: row.label,
            asked_from: row.asked_from,
            made_by: row.made_by,
            uses: row.uses,
            most_uses: row.most_uses,
            bypasses_capacity: row.bypasses_capacity,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
        })
        .collect())
}

pub(in crate::registration) async fn audiences(pool: &PgPool) -> Result<Vec<Invitable>, Error> {
    let rows = sqlx::query!(
        "select a.id, a.name_vi, a.name_en, a.email_domains from audiences a join editions e on e.id = a.edition_id and e.is_current
         order by a.position, a.code"
    )
    .fetch_all(pool)
    .await?;
    let audience = |id, vi, en, email_domains| Invitable { id: AudienceId(id), name: Bilingual { vi, en }, email_domains };
    Ok(rows.into_iter().map(|row| audience(row.id, row.name_vi, row.name_en, row.email_domains)).collect())
}

/// Takes an invitation back; `false` where that changes nothing.
pub(in crate::registration) async fn revoke(tx: &mut PgConnection, id: InvitationId, at: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query!("update invitations set revoked_at = $2 where id = $1 and revoked_at is null", id.0, at).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

pub(in crate::registration) async fn exists(tx: &mut PgConnection, id: InvitationId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(r#"select exists (select from invitations where id = $1) as "exists!""#, id.0).fetch_one(tx).await?)
}

/// The audiences that mail at this host opens, but those to which the address has an invitation that can be used.
pub(in crate::registration) async fn opened_by(
    tx: &mut PgConnection,
    host: &str,
    email: &str,
    now: DateTime<Utc>,
) -> Result<Vec<AudienceId>, Error> {
    let ids = sqlx::query_scalar!(
        "select a.id from audiences a join editions e on e.id = a.edition_id and e.is_current
         where exists (select from unnest(a.email_domains) domain where $1 = domain or $1 like '%.' || domain)
           and not exists (
               select from invitations i where i.audience_id = a.id and lower(i.email) = lower($2) and i.uses < i.most_uses
                 and i.revoked_at is null and i.expires_at > $3)
         order by a.position, a.code",
        host,
        email,
        now
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(AudienceId).collect())
}
