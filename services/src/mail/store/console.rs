//! The SQL of the console.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, EditionId, MessageId, RegistrationId},
    mail::{Channel, MessageKind, MessageState},
    text::Locale,
};
use sqlx::{PgConnection, PgPool};

use crate::{Error, mail::MessageRow, store::inconsistent};

/// How many dead letters are listed.
const MOST: i64 = 100;

pub(in super::super) async fn channels(pool: &PgPool) -> Result<Vec<Channel>, Error> {
    let keys = sqlx::query_scalar!("select channel from message_channels order by channel").fetch_all(pool).await?;
    keys.iter().map(|key| Channel::from_key(key).ok_or_else(|| inconsistent("message_channels.channel"))).collect()
}

pub(in super::super) async fn counts(pool: &PgPool, edition: EditionId) -> Result<Vec<(MessageState, i64)>, Error> {
    let rows = sqlx::query!(r#"select state, count(*) as "count!" from messages where edition_id = $1 group by state"#, edition.0)
        .fetch_all(pool)
        .await?;
    let mut counts = Vec::new();
    for row in rows {
        counts.push((MessageState::from_key(&row.state).ok_or_else(|| inconsistent("messages.state"))?, row.count));
    }
    counts.sort_by_key(|(state, _)| *state);
    Ok(counts)
}

pub(in super::super) async fn dead(pool: &PgPool, edition: EditionId) -> Result<Vec<MessageRow>, Error> {
    list(pool, Some(edition), None).await
}

pub(in super::super) async fn messages_of(pool: &PgPool, registration: RegistrationId) -> Result<Vec<MessageRow>, Error> {
    list(pool, None, Some(registration)).await
}

/// An edition's dead letters, or all of a person.
async fn list(pool: &PgPool, edition: Option<EditionId>, registration: Option<RegistrationId>) -> Result<Vec<MessageRow>, Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.kind, m.channel, m.state, m.attempts, m.error, m.created_at, m.due_at, m.ended_at, m.registration_id,
                  coalesce(r.full_name, d.leader_name, i.label, '') as "name!"
           from messages m
           left join registrations r on r.id = m.registration_id
           left join delegations d on d.id = m.delegation_id
           left join invitations i on i.id = m.invitation_id
           where (m.edition_id = $1 and m.state in ('failed', 'unclear')) or m.registration_id = $2
           order by m.created_at desc, m.id limit $3"#,
        edition.map(|id| id.0),
        registration.map(|id| id.0),
        MOST
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MessageRow {
                id: MessageId(row.id),
                kind: MessageKind::from_key(&row.kind).ok_or_else(|| inconsistent("messages.kind"))?,
                channel: Channel::from_key(&row.channel).ok_or_else(|| inconsistent("messages.channel"))?,
                state: MessageState::from_key(&row.state).ok_or_else(|| inconsistent("messages.state"))?,
                attempts: row.attempts.unsigned_abs(),
                error: row.error,
                created_at: row.created_at,
                due_at: row.due_at,
                ended_at: row.ended_at,
                registration: row.registration_id.map(RegistrationId),
                name: row.name,
            })
        })
        .collect()
}

pub(in super::super) async fn lock(tx: &mut PgConnection, id: MessageId) -> Result<Option<MessageState>, Error> {
    let state = sqlx::query_scalar!("select state from messages where id = $1 for update", id.0).fetch_optional(tx).await?;
    state.map(|state| MessageState::from_key(&state).ok_or_else(|| inconsistent("messages.state"))).transpose()
}

pub(in super::super) async fn requeue(tx: &mut PgConnection, id: MessageId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update messages set state = 'queued', attempts = 0, due_at = $2, error = null, ended_at = null where id = $1", id.0, now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(in super::super) async fn own_templates(pool: &PgPool, edition: EditionId) -> Result<Vec<(MessageKind, Locale)>, Error> {
    let rows = sqlx::query!("select kind, locale from message_templates where edition_id = $1 order by kind, locale", edition.0)
        .fetch_all(pool)
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind = MessageKind::from_key(&row.kind).ok_or_else(|| inconsistent("message_templates.kind"))?;
            Ok((kind, Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("message_templates.locale"))?))
        })
        .collect()
}

/// The newest registration with a ticket.
pub(in super::super) async fn newest(pool: &PgPool, edition: EditionId) -> Result<Option<RegistrationId>, Error> {
    let id = sqlx::query_scalar!(
        "select id from registrations where edition_id = $1 and status = 'confirmed' and erased_at is null order by id desc limit 1",
        edition.0
    );
    Ok(id.fetch_optional(pool).await?.map(RegistrationId))
}

pub(in super::super) async fn write_template(
    tx: &mut PgConnection,
    edition: EditionId,
    kind: MessageKind,
    locale: Locale,
    (subject, body): &(String, String),
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into message_templates (edition_id, kind, locale, subject, body, updated_at, updated_by) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint message_templates_pkey do update set
             subject = excluded.subject, body = excluded.body, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        edition.0,
        kind.key(),
        locale.tag(),
        subject,
        body,
        now,
        by.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in super::super) async fn reset_template(
    tx: &mut PgConnection,
    edition: EditionId,
    kind: MessageKind,
    locale: Locale,
) -> Result<bool, Error> {
    let gone = sqlx::query!(
        "delete from message_templates where edition_id = $1 and kind = $2 and locale = $3",
        edition.0,
        kind.key(),
        locale.tag()
    );
    Ok(gone.execute(tx).await?.rows_affected() == 1)
}
