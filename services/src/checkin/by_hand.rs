//! Letting somebody in without a scan: a fact like a scan, with a reason.

mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::{
    access::{self, Action, Actor},
    checkin::{ByHand, Direction, ScanSubmission, Source, Verdict, VerdictKind},
    form::{FieldErrors, Problem},
    ids::{RegistrationId, ScanId},
    ticket::ShortCode,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    conflicts, doubles, recorder,
    store::{BY_HAND, ConflictKind, Held, Scanned, ScannedBy, Spare, insert, states},
};
use crate::{
    Context, Error,
    audit::{self, Entry},
    write,
};

/// How often it is decided anew when a gate was faster with the same ticket.
const ROUNDS: u32 = 3;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on record: with the verdict of the rule.
    Recorded(Verdict),
    /// The rule would not let the person in here, and nobody has overruled it. Nothing was stored.
    Refused(Verdict),
}

/// Lets the holder of a registration's ticket in at a checkpoint. The rule is that of a scan now: who is in already is told
/// so, and whom it would not let in comes in only where the form overrules it. A repeat of the same `scan_id` gets the stored
/// verdict.
///
/// Effects, in one transaction: one row in `scans` with the source `manual` and one in `hand_reasons`; one in `admissions`
/// where the person is let in, also against the rule, and one in `presences` where it is known who is in; against the rule one in
/// `conflicts`, settled by the actor, so that it is told with what phones did against it; one audit entry `scan.by_hand`. Then the
/// hint of [`crate::live`].
///
/// # Errors
/// The policy's for [`Action::AdmitByHand`]; [`Error::NotFound`] where there is no ticket of the current edition;
/// [`Error::Invalid`] for an unknown checkpoint; [`Error::Unavailable`] where gates were faster time and again.
pub async fn admit_by_hand(
    cx: &Context,
    actor: &Actor,
    registration: RegistrationId,
    scan_id: ScanId,
    form: ByHand,
) -> Result<Outcome, Error> {
    access::authorise(actor, Action::AdmitByHand)?;
    let _told = cx.live.tell_when_done();
    let (cx_, actor) = (cx.clone(), actor.clone());
    write::write(cx, move |tx| {
        let (cx, actor, form) = (cx_.clone(), actor.clone(), form.clone());
        Box::pin(async move { once(tx, &cx, &actor, registration, scan_id, &form).await })
    })
    .await
}

async fn once(
    tx: &mut PgConnection,
    cx: &Context,
    actor: &Actor,
    registration: RegistrationId,
    scan_id: ScanId,
    form: &ByHand,
) -> Result<Outcome, Error> {
    let code = store::short_code(tx, registration).await?.ok_or(Error::NotFound)?;
    let mut local_verdict = None;
    for _ in 0..ROUNDS {
        let scan = by_hand(cx, actor, scan_id, form, &code, local_verdict);
        let state = states(&mut *tx, &[&scan]).await?.pop().flatten();
        let state = state.ok_or_else(|| FieldErrors::one(ByHand::CHECKPOINT, Problem::UnknownChoice))?;
        if let Some(report) = state.report {
            return Ok(Outcome::Recorded(report.verdict));
        }
        let is_in = state.record.as_ref().is_some_and(|record| record.admission.is_some());
        let area = state.checkpoint.area();
        let mut fact = recorder::decided(&scan, state);
        let verdict = fact.report.verdict.clone();
        let is_against = verdict.kind().may_be_overruled();
        match (is_against, form.overrules) {
            (true, false) => return Ok(Outcome::Refused(verdict)),
            // Decided again as somebody whom the gate has let in: that makes it a conflict.
            (true, true) if local_verdict.is_none() => {
                local_verdict = Some(VerdictKind::Admit);
                continue;
            }
            (true, true) => (fact.is_admission, fact.area) = (!is_in, area),
            (false, _) => {}
        }
        let stored = insert(&mut *tx, &[fact]).await?;
        if !stored.scans.contains(&scan_id) {
            continue;
        }
        if !stored.unsettled.is_empty() {
            doubles::find(tx, &stored.unsettled, cx.now()).await?;
        }
        if is_against {
            conflicts::settle(tx, scan_id, ConflictKind::EnteredAgainstRule, cx.now(), actor.account()).await?;
        }
        store::insert_reason(tx, scan_id, form).await?;
        let detail = json!({ "scan": scan_id, "checkpoint": form.checkpoint, "reason": form.reason.key(), "verdict": verdict.key() });
        let entry = Entry { action: "scan.by_hand", subject_kind: "registration", subject_id: Some(registration.0), detail };
        audit::record(tx, cx.now(), audit::By::Actor(actor), entry).await?;
        return Ok(Outcome::Recorded(verdict));
    }
    Err(Error::Unavailable("an admission by hand lost every race for its ticket".into()))
}

fn by_hand(cx: &Context, actor: &Actor, scan_id: ScanId, form: &ByHand, code: &ShortCode, local_verdict: Option<VerdictKind>) -> Scanned {
    let now = cx.now();
    Scanned {
        checkpoint: form.checkpoint,
        by: Arc::new(ScannedBy::of(actor)),
        source: BY_HAND,
        held: Held::Short(code.clone()),
        received_at: now,
        spare: Spare::Closed,
        submission: ScanSubmission {
            scan_id,
            code: code.as_str().to_owned(),
            source: Source::Typed,
            direction: Direction::Entry,
            device_at: now,
            offset_ms: 0,
            local_verdict,
            made_by: None,
            sign_in: None,
        },
    }
}
