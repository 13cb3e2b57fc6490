//! Buttons and links that act like them.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one main action of a page.
    #[default]
    Main,
    Second,
    /// Takes something away.
    Danger,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            Self::Main => "button",
            Self::Second => "button second",
            Self::Danger => "button danger",
        }
    }
}

/// Submits the form around it. The text is a verb and says what happens.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    /// Sent with the form when this button is used.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    /// Another address to post to.
    #[prop(optional, into)]
    formaction: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <button type="submit" class=kind.class() name=name value=value formaction=formaction>{children()}</button>
    }
}

/// A link that looks like a button, for the way to a next step.
#[component]
pub fn ButtonLink(#[prop(into)] href: String, #[prop(optional)] kind: ButtonKind, children: Children) -> impl IntoView {
    view! { <a class=kind.class() href=href>{children()}</a> }
}

/// One filter: an address, its text, whether it is the chosen one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipLink {
    pub href: String,
    pub text: String,
    pub current: bool,
}

/// Filters as links: they work without scripts and can be shared.
#[component]
pub fn ChipLinks(#[prop(into)] label: String, chips: Vec<ChipLink>) -> impl IntoView {
    view! {
        <nav class="chips" aria-label=label>
            <ul>
                {chips
                    .into_iter()
                    .map(|chip| view! {
                        <li><a href=chip.href aria-current=chip.current.then_some("true")>{chip.text}</a></li>
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
