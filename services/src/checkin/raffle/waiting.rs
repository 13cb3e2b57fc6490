//! Scans that the list of a raffle would leave out if it were frozen now: phones keep them until they have a network.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    text::Bilingual,
};
use sqlx::PgConnection;

use super::store;
use crate::{Context, Error};

/// A phone on which scans wait that may be stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPhone {
    /// Its own, or that of the account that scans with it.
    pub name: String,
    /// Where it scanned when it was last heard of; `None` where that place is none any more.
    pub checkpoint: Option<Bilingual>,
    /// How many scans wait, of whichever place: phones tell their number alone.
    pub scans: i32,
    pub heard_at: DateTime<Utc>,
}

/// The phones of the current edition on which scans wait and that scan at a booth now, or have brought scans from one; the most scans
/// first. Phones that were signed out are among them until they have brought what they have; each is told of once, by whoever scans
/// with it now, as far as it names itself. What visitors keep on phones of their own nobody knows.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`].
pub async fn waiting(cx: &Context, actor: &Actor) -> Result<Vec<WaitingPhone>, Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    store::waiting_phones(&cx.pool).await
}

/// How many scans wait on the phones of [`waiting()`].
pub(super) async fn scans(connection: &mut PgConnection) -> Result<i64, Error> {
    Ok(store::waiting_phones(connection).await?.iter().map(|phone| i64::from(phone.scans)).sum())
}
