use std::io::Cursor;

use domain::access::Role;
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

async fn submitted(cx: &Context, department: &Actor) -> DossierId {
    let id = start(cx, department).await.unwrap();
    set_cover(cx, department, id, picture(90)).await.unwrap();
    submit(cx, department, id, complete()).await.unwrap();
    id
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_dossier_goes_from_draft_over_changes_to_the_gallery(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    let locked = dossier(&cx, &department, id).await.unwrap();
    assert_eq!((locked.state, locked.number.as_deref(), locked.version), (State::Submitted, Some("MH-2027-0001"), 1));
    assert!(matches!(save(&cx, &department, id, complete()).await, Err(Error::Forbidden)));

    send_back(&cx, &organiser, id, "Xin bổ sung số liệu.").await.unwrap();
    assert_eq!(dossier(&cx, &department, id).await.unwrap().return_reason.as_deref(), Some("Xin bổ sung số liệu."));
    submit(&cx, &department, id, Content { title_en: "Traceable mangoes".into(), ..complete() }).await.unwrap();
    publish(&cx, &organiser, id).await.unwrap();

    let cards = gallery(&cx, GalleryFilter::default()).await.unwrap();
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
    let Err(Error::Invalid(errors)) = submit(&cx, &department, id, Content { problem: "ngắn".into(), ..complete() }).await else {
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
async fn the_gallery_is_sorted_by_pillar_and_sector(pool: PgPool) {
    let (cx, _, department, organiser) = desk(pool).await;
    let id = submitted(&cx, &department).await;
    publish(&cx, &organiser, id).await.unwrap();
    let found = async |pillar, sector| gallery(&cx, GalleryFilter { pillar, sector, limit: None }).await.unwrap().len();
    assert_eq!(found(Some(Pillar::Economy), None).await, 1);
    assert_eq!(found(Some(Pillar::Society), None).await, 0);
    assert_eq!(found(None, Some(Sector::Agriculture)).await, 1);
    assert_eq!(found(Some(Pillar::Economy), Some(Sector::Health)).await, 0);
}
