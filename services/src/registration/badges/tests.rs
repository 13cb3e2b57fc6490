use domain::{
    access::Role,
    checkin::{Direction, Mismatch, ScanSubmission, Source, Stop, Verdict},
    contact::Phone,
    ids::{CheckpointId, ScanId},
    ticket::BadgeCode,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{self, record_single},
    registration, testing,
};

const DOOR: CheckpointId = CheckpointId(Uuid::from_u128(0x53));

/// The small edition with a session's door, and who prints.
async fn desk(pool: PgPool) -> (Context, std::sync::Arc<testing::TestClock>, testing::Fixture, Actor) {
    let (cx, clock) = testing::context_with_clock(pool);
    let fixture = testing::edition(&cx, 10).await;
    sqlx::query(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, admits, position)
         values ($1, '00000000-0000-0000-0000-000000000001', 'cua', 'booth', 'Gian hàng', '{}', 3)",
    )
    .bind(DOOR.0)
    .execute(&cx.pool)
    .await
    .unwrap();
    let organiser = testing::organiser(&cx).await;
    (cx, clock, fixture, organiser)
}

async fn registered(cx: &Context, audience: AudienceId, phone: &str) -> RegistrationId {
    let mut application = testing::citizen(audience);
    application.details.phone = Some(Phone::parse(phone).unwrap());
    let secret = registration::register(cx, application, cx.new_id()).await.unwrap();
    registration::ticket(cx, &secret.0).await.unwrap().registration_id
}

fn usual(place: usize) -> Template {
    Template::usual().swap_remove(place)
}

fn order(people: &[RegistrationId], reason: Option<Reprint>) -> Order {
    Order { people: people.to_vec(), template: usual(0), reason }
}

/// Prints and gives back the codes.
async fn printed(cx: &Context, by: &Actor, people: &[RegistrationId], reason: Option<Reprint>) -> Vec<BadgeCode> {
    let id = print(cx, by, order(people, reason)).await.unwrap();
    sheet(cx, by, id).await.unwrap().badges.into_iter().map(|badge| badge.code).collect()
}

async fn verdict(cx: &Context, by: &Actor, at: CheckpointId, code: &BadgeCode) -> Verdict {
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.as_str().to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    record_single(cx, by, at, scan).await.unwrap().verdict
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_printed_badge_opens_every_place_but_the_gates_once(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let [code] = printed(&cx, &organiser, &[person], None).await.try_into().unwrap();
    assert_eq!(verdict(&cx, &organiser, fixture.gate, &code).await, Verdict::WrongPlace { mismatch: Mismatch::Badge });
    assert_eq!(verdict(&cx, &organiser, DOOR, &code).await, Verdict::Admit);
    assert!(matches!(verdict(&cx, &organiser, DOOR, &code).await, Verdict::AlreadyIn(_)));
    assert_eq!(verdict(&cx, &organiser, DOOR, &BadgeCode::from_random(7)).await, Verdict::NotATicket);
    assert_eq!(verdict(&cx, &organiser, fixture.gate, &BadgeCode::from_random(7)).await, Verdict::NotATicket);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_lost_badge_stops_and_any_other_reprint_keeps_its_code(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let first = printed(&cx, &organiser, &[person], None).await;
    for reason in [Reprint::Jam, Reprint::Correction] {
        assert_eq!(printed(&cx, &organiser, &[person], Some(reason)).await, first, "{reason:?}");
    }
    let second = printed(&cx, &organiser, &[person], Some(Reprint::Loss)).await;
    assert_ne!(second, first);
    assert_eq!(verdict(&cx, &organiser, DOOR, &first[0]).await, Verdict::Stopped { reason: Stop::BadgeReplaced });
    assert_eq!(verdict(&cx, &organiser, DOOR, &second[0]).await, Verdict::Admit);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn no_badge_is_printed_again_without_a_reason(pool: PgPool) {
    let (cx, clock, fixture, organiser) = desk(pool).await;
    let first = registered(&cx, fixture.citizens, "0912345678").await;
    let second = registered(&cx, fixture.businesses, "0912345679").await;
    cx.live.was_marked().await;
    let id = print(&cx, &organiser, order(&[first], None)).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    let refused = print(&cx, &organiser, order(&[first, second], None)).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(errors) if errors.of(field::REASON) == Some(&Problem::Required)));
    let listing = listing(&cx, &organiser, &Filter::default()).await.unwrap();
    assert_eq!((listing.people.len(), listing.total, listing.people[0].id), (1, 1, second));
    assert_eq!((listing.tickets, listing.with_badge), (2, 1));
    let log: Vec<_> = listing.log.iter().map(|print| (print.id, print.badges, print.reason, print.by.as_str())).collect();
    assert_eq!(log, [(id, 1, None, "Trần Thị Sen")]);
    clock.advance(SHOWN_FOR);
    let sheet = sheet(&cx, &organiser, id).await.unwrap();
    assert_eq!((sheet.is_over, sheet.badges), (true, vec![]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_print_shows_its_badges_until_it_is_printed_and_then_whose_they_were(pool: PgPool) {
    let (cx, clock, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let id = print(&cx, &organiser, order(&[person], None)).await.unwrap();
    // Looked at twice: that prints nothing.
    for _ in 0..2 {
        let shown = sheet(&cx, &organiser, id).await.unwrap();
        assert_eq!((shown.badges.len(), shown.people, shown.printed_at, shown.is_over), (1, vec![person], None, false));
        clock.advance(TimeDelta::minutes(1));
    }
    let first_at = cx.now();
    for _ in 0..2 {
        super::printed(&cx, &organiser, id).await.unwrap();
        clock.advance(TimeDelta::minutes(1));
        let again = sheet(&cx, &organiser, id).await.unwrap();
        assert_eq!((again.badges, again.people, again.printed_at, again.is_over), (vec![], vec![person], Some(first_at), false));
    }
    assert!(matches!(super::printed(&cx, &organiser, BadgePrintId(cx.new_id())).await, Err(Error::NotFound)));
    assert!(matches!(super::printed(&cx, &testing::actor(Role::Judge, None), id).await, Err(Error::Forbidden)));
    // A print that failed is made again, and the log tells.
    assert_eq!(printed(&cx, &organiser, &[person], Some(Reprint::Jam)).await.len(), 1);
    let log = listing(&cx, &organiser, &Filter::default()).await.unwrap().log;
    assert_eq!(log.iter().map(|print| print.reason).collect::<Vec<_>>(), [Some(Reprint::Jam), None]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn filters_find_whose_badges_are_wanted(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let citizen = registered(&cx, fixture.citizens, "0912345678").await;
    let business = registered(&cx, fixture.businesses, "0912345679").await;
    sqlx::query!("update registrations set organisation_name = 'HTX Mỹ Xương' where id = $1", business.0).execute(&cx.pool).await.unwrap();
    printed(&cx, &organiser, &[business], None).await;
    let all = Filter { with_printed: true, ..Filter::default() };
    for (filter, found) in [
        (Filter::default(), vec![citizen]),
        (all.clone(), vec![business, citizen]),
        (Filter { person: Some(business), ..all.clone() }, vec![business]),
        (Filter { audience: Some(fixture.citizens), ..all.clone() }, vec![citizen]),
        (Filter { organisation: "mỹ xương".into(), ..all.clone() }, vec![business]),
        (Filter { organisation: "%".into(), ..all }, vec![]),
    ] {
        let people = listing(&cx, &organiser, &filter).await.unwrap().people;
        assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), found, "{filter:?}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_no_ticket_that_holds_gets_no_badge_and_a_cancelled_ones_stops(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let [code] = printed(&cx, &organiser, &[person], None).await.try_into().unwrap();
    registration::cancel_by_staff(&cx, &organiser, person).await.unwrap();
    assert_eq!(verdict(&cx, &organiser, DOOR, &code).await, Verdict::Stopped { reason: Stop::Cancelled });
    let refused = print(&cx, &organiser, order(&[person], Some(Reprint::Loss))).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict(Conflict::Registration)));
    assert_eq!(listing(&cx, &organiser, &Filter { with_printed: true, ..Filter::default() }).await.unwrap().total, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_store_holds_no_code_and_the_log_names_nobody(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let [code] = printed(&cx, &organiser, &[person], None).await.try_into().unwrap();
    let stored = sqlx::query_scalar::<_, String>(
        "select concat((select jsonb_agg(b) from badges b), (select jsonb_agg(p) from printed_badges p), (select jsonb_agg(a) from audit_log a))",
    )
    .fetch_one(&cx.pool)
    .await
    .unwrap();
    assert!(!stored.contains(code.as_str()) && !stored.contains("Nguyễn"));
    let row = sqlx::query!("select subject_id, detail from audit_log where action = 'badge.print'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((row.subject_id, row.detail), (Some(person.0), json!({ "template": "roll-90x54", "reason": null })));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn with_a_person_who_is_erased_go_the_badge_and_where_it_was_printed(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let secret = registration::register(&cx, testing::citizen(fixture.citizens), cx.new_id()).await.unwrap().0;
    let person = registration::ticket(&cx, &secret).await.unwrap().registration_id;
    let [code] = printed(&cx, &organiser, &[person], None).await.try_into().unwrap();
    crate::privacy::erase_mine(&cx, &secret).await.unwrap();
    assert_eq!(verdict(&cx, &organiser, DOOR, &code).await, Verdict::NotATicket);
    let left = sqlx::query_scalar::<_, i64>("select (select count(*) from badges) + (select count(*) from printed_badges)");
    assert_eq!(left.fetch_one(&cx.pool).await.unwrap(), 0);
    assert_eq!(listing(&cx, &organiser, &Filter::default()).await.unwrap().log[0].badges, 0, "the print itself is known");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn badges_are_printed_by_organisers_and_stewards_alone(pool: PgPool) {
    let (cx, _, fixture, _) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    for (role, may) in [(Role::Organiser, true), (Role::Steward, true), (Role::Department, false), (Role::Judge, false)] {
        let is_allowed = listing(&cx, &testing::actor(role, None), &Filter::default()).await.is_ok();
        assert_eq!(is_allowed, may, "{role:?}");
    }
    let refused = print(&cx, &testing::actor(Role::Judge, None), order(&[person], None)).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn phones_learn_of_a_badge_and_of_the_one_in_its_place(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    let mut phone = domain::checkin::roster::Roster::default();
    let mut cursor = None;
    let mut known = Vec::new();
    for reason in [None, Some(Reprint::Loss)] {
        let page = checkin::roster(&cx, &organiser, cursor.as_deref()).await.unwrap();
        phone.apply(page);
        known.extend(printed(&cx, &organiser, &[person], reason).await);
        let page = checkin::roster(&cx, &organiser, cursor.as_deref()).await.unwrap();
        cursor = Some(page.cursor.clone());
        phone.apply(page);
        let found: Vec<_> = known.iter().map(|code| phone.by_badge(code).is_some()).collect();
        assert_eq!(found, if reason.is_none() { vec![true] } else { vec![false, true] });
    }
}

#[test]
fn a_form_says_whose_badges_on_what_and_why_again() {
    let id = Uuid::from_u128(7).to_string();
    let parse = |pairs: &[(&str, &str)]| {
        let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Order::parse(&Values(values), &Template::usual())
    };
    let order = parse(&[(field::PERSON, &id), (field::TEMPLATE, "lanyard-a6"), (field::REASON, "loss")]).unwrap();
    assert_eq!(order, Order { people: vec![RegistrationId(Uuid::from_u128(7))], template: usual(3), reason: Some(Reprint::Loss) });
    let errors = parse(&[(field::TEMPLATE, "a0"), (field::REASON, "fun")]).unwrap_err();
    let problems = [field::PERSON, field::TEMPLATE, field::REASON].map(|name| errors.of(name).cloned());
    assert_eq!(problems, [Some(Problem::Required), Some(Problem::UnknownChoice), Some(Problem::UnknownChoice)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_edition_s_own_templates_take_the_place_of_the_usual_ones_and_a_print_on_one_that_went_is_over(pool: PgPool) {
    let (cx, _, fixture, organiser) = desk(pool).await;
    let person = registered(&cx, fixture.citizens, "0912345678").await;
    assert_eq!(templates(&cx, &organiser).await.unwrap(), Template::usual());
    let own = Template { code: "the-moi".into(), name: Bilingual { vi: "Thẻ mới".into(), en: None }, ..usual(1) };
    let have = async |templates: &[Template]| {
        sqlx::query("update editions set badge_templates = $1").bind(sqlx::types::Json(templates)).execute(&cx.pool).await.unwrap();
    };
    have(std::slice::from_ref(&own)).await;
    assert_eq!(listing(&cx, &organiser, &Filter::default()).await.unwrap().templates, std::slice::from_ref(&own));
    let id = print(&cx, &organiser, Order { people: vec![person], template: own.clone(), reason: None }).await.unwrap();
    let shown = sheet(&cx, &organiser, id).await.unwrap();
    assert_eq!((shown.template, shown.print.template.vi.as_str(), shown.badges.len()), (Some(own), "Thẻ mới", 1));
    have(&[]).await;
    let shown = sheet(&cx, &organiser, id).await.unwrap();
    assert_eq!((shown.template, shown.is_over, shown.badges.len()), (None, true, 0));
    assert_eq!(listing(&cx, &organiser, &Filter::default()).await.unwrap().log[0].template.vi, "the-moi");
}
