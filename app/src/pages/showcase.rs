//! The showcase as visitors see it: the gallery and a model's page.

mod gallery;
mod model;

use domain::showcase::{Content, Pillar};
use leptos::prelude::*;
use services::showcase::ModelCard;

use crate::{
    components::{Card, Icon, SampleMark, Shape},
    request::RequestCx,
    routes::{Download, Page},
};

pub use gallery::{PILLAR, SECTOR, page as gallery};
pub use model::page as model;

/// Cards of models, in a grid.
pub(super) fn model_cards(cx: &RequestCx, cards: Vec<ModelCard>) -> AnyView {
    let cards = cards.into_iter().map(|card| view! { <li>{model_card(cx, card)}</li> }).collect_view();
    view! { <ul class="cards models">{cards}</ul> }.into_any()
}

/// The title comes first for those who listen; for the eye the style puts the picture above it.
fn model_card(cx: &RequestCx, card: ModelCard) -> AnyView {
    let locale = cx.locale();
    let cover = cover(cx, &card.content, card.cover.as_deref(), "lazy");
    let pillar = card.content.pillar.map(|pillar| pillar_mark(cx, pillar));
    view! {
        <Card title=card.content.title_in(locale).to_owned() href=Page::Model.at(locale, &card.slug)>
            <p class="muted">{card.organisation.get(locale).to_owned()}</p>
            {cover}
            <p class="pillar">
                {pillar}
                {card.sample.then(|| view! { <SampleMark/> })}
            </p>
        </Card>
    }
    .into_any()
}

/// The pillar by icon and word.
fn pillar_mark(cx: &RequestCx, pillar: Pillar) -> AnyView {
    view! { <span class="mark"><Icon shape=pillar_shape(pillar)/>{pillar.name(cx.locale())}</span> }.into_any()
}

fn pillar_shape(pillar: Pillar) -> Shape {
    match pillar {
        Pillar::Government => Shape::Government,
        Pillar::Economy => Shape::Economy,
        Pillar::Society => Shape::Society,
    }
}

/// The picture, or a drawn stand-in.
fn cover(cx: &RequestCx, content: &Content, key: Option<&str>, loading: &'static str) -> AnyView {
    match key {
        Some(key) => {
            let address = Download::Cover.at(cx.locale(), key);
            view! { <img class="cover" src=address alt=content.cover_alt.clone() width="1600" height="900" loading=loading decoding="async"/> }
                .into_any()
        }
        None => view! { <span class="cover no-cover" aria-hidden="true"></span> }.into_any(),
    }
}
