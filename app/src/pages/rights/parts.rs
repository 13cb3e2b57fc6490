//! What is kept about a person, as parts with labels and values: the page and the file that can be saved show the same.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use domain::text::Locale;
use services::privacy::{HistoryEntry, Leader, Message, Mine, Person};

use crate::i18n::{self, rights::Rights};

/// A heading and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub title: &'static str,
    pub items: Vec<Item>,
}

/// A label and its value. Texts that people wrote stand in values only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    pub value: String,
}

fn item(label: impl Into<String>, value: impl Into<String>) -> Item {
    Item { label: label.into(), value: value.into() }
}

fn moment(at: DateTime<Utc>, locale: Locale) -> String {
    i18n::date_time(locale, at)
}

/// Everything, in the order in which it is shown.
pub fn parts(mine: &Mine, locale: Locale) -> Vec<Part> {
    let t = &i18n::t(locale).rights;
    let parts = [
        (t.part.person, person(mine, locale)),
        (t.part.answers, answers(mine, locale)),
        (t.part.sessions, sessions(mine, locale)),
        (t.part.consents, consents(mine, locale)),
        (t.part.messages, messages(&mine.messages, locale)),
        (t.part.scans, scans(mine, locale)),
        (t.part.badges, mine.badges.iter().map(|at| item(moment(*at, locale), t.badge_printed)).collect()),
        (t.part.raffles, raffles(mine, locale)),
        (t.part.requests, requests(mine, locale)),
        (t.part.history, history(&mine.history, locale)),
    ];
    parts.into_iter().map(|(title, items)| Part { title, items }).collect()
}

/// Everything about a leader, in the order in which it is shown.
pub fn of_leader(leader: &Leader, locale: Locale) -> Vec<Part> {
    let t = &i18n::t(locale).rights;
    let parts = [
        (t.part.person, leading(leader, locale)),
        (t.part.messages, messages(&leader.messages, locale)),
        (t.part.history, history(&leader.history, locale)),
    ];
    parts.into_iter().map(|(title, items)| Part { title, items }).collect()
}

/// The same as a text file, by the name of the event.
pub fn readable(event: &str, parts: Vec<Part>, locale: Locale) -> String {
    let t = &i18n::t(locale).rights;
    let mut text = format!("{}\n{event}\n", t.kept);
    for part in parts {
        let _ = write!(text, "\n{}\n", part.title);
        if part.items.is_empty() {
            let _ = writeln!(text, "  {}", t.nothing);
        }
        for Item { label, value } in part.items {
            let _ = writeln!(text, "  {label}: {}", value.replace('\n', "\n    "));
        }
    }
    text
}

fn person(mine: &Mine, locale: Locale) -> Vec<Item> {
    let Person { audience, status, people, locale: language, .. } = &mine.person;
    let t: &Rights = &i18n::t(locale).rights;
    let label = &t.label;
    let at = |at: Option<DateTime<Utc>>| at.map(|at| moment(at, locale));
    let phone = mine.person.phone.as_deref().map(i18n::phone);
    let written = mine.person.clone();
    [
        (label.full_name, Some(written.full_name)),
        (label.phone, phone),
        (label.email, written.email),
        (label.commune, written.commune),
        (label.organisation, written.organisation),
        (label.tax_code, written.tax_code),
        (label.job_title, written.job_title),
        (label.event, Some(mine.event.get(locale).to_owned())),
        (label.audience, Some(audience.get(locale).to_owned())),
        (label.status, Some((t.status)(*status).to_owned())),
        (label.people, (*people > 1).then(|| people.to_string())),
        (label.language, Some(named(*language).to_owned())),
        (label.attention, written.attention),
        (label.channel, Some((t.channel)(&written.channel).to_owned())),
        (label.external_ref, written.external_ref),
        (label.decision_message, written.decision_message),
        (label.short_code, written.short_code.map(|code| code.shown())),
        (label.registered, Some(moment(written.registered_at, locale))),
        (label.changed, at(written.changed_at)),
        (label.opened, at(written.opened_at)),
        (label.ended, at(written.ended_at)),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some(item(label, value?)))
    .collect()
}

fn named(language: Locale) -> &'static str {
    language.pick("Tiếng Việt", "English")
}

fn leading(leader: &Leader, locale: Locale) -> Vec<Item> {
    let label = &i18n::t(locale).rights.label;
    let written = leader.clone();
    [
        (label.full_name, Some(written.full_name)),
        (label.phone, written.phone.as_deref().map(i18n::phone)),
        (label.email, written.email),
        (label.commune, written.commune),
        (label.organisation, Some(written.organisation)),
        (label.tax_code, written.tax_code),
        (label.event, Some(leader.event.get(locale).to_owned())),
        (label.language, Some(named(leader.locale).to_owned())),
        (label.registered, Some(moment(leader.registered_at, locale))),
        (label.ended, leader.left_at.map(|at| moment(at, locale))),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some(item(label, value?)))
    .collect()
}

fn answers(mine: &Mine, locale: Locale) -> Vec<Item> {
    mine.answers.iter().map(|answer| item(answer.question.get(locale), answer.text(locale))).collect()
}

fn sessions(mine: &Mine, locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).rights;
    let seats = mine.sessions.iter().map(|seat| item(seat.session.get(locale), (t.state)(&seat.state)));
    let waiting = mine.waiting.iter().map(|entry| {
        let what = entry.session.as_ref().map_or(t.day_queue, |session| session.get(locale));
        item(what, format!("{}, {}", (t.state)(&entry.state), moment(entry.joined_at, locale)))
    });
    seats.chain(waiting).collect()
}

fn consents(mine: &Mine, locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).rights;
    mine.consents
        .iter()
        .map(|consent| {
            let words = consent.words.map_or_else(|| consent.text_sha256.clone(), |words| format!("“{words}”"));
            let decided = (t.decided)(consent.given, (t.channel)(&consent.channel), &consent.notice_version);
            item(moment(consent.at, locale), format!("{decided}: {words}"))
        })
        .collect()
}

fn messages(messages: &[Message], locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).rights;
    messages
        .iter()
        .map(|message| {
            let what = (t.message)(message.kind);
            item(moment(message.written_at, locale), format!("{what}, {}, {}", (t.channel)(&message.channel), (t.state)(&message.state)))
        })
        .collect()
}

fn scans(mine: &Mine, locale: Locale) -> Vec<Item> {
    let (t, gate) = (&i18n::t(locale).rights, &i18n::t(locale).gate);
    mine.scans
        .iter()
        .map(|scan| {
            let by_hand = scan.by_hand.map(|reason| (gate.reason_of)(reason).to_owned());
            let told = [Some((t.verdict)(&scan.verdict).to_owned()), by_hand, scan.note.clone()].into_iter().flatten().collect::<Vec<_>>();
            item(moment(scan.at, locale), format!("{}: {}", scan.checkpoint.get(locale), told.join("; ")))
        })
        .collect()
}

fn raffles(mine: &Mine, locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).raffles;
    mine.raffles
        .iter()
        .map(|entry| {
            let came = match (entry.place.map(|place| i18n::number(locale, place)), entry.has_won) {
                (Some(place), Some(true)) => (t.i_won)(&place),
                (Some(place), _) => (t.i_did_not_win)(&place),
                (None, _) => t.i_take_part.to_owned(),
            };
            let at = moment(entry.drawn_at.unwrap_or(entry.frozen_at), locale);
            item(at, format!("{}: {came}; {}: {}", entry.raffle.get(locale), t.entrant, entry.entrant))
        })
        .collect()
}

fn requests(mine: &Mine, locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).rights;
    mine.requests
        .iter()
        .map(|request| {
            let told = [request.detail.as_str(), request.outcome.as_str()].into_iter().filter(|text| !text.is_empty());
            let what = [(t.right)(request.right), (t.request_state)(request.state)].into_iter().chain(told).collect::<Vec<_>>();
            item(moment(request.asked_at, locale), what.join("; "))
        })
        .collect()
}

fn history(history: &[HistoryEntry], locale: Locale) -> Vec<Item> {
    let t = &i18n::t(locale).rights;
    history.iter().map(|entry| item(moment(entry.at, locale), format!("{}: {}", (t.action)(&entry.action), (t.by)(&entry.by)))).collect()
}
