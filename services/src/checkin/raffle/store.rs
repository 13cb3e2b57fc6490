//! The SQL of raffles.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use domain::{
    ids::{EditionId, RaffleId, RegistrationId},
    raffle::{Entrant, Progress, Seed, SeedSource, Stage, StampedBy},
    text::Bilingual,
    ticket::{ShortCode, TicketId},
};
use sqlx::{PgConnection, PgExecutor};

use super::{Drawn, Entered, FrozenList, Holder, Place, Raffle, WaitingPhone};
use crate::{Error, error::Conflict, store::inconsistent};

/// A raffle as its steps need it.
pub(super) struct Found {
    pub id: RaffleId,
    edition: EditionId,
    progress: Progress,
    pub seed_source: Option<String>,
    pub seed_digits: Option<u8>,
    stamps: i32,
    admits: Vec<String>,
    stamped_by: StampedBy,
    pub digest: Option<Vec<u8>>,
}

impl Found {
    /// # Errors
    /// [`Error::Conflict`] at any other stage.
    pub fn must_be(&self, stage: Stage, now: DateTime<Utc>) -> Result<(), Error> {
        let actual = Stage::of(self.progress, now);
        if actual == stage { Ok(()) } else { Err(Error::Conflict(Conflict::Raffle(actual))) }
    }
}

/// The raffle, held against others until the end of the transaction.
pub(super) async fn locked(tx: &mut PgConnection, code: &str) -> Result<Option<Found>, Error> {
    let row = sqlx::query!(
        r#"select f.id, f.edition_id, f.closes_at, f.stamps, f.admits, f.stamped_by, f.frozen_at, f.drawn_at, f.list_digest,
                  f.seed_source_vi, f.seed_digits, f.seed_at
           from raffles f join editions e on e.id = f.edition_id and e.is_current where f.code = $1 for update of f"#,
        code
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Found {
            id: RaffleId(row.id),
            edition: EditionId(row.edition_id),
            progress: Progress {
                closes_at: row.closes_at,
                seed_at: row.seed_at,
                is_frozen: row.frozen_at.is_some(),
                is_drawn: row.drawn_at.is_some(),
            },
            seed_source: row.seed_source_vi,
            seed_digits: row.seed_digits.and_then(|digits| u8::try_from(digits).ok()),
            stamps: row.stamps,
            admits: row.admits,
            stamped_by: StampedBy::from_key(&row.stamped_by).ok_or_else(|| inconsistent("raffles.stamped_by"))?,
            digest: row.list_digest,
        })
    })
    .transpose()
}

/// The valid tickets with enough stamps from before the closing, those of tickets that were merged into them included. A stamp is the
/// admission at a booth; a steward's scan counts as one also after the visitor's own, which was the admission.
///
/// Stamps are counted for all tickets at once: asked for each ticket, the view `lasting_tickets` would be read as often as there are
/// tickets.
pub(super) async fn stamped(tx: &mut PgConnection, raffle: &Found) -> Result<Vec<TicketId>, Error> {
    let tickets = sqlx::query_scalar!(
        r#"with stamp as (
               select m.ticket_id, m.checkpoint_id, m.scan_id from admissions m
               union all
               select s.ticket_id, s.checkpoint_id, s.id from scans s
               join admissions m on m.ticket_id = s.ticket_id and m.checkpoint_id = s.checkpoint_id
               where s.verdict = 'already_in'
           )
           select t.id from stamp p
           join checkpoints c on c.id = p.checkpoint_id and c.edition_id = $1 and c.kind = 'booth'
           join scans s on s.id = p.scan_id
           join lasting_tickets l on l.ticket_id = p.ticket_id
           join tickets t on t.id = l.lasting_id and t.edition_id = $1 and t.standing = 'valid'
           join registrations r on r.id = t.registration_id
           join audiences a on a.id = r.audience_id
           where (cardinality($2::text[]) = 0 or a.kind = any($2))
             and s.direction = 'entry' and s.corrected_at < $3 and (not $4 or s.source <> 'self')
             and not exists (select from undos u where u.scan_id = s.id)
           group by t.id having count(distinct p.checkpoint_id) >= $5
           order by t.id"#,
        raffle.edition.0,
        &raffle.admits,
        raffle.progress.closes_at,
        raffle.stamped_by == StampedBy::Steward,
        i64::from(raffle.stamps)
    )
    .fetch_all(tx)
    .await?;
    Ok(tickets.into_iter().map(|id| TicketId(id.cast_unsigned())).collect())
}

pub(super) async fn insert_entrants(
    tx: &mut PgConnection,
    raffle: RaffleId,
    entrants: &[Entrant],
    tickets: &[TicketId],
) -> Result<(), Error> {
    let entrants: Vec<_> = entrants.iter().map(|entrant| entrant.0.to_vec()).collect();
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.0.cast_signed()).collect();
    sqlx::query!(
        "insert into raffle_entrants (raffle_id, entrant, ticket_id) select $1, * from unnest($2::bytea[], $3::bigint[])",
        raffle.0,
        &entrants,
        &tickets
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn freeze(
    tx: &mut PgConnection,
    raffle: RaffleId,
    at: DateTime<Utc>,
    entrants: usize,
    digest: &[u8],
) -> Result<(), Error> {
    let entrants = i32::try_from(entrants).map_err(|_| inconsistent("raffles.entrants"))?;
    sqlx::query!("update raffles set frozen_at = $2, entrants = $3, list_digest = $4 where id = $1", raffle.0, at, entrants, digest)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn entrants(tx: &mut PgConnection, raffle: RaffleId) -> Result<Vec<Entrant>, Error> {
    let rows = sqlx::query_scalar!("select entrant from raffle_entrants where raffle_id = $1", raffle.0).fetch_all(tx).await?;
    rows.into_iter().map(|row| row.try_into().map(Entrant).map_err(|_| inconsistent("raffle_entrants.entrant"))).collect()
}

/// Gives the places, from one, in this order.
pub(super) async fn place(tx: &mut PgConnection, raffle: RaffleId, drawn: &[Entrant]) -> Result<(), Error> {
    let drawn: Vec<_> = drawn.iter().map(|entrant| entrant.0.to_vec()).collect();
    sqlx::query!(
        "update raffle_entrants e set place = d.place::integer
         from unnest($2::bytea[]) with ordinality as d (entrant, place) where e.raffle_id = $1 and e.entrant = d.entrant",
        raffle.0,
        &drawn
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn draw(tx: &mut PgConnection, raffle: RaffleId, at: DateTime<Utc>, seed: &Seed) -> Result<(), Error> {
    sqlx::query!("update raffles set drawn_at = $2, seed = $3 where id = $1", raffle.0, at, seed.0).execute(tx).await?;
    Ok(())
}

/// What the ticket takes part in, as [`super::entered`] tells it.
pub(super) async fn entered(store: impl PgExecutor<'_>, ticket: &ShortCode) -> Result<Vec<Entered>, Error> {
    let rows = sqlx::query!(
        "select f.code, f.name_vi, f.name_en, f.winners, n.entrant, n.place
         from tickets t join editions e on e.id = t.edition_id and e.is_current
         cross join lateral tickets_going_on_in(t.id) l
         join raffles f on f.edition_id = e.id join raffle_entrants n on n.raffle_id = f.id and n.ticket_id = l.ticket_id
         where t.short_code = $1 order by f.position, f.code, n.place",
        ticket.as_str()
    )
    .fetch_all(store)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Entered {
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                winners: row.winners,
                entrant: row.entrant.try_into().map(Entrant).map_err(|_| inconsistent("raffle_entrants.entrant"))?,
                place: row.place,
            })
        })
        .collect()
}

/// Those of the current edition, or the one with this code.
pub(super) async fn find(store: impl PgExecutor<'_>, code: Option<&str>) -> Result<Vec<Raffle>, Error> {
    let rows = sqlx::query!(
        "select f.id, f.code, f.name_vi, f.name_en, f.closes_at, f.winners, f.stamps, f.stamped_by, f.frozen_at, f.entrants,
                f.list_digest, f.seed, f.seed_source_vi, f.seed_source_en, f.seed_digits, f.seed_at, f.seed_named_at, f.drawn_at
         from raffles f join editions e on e.id = f.edition_id and e.is_current
         where f.code = $1 or $1 is null order by f.position, f.code",
        code
    )
    .fetch_all(store)
    .await?;
    rows.into_iter()
        .map(|row| {
            let list = row.frozen_at.zip(row.entrants).zip(row.list_digest);
            let terms = row.seed_digits.and_then(|digits| u8::try_from(digits).ok()).zip(row.seed_at).zip(row.seed_named_at);
            let typed_source = row.seed_source_vi.clone().filter(|_| terms.is_none());
            let source = terms.zip(row.seed_source_vi).map(|(((digits, at), named_at), vi)| SeedSource {
                name: Bilingual { vi, en: row.seed_source_en },
                digits,
                at,
                named_at,
            });
            Ok(Raffle {
                id: RaffleId(row.id),
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                closes_at: row.closes_at,
                winners: row.winners,
                stamps: row.stamps,
                stamped_by: StampedBy::from_key(&row.stamped_by).ok_or_else(|| inconsistent("raffles.stamped_by"))?,
                source,
                list: list.map(|((at, entrants), digest)| FrozenList { at, entrants, digest: HEXLOWER.encode(&digest) }),
                drawn: row.drawn_at.zip(row.seed).map(|(at, seed)| Drawn { at, seed: Seed(seed), typed_source }),
            })
        })
        .collect()
}

pub(super) async fn places(store: impl PgExecutor<'_>, raffle: &Raffle) -> Result<Vec<(Place, Holder)>, Error> {
    if raffle.drawn.is_none() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select e.place as "place!", e.entrant, r.id as "registration?", r.full_name as "full_name?", right(t.short_code, 4) as "tail?"
           from raffle_entrants e
           left join lasting_tickets l on l.ticket_id = e.ticket_id
           left join tickets t on t.id = l.lasting_id
           left join registrations r on r.id = t.registration_id and r.erased_at is null
           where e.raffle_id = $1 and e.place <= $2 order by e.place"#,
        raffle.id.0,
        raffle.winners.saturating_mul(2)
    )
    .fetch_all(store)
    .await?;
    rows.into_iter()
        .map(|row| {
            let entrant = row.entrant.try_into().map(Entrant).map_err(|_| inconsistent("raffle_entrants.entrant"))?;
            let holder = row.registration.map(RegistrationId).zip(row.full_name);
            Ok((Place { place: row.place, entrant, tail: row.tail.filter(|_| holder.is_some()) }, holder))
        })
        .collect()
}

/// The phones of [`super::waiting()`], each as it was heard of last: whoever scans with it brings what waits on it.
///
/// Who has scanned at booths is found once for all, as no index leads from a phone to its scans. Of an account it is known by which
/// sign-in it scanned only as far as times tell: a scan that came before the sign-in on a phone is of another one.
pub(super) async fn waiting_phones(store: impl PgExecutor<'_>) -> Result<Vec<WaitingPhone>, Error> {
    let rows = sqlx::query!(
        r#"with stamping as materialized (
               select s.device_id, s.account_id, max(s.received_at) as last_at
               from editions e join checkpoints b on b.edition_id = e.id and b.kind = 'booth' join scans s on s.checkpoint_id = b.id
               where e.is_current and (s.device_id is not null or s.account_id is not null) group by s.device_id, s.account_id
           ), at_booths as (
               select d.id, d.phone_id from devices d left join checkpoints c on c.id = d.checkpoint_id
               where c.kind = 'booth' or exists (
                   select from stamping s where s.device_id = d.id or (s.account_id = d.account_id and s.last_at >= d.created_at))
           )
           select coalesce(d.name, a.full_name) as "name!", c.name_vi as "name_vi?", c.name_en, d.waiting as "waiting!",
                  d.contact_at as "contact_at!"
           from devices d join editions e on e.id = d.edition_id and e.is_current
           left join accounts a on a.id = d.account_id
           left join checkpoints c on c.id = d.checkpoint_id
           where d.waiting > 0 and d.succeeded_at is null
             and not exists (select from devices later where later.phone_id = d.phone_id and later.contact_at > d.contact_at)
             and exists (select from at_booths b where b.id = d.id or b.phone_id = d.phone_id)
           order by d.waiting desc, d.contact_at, d.id"#
    )
    .fetch_all(store)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WaitingPhone {
            name: row.name,
            checkpoint: row.name_vi.map(|vi| Bilingual { vi, en: row.name_en }),
            scans: row.waiting,
            heard_at: row.contact_at,
        })
        .collect())
}
