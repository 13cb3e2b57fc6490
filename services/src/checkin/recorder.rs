//! Storing scans together: those of all requests that wait at the same time.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Known, MadeAfter, Presented, Scan, ScanReport, ScanRequest, Verdict, corrected, decide},
    ids::{EditionId, EntranceId, ScanId},
    ticket::TicketId,
};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Mutex;

use super::{
    doubles,
    store::{self, BY_VISITOR, ConflictKind, Fact, Held, Scanned, Spare, State, follow},
};
use crate::{
    Error,
    store::Line,
    together::{Fault, Together},
    write,
};

/// How often a scan is decided anew when another gate was faster. Each round the other gate's scan has been
/// stored, so the second round normally ends it.
const RACE_ROUNDS: u32 = 5;

/// What the log says was being done when scans met a fault.
const DOING: &str = "recording scans";

/// Takes the scans of all requests and stores those that wait together; cheap to clone.
#[derive(Clone)]
pub struct Recorder(Together<Vec<Scanned>, Vec<Outcome>>);

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self(Together::of_at_most(ScanRequest::MAX))
    }
}

/// What became of one scan.
pub(super) type Outcome = Result<Recorded, Fault>;

/// What became of a scan that met no fault.
pub(super) enum Recorded {
    /// It is stored, by now or before.
    Report(Box<ScanReport>),
    /// It names a spare ticket that is nobody's. Nothing is stored: its holder is to be registered first.
    OfSpare(Box<Scanned>),
}

/// The reports on scans, by their ids; none on one of a spare ticket that is nobody's.
type Reports = HashMap<ScanId, Option<ScanReport>>;

impl Recorder {
    /// Decides and stores scans, each on its own, and tells what became of each, in their order.
    ///
    /// The work is done by a task of its own: once begun, it ends, whoever still listens.
    pub(super) async fn record(&self, pool: &PgPool, scans: Vec<Scanned>) -> Result<Vec<Outcome>, Error> {
        let line = Arc::new(Mutex::new(Line::of(pool)));
        let weight = scans.len();
        self.0.ask(scans, weight, move |requests| answered(Arc::clone(&line), requests)).await
    }
}

/// The outcomes of each request's own scans.
async fn answered(line: Arc<Mutex<Line>>, requests: Vec<Vec<Scanned>>) -> Vec<Vec<Outcome>> {
    let recorded = {
        let scans: Vec<_> = requests.iter().flatten().collect();
        record_together(&mut *line.lock().await, &scans).await
    };
    let outcome = |scan: Scanned| match recorded[&scan.submission.scan_id].clone()? {
        Some(report) => Ok(Recorded::Report(Box::new(report))),
        None => Ok(Recorded::OfSpare(Box::new(scan))),
    };
    requests.into_iter().map(|scans| scans.into_iter().map(outcome).collect()).collect()
}

/// Records scans together; when that fails, each alone, so that one scan's fault is no other's.
async fn record_together(line: &mut Line, scans: &[&Scanned]) -> HashMap<ScanId, Result<Option<ScanReport>, Fault>> {
    if let [only] = scans {
        return HashMap::from([(only.submission.scan_id, alone(line, only).await)]);
    }
    let mut is_gone = match together(line, scans.to_vec()).await {
        Ok(reports) => return reports.into_iter().map(|(id, report)| (id, Ok(report))).collect(),
        Err(error) => Fault::of(&error, DOING) == Fault::Unavailable,
    };
    let mut outcomes = HashMap::with_capacity(scans.len());
    for scan in scans {
        // Where the store is gone for one, it is gone for all.
        let outcome = if is_gone { Err(Fault::Unavailable) } else { alone(line, scan).await };
        is_gone = matches!(outcome, Err(Fault::Unavailable));
        outcomes.insert(scan.submission.scan_id, outcome);
    }
    outcomes
}

async fn alone(line: &mut Line, scan: &Scanned) -> Result<Option<ScanReport>, Fault> {
    let mut reports = together(line, vec![scan]).await.map_err(|error| Fault::of(&error, DOING))?;
    reports.remove(&scan.submission.scan_id).ok_or(Fault::Failed)
}

async fn together(line: &mut Line, scans: Vec<&Scanned>) -> Result<Reports, Error> {
    let reports = decided_and_stored(line, scans).await;
    if reports.is_err() {
        line.hang_up();
    }
    reports
}

/// Decides scans by the true state and stores them, two statements for all; again for those that another scan of the
/// same ticket was faster than, be it of another gate or of these. Where facts came late, it is found anew which entries of
/// their tickets were double; for repeats too, as the first time may have ended before.
async fn decided_and_stored(line: &mut Line, mut open: Vec<&Scanned>) -> Result<Reports, Error> {
    let mut seen = HashSet::new();
    open.retain(|scan| seen.insert(scan.submission.scan_id));
    let mut reports = HashMap::with_capacity(open.len());
    for _ in 0..RACE_ROUNDS {
        let Some(now) = open.iter().map(|scan| scan.received_at).max() else { return Ok(reports) };
        let states = store::states(line.connection().await?, &open).await?;
        let Round { facts, told, mut late } = round(&open, states)?;
        reports.extend(told);
        store::insert_conflicts(line.connection().await?, &late.let_in).await?;
        let stored = store::insert(line.connection().await?, &facts).await?;
        late.unsettled.extend(stored.unsettled);
        settle_late(line, late, now).await?;
        let stored = facts.into_iter().filter(|fact| stored.scans.contains(&fact.report.scan_id));
        reports.extend(stored.map(|fact| (fact.report.scan_id, Some(ScanReport { card: fact.card, ..fact.report }))));
        open.retain(|scan| !reports.contains_key(&scan.submission.scan_id));
    }
    if open.is_empty() { Ok(reports) } else { Err(Error::Unavailable("a scan lost every race for its ticket".into())) }
}

/// What scans are by one reading of the state.
struct Round<'s> {
    /// Those that are to be stored.
    facts: Vec<Fact<'s>>,
    /// Those that are not: repeats, and those of spare tickets that are nobody's.
    told: Reports,
    /// What repeats tell anew.
    late: Late,
}

/// What was told after other facts of the same tickets, so that more than the scans themselves may change.
#[derive(Default)]
struct Late {
    /// Whom phones have let in otherwise than they were answered, as it is told now.
    let_in: Vec<(ScanId, ConflictKind, EditionId, DateTime<Utc>)>,
    /// Their tickets, and where each may have been let in first.
    entered: BTreeSet<(TicketId, EntranceId)>,
    /// Tickets of which it has to be found anew which entries were double.
    unsettled: BTreeSet<TicketId>,
}

/// Decides each of these scans by its state.
fn round<'s>(scans: &[&'s Scanned], states: Vec<Option<State>>) -> Result<Round<'s>, Error> {
    let mut round = Round { facts: Vec::with_capacity(scans.len()), told: HashMap::new(), late: Late::default() };
    for (scan, state) in scans.iter().copied().zip(states) {
        let mut state = state.ok_or(Error::NotFound)?;
        if let Some(report) = state.report.take() {
            round.late.repeat(scan, &report, &state);
            round.told.insert(report.scan_id, Some(ScanReport { card: state.card, ..report }));
        } else if scan.is_of_open_spare(&state) {
            round.told.insert(scan.submission.scan_id, None);
        } else {
            round.facts.push(decided(scan, state));
        }
    }
    Ok(round)
}

impl Late {
    /// Takes in what the repeat of a scan tells that has its answer.
    fn repeat(&mut self, scan: &Scanned, report: &ScanReport, state: &State) {
        // The phone has answered before the server did, and otherwise.
        if scan.submission.has_let_in() && !report.verdict.admits() {
            self.let_in.push((report.scan_id, let_in_against(&report.verdict), state.edition, scan.received_at));
            self.entered.extend(state.ticket.map(|ticket| (ticket, state.checkpoint.entrance())));
            self.unsettled.extend(state.ticket);
        }
        self.unsettled.extend(state.ticket.filter(|_| state.checkpoint.area().is_some()));
    }
}

/// Finds anew, in a transaction of its own, which scan each ticket is in by and which of its entries are double, where something was
/// told late.
async fn settle_late(line: &mut Line, late: Late, now: DateTime<Utc>) -> Result<(), Error> {
    let Late { entered, unsettled, .. } = late;
    if unsettled.is_empty() {
        return Ok(());
    }
    line.hang_up();
    write::write_within(line.pool(), move |tx| {
        let (entered, unsettled) = (entered.clone(), unsettled.clone());
        Box::pin(async move {
            let displaced = admit(tx, &entered).await?;
            doubles::hold(tx, &unsettled).await?;
            for scan in displaced {
                doubles::open(tx, scan, now).await?;
            }
            doubles::find(tx, &unsettled, now).await
        })
    })
    .await
}

/// Tickets that a phone has let in there, as it has told since their scans had their answer: each may be the first entry, as what it
/// was answered by may have been undone. Gives back the scans that are no admission any more.
async fn admit(tx: &mut PgConnection, entered: &BTreeSet<(TicketId, EntranceId)>) -> Result<Vec<ScanId>, Error> {
    let mut displaced = Vec::new();
    for (ticket, entrance) in entered {
        displaced.extend(follow::admit_first(tx, *ticket, *entrance).await?.and_then(|admitted| admitted.displaced));
    }
    Ok(displaced)
}

/// What it is that a phone has let somebody in whom this verdict would not have.
fn let_in_against(verdict: &Verdict) -> ConflictKind {
    if matches!(verdict, Verdict::AlreadyIn(_)) { ConflictKind::EnteredTwice } else { ConflictKind::EnteredAgainstRule }
}

/// What a scan was made after. Where it names no maker that the server knows, it is taken for one of whoever brings it. What it says
/// of others does not free a phone's own scans of what is known of the phone.
fn made_after(state: &State, is_own: bool) -> MadeAfter {
    let (maker, bringer) = (state.maker_signed_in_at, state.bringer_signed_in_at);
    MadeAfter { signed_in_at: if is_own { maker.max(bringer) } else { maker.or(bringer) }, synced_at: state.synced_at }
}

/// What a scan is by the true state.
pub(super) fn decided(scan: &Scanned, state: State) -> Fact<'_> {
    let submission = &scan.submission;
    // What a phone says of who made it gives no right: it can only add doubt.
    let is_foreign = submission.made_by.is_some_and(|maker| scan.by.device != Some(maker.0))
        || submission.sign_in.is_some_and(|sign_in| scan.by.account != Some(sign_in.account.0));
    // A phone that brings its own scans is named as such, whatever else it says.
    let is_own = submission.made_by.is_some_and(|maker| scan.by.device == Some(maker.0));
    let told_at = corrected(submission.device_at, submission.offset_ms, scan.received_at, made_after(&state, is_own));
    // Nobody settles the clock of a visitor.
    let is_clock_doubted = told_at.is_none() && scan.source != BY_VISITOR;
    let at = told_at.unwrap_or(scan.received_at);
    let (found, record) = match (state.record, &scan.spare) {
        (None, Spare::Asked(Some(nobodys))) => (Some(nobodys.0), Some(nobodys.1.clone())),
        (record, _) => (state.ticket, record),
    };
    let (presented, ticket_id) = match scan.held {
        Held::Signed(ticket) => (Presented::Signed(ticket), Some(ticket.id)),
        Held::Short(_) if record.is_some() => (Presented::Short, found),
        Held::Badge(_) if record.is_some() => (Presented::Badge { stopped: state.is_badge_stopped }, found),
        Held::Short(_) | Held::Badge(_) | Held::Nothing => (Presented::Unreadable, None),
    };
    let (id, direction) = (submission.scan_id, submission.direction);
    let let_in = submission.has_let_in();
    let had_ended = scan.by.had_ended(at) || state.maker_ended_at.is_some_and(|ended| ended <= at);
    let before = record.as_ref().and_then(|record| record.admission.as_ref()).map(|admission| admission.scan_id);
    let (area, entrance, after) = (state.checkpoint.area(), state.checkpoint.entrance(), state.last);
    let known = Known { checkpoint: state.checkpoint, sessions: state.sessions, complete: true, record };
    // What was made after the end has no place before others.
    let verdict = decide(&known, &Scan { id, presented, direction, at, let_in: let_in && !had_ended });
    let is_believed = !submission.has_turned_away() && !had_ended;
    let is_admission = matches!(verdict, Verdict::Admit | Verdict::AdmitUnconfirmed) && is_believed;
    // Who is in already is seen to be there.
    let tells_place = verdict.admits() || matches!(verdict, Verdict::AlreadyIn(_) | Verdict::Exit);
    let displaces = before.filter(|_| is_admission);
    let entered = let_in.then_some(&verdict).filter(|verdict| !verdict.admits());
    let conflicts = [
        displaces.map(|other| (other, ConflictKind::EnteredTwice)),
        entered.map(|verdict| (id, let_in_against(verdict))),
        is_clock_doubted.then_some((id, ConflictKind::Clock)),
        is_foreign.then_some((id, ConflictKind::ForeignPhone)),
        had_ended.then_some((id, ConflictKind::EndedPhone)),
    ];
    Fact {
        scan,
        at,
        edition: state.edition,
        entrance,
        ticket_id,
        maker: state.maker.filter(|_| is_foreign && !is_own),
        is_admission,
        displaces,
        is_believed,
        area: area.filter(|_| ticket_id.is_some() && tells_place && is_believed),
        after,
        conflicts: conflicts.into_iter().flatten().collect(),
        // Who is stopped or wrong here is still named: the steward has to talk to the person. The fact keeps no name: it
        // outlives the registration.
        card: state.card,
        report: ScanReport { scan_id: id, verdict, had_ended, card: None },
    }
}
