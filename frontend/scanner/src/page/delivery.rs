//! Facts on their way to the server, and what comes back.

use std::rc::Rc;

use domain::{
    checkin::{FactAnswer, Refusal, ScanAnswer, ScanReport, ScanRequest, ScanResponse, ScanSubmission, Shift, Verdict},
    ids::ScanId,
};
use wasm_bindgen_futures::spawn_local;

use super::{
    App, Shown, State, dom,
    history::{self, Scanned},
    network::{self, Failure},
    screen::Face,
    store::Note,
};
use crate::flow::{Reading, instant};

impl App {
    /// Sends what is due.
    pub(super) fn send_due(self: &Rc<Self>) {
        let due = {
            let mut state = self.state.borrow_mut();
            let clock = state.clock;
            state.outbox.due(dom::now(), clock)
        };
        if let Some(request) = due {
            let app = Rc::clone(self);
            spawn_local(async move { app.deliver(request, false).await });
        }
    }

    /// Sends facts and shows what came of it. `is_waited_for`: somebody stands there for the answer.
    pub(super) async fn deliver(self: &Rc<Self>, request: ScanRequest, is_waited_for: bool) {
        let asked = dom::reading();
        let result = network::scans(&request, is_waited_for).await;
        self.heard(!matches!(result, Err(Failure::Lost)));
        let goes_on = matches!(result, Ok(_) | Err(Failure::Refused));
        match result {
            Ok(response) => {
                self.state.borrow_mut().outbox.has_arrived(ids(&request).len());
                let had_waiting = self.state.borrow().outbox.has_waiting_scans();
                self.settle(&request, response, asked);
                if had_waiting && !self.state.borrow().outbox.has_waiting_scans() {
                    // It knows of all now who went in and out.
                    self.refresh_shift();
                }
            }
            Err(Failure::Lost) => self.postpone(&request),
            Err(Failure::SignedOut) => self.signed_out(Some(&request)),
            Err(Failure::Refused | Failure::Unreadable) => self.refused(&request),
        }
        self.draw();
        if goes_on {
            // The others need not wait for the clock.
            self.send_due();
        }
    }

    fn settle(self: &Rc<Self>, request: &ScanRequest, response: ScanResponse, asked: Reading) {
        self.measure(response.server_now.timestamp_millis(), asked);
        if !response.is_signed_out {
            self.heard_as_signed_in();
        }
        for answer in response.results {
            match answer {
                ScanAnswer::Report(report) if report.had_ended => self.kept_alone(request, &report, response.is_signed_out),
                ScanAnswer::Report(report) => self.report(request, *report, asked.wall),
                ScanAnswer::Refused { scan_id, refused } => self.refused_alone(request, scan_id, refused, asked.wall),
            }
        }
        for FactAnswer { id, refused } in response.undone {
            self.settle_undo(request, id, refused);
        }
        for FactAnswer { id, refused } in response.named.into_iter().chain(response.replied) {
            self.settle_told(request, id, refused);
        }
        self.state.borrow_mut().outbox.postpone_unanswered(&ids(request), dom::now());
        if response.is_signed_out {
            self.signed_out(Some(request));
        }
    }

    /// The server has kept the scan of whoever had been signed out before, which lets nobody in: the phone says nothing of its
    /// ticket.
    fn kept_alone(self: &Rc<Self>, request: &ScanRequest, report: &ScanReport, is_signed_out: bool) {
        let is_waited_for = self.waited_for(request).is_some_and(|scan| scan.scan_id == report.scan_id);
        {
            let mut state = self.state.borrow_mut();
            state.awaited.retain(|awaited| awaited.id != report.scan_id);
            state.inside.forget(report.scan_id);
            if let Some(at) = state.history.at(report.scan_id) {
                let scan = Scanned { id: report.scan_id, place: request.checkpoint, at };
                state.history.note(scan, "signed_out", &self.setup.texts.signed_out.word);
            }
        }
        self.finish(request, report.scan_id, &report.verdict);
        // Whose session has ended now is told so for all of the request.
        if is_waited_for && !is_signed_out {
            self.answer(&Face::signed_out(&self.setup.texts), Some(report.scan_id));
        }
    }

    fn report(self: &Rc<Self>, request: &ScanRequest, ScanReport { scan_id, verdict, card, .. }: ScanReport, asked: i64) {
        let locale = self.setup.locale;
        let sent = request.scans.iter().find(|scan| scan.scan_id == scan_id);
        let could_have_been = verdict.admits() && sent.is_some_and(ScanSubmission::has_turned_away);
        let is_undone = self.state.borrow().history.kind(scan_id) == Some(history::UNDONE);
        if could_have_been || is_undone {
            // No admission, or none any more: the list says so already.
            self.state.borrow_mut().awaited.retain(|awaited| awaited.id != scan_id);
            return self.finish(request, scan_id, &verdict);
        }
        let mut is_nameless = false;
        let (told, shown, at) = {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            let told = state.history.kind(scan_id);
            if !verdict.admits() && verdict != Verdict::Exit {
                state.inside.forget(scan_id);
            }
            // The list may have forgotten it since.
            let made_at = || sent.map_or_else(|| state.clock.server(asked), |sent| sent.device_at.timestamp_millis() + sent.offset_ms);
            let at = state.history.at(scan_id).unwrap_or_else(made_at);
            state.history.late_verdict(Scanned { id: scan_id, place: request.checkpoint, at }, &verdict, card.as_ref(), locale);
            if let Some(place) = state.awaited.iter().position(|awaited| awaited.id == scan_id) {
                let awaited = state.awaited.swap_remove(place);
                is_nameless = awaited.is_nameless;
                if let Some(ticket) = awaited.ticket {
                    state.learn(&awaited.place, ticket, scan_id, (&verdict, card.as_ref()), at);
                }
            }
            if verdict == Verdict::Admit {
                state.inside.admit(scan_id, request.checkpoint, card.as_ref().and_then(|card| card.people));
            }
            (told, state.shown, at)
        };
        self.finish(request, scan_id, &verdict);
        let waited_for = match shown {
            Shown::Checking(id) => id == scan_id,
            Shown::Answer { scan, .. } => scan == Some(scan_id),
            Shown::Nothing | Shown::Confirm => false,
        };
        let said = told.and_then(history::admits);
        // An answer that was shown already is not shown again; one that turned out differently is. Whom the phone let in and
        // should not have may still stand there, and so may who was turned away without need.
        let is_other = said.is_some_and(|admits| admits != verdict.admits());
        if (waited_for || (is_other && shown == Shown::Nothing)) && told != Some(verdict.key()) {
            let note = self.beside(request.checkpoint, "");
            self.answer(&self.face_of(&verdict, card.as_ref(), is_nameless, &note, instant(at)), Some(scan_id));
        }
    }

    /// The scan has its answer and leaves the queue, unless the server has to be told that the phone let the person in.
    fn finish(self: &Rc<Self>, request: &ScanRequest, id: ScanId, verdict: &Verdict) {
        let sent = request.scans.iter().find(|scan| scan.scan_id == id);
        let mut state = self.state.borrow_mut();
        if !verdict.admits() && sent.is_some_and(|sent| state.outbox.let_in_untold(sent)) {
            state.outbox.postpone(&[id], dom::now());
            return;
        }
        let number = state.outbox.remove(id);
        let has_moved = state.has_answered(id);
        drop(state);
        self.forget(number);
        if has_moved {
            self.write_shift();
        }
    }

    fn forget(self: &Rc<Self>, number: Option<u32>) {
        if let Some(number) = number {
            self.keep(move |store| async move { store.forget_facts(&[number]).await });
        }
    }

    fn settle_undo(self: &Rc<Self>, request: &ScanRequest, id: ScanId, refused: Option<Refusal>) {
        let (number, has_moved) = {
            let mut state = self.state.borrow_mut();
            if refused.is_some_and(Refusal::passes) {
                state.outbox.postpone(&[id], dom::now());
                return;
            }
            let state = &mut *state;
            let taken_back = state.taken_back.remove(&id);
            let scan = request.undos.iter().find(|undo| undo.id == id).map(|undo| undo.scan_id);
            if let (Some(scan), Some(_)) = (scan, refused) {
                state.inside.forget(id);
                state.history.undone(scan, &self.setup.texts.undo_refused);
                // The scan stands.
                if let Some((entrance, ticket, by)) = taken_back {
                    state.roster.enter(entrance, ticket, by);
                }
            }
            (state.outbox.remove(id), state.has_answered(id))
        };
        self.forget(number);
        if has_moved {
            self.write_shift();
        }
    }

    /// What was typed of a person is written down, or never will be, which the list of scans says. It leaves the phone either way.
    fn settle_told(self: &Rc<Self>, request: &ScanRequest, id: ScanId, refused: Option<Refusal>) {
        let number = {
            let mut state = self.state.borrow_mut();
            if refused.is_some_and(Refusal::passes) {
                state.outbox.postpone(&[id], dom::now());
                return;
            }
            let now = state.clock.server(dom::now());
            if let Some(scan) = state.outbox.told_of(id).filter(|_| refused.is_some()) {
                let scan = Scanned { id: scan, place: request.checkpoint, at: now };
                state.history.not_written(scan, &self.setup.texts.not_written);
            }
            state.outbox.remove(id)
        };
        self.forget(number);
    }

    /// The server has no verdict for this scan alone: it comes again later, or stays in sight.
    fn refused_alone(self: &Rc<Self>, request: &ScanRequest, id: ScanId, refusal: Refusal, asked: i64) {
        let texts = &self.setup.texts;
        let waited_for = {
            let mut state = self.state.borrow_mut();
            let at = state.history.at(id).unwrap_or_else(|| state.clock.server(asked));
            if refusal.passes() {
                state.outbox.postpone(&[id], dom::now());
            } else {
                state.outbox.refuse(&[id], dom::now());
                state.history.note(Scanned { id, place: request.checkpoint, at }, "refused", &texts.refused.word);
            }
            matches!(state.shown, Shown::Checking(shown) if shown == id)
        };
        if waited_for && refusal.passes() {
            self.tell(id, true);
        } else if waited_for {
            self.answer(&Face::refused(texts), Some(id));
        }
    }

    /// There is no network: the facts come again later. Who waits at the gate gets what the phone can say alone.
    fn postpone(self: &Rc<Self>, request: &ScanRequest) {
        let ids = ids(request);
        {
            let mut state = self.state.borrow_mut();
            state.outbox.was_too_much(ids.len());
            state.outbox.postpone(&ids, dom::now());
        }
        if let Some(scan) = self.waited_for(request) {
            self.tell(scan.scan_id, true);
        }
    }

    /// The session has ended, so the phone says nothing of tickets: the scans come again later, and the list is forgotten.
    /// Said once, and to who waits; after the answer to a scan that counts still, which is read first.
    pub(super) fn signed_out(self: &Rc<Self>, request: Option<&ScanRequest>) {
        self.forget_shift();
        // Who comes next does not know the PIN.
        self.end_kiosk();
        if let Some(request) = request {
            self.state.borrow_mut().outbox.postpone(&ids(request), dom::now());
        }
        let waited_for = request.and_then(|request| Some((request.checkpoint, self.waited_for(request)?)));
        {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            state.is_signed_out = true;
            // What is scanned next is of whoever has signed in by then.
            if let Some(shift) = &mut state.shift {
                (shift.device, shift.sign_in) = (None, None);
            }
            if let Some((place, scan)) = waited_for {
                let at = state.clock.server(scan.device_at.timestamp_millis());
                let scan = Scanned { id: scan.scan_id, place, at };
                state.history.note(scan, "signed_out", &self.setup.texts.signed_out.word);
            } else if is_answered(request, state)
                || state.told_signed_out
                || !matches!(state.shown, Shown::Nothing | Shown::Answer { passes: true, .. })
            {
                return;
            }
            state.told_signed_out = true;
        }
        self.answer(&Face::signed_out(&self.setup.texts), waited_for.map(|(_, scan)| scan.scan_id));
    }

    /// Whether the last question was answered. Once the server is there again, whatever waits for its turn need not wait longer.
    pub(super) fn heard(&self, is_answered: bool) {
        let mut state = self.state.borrow_mut();
        if is_answered && !state.online {
            state.outbox.hurry(dom::now());
        }
        state.online = is_answered;
    }

    /// The server has answered who asks. After a sign-out it is told first who that is: scans name who made them.
    pub(super) fn heard_as_signed_in(self: &Rc<Self>) {
        let is_named = |shift: &Shift| shift.device.is_some() || shift.sign_in.is_some();
        let is_known = self.state.borrow().shift.as_ref().is_none_or(is_named);
        if is_known {
            self.signed_in();
        } else {
            self.refresh_shift();
        }
    }

    /// The session is good.
    pub(super) fn signed_in(&self) {
        let mut state = self.state.borrow_mut();
        (state.is_signed_out, state.told_signed_out) = (false, false);
    }

    /// The server does not want this request, now or later. What it carried stays: alone on its way, or in sight.
    fn refused(self: &Rc<Self>, request: &ScanRequest) {
        let waited_for = self.waited_for(request).map(|scan| scan.scan_id);
        let aside = {
            let mut state = self.state.borrow_mut();
            let aside = state.outbox.refuse(&ids(request), dom::now());
            if let (Some(id), [scan]) = (aside, request.scans.as_slice()) {
                let at = state.clock.server(scan.device_at.timestamp_millis());
                let scan = Scanned { id, place: request.checkpoint, at };
                state.history.note(scan, "refused", &self.setup.texts.refused.word);
            }
            aside
        };
        if aside.is_some() && aside == waited_for {
            self.answer(&Face::refused(&self.setup.texts), aside);
        }
    }

    /// The scan in the request whose answer is waited for.
    fn waited_for<'a>(&self, request: &'a ScanRequest) -> Option<&'a ScanSubmission> {
        let Shown::Checking(id) = self.state.borrow().shown else { return None };
        request.scans.iter().find(|scan| scan.scan_id == id)
    }

    /// Measures the clocks by an answer and remembers what was found.
    pub(super) fn measure(self: &Rc<Self>, server: i64, asked: Reading) {
        let has_changed = {
            let mut state = self.state.borrow_mut();
            let before = state.clock.offset();
            state.clock.measure(server, asked, dom::reading());
            state.clock.offset() != before
        };
        if has_changed {
            self.keep_offset();
        }
    }

    /// Keeps how far the clocks are apart, for a start without network.
    pub(super) fn keep_offset(self: &Rc<Self>) {
        let offset = self.state.borrow().clock.offset();
        self.note(Note::Offset, offset.to_string());
    }
}

/// Whether the server's answer to a scan of this request is on the screen.
fn is_answered(request: Option<&ScanRequest>, state: &State) -> bool {
    let Shown::Answer { scan: Some(id), .. } = state.shown else { return false };
    let is_sent = request.is_some_and(|request| ids(request).contains(&id));
    is_sent && state.outbox.facts().all(|kept| kept.fact.id() != id)
}

fn ids(request: &ScanRequest) -> Vec<ScanId> {
    let told = request.namings.iter().map(|naming| naming.id).chain(request.replies.iter().map(|reply| reply.id));
    let told = request.undos.iter().map(|undo| undo.id).chain(told);
    request.scans.iter().map(|scan| scan.scan_id).chain(told).collect()
}
