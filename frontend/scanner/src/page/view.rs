//! The parts of the page around the picture: checkpoint, counts, states.

use std::rc::Rc;

use domain::{
    checkin::{Checkpoint, Direction, Session, Watch},
    ids::{CheckpointId, PhoneId},
    text::Locale,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::{
    App, Shown, State, dom,
    history::{Maker, unbroken},
    kiosk,
    scan::random,
    sound::Signal,
    store::Note,
};
use crate::flow::{instant, scan_id};

/// Where this device keeps the id of its checkpoint, and whether it asks before it records.
const REMEMBERED: &str = "checkin.checkpoint";
const CONFIRMS: &str = "checkin.confirms";
/// Where it says how many scans wait to be sent, to the pages that sign out (`frontend/leave`); nothing while none do.
const WAITING: &str = "checkin.waiting";
/// Where it keeps its own number.
const PHONE: &str = "checkin.phone";
/// A phone's clock that is off by more is worth a word, in milliseconds.
const CLOCK_OFF: i64 = 2 * 60 * 1_000;

/// Whether who it is is shown before it is recorded.
pub(super) fn confirms_first() -> bool {
    dom::storage().and_then(|storage| storage.get_item(CONFIRMS).ok().flatten()).is_some()
}

pub(super) fn set_confirms_first(confirms: bool) {
    if let Some(storage) = dom::storage() {
        // Forgetting is no harm.
        let _ = if confirms { storage.set_item(CONFIRMS, "1") } else { storage.remove_item(CONFIRMS) };
    }
}

/// The number of this browser, drawn at the first asking. `None` where it keeps nothing.
pub(super) fn phone() -> Option<PhoneId> {
    let storage = dom::storage()?;
    let known = storage.get_item(PHONE).ok()?.and_then(|known| known.parse().ok());
    known.or_else(|| {
        let drawn = PhoneId(scan_id(dom::now(), random()).0);
        storage.set_item(PHONE, &drawn.to_string()).ok()?;
        Some(drawn)
    })
}

fn tell_waiting(waiting: usize) {
    let Some(storage) = dom::storage() else { return };
    let told = (waiting > 0).then(|| waiting.to_string());
    if storage.get_item(WAITING).ok().flatten() != told {
        // Whoever signs out on another page is not asked then.
        let _ = told.map_or_else(|| storage.remove_item(WAITING), |told| storage.set_item(WAITING, &told));
    }
}

impl App {
    /// What was chosen on this device last, if there still is such a place.
    pub(super) fn remembered(&self) -> Option<Watch> {
        let watch = dom::storage()?.get_item(REMEMBERED).ok()??.parse().ok()?;
        self.is_there(watch).then_some(watch)
    }

    /// Whether there is something to scan at.
    pub(super) fn is_there(&self, watch: Watch) -> bool {
        let state = self.state.borrow();
        state.shift.as_ref().is_some_and(|shift| watch.now(&shift.checkpoints, instant(state.clock.server(dom::now()))).is_some())
    }

    /// Scans here from now on.
    pub(super) fn choose(self: &Rc<Self>, watch: Watch) {
        if let Some(storage) = dom::storage() {
            // Forgetting is no harm.
            let _ = storage.set_item(REMEMBERED, &watch.to_string());
        }
        self.state.borrow_mut().watch = Some(watch);
        self.turn(Direction::Entry);
        self.follow();
        for (id, shown) in
            [("choose", false), ("scan", true), ("count", true), ("change-place", true), ("kiosk-on", true), ("moved", false)]
        {
            dom::show(id, shown);
        }
        dom::to_top();
        self.draw();
    }

    /// Sees to it that what is scanned at is what was chosen as it is now: a session's door gives way to the next, and one
    /// that has changed its hours is scanned at as it is told last. Who scans is told where one has moved to another room; where that
    /// has left none behind, another place is to be chosen.
    pub(super) fn follow(self: &Rc<Self>) {
        let Some(session) = self.followed() else { return };
        let locale = self.setup.locale;
        for (id, locale) in [("moved-where", locale), ("moved-own", locale), ("moved-other", locale.pick(Locale::En, Locale::Vi))] {
            dom::write(id, &session.has_moved(locale));
        }
        let is_over = self.place().is_none();
        if is_over {
            self.show_choice();
        }
        dom::show("moved", is_over);
        dom::show("moved-here", true);
        // Who scans with a code reader does not look at the screen.
        self.sound.signal(Signal::Attention);
    }

    /// The session that was scanned for, once it is in another room. The next of its old room is scanned for then, and with none
    /// nothing.
    fn followed(&self) -> Option<Session> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let (watch, shift) = (state.watch?, state.shift.as_ref()?);
        let at = instant(state.clock.server(dom::now()));
        let now = watch.now(&shift.checkpoints, at);
        if state.place.as_ref() == now {
            return None;
        }
        let moved = state.place.as_ref().and_then(|was| moved(was, &shift.checkpoints)).cloned();
        let Some(now) = now else {
            // The answer on the screen is read first. A place that is told no more is scanned at as it was.
            let moved = moved.filter(|_| state.shown == Shown::Nothing)?;
            (state.watch, state.place) = (None, None);
            return Some(moved);
        };
        if state.place.as_ref().map(|was| was.id) != Some(now.id) {
            // Of the session before nothing needs to be told any more.
            dom::show("moved-here", false);
        }
        dom::write("place", name_of(now, self.setup.locale));
        dom::show("direction", now.counts_exits);
        if !now.counts_exits {
            state.direction = Direction::Entry;
        }
        state.place = Some(now.clone());
        moved
    }

    /// Scans people on this way from now on.
    pub(super) fn turn(&self, direction: Direction) {
        self.state.borrow_mut().direction = direction;
        for way in [Direction::Entry, Direction::Exit] {
            if let Ok(Some(button)) = dom::document().query_selector(&format!("[data-direction=\"{}\"]", way.key())) {
                let _ = button.set_attribute("aria-pressed", if way == direction { "true" } else { "false" });
            }
        }
        if let Ok(scan) = dom::find::<Element>("scan") {
            let _ = scan.set_attribute("data-way", direction.key());
        }
    }

    /// Shows the checkpoints to choose from; to visitors at self-service that there is nothing to scan for.
    pub(super) fn show_choice(self: &Rc<Self>) {
        self.stop_camera();
        {
            let mut state = self.state.borrow_mut();
            (state.watch, state.place) = (None, None);
        }
        let is_kiosk = self.is_kiosk();
        for (id, shown) in [
            ("choose", !is_kiosk),
            ("scan", is_kiosk),
            ("kiosk-stopped", is_kiosk),
            ("count", false),
            ("change-place", false),
            ("kiosk-on", false),
        ] {
            dom::show(id, shown);
        }
        if is_kiosk {
            kiosk::stop();
        }
        self.offer_places();
        dom::focus("main");
    }

    /// Offers the checkpoints that there are, as they are now; writes those that the page does not hold yet.
    pub(super) fn offer_places(self: &Rc<Self>) {
        let state = self.state.borrow();
        let places = state.places();
        let now = instant(state.clock.server(dom::now()));
        for watch in Watch::of(places) {
            if let Some(place) = watch.now(places, now) {
                // What is missing on the page was missing at the start already, and stopped it.
                let _ = self.write_place(place, &watch.to_string());
            }
        }
        let Ok(buttons) = dom::document().query_selector_all("[data-place]") else { return };
        for number in 0..buttons.length() {
            let Some(button) = buttons.item(number).and_then(|button| button.dyn_into::<Element>().ok()) else { continue };
            let id = button.get_attribute("data-place").unwrap_or_default();
            let place = id.parse().ok().and_then(|watch: Watch| watch.now(places, now));
            let _ = button.toggle_attribute_with_force("hidden", false);
            if let Ok(Some(row)) = button.closest("li") {
                let _ = row.toggle_attribute_with_force("hidden", place.is_none());
            }
            if let Some((place, door)) = place.and_then(|place| Some((place, place.door.as_ref()?))) {
                // It says what was open when the page was made.
                dom::show(&format!("state-{id}"), false);
                let session = format!("{} · {}", door.session.title(self.setup.locale), self.door_state(&state, place, door, now));
                dom::write(&format!("session-{id}"), &session);
                if let Ok(count) = dom::find::<Element>(&format!("count-{id}")) {
                    let _ = count.set_attribute("data-count", &place.id.to_string());
                }
            }
        }
        dom::show("choose-hint", !places.is_empty());
        dom::show("no-shift", state.shift.is_none());
    }

    fn write_place(&self, place: &Checkpoint, id: &str) -> Result<(), JsValue> {
        if dom::document().query_selector(&format!("[data-place=\"{id}\"]"))?.is_some() {
            return Ok(());
        }
        let list: Element = dom::find("places")?;
        let row = dom::made("li", "card", "")?;
        let name = name_of(place, self.setup.locale);
        row.append_child(&dom::made("h3", "", name)?.into())?;
        if place.door.is_some() {
            let session = dom::made("p", "", "")?;
            session.set_id(&format!("session-{id}"));
            row.append_child(&session.into())?;
        }
        let text = self.setup.texts.scan_at.replace("{place}", name);
        let button = dom::made("button", "button", &text)?;
        button.set_attribute("type", "button")?;
        button.set_attribute("data-place", id)?;
        row.append_child(&button.into())?;
        list.append_child(&row.into())?;
        Ok(())
    }

    /// Beside an answer: where it was scanned, unless that is here, and what else there is to say.
    pub(super) fn beside(&self, place: CheckpointId, also: &str) -> String {
        let state = self.state.borrow();
        let here = state.place.as_ref().map(|place| place.id);
        let elsewhere = elsewhere(state.places(), here, place, self.setup.locale);
        elsewhere.into_iter().chain([also]).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// Writes everything that changes: list, counts, states.
    pub(super) fn draw(self: &Rc<Self>) {
        self.keep_scans();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let texts = &self.setup.texts;
        let now = state.clock.server(dom::now());
        let here = state.place.as_ref().map(|place| place.id);
        let places = state.shift.as_ref().map(|shift| shift.checkpoints.as_slice()).unwrap_or_default();
        let note = |scan, place| {
            let elsewhere = elsewhere(places, here, place, self.setup.locale).map(str::to_owned);
            let waits = state.outbox.waits(scan).then(|| unbroken(&texts.scan_waits));
            // What is long comes last: a row has room for little.
            waits.into_iter().chain(elsewhere).collect::<Vec<_>>().join(" · ")
        };
        // What is missing on the page was missing at the start already, and stopped it.
        let _ = state.history.draw(&texts.undo, now, note);
        let _ = state.history.draw_refused(state.outbox.refused(), texts);
        let state = &*state;
        // What stays on the screen hides the list with its buttons.
        let undoable = match state.shown {
            Shown::Answer { scan: Some(scan), passes: false } => state.history.can_undo(scan, now).is_some(),
            _ => false,
        };
        dom::show("undo-now", undoable && !self.is_kiosk());
        let place = state.place.as_ref().map(|place| place.id);
        for count in state.shift.iter().flat_map(|shift| &shift.counts) {
            // The phone's list may know of more tickets than people were told last, as of those that others have let in since.
            let listed = state.places().iter().find(|place| place.id == count.id).map_or(0, |place| state.roster.admitted(place));
            let listed = i64::try_from(listed).unwrap_or_default();
            let number = grouped(self.setup.locale, state.inside.admitted(count.id, count.admitted).max(listed));
            if Some(count.id) == place {
                dom::write("admitted", &number);
            }
            if let Ok(Some(element)) = dom::document().query_selector(&format!("[data-count=\"{}\"]", count.id)) {
                element.set_text_content(Some(&number));
            }
        }
        if let Some(shift) = &state.shift {
            dom::write("who", &shift.who);
        }
        self.draw_door(state, instant(now));
        self.draw_states(state, now);
    }

    /// Keeps the last scans, if something became of them.
    fn keep_scans(self: &Rc<Self>) {
        if !self.is_active.get() {
            return;
        }
        let text = {
            let mut state = self.state.borrow_mut();
            let maker = state.shift.as_ref().and_then(Maker::of);
            state.history.unkept(maker)
        };
        if let Some(text) = text {
            self.note(Note::Scans, text);
        }
    }

    fn draw_states(&self, state: &State, now: i64) {
        let texts = &self.setup.texts;
        let online = is_online(state);
        let (waiting, runs) = (state.outbox.waiting(), self.camera.runs());
        let facts = state.outbox.count();
        // Another tab counts those that it has kept, and what could not be read may hold some.
        if self.is_active.get() && (facts > 0 || self.store.borrow().is_some()) {
            tell_waiting(facts);
        }
        let list = match state.listed_at {
            Some(at) => texts
                .list_of
                .replace("{count}", &grouped(self.setup.locale, i64::try_from(state.roster.len()).unwrap_or_default()))
                .replace("{age}", &age(now - at, [&texts.age_now, &texts.age_minutes, &texts.age_hours])),
            None if state.roster.is_empty() => texts.list_loading.clone(),
            None => grouped(self.setup.locale, i64::try_from(state.roster.len()).unwrap_or_default()),
        };
        let off = state.clock.offset().abs();
        let is_doubted = state.clock.is_doubted();
        let clock = if is_doubted {
            texts.clock_doubted.clone()
        } else {
            clock(off, [&texts.clock_good, &texts.clock_off_seconds, &texts.clock_off])
        };
        let is_listed = state.listed_at.is_some_and(|at| now - at < 10 * 60 * 1_000);
        for (id, text, good) in [
            ("network", if online { texts.online.as_str() } else { texts.offline.as_str() }, online),
            ("waiting", &waiting.to_string(), waiting == 0),
            ("camera-state", if runs { texts.camera_on.as_str() } else { texts.camera_off.as_str() }, runs),
            ("list-state", &list, is_listed),
            ("clock-state", &clock, off <= CLOCK_OFF && !is_doubted),
        ] {
            dom::write(id, text);
            mark_bad(id, !good);
        }
        dom::show("battery-chip", self.battery.get().is_some());
        if let Some(percent) = self.battery.get() {
            dom::write("battery", &format!("{percent} %"));
            mark_bad("battery", percent <= 20);
        }
    }

    /// Follows the battery where the browser tells of it.
    pub(super) fn watch_battery(self: &Rc<Self>) {
        let Some(asked) = dom::call(&dom::window().navigator(), "getBattery", &JsValue::UNDEFINED) else { return };
        let app = Rc::clone(self);
        spawn_local(async move {
            let Some(battery) = dom::settled(asked).await else { return };
            let read = {
                let (app, battery) = (Rc::clone(&app), battery.clone());
                move || {
                    let level = dom::member(&battery, "level").and_then(|level| level.as_f64());
                    app.battery.set(level.map(percent));
                }
            };
            read();
            if let Ok(target) = battery.dyn_into() {
                dom::on(&target, "levelchange", move |_| read());
            }
        });
    }
}

/// What people at the place call it: behind the door of a room, sessions change.
fn name_of(place: &Checkpoint, locale: Locale) -> &str {
    place.door.as_ref().map_or_else(|| place.name(locale), |door| door.session.room_name(locale))
}

/// The session behind this door, if it is in another room by now.
fn moved<'a>(was: &Checkpoint, places: &'a [Checkpoint]) -> Option<&'a Session> {
    let room = was.door.as_ref()?.session.room;
    let now = places.iter().find(|place| place.id == was.id)?.door.as_ref()?;
    (now.session.room != room).then_some(&now.session)
}

/// What tells scans at this checkpoint from those `here`: of a door the session, as one room may let in to two of them.
fn elsewhere(places: &[Checkpoint], here: Option<CheckpointId>, id: CheckpointId, locale: Locale) -> Option<&str> {
    let place = places.iter().find(|place| place.id == id && Some(id) != here)?;
    Some(place.door.as_ref().map_or_else(|| place.name(locale), |door| door.session.title(locale)))
}

/// The last question was answered, and the browser knows of no reason why the next one should not be.
pub(super) fn is_online(state: &State) -> bool {
    state.online && dom::window().navigator().on_line()
}

fn mark_bad(id: &str, is_bad: bool) {
    if let Ok(element) = dom::find::<Element>(id) {
        let _ = element.toggle_attribute_with_force("data-bad", is_bad);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
fn percent(level: f64) -> u8 {
    (level.clamp(0.0, 1.0) * 100.0).round() as u8
}

/// How long ago something was, in milliseconds, as it is said.
fn age(passed: i64, [now, minutes, hours]: [&str; 3]) -> String {
    match passed / 60_000 {
        ..1 => now.to_owned(),
        passed @ 1..60 => minutes.replace("{minutes}", &passed.to_string()),
        passed => hours.replace("{hours}", &(passed / 60).to_string()),
    }
}

/// How far a clock is off, in milliseconds, as it is said: less than a few seconds is what measuring itself is off.
fn clock(off: i64, [good, seconds, minutes]: [&str; 3]) -> String {
    match off / 1_000 {
        ..5 => good.to_owned(),
        off @ 5..120 => seconds.replace("{seconds}", &off.to_string()),
        off => minutes.replace("{minutes}", &(off / 60).to_string()),
    }
}

/// A number with its thousands apart, as the server writes it: `1.234` · `1,234`.
pub(super) fn grouped(locale: Locale, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(locale.pick('.', ','));
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_clocks_are_told_in_the_unit_that_says_enough() {
        let ages = [-5, 59_999, 60_000, 3_599_999, 3_600_000, 7_300_000].map(|passed| age(passed, ["now", "{minutes} min", "{hours} h"]));
        assert_eq!(ages, ["now", "now", "1 min", "59 min", "1 h", "2 h"]);
        let clocks = [0, 4_999, 5_000, 119_999, 120_000, 190_000].map(|off| clock(off, ["right", "{seconds} s", "{minutes} min"]));
        assert_eq!(clocks, ["right", "right", "5 s", "119 s", "2 min", "3 min"]);
    }

    #[test]
    fn thousands_stand_apart_as_on_the_servers_pages() {
        assert_eq!([0, 999, 1_000, 12_345, 1_234_567].map(|n| grouped(Locale::Vi, n)), ["0", "999", "1.000", "12.345", "1.234.567"]);
        assert_eq!(grouped(Locale::En, 1_000), "1,000");
    }
}
