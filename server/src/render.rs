//! Renders pages: gathers what a page may ask, lets Leptos write it, sets the headers that fit.

use std::{fmt, sync::Arc};

use app::{
    forms::{ENTRY, FormState},
    pages::Trouble,
    prefs,
    request::RequestCx,
    routes::Page,
    shell,
};
use axum::{
    body::{self, Body, Bytes},
    response::Response,
};
use domain::{
    access::Actor,
    fair::puzzle::{self, Difficulty},
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use leptos::{context::provide_context, nonce::Nonce};
use services::{access::Token, edition::Edition};

use crate::{
    App,
    cache::{Kept, PageKey, Rendered},
    middleware::policy,
    visit::Visit,
};

/// When readers of a page that is unavailable may come back, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// Something that is given to the page beside [`RequestCx`].
pub type Provide = Arc<dyn Fn() + Send + Sync>;

/// What is rendered for a visit. The default is the page at its own address, as it stands.
#[derive(Clone, Default)]
pub struct Sheet {
    /// Path of the page, where it is not the visit's own: a form may be posted elsewhere than its page.
    pub path: Option<String>,
    /// What was posted and refused.
    pub form: FormState,
    /// The status in place of 200.
    pub status: Option<StatusCode>,
    /// The trouble to show in place of the page.
    pub trouble: Option<Trouble>,
    /// More context.
    pub provide: Option<Provide>,
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was typed is personal.
        f.debug_struct("Sheet").field("status", &self.status).field("trouble", &self.trouble).finish_non_exhaustive()
    }
}

impl App {
    /// The page at the visit's address, kept or new.
    pub async fn page(&self, visit: &Visit, headers: &HeaderMap) -> Response {
        let key = match visit.token {
            None => self.filters(&visit.path, &visit.query).await.ok(),
            Some(_) => None,
        };
        let key = key.and_then(|filters| PageKey::of(&visit.path, &visit.query, visit.prefs, &filters));
        let Some(key) = key else { return self.render(visit, Sheet::default()).await };
        let visit = Visit { query: key.query.clone(), ..visit.clone() };
        let render = Box::pin(async {
            let rendered = self.rendered(&visit, Sheet::default()).await;
            if rendered.status == StatusCode::OK { Ok(Kept::new(rendered.headers, without_marks(&rendered.body))) } else { Err(rendered) }
        });
        match self.pages.get_or_render(key, render).await {
            Ok(kept) => kept.answer(headers),
            Err(rendered) => Rendered::clone(&rendered).into(),
        }
    }

    /// A page in place of what was asked for.
    pub async fn trouble(&self, visit: &Visit, trouble: Trouble) -> Response {
        self.render(visit, Sheet { trouble: Some(trouble), ..Sheet::default() }).await
    }

    /// Renders a sheet.
    pub async fn render(&self, visit: &Visit, sheet: Sheet) -> Response {
        self.rendered(visit, sheet).await.into()
    }

    async fn rendered(&self, visit: &Visit, mut sheet: Sheet) -> Rendered {
        let (actor, edition) = match sheet.trouble {
            // Who could not be answered is not kept waiting for the same database again.
            Some(Trouble::Unavailable | Trouble::TooSlow | Trouble::Failed) => (Actor::Anonymous, self.last_edition()),
            _ => self.gather(visit).await.unwrap_or_else(|unreachable| {
                sheet.trouble.get_or_insert(unreachable);
                (Actor::Anonymous, self.last_edition())
            }),
        };
        let path = sheet.path.take().unwrap_or_else(|| visit.path.clone());
        let cx = RequestCx {
            puzzle: self.puzzle(&path).await,
            path,
            query: visit.query.clone(),
            prefs: visit.prefs,
            stamp_tokens: visit.stamp_tokens.clone(),
            actor,
            token: visit.token.clone().map(Token),
            services: self.services.clone(),
            edition,
            now: self.services.now(),
            base_url: self.base_url.shared(),
            authority: self.authority.as_ref().map(|authority| authority.fingerprint().into()),
            assets: self.assets.clone(),
            form: std::mem::take(&mut sheet.form),
            request_id: visit.request_id.clone(),
        };
        self.write(&cx, &sheet).await
    }

    /// Who asks, and the edition.
    async fn gather(&self, visit: &Visit) -> Result<(Actor, Option<Arc<Edition>>), Trouble> {
        let token = visit.token.as_deref();
        let actor = if visit.renews { self.polling_actor(token).await } else { self.actor(token).await };
        let actor = actor.map_err(Trouble::from)?;
        Ok((actor, self.edition().await?))
    }

    /// What the form at this address costs a browser now.
    async fn puzzle(&self, path: &str) -> Option<Difficulty> {
        let difficulty = self.fair.puzzle?;
        let asks = matches!(Page::find(path), Some((Page::Register, ..)));
        let offer = if asks { self.offer().await.ok()? } else { return None };
        offer.audiences.iter().any(|audience| puzzle::is_opening(audience.window, self.services.now())).then_some(difficulty)
    }

    /// Lets Leptos write the document.
    async fn write(&self, cx: &RequestCx, sheet: &Sheet) -> Rendered {
        let nonce = Nonce::new();
        let provided = {
            let (cx, trouble, provide, nonce) = (cx.clone(), sheet.trouble, sheet.provide.clone(), nonce.clone());
            move || {
                provide_context(nonce.clone());
                provide_context(cx.clone());
                if let Some(trouble) = trouble {
                    provide_context(trouble);
                }
                if let Some(provide) = &provide {
                    provide();
                }
            }
        };
        // Nothing of the real request goes on: pages see `RequestCx` alone. Leptos redirects only who accepts HTML.
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        let response = leptos_axum::render_app_async_with_context(provided, shell::shell)(request).await;
        let (parts, body) = response.into_parts();
        let (mut status, mut headers) = (parts.status, parts.headers);
        let mut body = body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        if headers.contains_key(header::LOCATION) {
            status = StatusCode::SEE_OTHER;
            body = Bytes::new();
        } else if status == StatusCode::OK {
            status = sheet.status.unwrap_or(status);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        let page = Page::find(&cx.path).map(|(page, ..)| page);
        if !cx.hydrates() {
            body = without_tail(body);
        }
        body = with_entry(body);
        policy::page(&mut headers, page, status, (cx.scripts(), &nonce), cx.actor != Actor::Anonymous, self.base_url.is_strict());
        Rendered { status, headers, body }
    }
}

/// The document with an empty form where its buttons would post one that this page does not show.
fn with_entry(document: Bytes) -> Bytes {
    let has = |text: &str| document.windows(text.len()).any(|window| window == text.as_bytes());
    if !has(&format!(" form=\"{ENTRY}\"")) || has(&format!("<form id=\"{ENTRY}\"")) {
        return document;
    }
    let form = format!("<form id=\"{ENTRY}\" method=\"post\" action=\"{}\" hidden></form></body>", prefs::ACTION);
    String::from_utf8_lossy(&document).replacen("</body>", &form, 1).into()
}

/// The document without the scripts that Leptos writes after its end: where no island is, nobody reads them.
fn without_tail(document: Bytes) -> Bytes {
    const END: &[u8] = b"</html>";
    match document.windows(END.len()).rposition(|window| window == END) {
        Some(end) => document.slice(..end + END.len()),
        None => document,
    }
}

/// The document without the comments by which the browser would find its islands. Only for pages that repeat nothing
/// typed: everything else in them is escaped, so that the marks cannot stand in a text.
fn without_marks(document: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(document);
    text.replace("<!>", "").replace("<!--<() />-->", "").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_of_a_form_that_is_not_shown_have_an_empty_one() {
        let button = "<body><button form=\"entry\">A</button>";
        let without = with_entry(Bytes::from(format!("{button}</body>")));
        assert_eq!(without, format!("{button}<form id=\"entry\" method=\"post\" action=\"/tuy-chon\" hidden></form></body>"));
        for whole in [format!("{button}<form id=\"entry\"></form></body>"), "<body></body>".to_owned()] {
            assert_eq!(with_entry(Bytes::from(whole.clone())), whole);
        }
    }

    #[test]
    fn a_document_ends_where_it_ends() {
        let document = Bytes::from("<html><!>a<!--<() />--></html><!><script>x</script>");
        assert_eq!(without_marks(&without_tail(document)), "<html>a</html>");
        assert_eq!(without_tail(Bytes::from("x")), "x");
    }
}
