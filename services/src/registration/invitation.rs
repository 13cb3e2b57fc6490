//! Invitations: codes that open an audience, hidden ones too.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{self, Action, Actor},
    contact::Email,
    fair::Limit,
    form::{FieldErrors, Problem, Values},
    ids::{AudienceId, InvitationId},
    mail::MessageKind,
    registration::{InvitationCode, TICKED, field},
    text::{Bilingual, Locale, clean_line},
    time,
};
use serde_json::json;
use uuid::Uuid;

use super::{by_staff, hash, store::invitation as store, uuid_of};
use crate::{
    Context, Error,
    audit::{self, By},
    limits,
    mail::{self, To},
    write,
};

/// How long an invitation that somebody asked for by e-mail can be used.
const ASKED_HOURS: i64 = 48;

/// The names of the fields of a new invitation.
pub mod invitation_field {
    pub const LABEL: &str = "label";
    pub const MOST_USES: &str = "most_uses";
    pub const BYPASSES: &str = "bypasses";
    /// The last day on which it can be used.
    pub const EXPIRES_ON: &str = "expires_on";
}

/// What an invitation is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    pub audience: AudienceId,
    /// Whom it is for.
    pub label: String,
    /// How many may register with it, 1 to 10,000.
    pub most_uses: i32,
    /// Registers even where the audience is full, and past its queue.
    pub bypasses_capacity: bool,
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewInvitation {
    /// The longest label, in characters.
    pub const LABEL_MAX: usize = 100;
    /// The most that may register with one code.
    pub const USES_MAX: i32 = 10_000;

    /// Reads the form of a new invitation.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let audience = errors.take(field::AUDIENCE, values.get(field::AUDIENCE).parse().map_err(|_| Problem::UnknownChoice));
        let label = errors.take(invitation_field::LABEL, clean_line(values.get(invitation_field::LABEL), Self::LABEL_MAX));
        let uses = values.get(invitation_field::MOST_USES).trim().parse::<i32>().map_err(|_| Problem::NotANumber);
        let uses = uses.and_then(|uses| match uses {
            ..1 => Err(Problem::TooSmall { least: 1 }),
            1..=Self::USES_MAX => Ok(uses),
            _ => Err(Problem::TooLarge { most: Self::USES_MAX }),
        });
        let most_uses = errors.take(invitation_field::MOST_USES, uses);
        let expires_at = errors.take(invitation_field::EXPIRES_ON, end_of_day(values.get(invitation_field::EXPIRES_ON)));
        match (audience, label, most_uses, expires_at) {
            (Some(audience), Some(label), Some(most_uses), Some(expires_at)) if errors.is_empty() => {
                Ok(Self { audience, label, most_uses, bypasses_capacity: values.has(invitation_field::BYPASSES, TICKED), expires_at })
            }
            _ => Err(errors),
        }
    }
}

/// The end of a typed day in Vietnam; nothing typed is no end.
fn end_of_day(raw: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    match raw.trim() {
        "" => Ok(None),
        day => {
            let day = domain::form::read_date(day)?;
            Ok(Some(time::start_of_day(day.succ_opt().ok_or(Problem::NotADate)?)))
        }
    }
}

/// An invitation as staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub code: InvitationCode,
    pub audience: Bilingual,
    pub label: String,
    /// The host of the address that asked for it; the address itself is not shown.
    pub asked_from: Option<String>,
    /// The account that made it.
    pub made_by: Option<String>,
    pub uses: i32,
    pub most_uses: i32,
    pub bypasses_capacity: bool,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl Invitation {
    /// Whether somebody can register with it now, and why not.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> InvitationStanding {
        if self.revoked_at.is_some() {
            InvitationStanding::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            InvitationStanding::Over
        } else if self.uses >= self.most_uses {
            InvitationStanding::UsedUp
        } else {
            InvitationStanding::Usable
        }
    }
}

/// What can be said of an invitation at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStanding {
    Usable,
    /// As many have registered with it as may. A use comes back with its seat.
    UsedUp,
    Over,
    Revoked,
}

/// An audience that an invitation can be made for: every one of the edition, public ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitable {
    pub id: AudienceId,
    pub name: Bilingual,
    /// Who can read mail at one of these hosts, or below them, is sent an invitation on asking.
    pub email_domains: Vec<String>,
}

/// Makes an invitation. The same form sent twice, by its `key`, makes one.
///
/// Effects, in one transaction: the invitation, an audit entry `invitation.create`.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::Invalid`] for an unknown audience, or a last day that is over.
pub async fn create_invitation(cx: &Context, actor: &Actor, new: NewInvitation, key: Uuid) -> Result<InvitationId, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    if new.expires_at.is_some_and(|end| end <= cx.now()) {
        return Err(FieldErrors::one(invitation_field::EXPIRES_ON, Problem::TimePassed).into());
    }
    let NewInvitation { audience, label, most_uses, bypasses_capacity, expires_at } = &new;
    let id = InvitationId(uuid_of(&format!("invitation {key}\n{audience}\n{label}\n{most_uses}\n{bypasses_capacity}\n{expires_at:?}")));
    by_staff(cx, actor, move |tx, cx, actor| {
        let new = new.clone();
        Box::pin(async move {
            let code_hash = hash(code(&cx, id).as_str());
            if !store::insert(tx, (id, &code_hash), &new, None, actor.account(), cx.now()).await? {
                let is_repeat = store::exists(tx, id).await?;
                return if is_repeat { Ok(id) } else { Err(FieldErrors::one(field::AUDIENCE, Problem::UnknownChoice).into()) };
            }
            let entry = audit::Entry {
                action: "invitation.create",
                subject_kind: "invitation",
                subject_id: Some(id.0),
                detail: json!({ "most_uses": new.most_uses, "bypasses_capacity": new.bypasses_capacity }),
            };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await?;
            Ok(id)
        })
    })
    .await
}

/// The invitations of the current edition, the newest first.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`].
pub async fn invitations(cx: &Context, actor: &Actor) -> Result<Vec<Invitation>, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    store::list(&cx.pool, |id| code(cx, id)).await
}

/// The audiences of the current edition in their order.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`].
pub async fn invitables(cx: &Context, actor: &Actor) -> Result<Vec<Invitable>, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    store::audiences(&cx.pool).await
}

/// Takes an invitation back: nobody registers with it any more. Who has registered stays.
///
/// Effects, in one transaction: the invitation, an audit entry `invitation.revoke`. Nothing where it was taken back before.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`].
pub async fn revoke_invitation(cx: &Context, actor: &Actor, id: InvitationId) -> Result<(), Error> {
    by_staff(cx, actor, move |tx, cx, actor| {
        Box::pin(async move {
            if !store::revoke(tx, id, cx.now()).await? {
                return if store::exists(tx, id).await? { Ok(()) } else { Err(Error::NotFound) };
            }
            let entry = audit::Entry { action: "invitation.revoke", subject_kind: "invitation", subject_id: Some(id.0), detail: json!({}) };
            audit::record(tx, cx.now(), By::Actor(&actor), entry).await
        })
    })
    .await
}

/// Sends an invitation for one registration, in this language, to an address at a domain that opens an audience. Who asks learns nothing from
/// the answer: neither whether the domain opens anything, nor whether the address was used before.
///
/// Effects, in one transaction: the limits by address and in all, the invitation, a message, an audit entry `invitation.ask`. Nothing for other domains, or
/// while an invitation for the address can be used.
///
/// # Errors
/// [`Error::TooMany`], whatever the domain opens.
pub async fn ask_invitation(cx: &Context, email: Email, locale: Locale) -> Result<(), Error> {
    let cx_ = cx.clone();
    write::write(cx, move |tx| {
        let (cx, email) = (cx_.clone(), email.clone());
        Box::pin(async move {
            limits::take(&mut *tx, &cx, Limit::Invitation, &email.key()).await?;
            limits::take(&mut *tx, &cx, Limit::Invitations, limits::ALL).await?;
            for audience in store::opened_by(tx, email.host(), email.as_str(), cx.now()).await? {
                let id = InvitationId(cx.new_id());
                let code_hash = hash(code(&cx, id).as_str());
                let new = NewInvitation {
                    audience,
                    label: String::new(),
                    most_uses: 1,
                    bypasses_capacity: false,
                    expires_at: Some(cx.now() + TimeDelta::hours(ASKED_HOURS)),
                };
                store::insert(tx, (id, &code_hash), &new, Some((&email, locale)), None, cx.now()).await?;
                let entry =
                    audit::Entry { action: "invitation.ask", subject_kind: "invitation", subject_id: Some(id.0), detail: json!({}) };
                audit::record(tx, cx.now(), By::Actor(&Actor::Anonymous), entry).await?;
                mail::enqueue(tx, &cx, MessageKind::Invitation, To::Invitation(id), cx.now()).await?;
            }
            Ok(())
        })
    })
    .await
}

/// The code of an invitation: derived, so that it can be shown again and only its hash is stored.
pub(crate) fn code(cx: &Context, id: InvitationId) -> InvitationCode {
    let derived = cx.secret.derive(&format!("invitation {id}"));
    InvitationCode::from_random(u64::from_be_bytes(std::array::from_fn(|at| derived[at])))
}
