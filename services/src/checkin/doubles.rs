//! Entries that were double, found anew where facts came late or were undone.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Area, doubles},
    ids::ScanId,
    ticket::TicketId,
};
use sqlx::PgConnection;

use crate::Error;
use store::Conflict;

/// Settles what an exit explains of the open conflicts `entered_twice` of these tickets, and opens what none explains any more, by
/// [`domain::checkin::doubles`]. What a person has settled stays as it is.
///
/// Whoever changes a ticket's facts holds or waits for its rows in `presences`, so the last of several that do so at once sees all
/// of them. Three statements for all tickets; two where nothing changes.
pub(super) async fn find(tx: &mut PgConnection, tickets: &BTreeSet<TicketId>, now: DateTime<Utc>) -> Result<(), Error> {
    hold(tx, tickets).await?;
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.0.cast_signed()).collect();
    let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for told in store::movements(tx, &tickets).await? {
        // What belongs to no area is a place by itself.
        let alone = told.area.is_none().then_some(told.movement.entrance);
        places.entry((told.ticket, told.area.map(Area::key), alone)).or_default().push(told);
    }
    let (mut explained, mut double) = (Vec::new(), Vec::new());
    for told in places.values() {
        let movements: Vec<_> = told.iter().map(|told| told.movement).collect();
        let area = told.first().and_then(|told| told.area);
        let found = doubles(area, &movements);
        for told in told {
            let scan = told.movement.scan;
            match (found.contains(&scan), told.conflict) {
                (false, Some(Conflict::Open)) => explained.push(scan.0),
                (true, Some(Conflict::Explained)) if area.is_some() => double.push(scan.0),
                (true, None) if area.is_some() && told.verdict.admits() => double.push(scan.0),
                _ => {}
            }
        }
    }
    if explained.is_empty() && double.is_empty() {
        return Ok(());
    }
    store::settle(tx, &explained, &double, now).await
}

/// Waits for whoever else changes the facts of these tickets, and lets them wait until the transaction ends.
pub(super) async fn hold(tx: &mut PgConnection, tickets: &BTreeSet<TicketId>) -> Result<(), Error> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.0.cast_signed()).collect();
    store::hold(tx, &tickets).await
}

/// Opens that this entry is double, whatever explained it before; what a person has settled stays as it is. The ticket is held.
pub(super) async fn open(tx: &mut PgConnection, scan: ScanId, now: DateTime<Utc>) -> Result<(), Error> {
    store::settle(tx, &[], &[scan.0], now).await
}
