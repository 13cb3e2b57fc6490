use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    form::Values,
    ids::AudienceId,
    registration::{TICKED, delegation as rules},
    text::Locale,
    ticket,
};
use sqlx::PgPool;

use super::*;
use crate::{
    error::Conflict,
    registration::{self, check_capacities},
    testing::{self, Fixture},
};

/// A business's delegation of so many people, each with an e-mail address.
fn party(edition: &Fixture, people: usize, leader: &str) -> Application {
    let list: String = (1..=people).flat_map(|n| [format!("Nguyễn {}", letters(n)), format!("\t\t\tnguoi{n}@sen.vn\n")]).collect();
    application(edition.citizens, AudienceKind::Delegate, &[("leader_name", leader), ("list", &list)])
}

fn letters(number: usize) -> String {
    number.to_string().chars().map(|digit| char::from(b'a' + u8::try_from(digit.to_digit(10).unwrap()).unwrap())).collect()
}

fn school(edition: &Fixture, people: &str) -> Application {
    application(edition.citizens, AudienceKind::Delegate, &[("kind", "school"), ("people", people)])
}

fn application(audience: AudienceId, kind: AudienceKind, fields: &[(&str, &str)]) -> Application {
    let usual = [
        ("leader_name", "Trần Văn Sen"),
        ("leader_phone", "0912345678"),
        ("leader_email", "sen@sen.vn"),
        ("organisation_name", "Công ty Sen Hồng"),
        ("declaration", TICKED),
    ];
    let fields = fields.iter().chain(&usual).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Application::parse(&Values(fields), audience, kind, Locale::Vi).unwrap()
}

fn member(name: &str) -> Member {
    Member::parse(&rules::Row::of(name, "", "", ""), 1, AudienceKind::Delegate.asks()).unwrap()
}

async fn taken(cx: &Context) -> i32 {
    sqlx::query_scalar!("select taken from capacities c join audiences a on a.capacity_id = c.id where a.code = 'nguoi-dan'")
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

fn problem_of<T: std::fmt::Debug>(result: Result<T, Error>, field: &str) -> Problem {
    match result.unwrap_err() {
        Error::Invalid(errors) => errors.of(field).unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn everybody_of_a_party_holds_a_ticket_of_their_own_and_is_told(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let link = register(&cx, party(&edition, 3, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let page = page(&cx, &link.0).await.unwrap();
    assert_eq!((page.organisation.as_str(), page.people(), page.is_open), ("Công ty Sen Hồng", 3, true));
    let names: Vec<_> = page.members.iter().map(|member| member.full_name.as_str()).collect();
    assert_eq!(names, ["Nguyễn b", "Nguyễn c", "Nguyễn d"], "in the order of the list");
    let mut codes = BTreeSet::new();
    for member in &page.members {
        let pass = registration::ticket(&cx, &member.link.0).await.unwrap();
        assert_eq!((pass.full_name.as_str(), pass.status), (member.full_name.as_str(), Status::Confirmed));
        let issued = pass.ticket.unwrap();
        assert!(ticket::verify(&issued.code, &cx.ticket_keys(2027)).is_ok());
        codes.insert(issued.code);
    }
    assert_eq!((codes.len(), taken(&cx).await), (3, 3));
    let messages = sqlx::query_scalar!("select kind from messages order by kind").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(messages, ["delegation", "ticket", "ticket", "ticket"]);
    let entries = sqlx::query_scalar!("select action from audit_log order by id").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(entries, ["registration.register", "registration.register", "registration.register", "delegation.register"]);
    let consents = sqlx::query!("select purpose, given, channel, text_sha256 from consent_records").fetch_all(&cx.pool).await.unwrap();
    assert_eq!(consents.len(), 3);
    let words = declaration_hash(Kind::People, Locale::Vi);
    assert!(consents.iter().all(|row| row.purpose == "attend" && row.given && row.channel == "delegation" && row.text_sha256 == words));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn five_hundred_people_come_in_one_go(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 600).await;
    let link = register(&cx, party(&edition, rules::MOST, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let page = page(&cx, &link.0).await.unwrap();
    assert_eq!((page.people(), taken(&cx).await), (500, 500));
    assert_eq!(page.members.iter().map(|member| &member.link.0).collect::<BTreeSet<_>>().len(), 500);
    assert_eq!(
        problem_of(add(&cx, &link.0, vec![member("Lê Văn Tám")], cx.new_id()).await, rules::field::PASTE),
        Problem::TooManyRows { max: 500 }
    );
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_same_form_twice_is_one_delegation_and_leads_to_it(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let key = cx.new_id();
    let send = |people| register(&cx, party(&edition, people, "Trần Văn Sen"), key);
    let (first, second) = tokio::join!(send(3), send(3));
    let link = first.unwrap();
    assert_eq!(second.unwrap(), link);
    assert_eq!(send(4).await.unwrap(), link, "a list that was changed by going back is changed on the delegation's page");
    assert_eq!(taken(&cx).await, 3);
    let other = register(&cx, party(&edition, 2, "Lê Văn Tám"), key).await.unwrap();
    assert_ne!(other, link);
    assert_eq!(taken(&cx).await, 5);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn parties_race_for_the_rest_of_the_seats_and_each_comes_whole_or_not_at_all(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let race: Vec<_> = (0..12)
        .map(|number| {
            let (cx, key) = (cx.clone(), cx.new_id());
            let application = party(&edition, 3 + number % 3, "Trần Văn Sen");
            tokio::spawn(async move { register(&cx, application, key).await })
        })
        .collect();
    let mut people = 0;
    for runner in race {
        match runner.await.unwrap() {
            Ok(link) => people += page(&cx, &link.0).await.unwrap().people(),
            full => assert!(matches!(problem_of(full, field::AUDIENCE), Problem::SeatsShort { .. })),
        }
    }
    assert!(people > 5 && people <= 10, "{people}");
    let stored = sqlx::query_scalar!(r#"select count(*) as "count!" from registrations"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!((stored, taken(&cx).await), (i64::from(people), i32::try_from(people).unwrap()), "who was refused left nothing behind");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_of_a_party_passes_those_who_wait(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::query!("update capacities set waiting = 1, taken = 7 where size is not null").execute(&cx.pool).await.unwrap();
    let refused = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await;
    assert_eq!(problem_of(refused, field::AUDIENCE), Problem::SeatsShort { left: 0 });
    sqlx::query!("update capacities set waiting = 0 where size is not null").execute(&cx.pool).await.unwrap();
    let refused = register(&cx, party(&edition, 4, "Trần Văn Sen"), cx.new_id()).await;
    assert_eq!(problem_of(refused, field::AUDIENCE), Problem::SeatsShort { left: 3 });
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn closed_hidden_and_unknown_audiences_take_no_delegation(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let ask = async |audience| {
        problem_of(register(&cx, Application { audience, ..party(&edition, 2, "Sen") }, cx.new_id()).await, field::AUDIENCE)
    };
    assert_eq!(ask(edition.hidden).await, Problem::UnknownChoice);
    assert_eq!(ask(AudienceId(Uuid::nil())).await, Problem::UnknownChoice);
    clock.advance(TimeDelta::hours(5));
    assert_eq!(ask(edition.citizens).await, Problem::Closed);
    assert_eq!(taken(&cx).await, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn where_staff_approve_the_seats_are_held_and_tickets_come_later(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::query!("update audiences set needs_approval = true").execute(&cx.pool).await.unwrap();
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let page = page(&cx, &link.0).await.unwrap();
    assert!(page.members.iter().all(|member| member.status == Status::Pending));
    assert_eq!(taken(&cx).await, 2);
    let tickets = sqlx::query_scalar!(r#"select count(*) as "count!" from tickets"#).fetch_one(&cx.pool).await.unwrap();
    let told = sqlx::query_scalar!("select kind from messages").fetch_all(&cx.pool).await.unwrap();
    assert_eq!((tickets, told), (0, vec!["delegation".to_owned()]));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_phone_may_be_given_for_everybody_of_a_delegation(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 40).await;
    let list: String = (1..=20).map(letters).flat_map(|name| ["Nguyễn ".to_owned(), name, "\t\t0912345678\t\n".to_owned()]).collect();
    register(&cx, application(edition.citizens, AudienceKind::Delegate, &[("list", &list)]), cx.new_id()).await.unwrap();
    assert_eq!(taken(&cx).await, 20);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn people_are_added_while_there_are_seats_and_by_the_same_form_once(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 5).await;
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let key = cx.new_id();
    let two = || vec![member("Lê Văn Tám"), member("Phạm Thị Chín")];
    let (first, second) = tokio::join!(add(&cx, &link.0, two(), key), add(&cx, &link.0, two(), key));
    first.unwrap();
    second.unwrap();
    let names: Vec<_> = page(&cx, &link.0).await.unwrap().members.into_iter().map(|member| member.full_name).collect();
    assert_eq!(names, ["Nguyễn b", "Nguyễn c", "Lê Văn Tám", "Phạm Thị Chín"]);
    assert_eq!(problem_of(add(&cx, &link.0, two(), cx.new_id()).await, field::AUDIENCE), Problem::SeatsShort { left: 1 });
    assert_eq!(taken(&cx).await, 4);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_exchanged_member_keeps_the_seat_and_loses_the_ticket(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 2).await;
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let before = page(&cx, &link.0).await.unwrap();
    let out = &before.members[0];
    let old = registration::ticket(&cx, &out.link.0).await.unwrap();
    for _ in 0..2 {
        exchange(&cx, &link.0, out.id, member("Lê Văn Tám")).await.unwrap();
    }
    let after = page(&cx, &link.0).await.unwrap();
    let lines: Vec<_> = after.members.iter().map(|member| (member.full_name.as_str(), member.status)).collect();
    assert_eq!(lines, [("Nguyễn c", Status::Confirmed), ("Lê Văn Tám", Status::Confirmed), ("Nguyễn b", Status::Cancelled)]);
    assert_eq!(taken(&cx).await, 2);
    assert_eq!(registration::ticket(&cx, &out.link.0).await.unwrap().status, Status::Cancelled);
    let standing = sqlx::query_scalar!("select standing from tickets where id = $1", old.ticket.as_ref().unwrap().id.0.cast_signed())
        .fetch_one(&cx.pool)
        .await;
    assert_eq!(standing.unwrap(), "cancelled");
    let new = registration::ticket(&cx, &after.members[1].link.0).await.unwrap();
    assert_ne!(new.ticket.unwrap().id, old.ticket.unwrap().id);
    let again = exchange(&cx, &link.0, out.id, member("Ai Khác")).await;
    assert!(matches!(again, Err(Error::Conflict(Conflict::Delegation))), "{again:?}");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_removed_members_seat_is_free_at_once(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 2).await;
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let gone = page(&cx, &link.0).await.unwrap().members.remove(0);
    for _ in 0..2 {
        remove(&cx, &link.0, gone.id).await.unwrap();
    }
    assert_eq!(taken(&cx).await, 1);
    assert_eq!(registration::ticket(&cx, &gone.link.0).await.unwrap().status, Status::Cancelled);
    add(&cx, &link.0, vec![member("Lê Văn Tám")], cx.new_id()).await.unwrap();
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_delegation_leaves_as_a_whole_and_its_form_can_be_sent_anew(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 5).await;
    let key = cx.new_id();
    let send = || register(&cx, party(&edition, 4, "Trần Văn Sen"), key);
    let link = send().await.unwrap();
    let (one, other) = tokio::join!(leave(&cx, &link.0), leave(&cx, &link.0));
    one.unwrap();
    other.unwrap();
    let left = page(&cx, &link.0).await.unwrap();
    assert!(left.cancelled_at.is_some() && !left.is_open && left.members.iter().all(|member| member.status == Status::Cancelled));
    assert_eq!((left.people(), taken(&cx).await), (0, 0));
    let late = add(&cx, &link.0, vec![member("Lê Văn Tám")], cx.new_id()).await;
    assert!(matches!(late, Err(Error::Conflict(Conflict::Delegation))), "{late:?}");
    let again = send().await.unwrap();
    assert_ne!(again, link);
    assert_eq!(taken(&cx).await, 4);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

async fn statuses(cx: &Context, link: &LinkSecret) -> BTreeSet<&'static str> {
    page(cx, &link.0).await.unwrap().members.iter().map(|member| member.status.key()).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_party_waits_together_is_offered_seats_together_and_takes_them_together(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 5).await;
    testing::open_queue(&cx, &edition).await;
    let first = register(&cx, party(&edition, 4, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let waits = register(&cx, party(&edition, 3, "Lê Văn Tám"), cx.new_id()).await.unwrap();
    let before = page(&cx, &waits.0).await.unwrap();
    assert_eq!((statuses(&cx, &waits).await, before.queue), (BTreeSet::from(["waiting"]), vec![Queue::Waiting { position: 1 }]));
    let early = accept(&cx, &waits.0).await;
    assert!(matches!(early, Err(Error::Conflict(Conflict::Offer))), "{early:?}");

    let gone = page(&cx, &first.0).await.unwrap().members;
    cx.live.was_marked().await;
    remove(&cx, &first.0, gone[0].id).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    assert_eq!(statuses(&cx, &waits).await, BTreeSet::from(["waiting"]), "two seats are not enough for three");
    remove(&cx, &first.0, gone[1].id).await.unwrap();
    assert_eq!((statuses(&cx, &waits).await, taken(&cx).await), (BTreeSet::from(["offered"]), 5));
    assert!(matches!(page(&cx, &waits.0).await.unwrap().queue[..], [Queue::Offered { .. }]));
    accept(&cx, &waits.0).await.unwrap();
    assert_eq!((statuses(&cx, &waits).await, taken(&cx).await), (BTreeSet::from(["confirmed"]), 5));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_whole_delegation_that_leaves_makes_room_for_the_party_that_waits(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 5).await;
    testing::open_queue(&cx, &edition).await;
    let [session, _] = testing::sessions(&cx, 2).await;
    let first = register(&cx, party(&edition, 5, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let waits = register(&cx, party(&edition, 5, "Lê Văn Tám"), cx.new_id()).await.unwrap();
    let sits = page(&cx, &first.0).await.unwrap().members[0].id;
    sqlx::query!("insert into session_seats values ($1, $2, 'held')", sits.0, session.0).execute(&cx.pool).await.unwrap();
    sqlx::query!("update capacities set taken = 1 where id = (select capacity_id from sessions where id = $1)", session.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
    cx.live.was_marked().await;
    leave(&cx, &first.0).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    assert_eq!((statuses(&cx, &first).await, statuses(&cx, &waits).await), (BTreeSet::from(["cancelled"]), BTreeSet::from(["offered"])));
    assert_eq!(taken(&cx).await, 5);
    leave(&cx, &waits.0).await.unwrap();
    assert_eq!(taken(&cx).await, 0);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_party_that_never_fits_is_refused_and_holds_nobody_back(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 5).await;
    testing::open_queue(&cx, &edition).await;
    let refused = register(&cx, party(&edition, 6, "Trần Văn Sen"), cx.new_id()).await;
    assert_eq!(problem_of(refused, field::AUDIENCE), Problem::SeatsShort { left: 5 });
    register(&cx, party(&edition, 5, "Lê Văn Tám"), cx.new_id()).await.unwrap();
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_comes_for_somebody_who_waits_waits_in_the_same_place(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 2).await;
    testing::open_queue(&cx, &edition).await;
    let first = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let waits = register(&cx, party(&edition, 2, "Lê Văn Tám"), cx.new_id()).await.unwrap();
    let out = page(&cx, &waits.0).await.unwrap().members[0].id;
    cx.live.was_marked().await;
    exchange(&cx, &waits.0, out, member("Phạm Thị Chín")).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    leave(&cx, &first.0).await.unwrap();
    accept(&cx, &waits.0).await.unwrap();
    let page = page(&cx, &waits.0).await.unwrap();
    let coming: BTreeSet<_> =
        page.members.iter().filter(|member| member.status == Status::Confirmed).map(|member| member.full_name.as_str()).collect();
    assert_eq!((coming, taken(&cx).await), (BTreeSet::from(["Nguyễn c", "Phạm Thị Chín"]), 2));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_has_come_in_is_not_exchanged(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 2).await;
    let link = register(&cx, party(&edition, 1, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    sqlx::query!(
        "insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at) select id, $1, $1, $2, 'Máy 1', now() from tickets",
        edition.gate.0,
        cx.new_id()
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let out = page(&cx, &link.0).await.unwrap().members[0].id;
    assert!(matches!(exchange(&cx, &link.0, out, member("Lê Văn Tám")).await, Err(Error::Conflict(Conflict::Delegation))));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn members_of_another_delegation_are_out_of_reach(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let own = register(&cx, party(&edition, 1, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let other = register(&cx, party(&edition, 1, "Lê Văn Tám"), cx.new_id()).await.unwrap();
    let foreign = page(&cx, &other.0).await.unwrap().members[0].id;
    assert!(matches!(exchange(&cx, &own.0, foreign, member("Ai Khác")).await, Err(Error::NotFound)));
    let ticket = page(&cx, &own.0).await.unwrap().members[0].link.clone();
    assert!(matches!(page(&cx, &ticket.0).await, Err(Error::NotFound)), "a ticket's link is not the leader's");
    assert!(matches!(registration::ticket(&cx, &own.0).await, Err(Error::NotFound)), "nor the other way round");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_school_comes_on_one_ticket_that_counts_its_heads(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 50).await;
    let link = register(&cx, school(&edition, "40"), cx.new_id()).await.unwrap();
    let before = page(&cx, &link.0).await.unwrap();
    assert_eq!((before.members.len(), before.people(), before.members[0].full_name.as_str()), (1, 40, "Trần Văn Sen"));
    assert_eq!(taken(&cx).await, 40);
    assert_eq!(problem_of(recount(&cx, &link.0, 51).await, field::AUDIENCE), Problem::SeatsShort { left: 10 });
    cx.live.was_marked().await;
    recount(&cx, &link.0, 50).await.unwrap();
    assert!(cx.live.was_marked().await, "phones hear of it");
    assert_eq!(taken(&cx).await, 50);
    recount(&cx, &link.0, 12).await.unwrap();
    assert_eq!((page(&cx, &link.0).await.unwrap().people(), taken(&cx).await), (12, 12));
    assert!(matches!(add(&cx, &link.0, vec![member("Bé An")], cx.new_id()).await, Err(Error::Conflict(_))), "no child is named");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_school_that_waits_may_become_smaller_and_is_seated_when_it_fits(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 50).await;
    testing::open_queue(&cx, &edition).await;
    let first = register(&cx, school(&edition, "30"), cx.new_id()).await.unwrap();
    let other = Application { organisation_name: Some("Trường Lê Lợi".into()), ..school(&edition, "40") };
    let waits = register(&cx, other, cx.new_id()).await.unwrap();
    assert_eq!(page(&cx, &waits.0).await.unwrap().queue, [Queue::Waiting { position: 1 }]);
    assert_eq!(problem_of(recount(&cx, &waits.0, 41).await, field::AUDIENCE), Problem::SeatsShort { left: 0 });
    recount(&cx, &waits.0, 40).await.unwrap();
    recount(&cx, &waits.0, 25).await.unwrap();
    let still = page(&cx, &waits.0).await.unwrap();
    assert_eq!((still.people(), still.queue, taken(&cx).await), (25, vec![Queue::Waiting { position: 1 }], 30));
    recount(&cx, &waits.0, 20).await.unwrap();
    let offered = page(&cx, &waits.0).await.unwrap();
    assert_eq!((offered.people(), taken(&cx).await), (20, 50));
    assert!(matches!(offered.queue[..], [Queue::Offered { .. }]), "{:?}", offered.queue);
    accept(&cx, &waits.0).await.unwrap();
    assert_eq!(page(&cx, &waits.0).await.unwrap().members[0].status, Status::Confirmed);
    assert_eq!(page(&cx, &first.0).await.unwrap().people(), 30);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn after_the_deadline_the_list_stands(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    sqlx::query!("update editions set changes_until = $1", cx.now() + TimeDelta::hours(1)).execute(&cx.pool).await.unwrap();
    add(&cx, &link.0, vec![member("Lê Văn Tám")], cx.new_id()).await.unwrap();
    clock.advance(TimeDelta::hours(1));
    let page = page(&cx, &link.0).await.unwrap();
    assert!(!page.is_open);
    for late in [
        add(&cx, &link.0, vec![member("Phạm Thị Chín")], cx.new_id()).await,
        exchange(&cx, &link.0, page.members[0].id, member("Phạm Thị Chín")).await,
    ] {
        assert!(matches!(late, Err(Error::Conflict(Conflict::Delegation))), "{late:?}");
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn seats_given_back_and_people_added_at_once_are_counted_right(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 12).await;
    let link = register(&cx, party(&edition, 8, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let members = page(&cx, &link.0).await.unwrap().members;
    let mut race = Vec::new();
    for (number, gone) in members.into_iter().enumerate() {
        let (cx, link) = (cx.clone(), link.clone());
        race.push(tokio::spawn(async move {
            if number % 2 == 0 {
                registration::cancel(&cx, &gone.link.0).await
            } else {
                add(&cx, &link.0, vec![member("Lê Văn Tám"), member("Phạm Thị Chín")], cx.new_id()).await
            }
        }));
    }
    for runner in race {
        match runner.await.unwrap() {
            Ok(()) => {}
            full => assert!(matches!(problem_of(full, field::AUDIENCE), Problem::SeatsShort { .. })),
        }
    }
    let people = page(&cx, &link.0).await.unwrap().people();
    assert_eq!(i32::try_from(people).unwrap(), taken(&cx).await);
    assert!(people <= 12);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_leader_sees_who_has_opened_the_ticket(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let link = register(&cx, party(&edition, 2, "Trần Văn Sen"), cx.new_id()).await.unwrap();
    let ticket = page(&cx, &link.0).await.unwrap().members[1].link.clone();
    opened(&cx, &ticket.0).await.unwrap();
    let seen: Vec<_> = page(&cx, &link.0).await.unwrap().members.iter().map(|member| member.opened_at.is_some()).collect();
    assert_eq!(seen, [false, true]);
}
