//! Pages that are the same for every anonymous reader, rendered about once a second and compressed once.
//!
//! A hit asks neither the database nor the renderer. Only successes are kept; readers who come while a page is rendered
//! wait for that one rendering.

use std::{collections::BTreeSet, future::Future, io::Write as _, sync::Arc, time::Duration};

use app::{
    pages::{
        programme::{DAY, PLACE},
        showcase::{PILLAR, SECTOR},
    },
    prefs::Prefs,
    routes::Page,
};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use brotli::enc::BrotliEncoderParams;
use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use domain::{
    showcase::{Pillar, Sector},
    time::local_date,
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use moka::future::Cache;
use services::programme::Programme;
use sha2::{Digest as _, Sha256};

/// How old a page may be.
const FRESH: Duration = Duration::from_secs(1);
/// The most memory that all kept pages may take, in bytes.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// The most days of an edition that are kept apart.
const DAYS_MAX: usize = 31;
/// Fast, and two thirds of the way to the best.
const BROTLI_QUALITY: i32 = 5;

/// The kept pages; cheap to clone.
#[derive(Clone, Debug)]
pub struct PageCache(Cache<String, Arc<Kept>>);

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |key: &String, kept: &Arc<Kept>| u32::try_from(key.len() + kept.bytes()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(MOST_BYTES).weigher(weigh).time_to_live(FRESH).build())
    }
}

/// What a page is kept under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey {
    key: String,
    /// The query with nothing but known parameters: what the page is rendered with.
    pub query: String,
}

impl PageKey {
    /// The key of an anonymous request for a page that may be kept.
    #[must_use]
    pub fn of(path: &str, query: &str, prefs: Prefs, filters: &Filters) -> Option<Self> {
        let (page, ..) = Page::find(path)?;
        if !is_kept(page) {
            return None;
        }
        let query = filters.canonical(page, query);
        Some(Self { key: format!("{path}?{query}#{}{}", prefs.size.as_str(), prefs.theme.as_str()), query })
    }
}

/// Pages without secrets, form keys, scripts and sign-in.
fn is_kept(page: Page) -> bool {
    page.is_public() && !matches!(page, Page::Register | Page::RegisterDelegation | Page::FindTicket) && !page.has_islands()
}

/// The query parameters that a page knows, in the order in which a kept page has them.
fn parameters(page: Page) -> &'static [&'static str] {
    match page {
        Page::Programme => &[DAY, PLACE],
        Page::Models => &[PILLAR, SECTOR],
        _ => &[],
    }
}

/// The values that the pages' filters have at the moment. Any other value would be a page of its own for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    days: BTreeSet<NaiveDate>,
    places: BTreeSet<String>,
}

impl Filters {
    /// Whether these must be known for the key of a page.
    #[must_use]
    pub fn are_asked(path: &str, query: &str) -> bool {
        !query.is_empty() && matches!(Page::find(path), Some((Page::Programme, ..)))
    }

    #[must_use]
    pub fn of(programme: Option<&Programme>) -> Self {
        let Some(programme) = programme else { return Self::default() };
        let edition = programme.edition.starts_on.iter_days().take_while(|day| *day <= programme.edition.ends_on);
        let sessions = programme.sessions.iter().map(|row| local_date(row.starts_at));
        Self {
            days: edition.take(DAYS_MAX).chain(sessions).collect(),
            places: programme.sessions.iter().map(|row| row.venue_code.clone()).collect(),
        }
    }

    fn know(&self, name: &str, value: &str) -> bool {
        match name {
            DAY => value.parse().is_ok_and(|day| self.days.contains(&day)),
            PLACE => self.places.contains(value),
            PILLAR => Pillar::from_key(value).is_some(),
            SECTOR => Sector::from_key(value).is_some(),
            _ => false,
        }
    }

    /// The page's parameters in their order, where their values are known.
    fn canonical(&self, page: Page, query: &str) -> String {
        let mut kept = String::new();
        for name in parameters(page) {
            let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, value)| key == name && !value.is_empty());
            let Some((_, value)) = value.filter(|(_, value)| self.know(name, value)) else { continue };
            if !kept.is_empty() {
                kept.push('&');
            }
            kept.push_str(name);
            kept.push('=');
            kept.push_str(value);
        }
        kept
    }
}

impl PageCache {
    /// The kept page.
    pub async fn get(&self, key: &PageKey) -> Option<Arc<Kept>> {
        self.0.get(&key.key).await
    }

    /// The kept page, or the one that `render` makes now and for all who wait. What is no success is not kept.
    ///
    /// # Errors
    /// What `render` gave instead of a success.
    pub async fn get_or_render(
        &self,
        key: PageKey,
        render: impl Future<Output = Result<Kept, Rendered>>,
    ) -> Result<Arc<Kept>, Arc<Rendered>> {
        self.0.try_get_with(key.key, async { render.await.map(Arc::new) }).await
    }
}

/// A whole answer in memory.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl From<Rendered> for Response {
    fn from(rendered: Rendered) -> Self {
        let mut response = Self::new(Body::from(rendered.body));
        *response.status_mut() = rendered.status;
        *response.headers_mut() = rendered.headers;
        response
    }
}

/// A page in three encodings, each with a strong entity tag of its own.
#[derive(Debug)]
pub struct Kept {
    headers: HeaderMap,
    forms: [Form; 3],
}

#[derive(Debug)]
struct Form {
    encoding: Option<&'static str>,
    etag: HeaderValue,
    body: Bytes,
}

impl Kept {
    /// Compresses a rendered page. `headers` are sent with it, whether whole or as "not modified".
    #[must_use]
    pub fn new(mut headers: HeaderMap, body: Bytes) -> Self {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let hash = HEXLOWER.encode(&Sha256::digest(&body)[..12]);
        let form = |encoding: Option<&'static str>, body: Bytes| {
            let etag = encoding.map_or_else(|| format!("\"{hash}\""), |encoding| format!("\"{hash}-{encoding}\""));
            Form { encoding, etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")), body }
        };
        let (br, gzip) = (brotli(&body), gzip(&body));
        Self { headers, forms: [form(Some("br"), br), form(Some("gzip"), gzip), form(None, body)] }
    }

    fn bytes(&self) -> usize {
        self.forms.iter().map(|form| form.body.len()).sum()
    }

    /// The answer to a request with these headers: the best encoding it accepts, or 304.
    #[must_use]
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let accepted = Encoding::accepted(request);
        let form = match accepted {
            Encoding { br: true, .. } => &self.forms[0],
            Encoding { gzip: true, .. } => &self.forms[1],
            _ => &self.forms[2],
        };
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(header::ETAG, form.etag.clone());
        if matches(request, &form.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
            return response;
        }
        if let Some(encoding) = form.encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = Body::from(form.body.clone());
        response
    }
}

/// Whether `If-None-Match` names this entity tag (weakly compared, RFC 9110 §13.1.2).
#[must_use]
pub fn matches(request: &HeaderMap, etag: &HeaderValue) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes())
}

/// The encodings that a request accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    pub br: bool,
    pub gzip: bool,
}

impl Encoding {
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for value in headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
            for item in value.split(',') {
                let (name, quality) = item.split_once(';').unwrap_or((item, ""));
                let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
                match name.trim() {
                    "br" => accepted.br = !refused,
                    "gzip" => accepted.gzip = !refused,
                    _ => {}
                }
            }
        }
        accepted
    }
}

fn brotli(body: &[u8]) -> Bytes {
    let mut compressed = Vec::with_capacity(body.len() / 4);
    let parameters = BrotliEncoderParams { quality: BROTLI_QUALITY, size_hint: body.len(), ..BrotliEncoderParams::default() };
    // Writing into memory cannot fail.
    let _ = brotli::BrotliCompress(&mut &body[..], &mut compressed, &parameters);
    compressed.into()
}

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_pages_without_forms_are_kept() {
        let kept: Vec<_> = Page::all().filter(|page| is_kept(*page)).collect();
        assert_eq!(kept, [Page::Home, Page::Programme, Page::Session, Page::Models, Page::Model, Page::Raffle, Page::Privacy]);
    }

    #[test]
    fn unknown_parameters_and_their_order_make_no_other_page() {
        let filters = Filters { days: ["2027-10-10".parse().unwrap()].into(), places: ["x".to_owned()].into() };
        let key = |path: &str, query: &str| PageKey::of(path, query, Prefs::default(), &filters);
        let programme = |query: &str| key("/chuong-trinh", query).unwrap().query;
        assert_eq!(programme("fbclid=1&dia-diem=x&ngay=2027-10-10"), "ngay=2027-10-10&dia-diem=x");
        assert_eq!(programme("ngay=2027-10-10&dia-diem=x&utm=2&ngay=y"), "ngay=2027-10-10&dia-diem=x");
        for nothing in ["x=1", "ngay=2027-10-11", "ngay=9", "dia-diem=y", "tru-cot=xa-hoi-so", "trang=2", "ngay", "=&&"] {
            assert_eq!(programme(nothing), "", "{nothing}");
        }
        assert_eq!(key("/mo-hinh", "linh-vuc=y-te&tru-cot=z&ngay=2027-10-10").unwrap().query, "linh-vuc=y-te");
        assert_eq!(key("/", "ngay=2027-10-10&tru-cot=xa-hoi-so").unwrap().query, "");
        assert_eq!(key("/dang-ky", ""), None);
    }

    #[test]
    fn an_encoding_refused_with_q_0_is_not_sent() {
        let accepted = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            Encoding::accepted(&headers)
        };
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding { br: true, gzip: true });
        assert_eq!(accepted("br;q=0, gzip;q=0.5"), Encoding { br: false, gzip: true });
        assert_eq!(accepted("identity"), Encoding::default());
    }

    #[test]
    fn every_encoding_has_its_own_tag_and_a_repeat_is_not_modified() {
        let kept = Kept::new(HeaderMap::new(), Bytes::from("trang ".repeat(100)));
        let ask = |encoding: &'static str, tag: Option<HeaderValue>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
            if let Some(tag) = tag {
                headers.insert(header::IF_NONE_MATCH, tag);
            }
            kept.answer(&headers)
        };
        let (br, plain) = (ask("br", None), ask("", None));
        assert_ne!(br.headers()[header::ETAG], plain.headers()[header::ETAG]);
        assert_eq!(ask("br", Some(br.headers()[header::ETAG].clone())).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("", Some(br.headers()[header::ETAG].clone())).status(), StatusCode::OK);
    }
}
