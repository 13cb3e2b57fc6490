//! Writing down who holds a spare ticket.

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor},
    ids::{RegistrationId, ScanId},
    registration::{Answers, Details, Guest, field},
    text::{Locale, is_guest_name},
    ticket::ShortCode,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    Context, Error, audit,
    error::Conflict,
    registration::{
        change::ATTEMPTS,
        search_text,
        store::{change::Written, spare as store},
    },
    write,
};

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
    /// There is nobody without a name: it was written down before, or the scan read no spare ticket.
    NobodyNameless,
    /// The server has not heard of the scan.
    UnknownScan,
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
        Told::NobodyNameless | Told::UnknownScan => Err(Error::Conflict(Conflict::Registration)),
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
/// Effects, in one transaction: for such a person the spare ticket's use, the seat, the registration (channel `desk`), its
/// blocked ticket, an audit entry `registration.voided_spare_used`; for all the registration's name, phone and organisation; the
/// consent; an audit entry `registration.guest_named` with the names of the fields. No message: nobody asked for an address. Then
/// the hint of [`crate::live`]: phones hear of the name.
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

/// `None`: another registration of this phone or with this short code was faster, and nothing was stored.
async fn once(
    tx: &mut PgConnection,
    cx: &Context,
    by: (&'static str, Option<Uuid>),
    whose: Whose,
    guest: &Guest,
    (locale, agreed_at): (Locale, DateTime<Utc>),
) -> Result<Option<Told>, Error> {
    let now = cx.now();
    let mut held = store::lock_holder(tx, whose).await?;
    if let (None, Whose::Scan(scan)) = (&held, whose)
        && let Some(voided) = store::lock_voided(tx, scan).await?
    {
        let mut holder = super::holder(cx, by, voided);
        if store::is_issued(tx, &holder.short_code).await? {
            holder.short_code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        }
        if !store::redeem(&mut *tx, &holder).await? {
            return Ok(None);
        }
        held = store::lock_holder(tx, whose).await?;
    }
    let Some(held) = held.filter(|held| is_guest_name(&held.full_name)) else {
        return Ok(Some(match whose {
            Whose::Scan(id) if !store::knows_scan(tx, id).await? => Told::UnknownScan,
            Whose::Scan(_) | Whose::Registration(_) => Told::NobodyNameless,
        }));
    };
    if store::write_guest(tx, &held, guest, &search_text(&details(guest)), now).await? != Written::Done {
        return Ok(None);
    }
    store::insert_consent(tx, held.id, locale, agreed_at).await?;
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
