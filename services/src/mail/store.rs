//! The SQL of mail.

pub(super) mod console;
pub(super) mod mailing;

use chrono::{DateTime, Utc};
use domain::{
    ids::{DelegationId, EditionId, InvitationId, MessageId, RegistrationId},
    mail::{Channel, MessageKind, MessageState},
    registration::Status,
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Claimed, Reach, SessionSeat, To};
use crate::{Error, store::inconsistent};

pub(super) async fn know_channels(tx: &mut PgConnection, keys: &[String], now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("delete from message_channels where channel <> all ($1)", keys).execute(&mut *tx).await?;
    sqlx::query!(
        "insert into message_channels (channel, known_at) select key, $2 from unnest($1::text[]) key
         on conflict (channel) do update set known_at = excluded.known_at",
        keys,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn claim(pool: &PgPool, channel: Channel, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Claimed>, Error> {
    let row = sqlx::query!(
        "update messages set state = 'claimed', attempts = attempts + 1, claimed_until = $3
         where id = (select id from messages where state = 'queued' and channel = $1 and due_at <= $2
                     order by due_at limit 1 for update skip locked)
         returning id, attempts",
        channel.key(),
        now,
        until
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Claimed { id: MessageId(row.id), until, attempts: row.attempts.unsigned_abs() }))
}

pub(super) async fn begin(pool: &PgPool, claimed: Claimed, now: DateTime<Utc>) -> Result<bool, Error> {
    let begun = sqlx::query!(
        "update messages set state = 'sending' where id = $1 and state = 'claimed' and claimed_until = $2 and claimed_until > $3",
        claimed.id.0,
        claimed.until,
        now
    );
    Ok(begun.execute(pool).await?.rows_affected() == 1)
}

/// Only with the lease: what another worker has taken since is that one's.
pub(super) async fn finish(
    pool: &PgPool,
    claimed: Claimed,
    state: &str,
    error: Option<&str>,
    due_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "update messages set state = $3, error = $4, due_at = coalesce($5, due_at), claimed_until = null,
                ended_at = case when $3 = 'queued' then null else $6::timestamptz end
         where id = $1 and claimed_until = $2 and state in ('claimed', 'sending')",
        claimed.id.0,
        claimed.until,
        state,
        error,
        due_at,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn release(pool: &PgPool, claimed: Claimed) -> Result<(), Error> {
    sqlx::query!(
        "update messages set state = 'queued', attempts = attempts - 1, claimed_until = null
         where id = $1 and state = 'claimed' and claimed_until = $2",
        claimed.id.0,
        claimed.until
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn recover(pool: &PgPool, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "update messages set claimed_until = null, error = 'lease',
                state = case state when 'claimed' then 'queued' else 'unclear' end,
                ended_at = case state when 'claimed' then null else $1::timestamptz end
         where state in ('claimed', 'sending') and claimed_until <= $1",
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A message as it is stored.
pub(super) struct Message {
    pub edition: EditionId,
    pub kind: MessageKind,
    pub channel: Channel,
    pub to: To,
    pub mailing: Option<Uuid>,
}

pub(super) async fn message(pool: &PgPool, id: MessageId) -> Result<Option<Message>, Error> {
    let row = sqlx::query!(
        "select edition_id, kind, channel, registration_id, delegation_id, invitation_id, mailing_id from messages where id = $1",
        id.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let to = match (row.registration_id, row.delegation_id, row.invitation_id) {
            (Some(id), ..) => To::Registration(RegistrationId(id)),
            (_, Some(id), _) => To::Delegation(DelegationId(id)),
            (.., Some(id)) => To::Invitation(InvitationId(id)),
            (None, None, None) => return Err(inconsistent("messages.registration_id")),
        };
        Ok(Message {
            edition: EditionId(row.edition_id),
            kind: MessageKind::from_key(&row.kind).ok_or_else(|| inconsistent("messages.kind"))?,
            channel: Channel::from_key(&row.channel).ok_or_else(|| inconsistent("messages.channel"))?,
            to,
            mailing: row.mailing_id,
        })
    })
    .transpose()
}

/// Who is told something and is not registered by it.
pub(super) struct Recipient {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub name: String,
    pub locale: Locale,
    pub audience: Bilingual,
    /// The key of a delegation's form; nil of an invitation.
    pub key: Uuid,
    pub deadline: Option<DateTime<Utc>>,
}

/// The leader of a delegation that still comes.
pub(super) async fn delegation(pool: &PgPool, id: DelegationId) -> Result<Option<Recipient>, Error> {
    let row = sqlx::query!(
        "select d.leader_email, d.leader_phone, d.leader_name, d.locale, d.idempotency_key, a.name_vi, a.name_en
         from delegations d join audiences a on a.id = d.audience_id
         where d.id = $1 and d.cancelled_at is null and d.erased_at is null",
        id.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Recipient {
            email: row.leader_email,
            phone: row.leader_phone,
            name: row.leader_name,
            locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("delegations.locale"))?,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            key: row.idempotency_key,
            deadline: None,
        })
    })
    .transpose()
}

/// Who asked for an invitation that can still be used.
pub(super) async fn invitation(pool: &PgPool, id: InvitationId, now: DateTime<Utc>) -> Result<Option<Recipient>, Error> {
    let row = sqlx::query!(
        r#"select i.email, i.locale as "locale!", i.expires_at, a.name_vi, a.name_en
           from invitations i join audiences a on a.id = i.audience_id
           where i.id = $1 and i.email is not null and i.locale is not null and i.revoked_at is null and i.uses < i.most_uses
             and (i.expires_at is null or i.expires_at > $2)"#,
        id.0,
        now
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Recipient {
            email: row.email,
            phone: None,
            name: String::new(),
            locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("invitations.locale"))?,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            key: Uuid::nil(),
            deadline: row.expires_at,
        })
    })
    .transpose()
}

/// Whom a message is about.
pub(super) struct Person {
    pub edition: EditionId,
    pub status: Status,
    pub locale: Locale,
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub audience: Bilingual,
    pub short_code: Option<ShortCode>,
    pub idempotency_key: Uuid,
    pub link_hash: Vec<u8>,
    pub decision_message: Option<String>,
    /// Until when a seat is held, for the day or a session.
    pub offered_until: Option<DateTime<Utc>>,
    /// In the queue for the day or, without one, the first session's.
    pub position: Option<i64>,
}

/// A registration that was not erased.
pub(super) async fn person(pool: &PgPool, id: RegistrationId, now: DateTime<Utc>) -> Result<Option<Person>, Error> {
    let row = sqlx::query!(
        r#"select r.edition_id, r.status, r.locale, r.full_name, r.phone, r.email, r.idempotency_key, r.link_hash, r.decision_message,
                  a.name_vi, a.name_en, t.short_code as "short_code?",
                  (select min(w.offered_until) from waiting_entries w
                   where (w.id = r.waiting_entry_id or w.registration_id = r.id) and w.state = 'offered' and w.offered_until > $2) as offered_until,
                  (select (select count(*) from waiting_entries ahead
                           where ahead.capacity_id = w.capacity_id and ahead.state = 'waiting' and ahead.place <= w.place)
                   from waiting_entries w
                   where (w.id = r.waiting_entry_id or w.registration_id = r.id) and w.state = 'waiting'
                   order by w.session_id is not null, w.place limit 1) as position
           from registrations r
           join audiences a on a.id = r.audience_id
           left join tickets t on t.registration_id = r.id
           where r.id = $1 and r.erased_at is null"#,
        id.0,
        now
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let short_code = row.short_code.map(|code| ShortCode::parse(&code).ok_or_else(|| inconsistent("tickets.short_code")));
        Ok(Person {
            edition: EditionId(row.edition_id),
            status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
            locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("registrations.locale"))?,
            full_name: row.full_name,
            phone: row.phone,
            email: row.email,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            short_code: short_code.transpose()?,
            idempotency_key: row.idempotency_key,
            link_hash: row.link_hash,
            decision_message: row.decision_message,
            offered_until: row.offered_until,
            position: row.position,
        })
    })
    .transpose()
}

pub(super) async fn sessions(pool: &PgPool, id: RegistrationId) -> Result<Vec<SessionSeat>, Error> {
    let rows = sqlx::query!(
        "select s.title_vi, s.title_en, r.name_vi, r.name_en, s.starts_at, s.ends_at
         from session_seats held join sessions s on s.id = held.session_id join rooms r on r.id = s.room_id
         where held.registration_id = $1 and held.state in ('held', 'offered') order by s.starts_at, s.code",
        id.0
    )
    .fetch_all(pool)
    .await?;
    let seats = rows.into_iter().map(|row| SessionSeat {
        title: Bilingual { vi: row.title_vi, en: row.title_en },
        room: Bilingual { vi: row.name_vi, en: row.name_en },
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    });
    Ok(seats.collect())
}

/// Subject and body that organisers wrote in place of ours.
pub(super) async fn template(
    pool: &PgPool,
    edition: EditionId,
    kind: MessageKind,
    locale: Locale,
) -> Result<Option<(String, String)>, Error> {
    let row = sqlx::query!(
        "select subject, body from message_templates where edition_id = $1 and kind = $2 and locale = $3",
        edition.0,
        kind.key(),
        locale.tag()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.subject, row.body)))
}

/// Subject and body of a mailing, and whether it is about the recipients' seats, if this registration still is one of those it
/// is for.
pub(super) async fn mailing_text(
    pool: &PgPool,
    mailing: Uuid,
    registration: RegistrationId,
    locale: Locale,
) -> Result<Option<((String, String), bool)>, Error> {
    let row = sqlx::query!(
        r#"select m.is_about_seat, case when $3 = 'en' then coalesce(m.subject_en, m.subject_vi) else m.subject_vi end as "subject!",
                  case when $3 = 'en' then coalesce(m.body_en, m.body_vi) else m.body_vi end as "body!"
           from mailings m join registrations r on r.id = $2 and r.edition_id = m.edition_id
           where m.id = $1 and m.cancelled_at is null and is_recipient(m, r)"#,
        mailing,
        registration.0,
        locale.tag()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| ((row.subject, row.body), row.is_about_seat)))
}

pub(super) async fn reach(pool: &PgPool, registration: RegistrationId) -> Result<Option<Reach>, Error> {
    let row = sqlx::query!(
        r#"select r.way, exists (select from message_channels where channel = r.way) as "is_open!",
                  (select m.state from messages m
                   where m.registration_id = r.id and m.mailing_id is null and m.channel = r.way and m.state <> 'dropped'
                   order by m.created_at desc, m.id desc limit 1) as last
           from (select id, way_to(email, phone) as way from registrations where id = $1) r"#,
        registration.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let way = row.way.map(|way| Channel::from_key(&way).ok_or_else(|| inconsistent("registrations.email")));
        let last = row.last.map(|state| MessageState::from_key(&state).ok_or_else(|| inconsistent("messages.state")));
        Ok(Reach { way: way.transpose()?, is_open: row.is_open, last: last.transpose()? })
    })
    .transpose()
}
