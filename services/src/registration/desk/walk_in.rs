//! Registering somebody who stands at the desk.

use std::sync::Arc;

use domain::{
    access::{self, Action, Actor},
    form::{FieldErrors, Problem},
    ids::{AudienceId, RegistrationId},
    privacy::NOTICE_VERSION,
    registration::{WalkIn, field},
    text::{self, Bilingual, Locale},
    ticket::{ShortCode, TicketId},
};
use uuid::Uuid;

use super::store::{self, walk_in::Outcome};
use crate::{
    Context, Error,
    registration::{self, LinkSecret},
    write,
};

/// How often a ticket is numbered anew when its number is taken, or a phone's place.
const ATTEMPTS: usize = 16;

/// An audience at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskAudience {
    pub id: AudienceId,
    pub name: Bilingual,
    /// Seats left; `None` without limit.
    pub left: Option<i32>,
}

/// Somebody who has just been registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcomed {
    pub id: RegistrationId,
    pub full_name: String,
    pub short_code: ShortCode,
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
/// The same form sent again, by its `key`, gives the same ticket.
///
/// Effects, by one statement: the seat, the registration (channel `desk`), its ticket, the consent that was read out, one
/// audit entry `registration.walk_in`.
///
/// # Errors
/// The policy's for [`Action::RegisterWalkIn`]; [`Error::Invalid`]: audience unknown, or full, or others wait for its seats; a
/// phone with as many registrations as the edition allows it.
pub async fn register_walk_in(cx: &Context, actor: &Actor, form: WalkIn, key: Uuid, locale: Locale) -> Result<Welcomed, Error> {
    access::authorise(actor, Action::RegisterWalkIn)?;
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
    for _ in 0..ATTEMPTS {
        person.ticket_id = TicketId(u64::from_be_bytes(cx.random_bytes()));
        person.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        let attempt = Arc::new(person.clone());
        let taking = move |pool| {
            let person = attempt.clone();
            async move { store::walk_in::take_seat(&pool, &person).await }
        };
        match write::statement(cx, taking).await? {
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

/// The key of a form with this person in it: who goes back in the browser and registers the next one is no repeat.
fn key_of(form: &WalkIn, key: Uuid) -> Uuid {
    let phone = form.phone.as_ref().map_or("", |phone| phone.e164());
    registration::uuid_of(&format!("desk {key}\n{}\n{}\n{phone}", form.audience, form.full_name.as_str()))
}

fn search_text(form: &WalkIn) -> String {
    let phone = form.phone.as_ref().map(|phone| format!(" {} {}", phone.e164(), phone.national().replace(' ', ""))).unwrap_or_default();
    text::fold(&format!("{}{phone}", form.full_name.as_str()))
}
