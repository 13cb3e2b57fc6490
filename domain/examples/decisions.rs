//! Prints generated scans with the verdicts of this build, one JSON object on each line: the proof that phone and server
//! decide alike asks the build of the phones for its own (`end2end/tests/checkin.rule.scripts.spec.ts`).

use std::{
    env,
    io::{self, BufWriter, Write},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    checkin::{Admission, Checkpoint, CheckpointKind, Direction, Known, Presented, Record, Scan, Standing, decide},
    ids::{CheckpointId, ScanId},
    registration::AudienceKind,
    ticket::{ShortCode, Ticket, TicketId},
};
use proptest::{collection, option, prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::json;
use uuid::Uuid;

/// Cases, unless the command says how many.
const CASES: usize = 5_000;

/// Instants in one day of which scans, openings and admissions are: so few that they often fall together.
const INSTANTS: i64 = 6;

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
    (checkpoint(), any::<bool>(), option::weighted(0.8, record())).prop_map(|(checkpoint, complete, record)| Known {
        checkpoint,
        complete,
        record,
    })
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    (year(), select(CheckpointKind::ALL.to_vec()), option::of(instant()), option::of(instant()), collection::vec(audience(), 0..4))
        .prop_map(|(year, kind, opens_at, closes_at, admits)| Checkpoint {
            id: CheckpointId(Uuid::nil()),
            year,
            kind,
            name_vi: "Cổng chính".into(),
            name_en: "Main gate".into(),
            opens_at,
            closes_at,
            admits,
        })
}

fn record() -> impl Strategy<Value = Record> {
    let standing = prop_oneof![4 => Just(Standing::Valid), 1 => Just(Standing::Cancelled), 1 => Just(Standing::Blocked)];
    let merged_into = option::of(any::<u64>().prop_map(ShortCode::from_random));
    (audience(), 0..4_u8, standing, merged_into, option::of(admission()))
        .prop_map(|(audience, reissue, standing, merged_into, admission)| Record { audience, reissue, standing, merged_into, admission })
}

fn admission() -> impl Strategy<Value = Admission> {
    (scan_id(), "\\PC{0,12}", instant()).prop_map(|(scan_id, device, at)| Admission {
        scan_id,
        checkpoint_vi: "Cổng chính".into(),
        checkpoint_en: "Main gate".into(),
        device,
        at,
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
    (0..2_u8, year(), audience(), 0..4_u8, any::<u64>()).prop_map(|(key_id, year, audience, reissue, id)| Ticket {
        key_id,
        year,
        audience,
        reissue,
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
    (0..INSTANTS).prop_map(|step| DateTime::UNIX_EPOCH + TimeDelta::days(21_101) + TimeDelta::hours(step))
}
