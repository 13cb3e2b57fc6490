//! The list of tickets that phones hold, in pages: all of it once, then what is new.

mod cards;
mod cursor;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    access::{self, Action, Actor},
    checkin::roster::{BadgeHash, Class, Entry, Page, ShortHash, TicketHash, place_of},
    ids::EditionId,
    text::is_guest_name,
};

pub use cards::Cards;
use cursor::{Cursor, Round, RowKey, Section};
use store::{Admitted, EnteredRow, News, TicketRow};

use crate::{Context, Error, edition};

/// The most rows of one page, tickets and admissions: some 200 KB, which a phone with a weak network still gets whole.
const PAGE: usize = 2_000;

/// The next page after this cursor; the first of all without one, or with one of another edition or another store.
///
/// Stopped tickets come first, voided spare ones among them, so that a phone that has only begun to load lets nobody in with
/// one. Spare tickets that nobody has used are in the list like others, by their number for a name. With a ticket come all of its
/// admissions, whenever they were made; of the others those that are new. A row may come twice, and none is passed over: the
/// cursor names the oldest transaction that was open when the last round began, and every row that a transaction from there on
/// has touched comes again.
///
/// # Errors
/// The policy's for [`domain::access::Action::Scan`]; [`Error::NotFound`] before any import; [`Error::Unavailable`].
pub async fn page(cx: &Context, actor: &Actor, cursor: Option<&str>) -> Result<Page, Error> {
    access::authorise(actor, Action::Scan)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let transactions = store::transactions(&cx.pool).await?;
    let first = Cursor::first(edition.id, transactions.store);
    let is_of_these =
        |cursor: &Cursor| (cursor.edition, cursor.store) == (first.edition, first.store) && cursor.reaches() <= transactions.next;
    let known = cursor.and_then(Cursor::read).filter(is_of_these);
    let is_fresh = known.is_none();
    let cursor = known.unwrap_or(first);
    let round = cursor.round.unwrap_or_else(|| Round::beginning(transactions.oldest_open));
    let news = News::new(cursor.since, transactions.next);
    fill(cx, edition.year, Cursor { round: Some(round), ..cursor }, news, is_fresh).await
}

/// Reads on from section to section until the page is full or the round is over.
async fn fill(cx: &Context, year: u16, cursor: Cursor, news: News, is_fresh: bool) -> Result<Page, Error> {
    let Cursor { edition, since, .. } = cursor;
    let mut page = Page { server_now: cx.now().timestamp_millis(), is_fresh, ..Page::default() };
    let mut round = cursor.round;
    let mut room = PAGE;
    while let Some(Round { base, section, after }) = round {
        if room == 0 {
            break;
        }
        let last = match section {
            Section::Stopped | Section::Others | Section::Voided | Section::Spare => {
                let rows = if matches!(section, Section::Stopped | Section::Others) {
                    store::tickets(&cx.pool, edition, news, section == Section::Stopped, after.ticket, room).await?
                } else {
                    store::spares(&cx.pool, edition, news, section == Section::Voided, after.ticket, room).await?
                };
                let (rows, used) = with_admissions(cx, edition, rows, room).await?;
                room = room.saturating_sub(used);
                let last = rows.last().map(|(row, _)| RowKey { ticket: row.id, ..RowKey::default() });
                enlist(cx, year, &mut page, rows).await?;
                last
            }
            Section::Gone => {
                // Few, and told whole.
                if since > 0 {
                    page.gone = store::gone(&cx.pool, edition, news).await?.into_iter().map(TicketHash::of).collect();
                }
                None
            }
            // In the first round they came with their tickets, and nothing is there to be forgotten.
            Section::Entered if since == 0 => None,
            Section::Entered => {
                let rows = store::entered(&cx.pool, edition, Admitted::Lately { news, after, most: room }).await?;
                room -= rows.len();
                let last = rows.last().map(|row| RowKey { ticket: row.ticket.0.cast_signed(), entrance: row.entrance.0 });
                for EnteredRow { ticket, entrance, by } in rows {
                    let ticket = TicketHash::of(ticket);
                    match by {
                        Some(by) => {
                            let entered = page.shorten(entrance, by).ok_or_else(full)?;
                            page.entered.push((ticket, entered));
                        }
                        None => page.undone.push((ticket, entrance)),
                    }
                }
                last
            }
        };
        round = match last {
            Some(last) if room == 0 => Some(Round { base, section, after: last }),
            _ => section.next().map(|section| Round { base, section, after: RowKey::default() }),
        };
        if round.is_none() {
            page.cursor = Cursor { since: base, round: None, ..cursor }.written();
            return Ok(page);
        }
    }
    page.has_more = true;
    page.cursor = Cursor { round, ..cursor }.written();
    Ok(page)
}

/// The tickets with all of their admissions, as many as fit into the room, and how much of it they use: all, where one is left out.
async fn with_admissions(
    cx: &Context,
    edition: EditionId,
    mut rows: Vec<TicketRow>,
    room: usize,
) -> Result<(Vec<(TicketRow, Vec<EnteredRow>)>, usize), Error> {
    if rows.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let admitted = store::entered(&cx.pool, edition, Admitted::Tickets(&ids)).await?;
    let mut inside = admitted.into_iter().peekable();
    let of = |row: &TicketRow| std::iter::from_fn(|| inside.next_if(|admission| admission.ticket == row.ticket())).collect();
    let entered: Vec<Vec<_>> = rows.iter().map(of).collect();
    let (fitting, used) = fitting(entered.iter().map(Vec::len), room);
    rows.truncate(fitting);
    Ok((rows.into_iter().zip(entered).collect(), used))
}

/// How many tickets with so many admissions fit into the room, and how much of it they use: all, where one is left out. One ticket
/// always fits, or no page would follow.
fn fitting(admissions: impl IntoIterator<Item = usize>, room: usize) -> (usize, usize) {
    let (mut tickets, mut used) = (0, 0);
    for admissions in admissions {
        if tickets > 0 && used + 1 + admissions > room {
            return (tickets, room);
        }
        tickets += 1;
        used += 1 + admissions;
    }
    (tickets, used)
}

/// Puts tickets into the page, each with its card sealed and its admissions.
async fn enlist(cx: &Context, year: u16, page: &mut Page, rows: Vec<(TicketRow, Vec<EnteredRow>)>) -> Result<(), Error> {
    let (rows, admissions): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let cards = cx.cards.sealed(cx.ticket_signer(year), year, &rows).await?;
    for ((row, admissions), card) in rows.into_iter().zip(admissions).zip(cards) {
        let ticket = TicketHash::of(row.ticket());
        let class = Class {
            audience: row.audience,
            reissue: row.reissue,
            standing: row.standing,
            is_nameless: row.is_spare && is_guest_name(&row.name),
        };
        let shortened = admissions.into_iter().filter_map(|EnteredRow { entrance, by, .. }| Some((entrance, by?)));
        let entered = shortened.map(|(entrance, by)| page.shorten(entrance, by).ok_or_else(full)).collect::<Result<_, _>>()?;
        let entry = Entry {
            ticket,
            short: ShortHash::of(&row.short_code),
            badge: row.badge.map(BadgeHash::of_digest),
            class: place_of(&mut page.classes, class).ok_or_else(full)?,
            merged_into: row.merged_into,
            seats: row.seats.iter().map(|session| place_of(&mut page.sessions, *session).ok_or_else(full)).collect::<Result<_, _>>()?,
            entered,
            card,
        };
        page.entries.push(entry);
    }
    Ok(())
}

fn full() -> Error {
    Error::Internal("a page names more than it can".into())
}
