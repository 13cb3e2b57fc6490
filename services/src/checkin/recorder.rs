//! Storing scans together.
//!
//! When the gates open, hundreds of scans come in each second, and a transaction for each would cost Postgres most of
//! its time. So whatever waits while others are being stored is stored by one statement with its neighbours. A scan
//! that comes alone is stored at once.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    checkin::{Known, Presented, Scan, ScanReport, ScanRequest, Verdict, decide},
    ids::ScanId,
};
use sqlx::PgPool;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::store::{self, ConflictKind, Fact, Held, Scanned, State};
use crate::Error;

/// How often a scan is decided anew when another gate was faster. Each round the other gate's scan has been
/// stored, so the second round normally ends it.
const RACE_ROUNDS: u32 = 5;

/// Takes the scans of all requests and stores those that wait together; cheap to clone.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Waiting>>);

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    /// Whether a worker is on duty. One is faster than two: while it waits for Postgres, more scans come together.
    is_attended: bool,
}

/// The scans of one request, and who waits for their answer.
struct Request {
    scans: Vec<Scanned>,
    answer: oneshot::Sender<Vec<Outcome>>,
}

/// What became of one scan.
pub(super) type Outcome = Result<ScanReport, Fault>;

/// Why a scan was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownCheckpoint,
    Unavailable,
    /// The reason stands in the log.
    Failed,
}

impl Fault {
    fn of(error: &Error) -> Self {
        match error {
            Error::NotFound => Self::UnknownCheckpoint,
            Error::Unavailable(source) => {
                tracing::warn!(error = %source, "scans were not recorded");
                Self::Unavailable
            }
            other => {
                tracing::error!(error = %other, "scans were not recorded");
                Self::Failed
            }
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::UnknownCheckpoint => Self::NotFound,
            Fault::Unavailable => Self::Unavailable("scans cannot be recorded now".into()),
            Fault::Failed => Self::Internal("a scan was not recorded".into()),
        }
    }
}

impl Recorder {
    /// Decides and stores scans, each on its own, and tells what became of each, in their order.
    ///
    /// The work is done by a task of its own: once begun, it ends, whoever still listens.
    pub(super) async fn record(&self, pool: &PgPool, scans: Vec<Scanned>) -> Result<Vec<Outcome>, Error> {
        let (answer, answered) = oneshot::channel();
        if let Some(worker) = self.enter(Request { scans, answer }) {
            let pool = pool.clone();
            // The log lines belong to the request that woke the worker.
            tokio::spawn(async move { worker.work(&pool).await }.in_current_span());
        }
        answered.await.map_err(|gone| Error::Internal(gone.into()))
    }

    /// Lets a request wait; a worker when there is none.
    fn enter(&self, request: Request) -> Option<Worker> {
        let mut waiting = self.lock();
        waiting.requests.push_back(request);
        (!std::mem::replace(&mut waiting.is_attended, true)).then(|| Worker { recorder: self.clone(), on_duty: true })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // What is under the lock cannot be left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Worker {
    recorder: Recorder,
    on_duty: bool,
}

impl Worker {
    async fn work(mut self, pool: &PgPool) {
        while let Some(requests) = self.next() {
            answer(pool, requests).await;
        }
    }

    /// The requests that wait, as many as go together. With none left, the worker is off duty: found and told under one
    /// lock, so that no request waits for a worker that has gone.
    fn next(&mut self) -> Option<Vec<Request>> {
        let mut waiting = self.recorder.lock();
        let mut together = Vec::new();
        let mut scans = 0;
        while let Some(request) = waiting.requests.front() {
            scans += request.scans.len();
            if !together.is_empty() && scans > ScanRequest::MAX {
                break;
            }
            together.extend(waiting.requests.pop_front());
        }
        if together.is_empty() {
            waiting.is_attended = false;
            self.on_duty = false;
            return None;
        }
        Some(together)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.on_duty {
            self.recorder.lock().is_attended = false;
        }
    }
}

/// Answers each request with the outcomes of its own scans.
async fn answer(pool: &PgPool, requests: Vec<Request>) {
    let scans: Vec<_> = requests.iter().flat_map(|request| &request.scans).collect();
    let outcomes = settle(pool, &scans).await;
    for request in requests {
        let own = request.scans.iter().map(|scan| outcomes[&scan.submission.scan_id].clone()).collect();
        // Whoever asked may have gone.
        let _ = request.answer.send(own);
    }
}

/// Settles scans together; when that fails, each alone, so that one scan's fault is no other's.
async fn settle(pool: &PgPool, scans: &[&Scanned]) -> HashMap<ScanId, Outcome> {
    if let [only] = scans {
        return HashMap::from([(only.submission.scan_id, alone(pool, only).await)]);
    }
    let mut is_gone = match together(pool, scans.to_vec()).await {
        Ok(reports) => return reports.into_iter().map(|(id, report)| (id, Ok(report))).collect(),
        Err(error) => Fault::of(&error) == Fault::Unavailable,
    };
    let mut outcomes = HashMap::with_capacity(scans.len());
    for scan in scans {
        // Where the store is gone for one, it is gone for all.
        let outcome = if is_gone { Err(Fault::Unavailable) } else { alone(pool, scan).await };
        is_gone = outcome == Err(Fault::Unavailable);
        outcomes.insert(scan.submission.scan_id, outcome);
    }
    outcomes
}

async fn alone(pool: &PgPool, scan: &Scanned) -> Outcome {
    let mut reports = together(pool, vec![scan]).await.map_err(|error| Fault::of(&error))?;
    reports.remove(&scan.submission.scan_id).ok_or(Fault::Failed)
}

/// Decides scans by the true state and stores them, two statements for all; again for those that another scan of the
/// same ticket was faster than, be it of another gate or of these.
async fn together(pool: &PgPool, mut open: Vec<&Scanned>) -> Result<HashMap<ScanId, ScanReport>, Error> {
    let mut seen = HashSet::new();
    open.retain(|scan| seen.insert(scan.submission.scan_id));
    let mut reports = HashMap::with_capacity(open.len());
    for _ in 0..RACE_ROUNDS {
        if open.is_empty() {
            return Ok(reports);
        }
        let mut facts = Vec::with_capacity(open.len());
        let mut let_in = Vec::new();
        for (scan, state) in open.iter().copied().zip(store::states(pool, &open).await?) {
            let mut state = state.ok_or(Error::NotFound)?;
            match state.report.take() {
                Some(report) => {
                    // The phone has answered before the server did, and otherwise.
                    if scan.submission.has_let_in() && !report.verdict.admits() {
                        let_in.push((report.scan_id, let_in_against(&report.verdict), state.edition, scan.received_at));
                    }
                    reports.insert(report.scan_id, ScanReport { card: state.card, ..report });
                }
                None => facts.push(decided(scan, state)),
            }
        }
        store::insert_conflicts(pool, &let_in).await?;
        let stored = store::insert(pool, &facts).await?;
        let stored = facts.into_iter().filter(|fact| stored.contains(&fact.report.scan_id));
        reports.extend(stored.map(|fact| (fact.report.scan_id, ScanReport { card: fact.card, ..fact.report })));
        open.retain(|scan| !reports.contains_key(&scan.submission.scan_id));
    }
    if open.is_empty() { Ok(reports) } else { Err(Error::Unavailable("a scan lost every race for its ticket".into())) }
}

/// What it is that a phone has let somebody in whom this verdict would not have.
fn let_in_against(verdict: &Verdict) -> ConflictKind {
    if matches!(verdict, Verdict::AlreadyIn(_)) { ConflictKind::EnteredTwice } else { ConflictKind::EnteredAgainstRule }
}

/// What a scan is by the true state.
pub(super) fn decided(scan: &Scanned, state: State) -> Fact<'_> {
    let submission = &scan.submission;
    let (presented, ticket_id) = match scan.held {
        Held::Signed(ticket) => (Presented::Signed(ticket), Some(ticket.id)),
        Held::Short(_) if state.record.is_some() => (Presented::Short, state.ticket),
        Held::Badge(_) if state.record.is_some() => (Presented::Badge { stopped: state.is_badge_stopped }, state.ticket),
        Held::Short(_) | Held::Badge(_) | Held::Nothing => (Presented::Unreadable, None),
    };
    let (id, direction) = (submission.scan_id, submission.direction);
    let let_in = submission.has_let_in();
    let before = state.record.as_ref().and_then(|record| record.admission.as_ref()).map(|admission| admission.scan_id);
    let area = state.checkpoint.area();
    let known = Known { checkpoint: state.checkpoint, sessions: state.sessions, complete: true, record: state.record };
    // What a phone brings that has ended has no place before others.
    let verdict = decide(&known, &Scan { id, presented, direction, at: scan.at, let_in: let_in && !scan.by.has_ended });
    let is_believed = !submission.has_turned_away() && !scan.by.has_ended;
    let is_admission = matches!(verdict, Verdict::Admit | Verdict::AdmitUnconfirmed) && is_believed;
    // Who is in already is seen to be there.
    let tells_place = verdict.admits() || matches!(verdict, Verdict::AlreadyIn(_) | Verdict::Exit);
    let displaces = before.filter(|_| is_admission);
    let is_foreign = submission.made_by.is_some_and(|maker| scan.by.device != Some(maker.0));
    let entered = let_in.then_some(&verdict).filter(|verdict| !verdict.admits());
    let conflicts = [
        displaces.map(|other| (other, ConflictKind::EnteredTwice)),
        entered.map(|verdict| (id, let_in_against(verdict))),
        scan.is_clock_doubted.then_some((id, ConflictKind::Clock)),
        is_foreign.then_some((id, ConflictKind::ForeignPhone)),
        scan.by.has_ended.then_some((id, ConflictKind::EndedPhone)),
    ];
    Fact {
        scan,
        edition: state.edition,
        ticket_id,
        is_admission,
        displaces,
        area: area.filter(|_| ticket_id.is_some() && tells_place && is_believed),
        conflicts: conflicts.into_iter().flatten().collect(),
        // Who is stopped or wrong here is still named: the steward has to talk to the person. The fact keeps no name: it
        // outlives the registration.
        card: state.card,
        report: ScanReport { scan_id: id, verdict, card: None },
    }
}
