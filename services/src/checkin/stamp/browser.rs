//! The tickets that a browser keeps: whoever has opened the page of a ticket stamps it at the next booth with one tap.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{checkin::Verdict, ids::CheckpointId, text, ticket::ShortCode, time};
use sha2::{Digest as _, Sha256};

use super::{Booth, Stamped, booth, record, store};
use crate::{Context, Error, checkin::proof, store::inconsistent};

const PURPOSE: &str = "stamp";

/// The most tickets that a browser offers at a booth: a family.
pub const KEPT_MOST: usize = 6;

/// What a browser keeps of a ticket. It stamps the ticket at booths and shows its masked name there, and opens nothing else: no
/// page of the ticket, no gate.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl Token {
    /// How forms and cookies tell one token from another: its last characters.
    #[must_use]
    pub fn handle(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(8)..).unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A ticket that a browser keeps, before a booth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTicket {
    /// [`Token::handle`].
    pub handle: String,
    /// [`domain::text::mask`] of the name.
    pub masked_name: String,
    /// The last four characters of the short code.
    pub tail: String,
    /// When it got this booth's stamp.
    pub at: Option<DateTime<Utc>>,
}

/// What the browser that shows the page of this ticket may keep, and until when: the end of the last day of the event. `None`
/// where the edition has no booths or is over, and for a ticket that counts no more.
///
/// # Errors
/// Those of the store.
pub async fn token(cx: &Context, secret: &str) -> Result<Option<(Token, DateTime<Utc>)>, Error> {
    let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let Some((ticket, ends_on)) = store::with_booths(&cx.pool, &hash).await? else { return Ok(None) };
    let until = time::start_of_day(ends_on) + TimeDelta::days(1);
    Ok((cx.now() < until).then(|| (Token(proof::code(cx, PURPOSE, ticket)), until)))
}

/// The number of the ticket that a token stamps; `None` for what is no token of ours.
pub(super) fn ticket_of(cx: &Context, token: &Token) -> Option<i64> {
    proof::read(cx, PURPOSE, &token.0)
}

/// A ticket that a browser keeps by a token of ours, and the one that it goes on in.
pub(super) struct Kept {
    /// The ticket that the token names.
    pub named: i64,
    /// Of the one that it goes on in, as is what is shown.
    pub short_code: ShortCode,
    pub shown: KeptTicket,
}

/// The tickets of these tokens before this booth, in the order of the tokens and [`KEPT_MOST`] at most, each once. A ticket that was
/// merged into another goes on in that one. What is no token of ours, is of another edition or was erased is left out.
///
/// # Errors
/// Those of the store.
pub async fn kept(cx: &Context, tokens: &[Token], booth: &Booth) -> Result<Vec<KeptTicket>, Error> {
    Ok(each_once(tickets(cx, tokens, Some(booth.id)).await?))
}

/// The tickets, of which several tokens may lead to one since a merge.
pub(super) fn each_once(mut tickets: Vec<Kept>) -> Vec<KeptTicket> {
    let mut seen = Vec::with_capacity(tickets.len());
    tickets.retain(|ticket| {
        let is_new = !seen.contains(&ticket.short_code);
        seen.push(ticket.short_code.clone());
        is_new
    });
    tickets.into_iter().map(|ticket| ticket.shown).collect()
}

/// The same for each token; without a booth, without stamps.
pub(super) async fn tickets(cx: &Context, tokens: &[Token], booth: Option<CheckpointId>) -> Result<Vec<Kept>, Error> {
    let (tokens, tickets): (Vec<_>, Vec<_>) =
        tokens.iter().filter_map(|token| Some((token, ticket_of(cx, token)?))).take(KEPT_MOST).unzip();
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = store::tickets(&cx.pool, &tickets, booth).await?;
    let mut kept = Vec::with_capacity(tickets.len());
    for (token, named) in tokens.into_iter().zip(tickets) {
        let Some(at) = found.iter().position(|(id, ..)| *id == named) else { continue };
        let (_, name, short_code, at) = found.remove(at);
        let short_code = ShortCode::parse(&short_code).ok_or_else(|| inconsistent("tickets.short_code"))?;
        let (masked_name, tail) = (text::mask(&name), short_code.shown().chars().skip(5).collect());
        let shown = KeptTicket { handle: token.handle().to_owned(), masked_name, tail, at };
        kept.push(Kept { named, short_code, shown });
    }
    Ok(kept)
}

/// Gives the ticket of a token the stamp of the booth whose poster says `code`, as [`super::stamp`] does.
///
/// # Errors
/// Those of [`super::stamp`].
pub async fn stamp_kept(cx: &Context, code: &str, token: &Token) -> Result<Stamped, Error> {
    let booth = booth(cx, code).await?;
    match tickets(cx, std::slice::from_ref(token), None).await?.pop() {
        Some(kept) => record(cx, &booth, &kept.short_code).await,
        None => Ok(Stamped::Refused(Verdict::NotATicket)),
    }
}
