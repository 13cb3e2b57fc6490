//! Mail: what people are told. A message is written in the transaction of what it tells, and rendered when it is sent.

mod console;
mod letter;
mod mailing;
mod outbox;
mod reach;
mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    ids::{DelegationId, InvitationId, MessageId, RegistrationId},
    mail::MessageKind,
};
use sqlx::PgConnection;

use crate::{Context, Error};

pub use console::{MessageRow, Outbox, TemplateText, messages_of, outbox, resend, reset_template, template, write_template};
pub use letter::{Letter, LetterFacts, LetterLink, SessionSeat, letter};
pub(crate) use mailing::follow_day;
pub use mailing::{
    MailingChoices, MailingPreview, MailingRow, cancel_mailing, create_mailing, mailing_choices, preview_mailing, write_due_mailings,
};
pub use outbox::{Claimed, Outcome, begin, claim, finish, know_channels, recover, release};
pub use reach::{Reach, channels, reach};

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Registration(RegistrationId),
    /// The delegation's leader.
    Delegation(DelegationId),
    /// Whoever asked for the invitation.
    Invitation(InvitationId),
}

/// Puts a message into the outbox, in the transaction of what it tells: by e-mail where there is an address, else to the phone
/// where the installation sends to phones, else nothing.
pub(crate) async fn enqueue(tx: &mut PgConnection, cx: &Context, kind: MessageKind, to: To, due_at: DateTime<Utc>) -> Result<(), Error> {
    let id = MessageId(cx.new_id());
    let (registration, delegation, invitation) = match to {
        To::Registration(id) => (Some(id.0), None, None),
        To::Delegation(id) => (None, Some(id.0), None),
        To::Invitation(id) => (None, None, Some(id.0)),
    };
    sqlx::query!(
        "insert into messages (id, edition_id, kind, channel, registration_id, delegation_id, invitation_id, due_at, created_at)
         select $1, edition_id, $2, way, $3, $4, $5, $6, $7 from (
             select edition_id, way_to(email, phone) as way from registrations where id = $3
             union all select edition_id, way_to(leader_email, leader_phone) from delegations where id = $4
             union all select edition_id, way_to(email, null) from invitations where id = $5
         ) addressed where way is not null",
        id.0,
        kind.key(),
        registration,
        delegation,
        invitation,
        due_at,
        cx.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// As [`enqueue`], to many registrations at once.
pub(crate) async fn enqueue_all(
    tx: &mut PgConnection,
    cx: &Context,
    kind: MessageKind,
    to: &[RegistrationId],
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    let ids: Vec<_> = to.iter().map(|_| cx.new_id()).collect();
    let registrations: Vec<_> = to.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
         select m.id, r.edition_id, $1, way_to(r.email, r.phone), r.id, $2, $3
         from unnest($4::uuid[], $5::uuid[]) m (id, registration_id) join registrations r on r.id = m.registration_id
         where way_to(r.email, r.phone) is not null",
        kind.key(),
        due_at,
        cx.now(),
        &ids,
        &registrations
    )
    .execute(tx)
    .await?;
    Ok(())
}
