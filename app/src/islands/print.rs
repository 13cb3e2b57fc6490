//! Opens the browser's own dialogue for printing.

use leptos::prelude::*;

/// A button where scripts run; without them the page says which keys print.
#[island]
pub fn PrintButton(label: String) -> impl IntoView {
    let is_ready = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    let print = |_| {
        // Some browsers inside other apps cannot print at all.
        let _ = window().print();
    };
    move || is_ready.get().then(|| view! { <button type="button" class="button" on:click=print>{label.clone()}</button> })
}
