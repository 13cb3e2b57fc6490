//! Which group somebody registers for, and whether its door is open.

use chrono::{DateTime, Utc};
use domain::{
    form::{Problem, Values},
    registration::field,
};
use leptos::prelude::*;
use services::registration::{AudienceChoice, Invited};

use super::form::INVITATION;
use crate::{
    forms::ENTRY,
    i18n, prefs,
    request::RequestCx,
    routes::{Page, escape},
};

/// Query name of the chosen audience, the same in both languages.
pub(in crate::pages) const AUDIENCE: &str = "doi-tuong";

/// Whether a seat can be had now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Door {
    /// So many seats; `None` without limit.
    Open(Option<i32>),
    NotYet(DateTime<Utc>),
    Closed(DateTime<Utc>),
    Full,
    /// All seats are taken, or others wait; so many people wait already.
    Queue(i32),
}

impl Door {
    pub(in crate::pages) fn of(audience: &AudienceChoice, now: DateTime<Utc>) -> Self {
        let window = audience.window;
        match (window.check(now), window.opens_at, window.closes_at) {
            (Err(Problem::NotOpenYet), Some(opens), _) => Self::NotYet(opens),
            (Err(_), _, Some(closes)) => Self::Closed(closes),
            _ if audience.invited == Some(Invited::PastAFullHouse) => Self::Open(None),
            _ if audience.left.is_none_or(|left| left > 0) && audience.waiting == 0 => Self::Open(audience.left),
            _ if audience.has_waiting_list => Self::Queue(audience.waiting),
            _ => Self::Full,
        }
    }

    pub(in crate::pages) fn is_open(self) -> bool {
        matches!(self, Self::Open(_))
    }
}

/// The audience that was posted, else the one in the address, else the first whose door is open, else the first.
pub(in crate::pages) fn chosen<'a>(
    audiences: &'a [AudienceChoice],
    posted: &Values,
    asked: Option<&str>,
    now: DateTime<Utc>,
) -> Option<&'a AudienceChoice> {
    let posted = posted.get(field::AUDIENCE);
    audiences
        .iter()
        .find(|audience| audience.id.to_string() == posted)
        .or_else(|| audiences.iter().find(|audience| Some(audience.code.as_str()) == asked))
        .or_else(|| audiences.iter().find(|audience| audience.invited.is_some()))
        .or_else(|| audiences.iter().find(|audience| Door::of(audience, now).is_open()))
        .or_else(|| audiences.first())
}

/// The groups as links, each with its seats or why there are none. A full group cannot be chosen.
///
/// Where the form has been `written` in, they post it to be shown again for another group: nothing typed is lost.
pub(in crate::pages) fn chips(cx: &RequestCx, audiences: &[AudienceChoice], chosen: &AudienceChoice, written: bool) -> AnyView {
    chips_to(cx, audiences, chosen, written, |audience| address(cx, audience))
}

/// As [`chips`], on another form, with the address of that for each group.
pub(in crate::pages) fn chips_to(
    cx: &RequestCx,
    audiences: &[AudienceChoice],
    chosen: &AudienceChoice,
    written: bool,
    address: impl Fn(&AudienceChoice) -> String,
) -> AnyView {
    let locale = cx.locale();
    let chips = audiences
        .iter()
        .map(|audience| {
            let door = Door::of(audience, cx.now);
            let current = audience.id == chosen.id;
            let text = view! {
                <strong>{audience.name.get(locale).to_owned()}</strong>
                {note(cx, door).map(|note| view! { <span>{note}</span> })}
            };
            if door == Door::Full && !current {
                view! { <li><span class="off">{text}</span></li> }.into_any()
            } else {
                let href = address(audience);
                let current = current.then_some("true");
                if written {
                    // What is typed goes along: the button tells the form who is meant now.
                    view! {
                        <li>
                            <button
                                type="submit"
                                form=ENTRY
                                formaction=prefs::at(&href)
                                formmethod="post"
                                formnovalidate
                                name=field::AUDIENCE
                                value=audience.id.to_string()
                                aria-current=current
                            >
                                {text}
                            </button>
                        </li>
                    }
                    .into_any()
                } else {
                    view! { <li><a href=href aria-current=current>{text}</a></li> }.into_any()
                }
            }
        })
        .collect_view();
    view! { <nav class="chips audiences" aria-labelledby=field::AUDIENCE><ul>{chips}</ul></nav> }.into_any()
}

/// The form's address for this audience.
pub(in crate::pages) fn address(cx: &RequestCx, audience: &AudienceChoice) -> String {
    let address = format!("{}?{AUDIENCE}={}", Page::Register.path(cx.locale()), escape(&audience.code));
    // Whoever was invited stays so among the groups.
    match cx.query_value(INVITATION) {
        Some(code) => format!("{address}&{INVITATION}={}", escape(&code)),
        None => address,
    }
}

fn note(cx: &RequestCx, door: Door) -> Option<String> {
    let locale = cx.locale();
    let t = &cx.texts().registration;
    let day = |at| i18n::date_short(locale, domain::time::local_date(at));
    match door {
        Door::Open(left) => left.map(|left| (t.seats_left)(&i18n::number(locale, left))),
        Door::NotYet(at) => Some((t.opens)(&day(at))),
        Door::Closed(at) => Some((t.closed)(&day(at))),
        Door::Full => Some(t.full.to_owned()),
        Door::Queue(_) => Some(t.queue.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};
    use domain::{
        ids::AudienceId,
        registration::{AudienceKind, Window},
        text::Bilingual,
    };
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2027, 9, 1, 0, 0, 0).unwrap()
    }

    fn audience(number: u128, code: &str, left: Option<i32>, window: Window) -> AudienceChoice {
        AudienceChoice {
            id: AudienceId(Uuid::from_u128(number)),
            code: code.into(),
            kind: AudienceKind::Citizen,
            name: Bilingual::default(),
            window,
            left,
            waiting: 0,
            needs_approval: false,
            has_waiting_list: false,
            invited: None,
        }
    }

    #[test]
    fn a_door_says_first_when_it_opens_then_whether_there_are_seats() {
        let hour = TimeDelta::hours(1);
        let door = |opens_at, closes_at, left| Door::of(&audience(1, "a", left, Window { opens_at, closes_at }), now());
        assert_eq!(door(None, None, None), Door::Open(None));
        assert_eq!(door(Some(now()), Some(now() + hour), Some(3)), Door::Open(Some(3)));
        assert_eq!(door(Some(now() + hour), None, Some(0)), Door::NotYet(now() + hour));
        assert_eq!(door(None, Some(now()), Some(3)), Door::Closed(now()));
        assert_eq!(door(None, None, Some(0)), Door::Full);
        let full = AudienceChoice { has_waiting_list: true, ..audience(1, "a", Some(0), Window::default()) };
        assert_eq!(Door::of(&full, now()), Door::Queue(0));
        let queued = AudienceChoice { left: Some(2), waiting: 3, ..full.clone() };
        assert_eq!(Door::of(&queued, now()), Door::Queue(3), "a free seat is for those who wait");
        assert_eq!(Door::of(&AudienceChoice { invited: Some(Invited::PastAFullHouse), ..full }, now()), Door::Open(None));
    }

    #[test]
    fn what_was_posted_is_chosen_before_what_the_address_asks() {
        let open = Window::default();
        let audiences = [audience(1, "full", Some(0), open), audience(2, "open", Some(5), open), audience(3, "other", None, open)];
        let code = |posted: &Values, asked| chosen(&audiences, posted, asked, now()).map(|audience| audience.code.as_str());
        let posted = Values(vec![(field::AUDIENCE.to_owned(), Uuid::from_u128(3).to_string())]);
        assert_eq!(code(&posted, Some("full")), Some("other"));
        assert_eq!(code(&Values::default(), Some("full")), Some("full"));
        assert_eq!(code(&Values::default(), Some("nobody")), Some("open"));
        assert_eq!(code(&Values::default(), None), Some("open"));
        assert_eq!(chosen(&[], &posted, None, now()), None);
    }
}
