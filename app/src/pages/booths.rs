//! The organisers' page of booths: their stamps and posters, and the raffles among those who have stamps.

use domain::access::Action;
use leptos::prelude::*;
use services::checkin::{
    raffle,
    stamp::{self, Poster},
};

use super::{
    desk::{self, Desk},
    loaded, raffles,
};
use crate::{
    components::{ButtonKind, ButtonLink, DataTable, EmptyState, Icon, Shape},
    i18n,
    request::{RequestCx, request},
    routes::{Download, Page},
};

pub fn page() -> AnyView {
    let cx = request();
    let load = {
        let cx = cx.clone();
        async move {
            desk::enter(&cx.actor, Action::HoldRaffles)?;
            let posters = stamp::posters(&cx.services, &cx.actor).await?;
            let raffles = raffle::raffles(&cx.services, &cx.actor).await?;
            Ok::<_, services::Error>((posters, raffles, raffle::waiting(&cx.services, &cx.actor).await?))
        }
    };
    loaded(load, move |(posters, all, waiting)| {
        let texts = cx.texts();
        let (t, r) = (&texts.stamps, &texts.raffles);
        let raffles = if all.is_empty() {
            view! { <EmptyState text=r.none/> }.into_any()
        } else {
            all.into_iter().map(|(raffle, places)| raffles::one(&cx, &raffle, places, &waiting)).collect_view().into_any()
        };
        view! {
            <Desk title=t.area moved_on=r.moved_on>
                {booths(&cx, posters)}
                <section class="stack" aria-labelledby="raffles">
                    <h2 id="raffles">{r.title}</h2>
                    <p class="prose">{r.lead}</p>
                    {raffles}
                </section>
            </Desk>
        }
        .into_any()
    })
}

fn booths(cx: &RequestCx, posters: Vec<Poster>) -> AnyView {
    let locale = cx.locale();
    let t = &cx.texts().stamps;
    if posters.is_empty() {
        return view! { <EmptyState text=t.none/> }.into_any();
    }
    let rows = posters
        .into_iter()
        .map(|Poster { booth, code, stamps, last_at }| {
            let (name, href) = (booth.name.get(locale).to_owned(), Download::Poster.at(locale, &booth.id.to_string()));
            let of = format!("{}: {name}", t.save_poster);
            let behind = Page::Stamp.at(locale, &code);
            view! {
                <tr>
                    <th scope="row"><a href=behind>{name}</a></th>
                    <td><a href=href aria-label=of>{t.save_poster}</a></td>
                    <td>{last_at.map(desk::moment)}</td>
                    <td class="number">{i18n::number(locale, stamps)}</td>
                </tr>
            }
        })
        .collect_view();
    let columns = [t.booth, t.posters, t.last, t.stamps].map(str::to_owned).into();
    view! {
        <p class="prose">{t.area_lead}</p>
        <p>
            <ButtonLink href=Download::Posters.at(locale, "") kind=ButtonKind::Second><Icon shape=Shape::Download/>{t.save_posters}</ButtonLink>
        </p>
        <DataTable caption=t.booths id="booths" columns=columns numbers_from=3>{rows}</DataTable>
    }
    .into_any()
}
