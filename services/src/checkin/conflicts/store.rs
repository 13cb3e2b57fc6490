//! The SQL of the inbox.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Direction, Standing, VerdictKind},
    ids::{AccountId, EditionId, RegistrationId, ScanId},
    text::Bilingual,
};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{Conflict, ConflictKey, ConflictKind, SecondGuest, Side};
use crate::{Error, access::WAITING_LISTED, checkin::store::BY_HAND, store::inconsistent};

/// Conflicts that are open: what stands for people who may have come in wrongly, then the oldest.
///
/// A page is found first and told afterwards: the two lists differ in their order alone.
pub(super) async fn open_page(pool: &PgPool, edition: EditionId, after: Option<ConflictKey>, most: i64) -> Result<Vec<Conflict>, Error> {
    let (after, after_kind) = parts(after);
    let of_entry = ConflictKind::OF_ENTRY.map(ConflictKind::key);
    let keys = sqlx::query!(
        "select c.scan_id, c.kind from conflicts c
         where c.edition_id = $1 and c.settled_at is null
           and ($2::uuid is null or (c.kind <> all ($5::text[]), c.found_at, c.scan_id, c.kind)
                > (select k.kind <> all ($5::text[]), k.found_at, k.scan_id, k.kind
                   from conflicts k where k.scan_id = $2 and k.kind = $3))
         order by c.kind <> all ($5::text[]), c.found_at, c.scan_id, c.kind limit $4",
        edition.0,
        after,
        after_kind,
        most,
        &of_entry as &[&str]
    )
    .fetch_all(pool)
    .await?;
    told(pool, edition, keys.into_iter().map(|key| (key.scan_id, key.kind)).unzip()).await
}

/// The last settled first. What was opened again since stands before all of them.
pub(super) async fn settled_page(pool: &PgPool, edition: EditionId, after: Option<ConflictKey>, most: i64) -> Result<Vec<Conflict>, Error> {
    let (after, after_kind) = parts(after);
    let keys = sqlx::query!(
        "select c.scan_id, c.kind from conflicts c
         where c.edition_id = $1 and c.settled_at is not null
           and ($2::uuid is null or (c.settled_at, c.scan_id, c.kind)
                < (select coalesce(k.settled_at, 'infinity'), k.scan_id, k.kind from conflicts k where k.scan_id = $2 and k.kind = $3))
         order by c.settled_at desc, c.scan_id desc, c.kind desc limit $4",
        edition.0,
        after,
        after_kind,
        most
    )
    .fetch_all(pool)
    .await?;
    told(pool, edition, keys.into_iter().map(|key| (key.scan_id, key.kind)).unzip()).await
}

fn parts(key: Option<ConflictKey>) -> (Option<uuid::Uuid>, Option<&'static str>) {
    key.map(|(scan, kind)| (scan.0, kind.key())).unzip()
}

/// All that is told of these, in their order.
async fn told(pool: &PgPool, edition: EditionId, (scans, kinds): (Vec<uuid::Uuid>, Vec<String>)) -> Result<Vec<Conflict>, Error> {
    let rows = sqlx::query!(
        r#"select c.scan_id, c.kind, c.found_at, c.settled_at, c.is_counted, by.full_name as "settled_by?",
                  s.direction, s.source, s.verdict, s.device_at, s.corrected_at, s.received_at, p.name_vi, p.name_en,
                  there.name_vi as "there_vi?", there.name_en as there_en,
                  w.made_by as device, w.brought_by, exists (select from undos u where u.scan_id = s.id) as "is_undone!",
                  coalesce(k.alike, 0) as "countable!",
                  r.id as "person?", r.full_name as "full_name?",
                  g.id as "second?", g.full_name as "second_name?", held.standing as "second_standing?",
                  o.device_at as "other_device_at?", o.corrected_at as "other_at?", o.received_at as "other_received_at?",
                  by_other.made_by as "other_device?"
           from unnest($2::uuid[], $3::text[]) with ordinality as asked (scan_id, kind, position)
           join conflicts c on c.scan_id = asked.scan_id and c.kind = asked.kind
           join scans s on s.id = c.scan_id
           join checkpoints p on p.id = s.checkpoint_id
           join scan_makers w on w.scan_id = s.id
           left join (select scan_id, count(*) over (partition by device_id, account_id, made_by, made_by_account) as alike
                      from countable_scans where edition_id = $1) k on k.scan_id = c.scan_id and c.kind = 'ended_phone'
           left join accounts by on by.id = c.settled_by
           left join tickets t on t.id = s.ticket_id
           left join registrations r on r.id = t.registration_id and r.erased_at is null
           left join namings n on n.scan_id = s.id and n.registration_id <> t.registration_id
           left join registrations g on g.id = n.registration_id and g.erased_at is null
           left join tickets held on held.registration_id = g.id
           left join admissions m on m.ticket_id = s.ticket_id and m.entrance_id = p.entrance_id and m.scan_id <> s.id
           left join checkpoints there on there.id = m.checkpoint_id
           left join scans o on o.id = m.scan_id
           left join scan_makers by_other on by_other.scan_id = o.id
           order by asked.position"#,
        edition.0,
        &scans,
        &kinds
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let checkpoint = Bilingual { vi: row.name_vi, en: row.name_en };
            let counts = match (row.there_vi, row.other_device_at, row.other_at, row.other_received_at) {
                (Some(vi), Some(device_at), Some(at), Some(received_at)) => {
                    Some(Side { checkpoint: Bilingual { vi, en: row.there_en }, device: row.other_device, device_at, at, received_at })
                }
                _ => None,
            };
            let second_guest = match (row.second, row.second_name, row.second_standing) {
                (Some(id), Some(full_name), Some(key)) => {
                    let standing = Standing::from_key(&key).ok_or_else(|| inconsistent("tickets.standing"))?;
                    Some(SecondGuest { id: RegistrationId(id), full_name, standing })
                }
                _ => None,
            };
            Ok(Conflict {
                scan: ScanId(row.scan_id),
                kind: ConflictKind::from_key(&row.kind).ok_or_else(|| inconsistent("conflicts.kind"))?,
                found_at: row.found_at,
                person: row.person.map(RegistrationId).zip(row.full_name),
                second_guest,
                direction: Direction::from_key(&row.direction).ok_or_else(|| inconsistent("scans.direction"))?,
                verdict: VerdictKind::from_key(&row.verdict).ok_or_else(|| inconsistent("scans.verdict"))?,
                here: Side { checkpoint, device: row.device, device_at: row.device_at, at: row.corrected_at, received_at: row.received_at },
                brought_by: row.brought_by,
                counts,
                is_by_hand: row.source == BY_HAND,
                is_undone: row.is_undone,
                countable: row.countable,
                is_counted: row.is_counted,
                settled: row.settled_at.map(|at| (at, row.settled_by)),
            })
        })
        .collect()
}

/// How many are open in the current edition.
pub(super) async fn open(pool: &PgPool) -> Result<i64, Error> {
    let open = sqlx::query_scalar!(
        r#"select count(*) as "open!" from conflicts c join editions e on e.id = c.edition_id and e.is_current where c.settled_at is null"#
    )
    .fetch_one(pool)
    .await?;
    Ok(open)
}

/// Settles what is open; whether anything was.
pub(in crate::checkin) async fn settle(
    tx: &mut PgConnection,
    scan: ScanId,
    kind: ConflictKind,
    now: DateTime<Utc>,
    by: Option<AccountId>,
) -> Result<bool, Error> {
    let settled = sqlx::query!(
        "update conflicts set settled_at = $3, settled_by = $4 where scan_id = $1 and kind = $2 and settled_at is null",
        scan.0,
        kind.key(),
        now,
        by.map(|id| id.0)
    )
    .execute(tx)
    .await?;
    Ok(settled.rows_affected() > 0)
}

pub(super) async fn exists(store: impl PgExecutor<'_>, scan: ScanId, kind: ConflictKind) -> Result<bool, Error> {
    let exists =
        sqlx::query_scalar!(r#"select exists (select from conflicts where scan_id = $1 and kind = $2) as "exists!""#, scan.0, kind.key())
            .fetch_one(store)
            .await?;
    Ok(exists)
}

pub(super) async fn trouble(pool: &PgPool, edition: EditionId, now: DateTime<Utc>) -> Result<(i64, i64), Error> {
    let row = sqlx::query!(
        r#"select (select count(*) from conflicts where edition_id = $1 and settled_at is null) as "open!",
                  (select coalesce(sum(waiting), 0) from devices
                   where edition_id = $1 and case when account_id is null then paired_at is not null and revoked_at is null and expires_at > $2
                                                  else succeeded_at is null and contact_at > $3 end) as "waiting!""#,
        edition.0,
        now,
        now - WAITING_LISTED
    )
    .fetch_one(pool)
    .await?;
    Ok((row.open, row.waiting))
}
