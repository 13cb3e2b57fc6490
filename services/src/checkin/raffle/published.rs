//! What is published of raffles, and what organisers see of them: nothing more.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{RaffleId, RegistrationId},
    raffle::{self, Entrant, Progress, Seed, SeedSource, Stage, StampedBy},
    text::Bilingual,
    ticket::ShortCode,
};

use super::store;
use crate::{Context, Error};

/// A raffle, as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raffle {
    pub id: RaffleId,
    pub code: String,
    pub name: Bilingual,
    pub closes_at: DateTime<Utc>,
    /// How many win; as many are named after them, for those who do not come.
    pub winners: i32,
    /// From so many booths stamps are needed.
    pub stamps: i32,
    pub stamped_by: StampedBy,
    /// Which number decides. `None` where none is named, and of raffles that were drawn before sources were named.
    pub source: Option<SeedSource>,
    pub list: Option<FrozenList>,
    pub drawn: Option<Drawn>,
}

impl Raffle {
    /// Where it stands at this instant.
    #[must_use]
    pub fn stage(&self, now: DateTime<Utc>) -> Stage {
        let progress = Progress {
            closes_at: self.closes_at,
            seed_at: self.source.as_ref().map(|source| source.at),
            is_frozen: self.list.is_some(),
            is_drawn: self.drawn.is_some(),
        };
        Stage::of(progress, now)
    }
}

/// The list of a raffle once it is frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenList {
    pub at: DateTime<Utc>,
    pub entrants: i32,
    /// SHA-256 of the published list, hexadecimal.
    pub digest: String,
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub at: DateTime<Utc>,
    pub seed: Seed,
    /// Where the seed came from, as whoever drew typed it, if no source was named before.
    pub typed_source: Option<String>,
}

/// A place after the draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From one.
    pub place: i32,
    pub entrant: Entrant,
    /// The last four characters of the short code; `None` for who was erased since.
    pub tail: Option<String>,
}

/// Who has a place, as organisers see it. `None` for who was erased since.
pub type Holder = Option<(RegistrationId, String)>;

/// The raffles of the current edition in the order of its file, as everybody may see them.
///
/// # Errors
/// Those of the store.
pub async fn all(cx: &Context) -> Result<Vec<Raffle>, Error> {
    store::find(&cx.pool, None).await
}

/// The same for organisers; of those that are drawn, who won and who is next: twice as many
/// as win.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`].
pub async fn raffles(cx: &Context, actor: &Actor) -> Result<Vec<(Raffle, Vec<(Place, Holder)>)>, Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    let mut all = Vec::new();
    for raffle in store::find(&cx.pool, None).await? {
        let places = store::places(&cx.pool, &raffle).await?;
        all.push((raffle, places));
    }
    Ok(all)
}

/// A raffle of the current edition and, once it is drawn, the places of [`raffles`]. Nobody is named: taking part is no consent to
/// being published, and a winner knows the own short code.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn raffle(cx: &Context, code: &str) -> Result<(Raffle, Vec<Place>), Error> {
    let raffle = store::find(&cx.pool, Some(code)).await?.pop().ok_or(Error::NotFound)?;
    let places = store::places(&cx.pool, &raffle).await?;
    Ok((raffle, places.into_iter().map(|(place, _)| place).collect()))
}

/// A raffle whose frozen list has a ticket in it, as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    pub code: String,
    pub name: Bilingual,
    pub winners: i32,
    pub entrant: Entrant,
    /// Once it is drawn, from one.
    pub place: Option<i32>,
}

/// The raffles of the current edition that the ticket with this short code takes part in, by itself or by one that was merged into it
/// since.
///
/// # Errors
/// Those of the store.
pub async fn entered(cx: &Context, ticket: &ShortCode) -> Result<Vec<Entered>, Error> {
    store::entered(&cx.pool, ticket).await
}

/// The published list of a raffle: its bytes have the digest that was published with it.
///
/// # Errors
/// [`Error::NotFound`], also before it is frozen.
pub async fn list(cx: &Context, code: &str) -> Result<String, Error> {
    let raffle = store::find(&cx.pool, Some(code)).await?.pop().filter(|raffle| raffle.list.is_some()).ok_or(Error::NotFound)?;
    let entrants = store::entrants(&mut *cx.pool.acquire().await?, raffle.id).await?;
    Ok(raffle::list(&entrants))
}
