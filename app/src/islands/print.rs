//! Opens the browser's own dialogue for printing.

use leptos::prelude::*;

/// A button where scripts run; without them the page says which keys print. `sent` stands in its place once it was pressed: nothing is
/// printed twice by accident.
#[island]
pub fn PrintButton(label: String, sent: String) -> impl IntoView {
    let (is_ready, is_sent) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| is_ready.set(true));
    let print = move |_| {
        is_sent.set(true);
        // Some browsers inside other apps cannot print at all.
        let _ = window().print();
    };
    let button = move || {
        (is_ready.get() && !is_sent.get()).then(|| view! { <button type="button" class="button" on:click=print>{label.clone()}</button> })
    };
    view! {
        {button}
        <span role="status">{move || is_sent.get().then(|| sent.clone())}</span>
    }
}
