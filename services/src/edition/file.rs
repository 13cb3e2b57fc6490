//! The edition file: one year's event as readable TOML.
//!
//! Things name each other by `code`. Times are local times in Vietnam (`2027-10-10 08:00:00`). A text in both
//! languages is `{ vi = "…", en = "…" }`; `en` may be missing.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    badge::Template,
    checkin::CheckpointKind,
    privacy::Retention,
    programme::SessionKind,
    raffle::StampedBy,
    registration::{AudienceKind, Condition, QuestionKind, QuestionOption},
    text::Bilingual,
};
use serde::{Deserialize, Serialize};

mod check;
mod layout;
mod locate;
mod read;
mod times;

pub(super) use check::check;
pub(super) use layout::write;
pub(super) use locate::{Document, Step};
pub(super) use read::read;

/// The whole file, in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct File {
    pub edition: EditionPart,
    pub venues: Vec<VenuePart>,
    pub tracks: Vec<TrackPart>,
    pub speakers: Vec<SpeakerPart>,
    pub sessions: Vec<SessionPart>,
    pub audiences: Vec<AudiencePart>,
    pub questions: Vec<QuestionPart>,
    pub checkpoints: Vec<CheckpointPart>,
    pub badge_templates: Vec<Template>,
    pub raffles: Vec<RafflePart>,
    pub organisations: Vec<OrganisationPart>,
    pub communes: Vec<CommunePart>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionPart {
    pub code: String,
    pub year: u16,
    pub name: Bilingual,
    pub theme: Bilingual,
    #[serde(with = "times::date")]
    pub starts_on: NaiveDate,
    #[serde(with = "times::date")]
    pub ends_on: NaiveDate,
    /// The day of the main programme.
    #[serde(with = "times::date")]
    pub peak_on: NaiveDate,
    /// Where, in one line.
    pub place: Bilingual,
    pub managing_body: Bilingual,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handbook_url: Option<String>,
    /// The most registrations by one phone.
    #[serde(default = "per_phone", skip_serializing_if = "is_per_phone")]
    pub registrations_per_phone: i16,
    /// Until then holders change and cancel by their link; without it, until the last day ends.
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub changes_until: Option<DateTime<Utc>>,
    /// How long a seat that came free is held for the head of its queue.
    #[serde(default = "offer_hours", skip_serializing_if = "is_offer_hours")]
    pub offer_hours: i16,
    /// How long what is kept, in months.
    #[serde(default, skip_serializing_if = "is_usual_retention")]
    pub retention: Retention,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VenuePart {
    pub code: String,
    pub name: Bilingual,
    pub address: Bilingual,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample: bool,
    #[serde(default)]
    pub rooms: Vec<RoomPart>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoomPart {
    pub code: String,
    pub name: Bilingual,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<i32>,
    /// How its sessions are entered, where somebody stands at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<DoorPart>,
}

/// The door of a room, which follows the programme. All times are minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DoorPart {
    /// Before each session.
    pub opens_before: i32,
    /// After the start: from then on latecomers stay outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_after: Option<i32>,
    /// After the start, or before it where it is negative: from then on whoever has no seat comes in too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_to_all_after: Option<i32>,
    /// People are scanned on their way out too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exits: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrackPart {
    pub code: String,
    pub name: Bilingual,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpeakerPart {
    pub code: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Bilingual>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionPart {
    pub code: String,
    pub title: Bilingual,
    pub kind: SessionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    pub room: String,
    #[serde(with = "times::instant")]
    pub starts: DateTime<Utc>,
    #[serde(with = "times::instant")]
    pub ends: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<String>,
    /// People register for it, and so many can; without it, everybody walks in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<i32>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Bilingual>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AudiencePart {
    pub code: String,
    pub name: Bilingual,
    pub kind: AudienceKind,
    /// Without it, as many as come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<i32>,
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub opens: Option<DateTime<Utc>>,
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub closes: Option<DateTime<Utc>>,
    /// Not offered on the public form.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Staff look at each registration first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub approval: bool,
    /// Whether people may wait when all seats are taken.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub waiting_list: bool,
    /// Who can read mail at one of these domains may invite themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_domains: Vec<String>,
}

/// A question of the registration form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionPart {
    pub code: String,
    pub kind: QuestionKind,
    pub label: Bilingual,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Bilingual>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Codes of the audiences that are asked; without it, all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Asked only where another question was answered in one of these ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_if: Option<Condition>,
    /// The least number, or the fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<i32>,
    /// The largest number, or the most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i32>,
    /// Asked at the gate instead of on the form.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ask_at_check_in: bool,
    /// The answer is shown at the gate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub show_at_check_in: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<QuestionOption>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointPart {
    pub code: String,
    pub name: Bilingual,
    pub kind: CheckpointKind,
    /// Checkpoints that name the same one let a ticket in once between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub opens: Option<DateTime<Utc>>,
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub closes: Option<DateTime<Utc>>,
    /// Kinds of audience; without it, everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub admits: Vec<AudienceKind>,
    /// People are scanned on their way out too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exits: bool,
}

/// A raffle among those who have stamps of booths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RafflePart {
    pub code: String,
    pub name: Bilingual,
    /// Stamps count until then; after it the list is frozen.
    #[serde(with = "times::instant")]
    pub closes: DateTime<Utc>,
    /// How many win.
    pub winners: i32,
    /// From so many booths stamps are needed.
    pub stamps: i32,
    /// Kinds of audience that take part; without it, everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub admits: Vec<AudienceKind>,
    /// Whose stamps count.
    #[serde(default, skip_serializing_if = "is_anyone")]
    pub stamped_by: StampedBy,
    /// Where the public number comes from that decides. Only raffles that were frozen before sources were named have none, nor
    /// digits and instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_source: Option<Bilingual>,
    /// How many digits it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_digits: Option<i16>,
    /// When it becomes public: the list is frozen before, and the raffle drawn after.
    #[serde(default, with = "times::optional_instant", skip_serializing_if = "Option::is_none")]
    pub seed_at: Option<DateTime<Utc>>,
}

/// What organisations there are: the provincial and communal committees, departments, public units, unions
/// and mass organisations, armed forces, companies, cooperatives, associations, schools, others.
pub(super) const ORGANISATION_KINDS: [&str; 11] = [
    "ubnd_tinh",
    "so",
    "ubnd_xa",
    "don_vi_su_nghiep",
    "dang_doan_the",
    "luc_luong_vu_trang",
    "doanh_nghiep",
    "htx",
    "hiep_hoi",
    "truong_hoc",
    "khac",
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationPart {
    pub code: String,
    pub name: Bilingual,
    /// One of [`ORGANISATION_KINDS`].
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commune: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Models that it has to register for the showcase.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quota_models: i16,
    /// Named as a partner on the home page.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partner: bool,
    #[serde(default, with = "times::optional_date", skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    #[serde(default, with = "times::optional_date", skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommunePart {
    /// The 5-digit code of the General Statistics Office.
    pub code: String,
    /// `xa` or `phuong`.
    pub kind: String,
    pub name: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

fn offer_hours() -> i16 {
    24
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_offer_hours(value: &i16) -> bool {
    *value == offer_hours()
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// A citizen registers the family with one phone.
fn per_phone() -> i16 {
    10
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_per_phone(value: &i16) -> bool {
    *value == per_phone()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_usual_retention(retention: &Retention) -> bool {
    *retention == Retention::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_anyone(value: &StampedBy) -> bool {
    *value == StampedBy::Anyone
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(value: &i16) -> bool {
    *value == 0
}
