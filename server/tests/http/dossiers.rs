//! Dossiers over HTTP: from draft to gallery, pictures, and what goes wrong on the way.

use std::io::Cursor;

use domain::{
    access::Role,
    ids::DossierId,
    showcase::{Basis, Content, State},
};
use http::{StatusCode, header};
use services::{showcase, testing};
use sqlx::PgPool;

use crate::house::{Answer, House, Reader};

const BOUNDARY: &str = "----sen";

/// The fields of a dossier that may be submitted.
pub fn complete() -> Vec<(&'static str, String)> {
    vec![
        ("title", "Trạm y tế số xã Tân Thành".into()),
        ("summary", "Khám từ xa, đặt lịch và theo dõi sức khỏe cho người dân ở cù lao. ".repeat(2)),
        ("pillar", "xa-hoi-so".into()),
        ("sector", "y-te".into()),
        ("problem", "Người dân ở cù lao phải đi phà hai giờ để khám bệnh. ".repeat(4)),
        ("solution", "Trạm y tế nối với bệnh viện tỉnh qua đường truyền riêng. ".repeat(6)),
        ("cover_alt", "Một bác sĩ nói chuyện qua màn hình".into()),
        ("publish_consent", "yes".into()),
    ]
}

/// A small picture, as PNG.
pub fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 30, 90])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn multipart(fields: &[(&str, String)], file: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let head = "Content-Disposition: form-data; name=\"cover\"; filename=\"a.png\"\r\nContent-Type: image/png";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
    body.extend(file.unwrap_or_default());
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// Sends the form of the dossier's page as it stands now.
async fn upload(reader: &Reader, path: &str, fields: &[(&str, String)], file: Option<&[u8]>) -> Answer {
    let page = reader.get(path.trim_end_matches("/nop")).await;
    upload_on(reader, path, &revision(&page), fields, file).await
}

/// Sends the form of a page that was opened at this revision.
async fn upload_on(reader: &Reader, path: &str, revision: &str, fields: &[(&str, String)], file: Option<&[u8]>) -> Answer {
    let fields = [fields, &[("revision", revision.to_owned())]].concat();
    reader.post_raw(path, &format!("multipart/form-data; boundary={BOUNDARY}"), multipart(&fields, file)).await
}

/// What the page's form is based on; empty where there is no form.
fn revision(page: &Answer) -> String {
    let found = page.text().split_once("name=\"revision\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(revision, _)| revision.to_owned()).unwrap_or_default()
}

fn titled(title: &str) -> [(&'static str, String); 1] {
    [("title", title.to_owned())]
}

/// Sends what the page's script would send.
async fn autosave(reader: &Reader, page: &str, revision: &str, save: i64, title: &str) -> Answer {
    let id = page.trim_start_matches("/don-vi/ho-so/");
    let values = serde_json::json!([["title", title], ["revision", revision]]);
    let body = serde_json::json!({ "dossier": id, "values": values, "save": save, "locale": "vi" });
    reader.post_json("/api/fn/save-draft", &body).await
}

/// A dossier of the department of health in this state.
pub async fn dossier(house: &House, state: State) -> DossierId {
    let (cx, department) = (&house.cx, testing::actor(Role::Department, Some(house.fixture.health)));
    // The helper's account has no row: the dossier is made by one that has.
    sqlx::raw_sql(
        "insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, created_at)
         values ('00000000-0000-0000-0000-000000000061', 'a@a.vn', 'a@a.vn', 'A', 'department', '00000000-0000-0000-0000-000000000021', '', now())
         on conflict do nothing",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    // Earlier drafts are done with; an organisation has only so many.
    sqlx::raw_sql("delete from dossiers where state = 'draft'").execute(&cx.pool).await.unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    let id = showcase::start(cx, &department).await.unwrap();
    if state == State::Draft {
        return id;
    }
    let values = domain::form::Values(complete().into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    showcase::set_cover(cx, &department, id, picture()).await.unwrap();
    let content = Content::parse_draft(&values).unwrap();
    let revision = showcase::save(cx, &department, id, Basis::of(1), None, content).await.unwrap();
    showcase::submit(cx, &department, id, revision).await.unwrap();
    match state {
        State::Published => showcase::publish(cx, &organiser, id).await.unwrap(),
        State::Returned => showcase::send_back(cx, &organiser, id, "Bổ sung số liệu").await.unwrap(),
        State::Draft | State::Submitted => {}
    }
    id
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_dossier_goes_from_draft_to_gallery(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let started = department.post("/don-vi", &[]).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER);
    let page = started.header("location").to_owned();
    let id = page.trim_start_matches("/don-vi/ho-so/").to_owned();

    // A draft may be incomplete.
    let saved = upload(&department, &page, &[("title", "Trạm y tế số".into())], None).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, page.as_str()), "{}", saved.text());
    let early = upload(&department, &format!("{page}/nop"), &[("title", "Trạm".into())], None).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);

    let submitted = upload(&department, &format!("{page}/nop"), &complete(), Some(&picture())).await;
    assert_eq!(submitted.status, StatusCode::SEE_OTHER, "{}", submitted.text());
    let locked = upload(&department, &page, &complete(), None).await;
    assert_eq!(locked.status, StatusCode::CONFLICT);

    let review = format!("/ban-to-chuc/ho-so/{id}");
    let without_reason = organiser.post(&format!("{review}/tra-lai"), &[("reason", " ")]).await;
    assert_eq!(without_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(organiser.post(&format!("{review}/tra-lai"), &[("reason", "Bổ sung")]).await.status, StatusCode::SEE_OTHER);
    let again = upload(&department, &format!("{page}/nop"), &complete(), None).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let published = organiser.post(&format!("{review}/cong-bo"), &[]).await;
    assert_eq!((published.status, published.header("location")), (StatusCode::SEE_OTHER, review.as_str()));
    let twice = organiser.post(&format!("{review}/cong-bo"), &[]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(house.get("/mo-hinh").await.text().contains("Trạm y tế số xã Tân Thành"));
    assert_eq!(organiser.post(&format!("{review}/rut"), &[]).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_published_cover_is_for_everybody_and_a_draft_one_for_its_readers(pool: PgPool) {
    let house = House::open(pool).await;
    let submitted = dossier(&house, State::Submitted).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let department = testing::actor(Role::Department, Some(house.fixture.health));
    let key = showcase::dossier(&house.cx, &department, submitted).await.unwrap().cover.unwrap();
    let path = format!("/anh/{key}");
    assert_eq!(house.get(&path).await.status, StatusCode::NOT_FOUND);
    let private = organiser.get(&path).await;
    assert_eq!((private.status, private.header("content-type")), (StatusCode::OK, "image/jpeg"));
    assert_eq!(private.header("cache-control"), "private, no-cache");
    assert_eq!((private.header("content-disposition"), private.header("x-content-type-options")), ("inline", "nosniff"));
    dossier(&house, State::Published).await;
    let public = house.get(&path).await;
    assert_eq!((public.status, public.header("cache-control")), (StatusCode::OK, "public, max-age=86400, immutable"));
    let again = house.reader().with(header::IF_NONE_MATCH, public.header("etag")).get(&path).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for wrong in ["/anh/x", "/anh/..%2f..%2fsecret.key", &format!("/anh/{}", "0".repeat(64))] {
        assert_eq!(organiser.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn pictures_that_are_none_or_too_large_are_refused_and_the_text_is_kept(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let fields = [("title", "Trạm y tế số xã Tân Thành".to_owned())];
    let mut large = picture();
    large.resize(5 * 1024 * 1024 + 1, 0);
    for (file, message) in [(b"<svg onload=alert(1)>".to_vec(), "Hãy chọn ảnh JPEG"), (large, "Tệp quá lớn: nhiều nhất 5 MB.")]
    {
        let answer = upload(&department, &page, &fields, Some(&file)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(message), "{message}");
        assert!(answer.text().contains("Trạm y tế số xã Tân Thành"));
    }
    let huge = upload(&department, &page, &fields, Some(&vec![0; 6 * 1024 * 1024])).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let wordy = upload(&department, &page, &[("title", "a".repeat(70_000))], None).await;
    assert_eq!(wordy.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = upload(&department, &page, &[("title", "a".repeat(300))], None).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.text().contains("Quá dài: nhiều nhất 200 ký tự."));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn of_two_writers_the_second_sees_both_texts_and_saves_again_on_purpose(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let seen = revision(&department.get(&page).await);
    assert_eq!(upload_on(&department, &page, &seen, &titled("Của đồng nghiệp"), None).await.status, StatusCode::SEE_OTHER);
    let late = upload_on(&department, &page, &seen, &titled("Từ sáng sớm"), None).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("value=\"Từ sáng sớm\"") && late.text().contains("Của đồng nghiệp"), "{}", late.text());
    assert!(late.text().contains("phần bạn gõ chưa được lưu") && !late.text().contains("<leptos-island"), "nothing is saved by itself");
    assert!(department.get(&page).await.text().contains("value=\"Của đồng nghiệp\""));
    let again = upload_on(&department, &page, &revision(&late), &titled("Của cả hai"), None).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(department.get(&page).await.text().contains("value=\"Của cả hai\""));
    // A form that does not tell what it was written on writes over nothing.
    assert_eq!(upload_on(&department, &page, "", &titled("Không rõ"), None).await.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_autosave_that_comes_after_the_forms_own_button_changes_nothing(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let seen = revision(&department.get(&page).await);
    let kept = autosave(&department, &page, &seen, 71, "Một").await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text());
    let next = kept.json()["revision"].to_string();
    assert_ne!(next, seen);
    // The button is pressed while save 72 is on its way: the form tells so. It may come before the form or after it.
    assert_eq!(autosave(&department, &page, &next, 72, "Một hai").await.status, StatusCode::OK);
    let pressed = upload_on(&department, &page, &format!("{next} 72"), &titled("Một hai ba"), None).await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER);
    assert_eq!(autosave(&department, &page, &next, 73, "Một hai b").await.status, StatusCode::CONFLICT);
    assert!(department.get(&page).await.text().contains("value=\"Một hai ba\""));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_that_was_refused_is_still_based_on_what_it_was_written_on(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let seen = revision(&department.get(&page).await);
    upload_on(&department, &page, &seen, &titled("Của đồng nghiệp"), None).await;
    let wrong = upload_on(&department, &page, &seen, &titled(&"a".repeat(300)), None).await;
    assert_eq!((wrong.status, revision(&wrong)), (StatusCode::UNPROCESSABLE_ENTITY, seen));
    // What was handed in unfinished is stored: the form goes on from there, without a conflict with itself.
    let early = upload(&department, &format!("{page}/nop"), &titled("Trạm y tế số"), None).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mended = upload_on(&department, &page, &revision(&early), &titled("Trạm y tế số xã"), None).await;
    assert_eq!(mended.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_double_click_on_submitting_shows_the_dossier_as_submitted(pool: PgPool) {
    let house = House::open(pool).await;
    let department = house.signed_in(Role::Department, Some(house.fixture.health)).await;
    let page = department.post("/don-vi", &[]).await.header("location").to_owned();
    let (seen, path) = (revision(&department.get(&page).await), format!("{page}/nop"));
    assert_eq!(upload_on(&department, &path, &seen, &complete(), Some(&picture())).await.status, StatusCode::SEE_OTHER);
    let second = upload_on(&department, &path, &seen, &complete(), Some(&picture())).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(second.text().contains("Hồ sơ đã nộp lúc") && second.text().contains("MH-2027-0001"), "{}", second.text());
    assert!(!second.text().contains("Phần bạn gõ chưa được lưu"), "both posts said the same");
    // Other words that came after the lock are shown, so that they can be copied.
    let other = [&complete()[1..], &titled("Trạm y tế số, bản sửa")].concat();
    let late = upload_on(&department, &page, &seen, &other, None).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("Trạm y tế số, bản sửa"), "{}", late.text());
}
