//! The SQL of imported lists.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    contact::{Email, Phone},
    ids::{AccountId, AudienceId, EditionId, RegistrationId},
    privacy::Purpose,
    registration::import::ImportRow,
    text::{Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    Error,
    registration::desk::import::{Import, ImportState, Known},
};

/// How long checked rows wait for their confirmation.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// A list that runs longer has lost the program that stored it; nothing of it was stored.
const LOST: TimeDelta = TimeDelta::minutes(2);

/// The edition's audiences and all that they are called.
pub(in crate::registration::desk) async fn audiences(pool: &PgPool, edition: EditionId) -> Result<Vec<(AudienceId, Vec<String>)>, Error> {
    let rows = sqlx::query!("select id, code, name_vi, name_en from audiences where edition_id = $1 order by position, code", edition.0)
        .fetch_all(pool)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (AudienceId(row.id), [Some(row.code), Some(row.name_vi), row.name_en].into_iter().flatten().collect()))
        .collect())
}

/// Keeps checked rows; those that nobody confirmed in a day go.
pub(in crate::registration::desk) async fn keep(
    tx: &mut PgConnection,
    id: Uuid,
    edition: EditionId,
    account: AccountId,
    rows: &[ImportRow],
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!("delete from imports where created_at < $1", at - KEPT).execute(&mut *tx).await?;
    sqlx::query!(
        "insert into imports (id, edition_id, account_id, state, rows, count, created_at) values ($1, $2, $3, 'checked', $4, jsonb_array_length($4), $5)",
        id,
        edition.0,
        account.0,
        Json(rows) as _,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in crate::registration::desk) async fn found(pool: &PgPool, id: Uuid, now: DateTime<Utc>) -> Result<Option<Import>, Error> {
    let row = sqlx::query!(
        r#"select i.state as "state!", i.count as "count!", i.added as "added!", i.changed as "changed!", i.started_at, a.name_vi as "full_vi?", a.name_en as full_en,
                  (select count(*) from jsonb_array_elements(i.rows) listed
                   join registrations r on r.edition_id = i.edition_id and r.external_ref = listed ->> 'reference') as "known!"
           from imports i left join audiences a on a.id::text = i.failure where i.id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        let state = match row.state.as_str() {
            "checked" => ImportState::Checked,
            "running" if row.started_at.is_none_or(|started| now - started < LOST) => ImportState::Running,
            "done" => ImportState::Done { added: row.added, changed: row.changed },
            _ => ImportState::Failed { full: row.full_vi.map(|vi| Bilingual { vi, en: row.full_en }) },
        };
        Import { id, state, count: row.count, known: row.known }
    }))
}

/// Marks a list as being stored; false where it is being stored by somebody, or is stored.
pub(in crate::registration::desk) async fn begin(tx: &mut PgConnection, id: Uuid, at: DateTime<Utc>) -> Result<bool, Error> {
    let begun = sqlx::query!(
        "update imports set state = 'running', started_at = $2, failure = null
         where id = $1 and (state in ('checked', 'failed') or (state = 'running' and started_at < $3))",
        id,
        at,
        at - LOST
    )
    .execute(tx)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// The rows of a list that is being stored; one list after the other.
pub(in crate::registration::desk) async fn begun(tx: &mut PgConnection, id: Uuid) -> Result<(EditionId, Vec<ImportRow>), Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('imports'))").fetch_one(&mut *tx).await?;
    let row = sqlx::query!(
        r#"select edition_id, rows as "rows: Json<Vec<ImportRow>>" from imports where id = $1 and state = 'running' for update"#,
        id
    )
    .fetch_optional(tx)
    .await?
    .ok_or(Error::NotFound)?;
    Ok((EditionId(row.edition_id), row.rows.0))
}

pub(in crate::registration::desk) async fn done(
    tx: &mut PgConnection,
    id: Uuid,
    added: usize,
    changed: usize,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "update imports set state = 'done', rows = '[]', added = $2, changed = $3, ended_at = $4 where id = $1",
        id,
        i32::try_from(added).unwrap_or(i32::MAX),
        i32::try_from(changed).unwrap_or(i32::MAX),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(in crate::registration::desk) async fn failed(
    tx: &mut PgConnection,
    id: Uuid,
    failure: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!("update imports set state = 'failed', failure = $2, ended_at = $3 where id = $1", id, failure, at).execute(tx).await?;
    Ok(())
}

/// Whether a new ticket's number or short code was taken already.
pub(in crate::registration::desk) fn is_number_in_use(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let database = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    matches!(database.and_then(sqlx::error::DatabaseError::constraint), Some("tickets_pkey" | "tickets_short_code_key"))
}

/// Those of the rows whose references are known.
pub(in crate::registration::desk) async fn known(tx: &mut PgConnection, edition: EditionId, rows: &[ImportRow]) -> Result<Known, Error> {
    let references: Vec<String> = rows.iter().map(|row| row.reference.clone()).collect();
    let rows = sqlx::query!(
        r#"select id, external_ref as "external_ref!" from registrations where edition_id = $1 and external_ref = any ($2)"#,
        edition.0,
        &references
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.external_ref, RegistrationId(row.id))).collect())
}

/// Takes the seats of all who are new, past nobody who waits; tells for each audience whether it had room.
pub(in crate::registration::desk) async fn take_seats(tx: &mut PgConnection, new: &[ImportRow]) -> Result<Vec<(AudienceId, bool)>, Error> {
    let mut wanted: BTreeMap<AudienceId, i32> = BTreeMap::new();
    for row in new {
        *wanted.entry(row.audience).or_default() += 1;
    }
    let audiences: Vec<Uuid> = wanted.keys().map(|id| id.0).collect();
    let counts: Vec<i32> = wanted.values().copied().collect();
    // Locked in the one order of all who take seats.
    sqlx::query!(
        "select id from capacities where id in (select capacity_id from audiences where id = any ($1)) order by id for update",
        &audiences
    )
    .fetch_all(&mut *tx)
    .await?;
    let taken = sqlx::query_scalar!(
        r#"with wanted as (
               select a.capacity_id, sum(w.count)::int as count from unnest($1::uuid[], $2::int[]) w (id, count) join audiences a on a.id = w.id
               group by a.capacity_id
           ), taken as (
               update capacities c set taken = taken + w.count from wanted w
               where c.id = w.capacity_id and (c.size is null or (c.taken + w.count <= c.size and c.waiting = 0)) returning c.id
           )
           select a.id from audiences a join taken on taken.id = a.capacity_id where a.id = any ($1)"#,
        &audiences,
        &counts
    )
    .fetch_all(tx)
    .await?;
    Ok(wanted.into_keys().map(|audience| (audience, taken.contains(&audience.0))).collect())
}

/// People to add, a column each.
#[derive(Default)]
pub(in crate::registration::desk) struct NewPeople {
    ids: Vec<Uuid>,
    audiences: Vec<Uuid>,
    names: Vec<String>,
    phones: Vec<Option<String>>,
    emails: Vec<Option<String>>,
    organisations: Vec<Option<String>>,
    job_titles: Vec<Option<String>>,
    attentions: Vec<Option<String>>,
    references: Vec<String>,
    search_texts: Vec<String>,
    keys: Vec<Uuid>,
    link_hashes: Vec<Vec<u8>>,
    tickets: Vec<i64>,
    codes: Vec<String>,
}

impl NewPeople {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    #[expect(clippy::too_many_arguments, reason = "a row and what is made for it")]
    pub fn push(
        &mut self,
        row: &ImportRow,
        id: Uuid,
        key: Uuid,
        link_hash: &[u8; 32],
        ticket: TicketId,
        code: &ShortCode,
        search_text: String,
    ) {
        self.ids.push(id);
        self.audiences.push(row.audience.0);
        self.names.push(row.full_name.as_str().to_owned());
        self.phones.push(row.phone.as_ref().map(|phone| phone.e164().to_owned()));
        self.emails.push(row.email.as_ref().map(|email| email.as_str().to_owned()));
        self.organisations.push(row.organisation.clone());
        self.job_titles.push(row.job_title.clone());
        self.attentions.push(row.attention.clone());
        self.references.push(row.reference.clone());
        self.search_texts.push(search_text);
        self.keys.push(key);
        self.link_hashes.push(link_hash.to_vec());
        self.tickets.push(ticket.0.cast_signed());
        self.codes.push(code.as_str().to_owned());
    }
}

/// Stores new people with their tickets, consents and audit entries.
pub(in crate::registration::desk) async fn add(
    tx: &mut PgConnection,
    edition: EditionId,
    people: &NewPeople,
    notice_version: &str,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"with given as (
               select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                   $12::text[], $13::uuid[], $14::bytea[], $15::bigint[], $16::text[])
               as g (id, audience_id, full_name, phone, email, organisation_name, job_title, attention, external_ref, search_text, key, link_hash, ticket, code)
           ), person as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, email, organisation_name, job_title,
                   attention, external_ref, search_text, link_hash, idempotency_key, created_at, channel)
               select id, $1, audience_id, 'confirmed', 'vi', full_name, phone, email, organisation_name, job_title, attention, external_ref,
                   search_text, link_hash, key, $2, 'import' from given
               returning id
           ), ticket as (
               insert into tickets (id, registration_id, edition_id, short_code, issued_at) select ticket, id, $1, code, $2 from given
           ), consent as (
               insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
               select id, $17, true, $18, $19, 'vi', 'import', $2 from given
           )
           insert into audit_log (at, actor_kind, actor_id, action, subject_kind, subject_id)
           select $2, 'account', $20::uuid, 'registration.import', 'registration', id from person"#,
        edition.0,
        at,
        &people.ids,
        &people.audiences,
        &people.names,
        &people.phones as &[Option<String>],
        &people.emails as &[Option<String>],
        &people.organisations as &[Option<String>],
        &people.job_titles as &[Option<String>],
        &people.attentions as &[Option<String>],
        &people.references,
        &people.search_texts,
        &people.keys,
        &people.link_hashes,
        &people.tickets,
        &people.codes,
        Purpose::Attend.key(),
        notice_version,
        &Purpose::Attend.statement_hash(Locale::Vi)[..],
        by
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Changes people who are known where the list says otherwise, and gives back who was changed. Whoever has ended or was erased
/// stays so; the audience stays, since a seat belongs to it.
pub(in crate::registration::desk) async fn change(
    tx: &mut PgConnection,
    edition: EditionId,
    rows: &[ImportRow],
    search_texts: &[String],
    at: DateTime<Utc>,
) -> Result<Vec<RegistrationId>, Error> {
    let references: Vec<String> = rows.iter().map(|row| row.reference.clone()).collect();
    let names: Vec<String> = rows.iter().map(|row| row.full_name.as_str().to_owned()).collect();
    let phones: Vec<Option<String>> = rows.iter().map(|row| row.phone.as_ref().map(|phone: &Phone| phone.e164().to_owned())).collect();
    let emails: Vec<Option<String>> = rows.iter().map(|row| row.email.as_ref().map(|email: &Email| email.as_str().to_owned())).collect();
    let organisations: Vec<Option<String>> = rows.iter().map(|row| row.organisation.clone()).collect();
    let job_titles: Vec<Option<String>> = rows.iter().map(|row| row.job_title.clone()).collect();
    let attentions: Vec<Option<String>> = rows.iter().map(|row| row.attention.clone()).collect();
    let ids = sqlx::query_scalar!(
        r#"update registrations r
           set full_name = g.full_name, phone = g.phone, email = g.email, organisation_name = g.organisation_name, job_title = g.job_title,
               attention = g.attention, search_text = g.search_text, updated_at = $2,
               phone_place = case when r.phone is not distinct from g.phone then r.phone_place end
           from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
               as g (external_ref, full_name, phone, email, organisation_name, job_title, attention, search_text)
           where r.edition_id = $1 and r.external_ref = g.external_ref and r.ended_at is null and r.erased_at is null
             and (r.full_name, r.phone, r.email, r.organisation_name, r.job_title, r.attention)
                 is distinct from (g.full_name, g.phone, g.email, g.organisation_name, g.job_title, g.attention)
           returning r.id"#,
        edition.0,
        at,
        &references,
        &names,
        &phones as &[Option<String>],
        &emails as &[Option<String>],
        &organisations as &[Option<String>],
        &job_titles as &[Option<String>],
        &attentions as &[Option<String>],
        search_texts
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(RegistrationId).collect())
}
