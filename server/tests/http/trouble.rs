//! Trouble: Postgres gone and back, panics, readers who leave, and logs that tell nothing about people.

use std::{
    cell::RefCell,
    io::Write,
    time::{Duration, Instant},
};

use axum::routing::get;
use domain::access::Role;
use http::{StatusCode, Uri};
use serde_json::json;
use server::router::{around, router};
use services::{Context, registration};
use sqlx::PgPool;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    checkin::{code, scan},
    house::{self, House, Reader},
    registration::{citizen, send},
    tickets::secret,
};

/// The way to Postgres, which can be cut and mended.
struct Way {
    port: u16,
    target: (String, u16),
    open: Option<JoinHandle<()>>,
}

impl Way {
    /// An open way to the database of a pool, and its address through it.
    async fn to(pool: &PgPool) -> (Self, String) {
        let options = pool.connect_options();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut way = Self { port, target: (options.get_host().to_owned(), options.get_port()), open: None };
        way.open_on(listener);
        // The pool's options do not tell the password.
        let given: Uri = std::env::var("DATABASE_URL").unwrap().parse().unwrap();
        let (who, _) = given.authority().unwrap().as_str().rsplit_once('@').unwrap();
        (way, format!("postgres://{who}@127.0.0.1:{port}/{}", options.get_database().unwrap()))
    }

    fn open_on(&mut self, listener: TcpListener) {
        let target = self.target.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let target = target.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        }));
    }

    async fn cut(&mut self) {
        let open = self.open.take().unwrap();
        open.abort();
        let _ = open.await;
    }

    async fn mend(&mut self) {
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
    let api = signed_in.get("/api/checkin/counts").await;
    assert_eq!((api.status, api.text()), (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"unavailable"}"#));
    assert_eq!(reader.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(reader.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reader.get("/pkg/style.1.css").await.status, StatusCode::OK);

    way.mend().await;
    assert_eq!(reader.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(reader.get("/").await.status, StatusCode::OK);
    assert_eq!(reader.post("/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
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
    let audiences = registration::audiences(&house.cx).await.unwrap();
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
    let steward = house.signed_in(Role::Steward, None).await;
    for path in [format!("/ve/{secret}"), format!("/ve/{secret}/ma.png"), format!("/T/{code}"), format!("/ve/{secret}/nowhere")] {
        house.get(&path).await;
    }
    let mut wrong = citizen(&house, 2);
    wrong.retain(|(name, _)| name != "commune");
    send(&house, "/dang-ky", &wrong).await;
    house.post("/dang-nhap", &[("email", "hanh@example.vn"), ("password", "Mật-Khẩu-Rất-Dài-1")]).await;
    house.post("/ghep-may/geheimgeheimgeheim", &[]).await;
    steward.post_json("/api/checkin/scans", &json!({ "checkpoint": house.fixture.gate, "scans": [scan(1, &code)] })).await;
    house.post(&format!("/ve/{secret}/huy"), &[]).await;

    let log = String::from_utf8(LOG.take().unwrap()).unwrap();
    let token = steward.cookie().trim_start_matches("__Host-session=");
    for hidden in ["Hạnh", "912345678", "912 345 678", "hanh@example.vn", "Mật-Khẩu", "geheim", &secret, &code, &code.to_lowercase(), token]
    {
        assert!(!log.contains(hidden), "{hidden} is in the log");
    }
    // What the log does hold: the pattern of the address, and each statement within its request.
    assert!(log.contains(r#""path":"/ve/{secret}""#), "requests are named by their pattern");
    let statements = log.lines().filter(|line| line.contains("sqlx::query") && line.contains("/api/checkin/scans")).count();
    assert_eq!(statements, 3, "who asks, what is known, the scan");
}
