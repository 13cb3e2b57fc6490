//! The rights of who leads a delegation, behind the leader's secret link: a leader need not be one of those who come.

use chrono::{DateTime, Utc};
use domain::{
    access::Actor,
    ids::PrivacyRequestId,
    privacy::{RequestChannel, Right},
    registration::delegation as rules,
    text::{Bilingual, Locale},
};
use serde::Serialize;
use serde_json::json;

use super::{
    hash,
    mine::{HistoryEntry, Message},
    store,
};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    write,
};

/// Everything that is stored about the leader of a delegation. The people on the list are kept under their own links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leader {
    pub event: Bilingual,
    pub full_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub organisation: String,
    pub tax_code: Option<String>,
    pub commune: Option<String>,
    pub locale: Locale,
    pub registered_at: DateTime<Utc>,
    pub left_at: Option<DateTime<Utc>>,
    pub messages: Vec<Message>,
    /// What was done with the delegation, the oldest first.
    pub history: Vec<HistoryEntry>,
}

/// Everything that is stored about the leader behind a secret link.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn leader(cx: &Context, secret: &str) -> Result<Leader, Error> {
    store::leader::read(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)
}

/// Corrects how the leader is called and reached. A school's ticket is corrected on its own page.
///
/// Effects, in one transaction: the delegation, one audit entry `privacy.correct` without the values, a request that is done.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn correct_leader(cx: &Context, secret: &str, leader: rules::Leader) -> Result<(), Error> {
    let (link_hash, cx_) = (hash(secret), cx.clone());
    write::write(cx, move |tx| {
        let (cx, leader) = (cx_.clone(), leader.clone());
        Box::pin(async move {
            let delegation = store::leader::lock(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            store::leader::correct(tx, delegation.id, &leader).await?;
            note(tx, &cx, &delegation, Right::Correct, "privacy.correct").await
        })
    })
    .await
}

/// Erases the leader, at once and for good. Those on the list keep their tickets and their links; the leader's leads nowhere.
///
/// Effects, in one transaction: the delegation loses the leader, messages to the leader are dropped, one audit entry
/// `privacy.erase`, a request that is done.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn erase_leader(cx: &Context, secret: &str) -> Result<(), Error> {
    let (link_hash, cx_) = (hash(secret), cx.clone());
    write::write(cx, move |tx| {
        let cx = cx_.clone();
        Box::pin(async move {
            let delegation = store::leader::lock(tx, &link_hash).await?.ok_or(Error::NotFound)?;
            store::erasure::forget_leaders(tx, &[delegation.id], cx.now()).await?;
            note(tx, &cx, &delegation, Right::Erase, "privacy.erase").await
        })
    })
    .await
}

/// Writes down that a leader has used a right.
async fn note(
    tx: &mut sqlx::PgConnection,
    cx: &Context,
    delegation: &store::leader::Led,
    right: Right,
    action: &'static str,
) -> Result<(), Error> {
    let request = PrivacyRequestId(cx.new_id());
    store::insert(tx, &store::Filing::done_at_once(request, delegation.edition, None, right, RequestChannel::Ticket, cx.now())).await?;
    let entry = Entry { action, subject_kind: "delegation", subject_id: Some(delegation.id), detail: json!({}) };
    audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await
}
