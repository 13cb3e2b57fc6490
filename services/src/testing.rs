//! What the tests of the verbs share: a context with a chosen clock and repeatable chance, and a small edition.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use domain::{
    access::{Actor, Role},
    form::Values,
    ids::{AccountId, AudienceId, CheckpointId, OrganisationId, RegistrationId, SessionId},
    registration::{Application, Asked, AudienceKind},
    text::Locale,
};
use object_store::memory::InMemory;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{Clock, Context, MasterSecret, Random, access, checkin, fair, live::Live, registration::Turnstile};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Chance that repeats: a counter, mixed (`SplitMix64`).
#[derive(Default)]
struct Counting(AtomicU64);

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The morning of the day, two hours before the gates of [`edition`] open.
pub fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 10, 9, 22, 0, 0).unwrap()
}

/// A context on this database, at [`morning`], with files in memory.
pub fn context(pool: PgPool) -> Context {
    context_with_clock(pool).0
}

/// [`context`] and the clock to move.
pub fn context_with_clock(pool: PgPool) -> (Context, Arc<TestClock>) {
    let clock = Arc::new(TestClock(Mutex::new(morning())));
    let cx = Context {
        pool,
        clock: clock.clone(),
        random: Arc::new(Counting::default()),
        secret: MasterSecret::new([9; 32]),
        files: Arc::new(InMemory::new()),
        holders: access::Holders::default(),
        recorder: checkin::Recorder::default(),
        cards: checkin::Cards::default(),
        live: Live::default(),
        turnstile: Turnstile::default(),
    };
    (cx, clock)
}

/// The small edition's things.
#[derive(Clone, Copy, Debug)]
pub struct Fixture {
    pub citizens: AudienceId,
    pub businesses: AudienceId,
    pub hidden: AudienceId,
    pub gate: CheckpointId,
    pub side_gate: CheckpointId,
    pub health: OrganisationId,
    pub justice: OrganisationId,
}

/// Stores a small current edition: three audiences (`seats` for citizens), two gates, two departments.
pub async fn edition(cx: &Context, seats: i32) -> Fixture {
    let id = |number: u128| Uuid::from_u128(number);
    sqlx::raw_sql(
        "insert into editions (id, code, year, name_vi, theme_vi, starts_on, ends_on, peak_on, place_vi, managing_body_vi, is_current, created_at, updated_at)
         values ('00000000-0000-0000-0000-000000000001', 'cds-2027', 2027, 'Ngày Chuyển đổi số', 'Chủ đề', '2027-10-09', '2027-10-10', '2027-10-10', 'Mỹ Tho', 'UBND tỉnh', true, now(), now());
         insert into communes values ('28261', 'phuong', 'Mỹ Tho');
         insert into organisations (id, code, kind, name_vi) values
           ('00000000-0000-0000-0000-000000000021', 'so-y-te', 'so', 'Sở Y tế'),
           ('00000000-0000-0000-0000-000000000022', 'so-tu-phap', 'so', 'Sở Tư pháp');
         insert into capacities (id, edition_id, size) values
           ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000001', 10),
           ('00000000-0000-0000-0000-000000000032', '00000000-0000-0000-0000-000000000001', null);
         insert into audiences (id, edition_id, capacity_id, code, kind, name_vi, closes_at, is_public, has_waiting_list) values
           ('00000000-0000-0000-0000-000000000041', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000031', 'nguoi-dan', 'citizen', 'Người dân', '2027-10-10 10:00+07', true, false),
           ('00000000-0000-0000-0000-000000000042', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000032', 'doanh-nghiep', 'business', 'Doanh nghiệp', null, true, false),
           ('00000000-0000-0000-0000-000000000043', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000032', 'dai-bieu', 'delegate', 'Đại biểu', null, false, false);
         insert into checkpoints (id, edition_id, code, kind, name_vi, name_en, opens_at, closes_at, admits, position) values
           ('00000000-0000-0000-0000-000000000051', '00000000-0000-0000-0000-000000000001', 'cong-chinh', 'gate', 'Cổng chính', 'Main gate', '2027-10-10 07:00+07', '2027-10-10 17:00+07', '{}', 1),
           ('00000000-0000-0000-0000-000000000052', '00000000-0000-0000-0000-000000000001', 'cong-phu', 'gate', 'Cổng phụ', 'Side gate', null, null, '{business}', 2);",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::query!("update capacities set size = $1 where size is not null", seats).execute(&cx.pool).await.unwrap();
    Fixture {
        citizens: AudienceId(id(0x41)),
        businesses: AudienceId(id(0x42)),
        hidden: AudienceId(id(0x43)),
        gate: CheckpointId(id(0x51)),
        side_gate: CheckpointId(id(0x52)),
        health: OrganisationId(id(0x21)),
        justice: OrganisationId(id(0x22)),
    }
}

/// Lets whoever finds the citizens' seats taken wait for one.
pub async fn open_queue(cx: &Context, fixture: &Fixture) {
    sqlx::query!("update audiences set has_waiting_list = true where id = $1", fixture.citizens.0).execute(&cx.pool).await.unwrap();
}

/// Two sessions with seats of their own, at 08:00 and at 09:00 of the day, an hour each; gives their ids.
pub async fn sessions(cx: &Context, seats: i32) -> [SessionId; 2] {
    sqlx::raw_sql(
        "insert into venues (id, edition_id, code, name_vi, address_vi) values
           ('00000000-0000-0000-0000-000000000081', '00000000-0000-0000-0000-000000000001', 'tt', 'Trung tâm', 'Mỹ Tho');
         insert into rooms (id, edition_id, venue_id, code, name_vi) values
           ('00000000-0000-0000-0000-000000000082', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000081', 'p1', 'Phòng 1');
         insert into capacities (id, edition_id, size) values
           ('00000000-0000-0000-0000-000000000033', '00000000-0000-0000-0000-000000000001', 0),
           ('00000000-0000-0000-0000-000000000034', '00000000-0000-0000-0000-000000000001', 0);
         insert into sessions (id, edition_id, code, kind, title_vi, room_id, starts_at, ends_at, capacity_id) values
           ('00000000-0000-0000-0000-000000000071', '00000000-0000-0000-0000-000000000001', 's1', 'hoi_thao', 'Hội thảo một',
            '00000000-0000-0000-0000-000000000082', '2027-10-10 08:00+07', '2027-10-10 09:00+07', '00000000-0000-0000-0000-000000000033'),
           ('00000000-0000-0000-0000-000000000072', '00000000-0000-0000-0000-000000000001', 's2', 'hoi_thao', 'Hội thảo hai',
            '00000000-0000-0000-0000-000000000082', '2027-10-10 09:00+07', '2027-10-10 10:00+07', '00000000-0000-0000-0000-000000000034');",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::query!("update capacities c set size = $1 from sessions s where s.capacity_id = c.id", seats).execute(&cx.pool).await.unwrap();
    [0x71, 0x72].map(|number| SessionId(Uuid::from_u128(number)))
}

/// A citizen's application in good order.
pub fn citizen(audience: AudienceId) -> Application {
    let fields =
        [("full_name", "Nguyễn Thị Hạnh"), ("phone", "0912345678"), ("commune", "28261"), ("adult", "yes"), ("consent_attend", "yes")];
    let values = Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    Application::parse(&values, Asked::plain(audience, AudienceKind::Citizen), Locale::Vi).unwrap()
}

/// What a form carries that was given out a minute ago.
pub fn stamp(cx: &Context) -> String {
    fair::stamp_at(cx, cx.now() - TimeDelta::minutes(1))
}

/// A signed-in person of this role; no row stands behind it.
pub fn actor(role: Role, organisation: Option<OrganisationId>) -> Actor {
    Actor::Account { id: AccountId(Uuid::from_u128(0x61)), name: "Lê Văn Tám".into(), role, organisation }
}

/// An organiser whose account is stored.
pub async fn organiser(cx: &Context) -> Actor {
    let id = AccountId(cx.new_id());
    sqlx::query!(
        "insert into accounts (id, email, email_key, full_name, role, password_hash, created_at)
         values ($1, 'btc@dongthap.gov.vn', 'btc@dongthap.gov.vn', 'Trần Thị Sen', 'organiser', '', $2)",
        id.0,
        cx.now()
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    Actor::Account { id, name: "Trần Thị Sen".into(), role: Role::Organiser, organisation: None }
}

/// The secret of the link that ends a registration's reminders.
pub fn stop_secret(cx: &Context, id: RegistrationId) -> String {
    crate::privacy::stop_secret(cx, id).0
}
