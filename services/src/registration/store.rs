//! The SQL of registration.

mod answers;
pub(super) mod badges;
pub(super) mod change;
pub(super) mod decide;
pub(super) mod invitation;
pub(super) mod merge;
pub(super) mod queue;
pub(super) mod queues;
pub(super) mod seats;
pub(super) mod spare;
pub(super) mod standing;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    checkin::Standing,
    contact::Phone,
    ids::{AudienceId, DelegationId, EditionId, InvitationId, OrganisationId, RegistrationId, SessionId, WaitingEntryId},
    mail::MessageKind,
    privacy::Decision,
    registration::{
        Answers, Application, AudienceKind, Condition, Details, InvitationCode, OfferedSession, Question, QuestionKind, QuestionOption,
        Status, Window,
    },
    text::{Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgExecutor, PgPool, types::Json};
use uuid::Uuid;

pub(crate) use self::answers::told_answers;
use self::seats::SessionSeat;
use super::{AudienceChoice, Body, BodyKind, CapacityFault, Commune, CommuneKind, Invited, Occupancy, SessionChoice};
use crate::{Error, store::inconsistent};

/// The public audiences, and before them the one that the invitation opens.
pub(super) async fn audiences(
    pool: &PgPool,
    edition: EditionId,
    invitation: Option<&InvitationCode>,
    now: DateTime<Utc>,
) -> Result<Vec<AudienceChoice>, Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.code, a.kind, a.name_vi, a.name_en, a.opens_at, a.closes_at, a.needs_approval, a.has_waiting_list,
                  c.size - c.taken as "left", c.waiting, i.bypasses_capacity as "bypasses_capacity?"
           from audiences a join capacities c on c.id = a.capacity_id
           left join invitations i on i.code_hash = $2 and i.audience_id = a.id and i.uses < i.most_uses and i.revoked_at is null
                and (i.expires_at is null or i.expires_at > $3)
           where a.edition_id = $1 and (a.is_public or i.id is not null) order by i.id is null, a.position, a.code"#,
        edition.0,
        invitation.map(|code| super::hash(code.as_str()).to_vec()),
        now
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AudienceChoice {
                id: AudienceId(row.id),
                kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                window: Window { opens_at: row.opens_at, closes_at: row.closes_at },
                left: row.left.map(|left| left.max(0)),
                waiting: row.waiting,
                needs_approval: row.needs_approval,
                has_waiting_list: row.has_waiting_list,
                invited: row.bypasses_capacity.map(|bypasses| if bypasses { Invited::PastAFullHouse } else { Invited::Plainly }),
            })
        })
        .collect()
}

pub(super) async fn communes(pool: &PgPool) -> Result<Vec<Commune>, Error> {
    let rows =
        sqlx::query!(r#"select gso_code, name_vi, kind = 'phuong' as "is_ward!" from communes order by name_vi collate "vi-x-icu", kind"#)
            .fetch_all(pool)
            .await?;
    let kind = |is_ward| if is_ward { CommuneKind::Ward } else { CommuneKind::Rural };
    Ok(rows.into_iter().map(|row| Commune { code: row.gso_code, name: row.name_vi, kind: kind(row.is_ward) }).collect())
}

/// The edition's questions in their order.
pub(crate) async fn questions(executor: impl PgExecutor<'_>, edition: EditionId) -> Result<Vec<Question>, Error> {
    let rows = sqlx::query!(
        r#"select code, kind, label_vi, label_en, help_vi, help_en, is_required, options as "options: Json<Vec<QuestionOption>>", audiences,
                  asked_if, asked_if_values, least, most, asked_at_check_in, shown_at_check_in
           from questions where edition_id = $1 order by position, code"#,
        edition.0
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Question {
                kind: QuestionKind::from_key(&row.kind).ok_or_else(|| inconsistent("questions.kind"))?,
                code: row.code,
                label: Bilingual { vi: row.label_vi, en: row.label_en },
                help: row.help_vi.map(|vi| Bilingual { vi, en: row.help_en }),
                is_required: row.is_required,
                options: row.options.0,
                audiences: row.audiences,
                asked_if: row.asked_if.map(|question| Condition { question, values: row.asked_if_values }),
                least: row.least,
                most: row.most,
                asked_at_check_in: row.asked_at_check_in,
                shown_at_check_in: row.shown_at_check_in,
            })
        })
        .collect()
}

/// The sessions with seats of their own that have not begun, in the order of their times.
pub(super) async fn session_choices(pool: &PgPool, edition: EditionId, now: DateTime<Utc>) -> Result<Vec<SessionChoice>, Error> {
    let rows = sqlx::query!(
        r#"select s.id, s.title_vi, s.title_en, s.starts_at, s.ends_at, m.name_vi as room_vi, m.name_en as room_en,
                  c.size - c.taken as "left", c.waiting
           from sessions s join capacities c on c.id = s.capacity_id join rooms m on m.id = s.room_id
           where s.edition_id = $1 and s.starts_at > $2 order by s.starts_at, s.ends_at, s.code"#,
        edition.0,
        now
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionChoice {
            offered: OfferedSession {
                id: SessionId(row.id),
                title: Bilingual { vi: row.title_vi, en: row.title_en },
                starts_at: row.starts_at,
                ends_at: row.ends_at,
            },
            room: Bilingual { vi: row.room_vi, en: row.room_en },
            left: row.left.map(|left| left.max(0)),
            waiting: row.waiting,
        })
        .collect())
}

/// The bodies that may be chosen on this day, those of communes last.
pub(super) async fn organisations(pool: &PgPool, on: NaiveDate) -> Result<Vec<Body>, Error> {
    let rows = sqlx::query!(
        r#"select id, name_vi, name_en, kind = 'ubnd_xa' as "is_commune!" from organisations o where may_be_chosen(o, $1)
           order by kind = 'ubnd_xa', position, name_vi collate "vi-x-icu""#,
        on
    )
    .fetch_all(pool)
    .await?;
    let kind = |is_commune| if is_commune { BodyKind::Commune } else { BodyKind::Department };
    Ok(rows
        .into_iter()
        .map(|row| Body { id: OrganisationId(row.id), name: Bilingual { vi: row.name_vi, en: row.name_en }, kind: kind(row.is_commune) })
        .collect())
}

/// The audience that is asked for, and whether what the application names exists.
#[expect(clippy::struct_excessive_bools, reason = "answers of one query, not states")]
pub(super) struct AudienceFacts {
    pub edition_id: EditionId,
    pub capacity_id: Uuid,
    pub is_public: bool,
    pub window: Window,
    pub needs_approval: bool,
    pub has_waiting_list: bool,
    pub commune_known: bool,
    pub organisation_known: bool,
    /// The invitation that can be used here now, and whether it passes a full house.
    pub invitation: Option<(InvitationId, bool)>,
    /// The most registrations by one phone.
    pub per_phone: i16,
    /// Whether the same form's registration stands.
    pub is_repeat: bool,
    /// How many of the same form's registrations have ended.
    pub ended: i64,
}

pub(super) async fn audience(
    pool: &PgPool,
    application: &Application,
    idempotency_key: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<AudienceFacts>, Error> {
    let row = sqlx::query!(
        r#"select a.edition_id, a.capacity_id, a.is_public, a.opens_at, a.closes_at, a.needs_approval, a.has_waiting_list, e.registrations_per_phone,
                  ($2::text is null or exists (select from communes where gso_code = $2)) as "commune_known!",
                  ($3::uuid is null or exists (select from organisations o where o.id = $3 and may_be_chosen(o, e.peak_on))) as "organisation_known!",
                  exists (select from registrations where idempotency_key = $4 and ended_at is null) as "is_repeat!",
                  (select count(*) from registrations where idempotency_key = $4 and ended_at is not null) as "ended!",
                  i.id as "invitation_id?", i.bypasses_capacity as "bypasses_capacity?"
           from audiences a join editions e on e.id = a.edition_id and e.is_current
           left join invitations i on i.code_hash = $5 and i.audience_id = a.id and i.uses < i.most_uses and i.revoked_at is null
                and (i.expires_at is null or i.expires_at > $6)
           where a.id = $1"#,
        application.audience.0,
        application.details.commune.as_ref().map(domain::registration::CommuneCode::as_str),
        application.details.organisation.map(|id| id.0),
        idempotency_key,
        application.invitation.as_ref().map(|code| super::hash(code.as_str()).to_vec()),
        now
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| AudienceFacts {
        edition_id: EditionId(row.edition_id),
        capacity_id: row.capacity_id,
        is_public: row.is_public,
        window: Window { opens_at: row.opens_at, closes_at: row.closes_at },
        needs_approval: row.needs_approval,
        has_waiting_list: row.has_waiting_list,
        commune_known: row.commune_known,
        organisation_known: row.organisation_known,
        invitation: row.invitation_id.map(InvitationId).zip(row.bypasses_capacity),
        per_phone: row.registrations_per_phone,
        is_repeat: row.is_repeat,
        ended: row.ended,
    }))
}

/// How many of these sessions have seats of their own in the edition.
pub(super) async fn offered_sessions(pool: &PgPool, edition: EditionId, sessions: &[SessionId]) -> Result<usize, Error> {
    let ids: Vec<_> = sessions.iter().map(|id| id.0).collect();
    let known = sqlx::query_scalar!(
        r#"select count(*) as "count!" from sessions where edition_id = $1 and id = any ($2) and capacity_id is not null"#,
        edition.0,
        &ids
    )
    .fetch_one(pool)
    .await?;
    Ok(usize::try_from(known).unwrap_or_default())
}

/// The codes of the questions whose answer names a commune or a body that cannot be chosen.
pub(super) async fn unknown_answers(executor: impl PgExecutor<'_>, edition: EditionId, answers: &Answers) -> Result<Vec<String>, Error> {
    if answers.0.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar!(
        "select q.code from questions q join editions e on e.id = q.edition_id
         cross join lateral jsonb_array_elements_text($2::jsonb -> q.code) given
         where q.edition_id = $1 and (
             (q.kind = 'commune' and not exists (select from communes where gso_code = given))
             or (q.kind = 'organisation' and not exists (select from organisations o where o.id::text = given and may_be_chosen(o, e.peak_on))))",
        edition.0,
        Json(answers) as _
    )
    .fetch_all(executor)
    .await?)
}

/// All that a registration stores.
#[derive(Clone)]
pub(super) struct NewRegistration {
    pub id: RegistrationId,
    pub edition_id: EditionId,
    pub capacity_id: Uuid,
    /// Which of the phone's registrations it is.
    pub place: i16,
    pub audience: AudienceId,
    pub locale: Locale,
    pub details: Details,
    pub decisions: Vec<Decision>,
    pub status: Status,
    pub invitation: Option<InvitationId>,
    pub search_text: String,
    pub link_hash: [u8; 32],
    pub idempotency_key: Uuid,
    pub at: DateTime<Utc>,
    pub notice_version: &'static str,
    pub ticket_id: TicketId,
    pub short_code: ShortCode,
    pub message_id: Uuid,
}

impl NewRegistration {
    /// What the person is told at once.
    fn message(&self) -> MessageKind {
        match self.status {
            Status::Pending => MessageKind::Pending,
            Status::Waiting => MessageKind::Waiting,
            _ => MessageKind::Ticket,
        }
    }
}

/// How the race for a seat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    Taken,
    /// No seat is free, or others wait for one.
    Full,
    /// Another registration of this phone has this place among them.
    PlaceInUse,
    /// The same form was stored a moment ago.
    Repeat,
    /// Another ticket has this number or short code.
    NumberInUse,
}

/// The error by which a statement ends that finds the last seat gone (function `no_seat`).
const NO_SEAT: &str = "NS001";

/// Stores the person, the ticket of a confirmed one, the consents, the audit entry and the message, and takes the phone's
/// place and a seat for the day (unless it `is_settled` already), by one statement. The seat comes last: whoever
/// registers at the same time waits for its counter until all of this is committed.
///
/// After any other outcome than [`Seat::Taken`] a transaction around it is of no more use.
pub(super) async fn take_seat(executor: impl PgExecutor<'_>, person: &NewRegistration, is_settled: bool) -> Result<Seat, Error> {
    let Details { full_name, phone, email, commune, organisation, organisation_name, tax_code, job_title, answers, .. } = &person.details;
    let purposes: Vec<String> = person.decisions.iter().map(|decision| decision.purpose.key().to_owned()).collect();
    let given: Vec<bool> = person.decisions.iter().map(|decision| decision.given).collect();
    let hashes: Vec<Vec<u8>> = person.decisions.iter().map(|decision| decision.purpose.statement_hash(person.locale).to_vec()).collect();
    let stored = sqlx::query!(
        r#"with free as (
               select from capacities where id = $1 and waiting = 0 and (size is null or taken < size)
           ), person as (
               insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, email, commune_code,
                   organisation_id, organisation_name, tax_code, job_title, search_text, link_hash, idempotency_key, created_at, phone_place,
                   answers, invitation_id)
               select $2, $3, $4, $26, $5, $6, $7::text, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                   case when $7 is not null then $24::smallint end, $27, $28
               where $25 or exists (select from free)
               on conflict (edition_id, phone, phone_place) where ended_at is null do nothing
               returning id
           ), ticket as (
               insert into tickets (id, registration_id, edition_id, short_code, issued_at)
               select $18, id, $3, $19, $17 from person where $26 = 'confirmed'
               returning id
           ), consent as (
               insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
               select person.id, asked.purpose, asked.given, $20, asked.hash, $5, 'form', $17
               from person, unnest((select $21::text[]), $22::bool[], $23::bytea[]) asked (purpose, given, hash)
               returning id
           ), entry as (
               insert into audit_log (at, actor_kind, action, subject_kind, subject_id)
               select $17, 'anonymous', 'registration.register', 'registration', id from person
               returning id
           ), way as (
               select way from (
                   select case when $8 is not null then 'email'
                               when $7 is not null and exists (select from message_channels where channel = 'sms') then 'sms' end as way
               ) to_person where way is not null
           ), message as (
               insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
               select $29, $3, $30, way, id, $17, $17 from person, way
               returning id
           ), stored as (
               select count(*) as n from (
                   select from ticket union all select from consent union all select from entry union all select from message
               ) every_row
           ), seat as (
               update capacities set taken = taken + 1
               where id = $1 and not $25 and exists (select from person) and (select n from stored) >= 0
                     and waiting = 0 and (size is null or taken < size)
               returning id
           )
           select exists (select from person) as "is_stored!", $25 or exists (select from free) as "has_room!",
                  case when exists (select from person) and not $25 and not exists (select from seat) then no_seat() end"#,
        person.capacity_id,
        person.id.0,
        person.edition_id.0,
        person.audience.0,
        person.locale.tag(),
        full_name.as_str(),
        phone.as_ref().map(Phone::e164),
        email.as_ref().map(domain::contact::Email::as_str),
        commune.as_ref().map(domain::registration::CommuneCode::as_str),
        organisation.map(|id| id.0),
        organisation_name.as_deref(),
        tax_code.as_ref().map(domain::contact::TaxCode::as_str),
        job_title.as_deref(),
        person.search_text,
        &person.link_hash[..],
        person.idempotency_key,
        person.at,
        person.ticket_id.0.cast_signed(),
        person.short_code.as_str(),
        person.notice_version,
        &purposes,
        &given,
        &hashes,
        person.place,
        is_settled,
        person.status.key(),
        Json(answers) as _,
        person.invitation.map(|id| id.0),
        person.message_id,
        person.message().key()
    )
    .fetch_one(executor)
    .await;
    match stored {
        Ok(row) if row.is_stored => Ok(Seat::Taken),
        Ok(row) if row.has_room => Ok(Seat::PlaceInUse),
        Ok(_) => Ok(Seat::Full),
        Err(error) => not_taken(error),
    }
}

/// The lowest place that a phone still has among its registrations of an edition.
pub(super) async fn free_place(pool: &PgPool, edition: EditionId, phone: &Phone, per_phone: i16) -> Result<Option<i16>, Error> {
    Ok(sqlx::query_scalar!(
        r#"select n::smallint as "n!" from generate_series(1, $3::int) n
           where not exists (select from registrations where edition_id = $1 and phone = $2 and phone_place = n and ended_at is null)
           order by n limit 1"#,
        edition.0,
        phone.e164(),
        i32::from(per_phone)
    )
    .fetch_optional(pool)
    .await?)
}

/// What it means that the statement of [`take_seat`] failed.
fn not_taken(error: sqlx::Error) -> Result<Seat, Error> {
    let sqlx::Error::Database(error) = error else { return Err(error.into()) };
    if error.code().as_deref() == Some(NO_SEAT) {
        return Ok(Seat::Full);
    }
    match error.constraint() {
        Some("registrations_idempotency_key_key" | "registrations_link_hash_key") => Ok(Seat::Repeat),
        Some("tickets_pkey" | "tickets_short_code_key") => Ok(Seat::NumberInUse),
        _ => Err(sqlx::Error::Database(error).into()),
    }
}

/// A registration with its ticket, if it has one.
pub(super) struct TicketRow {
    pub registration_id: RegistrationId,
    pub edition_id: EditionId,
    pub status: Status,
    pub locale: Locale,
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    pub audience_kind: AudienceKind,
    pub people: i16,
    pub delegation: Option<DelegationId>,
    pub entry: Option<WaitingEntryId>,
    pub decision_message: Option<String>,
    pub changes_until: DateTime<Utc>,
    pub ticket: Option<IssuedRow>,
    pub ended_at: Option<DateTime<Utc>>,
    pub is_erased: bool,
    pub is_merged: bool,
}

/// A ticket.
pub(super) struct IssuedRow {
    pub id: TicketId,
    pub reissue: u8,
    pub is_spare: bool,
    pub short_code: ShortCode,
    pub standing: Standing,
}

pub(super) async fn ticket(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<TicketRow>, Error> {
    find_ticket(pool, Some(link_hash), None).await
}

pub(super) async fn ticket_by_id(pool: &PgPool, id: TicketId) -> Result<Option<TicketRow>, Error> {
    find_ticket(pool, None, Some(id)).await
}

/// By link or by number: one id is found first, so that the plan is a look-up in indexes however many tickets there are.
async fn find_ticket(pool: &PgPool, link_hash: Option<&[u8; 32]>, id: Option<TicketId>) -> Result<Option<TicketRow>, Error> {
    let row = sqlx::query!(
        r#"select r.id as registration_id, r.edition_id, r.status, r.locale, r.full_name, r.phone, r.email, r.ended_at, r.people,
                  r.delegation_id, r.waiting_entry_id, r.decision_message,
                  r.erased_at is not null as "is_erased!", r.merged_into is not null as "is_merged!",
                  coalesce(e.changes_until, (e.ends_on + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh') as "changes_until!",
                  coalesce(o.name_vi, r.organisation_name) as organisation, a.name_vi, a.name_en, a.kind,
                  t.id as "ticket_id?", t.reissue as "reissue?", t.is_spare as "is_spare?", t.short_code as "short_code?", t.standing as "standing?"
           from registrations r
           join editions e on e.id = r.edition_id
           join audiences a on a.id = r.audience_id
           left join tickets t on t.registration_id = r.id
           left join organisations o on o.id = r.organisation_id
           where r.id = coalesce((select registration_id from tickets where id = $2), (select p.id from registrations p where p.link_hash = $1))"#,
        link_hash.map(|hash| &hash[..]),
        id.map(|id| id.0.cast_signed())
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let ticket = match (row.ticket_id, row.reissue, row.short_code, row.standing) {
            (Some(id), Some(reissue), Some(short_code), Some(standing)) => Some(IssuedRow {
                id: TicketId(id.cast_unsigned()),
                reissue: u8::try_from(reissue).map_err(|_| inconsistent("tickets.reissue"))?,
                is_spare: row.is_spare.unwrap_or_default(),
                short_code: ShortCode::parse(&short_code).ok_or_else(|| inconsistent("tickets.short_code"))?,
                standing: Standing::from_key(&standing).ok_or_else(|| inconsistent("tickets.standing"))?,
            }),
            _ => None,
        };
        Ok(TicketRow {
            registration_id: RegistrationId(row.registration_id),
            edition_id: EditionId(row.edition_id),
            status: Status::from_key(&row.status).ok_or_else(|| inconsistent("registrations.status"))?,
            locale: Locale::from_tag(&row.locale).ok_or_else(|| inconsistent("registrations.locale"))?,
            full_name: row.full_name,
            phone: row.phone,
            email: row.email,
            organisation: row.organisation,
            audience: Bilingual { vi: row.name_vi, en: row.name_en },
            audience_kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
            people: row.people,
            delegation: row.delegation_id.map(DelegationId),
            entry: row.waiting_entry_id.map(WaitingEntryId),
            decision_message: row.decision_message,
            changes_until: row.changes_until,
            ticket,
            ended_at: row.ended_at,
            is_erased: row.is_erased,
            is_merged: row.is_merged,
        })
    })
    .transpose()
}

/// A session that a registration asked for, how it sits there, and its place in the queue.
pub(super) struct SessionRow {
    pub id: SessionId,
    pub code: String,
    pub title: Bilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub room: Bilingual,
    pub seat: SessionSeat,
    pub position: Option<i64>,
    pub offered_until: Option<DateTime<Utc>>,
}

pub(super) async fn sessions(pool: &PgPool, id: RegistrationId) -> Result<Vec<SessionRow>, Error> {
    let rows = sqlx::query!(
        r#"select s.id, s.code, s.title_vi, s.title_en, s.starts_at, s.ends_at, m.name_vi as room_vi, m.name_en as room_en, seat.state,
                  w.offered_until as "offered_until?",
                  (select sum(before.people) from waiting_entries before
                   where before.capacity_id = w.capacity_id and before.state = 'waiting' and before.place < w.place) as before
           from session_seats seat join sessions s on s.id = seat.session_id join rooms m on m.id = s.room_id
           left join waiting_entries w on w.registration_id = seat.registration_id and w.session_id = seat.session_id and w.state in ('waiting', 'offered')
           where seat.registration_id = $1 order by s.starts_at, s.code"#,
        id.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let seat = SessionSeat::from_key(&row.state).ok_or_else(|| inconsistent("session_seats.state"))?;
            Ok(SessionRow {
                id: SessionId(row.id),
                code: row.code,
                title: Bilingual { vi: row.title_vi, en: row.title_en },
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                room: Bilingual { vi: row.room_vi, en: row.room_en },
                seat,
                position: (seat == SessionSeat::Waiting).then(|| row.before.unwrap_or_default() + 1),
                offered_until: row.offered_until,
            })
        })
        .collect()
}

/// Where a party stands in its queue: the number of people before it plus one, and the end of its offer.
pub(super) async fn place(pool: &PgPool, entry: WaitingEntryId) -> Result<Option<(i64, Option<DateTime<Utc>>)>, Error> {
    let row = sqlx::query!(
        r#"select w.offered_until,
                  (select sum(before.people) from waiting_entries before
                   where before.capacity_id = w.capacity_id and before.state = 'waiting' and before.place < w.place) as before
           from waiting_entries w where w.id = $1"#,
        entry.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.before.unwrap_or_default() + 1, row.offered_until)))
}

/// The first gate that admits this kind of visitor.
pub(super) async fn first_gate(
    pool: &PgPool,
    edition: EditionId,
    kind: AudienceKind,
) -> Result<Option<(Bilingual, Option<DateTime<Utc>>)>, Error> {
    let row = sqlx::query!(
        "select name_vi, name_en, opens_at from checkpoints
         where edition_id = $1 and kind = 'gate' and (admits = '{}' or $2 = any (admits)) order by position, code limit 1",
        edition.0,
        kind.key()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (Bilingual { vi: row.name_vi, en: row.name_en }, row.opens_at)))
}

pub(super) async fn numbers(pool: &PgPool) -> Result<Vec<Occupancy>, Error> {
    let rows = sqlx::query!(
        "select c.id, c.taken, c.size, c.waiting, a.name_vi, a.name_en
         from capacities c join audiences a on a.capacity_id = c.id join editions e on e.id = c.edition_id and e.is_current
         order by min(a.position) over (partition by c.id), c.id, a.position, a.code"
    )
    .fetch_all(pool)
    .await?;
    let mut found: Vec<(Uuid, Occupancy)> = Vec::new();
    for row in rows {
        let name = Bilingual { vi: row.name_vi, en: row.name_en };
        match found.last_mut() {
            Some((id, occupancy)) if *id == row.id => occupancy.audiences.push(name),
            _ => found.push((row.id, Occupancy { audiences: vec![name], taken: row.taken, size: row.size, waiting: row.waiting })),
        }
    }
    Ok(found.into_iter().map(|(_, occupancy)| occupancy).collect())
}

pub(super) async fn capacity_faults(pool: &PgPool) -> Result<Vec<CapacityFault>, Error> {
    Ok(sqlx::query_as!(
        CapacityFault,
        r#"with seats as (
               select a.capacity_id, sum(r.people) as counted
               from registrations r join audiences a on a.id = r.audience_id where r.status in ('pending', 'offered', 'confirmed') group by 1
               union all
               select s.capacity_id, sum(r.people)
               from session_seats seat join sessions s on s.id = seat.session_id join registrations r on r.id = seat.registration_id
               where seat.state in ('offered', 'held') group by 1
           ), queues as (
               select capacity_id, sum(people) as counted from waiting_entries where state = 'waiting' group by 1
           )
           select coalesce((select string_agg(a.code, ', ' order by a.code) from audiences a where a.capacity_id = c.id),
                           (select s.code from sessions s where s.capacity_id = c.id), '') as "of!",
                  c.taken::bigint as "taken!", coalesce(seats.counted, 0) as "counted!",
                  c.waiting::bigint as "waiting!", coalesce(queues.counted, 0) as "queued!"
           from capacities c left join seats on seats.capacity_id = c.id left join queues on queues.capacity_id = c.id
           where c.taken <> coalesce(seats.counted, 0) or c.waiting <> coalesce(queues.counted, 0)
           order by 1"#
    )
    .fetch_all(pool)
    .await?)
}
