//! What sets a piece of content apart: notices, cards, marks.

use leptos::prelude::*;

use super::{Icon, Shape};
use crate::request::request;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeKind {
    #[default]
    Info,
    Success,
    Warning,
}

/// A message that stands out: an icon and its text.
#[component]
pub fn Notice(#[prop(optional)] kind: NoticeKind, children: Children) -> impl IntoView {
    let (class, shape) = match kind {
        NoticeKind::Info => ("notice", Shape::Info),
        NoticeKind::Success => ("notice success", Shape::Check),
        NoticeKind::Warning => ("notice warning", Shape::Warning),
    };
    view! { <div class=class><Icon shape/><div>{children()}</div></div> }
}

/// A raised box. With `href` its title is the link, and the whole box can be touched.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    #[prop(optional, into)] href: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <article class="card">
            <h3>
                {match href {
                    Some(href) => view! { <a href=href>{title}</a> }.into_any(),
                    None => title.into_any(),
                }}
            </h3>
            {children.map(|children| children())}
        </article>
    }
}

/// Says that this content is invented, to show what the site will look like.
#[component]
pub fn SampleMark() -> impl IntoView {
    let t = &request().texts().common;
    view! { <span class="sample" title=t.sample_explained>{t.sample}</span> }
}
