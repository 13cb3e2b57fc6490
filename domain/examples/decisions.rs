//! Prints generated scans with the verdicts of this build, one JSON object on each line: the proof that phone and server
//! decide alike asks the build of the phones for its own (`end2end/tests/checkin.rule.scripts.spec.ts`).

use std::{
    env,
    io::{self, BufWriter, Write},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    checkin::{Admission, Checkpoint, CheckpointKind, Direction, Door, Known, Presented, Record, Scan, Session, Standing, decide},
    ids::{CheckpointId, RoomId, ScanId, SessionId},
    registration::AudienceKind,
    ticket::{ShortCode, Ticket, TicketId},
};
use proptest::{
    collection, option,
    prelude::*,
    sample::{select, subsequence},
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use serde_json::json;
use uuid::Uuid;

/// Cases, unless the command says how many.
const CASES: usize = 5_000;

/// Instants in one day of which scans, openings and admissions are: so few that they often fall together.
const INSTANTS: i64 = 6;

/// The sessions of that day.
const SESSIONS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cases = env::args().nth(1).map_or(Ok(CASES), |count| count.parse())?;
    // The same cases in every run, so that a difference can be looked at.
    let mut runner = TestRunner::deterministic();
    let mut out = BufWriter::new(io::stdout().lock());
    let strategy = (known(), scan());
    for _ in 0..cases {
        let (known, scan) = strategy.new_tree(&mut runner).map_err(|reason| reason.to_string())?.current();
        let verdict = decide(&known, &scan);
        writeln!(out, "{}", json!({ "known": known, "scan": scan, "verdict": verdict }))?;
    }
    Ok(out.flush()?)
}

fn known() -> impl Strategy<Value = Known> {
    let sessions = subsequence((0..SESSIONS).map(session).collect::<Vec<_>>(), 0..=SESSIONS);
    (checkpoint(), sessions, any::<bool>(), option::weighted(0.8, record())).prop_map(|(checkpoint, sessions, complete, record)| Known {
        checkpoint,
        sessions,
        complete,
        record,
    })
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    let hours = (option::of(instant()), option::of(instant()));
    (year(), select(CheckpointKind::ALL.to_vec()), hours, collection::vec(audience(), 0..4), option::of(door()), any::<bool>()).prop_map(
        |(year, kind, (opens_at, closes_at), admits, door, counts_exits)| Checkpoint {
            id: CheckpointId(Uuid::nil()),
            year,
            kind,
            name_vi: "Cổng chính".into(),
            name_en: "Main gate".into(),
            opens_at,
            closes_at,
            admits,
            door,
            counts_exits,
            shares: None,
        },
    )
}

fn door() -> impl Strategy<Value = Door> {
    (0..SESSIONS, any::<bool>(), option::of(instant()), option::of(any::<u32>()))
        .prop_map(|(number, needs_seat, opens_to_all_at, size)| Door { session: session(number), needs_seat, opens_to_all_at, size })
}

fn session(number: usize) -> Session {
    let hours = i64::try_from(number).unwrap_or_default();
    let starts_at = first_instant() + TimeDelta::hours(1 + hours);
    Session {
        id: SessionId(Uuid::from_u128(number as u128)),
        title_vi: "Kinh tế số".into(),
        title_en: "Digital economy".into(),
        room: RoomId(Uuid::nil()),
        room_vi: "Phòng hội thảo 2".into(),
        room_en: "Seminar room 2".into(),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(2),
    }
}

fn record() -> impl Strategy<Value = Record> {
    let standing = prop_oneof![4 => Just(Standing::Valid), 1 => Just(Standing::Cancelled), 1 => Just(Standing::Blocked)];
    let merged_into = option::of(any::<u64>().prop_map(ShortCode::from_random));
    let seats = subsequence((0..SESSIONS).map(|number| session(number).id).collect::<Vec<_>>(), 0..=SESSIONS);
    (audience(), 0..4_u8, standing, merged_into, seats, option::of(admission())).prop_map(
        |(audience, reissue, standing, merged_into, seats, admission)| Record {
            audience,
            reissue,
            standing,
            merged_into,
            seats,
            admission,
        },
    )
}

fn admission() -> impl Strategy<Value = Admission> {
    (scan_id(), "\\PC{0,12}", instant(), option::of(instant())).prop_map(|(scan_id, device, at, left_at)| Admission {
        scan_id,
        checkpoint: None,
        checkpoint_vi: "Cổng chính".into(),
        checkpoint_en: "Main gate".into(),
        device,
        at,
        left_at,
    })
}

fn scan() -> impl Strategy<Value = Scan> {
    let presented = prop_oneof![6 => ticket().prop_map(Presented::Signed), 2 => Just(Presented::Short), 2 => any::<bool>().prop_map(|stopped| Presented::Badge { stopped }), 1 => Just(Presented::Unreadable)];
    let direction = prop_oneof![5 => Just(Direction::Entry), 1 => Just(Direction::Exit)];
    (scan_id(), presented, direction, instant(), any::<bool>()).prop_map(|(id, presented, direction, at, let_in)| Scan {
        id,
        presented,
        direction,
        at,
        let_in,
    })
}

fn ticket() -> impl Strategy<Value = Ticket> {
    (0..2_u8, year(), audience(), 0..4_u8, any::<bool>(), any::<u64>()).prop_map(|(key_id, year, audience, reissue, is_spare, id)| Ticket {
        key_id,
        year,
        audience,
        reissue,
        is_spare,
        id: TicketId(id),
    })
}

fn year() -> impl Strategy<Value = u16> {
    prop_oneof![6 => Just(2027_u16), 1 => Just(2026_u16)]
}

fn audience() -> impl Strategy<Value = AudienceKind> {
    select(AudienceKind::ALL.to_vec())
}

fn scan_id() -> impl Strategy<Value = ScanId> {
    (0..4_u128).prop_map(|number| ScanId(Uuid::from_u128(number)))
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..INSTANTS).prop_map(|step| first_instant() + TimeDelta::hours(step))
}

fn first_instant() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(21_101)
}
