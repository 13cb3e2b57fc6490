//! Calendar files (RFC 5545): the day, a session, a ticket. Instants are in UTC; phones show them in their own zone.

use app::i18n;
use axum::response::Response;
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::text::Locale;
use http::{HeaderValue, header};
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};
use services::{
    edition::Edition,
    programme::{Programme, SessionPage, SessionRow},
    registration::TicketPage,
};

use crate::http::answer::{file, with};

/// Sends a calendar as a file.
#[must_use]
pub fn answer(calendar: &str) -> Response {
    let response = file("text/calendar; charset=utf-8", calendar.to_owned());
    with(response, header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"ngay-chuyen-doi-so.ics\""))
}

/// The whole day: one entry for the day itself, which keeps nobody busy, and one for every session.
#[must_use]
pub fn of_programme(programme: &Programme, link: impl Fn(&str) -> String, locale: Locale, now: DateTime<Utc>) -> String {
    let edition = &programme.edition;
    let mut calendar = calendar(edition, locale);
    let mut day = whole_days(edition, &format!("day@{}", edition.code), edition.starts_on, edition.ends_on, locale, now);
    day.add_property("TRANSP", "TRANSPARENT");
    calendar.push(day.done());
    for row in &programme.sessions {
        calendar.push(session(edition, row, None, &link(&row.code), locale, now));
    }
    calendar.to_string()
}

/// One session.
#[must_use]
pub fn of_session(page: &SessionPage, link: &str, locale: Locale, now: DateTime<Utc>) -> String {
    let mut calendar = calendar(&page.edition, locale);
    let summary = page.summary.get(locale);
    calendar.push(session(&page.edition, &page.row, Some(summary).filter(|text| !text.is_empty()), link, locale, now));
    calendar.to_string()
}

/// The main day as a ticket's holder enters it: with the gate, its hour, and the way back to the ticket.
#[must_use]
pub fn of_ticket(ticket: &TicketPage, link: &str, locale: Locale, now: DateTime<Utc>) -> String {
    let edition = &ticket.edition;
    let mut calendar = calendar(edition, locale);
    let uid = format!("{}@{}", ticket.registration_id, edition.code);
    let mut event = whole_days(edition, &uid, edition.peak_on, edition.peak_on, locale, now);
    let gate = ticket.gate.as_ref().map(|(name, opens_at)| match opens_at {
        Some(at) => format!("{}: {}\n", name.get(locale), i18n::time(*at)),
        None => format!("{}\n", name.get(locale)),
    });
    event.description(&format!("{}{link}", gate.unwrap_or_default())).url(link);
    calendar.push(event.done());
    calendar.to_string()
}

fn calendar(edition: &Edition, locale: Locale) -> Calendar {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//ngay-cds//VI"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.name(edition.name.get(locale));
    calendar
}

fn whole_days(edition: &Edition, uid: &str, first: NaiveDate, last: NaiveDate, locale: Locale, now: DateTime<Utc>) -> Event {
    let mut event = Event::new();
    // The end of whole days is the first day after them.
    let end = last.checked_add_days(Days::new(1)).unwrap_or(last);
    event.uid(uid).timestamp(now).summary(edition.name.get(locale)).location(edition.place.get(locale)).starts(first).ends(end);
    event
}

fn session(edition: &Edition, row: &SessionRow, summary: Option<&str>, link: &str, locale: Locale, now: DateTime<Utc>) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@{}", row.code, edition.code))
        .timestamp(now)
        .summary(row.title.get(locale))
        .location(&format!("{}, {}", row.room.get(locale), row.venue.get(locale)))
        .description(&summary.map_or_else(|| link.to_owned(), |summary| format!("{summary}\n\n{link}")))
        .url(link)
        .starts(row.starts_at)
        .ends(row.ends_at);
    event.done()
}
