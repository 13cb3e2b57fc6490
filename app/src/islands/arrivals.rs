//! Renews the numbers of the arrivals table while the page is looked at.

use domain::text::Locale;
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use web_sys::Element;

use crate::api::checkin::{ArrivalRow, arrivals};

/// How often the numbers are asked for.
const EVERY: Duration = Duration::from_secs(10);

/// The attribute that names a checkpoint's row.
pub const ROW: &str = "data-checkpoint";
/// The classes of the two cells that are renewed.
pub const ADMITTED: &str = "admitted";
pub const SCANS: &str = "scans";

/// What the line under the table says; `{time}` stands for the time of the numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArrivalsTexts {
    /// The time of the numbers that the page came with.
    pub at: String,
    /// Without scripts.
    pub still: String,
    pub live: String,
    pub stale: String,
}

/// The line under the table. It renews the cells of the rows above, without a sound: nothing moves, nothing is announced.
#[island]
pub fn Arrivals(locale: Locale, texts: ArrivalsTexts) -> impl IntoView {
    let line = RwSignal::new(texts.still.clone());
    let at = RwSignal::new(texts.at.clone());
    Effect::new(move |_| {
        line.set(texts.live.replace("{time}", &at.get_untracked()));
        let texts = StoredValue::new_local(texts.clone());
        let renew = move || {
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                let text = match arrivals(locale).await {
                    Ok(now) => {
                        now.rows.iter().for_each(show);
                        at.set(now.at);
                        texts.with_value(|texts| texts.live.clone())
                    }
                    Err(_) => texts.with_value(|texts| texts.stale.clone()),
                };
                line.set(text.replace("{time}", &at.get_untracked()));
            });
        };
        let _ = set_interval(renew, EVERY);
        window_event_listener_untyped("visibilitychange", move |_| renew());
    });
    view! { <p class="hint">{line}</p> }
}

/// Writes a checkpoint's numbers into its row.
fn show(row: &ArrivalRow) {
    let write = |class: &str, number: &str| {
        let cell: Option<Element> = document().query_selector(&format!("[{ROW}='{}'] .{class}", row.id)).ok().flatten();
        if let Some(cell) = cell {
            cell.set_text_content(Some(number));
        }
    };
    write(ADMITTED, &row.admitted);
    write(SCANS, &row.scans);
}
