//! Trouble: Postgres gone and back, panics, readers who leave, and logs that tell nothing about people.

use std::{
    cell::RefCell,
    io::Write,
    time::{Duration, Instant},
};

use app::routes::{Deed, Download, Page};
use axum::{
    body::{Body, Bytes},
    routing::get,
};
use domain::{access::Role, text::Locale};
use http::{Method, StatusCode, Uri};
use serde_json::json;
use server::router::{around, router, takes_form};
use services::{Context, registration, testing};
use sqlx::PgPool;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    checkin::{code, scan},
    house::{self, House, Reader},
    registration::{citizen, send},
    sweep::booth,
    tickets::secret,
};

/// The way to Postgres, which can be cut, made to hang, and mended.
struct Way {
    port: u16,
    target: (String, u16),
    open: Option<JoinHandle<()>>,
    /// Whether it takes everything and answers nothing.
    hangs: watch::Sender<bool>,
}

impl Way {
    /// An open way to the database of a pool, and its address through it.
    async fn to(pool: &PgPool) -> (Self, String) {
        let options = pool.connect_options();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = (options.get_host().to_owned(), options.get_port());
        let mut way = Self { port, target, open: None, hangs: watch::Sender::new(false) };
        way.open_on(listener);
        // The pool's options do not tell the password.
        let given: Uri = std::env::var("DATABASE_URL").unwrap().parse().unwrap();
        let (who, _) = given.authority().unwrap().as_str().rsplit_once('@').unwrap();
        (way, format!("postgres://{who}@127.0.0.1:{port}/{}", options.get_database().unwrap()))
    }

    fn open_on(&mut self, listener: TcpListener) {
        let (target, hangs) = (self.target.clone(), self.hangs.subscribe());
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let (target, mut hangs) = (target.clone(), hangs.clone());
                connections.spawn(async move {
                    if !*hangs.borrow() {
                        let mut far = TcpStream::connect(target).await.unwrap();
                        tokio::select! {
                            _ = copy_bidirectional(&mut near, &mut far) => return,
                            _ = hangs.wait_for(|hangs| *hangs) => {}
                        }
                    }
                    // Held open, and never answered.
                    let _ = hangs.wait_for(|hangs| !hangs).await;
                });
            }
        }));
    }

    async fn cut(&mut self) {
        let open = self.open.take().unwrap();
        open.abort();
        let _ = open.await;
    }

    fn hang(&self) {
        self.hangs.send_replace(true);
    }

    async fn mend(&mut self) {
        if self.hangs.send_replace(false) {
            return;
        }
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.open_on(listener);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn without_postgres_pages_say_so_within_three_seconds_and_recover_by_themselves(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let (mut way, url) = Way::to(&house.cx.pool).await;
    let cx = Context { pool: services::store::connect(&url, 4).unwrap(), ..house.cx.clone() };
    let router = router(house::app(cx));
    let reader = Reader::new(router.clone());
    let signed_in = Reader::new(router).with_cookie(steward.cookie());
    assert_eq!(reader.get("/").await.status, StatusCode::OK);
    way.cut().await;
    // What was kept is a second old at most.
    tokio::time::sleep(Duration::from_millis(1_100)).await;

    for (reader, path) in
        [(&reader, "/"), (&reader, "/en/register"), (&signed_in, "/diem-danh"), (&reader, "/ve/x"), (&signed_in, "/chuong-trinh")]
    {
        let begin = Instant::now();
        let page = reader.get(path).await;
        assert!(begin.elapsed() < Duration::from_secs(3), "{path} took {:?}", begin.elapsed());
        assert_eq!((page.status, page.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"), "{path}");
        let text = if path.starts_with("/en") { "The site is briefly unavailable" } else { "Trang đang tạm gián đoạn" };
        assert!(page.text().contains(text) && page.text().contains("0277 3898989"), "{path}");
    }
    let form: Vec<_> = citizen(&house, 1);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(reader.post("/dang-ky", &form).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let api = signed_in.get("/api/checkin/shift").await;
    assert_eq!((api.status, api.text()), (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"unavailable"}"#));
    assert_eq!(reader.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(reader.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reader.get("/pkg/style.1.css").await.status, StatusCode::OK);

    way.mend().await;
    assert_eq!(reader.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(reader.get("/").await.status, StatusCode::OK);
    assert_eq!(reader.post("/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
}

/// Everything that can be asked, with what asks it.
async fn everything(house: &House) -> Vec<(Method, String)> {
    let secret = secret(house, 900).await;
    let code = code(house, &secret).await;
    let stop = testing::stop_secret(&house.cx, registration::ticket(&house.cx, &secret).await.unwrap().registration_id);
    let booth = booth(house).await;
    let id = "00000000-0000-0000-0000-000000000099";
    let of_page = |page: Page| match page {
        Page::Ticket | Page::ChangeTicket | Page::Rights => secret.clone(),
        Page::TicketCode => code.clone(),
        Page::Stamp => booth.clone(),
        Page::StopReminders => stop.clone(),
        Page::Session | Page::Model | Page::Pair => "khai-mac".to_owned(),
        _ => id.to_owned(),
    };
    let mut all = Vec::new();
    for page in Page::all() {
        all.push((Method::GET, page.at(Locale::Vi, &of_page(page))));
        if takes_form(page) {
            all.push((Method::POST, page.at(Locale::Vi, &of_page(page))));
        }
    }
    for deed in Deed::all() {
        all.push((Method::POST, deed.at(Locale::Vi, &of_page(deed.page()))));
    }
    for download in Download::ALL {
        let parameter = match download {
            Download::PersonCertificate | Download::RaffleList | Download::Poster | Download::SpareTickets => id.to_owned(),
            Download::Cover => "0".repeat(64),
            Download::SessionCalendar
            | Download::DayCalendar
            | Download::Posters
            | Download::PeopleCsv
            | Download::PeopleXlsx
            | Download::AttendanceCsv
            | Download::AttendanceXlsx
            | Download::Certificates
            | Download::PresenceCsv
            | Download::PresenceXlsx => "khai-mac".to_owned(),
            // No database holds it.
            Download::Authority => continue,
            Download::TicketSvg
            | Download::TicketPng
            | Download::TicketPdf
            | Download::TicketCertificate
            | Download::DelegationPdf
            | Download::TicketCalendar
            | Download::MyData
            | Download::MyText
            | Download::LeaderData
            | Download::LeaderText => secret.clone(),
        };
        all.push((Method::GET, download.at(Locale::Vi, &parameter)));
    }
    all.extend([
        (Method::GET, "/sitemap.xml".to_owned()),
        (Method::GET, "/readyz".to_owned()),
        (Method::GET, "/api/checkin/shift".to_owned()),
        (Method::POST, "/api/checkin/scans".to_owned()),
        (Method::POST, "/api/checkin/look".to_owned()),
        (Method::POST, "/api/checkin/roster".to_owned()),
    ]);
    all.extend(leptos::server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned())));
    all
}

/// Asks everything, a few at once, and says what was not answered with 503 within three seconds.
async fn not_unavailable_in_time(house: &House, reader: &Reader, all: &[(Method, String)]) -> Vec<String> {
    let mut form = citizen(house, 1);
    // What is named here need not exist, but must be read before the database is asked.
    for name in ["session", "nguoi"] {
        form.push((name.to_owned(), "00000000-0000-0000-0000-000000000099".to_owned()));
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.iter()).finish();
    let asked = all.iter().map(|(method, path)| {
        let (media_type, body) = match path.as_str() {
            "/api/checkin/scans" => ("application/json", json!({ "checkpoint": house.fixture.gate, "scans": [scan(1, "x")] }).to_string()),
            api if api.starts_with("/api/") => ("application/json", "{}".to_owned()),
            _ => ("application/x-www-form-urlencoded", form.clone()),
        };
        async move {
            let begin = Instant::now();
            let answer = reader.send(method.clone(), path, Some(media_type), body.into()).await;
            let (took, status) = (begin.elapsed(), answer.status);
            (took >= Duration::from_secs(3) || status != StatusCode::SERVICE_UNAVAILABLE)
                .then(|| format!("{method} {path}: {status} after {took:?}"))
        }
    });
    let (mut asked, mut wrong) = (asked.peekable(), Vec::new());
    while asked.peek().is_some() {
        wrong.extend(futures_util::future::join_all(asked.by_ref().take(5)).await.into_iter().flatten());
    }
    wrong
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn everything_says_within_three_seconds_that_postgres_is_gone_or_hangs(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let all = everything(&house).await;
    let (mut way, url) = Way::to(&house.cx.pool).await;
    let cx = Context { pool: services::store::connect(&url, 4).unwrap(), ..house.cx.clone() };
    let router = router(house::app(cx));
    let anonymous = Reader::new(router.clone());
    let signed_in = Reader::new(router).with_cookie(steward.cookie());
    for hangs in [false, true] {
        assert_eq!(anonymous.get("/").await.status, StatusCode::OK);
        if hangs {
            way.hang();
        } else {
            way.cut().await;
        }
        // What was kept is a second old at most.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(not_unavailable_in_time(&house, &signed_in, &all).await, Vec::<String>::new(), "signed in, hangs: {hangs}");
        // A stranger is sent to sign in, or refused, before anything is asked.
        let mut wrong = not_unavailable_in_time(&house, &anonymous, &all).await;
        wrong.retain(|line| !line.contains(": 303") && !line.contains(": 401"));
        assert_eq!(wrong, Vec::<String>::new(), "anonymous, hangs: {hangs}");
        way.mend().await;
        let mended = Instant::now();
        while anonymous.get("/readyz").await.status != StatusCode::OK {
            assert!(mended.elapsed() < Duration::from_secs(10), "it does not recover by itself");
        }
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_sends_nothing_for_ten_seconds_is_told_so(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let reader = house.reader();
    let silent = || Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let form = reader.send_body(Method::POST, "/dang-ky", "application/x-www-form-urlencoded", silent());
    let english = reader.send_body(Method::POST, "/en/register", "application/x-www-form-urlencoded", silent());
    let scans = steward.send_body(Method::POST, "/api/checkin/scans", "application/json", silent());
    let patient = tokio::time::timeout(Duration::from_secs(12), async { tokio::join!(form, english, scans) });
    let (form, english, scans) = patient.await.unwrap();
    assert_eq!(form.status, StatusCode::REQUEST_TIMEOUT);
    assert!(form.text().contains("Dữ liệu gửi lên quá chậm"), "{}", form.text());
    assert!(english.text().contains("That took too long to arrive"));
    assert_eq!((scans.status, scans.text()), (StatusCode::REQUEST_TIMEOUT, r#"{"error":"the body came too slowly"}"#));
}

async fn falls() -> &'static str {
    panic!("a fault");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_panic_is_answered_with_a_page_that_names_the_request(pool: PgPool) {
    let house = House::open(pool).await;
    let routes = axum::Router::new().route("/en/falls", get(falls)).route("/api/falls", get(falls));
    let reader = Reader::new(around(house.app.clone(), routes));
    let page = reader.get("/en/falls").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let id = page.header("x-request-id");
    assert!(id.len() == 16 && page.text().contains(id), "{}", page.text());
    assert!(page.text().contains("We couldn’t handle this request"));
    let api = reader.get("/api/falls").await;
    assert_eq!((api.status, api.text()), (StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"internal error"}"#));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_reader_who_leaves_in_the_middle_leaves_all_or_nothing(pool: PgPool) {
    let house = House::with_seats(pool, 1000).await;
    for number in 0..40 {
        let form = citizen(&house, number);
        let _ = tokio::time::timeout(Duration::from_micros(u64::from(number) * 150), send(&house, "/dang-ky", &form)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);
    // Who asks again gets the ticket, whether or not the first attempt was stored.
    for number in 0..40 {
        let answer = send(&house, "/dang-ky", &citizen(&house, number)).await;
        assert_eq!(house.get(answer.header("location")).await.status, StatusCode::OK);
    }
    let audiences = registration::offer(&house.cx, None).await.unwrap().audiences;
    assert_eq!(audiences.iter().find_map(|audience| audience.left), Some(960));
}

thread_local! {
    /// What this thread logs, once it listens. Each test and all its tasks run on one thread.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to [`LOG`].
#[derive(Clone, Copy, Debug)]
struct Listener;

impl Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Listener {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn logs_hold_no_personal_data_and_no_secrets(pool: PgPool) {
    // For the whole process: what only one thread listens to, the others' first use may silence.
    tracing_subscriber::fmt().json().with_max_level(tracing::Level::DEBUG).with_writer(Listener).init();
    LOG.set(Some(Vec::new()));
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let code = code(&house, &secret).await;
    let short_code = sqlx::query_scalar::<_, String>("select short_code from tickets").fetch_one(&house.cx.pool).await.unwrap();
    let steward = house.signed_in(Role::Steward, None).await;
    for path in [format!("/ve/{secret}"), format!("/ve/{secret}/ma.png"), format!("/T/{code}"), format!("/ve/{secret}/nowhere")] {
        house.get(&path).await;
    }
    let mut wrong = citizen(&house, 2);
    wrong.retain(|(name, _)| name != "commune");
    send(&house, "/dang-ky", &wrong).await;
    house.post("/dang-nhap", &[("email", "hanh@example.vn"), ("password", "Mật-Khẩu-Rất-Dài-1")]).await;
    house.post("/ghep-may/geheimgeheimgeheim", &[]).await;
    // As it is read, as it is typed, and what is typed wrongly.
    for (number, code) in [(1, code.as_str()), (2, short_code.as_str()), (3, "7KQ4M9XW")] {
        steward.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": [scan(number, code)] })).await;
    }
    house.post(&format!("/ve/{secret}/huy"), &[]).await;

    let log = String::from_utf8(LOG.take().unwrap()).unwrap();
    let token = steward.cookie().trim_start_matches("__Host-session=");
    for hidden in [
        "Hạnh",
        "912000001",
        "912 000 001",
        "912 000 002",
        "hanh@example.vn",
        "Mật-Khẩu",
        "geheim",
        &secret,
        &code,
        &code.to_lowercase(),
        token,
    ] {
        assert!(!log.contains(hidden), "{hidden} is in the log");
    }
    // What the log does hold: the pattern of the address, and each statement within its request.
    assert!(log.contains(r#""path":"/ve/{secret}""#), "requests are named by their pattern");
    let statements = log.lines().filter(|line| line.contains("sqlx::query") && line.contains("/api/checkin/scans")).count();
    assert_eq!(statements, 3 * 3, "who asks, what is known, the scan, whichever code it was");
}
