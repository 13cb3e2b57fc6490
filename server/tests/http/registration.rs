//! Registration over HTTP: both ways, twice, in a race, and with everything that can be typed wrong.

use futures_util::future::join_all;
use http::StatusCode;
use services::{registration, testing};
use sqlx::PgPool;

use crate::house::{Answer, House};

/// The fields of a citizen's form in good order, each with a phone of his own.
pub fn citizen(house: &House, key: u32) -> Vec<(String, String)> {
    [
        ("audience", house.fixture.citizens.to_string().as_str()),
        ("key", &format!("01890000-0000-7000-8000-{key:012}")),
        ("full_name", "Nguyễn Thị Hạnh"),
        ("phone", &format!("0912 {:03} {:03}", key / 1000 % 1000, key % 1000)),
        ("email", "hanh@example.vn"),
        ("commune", "28261"),
        ("adult", "yes"),
        ("consent_attend", "yes"),
        ("stamp", &testing::stamp(&house.cx)),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn business(house: &House) -> Vec<(String, String)> {
    let mut form = citizen(house, 7);
    set(&mut form, "audience", &house.fixture.businesses.to_string());
    form.retain(|(name, _)| name != "commune" && name != "adult");
    form.push(("organisation_name".into(), "Công ty Sen Hồng".into()));
    form.push(("tax_code".into(), "0100109106".into()));
    form
}

pub fn set(form: &mut Vec<(String, String)>, name: &str, value: &str) {
    form.retain(|(field, _)| field != name);
    form.push((name.to_owned(), value.to_owned()));
}

pub async fn send(house: &House, path: &str, form: &[(String, String)]) -> Answer {
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    house.post(path, &form).await
}

/// Seats that are left for citizens.
async fn left(house: &House) -> i32 {
    let audiences = registration::offer(&house.cx, None).await.unwrap().audiences;
    audiences.iter().find(|audience| audience.id == house.fixture.citizens).unwrap().left.unwrap()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_citizen_registers_in_either_language_and_opens_the_ticket(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    for (key, path, ticket, title) in [(1, "/dang-ky", "/ve/", "lang=\"vi\""), (2, "/en/register", "/en/ticket/", "lang=\"en\"")] {
        let answer = send(&house, path, &citizen(&house, key)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let address = answer.header("location").to_owned();
        assert!(address.starts_with(ticket), "{address}");
        let page = house.get(&address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("Nguyễn Thị Hạnh") && page.text().contains(title));
    }
    assert_eq!(left(&house).await, 8);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_business_registers_and_the_audience_may_be_named_by_its_code(pool: PgPool) {
    let house = House::open(pool).await;
    let mut form = business(&house);
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
    set(&mut form, "audience", "doanh-nghiep");
    set(&mut form, "key", "01890000-0000-7000-8000-000000000008");
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_same_form_twice_is_one_registration(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    let form = citizen(&house, 1);
    let (first, second) = tokio::join!(send(&house, "/dang-ky", &form), send(&house, "/dang-ky", &form));
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(left(&house).await, 9);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_race_for_the_last_seats_sells_none_twice(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    let forms: Vec<_> = (0..40).map(|key| citizen(&house, key)).collect();
    let answers = join_all(forms.iter().map(|form| send(&house, "/dang-ky", form))).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(StatusCode::SEE_OTHER), count(StatusCode::UNPROCESSABLE_ENTITY)), (10, 30));
    let full = answers.iter().find(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY).unwrap();
    assert!(full.text().contains("Đã hết chỗ cho đối tượng này"), "{}", full.text());
    assert_eq!(left(&house).await, 0);
    assert_eq!(registration::check_capacities(&house.cx).await.unwrap(), []);
}

/// Sends a form that must be refused: says what is wrong beside the field, keeps all that was typed, stores nothing.
pub async fn refused(house: &House, form: &[(String, String)], field: &str, message: &str) -> String {
    let before = left(house).await;
    let answer = send(house, "/dang-ky", form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}: {form:?}");
    let text = answer.text().to_owned();
    // The groups are links, not a field: what is wrong with the choice is said in the list that leads to them.
    let (start, end) =
        if field == "audience" { ("href=\"#audience\">".to_owned(), "</a>") } else { (format!("id=\"{field}-error\""), "</p>") };
    let told = text.split_once(&start).and_then(|(_, rest)| rest.split(end).next()).unwrap_or_default();
    assert!(told.contains(message), "{message:?} is not beside {field}: {told:?}");
    for (name, value) in form.iter().filter(|(name, _)| ["full_name", "phone", "email"].contains(&name.as_str())) {
        let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let kept = [format!("value=\"{value}\""), format!("value=\"{escaped}\"")];
        assert!(value.is_empty() || kept.iter().any(|kept| text.contains(kept)), "{name} lost {value:?}");
    }
    assert_eq!(left(house).await, before, "something was stored");
    text
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn every_kind_of_bad_input_is_told_beside_its_field_and_nothing_is_stored(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    let name = "Họ và tên chỉ gồm chữ cái";
    let hidden = "Có ký tự không nhìn thấy";
    for (field, value, message) in [
        ("full_name", "", "Hãy điền mục này."),
        ("full_name", &"Nguyễn ".repeat(60), "Quá dài"),
        ("full_name", "12345", name),
        ("full_name", "Hạnh\u{0}Nguyễn", hidden),
        ("full_name", "\u{202e}Hạnh", hidden),
        ("phone", "", "Hãy điền mục này."),
        ("phone", "12", "Số điện thoại cần 10 chữ số"),
        ("phone", "không có", "Số điện thoại cần 10 chữ số"),
        ("email", "hanh@", "Thư điện tử cần có dạng"),
        ("email", &format!("{}@example.vn", "a".repeat(300)), "Quá dài"),
        ("commune", "", "Hãy"),
        ("commune", "99999", "Hãy chọn một mục trong danh sách."),
        ("audience", "", "Hãy chọn một mục trong danh sách."),
        ("audience", "00000000-0000-0000-0000-000000000043", "Hãy chọn một mục trong danh sách."),
        ("audience", "x' or 1=1 --", "Hãy chọn một mục trong danh sách."),
        ("adult", "", "Người dưới 16 tuổi"),
        ("consent_attend", "no", "Cần bạn đồng ý mục này"),
    ] {
        let mut form = citizen(&house, 1);
        set(&mut form, field, value);
        refused(&house, &form, field, message).await;
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn markup_is_refused_and_shown_again_as_text(pool: PgPool) {
    let house = House::with_seats(pool, 10).await;
    let mut form = citizen(&house, 1);
    set(&mut form, "full_name", "<script>alert(1)</script>");
    let page = refused(&house, &form, "full_name", "thẻ HTML").await;
    assert!(!page.contains("<script>alert"), "the page carries the script");
    let mut form = citizen(&house, 1);
    set(&mut form, "phone", "\" autofocus onfocus=\"alert(1)");
    let page = refused(&house, &form, "phone", "Số điện thoại cần 10 chữ số").await;
    assert!(!page.contains("\" autofocus onfocus"), "a value ends its attribute");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn all_problems_are_told_at_once_in_the_readers_language(pool: PgPool) {
    let house = House::open(pool).await;
    let audience = house.fixture.citizens.to_string();
    let answer = house.post("/en/register", &[("audience", &audience)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().matches("Please fill this in.").count() >= 2, "{}", answer.text());
    assert!(answer.text().contains("without your consent"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_name_in_pieces_is_stored_composed(pool: PgPool) {
    let house = House::open(pool).await;
    let mut form = citizen(&house, 1);
    // NFD, as some phones type it.
    set(&mut form, "full_name", "Nguye\u{302}\u{303}n Thi\u{323} Ha\u{323}nh");
    let answer = send(&house, "/dang-ky", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let secret = answer.header("location").trim_start_matches("/ve/");
    let ticket = registration::ticket(&house.cx, secret).await.unwrap();
    assert_eq!(ticket.full_name, "Nguyễn Thị Hạnh");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn bytes_that_are_no_text_are_refused_and_the_rest_is_kept(pool: PgPool) {
    let house = House::open(pool).await;
    let body = format!(
        "audience={}&full_name=Ha%FFnh&phone=0912345678&commune=28261&adult=yes&consent_attend=yes&email=hanh%40example.vn",
        house.fixture.citizens
    );
    let answer = house.reader().post_raw("/dang-ky", "application/x-www-form-urlencoded", body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("value=\"hanh@example.vn\""));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn of_a_repeated_field_the_first_counts(pool: PgPool) {
    let house = House::open(pool).await;
    let mut form = citizen(&house, 1);
    form.push(("full_name".into(), "Người Khác".into()));
    let answer = send(&house, "/dang-ky", &form).await;
    let secret = answer.header("location").trim_start_matches("/ve/").to_owned();
    assert_eq!(registration::ticket(&house.cx, &secret).await.unwrap().full_name, "Nguyễn Thị Hạnh");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_form_that_is_none_is_a_bad_request_and_a_large_one_too_large(pool: PgPool) {
    let house = House::open(pool).await;
    let form = "application/x-www-form-urlencoded";
    for (media_type, body, status) in [
        ("text/plain", "full_name=x".to_owned(), StatusCode::BAD_REQUEST),
        ("multipart/form-data", "full_name=x".to_owned(), StatusCode::BAD_REQUEST),
        (form, "a=1&".repeat(3000), StatusCode::BAD_REQUEST),
        (form, format!("full_name={}", "a".repeat(70_000)), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = house.reader().post_raw("/dang-ky", media_type, body).await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains("<h1>"), "a page helps on");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_closed_door_is_told(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(chrono::TimeDelta::hours(12));
    let answer = send(&house, "/dang-ky", &citizen(&house, 1)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("hết hạn đăng ký"), "{}", answer.text());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_eleventh_registration_by_one_phone_is_refused_beside_the_phone(pool: PgPool) {
    let house = House::with_seats(pool, 100).await;
    let of_the_family = |key| {
        let mut form = citizen(&house, key);
        set(&mut form, "phone", "0987 654 321");
        form
    };
    for key in 0..10 {
        assert_eq!(send(&house, "/dang-ky", &of_the_family(key)).await.status, StatusCode::SEE_OTHER);
    }
    refused(&house, &of_the_family(10), "phone", "Số điện thoại này đã đăng ký cho 10 người").await;
    assert_eq!(send(&house, "/dang-ky", &of_the_family(3)).await.status, StatusCode::SEE_OTHER, "a repeat stands");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_full_house_takes_people_into_its_queue_and_the_ticket_page_offers_the_seat(pool: PgPool) {
    let house = House::with_seats(pool, 1).await;
    testing::open_queue(&house.cx, &house.fixture).await;
    let first = send(&house, "/dang-ky", &citizen(&house, 1)).await.header("location").to_owned();
    assert!(house.get("/dang-ky?doi-tuong=nguoi-dan").await.text().contains("Vào danh sách chờ"));
    let second = send(&house, "/dang-ky", &citizen(&house, 2)).await.header("location").to_owned();
    let page = house.get(&second).await.text().to_owned();
    assert!(
        page.contains("Bạn đang trong danh sách chờ") && page.contains("Vị trí của bạn: 1") && !page.contains("<svg class=\"qr"),
        "{page}"
    );
    assert_eq!(house.get(&format!("{second}/ma.png")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.post(&format!("{second}/nhan-cho"), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(house.post(&format!("{first}/huy"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(house.get(&second).await.text().contains("Có chỗ cho bạn"));
    assert_eq!(house.post(&format!("{second}/nhan-cho"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get(&format!("{second}/ma.png")).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_invitation_opens_the_hidden_group_on_the_form_and_a_wrong_one_is_told(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = testing::organiser(&house.cx).await;
    let new = registration::NewInvitation {
        audience: house.fixture.hidden,
        label: String::new(),
        most_uses: 1,
        bypasses_capacity: false,
        expires_at: None,
    };
    registration::create_invitation(&house.cx, &organiser, new, house.cx.new_id()).await.unwrap();
    let code = registration::invitations(&house.cx, &organiser).await.unwrap()[0].code.shown();
    assert!(!house.get("/dang-ky").await.text().contains("Đại biểu"));
    let page = house.get(&format!("/dang-ky?ma-moi={}", code.to_lowercase())).await.text().to_owned();
    assert!(page.contains("Đại biểu") && page.contains("Mã mời đã được nhận"), "{page}");
    assert!(house.get("/dang-ky?ma-moi=7KQ4-M9XW-2PZR").await.text().contains("Mã mời không đúng"));
    let mut form = business(&house);
    set(&mut form, "audience", &house.fixture.hidden.to_string());
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "without the code nobody enters");
    set(&mut form, "invitation", &code);
    assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_was_entered_is_changed_by_the_ticket_link_and_nothing_typed_is_lost(pool: PgPool) {
    let house = House::open(pool).await;
    testing::sessions(&house.cx, 5).await;
    let ticket = send(&house, "/dang-ky", &citizen(&house, 1)).await.header("location").to_owned();
    let page = house.get(&format!("{ticket}/sua")).await.text().to_owned();
    assert!(page.contains("value=\"Nguyễn Thị Hạnh\"") && page.contains("0912 000 001") && page.contains("Hội thảo hai"), "{page}");
    let mut form = citizen(&house, 1);
    set(&mut form, "full_name", "Nguyễn Thị Mỹ Hạnh");
    set(&mut form, "phone", "123");
    let refused = send(&house, &format!("{ticket}/sua"), &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Nguyễn Thị Mỹ Hạnh") && refused.text().contains("cần 10 chữ số"));
    set(&mut form, "phone", "0912 000 001");
    set(&mut form, "session", "00000000-0000-0000-0000-000000000072");
    assert_eq!(send(&house, &format!("{ticket}/sua"), &form).await.status, StatusCode::SEE_OTHER);
    let page = house.get(&ticket).await.text().to_owned();
    assert!(page.contains("Nguyễn Thị Mỹ Hạnh") && page.contains("Hội thảo hai") && page.contains("đã giữ chỗ"), "{page}");
}
