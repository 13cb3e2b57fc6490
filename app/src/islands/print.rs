//! Opens the browser's own dialogue for printing, and notes that it was opened.

use leptos::prelude::*;

/// A button where scripts run; where none do, the page says which keys print and has a form of this id that notes it. Here a `POST` to
/// `action` does, also where the browser's own menu prints. `sent` stands in the button's place then: nothing is printed twice by accident.
#[island]
pub fn PrintButton(label: String, sent: String, action: String, form: String) -> impl IntoView {
    let (is_ready, is_sent) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        let action = action.clone();
        is_ready.set(true);
        if let Some(form) = document().get_element_by_id(&form) {
            // It stands there still, to no harm, where a browser refuses.
            let _ = form.set_attribute("hidden", "");
        }
        let noting = window_event_listener(leptos::ev::beforeprint, move |_| {
            if !is_sent.get_untracked() {
                is_sent.set(true);
                let _ = window().navigator().send_beacon(&action);
            }
        });
        on_cleanup(move || noting.remove());
    });
    let print = move |_| {
        // Some browsers inside other apps cannot print at all: then nothing is noted.
        let _ = window().print();
    };
    view! {
        <Show when=move || is_ready.get() && !is_sent.get()>
            <button type="button" class="button" on:click=print>{label.clone()}</button>
        </Show>
        <span role="status">{move || is_sent.get().then(|| sent.clone())}</span>
    }
}
