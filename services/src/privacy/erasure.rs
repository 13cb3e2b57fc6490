//! Erasing a person: the counts stay, the person goes.

use domain::{
    access::Actor,
    ids::{PrivacyRequestId, RegistrationId},
    privacy::{NOTICE_VERSION, Purpose, RequestChannel, Right},
    registration::Status,
    text::Locale,
    time::local_date,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{entry, hash, store};
use crate::{
    Context, Error,
    audit::{self, By},
    registration, write,
};

/// Erases the person behind a ticket's secret link, at once and for good. The link leads nowhere afterwards.
///
/// Effects, in one transaction: as [`erase`], and a request that is done. Then the hint of [`crate::live`]: phones forget the
/// ticket.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn erase_mine(cx: &Context, secret: &str) -> Result<(), Error> {
    let _told = cx.live.tell_when_done();
    let (link_hash, request, cx_) = (hash(secret), PrivacyRequestId(cx.new_id()), cx.clone());
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let person = store::erasure::find(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            erase(tx, &cx, person.id, RequestChannel::Ticket, By::Actor(&Actor::Anonymous)).await?;
            store::insert(tx, &store::Filing::done(request, &person, Right::Erase, RequestChannel::Ticket, cx.now())).await
        })
    })
    .await
}

/// Erases a person, with all registrations that were merged into this one. As long as the day is not over, the seat is given
/// back first, and the next in the queue comes up; afterwards it stays among those who came.
///
/// Effects, in the transaction: what [`registration::release`] does, consents withdrawn, every value that tells of the person
/// gone (name, contacts, answers, what was asked and answered, what an invitation says of its guest), the link and the ticket
/// worth nothing, messages dropped, one audit entry `privacy.erase`. The proofs of consent stay under a number that leads to
/// nobody, until they have served their time.
///
/// # Errors
/// [`Error::NotFound`] where there is nobody, or nobody any more.
pub(super) async fn erase(
    tx: &mut PgConnection,
    cx: &Context,
    id: RegistrationId,
    channel: RequestChannel,
    by: By<'_>,
) -> Result<(), Error> {
    for merged in store::erasure::merged(tx, id).await? {
        erase_one(tx, cx, merged, channel, by).await?;
    }
    erase_one(tx, cx, id, channel, by).await
}

async fn erase_one(tx: &mut PgConnection, cx: &Context, id: RegistrationId, channel: RequestChannel, by: By<'_>) -> Result<(), Error> {
    let now = cx.now();
    if local_date(now) <= store::erasure::last_day(tx, id).await?.ok_or(Error::NotFound)? {
        registration::release(tx, cx, id, Status::Cancelled, by).await?;
    }
    for purpose in Purpose::ALL {
        if store::agrees(tx, id, purpose).await? {
            let decision = store::Decided { purpose, given: false, locale: Locale::Vi, channel, at: now };
            store::decide(tx, id, decision, NOTICE_VERSION).await?;
        }
    }
    if store::erasure::forget(tx, &[id.0], now).await? == 0 {
        return Err(Error::NotFound);
    }
    audit::record(tx, now, by, entry("privacy.erase", id, json!({}))).await
}
