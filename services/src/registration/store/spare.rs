//! The SQL of spare tickets.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    ids::{AudienceId, EditionId, RegistrationId, ScanId, SpareBatchId},
    registration::{AudienceKind, VoidReason},
    text::{Bilingual, PersonName},
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::{
    Error,
    registration::spare::{Batch, Named, Used},
    store::inconsistent,
};

pub(in crate::registration) mod guest;

pub(in crate::registration) async fn batches(pool: &PgPool, edition: EditionId) -> Result<Vec<Batch>, Error> {
    let rows = sqlx::query!(
        r#"select b.id, b.account_name, b.at, b.voided_at, b.void_reason, a.name_vi, a.name_en,
                  t.first as "first!", t.last as "last!", t.made as "made!", t.used as "used!", t.voided as "voided!"
           from spare_batches b join audiences a on a.id = b.audience_id
           cross join lateral (
               select min(number) as first, max(number) as last, count(*) as made, count(used_at) as used,
                      count(voided_at) filter (where used_at is null) as voided
               from spare_tickets where batch_id = b.id
           ) t
           where b.edition_id = $1 order by b.at desc, b.id desc"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let reason = row.void_reason.map(|key| VoidReason::from_key(&key).ok_or_else(|| inconsistent("spare_batches.void_reason")));
            Ok(Batch {
                id: SpareBatchId(row.id),
                audience: Bilingual { vi: row.name_vi, en: row.name_en },
                numbers: (row.first, row.last),
                made: row.made,
                used: row.used,
                voided: row.voided,
                by: row.account_name,
                at: row.at,
                void: row.voided_at.zip(reason.transpose()?),
            })
        })
        .collect()
}

/// The tickets that were used last, the newest first.
pub(in crate::registration) async fn used(pool: &PgPool, edition: EditionId, most: i64) -> Result<Vec<Used>, Error> {
    let rows = sqlx::query!(
        r#"select t.number, t.used_at as "at!", r.id as "holder?", r.full_name as "full_name?"
           from spare_tickets t left join registrations r on r.id = t.registration_id and r.erased_at is null
           where t.edition_id = $1 and t.used_at is not null order by t.used_at desc, t.number desc limit $2"#,
        edition.0,
        most
    )
    .fetch_all(pool)
    .await?;
    let rows =
        rows.into_iter().map(|row| Used { number: row.number, at: row.at, holder: row.holder.map(RegistrationId).zip(row.full_name) });
    Ok(rows.collect())
}

/// The edition's last number; no other batch gets numbers until the transaction ends.
pub(in crate::registration) async fn lock_numbers(tx: &mut PgConnection, edition: EditionId) -> Result<i32, Error> {
    sqlx::query!("select id from editions where id = $1 for no key update", edition.0).fetch_optional(&mut *tx).await?;
    let last = sqlx::query_scalar!(r#"select coalesce(max(number), 0) as "last!" from spare_tickets where edition_id = $1"#, edition.0);
    Ok(last.fetch_one(tx).await?)
}

/// Whether the audience is the edition's, and so the batch was stored.
pub(in crate::registration) async fn insert_batch(
    tx: &mut PgConnection,
    id: SpareBatchId,
    (edition, audience): (EditionId, AudienceId),
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let name = match by {
        Actor::Account { name, .. } | Actor::Device { name, .. } => name.as_str(),
        Actor::Anonymous => "",
    };
    let done = sqlx::query!(
        "insert into spare_batches (id, edition_id, audience_id, account_id, account_name, at)
         select $1, edition_id, id, (select id from accounts where id = $4), $5, $6 from audiences where id = $3 and edition_id = $2",
        id.0,
        edition.0,
        audience.0,
        by.account().map(|account| account.0),
        name,
        at
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether number and short code were free, of spare tickets and of others.
pub(in crate::registration) async fn insert_ticket(
    tx: &mut PgConnection,
    batch: SpareBatchId,
    number: i32,
    (id, short_code): (TicketId, &ShortCode),
) -> Result<bool, Error> {
    let done = sqlx::query!(
        "insert into spare_tickets (ticket_id, batch_id, edition_id, number, short_code)
         select $1, b.id, b.edition_id, $3, $4 from spare_batches b
         where b.id = $2 and not exists (select from tickets where id = $1 or short_code = $4)
         on conflict do nothing",
        id.0.cast_signed(),
        batch.0,
        number,
        short_code.as_str()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The tickets of a batch that are left, and what they are of.
pub(in crate::registration) struct FoundSheet {
    pub year: u16,
    pub kind: AudienceKind,
    pub edition: Bilingual,
    pub audience: Bilingual,
    /// By number.
    pub tickets: Vec<(i32, TicketId, ShortCode)>,
}

pub(in crate::registration) async fn sheet(pool: &PgPool, batch: SpareBatchId) -> Result<Option<FoundSheet>, Error> {
    let rows = sqlx::query!(
        "select e.year, e.name_vi as edition_vi, e.name_en as edition_en, a.kind, a.name_vi, a.name_en, t.number, t.ticket_id, t.short_code
         from spare_batches b join editions e on e.id = b.edition_id join audiences a on a.id = b.audience_id
         join spare_tickets t on t.batch_id = b.id
         where b.id = $1 and t.used_at is null and t.voided_at is null order by t.number",
        batch.0
    )
    .fetch_all(pool)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let year = u16::try_from(first.year).map_err(|_| inconsistent("editions.year"))?;
    let kind = AudienceKind::from_key(&first.kind).ok_or_else(|| inconsistent("audiences.kind"))?;
    let edition = Bilingual { vi: first.edition_vi.clone(), en: first.edition_en.clone() };
    let audience = Bilingual { vi: first.name_vi.clone(), en: first.name_en.clone() };
    let tickets = rows.iter().map(|row| {
        let short_code = ShortCode::parse(&row.short_code).ok_or_else(|| inconsistent("spare_tickets.short_code"))?;
        Ok((row.number, TicketId(row.ticket_id.cast_unsigned()), short_code))
    });
    Ok(Some(FoundSheet { year, kind, edition, audience, tickets: tickets.collect::<Result<_, Error>>()? }))
}

/// Locks a batch; whether it was voided.
pub(in crate::registration) async fn lock_batch(tx: &mut PgConnection, batch: SpareBatchId) -> Result<Option<bool>, Error> {
    let found =
        sqlx::query_scalar!(r#"select voided_at is not null as "is_voided!" from spare_batches where id = $1 for no key update"#, batch.0);
    Ok(found.fetch_optional(tx).await?)
}

/// Voids a batch and those of its tickets that no gate has read; how many they are.
pub(in crate::registration) async fn void(
    tx: &mut PgConnection,
    batch: SpareBatchId,
    reason: VoidReason,
    at: DateTime<Utc>,
) -> Result<u64, Error> {
    sqlx::query!("update spare_batches set voided_at = $2, void_reason = $3 where id = $1", batch.0, at, reason.key())
        .execute(&mut *tx)
        .await?;
    let voided =
        sqlx::query!("update spare_tickets set voided_at = $2 where batch_id = $1 and used_at is null", batch.0, at).execute(tx).await?;
    Ok(voided.rows_affected())
}

/// A spare ticket that no gate has read.
pub(in crate::registration) struct Unused {
    pub id: TicketId,
    pub number: i32,
    pub short_code: ShortCode,
    pub audience: AudienceKind,
    pub is_voided: bool,
}

/// An unused spare ticket as it is read.
struct UnusedRow {
    ticket_id: i64,
    number: i32,
    short_code: String,
    is_voided: bool,
    kind: String,
}

impl UnusedRow {
    fn unused(self) -> Result<Unused, Error> {
        Ok(Unused {
            id: TicketId(self.ticket_id.cast_unsigned()),
            number: self.number,
            short_code: ShortCode::parse(&self.short_code).ok_or_else(|| inconsistent("spare_tickets.short_code"))?,
            audience: AudienceKind::from_key(&self.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            is_voided: self.is_voided,
        })
    }
}

/// The ticket that a scan names, if it is an unused spare one of the checkpoint's edition.
pub(in crate::registration) async fn unused(pool: &PgPool, checkpoint: Uuid, named: Named<'_>) -> Result<Option<Unused>, Error> {
    let (id, short_code) = match named {
        Named::Signed(id) => (Some(id.0.cast_signed()), None),
        Named::Short(code) => (None, Some(code.as_str())),
    };
    let row = sqlx::query_as!(
        UnusedRow,
        r#"select t.ticket_id, t.number, t.short_code, t.voided_at is not null as "is_voided!", a.kind
           from spare_tickets t join checkpoints c on c.id = $1 and c.edition_id = t.edition_id
           join spare_batches b on b.id = t.batch_id join audiences a on a.id = b.audience_id
           where t.used_at is null and (t.ticket_id = $2 or t.short_code = $3)"#,
        checkpoint,
        id,
        short_code
    )
    .fetch_optional(pool)
    .await?;
    row.map(UnusedRow::unused).transpose()
}

/// The voided ticket that a scan read, if it is nobody's; nobody else makes it somebody's until the transaction ends.
pub(in crate::registration) async fn lock_voided(tx: &mut PgConnection, scan: ScanId) -> Result<Option<Unused>, Error> {
    let row = sqlx::query_as!(
        UnusedRow,
        r#"select t.ticket_id, t.number, t.short_code, t.voided_at is not null as "is_voided!", a.kind
           from scans s join spare_tickets t on t.ticket_id = s.ticket_id and t.edition_id = s.edition_id
           join spare_batches b on b.id = t.batch_id join audiences a on a.id = b.audience_id
           where s.id = $1 and t.used_at is null and t.voided_at is not null
           for no key update of t"#,
        scan.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(UnusedRow::unused).transpose()
}

/// Whether a ticket was issued with this short code.
pub(in crate::registration) async fn is_issued(tx: &mut PgConnection, code: &ShortCode) -> Result<bool, Error> {
    let is_issued = sqlx::query_scalar!(r#"select exists (select from tickets where short_code = $1) as "is_issued!""#, code.as_str());
    Ok(is_issued.fetch_one(tx).await?)
}

/// Who holds a spare ticket.
#[derive(Clone)]
pub(in crate::registration) struct Holder {
    pub id: Uuid,
    pub ticket: TicketId,
    pub name: PersonName,
    pub search_text: String,
    pub link_hash: [u8; 32],
    pub key: Uuid,
    pub at: DateTime<Utc>,
    /// Kind and id of who scanned, as the audit log has them.
    pub by: (&'static str, Option<Uuid>),
    pub short_code: ShortCode,
    /// The spare ticket was voided: the ticket that it becomes is blocked.
    pub is_voided: bool,
}

/// Registers the holder, by one statement; `false` where the short code is taken. Of two gates the second waits for the
/// first at the spare ticket's row, and then finds it used.
pub(in crate::registration) async fn redeem(executor: impl PgExecutor<'_>, holder: &Holder) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"with spare as (
               update spare_tickets t set used_at = $2, registration_id = $3 from spare_batches b
               where t.ticket_id = $1 and t.used_at is null and (t.voided_at is not null) = $11 and b.id = t.batch_id
               returning t.ticket_id, t.number, b.edition_id, b.audience_id
           ), seat as (
               update capacities c set taken = c.taken + 1, extra = greatest(c.extra, c.taken + 1 - c.size, 0)
               from spare join audiences a on a.id = spare.audience_id where c.id = a.capacity_id
           ), person as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key,
                   created_at, channel)
               select $3, edition_id, audience_id, 'confirmed', 'vi', $4, $5, $6, $7, $2, 'desk' from spare
           ), ticket as (
               insert into tickets (id, registration_id, edition_id, short_code, issued_at, is_spare, standing)
               select ticket_id, $3, edition_id, $8, $2, true, case when $11 then 'blocked' else 'valid' end from spare
           )
           insert into audit_log (at, actor_kind, actor_id, action, subject_kind, subject_id, detail)
           select $2, $9, $10::uuid, case when $11 then 'registration.voided_spare_used' else 'registration.spare_used' end, 'registration', $3,
                  jsonb_build_object('number', number)
           from spare"#,
        holder.ticket.0.cast_signed(),
        holder.at,
        holder.id,
        holder.name.as_str(),
        holder.search_text,
        &holder.link_hash[..],
        holder.key,
        holder.short_code.as_str(),
        holder.by.0,
        holder.by.1,
        holder.is_voided
    )
    .execute(executor)
    .await;
    match done {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("tickets_short_code_key") => Ok(false),
        Err(error) => Err(error.into()),
    }
}
