//! Mails: sent through a socket to a server that speaks SMTP, and read as they arrived.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{
    form::Values,
    mail::{Channel, Mailing, MessageKind},
};
use mail_parser::{MessageParser, MimeHeaders as _};
use server::{
    jobs::{Carriers, Jobs},
    mail::{compose, smtp::Smtp},
    pdf,
};
use services::{Context, mail, registration};
use sqlx::PgPool;

use crate::{
    house::{BASE, House},
    killed::Program,
    smtp::{MailServer, Manner, Received, until},
    tickets::secret,
};

/// Somebody with a ticket and an address, and one message to be sent; gives back the secret of the ticket's link.
async fn told(house: &House, kind: MessageKind) -> String {
    let secret = secret(house, 1).await;
    sqlx::query(
        "with addressed as (update registrations set email = 'hanh@example.vn' returning id, edition_id), cleared as (delete from messages)
         insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
         select '019acb1e-0000-7000-8000-000000000001', edition_id, $1, 'email', id, '2026-01-01', '2026-01-01' from addressed",
    )
    .bind(kind.key())
    .execute(&house.cx.pool)
    .await
    .unwrap();
    secret
}

fn by(server: &MailServer) -> Carriers {
    Carriers { smtp: Smtp::parse(&server.url(), "Ban Tổ chức <btc@dongthap.gov.vn>"), sms: None }
}

async fn state(cx: &Context) -> (String, i16, Option<String>) {
    sqlx::query_as("select state, attempts, error from messages").fetch_one(&cx.pool).await.unwrap()
}

async fn becomes(cx: &Context, wanted: &str) {
    until(async || state(cx).await.0 == wanted).await;
}

/// Lets the jobs run until the one message is in this state.
async fn run(house: &House, server: &MailServer, wanted: &str) {
    let jobs = Jobs::start(&house.app, by(server)).await.unwrap();
    becomes(&house.cx, wanted).await;
    jobs.stop().await;
}

fn header<'a>(mail: &'a mail_parser::Message<'_>, name: &'static str) -> &'a str {
    mail.header_raw(name).unwrap_or_default().trim()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_mail_arrives_with_text_html_ticket_and_calendar(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Takes).await;
    let secret = told(&house, MessageKind::Ticket).await;
    run(&house, &server, "sent").await;
    let Received { to, text } = server.wait(1).await.remove(0);
    assert_eq!(to, "<hanh@example.vn>");
    let mail = MessageParser::default().parse(&text).unwrap();
    assert_eq!(mail.subject(), Some("Thẻ tham dự Ngày Chuyển đổi số"));
    assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Ban Tổ chức"));
    assert_eq!(mail.message_id(), Some("019acb1e-0000-7000-8000-000000000001@cds.example.vn"));
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    let link = format!("{BASE}/ve/{secret}");
    let (plain, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for line in ["Kính gửi Ông/Bà Nguyễn Thị Hạnh,", "Ngày: Chủ nhật, 10/10/2027", "Cổng vào: Cổng chính, mở lúc 07:00", &link]
    {
        assert!(plain.contains(line), "{line} is not in\n{plain}");
    }
    assert!(html.contains(&format!("<a class=\"button\" href=\"{link}\">Mở thẻ tham dự</a>")), "{html}");
    let files: Vec<_> = mail.attachments().map(|file| (file.attachment_name().unwrap().to_owned(), file.contents().to_vec())).collect();
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["the-tham-du.pdf", "lich.ics"]);
    assert!(written(&files[0].1).contains("Nguyễn Thị Hạnh"));
    assert!(String::from_utf8_lossy(&files[1].1).contains("DTSTART;VALUE=DATE:20271010"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_name_becomes_no_header_no_markup_and_no_link_in_a_mail(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Takes).await;
    told(&house, MessageKind::Cancelled).await;
    sqlx::query("update registrations set status = 'cancelled', ended_at = now(), full_name = $1")
        .bind("An\r\nBcc: all@example.vn\r\n\r\n<a href='https://evil.example'>Nhận quà</a> [x](https://evil.example) {lien_ket}")
        .execute(&house.cx.pool)
        .await
        .unwrap();
    // A subject with a name in it.
    sqlx::query(
        "insert into message_templates (edition_id, kind, locale, subject, body, updated_at)
         select id, 'cancelled', 'vi', 'Gửi {ten}', E'Chào {ten}\\n\\n{lien_ket}', now() from editions",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    run(&house, &server, "sent").await;
    let text = server.wait(1).await.remove(0).text;
    let mail = MessageParser::default().parse(&text).unwrap();
    assert!(mail.bcc().is_none());
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("hanh@example.vn"));
    assert!(mail.subject().unwrap().starts_with("Gửi An Bcc:"), "{:?}", mail.subject());
    let (plain, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    assert!(!html.contains("<a href='") && !html.contains("//evil"), "{html}");
    assert_eq!((html.matches("<a ").count(), plain.matches("https://").count()), (1, 1), "the one link is ours");
    assert!(!plain.contains("evil.example"), "{plain}");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_refused_mail_fails_at_once_and_keeps_only_the_code(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Answers("550 5.1.1 <hanh@example.vn> unknown")).await;
    told(&house, MessageKind::Ticket).await;
    run(&house, &server, "failed").await;
    assert_eq!(state(&house.cx).await, ("failed".into(), 1, Some("smtp 550 5.1.1".into())));
    assert!(server.received().is_empty());
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_mail_that_was_put_off_is_sent_later_under_the_same_id(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::AnswersText("451 4.7.1 later")).await;
    told(&house, MessageKind::Ticket).await;
    let jobs = Jobs::start(&house.app, by(&server)).await.unwrap();
    until(async || state(&house.cx).await == ("queued".into(), 1, Some("smtp 451 4.7.1".into()))).await;
    server.behave(Manner::Takes);
    house.clock.advance(TimeDelta::minutes(2));
    becomes(&house.cx, "sent").await;
    jobs.stop().await;
    let ids: Vec<_> =
        server.received().iter().map(|mail| MessageParser::default().parse(&mail.text).unwrap().message_id().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_mail_whose_answer_was_never_heard_is_not_sent_again(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::HangsUp).await;
    told(&house, MessageKind::Ticket).await;
    run(&house, &server, "unclear").await;
    server.behave(Manner::Takes);
    house.clock.advance(TimeDelta::days(1));
    let jobs = Jobs::start(&house.app, by(&server)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    jobs.stop().await;
    assert_eq!(server.received().len(), 1);
    assert_eq!(state(&house.cx).await.0, "unclear");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn without_a_mail_server_messages_wait(pool: PgPool) {
    let house = House::open(pool).await;
    told(&house, MessageKind::Ticket).await;
    let jobs = Jobs::start(&house.app, Carriers::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    jobs.stop().await;
    assert_eq!(state(&house.cx).await, ("queued".into(), 0, None));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn who_stops_while_a_mail_server_does_not_answer_gives_the_message_back(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Mute).await;
    told(&house, MessageKind::Ticket).await;
    let jobs = Jobs::start(&house.app, by(&server)).await.unwrap();
    becomes(&house.cx, "claimed").await;
    jobs.stop().await;
    assert_eq!(state(&house.cx).await, ("queued".into(), 0, None));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn two_replicas_send_every_mail_once(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Takes).await;
    told(&house, MessageKind::Link).await;
    sqlx::query(
        "insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
         select gen_random_uuid(), edition_id, kind, channel, registration_id, due_at, created_at from messages, generate_series(1, 29)",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let (one, other) = (Jobs::start(&house.app, by(&server)).await.unwrap(), Jobs::start(&house.app, by(&server)).await.unwrap());
    let mails = server.wait(30).await;
    until(async || count(&house.cx, "sent").await == 30).await;
    one.stop().await;
    other.stop().await;
    let mut ids: Vec<_> =
        mails.iter().map(|mail| MessageParser::default().parse(&mail.text).unwrap().message_id().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), server.received().len()), (30, 30));
}

async fn count(cx: &Context, state: &str) -> i64 {
    sqlx::query_scalar("select count(*) from messages where state = $1").bind(state).fetch_one(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_program_killed_in_the_middle_of_a_mail_run_loses_nothing_and_doubles_nothing(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Silent).await;
    told(&house, MessageKind::Link).await;
    sqlx::query(
        "insert into messages (id, edition_id, kind, channel, registration_id, due_at, created_at)
         select gen_random_uuid(), edition_id, kind, channel, registration_id, '2026-01-02', created_at from messages, generate_series(1, 4)",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let program = start(&house, &server).await;
    server.wait(1).await;
    program.kill(&house).await;
    assert_eq!((count(&house.cx, "sending").await, count(&house.cx, "queued").await), (1, 4));
    // After the restart, the provider is well again.
    server.behave(Manner::Takes);
    let program = start(&house, &server).await;
    until(async || count(&house.cx, "sent").await == 4).await;
    program.kill(&house).await;
    mail::recover(&house.cx).await.unwrap();
    assert_eq!((count(&house.cx, "unclear").await, count(&house.cx, "sent").await), (1, 4));
    assert_eq!(server.received().len(), 5, "each left once");
}

/// The program itself, with a mail server. The test's clock is a year ahead of it, so that its leases are over.
async fn start(house: &House, server: &MailServer) -> Program {
    Program::start(house, &[("SMTP_URL", &server.url()), ("MAIL_FROM", "btc@dongthap.gov.vn")]).await
}

/// The text of a PDF, read out by another library than the one that wrote it.
pub fn written(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn every_vietnamese_letter_is_read_back_out_of_the_pdf(pool: PgPool) {
    let house = House::open(pool).await;
    let ticket = registration::ticket(&house.cx, &secret(&house, 1).await).await.unwrap();
    let lower = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ";
    let letters: Vec<char> = lower.chars().chain(lower.chars().flat_map(char::to_uppercase)).collect();
    let people: Vec<_> = letters
        .chunks(12)
        .map(|part| {
            let mut person = ticket.clone();
            person.full_name = part.iter().collect();
            person
        })
        .collect();
    let pdf = pdf::tickets(&people, BASE, domain::text::Locale::Vi).unwrap();
    let text = written(&pdf);
    for letter in letters {
        assert!(text.contains(letter), "{letter} is not in the PDF");
    }
    for words in ["Người dân", "Chủ nhật, 10/10/2027", "Cổng chính, mở 07:00", &ticket.ticket.as_ref().unwrap().short_code.shown()]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), people.len().div_ceil(2));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_ticket_is_downloaded_as_pdf_by_its_holder_and_goes_with_the_seat(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let answer = house.get(&format!("/ve/{secret}/the.pdf?lang=en")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/pdf"));
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("private, max-age=43200", "no-referrer"));
    assert!(written(&answer.body).contains("Sunday, 10 October 2027"));
    house.post(&format!("/ve/{secret}/huy"), &[]).await;
    assert_eq!(house.get(&format!("/ve/{secret}/the.pdf")).await.status.as_u16(), 404);
}

/// Somebody who agreed to reminders and has one waiting.
async fn reminded(house: &House, is_about_seat: bool) -> String {
    let secret = secret(house, 1).await;
    sqlx::raw_sql(
        "delete from messages;
         insert into consent_records (registration_id, purpose, given, notice_version, text_sha256, locale, channel, at)
         select id, 'reminders', true, '1', '', 'vi', 'form', now() from registrations",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let organiser = services::testing::organiser(&house.cx).await;
    let about = if is_about_seat { "yes" } else { "" };
    let fields = [("subject", "Nhắc {su_kien}"), ("body", "Chào {ten}"), ("status", "confirmed"), ("when", "now"), ("about_seat", about)];
    let values = Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    mail::create_mailing(&house.cx, &organiser, Mailing::parse(&values).unwrap(), house.cx.new_id()).await.unwrap();
    house.clock.advance(TimeDelta::seconds(1));
    secret
}

async fn agrees(house: &House) -> bool {
    sqlx::query_scalar("select given from consents_now where purpose = 'reminders'").fetch_one(&house.cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_reminder_is_ended_by_its_link_and_its_button_and_nothing_else_is(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Takes).await;
    let ticket = reminded(&house, false).await;
    run(&house, &server, "sent").await;
    let text = server.wait(1).await.remove(0).text;
    let mail = MessageParser::default().parse(&text).unwrap();
    let address = header(&mail, "List-Unsubscribe").trim_matches(['<', '>']).to_owned();
    let path = address.strip_prefix(BASE).unwrap().to_owned();
    assert!(path.starts_with("/thoi-nhan-tin/") && !path.contains(&ticket), "{path}");
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(mail.body_text(0).unwrap().ends_with(&format!("\nThôi nhận thư nhắc: {address}\r\n")), "{:?}", mail.body_text(0));
    assert!(mail.body_html(0).unwrap().contains(&format!("<a href=\"{address}\">Thôi nhận thư nhắc</a>")));

    let page = house.get(&path).await;
    assert_eq!((page.status.as_u16(), page.header("referrer-policy")), (200, "no-referrer"));
    assert!(page.text().contains("N. T. Hạnh sẽ không nhận thư") && !page.text().contains("hanh@"), "{}", page.text());
    assert!(agrees(&house).await, "a mail scanner opens every link");
    // As a mail provider does it: from no page, and without following anything.
    let provider = house.reader().without("sec-fetch-site");
    for _ in 0..2 {
        let answer = provider.post(&path, &[("List-Unsubscribe", "One-Click")]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert!(!agrees(&house).await);
    }
    let kept: (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from consent_records where purpose = 'reminders' and not given and channel = 'email'),
                (select count(*) from privacy_requests where kind = 'withdraw' and channel = 'email' and state = 'done'),
                (select count(*) from audit_log where action = 'privacy.consent')",
    )
    .fetch_one(&house.cx.pool)
    .await
    .unwrap();
    assert_eq!(kept, (1, 1, 1), "once, however often it is pressed");
    assert!(house.get(&path).await.text().contains("Bạn không còn nhận thư nhắc"));
    assert_eq!(house.post(&path, &[]).await.header("location"), path);
    let at = path.len() - 10;
    let other = if path[at..].starts_with('A') { "B" } else { "A" };
    for wrong in ["/thoi-nhan-tin/x", &format!("{}{other}{}", &path[..at], &path[at + 1..])] {
        assert_eq!(house.get(wrong).await.status.as_u16(), 404, "{wrong}");
        assert_eq!(house.post(wrong, &[]).await.status.as_u16(), 404, "{wrong}");
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn news_of_ones_own_seat_and_tickets_have_no_way_to_end_them(pool: PgPool) {
    let house = House::open(pool).await;
    let server = MailServer::start(Manner::Takes).await;
    reminded(&house, true).await;
    run(&house, &server, "sent").await;
    sqlx::raw_sql("update messages set state = 'queued', kind = 'ticket', mailing_id = null").execute(&house.cx.pool).await.unwrap();
    run(&house, &server, "sent").await;
    for Received { text, .. } in server.wait(2).await {
        let mail = MessageParser::default().parse(&text).unwrap();
        assert_eq!((header(&mail, "List-Unsubscribe"), header(&mail, "List-Unsubscribe-Post")), ("", ""));
        assert!(!String::from_utf8_lossy(&text).contains("thoi-nhan-tin"));
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_invitation_leads_to_the_form_with_its_code_in_the_readers_language(pool: PgPool) {
    let house = House::open(pool).await;
    sqlx::raw_sql("update audiences set email_domains = '{dongthap.gov.vn}' where not is_public").execute(&house.cx.pool).await.unwrap();
    house.post("/en/register/invitation", &[("invite_email", "an@dongthap.gov.vn")]).await;
    let server = MailServer::start(Manner::Takes).await;
    run(&house, &server, "sent").await;
    let text = server.wait(1).await.remove(0).text;
    let mail = MessageParser::default().parse(&text).unwrap();
    let plain = mail.body_text(0).unwrap();
    let code = plain.lines().find_map(|line| line.strip_prefix("Invitation code: ")).unwrap();
    let path = format!("/en/register?ma-moi={code}");
    assert!(plain.contains(&format!("\n{BASE}{path}\r\n")), "{plain}");
    assert!(house.get(&path).await.text().contains(&format!("name=\"invitation\" value=\"{code}\"")), "the form knows the code");
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn the_ticket_says_how_its_mail_stands(pool: PgPool) {
    let house = House::open(pool).await;
    let secret = secret(&house, 1).await;
    let page = format!("/ve/{secret}");
    let says =
        async |text: &str| assert!(house.get(&page).await.text().contains(text), "{text} is not in\n{}", house.get(&page).await.text());
    says("Hệ thống chưa gửi thư, nên bây giờ chưa có thư nào đến h•••@example.vn.").await;
    says("Hãy lưu ảnh mã QR và giữ đường dẫn của trang này.").await;
    mail::know_channels(&house.cx, &[Channel::Email]).await.unwrap();
    says("Thư đang được gửi đến h•••@example.vn.").await;
    for (state, text) in [
        ("sent", "Đã gửi thư đến h•••@example.vn."),
        ("failed", "Không gửi được thư đến h•••@example.vn."),
        ("unclear", "Chưa rõ thư đến h•••@example.vn đã tới nơi hay chưa."),
    ] {
        sqlx::query("update messages set state = $1, ended_at = now()").bind(state).execute(&house.cx.pool).await.unwrap();
        says(text).await;
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn what_a_person_typed_is_read_exactly_and_does_nothing(pool: PgPool) {
    let house = House::open(pool).await;
    told(&house, MessageKind::Link).await;
    sqlx::query(
        "insert into message_templates (edition_id, kind, locale, subject, body, updated_at)
         select id, 'link', 'vi', 'Gửi {ten}', E'{ten}\\n{lien_ket}', now() from editions",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let claimed = mail::claim(&house.cx, Channel::Email).await.unwrap().unwrap();
    let from = "btc@dongthap.gov.vn".parse().unwrap();
    for (typed, text, html) in [
        ("An\r\nBcc: all@a.vn\r\n\r\nx", "An Bcc: all@\u{200b}a.\u{200b}vn x", "An Bcc: all@\u{200b}a.\u{200b}vn x"),
        ("<script>f('a')</script>", "<script>f('a')</\u{200b}script>", "&lt;script&gt;f(&#39;a&#39;)&lt;/\u{200b}script&gt;"),
        (
            "https://evil.example",
            "https:\u{200b}/\u{200b}/\u{200b}evil.\u{200b}example",
            "https:\u{200b}/\u{200b}/\u{200b}evil.\u{200b}example",
        ),
        ("{lien_ket} {ten} {{7*7}}", "{lien_ket} {ten} {{7*7}}", "{lien_ket} {ten} {{7*7}}"),
        ("\u{202e}An\u{2066} Bình\u{200f}", "An Bình", "An Bình"),
        ("=?utf-8?q?Bcc=3A_x?= An", "=\u{200b}?utf-8?q?Bcc=3A_x?= An", "=\u{200b}?utf-8?q?Bcc=3A_x?= An"),
    ] {
        // Whatever some import or an older version may have let in.
        sqlx::query("update registrations set full_name = $1").bind(typed).execute(&house.cx.pool).await.unwrap();
        let letter = mail::letter(&house.cx, claimed).await.unwrap().unwrap();
        let written = compose(&letter, claimed.id, &from, BASE, house.cx.now()).unwrap().formatted();
        let mail = MessageParser::default().parse(&written).unwrap();
        let names: Vec<_> = mail.headers().iter().map(|header| header.name.as_str().to_ascii_lowercase()).collect();
        assert_eq!(names, ["from", "to", "subject", "message-id", "date", "auto-submitted", "mime-version", "content-type"], "{typed}");
        assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("hanh@example.vn"));
        assert_eq!(mail.subject(), Some(format!("Gửi {text}").as_str()), "{typed}");
        let plain = mail.body_text(0).unwrap().replace("\r\n", "\n");
        let lines: Vec<_> = plain.lines().collect();
        assert_eq!((lines[0], lines[2]), (text, "Mở thẻ tham dự:"), "{plain}");
        let body = mail.body_html(0).unwrap();
        assert_eq!(body.matches("<a ").count(), 1, "{body}");
        assert!(body.contains(&format!("</p><p>{html}</p>")), "{html} is not in\n{body}");
    }
}
