use super::*;

const BOOTH: &str = "[[checkpoints]]\ncode = \"gian-1\"\nname = { vi = \"Gian 1\" }\nkind = \"booth\"\n\n";
const RAFFLE: &str = "[[raffles]]\ncode = \"du-dau\"\nname = { vi = \"Đủ dấu\", en = \"Stamps\" }\ncloses = 2027-10-10 16:00:00\nwinners = 3\nstamps = 1\nadmits = [\"citizen\"]\nstamped_by = \"steward\"\nseed_source = { vi = \"Giải đặc biệt\", en = \"Special prize\" }\nseed_digits = 6\nseed_at = 2027-10-11 16:15:00\n\n";

/// [`SMALL`] with a booth and a raffle.
fn with_raffle() -> String {
    small("[[badge_templates]]", &format!("{BOOTH}[[badge_templates]]"))
        .replace("[[organisations]]\ncode = \"so-y-te\"", &format!("{RAFFLE}[[organisations]]\ncode = \"so-y-te\""))
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_comes_out_as_it_went_in_and_goes_with_its_part(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, &with_raffle()).await.unwrap();
    assert_eq!(export(&cx, None).await.unwrap(), with_raffle());
    let summary = import(&cx, &with_raffle().replace("winners = 3", "winners = 4")).await.unwrap();
    assert_eq!((summary.created, summary.updated, summary.removed), (0, 1, 0));
    let summary = import(&cx, &with_raffle().replace(RAFFLE, "")).await.unwrap();
    assert_eq!((summary.created, summary.updated, summary.removed), (0, 0, 1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_asks_for_a_winner_and_for_no_more_stamps_than_there_are_booths(pool: PgPool) {
    let cx = testing::context(pool);
    let told: Vec<_> =
        problems(import(&cx, &with_raffle().replace("winners = 3", "winners = 0").replace("stamps = 1", "stamps = 2")).await)
            .into_iter()
            .map(|(_, field, message)| (field, message))
            .collect();
    assert_eq!(
        told,
        [
            ("raffles[0].winners".to_owned(), "a number from 1 to 1000 is expected".to_owned()),
            ("raffles[0].stamps".to_owned(), "a number from 1 to that of the booths (1) is expected".to_owned()),
        ]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn once_the_list_is_frozen_the_terms_stand_and_a_name_may_be_put_right(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, &with_raffle()).await.unwrap();
    freeze(&cx).await;
    let message = "the list of du-dau is frozen: it must stay in the file as it was".to_owned();
    for (changed, field) in [
        (with_raffle().replace("winners = 3", "winners = 4"), "raffles[0]"),
        (with_raffle().replace("closes = 2027-10-10 16", "closes = 2027-10-10 15"), "raffles[0]"),
        (with_raffle().replace("stamped_by = \"steward\"\n", ""), "raffles[0]"),
        (with_raffle().replace("Giải đặc biệt", "Giải nhất"), "raffles[0]"),
        (with_raffle().replace("seed_digits = 6", "seed_digits = 5"), "raffles[0]"),
        (with_raffle().replace("seed_at = 2027-10-11 16:15", "seed_at = 2027-10-12 16:15"), "raffles[0]"),
        (with_raffle().replace(RAFFLE, ""), "raffles"),
    ] {
        let told: Vec<_> = problems(import(&cx, &changed).await).into_iter().map(|(_, field, message)| (field, message)).collect();
        assert_eq!(told, [(field.to_owned(), message.clone())]);
    }
    import(&cx, &with_raffle().replace("\"Đủ dấu\"", "\"Quay thưởng đủ dấu\"")).await.unwrap();
    let kept =
        sqlx::query_scalar::<_, String>("select name_vi from raffles where frozen_at is not null").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, "Quay thưởng đủ dấu");
}

/// Freezes the list of the raffle a day before the event.
async fn freeze(cx: &Context) {
    sqlx::raw_sql("update raffles set frozen_at = '2027-10-09', entrants = 0, list_digest = sha256('')").execute(&cx.pool).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_names_its_number_its_digits_and_when_it_comes_after_the_closing(pool: PgPool) {
    let cx = testing::context(pool);
    let told = async |text: &str| -> Vec<_> {
        problems(import(&cx, text).await).into_iter().map(|(_, field, message)| format!("{field}: {message}")).collect()
    };
    let source = "seed_source = { vi = \"Giải đặc biệt\", en = \"Special prize\" }\n";
    let rest = "seed_digits = 6\nseed_at = 2027-10-11 16:15:00\n";
    let without = with_raffle().replace(source, "").replace(rest, "");
    assert_eq!(told(&without).await, ["raffles[0]: seed_source, seed_digits and seed_at are missing"]);
    let half = with_raffle().replace(rest, "");
    assert_eq!(told(&half).await, ["raffles[0].seed_digits: is missing", "raffles[0].seed_at: is missing"]);
    let wrong =
        with_raffle().replace("seed_digits = 6", "seed_digits = 4").replace("seed_at = 2027-10-11 16:15", "seed_at = 2027-10-10 16:00");
    assert_eq!(
        told(&wrong).await,
        ["raffles[0].seed_digits: a number from 5 to 60 is expected", "raffles[0].seed_at: must be after closes"]
    );
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn since_when_a_number_is_named_moves_only_with_what_names_it(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let named_at = async || sqlx::query_scalar::<_, DateTime<Utc>>("select seed_named_at from raffles").fetch_one(&cx.pool).await.unwrap();
    import(&cx, &with_raffle()).await.unwrap();
    let first = cx.now();
    clock.advance(TimeDelta::hours(1));
    import(&cx, &with_raffle().replace("winners = 3", "winners = 4")).await.unwrap();
    assert_eq!(named_at().await, first);
    import(&cx, &with_raffle().replace("seed_at = 2027-10-11", "seed_at = 2027-10-18")).await.unwrap();
    assert_eq!(named_at().await, first + TimeDelta::hours(1));
}

/// Raffles of a database that is older than the sources of numbers.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_list_of_before_gets_a_number_once_while_nobody_knows_it_and_a_draw_of_before_keeps_what_was_typed(pool: PgPool) {
    let cx = testing::context(pool);
    import(&cx, &with_raffle()).await.unwrap();
    sqlx::raw_sql(
        "update raffles set seed_source_vi = null, seed_source_en = null, seed_digits = null, seed_at = null, seed_named_at = null",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    freeze(&cx).await;
    let exported = export(&cx, None).await.unwrap();
    assert!(!exported.contains("seed_"), "{exported}");
    import(&cx, &exported).await.unwrap();
    let known = with_raffle().replace("2027-10-10 16:00:00\nwinners", "2026-01-01 16:00:00\nwinners");
    sqlx::raw_sql("update raffles set closes_at = '2026-01-01 16:00+07'").execute(&cx.pool).await.unwrap();
    let told = problems(import(&cx, &known.replace("seed_at = 2027-10-11", "seed_at = 2026-01-02")).await);
    assert_eq!(
        told.iter().map(|(_, field, message)| format!("{field}: {message}")).collect::<Vec<_>>(),
        ["raffles[0].seed_at: must be still to come: the list is frozen already"]
    );
    import(&cx, &known).await.unwrap();
    assert_eq!(problems(import(&cx, &known.replace("seed_digits = 6", "seed_digits = 5")).await).len(), 1, "once");

    sqlx::raw_sql(
        "update raffles set seed_digits = null, seed_at = null, seed_named_at = null, seed_source_vi = 'Xổ số', seed_source_en = null,
                drawn_at = '2026-10-10', seed = '12A456'",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    assert_eq!(problems(import(&cx, &known).await).len(), 1, "it is drawn");
    let exported = export(&cx, None).await.unwrap();
    import(&cx, &exported).await.unwrap();
    let kept = sqlx::query_scalar::<_, String>("select seed_source_vi from raffles").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(kept, "Xổ số");
}
