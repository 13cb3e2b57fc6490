//! Tables, numbers and pages of lists.

use leptos::prelude::*;

use crate::{i18n, request::request};

/// A table that scrolls sideways inside itself on narrow screens. `children` are its `<tr>`s.
#[component]
pub fn DataTable(
    /// What the table lists; read to screen readers, and shown above it.
    #[prop(into)]
    caption: String,
    /// An id that is unique on the page.
    #[prop(into)]
    id: String,
    columns: Vec<String>,
    /// The first of the columns that hold numbers, counted from 0; they are the last ones, and their cells have the class
    /// `number`.
    #[prop(optional)]
    numbers_from: Option<usize>,
    children: Children,
) -> impl IntoView {
    let class = |at: usize| numbers_from.is_some_and(|first| at >= first).then_some("number");
    let caption_id = format!("{id}-caption");
    let labelled_by = caption_id.clone();
    view! {
        <div class="table" id=id role="region" aria-labelledby=labelled_by tabindex="0">
            <table>
                <caption id=caption_id>{caption}</caption>
                <thead>
                    <tr>
                        {columns
                            .into_iter()
                            .enumerate()
                            .map(|(at, column)| view! { <th scope="col" class=class(at)>{column}</th> })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// A number and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub number: i64,
    pub text: String,
}

/// A few true numbers, large.
#[component]
pub fn StatNumbers(stats: Vec<Stat>) -> impl IntoView {
    let locale = request().locale();
    view! {
        <dl class="stats">
            {stats
                .into_iter()
                .map(|stat| view! {
                    <div><dt>{stat.text}</dt><dd>{i18n::number(locale, stat.number)}</dd></div>
                })
                .collect_view()}
        </dl>
    }
}

/// In place of a list with nothing in it: why, and what to do (`children`).
#[component]
pub fn EmptyState(#[prop(into)] text: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-mark" aria-hidden="true"></span>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
