//! What organisers see of the outbox, and what they do with it: look, resend, write templates.

use chrono::{DateTime, Utc};
use domain::{
    access::{Action, Actor, authorise},
    ids::{MessageId, RegistrationId},
    mail::{Channel, MessageKind, MessageState, Template},
    text::Locale,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    LetterFacts,
    letter::{facts_of, text},
    mailing::MailingRow,
    store,
};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    error::Conflict,
    write,
};

/// The outbox of the current edition.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// The ways that this installation has.
    pub channels: Vec<Channel>,
    /// How many messages stand where; states without any are left out.
    pub counts: Vec<(MessageState, i64)>,
    /// Given up or unclear, the newest first: the first hundred.
    pub dead: Vec<MessageRow>,
    pub mailings: Vec<MailingRow>,
    /// The texts that are the organisers' own.
    pub own_templates: Vec<(MessageKind, Locale)>,
}

/// A message in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub id: MessageId,
    pub kind: MessageKind,
    pub channel: Channel,
    pub state: MessageState,
    pub attempts: u16,
    /// In codes, as [`super::Outcome`] has it.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When the next attempt comes, of one that is queued.
    pub due_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Whom it is for, where it is a person's.
    pub registration: Option<RegistrationId>,
    /// The recipient's name; empty for who was erased.
    pub name: String,
}

/// A template as it stands, with somebody to show it on.
#[derive(Clone, Debug)]
pub struct TemplateText {
    pub subject: String,
    pub body: String,
    pub is_own: bool,
    /// The newest registration with a ticket, for the preview.
    pub sample: Option<LetterFacts>,
}

/// The outbox now; empty before any import.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`].
pub async fn outbox(cx: &Context, actor: &Actor) -> Result<Outbox, Error> {
    authorise(actor, Action::ManageMessages)?;
    let channels = store::console::channels(&cx.pool).await?;
    let Some(edition) = edition::current(cx).await? else {
        return Ok(Outbox { channels, counts: Vec::new(), dead: Vec::new(), mailings: Vec::new(), own_templates: Vec::new() });
    };
    Ok(Outbox {
        channels,
        counts: store::console::counts(&cx.pool, edition.id).await?,
        dead: store::console::dead(&cx.pool, edition.id).await?,
        mailings: store::mailing::list(&cx.pool, edition.id).await?,
        own_templates: store::console::own_templates(&cx.pool, edition.id).await?,
    })
}

/// Every message about one person, the newest first, for the person's page.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`].
pub async fn messages_of(cx: &Context, actor: &Actor, registration: RegistrationId) -> Result<Vec<MessageRow>, Error> {
    authorise(actor, Action::ManageRegistrations)?;
    store::console::messages_of(&cx.pool, registration).await
}

/// Queues a message again that was given up or is unclear. Whoever does this to an unclear one takes the risk that it comes
/// twice.
///
/// Effects, in one transaction: the message's state, one audit entry `message.resend`.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`]; [`Error::Conflict`] where it is in another state.
pub async fn resend(cx: &Context, actor: &Actor, id: MessageId) -> Result<(), Error> {
    authorise(actor, Action::ManageMessages)?;
    let (actor, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        Box::pin(async move {
            let state = store::console::lock(tx, id).await?.ok_or(Error::NotFound)?;
            if !state.may_be_resent() {
                return Err(Error::Conflict(Conflict::MessageState));
            }
            store::console::requeue(tx, id, now).await?;
            record(tx, now, &actor, "message.resend", "message", Some(id.0), json!({ "was": state.key() })).await
        })
    })
    .await
}

pub(super) async fn record(
    tx: &mut sqlx::PgConnection,
    now: DateTime<Utc>,
    actor: &Actor,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: Option<Uuid>,
    detail: serde_json::Value,
) -> Result<(), Error> {
    audit::record(tx, now, By::Actor(actor), Entry { action, subject_kind, subject_id, detail }).await
}

/// The text of a kind in a language, and whose data may show it.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`] before any import and for kinds without a template.
pub async fn template(cx: &Context, actor: &Actor, kind: MessageKind, locale: Locale) -> Result<TemplateText, Error> {
    authorise(actor, Action::ManageMessages)?;
    let edition = edition::current(cx).await?.filter(|_| kind.has_template()).ok_or(Error::NotFound)?;
    let is_own = store::template(&cx.pool, edition.id, kind, locale).await?.is_some();
    let (subject, body) = text(cx, edition.id, kind, locale).await?;
    let sample = match store::console::newest(&cx.pool, edition.id).await? {
        Some(id) => sample(cx, id, locale).await?,
        None => None,
    };
    Ok(TemplateText { subject, body, is_own, sample })
}

/// What is true of somebody, to show a text on; in the language of the text.
pub(super) async fn sample(cx: &Context, id: RegistrationId, locale: Locale) -> Result<Option<LetterFacts>, Error> {
    let Some(person) = store::person(&cx.pool, id, cx.now()).await? else { return Ok(None) };
    Ok(facts_of(cx, id, person).await?.map(|facts| LetterFacts { locale, ..facts }))
}

/// Keeps an organiser's text in place of the one that is there.
///
/// Effects, in one transaction: the row of the template, one audit entry `template.write`.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`]; [`Error::Invalid`] as [`Template::parse`].
pub async fn write_template(
    cx: &Context,
    actor: &Actor,
    kind: MessageKind,
    locale: Locale,
    subject: &str,
    body: &str,
) -> Result<(), Error> {
    authorise(actor, Action::ManageMessages)?;
    let edition = edition::current(cx).await?.filter(|_| kind.has_template()).ok_or(Error::NotFound)?;
    Template::parse(subject, body)?;
    let (actor, now, text) = (actor.clone(), cx.now(), (subject.to_owned(), body.to_owned()));
    write::write(cx, move |tx| {
        let (actor, text) = (actor.clone(), text.clone());
        Box::pin(async move {
            store::console::write_template(tx, edition.id, kind, locale, &text, actor.account(), now).await?;
            let detail = json!({ "kind": kind.key(), "locale": locale.tag() });
            record(tx, now, &actor, "template.write", "edition", Some(edition.id.0), detail).await
        })
    })
    .await
}

/// Takes an organiser's text away: the one that the program brings holds again.
///
/// Effects, in one transaction: the row of the template, one audit entry `template.reset`; nothing where there is none.
///
/// # Errors
/// The policy's for [`Action::ManageMessages`]; [`Error::NotFound`].
pub async fn reset_template(cx: &Context, actor: &Actor, kind: MessageKind, locale: Locale) -> Result<(), Error> {
    authorise(actor, Action::ManageMessages)?;
    let edition = edition::current(cx).await?.filter(|_| kind.has_template()).ok_or(Error::NotFound)?;
    let (actor, now) = (actor.clone(), cx.now());
    write::write(cx, move |tx| {
        let actor = actor.clone();
        Box::pin(async move {
            if !store::console::reset_template(tx, edition.id, kind, locale).await? {
                return Ok(());
            }
            let detail = json!({ "kind": kind.key(), "locale": locale.tag() });
            record(tx, now, &actor, "template.reset", "edition", Some(edition.id.0), detail).await
        })
    })
    .await
}
