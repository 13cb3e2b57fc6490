//! Registration: the form's choices, taking a seat, the ticket behind the secret link, the waiting list, invitations, and
//! what staff decide.

mod attention;
pub mod badges;
mod change;
mod decide;
pub mod delegation;
pub mod desk;
mod invitation;
mod leave;
mod lost;
mod merge;
mod queues;
mod register;
pub mod spare;
mod store;
#[cfg(test)]
mod tests;
mod ticket;
mod turnstile;
mod waiting;

use data_encoding::BASE64URL_NOPAD;
use domain::{
    access::{self, Action, Actor},
    contact::Phone,
    ids::{AudienceId, OrganisationId},
    registration::{Application, Asked, AudienceKind, Details, InvitationCode, OfferedSession, Question, Window},
    text::{self, Bilingual},
};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    Context, Error,
    edition::{self, Edition},
    write::{self, Work},
};

pub use attention::{ATTENTION, write_attention};
pub use change::{Changeable, change, change_by_staff, details, details_by_staff};
pub use decide::{MESSAGE, MESSAGE_MAX, approve, block, cancel_by_staff, refuse, reissue, resend, unblock};
pub(crate) use invitation::code as invitation_code;
pub use invitation::{
    Invitable, Invitation, InvitationStanding, NewInvitation, ask_invitation, create_invitation, invitables, invitation_field, invitations,
    revoke_invitation,
};
pub use leave::cancel;
pub(crate) use leave::release;
pub use lost::send_links;
pub use merge::{KEEP, merge};
pub use queues::{PartyRow, QueueNumbers, QueueOf, QueuePage, StepReason, StepRow, queue, queues};
pub use register::register;
pub(crate) use store::{questions, told_answers};
pub use ticket::{Issued, MySeat, MySession, PublicTicket, Queue, TicketPage, public_ticket, ticket};
pub use turnstile::Turnstile;
pub(crate) use waiting::promote;
pub use waiting::{accept, accept_session, invite, invite_registration, lapse_overdue};

/// How often one form's registration may have ended before its link is no longer found from what is stored.
const MOST_ENDED: i64 = 32;

/// What the registration form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormChoices {
    pub edition: Edition,
    /// The public audiences in their order.
    pub audiences: Vec<AudienceChoice>,
    pub communes: Vec<Commune>,
    /// The bodies that officials choose from.
    pub organisations: Vec<Body>,
    pub questions: Vec<Question>,
    /// The sessions that can be chosen beside the day.
    pub sessions: Vec<SessionChoice>,
}

/// What a form is read with: what it asked and offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The public audiences in their order; before them the one that an invitation opens.
    pub audiences: Vec<AudienceChoice>,
    pub questions: Vec<Question>,
    pub sessions: Vec<OfferedSession>,
}

impl Offer {
    /// What an audience's form asks.
    #[must_use]
    pub fn asked<'a>(&'a self, audience: &'a AudienceChoice) -> Asked<'a> {
        Asked {
            audience_code: &audience.code,
            questions: &self.questions,
            sessions: &self.sessions,
            ..Asked::plain(audience.id, audience.kind)
        }
    }
}

/// A session as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionChoice {
    pub offered: OfferedSession,
    pub room: Bilingual,
    /// Seats left; `None` without limit.
    pub left: Option<i32>,
    /// The people in its queue.
    pub waiting: i32,
}

/// How an invitation lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// While there are seats.
    Plainly,
    /// Even where there are none.
    PastAFullHouse,
}

/// An audience as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceChoice {
    pub id: AudienceId,
    pub code: String,
    pub kind: AudienceKind,
    pub name: Bilingual,
    pub window: Window,
    /// Seats left; `None` without limit.
    pub left: Option<i32>,
    /// The people in its queue: while there are any, a newcomer joins them.
    pub waiting: i32,
    pub needs_approval: bool,
    pub has_waiting_list: bool,
    /// Whether it is shown because of an invitation.
    pub invited: Option<Invited>,
}

/// A commune or ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commune {
    pub code: String,
    /// Without its kind: "Tân Thành".
    pub name: String,
    pub kind: CommuneKind,
}

/// What a commune is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommuneKind {
    /// `xã`
    Rural,
    /// `phường`
    Ward,
}

/// A public body that an official may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub id: OrganisationId,
    pub name: Bilingual,
    pub kind: BodyKind,
}

/// Where a body stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// A department of the province, or any other body that is no commune's.
    Department,
    /// The People's Committee of a commune or ward.
    Commune,
}

/// The secret in a ticket's link: 32 bytes in base64url, derived from the form's key and the installation's secret. Only
/// its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret(pub String);

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

/// The form's choices now, with the audience that an invitation opens; `None` before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn choices(cx: &Context, invitation: Option<&InvitationCode>) -> Result<Option<FormChoices>, Error> {
    let Some(edition) = edition::current(cx).await? else { return Ok(None) };
    let audiences = store::audiences(&cx.pool, edition.id, invitation, cx.now()).await?;
    let communes = store::communes(&cx.pool).await?;
    let organisations = store::organisations(&cx.pool, edition.peak_on).await?;
    let questions = store::questions(&cx.pool, edition.id).await?;
    let sessions = store::session_choices(&cx.pool, edition.id, cx.now()).await?;
    Ok(Some(FormChoices { edition, audiences, communes, organisations, questions, sessions }))
}

/// What a handler needs to read a form now. Empty before any import.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn offer(cx: &Context, invitation: Option<&InvitationCode>) -> Result<Offer, Error> {
    let Some(edition) = edition::current(cx).await? else { return Ok(Offer::default()) };
    Ok(Offer {
        audiences: store::audiences(&cx.pool, edition.id, invitation, cx.now()).await?,
        questions: store::questions(&cx.pool, edition.id).await?,
        sessions: store::session_choices(&cx.pool, edition.id, cx.now()).await?.into_iter().map(|session| session.offered).collect(),
    })
}

/// How many are registered, by the seats that they share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// The audiences that share these seats, public and hidden, in their order.
    pub audiences: Vec<Bilingual>,
    /// People with a seat.
    pub taken: i32,
    /// `None` without limit.
    pub size: Option<i32>,
    /// People in the queue.
    pub waiting: i32,
}

/// How full each capacity of the current edition is, in the order of its first audience.
///
/// # Errors
/// The policy's for [`domain::access::Action::SeeOrganiserDesk`].
pub async fn numbers(cx: &Context, actor: &Actor) -> Result<Vec<Occupancy>, Error> {
    access::authorise(actor, Action::SeeOrganiserDesk)?;
    store::numbers(&cx.pool).await
}

/// Proves that every counter tells the truth: `taken` is the number of people with a seat, `waiting` of those in the queue.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn check_capacities(cx: &Context) -> Result<Vec<CapacityFault>, Error> {
    store::capacity_faults(&cx.pool).await
}

/// A counter that does not tell the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityFault {
    /// The codes of the audiences that share the capacity, or of the session.
    pub of: String,
    pub taken: i64,
    pub counted: i64,
    pub waiting: i64,
    pub queued: i64,
}

/// Does what staff decide about registrations in one transaction, if they may. The work may run again from its beginning. Then
/// the hint of [`crate::live`]: gates hear of it.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; what the work returns.
async fn by_staff<T, F>(cx: &Context, actor: &Actor, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut PgConnection, Context, Actor) -> Work<'t, T> + Send + Sync + 'static,
{
    if_allowed(cx, actor, Action::ManageRegistrations, work).await
}

/// The same, for an action of its own.
///
/// # Errors
/// The policy's for this action; what the work returns.
async fn if_allowed<T, F>(cx: &Context, actor: &Actor, action: Action, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut PgConnection, Context, Actor) -> Work<'t, T> + Send + Sync + 'static,
{
    access::authorise(actor, action)?;
    let _told = cx.live.tell_when_done();
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::write(cx, move |tx| work(tx, cx_.clone(), actor.clone())).await
}

/// The key of a form with this person in it: who goes back in the browser and registers somebody else sends the same
/// hidden key with another person, and that is no repeat.
fn form_key(application: &Application, key: Uuid) -> Uuid {
    let Details { full_name, phone, .. } = &application.details;
    let phone = phone.as_ref().map_or("", Phone::e164);
    uuid_of(&format!("{key}\n{}\n{}\n{phone}", application.audience, full_name.as_str()))
}

/// The UUID of a text: the same for the same text, and no other's.
fn uuid_of(text: &str) -> Uuid {
    let digest = hash(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The link of a form's registration after so many that have ended.
fn link_secret(cx: &Context, idempotency_key: Uuid, ended: i64) -> LinkSecret {
    let purpose = match ended {
        0 => format!("ticket link {idempotency_key}"),
        after => format!("ticket link {idempotency_key} {after}"),
    };
    LinkSecret(BASE64URL_NOPAD.encode(&cx.secret.derive(&purpose)))
}

/// The link of a stored registration, by its form's key and the hash that is kept; `None` for links of another secret.
pub(crate) fn link_of(cx: &Context, idempotency_key: Uuid, link_hash: &[u8]) -> Option<LinkSecret> {
    (0..MOST_ENDED).map(|ended| link_secret(cx, idempotency_key, ended)).find(|secret| hash(&secret.0) == link_hash)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What staff find a person by: name, organisation, phone in both spellings, e-mail, folded.
fn search_text(details: &Details) -> String {
    let national = details.phone.as_ref().map(|phone| phone.national().replace(' ', ""));
    let parts = [
        Some(details.full_name.as_str()),
        details.organisation_name.as_deref(),
        details.phone.as_ref().map(Phone::e164),
        national.as_deref(),
        details.email.as_ref().map(domain::contact::Email::as_str),
    ];
    text::fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
