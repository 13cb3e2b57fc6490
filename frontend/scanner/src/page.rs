//! The page: what the steward does, what the camera sees, what the server answers, and what is shown of it.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    pin::Pin,
    rc::Rc,
};

use domain::{
    checkin::{
        Card, Checkpoint, Direction, Setup, Shift, Source, Verdict, Watch,
        roster::{EnteredBy, Roster, TicketHash},
    },
    ids::{CheckpointId, EntranceId, ScanId},
    registration::Question,
    ticket::Ticket,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

mod asked;
mod camera;
mod capture;
mod delivery;
mod dom;
mod door;
mod guest;
mod history;
mod input;
mod kiosk;
mod network;
mod reader;
mod roster;
mod scan;
mod screen;
mod shift;
mod sound;
mod store;
mod swipe;
mod tab;
mod view;

use camera::Camera;
use history::{History, Maker};
use network::News;
use reader::Reader;
use screen::{Face, Screen};
use sound::Sound;
use store::{Loaded, NotKept, Note, Store};

use crate::{
    flow::{
        Fingerprint, Inside, Mute, Outbox, ServerClock, Wedge, inside,
        local::{self, Stand},
    },
    json,
};

/// How often the waiting scans are looked at, the list is asked for, and the shift, in milliseconds.
const REPEAT: i32 = 1_000;
const LIST: i32 = 5_000;
const SHIFT: i32 = 15_000;
/// A plain admission stays so long, in milliseconds.
const PASSING: i32 = 1_500;
/// Any answer to a visitor at self-service, who reads it alone and taps nothing.
const KIOSK_PASSING: i32 = 5_000;

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The camera's picture.
    Nothing,
    /// The server is being asked about this scan.
    Checking(ScanId),
    /// Who it is, before somebody confirms.
    Confirm,
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

/// A scan whose answer has not come.
#[derive(Clone, Debug)]
struct Awaited {
    id: ScanId,
    place: Checkpoint,
    ticket: Option<TicketHash>,
    /// [`crate::flow::local::is_nameless`].
    is_nameless: bool,
    /// What the phone would say.
    local: Option<(Verdict, Option<Card>)>,
}

struct State {
    /// `None`: the phone has never been told.
    shift: Option<Shift>,
    /// What was chosen, and the checkpoint that this is now.
    watch: Option<Watch>,
    place: Option<Checkpoint>,
    /// The way on which people are scanned, where exits are counted.
    direction: Direction,
    roster: Roster,
    /// Where the list goes on.
    cursor: Option<String>,
    /// The server's time when the list was whole last.
    listed_at: Option<i64>,
    /// The pages of the list that are kept one on the other.
    pages: usize,
    clock: ServerClock,
    mute: Mute,
    /// The code that was held up last and whose answer is on the screen.
    held_up: Option<Fingerprint>,
    /// What was read while another code was being checked: it has its turn when that answer has been seen.
    next: VecDeque<Read>,
    /// What waits to be confirmed.
    to_confirm: Option<(Checkpoint, Read, Option<Ticket>)>,
    wedge: Wedge,
    outbox: Outbox,
    history: History,
    inside: Inside,
    awaited: Vec<Awaited>,
    /// What undoings took out of the list, by their ids: it comes back where the server refuses them.
    taken_back: HashMap<ScanId, (EntranceId, TicketHash, EnteredBy)>,
    shown: Shown,
    /// The scan of a spare ticket whose holder is being asked for the name.
    naming: Option<ScanId>,
    /// The scan whose person is being asked something, and what.
    asked: Option<(ScanId, Vec<Question>)>,
    /// Whether the last question was answered.
    online: bool,
    /// The session has ended: the phone judges nothing until somebody signs in.
    is_signed_out: bool,
    /// Who scans knows that.
    told_signed_out: bool,
}

impl State {
    fn stand<'a>(&'a self, place: &'a Checkpoint) -> Stand<'a> {
        let sessions = self.shift.as_ref().map(|shift| shift.sessions.as_slice()).unwrap_or_default();
        Stand { place, places: self.places(), sessions, direction: self.direction }
    }

    /// Remembers what the verdict on a scan made here at this time says of its ticket.
    fn learn(&mut self, place: &Checkpoint, ticket: TicketHash, id: ScanId, (verdict, card): (&Verdict, Option<&Card>), at: i64) {
        let Some(shift) = &self.shift else { return };
        let places = shift.checkpoints.as_slice();
        self.inside.comes(ticket, card.and_then(|card| card.people));
        self.inside.count(id, ticket, (&mut self.roster, places), |roster| {
            local::learn(roster, (place, places), ticket, id, verdict, &shift.who, at);
        });
    }

    /// The server knows of a scan or an undoing. Gives back whether the numbers that are kept have changed by that.
    fn has_answered(&mut self, fact: ScanId) -> bool {
        self.shift.as_mut().is_some_and(|shift| self.inside.answered(fact, &mut shift.counts))
    }

    /// Whom this scan let in is not in any more, until the server refuses the undoing.
    fn take_back(&mut self, entrance: EntranceId, undo: ScanId, scan: ScanId) {
        let places = self.shift.as_ref().map(|shift| shift.checkpoints.as_slice()).unwrap_or_default();
        let Some(ticket) = self.roster.let_in_by(entrance, scan) else { return };
        let by = self.inside.count(undo, ticket, (&mut self.roster, places), |roster| roster.undo(entrance, ticket, scan));
        if let Some(by) = by {
            self.taken_back.insert(undo, (entrance, ticket, by));
        }
    }

    /// All that there are, as the phone heard last.
    fn places(&self) -> &[Checkpoint] {
        self.shift.as_ref().map(|shift| shift.checkpoints.as_slice()).unwrap_or_default()
    }
}

struct App {
    setup: Setup,
    reader: Rc<Reader>,
    camera: Camera,
    sound: Sound,
    screen: Screen,
    /// `None`: this browser keeps nothing, or what it keeps could not be read, and nothing is written over it.
    store: RefCell<Option<Rc<Store>>>,
    /// All facts that wait are kept.
    keeps: Cell<bool>,
    /// The store is being opened anew.
    is_reopening: Cell<bool>,
    state: RefCell<State>,
    /// The camera was started and is to run whenever the page is in sight.
    on_shift: Cell<bool>,
    /// This tab is the one that scans; another one waits.
    is_active: Cell<bool>,
    /// Whether it is certain that none does beside it.
    is_alone: bool,
    /// The list is being asked for.
    is_listing: Cell<bool>,
    /// Counts how often the list was forgotten: what was asked for one is nothing to the next.
    forgettings: Cell<u32>,
    /// Somebody signs out, and the next page is on its way.
    is_leaving: Cell<bool>,
    /// Counts the camera's streams, so that only the frames of the last are looked at.
    streams: Cell<u32>,
    /// Counts the faces shown, so that a timer ends only its own.
    faces: Cell<u32>,
    battery: Cell<Option<u8>>,
    /// Visitors hold up their own codes.
    kiosk: Cell<bool>,
    /// The server's word of what is new.
    news: RefCell<Option<News>>,
}

/// Reads the page's data and what the phone has kept, ties everything to the page's elements and shows the checkpoints.
pub(crate) async fn start(worker: String) -> Result<(), JsValue> {
    let data = dom::find::<web_sys::Element>("checkin")?.text_content().unwrap_or_default();
    let setup: Setup = json::read(&data).map_err(|_| JsValue::from_str("the page's data cannot be read"))?;
    let (failed, help) = (setup.texts.decoder_failed.clone(), dom::find::<web_sys::Element>("help")?.text_content().unwrap_or_default());
    let reader = Reader::new(&worker, move |works| {
        dom::write("camera-problem", if works { "" } else { &failed });
        // In place of the other while the picture is there.
        dom::write("help", if works { &help } else { &failed });
    });
    // Before anything is read: what the other tab keeps meanwhile would not be here.
    let turn = tab::take().await;
    let (store, loaded) = opened().await.map_or_else(|_| (None, Loaded::default()), |(store, loaded)| (Some(Rc::new(store)), loaded));
    let app = Rc::new(App {
        reader,
        camera: Camera::new()?,
        sound: Sound::default(),
        screen: Screen::new()?,
        store: RefCell::new(store),
        keeps: Cell::new(true),
        is_reopening: Cell::new(false),
        state: RefCell::new(restored(setup.shift.clone(), loaded)),
        on_shift: Cell::new(false),
        is_active: Cell::new(turn.is_some()),
        is_alone: turn.as_ref().is_some_and(tab::Turn::is_held),
        is_listing: Cell::new(false),
        forgettings: Cell::new(0),
        is_leaving: Cell::new(false),
        streams: Cell::new(0),
        faces: Cell::new(0),
        battery: Cell::new(None),
        kiosk: Cell::new(false),
        news: RefCell::default(),
        setup,
    });
    app.show_kept();
    app.enter_own();
    app.write_shift();
    if app.setup.shift.is_some() {
        // The page itself has measured it.
        app.keep_offset();
    }
    input::connect(&app)?;
    for (pause, act) in [(REPEAT, App::repeat as fn(&Rc<App>)), (LIST, App::refresh_roster), (SHIFT, App::refresh_shift)] {
        let again = Rc::clone(&app);
        dom::every(pause, move || act(&again));
    }
    let proving = Rc::clone(&app);
    spawn_local(async move { proving.reader.prove_native().await });
    app.watch_battery();
    match app.remembered() {
        Some(watch) => app.choose(watch),
        None => app.show_choice(),
    }
    app.resume_kiosk();
    if app.setup.shift.is_some() {
        app.listen();
    }
    app.refresh_roster();
    if app.setup.shift.is_none() {
        app.refresh_shift();
    }
    match turn {
        Some(turn) => turn.watch(&app),
        None => app.wait_for_turn(),
    }
    Ok(())
}

/// The store, and what is in it.
async fn opened() -> Result<(Store, Loaded), NotKept> {
    let store = Store::open().await?;
    let loaded = store.load().await?;
    Ok((store, loaded))
}

/// The state at the beginning: what the page says, over what the phone has kept.
fn restored(shift: Option<Shift>, loaded: Loaded) -> State {
    let (roster, cursor, pages) = roster::restored(&loaded);
    let listed_at = loaded.listed_at.filter(|_| cursor.is_some());
    let now = dom::reading();
    let mut clock = ServerClock::remembered(loaded.offset.unwrap_or_default(), now);
    if let (Some(shift), Some((asked, arrived))) = (&shift, dom::loading(now)) {
        clock.measure(shift.server_now.timestamp_millis(), asked, arrived);
    }
    let before: Option<Shift> = loaded.shift.as_deref().and_then(|shift| json::read(shift).ok());
    let outbox = Outbox::restored(loaded.queue, loaded.unreadable, loaded.next);
    let mut inside = Inside::default();
    outbox.scans().for_each(|id| inside.begin(id));
    let shift = match (shift, before) {
        (Some(mut shift), Some(before)) if outbox.has_waiting_scans() => {
            inside::carry(&mut shift, &before);
            Some(shift)
        }
        (shift, before) => shift.or(before),
    };
    let history = History::restored(loaded.scans.as_deref(), shift.as_ref().and_then(Maker::of));
    State {
        shift,
        watch: None,
        place: None,
        direction: Direction::Entry,
        roster,
        cursor,
        listed_at,
        pages,
        clock,
        mute: Mute::default(),
        held_up: None,
        next: VecDeque::new(),
        to_confirm: None,
        wedge: Wedge::default(),
        outbox,
        history,
        inside,
        awaited: Vec::new(),
        taken_back: HashMap::new(),
        shown: Shown::Nothing,
        naming: None,
        asked: None,
        online: true,
        is_signed_out: false,
        told_signed_out: false,
    }
}

impl App {
    /// Covers the screen with an answer until it is tapped away, or for a moment if it may pass.
    fn answer(self: &Rc<Self>, face: &Face, scan: Option<ScanId>) {
        // Nobody stands by to tap it away, but where only staff can help.
        let passes = face.passes || (self.is_kiosk() && face.action.is_none());
        self.state.borrow_mut().shown = Shown::Answer { scan, passes };
        self.ask_name(scan.filter(|_| face.asks_name));
        self.ask_questions(scan, &face.asks);
        self.screen.show(face);
        if let Some(signal) = face.signal {
            self.sound.signal(signal);
        }
        let number = self.next_face();
        if passes {
            let app = Rc::clone(self);
            dom::after(if self.is_kiosk() { KIOSK_PASSING } else { PASSING }, move || {
                if app.faces.get() == number {
                    app.go_on();
                }
            });
        }
    }

    /// Another face is on the screen from now on. Gives back its number.
    fn next_face(&self) -> u32 {
        let number = self.faces.get().wrapping_add(1);
        self.faces.set(number);
        number
    }

    /// Back to the camera, unless an answer is still on its way, or another tab scans; or on to what was read meanwhile.
    fn go_on(self: &Rc<Self>) {
        if !self.is_active.get() {
            return;
        }
        let next = {
            let mut state = self.state.borrow_mut();
            if !matches!(state.shown, Shown::Answer { .. } | Shown::Confirm) {
                return;
            }
            state.shown = Shown::Nothing;
            state.naming = None;
            state.asked = None;
            state.to_confirm = None;
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

    /// Sends again what is due, and looks after everything that time alone changes.
    fn repeat(self: &Rc<Self>) {
        self.state.borrow_mut().clock.look(dom::reading());
        if self.is_active.get() {
            self.send_due();
        }
        self.look_after_camera();
        self.follow();
        self.draw();
    }

    /// Does something with the store, in its turn.
    fn keep<W: Future<Output = Result<(), NotKept>> + 'static>(self: &Rc<Self>, act: impl FnOnce(Rc<Store>) -> W + 'static) {
        let Some(store) = self.store.borrow().clone() else { return };
        spawn_local(Rc::clone(self).finish_keeping(Box::pin(act(store))));
    }

    /// Waits until something is kept. When that fails, whoever scans should know. In a box, so that this is there once and not for
    /// everything that is kept.
    async fn finish_keeping(self: Rc<Self>, keeping: Pin<Box<dyn Future<Output = Result<(), NotKept>>>>) {
        if keeping.await.is_err() {
            self.keeps.set(false);
        }
        if !self.keeps.get() {
            self.reopen().await;
        }
    }

    /// A browser may close the store of a page that was long out of sight: opens it again and keeps all that waits anew.
    async fn reopen(self: &Rc<Self>) {
        if self.is_reopening.replace(true) {
            return;
        }
        if let Ok(store) = Store::open().await {
            let store = Rc::new(store);
            if let Some(old) = self.store.replace(Some(Rc::clone(&store))) {
                old.close();
            }
            // Unless something else is not kept meanwhile.
            self.keeps.set(true);
            let facts: Vec<_> = {
                let mut state = self.state.borrow_mut();
                // A page of the list may be missing: the next one brings the whole list to be kept.
                state.pages = roster::PAGES_MAX;
                state.outbox.numbered().map(|(number, kept)| (number, kept.clone())).collect()
            };
            if store.keep_facts(&facts).await.is_err() {
                self.keeps.set(false);
            }
        }
        self.tell_kept(self.keeps.get());
        self.is_reopening.set(false);
    }

    /// Says when facts are not kept.
    fn tell_kept(&self, keeps: bool) {
        self.keeps.set(keeps);
        dom::show("not-kept", !keeps);
    }

    fn note(self: &Rc<Self>, note: Note, text: String) {
        self.keep(move |store| async move { store.write(note, &text).await });
    }

    /// Says when this browser keeps nothing, and asks it not to throw away what it keeps.
    fn show_kept(&self) {
        self.tell_kept(self.store.borrow().is_some());
        if let Some(storage) = dom::member(&dom::window().navigator(), "storage") {
            // Browsers may refuse, and then keep it as long as they like.
            let _ = dom::call(&storage, "persist", &JsValue::UNDEFINED);
        }
    }

    /// The scan whose answer is on the screen.
    fn answered(&self) -> Option<ScanId> {
        let Shown::Answer { scan, .. } = self.state.borrow().shown else { return None };
        scan
    }

    fn place(&self) -> Option<Checkpoint> {
        self.state.borrow().place.clone()
    }

    /// The checkpoint with this id.
    fn checkpoint(&self, id: CheckpointId) -> Option<Checkpoint> {
        let state = self.state.borrow();
        state.shift.as_ref()?.checkpoints.iter().find(|place| place.id == id).cloned()
    }

    fn who(&self) -> String {
        self.state.borrow().shift.as_ref().map(|shift| shift.who.clone()).unwrap_or_default()
    }
}
