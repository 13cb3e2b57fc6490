//! The list of tickets that the phone holds, and who scans where: asked for again and again, and kept.

use std::rc::Rc;

use domain::{
    checkin::{
        Checkpoint, Contact, RosterRequest, Shift, Verdict, VerdictKind,
        roster::{Page, Roster},
    },
    ids::{CheckpointId, ScanId},
};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlFormElement;

use super::{
    App, State, dom,
    history::Maker,
    network::{self, Failure, News},
    store::{Loaded, Note},
    view,
};
use crate::flow::{Fact, Judgement, inside, judge, local};

/// Kept pages are written anew as one list when there are so many.
pub(super) const PAGES_MAX: usize = 60;
/// Tickets of one page of a list that is written anew.
const PAGE: usize = 2_000;

/// The list as it was kept: roster, cursor, number of pages. One that this build cannot read is none.
pub(super) fn restored(loaded: &Loaded) -> (Roster, Option<String>, usize) {
    let mut roster = Roster::default();
    for page in &loaded.pages {
        let Ok(page) = Page::decode(page) else { return (Roster::default(), None, 0) };
        roster.apply(page);
    }
    (roster, loaded.cursor.clone(), loaded.pages.len())
}

impl App {
    /// Asks for what is new in the list, page by page.
    pub(super) fn refresh_list(self: &Rc<Self>) {
        if !self.is_active.get() || self.is_leaving.get() || self.is_listing.replace(true) {
            return;
        }
        let app = Rc::clone(self);
        spawn_local(async move {
            while app.next_page().await {}
            app.is_listing.set(false);
            app.draw();
        });
    }

    /// Asks for what is new whenever the server has word of it, from now on.
    pub(super) fn listen(self: &Rc<Self>) {
        if self.news.borrow().as_ref().is_some_and(|news| !news.has_ended()) {
            return;
        }
        let app = Rc::clone(self);
        // A browser without it asks from time to time, as all do.
        *self.news.borrow_mut() = News::listen(move || app.refresh_list()).ok();
    }

    /// Asks for one page and takes it in. Gives back whether there is more.
    async fn next_page(self: &Rc<Self>) -> bool {
        let (cursor, contact) = {
            let state = self.state.borrow();
            (state.cursor.clone(), self.contact(&state))
        };
        let (asked, list) = (dom::reading(), self.list.get());
        let result = network::roster(&RosterRequest { cursor, contact }).await;
        if self.list.get() != list {
            // The list that this belongs to was forgotten meanwhile.
            return false;
        }
        self.heard(!matches!(result, Err(Failure::Lost)));
        match result {
            Ok(page) => {
                self.measure(page.server_now, asked);
                self.signed_in();
                let has_more = page.has_more;
                self.apply(page);
                has_more
            }
            Err(Failure::SignedOut) => {
                self.signed_out(None);
                false
            }
            // The server writes what only a newer build reads: the list stands still until somebody loads it.
            Err(Failure::Unreadable) => {
                dom::show("new-build", true);
                false
            }
            // The next time.
            Err(Failure::Lost | Failure::Refused) => false,
        }
    }

    fn contact(&self, state: &State) -> Contact {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Contact {
            phone: view::phone(),
            waiting: count(state.outbox.count()),
            counts_all: self.is_alone && self.store.borrow().is_some(),
            refused: count(state.outbox.refused().count()),
            battery: self.battery.get(),
            checkpoint: state.place.as_ref().map(|place| place.id),
            offset_ms: state.clock.offset(),
        }
    }

    fn apply(self: &Rc<Self>, page: Page) {
        let (cursor, is_fresh, is_news) = (page.cursor.clone(), page.is_fresh, !page.is_empty());
        let listed_at = (!page.has_more).then_some(page.server_now);
        let bytes = is_news.then(|| page.encode());
        let anew = {
            let mut state = self.state.borrow_mut();
            state.cursor = Some(cursor.clone());
            state.listed_at = listed_at.or(state.listed_at);
            state.roster.apply(page);
            state.pages = if is_fresh { 1 } else { state.pages + usize::from(is_news) };
            (state.pages > PAGES_MAX).then(|| {
                let pages: Vec<Vec<u8>> = state.roster.pages(PAGE).iter().map(Page::encode).collect();
                state.pages = pages.len();
                pages
            })
        };
        if is_fresh {
            self.enter_own();
        }
        if let Some(at) = listed_at {
            self.note(Note::ListedAt, at.to_string());
        }
        let Some(bytes) = bytes else { return };
        self.keep(move |store| async move {
            match anew {
                Some(pages) => store.replace_pages(&pages, &cursor).await,
                None if is_fresh => store.replace_pages(&[bytes], &cursor).await,
                None => store.keep_page(&bytes, &cursor).await,
            }
        });
    }

    /// Whom this phone has let in or out and the server has not heard of is in or out, whatever list came since.
    pub(super) fn enter_own(&self) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let undone: Vec<(CheckpointId, ScanId, ScanId)> = state
            .outbox
            .facts()
            .filter_map(|kept| match &kept.fact {
                Fact::Undo(undo) => Some((kept.checkpoint, undo.id, undo.scan_id)),
                Fact::Scan(_) | Fact::Naming(_) | Fact::Reply(_) => None,
            })
            .collect();
        // The list may tell of scans whose undoing the server has not heard of. Whoever was let in again since is in.
        for (place, undo, scan) in &undone {
            if let Some(entrance) = state.places().iter().find(|known| known.id == *place).map(Checkpoint::entrance) {
                state.take_back(entrance, *undo, *scan);
            }
        }
        let Some(shift) = &state.shift else { return };
        let places = shift.checkpoints.as_slice();
        let mut facts: Vec<_> = state.outbox.numbered().collect();
        facts.sort_unstable_by_key(|(number, _)| *number);
        for (_, kept) in facts {
            let Fact::Scan(scan) = &kept.fact else { continue };
            let verdict = match scan.local_verdict {
                Some(VerdictKind::Exit) => Verdict::Exit,
                Some(kind) if kind.admits() => Verdict::Admit,
                Some(_) | None => continue,
            };
            let place = places.iter().find(|place| place.id == kept.checkpoint);
            let Some(place) = place.filter(|_| undone.iter().all(|(.., undone)| *undone != scan.scan_id)) else { continue };
            let signed = match judge(&scan.code, &shift.keys) {
                Judgement::Ask(signed) => signed,
                Judgement::IdentityCard | Judgement::Garbled | Judgement::NotATicket { .. } => None,
            };
            if let Some(ticket) = local::named(&state.roster, &scan.code, signed) {
                let (id, at) = (scan.scan_id, scan.device_at.timestamp_millis() + scan.offset_ms);
                let card = state.roster.card(ticket, &scan.code);
                state.inside.comes(ticket, card.and_then(|card| card.people));
                state.inside.count(id, ticket, (&mut state.roster, places), |roster| {
                    local::learn(roster, (place, places), ticket, id, &verdict, &shift.who, at);
                });
            }
        }
    }

    /// Asks who scans where, and how many have arrived.
    pub(super) fn refresh_shift(self: &Rc<Self>) {
        if dom::document().hidden() || !self.is_active.get() || self.is_leaving.get() {
            return;
        }
        let app = Rc::clone(self);
        spawn_local(async move {
            let (asked, list) = (dom::reading(), app.list.get());
            let knows_all = !app.state.borrow().outbox.has_waiting_scans();
            let result = network::shift().await;
            if app.list.get() != list {
                return;
            }
            app.heard(!matches!(result, Err(Failure::Lost)));
            match result {
                Ok(shift) => {
                    app.measure(shift.server_now.timestamp_millis(), asked);
                    app.take_shift(shift, knows_all);
                    app.signed_in();
                    app.write_shift();
                    app.listen();
                    app.follow();
                    app.offer_places();
                }
                Err(Failure::SignedOut) => app.signed_out(None),
                Err(Failure::Lost | Failure::Refused | Failure::Unreadable) => {}
            }
            app.draw();
        });
    }

    /// `knows_all`: nothing waited to be sent when the server was asked.
    fn take_shift(&self, mut shift: Shift, knows_all: bool) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        match &state.shift {
            Some(before) if !knows_all => inside::carry(&mut shift, before),
            _ => {
                let refused: Vec<ScanId> = state.outbox.refused().map(Fact::id).collect();
                state.inside.told(|fact| refused.contains(&fact));
            }
        }
        if state.shift.as_ref().and_then(Maker::of) != Maker::of(&shift) {
            state.history.end_shift();
        }
        state.shift = Some(shift);
    }

    /// Keeps who scans where, for a start without network.
    pub(super) fn write_shift(self: &Rc<Self>) {
        let text = self.state.borrow().shift.as_ref().and_then(|shift| serde_json::to_string(shift).ok());
        if let Some(text) = text {
            self.note(Note::Shift, text);
        }
    }

    /// Forgets the list and the shift with its last scans, on the phone too, and whatever is on its way for them. The queue stays.
    pub(super) fn forget_shift(self: &Rc<Self>) {
        self.forget_shift_here();
        self.keep(|store| async move { store.forget_shift().await });
    }

    /// Who uses the phone signs out: once the server has ended the session, who comes next finds nothing. Without a network
    /// the session goes on, and so does the phone.
    pub(super) async fn leave(self: &Rc<Self>, form: &HtmlFormElement) {
        self.is_leaving.set(true);
        let left = network::leave(&form.action()).await;
        if left == Err(Failure::Lost) {
            self.is_leaving.set(false);
            let _ = dom::window().alert_with_message(&self.setup.texts.sign_out_offline);
            return;
        }
        self.news.replace(None);
        self.forget_shift_here();
        if !self.has_forgotten().await {
            self.reopen().await;
            // What cannot be deleted now cannot be helped; the page is left all the same.
            self.has_forgotten().await;
        }
        match left {
            Ok(next) => {
                let _ = dom::window().location().assign(&next);
                // Whoever is asked whether to leave may stay.
                self.is_leaving.set(false);
            }
            // The browser shows what the server has to say.
            Err(_) => drop(form.submit()),
        }
    }

    /// Deletes what is kept of the shift, and tells whether that was possible.
    async fn has_forgotten(&self) -> bool {
        let store = self.store.borrow().clone();
        match store {
            Some(store) => store.forget_shift().await.is_ok(),
            None => true,
        }
    }

    fn forget_shift_here(&self) {
        self.list.set(self.list.get().wrapping_add(1));
        let mut state = self.state.borrow_mut();
        state.roster = Roster::default();
        (state.cursor, state.listed_at, state.pages) = (None, None, 0);
        state.history.erase();
    }
}
