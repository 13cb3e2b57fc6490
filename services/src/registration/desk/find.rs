//! Finding people, a page at a time.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    contact,
    fair::Limit,
    form::FieldErrors,
    ids::{AudienceId, OrganisationId, RegistrationId, SessionId},
    registration::{Status, search::Needle},
    text::{self, Bilingual},
    ticket::ShortCode,
};
use serde_json::json;

use super::store;
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition, limits, write,
};

/// The most people on a page of the list.
pub const PAGE: usize = 30;

/// What a list of people is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// As typed; empty is everybody. See [`Needle`].
    pub words: String,
    pub audience: Option<AudienceId>,
    pub status: Option<Status>,
    /// Who has a place in this session, or waits for one.
    pub session: Option<SessionId>,
    pub order: Order,
    /// The last person of the page before.
    pub after: Option<RegistrationId>,
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The last registered first.
    #[default]
    Newest,
    /// By the called name, then the full name, as Vietnamese is ordered.
    Name,
}

/// A page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub people: Vec<PersonRow>,
    /// Whether more people follow the last of these.
    pub more: bool,
}

/// A person in the list: phone and e-mail only so far that people can be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    pub id: RegistrationId,
    pub full_name: String,
    pub status: Status,
    pub audience: Bilingual,
    pub organisation: Option<String>,
    pub masked_phone: Option<String>,
    pub masked_email: Option<String>,
    pub short_code: Option<ShortCode>,
    /// How many come with it.
    pub people: i16,
    pub created_at: DateTime<Utc>,
}

/// What the list can be narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub audiences: Vec<(AudienceId, Bilingual)>,
    /// The sessions with seats, in their order.
    pub sessions: Vec<SessionFilter>,
}

/// A session that people take seats in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFilter {
    pub id: SessionId,
    pub title: Bilingual,
    pub starts_at: DateTime<Utc>,
}

/// Finds people of the current edition; erased ones are nobody's to find.
///
/// Effects, in one transaction: the search is counted, one audit entry `registration.search` with what it was narrowed by and
/// how many were found, without the words.
///
/// # Errors
/// The policy's for [`Action::FindPeople`]; [`Error::Invalid`] on `field` where the words are too few letters;
/// [`Error::TooMany`] after too many searches by one account.
pub async fn find(cx: &Context, actor: &Actor, search: &Search, field: &str) -> Result<Found, Error> {
    access::authorise(actor, Action::FindPeople)?;
    let needle = Needle::parse(&search.words).map_err(|problem| FieldErrors::one(field, problem))?;
    let Some(edition) = edition::current(cx).await? else { return Ok(Found::default()) };
    let organisations = match &needle {
        Some(needle) => organisations(cx, needle).await?,
        None => Vec::new(),
    };
    let question = store::Question { edition: edition.id, search, needle: needle.as_ref(), organisations };
    let mut ids = store::ids(&cx.pool, &question, PAGE + 1).await?;
    let more = ids.len() > PAGE;
    ids.truncate(PAGE);
    let detail = json!({
        "words": needle.is_some(),
        "audience": search.audience,
        "status": search.status.map(Status::key),
        "session": search.session,
        "found": ids.len(),
    });
    let entry = Entry { action: "registration.search", subject_kind: "edition", subject_id: Some(edition.id.0), detail };
    let account = actor.account().ok_or(Error::Forbidden)?.to_string();
    let (cx_, actor) = (cx.clone(), actor.clone());
    let counting = write::write(cx, move |tx| {
        let (cx, entry, actor, account) = (cx_.clone(), entry.clone(), actor.clone(), account.clone());
        Box::pin(async move {
            limits::take(&mut *tx, &cx, Limit::Search, &account).await?;
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await
        })
    });
    let (people, ()) = tokio::try_join!(store::rows(&cx.pool, &ids), counting)?;
    Ok(Found { people, more })
}

/// What the list of the current edition can be narrowed by.
///
/// # Errors
/// The policy's for [`Action::FindPeople`].
pub async fn filters(cx: &Context, actor: &Actor) -> Result<Filters, Error> {
    access::authorise(actor, Action::FindPeople)?;
    store::filters(&cx.pool).await
}

/// The bodies whose names have all the words in them: a few hundred, so they are folded here by the one rule.
pub(super) async fn organisations(cx: &Context, needle: &Needle) -> Result<Vec<OrganisationId>, Error> {
    let named = store::organisations(&cx.pool).await?;
    Ok(named.into_iter().filter(|(_, name)| needle.is_in(&text::fold(name))).map(|(id, _)| id).collect())
}

impl PersonRow {
    pub(super) fn masked(phone: Option<&str>, email: Option<&str>) -> (Option<String>, Option<String>) {
        (phone.map(contact::mask_phone), email.map(contact::mask_email))
    }
}
