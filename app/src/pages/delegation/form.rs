//! The form by which a leader registers a party: who leads it, then the list, looked over before anything is stored.

use domain::{
    form::FieldErrors,
    registration::{
        Ask, AudienceKind, Details,
        delegation::{self, Kind, MOST, Row, declaration, field},
        field as person,
    },
    text::PersonName,
};
use leptos::prelude::*;
use services::registration::{self, AudienceChoice, FormChoices};

use super::{doing, rows};
use crate::{
    components::{Button, ButtonKind, CheckboxField, FileField, GroupedSelect, Guard, Notice, NoticeKind, Select, TextArea, TextField},
    forms::ENTRY,
    i18n,
    pages::{
        loaded,
        programme::preparing,
        registration::{
            audience::{self, AUDIENCE, Door},
            details::{bodies, communes, tax_code},
        },
    },
    prefs,
    request::{RequestCx, request},
    routes::{Page, escape},
    shell::PageHead,
};

/// Query name of the kind of party, the same in both languages; its value is [`Kind::key`].
pub const KIND: &str = "doan";

/// Longest list that is pasted, in characters.
const PASTE_MAX: u32 = 200_000;

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    loaded(async move { registration::choices(&services, None).await }, move |choices| match choices {
        Some(choices) => show(&cx, choices),
        None => preparing(&cx),
    })
}

fn show(cx: &RequestCx, choices: FormChoices) -> AnyView {
    let t = &cx.texts().delegation;
    let asked = cx.query_value(AUDIENCE);
    let chosen = audience::chosen(&choices.audiences, &cx.form.values, asked.as_deref(), cx.now).cloned();
    let title = if cx.form.errors.is_empty() { t.title } else { t.title_with_errors };
    let content = if let Some(chosen) = chosen {
        for_audience(cx, choices, &chosen)
    } else {
        let none = cx.texts().registration.no_audience;
        view! { <Notice><p>{none}</p></Notice> }.into_any()
    };
    view! {
        <PageHead title description=t.description/>
        <div class="registration">
            <header>
                <h1>{t.title}</h1>
                <p class="lead">{t.intro}</p>
            </header>
            {content}
        </div>
    }
    .into_any()
}

/// Who comes, by what was posted, else by the address.
fn kind_of(cx: &RequestCx) -> Kind {
    let asked = cx.query_value(KIND).unwrap_or_default();
    let posted = cx.form.values.get(field::KIND);
    Kind::from_key(posted).or_else(|| Kind::from_key(&asked)).unwrap_or_default()
}

fn for_audience(cx: &RequestCx, choices: FormChoices, chosen: &AudienceChoice) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let kind = kind_of(cx);
    let name = chosen.name.get(locale).to_owned();
    let r = &cx.texts().registration;
    let door = Door::of(chosen, cx.now);
    let queue = match door {
        Door::Queue(waiting) => Some((r.queue_text)(&name, &i18n::number(locale, waiting))),
        _ => None,
    };
    let shut = match door {
        Door::Open(_) | Door::Queue(_) => None,
        Door::NotYet(at) => Some((r.not_open_text)(&name, &i18n::date_time(locale, at))),
        Door::Closed(at) => Some((r.closed_text)(&name, &i18n::date_time(locale, at))),
        Door::Full => Some((r.full_text)(&name)),
    };
    let written = shut.is_none() || !cx.form.is_empty();
    let kinds = kinds(cx, chosen, kind, written);
    let audiences = audience::chips_to(cx, &choices.audiences, chosen, written, |audience| address(cx, audience, kind));
    let (call_us, (hotline, hotline_href)) = (cx.texts().common.call_us, cx.hotline());
    let form = written.then(|| form(cx, choices, chosen, kind));
    view! {
        {rows::summary(cx, &labels(cx))}
        <section class="stack">
            <h2 id=field::KIND>{t.kinds}</h2>
            {kinds}
            <h2 id=person::AUDIENCE tabindex="-1">{t.audience}</h2>
            {audiences}
        </section>
        {queue.map(|text| view! { <Notice kind=NoticeKind::Warning><p>{text}</p></Notice> })}
        {shut.map(|text| view! {
            <Notice kind=NoticeKind::Warning>
                <p>{text}</p>
                <p>{call_us}" "<a href=hotline_href>{hotline}</a>"."</p>
            </Notice>
        })}
        {form}
    }
    .into_any()
}

/// The form's address for this audience and this kind of party.
fn address(cx: &RequestCx, audience: &AudienceChoice, kind: Kind) -> String {
    let kind = match kind {
        Kind::People => String::new(),
        Kind::School => format!("&{KIND}={}", kind.key()),
    };
    format!("{}?{AUDIENCE}={}{kind}", Page::RegisterDelegation.path(cx.locale()), escape(&audience.code))
}

/// An organisation or a school. Where the form has been written in, nothing typed is lost by the change.
fn kinds(cx: &RequestCx, chosen: &AudienceChoice, current: Kind, written: bool) -> AnyView {
    let t = &cx.texts().delegation;
    let chips = Kind::ALL
        .map(|kind| {
            let (name, hint) = match kind {
                Kind::People => (t.people_kind, t.people_kind_hint),
                Kind::School => (t.school_kind, t.school_kind_hint),
            };
            let text = view! { <strong>{name}</strong><span>{hint}</span> };
            let href = address(cx, chosen, kind);
            let is_current = (kind == current).then_some("true");
            if written {
                view! {
                    <li>
                        <button
                            type="submit"
                            form=ENTRY
                            formaction=prefs::at(&href)
                            formmethod="post"
                            formnovalidate
                            name=field::KIND
                            value=kind.key()
                            aria-current=is_current
                        >
                            {text}
                        </button>
                    </li>
                }
                .into_any()
            } else {
                view! { <li><a href=href aria-current=is_current>{text}</a></li> }.into_any()
            }
        })
        .collect_view();
    view! { <nav class="chips audiences" aria-labelledby=field::KIND><ul>{chips}</ul></nav> }.into_any()
}

fn labels(cx: &RequestCx) -> Vec<(&'static str, &'static str)> {
    let t = &cx.texts().delegation;
    vec![
        (person::ORGANISATION, t.organisation),
        (person::ORGANISATION_NAME, cx.texts().registration.organisation_name),
        (person::TAX_CODE, cx.texts().registration.tax_code),
        (person::COMMUNE, t.commune),
        (field::LEADER_NAME, t.leader_name),
        (field::LEADER_PHONE, t.leader_phone),
        (field::LEADER_EMAIL, t.leader_email),
        (field::PEOPLE, t.people),
        (field::PASTE, t.paste),
        (field::FILE, t.file),
    ]
}

fn form(cx: &RequestCx, choices: FormChoices, chosen: &AudienceChoice, kind: Kind) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let state = &cx.form;
    let key = match state.values.get(person::IDEMPOTENCY_KEY) {
        "" => cx.services.new_id().to_string(),
        key => key.to_owned(),
    };
    let name = chosen.name.get(locale).to_owned();
    let leader = if kind == Kind::School { t.teacher } else { t.leader };
    let rest = match kind {
        Kind::School => school(cx),
        Kind::People => people(cx, chosen.kind),
    };
    view! {
        <form
            id=ENTRY
            class="form steps group-form"
            method="post"
            action=address(cx, chosen, kind)
            enctype="multipart/form-data"
            aria-label=format!("{}: {name}", t.title)
            novalidate
        >
            <input type="hidden" name=person::AUDIENCE value=chosen.id.to_string()/>
            <input type="hidden" name=field::KIND value=kind.key()/>
            <input type="hidden" name=person::IDEMPOTENCY_KEY value=key/>
            <h2>{leader}</h2>
            {organisation(cx, choices, chosen.kind, kind)}
            <TextField
                field=state.field(field::LEADER_NAME)
                label=t.leader_name
                hint=if kind == Kind::People { t.leader_name_hint } else { cx.texts().registration.full_name_hint }
                autocomplete="name"
                maxlength=u32_max(PersonName::MAX)
            />
            <TextField
                field=state.field(field::LEADER_PHONE)
                label=t.leader_phone
                hint=cx.texts().registration.phone_hint
                kind="tel"
                autocomplete="tel"
                inputmode="tel"
            />
            <TextField
                field=state.field(field::LEADER_EMAIL)
                label=t.leader_email
                hint=t.leader_email_hint
                kind="email"
                autocomplete="email"
                required=false
            />
            {rest}
        </form>
    }
    .into_any()
}

/// What holds for everybody of the party.
fn organisation(cx: &RequestCx, choices: FormChoices, audience: AudienceKind, kind: Kind) -> AnyView {
    let t = &cx.texts().delegation;
    let state = &cx.form;
    let asks = audience.asks();
    let is_school = kind == Kind::School;
    let name = if asks.organisation != Ask::No && !is_school {
        let groups = bodies(cx, &choices);
        view! { <GroupedSelect field=state.field(person::ORGANISATION) label=t.organisation groups/> }.into_any()
    } else {
        let label = if is_school { t.school_name } else { t.organisation_name };
        view! {
            <TextField
                field=state.field(person::ORGANISATION_NAME)
                label
                autocomplete="organization"
                maxlength=u32_max(Details::ORGANISATION_MAX)
            />
        }
        .into_any()
    };
    let tax_code = if is_school { None } else { tax_code(cx, state, asks.tax_code) };
    let commune = (asks.commune != Ask::No).then(|| {
        let communes = communes(&choices);
        view! { <Select field=state.field(person::COMMUNE) label=t.commune choices=communes required=asks.commune == Ask::Required/> }
    });
    view! { {name}{tax_code}{commune} }.into_any()
}

/// A head count, and the end of the form.
fn school(cx: &RequestCx) -> AnyView {
    let t = &cx.texts().delegation;
    view! {
        <TextField field=cx.form.field(field::PEOPLE) label=t.people hint=t.people_hint inputmode="numeric" autocomplete="off"/>
        {consent(cx, Kind::School, false)}
        <p><Button name=doing::NAME value=doing::CONFIRM>{t.submit_school}</Button></p>
    }
    .into_any()
}

/// The list: to be written, or as it was read.
fn people(cx: &RequestCx, audience: AudienceKind) -> AnyView {
    let t = &cx.texts().delegation;
    let list = delegation::read_list(cx.form.values.get(field::LIST));
    let intro = (t.list_intro)(&i18n::number(cx.locale(), u32_max(MOST)));
    let content = if list.is_empty() { to_write(cx, audience) } else { to_look_over(cx, audience, &list) };
    view! {
        <h2 id=field::LIST tabindex="-1">{t.list}</h2>
        <p>{intro}</p>
        {content}
    }
    .into_any()
}

fn to_write(cx: &RequestCx, audience: AudienceKind) -> AnyView {
    let t = &cx.texts().delegation;
    let state = &cx.form;
    let asks = audience.asks();
    let needed = if asks.job_title == Ask::Required { t.job_needed } else { t.name_needed };
    view! {
        <p class="muted">{needed}</p>
        <div class="people">{rows::typed(cx, state, asks)}</div>
        {rows::more(cx, state)}
        <TextArea field=state.field(field::PASTE) label=t.paste hint=t.paste_hint rows=6 maxlength=PASTE_MAX required=false/>
        <FileField
            field=state.field(field::FILE)
            label=t.file
            hint=t.file_hint
            accept=".xlsx,.csv,.txt,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            required=false
        />
        <Guard/>
        <p><Button name=doing::NAME value=doing::CHECK>{t.check}</Button></p>
    }
    .into_any()
}

fn to_look_over(cx: &RequestCx, audience: AudienceKind, list: &[Row]) -> AnyView {
    let t = &cx.texts().delegation;
    let state = &cx.form;
    let asks = audience.asks();
    let namesakes = state.field(field::NAMESAKES);
    let found = |allowed| delegation::check(list, asks, allowed).map_or_else(|errors| errors, |_| FieldErrors::default());
    let errors = found(namesakes.has(domain::registration::TICKED));
    let count = i18n::number(cx.locale(), u32_max(list.len()));
    let told = if errors.is_empty() {
        let text = (t.checked)(&count);
        view! { <Notice kind=NoticeKind::Success><p><strong>{text}</strong></p><p>{t.checked_text}</p></Notice> }.into_any()
    } else {
        let cells = (t.to_mend)(rows::wrong_cells(&errors));
        view! { <Notice kind=NoticeKind::Warning><p><strong>{cells}"."</strong></p><p>{t.to_mend_text}</p></Notice> }.into_any()
    };
    let namesakes = rows::has_namesakes(&found(false)).then(|| view! { <CheckboxField field=namesakes label=t.namesakes required=false/> });
    let end = if errors.is_empty() {
        let submit = (t.submit)(&count);
        view! {
            {consent(cx, Kind::People, asks.adult)}
            <p class="actions">
                <Button name=doing::NAME value=doing::CONFIRM>{submit}</Button>
                <Button kind=ButtonKind::Second name=doing::NAME value=doing::EDIT>{t.edit_list}</Button>
            </p>
        }
        .into_any()
    } else {
        view! {
            <Guard/>
            <p class="actions">
                <Button name=doing::NAME value=doing::CHECK>{t.check_again}</Button>
                <Button kind=ButtonKind::Second name=doing::NAME value=doing::EDIT>{t.edit_list}</Button>
            </p>
        }
        .into_any()
    };
    view! {
        {told}
        <input type="hidden" name=field::LIST value=delegation::write_list(list)/>
        {rows::read(cx, list, &errors)}
        {namesakes}
        {end}
    }
    .into_any()
}

/// What the leader declares, with the exact words that are kept as proof.
fn consent(cx: &RequestCx, kind: Kind, adult: bool) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().delegation;
    let adults = adult.then(|| view! { <CheckboxField field=cx.form.field(field::ADULTS) label=t.adults/> });
    view! {
        <h2>{t.consent}</h2>
        <p>{t.consent_intro}" "<a href=Page::Privacy.path(locale)>{cx.texts().registration.consent_more}</a>"."</p>
        <div>
            {adults}
            <CheckboxField field=cx.form.field(field::DECLARATION) label=declaration(kind, locale)/>
        </div>
        <Guard/>
    }
    .into_any()
}

fn u32_max(max: usize) -> u32 {
    u32::try_from(max).unwrap_or(u32::MAX)
}
