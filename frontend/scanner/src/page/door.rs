//! What stands under the name of a room: the session behind its door, and how full it is.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Checkpoint, Door},
    time,
};

use super::{
    App, State, dom,
    view::{grouped, is_online},
};

impl App {
    /// Writes what there is to say of the door that is scanned at, if it is one.
    pub(super) fn draw_door(&self, state: &State, now: DateTime<Utc>) {
        let door = state.place.as_ref().and_then(|place| Some((place, place.door.as_ref()?)));
        dom::show("door", door.is_some());
        if let Some((place, door)) = door {
            dom::write("door-session", door.session.title(self.setup.locale));
            dom::write("door-state", &self.door_state(state, place, door, now));
        }
    }

    /// When the session behind a door is, how full it is, and whether people come early or late.
    pub(super) fn door_state(&self, state: &State, place: &Checkpoint, door: &Door, now: DateTime<Utc>) -> String {
        let (locale, texts) = (self.setup.locale, &self.setup.texts);
        let mut parts = vec![format!("{}–{}", time::clock(door.session.starts_at), time::clock(door.session.ends_at))];
        if let Some(shift) = &state.shift
            && let Some(told) = shift.counts.iter().find(|count| count.id == place.id).and_then(|count| count.inside)
        {
            let inside = state.inside.now(place.id, told);
            let text = match (door.size, is_online(state) && !state.outbox.has_waiting_scans()) {
                (Some(_), true) => &texts.inside_of,
                (Some(_), false) => &texts.inside_of_known,
                (None, true) => &texts.inside,
                (None, false) => &texts.inside_known,
            };
            let size = door.size.map(i64::from);
            let size_text = size.map(|size| grouped(locale, size)).unwrap_or_default();
            let text = text.replace("{count}", &grouped(locale, inside)).replace("{size}", &size_text);
            parts.push(text.replace("{time}", &time::clock(shift.server_now)));
            if size.is_some_and(|size| inside >= size) {
                parts.push(texts.door_full.clone());
            }
        }
        let late = (now - door.session.starts_at).num_minutes();
        if let Some(opens) = place.opens_at.filter(|opens| now < *opens) {
            parts.push(texts.door_opens.replace("{time}", &time::clock(opens)));
        } else if late > 0 && now < door.session.ends_at {
            parts.push(texts.door_late.replace("{minutes}", &late.to_string()));
        }
        parts.join(" · ")
    }
}
