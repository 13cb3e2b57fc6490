//! Delegations: an organisation's people whom their leader registers in one go, and a school's pupils, who are counted
//! and not named.
//!
//! Law 91/2025/QH15 Art. 9 asks for the consent of each person. A leader cannot give it for others, but can declare that
//! each has been told and agrees: that declaration is what is recorded for every member, for the one purpose that
//! registering needs. Officials whom an agency sends by document may rest on Art. 19.1(c), a state agency's lawful
//! activity; the declaration is recorded for them as well. Children come as a head count (Art. 24).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    application::{CommuneCode, Details, TICKED},
    audience::{Ask, Asks, AudienceKind},
    field as person,
};
use crate::{
    contact::{Email, Phone, TaxCode, Taxpayer},
    form::{FieldErrors, Problem, Values, at_least},
    ids::{AudienceId, OrganisationId},
    text::{Locale, PersonName, clean_line, fold},
};

mod list;

pub use list::{gather, read_list, read_table, read_text, reopened, settled, write_list};

/// The most people of one delegation.
pub const MOST: usize = 500;

/// The names of the form's fields, beside those of [`super::field`].
pub mod field {
    /// `people` or `school`.
    pub const KIND: &str = "kind";
    pub const LEADER_NAME: &str = "leader_name";
    pub const LEADER_PHONE: &str = "leader_phone";
    pub const LEADER_EMAIL: &str = "leader_email";
    /// Ticked: all on the list are 16 or older.
    pub const ADULTS: &str = "adults";
    /// Ticked: people of the same name are different people.
    pub const NAMESAKES: &str = "namesakes";
    /// A school's head count.
    pub const PEOPLE: &str = "people";
    /// Ticked: everybody has been told and agrees.
    pub const DECLARATION: &str = "declaration";
    /// The list as it was last checked, a line for each person.
    pub const LIST: &str = "list";
    /// What was copied out of a spreadsheet.
    pub const PASTE: &str = "paste";
    /// The list as a file.
    pub const FILE: &str = "file";
    /// How many empty rows are offered.
    pub const ROWS: &str = "rows";
}

/// Who comes: people with names, or a school.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    People,
    School,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::People, Self::School];

    /// The name in forms and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::School => "school",
        }
    }

    /// The kind with this [`Kind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    JobTitle,
    Phone,
    Email,
}

impl Column {
    pub const ALL: [Self; 4] = [Self::Name, Self::JobTitle, Self::Phone, Self::Email];

    /// The field of this column in the row of this number, counted from 1: `name-3`.
    #[must_use]
    pub fn field(self, row: usize) -> String {
        let key = match self {
            Self::Name => "name",
            Self::JobTitle => "job",
            Self::Phone => "phone",
            Self::Email => "email",
        };
        format!("{key}-{row}")
    }
}

/// One person as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row([String; Column::ALL.len()]);

impl Row {
    #[must_use]
    pub fn get(&self, column: Column) -> &str {
        &self.0[column as usize]
    }

    /// Writes a cell. A cell is one line.
    pub fn set(&mut self, column: Column, value: &str) {
        let line = value.trim_start_matches('\u{feff}').split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty());
        self.0[column as usize] = line.collect::<Vec<_>>().join(" ");
    }

    /// A row of these cells.
    #[must_use]
    pub fn of(name: &str, job_title: &str, phone: &str, email: &str) -> Self {
        let mut row = Self::default();
        for (column, value) in Column::ALL.into_iter().zip([name, job_title, phone, email]) {
            row.set(column, value);
        }
        row
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|cell| cell.trim().is_empty())
    }
}

/// One person of a delegation. Phone and e-mail may be missing: the leader passes the ticket on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub full_name: PersonName,
    pub job_title: Option<String>,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
}

impl Member {
    /// Reads the row of this number.
    ///
    /// # Errors
    /// Every cell's problem, under [`Column::field`].
    pub fn parse(row: &Row, number: usize, asks: Asks) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let job = |raw: &str| clean_line(raw, Details::JOB_TITLE_MAX).and_then(|text| at_least(text, 1));
        let job_asked = if asks.job_title == Ask::Required { Ask::Required } else { Ask::Optional };
        let full_name = errors.take(&Column::Name.field(number), PersonName::parse(row.get(Column::Name)));
        let job_title = errors.take(&Column::JobTitle.field(number), job_asked.read(row.get(Column::JobTitle), job));
        let phone = errors.take(&Column::Phone.field(number), Ask::Optional.read(row.get(Column::Phone), phone_of_cell));
        let email = errors.take(&Column::Email.field(number), Ask::Optional.read(row.get(Column::Email), Email::parse));
        match (full_name, job_title, phone, email) {
            (Some(full_name), Some(job_title), Some(phone), Some(email)) => Ok(Self { full_name, job_title, phone, email }),
            _ => Err(errors),
        }
    }
}

/// A phone out of a spreadsheet, which takes the first zero off a number and puts an apostrophe before a text.
fn phone_of_cell(raw: &str) -> Result<Phone, Problem> {
    let raw = raw.trim().trim_start_matches('\'');
    let digits = raw.chars().filter(char::is_ascii_digit).count();
    if digits == 9 && !raw.starts_with(['0', '+']) { Phone::parse(&format!("0{raw}")) } else { Phone::parse(raw) }
}

/// The people of a list, or all that is wrong with it, by row and column.
///
/// Who has the name of somebody above, whatever the marks and the spelling, is pointed out until the leader says that
/// they are `namesakes`.
///
/// # Errors
/// [`Problem::NoRows`] and [`Problem::TooManyRows`] under [`field::PASTE`]; each cell's problem under [`Column::field`].
pub fn check(rows: &[Row], asks: Asks, namesakes: bool) -> Result<Vec<Member>, FieldErrors> {
    match rows.len() {
        0 => return Err(FieldErrors::one(field::PASTE, Problem::NoRows)),
        1..=MOST => {}
        _ => return Err(FieldErrors::one(field::PASTE, Problem::TooManyRows { max: MOST })),
    }
    let mut errors = FieldErrors::default();
    let mut members = Vec::with_capacity(rows.len());
    let mut first = HashMap::new();
    for (row, number) in rows.iter().zip(1..) {
        match Member::parse(row, number, asks) {
            Ok(member) => members.push(member),
            Err(found) => errors.0.extend(found.0),
        }
        let above = *first.entry(sounds_like(row.get(Column::Name))).or_insert(number);
        if above != number && !namesakes && !row.get(Column::Name).is_empty() {
            errors.take(&Column::Name.field(number), Err::<(), _>(Problem::SameAsRow { row: above }));
        }
    }
    if errors.is_empty() { Ok(members) } else { Err(errors) }
}

/// The form by which two spellings of a name are compared: "Hoà Lý" and "Hòa Lí" are one.
fn sounds_like(name: &str) -> String {
    fold(&name.split_whitespace().collect::<Vec<_>>().join(" ")).replace('y', "i")
}

/// Who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    People(Vec<Member>),
    /// Pupils and teachers together, on the teacher's ticket.
    School(u16),
}

impl Party {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::People(_) => Kind::People,
            Self::School(_) => Kind::School,
        }
    }

    /// How many seats the party needs.
    #[must_use]
    pub fn people(&self) -> usize {
        match self {
            Self::People(members) => members.len(),
            Self::School(people) => usize::from(*people),
        }
    }
}

/// Who leads a party, and how to reach this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    pub name: PersonName,
    pub phone: Phone,
    pub email: Option<Email>,
}

/// What a leader asks for: seats in one audience for the whole party. All values are clean; whether the seats, the commune
/// and the organisation exist, the service decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub audience: AudienceId,
    pub locale: Locale,
    pub leader: Leader,
    pub organisation: Option<OrganisationId>,
    pub organisation_name: Option<String>,
    pub tax_code: Option<TaxCode>,
    pub commune: Option<CommuneCode>,
    pub party: Party,
}

impl Application {
    /// Reads the form of one audience and finds all that is wrong with it at once, the list included.
    ///
    /// # Errors
    /// Every field's problem, in the order of the form.
    pub fn parse(values: &Values, audience: AudienceId, kind: AudienceKind, locale: Locale) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        Self::read(values, audience, kind, locale, &mut errors).filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// Reads what is right; what is wrong goes to `errors`.
    fn read(values: &Values, audience: AudienceId, kind: AudienceKind, locale: Locale, errors: &mut FieldErrors) -> Option<Self> {
        let asks = kind.asks();
        let is_school = values.has(field::KIND, Kind::School.key());
        let ask = |wanted: bool| if wanted { Ask::Required } else { Ask::No };
        let from_list = asks.organisation != Ask::No && !is_school;

        let organisation = errors.take(
            person::ORGANISATION,
            ask(from_list).read(values.get(person::ORGANISATION), |raw| match raw {
                "" => Err(Problem::Required),
                id => id.parse::<OrganisationId>().map_err(|_| Problem::UnknownChoice),
            }),
        );
        let organisation_name = errors.take(
            person::ORGANISATION_NAME,
            ask(!from_list).read(values.get(person::ORGANISATION_NAME), |raw| {
                clean_line(raw, Details::ORGANISATION_MAX).and_then(|text| at_least(text, 1))
            }),
        );
        let tax_asked = if is_school { Ask::No } else { asks.tax_code };
        let taxpayer = if values.has(person::HOUSEHOLD, TICKED) { Taxpayer::Household } else { Taxpayer::Company };
        let tax_code = errors.take(person::TAX_CODE, tax_asked.read(values.get(person::TAX_CODE), |raw| TaxCode::parse(raw, taxpayer)));
        let commune = errors.take(person::COMMUNE, asks.commune.read(values.get(person::COMMUNE), CommuneCode::parse));
        let leader = Leader::parse(values).map_err(|found| errors.0.extend(found.0)).ok();
        let party = if is_school {
            errors.take(field::PEOPLE, head_count(values.get(field::PEOPLE))).map(Party::School)
        } else {
            let members = check(&gather(values), asks, values.has(field::NAMESAKES, TICKED));
            members.map_err(|found| errors.0.extend(found.0)).ok().map(Party::People)
        };
        if asks.adult && !is_school && !values.has(field::ADULTS, TICKED) {
            errors.take(field::ADULTS, Err::<(), _>(Problem::AgeOfAllNeeded));
        }
        if !values.has(field::DECLARATION, TICKED) {
            errors.take(field::DECLARATION, Err::<(), _>(Problem::DeclarationNeeded));
        }
        Some(Self {
            audience,
            locale,
            leader: leader?,
            organisation: organisation?,
            organisation_name: organisation_name?,
            tax_code: tax_code?,
            commune: commune?,
            party: party?,
        })
    }
}

impl Leader {
    /// Reads who leads a party.
    ///
    /// # Errors
    /// What is wrong with each of the three fields.
    pub fn parse(values: &Values) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take(field::LEADER_NAME, PersonName::parse(values.get(field::LEADER_NAME)));
        let phone = errors.take(field::LEADER_PHONE, Phone::parse(values.get(field::LEADER_PHONE)));
        let email = errors.take(field::LEADER_EMAIL, Ask::Optional.read(values.get(field::LEADER_EMAIL), Email::parse));
        match (name, phone, email) {
            (Some(name), Some(phone), Some(email)) => Ok(Self { name, phone, email }),
            _ => Err(errors),
        }
    }
}

/// Reads how many come from a school, teachers included.
///
/// # Errors
/// [`Problem::Required`], [`Problem::NotACount`].
pub fn head_count(raw: &str) -> Result<u16, Problem> {
    match raw.trim() {
        "" => Err(Problem::Required),
        typed => typed.parse().ok().filter(|people| (1..=MOST).contains(&usize::from(*people))).ok_or(Problem::NotACount { max: MOST }),
    }
}

/// The exact words that a leader declares for the members, or for the pupils' parents.
#[must_use]
pub fn declaration(kind: Kind, locale: Locale) -> &'static str {
    let (vi, en) = match kind {
        Kind::People => (
            "Tôi đã báo cho từng người trong danh sách và mọi người đồng ý để Ban Tổ chức dùng thông tin này để đăng ký, cấp thẻ và điểm danh tại Ngày Chuyển đổi số tỉnh Đồng Tháp. Tôi cũng đồng ý như vậy với thông tin của tôi.",
            "I have told everybody on the list, and all agree that the organising board uses these details to register them, issue their passes and check them in at the Đồng Tháp Digital Transformation Day. I agree to the same for my own details.",
        ),
        Kind::School => (
            "Tôi đồng ý để Ban Tổ chức dùng thông tin của tôi để đăng ký, cấp thẻ và điểm danh cho đoàn tại Ngày Chuyển đổi số tỉnh Đồng Tháp. Cha mẹ hoặc người giám hộ của học sinh đã được báo về chuyến đi.",
            "I agree that the organising board uses my details to register our group, issue its pass and check it in at the Đồng Tháp Digital Transformation Day. The pupils’ parents or guardians have been told of the visit.",
        ),
    };
    locale.pick(vi, en)
}

/// SHA-256 of [`declaration`] in UTF-8: the proof of which words were shown.
#[must_use]
pub fn declaration_hash(kind: Kind, locale: Locale) -> [u8; 32] {
    Sha256::digest(declaration(kind, locale).as_bytes()).into()
}

#[cfg(test)]
mod tests;
