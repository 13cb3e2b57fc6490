use super::*;

const BOOTH: &str = "[[checkpoints]]\ncode = \"gian-1\"\nname = { vi = \"Gian 1\" }\nkind = \"booth\"\n\n";
const RAFFLE: &str = "[[raffles]]\ncode = \"du-dau\"\nname = { vi = \"Đủ dấu\", en = \"Stamps\" }\ncloses = 2027-10-10 16:00:00\nwinners = 3\nstamps = 1\nadmits = [\"citizen\"]\nstamped_by = \"steward\"\n\n";

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
    sqlx::raw_sql("update raffles set frozen_at = now(), entrants = 0, list_digest = sha256('')").execute(&cx.pool).await.unwrap();
    let message = "the list of du-dau is frozen: it must stay in the file as it was".to_owned();
    for (changed, field) in [
        (with_raffle().replace("winners = 3", "winners = 4"), "raffles[0]"),
        (with_raffle().replace("closes = 2027-10-10 16", "closes = 2027-10-10 15"), "raffles[0]"),
        (with_raffle().replace("stamped_by = \"steward\"\n", ""), "raffles[0]"),
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
