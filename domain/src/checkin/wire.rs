//! What travels between phone and server.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Direction, Verdict, VerdictKind};
use crate::{
    form::{self, FieldErrors, Values},
    ids::{AccountId, CheckpointId, DeviceId, PhoneId, ScanId},
    privacy::Purpose,
    registration::{Answers, Guest, TICKED, ToldAnswer, field},
    text::Locale,
};

/// The years that a phone's clock may tell: from where clocks start that have lost their time, to far beyond any edition.
const DEVICE_YEARS: std::ops::Range<i32> = 1970..2200;
/// The most that a phone's clock may differ from the server's, in milliseconds: a hundred years, so that a clock which
/// starts anew in 1970 is corrected too.
const OFFSET_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// How the code was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Camera,
    /// A photo of a code.
    Picture,
    /// A hand-held reader that types.
    Reader,
    Typed,
    /// The phone's own camera app opened the page behind the code.
    Link,
}

impl Source {
    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Picture => "picture",
            Self::Reader => "reader",
            Self::Typed => "typed",
            Self::Link => "link",
        }
    }
}

/// `POST /api/checkin/scans`: scans of one checkpoint, oldest first, and what is told of scans, [`ScanRequest::MAX`] at most in
/// all. A phone writes [`ScanSubmission`]s and [`Naming`]s; the server reads each as [`Sent`] and [`SentNaming`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRequest<S = ScanSubmission, N = Naming> {
    pub checkpoint: CheckpointId,
    pub scans: Vec<S>,
    /// That scans were mistakes, in the order in which they were undone; [`in_order`](super::in_order) tells where among the scans above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undos: Vec<Undo>,
    /// Who it was that spare tickets let in, after the scans above.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub namings: Vec<N>,
    /// What people answered at the gate, after the scans above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// How many facts wait on the phone besides these, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_besides: Option<u32>,
}

impl ScanRequest {
    /// The most scans that one request may carry.
    pub const MAX: usize = 500;
}

impl<S, N> ScanRequest<S, N> {
    /// A request that carries scans alone.
    #[must_use]
    pub fn of(checkpoint: CheckpointId, scans: Vec<S>) -> Self {
        Self { checkpoint, scans, undos: Vec::new(), namings: Vec::new(), replies: Vec::new(), waiting_besides: None }
    }
}

/// One scan as the phone tells it. A repeat of the same `scan_id` gets the stored verdict again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSubmission {
    pub scan_id: ScanId,
    /// The text that was read or typed.
    pub code: String,
    pub source: Source,
    #[serde(default)]
    pub direction: Direction,
    /// The phone's clock at the scan.
    #[serde(deserialize_with = "device_time")]
    pub device_at: DateTime<Utc>,
    /// Server clock minus phone clock, in milliseconds, as last measured; 0 before any contact.
    #[serde(default, deserialize_with = "offset")]
    pub offset_ms: i64,
    /// What the phone showed before the server answered, if it showed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_verdict: Option<VerdictKind>,
    /// The paired phone that made it: another one may bring it, after a new pairing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<DeviceId>,
    /// The sign-in that it was made under, where it was no paired phone: whoever signs in next in the same browser brings it.
    /// What older builds have kept tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
}

/// One sign-in of an account, by which a scan tells who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub account: AccountId,
    /// When the account signed in, by the server's clock.
    #[serde(deserialize_with = "device_time")]
    pub at: DateTime<Utc>,
}

impl ScanSubmission {
    /// Whether the phone has let the person in by itself.
    #[must_use]
    pub fn has_let_in(&self) -> bool {
        self.is_answered(VerdictKind::admits)
    }

    /// Whether the phone has turned the person away by itself: nobody came in by this scan, whatever is found later.
    #[must_use]
    pub fn has_turned_away(&self) -> bool {
        self.is_answered(|verdict| !verdict.admits())
    }

    fn is_answered(&self, how: impl FnOnce(VerdictKind) -> bool) -> bool {
        self.direction == Direction::Entry && self.local_verdict.is_some_and(how)
    }
}

/// Stamps of booths that a visitor's browser kept while it had no network, [`StampRequest::MAX`] at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampRequest {
    /// The browser's clock as it sends.
    #[serde(deserialize_with = "device_time")]
    pub sent_at: DateTime<Utc>,
    pub stamps: Vec<StampSubmission>,
}

impl StampRequest {
    /// The most stamps that one request may carry.
    pub const MAX: usize = 50;
}

/// A stamp as the browser tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampSubmission {
    pub id: ScanId,
    /// What the booth's poster says.
    pub code: String,
    /// The browser's clock at the poster.
    #[serde(deserialize_with = "device_time")]
    pub at: DateTime<Utc>,
    /// The handles of the tickets that it is for, where that was chosen: of the only one that the browser kept then, or by hand
    /// since. Whatever else the browser keeps when it sends gets nothing.
    #[serde(default)]
    pub tickets: Vec<String>,
}

/// That a scan was a mistake. Like a scan it is a fact; a repeat of the same `id` gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub id: ScanId,
    /// The scan that is undone.
    pub scan_id: ScanId,
    /// The phone's clock at the undoing.
    #[serde(deserialize_with = "device_time")]
    pub device_at: DateTime<Utc>,
    /// As [`ScanSubmission::offset_ms`].
    #[serde(default, deserialize_with = "offset")]
    pub offset_ms: i64,
}

impl Undo {
    /// How long a steward may undo an own scan, as the phone counts it.
    pub const WINDOW: TimeDelta = TimeDelta::seconds(30);
    /// What the server grants beyond, for a hand on the button and clocks that differ.
    const GRACE: TimeDelta = TimeDelta::seconds(30);

    /// Whether a scan made at `scanned` may still be undone at `at` by who made it. Later, a supervisor does.
    #[must_use]
    pub fn is_in_time(scanned: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        at - scanned <= Self::WINDOW + Self::GRACE
    }
}

/// Who it was that a scan of a spare ticket let in, as typed at the gate. A fact of its own: the scan never waits for it, and
/// nothing that is typed holds a scan up. Like a scan it has an id; a repeat of the same `id` gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    pub id: ScanId,
    /// The scan of the spare ticket.
    pub scan_id: ScanId,
    /// As the steward typed it; empty where nothing was.
    pub full_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub organisation: String,
    /// Whether the person has agreed to [`Purpose::Attend`]'s statement, which was read out in this language.
    pub has_agreed: bool,
    pub locale: Locale,
    /// The phone's clock when it was written down.
    #[serde(deserialize_with = "device_time")]
    pub device_at: DateTime<Utc>,
    /// As [`ScanSubmission::offset_ms`].
    #[serde(default, deserialize_with = "offset")]
    pub offset_ms: i64,
}

impl Naming {
    /// Reads what was typed, before it is stored.
    ///
    /// # Errors
    /// As [`Guest::parse`].
    pub fn guest(&self) -> Result<Guest, FieldErrors> {
        Guest::parse(&self.values())
    }

    /// What is surely wrong with it, for the phone to tell.
    #[must_use]
    pub fn faults(&self) -> FieldErrors {
        Guest::faults(&self.values())
    }

    fn values(&self) -> Values {
        let consent = Purpose::Attend.field();
        let fields = [(field::FULL_NAME, &self.full_name), (field::PHONE, &self.phone), (field::ORGANISATION_NAME, &self.organisation)];
        let typed = fields.map(|(name, value)| (name.to_owned(), value.clone()));
        let agreed = self.has_agreed.then(|| (consent.to_owned(), TICKED.to_owned()));
        Values(typed.into_iter().chain(agreed).collect())
    }
}

/// What the person of a scan answered to questions that are asked at the gate. A fact of its own, as a [`Naming`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub id: ScanId,
    /// The scan that let the person in.
    pub scan_id: ScanId,
    /// As typed and chosen.
    pub answers: Answers,
}

impl Reply {
    /// Whether it carries more than a form may: its answers have a value or more each, and bytes with the codes of their
    /// questions. Such a reply is refused before anything of it is read.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        let answers = &self.answers.0;
        let values: usize = answers.values().map(|values| values.len().max(1)).sum();
        let bytes: usize = answers.iter().map(|(code, values)| code.len() + values.iter().map(String::len).sum::<usize>()).sum();
        values > form::FIELDS_MAX || bytes > form::BYTES_MAX
    }
}

/// One [`Naming`] as it arrives. One that cannot be read is refused alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SentNaming {
    Naming(Naming),
    Unreadable { id: ScanId },
}

/// `POST /api/checkin/roster`: what is new in the list since `cursor`. Answered by a [`Page`](super::roster::Page).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRequest {
    /// That of the last page; none at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    #[serde(default)]
    pub contact: Contact,
}

/// How a phone fares, as supervisors see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The browser: whoever signs in on it next is on the same phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneId>,
    /// Scans that wait to be sent.
    pub waiting: u32,
    /// Whether `waiting` counts all that the browser keeps: the page has read it, and no other page there scans. Pages of older
    /// builds do not tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_all: bool,
    /// Scans that the server did not take.
    pub refused: u32,
    /// Percent of the battery, where the browser tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<u8>,
    /// Where it scans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointId>,
    /// Server clock minus phone clock, in milliseconds, as the phone has measured it.
    #[serde(default, deserialize_with = "offset")]
    pub offset_ms: i64,
}

impl Contact {
    /// Whether nothing waits on the phone, for certain: whatever it has scanned is known to the server. A browser without a number
    /// cannot be told from another that holds its token.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.counts_all && self.waiting == 0 && self.phone.is_some()
    }
}

fn device_time<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let at = DateTime::deserialize(from)?;
    if DEVICE_YEARS.contains(&at.year()) { Ok(at) } else { Err(D::Error::custom("a time beyond any clock")) }
}

/// The server's time at a moment of a phone's clock, by the offset that the phone tells; `None` beyond any clock.
#[must_use]
pub fn server_time(device_at: DateTime<Utc>, offset_ms: i64) -> Option<DateTime<Utc>> {
    device_at.checked_add_signed(TimeDelta::try_milliseconds(offset_ms)?)
}

fn offset<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let milliseconds = i64::deserialize(from)?;
    if (-OFFSET_MAX..=OFFSET_MAX).contains(&milliseconds) { Ok(milliseconds) } else { Err(D::Error::custom("an offset beyond any clock")) }
}

/// One scan as it arrives. One that cannot be read is refused alone and holds up no other of its request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Sent {
    Scan(ScanSubmission),
    Unreadable { scan_id: ScanId },
}

impl From<ScanSubmission> for Sent {
    fn from(scan: ScanSubmission) -> Self {
        Self::Scan(scan)
    }
}

/// The answer to [`ScanRequest`]; `POST /api/checkin/look` takes one that carries a single scan and answers with its [`ScanReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanResponse {
    /// The server's clock when it answered, by which the phone measures its own.
    pub server_now: DateTime<Utc>,
    /// One for each scan, in the order of the request.
    pub results: Vec<ScanAnswer>,
    /// One for each undoing, in the order of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<FactAnswer>,
    /// One for each naming, in the order of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<FactAnswer>,
    /// One for each reply, in the order of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replied: Vec<FactAnswer>,
    /// The phone was signed out. What it brought is kept; it scans no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_signed_out: bool,
}

/// The answer to one [`Undo`], [`Naming`] or [`Reply`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactAnswer {
    pub id: ScanId,
    /// Why nothing came of it; `None`: it is so, by this fact or by one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// The answer to one scan: a verdict, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "WrittenAnswer")]
pub enum ScanAnswer {
    Report(Box<ScanReport>),
    Refused { scan_id: ScanId, refused: Refusal },
}

/// A [`ScanAnswer`] as it is read: a choice without a name would be read by way of a tree of values, as of verdicts.
#[derive(Deserialize)]
struct WrittenAnswer {
    scan_id: ScanId,
    verdict: Option<Verdict>,
    #[serde(default)]
    had_ended: bool,
    card: Option<Card>,
    refused: Option<Refusal>,
}

impl TryFrom<WrittenAnswer> for ScanAnswer {
    type Error = &'static str;

    fn try_from(WrittenAnswer { scan_id, verdict, had_ended, card, refused }: WrittenAnswer) -> Result<Self, Self::Error> {
        match (verdict, refused) {
            (Some(verdict), _) => Ok(Self::Report(Box::new(ScanReport { scan_id, verdict, had_ended, card }))),
            (None, Some(refused)) => Ok(Self::Refused { scan_id, refused }),
            (None, None) => Err("neither a verdict nor a reason for none"),
        }
    }
}

/// Why one scan of a request has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It does not tell what it has to tell, and never will. The phone keeps a scan in sight and sends it no more; a naming or a
    /// reply, which are of a person, it forgets.
    Unreadable,
    /// The server failed at this one alone. The phone sends it again later.
    Failed,
    /// An undoing, a naming or a reply of a scan that the server has not heard of yet, or a naming of one that no supervisor has decided
    /// about yet. The phone sends it again later.
    UnknownScan,
    /// An undoing by somebody else, or too late: a supervisor may do it.
    NotYours,
}

impl Refusal {
    /// Whether the same scan may be answered at another time.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::Failed | Self::UnknownScan)
    }
}

/// The verdict on one scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanReport {
    pub scan_id: ScanId,
    pub verdict: Verdict,
    /// Who made the scan had been signed out before, or the phone's day was over: it is kept and lets nobody in, whatever the
    /// verdict.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub had_ended: bool,
    /// Who it is, when the ticket is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// What the steward sees of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub audience_vi: String,
    pub audience_en: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// How many come in by the ticket, where it is a group's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u16>,
    /// What the steward should know when the person comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<String>,
    /// What was answered to the questions whose answers are shown here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<CardAnswer>,
    /// Codes of the questions that are to be asked here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
}

impl Card {
    /// Who the person comes as, with whom: audience, organisation, and how many.
    #[must_use]
    pub fn group(&self, locale: Locale) -> String {
        let audience = locale.pick(&self.audience_vi, &self.audience_en).clone();
        let people = self.people.map(|people| format!("{people} {}", locale.pick("người", "people")));
        [Some(audience), self.organisation.clone(), people].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// An answer as the steward reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAnswer {
    pub question_vi: String,
    pub question_en: String,
    pub answer_vi: String,
    pub answer_en: String,
}

impl CardAnswer {
    /// The answers that a steward reads. Who says no to a question as whether help is needed gives nothing to do.
    #[must_use]
    pub fn all(told: &[ToldAnswer]) -> Vec<Self> {
        told.iter().filter(|answer| !answer.is_no()).map(Self::of).collect()
    }

    /// Question and answer in one line.
    #[must_use]
    pub fn told(&self, locale: Locale) -> String {
        let (question, said) = locale.pick((&self.question_vi, &self.answer_vi), (&self.question_en, &self.answer_en));
        format!("{question} {said}")
    }

    fn of(told: &ToldAnswer) -> Self {
        let question = |locale| told.question.get(locale).to_owned();
        Self {
            question_vi: question(Locale::Vi),
            question_en: question(Locale::En),
            answer_vi: told.text(Locale::Vi),
            answer_en: told.text(Locale::En),
        }
    }
}
