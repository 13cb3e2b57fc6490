//! The board's numbers as words, paths and rows.

use domain::{
    access::{Action, Actor, Decision, decide},
    text::Locale,
    time::local,
};
use services::checkin::board::{Bar, Board, SessionArrivals, Share};

use crate::{
    api::checkin::board::BoardFrame,
    i18n::{self, number},
};

/// The drawing of a chart, in its own units.
pub const WIDTH: usize = 600;
pub const HEIGHT: usize = 100;

/// Names of what changes; pages write them as `data-live`.
pub mod name {
    pub const AT: &str = "at";
    pub const ARRIVED: &str = "arrived";
    pub const REGISTERED: &str = "registered";
    pub const PERCENT: &str = "percent";
    pub const INSIDE: &str = "inside";
    pub const RATE: &str = "rate";
    /// Open conflicts.
    pub const CONFLICTS: &str = "conflicts";
    /// Scans that phones have not sent yet.
    pub const WAITING: &str = "waiting";
    pub const CHECKPOINTS: &str = "checkpoints";
    /// The sessions behind doors.
    pub const SESSIONS: &str = "sessions";
    pub const AUDIENCES: &str = "audiences";
    pub const ORGANISATIONS: &str = "organisations";
    /// A chart's path and table; its labels have this before `-from`, `-to` and `-most`.
    pub const MINUTES: &str = "minutes";
    pub const DAY: &str = "day";
}

/// How much of the board a reader is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    Whole,
    /// What a screen shows to everybody: without the organisations, whose names people have typed as they liked.
    Screen,
}

impl Extent {
    pub fn of(actor: &Actor) -> Self {
        match decide(actor, Action::SeeBoard) {
            Decision::Allow => Self::Whole,
            Decision::Hide | Decision::Forbid | Decision::SignIn => Self::Screen,
        }
    }
}

/// The board for a reader of this language.
pub fn of(locale: Locale, extent: Extent, board: &Board) -> BoardFrame {
    let n = |value: i64| number(locale, value);
    let mut texts = vec![
        (name::AT.to_owned(), local(board.at).format("%H:%M:%S").to_string()),
        (name::ARRIVED.to_owned(), n(board.arrived)),
        (name::REGISTERED.to_owned(), n(board.registered)),
        (name::PERCENT.to_owned(), percent(board.arrived, board.registered)),
        (name::INSIDE.to_owned(), n(board.inside)),
        (name::RATE.to_owned(), n(board.scans_last_minute)),
        (name::CONFLICTS.to_owned(), n(board.conflicts)),
        (name::WAITING.to_owned(), n(board.waiting)),
    ];
    let mut paths = Vec::new();
    let mut tables = vec![
        (
            name::CHECKPOINTS.to_owned(),
            board.checkpoints.iter().map(|place| vec![place.name.get(locale).to_owned(), n(place.admitted), n(place.scans)]).collect(),
        ),
        (name::SESSIONS.to_owned(), board.sessions.iter().map(|session| at_door(locale, session)).collect()),
        (name::AUDIENCES.to_owned(), shares(locale, &board.audiences)),
    ];
    if extent == Extent::Whole {
        tables.push((name::ORGANISATIONS.to_owned(), shares(locale, &board.organisations)));
    }
    for (chart, bars) in [(name::MINUTES, &board.minutes), (name::DAY, &board.day)] {
        let time = |bar: Option<&Bar>| bar.map(|bar| i18n::time(bar.from)).unwrap_or_default();
        texts.push((format!("{chart}-from"), time(bars.first())));
        texts.push((format!("{chart}-to"), time(bars.last())));
        texts.push((format!("{chart}-most"), n(most(bars))));
        paths.push((chart.to_owned(), path(bars)));
        let rows = bars.iter().filter(|bar| bar.arrived > 0).map(|bar| vec![i18n::time(bar.from), n(bar.arrived)]);
        tables.push((chart.to_owned(), rows.collect()));
    }
    BoardFrame { texts, paths, tables }
}

/// When, what and where; who has a seat, came in, of these late, and is in now.
fn at_door(locale: Locale, session: &SessionArrivals) -> Vec<String> {
    let SessionArrivals { title, room, starts_at, seated, admitted, late, inside } = session;
    vec![
        format!("{} {} · {}", i18n::time(*starts_at), title.get(locale), room.get(locale)),
        seated.map_or_else(|| "–".to_owned(), |seated| number(locale, seated)),
        number(locale, *admitted),
        number(locale, *late),
        number(locale, *inside),
    ]
}

/// Name, who came, of how many, in percent.
fn shares(locale: Locale, shares: &[Share]) -> Vec<Vec<String>> {
    let row = |share: &Share| {
        vec![
            share.name.get(locale).to_owned(),
            number(locale, share.arrived),
            number(locale, share.registered),
            percent(share.arrived, share.registered),
        ]
    };
    shares.iter().map(row).collect()
}

/// Whole percents, and none of nothing.
fn percent(part: i64, whole: i64) -> String {
    if whole > 0 { format!("{}\u{a0}%", part * 100 / whole) } else { "–".to_owned() }
}

fn most(bars: &[Bar]) -> i64 {
    bars.iter().map(|bar| bar.arrived).max().unwrap_or_default()
}

/// The bars as one path: the highest fills the height, and whoever came is seen.
fn path(bars: &[Bar]) -> String {
    use std::fmt::Write as _;
    let (count, most) = (bars.len().max(1), usize::try_from(most(bars)).unwrap_or_default().max(1));
    // In tenths of a unit.
    let tenths = |length: usize| format!("{}.{}", length / 10, length % 10);
    let place = |at: usize| at * WIDTH * 10 / count;
    let width = tenths((place(1) * 4 / 5).max(5));
    let mut path = String::new();
    for (at, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.arrived > 0) {
        let height = (usize::try_from(bar.arrived).unwrap_or_default() * HEIGHT / most).max(2);
        let _ = write!(path, "M{} {HEIGHT}v-{height}h{width}v{height}z", tenths(place(at)));
    }
    path
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone as _, Utc};

    use super::*;

    #[test]
    fn the_highest_bar_fills_the_height_and_nobody_is_lost() {
        let from = Utc.with_ymd_and_hms(2027, 10, 10, 1, 0, 0).unwrap();
        let bars: Vec<_> =
            [300, 0, 1, 150].into_iter().zip(0..).map(|(arrived, at)| Bar { from: from + TimeDelta::minutes(at), arrived }).collect();
        assert_eq!(path(&bars), "M0.0 100v-100h120.0v100zM300.0 100v-2h120.0v2zM450.0 100v-50h120.0v50z");
        assert_eq!(path(&[]), "");
    }

    #[test]
    fn a_share_of_nothing_is_no_number() {
        assert_eq!((percent(1, 3), percent(0, 0), percent(5, 5)), ("33\u{a0}%".into(), "–".into(), "100\u{a0}%".into()));
    }
}
