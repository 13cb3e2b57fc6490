//! Raffles among those who have stamps of booths: a draw that nobody can steer and anybody can do again.
//!
//! The source of the seed, a public number that nobody controls, its digits and the instant at which it becomes public are published
//! with the raffle, and so is the time since when they have stood ([`SeedSource::named_at`]). Until the list is frozen, an import of
//! the edition's file may change them. After the closing and before that instant the list of entrants is frozen, and its SHA-256 is
//! published; from then on nothing of this changes. Seed and list together give every place. As the source and the list stand before
//! anybody knows the number, none of them can be chosen to suit the others.
//!
//! | what | how |
//! |---|---|
//! | entrant | 32 bytes, another in every raffle, which only the server can tell of a ticket: the number of a ticket stands in clear in the code of its holder's certificate |
//! | list | the entrants as hexadecimal in small letters, sorted, each ended by a line feed |
//! | digest | SHA-256 of the list |
//! | rank | SHA-256 of the text `NGAY-CDS RAFFLE V1:<seed>:<entrant>`; the lowest wins |

use std::{fmt, ops::RangeInclusive};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::{
    form::{FieldErrors, Problem, Values},
    text::Bilingual,
};

const RANK: &str = "NGAY-CDS RAFFLE V1";

/// Whose stamps count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StampedBy {
    /// Those too that visitors made alone, with the code of the booth.
    #[default]
    Anyone,
    /// Only those that somebody at the booth has scanned: a code can be photographed.
    Steward,
}

impl StampedBy {
    /// The name in the store and in edition files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Steward => "steward",
        }
    }

    /// The value with this [`StampedBy::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Anyone, Self::Steward].into_iter().find(|by| by.key() == key)
    }
}

/// A ticket in one raffle, as the published list names it. Nobody finds one from the other; its holder is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entrant(pub [u8; 32]);

impl Entrant {
    fn rank(self, seed: &Seed) -> [u8; 32] {
        Sha256::digest(format!("{RANK}:{}:{self}", seed.0).as_bytes()).into()
    }
}

impl fmt::Display for Entrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl Serialize for Entrant {
    /// As it is published.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Entrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The published list, as bytes of its file.
#[must_use]
pub fn list(entrants: &[Entrant]) -> String {
    let mut sorted = entrants.to_vec();
    sorted.sort_unstable();
    let mut list = String::with_capacity(sorted.len() * 65);
    for entrant in sorted {
        list.push_str(&entrant.to_string());
        list.push('\n');
    }
    list
}

/// The digest of a list, as `sha256sum` gives it.
#[must_use]
pub fn digest(list: &str) -> [u8; 32] {
    Sha256::digest(list.as_bytes()).into()
}

/// Which public number is to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedSource {
    /// Where it comes from, in words.
    pub name: Bilingual,
    /// So many digits it has, within [`SeedSource::DIGITS`]; zeros in front count.
    pub digits: u8,
    /// When it becomes public.
    pub at: DateTime<Utc>,
    /// Since when all this says what it says.
    pub named_at: DateTime<Utc>,
}

impl SeedSource {
    /// Fewer digits could be guessed, and a list be made to suit them.
    pub const DIGITS: RangeInclusive<u8> = 5..=60;
}

/// What is fixed of a raffle and done in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub closes_at: DateTime<Utc>,
    /// When the number becomes public that decides; `None` where no source of it is named.
    pub seed_at: Option<DateTime<Utc>>,
    pub is_frozen: bool,
    pub is_drawn: bool,
}

/// Where a raffle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Stamps are collected.
    Open,
    /// It has closed, and the list may be frozen.
    Closed,
    /// The number became public before the list was frozen: another one has to decide.
    Late,
    /// It has closed or is frozen, and no source of the number is named.
    Sourceless,
    /// The list is frozen, and nobody knows the number.
    Frozen,
    /// The list is frozen and the number public: it may be drawn.
    Due,
    Drawn,
}

impl Stage {
    /// The stage of a raffle at this instant.
    #[must_use]
    pub fn of(Progress { closes_at, seed_at, is_frozen, is_drawn }: Progress, now: DateTime<Utc>) -> Self {
        match seed_at {
            _ if is_drawn => Self::Drawn,
            _ if !is_frozen && now < closes_at => Self::Open,
            None => Self::Sourceless,
            Some(seed_at) if is_frozen => {
                if now < seed_at {
                    Self::Frozen
                } else {
                    Self::Due
                }
            }
            Some(seed_at) if now < seed_at => Self::Closed,
            Some(_) => Self::Late,
        }
    }
}

/// The freezing of a list, as its form asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Also while scans wait on phones of booths: those will not count.
    pub while_waiting: bool,
}

impl Freeze {
    /// The name of the form's box.
    pub const WHILE_WAITING: &str = "while_waiting";

    /// Reads the form.
    #[must_use]
    pub fn parse(values: &Values) -> Self {
        Self { while_waiting: !values.get(Self::WHILE_WAITING).is_empty() }
    }

    /// Whether the list may be frozen while so many scans wait.
    ///
    /// # Errors
    /// [`Problem::ScansWait`].
    pub fn check(self, waiting: i64) -> Result<(), Problem> {
        if waiting > 0 && !self.while_waiting { Err(Problem::ScansWait) } else { Ok(()) }
    }
}

/// The public number that decides, digit by digit as it was published: `012345` is not `12345`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(pub String);

impl Seed {
    /// Names of the form's fields.
    pub const NUMBER: &str = "seed";
    /// The box beside what cannot be undone.
    pub const CONFIRM: &str = "confirm";

    /// Reads the form of the draw, where the source of the number gives so many digits.
    ///
    /// # Errors
    /// Every field's [`Problem`].
    pub fn parse(values: &Values, digits: u8) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let seed = Self(values.get(Self::NUMBER).trim().to_owned());
        errors.take(Self::NUMBER, seed.has(digits));
        if values.get(Self::CONFIRM).is_empty() {
            errors.0.push((Self::CONFIRM.to_owned(), Problem::NotConfirmed));
        }
        if errors.is_empty() { Ok(seed) } else { Err(errors) }
    }

    /// Whether it is so many digits and nothing else.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotANumber`], [`Problem::NotSoManyDigits`].
    pub fn has(&self, digits: u8) -> Result<(), Problem> {
        match self.0.len() {
            0 => Err(Problem::Required),
            _ if !self.0.bytes().all(|byte| byte.is_ascii_digit()) => Err(Problem::NotANumber),
            given if given == usize::from(digits) => Ok(()),
            _ => Err(Problem::NotSoManyDigits { digits }),
        }
    }
}

/// All entrants from the first place to the last: winners, then reserves.
#[must_use]
pub fn draw(seed: &Seed, entrants: &[Entrant]) -> Vec<Entrant> {
    let mut ranked: Vec<_> = entrants.iter().map(|entrant| (entrant.rank(seed), *entrant)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, entrant)| entrant).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entrant(number: u8) -> Entrant {
        Entrant(Sha256::digest([number]).into())
    }

    fn seed(number: &str) -> Seed {
        Seed(number.into())
    }

    fn form(number: &str, confirm: &str) -> Values {
        Values([("seed", number), ("confirm", confirm)].map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// The constants come from Python's hashlib, by the table at the head of this file.
    #[test]
    fn anybody_comes_to_the_same_places_by_the_published_method() {
        let entrants: Vec<_> = (1..=5).map(entrant).collect();
        assert_eq!(entrants[0].to_string(), "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a");
        let list = list(&entrants);
        assert_eq!(HEXLOWER.encode(&digest(&list)), "e141623ee62d7aa47bde6ea7e0ab16353c94b63a005c17de69eca343e8daf7c7");
        let places: Vec<_> = draw(&seed("123456"), &entrants)
            .iter()
            .map(|entrant| 1 + entrants.iter().position(|known| known == entrant).unwrap())
            .collect();
        assert_eq!(places, [5, 2, 4, 1, 3]);
    }

    #[test]
    fn a_seed_is_exactly_so_many_digits_and_zeros_in_front_count() {
        assert_eq!(Seed::parse(&form(" 012345 ", "yes"), 6), Ok(seed("012345")));
        assert_ne!(draw_of(&seed("012345")), draw_of(&seed("12345")), "they are two numbers, of which the form takes one");
        let wrong = Problem::NotSoManyDigits { digits: 6 };
        let refused = [
            ("12345", wrong.clone()),
            ("0012345", wrong),
            ("12 345", Problem::NotANumber),
            ("12a456", Problem::NotANumber),
            ("", Problem::Required),
        ];
        for (typed, problem) in refused {
            assert_eq!(Seed::parse(&form(typed, "yes"), 6), Err(FieldErrors::one("seed", problem)), "{typed}");
        }
        let errors = Seed::parse(&form("1", ""), 6).unwrap_err();
        assert_eq!(errors.0.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["seed", "confirm"]);
    }

    #[test]
    fn while_scans_wait_a_list_is_frozen_only_knowingly() {
        let freezes = [&[][..], &[("while_waiting".to_owned(), "yes".to_owned())]].map(|form| Freeze::parse(&Values(form.to_vec())));
        assert_eq!(freezes.map(|freeze| freeze.check(0)), [Ok(()), Ok(())]);
        assert_eq!(freezes.map(|freeze| freeze.check(1)), [Err(Problem::ScansWait), Ok(())]);
    }

    fn draw_of(seed: &Seed) -> Vec<Entrant> {
        draw(seed, &(1..=9).map(entrant).collect::<Vec<_>>())
    }

    #[test]
    fn the_list_is_frozen_while_nobody_knows_the_number_and_drawn_once_everybody_does() {
        let at = |hours| DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours);
        let [open, frozen, drawn] = [(false, false), (true, false), (true, true)].map(|(is_frozen, is_drawn)| Progress {
            closes_at: at(1),
            seed_at: Some(at(3)),
            is_frozen,
            is_drawn,
        });
        let stages = |progress| [0, 1, 2, 3, 4].map(|hour| Stage::of(progress, at(hour)));
        assert_eq!(stages(open), [Stage::Open, Stage::Closed, Stage::Closed, Stage::Late, Stage::Late]);
        assert_eq!(stages(frozen)[1..], [Stage::Frozen, Stage::Frozen, Stage::Due, Stage::Due]);
        assert_eq!(stages(drawn)[3..], [Stage::Drawn; 2]);
        let [open, frozen, drawn] = [open, frozen, drawn].map(|progress| stages(Progress { seed_at: None, ..progress }));
        assert_eq!(open, [Stage::Open, Stage::Sourceless, Stage::Sourceless, Stage::Sourceless, Stage::Sourceless]);
        assert_eq!((frozen, drawn), ([Stage::Sourceless; 5], [Stage::Drawn; 5]), "of before sources were named");
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_changes_nothing_and_nobody_is_lost(all in proptest::collection::hash_set(any::<[u8; 32]>(), 0..60), number in "[0-9]{5,8}") {
            let entrants: Vec<_> = all.into_iter().map(Entrant).collect();
            let mut turned = entrants.clone();
            turned.reverse();
            let drawn = draw(&seed(&number), &entrants);
            prop_assert_eq!(&drawn, &draw(&seed(&number), &turned));
            prop_assert_eq!(list(&entrants), list(&turned));
            let (mut drawn, mut all) = (drawn, entrants);
            drawn.sort_unstable();
            all.sort_unstable();
            prop_assert_eq!(drawn, all);
        }
    }
}
