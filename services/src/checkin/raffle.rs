//! Raffles among those who have stamps of booths: the list is frozen once, then drawn once. The method is that of
//! [`domain::raffle`].

mod published;
#[cfg(test)]
mod tests;
mod waiting;

use data_encoding::HEXLOWER;
use domain::{
    access::{self, Action, Actor},
    form::FieldErrors,
    ids::{EditionId, RaffleId},
    raffle::{self, Entrant, Freeze, Progress, Seed, Stage, StampedBy},
    ticket::TicketId,
};
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    Context, Error,
    audit::{self, Entry},
    error::Conflict,
    store::inconsistent,
    write,
};

pub use published::{Drawn, Entered, FrozenList, Holder, Place, Raffle, all, entered, list, raffle, raffles};
pub use waiting::{WaitingPhone, waiting};

/// Freezes the list of a raffle of the current edition: every ticket that counts now and had its stamps before the closing.
/// What arrives later does not count: while scans wait on phones of booths ([`waiting()`]), that has to be asked for.
///
/// Effects, in one transaction: a row in `raffle_entrants` for each, their number and the list's digest in `raffles`; one audit
/// entry `raffle.freeze` with both, and how many scans waited.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`]; [`Error::NotFound`] for an unknown raffle; [`Error::Conflict`] at every stage but
/// [`Stage::Closed`]; [`Error::Invalid`] at [`Freeze::WHILE_WAITING`] where scans wait and that was not asked for.
pub async fn freeze(cx: &Context, actor: &Actor, code: &str, freeze: Freeze) -> Result<(), Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    let (cx_, actor, code) = (cx.clone(), actor.clone(), code.to_owned());
    write::write(cx, move |tx| {
        let (cx, actor, code) = (cx_.clone(), actor.clone(), code.clone());
        Box::pin(async move {
            let found = sql::locked(tx, &code).await?.ok_or(Error::NotFound)?;
            let now = cx.now();
            found.must_be(Stage::Closed, now)?;
            let waiting = waiting::scans(tx).await?;
            freeze.check(waiting).map_err(|problem| FieldErrors::one(Freeze::WHILE_WAITING, problem))?;
            let tickets = sql::stamped(tx, &found).await?;
            let entrants: Vec<_> = tickets.iter().map(|ticket| entrant(&cx, found.id, *ticket)).collect();
            let digest = raffle::digest(&raffle::list(&entrants));
            sql::insert_entrants(tx, found.id, &entrants, &tickets).await?;
            sql::freeze(tx, found.id, now, entrants.len(), &digest).await?;
            let detail = json!({ "entrants": entrants.len(), "digest": HEXLOWER.encode(&digest), "waiting": waiting });
            record(tx, &cx, &actor, "raffle.freeze", found.id, detail).await
        })
    })
    .await
}

/// Draws a raffle whose list is frozen by the public number that its source has given: gives every entrant a place. The first so
/// many as there are prizes have won, the others are reserves in their order.
///
/// Effects, in one transaction: the places in `raffle_entrants`, the seed in `raffles`; one audit entry `raffle.draw`
/// with it and its source.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`]; [`Error::NotFound`] for an unknown raffle; [`Error::Conflict`] at every stage but
/// [`Stage::Due`]; [`Error::Invalid`] where the seed has not the digits of its source; [`Error::Internal`] where the list is not the
/// one whose digest was published.
pub async fn draw(cx: &Context, actor: &Actor, code: &str, seed: Seed) -> Result<(), Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    let (cx_, actor, code) = (cx.clone(), actor.clone(), code.to_owned());
    write::write(cx, move |tx| {
        let (cx, actor, code, seed) = (cx_.clone(), actor.clone(), code.clone(), seed.clone());
        Box::pin(async move {
            let found = sql::locked(tx, &code).await?.ok_or(Error::NotFound)?;
            found.must_be(Stage::Due, cx.now())?;
            let digits = found.seed_digits.ok_or_else(|| inconsistent("raffles.seed_digits"))?;
            seed.has(digits).map_err(|problem| FieldErrors::one(Seed::NUMBER, problem))?;
            let entrants = sql::entrants(tx, found.id).await?;
            if found.digest.as_deref() != Some(&raffle::digest(&raffle::list(&entrants))[..]) {
                return Err(inconsistent("raffles.list_digest"));
            }
            sql::place(tx, found.id, &raffle::draw(&seed, &entrants)).await?;
            sql::draw(tx, found.id, cx.now(), &seed).await?;
            let detail = json!({ "seed": seed.0, "source": found.seed_source });
            record(tx, &cx, &actor, "raffle.draw", found.id, detail).await
        })
    })
    .await
}

/// The entrant of a ticket: derived by the server's key, since the code of a certificate has the ticket's number in clear. It is taken
/// once, when the list is frozen; from then on it stands in `raffle_entrants`.
fn entrant(cx: &Context, raffle: RaffleId, ticket: TicketId) -> Entrant {
    Entrant(cx.secret.derive(&format!("raffle entrant {raffle} {}", ticket.0)))
}

async fn record(
    tx: &mut PgConnection,
    cx: &Context,
    actor: &Actor,
    action: &'static str,
    raffle: RaffleId,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let entry = Entry { action, subject_kind: "raffle", subject_id: Some(raffle.0), detail };
    audit::record(tx, cx.now(), audit::By::Actor(actor), entry).await
}

mod sql {
    use chrono::{DateTime, Utc};

    use super::{Conflict, EditionId, Entrant, Error, PgConnection, Progress, RaffleId, Seed, Stage, StampedBy, TicketId, inconsistent};

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
        pub(super) fn must_be(&self, stage: Stage, now: DateTime<Utc>) -> Result<(), Error> {
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

    /// The valid tickets with enough stamps from before the closing, those of tickets that were merged into them included. A
    /// steward's scan counts as one also after the visitor's own, which was the admission.
    pub(super) async fn stamped(tx: &mut PgConnection, raffle: &Found) -> Result<Vec<TicketId>, Error> {
        let tickets = sqlx::query_scalar!(
            r#"select t.id from tickets t join registrations r on r.id = t.registration_id join audiences a on a.id = r.audience_id
               where t.edition_id = $1 and t.standing = 'valid' and (cardinality($2::text[]) = 0 or a.kind = any($2))
               and $5 <= (
                   select count(distinct s.checkpoint_id) from lasting_tickets l
                   join scans s on s.ticket_id = l.ticket_id
                   join checkpoints c on c.id = s.checkpoint_id and c.kind = 'booth'
                   join admissions m on m.ticket_id = s.ticket_id and m.checkpoint_id = s.checkpoint_id
                   where l.lasting_id = t.id and s.direction = 'entry' and s.corrected_at < $3
                   and (s.id = m.scan_id or s.verdict = 'already_in') and (not $4 or s.source <> 'self')
                   and not exists (select from undos u where u.scan_id = s.id))
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
}
