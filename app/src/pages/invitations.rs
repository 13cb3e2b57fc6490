//! The organisers' invitations: codes that open an audience, hidden ones too.

use chrono::TimeDelta;
use domain::{access::Action, ids::InvitationId, registration::field};
use leptos::prelude::*;
use services::registration::{self, Invitable, Invitation, InvitationStanding, NewInvitation, invitation_field};

use super::{
    desk::{self, Desk},
    loaded,
    registration::INVITATION,
};
use crate::{
    components::{
        Button, ButtonKind, ButtonLink, CheckboxField, Choice, DataTable, EmptyState, ErrorSummary, Notice, NoticeKind, Select, TextField,
    },
    forms::{ENTRY, FormState},
    i18n,
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// Query name of the invitation that was just made.
pub const MADE: &str = "da-tao";

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::ManageRegistrations)?;
            let invitations = registration::invitations(&cx.services, &cx.actor).await?;
            Ok::<_, services::Error>((invitations, registration::invitables(&cx.services, &cx.actor).await?))
        }
    };
    loaded(load, move |(invitations, audiences)| {
        let t = &cx.texts().invitations;
        let made = cx.query_value(MADE).and_then(|id| id.parse::<InvitationId>().ok());
        let made = invitations.iter().find(|invitation| Some(invitation.id) == made && cx.form.is_empty()).map(|made| told(&cx, made));
        let (list, form, by_email) = (list(&cx, invitations), form(&cx, &audiences), by_email(&cx, &audiences));
        let action = view! { <ButtonLink href="#new">{t.new}</ButtonLink> }.into_any();
        view! { <Desk title=t.title action><p class="prose">{t.lead}</p>{made}{list}{form}{by_email}</Desk> }.into_any()
    })
}

/// The address that whoever is invited opens: the form with the code in it.
fn link(cx: &RequestCx, invitation: &Invitation) -> String {
    cx.absolute(&format!("{}?{INVITATION}={}", Page::Register.path(cx.locale()), invitation.code.shown()))
}

fn told(cx: &RequestCx, made: &Invitation) -> AnyView {
    let t = &cx.texts().invitations;
    let (code, link) = (made.code.shown(), link(cx, made));
    view! {
        <Notice kind=NoticeKind::Success>
            <p role="status"><strong>{t.made}": "<span class="nowrap">{code}</span></strong></p>
            <p>{t.made_hint}</p>
            <p><code class="copied">{link}</code></p>
        </Notice>
    }
    .into_any()
}

fn list(cx: &RequestCx, invitations: Vec<Invitation>) -> AnyView {
    let t = &cx.texts().invitations;
    if invitations.is_empty() {
        return view! { <EmptyState text=t.none/> }.into_any();
    }
    let rows = invitations.into_iter().map(|invitation| row(cx, invitation)).collect_view();
    let columns = [t.code, t.label, t.audience, t.uses, t.standing, t.action].map(str::to_owned).into();
    view! { <DataTable caption=t.list id="invitations" columns=columns>{rows}</DataTable> }.into_any()
}

fn row(cx: &RequestCx, invitation: Invitation) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().invitations;
    let number = |number: i32| i18n::number(locale, number);
    let standing = invitation.standing(cx.now);
    let mark = if standing == InvitationStanding::Usable { "state published" } else { "state draft" };
    // The end of a day is its last minute.
    let until = (standing != InvitationStanding::Revoked).then(|| {
        let until = invitation.expires_at.map(|end| (t.until)(&desk::moment_text(end - TimeDelta::minutes(1))));
        view! { <span class="under">{until.unwrap_or_else(|| t.no_end.to_owned())}</span> }
    });
    let made = invitation.made_by.as_deref().map(|name| (t.made_by)(name, &desk::moment_text(invitation.created_at)));
    let link = (standing == InvitationStanding::Usable).then(|| {
        let href = link(cx, &invitation);
        view! { <code class="copied">{href}</code> }
    });
    let from = invitation.asked_from.as_deref().map(t.asked_from);
    let revoke = (standing != InvitationStanding::Revoked).then(|| revoke(cx, &invitation));
    view! {
        <tr>
            <th scope="row"><span class="nowrap">{invitation.code.shown()}</span>{link}</th>
            <td>{invitation.label}{from}{made.map(|made| view! { <span class="under">{made}</span> })}</td>
            <td>
                {invitation.audience.get(locale).to_owned()}
                {invitation.bypasses_capacity.then(|| view! { <span class="under">{t.past_a_full_house}</span> })}
            </td>
            <td class="nowrap">{(t.uses_of)(&number(invitation.uses), &number(invitation.most_uses))}</td>
            <td><span class=mark>{(t.standing_of)(standing)}</span>{until}</td>
            <td>{revoke}</td>
        </tr>
    }
    .into_any()
}

/// Taking back is asked for once more, without a script.
fn revoke(cx: &RequestCx, invitation: &Invitation) -> AnyView {
    let t = &cx.texts().invitations;
    let action = Deed::RevokeInvitation.at(cx.locale(), &invitation.id.to_string());
    let code = invitation.code.shown();
    view! {
        <details>
            <summary>{t.revoke}<span class="visually-hidden">": "{code}</span></summary>
            <form method="post" action=action>
                <p>{t.revoke_about}</p>
                <p><Button kind=ButtonKind::Danger>{t.revoke_now}</Button></p>
            </form>
        </details>
    }
    .into_any()
}

fn form(cx: &RequestCx, audiences: &[Invitable]) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().invitations;
    let state = cx.form.clone().or(FormState::filled([(invitation_field::MOST_USES, "1")]));
    let key = match state.values.get(field::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        posted => posted.to_owned(),
    };
    let choices = audiences.iter().map(|audience| Choice::new(audience.id.to_string(), audience.name.get(locale))).collect();
    let labels = vec![
        (field::AUDIENCE, t.audience),
        (invitation_field::LABEL, t.label),
        (invitation_field::MOST_USES, t.most_uses),
        (invitation_field::EXPIRES_ON, t.expires_on),
    ];
    let label_max = u32::try_from(NewInvitation::LABEL_MAX).unwrap_or(u32::MAX);
    view! {
        <section class="stack narrow" aria-labelledby="new">
            <h2 id="new">{t.new}</h2>
            <ErrorSummary form=cx.form.clone() labels/>
            <form id=ENTRY class="form" method="post" action=Page::Invitations.path(locale)>
                <input type="hidden" name=field::IDEMPOTENCY_KEY value=key autocomplete="off"/>
                <Select field=state.field(field::AUDIENCE) label=t.audience choices/>
                <TextField
                    field=state.field(invitation_field::LABEL)
                    label=t.label
                    hint=t.label_hint
                    autocomplete="off"
                    maxlength=label_max
                    required=false
                />
                <TextField
                    field=state.field(invitation_field::MOST_USES)
                    label=t.most_uses
                    hint=t.most_uses_hint
                    autocomplete="off"
                    inputmode="numeric"
                />
                <TextField
                    field=state.field(invitation_field::EXPIRES_ON)
                    label=t.expires_on
                    hint=t.expires_on_hint
                    kind="date"
                    required=false
                />
                <CheckboxField field=state.field(invitation_field::BYPASSES) label=t.bypasses hint=t.bypasses_hint required=false/>
                <p><Button>{t.create}</Button></p>
            </form>
        </section>
    }
    .into_any()
}

/// The audiences that can be asked for by e-mail.
fn by_email(cx: &RequestCx, audiences: &[Invitable]) -> Option<AnyView> {
    let t = &cx.texts().invitations;
    let rows: Vec<_> = audiences
        .iter()
        .filter(|audience| !audience.email_domains.is_empty())
        .map(|audience| {
            let name = audience.name.get(cx.locale()).to_owned();
            view! { <li>{name}": "{audience.email_domains.join(", ")}</li> }
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <section><p>{t.by_email}</p><ul class="points">{rows}</ul></section> }.into_any())
}
