//! The queue of requests by the law on personal data, and how staff answer them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    access::{Action, Actor, authorise},
    form::{FieldErrors, Problem},
    ids::{EditionId, PrivacyRequestId, RegistrationId},
    privacy::{
        NOTICE_VERSION, NewRequest, Purpose, RequestChannel, RequestState, Response, Right, answer_due_on, due_on, extended_due_on, field,
    },
    text::Locale,
    time::{local_date, start_of_day},
};
use serde::Serialize;
use serde_json::json;

use super::{erasure::erase, store};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict,
    write,
};

/// A request: what was asked, until when it is due, what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    pub id: PrivacyRequestId,
    pub right: Right,
    pub channel: RequestChannel,
    pub detail: String,
    pub asked_at: DateTime<Utc>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// The last day for saying that it came.
    pub answer_due_on: NaiveDate,
    /// The last day for doing it.
    pub due_on: NaiveDate,
    pub extended_at: Option<DateTime<Utc>>,
    pub extension_reason: Option<String>,
    pub state: RequestState,
    pub outcome: String,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Request {
    /// The last day for what has to happen next; none where nothing has to.
    #[must_use]
    pub fn next_due_on(&self) -> Option<NaiveDate> {
        match self.state {
            RequestState::Open if self.acknowledged_at.is_none() => Some(self.answer_due_on.min(self.due_on)),
            RequestState::Open => Some(self.due_on),
            RequestState::Done | RequestState::Refused => None,
        }
    }

    /// Whether what has to happen next should have happened before today.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.next_due_on().is_some_and(|day| day < local_date(now))
    }

    /// Whether its one extension may be taken still.
    #[must_use]
    pub fn may_be_extended(&self, now: DateTime<Utc>) -> bool {
        self.state == RequestState::Open && self.extended_at.is_none() && local_date(now) <= self.due_on
    }
}

/// A request as staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    pub request: Request,
    pub edition: EditionId,
    /// Whom it is about, where that person registered.
    pub registration: Option<RegistrationId>,
    /// Empty once the person is erased.
    pub full_name: Option<String>,
    pub short_code: Option<String>,
    /// What the person agrees to now.
    pub given: Vec<Purpose>,
}

/// The requests of the current edition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// What is due first stands first.
    pub open: Vec<Filed>,
    /// The last fifty, the newest first.
    pub ended: Vec<Filed>,
}

/// The queue.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`].
pub async fn requests(cx: &Context, actor: &Actor) -> Result<Queue, Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    let mut open = store::requests::open(&cx.pool).await?;
    open.sort_by_key(|filed| (filed.request.next_due_on(), filed.request.id));
    Ok(Queue { open, ended: store::requests::ended(&cx.pool).await? })
}

/// One request.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`]; [`Error::NotFound`].
pub async fn request(cx: &Context, actor: &Actor, id: PrivacyRequestId) -> Result<Filed, Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    store::requests::one(&cx.pool, id).await?.ok_or(Error::NotFound)
}

/// Files a request that came by phone, e-mail, letter or at the desk. Its days count from the day on which it came.
///
/// Effects, in one transaction: the request, one audit entry `privacy.file`.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`]; [`Error::Invalid`] on [`field::CODE`] where nobody has this code;
/// [`Error::NotFound`] before any import.
pub async fn file(cx: &Context, actor: &Actor, new: NewRequest) -> Result<PrivacyRequestId, Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let registration = match &new.code {
        None => None,
        Some(code) => {
            let found = store::requests::registration(&cx.pool, edition, code).await?;
            Some(found.ok_or_else(|| FieldErrors::one(field::CODE, Problem::UnknownCode))?)
        }
    };
    let now = cx.now();
    let asked_at = if new.asked_on == local_date(now) { now } else { start_of_day(new.asked_on) + TimeDelta::hours(12) };
    let id = PrivacyRequestId(cx.new_id());
    let asked = store::Filing {
        id,
        edition,
        registration,
        right: new.right,
        channel: new.channel,
        detail: new.detail,
        asked_at,
        acknowledged_at: new.channel.answers_at_once().then_some(asked_at),
        answer_due_on: answer_due_on(asked_at, &store::holidays(&cx.pool).await?),
        due_on: due_on(new.right, asked_at),
        state: RequestState::Open,
        ended_by: None,
    };
    let by = actor.clone();
    write::write(cx, move |tx| {
        let (asked, by) = (asked.clone(), by.clone());
        Box::pin(async move {
            store::insert(tx, &asked).await?;
            let detail = json!({ "right": asked.right.key(), "channel": asked.channel.key() });
            audit::record(tx, now, By::Actor(&by), entry("privacy.file", id, detail)).await
        })
    })
    .await?;
    Ok(id)
}

/// Notes that the person was told that the request came. Again, it changes nothing.
///
/// Effects, in one transaction: the request, one audit entry `privacy.acknowledge`.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`]; [`Error::NotFound`].
pub async fn acknowledge(cx: &Context, actor: &Actor, id: PrivacyRequestId) -> Result<(), Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    let (now, by) = (cx.now(), actor.clone());
    write::write(cx, move |tx| {
        let by = by.clone();
        Box::pin(async move {
            let asked = store::requests::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if asked.state != RequestState::Open || asked.acknowledged_at.is_some() {
                return Ok(());
            }
            store::requests::acknowledge(tx, id, now).await?;
            audit::record(tx, now, By::Actor(&by), entry("privacy.acknowledge", id, json!({}))).await
        })
    })
    .await
}

/// Takes the one extension that the law allows, with the reason that the person is told.
///
/// Effects, in one transaction: the request, one audit entry `privacy.extend`.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`]; [`Error::NotFound`]; [`Error::Conflict`] when it is answered, overdue or
/// was extended before.
pub async fn extend(cx: &Context, actor: &Actor, id: PrivacyRequestId, reason: &str) -> Result<(), Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    let (now, by, reason) = (cx.now(), actor.clone(), reason.to_owned());
    write::write(cx, move |tx| {
        let (by, reason) = (by.clone(), reason.clone());
        Box::pin(async move {
            let asked = store::requests::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if asked.state != RequestState::Open || asked.is_extended || local_date(now) > asked.due_on {
                return Err(Error::Conflict(Conflict::PrivacyRequest));
            }
            let due_on = extended_due_on(asked.right, asked.due_on);
            store::requests::extend(tx, id, now, &reason, due_on).await?;
            audit::record(tx, now, By::Actor(&by), entry("privacy.extend", id, json!({ "due_on": due_on }))).await
        })
    })
    .await
}

/// Ends a request: done, or refused for a reason. Done withdrawals are recorded for the purposes that are named; a done erasure
/// erases, and leaves no words about the person here either.
///
/// Effects, in one transaction: the request, consent records, one audit entry `privacy.answer`; those of erasing a person.
///
/// # Errors
/// The policy's for [`Action::AnswerPrivacyRequests`]; [`Error::NotFound`]; [`Error::Conflict`] when it was answered before.
pub async fn answer(cx: &Context, actor: &Actor, id: PrivacyRequestId, response: Response) -> Result<(), Error> {
    authorise(actor, Action::AnswerPrivacyRequests)?;
    let (now, by, cx_) = (cx.now(), actor.clone(), cx.clone());
    write::write(cx, move |tx| {
        let (by, response, cx) = (by.clone(), response.clone(), cx_.clone());
        Box::pin(async move {
            // Seats are locked before people, and people before what they asked.
            let to_erase = if response.is_done { store::requests::to_erase(tx, id).await? } else { None };
            if let Some((registration, channel)) = to_erase {
                erase(tx, &cx, registration, channel, By::Actor(&by)).await?;
            }
            let asked = store::requests::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if asked.state != RequestState::Open {
                return Err(Error::Conflict(Conflict::PrivacyRequest));
            }
            let state = if response.is_done { RequestState::Done } else { RequestState::Refused };
            if let (RequestState::Done, Right::Withdraw, Some(registration)) = (state, asked.right, asked.registration) {
                for purpose in response.withdrawn.iter().copied().filter(|purpose| !purpose.is_needed()) {
                    let decision = store::Decided { purpose, given: false, locale: Locale::Vi, channel: asked.channel, at: now };
                    store::decide(tx, registration, decision, NOTICE_VERSION).await?;
                }
            }
            let outcome = if to_erase.is_some() { "" } else { &response.outcome };
            store::requests::end(tx, id, state, outcome, now, by.account()).await?;
            let detail = json!({ "right": asked.right.key(), "state": state.key() });
            audit::record(tx, now, By::Actor(&by), entry("privacy.answer", id, detail)).await
        })
    })
    .await
}

fn entry(action: &'static str, id: PrivacyRequestId, detail: serde_json::Value) -> Entry {
    Entry { action, subject_kind: "privacy_request", subject_id: Some(id.0), detail }
}
