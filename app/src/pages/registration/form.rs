//! The registration form: one page, the fields of one audience, complete without scripts.

use domain::{
    privacy::Purpose,
    registration::{Ask, AudienceKind, Details, field},
    text::PersonName,
};
use leptos::prelude::*;
use services::registration::{self, AudienceChoice, BodyKind, Commune, CommuneKind, FormChoices};

use super::audience::{self, AUDIENCE, Door};
use crate::{
    components::{Button, CheckboxField, Choice, ErrorSummary, GroupedSelect, Guard, Notice, NoticeKind, Select, TextField},
    forms::{ENTRY, FormState},
    i18n,
    pages::{loaded, programme::preparing},
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    loaded(async move { registration::choices(&services, None).await }, move |choices| match choices {
        Some(choices) => show(&cx, choices),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, choices: FormChoices) -> AnyView {
    let t = &cx.texts().registration;
    let lost = &cx.texts().lost;
    let asked = cx.query_value(AUDIENCE);
    let chosen = audience::chosen(&choices.audiences, &cx.form.values, asked.as_deref(), cx.now).cloned();
    let title = if cx.form.errors.is_empty() { t.title } else { t.title_with_errors };
    let content = match chosen {
        Some(chosen) => for_audience(cx, choices, chosen),
        None => view! { <Notice><p>{t.no_audience}</p></Notice> }.into_any(),
    };
    view! {
        <PageHead title description=t.description/>
        <div class="registration">
            <h1>{t.title}</h1>
            <p class="lead">{t.intro}</p>
            <p><a href=Page::RegisterDelegation.path(cx.locale())>{cx.texts().delegation.invite}</a></p>
            <p class="muted">{lost.lost}" "<a href=Page::FindTicket.path(cx.locale())>{lost.find}</a>"."</p>
            {content}
        </div>
    }
    .into_any()
}

fn for_audience(cx: &RequestCx, choices: FormChoices, chosen: AudienceChoice) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let name = chosen.name.get(locale).to_owned();
    let door = Door::of(&chosen, cx.now);
    let shut = match door {
        Door::Open(_) => None,
        Door::NotYet(at) => Some((t.not_open_text)(&name, &i18n::date_time(locale, at))),
        Door::Closed(at) => Some((t.closed_text)(&name, &i18n::date_time(locale, at))),
        Door::Full => Some((t.full_text)(&name)),
    };
    // What somebody has typed is shown again even when the last seat went in between.
    let written = shut.is_none() || !cx.form.is_empty();
    let chips = audience::chips(cx, &choices.audiences, &chosen, written);
    let others = choices.audiences.iter().any(|audience| audience.id != chosen.id && Door::of(audience, cx.now).is_open());
    let (call_us, (hotline, hotline_href)) = (cx.texts().common.call_us, cx.hotline());
    let form = written.then(|| form(cx, choices, &chosen));
    view! {
        <ErrorSummary form=cx.form.clone() labels=labels(cx)/>
        <section class="stack">
            <h2 id=field::AUDIENCE tabindex="-1">{t.audience}</h2>
            {chips}
        </section>
        {shut.map(|text| view! {
            <Notice kind=NoticeKind::Warning>
                <p>{text}</p>
                {others.then(|| view! { <p>{t.choose_another}</p> })}
                <p>{call_us}" "<a href=hotline_href>{hotline}</a>"."</p>
            </Notice>
        })}
        {form}
    }
    .into_any()
}

fn form(cx: &RequestCx, choices: FormChoices, chosen: &AudienceChoice) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let state = &cx.form;
    let key = match state.values.get(field::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        key => key.to_owned(),
    };
    let closes = chosen.window.closes_at.map(|at| (t.closes)(&i18n::date_time(locale, at)));
    let controller = choices.edition.managing_body.get(locale).to_owned();
    let name = chosen.name.get(locale).to_owned();
    view! {
        // Our own messages name the field and say what to do, all at once and in the page's language.
        <form id=ENTRY class="form" method="post" action=audience::address(cx, chosen) aria-label=format!("{}: {name}", t.title) novalidate>
            <input type="hidden" name=field::AUDIENCE value=chosen.id.to_string()/>
            <input type="hidden" name=field::IDEMPOTENCY_KEY value=key/>
            <h2>{t.who}</h2>
            {closes.map(|closes| view! { <p class="muted">{closes}</p> })}
            <TextField
                field=state.field(field::FULL_NAME)
                label=t.full_name
                hint=t.full_name_hint
                autocomplete="name"
                maxlength=u32_max(PersonName::MAX)
            />
            {who(cx, state, chosen.kind, choices)}
            <h2>{t.contact}</h2>
            <TextField field=state.field(field::PHONE) label=t.phone hint=t.phone_hint kind="tel" autocomplete="tel" inputmode="tel"/>
            <TextField
                field=state.field(field::EMAIL)
                label=t.email
                hint=t.email_hint
                kind="email"
                autocomplete="email"
                required=false
            />
            <h2>{t.consent}</h2>
            {consent(cx, state, &controller)}
            <Guard/>
            <p><Button>{t.submit}</Button></p>
        </form>
    }
    .into_any()
}

/// What the fields are called in the list of what is wrong.
fn labels(cx: &RequestCx) -> Vec<(&'static str, &'static str)> {
    let t = &cx.texts().registration;
    vec![
        (field::FULL_NAME, t.full_name),
        (field::ORGANISATION, t.organisation),
        (field::ORGANISATION_NAME, t.organisation_name),
        (field::TAX_CODE, t.tax_code),
        (field::JOB_TITLE, t.job_title),
        (field::COMMUNE, t.commune),
        (field::PHONE, t.phone),
        (field::EMAIL, t.email),
        (Purpose::Attend.field(), t.consent_short),
    ]
}

/// What this kind of visitor is asked beside the name.
fn who(cx: &RequestCx, state: &FormState, kind: AudienceKind, choices: FormChoices) -> AnyView {
    let t = &cx.texts().registration;
    let asks = kind.asks();
    let organisation = (asks.organisation != Ask::No).then(|| {
        let groups = bodies(cx, &choices);
        view! {
            <GroupedSelect
                field=state.field(field::ORGANISATION)
                label=t.organisation
                groups
                required=asks.organisation == Ask::Required
            />
        }
    });
    let organisation_name = (asks.organisation_name != Ask::No).then(|| {
        view! {
            <TextField
                field=state.field(field::ORGANISATION_NAME)
                label=t.organisation_name
                autocomplete="organization"
                maxlength=u32_max(Details::ORGANISATION_MAX)
                required=asks.organisation_name == Ask::Required
            />
        }
    });
    let tax_code = (asks.tax_code != Ask::No).then(|| {
        view! {
            <TextField
                field=state.field(field::TAX_CODE)
                label=t.tax_code
                hint=t.tax_code_hint
                autocomplete="off"
                inputmode="numeric"
                required=asks.tax_code == Ask::Required
            />
            <CheckboxField field=state.field(field::HOUSEHOLD) label=t.household hint=t.household_hint required=false/>
        }
    });
    let job_title = (asks.job_title != Ask::No).then(|| {
        view! {
            <TextField
                field=state.field(field::JOB_TITLE)
                label=t.job_title
                autocomplete="organization-title"
                maxlength=u32_max(Details::JOB_TITLE_MAX)
                required=asks.job_title == Ask::Required
            />
        }
    });
    let commune = (asks.commune != Ask::No).then(|| {
        let communes = choices.communes.iter().map(|commune| Choice::new(commune.code.as_str(), by_name(commune))).collect();
        view! {
            <Select field=state.field(field::COMMUNE) label=t.commune choices=communes required=asks.commune == Ask::Required/>
        }
    });
    let adult = asks.adult.then(|| view! { <CheckboxField field=state.field(field::ADULT) label=t.adult hint=t.adult_hint/> });
    view! { {organisation}{organisation_name}{tax_code}{job_title}{commune}{adult} }.into_any()
}

/// A box for each purpose, none ticked, with the exact words that are kept as proof.
fn consent(cx: &RequestCx, state: &FormState, controller: &str) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let boxes = Purpose::ALL
        .map(|purpose| {
            view! {
                <CheckboxField
                    field=state.field(purpose.field())
                    label=purpose.statement(locale)
                    required=purpose.is_needed()
                />
            }
        })
        .collect_view();
    view! {
        <p>{(t.consent_intro)(controller)}</p>
        <p>{t.consent_free}" "<a href=Page::Privacy.path(locale)>{t.consent_more}</a>"."</p>
        <div>{boxes}</div>
    }
    .into_any()
}

/// The bodies to choose from: departments and others, then the communes' and wards' People's Committees, which come last.
pub(in crate::pages) fn bodies(cx: &RequestCx, choices: &FormChoices) -> Vec<(String, Vec<Choice>)> {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let group = |title: &str, kind: BodyKind| {
        let bodies = choices.organisations.iter().filter(|body| body.kind == kind);
        (title.to_owned(), bodies.map(|body| Choice::new(body.id.to_string(), body.name.get(locale))).collect::<Vec<_>>())
    };
    let groups = [group(t.bodies, BodyKind::Department), group(t.communes, BodyKind::Commune)];
    groups.into_iter().filter(|(_, choices)| !choices.is_empty()).collect()
}

/// `Mỹ Tho (phường)`: the name first, so that typing its first letters finds it in the list.
pub(in crate::pages) fn by_name(commune: &Commune) -> String {
    let kind = match commune.kind {
        CommuneKind::Rural => "xã",
        CommuneKind::Ward => "phường",
    };
    format!("{} ({kind})", commune.name)
}

fn u32_max(max: usize) -> u32 {
    u32::try_from(max).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn communes_are_listed_by_their_name() {
        let commune = |name: &str, kind| Commune { code: "28261".into(), name: name.into(), kind };
        assert_eq!(by_name(&commune("Mỹ Tho", CommuneKind::Ward)), "Mỹ Tho (phường)");
        assert_eq!(by_name(&commune("Tân Phước 1", CommuneKind::Rural)), "Tân Phước 1 (xã)");
    }
}
