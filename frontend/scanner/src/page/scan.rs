//! From a text that was read to what is shown of it.

use std::rc::Rc;

use domain::{
    checkin::{Card, Checkpoint, ScanRequest, ScanSubmission, Source, Undo, Verdict, VerdictKind},
    ids::ScanId,
    ticket::Ticket,
};
use wasm_bindgen_futures::spawn_local;

use super::{App, Awaited, Read, Shown, dom, history::Scanned, network, screen::Face, sound::Signal, view};
use crate::flow::{Fact, Judgement, instant, judge, local, scan_id};

/// While there is a network, the server has so long before the phone answers by itself, in milliseconds.
const PATIENCE: i32 = 700;
/// What the phone says by itself waits so long for its scan to be kept, in milliseconds. A green face whose scan is lost with the phone
/// lets in a guest of whom nobody will ever know; but a line does not wait for a disk that hangs.
const KEEPING: i32 = 50;

impl App {
    /// A text was read. By the camera and by code readers a code counts once while it is held up.
    pub(super) fn take(self: &Rc<Self>, text: &str, source: Source, held_up: bool) {
        if !self.is_active.get() {
            return;
        }
        let now = dom::now();
        let is_busy = {
            let mut state = self.state.borrow_mut();
            let passes = match source {
                // Nor is a code muted of which nothing becomes.
                _ if !held_up || state.place.is_none() => true,
                Source::Camera => state.mute.comes_into_sight(text, now),
                Source::Picture | Source::Reader | Source::Typed | Source::Link => state.mute.passes(text, now),
            };
            if !passes {
                return;
            }
            matches!(state.shown, Shown::Checking(_) | Shown::Confirm)
        };
        // What is being typed of the person before is not thrown away.
        let is_busy = is_busy || self.is_naming() || self.is_replying();
        let read = Read { text: text.to_owned(), source, held_up };
        if !is_busy {
            self.judge(&read, now);
        } else if judge(text, &self.keys()) == Judgement::IdentityCard {
            // Not even until the other is answered.
            self.sound.signal(Signal::NotATicket);
        } else {
            self.state.borrow_mut().next.push_back(read);
        }
    }

    fn keys(&self) -> Vec<domain::signed::PublicKey> {
        self.state.borrow().shift.as_ref().map(|shift| shift.keys.clone()).unwrap_or_default()
    }

    pub(super) fn judge(self: &Rc<Self>, read: &Read, now: i64) {
        if self.state.borrow().is_signed_out {
            return self.answer(&Face::signed_out(&self.setup.texts), None);
        }
        let Some(place) = self.place() else {
            if self.is_kiosk() {
                // The page tells visitors already.
                return self.sound.signal(Signal::Attention);
            }
            return self.answer(&Face::no_place(&self.setup.texts), None);
        };
        {
            let mut state = self.state.borrow_mut();
            state.held_up = read.held_up.then(|| state.mute.fingerprint(&read.text));
        }
        match judge(&read.text, &self.keys()) {
            Judgement::IdentityCard => self.answer(&Face::identity_card(&self.setup.texts), None),
            Judgement::Garbled => self.answer(&Face::garbled(&self.setup.texts), None),
            Judgement::NotATicket { forged } => self.refuse(&place, read, forged, now),
            Judgement::Ask(ticket) => {
                let place = self.place_for(&read.text, ticket, now).unwrap_or(place);
                self.consider(place, read.clone(), ticket, now);
            }
        }
    }

    /// Where this ticket is scanned, if the phone can tell.
    fn place_for(&self, text: &str, ticket: Option<Ticket>, now: i64) -> Option<Checkpoint> {
        let state = self.state.borrow();
        let place = state.place.as_ref()?;
        local::place_for(&state.roster, &state.stand(place), state.watch?, text, ticket, state.clock.server(now))
    }

    /// Says at once that this is no ticket. A forged one is a fact that the server keeps.
    fn refuse(self: &Rc<Self>, place: &Checkpoint, read: &Read, forged: bool, now: i64) {
        let verdict = Verdict::NotATicket;
        let scan = self.submission(&read.text, read.source, now, Some(verdict.kind()));
        let (id, locale) = (scan.scan_id, self.setup.locale);
        let at = self.state.borrow().clock.server(now);
        self.answer(&self.face(&verdict, None, "", instant(at)), Some(id));
        self.state.borrow_mut().history.verdict(Scanned { id, place: place.id, at }, &verdict, None, locale);
        if forged {
            self.send(place, Fact::Scan(scan));
        }
        self.draw();
    }

    /// Shows first who it is, where that is wanted; or records at once.
    fn consider(self: &Rc<Self>, place: Checkpoint, read: Read, ticket: Option<Ticket>, now: i64) {
        if self.is_kiosk() || !view::confirms_first() {
            return self.ask(&place, &read, ticket, now);
        }
        let look = {
            let state = self.state.borrow();
            local::look(&state.roster, &state.stand(&place), &read.text, ticket, scan_id(now, [0; 10]), state.clock.server(now))
        };
        match look {
            Some(look) if look.verdict.admits() && look.card.is_some() => {
                self.show_who(place, read, ticket, &look.verdict, look.card.as_ref());
            }
            // Nobody comes in: there is nothing to confirm.
            Some(look) if !look.verdict.admits() => self.ask(&place, &read, ticket, now),
            // By a badge or a typed code the list names nobody, or it does not hold the code: the server knows who it is.
            look => self.inquire(place, read, ticket, look.map(|look| look.verdict), now),
        }
    }

    /// Asks the server who it is, without recording anything. Where it is not heard of in time, it is as the list says.
    fn inquire(self: &Rc<Self>, place: Checkpoint, read: Read, ticket: Option<Ticket>, listed: Option<Verdict>, now: i64) {
        let scan = self.submission(&read.text, read.source, now, None);
        let id = scan.scan_id;
        let is_online = {
            let mut state = self.state.borrow_mut();
            state.shown = Shown::Checking(id);
            (state.naming, state.asked) = (None, None);
            state.online && dom::window().navigator().on_line()
        };
        self.next_face();
        self.screen.show(&Face::checking(&self.setup.texts));
        let app = Rc::clone(self);
        spawn_local(async move {
            let request = ScanRequest::of(place.id, vec![scan]);
            let told = if is_online { network::look(&request, PATIENCE).await.ok() } else { None };
            if app.state.borrow().shown != Shown::Checking(id) {
                return;
            }
            let (verdict, card) = told.map_or((listed, None), |report| (Some(report.verdict), report.card));
            match verdict {
                Some(verdict) if !verdict.admits() => app.ask(&place, &read, ticket, now),
                // Where neither the server nor the list could tell, it is confirmed all the same.
                verdict => app.show_who(place, read, ticket, &verdict.unwrap_or(Verdict::Admit), card.as_ref()),
            }
        });
    }

    /// Shows who it is, until somebody confirms.
    fn show_who(self: &Rc<Self>, place: Checkpoint, read: Read, ticket: Option<Ticket>, verdict: &Verdict, card: Option<&Card>) {
        self.screen.show(&Face::confirm(verdict, card, &self.beside(place.id, ""), &self.setup.texts, self.setup.locale));
        // What was on the screen before goes by itself no more.
        self.next_face();
        let mut state = self.state.borrow_mut();
        state.shown = Shown::Confirm;
        (state.naming, state.asked) = (None, None);
        state.to_confirm = Some((place, read, ticket));
    }

    /// Whoever scans has seen who it is.
    pub(super) fn confirm(self: &Rc<Self>) {
        let confirmed = self.state.borrow_mut().to_confirm.take();
        if let Some((place, read, ticket)) = confirmed {
            self.ask(&place, &read, ticket, dom::now());
        }
    }

    /// Records the scan and asks the server; meanwhile the screen says so and is of no verdict's colour. Without a network,
    /// or when that takes too long, the phone answers by itself.
    fn ask(self: &Rc<Self>, place: &Checkpoint, read: &Read, signed: Option<Ticket>, now: i64) {
        if self.state.borrow().is_signed_out {
            return self.answer(&Face::signed_out(&self.setup.texts), None);
        }
        let scan = self.submission(&read.text, read.source, now, None);
        let id = scan.scan_id;
        let is_online = {
            let mut state = self.state.borrow_mut();
            let at = state.clock.server(now);
            let look = local::look(&state.roster, &state.stand(place), &read.text, signed, id, at);
            let ticket = local::named(&state.roster, &read.text, signed);
            let is_nameless = local::is_nameless(&state.roster, ticket, signed);
            state.inside.begin(id);
            state.awaited.push(Awaited {
                id,
                place: place.clone(),
                ticket,
                is_nameless,
                local: look.map(|look| (look.verdict, look.card)),
            });
            state.history.note(Scanned { id, place: place.id, at }, "checking", &self.setup.texts.checking);
            state.shown = Shown::Checking(id);
            state.online && dom::window().navigator().on_line()
        };
        self.screen.show(&Face::checking(&self.setup.texts));
        self.send(place, Fact::Scan(scan));
        if is_online {
            let app = Rc::clone(self);
            dom::after(PATIENCE, move || app.tell(id, false));
        } else {
            self.tell(id, false);
        }
        self.draw();
    }

    /// Shows what the phone says of a scan, if that is still waited for. `is_lost`: the server was not reached, so that
    /// there is nothing better to wait for.
    pub(super) fn tell(self: &Rc<Self>, id: ScanId, is_lost: bool) {
        let (locale, texts) = (self.setup.locale, &self.setup.texts);
        let mut keep = None;
        let found = {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            // While it is being kept it has been told, and waits only to be shown.
            if state.shown != Shown::Checking(id) || state.history.kind(id) != Some("checking") {
                return;
            }
            let at = state.history.at(id).unwrap_or_else(|| state.clock.server(dom::now()));
            let Some(awaited) = state.awaited.iter().find(|awaited| awaited.id == id).cloned() else { return };
            let scan = Scanned { id, place: awaited.place.id, at };
            match awaited.ticket.zip(awaited.local) {
                Some((ticket, (verdict, card))) => {
                    state.learn(&awaited.place, ticket, id, (&verdict, card.as_ref()), at);
                    keep = state.outbox.shown(id, verdict.kind()).map(|(number, kept)| (number, kept.clone()));
                    state.history.verdict(scan, &verdict, card.as_ref(), locale);
                    Some((verdict, card, awaited.is_nameless, scan))
                }
                None if is_lost => {
                    state.history.note(scan, "kept", &texts.kept.word);
                    None
                }
                // Only the server can say.
                None => return,
            }
        };
        let face = found.map_or_else(
            || Face::kept(texts),
            |(verdict, card, is_nameless, scan)| {
                self.face_of(&verdict, card.as_ref(), is_nameless, &self.beside(scan.place, &texts.kept_note), instant(scan.at))
            },
        );
        let face = Rc::new(face);
        let (app, late) = (Rc::clone(self), Rc::clone(&face));
        dom::after(KEEPING, move || app.show_told(id, &late));
        let app = Rc::clone(self);
        spawn_local(async move {
            let store = app.store.borrow().clone();
            if let Some(store) = store {
                Rc::clone(&app).finish_keeping(Box::pin(async move { store.keep_facts(keep.as_slice()).await })).await;
            }
            app.show_told(id, &face);
        });
    }

    /// Shows what the phone has told of a scan, unless it is shown, or the server has answered meanwhile.
    fn show_told(self: &Rc<Self>, id: ScanId, face: &Face) {
        if self.state.borrow().shown == Shown::Checking(id) {
            self.answer(face, Some(id));
            self.draw();
        }
    }

    /// Says that a scan was a mistake.
    pub(super) fn undo(self: &Rc<Self>, scan: ScanId) {
        let now = dom::now();
        let place = self.state.borrow().history.can_undo(scan, self.state.borrow().clock.server(now));
        let Some(place) = place.and_then(|place| self.checkpoint(place)) else { return };
        let undo =
            Undo { id: scan_id(now, random()), scan_id: scan, device_at: instant(now), offset_ms: self.state.borrow().clock.offset() };
        {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            if !state.inside.forget(scan) {
                state.inside.begin(undo.id);
            }
            state.take_back(place.entrance(), undo.id, scan);
            state.history.undone(scan, &self.setup.texts.undone);
        }
        self.send(&place, Fact::Undo(undo));
        self.draw();
    }

    /// Takes a fact into the queue, keeps it, and sends it.
    pub(super) fn send(self: &Rc<Self>, place: &Checkpoint, fact: Fact) {
        let (number, kept, request) = {
            let mut state = self.state.borrow_mut();
            let clock = state.clock;
            let (number, request) = state.outbox.send(place.id, fact, clock);
            (number, state.outbox.kept(number).cloned(), request)
        };
        if let Some(kept) = kept {
            self.keep(move |store| async move { store.keep_facts(&[(number, kept)]).await });
        }
        let app = Rc::clone(self);
        spawn_local(async move { app.deliver(request, true).await });
    }

    fn submission(&self, text: &str, source: Source, now: i64, local_verdict: Option<VerdictKind>) -> ScanSubmission {
        let state = self.state.borrow();
        ScanSubmission {
            scan_id: scan_id(now, random()),
            code: text.to_owned(),
            source,
            direction: state.direction,
            device_at: instant(now),
            offset_ms: state.clock.offset(),
            local_verdict,
            made_by: state.shift.as_ref().and_then(|shift| shift.device),
            sign_in: state.shift.as_ref().and_then(|shift| shift.sign_in),
        }
    }
}

pub(super) fn random() -> [u8; 10] {
    let mut random = [0; 10];
    // Without chance the time alone still tells the scans of one phone apart.
    let _ = getrandom::fill(&mut random);
    random
}
