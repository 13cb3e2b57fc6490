//! A small house to knock at: the router over the small edition, and readers who ask.

use std::{collections::HashMap, sync::Arc};

use app::assets::Sheet;
use axum::{
    Router,
    body::{Body, Bytes},
};
use chrono::TimeDelta;
use domain::{access::Role, contact::Email, fair::puzzle::Difficulty, ids::OrganisationId, text::PersonName};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::json;
use server::{
    App,
    config::{BaseUrl, FairUse},
    middleware::forwarded::Proxies,
    router::router,
    site::Site,
};
use services::{
    Context,
    access::{self, NewAccount},
    testing::{self, Fixture, TestClock},
};
use sqlx::PgPool;
use tower::ServiceExt as _;

/// Where the house says that it stands.
pub const BASE: &str = "https://cds.example.vn";

pub struct House {
    pub router: Router,
    pub app: App,
    pub cx: Context,
    pub clock: Arc<TestClock>,
    pub fixture: Fixture,
}

impl House {
    /// The small edition with many seats.
    pub async fn open(pool: PgPool) -> Self {
        Self::with_seats(pool, 1000).await
    }

    pub async fn with_seats(pool: PgPool, seats: i32) -> Self {
        let (cx, clock) = testing::context_with_clock(pool);
        let fixture = testing::edition(&cx, seats).await;
        let app = app(cx.clone());
        Self { router: router(app.clone()), app, cx, clock, fixture }
    }

    /// The same, where browsers do so much work for a registration while an audience opens.
    pub async fn asking_work(pool: PgPool, bits: u8) -> Self {
        let house = Self::open(pool).await;
        let app = app_asking(house.cx.clone(), Difficulty::from_bits(bits).unwrap());
        Self { router: router(app.clone()), app, ..house }
    }

    /// Nobody in particular.
    pub fn reader(&self) -> Reader {
        Reader::new(self.router.clone())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.reader().get(path).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.reader().post(path, fields).await
    }

    /// Somebody who has signed in.
    pub async fn signed_in(&self, role: Role, organisation: Option<OrganisationId>) -> Reader {
        let number = self.cx.random_bytes::<4>().map(|byte| format!("{byte:02x}")).concat();
        let email = format!("{}-{number}@example.vn", role.key());
        let account = NewAccount {
            email: Email::parse(&email).unwrap(),
            full_name: PersonName::parse("Trần Thị Sen").unwrap(),
            role,
            organisation,
            sample: false,
        };
        let (_, password) = access::create_account(&self.cx, account).await.unwrap();
        let (token, _) = access::sign_in(&self.cx, &email, &password).await.unwrap();
        self.reader().with_cookie(&format!("__Host-session={}", token.0))
    }
}

/// A site of few files: each sheet says its name.
pub fn site() -> Vec<(String, Bytes)> {
    let sheet = |sheet: Sheet| format!("pkg/{}.1.css", sheet.name());
    let index = json!({
        "app": "ngay-cds.1",
        "style": "/pkg/style.1.css",
        "sheets": Sheet::ALL.iter().map(|one| (one.name(), format!("/{}", sheet(*one)))).collect::<HashMap<_, _>>(),
        "preload_fonts": ["/fonts/sen.1.woff2"],
        "favicon": "/pictures/favicon.1.svg",
        "icons": ["/pictures/icon-192.1.png", "/pictures/icon-512.1.png"],
        "scanner": "/pkg/scanner.1.js",
        "service": "/pkg/service.1.js",
        "leave": "/pkg/leave.1.js",
        "renew": "/pkg/renew.1.js",
        "stamps": "/pkg/stamps.1.js",
        "stamp_service": "/pkg/stamp-service.1.js",
    });
    let files = [
        ("pkg/style.1.css", "body{color:#111}"),
        ("pkg/style.1.css.br", "br of the style"),
        ("pkg/style.1.css.gz", "gz of the style"),
        ("pkg/scanner.1.js", "export {}"),
        ("pkg/service.1.js", "addEventListener"),
        ("pkg/leave.1.js", "export {}"),
        ("pkg/renew.1.js", "export {}"),
        ("pkg/stamps.1.js", "export {}"),
        ("pkg/stamp-service.1.js", "addEventListener"),
        ("pkg/ngay-cds.1.wasm", "wasm"),
        ("fonts/sen.1.woff2", "font"),
        ("pictures/favicon.1.svg", "<svg/>"),
        ("pictures/icon-192.1.png", "small icon"),
        ("pictures/icon-512.1.png", "large icon"),
    ];
    let sheets = Sheet::ALL.into_iter().map(|one| (sheet(one), Bytes::from(format!(".{}{{}}", one.name()))));
    let files = files.into_iter().map(|(name, text)| (name.to_owned(), Bytes::from(text)));
    files.chain(sheets).chain([("assets.json".to_owned(), Bytes::from(index.to_string()))]).collect()
}

/// The program's state over a context, with [`site`].
pub fn app(cx: Context) -> App {
    app_asking(cx, None)
}

fn app_asking(cx: Context, puzzle: Option<Difficulty>) -> App {
    let fair = FairUse { proxies: Proxies::default(), form: TimeDelta::seconds(3), puzzle };
    App::new(cx, BaseUrl::parse(BASE).unwrap(), None, Site::from_files(site()).unwrap(), fair)
}

/// Somebody who asks, as a browser does.
#[derive(Clone)]
pub struct Reader {
    router: Router,
    headers: HeaderMap,
}

impl Reader {
    pub fn new(router: Router) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        Self { router, headers }
    }

    pub fn with_cookie(self, cookie: &str) -> Self {
        self.with(header::COOKIE, cookie)
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.append(name, HeaderValue::try_from(value).unwrap());
        self
    }

    /// The cookies that it sends.
    pub fn cookie(&self) -> &str {
        self.headers.get(header::COOKIE).map_or("", |value| value.to_str().unwrap())
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_raw(path, "application/x-www-form-urlencoded", body).await
    }

    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.post_raw(path, "application/json", body.to_string()).await
    }

    pub async fn post_raw(&self, path: &str, media_type: &str, body: impl Into<Bytes>) -> Answer {
        self.send(Method::POST, path, Some(media_type), body.into()).await
    }

    pub async fn send(&self, method: Method, path: &str, media_type: Option<&str>, body: Bytes) -> Answer {
        self.request(method, path, media_type, Body::from(body)).await
    }

    /// With a body that comes as its stream gives it.
    pub async fn send_body(&self, method: Method, path: &str, media_type: &str, body: Body) -> Answer {
        self.request(method, path, Some(media_type), body).await
    }

    async fn request(&self, method: Method, path: &str, media_type: Option<&str>, body: Body) -> Answer {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        if let Some(media_type) = media_type {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::try_from(media_type).unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
