//! The list of tickets that phones hold, in pages: all of it once, then what is new.

mod cards;
mod cursor;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    access::{self, Action, Actor},
    checkin::roster::{BadgeHash, Entered, EnteredBy, Entry, Page, ShortHash, TicketHash, place_of},
    text::is_guest_name,
};

pub use cards::Cards;
use cursor::{Cursor, Part, Round};
use store::News;

use crate::{Context, Error, edition};

/// The most rows of one page: some 200 KB, which a phone with a weak network still gets whole.
const PAGE: usize = 2_000;

/// The next page after this cursor; the first of all without one, or with one of another edition or another store.
///
/// Stopped tickets come first, voided spare ones among them, so that a phone that has only begun to load lets nobody in with
/// one. Spare tickets that nobody has used are in the list like others, by their number for a name. A row may come twice,
/// and none is passed over: the cursor names the oldest transaction that was open when the last round began, and every
/// row that a transaction from there on has touched comes again.
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

/// Reads on from part to part until the page is full or the round is over.
async fn fill(cx: &Context, year: u16, cursor: Cursor, news: News, is_fresh: bool) -> Result<Page, Error> {
    let Cursor { edition, since, .. } = cursor;
    let mut page = Page { server_now: cx.now().timestamp_millis(), is_fresh, ..Page::default() };
    let mut round = cursor.round;
    let mut room = PAGE;
    while let Some(Round { base, part, after }) = round {
        if room == 0 {
            break;
        }
        let last = match part {
            Part::Stopped | Part::Others | Part::Voided | Part::Spare => {
                let rows = if matches!(part, Part::Stopped | Part::Others) {
                    store::tickets(&cx.pool, edition, news, part == Part::Stopped, after.ticket, room).await?
                } else {
                    store::spares(&cx.pool, edition, news, part == Part::Voided, after.ticket, room).await?
                };
                room -= rows.len();
                let last = rows.last().map(|row| cursor::Place { ticket: row.id, ..cursor::Place::default() });
                enlist(cx, year, &mut page, rows).await?;
                last
            }
            Part::Gone => {
                // Few, and told whole.
                if !is_fresh && since > 0 {
                    page.gone = store::gone(&cx.pool, edition, news).await?.into_iter().map(TicketHash::of).collect();
                }
                None
            }
            Part::Entered => {
                let rows = store::entered(&cx.pool, edition, news, after, room).await?;
                room -= rows.len();
                let last = rows.last().map(|row| cursor::Place { ticket: row.ticket.0.cast_signed(), entrance: row.entrance.0 });
                page.entered.extend(rows.into_iter().map(|row| Entered {
                    ticket: TicketHash::of(row.ticket),
                    entrance: row.entrance,
                    by: row.by.map(|(scan_id, checkpoint, device, at)| EnteredBy {
                        scan_id,
                        checkpoint,
                        device,
                        at: at.timestamp_millis(),
                        left: row.left_at.map(|left| left.timestamp_millis()),
                    }),
                }));
                last
            }
        };
        round = match last {
            Some(last) if room == 0 => Some(Round { base, part, after: last }),
            _ => part.next().map(|part| Round { base, part, after: cursor::Place::default() }),
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

/// Puts tickets into the page, each with its card sealed.
async fn enlist(cx: &Context, year: u16, page: &mut Page, rows: Vec<store::TicketRow>) -> Result<(), Error> {
    let cards = cx.cards.sealed(cx.ticket_signer(year), year, &rows).await?;
    for (row, card) in rows.into_iter().zip(cards) {
        let full = || Error::Internal("a page names more than it can".into());
        let audience = place_of(&mut page.audiences, row.audience.clone()).ok_or_else(full)?;
        let seats = row.seats.iter().map(|session| place_of(&mut page.sessions, *session)).collect::<Option<_>>().ok_or_else(full)?;
        page.entries.push(Entry {
            ticket: TicketHash::of(row.ticket()),
            short: ShortHash::of(&row.short_code),
            badge: row.badge.map(BadgeHash::of_digest),
            audience,
            reissue: row.reissue,
            standing: row.standing,
            merged_into: row.merged_into,
            seats,
            is_nameless: row.is_spare && is_guest_name(&row.name),
            card,
        });
    }
    Ok(())
}
