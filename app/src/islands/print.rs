//! Opens the browser's own dialogue for printing, and notes that it was opened.

use leptos::prelude::*;

/// A button where scripts run; without them the page says which keys print, and `done` is the button that tells that they were
/// pressed. `sent` stands in its place then: nothing is printed twice by accident. Either way a `POST` to `action` notes it, also where
/// the browser's own menu prints.
#[island]
pub fn PrintButton(label: String, sent: String, done: String, action: String) -> impl IntoView {
    let (is_ready, is_sent) = (RwSignal::new(false), RwSignal::new(false));
    let address = action.clone();
    Effect::new(move |_| {
        let address = address.clone();
        is_ready.set(true);
        let noting = window_event_listener(leptos::ev::beforeprint, move |_| {
            if !is_sent.get_untracked() {
                is_sent.set(true);
                let _ = window().navigator().send_beacon(&address);
            }
        });
        on_cleanup(move || noting.remove());
    });
    let print = move |_| {
        // Some browsers inside other apps cannot print at all: then nothing is noted.
        let _ = window().print();
    };
    let button = move || match (is_ready.get(), is_sent.get()) {
        (false, _) => view! {
            <form method="post" action=action.clone()><button class="button">{done.clone()}</button></form>
        }
        .into_any(),
        (true, false) => view! { <button type="button" class="button" on:click=print>{label.clone()}</button> }.into_any(),
        (true, true) => ().into_any(),
    };
    view! {
        {button}
        <span role="status">{move || is_sent.get().then(|| sent.clone())}</span>
    }
}
