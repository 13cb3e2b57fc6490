//! A department's desk: its dossiers, and the page on which one is written.

use domain::{
    access::Action,
    registration::TICKED,
    showcase::{Basis, Content, Pillar, Sector, State, field},
};
use leptos::prelude::*;
use services::showcase::{self, Dossier};

use super::{
    MovedOn,
    desk::{self, Desk},
    dossier::DossierView,
    loaded,
};
use crate::{
    components::{
        Button, ButtonKind, CheckboxField, Choice, DataTable, EmptyState, ErrorSummary, FileField, Notice, NoticeKind, RadioGroup, Select,
        TextArea, TextField,
    },
    forms::{ENTRY, FormState},
    i18n::{self, departments::Departments},
    islands::autosave::{Autosave, AutosaveTexts},
    request::{RequestCx, request},
    routes::{Deed, Download, Page},
};

mod versions;

use versions::Versions;

/// The types of picture that the server takes.
const PICTURES: &str = "image/jpeg,image/png,image/webp";

/// The own organisation's dossiers.
pub fn list() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::SeeDepartmentDesk)?;
            showcase::dossiers(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |dossiers| {
        let locale = cx.locale();
        let t = &cx.texts().departments;
        let start = view! {
            <form method="post" action=Page::Departments.path(locale)><Button>{t.start}</Button></form>
        };
        let rows = dossiers
            .iter()
            .map(|dossier| {
                let (title, lang) = desk::title_of(locale, dossier);
                view! {
                    <tr>
                        <th scope="row">
                            <a href=Page::Dossier.at(locale, &dossier.id.to_string()) lang=lang>{title}</a>
                            {dossier.return_reason.clone().map(|reason| view! { <p class="row-note">{reason}</p> })}
                        </th>
                        <td>{desk::state_mark(locale, dossier.state)}</td>
                        <td class="nowrap">{dossier.number.clone().unwrap_or_else(|| t.no_number.to_owned())}</td>
                        <td>{desk::moment(dossier.updated_at)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <Desk title=t.title action=start.into_any()>
                <ErrorSummary form=cx.form.clone() labels=Vec::new()/>
                <p class="prose">{t.lead}</p>
                {if dossiers.is_empty() {
                    view! { <EmptyState text=t.no_dossiers/> }.into_any()
                } else {
                    let columns = [t.model, t.state, t.number, t.changed].map(str::to_owned).into();
                    view! { <DataTable caption=t.list id=field::DOSSIERS columns=columns>{rows}</DataTable> }.into_any()
                }}
            </Desk>
        }
        .into_any()
    })
}

/// One dossier of the own organisation: the form while it may be changed, else the dossier as it stands.
/// `parameter` is its id.
pub fn dossier(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::SeeDepartmentDesk)?;
            showcase::dossier(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |dossier| {
        let locale = cx.locale();
        let t = &cx.texts().departments;
        let back = (Page::Departments.path(locale).to_owned(), t.back_to_list);
        let moved_on = use_context::<MovedOn>().is_some();
        let title = desk::title_of(locale, &dossier).0;
        if dossier.state.is_editable() {
            view! {
                <Desk title back moved_on=t.changed_elsewhere>
                    {standing(&cx, &dossier)}
                    {moved_on.then(|| view! { <Versions dossier=dossier.clone() typed=false/> })}
                    <DossierForm dossier=dossier.clone()/>
                </Desk>
            }
            .into_any()
        } else {
            view! {
                <Desk title back moved_on=t.locked_before>
                    {standing(&cx, &dossier)}
                    {moved_on.then(|| view! { <Versions dossier=dossier.clone() typed=true/> })}
                    <DossierView dossier=dossier.clone()/>
                </Desk>
            }
            .into_any()
        }
    })
}

/// On top of the page: what the state means for who writes.
fn standing(cx: &RequestCx, dossier: &Dossier) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().departments;
    match dossier.state {
        State::Draft => None,
        State::Returned => {
            let reason = dossier.return_reason.clone();
            Some(
                view! {
                    <Notice kind=NoticeKind::Warning>
                        <p><strong>{t.returned_title}</strong></p>
                        <p class="dossier-text">{reason}</p>
                        <p>{t.returned_hint}</p>
                    </Notice>
                }
                .into_any(),
            )
        }
        State::Submitted => {
            let at = desk::moment_text(dossier.submitted_at.unwrap_or(dossier.updated_at));
            let (hotline, href) = cx.hotline();
            Some(
                view! {
                    <Notice kind=NoticeKind::Success>
                        <p><strong>{(t.locked)(&at)}</strong></p>
                        <p>{t.locked_hint}" "<a href=href>{hotline}</a></p>
                    </Notice>
                }
                .into_any(),
            )
        }
        State::Published => {
            let page = dossier.slug.as_deref().map(|slug| Page::Model.at(locale, slug));
            Some(
                view! {
                    <Notice kind=NoticeKind::Success>
                        <p><strong>{t.published}</strong></p>
                        <p>{page.map(|page| view! { <a href=page>{t.see_published}</a>". " })} {t.published_hint}</p>
                    </Notice>
                }
                .into_any(),
            )
        }
    }
}

/// The form. It is checked on the server alone, so that an unfinished draft can be saved.
#[component]
fn DossierForm(dossier: Dossier) -> impl IntoView {
    let cx = request();
    let locale = cx.locale();
    let t = &cx.texts().departments;
    let id = dossier.id.to_string();
    let form = cx.form.clone().or(filled(&dossier.content));
    let limits = |(min, max): (usize, usize)| [min, max].map(|limit| i18n::number(locale, i64::try_from(limit).unwrap_or(i64::MAX)));
    let hint = |text: fn(&str, &str) -> String, limit| {
        let [min, max] = limits(limit);
        text(&min, &max)
    };
    let pillars = Pillar::ALL.iter().map(|pillar| Choice::new(pillar.key(), pillar.name(locale))).collect::<Vec<_>>();
    let sectors = Sector::ALL.iter().map(|sector| Choice::new(sector.key(), sector.name(locale))).collect::<Vec<_>>();
    let (cover_label, cover_hint) = match dossier.cover {
        Some(_) => (t.cover_change, t.cover_change_hint),
        None => (t.cover, t.cover_hint),
    };
    let saved = desk::moment_text(dossier.updated_at);
    let moved_on = use_context::<MovedOn>().is_some();
    // Saving again after a conflict is a conscious act: the writer has the stored text before his eyes. After any other
    // refusal the form is still based on what it was written on.
    let basis = match form.values.get(field::REVISION) {
        posted if !moved_on && !posted.is_empty() => posted.to_owned(),
        _ => Basis::of(dossier.revision).to_string(),
    };
    let mut labels = labels(t);
    labels.push((field::COVER, cover_label));
    view! {
        <ErrorSummary form=form.clone() labels=labels/>
        <form
            id=ENTRY
            class="form"
            method="post"
            action=Page::Dossier.at(locale, &id)
            enctype="multipart/form-data"
            novalidate
        >
            // Not to be restored by the browser: it belongs to the texts that the server wrote.
            <input type="hidden" name=field::REVISION value=basis autocomplete="off"/>
            <h2>{t.name_and_summary}</h2>
            <TextField field=form.field(field::TITLE) label=t.name hint=hint(t.name_hint, Content::TITLE)/>
            <TextArea field=form.field(field::SUMMARY) label=t.summary hint=hint(t.summary_hint, Content::SUMMARY) rows=4/>
            <TextField field=form.field(field::TITLE_EN) label=t.name_en hint=t.name_en_hint required=false/>
            <TextArea field=form.field(field::SUMMARY_EN) label=t.summary_en rows=4 required=false/>

            <h2>{t.kind}</h2>
            <RadioGroup field=form.field(field::PILLAR) label=t.pillar choices=pillars/>
            <Select field=form.field(field::SECTOR) label=t.sector choices=sectors/>

            <h2>{t.content}</h2>
            <TextArea field=form.field(field::PROBLEM) label=t.problem hint=hint(t.problem_hint, Content::PROBLEM) rows=8/>
            <TextArea field=form.field(field::SOLUTION) label=t.solution hint=hint(t.solution_hint, Content::SOLUTION) rows=12/>

            <h2>{t.picture}</h2>
            {dossier.cover.as_deref().map(|key| view! {
                <figure class="cover-now">
                    <img src=Download::Cover.at(locale, key) alt=dossier.content.cover_alt.clone()/>
                    <figcaption>{t.cover_now}</figcaption>
                </figure>
            })}
            <FileField
                field=form.field(field::COVER)
                label=cover_label
                hint=cover_hint
                accept=PICTURES
                required=dossier.cover.is_none()
            />
            <TextField field=form.field(field::COVER_ALT) label=t.cover_alt hint=hint(t.cover_alt_hint, Content::COVER_ALT)/>

            <h2>{t.publishing}</h2>
            <CheckboxField field=form.field(field::PUBLISH_CONSENT) label=t.consent hint=t.consent_hint/>

            <div class="form-end">
                {if moved_on {
                    view! { <p class="autosave">{t.not_by_itself}</p> }.into_any()
                } else {
                    view! { <Autosave dossier=dossier.id locale=locale texts=autosave_texts(&cx, &saved)/> }.into_any()
                }}
                <p class="hint">{t.hand_in_hint}</p>
                <div class="actions">
                    <Button kind=ButtonKind::Second>{t.save}</Button>
                    <Button formaction=Deed::SubmitDossier.at(locale, &id)>{t.submit}</Button>
                </div>
            </div>
        </form>
    }
}

/// What the form's fields are called.
pub(crate) fn labels(t: &Departments) -> Vec<(&'static str, &'static str)> {
    vec![
        (field::TITLE, t.name),
        (field::SUMMARY, t.summary),
        (field::TITLE_EN, t.name_en),
        (field::SUMMARY_EN, t.summary_en),
        (field::PILLAR, t.pillar),
        (field::SECTOR, t.sector),
        (field::PROBLEM, t.problem),
        (field::SOLUTION, t.solution),
        (field::COVER_ALT, t.cover_alt),
        (field::PUBLISH_CONSENT, t.publishing),
    ]
}

fn autosave_texts(cx: &RequestCx, saved: &str) -> AutosaveTexts {
    let t = &cx.texts().departments;
    AutosaveTexts {
        now: t.saved.replace("{time}", saved),
        saved: t.saved.to_owned(),
        saving: t.saving.to_owned(),
        unsaved: t.unsaved.to_owned(),
        retrying: t.retrying.to_owned(),
        refused: t.refused.to_owned(),
        signed_out: t.signed_out.to_owned(),
        moved_on: t.moved_on.to_owned(),
    }
}

/// The form as the stored draft fills it.
fn filled(content: &Content) -> FormState {
    let ticked = if content.publish_consent { TICKED } else { "" };
    FormState::filled([
        (field::TITLE, content.title.as_str()),
        (field::TITLE_EN, &content.title_en),
        (field::SUMMARY, &content.summary),
        (field::SUMMARY_EN, &content.summary_en),
        (field::PILLAR, content.pillar.map_or("", Pillar::key)),
        (field::SECTOR, content.sector.map_or("", Sector::key)),
        (field::PROBLEM, &content.problem),
        (field::SOLUTION, &content.solution),
        (field::COVER_ALT, &content.cover_alt),
        (field::PUBLISH_CONSENT, ticked),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_draft_fills_the_form_and_comes_back_unchanged() {
        let content = Content {
            title: "Bản đồ số vùng trồng xoài".into(),
            title_en: "Digital map of mango orchards".into(),
            summary: "Một dòng\nvà một dòng nữa".into(),
            pillar: Some(Pillar::Economy),
            sector: Some(Sector::Agriculture),
            problem: "Vấn đề".into(),
            publish_consent: true,
            ..Content::default()
        };
        assert_eq!(Content::parse_draft(&filled(&content).values), Ok(content));
        assert_eq!(Content::parse_draft(&filled(&Content::default()).values), Ok(Content::default()));
    }
}
