//! What staff can do about a registration as it stands.

use domain::{
    access::{self, Action, Decision},
    registration::Status,
};
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
    let id = person.id.to_string();
    let act = |deed: Deed, text: &'static str, kind: ButtonKind| {
        view! { <form method="post" action=deed.at(cx.locale(), &id)><Button kind>{text}</Button></form> }.into_any()
    };
    // What cannot be undone is asked for once more, without a script.
    let ask = |deed: Deed, text: &'static str, about: &'static str| {
        let action = deed.at(cx.locale(), &id);
        view! {
            <details>
                <summary>{text}</summary>
                <form method="post" action=action>
                    <p class="muted">{about}</p>
                    <p><Button kind=ButtonKind::Danger>{text}</Button></p>
                </form>
            </details>
        }
        .into_any()
    };
    let standing = person.ticket.as_ref().map(|ticket| ticket.standing.as_str());
    let may_manage = access::decide(&cx.actor, Action::ManageRegistrations) == Decision::Allow;
    let pending = (may_manage && person.status == Status::Pending).then(|| pending(cx, person));
    let waiting = (may_manage && person.status == Status::Waiting).then(|| {
        view! { <p class="muted">{t.invite_about}</p>{act(Deed::InviteFromQueue, t.invite, ButtonKind::Main)} }
    });
    let resend = person.is_reached.then(|| act(Deed::ResendLink, t.resend, ButtonKind::Second));
    let hold = match standing {
        Some("valid") => Some(act(Deed::BlockTicket, t.block, ButtonKind::Second)),
        Some("blocked") => Some(act(Deed::UnblockTicket, t.unblock, ButtonKind::Second)),
        _ => None,
    };
    let reissue = (standing == Some("valid")).then(|| ask(Deed::ReissueTicket, t.reissue, t.reissue_about));
    let cancel = may_manage.then(|| ask(Deed::CancelRegistration, t.cancel, t.cancel_about));
    let change = may_manage.then(|| {
        let href = Page::ChangePerson.at(cx.locale(), &id);
        view! { <ButtonLink href kind=ButtonKind::Second>{t.change}</ButtonLink> }
    });
    Some(
        view! {
            <section class="stack">
                <h2>{t.decide}</h2>
                {pending}
                {waiting}
                <div class="actions">
                    {change}
                    {resend}
                    {hold}
                </div>
                {reissue}
                {cancel}
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
