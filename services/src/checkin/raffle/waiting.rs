//! Scans that the list of a raffle would leave out if it were frozen now: phones keep them until they have a network.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    text::Bilingual,
};
use sqlx::PgConnection;

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
/// first. Phones that were signed out are among them, since they may bring what they have. What visitors keep on phones of their own
/// nobody knows.
///
/// # Errors
/// The policy's for [`Action::HoldRaffles`].
pub async fn waiting(cx: &Context, actor: &Actor) -> Result<Vec<WaitingPhone>, Error> {
    access::authorise(actor, Action::HoldRaffles)?;
    phones(&mut *cx.pool.acquire().await?).await
}

/// How many scans wait on the phones of [`waiting()`].
pub(super) async fn scans(connection: &mut PgConnection) -> Result<i64, Error> {
    Ok(phones(connection).await?.iter().map(|phone| i64::from(phone.scans)).sum())
}

async fn phones(connection: &mut PgConnection) -> Result<Vec<WaitingPhone>, Error> {
    let rows = sqlx::query!(
        r#"select coalesce(d.name, a.full_name) as "name!", c.name_vi as "name_vi?", c.name_en, d.waiting as "waiting!",
                  d.contact_at as "contact_at!"
           from devices d join editions e on e.id = d.edition_id and e.is_current
           left join accounts a on a.id = d.account_id
           left join checkpoints c on c.id = d.checkpoint_id
           where d.waiting > 0 and d.succeeded_at is null
             and (c.kind = 'booth' or exists (
                 select from checkpoints b join scans s on s.checkpoint_id = b.id
                 where b.edition_id = e.id and b.kind = 'booth' and (s.device_id = d.id or s.account_id = d.account_id)))
           order by d.waiting desc, d.contact_at, d.id"#
    )
    .fetch_all(connection)
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
