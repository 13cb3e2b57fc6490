//! The live board as it is written for a reader: what the page shows, the stream sends and the island renews.

use domain::text::Locale;
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::api::ApiError;

/// Everything on the board that changes, by the names that its elements carry. A later frame of the stream holds only what
/// differs from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardFrame {
    pub texts: Vec<(String, String)>,
    /// The bars of a chart, as the `d` of an SVG path.
    pub paths: Vec<(String, String)>,
    /// The rows of a table, whole: a heading and numbers each.
    pub tables: Vec<(String, Vec<Vec<String>>)>,
}

impl BoardFrame {
    pub fn text(&self, name: &str) -> String {
        self.texts.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone()).unwrap_or_default()
    }

    pub fn path(&self, name: &str) -> String {
        self.paths.iter().find(|(own, _)| own == name).map(|(_, path)| path.clone()).unwrap_or_default()
    }

    pub fn table(&self, name: &str) -> Vec<Vec<String>> {
        self.tables.iter().find(|(own, _)| own == name).map(|(_, rows)| rows.clone()).unwrap_or_default()
    }

    /// What is not in an earlier frame, or stands otherwise there.
    #[must_use]
    pub fn beside(&self, earlier: &Self) -> Self {
        fn new<T: Clone + PartialEq>(now: &[T], then: &[T]) -> Vec<T> {
            now.iter().filter(|entry| !then.contains(entry)).cloned().collect()
        }
        Self {
            texts: new(&self.texts, &earlier.texts),
            paths: new(&self.paths, &earlier.paths),
            tables: new(&self.tables, &earlier.tables),
        }
    }
}

/// The board, now, for pages that no stream reaches.
///
/// # Errors
/// [`ApiError`], as the policy says.
#[server(prefix = "/api/fn", endpoint = "board", input = Json)]
pub async fn board(locale: Locale) -> Result<BoardFrame, ApiError> {
    let cx = crate::request::request();
    let board = services::checkin::board::board(&cx.services, &cx.actor).await.map_err(|error| ApiError::of(error, &[], locale))?;
    Ok(crate::pages::board::frame::of(locale, crate::pages::board::Extent::of(&cx.actor), &board))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_frame_holds_what_differs_and_nothing_else() {
        let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let earlier = BoardFrame { texts: vec![text("arrived", "1"), text("registered", "9")], ..BoardFrame::default() };
        let now = BoardFrame { texts: vec![text("arrived", "2"), text("registered", "9")], ..BoardFrame::default() };
        assert_eq!(now.beside(&earlier), BoardFrame { texts: vec![text("arrived", "2")], ..BoardFrame::default() });
        assert_eq!(now.beside(&now), BoardFrame::default());
    }
}
