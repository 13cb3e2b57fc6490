//! What staff can do about a registration as it stands.

use domain::registration::Status;
use leptos::prelude::*;
use services::registration::{MESSAGE, MESSAGE_MAX, desk::Person};

use crate::{
    components::{Button, ButtonKind, ButtonLink, TextArea},
    forms::ENTRY,
    request::RequestCx,
    routes::{Deed, Page},
};

/// What can be done now; nothing where the registration has ended or the person was erased.
pub(super) fn decide(cx: &RequestCx, person: &Person) -> Option<AnyView> {
    if person.status.is_ended() || person.erased_at.is_some() {
        return None;
    }
    let t = &cx.texts().people;
    let act = |deed: Deed, text: &'static str, about: Option<&'static str>, kind: ButtonKind| {
        let action = deed.at(cx.locale(), &person.id.to_string());
        view! {
            <form method="post" action=action>
                {about.map(|about| view! { <p class="muted">{about}</p> })}
                <p><Button kind>{text}</Button></p>
            </form>
        }
        .into_any()
    };
    let standing = person.ticket.as_ref().map(|ticket| ticket.standing.as_str());
    let pending = (person.status == Status::Pending).then(|| pending(cx, person));
    let waiting = (person.status == Status::Waiting).then(|| act(Deed::InviteFromQueue, t.invite, Some(t.invite_about), ButtonKind::Main));
    let resend = person.email.is_some().then(|| act(Deed::ResendLink, t.resend, None, ButtonKind::Second));
    let valid = (standing == Some("valid")).then(|| {
        view! {
            {act(Deed::ReissueTicket, t.reissue, Some(t.reissue_about), ButtonKind::Second)}
            {act(Deed::BlockTicket, t.block, None, ButtonKind::Second)}
        }
    });
    let blocked = (standing == Some("blocked")).then(|| act(Deed::UnblockTicket, t.unblock, None, ButtonKind::Second));
    let cancel = act(Deed::CancelRegistration, t.cancel, Some(t.cancel_about), ButtonKind::Danger);
    Some(
        view! {
            <section class="stack">
                <h2>{t.decide}</h2>
                {pending}
                {waiting}
                <p><ButtonLink href=Page::ChangePerson.at(cx.locale(), &person.id.to_string()) kind=ButtonKind::Second>{t.change}</ButtonLink></p>
                {resend}
                {valid}
                {blocked}
                <details class="cancel"><summary>{t.cancel}</summary>{cancel}</details>
            </section>
        }
        .into_any(),
    )
}

/// Approve, or refuse, with a message.
fn pending(cx: &RequestCx, person: &Person) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let id = person.id.to_string();
    view! {
        <form id=ENTRY class="form" method="post" action=Deed::ApproveRegistration.at(locale, &id)>
            <TextArea
                field=cx.form.field(MESSAGE)
                label=t.message_to
                hint=t.message_to_hint
                rows=3
                maxlength=u32::try_from(MESSAGE_MAX).unwrap_or(u32::MAX)
                required=false
            />
            <p class="actions">
                <Button>{t.approve}</Button>
                <Button kind=ButtonKind::Danger formaction=Deed::RefuseRegistration.at(locale, &id)>{t.refuse}</Button>
            </p>
            <p class="muted">{t.refuse_about}</p>
        </form>
    }
    .into_any()
}
