//! The outbox, as workers empty it.
//!
//! A worker claims a message, prepares it, marks it as going out at the last moment before its text leaves, and says how that
//! ended. Who dies before that moment has sent nothing: the message goes back to the queue when the lease has run out. Who
//! dies after it leaves a message of which nobody knows whether the provider took it: it is never sent again by itself.
//!
//! Workers look for messages once a second instead of being told: a notice would make the registrations' commits wait for
//! each other.

use chrono::{DateTime, Utc};
use domain::{
    ids::MessageId,
    mail::{Channel, LEASE, next_attempt},
};

use super::store;
use crate::{Context, Error, write};

/// A message in a worker's hands, until the lease has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: MessageId,
    /// Names the lease too: whoever lost it cannot go on with the message.
    pub until: DateTime<Utc>,
    /// Attempts, this one included.
    pub attempts: u16,
}

/// How an attempt ended. The words are for staff and hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it.
    Sent,
    /// Not taken, perhaps later.
    Later(String),
    /// Not taken, and never will be.
    Refused(String),
    /// It went out, and no answer came.
    Unclear(String),
}

/// Says which ways this installation has to send messages; what another start said no longer counts.
///
/// Effects: the rows of `message_channels`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn know_channels(cx: &Context, channels: &[Channel]) -> Result<(), Error> {
    let (keys, now): (Vec<String>, _) = (channels.iter().map(|channel| channel.key().to_owned()).collect(), cx.now());
    write::write(cx, move |tx| {
        let keys = keys.clone();
        Box::pin(async move { store::know_channels(tx, &keys, now).await })
    })
    .await
}

/// Takes the message that is due the longest, if there is one. Other workers pass over it.
///
/// Effects: the message's state, attempts and lease.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn claim(cx: &Context, channel: Channel) -> Result<Option<Claimed>, Error> {
    let (now, until) = (cx.now(), cx.now() + LEASE);
    write::statement(cx, move |pool| async move { store::claim(&pool, channel, now, until).await }).await
}

/// The text goes out now: from here on the message is never taken up again by itself. `false` if the lease was lost.
///
/// Effects: the message's state.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn begin(cx: &Context, claimed: Claimed) -> Result<bool, Error> {
    let now = cx.now();
    write::statement(cx, move |pool| async move { store::begin(&pool, claimed, now).await }).await
}

/// Keeps how an attempt ended: sent, queued for the next attempt, given up or unclear.
///
/// Effects: the message's state, due time and error.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn finish(cx: &Context, claimed: Claimed, outcome: Outcome) -> Result<(), Error> {
    let now = cx.now();
    let (state, error, due_at) = match outcome {
        Outcome::Sent => ("sent", None, None),
        Outcome::Refused(error) => ("failed", Some(error), None),
        Outcome::Unclear(error) => ("unclear", Some(error), None),
        Outcome::Later(error) => match next_attempt(claimed.attempts) {
            Some(pause) => ("queued", Some(error), Some(now + pause)),
            None => ("failed", Some(error), None),
        },
    };
    write::statement(cx, move |pool| {
        let error = error.clone();
        async move { store::finish(&pool, claimed, state, error.as_deref(), due_at, now).await }
    })
    .await
}

/// Gives a message back that was claimed and not begun: the worker stops. The attempt does not count.
///
/// Effects: the message's state.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn release(cx: &Context, claimed: Claimed) -> Result<(), Error> {
    write::statement(cx, move |pool| async move { store::release(&pool, claimed).await }).await
}

/// Sees to messages whose worker was not heard of again: what had not gone out is queued again, of the rest nobody knows.
///
/// Effects: those messages' state.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn recover(cx: &Context) -> Result<(), Error> {
    let now = cx.now();
    write::statement(cx, move |pool| async move { store::recover(&pool, now).await }).await
}
