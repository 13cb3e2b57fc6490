//! What a request says of its reader: address, language, session token, preferences.

use std::convert::Infallible;

use app::{
    prefs::{self, Prefs},
    routes,
};
use axum::extract::{FromRequestParts, Request};
use domain::text::Locale;
use http::{Extensions, HeaderMap, Uri, header, request::Parts};
use services::checkin::stamp::Token;

/// The cookie of a sign-in or of a paired phone.
pub const SESSION_COOKIE: &str = "__Host-session";

/// The cookies of tickets that were opened in this browser are named so, with the handle of the token behind it.
pub const TICKET_COOKIE: &str = "__Secure-the-";

/// The header of what an open page asks for by itself.
const RENEWAL: &str = "renewal";

/// The id of a request, in logs and on the page that tells of a failure.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// A request, as far as pages and handlers ask.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    pub path: String,
    pub query: String,
    pub prefs: Prefs,
    /// The token in the session's cookie.
    pub token: Option<String>,
    /// What stamps the tickets that were opened in this browser, the last one first. Sent to the pages behind posters alone.
    pub stamp_tokens: Vec<Token>,
    /// An open page asks for itself, to renew what it shows: nobody has used it, and that keeps nobody signed in.
    pub renews: bool,
    pub request_id: String,
}

impl Visit {
    #[must_use]
    pub fn locale(&self) -> Locale {
        routes::locale_of(&self.path)
    }

    /// The first value of a query parameter, decoded; `None` if it is missing or empty.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    }

    /// The language of a file that holds words: its address is the same in both.
    #[must_use]
    pub fn file_locale(&self) -> Locale {
        if self.query_value("lang").as_deref() == Some("en") { Locale::En } else { Locale::Vi }
    }

    /// Reads the head of a request.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        Self::read(&parts.uri, &parts.headers, &parts.extensions)
    }

    /// Reads the head of a request that has its body still.
    #[must_use]
    pub fn of_request(request: &Request) -> Self {
        Self::read(request.uri(), request.headers(), request.extensions())
    }

    fn read(uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> Self {
        Self {
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            prefs: prefs_of(headers),
            token: cookie(headers, SESSION_COOKIE).map(str::to_owned),
            stamp_tokens: stamp_tokens(headers),
            renews: headers.contains_key(RENEWAL),
            request_id: extensions.get::<RequestId>().cloned().unwrap_or_default().0,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// The reader's preferences.
#[must_use]
pub fn prefs_of(headers: &HeaderMap) -> Prefs {
    Prefs::from_cookies(cookie(headers, prefs::SIZE), cookie(headers, prefs::THEME))
}

/// The first cookie of this name; what is no text counts as missing.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Names and values, in the order in which the browser sends them: what it got first comes first.
fn cookies(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = (&str, &str)> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<_> = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    pairs.into_iter().filter(|(_, value)| !value.is_empty())
}

fn stamp_tokens(headers: &HeaderMap) -> Vec<Token> {
    cookies(headers).rev().filter(|(name, _)| name.starts_with(TICKET_COOKIE)).map(|(_, value)| Token(value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_never_by_half_its_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; __Host-session=tok; size=large"));
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"theme=\xff").unwrap());
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("tok"));
        assert_eq!(cookie(&headers, "session"), None);
        assert_eq!(cookie(&headers, "theme"), None);
        assert_eq!(prefs_of(&headers).size.as_str(), "large");
    }

    #[test]
    fn the_ticket_that_was_opened_last_comes_first() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("__Secure-the-A=1; __Host-session=tok; __Secure-the-B=2; the-C=3"));
        assert_eq!(stamp_tokens(&headers), [Token("2".into()), Token("1".into())]);
    }
}
