//! The sweep: every address, as everybody. What is printed is what the policy promises; a change is a decision.

use std::fmt::Write as _;

use app::routes::{self, Deed, Download, Page};
use domain::{
    access::Role, form::Values, privacy::NewRequest, raffle::Freeze, registration::SpareOrder, showcase::State, text::Locale,
    time::local_date,
};
use http::Method;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;
use server::router::{plain, takes_form};
use services::{access, privacy, registration, showcase, testing};
use sqlx::PgPool;

use crate::{
    checkin::code,
    delegations,
    dossiers::{complete, dossier},
    files::session,
    house::{House, Reader},
    tickets::secret,
};

/// Everybody who may ask.
async fn everybody(house: &House) -> Vec<(&'static str, Reader)> {
    let (health, justice) = (Some(house.fixture.health), Some(house.fixture.justice));
    let expired = house.signed_in(Role::Organiser, None).await;
    house.clock.advance(chrono::TimeDelta::hours(5));
    let disabled = house.signed_in(Role::Organiser, None).await;
    sqlx::raw_sql(
        "update accounts set disabled_at = now()
         where id = (select account_id from web_sessions order by created_at desc limit 1)",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    vec![
        ("nobody", house.reader()),
        ("organiser", organiser),
        ("supervisor", house.signed_in(Role::Supervisor, None).await),
        ("department, own", house.signed_in(Role::Department, health).await),
        ("department, other", house.signed_in(Role::Department, justice).await),
        ("judge, own", house.signed_in(Role::Judge, health).await),
        ("judge, other", house.signed_in(Role::Judge, justice).await),
        ("steward", house.signed_in(Role::Steward, None).await),
        ("phone", phone(house).await),
        ("screen", screen(house, None).await),
        ("disabled", disabled),
        ("expired", expired),
    ]
}

async fn phone(house: &House) -> Reader {
    let organiser = testing::actor(Role::Organiser, None);
    let (_, pairing) = access::prepare_device(&house.cx, &organiser, "Máy 1").await.unwrap();
    let token = access::pair_device(&house.cx, &pairing.0).await.unwrap();
    house.reader().with_cookie(&format!("__Host-session={}", token.0))
}

/// A browser that an organiser made a screen.
pub async fn screen(house: &House, name: Option<&str>) -> Reader {
    let organiser = house.signed_in(Role::Organiser, None).await;
    let fields: Vec<_> = name.map(|name| ("name", name)).into_iter().collect();
    let paired = organiser.post(&Deed::PairScreen.at(Locale::Vi, ""), &fields).await;
    house.reader().with_cookie(paired.header("set-cookie").split(';').next().unwrap())
}

/// What is asked, and with what the address is filled for one asker. A fresh thing each time: what one may do must not
/// change what the next one finds.
pub async fn parameter_of_page(house: &House, page: Page) -> String {
    match page {
        Page::Session => "khai-mac".into(),
        Page::Delegation | Page::LeaderRights => delegation(house).await,
        Page::TicketCode => code(house, &ticket(house).await).await,
        Page::Ticket | Page::Rights | Page::ChangeTicket => ticket(house).await,
        Page::RightsRequest => privacy_request(house).await,
        Page::StopReminders => stop(house).await,
        Page::Model => {
            let id = dossier(house, State::Published).await;
            let organiser = testing::actor(Role::Organiser, None);
            showcase::dossier(&house.cx, &organiser, id).await.unwrap().slug.unwrap()
        }
        // The day is not over.
        Page::Certificate => "X".into(),
        Page::Pair => pairing(house).await,
        Page::Review | Page::Reading => dossier(house, State::Submitted).await.to_string(),
        // Without another one to compare with: whoever may compare learns that.
        Page::Person | Page::ChangePerson | Page::MergePeople => {
            let ticket = services::registration::ticket(&house.cx, &ticket(house).await).await.unwrap();
            ticket.registration_id.to_string()
        }
        // The citizens' seats.
        Page::Queue => "00000000-0000-0000-0000-000000000031".into(),
        Page::BadgeSheet => badge_print(house).await,
        Page::Dossier => dossier(house, State::Draft).await.to_string(),
        Page::MessageTemplate => "ticket.vi".into(),
        Page::Stamp => booth(house).await,
        Page::Raffle => raffle(house).await,
        _ => String::new(),
    }
}

/// The code of a booth.
pub async fn booth(house: &House) -> String {
    sqlx::query(
        "insert into checkpoints (id, edition_id, code, kind, name_vi)
         select '00000000-0000-0000-0000-0000000000b1', id, 'gian-1', 'booth', 'Gian 1' from editions on conflict do nothing",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    services::checkin::stamp::posters(&house.cx, &organiser).await.unwrap()[0].code.clone()
}

/// A raffle of its own for each asker, which has closed.
async fn raffle(house: &House) -> String {
    let id = house.cx.new_id();
    sqlx::query(
        "insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         select $1::uuid, id, ($1::uuid)::text, 'Quay thưởng', '2027-10-01', 1, 1, 'anyone', 'Xổ số', 6, '2027-11-01', '2027-09-01'
         from editions",
    )
    .bind(id)
    .execute(&house.cx.pool)
    .await
    .unwrap();
    id.to_string()
}

/// The same with its list frozen.
async fn frozen_raffle(house: &House) -> String {
    let code = raffle(house).await;
    let (organiser, nothing_waits) = (testing::actor(Role::Organiser, None), Freeze { while_waiting: false });
    services::checkin::raffle::freeze(&house.cx, &organiser, &code, nothing_waits).await.unwrap();
    code
}

/// The same, and its number is public.
async fn due_raffle(house: &House) -> String {
    let code = frozen_raffle(house).await;
    sqlx::query("update raffles set closes_at = '2027-01-01', frozen_at = '2027-01-02', seed_named_at = '2027-01-01', seed_at = '2027-01-03' where code = $1")
        .bind(&code)
        .execute(&house.cx.pool)
        .await
        .unwrap();
    code
}

/// A badge that was printed a moment ago.
async fn badge_print(house: &House) -> String {
    let person = services::registration::ticket(&house.cx, &ticket(house).await).await.unwrap().registration_id;
    let steward = house.signed_in(Role::Steward, None).await;
    let printed = steward.post("/ban-to-chuc/the-deo", &[("person", &person.to_string()), ("template", "lanyard-a6")]).await;
    printed.header("location").rsplit('/').next().unwrap().to_owned()
}

/// Somebody's link that ends reminders.
async fn stop(house: &House) -> String {
    let ticket = services::registration::ticket(&house.cx, &ticket(house).await).await.unwrap();
    testing::stop_secret(&house.cx, ticket.registration_id)
}

async fn parameter_of_deed(house: &House, deed: Deed) -> String {
    match deed {
        Deed::AddMembers
        | Deed::ExchangeMember
        | Deed::RemoveMember
        | Deed::RecountDelegation
        | Deed::LeaveDelegation
        | Deed::AcceptDelegation
        | Deed::EraseLeader => delegation(house).await,
        Deed::CancelTicket | Deed::AcceptSeat | Deed::AcceptSession | Deed::ChangeConsent | Deed::EraseMine => ticket(house).await,
        Deed::AcknowledgeRequest | Deed::ExtendRequest => privacy_request(house).await,
        Deed::CheckInTicket | Deed::UndoCheckIn => code(house, &ticket(house).await).await,
        Deed::ApproveRegistration
        | Deed::RefuseRegistration
        | Deed::CancelRegistration
        | Deed::InviteFromQueue
        | Deed::ReissueTicket
        | Deed::BlockTicket
        | Deed::UnblockTicket
        | Deed::AdmitByHand
        // No scan is named: whoever may undo one learns that.
        | Deed::UndoScan
        // The person has a name: whoever may write down a guest's learns that.
        | Deed::NameGuest
        | Deed::WriteAttention
        | Deed::ResendLink => parameter_of_page(house, Page::Person).await,
        Deed::RevokeInvitation => invitation(house).await,
        Deed::VoidSpareTickets => spare_batch(house).await,
        // No party is named: whoever may invite one learns that.
        Deed::InviteParty => parameter_of_page(house, Page::Queue).await,
        Deed::ForgetTickets => booth(house).await,
        Deed::FreezeRaffle => raffle(house).await,
        Deed::DrawRaffle => due_raffle(house).await,
        Deed::AskInvitation | Deed::PairScreen | Deed::SignOut | Deed::SignOutEverywhere => String::new(),
        Deed::SubmitDossier => {
            // A cover is there already; the text comes with the form.
            let id = dossier(house, State::Returned).await;
            id.to_string()
        }
        Deed::ReturnDossier | Deed::PublishDossier => dossier(house, State::Submitted).await.to_string(),
        Deed::WithdrawDossier => dossier(house, State::Published).await.to_string(),
        Deed::ResendMessage => message(house).await,
        Deed::ResetTemplate => "ticket.vi".into(),
        Deed::CancelMailing => mailing(house).await,
        // No list is known: whoever may confirm one learns that.
        Deed::ConfirmImport => house.cx.new_id().to_string(),
        Deed::AcceptConflict | Deed::UndoConflict => conflict(house).await,
        Deed::CountIn | Deed::CountInAll => ended_scan(house).await,
        Deed::RevokeDevice => {
            let organiser = testing::actor(Role::Organiser, None);
            access::prepare_device(&house.cx, &organiser, "Máy 2").await.unwrap().0.to_string()
        }
    }
}

async fn parameter_of_download(house: &House, download: Download) -> String {
    match download {
        Download::DelegationPdf | Download::LeaderData | Download::LeaderText => delegation(house).await,
        Download::TicketSvg
        | Download::TicketPng
        | Download::TicketPdf
        | Download::TicketCertificate
        | Download::TicketCalendar
        | Download::MyData
        | Download::MyText => ticket(house).await,
        Download::DayCalendar
        | Download::PeopleCsv
        | Download::PeopleXlsx
        | Download::AttendanceCsv
        | Download::AttendanceXlsx
        | Download::Authority
        // Nobody is named: whoever may print many learns that.
        | Download::Certificates
        | Download::PresenceCsv
        | Download::PresenceXlsx => String::new(),
        Download::SpareTickets => spare_batch(house).await,
        Download::RaffleList => frozen_raffle(house).await,
        Download::Posters | Download::Poster => {
            booth(house).await;
            "00000000-0000-0000-0000-0000000000b1".into()
        }
        Download::PersonCertificate => parameter_of_page(house, Page::Person).await,
        Download::SessionCalendar => "khai-mac".into(),
        Download::Cover => {
            // Another picture than the published one's: this one is under review.
            let id = dossier(house, State::Submitted).await;
            let department = testing::actor(Role::Department, Some(house.fixture.health));
            let mut picture = std::io::Cursor::new(Vec::new());
            image::RgbImage::new(7, 7).write_to(&mut picture, image::ImageFormat::Png).unwrap();
            let draft = dossier(house, State::Returned).await;
            showcase::set_cover(&house.cx, &department, draft, picture.into_inner()).await.unwrap();
            let _ = id;
            showcase::dossier(&house.cx, &department, draft).await.unwrap().cover.unwrap()
        }
    }
}

/// A scan with an open conflict.
async fn conflict(house: &House) -> String {
    let id = house.cx.new_id();
    let report = r#"{"scan_id":"00000000-0000-0000-0000-000000000000","verdict":{"kind":"not_a_ticket"}}"#;
    sqlx::query(
        "with scan as (
             insert into scans (id, edition_id, checkpoint_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
             select $1, edition_id, id, 'entry', 'camera', now(), now(), now(), 0, 'not_a_ticket', $3::jsonb from checkpoints where id = $2
             returning id, edition_id
         )
         insert into conflicts (scan_id, kind, edition_id, found_at) select id, 'clock', edition_id, now() from scan",
    )
    .bind(id)
    .bind(house.fixture.gate.0)
    .bind(report)
    .execute(&house.cx.pool)
    .await
    .unwrap();
    id.to_string()
}

/// A scan of a ticket that lets nobody in by itself, as the phone had been signed out.
async fn ended_scan(house: &House) -> String {
    let person = registration::ticket(&house.cx, &ticket(house).await).await.unwrap().registration_id;
    let id = conflict(house).await;
    sqlx::query(
        "with scan as (
             update scans set verdict = 'admit', is_believed = false, ticket_id = (select id from tickets where registration_id = $2)
             where id = $1::uuid
         )
         update conflicts set kind = 'ended_phone' where scan_id = $1::uuid",
    )
    .bind(&id)
    .bind(person.0)
    .execute(&house.cx.pool)
    .await
    .unwrap();
    id
}

/// A message that failed.
async fn message(house: &House) -> String {
    let secret = ticket(house).await;
    let id = registration::ticket(&house.cx, &secret).await.unwrap().registration_id;
    let message = house.cx.new_id();
    sqlx::query(
        "insert into messages (id, edition_id, kind, channel, registration_id, state, due_at, created_at)
         select $1, edition_id, 'ticket', 'email', id, 'failed', now(), now() from registrations where id = $2",
    )
    .bind(message)
    .bind(id.0)
    .execute(&house.cx.pool)
    .await
    .unwrap();
    message.to_string()
}

/// An invitation that can be used.
async fn invitation(house: &House) -> String {
    let new = registration::NewInvitation {
        audience: house.fixture.hidden,
        label: String::new(),
        most_uses: 1,
        bypasses_capacity: false,
        expires_at: None,
    };
    let organiser = testing::actor(Role::Organiser, None);
    registration::create_invitation(&house.cx, &organiser, new, house.cx.new_id()).await.unwrap().to_string()
}

/// A batch of spare tickets that nobody has used.
async fn spare_batch(house: &House) -> String {
    let order = SpareOrder { audience: house.fixture.citizens, count: 1 };
    registration::spare::make(&house.cx, &testing::actor(Role::Organiser, None), order).await.unwrap().to_string()
}

/// A mailing whose time has not come.
async fn mailing(house: &House) -> String {
    let id = house.cx.new_id();
    sqlx::query(
        "insert into mailings (id, edition_id, subject_vi, body_vi, status, is_about_seat, moment, send_at, created_at)
         select $1, id, 'a', 'b', 'confirmed', true, 'now', '2100-01-01', now() from editions",
    )
    .bind(id)
    .execute(&house.cx.pool)
    .await
    .unwrap();
    id.to_string()
}

async fn pairing(house: &House) -> String {
    let organiser = testing::actor(Role::Organiser, None);
    access::prepare_device(&house.cx, &organiser, "Máy 3").await.unwrap().1.0
}

/// A ticket of its own for each asker.
async fn ticket(house: &House) -> String {
    let key = u32::from_be_bytes(house.cx.random_bytes()) % 1_000_000;
    secret(house, key).await
}

/// Something that somebody asked by the law on personal data.
async fn privacy_request(house: &House) -> String {
    let values = Values(request_by_phone().into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    let new = NewRequest::parse(&values, local_date(house.cx.now())).unwrap();
    privacy::file(&house.cx, &testing::actor(Role::Organiser, None), new).await.unwrap().to_string()
}

fn request_by_phone() -> Vec<(&'static str, String)> {
    vec![("right", "object".into()), ("channel", "phone".into()), ("detail", "Đừng gọi nữa".into())]
}

/// A delegation of its own for each asker.
async fn delegation(house: &House) -> String {
    let key = u32::from_be_bytes(house.cx.random_bytes()) % 1_000_000;
    delegations::registered(house, key).await
}

/// The fields that make a form of this address complete.
fn fields(house: &House, page: Option<Page>, deed: Option<Deed>) -> Vec<(&'static str, String)> {
    match (page, deed) {
        (Some(Page::Dossier), _) | (_, Some(Deed::SubmitDossier)) => [complete(), vec![("revision", "1".into())]].concat(),
        (Some(Page::FindTicket), _) => vec![("who", format!("{}@example.vn", house.cx.new_id()))],
        (Some(Page::MessageTemplate), _) => vec![("subject", "Thẻ".into()), ("body", "{lien_ket}".into())],
        (Some(Page::Mailing), _) => {
            [("subject", "Nhắc"), ("body", "Chào {ten}"), ("status", "confirmed"), ("when", "now"), ("action", "send")]
                .map(|(name, value)| (name, value.to_owned()))
                .into()
        }
        (Some(Page::SpareTickets), _) => vec![("audience", house.fixture.citizens.to_string()), ("count", "2".into())],
        (_, Some(Deed::VoidSpareTickets)) => vec![("reason", "lost".into())],
        (Some(Page::Invitations), _) => vec![("audience", house.fixture.hidden.to_string()), ("most_uses", "1".into())],
        (Some(Page::Devices), _) => vec![("name", "Máy".into())],
        (Some(Page::WalkIn), _) => {
            vec![("full_name", "Nguyễn Văn An".into()), ("audience", house.fixture.citizens.to_string()), ("consent_attend", "yes".into())]
        }
        // Staff need not know more.
        (Some(Page::ChangePerson), _) => vec![("full_name", "Nguyễn Thị Hạnh".into())],
        (Some(Page::ChangeTicket), _) => {
            vec![("full_name", "Nguyễn Thị Hạnh".into()), ("phone", "0912 345 678".into()), ("commune", "28261".into())]
        }
        (_, Some(Deed::AdmitByHand)) => {
            vec![("checkpoint", house.fixture.gate.to_string()), ("reason", "forgotten".into()), ("overrules", "yes".into())]
        }
        (_, Some(Deed::NameGuest)) => vec![("full_name", "Lê Thị Lan".into()), ("consent_attend", "yes".into())],
        (_, Some(Deed::WriteAttention)) => vec![("attention", "Cần xe lăn".into())],
        // Of nobody: no stamp is made. Each form is another's.
        (Some(Page::Stamp), _) => vec![("ma", "0000 0000".into()), ("khoa", house.cx.new_id().to_string())],
        (_, Some(Deed::DrawRaffle)) => [("seed", "123456"), ("confirm", "yes")].map(|(name, value)| (name, value.to_owned())).into(),
        (_, Some(Deed::AcceptConflict)) => vec![("kind", "clock".into())],
        (_, Some(Deed::AskInvitation)) => vec![("invite_email", format!("{}@example.vn", house.cx.new_id()))],
        (_, Some(Deed::AcceptSession)) => vec![("session", "00000000-0000-0000-0000-000000000071".into())],
        (Some(Page::Rights), _) => vec![("right", "object".into()), ("detail", "Đừng gọi nữa".into())],
        (Some(Page::RightsQueue), _) => request_by_phone(),
        (Some(Page::RightsRequest), _) => vec![("state", "done".into()), ("outcome", "Đã ghi".into())],
        (_, Some(Deed::ChangeConsent)) => vec![("give", "news".into())],
        (Some(Page::LeaderRights), _) => vec![("leader_name", "Trần Văn Sen".into()), ("leader_phone", "0912 345 678".into())],
        (_, Some(Deed::EraseMine | Deed::EraseLeader)) => vec![("confirm", "yes".into())],
        (_, Some(Deed::ExtendRequest)) => vec![("reason", "Cần hỏi thêm".into())],
        (Some(Page::Register | Page::RegisterDelegation), _) => vec![("audience", house.fixture.citizens.to_string())],
        (_, Some(Deed::AddMembers)) => vec![("name-1", "Đỗ An".into())],
        (_, Some(Deed::ReturnDossier)) => vec![("reason", "Bổ sung".into())],
        (_, Some(Deed::CheckInTicket)) => vec![("checkpoint", house.fixture.gate.to_string())],
        _ => Vec::new(),
    }
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn every_address_answers_everybody_as_printed(pool: PgPool) {
    let house = House::open(pool).await;
    // A stream that nothing ends is never read to its end.
    house.app.streams.end();
    session(&house).await;
    sqlx::raw_sql(
        "update audiences set closes_at = null;
         insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, created_at)
         values ('00000000-0000-0000-0000-000000000061', 'a@a.vn', 'a@a.vn', 'A', 'department', '00000000-0000-0000-0000-000000000021', '', now())",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let mut everybody = everybody(&house).await;
    let mut printed = String::new();
    for (number, (who, _)) in everybody.iter().enumerate() {
        writeln!(printed, "{:54}{}{who}", "", "|   ".repeat(number)).unwrap();
    }
    for page in Page::all() {
        for locale in [Locale::Vi, Locale::En] {
            let mut row = Vec::new();
            for (_, reader) in &everybody {
                let address = page.at(locale, &parameter_of_page(&house, page).await);
                row.push(reader.get(&address).await.status.as_u16());
            }
            line(&mut printed, "GET", page.pattern(locale), &row);
        }
        for locale in Locale::ALL.into_iter().filter(|_| takes_form(page)) {
            let mut row = Vec::new();
            for (_, reader) in &everybody {
                let address = page.at(locale, &parameter_of_page(&house, page).await);
                row.push(post(reader, &address, fields(&house, Some(page), None)).await);
            }
            line(&mut printed, "POST", page.pattern(locale), &row);
            if page == Page::Pair {
                // Pairing has ended the sign-ins that it replaced.
                everybody = self::everybody(&house).await;
            }
        }
    }
    for download in Download::ALL {
        let mut row = Vec::new();
        for (_, reader) in &everybody {
            let address = download.at(Locale::Vi, &parameter_of_download(&house, download).await);
            row.push(reader.get(&address).await.status.as_u16());
        }
        line(&mut printed, "GET", download.pattern(), &row);
    }
    for (method, path) in others() {
        let mut row = Vec::new();
        for (_, reader) in &everybody {
            let (media_type, body) = body(&house, path).await;
            row.push(reader.send(method.clone(), path, Some(media_type), body.into()).await.status.as_u16());
        }
        line(&mut printed, method.as_str(), path, &row);
    }
    // Last, since signing out ends what the others need.
    let (ends, deeds): (Vec<_>, Vec<_>) =
        Deed::all().partition(|deed| matches!(deed, Deed::PairScreen | Deed::SignOut | Deed::SignOutEverywhere));
    for deed in deeds.into_iter().chain(ends.into_iter().rev()) {
        for locale in Locale::ALL {
            let mut row = Vec::new();
            for (_, reader) in &everybody {
                let address = deed.at(locale, &parameter_of_deed(&house, deed).await);
                row.push(post(reader, &address, fields(&house, None, Some(deed))).await);
            }
            line(&mut printed, "POST", deed.pattern(locale), &row);
            if deed == Deed::PairScreen {
                // The sessions of those who made their browsers screens have ended.
                everybody = self::everybody(&house).await;
            }
        }
    }
    insta::assert_snapshot!(printed);
}

/// Every server function that is registered and every plain route that is mounted, and addresses that do not exist.
fn others() -> Vec<(Method, &'static str)> {
    let functions = server_fn_paths().map(|(path, method)| (method, path)).collect::<Vec<_>>();
    assert!(functions.len() >= 2, "the server functions are not registered");
    let plain = plain().into_iter().flat_map(|(pattern, methods, _)| {
        let path = match pattern {
            "/api/fn/{*function}" => "/api/fn/nothing",
            "/pkg/{*file}" => "/pkg/style.1.css",
            "/fonts/{*file}" => "/fonts/sen.1.woff2",
            routes::BADGE_FRAME => "/khung-the-deo/90x54-90x54-1-0x0-0-0-100",
            "/pictures/{*file}" => "/pictures/favicon.1.svg",
            plain => plain,
        };
        assert!(!path.contains('{'), "nobody calls {pattern}");
        methods.iter().map(move |method| (method.clone(), path))
    });
    let nowhere = [(Method::GET, "/nowhere"), (Method::POST, "/nowhere")];
    let mut others: Vec<_> = functions.into_iter().chain(plain).chain(nowhere).collect();
    others.sort_by_key(|(method, path)| (*path, method.to_string()));
    others
}

/// What is sent, complete. A function that is not named here fails the sweep.
async fn body(house: &House, path: &str) -> (&'static str, String) {
    match path {
        "/api/checkin/scans" => ("application/json", format!(r#"{{"checkpoint":"{}","scans":[]}}"#, house.fixture.gate)),
        "/api/checkin/look" => {
            let scan = json!({ "scan_id": house.cx.new_id(), "code": "X", "source": "typed", "device_at": house.cx.now(), "offset_ms": 0 });
            ("application/json", json!({ "checkpoint": house.fixture.gate, "scans": [scan] }).to_string())
        }
        "/api/fn/arrivals" | "/api/fn/board" => ("application/json", r#"{"locale":"vi"}"#.to_owned()),
        "/api/fn/save-draft" => {
            let id = dossier(house, State::Draft).await;
            ("application/json", format!(r#"{{"dossier":"{id}","values":[["revision","1"]],"save":7,"locale":"vi"}}"#))
        }
        "/api/checkin/roster" | "/api/fn/nothing" => ("application/json", "{}".to_owned()),
        function if function.starts_with("/api/fn/") => panic!("the sweep does not know what to send to {function}"),
        _ => ("application/x-www-form-urlencoded", String::new()),
    }
}

async fn post(reader: &Reader, address: &str, fields: Vec<(&'static str, String)>) -> u16 {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    reader.post(address, &fields).await.status.as_u16()
}

fn line(printed: &mut String, method: &str, pattern: &str, row: &[u16]) {
    let row: Vec<_> = row.iter().map(u16::to_string).collect();
    writeln!(printed, "{:54}{}", format!("{method:4} {pattern}"), row.join(" ")).unwrap();
}
