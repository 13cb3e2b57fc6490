//! The SQL of the roster.

use domain::{
    checkin::{
        Standing,
        roster::{Audience, EnteredBy},
    },
    ids::{CheckpointId, EditionId, EntranceId, ScanId, SessionId},
    registration::{AudienceKind, ToldAnswer},
    text::PersonName,
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgPool, types::Json};

use super::cursor::RowKey;
use crate::{Error, store::inconsistent};

/// Where the store's transactions are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transactions {
    /// Whose numbers they are: one copied or restored elsewhere counts its own.
    pub store: i64,
    /// The oldest that is open, and the next that will begin.
    pub oldest_open: i64,
    pub next: i64,
}

pub(super) async fn transactions(pool: &PgPool) -> Result<Transactions, Error> {
    let row = sqlx::query!(
        r#"select pg_snapshot_xmin(s)::text::bigint as "oldest_open!", pg_snapshot_xmax(s)::text::bigint as "next!",
                  (c.system_identifier # d.oid::bigint) as "store!"
           from pg_current_snapshot() s, pg_control_system() c, pg_database d where d.datname = current_database()"#
    )
    .fetch_one(pool)
    .await?;
    Ok(Transactions { store: row.store, oldest_open: row.oldest_open, next: row.next })
}

/// From which transaction on something is new, and before which. What a later one has touched is news of the next round, or came
/// with its number from another store, in a copy of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    since: i64,
    before: i64,
}

impl News {
    /// All that there is for who has nothing.
    pub fn new(since: i64, next: i64) -> Self {
        Self { since, before: if since > 0 { next } else { i64::MAX } }
    }
}

/// A ticket as the list tells it.
#[derive(Clone, Debug)]
pub(super) struct TicketRow {
    pub id: i64,
    pub touched: i64,
    pub reissue: u8,
    pub is_spare: bool,
    pub standing: Standing,
    pub short_code: ShortCode,
    /// The digest of the code of the badge that is valid.
    pub badge: Option<[u8; 32]>,
    pub merged_into: Option<ShortCode>,
    pub audience: Audience,
    pub name: String,
    pub organisation: Option<String>,
    /// How many come in by it, where it is a group's.
    pub people: Option<u16>,
    pub attention: Option<String>,
    /// Those that are shown at the gate.
    pub answers: Vec<ToldAnswer>,
    /// Codes of the questions that are to be asked at the gate.
    pub asks: Vec<String>,
    /// The sessions that the person has a seat in.
    pub seats: Vec<SessionId>,
}

impl TicketRow {
    pub fn ticket(&self) -> TicketId {
        TicketId(self.id.cast_unsigned())
    }
}

/// Tickets that are news, by their numbers.
pub(super) async fn tickets(
    pool: &PgPool,
    edition: EditionId,
    news: News,
    stopped: bool,
    after: i64,
    most: usize,
) -> Result<Vec<TicketRow>, Error> {
    let rows = sqlx::query!(
        r#"select t.id, t.touched, t.reissue, t.is_spare, t.standing, t.short_code, b.digest as "badge?", kept.short_code as "merged_into?",
                  a.kind, a.name_vi, a.name_en, r.full_name, coalesce(o.name_vi, r.organisation_name) as organisation, r.attention, nullif(r.people, 1) as people,
                  case when r.answers <> '{}' then shown_answers(r.edition_id, r.answers) end as "shown?: Json<Vec<ToldAnswer>>",
                  array(select q.code from questions q where q.edition_id = r.edition_id
                        and is_asked_at_check_in(q, a.code, r.answers) order by q.position, q.code) as "asks!",
                  array(select session_id from session_seats h where h.registration_id = r.id and h.state = 'held' order by 1) as "seats!"
           from tickets t
           join registrations r on r.id = t.registration_id
           join audiences a on a.id = r.audience_id
           left join organisations o on o.id = r.organisation_id
           left join badges b on b.ticket_id = t.id and b.stopped_at is null
           left join tickets kept on kept.registration_id = r.merged_into
           where t.edition_id = $1 and t.touched >= $2 and t.touched < $6 and (t.standing <> 'valid' or t.reissue > 0) = $3 and t.id > $4
           order by t.id limit $5"#,
        edition.0,
        news.since,
        stopped,
        after,
        i64::try_from(most).unwrap_or(i64::MAX),
        news.before
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TicketRow {
                id: row.id,
                touched: row.touched,
                reissue: u8::try_from(row.reissue).map_err(|_| inconsistent("tickets.reissue"))?,
                is_spare: row.is_spare,
                standing: Standing::from_key(&row.standing).ok_or_else(|| inconsistent("tickets.standing"))?,
                short_code: ShortCode::parse(&row.short_code).ok_or_else(|| inconsistent("tickets.short_code"))?,
                badge: row.badge.map(|digest| digest.try_into().map_err(|_| inconsistent("badges.digest"))).transpose()?,
                merged_into: row.merged_into.as_deref().and_then(ShortCode::parse),
                audience: audience(&row.kind, row.name_vi, row.name_en)?,
                name: row.full_name,
                organisation: row.organisation,
                people: row.people.map(u16::try_from).transpose().map_err(|_| inconsistent("registrations.people"))?,
                attention: row.attention,
                answers: row.shown.map(|Json(shown)| shown).unwrap_or_default(),
                asks: row.asks,
                seats: row.seats.into_iter().map(SessionId).collect(),
            })
        })
        .collect()
}

/// Unused spare tickets whose making or voiding is news, by their numbers. One that was used is a ticket.
pub(super) async fn spares(
    pool: &PgPool,
    edition: EditionId,
    news: News,
    voided: bool,
    after: i64,
    most: usize,
) -> Result<Vec<TicketRow>, Error> {
    let rows = sqlx::query!(
        "select t.ticket_id, t.touched, t.number, t.short_code, a.kind, a.name_vi, a.name_en
         from spare_tickets t join spare_batches b on b.id = t.batch_id join audiences a on a.id = b.audience_id
         where t.edition_id = $1 and t.touched >= $2 and t.touched < $6 and t.used_at is null and (t.voided_at is not null) = $3 and t.ticket_id > $4
         order by t.ticket_id limit $5",
        edition.0,
        news.since,
        voided,
        after,
        i64::try_from(most).unwrap_or(i64::MAX),
        news.before
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TicketRow {
                id: row.ticket_id,
                touched: row.touched,
                reissue: 0,
                is_spare: true,
                standing: if voided { Standing::Cancelled } else { Standing::Valid },
                short_code: ShortCode::parse(&row.short_code).ok_or_else(|| inconsistent("spare_tickets.short_code"))?,
                badge: None,
                merged_into: None,
                audience: audience(&row.kind, row.name_vi, row.name_en)?,
                name: PersonName::of_guest(row.number.unsigned_abs()).as_str().to_owned(),
                organisation: None,
                people: None,
                attention: None,
                answers: Vec::new(),
                asks: Vec::new(),
                seats: Vec::new(),
            })
        })
        .collect()
}

fn audience(kind: &str, name_vi: String, name_en: Option<String>) -> Result<Audience, Error> {
    Ok(Audience {
        kind: AudienceKind::from_key(kind).ok_or_else(|| inconsistent("audiences.kind"))?,
        name_en: name_en.unwrap_or_else(|| name_vi.clone()),
        name_vi,
    })
}

/// Tickets that were deleted.
pub(super) async fn gone(pool: &PgPool, edition: EditionId, news: News) -> Result<Vec<TicketId>, Error> {
    let rows = sqlx::query_scalar!(
        "select ticket_id from gone_tickets where edition_id = $1 and touched >= $2 and touched < $3",
        edition.0,
        news.since,
        news.before
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|id| TicketId(id.cast_unsigned())).collect())
}

/// Whether a ticket is in at an entrance.
pub(super) struct EnteredRow {
    pub ticket: TicketId,
    pub entrance: EntranceId,
    /// `None`: its admission was undone.
    pub by: Option<EnteredBy>,
}

/// Which admissions are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Admitted<'a> {
    /// Those whose making, changing or undoing is news, or that of their ticket elsewhere: so many after this one.
    Lately { news: News, after: RowKey, most: usize },
    /// Those of these tickets that stand.
    Tickets(&'a [i64]),
}

/// Admissions by ticket and entrance.
pub(super) async fn entered(pool: &PgPool, edition: EditionId, which: Admitted<'_>) -> Result<Vec<EnteredRow>, Error> {
    let nothing = News { since: 0, before: 0 };
    let (news, after, most, tickets) = match which {
        Admitted::Lately { news, after, most } => (news, after, i64::try_from(most).unwrap_or(i64::MAX), &[][..]),
        Admitted::Tickets(tickets) => (nothing, RowKey::default(), i64::MAX, tickets),
    };
    let rows = sqlx::query!(
        r#"select m.ticket_id as "ticket_id!", m.entrance_id as "entrance_id!", a.scan_id as "scan_id?", a.checkpoint_id as "checkpoint_id?", a.device_name as "device_name?", a.at as "at?",
                  case when (p.at, p.scan_id) > (a.at, a.scan_id) and (not p.is_in or (c.area = 'rooms' and p.checkpoint_id <> a.checkpoint_id)) then p.at end as "left_at?"
           from (
               select ticket_id, entrance_id from admissions where touched >= $2 and touched < $6
               union
               select a.ticket_id, a.entrance_id from presences p join admissions a on a.ticket_id = p.ticket_id
               where p.touched >= $2 and p.touched < $6
               union
               select ticket_id, entrance_id from gone_admissions where touched >= $2 and touched < $6
               union
               select ticket_id, entrance_id from admissions where ticket_id = any($7)
           ) m
           join tickets t on t.id = m.ticket_id and t.edition_id = $1
           left join (select distinct entrance_id, area from checkpoints_by_programme where edition_id = $1) c on c.entrance_id = m.entrance_id
           left join admissions a on a.ticket_id = m.ticket_id and a.entrance_id = m.entrance_id
           left join presences p on p.ticket_id = m.ticket_id and p.area = c.area
           where (m.ticket_id, m.entrance_id) > ($3, $4)
           order by m.ticket_id, m.entrance_id limit $5"#,
        edition.0,
        news.since,
        after.ticket,
        after.entrance,
        most,
        news.before,
        tickets
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| EnteredRow {
        ticket: TicketId(row.ticket_id.cast_unsigned()),
        entrance: EntranceId(row.entrance_id),
        by: match (row.scan_id, row.checkpoint_id, row.device_name, row.at) {
            (Some(scan_id), Some(checkpoint), Some(device), Some(at)) => Some(EnteredBy {
                scan_id: ScanId(scan_id),
                checkpoint: CheckpointId(checkpoint),
                device,
                at: at.timestamp_millis(),
                left: row.left_at.map(|left| left.timestamp_millis()),
            }),
            _ => None,
        },
    });
    Ok(rows.collect())
}
