use chrono::TimeDelta;
use domain::checkin::{Mismatch, Reason, Stop};
use sqlx::PgPool;

use super::*;
use crate::{
    checkin::{self, conflicts::inbox, record_single},
    registration, testing,
};

struct Gate {
    cx: Context,
    clock: Arc<testing::TestClock>,
    edition: testing::Fixture,
    actor: Actor,
    person: RegistrationId,
    secret: String,
    code: String,
}

/// A gate that opens in two hours, and a citizen's ticket.
async fn gate(pool: PgPool) -> Gate {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let secret = registration::register(&cx, testing::citizen(edition.citizens), cx.new_id()).await.unwrap().0;
    let view = registration::ticket(&cx, &secret).await.unwrap();
    let (person, code) = (view.registration_id, view.ticket.unwrap().code);
    let actor = testing::organiser(&cx).await;
    Gate { cx, clock, edition, actor, person, secret, code }
}

impl Gate {
    fn form(&self) -> ByHand {
        ByHand { checkpoint: self.edition.gate, reason: Reason::Forgotten, note: None, overrules: false }
    }

    async fn admit(&self, form: ByHand) -> Outcome {
        let scan_id = ScanId(self.cx.new_id());
        admit_by_hand(&self.cx, &self.actor, self.person, scan_id, form).await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.cx.pool).await.unwrap()
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn somebody_is_let_in_by_hand_once_and_the_gate_knows(pool: PgPool) {
    let gate = gate(pool).await;
    gate.clock.advance(TimeDelta::hours(3));
    let scan_id = ScanId(gate.cx.new_id());
    let admit = || admit_by_hand(&gate.cx, &gate.actor, gate.person, scan_id, gate.form());
    assert_eq!(admit().await.unwrap(), Outcome::Recorded(Verdict::Admit));
    // A second tap is no second entry.
    assert_eq!(admit().await.unwrap(), Outcome::Recorded(Verdict::Admit));
    assert_eq!(gate.count("select count(*) from scans where source = 'manual' and verdict = 'admit'").await, 1);
    assert_eq!(gate.count("select count(*) from hand_reasons where reason = 'forgotten'").await, 1);
    assert_eq!(gate.count("select count(*) from audit_log where action = 'scan.by_hand'").await, 1);
    let Outcome::Recorded(Verdict::AlreadyIn(admission)) = gate.admit(gate.form()).await else { panic!("let in twice") };
    assert_eq!((admission.scan_id, admission.device.as_str()), (scan_id, "Trần Thị Sen"));
    assert_eq!(gate.count("select count(*) from admissions").await, 1);
    assert_eq!(inbox(&gate.cx, &gate.actor, None, None).await.unwrap(), conflicts::Inbox::default());
    // Taken back, the ticket may come in again.
    checkin::correct(&gate.cx, &gate.actor, scan_id).await.unwrap();
    assert_eq!(gate.admit(gate.form()).await, Outcome::Recorded(Verdict::Admit));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn against_the_rule_somebody_comes_in_only_where_it_is_overruled_and_that_is_told(pool: PgPool) {
    let gate = gate(pool).await;
    let Outcome::Refused(Verdict::NotYetOpen { .. }) = gate.admit(gate.form()).await else { panic!("let in before the gate opens") };
    assert_eq!(gate.count("select count(*) from scans").await, 0);
    let overruling = ByHand { overrules: true, ..gate.form() };
    let Outcome::Recorded(Verdict::NotYetOpen { .. }) = gate.admit(overruling.clone()).await else { panic!("not overruled") };
    assert_eq!(gate.count("select count(*) from admissions").await, 1);
    let inbox = inbox(&gate.cx, &gate.actor, None, None).await.unwrap();
    assert_eq!((inbox.count, inbox.settled.conflicts.len()), (0, 1));
    let told = &inbox.settled.conflicts[0];
    assert_eq!((told.kind, told.is_by_hand, told.verdict), (ConflictKind::EnteredAgainstRule, true, VerdictKind::NotYetOpen));
    assert_eq!(told.settled.clone().unwrap().1.as_deref(), Some("Trần Thị Sen"));
    // Once more is a fact, and no second admission.
    gate.admit(overruling).await;
    assert_eq!((gate.count("select count(*) from admissions").await, gate.count("select count(*) from scans").await), (1, 2));
    // The gate's own scan then knows that the person is in.
    gate.clock.advance(TimeDelta::hours(3));
    let scan = by_hand(&gate.cx, &gate.actor, ScanId(gate.cx.new_id()), &gate.form(), &ShortCode::from_random(1), None).submission;
    let scan = ScanSubmission { code: gate.code.clone(), source: Source::Camera, ..scan };
    let report = record_single(&gate.cx, &gate.actor, gate.edition.gate, scan).await.unwrap();
    assert_eq!(report.verdict.kind(), VerdictKind::AlreadyIn);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_wrong_gate_and_a_stopped_ticket_are_refused_by_hand_too(pool: PgPool) {
    let gate = gate(pool).await;
    gate.clock.advance(TimeDelta::hours(3));
    let at_side = ByHand { checkpoint: gate.edition.side_gate, ..gate.form() };
    let Outcome::Refused(Verdict::WrongPlace { mismatch: Mismatch::Audience { .. } }) = gate.admit(at_side).await else { panic!() };
    registration::cancel(&gate.cx, &gate.secret).await.unwrap();
    assert_eq!(gate.admit(gate.form()).await, Outcome::Refused(Verdict::Stopped { reason: Stop::Cancelled }));
    let nowhere = ByHand { checkpoint: domain::ids::CheckpointId(gate.cx.new_id()), ..gate.form() };
    let unknown = admit_by_hand(&gate.cx, &gate.actor, gate.person, ScanId(gate.cx.new_id()), nowhere).await;
    assert!(matches!(unknown, Err(Error::Invalid(_))));
    let steward = testing::actor(domain::access::Role::Steward, None);
    let refused = admit_by_hand(&gate.cx, &steward, gate.person, ScanId(gate.cx.new_id()), gate.form()).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    assert_eq!(gate.count("select count(*) from scans").await, 0);
}
