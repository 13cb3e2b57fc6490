//! All that phones bring in one request.

use domain::{
    access::{self, Action, Actor},
    checkin::{FactAnswer, Refusal, ScanRequest, ScanResponse, Sent, SentNaming, in_order},
};

use super::{name, name_late, record, record_late, reply, reply_late, undo};
use crate::{Context, Error, access::EndedPhone};

/// Takes what a phone brings, and answers each fact: scans and undoings in the order in which they happened, by
/// [`in_order`], then who it was that spare tickets let in, and what people answered.
///
/// Effects: those of [`record`], [`undo`], [`name`] and [`reply`].
///
/// # Errors
/// Theirs. What was taken before is answered again to a repeat.
pub async fn deliver(cx: &Context, actor: &Actor, request: ScanRequest<Sent, SentNaming>) -> Result<ScanResponse, Error> {
    access::authorise(actor, Action::Scan)?;
    let (mut results, mut undone) = (Vec::with_capacity(request.scans.len()), Vec::with_capacity(request.undos.len()));
    for stint in in_order(request.scans, request.undos) {
        results.extend(record(cx, actor, ScanRequest::of(request.checkpoint, stint.scans)).await?);
        undone.extend(undo(cx, actor, stint.undos).await?);
    }
    let named = name(cx, actor, request.namings).await?;
    let replied = reply(cx, actor, request.replies).await?;
    Ok(ScanResponse { server_now: cx.now(), results, undone, named, replied, is_signed_out: false })
}

/// Takes what a phone brings whose day is over, or that was signed out, and tells it so. It undoes nothing.
///
/// Effects: those of [`record_late`], [`name_late`] and [`reply_late`].
///
/// # Errors
/// Theirs.
pub async fn deliver_late(cx: &Context, phone: &EndedPhone, request: ScanRequest<Sent, SentNaming>) -> Result<ScanResponse, Error> {
    let ScanRequest { checkpoint, scans, undos, namings, replies } = request;
    let undone = undos.into_iter().map(|undo| FactAnswer { id: undo.id, refused: Some(Refusal::NotYours) }).collect();
    let results = record_late(cx, phone, ScanRequest::of(checkpoint, scans)).await?;
    let named = name_late(cx, phone, namings).await?;
    let replied = reply_late(cx, phone, replies).await?;
    Ok(ScanResponse { server_now: cx.now(), results, undone, named, replied, is_signed_out: true })
}
