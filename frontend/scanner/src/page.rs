//! The page: what the steward does, what the camera sees, what the server answers, and what is shown of it.

use std::{
    cell::{Cell, RefCell},
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
use sound::Sound;

use crate::flow::{Judgement, Local, Mute, Outbox, ServerClock, Wedge, instant, judge, scan_id};

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

struct State {
    /// The checkpoint, with what was seen there.
    local: Option<Local>,
    clock: ServerClock,
    mute: Mute,
    /// The text that was held up last and whose answer is on the screen.
    held_up: Option<String>,
    wedge: Wedge,
    outbox: Outbox,
    history: History,
    counts: Vec<Count>,
    /// The true tickets behind the scans that are not answered yet.
    tickets: Vec<(ScanId, Ticket)>,
    shown: Shown,
    /// Whether the last question was answered.
    online: bool,
}

struct App {
    setup: Setup,
    reader: Reader,
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
    let failed = setup.texts.decoder_failed.clone();
    let reader = Reader::new(worker, move || dom::write("camera-problem", &failed))?;
    let state = State {
        local: None,
        clock: ServerClock::of_page(setup.server_now.timestamp_millis(), view::page_arrived()),
        mute: Mute::default(),
        held_up: None,
        wedge: Wedge::default(),
        outbox: Outbox::default(),
        history: History::default(),
        counts: setup.counts.clone(),
        tickets: Vec::new(),
        shown: Shown::Nothing,
        online: true,
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
        let Some(place) = self.place() else { return };
        {
            let mut state = self.state.borrow_mut();
            if matches!(state.shown, Shown::Checking(_)) || (held_up && !state.mute.passes(text, now)) {
                return;
            }
            state.held_up = held_up.then(|| text.to_owned());
        }
        match judge(text, &self.setup.keys) {
            Judgement::IdentityCard => self.answer(&Face::identity_card(&self.setup.texts), None),
            Judgement::NotATicket { forged } => self.refuse(place.id, text, source, forged, now),
            Judgement::Ask(ticket) => self.ask(place.id, text, source, ticket, now),
        }
    }

    /// Says at once that this is no ticket. A forged one is a fact that the server keeps.
    fn refuse(self: &Rc<Self>, place: CheckpointId, text: &str, source: Source, forged: bool, now: i64) {
        let verdict = Verdict::NotATicket;
        let scan = self.submission(text, source, now, Some(verdict.kind()));
        let (id, locale) = (scan.scan_id, self.setup.locale);
        self.answer(&Face::verdict(&verdict, None, "", locale), Some(id));
        let request = {
            let mut state = self.state.borrow_mut();
            let at = state.clock.server(now);
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
        match result {
            Ok(response) => self.settle(response, asked),
            Err(Failure::Lost) => self.keep(&request),
            Err(Failure::SignedOut) => {
                self.keep(&request);
                self.answer(&Face::signed_out(&self.setup.texts), None);
            }
            Err(Failure::Refused) => self.give_up(&request),
        }
        self.draw();
    }

    fn settle(self: &Rc<Self>, response: ScanResponse, asked: i64) {
        self.state.borrow_mut().clock.measure(response.server_now.timestamp_millis(), asked, dom::now());
        for answer in response.results {
            let ScanReport { scan_id, verdict, card } = match answer {
                ScanAnswer::Report(report) => report,
                ScanAnswer::Refused { scan_id, refused } => {
                    self.refused(scan_id, refused, asked);
                    continue;
                }
            };
            let locale = self.setup.locale;
            let (told, shown) = {
                let mut state = self.state.borrow_mut();
                state.outbox.remove(scan_id);
                let told = state.history.kind(scan_id);
                let at = state.history.at(scan_id).unwrap_or_else(|| state.clock.server(asked));
                state.history.verdict(scan_id, &verdict, card.as_ref(), at, locale);
                if let Some(at_ticket) = state.tickets.iter().position(|(id, _)| *id == scan_id) {
                    let (_, ticket) = state.tickets.swap_remove(at_ticket);
                    if let Some(local) = state.local.as_mut() {
                        local.learn(ticket, scan_id, &verdict, instant(at));
                    }
                }
                (told, state.shown)
            };
            if verdict == Verdict::Admit {
                self.count_one();
            }
            let waited_for = match shown {
                Shown::Checking(id) => id == scan_id,
                Shown::Answer { scan, .. } => scan == Some(scan_id),
                Shown::Nothing => false,
            };
            // An answer that was shown already is not shown again; one that turned out differently is.
            if waited_for && told != Some(verdict.key()) {
                self.answer(&Face::verdict(&verdict, card.as_ref(), "", locale), Some(scan_id));
            }
        }
    }

    /// The server has no verdict for this scan: it comes again later, or stays in the list of the last scans.
    fn refused(self: &Rc<Self>, id: ScanId, refusal: Refusal, asked: i64) {
        let texts = &self.setup.texts;
        let waited_for = {
            let mut state = self.state.borrow_mut();
            let at = state.history.at(id).unwrap_or_else(|| state.clock.server(asked));
            if refusal.passes() {
                state.outbox.postpone(&[id], dom::now());
                state.history.note(id, "kept", &texts.kept.word, at);
            } else {
                state.outbox.remove(id);
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
        let ids: Vec<_> = request.scans.iter().map(|scan| scan.scan_id).collect();
        self.state.borrow_mut().outbox.postpone(&ids, dom::now());
        let Shown::Checking(id) = self.state.borrow().shown else { return };
        let Some(scan) = request.scans.iter().find(|scan| scan.scan_id == id) else { return };
        let (locale, texts) = (self.setup.locale, &self.setup.texts);
        let face = {
            let mut state = self.state.borrow_mut();
            let at = state.clock.server(scan.device_at.timestamp_millis());
            let ticket = state.tickets.iter().find(|(known, _)| *known == id).map(|(_, ticket)| *ticket);
            let verdict = ticket.and_then(|ticket| Some((ticket, state.local.as_ref()?.decide(ticket, instant(at)))));
            if let Some((ticket, verdict)) = verdict {
                if let Some(local) = state.local.as_mut() {
                    local.learn(ticket, id, &verdict, instant(at));
                }
                state.outbox.shown(id, verdict.kind());
                state.history.verdict(id, &verdict, None, at, locale);
                Face::verdict(&verdict, None, &texts.kept_note, locale)
            } else {
                state.history.note(id, "kept", &texts.kept.word, at);
                Face::kept(texts)
            }
        };
        self.answer(&face, Some(id));
    }

    /// The server does not want these scans: they would be refused for ever.
    fn give_up(self: &Rc<Self>, request: &ScanRequest) {
        let waited_for = {
            let mut state = self.state.borrow_mut();
            let word = &self.setup.texts.refused.word;
            for scan in &request.scans {
                state.outbox.remove(scan.scan_id);
                let at = state.clock.server(scan.device_at.timestamp_millis());
                state.history.note(scan.scan_id, "refused", word, at);
            }
            matches!(state.shown, Shown::Checking(id) if request.scans.iter().any(|scan| scan.scan_id == id))
        };
        if waited_for {
            self.answer(&Face::refused(&self.setup.texts), None);
        }
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

    /// Back to the camera, unless an answer is still on its way.
    fn go_on(&self) {
        let mut state = self.state.borrow_mut();
        if matches!(state.shown, Shown::Answer { .. }) {
            state.shown = Shown::Nothing;
            if let Some(text) = state.held_up.take() {
                state.mute.hold(&text, dom::now());
            }
            drop(state);
            self.screen.hide();
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
                }
            }
            if result == Err(Failure::SignedOut) && app.state.borrow().shown == Shown::Nothing {
                app.answer(&Face::signed_out(&app.setup.texts), None);
            }
            app.draw();
        });
    }

    /// Counts an admission before the server is asked for the counts again.
    fn count_one(&self) {
        let Some(place) = self.place() else { return };
        if let Some(count) = self.state.borrow_mut().counts.iter_mut().find(|count| count.id == place.id) {
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
