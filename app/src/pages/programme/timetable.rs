//! Where a session stands in a day's timetable: rooms side by side, time downwards in steps of five minutes.
//!
//! The strict content policy forbids inline styles, so a place is told by a few class names, hours and twelfths of an
//! hour apart: `a1 b6` is the row at one hour and a half. The style sheet computes the row from them. That takes sixty
//! short rules; a class for each row and each length would take four hundred.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use domain::time::{local, start_of_day};
use services::programme::SessionRow;

/// Minutes of a row.
const STEP: i64 = 5;
/// Rows of an hour.
const HOUR: i64 = 60 / STEP;
/// The longest day in hours: as far as the class names reach.
const MAX_HOURS: i64 = 16;
/// The most columns: as far as the class names reach.
const MAX_COLUMNS: usize = 10;

/// The most columns of one room.
const MAX_WIDTH: usize = 4;

/// A day as a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timetable {
    /// The first full hour.
    pub first_hour: u32,
    pub hours: i64,
    pub columns: usize,
    pub scale: Scale,
    pub rooms: Vec<Room>,
    /// The place of each session, in the order in which they were given.
    pub slots: Vec<Slot>,
}

/// How high the rows of a day are: as low as its shortest session allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Fine,
    Coarse,
}

/// A room's column, or its columns where sessions overlap in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Index of a session in this room, for its names.
    pub session: usize,
    pub column: usize,
    pub width: usize,
}

/// A session's place: rows counted from the first hour, and the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub row: i64,
    pub rows: i64,
    pub column: usize,
}

impl Timetable {
    /// The grid of one day's sessions, which come by start. Venues stand in the order of their first session, and so do
    /// the rooms of a venue. `None` if there are more columns than fit side by side: then the day stays a list.
    pub(super) fn of(day: NaiveDate, sessions: &[SessionRow]) -> Option<Self> {
        let midnight = start_of_day(day);
        let first = sessions.iter().map(|session| session.starts_at).min()?;
        let first_hour = local(first.max(midnight)).hour();
        let start = midnight + TimeDelta::hours(first_hour.into());

        let mut rooms = rooms(sessions);
        let mut lanes = Vec::with_capacity(sessions.len());
        for session in sessions {
            let at = rooms.iter().position(|room| room.code == session.room_code)?;
            let (row, rows) = rows(start, session);
            let free = &mut rooms[at].free_from;
            let lane = free.iter().position(|free_from| *free_from <= row).unwrap_or(free.len());
            free.resize(free.len().max(lane + 1), 0);
            free[lane] = row + rows;
            lanes.push((row, rows, at, lane));
        }

        let mut columns = 0;
        let rooms: Vec<Room> = rooms
            .into_iter()
            .map(|room| {
                let (column, width) = (columns, room.free_from.len());
                columns += width;
                Room { session: room.session, column, width }
            })
            .collect();
        let slots: Vec<Slot> =
            lanes.into_iter().map(|(row, rows, room, lane)| Slot { row, rows, column: rooms[room].column + lane }).collect();
        let end = slots.iter().map(|slot| slot.row + slot.rows).max()?;
        let scale = if slots.iter().any(|slot| slot.rows * STEP < 30) { Scale::Fine } else { Scale::Coarse };
        let fits = columns <= MAX_COLUMNS && rooms.iter().all(|room| room.width <= MAX_WIDTH);
        fits.then_some(Self { first_hour, hours: (end + HOUR - 1) / HOUR, columns, scale, rooms, slots })
    }
}

/// A room while its sessions are being placed.
struct Filling<'a> {
    code: &'a str,
    venue: &'a str,
    session: usize,
    /// For each of its columns, the first row that is free.
    free_from: Vec<i64>,
}

fn rooms(sessions: &[SessionRow]) -> Vec<Filling<'_>> {
    let mut rooms: Vec<Filling<'_>> = Vec::new();
    for (index, session) in sessions.iter().enumerate() {
        if rooms.iter().all(|room| room.code != session.room_code) {
            let room = Filling { code: &session.room_code, venue: &session.venue_code, session: index, free_from: Vec::new() };
            let beside = rooms.iter().rposition(|other| other.venue == room.venue).map_or(rooms.len(), |last| last + 1);
            rooms.insert(beside, room);
        }
    }
    rooms
}

/// The rows of a session: it begins in the row of its first minute and ends with the row of its last.
fn rows(start: DateTime<Utc>, session: &SessionRow) -> (i64, i64) {
    let end = MAX_HOURS * HOUR;
    let first = ((session.starts_at - start).num_minutes() / STEP).clamp(0, end - 1);
    let last = ((session.ends_at - start).num_minutes() + STEP - 1) / STEP;
    (first, (last - first).clamp(1, end - first))
}

impl Slot {
    /// The class names of this place.
    pub(super) fn class(self) -> String {
        let Self { row, rows, column } = self;
        format!("a{} b{} d{} e{} c{column}", row / HOUR, row % HOUR, rows / HOUR, rows % HOUR)
    }

    /// How much can be shown in its height.
    pub(super) fn height(self, scale: Scale) -> &'static str {
        match self.rows * scale.row() {
            ..80 => "short",
            80..130 => "middle",
            _ => "tall",
        }
    }
}

impl Scale {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Coarse => "coarse",
        }
    }

    /// Height of a row in sixteenths of a rem: `--row` in the style sheet.
    fn row(self) -> i64 {
        match self {
            Self::Fine => 14,
            Self::Coarse => 11,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{programme::SessionKind, text::Bilingual};

    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 10, 10).unwrap()
    }

    /// A session in a room whose venue is the first letter of its code.
    fn session(room: &str, from: (i64, i64), to: (i64, i64)) -> SessionRow {
        let at = |(hour, minute)| start_of_day(day()) + TimeDelta::hours(hour) + TimeDelta::minutes(minute);
        SessionRow {
            code: "s".into(),
            kind: SessionKind::Plenary,
            title: Bilingual::default(),
            track: None,
            room: Bilingual::default(),
            room_code: room.into(),
            venue: Bilingual::default(),
            venue_code: room[..1].into(),
            starts_at: at(from),
            ends_at: at(to),
            seats: None,
            speakers: Vec::new(),
            sample: false,
        }
    }

    #[test]
    fn rows_are_true_to_five_minutes_from_the_first_full_hour() {
        let grid = Timetable::of(day(), &[session("a", (7, 30), (8, 0)), session("b", (8, 5), (9, 35))]).unwrap();
        assert_eq!((grid.first_hour, grid.hours, grid.columns), (7, 3, 2));
        assert_eq!(grid.slots, [Slot { row: 6, rows: 6, column: 0 }, Slot { row: 13, rows: 18, column: 1 }]);
        assert_eq!(grid.slots[1].class(), "a1 b1 d1 e6 c1");
    }

    #[test]
    fn odd_minutes_take_every_row_that_they_touch() {
        let grid = Timetable::of(day(), &[session("a", (7, 3), (7, 11))]).unwrap();
        assert_eq!(grid.slots, [Slot { row: 0, rows: 3, column: 0 }]);
    }

    #[test]
    fn sessions_that_overlap_in_a_room_stand_side_by_side() {
        let sessions =
            [session("a", (8, 0), (12, 0)), session("a", (9, 0), (10, 0)), session("b", (9, 0), (10, 0)), session("a", (10, 0), (11, 0))];
        let grid = Timetable::of(day(), &sessions).unwrap();
        assert_eq!(grid.slots.iter().map(|slot| slot.column).collect::<Vec<_>>(), [0, 1, 2, 1]);
        assert_eq!(grid.rooms.iter().map(|room| (room.column, room.width)).collect::<Vec<_>>(), [(0, 2), (2, 1)]);
    }

    #[test]
    fn a_quarter_of_an_hour_makes_the_day_high_enough_to_be_read() {
        let scale = |minutes| Timetable::of(day(), &[session("a", (8, 0), (8, minutes)), session("b", (8, 0), (10, 0))]).unwrap().scale;
        assert_eq!((scale(25), scale(30)), (Scale::Fine, Scale::Coarse));
        let height = |rows, scale| Slot { row: 0, rows, column: 0 }.height(scale);
        assert_eq!([height(3, Scale::Fine), height(6, Scale::Fine), height(12, Scale::Fine)], ["short", "middle", "tall"]);
        assert_eq!([height(6, Scale::Coarse), height(9, Scale::Coarse), height(12, Scale::Coarse)], ["short", "middle", "tall"]);
    }

    #[test]
    fn the_rooms_of_a_venue_stand_together() {
        let sessions = ["a1", "b1", "a2", "b2"].map(|room| session(room, (8, 0), (9, 0)));
        let grid = Timetable::of(day(), &sessions).unwrap();
        assert_eq!(grid.rooms.iter().map(|room| room.session).collect::<Vec<_>>(), [0, 2, 1, 3]);
        assert_eq!(grid.slots.iter().map(|slot| slot.column).collect::<Vec<_>>(), [0, 2, 1, 3]);
    }

    #[test]
    fn a_session_beyond_the_day_ends_with_the_grid() {
        let grid = Timetable::of(day(), &[session("a", (7, 0), (47, 0))]).unwrap();
        assert_eq!(grid.slots, [Slot { row: 0, rows: MAX_HOURS * HOUR, column: 0 }]);
    }

    #[test]
    fn more_rooms_than_fit_side_by_side_stay_a_list() {
        let sessions: Vec<_> = (0..=MAX_COLUMNS).map(|room| session(&format!("r{room}"), (8, 0), (9, 0))).collect();
        assert_eq!(Timetable::of(day(), &sessions), None);
        assert_eq!(Timetable::of(day(), &[]), None);
    }
}
