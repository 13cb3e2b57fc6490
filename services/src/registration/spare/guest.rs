//! Writing down who holds a spare ticket.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{RegistrationId, ScanId},
    registration::{Answers, CameIn, Details, Guest, field, who_came_in},
    text::{Locale, PersonName, fold, is_guest_name},
    ticket::ShortCode,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    Context, Error, audit,
    checkin::conflicts,
    error::Conflict,
    registration::{
        self,
        change::ATTEMPTS,
        search_text,
        store::{
            change::Written,
            decide, seats,
            spare::{self, guest as store},
        },
        ticket::issue,
    },
    write,
};

/// The people who come in by a spare ticket as its holder, or as the second.
const ALONE: i16 = 1;

/// Whose name is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Registration(RegistrationId),
    /// Whoever's spare ticket the scan read.
    Scan(ScanId),
}

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Written,
    /// There is nobody without a name: it was written down before, or nobody came in by the scan with a spare ticket.
    NobodyNameless,
    /// The server has not heard of the scan.
    UnknownScan,
    /// Whoever made the scan had been signed out, and no supervisor has decided yet whether it counts.
    Undecided,
}

/// Writes down at a desk who holds a spare ticket and has no name yet. `locale`: the language in which the statement was
/// read out.
///
/// Effects: those of [`write_down`].
///
/// # Errors
/// The policy's for [`Action::RegisterWalkIn`]; [`Error::Conflict`] where the registration is none of a spare ticket, or has a
/// name.
pub async fn name(cx: &Context, actor: &Actor, id: RegistrationId, guest: Guest, locale: Locale) -> Result<(), Error> {
    access::authorise(actor, Action::RegisterWalkIn)?;
    match write_down(cx, audit::By::Actor(actor).parts(), Whose::Registration(id), guest, (locale, cx.now())).await? {
        Told::Written => Ok(()),
        Told::NobodyNameless | Told::UnknownScan | Told::Undecided => Err(Error::Conflict(Conflict::Registration)),
    }
}

/// Writes down who holds a spare ticket, unless a name was written down before: the first one stays. `agreed`: in which
/// language the statement was read out, and when.
///
/// A gate with no network may have let somebody in by a ticket that was voided before the scan arrived: then nobody is
/// registered, and the name is the only trace of who is on the grounds. Such a person is registered now, with a ticket that is
/// blocked: the scan's conflict names the person to a supervisor, who takes the block off or cancels. Blocked people hold a
/// seat like others, and this one is inside, so the seat is one more as for a good ticket, past a full house if need be: nobody
/// who registered loses one, and it is given back with the registration.
///
/// Two gates with no network may have let two people in by one ticket. Who of them has a name first is its holder; another name
/// that is told of another entry is the second person's, by [`who_came_in`], who is registered in the same way, with a blocked ticket of
/// the own, which was never printed; the same name at one entry more is the same second person. The first word on each scan is the one
/// that counts. Where the holder was erased nobody is registered: what comes late does not bring a person back.
///
/// Effects, in one transaction: for who came in by a voided ticket its use, the seat, the registration (channel `desk`), its
/// blocked ticket, an audit entry `registration.voided_spare_used`; for a second person the seat, the registration (channel `desk`), a
/// blocked ticket, an audit entry `registration.second_guest`, the scan's conflict `second_guest`; for all the registration's name,
/// phone and organisation; the consent; an audit entry `registration.guest_named` with the names of the fields; whom the scan let in.
/// No message: nobody asked for an address. Then the hint of [`crate::live`]: phones hear of the name, desks of the conflict.
///
/// # Errors
/// The store's.
pub(crate) async fn write_down(
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    whose: Whose,
    guest: Guest,
    agreed: (Locale, DateTime<Utc>),
) -> Result<Told, Error> {
    let _told = cx.live.tell_when_done();
    for _ in 0..ATTEMPTS {
        let (cx_, guest) = (cx.clone(), guest.clone());
        let told = write::write(cx, move |tx| {
            let (cx, guest) = (cx_.clone(), guest.clone());
            Box::pin(async move { once(tx, &cx, by, whose, &guest, agreed).await })
        });
        if let Some(told) = told.await? {
            return Ok(told);
        }
    }
    Err(Error::Internal("no free place of a phone, or no free short code, was found".into()))
}

/// `None`: another registration of this phone or with this short code was faster, or a desk, and nothing was stored.
async fn once(
    tx: &mut PgConnection,
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    whose: Whose,
    guest: &Guest,
    (locale, agreed_at): (Locale, DateTime<Utc>),
) -> Result<Option<Told>, Error> {
    let now = cx.now();
    let found = match whose {
        Whose::Registration(id) => at_desk(tx, id).await?,
        Whose::Scan(scan) => came_in_by(tx, cx, by, scan, (&guest.full_name, locale)).await?,
    };
    let held = match found {
        Found::Nameless(held) => held,
        Found::Nobody(told) => return Ok(Some(told)),
        Found::Again => return Ok(None),
    };
    if store::write_guest(tx, &held, guest, &search_text(&details(guest)), now).await? != Written::Done {
        return Ok(None);
    }
    store::insert_consent(tx, held.id, locale, agreed_at).await?;
    let scan = match whose {
        Whose::Registration(id) => first_entry(tx, id).await?,
        Whose::Scan(scan) => Some(scan),
    };
    if let Some(scan) = scan {
        store::insert_naming(tx, scan, held.id).await?;
    }
    let fields = [
        Some(field::FULL_NAME),
        guest.phone.as_ref().map(|_| field::PHONE),
        guest.organisation_name.as_ref().map(|_| field::ORGANISATION_NAME),
    ];
    let entry = audit::Entry {
        action: "registration.guest_named",
        subject_kind: "registration",
        subject_id: Some(held.id.0),
        detail: json!({ "fields": fields.into_iter().flatten().collect::<Vec<_>>() }),
    };
    audit::record_by(tx, now, by, entry).await?;
    Ok(Some(Told::Written))
}

/// Whose name is to be written.
enum Found {
    Nameless(store::Held),
    Nobody(Told),
    /// Another change was faster, and nothing was stored.
    Again,
}

async fn nameless(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<store::Held>, Error> {
    Ok(store::lock_holder(tx, id).await?.filter(|held| is_guest_name(&held.full_name)))
}

/// The holder, whom a desk names. The spare ticket is held before people are.
async fn at_desk(tx: &mut PgConnection, id: RegistrationId) -> Result<Found, Error> {
    store::lock_ticket(tx, Whose::Registration(id)).await?;
    Ok(nameless(tx, id).await?.map_or(Found::Nobody(Told::NobodyNameless), Found::Nameless))
}

/// The scan by which the holder of a spare ticket came in, as far as is known by now: who was let in before and is heard of later may be
/// somebody else.
async fn first_entry(tx: &mut PgConnection, id: RegistrationId) -> Result<Option<ScanId>, Error> {
    let Some(ticket) = store::lock_ticket(tx, Whose::Registration(id)).await? else { return Ok(None) };
    let entries = store::entries(tx, ticket.id).await?;
    Ok(entries.into_iter().min_by_key(|entry| (entry.at, entry.scan)).map(|entry| entry.scan))
}

/// Whom a scan let in by a spare ticket and nobody has named yet: the ticket's holder, or a second person, who is registered for it.
/// All namings of one ticket come one after the other.
async fn came_in_by(
    tx: &mut PgConnection,
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    scan: ScanId,
    (name, locale): (&PersonName, Locale),
) -> Result<Found, Error> {
    let Some(ticket) = store::lock_ticket(tx, Whose::Scan(scan)).await? else {
        return Ok(Found::Nobody(if store::knows_scan(tx, scan).await? { Told::NobodyNameless } else { Told::UnknownScan }));
    };
    if store::is_named(tx, scan).await? || store::is_undone(tx, scan).await? {
        return Ok(Found::Nobody(Told::NobodyNameless));
    }
    let mut holder = store::holder(tx, scan).await?;
    if holder.is_none()
        && let Some(voided) = spare::lock_voided(tx, scan).await?
    {
        let mut new = super::holder(cx, by, voided);
        if spare::is_issued(tx, &new.short_code).await? {
            new.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        }
        if !spare::redeem(&mut *tx, &new).await? {
            return Ok(Found::Again);
        }
        holder = store::holder(tx, scan).await?;
    }
    let Some((held, is_told_of_scan)) = holder else { return Ok(Found::Nobody(Told::NobodyNameless)) };
    if is_guest_name(&held.full_name) {
        // A desk may have written the name down a moment ago.
        return Ok(nameless(tx, held.id).await?.map_or(Found::Again, Found::Nameless));
    }
    let entries = store::entries(tx, ticket.id).await?;
    match who_came_in(scan, name, &held.full_name, is_told_of_scan, &entries) {
        None if store::is_undecided(tx, scan).await? => return Ok(Found::Nobody(Told::Undecided)),
        None => {}
        Some(CameIn::Holder) => store::insert_naming(tx, scan, held.id).await?,
        Some(CameIn::Second) => {
            let known = store::named(tx, ticket.id).await?.into_iter().find(|(_, known)| fold(known) == fold(name.as_str()));
            let Some((id, _)) = known else {
                return Ok(Found::Nameless(register_second(tx, cx, by, scan, (&ticket, locale)).await?));
            };
            store::insert_naming(tx, scan, id).await?;
        }
    }
    Ok(Found::Nobody(Told::NobodyNameless))
}

/// Registers a second person, as nameless as the holder of a spare ticket is at first.
async fn register_second(
    tx: &mut PgConnection,
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    scan: ScanId,
    (ticket, locale): (&store::Locked, Locale),
) -> Result<store::Held, Error> {
    let now = cx.now();
    let key = registration::uuid_of(&format!("second guest {scan}"));
    let name = PersonName::of_guest(ticket.number.unsigned_abs());
    let second = store::Second {
        id: RegistrationId(cx.new_id()),
        search_text: fold(name.as_str()),
        name,
        link_hash: registration::hash(&registration::link_secret(cx, key, 0).0),
        key,
        locale,
        at: now,
    };
    seats::take(tx, ticket.capacity, ALONE).await?;
    store::insert_second(tx, &second, ticket).await?;
    issue(tx, cx, second.id).await?;
    decide::set_standing(tx, second.id, "valid", "blocked").await?;
    conflicts::open_second_guest(tx, scan, ticket.edition, now).await?;
    let entry = audit::Entry {
        action: "registration.second_guest",
        subject_kind: "registration",
        subject_id: Some(second.id.0),
        detail: json!({ "number": ticket.number, "scan": scan }),
    };
    audit::record_by(tx, now, by, entry).await?;
    Ok(store::Held { id: second.id, edition: ticket.edition, full_name: second.name.as_str().to_owned() })
}

/// What the registration says from then on.
fn details(guest: &Guest) -> Details {
    Details {
        full_name: guest.full_name.clone(),
        phone: guest.phone.clone(),
        email: None,
        commune: None,
        organisation: None,
        organisation_name: guest.organisation_name.clone(),
        tax_code: None,
        job_title: None,
        sessions: Vec::new(),
        answers: Answers::default(),
    }
}
