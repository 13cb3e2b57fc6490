//! The SQL of delegations.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AudienceId, DelegationId, EditionId, OrganisationId, RegistrationId, SessionId, WaitingEntryId},
    privacy::{NOTICE_VERSION, Purpose},
    registration::{
        AudienceKind, CommuneCode, Status, Window,
        delegation::{Application, Kind, declaration_hash},
    },
    text::{Bilingual, Locale},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{Error, store::inconsistent};

/// The audience that is asked for, and whether what the application names exists.
#[expect(clippy::struct_excessive_bools, reason = "answers of one query, not states")]
pub(super) struct AudienceFacts {
    pub edition_id: EditionId,
    pub capacity_id: Uuid,
    pub is_public: bool,
    pub needs_approval: bool,
    pub has_waiting_list: bool,
    pub window: Window,
    pub commune_known: bool,
    pub organisation_known: bool,
}

pub(super) async fn audience(pool: &PgPool, application: &Application) -> Result<Option<AudienceFacts>, Error> {
    let row = sqlx::query!(
        r#"select a.edition_id, a.capacity_id, a.is_public, a.needs_approval, a.has_waiting_list, a.opens_at, a.closes_at,
                  ($2::text is null or exists (select from communes where gso_code = $2)) as "commune_known!",
                  ($3::uuid is null or exists (select from organisations o where o.id = $3 and may_be_chosen(o, e.peak_on))) as "organisation_known!"
           from audiences a join editions e on e.id = a.edition_id and e.is_current
           where a.id = $1"#,
        application.audience.0,
        application.commune.as_ref().map(CommuneCode::as_str),
        application.organisation.map(|id| id.0)
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| AudienceFacts {
        edition_id: EditionId(row.edition_id),
        capacity_id: row.capacity_id,
        is_public: row.is_public,
        needs_approval: row.needs_approval,
        has_waiting_list: row.has_waiting_list,
        window: Window { opens_at: row.opens_at, closes_at: row.closes_at },
        commune_known: row.commune_known,
        organisation_known: row.organisation_known,
    }))
}

/// When the delegation of this form left; `None` where there is no such delegation.
pub(super) async fn cancelled_at(pool: &PgPool, key: Uuid) -> Result<Option<Option<DateTime<Utc>>>, Error> {
    Ok(sqlx::query_scalar!("select cancelled_at from delegations where idempotency_key = $1", key).fetch_optional(pool).await?)
}

/// What holds for everybody of a delegation.
#[derive(Clone, Debug)]
pub(super) struct Delegation {
    pub id: DelegationId,
    pub edition_id: EditionId,
    pub audience_id: AudienceId,
    pub capacity_id: Uuid,
    pub kind: Kind,
    pub locale: Locale,
    pub organisation: Option<OrganisationId>,
    pub organisation_name: Option<String>,
    pub tax_code: Option<String>,
    pub commune_code: Option<String>,
    pub needs_approval: bool,
    pub has_waiting_list: bool,
}

/// Stores the delegation, unless the same form's was stored a moment ago.
pub(super) async fn insert(
    tx: &mut PgConnection,
    delegation: &Delegation,
    application: &Application,
    key: Uuid,
    link_hash: &[u8; 32],
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let stored = sqlx::query!(
        "insert into delegations (id, edition_id, audience_id, kind, organisation_id, organisation_name, tax_code, commune_code,
             leader_name, leader_phone, leader_email, locale, link_hash, idempotency_key, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (idempotency_key) do nothing",
        delegation.id.0,
        delegation.edition_id.0,
        delegation.audience_id.0,
        delegation.kind.key(),
        delegation.organisation.map(|id| id.0),
        delegation.organisation_name,
        delegation.tax_code,
        delegation.commune_code,
        application.leader.name.as_str(),
        application.leader.phone.e164(),
        application.leader.email.as_ref().map(domain::contact::Email::as_str),
        delegation.locale.tag(),
        &link_hash[..],
        key,
        at
    )
    .execute(tx)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// One member to be stored.
#[derive(Clone, Debug)]
pub(super) struct NewMember {
    pub id: Uuid,
    pub idempotency_key: Uuid,
    pub link_hash: [u8; 32],
    pub search_text: String,
    pub full_name: String,
    pub job_title: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub people: i16,
}

/// Stores the members, the leader's declaration for each, and an audit entry for each.
pub(super) async fn insert_members(
    tx: &mut PgConnection,
    delegation: &Delegation,
    members: &[NewMember],
    status: Status,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    fn column<T>(members: &[NewMember], of: impl Fn(&NewMember) -> T) -> Vec<T> {
        members.iter().map(of).collect()
    }
    sqlx::query!(
        r#"with member as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, email, commune_code, organisation_id,
                   organisation_name, tax_code, job_title, search_text, link_hash, idempotency_key, people, delegation_id, channel, created_at)
               select m.id, $1, $2, $3, $4, m.full_name, m.phone, m.email, $5, $6, $7, $8, m.job_title, m.search_text, m.link_hash,
                      m.idempotency_key, m.people, $9, 'delegation', $10
               from unnest($11::uuid[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bytea[], $18::uuid[], $19::smallint[])
                   m (id, full_name, phone, email, job_title, search_text, link_hash, idempotency_key, people)
               returning id
           ), consent as (
               insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
               select id, $20, true, $21, $22, $4, 'delegation', $10 from member
           )
           insert into audit_log (at, actor_kind, action, subject_kind, subject_id, detail)
           select $10, 'anonymous', 'registration.register', 'registration', id, jsonb_build_object('delegation', $9::uuid) from member"#,
        delegation.edition_id.0,
        delegation.audience_id.0,
        status.key(),
        delegation.locale.tag(),
        delegation.commune_code,
        delegation.organisation.map(|id| id.0),
        delegation.organisation_name,
        delegation.tax_code,
        delegation.id.0,
        at,
        &column(members, |member| member.id),
        &column(members, |member| member.full_name.clone()),
        &column(members, |member| member.phone.clone()) as &[Option<String>],
        &column(members, |member| member.email.clone()) as &[Option<String>],
        &column(members, |member| member.job_title.clone()) as &[Option<String>],
        &column(members, |member| member.search_text.clone()),
        &column(members, |member| member.link_hash.to_vec()),
        &column(members, |member| member.idempotency_key),
        &column(members, |member| member.people),
        Purpose::Attend.key(),
        NOTICE_VERSION,
        &declaration_hash(delegation.kind, delegation.locale)[..]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores a ticket for each registration whose number and code are free; gives back the others.
pub(super) async fn insert_tickets(
    tx: &mut PgConnection,
    edition: EditionId,
    registrations: &[Uuid],
    numbers: &[i64],
    codes: &[String],
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    let stored = sqlx::query_scalar!(
        "insert into tickets (id, registration_id, edition_id, short_code, issued_at)
         select t.id, t.registration_id, $1, t.short_code, $2
         from unnest($3::bigint[], $4::uuid[], $5::text[]) t (id, registration_id, short_code)
         on conflict do nothing returning registration_id",
        edition.0,
        at,
        numbers,
        registrations,
        codes
    )
    .fetch_all(tx)
    .await?;
    let stored: std::collections::HashSet<_> = stored.into_iter().collect();
    Ok(registrations.iter().copied().filter(|id| !stored.contains(id)).collect())
}

/// A delegation with what surrounds it.
pub(super) struct DelegationRow {
    pub delegation: Delegation,
    pub audience: Bilingual,
    pub audience_kind: AudienceKind,
    pub organisation: String,
    pub leader_name: String,
    pub deadline: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl DelegationRow {
    /// Whether the leader may change the list now.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.cancelled_at.is_none() && now < self.deadline
    }
}

pub(super) async fn delegation(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<DelegationRow>, Error> {
    let row = sqlx::query!(
        r#"select d.id, d.edition_id, d.audience_id, d.kind, d.locale, d.organisation_id, d.organisation_name, d.tax_code, d.commune_code,
                  d.leader_name, d.cancelled_at, a.capacity_id, a.needs_approval, a.has_waiting_list, a.name_vi, a.name_en, a.kind as audience_kind,
                  coalesce(o.name_vi, d.organisation_name, '') as "organisation!",
                  coalesce(e.changes_until, a.closes_at, (e.ends_on + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh') as "deadline!"
           from delegations d
           join audiences a on a.id = d.audience_id
           join editions e on e.id = d.edition_id
           left join organisations o on o.id = d.organisation_id
           where d.link_hash = $1 and d.erased_at is null"#,
        &link_hash[..]
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(DelegationRow {
            delegation: Delegation {
                id: DelegationId(row.id),
                edition_id: EditionId(row.edition_id),
                audience_id: AudienceId(row.audience_id),
                capacity_id: row.capacity_id,
                kind: Kind::from_key(&row.kind).ok_or_else(|| inconsistent("delegations.kind"))?,
                locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("delegations.locale"))?,
                organisation: row.organisation_id.map(OrganisationId),
                organisation_name: row.organisation_name,
                tax_code: row.tax_code,
                commune_code: row.commune_code,
                needs_approval: row.needs_approval,
                has_waiting_list: row.has_waiting_list,
            },
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            audience_kind: AudienceKind::from_key(&row.audience_kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            organisation: row.organisation,
            leader_name: row.leader_name,
            deadline: row.deadline,
            cancelled_at: row.cancelled_at,
        })
    })
    .transpose()
}

/// A member of a delegation.
pub(super) struct MemberRow {
    pub id: RegistrationId,
    pub idempotency_key: Uuid,
    pub full_name: String,
    pub job_title: Option<String>,
    pub phone: Option<String>,
    pub status: Status,
    pub people: u16,
    pub opened_at: Option<DateTime<Utc>>,
}

/// In the order of the list, those that have ended last. Who was erased is on no list.
pub(super) async fn members(pool: &PgPool, delegation: DelegationId) -> Result<Vec<MemberRow>, Error> {
    let rows = sqlx::query!(
        "select id, idempotency_key, full_name, job_title, phone, status, people, opened_at from registrations
         where delegation_id = $1 and erased_at is null order by ended_at is not null, id",
        delegation.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MemberRow {
                id: RegistrationId(row.id),
                idempotency_key: row.idempotency_key,
                full_name: row.full_name,
                job_title: row.job_title,
                phone: row.phone,
                status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
                people: u16::try_from(row.people).map_err(|_| inconsistent("registrations.people"))?,
                opened_at: row.opened_at,
            })
        })
        .collect()
}

/// Who registered by the form has seen the ticket at once: nobody has to be told.
pub(super) async fn opened(pool: &PgPool, link_hash: &[u8; 32], at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "update registrations set opened_at = $2 where link_hash = $1 and opened_at is null and channel <> 'form'",
        &link_hash[..],
        at
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Locks a delegation that has not left, and counts its people who stand.
pub(super) async fn lock(tx: &mut PgConnection, id: DelegationId) -> Result<Option<i64>, Error> {
    let locked = sqlx::query_scalar!("select id from delegations where id = $1 and cancelled_at is null for update", id.0)
        .fetch_optional(&mut *tx)
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    let standing = sqlx::query_scalar!(
        r#"select coalesce(sum(people), 0) as "people!" from registrations where delegation_id = $1 and ended_at is null"#,
        id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(Some(standing))
}

/// Whether a form's registration was stored, however it stands now.
pub(super) async fn is_known(tx: &mut PgConnection, key: Uuid) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(r#"select exists (select from registrations where idempotency_key = $1) as "known!""#, key)
        .fetch_one(tx)
        .await?)
}

/// Locks a member; says how it stands and whether the person has come in.
pub(super) async fn lock_member(
    tx: &mut PgConnection,
    delegation: DelegationId,
    id: RegistrationId,
) -> Result<Option<(Status, bool)>, Error> {
    let row = sqlx::query!(
        r#"select status, exists (select from tickets t join arrivals a on a.ticket_id = t.id where t.registration_id = r.id) as "is_in!"
           from registrations r where r.id = $1 and r.delegation_id = $2 and r.erased_at is null for update of r"#,
        id.0,
        delegation.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| Ok((Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?, row.is_in))).transpose()
}

/// Locks a school's one registration: its id, how it stands, how many come.
pub(super) async fn lock_school(tx: &mut PgConnection, delegation: DelegationId) -> Result<Option<(RegistrationId, Status, u16)>, Error> {
    let row =
        sqlx::query!("select id, status, people from registrations where delegation_id = $1 and ended_at is null for update", delegation.0)
            .fetch_optional(tx)
            .await?;
    row.map(|row| {
        let status = Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?;
        let people = u16::try_from(row.people).map_err(|_| inconsistent("registrations.people"))?;
        Ok((RegistrationId(row.id), status, people))
    })
    .transpose()
}

pub(super) async fn set_people(tx: &mut PgConnection, id: RegistrationId, people: u16, at: DateTime<Utc>) -> Result<(), Error> {
    let people = i16::try_from(people).map_err(|error| Error::Internal(error.into()))?;
    sqlx::query!("update registrations set people = $2, updated_at = $3 where id = $1", id.0, people, at).execute(tx).await?;
    Ok(())
}

/// Ends a registration in favour of another, which takes over its place in the queue, its sessions and its waits for them.
pub(super) async fn hand_over(tx: &mut PgConnection, out: RegistrationId, to: RegistrationId, at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "with seat as (update session_seats set registration_id = $2 where registration_id = $1),
              wait as (update waiting_entries set registration_id = $2 where registration_id = $1),
              ticket as (update tickets set standing = 'cancelled' where registration_id = $1),
              party as (
                  update registrations r set waiting_entry_id = gone.waiting_entry_id
                  from registrations gone where gone.id = $1 and r.id = $2
              )
         update registrations set status = 'cancelled', ended_at = $3, updated_at = $3 where id = $1",
        out.0,
        to.0,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The registrations of a delegation that stand, locked.
pub(super) async fn standing(tx: &mut PgConnection, delegation: DelegationId) -> Result<Vec<RegistrationId>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from registrations where delegation_id = $1 and ended_at is null order by id for update",
        delegation.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(RegistrationId).collect())
}

/// The sessions that members of a delegation asked for.
pub(super) async fn sessions(tx: &mut PgConnection, delegation: DelegationId) -> Result<Vec<SessionId>, Error> {
    let ids = sqlx::query_scalar!(
        "select distinct s.session_id from session_seats s join registrations r on r.id = s.registration_id
         where r.delegation_id = $1 and r.ended_at is null",
        delegation.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// Ends the registrations that hold a seat for the day and nothing else, and their tickets, with an audit entry for each;
/// gives back how many seats they held.
pub(super) async fn end_seated(tx: &mut PgConnection, delegation: DelegationId, at: DateTime<Utc>) -> Result<i16, Error> {
    let seats = sqlx::query_scalar!(
        r#"with seated as (
               select id, status, people from registrations r
               where delegation_id = $1 and status in ('pending', 'confirmed') and invitation_id is null
                     and not exists (select from session_seats s where s.registration_id = r.id)
           ), ended as (
               update registrations r set status = 'cancelled', ended_at = $2, updated_at = $2 from seated where r.id = seated.id
           ), ticket as (
               update tickets t set standing = 'cancelled' from seated where t.registration_id = seated.id
           ), entry as (
               insert into audit_log (at, actor_kind, action, subject_kind, subject_id, detail)
               select $2, 'anonymous', 'registration.cancel', 'registration', id, jsonb_build_object('was', status) from seated
           )
           select coalesce(sum(people), 0)::smallint as "seats!" from seated"#,
        delegation.0,
        at
    )
    .fetch_one(tx)
    .await?;
    Ok(seats)
}

/// Whether a registration is of this delegation.
pub(super) async fn is_member(tx: &mut PgConnection, delegation: DelegationId, id: RegistrationId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from registrations where id = $1 and delegation_id = $2 and erased_at is null) as "is_member!""#,
        id.0,
        delegation.0
    )
    .fetch_one(tx)
    .await?)
}

/// The parties of a delegation that are offered seats.
pub(super) async fn offered(tx: &mut PgConnection, delegation: DelegationId) -> Result<Vec<WaitingEntryId>, Error> {
    let ids = sqlx::query_scalar!(
        r#"select distinct waiting_entry_id as "id!" from registrations
           where delegation_id = $1 and status = 'offered' and waiting_entry_id is not null order by 1"#,
        delegation.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(WaitingEntryId).collect())
}

/// The parties of a delegation that wait or are offered seats, and which of the two.
pub(super) async fn entries(pool: &PgPool, delegation: DelegationId) -> Result<Vec<(WaitingEntryId, bool)>, Error> {
    let rows = sqlx::query!(
        r#"select distinct waiting_entry_id as "id!", status = 'offered' as "is_offered!" from registrations
           where delegation_id = $1 and status in ('waiting', 'offered') and waiting_entry_id is not null order by 1"#,
        delegation.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (WaitingEntryId(row.id), row.is_offered)).collect())
}

pub(super) async fn leave(tx: &mut PgConnection, id: DelegationId, at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update delegations set cancelled_at = $2 where id = $1", id.0, at).execute(tx).await?;
    Ok(())
}
