//! The tickets that a browser keeps: whoever has opened the page of a ticket stamps it at the next booth with one tap.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{checkin::Verdict, ids::CheckpointId, text, ticket::ShortCode, time};
use sha2::{Digest as _, Sha256};

use super::{Booth, Stamped, booth, record};
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
    let Some((ticket, ends_on)) = sql::with_booths(&cx.pool, &hash).await? else { return Ok(None) };
    let until = time::start_of_day(ends_on) + TimeDelta::days(1);
    Ok((cx.now() < until).then(|| (Token(proof::code(cx, PURPOSE, ticket)), until)))
}

/// The number of the ticket that a token stamps; `None` for what is no token of ours.
pub(super) fn ticket_of(cx: &Context, token: &Token) -> Option<i64> {
    proof::read(cx, PURPOSE, &token.0)
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
pub(super) fn each_once(tickets: Vec<(KeptTicket, ShortCode)>) -> Vec<KeptTicket> {
    let mut seen = Vec::with_capacity(tickets.len());
    let first = |(ticket, short_code): (KeptTicket, ShortCode)| {
        let is_new = !seen.contains(&short_code);
        seen.push(short_code);
        is_new.then_some(ticket)
    };
    tickets.into_iter().filter_map(first).collect()
}

/// The same for each token, with the short codes; without a booth, without stamps.
pub(super) async fn tickets(cx: &Context, tokens: &[Token], booth: Option<CheckpointId>) -> Result<Vec<(KeptTicket, ShortCode)>, Error> {
    let (tokens, tickets): (Vec<_>, Vec<_>) =
        tokens.iter().filter_map(|token| Some((token, ticket_of(cx, token)?))).take(KEPT_MOST).unzip();
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = sql::tickets(&cx.pool, &tickets, booth).await?;
    let mut kept = Vec::with_capacity(tickets.len());
    for (token, ticket) in tokens.into_iter().zip(tickets) {
        let Some(at) = found.iter().position(|(id, ..)| *id == ticket) else { continue };
        let (_, name, short_code, at) = found.remove(at);
        let short_code = ShortCode::parse(&short_code).ok_or_else(|| inconsistent("tickets.short_code"))?;
        let (masked_name, tail) = (text::mask(&name), short_code.shown().chars().skip(5).collect());
        kept.push((KeptTicket { handle: token.handle().to_owned(), masked_name, tail, at }, short_code));
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
        Some((_, short_code)) => record(cx, &booth, &short_code).await,
        None => Ok(Stamped::Refused(Verdict::NotATicket)),
    }
}

mod sql {
    use chrono::NaiveDate;
    use sqlx::PgPool;

    use super::{CheckpointId, DateTime, Error, Utc};

    /// The valid ticket behind a link, and the last day of its edition, if that is the current one and has booths.
    pub(super) async fn with_booths(pool: &PgPool, link_hash: &[u8; 32]) -> Result<Option<(i64, NaiveDate)>, Error> {
        let row = sqlx::query!(
            "select t.id, e.ends_on from registrations r
             join tickets t on t.registration_id = r.id and t.standing = 'valid'
             join editions e on e.id = t.edition_id and e.is_current
             where r.link_hash = $1 and exists (select from checkpoints c where c.edition_id = e.id and c.kind = 'booth')",
            &link_hash[..]
        )
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| (row.id, row.ends_on)))
    }

    /// Those of these tickets that are of the current edition: number; name and short code of the ticket that each goes on in, and
    /// since when that one has the booth's stamp.
    pub(super) async fn tickets(
        pool: &PgPool,
        tickets: &[i64],
        booth: Option<CheckpointId>,
    ) -> Result<Vec<(i64, String, String, Option<DateTime<Utc>>)>, Error> {
        let rows = sqlx::query!(
            r#"select l.ticket_id as "id!", r.full_name, t.short_code,
                      (select min(m.at) from lasting_tickets o join admissions m on m.ticket_id = o.ticket_id
                       where o.lasting_id = t.id and m.checkpoint_id = $2) as at
               from lasting_tickets l
               join tickets t on t.id = l.lasting_id
               join editions e on e.id = t.edition_id and e.is_current
               join registrations r on r.id = t.registration_id and r.erased_at is null
               where l.ticket_id = any ($1)"#,
            tickets,
            booth.map(|booth| booth.0)
        )
        .fetch_all(pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.full_name, row.short_code, row.at)).collect())
    }
}
