use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Actor, Role},
    ids::AudienceId,
    showcase::{Basis, Content},
    text::PersonName,
};
use object_store::ObjectStoreExt;
use sqlx::PgPool;

use super::*;
use crate::{access, registration, showcase, testing};

mod raffles;

/// A small edition in the layout of an export.
const SMALL: &str = r#"[edition]
code = "cds-2027"
year = 2027
name = { vi = "Ngày Chuyển đổi số", en = "Digital Transformation Day" }
theme = { vi = "Gần dân hơn" }
starts_on = 2027-10-09
ends_on = 2027-10-10
peak_on = 2027-10-10
place = { vi = "Mỹ Tho", en = "Mỹ Tho" }
managing_body = { vi = "UBND tỉnh" }
hotline = "0277 3898989"
email = "cds@dongthap.gov.vn"
portal_url = "https://dongthap.gov.vn"

[[venues]]
code = "hoi-nghi"
name = { vi = "Trung tâm Hội nghị" }
address = { vi = "6C Rạch Gầm" }

[[venues.rooms]]
code = "hoi-truong"
name = { vi = "Hội trường", en = "Great Hall" }
seats = 400

[[venues.rooms]]
code = "phong-a"
name = { vi = "Phòng A" }

[[venues]]
code = "cong-vien"
name = { vi = "Công viên" }
address = { vi = "Sa Đéc" }
sample = true

[[venues.rooms]]
code = "san"
name = { vi = "Sân" }

[[tracks]]
code = "kinh-te-so"
name = { vi = "Kinh tế số", en = "Digital economy" }

[[speakers]]
code = "le-hoa"
name = "Lê Thị Hoa"
title = { vi = "Giám đốc", en = "Director" }
organisation = "so-y-te"
sample = true

[[speakers]]
code = "tran-an"
name = "Trần Văn An"

[[sessions]]
code = "ra-quan"
title = { vi = "Ra quân" }
kind = "ra_quan"
room = "san"
starts = 2027-10-09 08:00:00
ends = 2027-10-09 10:00:00
sample = true

[[sessions]]
code = "khai-mac"
title = { vi = "Khai mạc", en = "Opening" }
kind = "khai_mac"
track = "kinh-te-so"
room = "hoi-truong"
starts = 2027-10-10 08:00:00
ends = 2027-10-10 09:00:00
speakers = ["tran-an", "le-hoa"]
summary = { vi = """
Dòng một

Dòng "hai"""" }

[[audiences]]
code = "nguoi-dan"
name = { vi = "Người dân", en = "Citizens" }
kind = "citizen"
seats = 2
opens = 2027-09-01 00:00:00
closes = 2027-10-10 10:00:00

[[audiences]]
code = "bao-chi"
name = { vi = "Báo chí" }
kind = "press"
hidden = true

[[checkpoints]]
code = "cong-chinh"
name = { vi = "Cổng chính" }
kind = "gate"
opens = 2027-10-10 06:30:00
closes = 2027-10-10 17:00:00
admits = ["citizen", "press"]

[[checkpoints]]
code = "cua-ra-quan"
name = { vi = "Cửa sân" }
kind = "session"
session = "ra-quan"

[[badge_templates]]
code = "to-nhan"
name = { vi = "Tờ nhãn A4", en = "Sheet of labels" }
width = 99
height = 57
layout = "row"
lines = ["name", "organisation", "code"]
sheet = { columns = 2, rows = 5, left = 6 }

[[organisations]]
code = "so-y-te"
name = { vi = "Sở Y tế", en = "Department of Health" }
kind = "so"
url = "https://syt.dongthap.gov.vn"
quota_models = 1
valid_from = 2025-07-01

[[organisations]]
code = "mau"
name = { vi = "Đơn vị mẫu" }
kind = "ubnd_xa"
commune = "28261"
partner = true
sample = true

[[communes]]
code = "28261"
kind = "phuong"
name = "Mỹ Tho"
"#;

fn problems(outcome: Result<ImportSummary, ImportError>) -> Vec<(usize, String, String)> {
    match outcome {
        Err(ImportError::File(problems)) => problems.into_iter().map(|problem| (problem.line, problem.field, problem.message)).collect(),
        other => panic!("the file was not refused: {other:?}"),
    }
}

/// [`SMALL`] with one part written otherwise.
fn small(old: &str, new: &str) -> String {
    assert_eq!(SMALL.matches(old).count(), 1, "{old:?} stands once in the file");
    SMALL.replace(old, new)
}

/// The line of [`SMALL`] that begins so.
fn line(start: &str) -> usize {
    let lines: Vec<usize> = SMALL.lines().enumerate().filter(|(_, line)| line.starts_with(start)).map(|(at, _)| at + 1).collect();
    assert_eq!(lines.len(), 1, "one line begins with {start:?}");
    lines[0]
}

/// Where the one thing with this code begins.
fn thing(code: &str) -> usize {
    line(&format!("code = \"{code}\"")) - 1
}

async fn stored(cx: &Context) -> (i64, i64, i64) {
    let row = sqlx::query!(
        r#"select (select count(*) from editions) as "editions!", (select count(*) from sessions) as "sessions!",
                  (select count(*) from audit_log) as "entries!""#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    (row.editions, row.sessions, row.entries)
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_was_imported_is_exported_to_the_letter(pool: PgPool) {
    let cx = testing::context(pool);
    let summary = import(&cx, SMALL).await.unwrap();
    assert_eq!(summary, ImportSummary { code: "cds-2027".into(), created: 15, updated: 0, removed: 0 });
    assert_eq!(export(&cx, None).await.unwrap(), SMALL);
    assert_eq!(export(&cx, Some("cds-2027")).await.unwrap(), SMALL);
    assert!(matches!(export(&cx, Some("cds-2026")).await, Err(Error::NotFound)));
    let entry = sqlx::query!("select action, actor_kind, detail from audit_log").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((entry.action.as_str(), entry.actor_kind.as_str()), ("edition.import", "system"));
    assert_eq!(entry.detail, json!({ "created": 15, "updated": 0, "removed": 0 }));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn importing_again_changes_nothing_and_keeps_registrations(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    let citizens = sqlx::query_scalar!("select id from audiences where code = 'nguoi-dan'").fetch_one(&cx.pool).await.unwrap();
    registration::register(&cx, testing::citizen(AudienceId(citizens)), cx.new_id()).await.unwrap();
    let summary = import(&cx, &export(&cx, None).await.unwrap()).await.unwrap();
    assert_eq!(summary, ImportSummary { code: "cds-2027".into(), created: 0, updated: 0, removed: 0 });
    assert_eq!(export(&cx, None).await.unwrap(), SMALL);
    let kept = sqlx::query!(
        r#"select a.id as audience, c.taken, (select count(*) from capacities) as "capacities!"
           from registrations r join audiences a on a.id = r.audience_id join capacities c on c.id = a.capacity_id"#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert_eq!((kept.audience, kept.taken, kept.capacities), (citizens, 1, 2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_changed_file_adds_changes_and_removes(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    let without_sample: String = {
        let (before, rest) = SMALL.split_once("[[sessions]]\ncode = \"ra-quan\"").unwrap();
        let (_, rest) = rest.split_once("[[sessions]]").unwrap();
        format!("{before}[[sessions]]{rest}")
    };
    let changed = without_sample
        .replace(
            "code = \"cua-ra-quan\"\nname = { vi = \"Cửa sân\" }\nkind = \"session\"\nsession = \"ra-quan\"",
            "code = \"quay\"\nname = { vi = \"Quầy quà\" }\nkind = \"handout\"",
        )
        .replace("seats = 400", "seats = 350")
        .replace("speakers = [\"tran-an\", \"le-hoa\"]", "speakers = [\"le-hoa\"]");
    let summary = import(&cx, &changed).await.unwrap();
    // Added: the hand-out. Changed: the venue with the hall, the opening. Removed: the campaign and its door.
    assert_eq!(summary, ImportSummary { code: "cds-2027".into(), created: 1, updated: 2, removed: 2 });
    assert_eq!(export(&cx, None).await.unwrap(), changed);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn another_year_becomes_the_current_edition_and_the_first_stays(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    let next = SMALL.replace("cds-2027", "cds-2028").replace("2027", "2028");
    assert_eq!(import(&cx, &next).await.unwrap().created, 12, "the bodies and the commune are known");
    assert_eq!(current(&cx).await.unwrap().unwrap().code, "cds-2028");
    assert_eq!(export(&cx, Some("cds-2027")).await.unwrap(), SMALL);
    let twin = SMALL.replace("cds-2027", "cds-2027-b");
    assert_eq!(problems(import(&cx, &twin).await), [(3, "edition.year".into(), "is the year of the edition cds-2027".into())]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn seats_are_not_taken_away_from_people_nor_their_group_nor_a_scanned_gate(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    let citizens = sqlx::query_scalar!("select id from audiences where code = 'nguoi-dan'").fetch_one(&cx.pool).await.unwrap();
    for _ in 0..2 {
        registration::register(&cx, testing::citizen(AudienceId(citizens)), cx.new_id()).await.unwrap();
    }
    sqlx::query!(
        "insert into scans (id, edition_id, checkpoint_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
         select $1, edition_id, id, 'entry', 'typed', now(), now(), now(), 0, 'not_a_ticket', '{}' from checkpoints where code = 'cong-chinh'",
        cx.new_id()
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let before = stored(&cx).await;
    let seats = line("seats = 2");
    assert_eq!(
        problems(import(&cx, &small("seats = 2\n", "seats = 1\n")).await),
        [(seats, "audiences[0].seats".into(), "2 seats are taken already".into())]
    );
    let renamed = SMALL.replace("code = \"nguoi-dan\"", "code = \"ba-con\"").replace("code = \"cong-chinh\"", "code = \"cong-sau\"");
    assert_eq!(
        problems(import(&cx, &renamed).await),
        [
            (thing("nguoi-dan"), "audiences".into(), "nguoi-dan has registrations and must stay in the file".into()),
            (thing("cong-chinh"), "checkpoints".into(), "cong-chinh has scans and must stay in the file".into()),
        ]
    );
    assert_eq!(stored(&cx).await, before, "a refused file leaves no trace");
    assert_eq!(export(&cx, None).await.unwrap(), SMALL);
    import(&cx, &small("seats = 2\n", "")).await.unwrap();
    let size = sqlx::query_scalar!("select c.size from capacities c join audiences a on a.capacity_id = c.id where a.code = 'nguoi-dan'");
    assert_eq!(size.fetch_one(&cx.pool).await.unwrap(), None, "without seats, as many as come");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn problems_are_told_with_line_and_field_and_nothing_is_stored(pool: PgPool) {
    let cx = testing::context(pool);
    let cases = [
        // Syntax and structure.
        (small("year = 2027", "year = "), 3, "edition.year", "string values must be quoted"),
        (small("hotline = ", "hotlin = "), line("hotline"), "edition.hotlin", "unknown field `hotlin`"),
        (small("[[tracks]]", "[[track]]"), line("[[tracks]]"), "track", "unknown: a file has edition, venues"),
        (
            small("seats = 400", "seats = \"400\""),
            line("seats = 400"),
            "venues[0].rooms[0].seats",
            "invalid type: string \"400\", expected i32",
        ),
        (small("kind = \"citizen\"", "kind = \"bürger\""), line("kind = \"citizen\""), "audiences[0].kind", "unknown variant `bürger`"),
        (small("room = \"san\"\n", ""), thing("ra-quan"), "sessions[0]", "missing field `room`"),
        (
            small("en = \"Citizens\"", "fr = \"Citoyens\""),
            line("name = { vi = \"Người dân\""),
            "audiences[0].name.fr",
            "unknown field `fr`",
        ),
        (small("2027-10-09 10:00:00", "2027-10-09"), line("ends = 2027-10-09"), "sessions[0].ends", "a local time in Vietnam"),
        (small("2027-10-09 10:00:00", "2027-10-09 10:00:00Z"), line("ends = 2027-10-09"), "sessions[0].ends", "a local time in Vietnam"),
        (small("[edition]", "[[edition]]"), 1, "edition", "one table is expected"),
        (small("[[tracks]]", "[tracks]"), line("[[tracks]]"), "tracks", "a list is expected, as [[tracks]]"),
        // References and codes.
        (small("room = \"san\"", "room = \"sân\""), line("room = \"san\""), "sessions[0].room", "nothing has the code sân"),
        (small("track = \"kinh-te-so\"", "track = \"x\""), line("track"), "sessions[1].track", "nothing has the code x"),
        (small("[\"tran-an\", \"le-hoa\"]", "[\"tran-an\", \"x\"]"), line("speakers"), "sessions[1].speakers[1]", "nothing has the code x"),
        (
            small("[\"tran-an\", \"le-hoa\"]", "[\"le-hoa\", \"le-hoa\"]"),
            line("speakers"),
            "sessions[1].speakers[1]",
            "le-hoa is named twice",
        ),
        (
            small("organisation = \"so-y-te\"", "organisation = \"x\""),
            line("organisation ="),
            "speakers[0].organisation",
            "nothing has the code x",
        ),
        (small("session = \"ra-quan\"", "session = \"x\""), line("session = "), "checkpoints[1].session", "nothing has the code x"),
        (small("session = \"ra-quan\"\n", ""), thing("cua-ra-quan"), "checkpoints[1].session", "a door of the kind `session`"),
        (small("commune = \"28261\"", "commune = \"28262\""), line("commune"), "organisations[1].commune", "nothing has the code 28262"),
        (small("code = \"phong-a\"", "code = \"san\""), line("code = \"san\""), "venues[1].rooms[0].code", "the code san is used twice"),
        (small("code = \"phong-a\"", "code = \"Phòng A\""), line("code = \"phong-a\""), "venues[0].rooms[1].code", "small letters"),
        // Values and times.
        (small("kind = \"so\"\n", "kind = \"bo\"\n"), line("kind = \"so\""), "organisations[0].kind", "one of ubnd_tinh"),
        (small("https://syt", "http://syt"), line("url"), "organisations[0].url", "begins with https://"),
        (small("cds@dongthap.gov.vn", "cds"), line("email"), "edition.email", "An email address"),
        (small("seats = 2\n", "seats = -1\n"), line("seats = 2"), "audiences[0].seats", "0 or more"),
        (small("peak_on = 2027-10-10", "peak_on = 2027-10-11"), line("peak_on"), "edition.peak_on", "between the first and the last day"),
        (small("2027-10-09 10:00:00", "2027-10-09 08:00:00"), line("ends = 2027-10-09"), "sessions[0].ends", "must be after the start"),
        (small("2027-10-09 10:00:00", "2027-10-11 00:00:01"), line("starts = 2027-10-09"), "sessions[0].starts", "outside the days"),
        (
            small("2027-09-01 00:00:00", "2027-10-10 10:00:00"),
            line("closes = 2027-10-10 10"),
            "audiences[0].closes",
            "must be after the opening",
        ),
        (
            small(
                "room = \"san\"\nstarts = 2027-10-09 08:00:00\nends = 2027-10-09 10:00:00",
                "room = \"hoi-truong\"\nstarts = 2027-10-10 08:59:59\nends = 2027-10-10 10:00:00",
            ),
            line("room = \"san\""),
            "sessions[0].room",
            "khai-mac is in this room at that time",
        ),
        // Texts.
        (
            small("\"Khai mạc\"", "\"Khai \\u0000mạc\""),
            line("title = { vi = \"Khai"),
            "sessions[1].title.vi",
            "There is a hidden or unusable",
        ),
        (
            small("\"Khai mạc\"", "\"Khai \u{202e}mạc\""),
            line("title = { vi = \"Khai"),
            "sessions[1].title.vi",
            "There is a hidden or unusable",
        ),
        (small("\"Khai mạc\"", "\"<b>Khai mạc</b>\""), line("title = { vi = \"Khai"), "sessions[1].title.vi", "HTML tags"),
        (small("Dòng một", "<script>"), line("summary"), "sessions[1].summary.vi", "HTML tags"),
        (small("\"Trần Văn An\"", "\"Trần Văn 4n\""), line("name = \"Trần"), "speakers[1].name", "A name has letters only"),
        (small("\"Cổng chính\"", "\" \""), line("name = { vi = \"Cổng"), "checkpoints[0].name.vi", "must not be empty"),
    ];
    for (file, line, field, message) in cases {
        let found = problems(import(&cx, &file).await);
        assert_eq!(found.len(), 1, "{field}: {found:?}");
        let (found_line, found_field, found_message) = &found[0];
        assert_eq!((*found_line, found_field.as_str()), (line, field), "{found_message}");
        assert!(found_message.contains(message), "{field}: {found_message:?} says {message:?}");
    }
    assert_eq!(stored(&cx).await, (0, 0, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn all_problems_are_told_at_once_in_the_order_of_the_file(pool: PgPool) {
    let cx = testing::context(pool);
    let wrong = SMALL
        .replace("seats = 400", "seats = 0")
        .replace("organisation = \"so-y-te\"", "organisation = \"x\"")
        .replace("seats = 2\n", "seats = -2\n")
        .replace("name = \"Mỹ Tho\"\n", "name = \"<i>\"\n");
    let fields: Vec<String> = problems(import(&cx, &wrong).await).into_iter().map(|(_, field, _)| field).collect();
    assert_eq!(fields, ["venues[0].rooms[0].seats", "speakers[0].organisation", "audiences[0].seats", "communes[0].name"]);
    let misshapen =
        SMALL.replace("seats = 2\n", "seats = true\n").replace("quota_models = 1", "quota_models = 99999").replace("peak_on", "peak");
    let fields: Vec<String> = problems(import(&cx, &misshapen).await).into_iter().map(|(_, field, _)| field).collect();
    assert_eq!(fields, ["edition.peak", "audiences[0].seats", "organisations[0].quota_models"]);
    assert_eq!(problems(import(&cx, "").await), [(1, "edition".into(), "one table is expected, as [edition]".into())]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn texts_are_stored_composed_and_trimmed(pool: PgPool) {
    let cx = testing::context(pool);
    let decomposed = "Khai ma\u{323}c";
    import(&cx, &small("vi = \"Khai mạc\"", &format!("vi = \"  {decomposed} \""))).await.unwrap();
    assert_eq!(export(&cx, None).await.unwrap(), SMALL);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_sample_goes_and_all_else_stays(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, &small("portal_url = \"https://dongthap.gov.vn\"\n", "portal_url = \"https://dongthap.gov.vn\"\nsample = true\n"))
        .await
        .unwrap();
    let (health, _) = access::organisation_by_code(&cx, "so-y-te").await.unwrap();
    let mut departments = Vec::new();
    for (email, sample) in [("mau@ngay-cds.vn", true), ("that@dongthap.gov.vn", false)] {
        let account = access::NewAccount {
            email: domain::contact::Email::parse(email).unwrap(),
            full_name: PersonName::parse("Lê Thị Hoa").unwrap(),
            role: Role::Department,
            organisation: Some(health),
            sample,
        };
        let (id, _) = access::create_account(&cx, account).await.unwrap();
        departments.push(Actor::Account { id, name: "Lê Thị Hoa".into(), role: Role::Department, organisation: Some(health) });
    }
    let mut pictures = Vec::new();
    for (department, shades) in [(&departments[0], vec![10, 20]), (&departments[1], vec![20, 30])] {
        for shade in shades {
            let id = showcase::start(&cx, department).await.unwrap();
            showcase::save(&cx, department, id, Basis::of(1), None, Content { title: format!("Mô hình {shade}"), ..Content::default() })
                .await
                .unwrap();
            showcase::set_cover(&cx, department, id, picture(shade)).await.unwrap();
            pictures.push(showcase::dossier(&cx, department, id).await.unwrap().cover.unwrap());
        }
    }
    assert_eq!(pictures[1], pictures[2], "a picture that both kinds of dossier show");
    let citizens = sqlx::query_scalar!("select id from audiences where code = 'nguoi-dan'").fetch_one(&cx.pool).await.unwrap();
    for _ in 0..2 {
        registration::register(&cx, testing::citizen(AudienceId(citizens)), cx.new_id()).await.unwrap();
    }
    sqlx::query!("update registrations set sample = true where id = (select min(id::text)::uuid from registrations)")
        .execute(&cx.pool)
        .await
        .unwrap();

    let cleared = clear_sample(&cx).await.unwrap();
    assert_eq!(cleared, ClearedSample { sessions: 1, speakers: 1, dossiers: 2, accounts: 1, registrations: 1 });

    // What is left is the file without the things that were marked, and without the door of the sample session.
    let things = SMALL.split_inclusive("\n\n").collect::<Vec<_>>();
    let left: String = things
        .iter()
        .filter(|thing| !["sample = true", "code = \"san\"", "code = \"cua-ra-quan\""].iter().any(|gone| thing.contains(gone)))
        .copied()
        .collect::<String>()
        .replace("[\"tran-an\", \"le-hoa\"]", "[\"tran-an\"]");
    assert_eq!(export(&cx, None).await.unwrap(), left);
    let rows = sqlx::query!(
        r#"select (select array_agg(content->>'title' order by 1) from dossiers) as "dossiers!",
                  (select array_agg(email) from accounts) as "accounts!",
                  (select count(*) from registrations) as "registrations!", (select count(*) from tickets) as "tickets!",
                  (select taken from capacities c join audiences a on a.capacity_id = c.id where a.code = 'nguoi-dan') as "taken!""#
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert_eq!(rows.dossiers, ["Mô hình 20", "Mô hình 30"]);
    assert_eq!(rows.accounts, ["that@dongthap.gov.vn"]);
    assert_eq!((rows.registrations, rows.tickets, rows.taken), (1, 1, 1));
    for (picture, stays) in [(&pictures[0], false), (&pictures[1], true), (&pictures[3], true)] {
        let path = object_store::path::Path::from_iter([&picture[..2], picture.as_str()]);
        assert_eq!(cx.files.head(&path).await.is_ok(), stays);
    }
    assert_eq!(clear_sample(&cx).await.unwrap(), ClearedSample::default(), "nothing is left to clear");
}

fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(16, 9, image::Rgb([shade; 3])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_long_session_keeps_its_room_from_all_that_begin_before_it_ends(pool: PgPool) {
    let cx = testing::context(pool);
    let session = |code: &str, from: &str, to: &str| {
        format!(
            "[[sessions]]\ncode = \"{code}\"\ntitle = {{ vi = \"Hội thảo\" }}\nkind = \"hoi_thao\"\nroom = \"hoi-truong\"\nstarts = 2027-10-10 {from}\nends = 2027-10-10 {to}\n\n"
        )
    };
    let more = [session("dai", "09:00:00", "12:00:00"), session("ngan", "09:15:00", "09:30:00"), session("muon", "11:59:59", "12:30:00")];
    let sooner = small("[[audiences]]\ncode = \"nguoi-dan\"", &format!("{}[[audiences]]\ncode = \"nguoi-dan\"", more.concat()));
    let found = problems(import(&cx, &sooner).await);
    let told: Vec<_> = found.iter().map(|(_, field, message)| (field.as_str(), message.as_str())).collect();
    assert_eq!(told, [("sessions[3].room", "dai is in this room at that time"), ("sessions[4].room", "dai is in this room at that time")]);
    import(&cx, &sooner.replace("09:15:00", "12:30:00").replace("09:30:00", "13:00:00").replace("11:59:59", "12:00:00")).await.unwrap();
}

/// A registration takes the seat first and asks for its audience then; who imports must not stand across its way.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_import_waits_for_a_seat_before_it_holds_an_audience(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    let mut registration = cx.pool.begin().await.unwrap();
    sqlx::raw_sql("update capacities set taken = taken").execute(&mut *registration).await.unwrap();
    let importing = tokio::spawn({
        let cx = cx.clone();
        async move { import(&cx, SMALL).await }
    });
    loop {
        let waiting = sqlx::query_scalar!(
            r#"select count(*) as "count!" from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"#
        );
        if waiting.fetch_one(&cx.pool).await.unwrap() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let audiences = sqlx::query_scalar!("select code from audiences for key share nowait").fetch_all(&mut *registration).await;
    assert_eq!(audiences.map(|codes| codes.len()).unwrap(), 2);
    registration.commit().await.unwrap();
    assert_eq!(importing.await.unwrap().unwrap().updated, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_file_says_how_long_what_is_kept_and_never_logs_for_less_than_a_year(pool: PgPool) {
    let cx = testing::context(pool);
    let usual = "portal_url = \"https://dongthap.gov.vn\"\n";
    let kept = "retention = { attendees = 6, logs = 12, proofs = 36, requests = 24 }\n";
    let text = small(usual, &format!("{usual}{kept}"));
    import(&cx, &text).await.unwrap();
    let retention = current(&cx).await.unwrap().unwrap().retention;
    assert_eq!((retention.attendees, retention.proofs, retention.requests), (6, 36, 24));
    assert_eq!(export(&cx, None).await.unwrap(), text);
    let short = small(usual, &format!("{usual}retention = {{ logs = 6 }}\n"));
    let told = problems(import(&cx, &short).await);
    assert_eq!(told[0].2, "a number of months from 12 to 120 is expected");
    assert_eq!((told.len(), told[0].1.as_str()), (1, "edition.retention.logs"));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_moved_main_day_takes_its_reminders_along(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, SMALL).await.unwrap();
    sqlx::raw_sql(
        "insert into mailings (id, edition_id, subject_vi, body_vi, status, is_about_seat, moment, send_at, created_at)
         select gen_random_uuid(), id, 'a', 'b', 'confirmed', true, 'day', '2027-10-09T01:00:00Z', now() from editions",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    import(&cx, &SMALL.replace("peak_on = 2027-10-10", "peak_on = 2027-10-09")).await.unwrap();
    let at: DateTime<Utc> = sqlx::query_scalar("select send_at from mailings").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(at.to_rfc3339(), "2027-10-08T01:00:00+00:00");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_room_s_door_follows_the_programme_of_each_file(pool: PgPool) {
    let cx = testing::context(pool);
    let door = "seats = 400\ndoor = { opens_before = 20, closes_after = 15, opens_to_all_after = -5, exits = true }\n";
    let watched = small("seats = 400\n", door);
    let counted = import(&cx, &watched).await.unwrap();
    assert_eq!(counted.created, 15, "the file says what there is, doors stand for themselves");
    assert_eq!(export(&cx, None).await.unwrap(), watched);
    let places = async || {
        let rows = sqlx::query!(
            r#"select c.code as "code!", c.name_vi as "name!", c.counts_exits as "counts_exits!",
                      to_char(c.opens_at at time zone 'Asia/Ho_Chi_Minh', 'HH24:MI') as "opens?",
                      to_char(c.closes_at at time zone 'Asia/Ho_Chi_Minh', 'HH24:MI') as "closes?"
               from checkpoints_by_programme c where c.kind = 'session' order by c.code"#
        )
        .fetch_all(&cx.pool)
        .await
        .unwrap();
        let told = |row: Option<String>| row.unwrap_or_default();
        rows.into_iter().map(|row| (row.code, row.name, row.counts_exits, told(row.opens), told(row.closes))).collect::<Vec<_>>()
    };
    let own = |code: &str, name: &str, exits, opens: &str, closes: &str| {
        (code.to_owned(), name.to_owned(), exits, opens.to_owned(), closes.to_owned())
    };
    let campaign = own("cua-ra-quan", "Cửa sân", false, "07:30", "10:00");
    assert_eq!(places().await, [campaign.clone(), own("door/khai-mac", "Khai mạc", true, "07:40", "08:15")]);
    let moved = watched.replace("starts = 2027-10-10 08:00:00", "starts = 2027-10-10 08:30:00").replace("\"Khai mạc\"", "\"Lễ khai mạc\"");
    import(&cx, &moved).await.unwrap();
    assert_eq!(places().await, [campaign.clone(), own("door/khai-mac", "Lễ khai mạc", true, "08:10", "08:45")]);
    import(&cx, SMALL).await.unwrap();
    assert_eq!(places().await, [campaign]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_session_at_whose_door_people_were_scanned_stays_in_the_file(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, &small("seats = 400\n", "seats = 400\ndoor = { opens_before = 20 }\n")).await.unwrap();
    sqlx::query!(
        "insert into scans (id, edition_id, checkpoint_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
         select gen_random_uuid(), edition_id, id, 'entry', 'camera', now(), now(), now(), 0, 'not_a_ticket', '{}' from checkpoints where follows_room"
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let without = SMALL.split_once("[[sessions]]\ncode = \"khai-mac\"").unwrap();
    let without = format!("{}{}", without.0, &without.1[without.1.find("[[audiences]]").unwrap()..]);
    let message = "khai-mac has scans at its door and must stay in the file".to_owned();
    let found = problems(import(&cx, &without).await);
    assert_eq!(found.into_iter().map(|(_, field, message)| (field, message)).collect::<Vec<_>>(), [("sessions".to_owned(), message)]);
    import(&cx, SMALL).await.unwrap();
    let kept = sqlx::query_scalar!("select code from checkpoints where follows_room").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(kept, ["door/khai-mac"], "what was scanned there stays, though nobody stands there any more");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_door_is_open_a_day_at_most(pool: PgPool) {
    let cx = testing::context(pool);
    let door = "seats = 400\ndoor = { opens_before = 1441, closes_after = 0, opens_to_all_after = -1441 }\n";
    let found = problems(import(&cx, &small("seats = 400\n", door)).await);
    let told: Vec<_> = found.iter().map(|(_, field, message)| (field.as_str(), message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("venues[0].rooms[0].door.opens_before", "between 0 and 1440 minutes are expected"),
            ("venues[0].rooms[0].door.closes_after", "between 1 and 1440 minutes are expected"),
            ("venues[0].rooms[0].door.opens_to_all_after", "between -1440 and 1440 minutes are expected"),
        ]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_entrance_is_shared_by_gates_or_hand_outs_that_count_alike(pool: PgPool) {
    let cx = testing::context(pool);
    let more = "session = \"ra-quan\"\nentrance = \"khu\"\n\n[[checkpoints]]\ncode = \"ban-qua\"\nname = { vi = \"Bàn quà\" }\nkind = \"handout\"\nentrance = \"khu\"\n\n\
                [[checkpoints]]\ncode = \"cong-sau\"\nname = { vi = \"Cổng sau\" }\nkind = \"gate\"\nentrance = \"khu\"\nexits = true\n\n\
                [[checkpoints]]\ncode = \"cong-ben\"\nname = { vi = \"Cổng bên\" }\nkind = \"gate\"\nentrance = \"Khu B\"\n";
    let file = small("session = \"ra-quan\"\n", more).replace("kind = \"gate\"\nopens", "kind = \"gate\"\nentrance = \"khu\"\nopens");
    let found = problems(import(&cx, &file).await);
    let told: Vec<_> = found.iter().map(|(_, field, message)| (field.as_str(), message.as_str())).collect();
    let others = "kind and exits must be those of cong-chinh, which has the same entrance";
    assert_eq!(
        told,
        [
            ("checkpoints[1].entrance", "only gates and hand-outs share an entrance"),
            ("checkpoints[2].entrance", others),
            ("checkpoints[3].entrance", others),
            ("checkpoints[4].entrance", "a code of small letters, digits and hyphens is expected"),
        ]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_gate_asks_no_question_whose_choices_phones_do_not_hold(pool: PgPool) {
    let cx = testing::context(pool);
    let with = |kind: &str| {
        let options = if kind.starts_with("choice") {
            "options = [{ code = \"a\", name = { vi = \"A\" } }, { code = \"b\", name = { vi = \"B\" } }]\n"
        } else {
            ""
        };
        let question = format!("code = \"cua\"\nkind = \"{kind}\"\nlabel = {{ vi = \"Ở cửa\" }}\nask_at_check_in = true\n{options}");
        format!("{SMALL}\n[[questions]]\n{question}")
    };
    for kind in ["organisation", "commune"] {
        let found: Vec<_> = problems(import(&cx, &with(kind)).await).into_iter().map(|(_, field, message)| (field, message)).collect();
        let [(field, message)] = &found[..] else { panic!("{kind}: {found:?}") };
        assert!(field.ends_with(".ask_at_check_in"), "{field}");
        assert_eq!(message, "phones hold no list of organisations or communes to choose from");
    }
    assert_eq!(stored(&cx).await, (0, 0, 0));
    for kind in ["text", "number", "yes_no", "choice", "choices", "date", "phone"] {
        import(&cx, &with(kind)).await.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_template_of_badges_goes_on_its_paper(pool: PgPool) {
    let cx = testing::context(pool);
    let found = |old: &str, new: &str| {
        let (cx, text) = (cx.clone(), small(old, new));
        async move { problems(import(&cx, &text).await).into_iter().map(|(_, field, message)| (field, message)).collect::<Vec<_>>() }
    };
    let at = |field: &str| format!("badge_templates[0].{field}");
    let told = |field: &str, message: &str| vec![(at(field), message.to_owned())];
    assert_eq!(found("width = 99", "width = 103").await, told("sheet", "so many badges do not go on a sheet of A4"));
    assert_eq!(found("height = 57", "height = 30").await, told("height", "a height from 40 to 297 millimetres is expected"));
    assert_eq!(
        found("lines = [\"name\", \"organisation\", \"code\"]", "lines = [\"code\"]").await,
        told("lines", "each line is named once, and the name is one of them")
    );
}
