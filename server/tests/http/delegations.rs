//! Delegations over HTTP: a list looked over, corrected and registered, and what its leader changes afterwards.

use domain::registration::Status;
use http::StatusCode;
use services::{
    registration::delegation::{self, DelegationPage},
    testing,
};
use sqlx::PgPool;

use crate::house::{Answer, House};

const LIST: &str = "Họ và tên\tChức vụ\tSố điện thoại\tEmail\nNguyễn Thị Hạnh\tGiám đốc\t0912 345 678\thanh@sen.vn\nLê Văn Tám\t\t\t\n";

/// The fields of a business's delegation in good order.
pub fn party(house: &House, key: u32) -> Vec<(String, String)> {
    [
        ("audience", house.fixture.businesses.to_string().as_str()),
        ("kind", "people"),
        ("key", &format!("01890000-0000-7000-8000-{key:012}")),
        ("organisation_name", "Công ty Sen Hồng"),
        ("tax_code", "0100109106"),
        ("leader_name", "Trần Văn Sen"),
        ("leader_phone", "0912 345 678"),
        ("leader_email", "sen@sen.vn"),
        ("paste", LIST),
        ("declaration", "yes"),
        ("stamp", &testing::stamp(&house.cx)),
        ("do", "confirm"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

pub fn with(form: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = form.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name)).cloned();
    kept.chain(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
}

pub async fn send(house: &House, path: &str, form: &[(String, String)]) -> Answer {
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    house.post(path, &form).await
}

/// Registers a delegation and gives back the secret of its leader's link.
pub async fn registered(house: &House, key: u32) -> String {
    let answer = send(house, "/dang-ky/doan", &party(house, key)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").trim_start_matches("/doan/").to_owned()
}

/// A member of a delegation who stands.
pub async fn member(house: &House, secret: &str) -> String {
    page(house, secret).await.members[0].id.to_string()
}

async fn page(house: &House, secret: &str) -> DelegationPage {
    delegation::page(&house.cx, secret).await.unwrap()
}

async fn stored(house: &House) -> i64 {
    sqlx::query_scalar("select count(*) from registrations").fetch_one(&house.cx.pool).await.unwrap()
}

/// What stands beside a field.
fn told<'a>(text: &'a str, field: &str) -> &'a str {
    text.split_once(&format!("id=\"{field}-error\"")).and_then(|(_, rest)| rest.split("</p>").next()).unwrap_or_default()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_is_looked_over_before_anything_is_stored_then_registered(pool: PgPool) {
    let house = House::open(pool).await;
    for (key, path, leads, title) in [(1, "/dang-ky/doan", "/doan/", "lang=\"vi\""), (2, "/en/register/group", "/en/group/", "lang=\"en\"")]
    {
        let before = stored(&house).await;
        let unsaid = with(&party(&house, key), &[("do", "check"), ("declaration", "")]);
        let checked = send(&house, path, &unsaid).await;
        assert_eq!(checked.status, StatusCode::OK, "{}", checked.text());
        assert!(checked.text().contains("<td>Lê Văn Tám<") && checked.text().contains("value=\"confirm\""), "{}", checked.text());
        assert_eq!(stored(&house).await, before);
        let answer = send(&house, path, &party(&house, key)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let address = answer.header("location");
        assert!(address.starts_with(leads), "{address}");
        let found = house.get(address).await;
        assert_eq!((found.status, found.header("referrer-policy")), (StatusCode::OK, "no-referrer"));
        assert!(found.text().contains(title) && found.text().contains("Nguyễn Thị Hạnh") && found.text().contains("Công ty Sen Hồng"));
        assert_eq!(stored(&house).await, before + 2);
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_is_wrong_stands_beside_its_cell_and_nothing_typed_is_lost(pool: PgPool) {
    let house = House::open(pool).await;
    let list = "An 7\t\t12\tx\nNguyễn Thị Hạnh\tGiám đốc\t\t\nNguyen Thi Hanh\t\t\t\n=1+1\t\t\t\n<b>An</b>\t\t\t\n";
    let form = with(&party(&house, 1), &[("paste", list), ("leader_phone", "1"), ("name-1", "Phạm Thị Chín"), ("job-1", "Thư ký")]);
    let answer = send(&house, "/dang-ky/doan", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    for (field, message) in [
        ("leader_phone", "Số điện thoại cần 10 chữ số"),
        ("name-2", "Họ và tên chỉ gồm chữ cái"),
        ("phone-2", "Số điện thoại cần 10 chữ số"),
        ("email-2", "Thư điện tử cần có dạng"),
        ("name-4", "Trùng tên với dòng 3"),
        ("name-5", "Họ và tên chỉ gồm chữ cái"),
        ("name-6", "Không dùng thẻ HTML"),
    ] {
        assert!(told(text, field).contains(message), "{message:?} is not beside {field}: {:?}", told(text, field));
    }
    for kept in ["value=\"1\"", "value=\"sen@sen.vn\"", "value=\"An 7\"", "<td>Phạm Thị Chín<", "Thư ký", "value=\"=1+1\""] {
        assert!(text.contains(kept), "{kept} was lost");
    }
    assert!(!text.contains("<b>An</b>"), "a name has become markup");
    assert_eq!(stored(&house).await, 0);
    // Corrected where it stands: one row left out, the others written over.
    let open = text.split("name=\"list\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let open = open.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let corrected = with(
        &party(&house, 1),
        &[
            ("paste", ""),
            ("list", &open),
            ("name-2", "Đỗ An"),
            ("phone-2", ""),
            ("email-2", ""),
            ("drop-4", "yes"),
            ("name-5", "Đỗ Bình"),
            ("drop-6", "yes"),
        ],
    );
    let answer = send(&house, "/dang-ky/doan", &corrected).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let names: Vec<_> = page(&house, answer.header("location").trim_start_matches("/doan/"))
        .await
        .members
        .into_iter()
        .map(|member| member.full_name)
        .collect();
    assert_eq!(names, ["Phạm Thị Chín", "Đỗ An", "Nguyễn Thị Hạnh", "Đỗ Bình"]);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn more_rows_are_offered_and_a_list_is_opened_again_with_all_that_was_typed(pool: PgPool) {
    let house = House::open(pool).await;
    let typed = with(&party(&house, 1), &[("paste", "Đỗ An"), ("name-2", "Lê Văn Tám"), ("rows", "3"), ("do", "rows")]);
    let answer = send(&house, "/dang-ky/doan", &typed).await;
    assert_eq!(answer.status, StatusCode::OK);
    for kept in ["id=\"name-8\"", "value=\"Lê Văn Tám\"", "Đỗ An</textarea>", "value=\"Trần Văn Sen\""] {
        assert!(answer.text().contains(kept), "{kept} is missing: {}", answer.text());
    }
    let answer = send(&house, "/dang-ky/doan", &with(&typed, &[("do", "edit")])).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("Lê Văn Tám\t\t\t\nĐỗ An\t\t\t\n</textarea>"), "{}", answer.text());
    assert_eq!(stored(&house).await, 0);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_comes_as_a_file(pool: PgPool) {
    let house = House::open(pool).await;
    let file = "\u{feff}STT;Họ và tên;Chức vụ;Điện thoại\r\n1;Nguyễn Thị Hạnh;Giám đốc;912345678\r\n2;Lê Văn Tám;;\r\n";
    let send = async |form: Vec<(String, String)>, file: &str| {
        let (media_type, body) = multipart(&form, file);
        house.reader().post_raw("/dang-ky/doan", &media_type, body).await
    };
    let form = with(&party(&house, 1), &[("paste", "")]);
    let checked = send(with(&form, &[("do", "check")]), file).await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.text());
    assert!(checked.text().contains("<td>Giám đốc<"));
    let answer = send(form.clone(), file).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let members = page(&house, answer.header("location").trim_start_matches("/doan/")).await.members;
    assert_eq!(members.iter().map(|member| member.phone.as_deref()).collect::<Vec<_>>(), [Some("+84912345678"), None]);
    let refused = send(with(&form, &[("do", "check")]), "PK\u{3}\u{4}not a workbook").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!told(refused.text(), "file").is_empty(), "{}", refused.text());
    assert!(refused.text().contains("value=\"Trần Văn Sen\""));
    assert_eq!(send(form, &"a".repeat(1_100_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

fn multipart(form: &[(String, String)], file: &str) -> (String, String) {
    const EDGE: &str = "x-edge-of-a-part";
    let mut body: String = form
        .iter()
        .flat_map(|(name, value)| [format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n"), format!("{value}\r\n")])
        .collect();
    body += "--";
    body += EDGE;
    body += "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"doan.csv\"\r\n\r\n";
    body += file;
    body += &["\r\n--", EDGE, "--\r\n"].concat();
    (format!("multipart/form-data; boundary={EDGE}"), body)
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn five_hundred_people_with_every_cell_open_are_read(pool: PgPool) {
    let house = House::open(pool).await;
    let mut form = with(&party(&house, 1), &[("paste", ""), ("namesakes", "yes")]);
    for row in 1..=500 {
        form.push((format!("name-{row}"), "Nguyễn Thị Hạnh".into()));
        form.push((format!("job-{row}"), "Chuyên viên phòng Chuyển đổi số".into()));
        form.push((format!("phone-{row}"), "0912345678".into()));
        form.push((format!("email-{row}"), "hanh@sen.vn".into()));
    }
    let (media_type, body) = multipart(&form, "");
    let answer = house.reader().post_raw("/dang-ky/doan", &media_type, body).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(stored(&house).await, 500);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn hidden_and_full_audiences_take_no_party_that_is_posted(pool: PgPool) {
    let house = House::with_seats(pool, 1).await;
    let hidden = with(&party(&house, 1), &[("audience", &house.fixture.hidden.to_string())]);
    let answer = send(&house, "/dang-ky/doan", &hidden).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let full = [("audience", house.fixture.citizens.to_string()), ("commune", "28261".into()), ("adults", "yes".into())];
    let full = with(&party(&house, 1), &full.each_ref().map(|(name, value)| (*name, value.as_str())));
    let answer = send(&house, "/dang-ky/doan", &full).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Chỉ còn 1 chỗ, không đủ cho cả đoàn"), "{}", answer.text());
    assert_eq!(stored(&house).await, 0);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_leader_adds_exchanges_and_removes_people_and_takes_all_out(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = registered(&house, 1).await;
    let at = |deed: &str| format!("/doan/{secret}/{deed}");
    house.clock.advance(chrono::TimeDelta::minutes(1));
    let wrong = house.post(&at("them"), &[("name-1", "An 7"), ("paste", "Đỗ Bình")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told(wrong.text(), "name-1").contains("chỉ gồm chữ cái") && wrong.text().contains("<td>Đỗ Bình<"), "{}", wrong.text());
    assert_eq!(house.post(&at("them"), &[("name-2", "Đỗ An"), ("paste", "Đỗ Bình\tKế toán")]).await.status, StatusCode::SEE_OTHER);

    let out = member(&house, &secret).await;
    let choice = house.get(&format!("/doan/{secret}?nguoi={out}")).await;
    assert!(choice.text().contains("Đổi Nguyễn Thị Hạnh lấy người khác"), "{}", choice.text());
    let wrong = house.post(&at("doi"), &[("nguoi", &out), ("name-0", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told(wrong.text(), "name-0").contains("Hãy điền mục này."), "{}", wrong.text());
    assert_eq!(house.post(&at("doi"), &[("nguoi", &out), ("name-0", "Võ Thị Sáu")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.post(&at("doi"), &[("nguoi", &out), ("name-0", "Ai Khác")]).await.status, StatusCode::CONFLICT);

    let out = member(&house, &secret).await;
    assert_eq!(house.post(&at("bot"), &[("nguoi", &out)]).await.status, StatusCode::SEE_OTHER);
    let standing = page(&house, &secret).await.members.into_iter().filter(|member| member.status == Status::Confirmed);
    assert_eq!(standing.map(|member| member.full_name).collect::<Vec<_>>(), ["Đỗ An", "Đỗ Bình", "Võ Thị Sáu"]);

    assert_eq!(house.post(&at("huy"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(house.get(&format!("/doan/{secret}")).await.text().contains("Cả đoàn đã hủy đăng ký"));
    assert_eq!(house.post(&at("them"), &[("name-1", "Đỗ An")]).await.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_school_changes_its_head_count(pool: PgPool) {
    let house = House::open(pool).await;
    let school = with(&party(&house, 1), &[("kind", "school"), ("people", "40"), ("paste", "")]);
    let answer = send(&house, "/dang-ky/doan?doan=school", &school).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let secret = answer.header("location").trim_start_matches("/doan/").to_owned();
    let at = format!("/doan/{secret}/so-nguoi");
    assert!(told(house.post(&at, &[("people", "0")]).await.text(), "people").contains("từ 1 đến 500"));
    assert_eq!(house.post(&at, &[("people", "45")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(page(&house, &secret).await.people(), 45);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_ticket_counts_as_opened_by_a_browser_and_not_by_a_preview(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = registered(&house, 1).await;
    let ticket = format!("/ve/{}", page(&house, &secret).await.members[0].link.0);
    assert_eq!(house.get(&ticket).await.status, StatusCode::OK);
    assert!(page(&house, &secret).await.members[0].opened_at.is_none(), "a messenger's preview was taken for a person");
    house.reader().with("sec-fetch-dest".parse().unwrap(), "document").get(&ticket).await;
    assert!(page(&house, &secret).await.members[0].opened_at.is_some());
    assert!(page(&house, &secret).await.members[1].opened_at.is_none());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn links_of_tickets_and_of_leaders_open_nothing_of_each_other(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = registered(&house, 1).await;
    let ticket = page(&house, &secret).await.members[0].link.0.clone();
    let foreign = member(&house, &registered(&house, 2).await).await;
    for (address, status) in [
        (format!("/doan/{ticket}"), StatusCode::NOT_FOUND),
        (format!("/ve/{secret}"), StatusCode::NOT_FOUND),
        (format!("/doan/{secret}?nguoi=khong-co"), StatusCode::OK),
    ] {
        assert_eq!(house.get(&address).await.status, status, "{address}");
    }
    for (deed, status) in [("bot", StatusCode::NOT_FOUND), ("doi", StatusCode::NOT_FOUND)] {
        let answer = house.post(&format!("/doan/{secret}/{deed}"), &[("nguoi", &foreign), ("name-0", "Đỗ An")]).await;
        assert_eq!(answer.status, status, "{deed}");
    }
    assert_eq!(house.post(&format!("/ve/{secret}/huy"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stored(&house).await, 4);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn all_tickets_of_a_delegation_come_as_one_pdf(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = registered(&house, 1).await;
    let out = member(&house, &secret).await;
    let address = format!("/doan/{secret}/the.pdf");
    let answer = house.get(&address).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
    let document = lopdf::Document::load_mem(&answer.body).unwrap();
    let pages: Vec<_> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).unwrap();
    assert!(text.contains("Nguyễn Thị Hạnh") && text.contains("Lê Văn Tám"), "{text}");
    house.post(&format!("/doan/{secret}/bot"), &[("nguoi", &out)]).await;
    let left = lopdf::Document::load_mem(&house.get(&address).await.body).unwrap().extract_text(&pages).unwrap();
    assert!(!left.contains("Nguyễn Thị Hạnh") && left.contains("Lê Văn Tám"), "{left}");
    house.post(&format!("/doan/{secret}/huy"), &[]).await;
    assert_eq!(house.get(&address).await.status, StatusCode::NOT_FOUND);
}
