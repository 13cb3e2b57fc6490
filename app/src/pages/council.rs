//! The council's desk: the dossiers to read.

use domain::access::Action;
use leptos::prelude::*;
use services::showcase;

use super::{
    desk::{self, Desk},
    dossier::DossierView,
    loaded,
};
use crate::{
    components::{DataTable, EmptyState},
    request::request,
    routes::Page,
};

/// The dossiers under review of other organisations.
pub fn list() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::SeeCouncilDesk)?;
            showcase::dossiers(&cx.services, &cx.actor).await
        }
    };
    loaded(load, move |dossiers| {
        let locale = cx.locale();
        let (t, labels) = (&cx.texts().council, &cx.texts().departments);
        let columns = [labels.number, labels.model, labels.organisation, labels.pillar, labels.sector, labels.submitted];
        let rows = dossiers
            .iter()
            .map(|dossier| {
                let (title, lang) = desk::title_of(locale, dossier);
                view! {
                    <tr>
                        <td class="nowrap">{dossier.number.clone()}</td>
                        <th scope="row"><a href=Page::Reading.at(locale, &dossier.id.to_string()) lang=lang>{title}</a></th>
                        <td>{dossier.organisation.get(locale).to_owned()}</td>
                        <td>{dossier.content.pillar.map(|pillar| pillar.name(locale))}</td>
                        <td>{dossier.content.sector.map(|sector| sector.name(locale))}</td>
                        <td>{dossier.submitted_at.map(desk::moment)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <Desk title=t.title>
                <p class="prose">{t.lead}</p>
                {if dossiers.is_empty() {
                    view! { <EmptyState text=t.no_dossiers/> }.into_any()
                } else {
                    view! {
                        <DataTable caption=t.list id="dossiers" columns=columns.map(str::to_owned).into()>{rows}</DataTable>
                    }
                    .into_any()
                }}
            </Desk>
        }
        .into_any()
    })
}

/// One dossier to read. `parameter` is its id.
pub fn reading(parameter: &str) -> AnyView {
    let cx = request();
    let load = {
        let (cx, id) = (cx.clone(), desk::id(parameter));
        async move {
            desk::enter(&cx.actor, Action::SeeCouncilDesk)?;
            showcase::dossier(&cx.services, &cx.actor, id?).await
        }
    };
    loaded(load, move |dossier| {
        let locale = cx.locale();
        let back = (Page::Council.path(locale).to_owned(), cx.texts().council.back_to_list);
        view! {
            <Desk title=desk::title_of(locale, &dossier).0 back>
                <DossierView dossier/>
            </Desk>
        }
        .into_any()
    })
}
