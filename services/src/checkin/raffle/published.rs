//! What is published of raffles, and what organisers see of them: nothing more.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use domain::{
    access::{self, Action, Actor},
    ids::{RaffleId, RegistrationId},
    raffle::{self, Entrant, Progress, Seed, SeedSource, Stage, StampedBy},
    text::Bilingual,
    ticket::ShortCode,
};
use sqlx::PgPool;

use crate::{Context, Error, store::inconsistent};

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
    find(&cx.pool, None).await
}

/// The same for organisers; of those that are drawn, who won and who is next: twice as many
/// as win.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`].
pub async fn raffles(cx: &Context, actor: &Actor) -> Result<Vec<(Raffle, Vec<(Place, Holder)>)>, Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    let mut all = Vec::new();
    for raffle in find(&cx.pool, None).await? {
        let places = places(&cx.pool, &raffle).await?;
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
    let raffle = find(&cx.pool, Some(code)).await?.pop().ok_or(Error::NotFound)?;
    let places = places(&cx.pool, &raffle).await?;
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
    let rows = sqlx::query!(
        "select f.code, f.name_vi, f.name_en, f.winners, n.entrant, n.place
         from tickets t join editions e on e.id = t.edition_id and e.is_current
         join lasting_tickets l on l.lasting_id = t.id
         join raffles f on f.edition_id = e.id join raffle_entrants n on n.raffle_id = f.id and n.ticket_id = l.ticket_id
         where t.short_code = $1 order by f.position, f.code, n.place",
        ticket.as_str()
    )
    .fetch_all(&cx.pool)
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

/// The published list of a raffle: its bytes have the digest that was published with it.
///
/// # Errors
/// [`Error::NotFound`], also before it is frozen.
pub async fn list(cx: &Context, code: &str) -> Result<String, Error> {
    let raffle = find(&cx.pool, Some(code)).await?.pop().filter(|raffle| raffle.list.is_some()).ok_or(Error::NotFound)?;
    let entrants = super::sql::entrants(&mut *cx.pool.acquire().await?, raffle.id).await?;
    Ok(raffle::list(&entrants))
}

/// Those of the current edition, or the one with this code.
async fn find(pool: &PgPool, code: Option<&str>) -> Result<Vec<Raffle>, Error> {
    let rows = sqlx::query!(
        "select f.id, f.code, f.name_vi, f.name_en, f.closes_at, f.winners, f.stamps, f.stamped_by, f.frozen_at, f.entrants,
                f.list_digest, f.seed, f.seed_source_vi, f.seed_source_en, f.seed_digits, f.seed_at, f.seed_named_at, f.drawn_at
         from raffles f join editions e on e.id = f.edition_id and e.is_current
         where f.code = $1 or $1 is null order by f.position, f.code",
        code
    )
    .fetch_all(pool)
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

async fn places(pool: &PgPool, raffle: &Raffle) -> Result<Vec<(Place, Holder)>, Error> {
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
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let entrant = row.entrant.try_into().map(Entrant).map_err(|_| inconsistent("raffle_entrants.entrant"))?;
            let holder = row.registration.map(RegistrationId).zip(row.full_name);
            Ok((Place { place: row.place, entrant, tail: row.tail.filter(|_| holder.is_some()) }, holder))
        })
        .collect()
}
