//! The SQL of what is stored about leaders of delegations.

use domain::{contact::Email, ids::EditionId, registration::delegation as rules, text::Bilingual};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::mine::{locale, message};
use crate::{
    Error,
    privacy::{
        leader::Leader,
        mine::{HistoryEntry, Message},
    },
};

/// The delegation behind a leader's link.
pub(in super::super) struct Led {
    pub id: Uuid,
    pub edition: EditionId,
}

pub(in super::super) async fn lock(tx: &mut PgConnection, link_hash: &[u8; 32]) -> Result<Option<Led>, Error> {
    let row = sqlx::query!("select id, edition_id from delegations where link_hash = $1 and erased_at is null for update", &link_hash[..])
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| Led { id: row.id, edition: EditionId(row.edition_id) }))
}

pub(in super::super) async fn read(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<Leader>, Error> {
    let row = sqlx::query!(
        r#"select d.id, e.name_vi as event_vi, e.name_en as event_en, d.leader_name, d.leader_phone, d.leader_email,
                  coalesce(o.name_vi, d.organisation_name, '') as "organisation!", d.tax_code,
                  case k.kind when 'xa' then 'Xã ' when 'phuong' then 'Phường ' end || k.name_vi as commune,
                  d.locale, d.created_at, d.cancelled_at
           from delegations d
           join editions e on e.id = d.edition_id
           left join communes k on k.gso_code = d.commune_code
           left join organisations o on o.id = d.organisation_id
           where d.link_hash = $1 and d.erased_at is null"#,
        &link_hash[..]
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Leader {
        event: Bilingual { vi: row.event_vi, en: row.event_en },
        full_name: row.leader_name,
        phone: row.leader_phone,
        email: row.leader_email,
        organisation: row.organisation,
        tax_code: row.tax_code,
        commune: row.commune,
        locale: locale(&row.locale)?,
        registered_at: row.created_at,
        left_at: row.cancelled_at,
        messages: messages(pool, row.id).await?,
        history: history(pool, row.id).await?,
    }))
}

async fn messages(pool: &PgPool, id: Uuid) -> Result<Vec<Message>, Error> {
    let rows = sqlx::query!(
        "select kind, channel, state, created_at, ended_at from messages where delegation_id = $1 order by created_at, id",
        id
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| message(&row.kind, row.channel, row.state, row.created_at, row.ended_at)).collect()
}

async fn history(pool: &PgPool, id: Uuid) -> Result<Vec<HistoryEntry>, Error> {
    let rows =
        sqlx::query!("select at, action, actor_kind from audit_log where subject_kind = 'delegation' and subject_id = $1 order by id", id)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|row| HistoryEntry { at: row.at, action: row.action, by: row.actor_kind }).collect())
}

pub(in super::super) async fn correct(tx: &mut PgConnection, id: Uuid, leader: &rules::Leader) -> Result<(), Error> {
    sqlx::query!(
        "update delegations set leader_name = $2, leader_phone = $3, leader_email = $4 where id = $1",
        id,
        leader.name.as_str(),
        leader.phone.e164(),
        leader.email.as_ref().map(Email::as_str)
    )
    .execute(tx)
    .await?;
    Ok(())
}
