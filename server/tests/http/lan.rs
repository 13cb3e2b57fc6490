//! `serve --lan`, over real connections.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use domain::{access::Role, contact::Email, text::PersonName};
use http::{StatusCode, header};
use reqwest::{Certificate, Client, redirect::Policy};
use services::access::{self, NewAccount};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
};

use crate::{house::House, killed::Program};

/// A phone that trusts the authority in the data folder and no other.
fn phone(data: &Path) -> Client {
    let certificate = BASE64.decode(authority(data).as_bytes()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .tls_certs_only([Certificate::from_der(&certificate).unwrap()])
        .redirect(Policy::none())
        .timeout(Duration::from_secs(8))
        .build()
        .unwrap()
}

/// What the data folder keeps, DER in base64.
fn kept(data: &Path, of: &str, part: &str) -> String {
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(data.join("lan.json")).unwrap()).unwrap();
    kept[of][part].as_str().unwrap().to_owned()
}

fn authority(data: &Path) -> String {
    kept(data, "authority", "certificate")
}

async fn start(house: &House, data: &Path) -> Program {
    Program::start_with(house, &["--lan"], &[("DATA", data.to_str().unwrap())]).await
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_phone_that_trusts_the_certificate_opens_pages_and_signs_in(pool: PgPool) {
    let house = House::open(pool).await;
    let email = "sen@example.vn";
    let account = NewAccount {
        email: Email::parse(email).unwrap(),
        full_name: PersonName::parse("Trần Thị Sen").unwrap(),
        role: Role::Steward,
        organisation: None,
        sample: false,
    };
    let (_, password) = access::create_account(&house.cx, account).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let program = start(&house, data.path()).await;
    let origin = format!("https://{}", program.address());
    assert!(!program.address().starts_with("127.") && !program.address().starts_with("0."), "{origin}");
    let phone = phone(data.path());

    let page = phone.get(&origin).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers().get(header::STRICT_TRANSPORT_SECURITY), None, "a phone would be locked out");
    assert_eq!(page.headers().get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");

    let post = async |path: &str, fields: &[(&str, &str)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let form = phone.post(format!("{origin}{path}")).header("sec-fetch-site", "same-origin");
        let answer = form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned()
    };
    let session = post("/dang-nhap", &[("email", email), ("password", &password)]).await;
    let preference = post("/tuy-chon", &[("size", "large")]).await;
    for (cookie, name) in [(&session, "__Host-session="), (&preference, "size=large")] {
        assert!(cookie.starts_with(name) && cookie.contains("; Path=/") && cookie.contains("; Secure"), "{cookie}");
    }
    let cookie = session.split(';').next().unwrap();
    let scanner = phone.get(format!("{origin}/diem-danh")).header(header::COOKIE, cookie).send().await.unwrap();
    assert_eq!(scanner.status(), StatusCode::OK);

    // A phone that trusts nothing yet gets there by its browser's warning.
    let careless = Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
    let help = careless.get(format!("{origin}/chung-thu-may-chu")).send().await.unwrap().text().await.unwrap();
    let offered = careless.get(format!("{origin}/chung-thu-may-chu.crt")).send().await.unwrap();
    assert_eq!(offered.headers().get(header::CONTENT_TYPE).unwrap(), "application/x-x509-ca-cert");
    let offered = offered.bytes().await.unwrap();
    assert_eq!(BASE64.encode(&offered), authority(data.path()));
    let fingerprint = Sha256::digest(&offered).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    assert!(help.contains(&fingerprint) && help.contains("chung-thu-may-chu.crt"), "{help}");

    // Who leaves out the s is told.
    let plain = Client::builder().redirect(Policy::none()).build().unwrap();
    let told = plain.get(format!("http://{}/dang-ky?a=b", program.address())).send().await.unwrap();
    assert_eq!(told.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(told.headers().get(header::LOCATION).unwrap(), &format!("{origin}/dang-ky?a=b"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_certificate_that_is_given_is_used_and_nothing_is_to_be_installed(pool: PgPool) {
    let house = House::open(pool).await;
    let data = tempfile::tempdir().unwrap();
    assert!(start(&house, data.path()).await.stop().await.success());
    let file = |name: &str, label: &str, der: &str| {
        let path = data.path().join(name);
        std::fs::write(&path, format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let chain = file("chain.pem", "CERTIFICATE", &kept(data.path(), "server", "certificate"));
    let key = file("key.pem", "PRIVATE KEY", &kept(data.path(), "server", "key"));
    let other = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let base_url = format!("https://localhost:{port}");
    let settings = [("DATA", other.path().to_str().unwrap()), ("TLS_CERTIFICATE", &*chain), ("TLS_KEY", &*key), ("BASE_URL", &*base_url)];
    let _program = Program::start_with(&house, &["--lan", "--port", &port], &settings).await;
    let page = phone(data.path()).get(format!("{base_url}/chung-thu-may-chu")).send().await.unwrap();
    assert!(page.headers().contains_key(header::STRICT_TRANSPORT_SECURITY), "it is no certificate of its own");
    assert!(page.text().await.unwrap().contains("Không cần cài gì."));
    assert!(!other.path().join("lan.json").exists());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn stalled_and_broken_handshakes_hold_up_nobody(pool: PgPool) {
    let house = House::open(pool).await;
    let data = tempfile::tempdir().unwrap();
    let program = start(&house, data.path()).await;
    let mut stalled = Vec::new();
    for begun in [&b""[..], &[0x16, 3, 1, 2], &[0x16, 3, 1, 0, 4, 9, 9, 9, 9], b"\0", b"GET / HTTP/1.1\r\n"].repeat(8) {
        let mut stream = TcpStream::connect(program.address()).await.unwrap();
        stream.write_all(begun).await.unwrap();
        stalled.push(stream);
    }
    let begin = Instant::now();
    let page = phone(data.path()).get(format!("https://{}/", program.address())).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(begin.elapsed() < Duration::from_secs(4), "waited {:?}", begin.elapsed());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_certificate_survives_a_restart_and_an_idle_phone_does_not_hold_it_up(pool: PgPool) {
    let house = House::open(pool).await;
    let data = tempfile::tempdir().unwrap();
    let program = start(&house, data.path()).await;
    let phone = phone(data.path());
    let get = async |program: &Program| phone.get(format!("https://{}/healthz", program.address())).send().await.unwrap().status();
    assert_eq!(get(&program).await, StatusCode::OK);
    let begin = Instant::now();
    assert!(program.stop().await.success());
    assert!(begin.elapsed() < Duration::from_secs(5), "waited {:?} for a connection without a request", begin.elapsed());
    let program = start(&house, data.path()).await;
    assert_eq!(get(&program).await, StatusCode::OK, "the certificate is another");
}
