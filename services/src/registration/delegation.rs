//! Delegations: registering a party in one go, and what its leader does by the secret link afterwards.

mod change;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    access::Actor,
    contact::{Email, Phone},
    form::{FieldErrors, Problem},
    ids::{DelegationId, RegistrationId},
    mail::MessageKind,
    privacy::NOTICE_VERSION,
    registration::{
        AudienceKind, Status,
        delegation::{Application, Kind, Member, Party, declaration_hash},
        field,
    },
    text::{self, Bilingual},
    ticket::ShortCode,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{LinkSecret, Queue, hash, link_secret, store as registrations, store::seats, uuid_of, waiting};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition::{self, Edition},
    mail::{self, To},
    write,
};

pub use change::{accept, add, exchange, leave, recount, remove};

/// A delegation as its leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationPage {
    pub edition: Edition,
    pub kind: Kind,
    pub audience: Bilingual,
    /// Which cells a member's row needs.
    pub audience_kind: AudienceKind,
    pub organisation: String,
    pub leader_name: String,
    /// In the order of the list, those that have ended last.
    pub members: Vec<MemberLine>,
    /// Until then the leader changes the list.
    pub deadline: DateTime<Utc>,
    pub is_open: bool,
    /// Where the members who wait stand, or the seats that are held for them, party by party.
    pub queue: Vec<Queue>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl DelegationPage {
    /// How many seats the delegation holds or waits for.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.members.iter().filter(|member| !member.status.is_ended()).map(|member| u32::from(member.people)).sum()
    }
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberLine {
    pub id: RegistrationId,
    pub full_name: String,
    pub job_title: Option<String>,
    pub phone: Option<String>,
    pub status: Status,
    /// More than one on a school's ticket.
    pub people: u16,
    /// The link to the ticket, which the leader passes on.
    pub link: LinkSecret,
    /// When the link was first opened.
    pub opened_at: Option<DateTime<Utc>>,
}

/// Registers a party and issues a ticket for each member, or one for a school.
///
/// `idempotency_key` was made with the empty form: a repeat by the same leader for the same organisation returns the link
/// of the delegation that stands and stores nothing. After the delegation has left, the same form is a new one.
///
/// Effects, in one transaction: the delegation, seats for all or a place for all in the queue, their registrations (no place of
/// a phone is taken: who leads a delegation may give one number for many), tickets where nobody has to approve, the
/// leader's declaration as each member's consent to the one needed purpose, an audit entry `delegation.register` and one
/// `registration.register` for each member, messages to the leader and to the members who have an address.
///
/// # Errors
/// [`Error::Invalid`]: audience unknown, not public, not open, without seats for all or a queue; unknown commune or
/// organisation.
pub async fn register(cx: &Context, application: Application, idempotency_key: Uuid) -> Result<LinkSecret, Error> {
    let Some(audience) = store::audience(&cx.pool, &application).await? else {
        return Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into());
    };
    let Unused { key, link } = match own_key(cx, &application, idempotency_key).await? {
        Key::Standing(link) => return Ok(link),
        Key::Unused(unused) => unused,
    };
    let mut errors = FieldErrors::default();
    errors.take(field::AUDIENCE, if audience.is_public { audience.window.check(cx.now()) } else { Err(Problem::UnknownChoice) });
    errors.take(field::COMMUNE, audience.commune_known.then_some(()).ok_or(Problem::UnknownChoice));
    errors.take(field::ORGANISATION, audience.organisation_known.then_some(()).ok_or(Problem::UnknownChoice));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let delegation = store::Delegation {
        id: DelegationId(cx.new_id()),
        edition_id: audience.edition_id,
        audience_id: application.audience,
        capacity_id: audience.capacity_id,
        kind: application.party.kind(),
        locale: application.locale,
        organisation: application.organisation,
        organisation_name: application.organisation_name.clone(),
        tax_code: application.tax_code.as_ref().map(|code| code.as_str().to_owned()),
        commune_code: application.commune.as_ref().map(|code| code.as_str().to_owned()),
        needs_approval: audience.needs_approval,
        has_waiting_list: audience.has_waiting_list,
    };
    let members = match &application.party {
        Party::People(members) => new_members(cx, &delegation, members.iter().map(Person::of), key),
        Party::School(people) => {
            let teacher = Person {
                full_name: application.leader.name.as_str(),
                job_title: None,
                phone: Some(&application.leader.phone),
                email: application.leader.email.as_ref(),
                people: *people,
            };
            new_members(cx, &delegation, [teacher].into_iter(), key)
        }
    };
    let (link_hash, party) = (hash(&link.0), Arc::new((delegation, members, application)));
    let cx_of_work = cx.clone();
    write::write(cx, move |tx| {
        let (cx, party) = (cx_of_work.clone(), party.clone());
        Box::pin(async move {
            let (delegation, members, application) = &*party;
            if store::insert(tx, delegation, application, key, &link_hash, cx.now()).await? {
                enter(tx, &cx, delegation, members).await?;
                let entry = Entry {
                    action: "delegation.register",
                    subject_kind: "delegation",
                    subject_id: Some(delegation.id.0),
                    detail: serde_json::json!({
                        "kind": delegation.kind.key(),
                        "people": application.party.people(),
                        "notice_version": NOTICE_VERSION,
                        "declaration_sha256": data_encoding::HEXLOWER.encode(&declaration_hash(delegation.kind, delegation.locale)),
                    }),
                };
                audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await?;
                mail::enqueue(tx, &cx, MessageKind::Delegation, To::Delegation(delegation.id), cx.now()).await?;
            }
            Ok(())
        })
    })
    .await?;
    Ok(link)
}

/// The delegation behind a leader's link.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn page(cx: &Context, secret: &str) -> Result<DelegationPage, Error> {
    let found = store::delegation(&cx.pool, &hash(secret)).await?.ok_or(Error::NotFound)?;
    let members = store::members(&cx.pool, found.delegation.id).await?;
    let line = |row: store::MemberRow| MemberLine {
        id: row.id,
        full_name: row.full_name,
        job_title: row.job_title,
        phone: row.phone,
        status: row.status,
        people: row.people,
        link: link_secret(cx, row.idempotency_key, 0),
        opened_at: row.opened_at,
    };
    let mut queue = Vec::new();
    for (entry, is_offered) in store::entries(&cx.pool, found.delegation.id).await? {
        if let Some((position, until)) = registrations::place(&cx.pool, entry).await? {
            queue.push(super::ticket::queued(is_offered, position, until));
        }
    }
    Ok(DelegationPage {
        queue,
        edition: edition::by_id(cx, found.delegation.edition_id).await?,
        kind: found.delegation.kind,
        is_open: found.is_open(cx.now()),
        audience: found.audience,
        audience_kind: found.audience_kind,
        organisation: found.organisation,
        leader_name: found.leader_name,
        members: members.into_iter().map(line).collect(),
        deadline: found.deadline,
        cancelled_at: found.cancelled_at,
    })
}

/// Notes that a ticket's link was opened by somebody, for who passed it on. Only the first time counts.
///
/// Effects: `opened_at` of a registration that somebody else made.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn opened(cx: &Context, ticket_secret: &str) -> Result<(), Error> {
    let (link_hash, at) = (hash(ticket_secret), cx.now());
    write::statement(cx, move |pool| async move { store::opened(&pool, &link_hash, at).await }).await
}

/// A key that no delegation has, and the link that belongs to it.
struct Unused {
    key: Uuid,
    link: LinkSecret,
}

enum Key {
    /// The same form's delegation stands.
    Standing(LinkSecret),
    Unused(Unused),
}

/// The key of a form with this leader and this organisation in it: who goes back in the browser and changes the list is
/// led to the delegation that there is, where it can be changed; nobody is registered twice.
async fn own_key(cx: &Context, application: &Application, key: Uuid) -> Result<Key, Error> {
    let organisation =
        application.organisation.map(|id| id.to_string()).or_else(|| application.organisation_name.clone()).unwrap_or_default();
    let text = format!("{key}\n{}\n{}\n{organisation}", application.leader.name.as_str(), application.leader.phone.e164());
    for time in 0_u32.. {
        let key = uuid_of(&format!("{text}\n{time}"));
        let link = leader_link(cx, key);
        match store::cancelled_at(&cx.pool, key).await? {
            None => return Ok(Key::Unused(Unused { key, link })),
            Some(None) => return Ok(Key::Standing(link)),
            Some(Some(_)) => {}
        }
    }
    Err(Error::Internal("a form was used too often".into()))
}

/// The leader's link of a delegation, by the key that is stored.
pub(crate) fn leader_link(cx: &Context, key: Uuid) -> LinkSecret {
    LinkSecret(BASE64URL_NOPAD.encode(&cx.secret.derive(&format!("delegation link {key}"))))
}

/// A person to be entered.
struct Person<'a> {
    full_name: &'a str,
    job_title: Option<&'a str>,
    phone: Option<&'a Phone>,
    email: Option<&'a Email>,
    people: u16,
}

impl<'a> Person<'a> {
    fn of(member: &'a Member) -> Self {
        Self {
            full_name: member.full_name.as_str(),
            job_title: member.job_title.as_deref(),
            phone: member.phone.as_ref(),
            email: member.email.as_ref(),
            people: 1,
        }
    }
}

/// The registrations of these people, each with a key and a link of its own that come from the form's. Their ids are in
/// the order of the list.
fn new_members<'a>(
    cx: &Context,
    delegation: &store::Delegation,
    people: impl ExactSizeIterator<Item = Person<'a>>,
    form: Uuid,
) -> Vec<store::NewMember> {
    let mut ids: Vec<Uuid> = (0..people.len()).map(|_| cx.new_id()).collect();
    ids.sort_unstable();
    let member = |(at, (id, person)): (usize, (Uuid, Person<'_>))| {
        let key = uuid_of(&format!("{form}\n{at}\n{}", person.full_name));
        store::NewMember {
            id,
            idempotency_key: key,
            link_hash: hash(&link_secret(cx, key, 0).0),
            search_text: search_text(&person, delegation.organisation_name.as_deref()),
            full_name: person.full_name.to_owned(),
            job_title: person.job_title.map(str::to_owned),
            phone: person.phone.map(|phone| phone.e164().to_owned()),
            email: person.email.map(|email| email.as_str().to_owned()),
            people: i16::try_from(person.people).unwrap_or(i16::MAX),
        }
    };
    ids.into_iter().zip(people).enumerate().map(member).collect()
}

/// What staff find a member by, as [`super::search_text`].
fn search_text(person: &Person<'_>, organisation_name: Option<&str>) -> String {
    let phone = person.phone.map(|phone| phone.national().replace(' ', ""));
    let parts =
        [Some(person.full_name), organisation_name, person.phone.map(Phone::e164), phone.as_deref(), person.email.map(Email::as_str)];
    text::fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Takes seats for all of a party; `false` where it has to wait for them.
async fn take_seats(tx: &mut PgConnection, delegation: &store::Delegation, people: i16) -> Result<bool, Error> {
    let counter = seats::lock(tx, delegation.capacity_id).await?;
    if counter.is_open_to(people) {
        seats::take(tx, counter.id, people).await?;
        return Ok(true);
    }
    // A party that never fits would hold everybody behind it back.
    let may_fit = counter.size.is_none_or(|size| i32::from(people) <= size);
    if delegation.has_waiting_list && may_fit {
        return Ok(false);
    }
    let left = if counter.waiting > 0 { 0 } else { counter.free().unwrap_or_default() };
    Err(FieldErrors::one(field::AUDIENCE, Problem::SeatsShort { left: left.unsigned_abs() }).into())
}

/// Stores members with seats for all, or puts them into the queue as one party: registrations, consents, audit entries;
/// tickets and messages where nobody has to approve.
async fn enter(tx: &mut PgConnection, cx: &Context, delegation: &store::Delegation, members: &[store::NewMember]) -> Result<(), Error> {
    let people = members.iter().map(|member| member.people).sum();
    let has_seats = take_seats(tx, delegation, people).await?;
    let status = match (has_seats, delegation.needs_approval) {
        (false, _) => Status::Waiting,
        (true, true) => Status::Pending,
        (true, false) => Status::Confirmed,
    };
    enter_as(tx, cx, delegation, members, status).await?;
    if !has_seats {
        let party: Vec<_> = members.iter().map(|member| RegistrationId(member.id)).collect();
        waiting::join(tx, cx, delegation.edition_id, delegation.capacity_id, &party, people).await?;
    }
    Ok(())
}

/// Stores members as they stand, without a look at seats.
async fn enter_as(
    tx: &mut PgConnection,
    cx: &Context,
    delegation: &store::Delegation,
    members: &[store::NewMember],
    status: Status,
) -> Result<(), Error> {
    store::insert_members(tx, delegation, members, status, cx.now()).await?;
    if status == Status::Confirmed {
        issue(tx, cx, delegation, members).await?;
    }
    Ok(())
}

/// Issues the tickets and tells the members who have an address; a teacher reads it in the leader's message.
async fn issue(tx: &mut PgConnection, cx: &Context, delegation: &store::Delegation, members: &[store::NewMember]) -> Result<(), Error> {
    let ids: Vec<Uuid> = members.iter().map(|member| member.id).collect();
    let mut without = ids.clone();
    // Numbers that are taken are drawn again.
    while !without.is_empty() {
        let numbers = without.iter().map(|_| i64::from_be_bytes(cx.random_bytes())).collect::<Vec<_>>();
        let codes =
            without.iter().map(|_| ShortCode::from_random(u64::from_be_bytes(cx.random_bytes())).as_str().to_owned()).collect::<Vec<_>>();
        without = store::insert_tickets(tx, delegation.edition_id, &without, &numbers, &codes, cx.now()).await?;
    }
    if delegation.kind == Kind::People {
        let told: Vec<_> = ids.into_iter().map(RegistrationId).collect();
        mail::enqueue_all(tx, cx, MessageKind::Ticket, &told, cx.now()).await?;
    }
    Ok(())
}
