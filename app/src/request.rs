//! What a page may ask of the request it answers.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    access::{self, Action, Actor, Decision},
    fair::puzzle::Difficulty,
    text::Locale,
};
use leptos::prelude::use_context;
use services::edition::Edition;

use crate::{
    assets::Assets,
    forms::FormState,
    i18n::{self, Catalogue},
    prefs::Prefs,
    routes::{self, Page},
};

/// Hotline of the province's administration centre, where the edition names none.
const HOTLINE: &str = "0277 3898989";

/// The request as the pages see it. The server provides one as context before it renders.
#[derive(Clone, Debug)]
pub struct RequestCx {
    /// Path of the page, as in the address.
    pub path: String,
    /// Query without `?`; empty if there is none.
    pub query: String,
    pub prefs: Prefs,
    /// What stamps the tickets that were opened in this browser, the last one first.
    pub stamp_tokens: Vec<services::checkin::stamp::Token>,
    /// Who asks.
    pub actor: Actor,
    /// The token in the session's cookie, whoever it is of.
    pub token: Option<services::access::Token>,
    /// What the verbs need.
    pub services: services::Context,
    /// The edition that the site shows; `None` before any import, and while the data cannot be reached.
    pub edition: Option<Arc<Edition>>,
    /// When the request came.
    pub now: DateTime<Utc>,
    /// Origin of absolute links from the configuration, without a slash at the end.
    pub base_url: Arc<str>,
    /// The fingerprint of the certificate that phones install to trust this server; `None`: they do already.
    pub authority: Option<Arc<str>>,
    pub assets: Arc<Assets>,
    /// The form that was posted and refused; empty otherwise.
    pub form: FormState,
    /// What a registration costs a browser, while an audience opens.
    pub puzzle: Option<Difficulty>,
    /// Id of the request, for the page that reports a failure.
    pub request_id: String,
}

/// What scripts a page may load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    None,
    /// Some that load nothing further.
    Alone,
    /// Modules, and the WASM that they run.
    Modules,
}

impl RequestCx {
    /// The language of the address.
    pub fn locale(&self) -> Locale {
        routes::locale_of(&self.path)
    }

    /// Texts in that language.
    pub fn texts(&self) -> &'static Catalogue {
        i18n::t(self.locale())
    }

    /// The first value of a query parameter, decoded; `None` if it is missing or empty.
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
            .filter(|value| !value.is_empty())
    }

    /// Whether the page is written in: then the display changes without losing a word.
    pub fn has_entry(&self) -> bool {
        Page::find(&self.path).is_some_and(|(page, ..)| page.has_entry())
    }

    /// Whether the page asks, before somebody who may scan signs out, what becomes of the scans that wait on the device.
    pub fn asks_at_sign_out(&self) -> bool {
        let may_scan = self.actor.account().is_some() && access::decide(&self.actor, Action::Scan) == Decision::Allow;
        may_scan && self.page().is_some_and(Page::has_rail)
    }

    /// Whether the page tells of open conflicts: wherever somebody who may settle them works.
    pub fn tells_conflicts(&self) -> bool {
        access::decide(&self.actor, Action::CorrectScans) == Decision::Allow && self.page().is_some_and(Page::has_rail)
    }

    /// Whether a script of its own renews what the page tells of conflicts: the board's stream does on the board.
    pub fn renews(&self) -> bool {
        self.tells_conflicts() && self.page() != Some(Page::Board)
    }

    /// Whether the page holds islands, or is the registration form while it opens.
    pub fn hydrates(&self) -> bool {
        self.puzzle.is_some() || self.page().is_some_and(Page::has_islands)
    }

    /// The scripts that the page loads.
    pub fn scripts(&self) -> Scripts {
        let loads_more = |page: Page| matches!(page, Page::CheckIn | Page::CheckInShell) || page.keeps_stamps();
        if self.hydrates() || self.page().is_some_and(loads_more) {
            Scripts::Modules
        } else if self.asks_at_sign_out() || self.renews() {
            Scripts::Alone
        } else {
            Scripts::None
        }
    }

    fn page(&self) -> Option<Page> {
        Page::find(&self.path).map(|(page, ..)| page)
    }

    /// Whose site it is: the edition's managing body, or the province's People's Committee.
    pub fn managing_body(&self) -> String {
        let edition = self.edition.as_ref().map(|edition| edition.managing_body.get(self.locale()).to_owned());
        edition.unwrap_or_else(|| self.texts().common.managing_body.to_owned())
    }

    /// What the day is called: the edition's name.
    pub fn site_name(&self) -> String {
        let edition = self.edition.as_ref().map(|edition| edition.name.get(self.locale()).to_owned());
        edition.unwrap_or_else(|| self.texts().common.site_name.to_owned())
    }

    /// The number to call for help, as it is written and as a link.
    pub fn hotline(&self) -> (String, String) {
        let number = self.edition.as_ref().and_then(|edition| edition.hotline.clone()).unwrap_or_else(|| HOTLINE.to_owned());
        let href = format!("tel:{}", number.replace([' ', '.'], ""));
        (number, href)
    }

    /// Path and query: where to come back to.
    pub fn address(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The absolute address of a path on this site.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// The request being answered.
pub fn request() -> RequestCx {
    use_context().expect("the server provides RequestCx before it renders")
}

/// Decodes a query value: `+` and `%XX`. What is no UTF-8 becomes the replacement character.
fn decode(value: &str) -> String {
    let raw = value.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        let escaped = (byte == b'%').then(|| value.get(at + 1..at + 3)).flatten();
        if let Some(decoded) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(decoded);
            at += 3;
        } else {
            bytes.push(if byte == b'+' { b' ' } else { byte });
            at += 1;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_value_is_decoded_and_never_panics() {
        assert_eq!(decode("H%E1%BB%99i+tr%C6%B0%E1%BB%9Dng"), "Hội trường");
        for odd in ["%", "%4", "%zz", "%+1", "100%", "%ff", "%ộ"] {
            assert!(!decode(odd).is_empty(), "{odd:?}");
        }
    }
}
