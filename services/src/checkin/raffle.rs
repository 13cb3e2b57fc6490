//! Raffles among those who have stamps of booths: the list is frozen once, then drawn once. The method is that of
//! [`domain::raffle`].

mod published;
mod store;
#[cfg(test)]
mod tests;
mod waiting;

use data_encoding::HEXLOWER;
use domain::{
    access::{self, Action, Actor},
    form::FieldErrors,
    ids::RaffleId,
    raffle::{self, Entrant, Freeze, Seed, Stage},
    ticket::TicketId,
};
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    Context, Error,
    audit::{self, Entry},
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
            let found = store::locked(tx, &code).await?.ok_or(Error::NotFound)?;
            let now = cx.now();
            found.must_be(Stage::Closed, now)?;
            let waiting = waiting::scans(tx).await?;
            freeze.check(waiting).map_err(|problem| FieldErrors::one(Freeze::WHILE_WAITING, problem))?;
            let tickets = store::stamped(tx, &found).await?;
            let entrants: Vec<_> = tickets.iter().map(|ticket| entrant(&cx, found.id, *ticket)).collect();
            let digest = raffle::digest(&raffle::list(&entrants));
            store::insert_entrants(tx, found.id, &entrants, &tickets).await?;
            store::freeze(tx, found.id, now, entrants.len(), &digest).await?;
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
            let found = store::locked(tx, &code).await?.ok_or(Error::NotFound)?;
            found.must_be(Stage::Due, cx.now())?;
            let digits = found.seed_digits.ok_or_else(|| inconsistent("raffles.seed_digits"))?;
            seed.has(digits).map_err(|problem| FieldErrors::one(Seed::NUMBER, problem))?;
            let entrants = store::entrants(tx, found.id).await?;
            if found.digest.as_deref() != Some(&raffle::digest(&raffle::list(&entrants))[..]) {
                return Err(inconsistent("raffles.list_digest"));
            }
            store::place(tx, found.id, &raffle::draw(&seed, &entrants)).await?;
            store::draw(tx, found.id, cx.now(), &seed).await?;
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
