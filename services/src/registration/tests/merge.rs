//! Merging two registrations of one person.

use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{Direction, ScanSubmission, Source, Stop, Verdict},
    contact::Email,
    form::Problem,
    ids::{RegistrationId, ScanId, SessionId},
    registration::{Answers, Status, TICKED},
};
use sqlx::PgPool;

use super::super::*;
use super::{nth_citizen, problem_of};
use crate::{
    checkin, privacy,
    testing::{self, Fixture},
};

/// Registers a citizen by this change of a form, and gives back id and link.
async fn enter(cx: &Context, edition: &Fixture, number: u32, form: impl FnOnce(&mut Application)) -> (RegistrationId, String) {
    let mut application = nth_citizen(edition.citizens, number);
    form(&mut application);
    let secret = register(cx, application, cx.new_id()).await.unwrap().0;
    (ticket(cx, &secret).await.unwrap().registration_id, secret)
}

async fn standing(cx: &Context, secret: &str) -> (Status, Vec<MySeat>) {
    let page = ticket(cx, secret).await.unwrap();
    (page.status, page.sessions.into_iter().map(|session| session.seat).collect())
}

async fn scan(cx: &Context, edition: &Fixture, actor: &Actor, code: &str) -> Verdict {
    let scan = ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    };
    checkin::record_single(cx, actor, edition.gate, scan).await.unwrap().verdict
}

async fn actions(cx: &Context, id: RegistrationId) -> Vec<String> {
    sqlx::query_scalar!("select action from audit_log where subject_id = $1 order by id", id.0).fetch_all(&cx.pool).await.unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_kept_one_takes_over_what_it_lacks_and_the_gate_names_it_for_the_other(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 2).await;
    testing::open_queue(&cx, &edition).await;
    let organiser = testing::organiser(&cx).await;
    let answer = |code: &str, value: &str| Answers([(code.to_owned(), vec![value.to_owned()])].into());
    let (kept, kept_link) = enter(&cx, &edition, 1, |form| form.details.answers = answer("an", "chay")).await;
    let (other, other_link) = enter(&cx, &edition, 2, |form| {
        form.details.email = Email::parse("hanh@example.vn").ok();
        form.details.answers = Answers([("an".into(), vec!["mặn".into()]), ("ao".into(), vec!["L".into()])].into());
    })
    .await;
    let (_, waiting) = enter(&cx, &edition, 3, |_| {}).await;
    sqlx::query!("update registrations set phone = null, phone_place = null where id = $1", kept.0).execute(&cx.pool).await.unwrap();
    sqlx::query!("update registrations set attention = 'cần xe lăn', external_ref = 'A1' where id = $1", other.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    let codes = [&kept_link, &other_link].map(|link| ticket(&cx, link));
    let [kept_ticket, other_ticket] = futures(codes).await;

    merge(&cx, &organiser, kept, other).await.unwrap();
    let now = details(&cx, &kept_link).await.unwrap().details;
    assert_eq!((now.phone.unwrap().e164(), now.email.unwrap().as_str()), ("+84300000002", "hanh@example.vn"));
    assert_eq!(now.answers, Answers([("an".into(), vec!["chay".into()]), ("ao".into(), vec!["L".into()])].into()));
    let notes = sqlx::query!("select attention, external_ref from registrations where id = $1", kept.0).fetch_one(&cx.pool).await.unwrap();
    assert_eq!((notes.attention.as_deref(), notes.external_ref.as_deref()), (Some("cần xe lăn"), Some("A1")));
    assert_eq!(ticket(&cx, &other_link).await.unwrap().status, Status::Cancelled);
    assert_eq!(ticket(&cx, &waiting).await.unwrap().status, Status::Offered, "the seat is free at once");
    assert_eq!(actions(&cx, kept).await, ["registration.register", "registration.merge"]);
    assert_eq!(actions(&cx, other).await, ["registration.register", "registration.cancel", "registration.merged"]);
    let detail = sqlx::query_scalar!("select detail from audit_log where action = 'registration.merge'").fetch_one(&cx.pool).await.unwrap();
    let fields = ["phone", "email", "answers", "attention", "external_ref"];
    assert_eq!(detail, serde_json::json!({ "from": other, "fields": fields, "sessions": 0, "place": false }));
    let consents = sqlx::query_scalar!(r#"select count(*) as "count!" from consent_records where registration_id = $1"#, other.0);
    assert_eq!(consents.fetch_one(&cx.pool).await.unwrap(), 5, "consents stay where they were given");
    let told = sqlx::query_scalar!("select kind from messages where registration_id = $1", kept.0).fetch_all(&cx.pool).await.unwrap();
    assert_eq!(told, ["link"]);

    clock.advance(TimeDelta::hours(3));
    let into = kept_ticket.short_code;
    for held_up in [other_ticket.code.as_str(), other_ticket.short_code.as_str()] {
        assert_eq!(scan(&cx, &edition, &organiser, held_up).await, Verdict::Stopped { reason: Stop::Merged { into: into.clone() } });
    }
    assert_eq!(scan(&cx, &edition, &organiser, &kept_ticket.code).await, Verdict::Admit);
    let page = desk::person(&cx, &organiser, kept).await.unwrap();
    assert_eq!((page.merged.as_slice(), page.scans.len()), ([other].as_slice(), 3), "the other's scans are shown, and stay the other's");
    let history: Vec<_> = page.history.iter().map(|entry| entry.action.as_str()).collect();
    assert!(history.contains(&"registration.merged"), "{history:?}");
    assert_eq!(desk::person(&cx, &organiser, other).await.unwrap().merged_into, Some(kept));
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

/// The tickets of two pages.
async fn futures<F: Future<Output = Result<TicketPage, Error>>>(pages: [F; 2]) -> [Issued; 2] {
    let [one, two] = pages;
    [one.await.unwrap().ticket.unwrap(), two.await.unwrap().ticket.unwrap()]
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_arrival_is_not_given_up_and_two_arrivals_are_two_people(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let (one, one_link) = enter(&cx, &edition, 1, |_| {}).await;
    let (two, two_link) = enter(&cx, &edition, 2, |_| {}).await;
    clock.advance(TimeDelta::hours(3));
    let [one_ticket, two_ticket] = futures([ticket(&cx, &one_link), ticket(&cx, &two_link)]).await;
    assert_eq!(scan(&cx, &edition, &organiser, &two_ticket.code).await, Verdict::Admit);
    assert_eq!(problem_of(merge(&cx, &organiser, one, two).await.unwrap_err(), KEEP), Problem::KeepTheOther);
    assert_eq!(scan(&cx, &edition, &organiser, &one_ticket.code).await, Verdict::Admit);
    for (kept, other) in [(one, two), (two, one)] {
        assert_eq!(problem_of(merge(&cx, &organiser, kept, other).await.unwrap_err(), KEEP), Problem::BothArrived);
    }
    let (three, _) = enter(&cx, &edition, 3, |_| {}).await;
    merge(&cx, &organiser, two, three).await.unwrap();
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_member_who_also_registered_alone_leaves_the_delegation_or_stays_in_it_as_staff_choose(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let leader = delegation::register(&cx, delegation_of(&edition, &[("list", "Lê An\nLê Bình\n")]), cx.new_id()).await.unwrap().0;
    let members: Vec<_> = delegation::page(&cx, &leader).await.unwrap().members.into_iter().map(|member| member.id).collect();
    let (an, an_link) = enter(&cx, &edition, 1, |_| {}).await;
    let (_, binh_link) = (members[1], enter(&cx, &edition, 2, |_| {}).await);
    merge(&cx, &organiser, an, members[0]).await.unwrap();
    merge(&cx, &organiser, members[1], binh_link.0).await.unwrap();
    assert_eq!(ticket(&cx, &an_link).await.unwrap().delegation, None, "who registered alone belongs to no leader");
    let page = delegation::page(&cx, &leader).await.unwrap();
    let standing: Vec<_> = page.members.iter().map(|member| (member.id, member.status)).collect();
    assert_eq!(standing, [(members[1], Status::Confirmed), (members[0], Status::Cancelled)]);
    let phone = sqlx::query_scalar!("select phone from registrations where id = $1", members[1].0).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(phone.as_deref(), Some("+84300000002"), "a member without a phone has the one that was given alone");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

/// An organisation's people, or a school.
fn delegation_of(edition: &Fixture, fields: &[(&str, &str)]) -> domain::registration::delegation::Application {
    let usual = [
        ("leader_name", "Trần Văn Sen"),
        ("leader_phone", "0912345678"),
        ("organisation_name", "Trường Sen Hồng"),
        ("declaration", TICKED),
    ];
    let fields = fields.iter().chain(&usual).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let values = domain::form::Values(fields);
    domain::registration::delegation::Application::parse(&values, edition.citizens, AudienceKind::Delegate, text::Locale::Vi).unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_two_that_wait_the_better_place_stays_and_a_waiting_one_ends_in_a_seated_one(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 1).await;
    testing::open_queue(&cx, &edition).await;
    let organiser = testing::organiser(&cx).await;
    let (seated, seated_link) = enter(&cx, &edition, 1, |_| {}).await;
    let (early, _) = enter(&cx, &edition, 2, |_| {}).await;
    let (_, between) = enter(&cx, &edition, 3, |_| {}).await;
    let (late, late_link) = enter(&cx, &edition, 4, |_| {}).await;
    let (last, _) = enter(&cx, &edition, 5, |_| {}).await;
    let position = async |link: &str| ticket(&cx, link).await.unwrap().queue;
    assert_eq!(position(&late_link).await, Some(Queue::Waiting { position: 3 }));
    merge(&cx, &organiser, late, early).await.unwrap();
    assert_eq!(position(&late_link).await, Some(Queue::Waiting { position: 1 }));
    assert_eq!(position(&between).await, Some(Queue::Waiting { position: 2 }));
    assert_eq!(problem_of(merge(&cx, &organiser, last, seated).await.unwrap_err(), KEEP), Problem::KeepTheOther);
    merge(&cx, &organiser, seated, last).await.unwrap();
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
    cancel(&cx, &seated_link).await.unwrap();
    assert_eq!(ticket(&cx, &late_link).await.unwrap().status, Status::Offered);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_party_and_a_person_are_not_one_and_of_two_parties_the_kept_ones_number_counts(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 100).await;
    let organiser = testing::organiser(&cx).await;
    let mut schools = Vec::new();
    for people in ["30", "25"] {
        let form = delegation_of(&edition, &[("kind", "school"), ("people", people)]);
        let link = delegation::register(&cx, form, cx.new_id()).await.unwrap().0;
        schools.push(delegation::page(&cx, &link).await.unwrap().members[0].id);
    }
    let (alone, _) = enter(&cx, &edition, 1, |_| {}).await;
    assert_eq!(problem_of(merge(&cx, &organiser, schools[0], alone).await.unwrap_err(), KEEP), Problem::PartyAndPerson);
    merge(&cx, &organiser, schools[1], schools[0]).await.unwrap();
    let taken = sqlx::query_scalar!("select taken from capacities where size = 100").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(taken, 25 + 1);
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn seats_in_sessions_go_over_past_their_queues_and_clashes_stay_behind(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let [first, second] = testing::sessions(&cx, 1).await;
    let sessions = |list: &[SessionId]| {
        let list = list.to_vec();
        move |form: &mut Application| form.details.sessions = list
    };
    let (other, _) = enter(&cx, &edition, 1, sessions(&[first, second])).await;
    let (kept, kept_link) = enter(&cx, &edition, 2, sessions(&[first])).await;
    let (_, third) = enter(&cx, &edition, 3, sessions(&[first, second])).await;
    assert_eq!(standing(&cx, &kept_link).await.1, [MySeat::Queued(Queue::Waiting { position: 1 })]);
    merge(&cx, &organiser, kept, other).await.unwrap();
    assert_eq!(standing(&cx, &kept_link).await.1, [MySeat::Held, MySeat::Held], "the better seat, and the other session");
    let waits = [MySeat::Queued(Queue::Waiting { position: 1 }), MySeat::Queued(Queue::Waiting { position: 1 })];
    assert_eq!(standing(&cx, &third).await.1, waits, "no seat came free");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);

    // The second session now runs at the time of the first.
    sqlx::query!("update sessions set starts_at = starts_at - interval '30 minutes' where id = $1", second.0)
        .execute(&cx.pool)
        .await
        .unwrap();
    sqlx::query!("update capacities c set size = 5 from sessions s where s.capacity_id = c.id").execute(&cx.pool).await.unwrap();
    let (one, one_link) = enter(&cx, &edition, 4, |_| {}).await;
    let mut has = details(&cx, &one_link).await.unwrap().details;
    has.sessions = vec![first];
    change(&cx, &one_link, has).await.unwrap();
    let (two, _) = enter(&cx, &edition, 5, sessions(&[second])).await;
    merge(&cx, &organiser, one, two).await.unwrap();
    let left = ticket(&cx, &one_link).await.unwrap().sessions;
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [first], "nobody sits in two at once");
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_two_ways_round_at_once_merge_once_and_a_repeat_changes_nothing(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 100).await;
    let sessions = testing::sessions(&cx, 50).await;
    let organiser = testing::organiser(&cx).await;
    for round in 0..10 {
        let (one, one_link) = enter(&cx, &edition, 2 * round, |form| form.details.sessions = vec![sessions[0]]).await;
        let (two, two_link) = enter(&cx, &edition, 2 * round + 1, |form| form.details.sessions = vec![sessions[1]]).await;
        let (there, back) = tokio::join!(merge(&cx, &organiser, one, two), merge(&cx, &organiser, two, one));
        let (kept, other, kept_link) = match (there, back) {
            (Ok(()), Err(Error::Conflict(_))) => (one, two, one_link),
            (Err(Error::Conflict(_)), Ok(())) => (two, one, two_link),
            odd => panic!("{odd:?}"),
        };
        assert_eq!(standing(&cx, &kept_link).await, (Status::Confirmed, vec![MySeat::Held, MySeat::Held]));
        let (again, and_again) = tokio::join!(merge(&cx, &organiser, kept, other), merge(&cx, &organiser, kept, other));
        assert!(again.is_ok() && and_again.is_ok());
        let entries = actions(&cx, kept).await;
        assert_eq!(entries, ["registration.register", "registration.merge"], "once");
    }
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_was_merged_before_leads_on_to_the_last_one_and_is_erased_with_it(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let (first, first_link) = enter(&cx, &edition, 1, |_| {}).await;
    let (second, second_link) = enter(&cx, &edition, 2, |_| {}).await;
    let (third, third_link) = enter(&cx, &edition, 3, |_| {}).await;
    let [first_ticket, third_ticket] = futures([ticket(&cx, &first_link), ticket(&cx, &third_link)]).await;
    merge(&cx, &organiser, second, first).await.unwrap();
    merge(&cx, &organiser, third, second).await.unwrap();
    clock.advance(TimeDelta::hours(3));
    let into = third_ticket.short_code;
    assert_eq!(scan(&cx, &edition, &organiser, &first_ticket.code).await, Verdict::Stopped { reason: Stop::Merged { into } });
    assert!(matches!(merge(&cx, &organiser, third, first).await, Ok(())), "it is in there already");
    assert!(matches!(merge(&cx, &organiser, second, third).await, Err(Error::Conflict(_))), "what has ended is not kept");
    let (fourth, fourth_link) = enter(&cx, &edition, 4, |_| {}).await;
    cancel(&cx, &fourth_link).await.unwrap();
    assert!(matches!(merge(&cx, &organiser, third, fourth).await, Err(Error::Conflict(_))), "who has cancelled is not merged");
    assert!(matches!(merge(&cx, &organiser, third, third).await, Err(Error::NotFound)));
    assert!(matches!(merge(&cx, &organiser, third, RegistrationId(cx.new_id())).await, Err(Error::NotFound)));
    assert!(matches!(merge(&cx, &testing::actor(Role::Steward, None), third, first).await, Err(Error::Forbidden)));

    privacy::erase_mine(&cx, &third_link).await.unwrap();
    for link in [first_link, second_link, third_link] {
        assert!(matches!(ticket(&cx, &link).await, Err(Error::NotFound)), "nothing of the person is left");
    }
    assert_eq!(check_capacities(&cx).await.unwrap(), []);
}
