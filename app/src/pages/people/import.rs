//! Lists from other systems: a file is chosen, checked, looked at, and stored in one go.

use domain::{
    registration::{
        field,
        import::{CellProblem, HEADINGS},
    },
    text::Locale,
};
use leptos::prelude::*;
use services::registration::desk::{self as verbs, DeskAudience, Import, ImportState};

use crate::{
    components::{Button, Choice, DataTable, ErrorSummary, FileField, Notice, NoticeKind, Select},
    forms::FormState,
    i18n,
    pages::{desk::Desk, loaded},
    request::{RequestCx, request},
    routes::{Deed, Page},
};

/// Name of the form's file.
pub const FILE: &str = "file";

/// Query name of the list that is looked at.
pub const LIST: &str = "danh-sach";

/// The most wrong cells that are shown at once.
const SHOWN: usize = 200;

/// What is wrong with the file that was posted: provided as context by the form's handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongCells(pub Vec<CellProblem>);

pub fn page() -> AnyView {
    let cx = request();
    let wrong = use_context::<WrongCells>();
    let asked = cx.query_value(LIST).filter(|_| cx.form.is_empty() && wrong.is_none());
    let load = {
        let cx = cx.clone();
        async move {
            let audiences = verbs::desk_audiences(&cx.services, &cx.actor).await?;
            domain::access::authorise(&cx.actor, domain::access::Action::ManageRegistrations)?;
            let import = match asked {
                Some(id) => Some(verbs::import(&cx.services, &cx.actor, crate::pages::desk::id(&id)?).await?),
                None => None,
            };
            Ok::<_, services::Error>((audiences, import))
        }
    };
    loaded(load, move |(audiences, import)| {
        let t = &cx.texts().people;
        let back = (Page::People.path(cx.locale()).to_owned(), t.back);
        let content = match import {
            Some(import) => looked_at(&cx, import),
            None => choose(&cx, audiences, wrong),
        };
        view! { <Desk title=t.import back>{content}</Desk> }.into_any()
    })
}

fn choose(cx: &RequestCx, audiences: Vec<DeskAudience>, wrong: Option<WrongCells>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let first = audiences.first().map(|audience| (field::AUDIENCE, audience.id.to_string()));
    let state = FormState { errors: cx.form.errors.clone(), ..cx.form.clone().or(FormState::filled(first)) };
    let choices = audiences.iter().map(|audience| Choice::new(audience.id.to_string(), audience.name.get(locale))).collect();
    let columns = HEADINGS.iter().map(|names| view! { <li>{names[0]}</li> }).collect_view();
    let labels = vec![(FILE, t.file), (field::AUDIENCE, t.audience_otherwise)];
    let wrong = wrong.map(|wrong| wrong_cells(cx, wrong));
    view! {
        <ErrorSummary form=cx.form.clone() labels/>
        {wrong}
        <form class="form narrow" method="post" action=Page::Import.path(locale) enctype="multipart/form-data">
            <p>{t.import_hint}</p>
            <ul class="points" lang="vi">{columns}</ul>
            <FileField field=state.field(FILE) label=t.file hint=t.file_hint accept=".csv,.xlsx"/>
            <Select field=state.field(field::AUDIENCE) label=t.audience_otherwise choices/>
            <p><Button>{t.check_file}</Button></p>
        </form>
    }
    .into_any()
}

fn wrong_cells(cx: &RequestCx, WrongCells(problems): WrongCells) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let count = (t.wrong_cells)(&i18n::number(locale, i64::try_from(problems.len()).unwrap_or(i64::MAX)));
    let rows = problems.into_iter().take(SHOWN).map(|problem| wrong_cell(locale, problem)).collect_view();
    let columns = [t.row, t.column, t.cell, t.what_is_wrong].map(str::to_owned).into();
    view! {
        <Notice kind=NoticeKind::Warning><p role="alert">{count}</p></Notice>
        <DataTable caption=t.to_be_mended id="wrong" columns=columns>{rows}</DataTable>
    }
    .into_any()
}

fn wrong_cell(locale: Locale, problem: CellProblem) -> AnyView {
    let cell: String = problem.cell.chars().take(80).collect();
    view! {
        <tr>
            <td>{problem.row}</td>
            <td>{HEADINGS[problem.column as usize][0]}</td>
            <td>{cell}</td>
            <td>{problem.problem.text(locale)}</td>
        </tr>
    }
    .into_any()
}

/// A checked list: what it comes to, and how far it is.
fn looked_at(cx: &RequestCx, import: Import) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().people;
    let number = move |number: i64| i18n::number(locale, number);
    let id = import.id.to_string();
    let again = format!("{}?{LIST}={id}", Page::Import.path(locale));
    let action = Deed::ConfirmImport.at(locale, &id);
    let confirm = |text: &'static str| view! { <form method="post" action=action><p><Button>{text}</Button></p></form> }.into_any();
    match import.state {
        ImportState::Checked => {
            let known = (t.will_store)(&number(i64::from(import.count) - import.known), &number(import.known));
            view! { <Notice kind=NoticeKind::Success><p>{t.all_right}</p><p>{known}</p></Notice>{confirm(t.store_list)} }.into_any()
        }
        ImportState::Running => {
            let text = (t.storing)(&number(import.count.into()));
            view! {
                <Notice><p role="status">{text}</p></Notice>
                <p><a class="button second" href=again>{t.look_again}</a></p>
            }
            .into_any()
        }
        ImportState::Done { added, changed } => {
            let text = (t.stored)(&number(added.into()), &number(changed.into()));
            view! { <Notice kind=NoticeKind::Success><p role="status">{text}</p></Notice> }.into_any()
        }
        ImportState::Failed { full } => {
            let why = full.map_or_else(|| t.not_stored.to_owned(), |audience| (t.no_room)(audience.get(locale)));
            view! { <Notice kind=NoticeKind::Warning><p role="alert">{why}</p></Notice>{confirm(t.store_again)} }.into_any()
        }
    }
}
