//! The roster that the phone holds: the list of tickets, asked for again and again, and kept.

use std::rc::Rc;

use domain::{
    checkin::{
        Checkpoint, Contact, RosterRequest, Verdict, VerdictKind,
        roster::{Page, Roster},
    },
    ids::{CheckpointId, ScanId},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    App, State, dom,
    network::{self, Failure, News},
    store::{Loaded, Note},
    view,
};
use crate::flow::{Fact, Judgement, judge, local};

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
    pub(super) fn refresh_roster(self: &Rc<Self>) {
        if !self.is_active.get() || self.is_leaving.get() || self.is_listing.replace(true) {
            return;
        }
        let app = Rc::clone(self);
        spawn_local(async move {
            while app.is_active.get() && app.next_page().await {}
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
        *self.news.borrow_mut() = News::listen(move || app.refresh_roster()).ok();
    }

    /// Asks for one page and takes it in. Gives back whether there is more.
    async fn next_page(self: &Rc<Self>) -> bool {
        let (cursor, contact) = {
            let state = self.state.borrow();
            (state.cursor.clone(), self.contact(&state))
        };
        let (asked, forgettings) = (dom::reading(), self.forgettings.get());
        let result = network::roster(&RosterRequest { cursor, contact }).await;
        if self.forgettings.get() != forgettings {
            // The list that this belongs to was forgotten meanwhile.
            return false;
        }
        self.heard(!matches!(result, Err(Failure::Lost)));
        match result {
            Ok(page) => {
                self.measure(page.server_now, asked);
                self.heard_as_signed_in();
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
            counts_all: self.is_alone && self.is_active.get() && self.store.borrow().is_some(),
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
}
