//! Registering somebody who stands at the desk.

use std::sync::Arc;

use domain::{
    access::{self, Action, Actor},
    form::{FieldErrors, Problem},
    ids::{AudienceId, RegistrationId},
    privacy::NOTICE_VERSION,
    registration::{IfFull, WalkIn, field},
    text::{self, Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use uuid::Uuid;

use super::store::{
    self,
    walk_in::{Outcome, Way},
};
use crate::{
    Context, Error,
    registration::{self, LinkSecret, store::seats, waiting},
    write,
};

/// How often a ticket is numbered anew when its number is taken, or a phone's place.
const ATTEMPTS: usize = 16;

/// The people of somebody at the desk.
const ALONE: i16 = 1;

/// An audience at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskAudience {
    pub id: AudienceId,
    pub name: Bilingual,
    /// Seats left; `None` without limit.
    pub left: Option<i32>,
    /// The people in its queue: while there are any, the seats left are theirs.
    pub waiting: i32,
    /// Whether one can join a queue where it is full.
    pub has_waiting_list: bool,
}

impl DeskAudience {
    /// Whether a newcomer finds a seat.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.left.is_none_or(|left| left > 0 && self.waiting == 0)
    }
}

/// Somebody who has just been registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcomed {
    pub id: RegistrationId,
    pub full_name: String,
    /// The ticket's; `None` for somebody who waits.
    pub short_code: Option<ShortCode>,
    pub link: LinkSecret,
}

/// Every audience of the current edition, hidden ones too: at the desk staff choose.
///
/// # Errors
/// The policy's for [`Action::RegisterWalkIn`].
pub async fn desk_audiences(cx: &Context, actor: &Actor) -> Result<Vec<DeskAudience>, Error> {
    access::authorise(actor, Action::RegisterWalkIn)?;
    store::walk_in::audiences(&cx.pool).await
}

/// Registers somebody at the desk and issues the ticket at once, whatever the audience's window: who stands here has come.
/// The same form sent again, by its `key`, gives the same ticket. Where all seats are taken, or others wait, the form says what
/// is done.
///
/// Effects, by one statement: the seat, the registration (channel `desk`), its ticket, the consent that was read out, one
/// audit entry `registration.walk_in` with the reason for a seat beyond the others; for who waits, in one transaction, a place
/// in the queue in the stead of seat and ticket.
///
/// # Errors
/// The policy's for [`Action::RegisterWalkIn`], and for [`Action::ManageRegistrations`] beyond the seats; [`Error::Invalid`]:
/// audience unknown, or full, or others wait for its seats; a phone with as many registrations as the edition allows it.
pub async fn register_walk_in(cx: &Context, actor: &Actor, form: WalkIn, key: Uuid, locale: Locale) -> Result<Welcomed, Error> {
    access::authorise(actor, Action::RegisterWalkIn)?;
    if let IfFull::Admit(_) = form.if_full {
        access::authorise(actor, Action::ManageRegistrations)?;
    }
    let key = key_of(&form, key);
    let link = registration::link_secret(cx, key, 0);
    if let Some((id, full_name, short_code)) = store::walk_in::by_key(&cx.pool, key).await? {
        return Ok(Welcomed { id, full_name, short_code, link });
    }
    let mut person = store::walk_in::NewWalkIn {
        id: cx.new_id(),
        search_text: search_text(&form),
        link_hash: registration::hash(&link.0),
        key,
        locale,
        at: cx.now(),
        notice_version: NOTICE_VERSION,
        ticket_id: TicketId(0),
        short_code: ShortCode::from_random(0),
        actor: actor.account().map(|id| id.0),
        form,
    };
    let way = if let IfFull::Admit(_) = person.form.if_full { Way::Beyond } else { Way::IfFree };
    for _ in 0..ATTEMPTS {
        person.ticket_id = TicketId(u64::from_be_bytes(cx.random_bytes()));
        person.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        let attempt = Arc::new(person.clone());
        let taking = move |pool| {
            let person = attempt.clone();
            async move { store::walk_in::take_seat(&pool, &person, way).await }
        };
        let mut outcome = write::statement(cx, taking).await?;
        if outcome == Outcome::Full && person.form.if_full == IfFull::Queue {
            outcome = join_queue(cx, &person).await?;
        }
        match outcome {
            Outcome::Taken | Outcome::Repeat => {
                let (id, full_name, short_code) = store::walk_in::by_key(&cx.pool, key).await?.ok_or(Error::NotFound)?;
                return Ok(Welcomed { id, full_name, short_code, link });
            }
            Outcome::NoAudience => return Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into()),
            Outcome::Full => return Err(FieldErrors::one(field::AUDIENCE, Problem::Full).into()),
            Outcome::PhoneFull { most } => return Err(FieldErrors::one(field::PHONE, Problem::PhoneFull { most }).into()),
            Outcome::Again => {}
        }
    }
    Err(Error::Internal("no free ticket number was found".into()))
}

/// Puts the person into the queue, unless a seat has come free meanwhile: then the first way is tried again.
async fn join_queue(cx: &Context, person: &store::walk_in::NewWalkIn) -> Result<Outcome, Error> {
    let Some(audience) = store::walk_in::audience(&cx.pool, person.form.audience).await? else { return Ok(Outcome::NoAudience) };
    if !audience.has_waiting_list {
        return Ok(Outcome::Full);
    }
    let (cx_, person) = (cx.clone(), Arc::new(person.clone()));
    write::write(cx, move |tx| {
        let (cx, person) = (cx_.clone(), person.clone());
        Box::pin(async move {
            if seats::lock(tx, audience.capacity).await?.is_open_to(ALONE) {
                return Ok(Outcome::Again);
            }
            let outcome = store::walk_in::take_seat(&mut *tx, &person, Way::Queue).await?;
            if outcome == Outcome::Taken {
                waiting::join(tx, &cx, audience.edition, audience.capacity, &[RegistrationId(person.id)], ALONE).await?;
            }
            // After any other outcome the transaction is of no more use; committing it stores nothing.
            Ok(outcome)
        })
    })
    .await
}

/// The key of a form with this person in it: who goes back in the browser and registers the next one is no repeat.
fn key_of(form: &WalkIn, key: Uuid) -> Uuid {
    let phone = form.phone.as_ref().map_or("", |phone| phone.e164());
    registration::uuid_of(&format!("desk {key}\n{}\n{}\n{phone}", form.audience, form.full_name.as_str()))
}

fn search_text(form: &WalkIn) -> String {
    let phone = form.phone.as_ref().map(|phone| format!(" {} {}", phone.e164(), phone.national().replace(' ', ""))).unwrap_or_default();
    text::fold(&format!("{}{phone}", form.full_name.as_str()))
}
