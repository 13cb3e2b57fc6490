//! Who scans where: asked for again and again, kept, and forgotten at the sign-out with the roster.

use std::rc::Rc;

use domain::{
    checkin::{Shift, roster::Roster},
    ids::ScanId,
};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlFormElement;

use super::{
    App, dom,
    history::Maker,
    network::{self, Failure},
    store::Note,
};
use crate::flow::{Fact, inside};

impl App {
    /// Asks who scans where, and how many have arrived.
    pub(super) fn refresh_shift(self: &Rc<Self>) {
        if dom::document().hidden() || !self.is_active.get() || self.is_leaving.get() {
            return;
        }
        let app = Rc::clone(self);
        spawn_local(async move {
            let (asked, forgettings) = (dom::reading(), app.forgettings.get());
            let knows_all = !app.state.borrow().outbox.has_waiting_scans();
            let result = network::shift().await;
            if app.forgettings.get() != forgettings {
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
        self.forgettings.set(self.forgettings.get().wrapping_add(1));
        let mut state = self.state.borrow_mut();
        state.roster = Roster::default();
        (state.cursor, state.listed_at, state.pages) = (None, None, 0);
        state.history.erase();
    }
}
