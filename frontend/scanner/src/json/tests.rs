use std::{collections::BTreeMap, fmt::Debug};

use domain::{
    checkin::{
        Admission, Card, CardAnswer, Checkpoint, CheckpointKind, Count, Direction, Door, FactAnswer, Mismatch, Naming, Refusal, Reply,
        ScanAnswer, ScanReport, ScanResponse, ScanSubmission, Session, Shift, SignIn, Source, Stop, Undo, Verdict, VerdictKind,
    },
    ids::{AccountId, CheckpointId, DeviceId, EntranceId, RoomId, ScanId, SessionId},
    registration::{Answers, AudienceKind, Condition, Question, QuestionKind, QuestionOption},
    signed::PublicKey,
    text::{Bilingual, Locale},
    ticket::ShortCode,
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::*;
use crate::flow::{Fact, Kept, instant};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Plain,
    One(i64),
    Several { list: Vec<bool> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Thing {
    name: String,
    #[serde(default)]
    absent: Option<u8>,
    choices: Vec<Choice>,
    answers: Answers,
    pair: (u16, Option<String>),
}

#[test]
fn what_is_written_is_read_again() {
    let every_sign: String =
        (0..0x2_0000).filter_map(char::from_u32).step_by(7).chain("\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}Ngày 🪷".chars()).collect();
    let thing = Thing {
        name: every_sign.clone(),
        absent: None,
        choices: vec![Choice::Plain, Choice::One(i64::MIN), Choice::One(i64::MAX), Choice::Several { list: vec![true, false] }],
        answers: Answers(BTreeMap::from([(every_sign.clone(), vec![]), (String::new(), vec![every_sign])])),
        pair: (u16::MAX, Some("\"".into())),
    };
    assert_eq!(read::<Thing>(&serde_json::to_string(&thing).unwrap()), Ok(thing));
}

#[test]
fn what_other_builds_add_is_passed_over() {
    let text = r#" { "more": {"a": [1, -2.5e3, "\"]}", null, {"b": true}]}, "name" : "\u00e0\u1ea1", "choices": [], "answers": {},
        "pair": [1, null], "last": [[]] } "#;
    let thing = Thing { name: "àạ".into(), absent: None, choices: vec![], answers: Answers::default(), pair: (1, None) };
    assert_eq!(read::<Thing>(text), Ok(thing));
}

#[test]
fn what_is_something_else_is_an_error() {
    for text in ["", "1 2", "[1", "\"1\"", "256", "-1", "1.5", "null", "{}", "\u{feff}1"] {
        assert!(read::<u8>(text).is_err(), "{text}");
    }
    for text in ["\"", "\"\\", "\"\\u12", "\"\\ud83d\"", "\"\\q\"", "a", "\"a\" b"] {
        assert!(read::<String>(text).is_err(), "{text}");
    }
    assert!(read::<Thing>(r#"{"name": "a", "choices": [], "answers": {}}"#).is_err(), "a part is missing");
    assert!(read::<Thing>(r#"["a", null, [], {}, [1, null]]"#).is_err(), "no names");
}

fn is_read_again<T: DeserializeOwned + Serialize + PartialEq + Debug>(value: T) {
    assert_eq!(read(&serde_json::to_string(&value).unwrap()), Ok(value));
}

fn id(number: u128) -> ScanId {
    ScanId(Uuid::from_u128(number))
}

fn session() -> Session {
    Session {
        id: SessionId(Uuid::from_u128(4)),
        title_vi: "“Kinh tế số” \\ vùng sen".into(),
        title_en: "Digital\neconomy".into(),
        room: RoomId(Uuid::from_u128(5)),
        room_vi: "Phòng 2".into(),
        room_en: "Room 2".into(),
        starts_at: instant(1),
        ends_at: instant(2),
    }
}

fn checkpoint(door: Option<Door>) -> Checkpoint {
    Checkpoint {
        id: CheckpointId(Uuid::from_u128(3)),
        year: 2027,
        kind: CheckpointKind::Session,
        name_vi: "Cửa".into(),
        name_en: "Door".into(),
        opens_at: Some(instant(1_791_590_400_123)),
        closes_at: None,
        admits: AudienceKind::ALL.into(),
        shares: door.is_some().then_some(EntranceId(Uuid::from_u128(6))),
        door,
        counts_exits: true,
    }
}

#[test]
fn what_the_page_and_the_server_tell_is_read() {
    let question = Question {
        code: "xe".into(),
        kind: QuestionKind::Choice,
        label: Bilingual { vi: "Xe?".into(), en: None },
        help: Some(Bilingual { vi: "Biển số".into(), en: Some("Plate".into()) }),
        is_required: false,
        options: vec![QuestionOption { code: "a".into(), name: Bilingual { vi: "A".into(), en: None } }],
        audiences: vec!["nguoi-dan".into()],
        asked_if: Some(Condition { question: "an".into(), values: vec!["yes".into()] }),
        least: Some(-3),
        most: None,
        asked_at_check_in: true,
        shown_at_check_in: false,
    };
    let door = Door { session: session(), needs_seat: true, opens_to_all_at: Some(instant(3)), size: Some(100) };
    is_read_again(Shift {
        server_now: instant(1_791_590_400_123),
        year: 2027,
        who: "Máy 3".into(),
        device: Some(DeviceId(Uuid::from_u128(1))),
        sign_in: Some(SignIn { account: AccountId(Uuid::from_u128(2)), at: instant(5) }),
        checkpoints: vec![checkpoint(Some(door)), checkpoint(None)],
        sessions: vec![session()],
        questions: QuestionKind::ALL.into_iter().map(|kind| Question { kind, ..question.clone() }).collect(),
        keys: vec![PublicKey { year: 2027, key_id: 15, key: SigningKey::from_bytes(&[7; 32]).verifying_key() }],
        counts: vec![Count {
            id: CheckpointId(Uuid::nil()),
            name_vi: "C".into(),
            name_en: "G".into(),
            admitted: 2,
            scans: 3,
            inside: Some(1),
        }],
    });
}

#[test]
fn every_answer_of_the_server_is_read() {
    let admission = |left_at| Admission {
        scan_id: id(1),
        checkpoint: Some(CheckpointId(Uuid::from_u128(3))),
        checkpoint_vi: "Cổng".into(),
        checkpoint_en: "Gate".into(),
        device: "Máy \"3\"".into(),
        at: instant(9),
        left_at,
    };
    let into = ShortCode::from_random(42);
    let stops = [Stop::Cancelled, Stop::Blocked, Stop::Reissued, Stop::BadgeReplaced, Stop::Merged { into }, Stop::Removed];
    let mismatches = [
        Mismatch::Edition { year: 2026 },
        Mismatch::Audience { audience: AudienceKind::Citizen },
        Mismatch::Badge,
        Mismatch::Seat { seat: Some(session()), opens_to_all_at: Some(instant(3)) },
        Mismatch::Seat { seat: None, opens_to_all_at: None },
        Mismatch::Ended { closed_at: instant(4) },
    ];
    let plain = [Verdict::Admit, Verdict::AdmitUnconfirmed, Verdict::Readmit, Verdict::NotATicket, Verdict::Exit];
    let verdicts = plain
        .into_iter()
        .chain([Verdict::AlreadyIn(admission(None)), Verdict::AlreadyIn(admission(Some(instant(8))))])
        .chain([Verdict::NotYetOpen { opens_at: instant(7) }])
        .chain(stops.map(|reason| Verdict::Stopped { reason }))
        .chain(mismatches.map(|mismatch| Verdict::WrongPlace { mismatch }));
    let said = CardAnswer { question_vi: "Xe?".into(), question_en: "Car?".into(), answer_vi: "Có".into(), answer_en: "Yes".into() };
    let card = Card {
        name: "Nguyễn Thị Hạnh".into(),
        audience_vi: "Người dân".into(),
        audience_en: "Citizens".into(),
        organisation: Some("HTX".into()),
        people: Some(45),
        attention: Some("Xe lăn".into()),
        answers: vec![said],
        asks: vec!["xe".into()],
    };
    let report = |verdict| ScanReport { scan_id: id(2), verdict, had_ended: true, card: Some(card.clone()) };
    let refusals = [Refusal::Unreadable, Refusal::Failed, Refusal::UnknownScan, Refusal::NotYours];
    let answer = |refused| FactAnswer { id: id(3), refused };
    is_read_again(ScanResponse {
        server_now: instant(1),
        results: verdicts
            .map(|verdict| ScanAnswer::Report(Box::new(report(verdict))))
            .chain(refusals.map(|refused| ScanAnswer::Refused { scan_id: id(4), refused }))
            .collect(),
        undone: vec![answer(None), answer(Some(Refusal::NotYours))],
        named: vec![answer(None)],
        replied: vec![answer(Some(Refusal::Failed))],
        is_signed_out: true,
    });
}

#[test]
fn what_the_phone_keeps_of_facts_is_read() {
    let scan = ScanSubmission {
        scan_id: id(1),
        code: "HTTPS://X/T/ABC".into(),
        source: Source::Camera,
        direction: Direction::Exit,
        device_at: instant(1_791_590_400_123),
        offset_ms: -5,
        local_verdict: Some(VerdictKind::AdmitUnconfirmed),
        made_by: Some(DeviceId(Uuid::from_u128(1))),
        sign_in: Some(SignIn { account: AccountId(Uuid::from_u128(2)), at: instant(5) }),
    };
    let naming = Naming {
        id: id(2),
        scan_id: id(1),
        full_name: "Trần \"Sen\"".into(),
        phone: "0912 345 678".into(),
        organisation: String::new(),
        has_agreed: true,
        locale: Locale::En,
        device_at: instant(2),
        offset_ms: 3,
    };
    let answers = Answers(BTreeMap::from([("an".into(), vec!["a".into(), "b".into()]), ("xe".into(), vec![])]));
    let undo = Undo { id: id(3), scan_id: id(1), device_at: instant(3), offset_ms: i64::from(i32::MIN) };
    for fact in [
        Fact::Scan(scan.clone()),
        Fact::Scan(ScanSubmission { local_verdict: None, made_by: None, sign_in: None, ..scan }),
        Fact::Undo(undo),
        Fact::Naming(naming),
        Fact::Reply(Reply { id: id(4), scan_id: id(1), answers }),
    ] {
        is_read_again(Kept { checkpoint: CheckpointId(Uuid::from_u128(9)), fact });
    }
}
