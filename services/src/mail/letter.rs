//! A message as it is when its turn comes: to whom, with which text, and what is then true.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{
    ids::{EditionId, RegistrationId},
    mail::{Channel, Facts, MessageKind, Template, makes_sense},
    registration::{InvitationCode, Status},
    text::{Bilingual, Locale},
};

use super::{Claimed, To, store};
use crate::{
    Context, Error,
    edition::{self, Edition},
    privacy::{self, StopSecret},
    registration::{self, LinkSecret, TicketPage, delegation},
    write,
};

/// A message that is to go out.
#[derive(Clone)]
pub struct Letter {
    pub kind: MessageKind,
    pub channel: Channel,
    /// The address or the phone's number.
    pub to: String,
    pub template: Template,
    pub facts: LetterFacts,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("kind", &self.kind).field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// What a message may name.
#[derive(Clone, Debug)]
pub struct LetterFacts {
    pub edition: Edition,
    pub locale: Locale,
    pub name: String,
    pub audience: Option<Bilingual>,
    pub link: LetterLink,
    /// As people read it: a ticket's short code, or an invitation's.
    pub code: Option<String>,
    /// With a seat, by start.
    pub sessions: Vec<SessionSeat>,
    /// Until when a seat is held, or an invitation holds.
    pub deadline: Option<DateTime<Utc>>,
    /// Counted from 1.
    pub position: Option<i64>,
    pub staff_message: Option<String>,
    /// Where one is held.
    pub ticket: Option<Box<TicketPage>>,
    /// Ends such messages, where they come by consent.
    pub stop: Option<StopSecret>,
}

/// Where a message leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterLink {
    Ticket(LinkSecret),
    Delegation(LinkSecret),
    /// The form where everybody registers, opened by an invitation.
    Register(InvitationCode),
}

/// A session that somebody has a seat in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeat {
    pub title: Bilingual,
    pub room: Bilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// The letter of a claimed message; `None` where it is no longer true, or nobody is left to read it: then it is dropped.
///
/// Effects: the state of a message that is dropped.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Internal`] for a stored text that is no template.
pub async fn letter(cx: &Context, claimed: Claimed) -> Result<Option<Letter>, Error> {
    let letter = read(cx, claimed).await?;
    if letter.is_none() {
        let now = cx.now();
        write::statement(cx, move |pool| async move { store::finish(&pool, claimed, "dropped", None, None, now).await }).await?;
    }
    Ok(letter)
}

async fn read(cx: &Context, claimed: Claimed) -> Result<Option<Letter>, Error> {
    let Some(message) = store::message(&cx.pool, claimed.id).await? else { return Ok(None) };
    let found = match message.to {
        To::Registration(id) => to_person(cx, &message, id).await?,
        To::Delegation(id) => match store::delegation(&cx.pool, id).await? {
            Some(recipient) => {
                let link = LetterLink::Delegation(delegation::leader_link(cx, recipient.key));
                plain(cx, &message, recipient, link, None).await?
            }
            None => None,
        },
        To::Invitation(id) => match store::invitation(&cx.pool, id, cx.now()).await? {
            Some(recipient) => {
                let code = registration::invitation_code(cx, id);
                let shown = code.shown();
                plain(cx, &message, recipient, LetterLink::Register(code), Some(shown)).await?
            }
            None => None,
        },
    };
    let Some((to, (subject, body), facts)) = found else { return Ok(None) };
    let template = Template::parse(&subject, &body).map_err(|error| Error::Internal(error.into()))?;
    Ok(Some(Letter { kind: message.kind, channel: message.channel, to, template, facts }))
}

/// The address, the text, and what is true.
type Found = (String, (String, String), LetterFacts);

async fn to_person(cx: &Context, message: &store::Message, id: RegistrationId) -> Result<Option<Found>, Error> {
    let Some(person) = store::person(&cx.pool, id, cx.now()).await? else { return Ok(None) };
    let to = match message.channel {
        Channel::Email => person.email.clone(),
        Channel::Sms => person.phone.clone(),
    };
    let Some(to) = to else { return Ok(None) };
    let (text, stops) = match message.mailing {
        None if !makes_sense(message.kind, person.facts()) => return Ok(None),
        None => (text(cx, message.edition, message.kind, person.locale).await?, false),
        Some(mailing) => match store::mailing_text(&cx.pool, mailing, id, person.locale).await? {
            Some((text, is_about_seat)) => (text, !is_about_seat),
            None => return Ok(None),
        },
    };
    let stop = stops.then(|| privacy::stop_secret(cx, id));
    Ok(facts_of(cx, id, person).await?.map(|facts| (to, text, LetterFacts { stop, ..facts })))
}

/// A message to somebody who is not registered by it.
async fn plain(
    cx: &Context,
    message: &store::Message,
    recipient: store::Recipient,
    link: LetterLink,
    code: Option<String>,
) -> Result<Option<Found>, Error> {
    let to = match message.channel {
        Channel::Email => recipient.email,
        Channel::Sms => recipient.phone,
    };
    let Some(to) = to else { return Ok(None) };
    let text = text(cx, message.edition, message.kind, recipient.locale).await?;
    let facts = LetterFacts {
        edition: edition::by_id(cx, message.edition).await?,
        locale: recipient.locale,
        name: recipient.name,
        audience: Some(recipient.audience),
        link,
        code,
        sessions: Vec::new(),
        deadline: recipient.deadline,
        position: None,
        staff_message: None,
        ticket: None,
        stop: None,
    };
    Ok(Some((to, text, facts)))
}

/// The organisers' text of this kind, or the one that the program brings.
pub(super) async fn text(cx: &Context, edition: EditionId, kind: MessageKind, locale: Locale) -> Result<(String, String), Error> {
    let own = store::template(&cx.pool, edition, kind, locale).await?;
    let (subject, body) = kind.default_text(locale);
    Ok(own.unwrap_or_else(|| (subject.to_owned(), body.to_owned())))
}

/// What is true of a registration now; `None` where its link was made with another secret.
pub(super) async fn facts_of(cx: &Context, id: RegistrationId, person: store::Person) -> Result<Option<LetterFacts>, Error> {
    let Some(secret) = registration::link_of(cx, person.idempotency_key, &person.link_hash) else { return Ok(None) };
    let ticket = match (person.status, &person.short_code) {
        (Status::Confirmed, Some(_)) => Some(Box::new(registration::ticket(cx, &secret.0).await?)),
        _ => None,
    };
    // A blocked one opens no gate: the link says so, and no file says otherwise.
    let ticket = ticket.filter(|page| page.ticket.as_ref().is_some_and(|issued| !issued.is_blocked));
    Ok(Some(LetterFacts {
        edition: edition::by_id(cx, person.edition).await?,
        locale: person.locale,
        name: person.full_name,
        audience: Some(person.audience),
        link: LetterLink::Ticket(secret),
        code: person.short_code.filter(|_| ticket.is_some()).map(|code| code.shown()),
        sessions: store::sessions(&cx.pool, id).await?,
        deadline: person.offered_until,
        position: person.position,
        staff_message: person.decision_message,
        ticket,
        stop: None,
    }))
}

impl store::Person {
    fn facts(&self) -> Facts {
        Facts {
            status: self.status,
            is_offered: self.offered_until.is_some(),
            is_waiting: self.position.is_some(),
            has_ticket: self.short_code.is_some(),
        }
    }
}
