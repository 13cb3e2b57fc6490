mod reading;
mod waiting;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Role,
    checkin::{Direction, ScanReport, ScanSubmission, Source},
    contact::Phone,
    ids::{AudienceId, CheckpointId, ScanId},
    registration::Application,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{self, stamp},
    error::Conflict,
    privacy,
    registration::{self, Issued},
    testing,
};

fn numbered(audience: AudienceId, number: u32) -> Application {
    let mut application = testing::citizen(audience);
    application.details.phone = Phone::parse(&format!("03{number:08}")).ok();
    application
}

/// Three visitors, of whom two have the one booth's stamp by themselves; a raffle that closes in an hour, and whose number comes
/// an hour after that.
async fn hall(pool: PgPool, stamped_by: &str) -> (Context, std::sync::Arc<testing::TestClock>, Actor, Vec<String>) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::query(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, admits, position)
         values ($1, '00000000-0000-0000-0000-000000000001', 'gian-1', 'booth', 'Gian 1', '{}', 9)",
    )
    .bind(Uuid::from_u128(0x61))
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         values ($1, '00000000-0000-0000-0000-000000000001', 'quay', 'Quay thưởng', $2, 1, 1, $3, 'Xổ số', 6, $4, $5)",
    )
    .bind(Uuid::from_u128(0x71))
    .bind(cx.now() + TimeDelta::hours(1))
    .bind(stamped_by)
    .bind(cx.now() + TimeDelta::hours(2))
    .bind(cx.now())
    .execute(&cx.pool)
    .await
    .unwrap();
    let organiser = testing::actor(Role::Organiser, None);
    let poster = stamp::posters(&cx, &organiser).await.unwrap().remove(0).code;
    let mut secrets = Vec::new();
    for number in 0..3 {
        let person = numbered(edition.citizens, number);
        let secret = registration::register(&cx, person, cx.new_id()).await.unwrap().0;
        let ticket = registration::ticket(&cx, &secret).await.unwrap().ticket.unwrap();
        if number < 2 {
            let typist = stamp::Typist { tokens: &[], form: "" };
            stamp::stamp(&cx, &poster, &ticket.short_code, typist).await.unwrap();
        }
        secrets.push(secret);
    }
    sqlx::query(
        "insert into accounts (id, email, email_key, full_name, role, password_hash, created_at)
         values ($1, 'a@b.vn', 'a@b.vn', 'Lê Văn Tám', 'organiser', 'x', now())",
    )
    .bind(Uuid::from_u128(0x61))
    .execute(&cx.pool)
    .await
    .unwrap();
    (cx, clock, organiser, secrets)
}

fn seed() -> Seed {
    Seed("082107".into())
}

/// Nothing waits, and nothing is asked for.
const PLAIN: Freeze = Freeze { while_waiting: false };

/// Where the raffle stands that was not at the stage for what was asked.
fn stands(result: Result<(), Error>) -> Option<Stage> {
    match result {
        Err(Error::Conflict(Conflict::Raffle(stage))) => Some(stage),
        _ => None,
    }
}

async fn entrants(cx: &Context) -> Option<i32> {
    sqlx::query_scalar("select entrants from raffles").fetch_one(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_is_frozen_after_its_closing_and_drawn_after_that_and_each_once(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    assert_eq!(stands(freeze(&cx, &organiser, "quay", PLAIN).await), Some(Stage::Open));
    clock.advance(TimeDelta::hours(1));
    assert_eq!(stands(draw(&cx, &organiser, "quay", seed()).await), Some(Stage::Closed));
    let freezes = tokio::join!(freeze(&cx, &organiser, "quay", PLAIN), freeze(&cx, &organiser, "quay", PLAIN));
    assert_eq!([&freezes.0, &freezes.1].map(Result::is_ok).iter().filter(|ok| **ok).count(), 1, "{freezes:?}");
    assert_eq!(entrants(&cx).await, Some(2));
    assert_eq!(stands(draw(&cx, &organiser, "quay", seed()).await), Some(Stage::Frozen), "nobody can know the number");
    clock.advance(TimeDelta::hours(1));
    let draws = tokio::join!(draw(&cx, &organiser, "quay", seed()), draw(&cx, &organiser, "quay", seed()));
    assert_eq!([&draws.0, &draws.1].map(Result::is_ok).iter().filter(|ok| **ok).count(), 1, "{draws:?}");
    let places: Vec<Vec<u8>> = sqlx::query_scalar("select entrant from raffle_entrants order by place").fetch_all(&cx.pool).await.unwrap();
    let places: Vec<_> = places.into_iter().map(|place| Entrant(place.try_into().unwrap())).collect();
    assert_eq!(places, raffle::draw(&seed(), &places));
    let audited: Vec<String> =
        sqlx::query_scalar("select action from audit_log where action like 'raffle.%' order by action").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(audited, ["raffle.draw", "raffle.freeze"]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn holders_find_their_place_organisers_the_names_and_everybody_else_four_characters(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    let mut tickets = Vec::new();
    for secret in &secrets {
        tickets.push(registration::ticket(&cx, secret).await.unwrap().ticket.unwrap().short_code);
    }
    assert_eq!(entered(&cx, &tickets[0]).await.unwrap(), [], "it is open still");
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    let frozen = entered(&cx, &tickets[0]).await.unwrap();
    assert_eq!((frozen.len(), frozen[0].place), (1, None));
    assert!(raffles(&cx, &organiser).await.unwrap()[0].1.is_empty());
    clock.advance(TimeDelta::hours(1));
    draw(&cx, &organiser, "quay", seed()).await.unwrap();
    let (_, published) = raffle(&cx, "quay").await.unwrap();
    let own: Vec<_> = [entered(&cx, &tickets[0]).await.unwrap(), entered(&cx, &tickets[1]).await.unwrap()].concat();
    for (ticket, own) in tickets.iter().zip(&own) {
        let place = published.iter().find(|place| Some(place.place) == own.place).unwrap();
        assert_eq!((place.entrant, place.tail.as_deref()), (own.entrant, Some(&ticket.as_str()[4..])));
    }
    assert_eq!(entered(&cx, &tickets[2]).await.unwrap(), [], "without a stamp");
    let named = raffles(&cx, &organiser).await.unwrap().remove(0).1;
    assert_eq!(named.iter().map(|(place, _)| place.clone()).collect::<Vec<_>>(), published);
    assert!(named.iter().all(|(_, holder)| holder.as_ref().is_some_and(|(_, name)| name == "Nguyễn Thị Hạnh")));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_person_is_told_in_which_raffles_the_ticket_stood_and_whether_it_won(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    let told = async || {
        let mut all = Vec::new();
        for secret in &secrets {
            all.push(privacy::mine(&cx, secret).await.unwrap().raffles);
        }
        all
    };
    assert_eq!(told().await, [[], [], []], "it is open still");
    clock.advance(TimeDelta::hours(1));
    let frozen_at = cx.now();
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    let [first, second, without] = <[_; 3]>::try_from(told().await).unwrap();
    assert_eq!((first.len(), second.len(), without.len()), (1, 1, 0));
    let entry = &first[0];
    assert_eq!((entry.raffle.vi.as_str(), entry.frozen_at, entry.drawn_at), ("Quay thưởng", frozen_at, None));
    assert_eq!((entry.place, entry.has_won), (None, None));
    clock.advance(TimeDelta::hours(1));
    draw(&cx, &organiser, "quay", seed()).await.unwrap();
    let published = raffle(&cx, "quay").await.unwrap().1;
    let (mut entries, mut won) = (told().await.concat(), Vec::new());
    entries.sort_by_key(|entry| entry.place);
    for (entry, place) in entries.iter().zip(&published) {
        assert_eq!((entry.entrant, entry.place, entry.drawn_at), (place.entrant, Some(place.place), Some(cx.now())));
        won.push(entry.has_won);
    }
    assert_eq!(won, [Some(true), Some(false)], "of one prize");
    let saved = serde_json::to_value(&entries[0]).unwrap();
    assert_eq!(saved["entrant"], published[0].entrant.to_string(), "as the published list has it");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_is_erased_after_the_draw_leaves_a_number(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    draw(&cx, &organiser, "quay", seed()).await.unwrap();
    for secret in &secrets {
        privacy::erase_mine(&cx, secret).await.unwrap();
    }
    let named = raffles(&cx, &organiser).await.unwrap().remove(0).1;
    assert_eq!(named.len(), 2);
    assert!(named.iter().all(|(place, holder)| place.tail.is_none() && holder.is_none()), "{named:?}");
    assert_eq!(raffle::digest(&list(&cx, "quay").await.unwrap()).to_vec(), digest(&cx).await);
}

async fn digest(cx: &Context) -> Vec<u8> {
    sqlx::query_scalar("select list_digest from raffles").fetch_one(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_changed_list_is_not_drawn(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    sqlx::query("delete from raffle_entrants where ticket_id = (select min(ticket_id) from raffle_entrants)")
        .execute(&cx.pool)
        .await
        .unwrap();
    clock.advance(TimeDelta::hours(1));
    assert!(matches!(draw(&cx, &organiser, "quay", seed()).await, Err(Error::Internal(_))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_cancelled_ticket_takes_no_part(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    registration::cancel(&cx, &secrets[0]).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    assert_eq!(entrants(&cx).await, Some(1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn where_stewards_stamp_a_visitors_own_does_not_count(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "steward").await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    assert_eq!(entrants(&cx).await, Some(0));
}

/// A steward's scan of the ticket at the booth.
async fn scanned(cx: &Context, steward: &Actor, ticket: &Issued, at: DateTime<Utc>) -> ScanReport {
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: ticket.code.clone(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: at,
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    checkin::record_single(cx, steward, CheckpointId(Uuid::from_u128(0x61)), scan).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stewards_stamp_after_the_visitors_own_counts_until_it_is_undone(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "steward").await;
    let mut scans = Vec::new();
    for secret in &secrets[..2] {
        let ticket = registration::ticket(&cx, secret).await.unwrap().ticket.unwrap();
        let report = scanned(&cx, &organiser, &ticket, cx.now()).await;
        assert_eq!(report.verdict.key(), "already_in");
        scans.push(report.scan_id);
    }
    checkin::correct(&cx, &organiser, scans[0]).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    assert_eq!(entrants(&cx).await, Some(1));
}

/// A raffle beside that of the hall: it closes so much later, and admits these audiences alone.
async fn beside(cx: &Context, code: &str, later: TimeDelta, admits: &[&str]) {
    sqlx::query(
        "insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by, admits,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         select gen_random_uuid(), edition_id, $1, name_vi, closes_at + $2, winners, stamps, stamped_by, $3,
                seed_source_vi, seed_digits, seed_at, seed_named_at from raffles where code = 'quay'",
    )
    .bind(code)
    .bind(later)
    .bind(admits)
    .execute(&cx.pool)
    .await
    .unwrap();
}

async fn frozen_with(cx: &Context, organiser: &Actor, code: &str) -> i32 {
    freeze(cx, organiser, code, PLAIN).await.unwrap();
    raffle(cx, code).await.unwrap().0.list.unwrap().entrants
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_counts_that_was_made_before_the_closing_whenever_it_is_heard_of(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    beside(&cx, "muon", TimeDelta::milliseconds(1), &[]).await;
    clock.advance(TimeDelta::hours(1));
    let (closing, last) = (cx.now(), registration::ticket(&cx, &secrets[2]).await.unwrap().ticket.unwrap());
    clock.advance(TimeDelta::minutes(30));
    scanned(&cx, &organiser, &last, closing).await;
    assert_eq!((frozen_with(&cx, &organiser, "quay").await, frozen_with(&cx, &organiser, "muon").await), (2, 3));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_for_some_audiences_leaves_out_all_others(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    beside(&cx, "hai", TimeDelta::zero(), &["business", "citizen"]).await;
    beside(&cx, "mot", TimeDelta::zero(), &["business"]).await;
    clock.advance(TimeDelta::hours(1));
    assert_eq!((frozen_with(&cx, &organiser, "hai").await, frozen_with(&cx, &organiser, "mot").await), (2, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_organisers_hold_raffles(pool: PgPool) {
    let (cx, clock, _, _) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    let supervisor = testing::actor(Role::Supervisor, None);
    assert!(matches!(freeze(&cx, &supervisor, "quay", PLAIN).await, Err(Error::Forbidden)));
    assert!(matches!(draw(&cx, &Actor::Anonymous, "quay", seed()).await, Err(Error::SignIn)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn once_the_number_is_public_no_list_is_frozen_for_it_but_for_a_later_one(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(2));
    assert_eq!(stands(freeze(&cx, &organiser, "quay", PLAIN).await), Some(Stage::Late));
    sqlx::raw_sql("update raffles set seed_at = seed_at + interval '1 hour', seed_named_at = seed_at").execute(&cx.pool).await.unwrap();
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    assert_eq!(entrants(&cx).await, Some(2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_raffle_without_a_source_is_neither_frozen_nor_drawn(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    let nameless = "update raffles set seed_source_vi = null, seed_digits = null, seed_at = null, seed_named_at = null";
    sqlx::raw_sql(nameless).execute(&cx.pool).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    assert_eq!(stands(freeze(&cx, &organiser, "quay", PLAIN).await), Some(Stage::Sourceless));
    sqlx::raw_sql("update raffles set frozen_at = closes_at, entrants = 0, list_digest = sha256('')").execute(&cx.pool).await.unwrap();
    clock.advance(TimeDelta::hours(9));
    assert_eq!(stands(draw(&cx, &organiser, "quay", seed()).await), Some(Stage::Sourceless));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_number_with_another_count_of_digits_draws_nothing(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    for number in ["82107", "0082107", "08210A"] {
        let refused = draw(&cx, &organiser, "quay", Seed(number.into())).await;
        assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors.0[0].0 == Seed::NUMBER), "{number}: {refused:?}");
    }
    draw(&cx, &organiser, "quay", seed()).await.unwrap();
    let drawn = raffle(&cx, "quay").await.unwrap().0.drawn.unwrap();
    assert_eq!((drawn.seed, drawn.typed_source), (Seed("082107".into()), None), "the zero in front stays");
}

/// Merges the registration of the second link into that of the first.
async fn merge(cx: &Context, organiser: &Actor, kept: &str, other: &str) {
    let (kept, other) = (registration::ticket(cx, kept).await.unwrap(), registration::ticket(cx, other).await.unwrap());
    registration::merge(cx, organiser, kept.registration_id, other.registration_id).await.unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn stamps_of_a_merged_ticket_count_for_the_kept_one_and_a_booth_counts_once(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    merge(&cx, &organiser, &secrets[2], &secrets[0]).await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    let of_kept = registration::ticket(&cx, &secrets[2]).await.unwrap().ticket.unwrap().short_code;
    assert_eq!((entrants(&cx).await, entered(&cx, &of_kept).await.unwrap().len()), (Some(2), 1));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_tickets_with_one_booth_each_a_merge_makes_no_second_booth(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    sqlx::raw_sql("update raffles set stamps = 2").execute(&cx.pool).await.unwrap();
    merge(&cx, &organiser, &secrets[1], &secrets[0]).await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    assert_eq!(entrants(&cx).await, Some(0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_is_merged_after_the_freeze_is_found_by_the_ticket_that_goes_on(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    merge(&cx, &organiser, &secrets[2], &secrets[0]).await;
    clock.advance(TimeDelta::hours(1));
    draw(&cx, &organiser, "quay", seed()).await.unwrap();
    let of_kept = registration::ticket(&cx, &secrets[2]).await.unwrap().ticket.unwrap().short_code;
    let own = entered(&cx, &of_kept).await.unwrap();
    assert_eq!(own.len(), 1);
    let places = raffle(&cx, "quay").await.unwrap().1;
    let place = places.iter().find(|place| Some(place.place) == own[0].place).unwrap();
    assert_eq!((place.entrant, place.tail.as_deref()), (own[0].entrant, Some(&of_kept.as_str()[4..])));
}

/// Whoever has posted the own certificate has told the number of the own ticket.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn without_the_servers_secret_nobody_finds_the_entrant_of_a_ticket(pool: PgPool) {
    let (cx, ..) = hall(pool, "anyone").await;
    let other = Context { secret: crate::MasterSecret::new([8; 32]), ..cx.clone() };
    let (raffle, ticket) = (RaffleId(Uuid::from_u128(0x71)), TicketId(1));
    assert_ne!(entrant(&cx, raffle, ticket), entrant(&other, raffle, ticket));
    assert_ne!(entrant(&cx, raffle, ticket), entrant(&cx, RaffleId(Uuid::from_u128(0x72)), ticket), "another in every raffle");
    assert_ne!(entrant(&cx, raffle, ticket), entrant(&cx, raffle, TicketId(2)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_secret_that_changes_after_the_freeze_changes_neither_the_list_nor_what_holders_see(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    let ticket = registration::ticket(&cx, &secrets[0]).await.unwrap().ticket.unwrap().short_code;
    clock.advance(TimeDelta::hours(1));
    freeze(&cx, &organiser, "quay", PLAIN).await.unwrap();
    let (published, own) = (list(&cx, "quay").await.unwrap(), entered(&cx, &ticket).await.unwrap());
    assert!(published.contains(&own[0].entrant.to_string()));
    let changed = Context { secret: crate::MasterSecret::new([8; 32]), ..cx };
    clock.advance(TimeDelta::hours(1));
    draw(&changed, &organiser, "quay", seed()).await.unwrap();
    assert_eq!(list(&changed, "quay").await.unwrap(), published);
    let drawn = entered(&changed, &ticket).await.unwrap();
    assert_eq!((drawn[0].entrant, drawn[0].place.is_some()), (own[0].entrant, true));
}
