//! The program killed in the middle of its work, and started again: nothing is lost, nothing is doubled.

use std::process::Stdio;

use http::StatusCode;
use services::{registration, testing};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
};

use crate::{
    house::{self, House},
    people::upload,
    registration::{citizen, send},
    smtp::until,
};

/// The program itself, on the database of a house.
pub struct Program {
    child: Child,
    /// Host and port.
    address: String,
    /// Held open: the program may say more.
    _said: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it and waits until it listens.
    pub async fn start(house: &House, settings: &[(&str, &str)]) -> Self {
        Self::start_with(house, &[], settings).await
    }

    /// The same with more on the command line.
    pub async fn start_with(house: &House, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("ngay-cds-{}", house.cx.new_id()));
        for (name, content) in house::site() {
            let path = folder.join("site").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_ngay-cds"))
            .args(["serve", "--database-connections", "4"])
            .args(if arguments.contains(&"--port") { &[][..] } else { &["--port", "0"] })
            .args(arguments)
            .env("DATABASE_URL", house.cx.pool.connect_options().to_url_lossy().to_string())
            .env("DATA", folder.join("data"))
            .env("SITE", folder.join("site"))
            .env("SECRET_KEY", "09".repeat(32))
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).await.unwrap();
        let (_, address) = line.trim().split_once("://").unwrap();
        Self { child, address: address.to_owned(), _said: said }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks it to end, and gives back how it did.
    pub async fn stop(mut self) -> std::process::ExitStatus {
        let asked = Command::new("kill").arg(self.child.id().unwrap().to_string()).status().await.unwrap();
        assert!(asked.success());
        self.child.wait().await.unwrap()
    }

    /// Ends it as a power cut does, and waits until the database has noticed.
    pub async fn kill(mut self, house: &House) {
        self.child.kill().await.unwrap();
        until(async || connections(house, "application_name = 'ngay-cds'").await == 0).await;
    }

    /// Posts an empty form as somebody who has signed in, and gives back the status.
    async fn post(&self, path: &str, cookie: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// How many connections to the house's database there are of this kind.
async fn connections(house: &House, kind: &str) -> i64 {
    let query = format!("select count(*) from pg_stat_activity where datname = current_database() and {kind}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&house.cx.pool).await.unwrap()
}

async fn is_waiting_for_a_lock(house: &House) -> bool {
    connections(house, "application_name = 'ngay-cds' and wait_event_type = 'Lock'").await == 1
}

async fn count(house: &House, rows: &str) -> i64 {
    let query = format!("select count(*) from {rows}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&house.cx.pool).await.unwrap()
}

const PEOPLE: i64 = 200;

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_program_killed_in_the_middle_of_an_import_loses_nothing_and_doubles_nothing(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(domain::access::Role::Organiser, None).await;
    let rows: Vec<_> = (1..=PEOPLE).map(|number| format!("T-{number},Nguyễn Thị Hạnh,0912{number:06}\r\n")).collect();
    let rows = rows.concat();
    let form = upload(&house.fixture.citizens.to_string(), "a.csv", &format!("Mã,Họ và tên,Điện thoại\r\n{rows}"));
    let checked = organiser.post_raw("/ban-to-chuc/nhap-danh-sach", "multipart/form-data; boundary=sen", form).await;
    assert_eq!(checked.status, StatusCode::SEE_OTHER, "{}", checked.text());
    let id = checked.header("location").rsplit('=').next().unwrap().to_owned();
    let confirm = format!("/ban-to-chuc/nhap-danh-sach/{id}/xac-nhan");

    // The people are in, their tickets wait for the lock.
    let mut lock = house.cx.pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tickets in exclusive mode").execute(&mut *lock).await.unwrap();
    let program = Program::start(&house, &[]).await;
    assert_eq!(program.post(&confirm, organiser.cookie()).await, 303);
    until(async || is_waiting_for_a_lock(&house).await).await;
    program.kill(&house).await;
    lock.rollback().await.unwrap();
    assert_eq!((count(&house, "registrations").await, count(&house, "tickets").await), (0, 0), "half a list is stored");
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);

    // Whoever was lost for two minutes stores nothing any more.
    sqlx::raw_sql("update imports set started_at = started_at - interval '2 minutes'").execute(&house.cx.pool).await.unwrap();
    let program = Program::start(&house, &[]).await;
    assert_eq!(program.post(&confirm, organiser.cookie()).await, 303);
    until(async || count(&house, "imports where state = 'done'").await == 1).await;
    assert_eq!(program.post(&confirm, organiser.cookie()).await, 303, "a second press changes nothing");
    program.kill(&house).await;
    for rows in ["registrations", "tickets", "audit_log where action = 'registration.import'"] {
        assert_eq!(count(&house, rows).await, PEOPLE, "{rows}");
    }
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_program_killed_in_the_middle_of_a_promotion_round_loses_no_seat_and_doubles_none(pool: PgPool) {
    const SEATS: u32 = 3;
    let house = House::with_seats(pool, 3).await;
    testing::open_queue(&house.cx, &house.fixture).await;
    // So many have a seat and give it back, twice as many wait.
    let mut links = Vec::new();
    for number in 1..=3 * SEATS {
        let answer = send(&house, "/dang-ky", &citizen(&house, number)).await;
        links.push(answer.header("location").to_owned());
    }
    for link in links.iter().take(3) {
        assert_eq!(house.post(&format!("{link}/huy"), &[]).await.status, StatusCode::SEE_OTHER);
    }
    sqlx::raw_sql(
        "update waiting_entries set offered_until = timestamptz '2026-01-01' + place * interval '1 minute' where state = 'offered'",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    assert_eq!(states(&house).await, ["offered", "offered", "offered", "waiting", "waiting", "waiting"]);

    // The first offer goes on to the next; the second waits for the lock.
    let mut lock = house.cx.pool.begin().await.unwrap();
    sqlx::raw_sql(
        "select from registrations where waiting_entry_id = (select id from waiting_entries order by place offset 1 limit 1) for update",
    )
    .execute(&mut *lock)
    .await
    .unwrap();
    let program = Program::start(&house, &[]).await;
    until(async || is_waiting_for_a_lock(&house).await).await;
    program.kill(&house).await;
    lock.rollback().await.unwrap();
    assert_eq!(states(&house).await, ["lapsed", "offered", "offered", "offered", "waiting", "waiting"]);
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);

    let program = Program::start(&house, &[]).await;
    until(async || states(&house).await == ["lapsed", "lapsed", "lapsed", "offered", "offered", "offered"]).await;
    program.kill(&house).await;
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);
    for (rows, expected) in [
        ("waiting_log where step = 'joined'", 6),
        ("waiting_log where step = 'offered'", 6),
        ("waiting_log where step = 'lapsed'", 3),
        ("messages where kind = 'offer'", 6),
        ("messages where kind = 'lapsed'", 3),
        ("registrations where status = 'lapsed'", 3),
        ("registrations where status = 'offered'", 3),
    ] {
        assert_eq!(count(&house, rows).await, expected, "{rows}");
    }
}

/// The states of the queue's entries, in the order in which they came.
async fn states(house: &House) -> Vec<String> {
    sqlx::query_scalar("select state from waiting_entries order by place").fetch_all(&house.cx.pool).await.unwrap()
}
