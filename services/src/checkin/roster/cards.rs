//! Sealed cards. Sealing one needs its ticket's code, and that a signature: done once for each ticket, not for each phone.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    checkin::{
        CardAnswer,
        roster::{Person, seal},
    },
    ticket::Ticket,
};
use ed25519_dalek::SigningKey;

use super::store::TicketRow;
use crate::Error;

/// Beyond so many cards all are forgotten: editions come and go while a process runs.
const KEPT: usize = 200_000;

/// The cards that were sealed lately; cheap to clone.
#[derive(Clone, Default)]
pub struct Cards(Arc<Mutex<HashMap<i64, Sealed>>>);

struct Sealed {
    /// The transaction that touched the ticket last.
    touched: i64,
    card: Arc<[u8]>,
}

impl fmt::Debug for Cards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cards")
    }
}

impl Cards {
    /// The card of each row, in their order. What is not there is sealed off the async threads.
    pub(super) async fn sealed(&self, signer: (u8, SigningKey), year: u16, rows: &[TicketRow]) -> Result<Vec<Vec<u8>>, Error> {
        let mut known: Vec<Option<Arc<[u8]>>> = {
            let cards = self.lock();
            let fresh = |row: &TicketRow| cards.get(&row.id).filter(|sealed| sealed.touched == row.touched);
            rows.iter().map(|row| fresh(row).map(|sealed| Arc::clone(&sealed.card))).collect()
        };
        let missing: Vec<TicketRow> = rows.iter().zip(&known).filter(|(_, card)| card.is_none()).map(|(row, _)| row.clone()).collect();
        if !missing.is_empty() {
            let seal_all = move || missing.iter().map(|row| (row.id, row.touched, card(&signer, year, row))).collect::<Vec<_>>();
            let made = tokio::task::spawn_blocking(seal_all).await.map_err(|error| Error::Internal(error.into()))?;
            let mut cards = self.lock();
            if cards.len() + made.len() > KEPT {
                cards.clear();
            }
            let gaps = known.iter_mut().filter(|card| card.is_none());
            for (gap, (id, touched, card)) in gaps.zip(made) {
                *gap = Some(Arc::clone(&card));
                cards.insert(id, Sealed { touched, card });
            }
        }
        Ok(known.into_iter().flatten().map(|card| card.to_vec()).collect())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Sealed>> {
        // What is under the lock cannot be left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn card((key_id, key): &(u8, SigningKey), year: u16, row: &TicketRow) -> Arc<[u8]> {
    let ticket =
        Ticket { key_id: *key_id, year, audience: row.audience.kind, reissue: row.reissue, is_spare: row.is_spare, id: row.ticket() };
    let person = Person {
        name: row.name.clone(),
        organisation: row.organisation.clone(),
        people: row.people,
        attention: row.attention.clone(),
        answers: CardAnswer::all(&row.answers),
        asks: row.asks.clone(),
    };
    seal(&person, &ticket.sign(key)).unwrap_or_default().into()
}
