//! The page: what the steward does, what the camera sees, what the server answers, and what is shown of it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use domain::{
    checkin::{
        Checkpoint, Count, Refusal, ScanAnswer, ScanReport, ScanRequest, ScanResponse, ScanSubmission, Setup, Source, Verdict, VerdictKind,
    },
    ids::{CheckpointId, ScanId},
    ticket::Ticket,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

mod camera;
mod dom;
mod history;
mod input;
mod network;
mod reader;
mod screen;
mod sound;
mod view;

use camera::Camera;
use history::History;
use network::Failure;
use reader::Reader;
use screen::{Face, Screen};
use sound::{Signal, Sound};

use crate::flow::{Fingerprint, Judgement, Local, Mute, Outbox, ServerClock, Wedge, instant, judge, scan_id};

/// How often the waiting scans are looked at, and the counts asked for, in milliseconds.
const REPEAT: i32 = 1_000;
const COUNT: i32 = 15_000;
/// A plain admission stays so long, in milliseconds.
const PASSING: i32 = 1_500;

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The camera's picture.
    Nothing,
    /// The server is being asked about this scan.
    Checking(ScanId),
    /// An answer, to this scan if it is one's. `passes`: it goes by itself, and the next code may come before.
    Answer { scan: Option<ScanId>, passes: bool },
}

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Read {
    text: String,
    source: Source,
    /// By the camera or by a code reader: it counts once while it is held up.
    held_up: bool,
}

struct State {
    /// The checkpoint, with what was seen there.
    local: Option<Local>,
    clock: ServerClock,
    mute: Mute,
    /// The code that was held up last and whose answer is on the screen.
    held_up: Option<Fingerprint>,
    /// What was read while another code was being checked: it has its turn when that answer has been seen.
    next: VecDeque<Read>,
    wedge: Wedge,
    outbox: Outbox,
    history: History,
    counts: Vec<Count>,
    /// The true tickets behind the scans that are not answered yet.
    tickets: Vec<(ScanId, Ticket)>,
    shown: Shown,
    /// Whether the last question was answered.
    online: bool,
    /// Who scans knows that the session has ended.
    told_signed_out: bool,
}

struct App {
    setup: Setup,
    reader: Rc<Reader>,
    camera: Camera,
    sound: Sound,
    screen: Screen,
    state: RefCell<State>,
    /// The camera was started and is to run whenever the page is in sight.
    on_shift: Cell<bool>,
    /// Counts the camera's streams, so that only the frames of the last are looked at.
    streams: Cell<u32>,
    /// Counts the answers shown, so that a timer ends only its own.
    answers: Cell<u32>,
}

/// Reads the page's data, ties everything to the page's elements and shows the checkpoints.
pub(crate) fn start(worker: &str) -> Result<(), JsValue> {
    let data = dom::find::<web_sys::Element>("checkin")?.text_content().unwrap_or_default();
    let setup: Setup = serde_json::from_str(&data).map_err(|error| JsValue::from_str(&error.to_string()))?;
    let (failed, help) = (setup.texts.decoder_failed.clone(), dom::find::<web_sys::Element>("help")?.text_content().unwrap_or_default());
    let reader = Reader::new(worker, move |works| {
        dom::write("camera-problem", if works { "" } else { &failed });
        // In place of the other while the picture is there.
        dom::write("help", if works { &help } else { &failed });
    });
    let state = State {
        local: None,
        clock: ServerClock::of_page(setup.server_now.timestamp_millis(), view::page_arrived()),
        mute: Mute::default(),
        held_up: None,
        next: VecDeque::new(),
        wedge: Wedge::default(),
        outbox: Outbox::default(),
        history: History::default(),
        counts: setup.counts.clone(),
        tickets: Vec::new(),
        shown: Shown::Nothing,
        online: true,
        told_signed_out: false,
    };
    let app = Rc::new(App {
        setup,
        reader,
        camera: Camera::new()?,
        sound: Sound::default(),
        screen: Screen::new()?,
        state: RefCell::new(state),
        on_shift: Cell::new(false),
        streams: Cell::new(0),
        answers: Cell::new(0),
    });
    input::connect(&app)?;
    let again = Rc::clone(&app);
    dom::every(REPEAT, move || again.repeat());
    let again = Rc::clone(&app);
    dom::every(COUNT, move || again.refresh_counts());
    let proving = Rc::clone(&app);
    spawn_local(async move { proving.reader.prove_native().await });
    match app.remembered() {
        Some(place) => app.choose(place),
        None => app.show_choice(),
    }
    Ok(())
}

impl App {
    /// A text was read. By the camera and by code readers a code counts once while it is held up.
    fn take(self: &Rc<Self>, text: &str, source: Source, held_up: bool) {
        let now = dom::now();
        let checking = {
            let mut state = self.state.borrow_mut();
            let passes = match source {
                _ if !held_up => true,
                Source::Camera => state.mute.comes_into_sight(text, now),
                Source::Typed | Source::Link => state.mute.passes(text, now),
            };
            if !passes {
                return;
            }
            matches!(state.shown, Shown::Checking(_))
        };
        let read = Read { text: text.to_owned(), source, held_up };
        if !checking {
            self.judge(&read, now);
        } else if judge(text, &self.setup.keys) == Judgement::IdentityCard {
            // Not even until the other is answered.
            self.sound.signal(Signal::Refuse);
        } else {
            self.state.borrow_mut().next.push_back(read);
        }
    }

    fn judge(self: &Rc<Self>, Read { text, source, held_up }: &Read, now: i64) {
        let Some(place) = self.place() else { return };
        {
            let mut state = self.state.borrow_mut();
            state.held_up = held_up.then(|| state.mute.fingerprint(text));
        }
        match judge(text, &self.setup.keys) {
            Judgement::IdentityCard => self.answer(&Face::identity_card(&self.setup.texts), None),
            Judgement::NotATicket { forged } => self.refuse(place.id, text, *source, forged, now),
            Judgement::Ask(ticket) => self.ask(place.id, text, *source, ticket, now),
        }
    }

    /// Says at once that this is no ticket. A forged one is a fact that the server keeps.
    fn refuse(self: &Rc<Self>, place: CheckpointId, text: &str, source: Source, forged: bool, now: i64) {
        let verdict = Verdict::NotATicket;
        let scan = self.submission(text, source, now, Some(verdict.kind()));
        let (id, locale) = (scan.scan_id, self.setup.locale);
        let at = self.state.borrow().clock.server(now);
        self.answer(&Face::verdict(&verdict, None, "", instant(at), locale), Some(id));
        let request = {
            let mut state = self.state.borrow_mut();
            state.history.verdict(id, &verdict, None, at, locale);
            forged.then(|| state.outbox.send(place, scan))
        };
        self.draw();
        if let Some(request) = request {
            let app = Rc::clone(self);
            spawn_local(async move { app.deliver(request).await });
        }
    }

    /// Asks the server; meanwhile the screen says so and is of no verdict's colour.
    fn ask(self: &Rc<Self>, place: CheckpointId, text: &str, source: Source, ticket: Option<Ticket>, now: i64) {
        let scan = self.submission(text, source, now, None);
        let id = scan.scan_id;
        let request = {
            let mut state = self.state.borrow_mut();
            state.tickets.extend(ticket.map(|ticket| (id, ticket)));
            let at = state.clock.server(now);
            state.history.note(id, "checking", &self.setup.texts.checking, at);
            state.shown = Shown::Checking(id);
            state.outbox.send(place, scan)
        };
        self.screen.show(&Face::checking(&self.setup.texts));
        self.draw();
        let app = Rc::clone(self);
        spawn_local(async move { app.deliver(request).await });
    }

    /// Sends scans and shows what came of it.
    async fn deliver(self: &Rc<Self>, request: ScanRequest) {
        let asked = dom::now();
        let result = network::scans(&request).await;
        self.state.borrow_mut().online = !matches!(result, Err(Failure::Lost));
        let goes_on = matches!(result, Ok(_) | Err(Failure::Refused));
        match result {
            Ok(response) => self.settle(request.checkpoint, response, asked),
            Err(Failure::Lost) => self.keep(&request),
            Err(Failure::SignedOut) => self.signed_out(Some(&request)),
            Err(Failure::Refused) => self.refused(&request),
        }
        self.draw();
        if goes_on {
            // The others need not wait for the clock.
            self.repeat();
        }
    }

    fn settle(self: &Rc<Self>, place: CheckpointId, response: ScanResponse, asked: i64) {
        {
            let mut state = self.state.borrow_mut();
            state.clock.measure(response.server_now.timestamp_millis(), asked, dom::now());
            state.told_signed_out = false;
        }
        for answer in response.results {
            let ScanReport { scan_id, verdict, card } = match answer {
                ScanAnswer::Report(report) => report,
                ScanAnswer::Refused { scan_id, refused } => {
                    self.refused_alone(scan_id, refused, asked);
                    continue;
                }
            };
            let locale = self.setup.locale;
            let (told, shown, at) = {
                let mut state = self.state.borrow_mut();
                state.outbox.remove(scan_id);
                let told = state.history.kind(scan_id);
                let at = state.history.at(scan_id).unwrap_or_else(|| state.clock.server(asked));
                state.history.verdict(scan_id, &verdict, card.as_ref(), at, locale);
                if let Some(at_ticket) = state.tickets.iter().position(|(id, _)| *id == scan_id) {
                    let (_, ticket) = state.tickets.swap_remove(at_ticket);
                    if let Some(local) = state.local.as_mut() {
                        local.learn(place, ticket, scan_id, &verdict, instant(at));
                    }
                }
                (told, state.shown, at)
            };
            if verdict == Verdict::Admit {
                self.count_one(place);
            }
            let waited_for = match shown {
                Shown::Checking(id) => id == scan_id,
                Shown::Answer { scan, .. } => scan == Some(scan_id),
                Shown::Nothing => false,
            };
            // An answer that was shown already is not shown again; one that turned out differently is.
            if waited_for && told != Some(verdict.key()) {
                self.answer(&Face::verdict(&verdict, card.as_ref(), "", instant(at), locale), Some(scan_id));
            }
        }
    }

    /// The server has no verdict for this scan alone: it comes again later, or stays in sight.
    fn refused_alone(self: &Rc<Self>, id: ScanId, refusal: Refusal, asked: i64) {
        let texts = &self.setup.texts;
        let waited_for = {
            let mut state = self.state.borrow_mut();
            let at = state.history.at(id).unwrap_or_else(|| state.clock.server(asked));
            if refusal.passes() {
                state.outbox.postpone(&[id], dom::now());
                state.history.note(id, "kept", &texts.kept.word, at);
            } else {
                state.outbox.refuse(&[id], dom::now());
                state.history.note(id, "refused", &texts.refused.word, at);
            }
            matches!(state.shown, Shown::Checking(shown) if shown == id)
        };
        if waited_for {
            let face = if refusal.passes() { Face::kept(texts) } else { Face::refused(texts) };
            self.answer(&face, Some(id));
        }
    }

    /// There is no network: the scans come again later. Who waits at the gate gets what the phone can say alone.
    fn keep(self: &Rc<Self>, request: &ScanRequest) {
        self.state.borrow_mut().outbox.postpone(&ids(request), dom::now());
        let Some(scan) = self.waited_for(request) else { return };
        let id = scan.scan_id;
        let (locale, texts) = (self.setup.locale, &self.setup.texts);
        let face = {
            let mut state = self.state.borrow_mut();
            let at = state.clock.server(scan.device_at.timestamp_millis());
            let ticket = state.tickets.iter().find(|(known, _)| *known == id).map(|(_, ticket)| *ticket);
            let verdict = ticket.and_then(|ticket| Some((ticket, state.local.as_ref()?.decide(ticket, instant(at)))));
            if let Some((ticket, verdict)) = verdict {
                if let Some(local) = state.local.as_mut() {
                    local.learn(request.checkpoint, ticket, id, &verdict, instant(at));
                }
                state.outbox.shown(id, verdict.kind());
                state.history.verdict(id, &verdict, None, at, locale);
                Face::verdict(&verdict, None, &texts.kept_note, instant(at), locale)
            } else {
                state.history.note(id, "kept", &texts.kept.word, at);
                Face::kept(texts)
            }
        };
        self.answer(&face, Some(id));
    }

    /// The session has ended, so the phone says nothing of tickets: the scans come again later. Said once, and to who waits.
    fn signed_out(self: &Rc<Self>, request: Option<&ScanRequest>) {
        if let Some(request) = request {
            self.state.borrow_mut().outbox.postpone(&ids(request), dom::now());
        }
        let waited_for = request.and_then(|request| self.waited_for(request));
        {
            let mut state = self.state.borrow_mut();
            if let Some(scan) = waited_for {
                let at = state.clock.server(scan.device_at.timestamp_millis());
                state.history.note(scan.scan_id, "kept", &self.setup.texts.kept.word, at);
            } else if state.told_signed_out || state.shown != Shown::Nothing {
                return;
            }
            state.told_signed_out = true;
        }
        self.answer(&Face::signed_out(&self.setup.texts), waited_for.map(|scan| scan.scan_id));
    }

    /// The server does not want this request, now or later. What it carried stays: alone on its way, or in sight.
    fn refused(self: &Rc<Self>, request: &ScanRequest) {
        let waited_for = self.waited_for(request).map(|scan| scan.scan_id);
        let aside = {
            let mut state = self.state.borrow_mut();
            let aside = state.outbox.refuse(&ids(request), dom::now());
            if let (Some(id), [scan]) = (aside, request.scans.as_slice()) {
                let at = state.clock.server(scan.device_at.timestamp_millis());
                state.history.note(id, "refused", &self.setup.texts.refused.word, at);
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

    /// Covers the screen with an answer until it is tapped away, or for a moment if it may pass.
    fn answer(self: &Rc<Self>, face: &Face, scan: Option<ScanId>) {
        self.state.borrow_mut().shown = Shown::Answer { scan, passes: face.passes };
        self.screen.show(face);
        if let Some(signal) = face.signal {
            self.sound.signal(signal);
        }
        let number = self.answers.get().wrapping_add(1);
        self.answers.set(number);
        if face.passes {
            let app = Rc::clone(self);
            dom::after(PASSING, move || {
                if app.answers.get() == number {
                    app.go_on();
                }
            });
        }
    }

    /// Back to the camera, unless an answer is still on its way; or on to what was read meanwhile.
    fn go_on(self: &Rc<Self>) {
        let next = {
            let mut state = self.state.borrow_mut();
            if !matches!(state.shown, Shown::Answer { .. }) {
                return;
            }
            state.shown = Shown::Nothing;
            if let Some(code) = state.held_up.take() {
                state.mute.hold(code, dom::now());
            }
            state.next.pop_front()
        };
        match next {
            Some(read) => self.judge(&read, dom::now()),
            None => self.screen.hide(),
        }
    }

    /// Sends again what is due.
    fn repeat(self: &Rc<Self>) {
        let due = self.state.borrow_mut().outbox.due(dom::now());
        if let Some(request) = due {
            let app = Rc::clone(self);
            spawn_local(async move { app.deliver(request).await });
        }
    }

    fn refresh_counts(self: &Rc<Self>) {
        if dom::document().hidden() || self.place().is_none() {
            return;
        }
        let app = Rc::clone(self);
        spawn_local(async move {
            let result = network::counts().await;
            {
                let mut state = app.state.borrow_mut();
                state.online = !matches!(result, Err(Failure::Lost));
                if let Ok(counts) = &result {
                    state.counts.clone_from(counts);
                    state.told_signed_out = false;
                }
            }
            if result == Err(Failure::SignedOut) {
                app.signed_out(None);
            }
            app.draw();
        });
    }

    /// Counts an admission before the server is asked for the counts again.
    fn count_one(&self, place: CheckpointId) {
        if let Some(count) = self.state.borrow_mut().counts.iter_mut().find(|count| count.id == place) {
            count.admitted += 1;
        }
    }

    fn submission(&self, text: &str, source: Source, now: i64, local_verdict: Option<VerdictKind>) -> ScanSubmission {
        let mut random = [0; 10];
        // Without chance the time alone still tells the scans of one phone apart.
        let _ = getrandom::fill(&mut random);
        ScanSubmission {
            scan_id: scan_id(now, random),
            code: text.to_owned(),
            source,
            direction: domain::checkin::Direction::Entry,
            device_at: instant(now),
            offset_ms: self.state.borrow().clock.offset(),
            local_verdict,
        }
    }

    fn place(&self) -> Option<Checkpoint> {
        self.state.borrow().local.as_ref().map(|local| local.checkpoint().clone())
    }
}

fn ids(request: &ScanRequest) -> Vec<ScanId> {
    request.scans.iter().map(|scan| scan.scan_id).collect()
}
