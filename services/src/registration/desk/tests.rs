use domain::{
    access::Role,
    form::{FieldErrors, Problem, Values},
    registration::{Excuse, IfFull, Status, WalkIn, merge::Alike},
    text::Locale,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{Context, Error, registration, testing};

/// Stores a person of the small edition and gives back the id, which grows with the number.
async fn person(cx: &Context, number: u32, name: &str, more: &str) -> Uuid {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number));
    let phone = format!("+8491{number:07}");
    let search_text = domain::text::fold(&format!("{name} {phone} 0{} {more}", &phone[3..]));
    sqlx::query(
        "insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, email, search_text, link_hash, idempotency_key, created_at)
         values ($1, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041', 'confirmed', 'vi', $2, $3, nullif($4, ''), $5, sha256($1::text::bytea), $1, now())",
    )
    .bind(id)
    .bind(name)
    .bind(&phone)
    .bind(more)
    .bind(search_text)
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::query("insert into tickets (id, registration_id, edition_id, short_code, issued_at) values ($1, $2, '00000000-0000-0000-0000-000000000001', $3, now())")
        .bind(i64::from(number))
        .bind(id)
        .bind(domain::ticket::ShortCode::from_random(u64::from(number)).as_str())
        .execute(&cx.pool)
        .await
        .unwrap();
    id
}

async fn names(cx: &Context, search: &Search) -> Vec<String> {
    let organiser = testing::actor(Role::Organiser, None);
    find(cx, &organiser, search, "tim").await.unwrap().people.into_iter().map(|person| person.full_name).collect()
}

fn words(words: &str) -> Search {
    Search { words: words.to_owned(), order: Order::Name, ..Search::default() }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn anybody_is_found_by_whatever_is_known_of_them(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 100).await;
    person(&cx, 1, "Nguyễn Thị Mỹ Hạnh", "hanh@sokhcn.vn").await;
    person(&cx, 2, "Trần Văn Thanh", "").await;
    let official = person(&cx, 3, "Đặng Ánh", "").await;
    sqlx::query("update registrations set organisation_id = $2 where id = $1")
        .bind(official)
        .bind(fixture.health.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    let code = domain::ticket::ShortCode::from_random(2);
    for (typed, found) in [
        ("hanh", "Nguyễn Thị Mỹ Hạnh"),
        ("HẠNH nguyễn", "Nguyễn Thị Mỹ Hạnh"),
        ("hanh@", "Nguyễn Thị Mỹ Hạnh"),
        ("@sokhcn", "Nguyễn Thị Mỹ Hạnh"),
        ("0910 000 001", "Nguyễn Thị Mỹ Hạnh"),
        ("+84 91 0000001", "Nguyễn Thị Mỹ Hạnh"),
        ("000 002", "Trần Văn Thanh"),
        (&code.shown(), "Trần Văn Thanh"),
        (&format!("DT{}", code.as_str().to_lowercase()), "Trần Văn Thanh"),
        ("an", "Đặng Ánh"),
        ("dang", "Đặng Ánh"),
        ("sở y tế", "Đặng Ánh"),
    ] {
        assert_eq!(names(&cx, &words(typed)).await, [found], "{typed}");
    }
    for nothing in ["hoang", "50%", "_", "0999"] {
        let search = words(&format!("{nothing} "));
        let organiser = testing::actor(Role::Organiser, None);
        match find(&cx, &organiser, &search, "tim").await {
            Ok(found) => assert_eq!(found, Found::default(), "{nothing}"),
            Err(Error::Invalid(errors)) => assert_eq!(errors.of("tim"), Some(&Problem::TooShort { min: 2 }), "{nothing}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_list_goes_by_the_called_name_and_its_pages_leave_out_nobody(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 100).await;
    let given = ["An", "Ân", "Bình", "Dũng", "Đào", "Đức", "Hạnh", "Ý"];
    for number in 0..64_u32 {
        let family = ["Đặng", "Dương", "Nguyễn", "Ông"][number as usize / 8 % 4];
        person(&cx, number, &format!("{family} {}", given[number as usize % 8]), "").await;
    }
    let mut search = Search { order: Order::Name, ..Search::default() };
    let organiser = testing::actor(Role::Organiser, None);
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let found = find(&cx, &organiser, &search, "tim").await.unwrap();
        sizes.push(found.people.len());
        search.after = found.people.last().map(|person| person.id);
        seen.extend(found.people.into_iter().map(|person| person.full_name));
        if !found.more {
            break;
        }
    }
    assert_eq!(sizes, [30, 30, 4]);
    let called: Vec<&str> = seen.iter().map(|name| name.split(' ').next_back().unwrap()).collect();
    assert_eq!(called, given.iter().flat_map(|name| [*name; 8]).collect::<Vec<_>>());
    assert_eq!(seen[..8], ["Dương An", "Dương An", "Đặng An", "Đặng An", "Nguyễn An", "Nguyễn An", "Ông An", "Ông An"]);
    let newest = names(&cx, &Search::default()).await;
    assert_eq!(newest[..2], ["Ông Ý", "Ông Hạnh"], "the last registered first");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_is_rare_among_thousands_is_found_behind_the_walk(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 100).await;
    person(&cx, 1, "Huỳnh Tâm", "").await;
    sqlx::raw_sql(
        "insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key, created_at)
         select ('0191' || lpad(to_hex(n), 28, '0'))::uuid, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041',
                'confirmed', 'vi', 'Nguyễn Bình', 'nguyen binh', sha256(n::text::bytea), ('0191' || lpad(to_hex(n), 28, '0'))::uuid, now()
         from generate_series(1, 2500) n",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    for order in [Order::Name, Order::Newest] {
        assert_eq!(names(&cx, &Search { order, ..words("tam") }).await, ["Huỳnh Tâm"], "{order:?}");
        assert_eq!(names(&cx, &Search { order, ..words("binh") }).await.len(), PAGE, "{order:?}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_list_is_narrowed_and_shows_no_more_than_it_must(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 100).await;
    let waiting = person(&cx, 1, "Lê An", "an@dongthap.gov.vn").await;
    person(&cx, 2, "Lê Bình", "").await;
    let erased = person(&cx, 3, "Lê Châu", "").await;
    sqlx::query("update registrations set status = 'waiting' where id = $1").bind(waiting).execute(&cx.pool).await.unwrap();
    sqlx::query("update registrations set erased_at = now(), full_name = '', phone = null, email = null, search_text = '' where id = $1")
        .bind(erased)
        .execute(&cx.pool)
        .await
        .unwrap();
    assert_eq!(names(&cx, &words("")).await, ["Lê An", "Lê Bình"], "who was erased is nobody's to find");
    assert_eq!(names(&cx, &Search { status: Some(Status::Waiting), ..words("lê") }).await, ["Lê An"]);
    assert_eq!(names(&cx, &Search { audience: Some(fixture.businesses), ..words("") }).await, [""; 0]);
    let organiser = testing::actor(Role::Organiser, None);
    let found = find(&cx, &organiser, &words("an"), "tim").await.unwrap();
    assert_eq!(found.people[0].masked_phone.as_deref(), Some("09•• ••• 001"));
    assert_eq!(found.people[0].masked_email.as_deref(), Some("a•••@dongthap.gov.vn"));
    let details: Vec<serde_json::Value> =
        sqlx::query_scalar("select detail from audit_log where action = 'registration.search' order by id")
            .fetch_all(&cx.pool)
            .await
            .unwrap();
    assert_eq!(details.len(), 4);
    assert_eq!(details[3], serde_json::json!({"words": true, "audience": null, "status": null, "session": null, "found": 1}));
    for role in [Role::Steward, Role::Judge, Role::Department] {
        let refused = find(&cx, &testing::actor(role, None), &words("an"), "tim").await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}");
    }
}

/// Everybody who is exported, in order.
async fn exported(cx: &Context, search: &Search) -> Vec<ExportRow> {
    let mut export = export(cx, &testing::actor(Role::Organiser, None), search, "tim").await.unwrap();
    let mut rows = Vec::new();
    while let Some(batch) = export.rows.recv().await {
        rows.extend(batch.unwrap());
    }
    rows
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_export_is_one_moment_however_long_its_reader_takes(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 100).await;
    sqlx::raw_sql(
        "insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key, created_at)
         select ('0191' || lpad(to_hex(n), 28, '0'))::uuid, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041',
                'confirmed', 'vi', 'Nguyễn Bình', 'nguyen binh', sha256(n::text::bytea), ('0191' || lpad(to_hex(n), 28, '0'))::uuid, now()
         from generate_series(1, 4500) n",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    let mut export = export(&cx, &organiser, &Search::default(), "tim").await.unwrap();
    let first = export.rows.recv().await.unwrap().unwrap();
    // While the rest is still to be read, the list changes at its end, where nothing was read yet.
    sqlx::raw_sql(
        "update registrations set full_name = 'Trần An'; delete from registrations where id > '0191000000000000000000000000118f'::uuid",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let mut rows = first;
    while let Some(batch) = export.rows.recv().await {
        rows.extend(batch.unwrap());
    }
    assert_eq!(rows.len(), 4500);
    assert!(rows.iter().all(|row| row.full_name == "Nguyễn Bình"));
    let detail: serde_json::Value =
        sqlx::query_scalar("select detail from audit_log where action = 'registration.export'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(detail["rows"], 4500);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_export_is_narrowed_like_the_list_and_is_the_organisers_alone(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 100).await;
    let waiting = person(&cx, 1, "Lê An", "an@dongthap.gov.vn").await;
    person(&cx, 2, "Lê Bình", "").await;
    sqlx::query("update registrations set status = 'waiting' where id = $1").bind(waiting).execute(&cx.pool).await.unwrap();
    let names = |rows: Vec<ExportRow>| rows.into_iter().map(|row| row.full_name).collect::<Vec<_>>();
    assert_eq!(names(exported(&cx, &Search::default()).await), ["Lê An", "Lê Bình"]);
    assert_eq!(names(exported(&cx, &words("bình")).await), ["Lê Bình"]);
    assert_eq!(names(exported(&cx, &Search { status: Some(Status::Waiting), ..Search::default() }).await), ["Lê An"]);
    for role in [Role::Steward, Role::Judge, Role::Department] {
        let refused = export(&cx, &testing::actor(role, None), &Search::default(), "tim").await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}");
    }
}

fn at_the_desk(cx_key: u128, name: &str, phone: &str, audience: domain::ids::AudienceId) -> (WalkIn, Uuid) {
    let fields = [("full_name", name), ("phone", phone), ("audience", &audience.to_string()), ("consent_attend", "yes")];
    let values = Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    (WalkIn::parse(&values).unwrap(), Uuid::from_u128(cx_key))
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whoever_stands_at_the_desk_has_a_ticket_at_once(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 2).await;
    let steward = testing::actor(Role::Steward, None);
    let welcome = async |(form, key): (WalkIn, Uuid)| register_walk_in(&cx, &steward, form, key, Locale::Vi).await;
    let an = welcome(at_the_desk(1, "Nguyễn Văn An", "0912 345 678", fixture.citizens)).await.unwrap();
    let ticket = registration::ticket(&cx, &an.link.0).await.unwrap();
    assert_eq!(
        (ticket.full_name.as_str(), ticket.status, ticket.ticket.as_ref().map(|issued| &issued.short_code)),
        ("Nguyễn Văn An", Status::Confirmed, an.short_code.as_ref())
    );
    let again = welcome(at_the_desk(1, "Nguyễn Văn An", "0912 345 678", fixture.citizens)).await.unwrap();
    assert_eq!(again, an, "the same form is one registration");
    let binh = welcome(at_the_desk(1, "Trần Thị Bình", "", fixture.citizens)).await.unwrap();
    assert_ne!(binh.short_code, an.short_code, "the next person with the same form is another one");
    let full = welcome(at_the_desk(2, "Lê Châu", "", fixture.citizens)).await;
    assert!(matches!(full, Err(Error::Invalid(errors)) if errors == FieldErrors::one("audience", Problem::Full)));
    // Hidden audiences have no public form, but a desk.
    welcome(at_the_desk(3, "Lê Châu", "", fixture.hidden)).await.unwrap();
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
    let consents: Vec<(String, bool, String)> =
        sqlx::query_as("select purpose, given, channel from consent_records order by id").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(consents, vec![("attend".to_owned(), true, "desk".to_owned()); 3]);
    let refused =
        register_walk_in(&cx, &testing::actor(Role::Judge, None), at_the_desk(4, "Lê", "", fixture.citizens).0, Uuid::nil(), Locale::Vi)
            .await;
    assert!(matches!(refused, Err(Error::Forbidden)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn where_all_is_full_who_stands_at_the_desk_waits_or_an_organiser_lets_them_in(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 1).await;
    let (steward, organiser) = (testing::actor(Role::Steward, None), testing::organiser(&cx).await);
    let register = async |actor: &domain::access::Actor, name: &str, if_full| {
        let (form, key) = at_the_desk(1, name, "", fixture.citizens);
        register_walk_in(&cx, actor, WalkIn { if_full, ..form }, key, Locale::Vi).await
    };
    let an = register(&steward, "Nguyễn Văn An", IfFull::Queue).await.unwrap();
    assert!(an.short_code.is_some(), "while there is a seat nobody waits");
    let no_queue = register(&steward, "Trần Thị Bình", IfFull::Queue).await;
    assert!(matches!(no_queue, Err(Error::Invalid(errors)) if errors == FieldErrors::one("audience", Problem::Full)));
    testing::open_queue(&cx, &fixture).await;
    let binh = register(&steward, "Trần Thị Bình", IfFull::Queue).await.unwrap();
    assert_eq!(register(&steward, "Trần Thị Bình", IfFull::Queue).await.unwrap(), binh, "the same form is one place");
    let page = registration::ticket(&cx, &binh.link.0).await.unwrap();
    assert_eq!((binh.short_code, page.status), (None, Status::Waiting));
    assert_eq!(page.queue, Some(registration::Queue::Waiting { position: 1 }));
    let excuse = IfFull::Admit(Excuse::Companion);
    assert!(matches!(register(&steward, "Lê Châu", excuse).await, Err(Error::Forbidden)));
    let chau = register(&organiser, "Lê Châu", excuse).await.unwrap();
    assert!(chau.short_code.is_some());
    let counts = sqlx::query!("select taken, extra, waiting from capacities where size = 1").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((counts.taken, counts.extra, counts.waiting), (2, 1, 1));
    let details = sqlx::query_scalar!("select detail from audit_log where action = 'registration.walk_in' order by id");
    let details: Vec<serde_json::Value> = details.fetch_all(&cx.pool).await.unwrap();
    assert_eq!(details, [serde_json::json!({}), serde_json::json!({}), serde_json::json!({ "beyond_seats": "companion" })]);
    registration::cancel(&cx, &chau.link.0).await.unwrap();
    assert_eq!(registration::ticket(&cx, &binh.link.0).await.unwrap().status, Status::Waiting, "the seat beyond is nobody's");
    registration::cancel(&cx, &an.link.0).await.unwrap();
    assert_eq!(registration::ticket(&cx, &binh.link.0).await.unwrap().status, Status::Offered);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_at_the_desk_takes_a_seat_past_those_who_wait(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 5).await;
    sqlx::raw_sql("update capacities set waiting = 1 where size is not null").execute(&cx.pool).await.unwrap();
    let (form, key) = at_the_desk(1, "Nguyễn Văn An", "", fixture.citizens);
    let refused = register_walk_in(&cx, &testing::actor(Role::Steward, None), form, key, Locale::Vi).await;
    assert!(matches!(refused, Err(Error::Invalid(errors)) if errors == FieldErrors::one("audience", Problem::Full)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_persons_page_tells_what_happened_and_points_to_a_twin(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 5).await;
    let organiser = testing::organiser(&cx).await;
    let (form, key) = at_the_desk(1, "Nguyễn Văn An", "0912 345 678", fixture.citizens);
    let an = register_walk_in(&cx, &organiser, form, key, Locale::Vi).await.unwrap();
    let (form, key) = at_the_desk(2, "NGUYEN VAN AN", "0912345678", fixture.citizens);
    let twin = register_walk_in(&cx, &organiser, form, key, Locale::Vi).await.unwrap();
    let page = super::person(&cx, &organiser, an.id).await.unwrap();
    assert_eq!((page.full_name.as_str(), page.channel.as_str(), page.phone.as_deref()), ("Nguyễn Văn An", "desk", Some("+84912345678")));
    let duplicates: Vec<_> = page.duplicates.iter().map(|row| (row.id, row.full_name.as_str(), row.status, row.alike)).collect();
    assert_eq!(duplicates, [(twin.id, "NGUYEN VAN AN", Status::Confirmed, Alike::Phone)]);
    assert_eq!(page.consents.len(), 1);
    assert_eq!(page.history[0].action, "registration.walk_in");
    assert_eq!(page.history[0].actor.as_deref(), Some("Trần Thị Sen"));
    let again = super::person(&cx, &organiser, an.id).await.unwrap();
    assert_eq!(again.history[0].action, "registration.read", "whoever reads a page stands in its history");
    let nobody = super::person(&cx, &organiser, domain::ids::RegistrationId(Uuid::nil())).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn probable_duplicates_are_those_with_the_phone_or_the_name_and_one_more_thing(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 100).await;
    let organiser = testing::organiser(&cx).await;
    let hanh = person(&cx, 1, "Nguyễn Thị Hạnh", "hanh@sen.vn").await;
    let by_mail = person(&cx, 2, "NGUYEN THI HANH", "Hanh@sen.vn").await;
    let by_body = person(&cx, 3, "Nguyễn thị Hạnh", "").await;
    let longer = person(&cx, 4, "Nguyễn Thị Hạnh An", "hanh@sen.vn").await;
    let ended = person(&cx, 5, "Nguyễn Thị Hạnh", "hanh@sen.vn").await;
    let child = person(&cx, 6, "Lê Bình", "").await;
    for id in [hanh, by_body] {
        sqlx::query("update registrations set organisation_id = $2 where id = $1")
            .bind(id)
            .bind(fixture.health.0)
            .execute(&cx.pool)
            .await
            .unwrap();
    }
    sqlx::query("update registrations set status = 'cancelled', ended_at = now() where id = $1")
        .bind(ended)
        .execute(&cx.pool)
        .await
        .unwrap();
    sqlx::query("update registrations set phone = (select phone from registrations where id = $2) where id = $1")
        .bind(child)
        .bind(hanh)
        .execute(&cx.pool)
        .await
        .unwrap();
    let id = domain::ids::RegistrationId;
    let page = super::person(&cx, &organiser, id(hanh)).await.unwrap();
    let found: Vec<_> = page.duplicates.iter().map(|row| (row.id, row.alike)).collect();
    let expected = [(by_mail, Alike::NameAndEmail), (by_body, Alike::NameAndOrganisation), (child, Alike::Phone)];
    assert_eq!(found, expected.map(|(row, alike)| (id(row), alike)));
    assert_eq!(super::person(&cx, &organiser, id(longer)).await.unwrap().duplicates, []);
    assert_eq!(super::person(&cx, &organiser, id(ended)).await.unwrap().duplicates, [], "what has ended is nobody's duplicate");
}

/// Checks a list that is in order, confirms it, and waits for its end.
async fn imported(cx: &Context, organiser: &domain::access::Actor, csv: &str, audience: domain::ids::AudienceId) -> ImportState {
    let Checked::Ready(id) = check_import(cx, organiser, csv.as_bytes().to_vec(), audience, "file").await.unwrap() else {
        panic!("the list is not in order")
    };
    ended(cx, organiser, id).await
}

async fn ended(cx: &Context, organiser: &domain::access::Actor, id: Uuid) -> ImportState {
    confirm_import(cx, organiser, id).await.unwrap();
    for _ in 0..2_000 {
        match import(cx, organiser, id).await.unwrap().state {
            ImportState::Running => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            state => return state,
        }
    }
    panic!("it is still running")
}

async fn stored(cx: &Context) -> Vec<(String, String)> {
    sqlx::query_as("select external_ref, full_name from registrations order by external_ref").fetch_all(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_same_list_again_changes_its_people_and_adds_nobody(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let list = "Mã;Họ và tên;Điện thoại;Đối tượng\nA1;Nguyễn Thị Đào;912345678;\nA2;Lê An;;Đại biểu\n";
    assert_eq!(imported(&cx, &organiser, list, fixture.citizens).await, ImportState::Done { added: 2, changed: 0 });
    assert_eq!(names(&cx, &words("0912345678")).await, ["Nguyễn Thị Đào"]);
    assert_eq!(imported(&cx, &organiser, list, fixture.citizens).await, ImportState::Done { added: 0, changed: 0 });
    let list = list.replace("Lê An", "Lê Ân") + "A3;Võ Bình;;\n";
    assert_eq!(imported(&cx, &organiser, &list, fixture.citizens).await, ImportState::Done { added: 1, changed: 1 });
    let expected = [("A1", "Nguyễn Thị Đào"), ("A2", "Lê Ân"), ("A3", "Võ Bình")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(stored(&cx).await, expected);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
    let kept: i64 = sqlx::query_scalar("select count(*) from imports where rows <> '[]'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, 0, "rows are not kept when they are stored");
    let actions: Vec<(String, i64)> =
        sqlx::query_as("select action, count(*) from audit_log where action in ('registration.import', 'registration.edit') group by action order by action")
            .fetch_all(&cx.pool)
            .await
            .unwrap();
    assert_eq!(actions, [("registration.edit".to_owned(), 1), ("registration.import".to_owned(), 3)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_list_with_a_wrong_cell_or_too_many_people_stores_nothing(pool: PgPool) {
    let cx = testing::context(pool);
    let fixture = testing::edition(&cx, 1).await;
    let organiser = testing::organiser(&cx).await;
    let wrong = check_import(&cx, &organiser, "Mã,Họ và tên\nA1,Đào\nA2,Anh 7\n".into(), fixture.citizens, "file").await.unwrap();
    let Checked::Wrong(problems) = wrong else { panic!("it is wrong") };
    assert_eq!((problems.len(), problems[0].row, problems[0].cell.as_str()), (1, 3, "Anh 7"));
    for headless in ["A1,Đào\n", "Họ và tên,Email\nĐào,\n"] {
        let refused = check_import(&cx, &organiser, headless.into(), fixture.citizens, "file").await;
        assert!(matches!(refused, Err(Error::Invalid(errors)) if errors == FieldErrors::one("file", Problem::HeadingNeeded)), "{headless}");
    }
    let state = imported(&cx, &organiser, "Mã,Họ và tên\nA1,Đào\nA2,Mai\n", fixture.citizens).await;
    assert!(matches!(state, ImportState::Failed { full: Some(name) } if name.vi == "Người dân"));
    assert_eq!(stored(&cx).await, []);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_program_that_ends_in_the_middle_of_a_list_loses_and_doubles_nothing(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let fixture = testing::edition(&cx, 1_000).await;
    let organiser = testing::organiser(&cx).await;
    let list: String = (0..300).fold("Mã,Họ và tên\n".to_owned(), |list, number| list + &format!("A{number},Nguyễn Văn An\n"));
    let Checked::Ready(id) = check_import(&cx, &organiser, list.into_bytes(), fixture.citizens, "file").await.unwrap() else { panic!() };
    // The connection ends between the seats and the last of the rows.
    sqlx::raw_sql(
        "create function end_it() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
         create trigger end_it before insert on registrations for each row when (new.external_ref = 'A200') execute function end_it()",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::query("update imports set state = 'running', started_at = $1").bind(cx.now()).execute(&cx.pool).await.unwrap();
    super::import::store_now(&cx, &organiser, id).await.unwrap_err();
    assert_eq!(stored(&cx).await, []);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
    sqlx::raw_sql("drop trigger end_it on registrations").execute(&cx.pool).await.unwrap();
    // Nobody is left to say that it failed: after a while it counts as such, and can be stored again.
    assert_eq!(import(&cx, &organiser, id).await.unwrap().state, ImportState::Running);
    clock.advance(chrono::TimeDelta::minutes(3));
    assert_eq!(import(&cx, &organiser, id).await.unwrap().state, ImportState::Failed { full: None });
    assert_eq!(ended(&cx, &organiser, id).await, ImportState::Done { added: 300, changed: 0 });
    assert_eq!(stored(&cx).await.len(), 300);
    assert_eq!(ended(&cx, &organiser, id).await, ImportState::Done { added: 300, changed: 0 }, "confirmed again, it stays as it is");
    assert_eq!(stored(&cx).await.len(), 300);
    assert_eq!(registration::check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_note_for_the_gate_is_kept_touches_the_phones_list_and_is_not_in_the_log(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
    let id = registration::ticket(&cx, &secret.0).await.unwrap().registration_id;
    let supervisor = testing::actor(Role::Supervisor, None);
    let touched = || async { sqlx::query_scalar!("select touched from tickets").fetch_one(&cx.pool).await.unwrap() };
    let before = touched().await;
    registration::write_attention(&cx, &supervisor, id, " cần  xe lăn ").await.unwrap();
    assert_eq!(registration::desk::person(&cx, &supervisor, id).await.unwrap().attention.as_deref(), Some("cần xe lăn"));
    assert!(touched().await > before);
    let log =
        sqlx::query_scalar!("select detail from audit_log where action = 'registration.attention'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(log, serde_json::json!({ "is_empty": false }));
    registration::write_attention(&cx, &supervisor, id, "").await.unwrap();
    assert_eq!(registration::desk::person(&cx, &supervisor, id).await.unwrap().attention, None);
    let long = registration::write_attention(&cx, &supervisor, id, &"a".repeat(201)).await;
    assert!(matches!(long, Err(Error::Invalid(errors)) if errors.of("attention") == Some(&Problem::TooLong { max: 200 })));
    let steward = testing::actor(Role::Steward, None);
    assert!(matches!(registration::write_attention(&cx, &steward, id, "").await, Err(Error::Forbidden)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_supervisor_reads_what_a_gate_needs_and_no_more(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap();
    let id = registration::ticket(&cx, &secret.0).await.unwrap().registration_id;
    let all = registration::desk::person(&cx, &testing::actor(Role::Organiser, None), id).await.unwrap();
    let seen = registration::desk::person(&cx, &testing::actor(Role::Supervisor, None), id).await.unwrap();
    assert_eq!((all.phone.as_deref(), seen.phone.as_deref()), (Some("+84912345678"), Some("09•• ••• 678")));
    assert!(all.commune.is_some() && !all.consents.is_empty() && !all.history.is_empty());
    assert_eq!((seen.commune, seen.consents.len(), seen.history.len(), seen.messages.len()), (None, 0, 0, 0));
    assert_eq!((seen.full_name, seen.ticket), (all.full_name, all.ticket));
}
