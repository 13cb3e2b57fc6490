use chrono::{TimeDelta, TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{form, ids::RoomId, registration::Answers, ticket::TicketId};

const ID: TicketId = TicketId(42);

fn opens() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 10, 10, 0, 0, 0).unwrap()
}

fn known() -> Known {
    Known {
        checkpoint: Checkpoint {
            id: CheckpointId(Uuid::nil()),
            year: 2027,
            kind: CheckpointKind::Gate,
            name_vi: "Cổng chính".into(),
            name_en: "Main gate".into(),
            opens_at: Some(opens()),
            closes_at: Some(opens() + TimeDelta::hours(10)),
            admits: vec![AudienceKind::Citizen],
            door: None,
            counts_exits: false,
            shares: None,
        },
        sessions: vec![],
        complete: true,
        record: Some(Record {
            audience: AudienceKind::Citizen,
            reissue: 1,
            standing: Standing::Valid,
            merged_into: None,
            seats: vec![],
            admission: None,
        }),
    }
}

fn ticket() -> Ticket {
    Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 1, is_spare: false, id: ID }
}

fn scan(presented: Presented) -> Scan {
    Scan { id: scan_number(5), presented, direction: Direction::Entry, at: opens() + TimeDelta::hours(1), let_in: false }
}

fn scan_number(number: u128) -> ScanId {
    ScanId(Uuid::from_u128(number))
}

fn admission() -> Admission {
    Admission {
        scan_id: scan_number(3),
        checkpoint: None,
        checkpoint_vi: "Cổng chính".into(),
        checkpoint_en: "Main gate".into(),
        device: "Máy 3".into(),
        at: Utc.with_ymd_and_hms(2027, 10, 10, 0, 42, 0).unwrap(),
        left_at: None,
    }
}

fn on_record(change: impl FnOnce(&mut Record)) -> Verdict {
    let mut known = known();
    change(known.record.as_mut().unwrap());
    decide(&known, &scan(Presented::Signed(ticket())))
}

#[test]
fn a_valid_ticket_is_admitted_by_code_and_by_short_code() {
    assert_eq!(decide(&known(), &scan(Presented::Signed(ticket()))), Verdict::Admit);
    assert_eq!(decide(&known(), &scan(Presented::Short)), Verdict::Admit);
}

#[test]
fn who_is_in_is_told_where_by_whom_and_when() {
    let verdict = on_record(|record| record.admission = Some(admission()));
    assert_eq!(verdict, Verdict::AlreadyIn(admission()));
    let same_day = opens() + TimeDelta::hours(9);
    assert_eq!(verdict.reason(Locale::Vi, same_day), "Đã vào Cổng chính lúc 07:42, do Máy 3 quét.");
    assert_eq!(verdict.reason(Locale::En, same_day), "Entered Main gate at 07:42, scanned by Máy 3.");
}

#[test]
fn an_entry_of_another_day_is_told_with_its_date() {
    let verdict = Verdict::AlreadyIn(admission());
    // 23:30 in UTC of the same date is the next day in Vietnam.
    let next_day = Utc.with_ymd_and_hms(2027, 10, 10, 23, 30, 0).unwrap();
    assert_eq!(verdict.reason(Locale::Vi, next_day), "Đã vào Cổng chính lúc 07:42 ngày 10/10/2027, do Máy 3 quét.");
    assert_eq!(verdict.reason(Locale::En, next_day), "Entered Main gate at 07:42 on 10 October 2027, scanned by Máy 3.");
}

#[test]
fn anybody_with_a_ticket_of_this_edition_may_leave_and_is_not_told_to_come_in() {
    let out = |known: &Known, presented| decide(known, &Scan { direction: Direction::Exit, ..scan(presented) });
    let mut stopped = known();
    stopped.record.as_mut().unwrap().standing = Standing::Blocked;
    let empty = Known { record: None, ..known() };
    for known in [&known(), &stopped, &empty] {
        assert_eq!(out(known, Presented::Signed(ticket())), Verdict::Exit);
    }
    assert_eq!(out(&known(), Presented::Short), Verdict::Exit);
    assert_eq!(out(&empty, Presented::Short), Verdict::NotATicket, "no such code");
    assert_eq!(out(&known(), Presented::Unreadable), Verdict::NotATicket);
    let other_year = Presented::Signed(Ticket { year: 2026, ..ticket() });
    assert_eq!(out(&known(), other_year), Verdict::WrongPlace { mismatch: Mismatch::Edition { year: 2026 } });
    assert!(!Verdict::Exit.admits() && !Verdict::Exit.word(Locale::Vi).contains("vào"));
}

#[test]
fn of_two_gates_without_network_the_earlier_let_the_person_in() {
    let admission = admission();
    let late = |at, id, let_in| {
        let known = Known { record: known().record.map(|record| Record { admission: Some(admission.clone()), ..record }), ..known() };
        decide(&known, &Scan { id: scan_number(id), at, let_in, ..scan(Presented::Signed(ticket())) })
    };
    let (before, tick) = (admission.at - TimeDelta::milliseconds(1), admission.at);
    assert_eq!(late(before, 9, true), Verdict::Admit);
    assert_eq!(late(before, 9, false), Verdict::AlreadyIn(admission.clone()), "nobody was let in: the clock alone says nothing");
    assert_eq!(late(tick, 2, true), Verdict::Admit, "of one instant the lower id is the first");
    assert_eq!(late(tick, 4, true), Verdict::AlreadyIn(admission.clone()));
}

#[test]
fn stopped_tickets_say_why() {
    assert_eq!(on_record(|record| record.standing = Standing::Cancelled), Verdict::Stopped { reason: Stop::Cancelled });
    assert_eq!(on_record(|record| record.standing = Standing::Blocked), Verdict::Stopped { reason: Stop::Blocked });
    assert_eq!(on_record(|record| record.reissue = 2), Verdict::Stopped { reason: Stop::Reissued });
}

#[test]
fn a_stopped_ticket_is_stopped_even_if_it_was_admitted_before() {
    let verdict = on_record(|record| {
        record.admission = Some(admission());
        record.standing = Standing::Cancelled;
    });
    assert_eq!(verdict, Verdict::Stopped { reason: Stop::Cancelled });
}

#[test]
fn an_unknown_true_ticket_is_admitted_only_where_the_list_may_lag() {
    let known = Known { record: None, ..known() };
    let scan = scan(Presented::Signed(ticket()));
    assert_eq!(decide(&known, &scan), Verdict::Stopped { reason: Stop::Removed });
    assert_eq!(decide(&Known { complete: false, ..known }, &scan), Verdict::AdmitUnconfirmed);
}

#[test]
fn the_wrong_edition_and_audience_are_named() {
    let other_year = Ticket { year: 2026, ..ticket() };
    assert_eq!(decide(&known(), &scan(Presented::Signed(other_year))), Verdict::WrongPlace { mismatch: Mismatch::Edition { year: 2026 } });
    assert_eq!(
        on_record(|record| record.audience = AudienceKind::Press),
        Verdict::WrongPlace { mismatch: Mismatch::Audience { audience: AudienceKind::Press } }
    );
}

#[test]
fn a_checkpoint_is_open_from_its_first_instant_to_before_its_last() {
    let at = |at| decide(&known(), &Scan { at, ..scan(Presented::Signed(ticket())) });
    let tick = TimeDelta::milliseconds(1);
    let closes = opens() + TimeDelta::hours(10);
    assert_eq!(at(opens() - tick), Verdict::NotYetOpen { opens_at: opens() });
    assert_eq!(at(opens()), Verdict::Admit);
    assert_eq!(at(closes - tick), Verdict::Admit);
    assert_eq!(at(closes), Verdict::WrongPlace { mismatch: Mismatch::Ended { closed_at: closes } });
}

/// A session that begins so many hours after the gates have opened, for an hour.
fn session(number: u128, hours: i64) -> Session {
    let starts_at = opens() + TimeDelta::hours(hours);
    Session {
        id: SessionId(Uuid::from_u128(number)),
        title_vi: "Kinh tế số".into(),
        title_en: "Digital economy".into(),
        room: RoomId(Uuid::nil()),
        room_vi: "Phòng hội thảo 2".into(),
        room_en: "Seminar room 2".into(),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(1),
    }
}

/// Before the door of session 1, which takes who has a seat; the person has seats in these.
fn at_door(seats: &[u128], change: impl FnOnce(&mut Known)) -> Verdict {
    let mut known = known();
    known.checkpoint.kind = CheckpointKind::Session;
    known.checkpoint.door = Some(Door { session: session(1, 1), needs_seat: true, opens_to_all_at: None, size: Some(40) });
    known.sessions = vec![session(1, 1), session(4, 5), session(3, 2), session(2, 0)];
    known.record.as_mut().unwrap().seats = seats.iter().map(|number| SessionId(Uuid::from_u128(*number))).collect();
    change(&mut known);
    decide(&known, &scan(Presented::Signed(ticket())))
}

#[test]
fn a_session_takes_who_has_a_seat_in_it_and_says_where_others_have_theirs() {
    let elsewhere = |seat| Verdict::WrongPlace { mismatch: Mismatch::Seat { seat, opens_to_all_at: None } };
    assert_eq!(at_door(&[4, 1], |_| ()), Verdict::Admit);
    assert_eq!(at_door(&[], |_| ()), elsewhere(None));
    assert_eq!(at_door(&[2, 4, 3], |_| ()), elsewhere(Some(session(3, 2))), "the next; one is over");
    assert_eq!(at_door(&[2], |_| ()), elsewhere(None));
    assert_eq!(at_door(&[], |known| known.checkpoint.door.as_mut().unwrap().needs_seat = false), Verdict::Admit);
    assert_eq!(at_door(&[], |known| (known.complete, known.record) = (false, None)), Verdict::AdmitUnconfirmed, "the list may lag");
    let now = opens() + TimeDelta::hours(1);
    assert_eq!(at_door(&[], |known| known.checkpoint.door.as_mut().unwrap().opens_to_all_at = Some(now)), Verdict::Admit);
    let told = at_door(&[3], |known| known.checkpoint.door.as_mut().unwrap().opens_to_all_at = Some(now + TimeDelta::minutes(5)));
    assert_eq!(
        told.reason(Locale::Vi, now),
        "Người này có chỗ ở “Kinh tế số”, Phòng hội thảo 2, lúc 09:00. Từ 08:05, ai cũng có thể vào nếu còn chỗ."
    );
    assert_eq!(
        told.reason(Locale::En, now),
        "This person has a seat in “Digital economy”, Seminar room 2, at 09:00. From 08:05, anybody may come in while there is room."
    );
}

#[test]
fn who_has_left_comes_in_again_and_who_has_not_is_in() {
    let left = |left_at| on_record(|record| record.admission = Some(Admission { left_at, ..admission() }));
    let now = opens() + TimeDelta::hours(1);
    assert_eq!(left(Some(now)), Verdict::Readmit);
    assert!(Verdict::Readmit.admits());
    let later = Some(now + TimeDelta::milliseconds(1));
    assert_eq!(left(later), Verdict::AlreadyIn(Admission { left_at: later, ..admission() }), "at this time the person was still in");
    let earlier = Scan { at: admission().at - TimeDelta::minutes(1), let_in: true, ..scan(Presented::Short) };
    let known = Known {
        record: known().record.map(|record| Record { admission: Some(Admission { left_at: Some(now), ..admission() }), ..record }),
        ..known()
    };
    assert_eq!(decide(&known, &earlier), Verdict::Admit, "the first entry is the admission, whatever came after");
}

#[test]
fn anything_else_is_not_a_ticket() {
    assert_eq!(decide(&known(), &scan(Presented::Unreadable)), Verdict::NotATicket);
    assert_eq!(decide(&Known { record: None, ..known() }, &scan(Presented::Short)), Verdict::NotATicket);
}

#[test]
fn a_verdict_survives_the_wire() {
    for verdict in [
        Verdict::Admit,
        Verdict::AlreadyIn(admission()),
        Verdict::WrongPlace { mismatch: Mismatch::Edition { year: 2026 } },
        Verdict::Stopped { reason: Stop::Reissued },
    ] {
        let report = ScanReport { scan_id: ScanId(Uuid::nil()), verdict, had_ended: false, card: None };
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<ScanReport>(&text).unwrap(), report, "{text}");
    }
}

/// A request as a phone sends it, with one item changed.
fn request_with(key: &str, value: serde_json::Value) -> ScanRequest<Sent> {
    let scan = |number: u32| {
        serde_json::json!({
            "scan_id": format!("01890000-0000-7000-8000-{number:012}"), "code": "x", "source": "camera",
            "device_at": "2027-10-10T00:30:00Z", "offset_ms": 12, "local_verdict": "admit",
        })
    };
    let mut scans = [scan(1), scan(2), scan(3)];
    scans[1][key] = value;
    serde_json::from_value(serde_json::json!({ "checkpoint": Uuid::nil(), "scans": scans })).unwrap()
}

#[test]
fn a_scan_that_cannot_be_read_spoils_no_other_of_its_request() {
    for (key, value) in [
        ("local_verdict", serde_json::json!("\0")),
        ("local_verdict", serde_json::json!("come in")),
        ("device_at", serde_json::json!("-5000-01-01T00:00:00Z")),
        ("device_at", serde_json::json!("2200-01-01T00:00:00Z")),
        ("offset_ms", serde_json::json!(i64::MAX)),
        ("offset_ms", serde_json::json!(i64::MIN)),
        ("direction", serde_json::json!("up")),
        ("code", serde_json::Value::Null),
        ("sign_in", serde_json::json!({ "account": Uuid::nil(), "at": "-5000-01-01T00:00:00Z" })),
    ] {
        let read: Vec<_> = request_with(key, value.clone()).scans.iter().map(|scan| matches!(scan, Sent::Scan(_))).collect();
        assert_eq!(read, [true, false, true], "{key}: {value}");
    }
}

#[test]
fn a_phone_whose_clock_starts_in_1970_is_heard() {
    let request = request_with("device_at", serde_json::json!("1970-01-01T00:00:03Z"));
    assert!(request.scans.iter().all(|scan| matches!(scan, Sent::Scan(_))));
    let request = request_with("offset_ms", serde_json::json!(1_823_040_000_000_i64));
    assert!(request.scans.iter().all(|scan| matches!(scan, Sent::Scan(_))));
}

#[test]
fn answers_of_both_kinds_survive_the_wire() {
    let report = ScanReport { scan_id: ScanId(Uuid::nil()), verdict: Verdict::Admit, had_ended: true, card: None };
    for answer in [ScanAnswer::Report(Box::new(report)), ScanAnswer::Refused { scan_id: ScanId(Uuid::nil()), refused: Refusal::Failed }] {
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<ScanAnswer>(&text).unwrap(), answer, "{text}");
    }
}

#[test]
fn a_reply_carries_no_more_than_a_form() {
    let is_too_large = |answers: Vec<(String, Vec<String>)>| {
        Reply { id: ScanId(Uuid::nil()), scan_id: ScanId(Uuid::nil()), answers: Answers(answers.into_iter().collect()) }.is_too_large()
    };
    let of_bytes = |bytes: usize| vec![("may".to_owned(), vec!["x".repeat(bytes - 3)])];
    assert!(!is_too_large(of_bytes(form::BYTES_MAX)));
    assert!(is_too_large(of_bytes(form::BYTES_MAX + 1)));
    let of_questions = |number: usize| (0..number).map(|number| (number.to_string(), Vec::new())).collect::<Vec<_>>();
    assert!(!is_too_large(of_questions(form::FIELDS_MAX)));
    assert!(is_too_large(of_questions(form::FIELDS_MAX + 1)));
    assert!(!is_too_large(vec![("may".to_owned(), vec![String::new(); form::FIELDS_MAX])]));
    assert!(is_too_large(vec![("may".to_owned(), vec![String::new(); form::FIELDS_MAX + 1])]));
}

#[test]
fn the_kind_of_a_verdict_has_one_name_in_the_store_and_on_the_wire() {
    for verdict in [
        Verdict::Admit,
        Verdict::AdmitUnconfirmed,
        Verdict::Readmit,
        Verdict::AlreadyIn(admission()),
        Verdict::WrongPlace { mismatch: Mismatch::Edition { year: 2026 } },
        Verdict::NotYetOpen { opens_at: opens() },
        Verdict::Stopped { reason: Stop::Removed },
        Verdict::NotATicket,
        Verdict::Exit,
    ] {
        assert_eq!(serde_json::to_value(&verdict).unwrap()["kind"], verdict.key());
        assert_eq!(serde_json::to_value(verdict.kind()).unwrap(), verdict.key());
    }
}

proptest! {
    #[test]
    fn nobody_is_admitted_twice_or_with_a_stopped_ticket(
        reissue in 0u8..4, held in 0u8..4, admitted: bool, standing in 0usize..3, hour in -2i64..14, complete: bool,
    ) {
        let standing = [Standing::Valid, Standing::Cancelled, Standing::Blocked][standing];
        let record = known().record.map(|record| Record { reissue, standing, admission: admitted.then(admission), ..record });
        let known = Known { complete, record, ..known() };
        let scan = Scan { at: opens() + TimeDelta::hours(hour), ..scan(Presented::Signed(Ticket { reissue: held, ..ticket() })) };
        let good = standing == Standing::Valid && held >= reissue && !admitted && (0..10).contains(&hour);
        prop_assert_eq!(decide(&known, &scan) == Verdict::Admit, good);
        prop_assert_eq!(decide(&known, &scan).admits(), good);
    }
}

fn on_badge(kind: CheckpointKind, stopped: bool, change: impl FnOnce(&mut Known)) -> Verdict {
    let mut known = known();
    known.checkpoint.kind = kind;
    change(&mut known);
    decide(&known, &scan(Presented::Badge { stopped }))
}

#[test]
fn a_badge_is_admitted_everywhere_but_at_a_gate() {
    for kind in [CheckpointKind::Session, CheckpointKind::Booth, CheckpointKind::Handout] {
        assert_eq!(on_badge(kind, false, |_| ()), Verdict::Admit, "{kind:?}");
    }
    let at_gate = Verdict::WrongPlace { mismatch: Mismatch::Badge };
    for complete in [true, false] {
        assert_eq!(on_badge(CheckpointKind::Gate, false, |known| known.complete = complete), at_gate);
    }
    assert_eq!(on_badge(CheckpointKind::Gate, true, |_| ()), at_gate);
    assert_eq!(at_gate.reason(Locale::Vi, opens()), "Đây là mã trên thẻ đeo. Ở cổng, hãy dùng vé.");
    assert_eq!(at_gate.reason(Locale::En, opens()), "This is the code on a badge. At the gate, please use the ticket.");
}

#[test]
fn a_badge_that_was_replaced_is_stopped_with_its_reason_but_the_ticket_is_not() {
    let stopped = on_badge(CheckpointKind::Session, true, |_| ());
    assert_eq!(stopped, Verdict::Stopped { reason: Stop::BadgeReplaced });
    assert_eq!(stopped.reason(Locale::Vi, opens()), "Đã in thẻ đeo mới thay thẻ này. Hãy dùng thẻ mới hoặc vé.");
    let blocked = on_badge(CheckpointKind::Session, false, |known| known.record.as_mut().unwrap().standing = Standing::Blocked);
    assert_eq!(blocked, Verdict::Stopped { reason: Stop::Blocked });
    // A ticket that was reissued leaves the badge as it is: that was another loss.
    assert_eq!(on_badge(CheckpointKind::Booth, false, |known| known.record.as_mut().unwrap().reissue = 3), Verdict::Admit);
}

#[test]
fn a_badge_of_nobody_is_no_ticket_at_any_place() {
    for kind in CheckpointKind::ALL {
        for complete in [true, false] {
            let verdict = on_badge(kind, false, |known| {
                known.record = None;
                known.complete = complete;
            });
            assert_eq!(verdict, Verdict::NotATicket, "{kind:?}");
        }
    }
}
