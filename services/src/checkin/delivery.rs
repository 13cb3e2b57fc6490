//! All that phones bring in one request.

mod store;

use domain::{
    access::Actor,
    checkin::{FactAnswer, ScanRequest, ScanResponse, Sent, SentNaming, in_order},
    ids::ScanId,
};

use super::{
    name,
    naming::name_late,
    record, record_late, reply,
    reply::reply_late,
    store::ScannedBy,
    undo::{undo, undo_late},
};
use crate::{Context, Error, access::EndedPhone, write};

/// Takes what a phone brings, and answers each fact: scans and undoings in the order in which they happened, by [`in_order`], then who
/// it was that spare tickets let in, and what people answered. The scans between two undoings are recorded together.
///
/// Effects: those of [`record`], [`undo`], [`name`] and [`reply`].
///
/// # Errors
/// Theirs. What was taken before is answered again to a repeat.
pub async fn deliver(cx: &Context, actor: &Actor, request: ScanRequest<Sent, SentNaming>) -> Result<ScanResponse, Error> {
    let ScanRequest { checkpoint, scans, undos, namings, replies, waiting_besides: _ } = request;
    let (mut results, mut undone, told) = (Vec::with_capacity(scans.len()), Vec::with_capacity(undos.len()), ids(&undos));
    for batch in in_order(scans, undos) {
        results.extend(record(cx, actor, ScanRequest::of(checkpoint, batch.scans)).await?);
        undone.extend(undo(cx, actor, batch.undos).await?);
    }
    let named = name(cx, actor, namings).await?;
    let replied = reply(cx, actor, replies).await?;
    Ok(ScanResponse { server_now: cx.now(), results, undone: as_told(undone, &told), named, replied, is_signed_out: false })
}

/// Takes what a phone brings whose day is over, or that was signed out, and tells it so.
///
/// Effects: those of [`record_late`], [`undo_late`], [`name_late`] and [`reply_late`]; the phone's row, where it tells how
/// many facts wait on it besides these: it may not tell that by another request any more.
///
/// # Errors
/// Theirs.
pub async fn deliver_late(cx: &Context, phone: &EndedPhone, request: ScanRequest<Sent, SentNaming>) -> Result<ScanResponse, Error> {
    let ScanRequest { checkpoint, scans, undos, namings, replies, waiting_besides } = request;
    let (mut results, mut undone, told) = (Vec::with_capacity(scans.len()), Vec::with_capacity(undos.len()), ids(&undos));
    for batch in in_order(scans, undos) {
        results.extend(record_late(cx, phone, ScanRequest::of(checkpoint, batch.scans)).await?);
        undone.extend(undo_late(cx, phone, batch.undos).await?);
    }
    let named = name_late(cx, phone, namings).await?;
    let replied = reply_late(cx, phone, replies).await?;
    if let Some(waiting) = waiting_besides {
        hear_of_delivery(cx, phone, waiting).await?;
    }
    Ok(ScanResponse { server_now: cx.now(), results, undone: as_told(undone, &told), named, replied, is_signed_out: true })
}

/// Notes how much waits on a phone that has just brought something.
async fn hear_of_delivery(cx: &Context, phone: &EndedPhone, waiting: u32) -> Result<(), Error> {
    let (device, now) = (ScannedBy::ended(phone).device, cx.now());
    write::statement(cx, move |pool| async move { store::hear_of_delivery(&pool, device, waiting, now).await }).await
}

fn ids(undos: &[domain::checkin::Undo]) -> Vec<ScanId> {
    undos.iter().map(|undo| undo.id).collect()
}

/// Answers in the order in which the phone told of the facts.
fn as_told(mut answers: Vec<FactAnswer>, told: &[ScanId]) -> Vec<FactAnswer> {
    answers.sort_by_key(|answer| told.iter().position(|id| *id == answer.id));
    answers
}
