//! The gallery: published models, by pillar and field.

use domain::showcase::{Pillar, Sector};
use leptos::prelude::*;
use services::showcase::{self, ModelCard};

use super::model_cards;
use crate::{
    components::{ChipLink, ChipLinks, EmptyState},
    i18n,
    pages::loaded,
    request::{RequestCx, request},
    routes::Page,
    shell::PageHead,
};

/// Query names of the filters, the same in both languages.
pub const PILLAR: &str = "tru-cot";
pub const SECTOR: &str = "linh-vuc";

pub fn page() -> AnyView {
    let cx = request();
    let services = cx.services.clone();
    // All cards at once: the chips say how many each choice has.
    let load = async move { showcase::gallery(&services, None).await };
    loaded(load, move |cards| show(&cx, cards))
}

fn show(cx: &RequestCx, cards: Vec<ModelCard>) -> AnyView {
    let t = &cx.texts().showcase;
    let choice = Choice::read(cx);
    let filters = filters(cx, choice, &cards);
    let none_at_all = cards.is_empty();
    let chosen: Vec<_> = cards.into_iter().filter(|card| choice.admits(card)).collect();
    let list = if chosen.is_empty() {
        let text = if none_at_all { t.empty } else { t.nothing_here };
        let all = (!none_at_all).then(|| view! { <p><a href=Page::Models.path(cx.locale())>{t.all_models}</a></p> });
        view! {
            <EmptyState text=text>
                {all}
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <section class="stack"><h2 class="count">{(t.count)(chosen.len())}</h2>{model_cards(cx, chosen)}</section> }.into_any()
    };
    view! {
        <PageHead title=t.title description=t.description/>
        <div class="stack">
            <h1>{t.title}</h1>
            <p class="lead">{t.description}</p>
            {filters}
            {list}
        </div>
    }
    .into_any()
}

/// Which models are asked for; an unknown key counts as not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Choice {
    pillar: Option<Pillar>,
    sector: Option<Sector>,
}

impl Choice {
    fn read(cx: &RequestCx) -> Self {
        Self {
            pillar: cx.query_value(PILLAR).and_then(|key| Pillar::from_key(&key)),
            sector: cx.query_value(SECTOR).and_then(|key| Sector::from_key(&key)),
        }
    }

    fn admits(self, card: &ModelCard) -> bool {
        self.pillar.is_none_or(|pillar| card.content.pillar == Some(pillar))
            && self.sector.is_none_or(|sector| card.content.sector == Some(sector))
    }

    /// The query of this choice, with `?`; nothing for all models.
    fn query(self) -> String {
        let pillar = self.pillar.map(|pillar| format!("{PILLAR}={}", pillar.key()));
        let sector = self.sector.map(|sector| format!("{SECTOR}={}", sector.key()));
        let parts: Vec<_> = [pillar, sector].into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// Chips for every pillar, and for the fields that have models; each keeps the other's choice and says how many it leads to.
fn filters(cx: &RequestCx, choice: Choice, cards: &[ModelCard]) -> Option<AnyView> {
    let locale = cx.locale();
    let t = &cx.texts().showcase;
    let chip = |text: &str, wanted: Choice| {
        let count = cards.iter().filter(|card| wanted.admits(card)).count();
        ChipLink {
            href: format!("{}{}", Page::Models.path(locale), wanted.query()),
            text: format!("{text} ({})", i18n::number(locale, i64::try_from(count).unwrap_or(i64::MAX))),
            current: wanted == choice,
        }
    };
    let pillars: Vec<_> = std::iter::once(chip(cx.texts().common.all, Choice { pillar: None, ..choice }))
        .chain(Pillar::ALL.iter().map(|pillar| chip(pillar.name(locale), Choice { pillar: Some(*pillar), ..choice })))
        .collect();
    let used = Sector::ALL.iter().filter(|sector| cards.iter().any(|card| card.content.sector == Some(**sector)));
    let sectors: Vec<_> = std::iter::once(chip(t.all_sectors, Choice { sector: None, ..choice }))
        .chain(used.map(|sector| chip(sector.name(locale), Choice { sector: Some(*sector), ..choice })))
        .collect();
    (!cards.is_empty()).then(|| {
        view! {
            <div class="filters">
                <ChipLinks label=t.by_pillar chips=pillars/>
                <ChipLinks label=t.by_sector chips=sectors/>
            </div>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use domain::{showcase::Content, text::Bilingual};

    use super::*;

    fn card(pillar: Pillar, sector: Sector) -> ModelCard {
        ModelCard {
            slug: "a-1".into(),
            content: Content { pillar: Some(pillar), sector: Some(sector), ..Content::default() },
            organisation: Bilingual::default(),
            cover: None,
            sample: false,
        }
    }

    #[test]
    fn a_choice_admits_what_has_both_its_pillar_and_its_field() {
        let choice = Choice { pillar: Some(Pillar::Economy), sector: Some(Sector::Agriculture) };
        assert!(choice.admits(&card(Pillar::Economy, Sector::Agriculture)));
        assert!(!choice.admits(&card(Pillar::Economy, Sector::Health)));
        assert!(!choice.admits(&card(Pillar::Society, Sector::Agriculture)));
        assert!(Choice::default().admits(&card(Pillar::Society, Sector::Health)));
    }

    #[test]
    fn a_choice_is_written_into_the_address() {
        assert_eq!(Choice::default().query(), "");
        assert_eq!(Choice { pillar: Some(Pillar::Economy), sector: None }.query(), "?tru-cot=kinh-te-so");
        assert_eq!(Choice { pillar: Some(Pillar::Society), sector: Some(Sector::Health) }.query(), "?tru-cot=xa-hoi-so&linh-vuc=y-te");
    }
}
