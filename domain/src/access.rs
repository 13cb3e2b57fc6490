//! Access: who may do what. One pure function decides; nothing else asks for roles.
//!
//! Code names exactly what it does ([`Action`] with the thing it is done to) and calls [`decide`]. The
//! whole matrix is printed by a test, readable by the people who run the event.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, DeviceId, OrganisationId},
    showcase::State,
    time::{local_date, start_of_day},
};

/// What an account is for. There are no public accounts: visitors hold secret links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the event.
    Organiser,
    /// Leads the stewards: finds who has trouble at a gate, and puts right what went wrong there.
    Supervisor,
    /// Files the dossiers of one department, commune or company.
    Department,
    /// Reads and scores dossiers, never those of the own organisation.
    Judge,
    /// Checks people in.
    Steward,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Organiser, Self::Supervisor, Self::Department, Self::Judge, Self::Steward];

    /// The name in the store and on the command line.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Organiser => "organiser",
            Self::Supervisor => "supervisor",
            Self::Department => "department",
            Self::Judge => "judge",
            Self::Steward => "steward",
        }
    }

    /// The role with this [`Role::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }
}

/// What a paired device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A phone that scans tickets.
    Scanner,
    /// A screen that shows the numbers of the live board.
    Screen,
}

impl DeviceKind {
    pub const ALL: [Self; 2] = [Self::Scanner, Self::Screen];

    /// The name in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Scanner => "scanner",
            Self::Screen => "screen",
        }
    }

    /// The kind with this [`DeviceKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A visitor: anybody.
    Anonymous,
    /// A signed-in person.
    Account {
        id: AccountId,
        name: String,
        role: Role,
        /// The body that the person belongs to; a department account always has one.
        organisation: Option<OrganisationId>,
    },
    /// A device that was paired for what its kind does, and for nothing else.
    Device { id: DeviceId, name: String, kind: DeviceKind },
}

impl Actor {
    /// The account, if a person is signed in.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { id, .. } => Some(*id),
            Self::Anonymous | Self::Device { .. } => None,
        }
    }

    /// The id of the account or device, whichever it is.
    #[must_use]
    pub fn holder(&self) -> Option<uuid::Uuid> {
        match self {
            Self::Account { id, .. } => Some(id.0),
            Self::Device { id, .. } => Some(id.0),
            Self::Anonymous => None,
        }
    }

    fn role(&self) -> Option<Role> {
        match self {
            Self::Account { role, .. } => Some(*role),
            Self::Anonymous | Self::Device { .. } => None,
        }
    }
}

/// What is done, to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See the organisers' desk: numbers, lists, devices.
    SeeOrganiserDesk,
    /// See the own department's desk.
    SeeDepartmentDesk,
    /// See the council's desk.
    SeeCouncilDesk,
    /// Start a dossier for the own organisation.
    StartDossier,
    /// Read a dossier that is not published.
    ReadDossier(DossierFacts),
    /// Change or submit a dossier.
    EditDossier(DossierFacts),
    /// Return a submitted dossier for changes, or publish it.
    ReviewDossier(DossierFacts),
    /// Scan tickets and see the verdicts.
    Scan,
    /// Undo anybody's scan at any time, and settle what phones did against the rule.
    CorrectScans,
    /// Let somebody in without a scan, with a reason.
    AdmitByHand,
    /// See the counts of arrivals by checkpoint.
    SeeCounts,
    /// See the live board.
    SeeBoard,
    /// See the numbers of the live board, as a screen in a hall shows them to everybody.
    SeeBoardNumbers,
    /// Show a pairing code, make a browser a screen, see the paired devices and sign them out.
    ManageDevices,
    /// Manage the own sign-ins.
    ManageOwnSessions,
    /// Sign out the phone of somebody who scans with an account of this role.
    EndSessionOf(Role),
    /// Find people and read what a gate needs to know of them.
    FindPeople,
    /// Block a ticket, take the block back, and replace a ticket by a new one.
    HoldTickets,
    /// Write what the gate should know of a person.
    WriteAttention,
    /// Read all that is known of people; decide, change and export registrations, delegations, the waiting list and
    /// invitations.
    ManageRegistrations,
    /// Register somebody who stands at the desk.
    RegisterWalkIn,
    /// Print spare tickets for people who come without a registration, and void those that were lost.
    ManageSpareTickets,
    /// Print badges, and see which were printed.
    PrintBadges,
    /// Write to people, and see what was sent.
    ManageMessages,
    /// Answer what people ask by the law on personal data.
    AnswerPrivacyRequests,
    /// Print the codes of booths, and hold raffles among those who have stamps.
    HoldRaffles,
}

/// What the policy needs to know of a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DossierFacts {
    pub owner: OrganisationId,
    pub state: State,
}

/// The answer of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// The thing must look as if it did not exist: 404.
    Hide,
    /// The thing is known to exist, but is not for this actor: 403.
    Forbid,
    /// Signing in may help.
    SignIn,
}

/// A refused action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("not found")]
    Hidden,
    #[error("not allowed")]
    Forbidden,
    #[error("sign in first")]
    SignIn,
}

/// Decides whether the actor may do this.
#[must_use]
pub fn decide(actor: &Actor, action: Action) -> Decision {
    use Role::{Department, Judge, Organiser, Steward, Supervisor};

    let may = |roles: &[Role]| actor.role().is_some_and(|role| roles.contains(&role));
    let is = |kind: DeviceKind| matches!(actor, Actor::Device { kind: own, .. } if *own == kind);
    let own = |facts: DossierFacts| matches!(actor, Actor::Account { organisation: Some(own), .. } if *own == facts.owner);
    let allowed = match action {
        Action::SeeOrganiserDesk
        | Action::ManageRegistrations
        | Action::ManageSpareTickets
        | Action::ManageMessages
        | Action::AnswerPrivacyRequests
        | Action::HoldRaffles
        // Nobody ends the work of those who lead them.
        | Action::EndSessionOf(Organiser | Department | Judge) => may(&[Organiser]),
        Action::SeeBoard
        | Action::ManageDevices
        | Action::CorrectScans
        | Action::AdmitByHand
        | Action::FindPeople
        | Action::HoldTickets
        | Action::WriteAttention
        | Action::EndSessionOf(Supervisor | Steward) => may(&[Organiser, Supervisor]),
        Action::RegisterWalkIn | Action::PrintBadges => may(&[Organiser, Supervisor, Steward]),
        Action::SeeDepartmentDesk | Action::StartDossier => may(&[Department]),
        Action::SeeCouncilDesk => may(&[Judge]),
        Action::ReadDossier(facts) => {
            (may(&[Organiser]) && facts.state != State::Draft)
                || (may(&[Department]) && own(facts))
                || (may(&[Judge]) && facts.state.is_under_review() && !own(facts))
        }
        Action::EditDossier(facts) => may(&[Department]) && own(facts) && facts.state.is_editable(),
        Action::ReviewDossier(facts) => may(&[Organiser]) && facts.state != State::Draft,
        Action::Scan | Action::SeeCounts => may(&[Organiser, Supervisor, Steward]) || is(DeviceKind::Scanner),
        Action::SeeBoardNumbers => may(&[Organiser, Supervisor]) || is(DeviceKind::Screen),
        Action::ManageOwnSessions => actor.account().is_some(),
    };
    match (allowed, action, actor) {
        (true, ..) => Decision::Allow,
        (false, _, Actor::Anonymous) => Decision::SignIn,
        // A locked dossier is visible to its owner, who should learn that it is locked.
        (false, Action::EditDossier(facts), _) if may(&[Department]) && own(facts) => Decision::Forbid,
        (false, Action::ReadDossier(_) | Action::EditDossier(_) | Action::ReviewDossier(_), _) => Decision::Hide,
        (false, ..) => Decision::Forbid,
    }
}

/// [`decide`] as a result: the guard at the head of every verb.
///
/// # Errors
/// [`Denied`], as the policy says.
pub fn authorise(actor: &Actor, action: Action) -> Result<(), Denied> {
    match decide(actor, action) {
        Decision::Allow => Ok(()),
        Decision::Hide => Err(Denied::Hidden),
        Decision::Forbid => Err(Denied::Forbidden),
        Decision::SignIn => Err(Denied::SignIn),
    }
}

/// What a new password must have.
pub mod password {
    use crate::form::Problem;

    /// The least length without a second factor (TCVN 14423:2026, level 2), in characters.
    pub const MIN: usize = 14;
    /// The longest password that is hashed, in characters.
    pub const MAX: usize = 200;

    /// Requires the length and four classes of characters of a new password.
    ///
    /// # Errors
    /// [`Problem::WeakPassword`], [`Problem::TooLong`].
    pub fn check(password: &str) -> Result<(), Problem> {
        let has = |class: fn(char) -> bool| password.chars().any(class);
        let classes = has(char::is_lowercase) && has(char::is_uppercase) && has(char::is_numeric) && has(|c| !c.is_alphanumeric());
        match password.chars().count() {
            n if n > MAX => Err(Problem::TooLong { max: MAX }),
            n if n < MIN || !classes => Err(Problem::WeakPassword { min: MIN }),
            _ => Ok(()),
        }
    }
}

/// How long before midnight devices are paired for the day that follows: phones are handed out on the evening before.
const EVENING: TimeDelta = TimeDelta::hours(6);

/// Until when a device that is paired at this instant works: the end of that day in Vietnam, and from 18:00 on the end of the
/// next day.
#[must_use]
pub fn device_expires_at(paired_at: DateTime<Utc>) -> DateTime<Utc> {
    start_of_day(local_date(paired_at + EVENING)) + TimeDelta::days(1)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use uuid::Uuid;

    use super::*;

    fn organisation(number: u128) -> OrganisationId {
        OrganisationId(Uuid::from_u128(number))
    }

    fn account(role: Role, organisation: Option<OrganisationId>) -> Actor {
        Actor::Account { id: AccountId(Uuid::nil()), name: "A".into(), role, organisation }
    }

    fn device(kind: DeviceKind) -> Actor {
        Actor::Device { id: DeviceId(Uuid::nil()), name: "P".into(), kind }
    }

    #[test]
    fn a_device_works_until_midnight_and_one_paired_in_the_evening_the_next_day_too() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (paired_at, expires_at) in [
            ("2027-10-10T00:00:00+07:00", "2027-10-11T00:00:00+07:00"),
            ("2027-10-10T17:59:59+07:00", "2027-10-11T00:00:00+07:00"),
            ("2027-10-10T18:00:00+07:00", "2027-10-12T00:00:00+07:00"),
            ("2027-10-10T23:59:59+07:00", "2027-10-12T00:00:00+07:00"),
        ] {
            assert_eq!(device_expires_at(at(paired_at)), at(expires_at), "{paired_at}");
        }
    }

    fn actions() -> Vec<Action> {
        let mut actions = vec![
            Action::SeeOrganiserDesk,
            Action::SeeDepartmentDesk,
            Action::SeeCouncilDesk,
            Action::StartDossier,
            Action::Scan,
            Action::CorrectScans,
            Action::AdmitByHand,
            Action::SeeCounts,
            Action::SeeBoard,
            Action::SeeBoardNumbers,
            Action::ManageDevices,
            Action::ManageOwnSessions,
            Action::FindPeople,
            Action::HoldTickets,
            Action::WriteAttention,
            Action::ManageRegistrations,
            Action::RegisterWalkIn,
            Action::ManageSpareTickets,
            Action::PrintBadges,
            Action::ManageMessages,
            Action::AnswerPrivacyRequests,
            Action::HoldRaffles,
        ];
        actions.extend(Role::ALL.map(Action::EndSessionOf));
        for state in State::ALL {
            let facts = DossierFacts { owner: organisation(1), state };
            actions.extend([Action::ReadDossier(facts), Action::EditDossier(facts), Action::ReviewDossier(facts)]);
        }
        actions
    }

    #[test]
    fn the_matrix_of_rights_is_as_printed() {
        let actors = [
            ("nobody", Actor::Anonymous),
            ("organiser", account(Role::Organiser, None)),
            ("supervisor", account(Role::Supervisor, None)),
            ("department, own", account(Role::Department, Some(organisation(1)))),
            ("department, other", account(Role::Department, Some(organisation(2)))),
            ("judge, own", account(Role::Judge, Some(organisation(1)))),
            ("judge, other", account(Role::Judge, Some(organisation(2)))),
            ("steward", account(Role::Steward, None)),
            ("phone", device(DeviceKind::Scanner)),
            ("screen", device(DeviceKind::Screen)),
        ];
        let mut matrix = String::new();
        for action in actions() {
            let name = match action {
                Action::ReadDossier(facts) => format!("read {} dossier", facts.state.key()),
                Action::EditDossier(facts) => format!("edit {} dossier", facts.state.key()),
                Action::ReviewDossier(facts) => format!("review {} dossier", facts.state.key()),
                other => format!("{other:?}"),
            };
            writeln!(matrix, "{name}").unwrap();
            for (who, actor) in &actors {
                writeln!(matrix, "    {who:<18} {:?}", decide(actor, action)).unwrap();
            }
        }
        insta::assert_snapshot!(matrix);
    }

    #[test]
    fn a_device_may_do_what_its_kind_is_for_and_nothing_else() {
        let allowed = |kind| {
            let device = device(kind);
            actions().into_iter().filter(|action| decide(&device, *action) == Decision::Allow).collect::<Vec<_>>()
        };
        assert_eq!(allowed(DeviceKind::Scanner), [Action::Scan, Action::SeeCounts]);
        assert_eq!(allowed(DeviceKind::Screen), [Action::SeeBoardNumbers]);
    }

    #[test]
    fn a_judge_never_reads_the_own_organisations_dossier() {
        for state in State::ALL {
            let facts = DossierFacts { owner: organisation(1), state };
            assert_ne!(decide(&account(Role::Judge, Some(organisation(1))), Action::ReadDossier(facts)), Decision::Allow);
        }
    }

    #[test]
    fn passwords_need_length_and_four_classes() {
        assert_eq!(password::check("Sen-Hồng-2027-ĐT"), Ok(()));
        for weak in ["Sen-Hong-2027", "sen-hong-2027-dt", "SEN-HONG-2027-DT", "SenHong2027DongThap", "Sen-Hong-Dong-Thap"] {
            assert_eq!(password::check(weak), Err(Problem::WeakPassword { min: 14 }), "{weak}");
        }
    }

    use crate::form::Problem;
}
