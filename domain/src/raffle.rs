//! Raffles among those who have stamps of booths: a draw that nobody can steer and anybody can do again.
//!
//! At the closing the list of entrants is frozen, and its SHA-256 is published. Only then the seed becomes known: a public
//! number that nobody controls. Seed and list together give every place, so that neither can be chosen to suit the other.
//!
//! | what | how |
//! |---|---|
//! | entrant | SHA-256 of `NGAY-CDS RAFFLE ENTRANT V1\0` ‖ id of the raffle (16 bytes) ‖ number of the ticket (8 bytes, big endian) |
//! | list | the entrants as hexadecimal in small letters, sorted, each ended by a line feed |
//! | digest | SHA-256 of the list |
//! | rank | SHA-256 of the text `NGAY-CDS RAFFLE V1:<seed>:<entrant>`; the lowest wins |

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::{
    form::{FieldErrors, Problem, Values},
    ids::RaffleId,
    text::clean_line,
    ticket::TicketId,
};

const ENTRANT: &[u8] = b"NGAY-CDS RAFFLE ENTRANT V1\0";
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

/// A ticket in one raffle, as the published list names it. The number of a ticket is random and stands nowhere public, so
/// nobody finds it from this; its holder may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entrant(pub [u8; 32]);

impl Entrant {
    #[must_use]
    pub fn of(raffle: RaffleId, ticket: TicketId) -> Self {
        Self(Sha256::new().chain_update(ENTRANT).chain_update(raffle.0.as_bytes()).chain_update(ticket.0.to_be_bytes()).finalize().into())
    }

    fn rank(self, seed: &Seed) -> [u8; 32] {
        Sha256::digest(format!("{RANK}:{}:{self}", seed.number).as_bytes()).into()
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

/// The public number that decides, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    pub number: String,
    pub source: String,
}

impl Seed {
    /// Names of the form's fields.
    pub const NUMBER: &str = "seed";
    pub const SOURCE: &str = "source";
    /// The box beside what cannot be undone.
    pub const CONFIRM: &str = "confirm";
    /// Fewer digits could be guessed, and a list be made to suit them.
    const LEAST: usize = 5;
    const MOST: usize = 60;
    const SOURCE_MAX: usize = 200;

    /// Reads the form of the draw. The number keeps its letters and digits alone, so that a space or a point more gives the
    /// same draw.
    ///
    /// # Errors
    /// Every field's [`Problem`].
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = Vec::new();
        let number: String = values.get(Self::NUMBER).chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
        let problem = match number.chars().count() {
            0 => Some(Problem::Required),
            n if n < Self::LEAST => Some(Problem::TooShort { min: Self::LEAST }),
            n if n > Self::MOST => Some(Problem::TooLong { max: Self::MOST }),
            _ if !number.chars().all(|c| c.is_ascii_alphanumeric()) => Some(Problem::ForbiddenCharacter),
            _ => None,
        };
        errors.extend(problem.map(|problem| (Self::NUMBER.to_owned(), problem)));
        let source = match clean_line(values.get(Self::SOURCE), Self::SOURCE_MAX) {
            Ok(source) if source.is_empty() => {
                errors.push((Self::SOURCE.to_owned(), Problem::Required));
                source
            }
            Ok(source) => source,
            Err(problem) => {
                errors.push((Self::SOURCE.to_owned(), problem));
                String::new()
            }
        };
        if values.get(Self::CONFIRM).is_empty() {
            errors.push((Self::CONFIRM.to_owned(), Problem::NotConfirmed));
        }
        if errors.is_empty() { Ok(Self { number, source }) } else { Err(FieldErrors(errors)) }
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
    use uuid::Uuid;

    use super::*;

    fn raffle() -> RaffleId {
        RaffleId(Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10))
    }

    fn seed(number: &str) -> Seed {
        Seed { number: number.into(), source: "Xổ số kiến thiết Đồng Tháp".into() }
    }

    fn form(number: &str, source: &str, confirm: &str) -> Values {
        Values([("seed", number), ("source", source), ("confirm", confirm)].map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// The constants come from Python's hashlib, by the table at the head of this file.
    #[test]
    fn anybody_comes_to_the_same_places_by_the_published_method() {
        let entrants: Vec<_> = (1..=5).map(|number| Entrant::of(raffle(), TicketId(number))).collect();
        assert_eq!(entrants[0].to_string(), "06f856fb86bbfee13feeeb0ad9c1d86bb6519d4bc9c352f8e6387e3698cdf616");
        let list = list(&entrants);
        assert_eq!(HEXLOWER.encode(&digest(&list)), "8024bbcd2f16888efec6dc70323e8788ad6c657295aa881f9c9f6d600f4e8cb8");
        let places: Vec<_> = draw(&seed("123456"), &entrants)
            .iter()
            .map(|entrant| 1 + entrants.iter().position(|known| known == entrant).unwrap())
            .collect();
        assert_eq!(places, [3, 2, 4, 5, 1]);
    }

    #[test]
    fn a_seed_is_a_number_with_its_source_and_knowingly_given() {
        let parsed = Seed::parse(&form(" 12 34-5.6 ", " Xổ số ", "yes")).unwrap();
        assert_eq!(parsed, Seed { number: "123456".into(), source: "Xổ số".into() });
        let errors = Seed::parse(&form("1234", "", "")).unwrap_err();
        assert_eq!(
            errors.0,
            [
                ("seed".to_owned(), Problem::TooShort { min: 5 }),
                ("source".to_owned(), Problem::Required),
                ("confirm".to_owned(), Problem::NotConfirmed)
            ]
        );
        assert_eq!(Seed::parse(&form("12:456", "a", "yes")).unwrap_err().0, [("seed".to_owned(), Problem::ForbiddenCharacter)]);
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_changes_nothing_and_nobody_is_lost(mut numbers in proptest::collection::hash_set(any::<u64>(), 0..60), number in "[0-9]{5,8}") {
            let entrants: Vec<_> = numbers.drain().map(|number| Entrant::of(raffle(), TicketId(number))).collect();
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

        #[test]
        fn another_raffle_has_other_entrants(number: u64) {
            let other = RaffleId(Uuid::from_u128(1));
            prop_assert_ne!(Entrant::of(raffle(), TicketId(number)), Entrant::of(other, TicketId(number)));
        }
    }
}
