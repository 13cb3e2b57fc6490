//! Takes messages out of the outbox, one after the other, and hands them to who carries them.

use std::time::Duration;

use domain::mail::Channel;
use lettre::Message;
use services::{
    Context, Error,
    mail::{self, Claimed, Letter, Outcome},
};
use tokio::sync::watch;

use super::{end, rest};
use crate::{
    config::BaseUrl,
    mail::{
        compose,
        sms::Sms,
        smtp::{Line, Smtp},
    },
};

/// How long to wait when there is nothing to send.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait when the database does not answer.
const TROUBLE: Duration = Duration::from_secs(5);

/// Sends mails until told to stop.
pub async fn mails(cx: Context, smtp: Smtp, base_url: BaseUrl, mut stopped: watch::Receiver<bool>) {
    let mut line = Line::default();
    while !*stopped.borrow_and_update() {
        let pause = match mail::claim(&cx, Channel::Email).await {
            Ok(Some(claimed)) => match one(&cx, claimed, &smtp, &base_url, &mut line, &mut stopped).await {
                Ok(()) => continue,
                Err(error) => trouble(&error),
            },
            Ok(None) => {
                line.close().await;
                PAUSE
            }
            Err(error) => trouble(&error),
        };
        rest(&mut stopped, pause).await;
    }
    line.close().await;
}

/// Sends texts to phones until told to stop.
pub async fn texts(cx: Context, sms: Sms, base_url: BaseUrl, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        let pause = match mail::claim(&cx, Channel::Sms).await {
            Ok(Some(claimed)) => match one_text(&cx, claimed, &sms, &base_url).await {
                Ok(()) => continue,
                Err(error) => trouble(&error),
            },
            Ok(None) => PAUSE,
            Err(error) => trouble(&error),
        };
        rest(&mut stopped, pause).await;
    }
}

async fn one_text(cx: &Context, claimed: Claimed, sms: &Sms, base_url: &BaseUrl) -> Result<(), Error> {
    let Some(letter) = read(cx, claimed).await? else { return Ok(()) };
    let text = app::mail::sms(&letter, base_url.as_str(), sms.with_marks);
    if !mail::begin(cx, claimed).await? {
        return Ok(());
    }
    let outcome = sms.send(&letter.to, &text, &claimed.id.to_string()).await;
    mail::finish(cx, claimed, outcome).await
}

fn trouble(error: &Error) -> Duration {
    tracing::warn!(error = error as &dyn std::error::Error, "the outbox cannot be read");
    TROUBLE
}

async fn one(
    cx: &Context,
    claimed: Claimed,
    smtp: &Smtp,
    base_url: &BaseUrl,
    line: &mut Line,
    stopped: &mut watch::Receiver<bool>,
) -> Result<(), Error> {
    let Some(letter) = read(cx, claimed).await? else { return Ok(()) };
    let Some(message) = written(cx, claimed, letter, smtp, base_url).await else {
        return mail::finish(cx, claimed, Outcome::Refused("write".into())).await;
    };
    let text = message.formatted();
    let ready = tokio::select! {
        biased;
        () = end(stopped) => {
            // The server was told nothing that binds it.
            *line = Line::default();
            return mail::release(cx, claimed).await;
        }
        ready = line.ready(smtp, &message, &text) => ready,
    };
    if let Err(failure) = ready {
        return mail::finish(cx, claimed, failure.into()).await;
    }
    if !mail::begin(cx, claimed).await? {
        *line = Line::default();
        return Ok(());
    }
    let outcome = line.go(&text).await;
    mail::finish(cx, claimed, outcome).await
}

/// The letter of a message, if there is one to send.
async fn read(cx: &Context, claimed: Claimed) -> Result<Option<Letter>, Error> {
    match mail::letter(cx, claimed).await {
        // A letter that cannot be written must not stop those behind it.
        Err(error @ Error::Internal(_)) => {
            tracing::error!(message = %claimed.id, error = &error as &dyn std::error::Error, "a message cannot be written");
            mail::finish(cx, claimed, Outcome::Later("write".into())).await?;
            Ok(None)
        }
        read => read,
    }
}

/// The mail of a letter, written off the async threads: drawing a ticket takes time.
async fn written(cx: &Context, claimed: Claimed, letter: Letter, smtp: &Smtp, base_url: &BaseUrl) -> Option<Message> {
    let (from, base_url, now) = (smtp.from.clone(), base_url.clone(), cx.now());
    let writing = move || compose(&letter, claimed.id, &from, base_url.as_str(), now).map_err(|error| error.to_string());
    match tokio::task::spawn_blocking(writing).await {
        Ok(Ok(message)) => Some(message),
        Ok(Err(error)) => {
            tracing::error!(message = %claimed.id, error, "a mail cannot be written");
            None
        }
        Err(panic) => {
            tracing::error!(message = %claimed.id, error = &panic as &dyn std::error::Error, "a mail cannot be written");
            None
        }
    }
}
