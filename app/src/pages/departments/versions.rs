//! Two texts of one dossier, where what was typed came too late: nothing of either is lost.

use domain::{
    form::Values,
    registration::TICKED,
    showcase::{Content, Pillar, Sector, field},
    text::Locale,
};
use leptos::prelude::*;
use services::showcase::Dossier;

use super::{filled, labels};
use crate::{i18n::departments::Departments, request::request};

/// The parts in which what was typed differs from what is stored: of the typed text where only the stored one stands on
/// the page, of the stored one where the form holds what was typed. Nothing if they are the same.
#[component]
pub fn Versions(dossier: Dossier, typed: bool) -> impl IntoView {
    let cx = request();
    let t = &cx.texts().departments;
    let parts = differing(t, cx.locale(), &cx.form.values, &dossier.content);
    let title = if typed { t.typed_text } else { t.stored_text };
    (!parts.is_empty()).then(|| {
        view! {
            <section class="dossier" aria-labelledby="versions">
                <h2 id="versions">{title}</h2>
                {parts
                    .into_iter()
                    .map(|part| {
                        let text = if typed { part.typed } else { part.stored };
                        let text = if text.is_empty() { t.nothing_here.to_owned() } else { text };
                        view! {
                            <h3>{part.label}</h3>
                            <p class="dossier-text">{text}</p>
                        }
                    })
                    .collect_view()}
            </section>
        }
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Part {
    label: &'static str,
    typed: String,
    stored: String,
}

fn differing(t: &Departments, locale: Locale, posted: &Values, stored: &Content) -> Vec<Part> {
    // Without a form nothing was typed.
    if posted.0.is_empty() {
        return Vec::new();
    }
    let stored = filled(stored).values;
    let part = |(name, label)| {
        let shown = |values: &Values| shown(t, locale, name, values.get(name));
        let (typed, stored) = (shown(posted), shown(&stored));
        (typed != stored).then_some(Part { label, typed, stored })
    };
    labels(t).into_iter().filter_map(part).collect()
}

/// A value as people read it.
fn shown(t: &Departments, locale: Locale, name: &str, value: &str) -> String {
    match name {
        field::PILLAR => Pillar::from_key(value).map_or("", |pillar| pillar.name(locale)).to_owned(),
        field::SECTOR => Sector::from_key(value).map_or("", |sector| sector.name(locale)).to_owned(),
        field::PUBLISH_CONSENT => if value == TICKED { t.yes } else { t.no }.to_owned(),
        _ => value.replace("\r\n", "\n").trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::t;

    #[test]
    fn only_what_differs_is_set_against_each_other_in_words() {
        let stored =
            Content {
                title: "Trạm y tế số".into(), problem: "Một\nhai".into(), sector: Some(Sector::Health), ..Content::default()
            };
        let mut posted = filled(&stored).values;
        for (name, value) in &mut posted.0 {
            match name.as_str() {
                field::PROBLEM => *value = "Một\r\nhai ".into(),
                field::TITLE => *value = "Trạm y tế số xã Tân Thành".into(),
                field::SECTOR => *value = Sector::Welfare.key().into(),
                field::PUBLISH_CONSENT => *value = TICKED.into(),
                _ => {}
            }
        }
        let texts = &t(Locale::Vi).departments;
        let parts = differing(texts, Locale::Vi, &posted, &stored);
        let told: Vec<_> = parts.iter().map(|part| (part.label, part.typed.as_str(), part.stored.as_str())).collect();
        assert_eq!(
            told,
            [
                (texts.name, "Trạm y tế số xã Tân Thành", "Trạm y tế số"),
                (texts.sector, "An sinh xã hội", "Y tế"),
                (texts.publishing, "Có", "Chưa"),
            ]
        );
        assert_eq!(differing(texts, Locale::Vi, &Values::default(), &stored), []);
    }
}
