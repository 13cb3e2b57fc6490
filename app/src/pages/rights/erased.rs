//! What is said to somebody whose data was erased a moment ago: the link that led here leads nowhere now.

use leptos::prelude::*;

use crate::{request::request, routes::Page, shell::PageHead};

pub fn page() -> AnyView {
    let cx = request();
    let t = &cx.texts().rights;
    view! {
        <PageHead title=t.erased/>
        <article class="reading">
            <h1>{t.erased}</h1>
            <p class="lead">{t.erased_lead}</p>
            <ul>{t.erased_points.map(|point| view! { <li>{point}</li> }).collect_view()}</ul>
            <p><a href=Page::Privacy.path(cx.locale())>{t.complain}</a></p>
        </article>
    }
    .into_any()
}
