//! Finding people and reading all that is known of one.

use domain::access::Role;
use http::StatusCode;
use serde_json::json;
use services::registration;
use sqlx::PgPool;

use crate::{
    checkin,
    house::House,
    registration::{citizen, send},
    tickets::secret,
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_organiser_finds_somebody_and_reads_what_happened(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let ticket = registration::ticket(&house.cx, &secret).await.unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    for words in ["hanh+nguyen", "0912+000+0", &ticket.ticket.as_ref().unwrap().short_code.shown().replace(' ', "+")] {
        let list = organiser.get(&format!("/ban-to-chuc/nguoi-dang-ky?tim={words}")).await;
        assert_eq!(list.status, StatusCode::OK);
        assert!(list.text().contains("Nguyễn Thị Hạnh"), "{words}");
        assert!(!list.text().contains("0912 000 001"), "a list does not show whole numbers");
    }
    let address = format!("/en/organisers/people/{}", ticket.registration_id);
    let list = organiser.get("/en/organisers/people").await;
    assert!(list.text().contains(&address));
    let page = organiser.get(&address).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in
        ["Nguyễn Thị Hạnh", &ticket.ticket.as_ref().unwrap().short_code.shown(), "Registered", "Registration and check-in", "Mỹ Tho"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    assert!(!page.text().contains(&secret), "a ticket's secret is its holder's");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn too_few_letters_are_told_beside_the_field(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let page = organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=a").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("ít nhất 2 ký tự"), "{}", page.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn nobody_copies_everybody_by_searching(pool: PgPool) {
    let house = House::open(pool).await;
    secret(&house, 1).await;
    let (organiser, colleague) = (house.signed_in(Role::Organiser, None).await, house.signed_in(Role::Organiser, None).await);
    for _ in 0..120 {
        assert_eq!(organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=hanh").await.status, StatusCode::OK);
    }
    let refused = organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=hanh").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.text().contains("Nguyễn Thị Hạnh"), "what is refused is not shown");
    assert_eq!(colleague.get("/ban-to-chuc/nguoi-dang-ky?tim=hanh").await.status, StatusCode::OK, "others go on");
    house.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=hanh").await.status, StatusCode::OK);
    let masked = organiser.get("/ban-to-chuc/nguoi-dang-ky").await;
    assert!(!masked.text().contains("0912 000 001"), "the list shows no whole number");
    let logged: i64 =
        sqlx::query_scalar("select count(*) from audit_log where action = 'registration.search'").fetch_one(&house.cx.pool).await.unwrap();
    assert_eq!(logged, 123);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_is_not_to_be_turned_into_other_sql(pool: PgPool) {
    let house = House::open(pool).await;
    secret(&house, 1).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    for query in [
        "thu-tu=id;select+pg_sleep(5)--",
        "tinh-trang='+or+1=1--",
        "doi-tuong=1;drop+table+registrations",
        "sau=0%27",
        "tim=%25%27;--",
        "tim=%00%ff",
    ] {
        let page = organiser.get(&format!("/ban-to-chuc/nguoi-dang-ky?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
    }
    assert!(organiser.get("/ban-to-chuc/nguoi-dang-ky").await.text().contains("Nguyễn Thị Hạnh"));
}

/// The rows of a CSV file, its mark taken off.
fn csv_rows(body: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(body).unwrap().strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_list_comes_as_csv_and_as_excel_with_phones_as_text_and_no_formula(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let hostile = "=HYPERLINK(\"http://evil\")";
    sqlx::query("update registrations set organisation_name = $1").bind(hostile).execute(&house.cx.pool).await.unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    let file = organiser.get("/ban-to-chuc/danh-sach.csv").await;
    assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"danh-sach.csv\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let rows = csv_rows(&file.body);
    let column = |name: &str| rows[0].iter().position(|heading| heading == name).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1][column("Họ và tên")], "Nguyễn Thị Hạnh");
    assert_eq!(rows[1][column("Điện thoại")], "0912 000 001");
    assert_eq!(rows[1][column("Cơ quan, đơn vị")], format!("'{hostile}"));
    assert!(!file.text().contains(&secret), "a ticket's secret is never exported");

    let file = organiser.get("/ban-to-chuc/danh-sach.xlsx?lang=en").await;
    assert_eq!(file.status, StatusCode::OK);
    let read = services::sheet::read(file.body, 10, "file").await.unwrap();
    let column = read.rows[0].cells.iter().position(|heading| heading == "Organisation").unwrap();
    assert_eq!(read.rows[1].cell(column), hostile, "a cell of text calculates nothing");
    for wrong in [Role::Steward, Role::Judge] {
        assert_eq!(house.signed_in(wrong, None).await.get("/ban-to-chuc/danh-sach.csv").await.status, StatusCode::FORBIDDEN);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_steward_registers_who_stands_at_the_desk(pool: PgPool) {
    let house = House::open(pool).await;
    let steward = house.signed_in(Role::Steward, None).await;
    let audience = house.fixture.citizens.to_string();
    let form = [("full_name", "Lê Thị Đào"), ("audience", audience.as_str()), ("phone", ""), ("consent_attend", "yes")];
    let page = steward.post("/ban-to-chuc/tai-quay", &form).await;
    assert_eq!(page.status, StatusCode::OK);
    let link = page.text().split("href=\"/ve/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ticket = registration::ticket(&house.cx, &link).await.unwrap();
    assert_eq!(ticket.full_name, "Lê Thị Đào");
    assert!(page.text().contains(&ticket.ticket.as_ref().unwrap().short_code.shown()));
    let refused = steward.post("/ban-to-chuc/tai-quay", &form[..3]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"Lê Thị Đào\""), "what was typed is still there");
}

/// A form with a file, as a browser sends it.
pub fn upload(audience: &str, name: &str, file: &str) -> String {
    format!(
        "--sen\r\nContent-Disposition: form-data; name=\"audience\"\r\n\r\n{audience}\r\n\
         --sen\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{file}\r\n--sen--\r\n"
    )
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_is_checked_first_and_stored_when_it_is_confirmed(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let audience = house.fixture.citizens.to_string();
    let multipart = "multipart/form-data; boundary=sen";
    let wrong = upload(&audience, "a.csv", "Mã,Họ và tên,Điện thoại\nA1,Lê Đào,12\n");
    let page = organiser.post_raw("/ban-to-chuc/nhap-danh-sach", multipart, wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Số điện thoại cần 10 chữ số"), "{}", page.text());
    let good = upload(&audience, "a.csv", "Mã,Họ và tên,Điện thoại\nA1,Lê Đào,0912345678\n");
    let checked = organiser.post_raw("/ban-to-chuc/nhap-danh-sach", multipart, good).await;
    assert_eq!(checked.status, StatusCode::SEE_OTHER);
    let address = checked.header("location").to_owned();
    assert!(organiser.get(&address).await.text().contains("Chưa có gì được lưu"));
    assert!(!organiser.get("/ban-to-chuc/nguoi-dang-ky").await.text().contains("Lê Đào"));
    let id = address.rsplit('=').next().unwrap();
    let confirmed = organiser.post(&format!("/ban-to-chuc/nhap-danh-sach/{id}/xac-nhan"), &[]).await;
    assert_eq!((confirmed.status, confirmed.header("location")), (StatusCode::SEE_OTHER, address.as_str()));
    for _ in 0..500 {
        if organiser.get(&address).await.text().contains("Thêm 1 người") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=A1").await.text().contains("Không tìm thấy"));
    assert!(organiser.get("/ban-to-chuc/nguoi-dang-ky?tim=dao").await.text().contains("Lê Đào"));
    let steward = house.signed_in(Role::Steward, None).await;
    assert_eq!(steward.get("/ban-to-chuc/nhap-danh-sach").await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn staff_decide_from_the_persons_page_and_late_clicks_are_told(pool: PgPool) {
    let house = House::open(pool).await;
    sqlx::query("update audiences set needs_approval = true").execute(&house.cx.pool).await.unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    let ticket = send(&house, "/dang-ky", &citizen(&house, 1)).await.header("location").to_owned();
    let secret = ticket.trim_start_matches("/ve/");
    let id = registration::ticket(&house.cx, secret).await.unwrap().registration_id;
    let page = format!("/ban-to-chuc/nguoi-dang-ky/{id}");
    assert!(organiser.get(&page).await.text().contains("Duyệt và cấp thẻ"));
    let refused = organiser.post(&format!("{page}/duyet"), &[("message", "<b>Chào</b>")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("&lt;b&gt;Chào&lt;/b&gt;"), "what was typed is shown again");
    let approved = organiser.post(&format!("{page}/duyet"), &[("message", "Mời anh chị đến sớm.")]).await;
    assert_eq!((approved.status, approved.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    let late = organiser.post(&format!("{page}/tu-choi"), &[("message", "")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("vừa thay đổi"));
    let held = house.get(&ticket).await.text().to_owned();
    assert!(held.contains("Mã QR cá nhân") && !held.contains("đang chờ duyệt"), "{held}");
    for (deed, status) in [
        ("khoa", StatusCode::SEE_OTHER),
        ("cap-lai", StatusCode::CONFLICT),
        ("mo-khoa", StatusCode::SEE_OTHER),
        ("cap-lai", StatusCode::SEE_OTHER),
        ("gui-lai", StatusCode::SEE_OTHER),
        ("moi", StatusCode::CONFLICT),
        ("huy", StatusCode::SEE_OTHER),
        ("huy", StatusCode::CONFLICT),
        ("gui-lai", StatusCode::CONFLICT),
    ] {
        assert_eq!(organiser.post(&format!("{page}/{deed}"), &[]).await.status, status, "{deed}");
    }
    assert!(house.get(&ticket).await.text().contains("Đăng ký đã hủy"));
    assert!(!organiser.get(&page).await.text().contains("Hủy đăng ký này"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn staff_change_what_a_registration_says_and_need_not_know_all_of_it(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    // Registered at the desk: nobody asked for a commune.
    let audience = house.fixture.citizens.to_string();
    let form = [("full_name", "Lê Thị Đào"), ("audience", audience.as_str()), ("consent_attend", "yes")];
    assert_eq!(organiser.post("/ban-to-chuc/tai-quay", &form).await.status, StatusCode::OK);
    let list = organiser.get("/ban-to-chuc/nguoi-dang-ky").await.text().to_owned();
    let person = list.split("href=\"/ban-to-chuc/nguoi-dang-ky/").nth(1).unwrap().split('"').next().unwrap();
    let person = format!("/ban-to-chuc/nguoi-dang-ky/{person}");
    let page = organiser.get(&person).await.text().to_owned();
    assert!(page.contains(&format!("href=\"{person}/sua\"")), "{page}");
    assert!(organiser.get(&format!("{person}/sua")).await.text().contains("value=\"Lê Thị Đào\""));
    let wrong = organiser.post(&format!("{person}/sua"), &[("full_name", "Lê Thị Đào"), ("phone", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"12\""), "what was typed is still there");
    let changed = organiser.post(&format!("{person}/sua"), &[("full_name", "Lê Thị Hồng Đào"), ("phone", "0912 345 678")]).await;
    assert_eq!((changed.status, changed.header("location")), (StatusCode::SEE_OTHER, person.as_str()));
    let page = organiser.get(&person).await.text().to_owned();
    for text in ["Lê Thị Hồng Đào", "0912 345 678", "Sửa thông tin"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(organiser.post(&format!("{person}/huy"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(organiser.get(&format!("{person}/sua")).await.text().contains("đã kết thúc"));
    let late = organiser.post(&format!("{person}/sua"), &[("full_name", "Lê Thị Đào")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn staff_correct_what_was_answered_at_the_gate_and_the_holders_own_form_does_not_ask_it(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    sqlx::query(
        "insert into questions (id, edition_id, code, kind, label_vi, is_required, asked_at_check_in)
         values (gen_random_uuid(), (select id from editions), 'ao', 'text', 'Cỡ áo', true, true)",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let answer = async |size: &str| {
        let answers = format!(r#"{{"ao": ["{size}"]}}"#);
        sqlx::query("update registrations set answers = $1::jsonb").bind(answers).execute(&house.cx.pool).await.unwrap();
    };
    let answered = async || -> Option<String> {
        sqlx::query_scalar("select answers -> 'ao' ->> 0 from registrations").fetch_one(&house.cx.pool).await.unwrap()
    };
    answer("L").await;
    let id = registration::ticket(&house.cx, &secret).await.unwrap().registration_id;
    let address = format!("/ban-to-chuc/nguoi-dang-ky/{id}/sua");
    let organiser = house.signed_in(Role::Organiser, None).await;
    let form = organiser.get(&address).await.text().to_owned();
    for text in ["Cỡ áo", "name=\"q.ao\"", "name=\"shown.ao\""] {
        assert!(form.contains(text), "{text}: {form}");
    }
    assert!(!house.get(&format!("/ve/{secret}/sua")).await.text().contains("Cỡ áo"));
    let post = async |typed: &str, shown: &str, phone: &str| {
        let fields = [("full_name", "Nguyễn Thị Hạnh"), ("phone", phone), ("q.ao", typed), ("shown.ao", shown)];
        organiser.post(&address, &fields).await
    };
    let wrong = post("M", "L", "12").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains(">M</textarea>") && wrong.text().contains("value=\"L\""), "both are still there: {}", wrong.text());
    assert_eq!(post("M", "L", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(answered().await.as_deref(), Some("M"));
    answer("XL").await;
    assert_eq!(post("M", "M", "0912 345 678").await.status, StatusCode::SEE_OTHER);
    assert_eq!(answered().await.as_deref(), Some("XL"), "the gate has asked since");
    let logged: Vec<serde_json::Value> =
        sqlx::query_scalar("select detail -> 'fields' from audit_log where action = 'registration.change' order by id")
            .fetch_all(&house.cx.pool)
            .await
            .unwrap();
    let has_answers: Vec<_> = logged.iter().map(|fields| fields.as_array().unwrap().contains(&"answers".into())).collect();
    assert_eq!(has_answers, [true, false]);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_was_let_in_by_mistake_has_not_arrived_where_two_registrations_are_compared(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(chrono::TimeDelta::hours(3));
    let (one, other) = (secret(&house, 1).await, secret(&house, 2).await);
    let (one, other) = (registration::ticket(&house.cx, &one).await.unwrap(), registration::ticket(&house.cx, &other).await.unwrap());
    let (steward, organiser) = (house.signed_in(Role::Steward, None).await, house.signed_in(Role::Organiser, None).await);
    let scan = checkin::scan(1, &one.ticket.unwrap().code);
    let place = house.fixture.gate;
    steward.post_json("/api/checkin/scans", &json!({ "checkpoint": place, "scans": [scan] })).await;
    let compare = format!("/ban-to-chuc/nguoi-dang-ky/{}/gop?voi={}", other.registration_id, one.registration_id);
    let seen = organiser.get(&compare).await.text().to_owned();
    assert!(seen.contains("Đến lúc") && seen.contains("Cổng chính"), "{seen}");
    let undo = json!({ "id": "01890000-0000-7000-8000-000000000002", "scan_id": scan["scan_id"], "device_at": scan["device_at"] });
    steward.post_json("/api/checkin/scans", &json!({ "checkpoint": place, "scans": [], "undos": [undo] })).await;
    let seen = organiser.get(&compare).await.text().to_owned();
    assert!(!seen.contains("Đến lúc"), "{seen}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn staff_compare_two_registrations_and_merge_them_once(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let mut links = Vec::new();
    for key in [1, 2] {
        let mut form = citizen(&house, key);
        crate::registration::set(&mut form, "phone", "0912 345 678");
        links.push(send(&house, "/dang-ky", &form).await.header("location").to_owned());
    }
    let mut ids = Vec::new();
    for link in &links {
        ids.push(registration::ticket(&house.cx, link.trim_start_matches("/ve/")).await.unwrap().registration_id.to_string());
    }
    let person = format!("/ban-to-chuc/nguoi-dang-ky/{}", ids[0]);
    let compare = format!("{person}/gop?voi={}", ids[1]);
    let page = organiser.get(&person).await.text().to_owned();
    assert!(page.contains("Có thể trùng với") && page.contains("cùng số điện thoại") && page.contains(&compare), "{page}");
    let page = organiser.get(&compare).await.text().to_owned();
    for text in ["Đăng ký 1", "Đăng ký 2", "0912 345 678", "Mỹ Tho", "Giữ đăng ký nào?"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let undecided = organiser.post(&format!("{person}/gop"), &[("voi", &ids[1])]).await;
    assert_eq!(undecided.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(undecided.text().contains("Đăng ký 2"), "both are shown again");
    let form = [("voi", ids[1].as_str()), ("keep", ids[1].as_str())];
    let merged = organiser.post(&format!("{person}/gop"), &form).await;
    let kept = format!("/ban-to-chuc/nguoi-dang-ky/{}", ids[1]);
    assert_eq!((merged.status, merged.header("location")), (StatusCode::SEE_OTHER, kept.as_str()));
    assert_eq!(organiser.post(&format!("{person}/gop"), &form).await.status, StatusCode::SEE_OTHER, "twice is once");
    let other_way = organiser.post(&format!("{person}/gop"), &[("voi", ids[1].as_str()), ("keep", ids[0].as_str())]).await;
    assert_eq!(other_way.status, StatusCode::CONFLICT);
    let page = organiser.get(&person).await.text().to_owned();
    assert!(page.contains("đã gộp vào đăng ký khác") && page.contains(&kept), "{page}");
    assert!(organiser.get(&kept).await.text().contains("Nhận gộp từ đăng ký khác"));
    assert!(house.get(&links[0]).await.text().contains("Đăng ký đã được gộp"));
    assert!(house.get(&links[1]).await.text().contains("Mã QR cá nhân"));
    assert!(organiser.get(&compare).await.text().contains("đã kết thúc"));
    assert_eq!(organiser.get(&format!("{person}/gop?voi={}", ids[0])).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn where_all_seats_are_taken_the_desk_offers_the_queue_and_to_organisers_a_seat_beyond(pool: PgPool) {
    let house = House::with_seats(pool, 0).await;
    services::testing::open_queue(&house.cx, &house.fixture).await;
    let (steward, organiser) = (house.signed_in(Role::Steward, None).await, house.signed_in(Role::Organiser, None).await);
    let audience = house.fixture.citizens.to_string();
    let form = |name, more: &[(&'static str, &'static str)]| {
        [&[("full_name", name), ("audience", audience.as_str()), ("consent_attend", "yes")], more].concat()
    };
    assert!(steward.get("/ban-to-chuc/tai-quay").await.text().contains("Người dân (hết chỗ)"));
    let full = steward.post("/ban-to-chuc/tai-quay", &form("Lê Thị Đào", &[])).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(full.text().contains("Ghi vào danh sách chờ") && !full.text().contains("Nhận vượt số chỗ"), "{}", full.text());
    assert!(full.text().contains("value=\"Lê Thị Đào\""), "what was typed is still there");
    let waits = steward.post("/ban-to-chuc/tai-quay", &form("Lê Thị Đào", &[("if_full", "queue")])).await;
    assert_eq!(waits.status, StatusCode::OK);
    assert!(waits.text().contains("đã vào danh sách chờ"), "{}", waits.text());
    let beyond = [("if_full", "admit"), ("excuse", "guest")];
    assert_eq!(steward.post("/ban-to-chuc/tai-quay", &form("Lê Châu", &beyond)).await.status, StatusCode::FORBIDDEN);
    let unexcused = organiser.post("/ban-to-chuc/tai-quay", &form("Lê Châu", &beyond[..1])).await;
    assert_eq!(unexcused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unexcused.text().contains("Nhận vượt số chỗ"), "it is asked again: {}", unexcused.text());
    let admitted = organiser.post("/ban-to-chuc/tai-quay", &form("Lê Châu", &beyond)).await;
    assert_eq!(admitted.status, StatusCode::OK);
    assert!(admitted.text().contains("Mở thẻ để in hoặc chụp lại"), "{}", admitted.text());
}
