mod reading;

use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{StampRequest, StampSubmission, Stop, Verdict},
    contact::Phone,
    ids::AudienceId,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    checkin::{attendance, proof, record_single},
    registration, testing,
};

/// Two booths, of which the second closes within the hour; a ticket; the posters' codes.
async fn hall(pool: PgPool) -> (Context, Arc<testing::TestClock>, registration::Issued, String, [String; 2]) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
    let ticket = registration::ticket(&cx, &secret).await.unwrap().ticket.unwrap();
    for (id, code, closes_at) in [(0x61, "gian-1", None), (0x62, "gian-2", Some(cx.now() + TimeDelta::hours(1)))] {
        sqlx::query(
            "insert into checkpoints (id, edition_id, code, kind, name_vi, closes_at, admits, position)
             values ($1, '00000000-0000-0000-0000-000000000001', $2, 'booth', $2, $3, '{}', 9)",
        )
        .bind(Uuid::from_u128(id))
        .bind(code)
        .bind(closes_at)
        .execute(&cx.pool)
        .await
        .unwrap();
    }
    let posters = posters(&cx, &testing::actor(Role::Organiser, None)).await.unwrap();
    assert_eq!(posters.iter().map(|poster| poster.booth.name.vi.as_str()).collect::<Vec<_>>(), ["gian-1", "gian-2"]);
    let codes = [posters[0].code.clone(), posters[1].code.clone()];
    (cx, clock, ticket, secret, codes)
}

/// Somebody whose browser keeps no ticket.
const FORM: Typist<'static> = Typist { tokens: &[], form: "a" };

async fn at(cx: &Context, code: &str, ticket: &registration::Issued) -> Stamped {
    stamp(cx, code, &ticket.short_code, FORM).await.unwrap()
}

/// Another citizen's link.
async fn another(cx: &Context) -> String {
    let mut application = testing::citizen(AudienceId(Uuid::from_u128(0x41)));
    application.details.phone = Phone::parse("0387654321").ok();
    registration::register(cx, application, cx.new_id()).await.unwrap().0
}

async fn stored(cx: &Context) -> (i64, i64) {
    sqlx::query_as("select (select count(*) from scans where source = 'self'), (select count(*) from admissions)")
        .fetch_one(&cx.pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_second_stamp_at_a_booth_is_the_first_one(pool: PgPool) {
    let (cx, clock, ticket, _, [first, _]) = hall(pool).await;
    let since = cx.now();
    assert_eq!(at(&cx, &first, &ticket).await, Stamped::Since(since));
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(at(&cx, &first.to_lowercase(), &ticket).await, Stamped::Since(since));
    assert_eq!(stored(&cx).await, (2, 1));
    let seen: Vec<_> = stamps(&cx, &ticket.short_code).await.unwrap().into_iter().map(|stamp| stamp.at).collect();
    assert_eq!(seen, [Some(since), None]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_forged_code_and_a_gates_code_stamp_nothing(pool: PgPool) {
    let (cx, _, ticket, _, [first, _]) = hall(pool).await;
    let (key_id, key) = cx.secret.booth_signer(2027);
    let gate = BoothCode { key_id, year: 2027, checkpoint: CheckpointId(Uuid::from_u128(0x51)) };
    let booth = BoothCode { checkpoint: CheckpointId(Uuid::from_u128(0x61)), ..gate };
    let by_tickets_key = booth.sign(&cx.ticket_signer(2027).1);
    assert_eq!(booth.sign(&key), first);
    for code in [gate.sign(&key), by_tickets_key, ticket.code.clone(), first[1..].to_owned(), String::new()] {
        let refused = stamp(&cx, &code, &ticket.short_code, FORM).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{code}: {refused:?}");
    }
    assert_eq!(stored(&cx).await, (0, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_closed_booth_and_a_cancelled_ticket_get_no_stamp(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, closing]) = hall(pool).await;
    clock.advance(TimeDelta::hours(2));
    let closed = at(&cx, &closing, &ticket).await;
    assert!(matches!(closed, Stamped::Refused(Verdict::WrongPlace { .. })), "{closed:?}");
    registration::cancel(&cx, &secret).await.unwrap();
    assert_eq!(at(&cx, &first, &ticket).await, Stamped::Refused(Verdict::Stopped { reason: Stop::Cancelled }));
    assert_eq!(stored(&cx).await, (2, 0));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_tries_code_after_code_has_to_wait_even_with_a_right_one_and_holds_up_nobody_else(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, second]) = hall(pool).await;
    let own = [token(&cx, &secret).await.unwrap().unwrap().0];
    let keeps_a_ticket = Typist { tokens: &own, form: "" };
    for (typist, number) in [FORM, keeps_a_ticket].into_iter().flat_map(|typist| (0..10).map(move |number| (typist, number))) {
        let unknown = ShortCode::from_random(number);
        assert_eq!(stamp(&cx, &first, &unknown, typist).await.unwrap(), Stamped::Refused(Verdict::NotATicket));
    }
    for (typist, booth) in [(FORM, &first), (FORM, &second), (keeps_a_ticket, &first), (Typist { form: "b", ..keeps_a_ticket }, &second)] {
        let held = stamp(&cx, booth, &ticket.short_code, typist).await;
        assert!(matches!(held, Err(Error::TooMany(wait)) if wait.seconds == 360), "{typist:?}: {held:?}");
    }
    assert_eq!(stored(&cx).await, (0, 0));
    let other = Typist { form: "b", ..FORM };
    assert_eq!(stamp(&cx, &first, &ticket.short_code, other).await.unwrap(), Stamped::Since(cx.now()));
    assert_eq!(stamp_kept(&cx, &second, &own[0]).await.unwrap(), Stamped::Since(cx.now()), "the kept ticket needs no code");
    clock.advance(TimeDelta::seconds(360));
    assert!(stamp(&cx, &first, &ticket.short_code, FORM).await.is_ok());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_tries_codes_with_ever_new_forms_holds_up_one_booth_and_nobody_who_keeps_a_ticket(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, second]) = hall(pool).await;
    let own = [token(&cx, &secret).await.unwrap().unwrap().0];
    for number in 0..60 {
        let (form, unknown) = (number.to_string(), ShortCode::from_random(number));
        let refused = stamp(&cx, &first, &unknown, Typist { form: &form, ..FORM }).await.unwrap();
        assert_eq!(refused, Stamped::Refused(Verdict::NotATicket));
    }
    let held = stamp(&cx, &first, &ticket.short_code, FORM).await;
    assert!(matches!(held, Err(Error::TooMany(wait)) if wait.seconds == 1), "{held:?}");
    let forged = [Token(proof::code(&cx, "certificate", 1))];
    assert!(stamp(&cx, &first, &ticket.short_code, Typist { tokens: &forged, ..FORM }).await.is_err(), "it keeps no ticket");
    assert_eq!(stored(&cx).await, (0, 0));
    let keeps_a_ticket = Typist { tokens: &own, ..FORM };
    assert_eq!(stamp(&cx, &first, &ticket.short_code, keeps_a_ticket).await.unwrap(), Stamped::Since(cx.now()));
    assert_eq!(at(&cx, &second, &ticket).await, Stamped::Since(cx.now()), "another booth goes on");
    clock.advance(TimeDelta::seconds(1));
    assert!(stamp(&cx, &first, &ticket.short_code, FORM).await.is_ok());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_made_alone_is_no_arrival_and_a_stewards_is(pool: PgPool) {
    let (cx, _, ticket, secret, [first, _]) = hall(pool).await;
    let organiser = testing::organiser(&cx).await;
    let person = registration::ticket(&cx, &secret).await.unwrap().registration_id;
    let has_arrived = async || registration::desk::person(&cx, &organiser, person).await.unwrap().arrived.is_some();
    at(&cx, &first, &ticket).await;
    assert!(!has_arrived().await);
    registration::cancel(&cx, &secret).await.unwrap();
    assert_eq!(attending(&cx, &organiser).await, 0, "who gave the seat back has not come by a stamp from home");
    let booth = CheckpointId(Uuid::from_u128(0x62));
    let again = another(&cx).await;
    let other = registration::ticket(&cx, &again).await.unwrap();
    let code = other.ticket.unwrap().code;
    let scan = ScanSubmission { code, ..by_visitor(booth, &ticket.short_code, made(&cx)).submission };
    assert_eq!(record_single(&cx, &organiser, booth, scan).await.unwrap().verdict, Verdict::Admit);
    assert!(registration::desk::person(&cx, &organiser, other.registration_id).await.unwrap().arrived.is_some());
    registration::cancel(&cx, &again).await.unwrap();
    assert_eq!(attending(&cx, &organiser).await, 1);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whom_a_steward_has_seen_after_a_stamp_made_alone_has_arrived_until_that_is_undone(pool: PgPool) {
    let (cx, _, ticket, secret, [first, _]) = hall(pool).await;
    let organiser = testing::organiser(&cx).await;
    let person = registration::ticket(&cx, &secret).await.unwrap().registration_id;
    let has_arrived = async || registration::desk::person(&cx, &organiser, person).await.unwrap().arrived.is_some();
    // The times at the places of the list of attendance, for the one who is in it.
    let listed = async || {
        let mut list = attendance::export(&cx, &organiser).await.unwrap();
        list.rows.recv().await.unwrap().unwrap().remove(0).admitted_at.into_iter().flatten().collect::<Vec<_>>()
    };
    at(&cx, &first, &ticket).await;
    assert!(listed().await.is_empty(), "a stamp from home is no visit");
    let booth = CheckpointId(Uuid::from_u128(0x61));
    let scan = ScanSubmission { code: ticket.code.clone(), ..by_visitor(booth, &ticket.short_code, made(&cx)).submission };
    let seen = record_single(&cx, &organiser, booth, scan.clone()).await.unwrap();
    assert!(matches!(seen.verdict, Verdict::AlreadyIn(_)), "{seen:?}");
    assert!(has_arrived().await);
    assert_eq!(listed().await, [cx.now()]);
    crate::checkin::correct(&cx, &organiser, scan.scan_id).await.unwrap();
    assert!(!has_arrived().await, "the stamp alone is left");
}

/// How many rows the list of attendance has.
async fn attending(cx: &Context, organiser: &Actor) -> usize {
    let mut rows = attendance::export(cx, organiser).await.unwrap().rows;
    let mut all = 0;
    while let Some(some) = rows.recv().await {
        all += some.unwrap().len();
    }
    all
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_browser_keeps_stamps_its_ticket_until_the_event_ends_and_opens_nothing_else(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, _]) = hall(pool).await;
    let booth = booth(&cx, &first).await.unwrap();
    let (own, until) = token(&cx, &secret).await.unwrap().unwrap();
    assert_eq!(until.to_rfc3339(), "2027-10-10T17:00:00+00:00");
    let mut forged = own.0.clone().into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = Token(String::from_utf8(forged).unwrap());
    let certificate = Token(proof::code(&cx, "certificate", 1));
    let before = kept(&cx, &[forged.clone(), certificate, own.clone(), Token(String::new())], &booth).await.unwrap();
    let tail = ticket.short_code.as_str()[4..].to_owned();
    let shown = KeptTicket { handle: own.handle().to_owned(), masked_name: "N. T. Hạnh".into(), tail, at: None };
    assert_eq!(before, std::slice::from_ref(&shown));
    assert_eq!(stamp_kept(&cx, &first, &forged).await.unwrap(), Stamped::Refused(Verdict::NotATicket));
    assert_eq!(stamp_kept(&cx, &first, &own).await.unwrap(), Stamped::Since(cx.now()));
    assert_eq!(kept(&cx, std::slice::from_ref(&own), &booth).await.unwrap(), [KeptTicket { at: Some(cx.now()), ..shown }]);
    assert!(matches!(registration::ticket(&cx, &own.0).await, Err(Error::NotFound)), "it is no link to the ticket");
    clock.advance(TimeDelta::hours(19));
    assert_eq!(token(&cx, &secret).await.unwrap(), None, "the event is over");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn without_booths_and_after_cancelling_a_browser_keeps_nothing(pool: PgPool) {
    let (cx, _, _, secret, _) = hall(pool).await;
    assert!(token(&cx, &secret).await.unwrap().is_some());
    registration::cancel(&cx, &secret).await.unwrap();
    assert_eq!(token(&cx, &secret).await.unwrap(), None);
    let other = another(&cx).await;
    sqlx::query("delete from checkpoints where kind = 'booth'").execute(&cx.pool).await.unwrap();
    assert_eq!(token(&cx, &other).await.unwrap(), None);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn one_ticket_cannot_stamp_without_end(pool: PgPool) {
    let (cx, _, ticket, _, [first, _]) = hall(pool).await;
    for _ in 0..Limit::Stamp.most() {
        at(&cx, &first, &ticket).await;
    }
    let more = stamp(&cx, &first, &ticket.short_code, FORM).await;
    assert!(matches!(more, Err(Error::TooMany(_))), "{more:?}");
    let other = registration::ticket(&cx, &another(&cx).await).await.unwrap().ticket.unwrap();
    assert_eq!(at(&cx, &first, &other).await, Stamped::Since(cx.now()), "others are not held up");
}

fn made(cx: &Context) -> Made {
    let now = cx.now();
    Made { scan_id: ScanId(cx.new_id()), device_at: now, offset_ms: 0, received_at: now }
}

fn request(cx: &Context, tickets: &[&Token], stamps: &[(ScanId, &str, DateTime<Utc>)]) -> StampRequest {
    let tickets: Vec<_> = tickets.iter().map(|token| token.handle().to_owned()).collect();
    let kept =
        |(id, code, at): &(ScanId, &str, _)| StampSubmission { id: *id, code: (*code).to_owned(), at: *at, tickets: tickets.clone() };
    StampRequest { sent_at: cx.now(), stamps: stamps.iter().map(kept).collect() }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_that_was_kept_counts_from_its_own_time_and_sent_again_is_one_fact(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, closing]) = hall(pool).await;
    let own = token(&cx, &secret).await.unwrap().unwrap().0;
    let made_at = cx.now() + TimeDelta::minutes(30);
    clock.advance(TimeDelta::hours(3));
    let ids = [ScanId(cx.new_id()), ScanId(cx.new_id()), ScanId(cx.new_id())];
    // A clock that is an hour behind says so as it sends.
    let behind = TimeDelta::hours(1);
    let mut kept = request(&cx, &[], &[(ids[0], &first, made_at - behind), (ids[1], &closing, made_at - behind), (ids[2], "TEM", made_at)]);
    kept.sent_at -= behind;
    for _ in 0..3 {
        let delivered = deliver(&cx, std::slice::from_ref(&own), kept.clone()).await.unwrap();
        assert_eq!((delivered.done.len(), delivered.given, &delivered.open), (3, 2, &None));
        assert_eq!(delivered.refused, [RefusedStamp { booth: None, verdict: None }]);
        clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(stored(&cx).await, (2, 2), "the second booth was open then");
    let seen: Vec<_> = stamps(&cx, &ticket.short_code).await.unwrap().into_iter().map(|stamp| stamp.at).collect();
    assert_eq!(seen, [Some(made_at), Some(made_at)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_time_that_cannot_be_right_counts_from_the_arrival(pool: PgPool) {
    let (cx, clock, ticket, secret, [first, _]) = hall(pool).await;
    let own = token(&cx, &secret).await.unwrap().unwrap().0;
    clock.advance(TimeDelta::hours(1));
    let kept = request(&cx, &[], &[(ScanId(cx.new_id()), &first, cx.now() - TimeDelta::days(30))]);
    assert_eq!(deliver(&cx, &[own], kept).await.unwrap().given, 1);
    assert_eq!(stamps(&cx, &ticket.short_code).await.unwrap()[0].at, Some(cx.now()));
    let conflicts: i64 = sqlx::query_scalar("select count(*) from conflicts").fetch_one(&cx.pool).await.unwrap();
    assert_eq!(conflicts, 0, "nobody has to settle a visitor's clock");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn of_several_tickets_the_chosen_ones_get_the_stamp_and_without_a_ticket_nobody(pool: PgPool) {
    let (cx, _, _, secret, [first, _]) = hall(pool).await;
    let one = token(&cx, &secret).await.unwrap().unwrap().0;
    let other = token(&cx, &another(&cx).await).await.unwrap().unwrap().0;
    let both = [one.clone(), other.clone()];
    let id = ScanId(cx.new_id());
    let ask = |tickets: &[&Token]| request(&cx, tickets, &[(id, &first, cx.now())]);
    let asked = deliver(&cx, &both, ask(&[])).await.unwrap();
    let open = asked.open.unwrap();
    assert_eq!((asked.done.len(), open.stamps, open.choice.len(), open.is_forgotten), (0, vec![id], 2, false));
    let without = deliver(&cx, &[], ask(&[&one])).await.unwrap().open.unwrap();
    assert_eq!((without.choice.len(), without.is_forgotten), (0, true), "a handle without its token");
    assert_eq!(stored(&cx).await, (0, 0));
    assert_eq!(deliver(&cx, &both, ask(&[&other])).await.unwrap().given, 1);
    assert_eq!(stored(&cx).await, (1, 1));
    assert_eq!(deliver(&cx, &both, ask(&[&one, &other])).await.unwrap().given, 2);
    assert_eq!(stored(&cx).await, (2, 2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_stamp_that_was_made_for_one_ticket_goes_to_no_other_that_is_opened_before_it_is_sent(pool: PgPool) {
    let (cx, _, ticket, secret, [first, second]) = hall(pool).await;
    let one = token(&cx, &secret).await.unwrap().unwrap().0;
    let other = token(&cx, &another(&cx).await).await.unwrap().unwrap().0;
    let [own, unclear] = [ScanId(cx.new_id()), ScanId(cx.new_id())];
    let mut kept = request(&cx, &[&one], &[(own, &first, cx.now())]);
    // The browser has forgotten the one since.
    let asked = deliver(&cx, std::slice::from_ref(&other), kept.clone()).await.unwrap();
    let open = asked.open.unwrap();
    assert_eq!((open.stamps, open.is_forgotten, asked.done.len()), (vec![own], true, 0));
    assert_eq!(open.choice.iter().map(|ticket| ticket.handle.as_str()).collect::<Vec<_>>(), [other.handle()]);
    assert_eq!(stored(&cx).await, (0, 0));
    kept.stamps.extend(request(&cx, &[], &[(unclear, &second, cx.now())]).stamps);
    let delivered = deliver(&cx, &[one, other], kept).await.unwrap();
    assert_eq!((delivered.done, delivered.given), (vec![own], 1), "what is clear need not wait for the rest");
    let open = delivered.open.unwrap();
    assert_eq!((open.stamps, open.is_forgotten, open.choice.len()), (vec![unclear], false, 2));
    let seen: Vec<_> = stamps(&cx, &ticket.short_code).await.unwrap().into_iter().map(|stamp| stamp.at.is_some()).collect();
    assert_eq!((seen, stored(&cx).await), (vec![true, false], (1, 1)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn kept_stamps_of_a_gate_of_a_closed_booth_and_for_a_cancelled_ticket_are_refused_for_good(pool: PgPool) {
    let (cx, clock, _, secret, [first, closing]) = hall(pool).await;
    let own = token(&cx, &secret).await.unwrap().unwrap().0;
    let (key_id, key) = cx.secret.booth_signer(2027);
    let gate = BoothCode { key_id, year: 2027, checkpoint: CheckpointId(Uuid::from_u128(0x51)) }.sign(&key);
    clock.advance(TimeDelta::hours(2));
    let ids = [ScanId(cx.new_id()), ScanId(cx.new_id())];
    let kept = request(&cx, &[], &[(ids[0], &gate, cx.now()), (ids[1], &closing, cx.now())]);
    let delivered = deliver(&cx, std::slice::from_ref(&own), kept).await.unwrap();
    assert_eq!((delivered.done, delivered.given), (ids.to_vec(), 0));
    let [foreign, closed] = &delivered.refused[..] else { panic!("two are refused") };
    assert_eq!(*foreign, RefusedStamp { booth: None, verdict: None });
    assert_eq!(closed.booth.as_ref().unwrap().vi, "gian-2");
    assert!(matches!(closed.verdict, Some(Verdict::WrongPlace { .. })), "{closed:?}");
    registration::cancel(&cx, &secret).await.unwrap();
    let kept = request(&cx, &[], &[(ScanId(cx.new_id()), &first, cx.now())]);
    let delivered = deliver(&cx, &[own], kept).await.unwrap();
    assert_eq!((delivered.done.len(), delivered.given), (1, 0));
    assert_eq!(delivered.refused[0].verdict, Some(Verdict::Stopped { reason: Stop::Cancelled }));
    assert_eq!(stored(&cx).await.1, 0);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn after_a_merge_the_stamps_of_both_are_the_kept_tickets_each_booth_once(pool: PgPool) {
    let (cx, clock, kept_ticket, kept_link, [first, second]) = hall(pool).await;
    let organiser = testing::organiser(&cx).await;
    let other_link = another(&cx).await;
    let other = registration::ticket(&cx, &other_link).await.unwrap();
    let other_ticket = other.ticket.unwrap();
    let tokens = [token(&cx, &kept_link).await.unwrap().unwrap().0, token(&cx, &other_link).await.unwrap().unwrap().0];
    let since = cx.now();
    at(&cx, &first, &other_ticket).await;
    clock.advance(TimeDelta::minutes(5));
    at(&cx, &first, &kept_ticket).await;
    let kept_id = registration::ticket(&cx, &kept_link).await.unwrap().registration_id;
    registration::merge(&cx, &organiser, kept_id, other.registration_id).await.unwrap();

    let seen = async || stamps(&cx, &kept_ticket.short_code).await.unwrap().into_iter().map(|stamp| stamp.at).collect::<Vec<_>>();
    assert_eq!(seen().await, [Some(since), None], "since the earlier of both");
    let counted = async || posters(&cx, &organiser).await.unwrap().into_iter().map(|poster| poster.stamps).collect::<Vec<_>>();
    assert_eq!(counted().await, [1, 0]);
    let offered = kept(&cx, &tokens, &booth(&cx, &first).await.unwrap()).await.unwrap();
    assert_eq!(
        offered.iter().map(|ticket| (ticket.tail.as_str(), ticket.at)).collect::<Vec<_>>(),
        [(&kept_ticket.short_code.as_str()[4..], Some(since))],
        "a browser that keeps both offers the kept one, once"
    );
    let ended = at(&cx, &second, &other_ticket).await;
    let into = kept_ticket.short_code.clone();
    assert_eq!(ended, Stamped::Refused(Verdict::Stopped { reason: Stop::Merged { into } }), "a typed code is told which one counts");
    assert_eq!(stamp_kept(&cx, &second, &tokens[1]).await.unwrap(), Stamped::Since(cx.now()), "what the browser kept goes on");
    assert_eq!(seen().await, [Some(since), Some(cx.now())]);
    assert_eq!(counted().await, [1, 1]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_kept_stamp_for_a_ticket_that_was_merged_goes_to_the_one_that_it_goes_on_in(pool: PgPool) {
    let (cx, _, _, kept_link, [first, second]) = hall(pool).await;
    let other_link = another(&cx).await;
    let tokens = [token(&cx, &kept_link).await.unwrap().unwrap().0, token(&cx, &other_link).await.unwrap().unwrap().0];
    let (into, other) = (registration::ticket(&cx, &kept_link).await.unwrap(), registration::ticket(&cx, &other_link).await.unwrap());
    registration::merge(&cx, &testing::organiser(&cx).await, into.registration_id, other.registration_id).await.unwrap();
    let kept_stamp = |code: &str, tickets: &[&Token]| StampSubmission {
        id: ScanId(cx.new_id()),
        code: code.to_owned(),
        at: cx.now(),
        tickets: tickets.iter().map(|token| token.handle().to_owned()).collect(),
    };
    let stamps = vec![kept_stamp(&first, &[]), kept_stamp(&second, &[&tokens[0], &tokens[1]])];
    let delivered = deliver(&cx, &tokens, StampRequest { sent_at: cx.now(), stamps }).await.unwrap();
    assert_eq!((delivered.given, delivered.done.len(), delivered.open), (2, 2, None), "both lead to one ticket: nothing is to be chosen");
    assert_eq!(stored(&cx).await, (2, 2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_kept_stamp_that_is_sent_again_after_a_merge_is_the_same_scan(pool: PgPool) {
    let (cx, clock, _, kept_link, [first, second]) = hall(pool).await;
    let organiser = testing::organiser(&cx).await;
    let other_link = another(&cx).await;
    let tokens = [token(&cx, &kept_link).await.unwrap().unwrap().0, token(&cx, &other_link).await.unwrap().unwrap().0];
    let ids = [ScanId(cx.new_id()), ScanId(cx.new_id())];
    let mut request = request(&cx, &[&tokens[1]], &[(ids[0], &first, cx.now())]);
    request.stamps.extend(self::request(&cx, &[&tokens[0], &tokens[1]], &[(ids[1], &second, cx.now())]).stamps);
    assert_eq!(deliver(&cx, &tokens, request.clone()).await.unwrap().given, 3);
    assert_eq!(stored(&cx).await, (3, 3));
    let (into, other) = (registration::ticket(&cx, &kept_link).await.unwrap(), registration::ticket(&cx, &other_link).await.unwrap());
    registration::merge(&cx, &organiser, into.registration_id, other.registration_id).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let [one, other] = tokens;
    for tokens in [[one.clone(), other.clone()], [other, one]] {
        let again = deliver(&cx, &tokens, request.clone()).await.unwrap();
        assert_eq!((again.done, again.given, again.refused, again.open), (ids.to_vec(), 2, Vec::new(), None));
        assert_eq!(stored(&cx).await, (3, 3));
    }
}
