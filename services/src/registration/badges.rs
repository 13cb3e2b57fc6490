//! Badges: printing them at the desk, and the log of that.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{self, Action, Actor},
    badge::{Reprint, Template},
    form::{FieldErrors, Problem, Values},
    ids::{AudienceId, BadgePrintId, RegistrationId},
    registration::AudienceKind,
    text::Bilingual,
    ticket::BadgeCode,
};
use hkdf::Hkdf;
use serde_json::json;
use sha2::Sha256;

use super::store::badges as store;
use crate::{
    Context, Error,
    audit::{self, By},
    edition,
    error::Conflict,
    store::inconsistent,
    write,
};

/// The most badges that are printed at once.
pub const MOST: usize = 200;
/// How long a print shows its badges after it was ordered; later it is another print, with a reason.
pub const SHOWN_FOR: TimeDelta = TimeDelta::minutes(15);
/// Prints that the page tells of.
const TOLD: i64 = 20;

/// The names of the fields of a print.
pub mod field {
    pub const PERSON: &str = "person";
    pub const TEMPLATE: &str = "template";
    pub const REASON: &str = "reason";
}

/// Whose badges are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub person: Option<RegistrationId>,
    pub audience: Option<AudienceId>,
    /// A part of the organisation's name, in any case; empty for all.
    pub organisation: String,
    /// Also those whose badge was printed.
    pub with_printed: bool,
}

/// Somebody whose badge can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: RegistrationId,
    pub full_name: String,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    /// How often it was printed, and when last.
    pub prints: i64,
    pub printed_at: Option<DateTime<Utc>>,
}

/// What the page of badges shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// By organisation and name, [`MOST`] at most.
    pub people: Vec<Candidate>,
    /// All that the filter finds.
    pub total: i64,
    pub audiences: Vec<(AudienceId, Bilingual)>,
    /// What can be printed on.
    pub templates: Vec<Template>,
    /// Tickets of the edition that hold, and those of them with a badge.
    pub tickets: i64,
    pub with_badge: i64,
    /// The newest first.
    pub log: Vec<Print>,
}

/// One time that badges were sent to a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    pub id: BadgePrintId,
    /// The name of what it was printed on; its code where the edition has it no more.
    pub template: Bilingual,
    pub reason: Option<Reprint>,
    pub by: String,
    pub at: DateTime<Utc>,
    pub badges: i64,
}

/// What is to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub people: Vec<RegistrationId>,
    pub template: Template,
    pub reason: Option<Reprint>,
}

impl Order {
    /// Reads the form of a print, on one of these templates.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, templates: &[Template]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let people: Result<Vec<RegistrationId>, _> = values.all(field::PERSON).map(str::parse).collect();
        let people = people.map_err(|_| Problem::UnknownChoice).and_then(|people| match people.len() {
            0 => Err(Problem::Required),
            1..=MOST => Ok(people),
            _ => Err(Problem::TooLarge { most: i32::try_from(MOST).unwrap_or(i32::MAX) }),
        });
        let people = errors.take(field::PERSON, people);
        let template = templates.iter().find(|template| template.code == values.get(field::TEMPLATE)).cloned();
        let template = errors.take(field::TEMPLATE, template.ok_or(Problem::UnknownChoice));
        let reason = match values.get(field::REASON) {
            "" => Ok(None),
            key => Reprint::from_key(key).map(Some).ok_or(Problem::UnknownChoice),
        };
        match (people, template, errors.take(field::REASON, reason)) {
            (Some(people), Some(template), Some(reason)) => Ok(Self { people, template, reason }),
            _ => Err(errors),
        }
    }
}

/// Badges as they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintSheet {
    pub edition: Bilingual,
    pub print: Print,
    /// What it is printed on; `None`: the edition has no such template any more, and the print is over.
    pub template: Option<Template>,
    /// Those that are still valid; none when the print is older than [`SHOWN_FOR`], or went to a printer.
    pub badges: Vec<Badge>,
    /// Whose they are, also where it went to a printer.
    pub people: Vec<RegistrationId>,
    pub is_over: bool,
    /// When it went to a printer.
    pub printed_at: Option<DateTime<Utc>>,
}

/// One badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    pub full_name: String,
    pub organisation: Option<String>,
    pub audience: Bilingual,
    pub kind: AudienceKind,
    pub code: BadgeCode,
}

/// The people whose badges can be printed, and what was printed.
///
/// # Errors
/// The policy's for [`Action::PrintBadges`]; [`Error::NotFound`] before any import.
pub async fn listing(cx: &Context, actor: &Actor, filter: &Filter) -> Result<Listing, Error> {
    access::authorise(actor, Action::PrintBadges)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let (people, total) = store::candidates(&cx.pool, edition.id, filter, i64::try_from(MOST).unwrap_or(i64::MAX)).await?;
    let (tickets, with_badge) = store::counts(&cx.pool, edition.id).await?;
    let audiences = store::audiences(&cx.pool, edition.id).await?;
    let templates = store::templates(&cx.pool, edition.id).await?;
    let log = store::log(&cx.pool, edition.id, &templates, TOLD).await?;
    Ok(Listing { people, total, audiences, templates, tickets, with_badge, log })
}

/// What badges of the current edition are printed on: the templates of its file, or the usual ones.
///
/// # Errors
/// The policy's for [`Action::PrintBadges`]; [`Error::NotFound`] before any import.
pub async fn templates(cx: &Context, actor: &Actor) -> Result<Vec<Template>, Error> {
    access::authorise(actor, Action::PrintBadges)?;
    store::templates(&cx.pool, edition::current(cx).await?.ok_or(Error::NotFound)?.id).await
}

/// Notes that badges are printed, and makes the codes of those that have none yet. A badge that was printed before is so
/// again only with a reason: after a loss with another code, while the old one stops; else with the same.
///
/// Effects, in one transaction: the badges, the print with all that is on it, and for each person an audit entry
/// `badge.print`. Then the hint of [`crate::live`]: phones know the new codes, and the old ones no more.
///
/// # Errors
/// The policy's for [`Action::PrintBadges`]; [`Error::Invalid`] where a reason is missing; [`Error::Conflict`] where one of
/// the people has no ticket that holds.
pub async fn print(cx: &Context, actor: &Actor, order: Order) -> Result<BadgePrintId, Error> {
    access::authorise(actor, Action::PrintBadges)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?.id;
    let _told = cx.live.tell_when_done();
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::write(cx, move |tx| {
        let (cx, actor, order) = (cx_.clone(), actor.clone(), order.clone());
        Box::pin(async move {
            let ids: Vec<_> = order.people.iter().map(|person| person.0).collect();
            let held = store::lock(tx, edition, &ids).await?;
            if ids.iter().any(|id| !held.iter().any(|held| held.registration == *id)) {
                return Err(Error::Conflict(Conflict::Registration));
            }
            if order.reason.is_none() && held.iter().any(|held| held.badge.is_some()) {
                return Err(FieldErrors::one(field::REASON, Problem::Required).into());
            }
            let print = BadgePrintId(cx.new_id());
            store::insert_print(tx, print, edition, &order, &actor, cx.now()).await?;
            for (position, held) in (0..).zip(&held) {
                let kept = held.badge.filter(|_| !order.reason.is_some_and(Reprint::stops_the_first));
                let digest = if let Some(digest) = kept {
                    digest
                } else {
                    let salt = cx.random_bytes();
                    let digest = code(&cx, &salt).digest();
                    store::replace(tx, held.ticket, &digest, &salt, cx.now()).await?;
                    digest
                };
                store::insert_printed(tx, print, &digest, position).await?;
                let entry = audit::Entry {
                    action: "badge.print",
                    subject_kind: "registration",
                    subject_id: Some(held.registration),
                    detail: json!({ "template": order.template.code, "reason": order.reason.map(Reprint::key) }),
                };
                audit::record(tx, cx.now(), By::Actor(&actor), entry).await?;
            }
            Ok(print)
        })
    })
    .await
}

/// A print, to be sent to the printer: shortly after it was ordered, until [`printed`] tells that it was.
///
/// # Errors
/// The policy's for [`Action::PrintBadges`]; [`Error::NotFound`].
pub async fn sheet(cx: &Context, actor: &Actor, id: BadgePrintId) -> Result<PrintSheet, Error> {
    access::authorise(actor, Action::PrintBadges)?;
    let store::FoundPrint { edition, print, template, printed_at } = store::find_print(&cx.pool, id).await?.ok_or(Error::NotFound)?;
    let is_over = template.is_none() || cx.now() >= print.at + SHOWN_FOR;
    let (mut badges, mut people) = (Vec::new(), Vec::new());
    if !is_over {
        for row in store::printed(&cx.pool, id).await? {
            people.push(row.registration);
            if printed_at.is_some() {
                continue;
            }
            let code = code(cx, &row.salt);
            if code.digest() != row.digest {
                return Err(inconsistent("badges.digest"));
            }
            badges.push(Badge { full_name: row.full_name, organisation: row.organisation, audience: row.audience, kind: row.kind, code });
        }
    }
    Ok(PrintSheet { edition, print, template, badges, people, is_over, printed_at })
}

/// Notes that a print went to a printer, or does so now. From then on its page shows no badges: printed a second time, they would
/// be twice in the world, and no log would tell.
///
/// Effects: `printed_at` of the print, the first time.
///
/// # Errors
/// The policy's for [`Action::PrintBadges`]; [`Error::NotFound`]; [`Error::Unavailable`].
pub async fn printed(cx: &Context, actor: &Actor, id: BadgePrintId) -> Result<(), Error> {
    access::authorise(actor, Action::PrintBadges)?;
    let now = cx.now();
    let is_there = write::statement(cx, move |pool| async move { store::note_printed(&pool, id, now).await }).await?;
    if is_there { Ok(()) } else { Err(Error::NotFound) }
}

/// The code of a badge: made by the server's key of its random salt, so that whoever reads the store has no code.
fn code(cx: &Context, salt: &[u8; 16]) -> BadgeCode {
    let mut bits = [0; 16];
    Hkdf::<Sha256>::new(Some(salt), &cx.secret.derive("badge")).expand(b"code", &mut bits).expect("16 bytes are a valid length");
    BadgeCode::from_random(u128::from_be_bytes(bits))
}

#[cfg(test)]
mod tests;
