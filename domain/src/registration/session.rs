//! Choosing sessions beside the day.

use chrono::{DateTime, Utc};

use super::application::field;
use crate::{
    form::{Problem, Values},
    ids::SessionId,
    text::{Bilingual, Locale},
};

/// A session that has seats of its own and can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedSession {
    pub id: SessionId,
    pub title: Bilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl OfferedSession {
    /// Whether nobody can sit in both: their times overlap. One may begin when the other ends.
    #[must_use]
    pub fn clashes_with(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

/// Reads the chosen sessions, each once, in the order of their ids.
///
/// # Errors
/// [`Problem::UnknownChoice`], [`Problem::SessionsClash`] with the first two that cannot be had together.
pub(super) fn choose(values: &Values, offered: &[OfferedSession], locale: Locale) -> Result<Vec<SessionId>, Problem> {
    let mut chosen: Vec<&OfferedSession> = Vec::new();
    for raw in values.all(field::SESSION) {
        let session = offered.iter().find(|session| session.id.to_string() == raw).ok_or(Problem::UnknownChoice)?;
        if chosen.iter().all(|known| known.id != session.id) {
            chosen.push(session);
        }
    }
    chosen.sort_by_key(|session| (session.starts_at, session.id));
    for (at, first) in chosen.iter().enumerate() {
        if let Some(second) = chosen[at + 1..].iter().find(|second| first.clashes_with(second)) {
            let title = |session: &OfferedSession| session.title.get(locale).to_owned();
            return Err(Problem::SessionsClash { first: title(first), second: title(second) });
        }
    }
    let mut ids: Vec<_> = chosen.into_iter().map(|session| session.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;

    use super::*;

    fn session(number: u128, from: u32, to: u32) -> OfferedSession {
        let at = |hour| Utc.with_ymd_and_hms(2027, 10, 10, hour, 0, 0).unwrap();
        let title = Bilingual { vi: format!("Phiên {number}"), en: None };
        OfferedSession { id: SessionId(Uuid::from_u128(number)), title, starts_at: at(from), ends_at: at(to) }
    }

    fn choose_of(numbers: &[u128]) -> Result<Vec<u128>, Problem> {
        let offered = [session(1, 8, 10), session(2, 10, 11), session(3, 9, 11)];
        let values = Values(numbers.iter().map(|number| (field::SESSION.to_owned(), Uuid::from_u128(*number).to_string())).collect());
        choose(&values, &offered, Locale::Vi).map(|ids| ids.into_iter().map(|id| id.0.as_u128()).collect())
    }

    #[test]
    fn sessions_one_after_the_other_can_be_chosen_and_each_counts_once() {
        assert_eq!(choose_of(&[2, 1, 2]), Ok(vec![1, 2]));
        assert_eq!(choose_of(&[]), Ok(vec![]));
    }

    #[test]
    fn sessions_at_the_same_time_are_told_by_name() {
        let clash = Problem::SessionsClash { first: "Phiên 3".into(), second: "Phiên 2".into() };
        assert_eq!(choose_of(&[2, 3]), Err(clash));
    }

    #[test]
    fn a_session_that_is_not_offered_cannot_be_chosen() {
        assert_eq!(choose_of(&[1, 9]), Err(Problem::UnknownChoice));
    }
}
