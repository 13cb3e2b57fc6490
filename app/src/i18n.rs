//! Every text of the site, in both languages: a struct per area, one constant per language. A missing text does not
//! compile. Vietnamese is the source language; terms follow the official glossary.

pub mod access;
pub mod authority;
pub mod badges;
pub mod board;
pub mod certificates;
pub mod checkin;
pub mod common;
pub mod conflicts;
pub mod council;
pub mod delegation;
pub mod departments;
mod format;
pub mod gate;
pub mod invitations;
pub mod lost;
pub mod messages;
pub mod organisers;
pub mod people;
pub mod presence;
pub mod privacy;
pub mod programme;
pub mod queues;
pub mod raffles;
pub mod registration;
pub mod rights;
pub mod showcase;
pub mod spare;
pub mod stamps;

pub use domain::text::Locale;
pub use format::{date, date_short, date_time, number, phone, time, time_range, weekday};

/// The texts of all areas in one language.
#[derive(Debug)]
pub struct Catalogue {
    pub access: access::Access,
    pub authority: authority::Authority,
    pub badges: badges::Badges,
    pub board: board::Board,
    pub certificates: certificates::Certificates,
    pub checkin: checkin::CheckIn,
    pub common: common::Common,
    pub conflicts: conflicts::Conflicts,
    pub council: council::Council,
    pub delegation: delegation::Delegation,
    pub departments: departments::Departments,
    pub gate: gate::Gate,
    pub invitations: invitations::Invitations,
    pub lost: lost::Lost,
    pub messages: messages::Messages,
    pub organisers: organisers::Organisers,
    pub people: people::People,
    pub presence: presence::Presence,
    pub privacy: privacy::Privacy,
    pub programme: programme::Programme,
    pub queues: queues::Queues,
    pub raffles: raffles::Raffles,
    pub registration: registration::Registration,
    pub rights: rights::Rights,
    pub showcase: showcase::Showcase,
    pub spare: spare::SpareTickets,
    pub stamps: stamps::Stamps,
}

static VI: Catalogue = Catalogue {
    access: access::VI,
    authority: authority::VI,
    badges: badges::VI,
    board: board::VI,
    certificates: certificates::VI,
    checkin: checkin::VI,
    common: common::VI,
    conflicts: conflicts::VI,
    council: council::VI,
    delegation: delegation::VI,
    departments: departments::VI,
    gate: gate::VI,
    invitations: invitations::VI,
    lost: lost::VI,
    messages: messages::VI,
    organisers: organisers::VI,
    people: people::VI,
    presence: presence::VI,
    privacy: privacy::VI,
    programme: programme::VI,
    queues: queues::VI,
    raffles: raffles::VI,
    registration: registration::VI,
    rights: rights::VI,
    showcase: showcase::VI,
    spare: spare::VI,
    stamps: stamps::VI,
};
static EN: Catalogue = Catalogue {
    access: access::EN,
    authority: authority::EN,
    badges: badges::EN,
    board: board::EN,
    certificates: certificates::EN,
    checkin: checkin::EN,
    common: common::EN,
    conflicts: conflicts::EN,
    council: council::EN,
    delegation: delegation::EN,
    departments: departments::EN,
    gate: gate::EN,
    invitations: invitations::EN,
    lost: lost::EN,
    messages: messages::EN,
    organisers: organisers::EN,
    people: people::EN,
    presence: presence::EN,
    privacy: privacy::EN,
    programme: programme::EN,
    queues: queues::EN,
    raffles: raffles::EN,
    registration: registration::EN,
    rights: rights::EN,
    showcase: showcase::EN,
    spare: spare::EN,
    stamps: stamps::EN,
};

/// The texts in a language.
pub fn t(locale: Locale) -> &'static Catalogue {
    locale.pick(&VI, &EN)
}
