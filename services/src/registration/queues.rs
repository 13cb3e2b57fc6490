//! The queues as staff see them: who waits for what, in which order, and why each step happened.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{CapacityId, RegistrationId, WaitingEntryId},
    text::Bilingual,
};

use super::{Queue, store::queues as store};
use crate::{Context, Error};

/// Something that can be full, and its queue in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueNumbers {
    pub id: CapacityId,
    pub of: QueueOf,
    /// `None` without limit.
    pub size: Option<i32>,
    /// Seats that are free; `None` without limit. While somebody waits they are for those who wait.
    pub free: Option<i32>,
    /// The people who wait.
    pub waiting: i32,
    /// The people for whom a seat is held.
    pub offered: i64,
    /// When the first of these offers ends.
    pub first_ends_at: Option<DateTime<Utc>>,
}

/// What a queue is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueOf {
    /// A seat for the day: the audiences that share them, in their order.
    Day(Vec<Bilingual>),
    Session {
        title: Bilingual,
        starts_at: DateTime<Utc>,
    },
}

/// One queue, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePage {
    pub numbers: QueueNumbers,
    /// Those with an offer, the first to end first; then those who wait, in the order of the queue.
    pub parties: Vec<PartyRow>,
    /// The steps of everybody who is or was in it, the last first.
    pub log: Vec<StepRow>,
}

/// A party in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRow {
    pub entry: WaitingEntryId,
    /// The registration that waits, or the first of several.
    pub registration: RegistrationId,
    pub full_name: String,
    /// The organisation of a delegation that waits together.
    pub delegation: Option<String>,
    pub people: i16,
    pub since: DateTime<Utc>,
    pub standing: Queue,
}

/// A step in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    pub at: DateTime<Utc>,
    /// As [`PartyRow::registration`]; `None` where nothing is left of it.
    pub registration: Option<RegistrationId>,
    pub full_name: Option<String>,
    pub step: String,
    pub reason: StepReason,
    pub actor_kind: String,
    /// The account's name.
    pub actor: Option<String>,
}

/// Why a step happened, as far as it has a reason beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepReason {
    /// The people of the party then.
    pub people: Option<i64>,
    /// The seats that it needs, where it is held back.
    pub needs: Option<i64>,
    /// The seats that were free, where it is held back.
    pub free: Option<i64>,
    /// Until when a seat is held.
    pub until: Option<DateTime<Utc>>,
}

/// Everything of the current edition that can be full: seats for the day in the order of their first audience, then sessions
/// in the order of their times.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`].
pub async fn queues(cx: &Context, actor: &Actor) -> Result<Vec<QueueNumbers>, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    store::numbers(&cx.pool, None).await
}

/// One queue: who is in it, in order, and its log.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`], also for other editions' queues.
pub async fn queue(cx: &Context, actor: &Actor, id: CapacityId) -> Result<QueuePage, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let numbers = store::numbers(&cx.pool, Some(id)).await?.pop().ok_or(Error::NotFound)?;
    Ok(QueuePage { numbers, parties: store::parties(&cx.pool, id).await?, log: store::log(&cx.pool, id).await? })
}
