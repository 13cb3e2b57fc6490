//! The SQL of check-in.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Admission, Card, CardAnswer, Checkpoint, CheckpointKind, Door, Record, ScanReport, Session, Standing},
    ids::{CheckpointId, EditionId, EntranceId, ScanId},
    registration::{AudienceKind, ToldAnswer},
    text::Bilingual,
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

pub(super) mod follow;
mod insert;
mod scanned;

pub(super) use insert::{Fact, insert};
pub(super) use scanned::{BY_HAND, BY_VISITOR, Held, Scanned, ScannedBy, Spare};

use super::CheckpointCount;
use crate::{Error, store::inconsistent};

/// A checkpoint with the session behind it, as `checkpoints_by_programme` tells it.
struct PlaceRow {
    id: uuid::Uuid,
    entrance_id: uuid::Uuid,
    year: i16,
    kind: String,
    name_vi: String,
    name_en: String,
    opens_at: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    admits: Vec<String>,
    counts_exits: bool,
    door: Option<Json<Door>>,
}

impl PlaceRow {
    fn checkpoint(self) -> Result<Checkpoint, Error> {
        let unknown = || inconsistent("checkpoints.kind");
        Ok(Checkpoint {
            id: CheckpointId(self.id),
            year: u16::try_from(self.year).map_err(|_| inconsistent("editions.year"))?,
            kind: CheckpointKind::from_key(&self.kind).ok_or_else(unknown)?,
            name_vi: self.name_vi,
            name_en: self.name_en,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            admits: kinds(&self.admits)?,
            door: self.door.map(|Json(door)| door),
            counts_exits: self.counts_exits,
            shares: Some(self.entrance_id).filter(|entrance| *entrance != self.id).map(EntranceId),
        })
    }
}

pub(super) async fn checkpoints(pool: &PgPool, edition: EditionId) -> Result<Vec<Checkpoint>, Error> {
    let rows = sqlx::query_as!(
        PlaceRow,
        r#"select c.id as "id!", c.entrance_id as "entrance_id!", e.year, c.kind as "kind!", c.name_vi as "name_vi!", c.name_en as "name_en!", c.opens_at as "opens_at?", c.closes_at as "closes_at?",
                  c.admits as "admits!", c.counts_exits as "counts_exits!", c.door as "door: Json<Door>"
           from checkpoints_by_programme c join editions e on e.id = c.edition_id where c.edition_id = $1
           order by c.position, c.starts_at, c.code"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(PlaceRow::checkpoint).collect()
}

/// The sessions that people take seats in, in their order.
pub(super) async fn sessions(pool: &PgPool, edition: EditionId) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query_scalar!(
        r#"select s.told as "told!: Json<Session>" from told_sessions s
           where s.edition_id = $1 and s.takes_seats order by s.starts_at, s.id"#,
        edition.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|Json(session)| session).collect())
}

fn kinds(keys: &[String]) -> Result<Vec<AudienceKind>, Error> {
    keys.iter().map(|key| AudienceKind::from_key(key).ok_or_else(|| inconsistent("checkpoints.admits"))).collect()
}

/// What a phone did and the rule would not have done, or what cannot be believed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Two gates let one ticket in; this scan is not the first of them, and nothing tells that it had left in between.
    EnteredTwice,
    /// The phone let in who should not have come in here.
    EnteredAgainstRule,
    /// Another name was told of this entry by a spare ticket than its holder's: two people came in by it.
    SecondGuest,
    /// The phone's time cannot be right, so the scan counts from its arrival.
    Clock,
    /// Another phone, or another account, made the scan than the one that brought it.
    ForeignPhone,
    /// The phone or the account on it was signed out, or its day was over when it scanned.
    EndedPhone,
}

impl ConflictKind {
    pub const ALL: [Self; 6] =
        [Self::EnteredTwice, Self::EnteredAgainstRule, Self::SecondGuest, Self::Clock, Self::ForeignPhone, Self::EndedPhone];

    /// What stands for somebody who may have come in wrongly: of an entry, not of who tells it or when.
    pub const OF_ENTRY: [Self; 3] = [Self::EnteredTwice, Self::EnteredAgainstRule, Self::SecondGuest];

    /// The kind with this [`ConflictKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::EnteredTwice => "entered_twice",
            Self::EnteredAgainstRule => "entered_against_rule",
            Self::SecondGuest => "second_guest",
            Self::Clock => "clock",
            Self::ForeignPhone => "foreign_phone",
            Self::EndedPhone => "ended_phone",
        }
    }
}

/// All that one scan is decided by.
pub(super) struct State {
    pub edition: EditionId,
    pub checkpoint: Checkpoint,
    /// Those that the person has a seat in, at a door that asks for one.
    pub sessions: Vec<Session>,
    /// The answer that this scan got before, without the card.
    pub report: Option<ScanReport>,
    pub ticket: Option<TicketId>,
    /// No ticket has the code, but a spare one that is nobody's.
    pub is_spare: bool,
    /// Whether another badge was printed in place of the one that was held up.
    pub is_badge_stopped: bool,
    pub record: Option<Record>,
    /// The last fact about where the ticket is, in the area of the checkpoint.
    pub last: Option<ScanId>,
    /// When whoever the scan says to be made by might scan no more: the sign-in was ended from elsewhere, the account shut, the paired
    /// phone signed out from elsewhere, or its day over.
    pub maker_ended_at: Option<DateTime<Utc>>,
    /// When the sign-in or the pairing began that the scan says to be made under, where the server knows it; of a phone only where
    /// another one brings the scan.
    pub maker_signed_in_at: Option<DateTime<Utc>>,
    /// The same of whoever brings it. Of an account the first of its sign-ins that last, as it is not told which of them brings it.
    pub bringer_signed_in_at: Option<DateTime<Utc>>,
    /// When the phone that brings the scan, or that made it, told last that nothing waited on it.
    pub synced_at: Option<DateTime<Utc>>,
    /// The name of that phone or account, where it is known; of a phone only where another one brings the scan.
    pub maker: Option<String>,
    pub card: Option<Card>,
}

/// Reads everything that these scans are decided by, in one statement and in their order; `None` for an unknown checkpoint.
/// A scan that is stored already has the ticket that it had.
///
/// Postgres plans this once for each connection, as `(select …)` hides from it how many scans are asked for: planning takes
/// as long as reading. `offset 0` holds it to the primary keys of tables that are empty when it plans and large when the
/// gates have opened.
pub(super) async fn states(store: impl PgExecutor<'_>, scans: &[&Scanned]) -> Result<Vec<Option<State>>, Error> {
    let checkpoints: Vec<_> = scans.iter().map(|scan| scan.checkpoint.0).collect();
    let ids: Vec<_> = scans.iter().map(|scan| scan.submission.scan_id.0).collect();
    let tickets: Vec<_> = scans.iter().map(|scan| scan.held.ticket()).collect();
    let short_codes: Vec<_> = scans.iter().map(|scan| scan.held.short_code()).collect();
    let badges: Vec<_> = scans.iter().map(|scan| scan.held.badge()).collect();
    let sign_ins = || scans.iter().map(|scan| scan.submission.sign_in);
    let accounts: Vec<_> = sign_ins().map(|sign_in| sign_in.map(|sign_in| sign_in.account.0)).collect();
    let sign_in_times: Vec<_> = sign_ins().map(|sign_in| sign_in.map(|sign_in| sign_in.at)).collect();
    // Of a phone that brings its own scans all is known that is asked.
    let foreign = |scan: &Scanned| scan.submission.made_by.map(|maker| maker.0).filter(|maker| scan.by.device != Some(*maker));
    let phones: Vec<_> = scans.iter().map(|scan| foreign(scan)).collect();
    let brought_by_phones: Vec<_> = scans.iter().map(|scan| scan.by.device).collect();
    let brought_by_accounts: Vec<_> = scans.iter().map(|scan| scan.by.account).collect();
    let rows = sqlx::query_as!(
        StateRow,
        r#"select asked.position as "position!", c.id as "checkpoint_id!", c.entrance_id as "entrance_id!", c.edition_id as "edition_id!", e.year as "year!",
                  c.kind as "checkpoint_kind!", c.name_vi as "name_vi!", c.name_en as "name_en!", c.opens_at, c.closes_at,
                  c.admits as "admits!", c.counts_exits as "counts_exits!", c.door as "door: Json<Door>",
                  case when c.takes_seats then held_sessions(r.id) end as "seats: Json<Vec<Session>>",
                  s.report as "report?: Json<ScanReport>",
                  t.id as "ticket_id?", t.reissue as "reissue?", t.standing as "standing?",
                  t.id is null and (
                      exists (select from spare_tickets where ticket_id = asked.ticket_id and edition_id = c.edition_id and used_at is null)
                      or exists (select from spare_tickets where short_code = asked.short_code and edition_id = c.edition_id and used_at is null)
                  ) as "is_spare!",
                  b.stopped_at is not null as "is_badge_stopped!",
                  a.kind as "kind?", a.name_vi as "audience_vi?", a.name_en as "audience_en?",
                  r.full_name as "full_name?", kept.short_code as "merged_into?", coalesce(o.name_vi, r.organisation_name) as "organisation?",
                  r.attention as "attention?", nullif(r.people, 1) as "people?", case when r.answers <> '{}' then shown_answers(r.edition_id, r.answers) end as "shown?: Json<Vec<ToldAnswer>>",
                  array(select q.code from questions q where q.edition_id = r.edition_id
                        and is_asked_at_check_in(q, a.code, r.answers) order by q.position, q.code) as "asks!",
                  m.scan_id as "admitted_by?", there.id as "admitted_at_id?", there.name_vi as "admitted_at_vi?",
                  there.name_en as "admitted_at_en?", m.device_name as "admitted_device?", m.at as "admitted_at?",
                  p.scan_id as "last?", case when (p.at, p.scan_id) > (m.at, m.scan_id) and (not p.is_in or (c.area = 'rooms' and p.checkpoint_id <> c.id)) then p.at end as "left_at?",
                  least(ma.disabled_at, md.ended_at, ms.revoked_at) as "maker_ended_at?",
                  greatest(md.paired_at, ms.signed_in_at) as "maker_signed_in_at?",
                  coalesce(bd.paired_at, (select min(created_at) from web_sessions where account_id = asked.by_account)) as "bringer_signed_in_at?",
                  greatest(bd.synced_at, md.synced_at, ms.synced_at) as "synced_at?",
                  coalesce(md.name, ma.full_name) as "maker?"
           from unnest((select $1::uuid[]), $2::uuid[], $3::bigint[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[], $8::uuid[],
                       $9::uuid[], $10::uuid[]) with ordinality
                as asked (checkpoint_id, scan_id, ticket_id, short_code, badge, account_id, signed_in_at, device_id, by_device, by_account, position)
           join checkpoints_by_programme c on c.id = asked.checkpoint_id
           join editions e on e.id = c.edition_id
           left join lateral (select * from scans where id = asked.scan_id offset 0) s on true
           left join lateral (select * from badges where digest = asked.badge offset 0) b on true
           left join tickets t on t.edition_id = c.edition_id
                and t.id = case when s.id is null
                    then coalesce(asked.ticket_id, (select id from tickets where short_code = asked.short_code), b.ticket_id) else s.ticket_id end
           left join registrations r on r.id = t.registration_id
           left join audiences a on a.id = r.audience_id
           left join tickets kept on kept.registration_id = r.merged_into
           left join organisations o on o.id = r.organisation_id
           left join lateral (select * from admissions where ticket_id = t.id and entrance_id = c.entrance_id offset 0) m on true
           left join checkpoints there on there.id = m.checkpoint_id
           left join lateral (select * from presences where ticket_id = t.id and area = c.area offset 0) p on true
           left join lateral (select full_name, disabled_at from accounts where id = asked.account_id offset 0) ma on true
           left join lateral (
               select min(signed_in_at) as signed_in_at, min(revoked_at) as revoked_at, max(synced_at) as synced_at
               from (
                   select created_at as signed_in_at, revoked_at, synced_at
                   from devices where account_id = asked.account_id and created_at = asked.signed_in_at
                   union all
                   select created_at, null, null from web_sessions where account_id = asked.account_id and created_at = asked.signed_in_at
               ) known
           ) ms on true
           left join lateral (
               select name, paired_at, synced_at, least(expires_at, case when not is_signed_out_by_itself then revoked_at end) as ended_at
               from devices where id = asked.device_id offset 0
           ) md on true
           left join lateral (select paired_at, synced_at from devices where id = asked.by_device offset 0) bd on true"#,
        &checkpoints,
        &ids,
        &tickets as &[Option<i64>],
        &short_codes as &[Option<&str>],
        &badges as &[Option<Vec<u8>>],
        &accounts as &[Option<uuid::Uuid>],
        &sign_in_times as &[Option<DateTime<Utc>>],
        &phones as &[Option<uuid::Uuid>],
        &brought_by_phones as &[Option<uuid::Uuid>],
        &brought_by_accounts as &[Option<uuid::Uuid>]
    )
    .fetch_all(store)
    .await?;
    let mut states: Vec<Option<State>> = scans.iter().map(|_| None).collect();
    for row in rows {
        // Positions count from one.
        if let Some(slot) = usize::try_from(row.position).ok().and_then(|position| states.get_mut(position - 1)) {
            *slot = Some(row.state()?);
        }
    }
    Ok(states)
}

/// A scan's state as it is read.
struct StateRow {
    position: i64,
    checkpoint_id: uuid::Uuid,
    entrance_id: uuid::Uuid,
    edition_id: uuid::Uuid,
    year: i16,
    checkpoint_kind: String,
    name_vi: String,
    name_en: String,
    opens_at: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    admits: Vec<String>,
    counts_exits: bool,
    door: Option<Json<Door>>,
    seats: Option<Json<Vec<Session>>>,
    report: Option<Json<ScanReport>>,
    ticket_id: Option<i64>,
    reissue: Option<i16>,
    standing: Option<String>,
    is_spare: bool,
    is_badge_stopped: bool,
    kind: Option<String>,
    audience_vi: Option<String>,
    audience_en: Option<String>,
    full_name: Option<String>,
    merged_into: Option<String>,
    organisation: Option<String>,
    people: Option<i16>,
    attention: Option<String>,
    shown: Option<Json<Vec<ToldAnswer>>>,
    asks: Vec<String>,
    admitted_by: Option<uuid::Uuid>,
    admitted_at_id: Option<uuid::Uuid>,
    admitted_at_vi: Option<String>,
    admitted_at_en: Option<String>,
    admitted_device: Option<String>,
    admitted_at: Option<DateTime<Utc>>,
    last: Option<uuid::Uuid>,
    left_at: Option<DateTime<Utc>>,
    maker_ended_at: Option<DateTime<Utc>>,
    maker_signed_in_at: Option<DateTime<Utc>>,
    bringer_signed_in_at: Option<DateTime<Utc>>,
    synced_at: Option<DateTime<Utc>>,
    maker: Option<String>,
}

impl StateRow {
    fn state(self) -> Result<State, Error> {
        let place = PlaceRow {
            id: self.checkpoint_id,
            entrance_id: self.entrance_id,
            year: self.year,
            kind: self.checkpoint_kind,
            name_vi: self.name_vi,
            name_en: self.name_en,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            admits: self.admits,
            counts_exits: self.counts_exits,
            door: self.door,
        };
        let place = place.checkpoint()?;
        let sessions = self.seats.map(|Json(sessions)| sessions).unwrap_or_default();
        let admission = match (self.admitted_by, self.admitted_at_vi, self.admitted_device, self.admitted_at) {
            (Some(scan_id), Some(checkpoint_vi), Some(device), Some(at)) => Some(Admission {
                scan_id: ScanId(scan_id),
                checkpoint: self.admitted_at_id.map(CheckpointId),
                checkpoint_en: self.admitted_at_en.unwrap_or_else(|| checkpoint_vi.clone()),
                checkpoint_vi,
                device,
                at,
                left_at: self.left_at,
            }),
            _ => None,
        };
        let record = match (self.reissue, self.standing, self.kind) {
            (Some(reissue), Some(standing), Some(kind)) => Some(Record {
                audience: AudienceKind::from_key(&kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                reissue: u8::try_from(reissue).map_err(|_| inconsistent("tickets.reissue"))?,
                standing: Standing::from_key(&standing).ok_or_else(|| inconsistent("tickets.standing"))?,
                merged_into: self.merged_into.as_deref().and_then(ShortCode::parse),
                seats: sessions.iter().map(|session| session.id).collect(),
                admission,
            }),
            _ => None,
        };
        let card = self.full_name.zip(self.audience_vi).map(|(name, audience_vi)| Card {
            name,
            audience_en: self.audience_en.unwrap_or_else(|| audience_vi.clone()),
            audience_vi,
            organisation: self.organisation,
            people: self.people.and_then(|people| u16::try_from(people).ok()),
            attention: self.attention,
            answers: self.shown.map(|Json(shown)| CardAnswer::all(&shown)).unwrap_or_default(),
            asks: self.asks,
        });
        Ok(State {
            edition: EditionId(self.edition_id),
            checkpoint: place,
            sessions,
            report: self.report.map(|Json(report)| report),
            ticket: self.ticket_id.map(|id| TicketId(id.cast_unsigned())),
            is_spare: self.is_spare,
            is_badge_stopped: self.is_badge_stopped,
            record,
            last: self.last.map(ScanId),
            maker_ended_at: self.maker_ended_at,
            maker_signed_in_at: self.maker_signed_in_at,
            bringer_signed_in_at: self.bringer_signed_in_at,
            synced_at: self.synced_at,
            maker: self.maker,
            card,
        })
    }
}

/// Stores what phones tell of scans that have their answer and were not undone. What is known already stays as it is.
pub(super) async fn insert_conflicts(
    store: impl PgExecutor<'_>,
    found: &[(ScanId, ConflictKind, EditionId, DateTime<Utc>)],
) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    let scans: Vec<_> = found.iter().map(|(scan, ..)| scan.0).collect();
    let kinds: Vec<_> = found.iter().map(|(_, kind, ..)| kind.key()).collect();
    let editions: Vec<_> = found.iter().map(|(_, _, edition, _)| edition.0).collect();
    let times: Vec<_> = found.iter().map(|(.., at)| *at).collect();
    sqlx::query!(
        "insert into conflicts (scan_id, kind, edition_id, found_at)
         select f.* from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[]) as f (scan_id, kind, edition_id, found_at)
         where not exists (select from undos u where u.scan_id = f.scan_id)
         on conflict on constraint conflicts_pkey do nothing",
        &scans,
        &kinds as &[&str],
        &editions,
        &times
    )
    .execute(store)
    .await?;
    Ok(())
}

/// Whose ticket it is.
pub(super) async fn registration(tx: &mut PgConnection, ticket: TicketId) -> Result<Option<uuid::Uuid>, Error> {
    let found = sqlx::query_scalar!("select registration_id from tickets where id = $1", ticket.0.cast_signed());
    Ok(found.fetch_optional(tx).await?)
}

pub(super) async fn counts(pool: &PgPool) -> Result<Vec<CheckpointCount>, Error> {
    let rows = sqlx::query!(
        r#"with more as (
               select m.checkpoint_id, sum(r.people - 1) as people
               from registrations r join tickets t on t.registration_id = r.id join admissions m on m.ticket_id = t.id
               where r.people > 1 group by 1
           )
           select c.id as "id!", c.name_vi as "name_vi!", c.name_en,
                  (select count(*) from admissions m where m.checkpoint_id = c.id) + coalesce(more.people, 0) as "admitted!",
                  (select count(*) from scans s where s.checkpoint_id = c.id) as "scans!",
                  case when c.area = 'rooms' then (
                      select coalesce(sum(r.people), 0) from presences p join tickets t on t.id = p.ticket_id
                      join registrations r on r.id = t.registration_id where p.checkpoint_id = c.id and p.is_in
                  ) end as inside
           from checkpoints_by_programme c join editions e on e.id = c.edition_id and e.is_current
           left join more on more.checkpoint_id = c.id
           order by c.position, c.starts_at, c.code"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CheckpointCount {
            id: CheckpointId(row.id),
            name: Bilingual { vi: row.name_vi, en: row.name_en },
            admitted: row.admitted,
            scans: row.scans,
            inside: row.inside,
        })
        .collect())
}
