use std::io::Cursor;

use domain::{
    access::Role,
    showcase::{Pillar, Sector},
};
use image::ImageFormat;
use sqlx::PgPool;

use super::*;
use crate::testing::{self, Fixture};

fn complete() -> Content {
    Content {
        title: "Số hóa truy xuất nguồn gốc xoài Cao Lãnh".into(),
        summary: "Mã QR trên từng thùng xoài cho biết vườn, ngày hái và kết quả kiểm nghiệm.".into(),
        pillar: Some(Pillar::Economy),
        sector: Some(Sector::Agriculture),
        problem: "Người mua không biết xoài từ vườn nào; thương lái trộn hàng, giá giảm. ".repeat(3).trim().to_owned(),
        solution: "Mỗi vườn có sổ nhật ký điện tử; mỗi thùng hàng mang một mã QR. ".repeat(5).trim().to_owned(),
        cover_alt: "Nông dân quét mã trên thùng xoài".into(),
        publish_consent: true,
        ..Content::default()
    }
}

fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(32, 18, image::Rgb([shade; 3])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A small edition, the health department's account (with its row), an organiser and two judges.
async fn desk(pool: PgPool) -> (Context, Fixture, Actor, Actor) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let department = testing::actor(Role::Department, Some(edition.health));
    sqlx::query!(
        "insert into accounts (id, email, email_key, full_name, role, organisation_id, password_hash, created_at) values ($1, 'a@b.vn', 'a@b.vn', 'Lê Văn Tám', 'department', $2, 'x', now())",
        department.account().unwrap().0,
        edition.health.0
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    (cx, edition, department, testing::actor(Role::Organiser, None))
}

/// Keeps the text over whatever is stored.
async fn write_over(cx: &Context, actor: &Actor, id: DossierId, content: Content) -> Result<i64, Error> {
    let revision = dossier(cx, actor, id).await?.revision;
    save(cx, actor, id, Basis::of(revision), None, content).await
}

async fn hand_in(cx: &Context, actor: &Actor, id: DossierId, content: Content) -> Result<(), Error> {
    let revision = write_over(cx, actor, id, content).await?;
    submit(cx, actor, id, revision).await
}

fn titled(title: &str) -> Content {
    Content { title: title.into(), ..Content::default() }
}

fn is_conflict<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Conflict(Conflict::DossierState)))
}

async fn submitted(cx: &Context, department: &Actor) -> DossierId {
    let id = start(cx, department).await.unwrap();
    set_cover(cx, department, id, picture(90)).await.unwrap();
    hand_in(cx, department, id, complete()).await.unwrap();
    id
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_dossier_goes_from_draft_over_changes_to_the_gallery(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    let locked = dossier(&cx, &department, id).await.unwrap();
    assert_eq!((locked.state, locked.number.as_deref(), locked.version), (State::Submitted, Some("MH-2027-0001"), 1));
    assert!(is_conflict(&write_over(&cx, &department, id, titled("Khác")).await));

    send_back(&cx, &organiser, id, "Xin bổ sung số liệu.").await.unwrap();
    assert_eq!(dossier(&cx, &department, id).await.unwrap().return_reason.as_deref(), Some("Xin bổ sung số liệu."));
    hand_in(&cx, &department, id, Content { title_en: "Traceable mangoes".into(), ..complete() }).await.unwrap();
    publish(&cx, &organiser, id).await.unwrap();

    let cards = gallery(&cx, None).await.unwrap();
    assert_eq!(cards[0].slug, "so-hoa-truy-xuat-nguon-goc-xoai-cao-lanh-1");
    let page = model(&cx, &cards[0].slug).await.unwrap();
    assert_eq!((page.number.as_deref(), page.version, page.content.title_en.as_str()), (Some("MH-2027-0001"), 2, "Traceable mangoes"));
    let versions = sqlx::query_scalar!("select version from dossier_versions order by 1").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(versions, [1, 2]);

    withdraw(&cx, &organiser, id).await.unwrap();
    assert!(matches!(model(&cx, &cards[0].slug).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_incomplete_dossier_keeps_its_text_but_is_not_submitted(pool: PgPool) {
    let (cx, _, department, _) = desk(pool).await;
    let id = start(&cx, &department).await.unwrap();
    let Err(Error::Invalid(errors)) = hand_in(&cx, &department, id, Content { problem: "ngắn".into(), ..complete() }).await else {
        panic!("submitted");
    };
    assert_eq!(errors.0, [(field::PROBLEM.to_owned(), Problem::TooShort { min: 100 }), (field::COVER.to_owned(), Problem::Required)]);
    let kept = dossier(&cx, &department, id).await.unwrap();
    assert_eq!((kept.state, kept.content.problem.as_str(), kept.number), (State::Draft, "ngắn", None));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn others_drafts_do_not_exist(pool: PgPool) {
    let (cx, edition, department, organiser) = desk(pool).await;
    let id = start(&cx, &department).await.unwrap();
    let other = testing::actor(Role::Department, Some(edition.justice));
    let judge = testing::actor(Role::Judge, Some(edition.justice));
    for stranger in [&other, &judge, &organiser] {
        assert!(matches!(dossier(&cx, stranger, id).await, Err(Error::NotFound)));
        assert_eq!(dossiers(&cx, stranger).await.unwrap(), []);
    }
    assert!(matches!(dossier(&cx, &Actor::Anonymous, id).await, Err(Error::SignIn)));
    assert!(matches!(dossier(&cx, &Actor::Anonymous, DossierId(uuid::Uuid::nil())).await, Err(Error::SignIn)));
    assert!(matches!(dossiers(&cx, &testing::actor(Role::Steward, None)).await, Err(Error::Forbidden)));
    assert_eq!(dossiers(&cx, &department).await.unwrap().len(), 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_judge_reads_others_dossiers_under_review_only(pool: PgPool) {
    let (cx, edition, department, _) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    let own = testing::actor(Role::Judge, Some(edition.health));
    let other = testing::actor(Role::Judge, Some(edition.justice));
    assert!(matches!(dossier(&cx, &own, id).await, Err(Error::NotFound)));
    assert_eq!(dossiers(&cx, &own).await.unwrap(), []);
    assert_eq!(dossiers(&cx, &other).await.unwrap().len(), 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn numbers_have_no_gaps_and_no_twins(pool: PgPool) {
    let (cx, _, department, _) = desk(pool).await;
    let race: Vec<_> = (0..12)
        .map(|_| {
            let (cx, department) = (cx.clone(), department.clone());
            tokio::spawn(async move { submitted(&cx, &department).await })
        })
        .collect();
    for runner in race {
        runner.await.unwrap();
    }
    let serials = sqlx::query_scalar!(r#"select serial as "serial!" from dossiers order by 1"#).fetch_all(&cx.pool).await.unwrap();
    assert_eq!(serials, (1..=12).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_cover_is_public_only_when_its_dossier_is(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    let key = dossier(&cx, &department, id).await.unwrap().cover.unwrap();
    assert!(matches!(cover(&cx, &Actor::Anonymous, &key).await, Err(Error::NotFound)));
    assert_eq!(cover(&cx, &organiser, &key).await.unwrap().1, "image/jpeg");
    publish(&cx, &organiser, id).await.unwrap();
    let (bytes, _) = cover(&cx, &Actor::Anonymous, &key).await.unwrap();
    assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Jpeg);
    assert!(matches!(cover(&cx, &Actor::Anonymous, "../secret.key").await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_submitted_dossiers_are_returned_or_published_and_only_with_a_reason(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    assert!(matches!(send_back(&cx, &organiser, id, "  ").await, Err(Error::Invalid(_))));
    assert!(matches!(publish(&cx, &department, id).await, Err(Error::NotFound)));
    publish(&cx, &organiser, id).await.unwrap();
    assert!(matches!(publish(&cx, &organiser, id).await, Err(Error::Conflict(Conflict::DossierState))));
    assert!(matches!(send_back(&cx, &organiser, id, "x").await, Err(Error::Conflict(Conflict::DossierState))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_replaced_cover_goes_unless_something_still_shows_it(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let (id, other) = (start(&cx, &department).await.unwrap(), start(&cx, &department).await.unwrap());
    let cover_of = async |id| dossier(&cx, &department, id).await.unwrap().cover.unwrap();
    for dossier in [id, other] {
        set_cover(&cx, &department, dossier, picture(10)).await.unwrap();
    }
    let shared = cover_of(id).await;
    set_cover(&cx, &department, id, picture(20)).await.unwrap();
    files::get(&cx, &shared).await.unwrap();
    set_cover(&cx, &department, other, picture(30)).await.unwrap();
    assert!(matches!(files::get(&cx, &shared).await, Err(Error::NotFound)));
    // The same picture again replaces nothing.
    let own = cover_of(id).await;
    set_cover(&cx, &department, id, picture(20)).await.unwrap();
    files::get(&cx, &own).await.unwrap();
    // A submitted version keeps its picture.
    hand_in(&cx, &department, id, complete()).await.unwrap();
    send_back(&cx, &organiser, id, "Ảnh khác").await.unwrap();
    set_cover(&cx, &department, id, picture(40)).await.unwrap();
    files::get(&cx, &own).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_organisation_has_only_so_many_drafts_however_fast_it_starts_them(pool: PgPool) {
    let (cx, edition, department, _) = desk(pool).await;
    let race: Vec<_> = (0..Content::DRAFTS_MAX + 5)
        .map(|_| {
            let (cx, department) = (cx.clone(), department.clone());
            tokio::spawn(async move { start(&cx, &department).await })
        })
        .collect();
    let mut refused = 0;
    for runner in race {
        match runner.await.unwrap() {
            Ok(_) => {}
            Err(Error::Invalid(errors)) => {
                assert_eq!(errors.of(field::DOSSIERS), Some(&Problem::TooManyDrafts { max: Content::DRAFTS_MAX }));
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!((refused, dossiers(&cx, &department).await.unwrap().len()), (5, Content::DRAFTS_MAX));
    let Actor::Account { id, name, role, .. } = department else { panic!() };
    start(&cx, &Actor::Account { id, name, role, organisation: Some(edition.justice) }).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_writers_the_second_does_not_overwrite_what_it_has_not_seen(pool: PgPool) {
    let (cx, edition, department, _) = desk(pool).await;
    let id = start(&cx, &department).await.unwrap();
    let seen = dossier(&cx, &department, id).await.unwrap().revision;
    let colleague = testing::actor(Role::Department, Some(edition.health));
    let next = save(&cx, &colleague, id, Basis::of(seen), None, titled("Của đồng nghiệp")).await.unwrap();
    assert_eq!(next, seen + 1);
    assert!(is_conflict(&save(&cx, &department, id, Basis::of(seen), None, titled("Từ sáng sớm")).await));
    assert!(is_conflict(&save(&cx, &department, id, Basis::parse("x"), None, titled("Không nói dựa trên gì")).await));
    assert_eq!(dossier(&cx, &department, id).await.unwrap().content.title, "Của đồng nghiệp");
    // Who has seen it may write over it; the same words again change nothing.
    let after = save(&cx, &department, id, Basis::of(next), None, titled("Của cả hai")).await.unwrap();
    assert_eq!(save(&cx, &department, id, Basis::of(seen), None, titled("Của cả hai")).await.unwrap(), after);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_page_may_write_over_its_own_saves_whose_answers_it_has_not_heard(pool: PgPool) {
    let (cx, _, department, _) = desk(pool).await;
    let id = start(&cx, &department).await.unwrap();
    let seen = dossier(&cx, &department, id).await.unwrap().revision;
    save(&cx, &department, id, Basis::of(seen), Some(71), titled("Một")).await.unwrap();
    // The answer to 71 was lost; the page's next save says that it was sent.
    let own = Basis { revision: seen, pending: vec![70, 71] };
    save(&cx, &department, id, own.clone(), Some(72), titled("Một hai")).await.unwrap();
    // 71 delivered late finds newer words; 72 is not known to a page that only sent 70 and 71.
    assert!(is_conflict(&save(&cx, &department, id, Basis::of(seen), Some(71), titled("Một")).await));
    assert!(is_conflict(&save(&cx, &department, id, own, Some(73), titled("Một ba")).await));
    assert_eq!(dossier(&cx, &department, id).await.unwrap().content.title, "Một hai");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_submitted_is_what_was_checked(pool: PgPool) {
    let (cx, _, department, _) = desk(pool).await;
    let id = start(&cx, &department).await.unwrap();
    set_cover(&cx, &department, id, picture(90)).await.unwrap();
    let whole = write_over(&cx, &department, id, complete()).await.unwrap();
    let emptied = save(&cx, &department, id, Basis::of(whole), None, titled("Dở dang")).await.unwrap();
    assert!(is_conflict(&submit(&cx, &department, id, whole).await), "another tab has emptied it");
    assert!(matches!(submit(&cx, &department, id, emptied).await, Err(Error::Invalid(_))));
    assert_eq!(dossier(&cx, &department, id).await.unwrap().state, State::Draft);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_locked_dossier_has_moved_on_for_its_own_organisation_alone(pool: PgPool) {
    let (cx, edition, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    let revision = dossier(&cx, &department, id).await.unwrap().revision;
    assert!(is_conflict(&submit(&cx, &department, id, revision).await));
    assert!(is_conflict(&set_cover(&cx, &department, id, picture(1)).await));
    assert!(is_conflict(&save(&cx, &department, id, Basis::of(revision), None, titled("Muộn")).await));
    let stranger = testing::actor(Role::Department, Some(edition.justice));
    for other in [&stranger, &organiser] {
        assert!(matches!(submit(&cx, other, id, revision).await, Err(Error::NotFound)));
    }
    assert!(matches!(submit(&cx, &Actor::Anonymous, id, revision).await, Err(Error::SignIn)));
}
