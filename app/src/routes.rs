//! Every address of the site, in both languages, in one table.
//!
//! There is no router in the browser (navigation loads whole pages), so a page is found by its address here and
//! rendered; the server mounts the same table with [`listing`], and handlers at the addresses of [`Deed`] and [`Download`].

use domain::{access::Role, badge::Frame, text::Locale};
use leptos_axum::AxumRouteListing;
use leptos_router::{Method, SsrMode};

use crate::assets::Sheet;

/// A page of the site. Where its address has a parameter, use [`Page::at`]. A page with a form takes the form at its own
/// address; what else can be done is in [`Deed`], what can be fetched in [`Download`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    Home,
    Programme,
    /// Parameter: the session's slug.
    Session,
    Register,
    /// A party, by its leader.
    RegisterDelegation,
    /// Parameter: the secret of the leader's link.
    Delegation,
    /// Parameter: the secret of the ticket link.
    Ticket,
    /// For who has lost the link.
    FindTicket,
    /// Change what a registration says. Parameter: as of the ticket.
    ChangeTicket,
    /// Behind the QR. Parameter: the signed code.
    TicketCode,
    /// What stands in for the next without a network.
    StampShell,
    /// Behind the poster of a booth. Parameter: the booth's signed code.
    Stamp,
    /// Whether a certificate is genuine. Parameter: its code.
    Certificate,
    Models,
    /// Parameter: the model's slug.
    Model,
    CheckIn,
    /// The check-in page without anybody's data, for phones to keep.
    CheckInShell,
    /// Behind a pairing code. Parameter: its secret.
    Pair,
    /// How to install the certificate of a server that has made its own.
    Authority,
    SignIn,
    Organisers,
    /// Arrivals as they happen.
    Board,
    /// The same on a large screen.
    BigScreen,
    /// Who is inside, by name.
    Presence,
    /// What phones did against the rule, to be settled.
    Conflicts,
    /// A dossier to review. Parameter: its id.
    Review,
    /// The phones that scan.
    Devices,
    /// Everybody who has registered.
    People,
    /// One of them. Parameter: the registration's id.
    Person,
    /// Change what a registration says, for its holder. Parameter: as the person's.
    ChangePerson,
    /// Two registrations of one person, to be merged. Parameter: the id of one.
    MergePeople,
    /// Where people register on the spot.
    WalkIn,
    /// Tickets printed beforehand, for people who come without a registration.
    SpareTickets,
    /// Whose badges are to be printed, and which were.
    Badges,
    /// Badges as they are printed. Parameter: the print's id.
    BadgeSheet,
    /// Everything that can be full, and who waits for it.
    Queues,
    /// One queue. Parameter: the id of the seats that it is for.
    Queue,
    /// Booths and raffles.
    Booths,
    /// What is published of a raffle. Parameter: its code.
    Raffle,
    /// Codes that open an audience.
    Invitations,
    /// The outbox.
    Messages,
    /// A template to write. Parameter: kind and language, as `ticket.vi`.
    MessageTemplate,
    /// A mailing to write.
    Mailing,
    /// Lists from other systems.
    Import,
    Departments,
    /// A dossier to write. Parameter: its id.
    Dossier,
    Council,
    /// A dossier to read. Parameter: its id.
    Reading,
    Privacy,
    /// What is kept about a person, and what the person can do about it. Parameter: the secret of the ticket link.
    Rights,
    /// The same about who leads a delegation. Parameter: the secret of the leader's link.
    LeaderRights,
    /// After erasing.
    Erased,
    /// Ends reminders, from a mail. Parameter: the secret of that link.
    StopReminders,
    /// What people ask by the law on personal data.
    RightsQueue,
    /// One such request. Parameter: its id.
    RightsRequest,
}

/// The table: page, Vietnamese address (no marks), English address. `{…}` stands for one parameter.
const TABLE: &[(Page, &str, &str)] = &[
    (Page::Home, "/", "/en"),
    (Page::Programme, "/chuong-trinh", "/en/programme"),
    (Page::Session, "/chuong-trinh/{session}", "/en/programme/{session}"),
    (Page::Register, "/dang-ky", "/en/register"),
    (Page::RegisterDelegation, "/dang-ky/doan", "/en/register/group"),
    (Page::Delegation, "/doan/{secret}", "/en/group/{secret}"),
    (Page::Ticket, "/ve/{secret}", "/en/ticket/{secret}"),
    (Page::ChangeTicket, "/ve/{secret}/sua", "/en/ticket/{secret}/change"),
    (Page::FindTicket, "/tim-ve", "/en/find-ticket"),
    (Page::TicketCode, "/T/{code}", "/en/T/{code}"),
    (Page::StampShell, "/TEM/khung", "/en/TEM/shell"),
    (Page::Stamp, "/TEM/{code}", "/en/TEM/{code}"),
    (Page::Certificate, "/xac-nhan/{code}", "/en/verify/{code}"),
    (Page::Models, "/mo-hinh", "/en/models"),
    (Page::Model, "/mo-hinh/{model}", "/en/models/{model}"),
    (Page::CheckIn, "/diem-danh", "/en/check-in"),
    (Page::CheckInShell, "/diem-danh/khung", "/en/check-in/shell"),
    (Page::Pair, "/ghep-may/{secret}", "/en/pair/{secret}"),
    (Page::Authority, "/chung-thu-may-chu", "/en/server-certificate"),
    (Page::SignIn, "/dang-nhap", "/en/sign-in"),
    (Page::Organisers, "/ban-to-chuc", "/en/organisers"),
    (Page::Board, "/ban-to-chuc/truc-tiep", "/en/organisers/live"),
    (Page::BigScreen, "/ban-to-chuc/truc-tiep/man-hinh", "/en/organisers/live/screen"),
    (Page::Presence, "/ban-to-chuc/dang-o-trong", "/en/organisers/inside"),
    (Page::Conflicts, "/ban-to-chuc/can-xem-lai", "/en/organisers/conflicts"),
    (Page::Review, "/ban-to-chuc/ho-so/{dossier}", "/en/organisers/dossiers/{dossier}"),
    (Page::Devices, "/ban-to-chuc/may-quet", "/en/organisers/phones"),
    (Page::People, "/ban-to-chuc/nguoi-dang-ky", "/en/organisers/people"),
    (Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}", "/en/organisers/people/{person}"),
    (Page::ChangePerson, "/ban-to-chuc/nguoi-dang-ky/{person}/sua", "/en/organisers/people/{person}/change"),
    (Page::MergePeople, "/ban-to-chuc/nguoi-dang-ky/{person}/gop", "/en/organisers/people/{person}/merge"),
    (Page::WalkIn, "/ban-to-chuc/tai-quay", "/en/organisers/desk"),
    (Page::SpareTickets, "/ban-to-chuc/ve-du-phong", "/en/organisers/spare-tickets"),
    (Page::Badges, "/ban-to-chuc/the-deo", "/en/organisers/badges"),
    (Page::BadgeSheet, "/ban-to-chuc/the-deo/{print}", "/en/organisers/badges/{print}"),
    (Page::Queues, "/ban-to-chuc/hang-cho", "/en/organisers/queues"),
    (Page::Queue, "/ban-to-chuc/hang-cho/{queue}", "/en/organisers/queues/{queue}"),
    (Page::Booths, "/ban-to-chuc/dau-gian-hang", "/en/organisers/booths"),
    (Page::Raffle, "/quay-thuong/{raffle}", "/en/raffle/{raffle}"),
    (Page::Invitations, "/ban-to-chuc/ma-moi", "/en/organisers/invitations"),
    (Page::Messages, "/ban-to-chuc/tin-nhan", "/en/organisers/messages"),
    (Page::MessageTemplate, "/ban-to-chuc/tin-nhan/mau/{template}", "/en/organisers/messages/texts/{template}"),
    (Page::Mailing, "/ban-to-chuc/tin-nhan/gui", "/en/organisers/messages/mailing"),
    (Page::Import, "/ban-to-chuc/nhap-danh-sach", "/en/organisers/import"),
    (Page::Departments, "/don-vi", "/en/departments"),
    (Page::Dossier, "/don-vi/ho-so/{dossier}", "/en/departments/dossiers/{dossier}"),
    (Page::Council, "/hoi-dong", "/en/council"),
    (Page::Reading, "/hoi-dong/ho-so/{dossier}", "/en/council/dossiers/{dossier}"),
    (Page::Privacy, "/quyen-rieng-tu", "/en/privacy"),
    (Page::Rights, "/ve/{secret}/quyen", "/en/ticket/{secret}/rights"),
    (Page::LeaderRights, "/doan/{secret}/quyen", "/en/group/{secret}/rights"),
    (Page::Erased, "/quyen-rieng-tu/da-xoa", "/en/privacy/erased"),
    (Page::StopReminders, "/thoi-nhan-tin/{secret}", "/en/stop-reminders/{secret}"),
    (Page::RightsQueue, "/ban-to-chuc/quyen", "/en/organisers/rights"),
    (Page::RightsRequest, "/ban-to-chuc/quyen/{request}", "/en/organisers/rights/{request}"),
];

/// What a form does that is not the form of the page at its address. All are posted; the answer leads on (303), or shows
/// [`Deed::page`] again with what is wrong (422).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Give the seat back. Parameter: the secret of the ticket link.
    CancelTicket,
    /// Parameter: the secret of the leader's link, as in the next five.
    AddMembers,
    ExchangeMember,
    RemoveMember,
    RecountDelegation,
    LeaveDelegation,
    /// Take the seats that are held for those who waited.
    AcceptDelegation,
    /// Take the seat that is held. Parameter: the secret of the ticket link, as in the next.
    AcceptSeat,
    /// Take the seat in a session that is held.
    AcceptSession,
    /// Send an invitation to an address.
    AskInvitation,
    /// Parameter: the registration's id, as in the next seven.
    ApproveRegistration,
    RefuseRegistration,
    CancelRegistration,
    /// Offer a seat out of turn.
    InviteFromQueue,
    ReissueTicket,
    BlockTicket,
    UnblockTicket,
    /// Send the ticket's link again.
    ResendLink,
    /// Let the person in without a scan. Parameter: the registration's id, as in the next three.
    AdmitByHand,
    /// Undo one of the person's scans.
    UndoScan,
    /// Write what the gate should know of the person.
    WriteAttention,
    /// Write down who came in by a spare ticket.
    NameGuest,
    /// Offer seats out of turn to a party of a queue. Parameter: as [`Page::Queue`]'s.
    InviteParty,
    /// Let the browser forget the tickets that it stamps. Parameter: as [`Page::Stamp`]'s.
    ForgetTickets,
    /// Freeze the list of a raffle. Parameter: its code, as in the next.
    FreezeRaffle,
    DrawRaffle,
    /// Take an invitation back. Parameter: its id.
    RevokeInvitation,
    /// Void a batch of spare tickets. Parameter: its id.
    VoidSpareTickets,
    /// Check in the holder of the code, on its page. Parameter: the signed code.
    CheckInTicket,
    /// Undo that at once. Parameter: as there.
    UndoCheckIn,
    SignOut,
    SignOutEverywhere,
    /// Parameter: the dossier's id, as in the next three.
    SubmitDossier,
    ReturnDossier,
    PublishDossier,
    WithdrawDossier,
    /// Settle a conflict and leave everything as it is. Parameter: the scan's id, as in the next.
    AcceptConflict,
    /// Undo the scan of a conflict.
    UndoConflict,
    /// Let the scan of a conflict count.
    CountIn,
    /// The same of all scans that were made and brought as it was.
    CountInAll,
    /// Make this browser a screen.
    PairScreen,
    /// Sign a device out. Parameter: its id.
    RevokeDevice,
    /// Store a checked list. Parameter: its id.
    ConfirmImport,
    /// Give or withdraw consent. Parameter: the secret of the ticket link.
    ChangeConsent,
    /// Erase the person. Parameter: the secret of the ticket link.
    EraseMine,
    /// Erase who leads a delegation. Parameter: the secret of the leader's link.
    EraseLeader,
    /// Note that somebody was told that the request came. Parameter: its id, as in the next.
    AcknowledgeRequest,
    /// Take the one extension.
    ExtendRequest,
    /// Send a message again. Parameter: its id.
    ResendMessage,
    /// Take an own template away. Parameter: as [`Page::MessageTemplate`]'s.
    ResetTemplate,
    /// Stop a mailing. Parameter: its id.
    CancelMailing,
}

const DEEDS: &[(Deed, Page, &str, &str)] = &[
    (Deed::CancelTicket, Page::Ticket, "/ve/{secret}/huy", "/en/ticket/{secret}/cancel"),
    (Deed::AddMembers, Page::Delegation, "/doan/{secret}/them", "/en/group/{secret}/add"),
    (Deed::ExchangeMember, Page::Delegation, "/doan/{secret}/doi", "/en/group/{secret}/exchange"),
    (Deed::RemoveMember, Page::Delegation, "/doan/{secret}/bot", "/en/group/{secret}/remove"),
    (Deed::RecountDelegation, Page::Delegation, "/doan/{secret}/so-nguoi", "/en/group/{secret}/count"),
    (Deed::LeaveDelegation, Page::Delegation, "/doan/{secret}/huy", "/en/group/{secret}/cancel"),
    (Deed::AcceptDelegation, Page::Delegation, "/doan/{secret}/nhan-cho", "/en/group/{secret}/accept"),
    (Deed::AcceptSeat, Page::Ticket, "/ve/{secret}/nhan-cho", "/en/ticket/{secret}/accept"),
    (Deed::AcceptSession, Page::Ticket, "/ve/{secret}/nhan-phien", "/en/ticket/{secret}/accept-session"),
    (Deed::AskInvitation, Page::Register, "/dang-ky/ma-moi", "/en/register/invitation"),
    (Deed::ApproveRegistration, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/duyet", "/en/organisers/people/{person}/approve"),
    (Deed::RefuseRegistration, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/tu-choi", "/en/organisers/people/{person}/refuse"),
    (Deed::CancelRegistration, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/huy", "/en/organisers/people/{person}/cancel"),
    (Deed::InviteFromQueue, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/moi", "/en/organisers/people/{person}/invite"),
    (Deed::ReissueTicket, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/cap-lai", "/en/organisers/people/{person}/reissue"),
    (Deed::BlockTicket, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/khoa", "/en/organisers/people/{person}/block"),
    (Deed::UnblockTicket, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/mo-khoa", "/en/organisers/people/{person}/unblock"),
    (Deed::ResendLink, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/gui-lai", "/en/organisers/people/{person}/resend"),
    (Deed::AdmitByHand, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/cho-vao", "/en/organisers/people/{person}/admit"),
    (Deed::UndoScan, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/huy-luot", "/en/organisers/people/{person}/undo-scan"),
    (Deed::WriteAttention, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/luu-y", "/en/organisers/people/{person}/attention"),
    (Deed::NameGuest, Page::Person, "/ban-to-chuc/nguoi-dang-ky/{person}/ghi-ten", "/en/organisers/people/{person}/name"),
    (Deed::InviteParty, Page::Queue, "/ban-to-chuc/hang-cho/{queue}/moi", "/en/organisers/queues/{queue}/invite"),
    (Deed::ForgetTickets, Page::Stamp, "/TEM/{code}/quen", "/en/TEM/{code}/forget"),
    (Deed::FreezeRaffle, Page::Booths, "/ban-to-chuc/dau-gian-hang/{raffle}/khoa", "/en/organisers/booths/{raffle}/freeze"),
    (Deed::DrawRaffle, Page::Booths, "/ban-to-chuc/dau-gian-hang/{raffle}/quay", "/en/organisers/booths/{raffle}/draw"),
    (
        Deed::RevokeInvitation,
        Page::Invitations,
        "/ban-to-chuc/ma-moi/{invitation}/thu-hoi",
        "/en/organisers/invitations/{invitation}/revoke",
    ),
    (Deed::VoidSpareTickets, Page::SpareTickets, "/ban-to-chuc/ve-du-phong/{batch}/huy", "/en/organisers/spare-tickets/{batch}/void"),
    (Deed::CheckInTicket, Page::TicketCode, "/T/{code}/diem-danh", "/en/T/{code}/check-in"),
    (Deed::UndoCheckIn, Page::TicketCode, "/T/{code}/hoan-tac", "/en/T/{code}/undo"),
    (Deed::SignOut, Page::SignIn, "/dang-xuat", "/en/sign-out"),
    (Deed::SignOutEverywhere, Page::SignIn, "/dang-xuat/moi-noi", "/en/sign-out/everywhere"),
    (Deed::SubmitDossier, Page::Dossier, "/don-vi/ho-so/{dossier}/nop", "/en/departments/dossiers/{dossier}/submit"),
    (Deed::ReturnDossier, Page::Review, "/ban-to-chuc/ho-so/{dossier}/tra-lai", "/en/organisers/dossiers/{dossier}/return"),
    (Deed::PublishDossier, Page::Review, "/ban-to-chuc/ho-so/{dossier}/cong-bo", "/en/organisers/dossiers/{dossier}/publish"),
    (Deed::WithdrawDossier, Page::Review, "/ban-to-chuc/ho-so/{dossier}/rut", "/en/organisers/dossiers/{dossier}/withdraw"),
    (Deed::AcceptConflict, Page::Conflicts, "/ban-to-chuc/can-xem-lai/{scan}/giu-nguyen", "/en/organisers/conflicts/{scan}/accept"),
    (Deed::UndoConflict, Page::Conflicts, "/ban-to-chuc/can-xem-lai/{scan}/huy-luot", "/en/organisers/conflicts/{scan}/undo"),
    (Deed::CountIn, Page::Conflicts, "/ban-to-chuc/can-xem-lai/{scan}/tinh-luot", "/en/organisers/conflicts/{scan}/count"),
    (Deed::CountInAll, Page::Conflicts, "/ban-to-chuc/can-xem-lai/{scan}/tinh-ca", "/en/organisers/conflicts/{scan}/count-all"),
    (Deed::PairScreen, Page::Board, "/ban-to-chuc/truc-tiep/ghep-man-hinh", "/en/organisers/live/pair-screen"),
    (Deed::RevokeDevice, Page::Devices, "/ban-to-chuc/may-quet/{device}/thu-hoi", "/en/organisers/phones/{device}/revoke"),
    (Deed::ConfirmImport, Page::Import, "/ban-to-chuc/nhap-danh-sach/{import}/xac-nhan", "/en/organisers/import/{import}/confirm"),
    (Deed::ChangeConsent, Page::Rights, "/ve/{secret}/quyen/dong-y", "/en/ticket/{secret}/rights/consent"),
    (Deed::EraseMine, Page::Rights, "/ve/{secret}/quyen/xoa", "/en/ticket/{secret}/rights/erase"),
    (Deed::EraseLeader, Page::LeaderRights, "/doan/{secret}/quyen/xoa", "/en/group/{secret}/rights/erase"),
    (Deed::AcknowledgeRequest, Page::RightsRequest, "/ban-to-chuc/quyen/{request}/da-nhan", "/en/organisers/rights/{request}/acknowledge"),
    (Deed::ExtendRequest, Page::RightsRequest, "/ban-to-chuc/quyen/{request}/gia-han", "/en/organisers/rights/{request}/extend"),
    (Deed::ResendMessage, Page::Messages, "/ban-to-chuc/tin-nhan/{message}/gui-lai", "/en/organisers/messages/{message}/resend"),
    (
        Deed::ResetTemplate,
        Page::MessageTemplate,
        "/ban-to-chuc/tin-nhan/mau/{template}/mac-dinh",
        "/en/organisers/messages/texts/{template}/reset",
    ),
    (Deed::CancelMailing, Page::Messages, "/ban-to-chuc/tin-nhan/dot/{mailing}/dung", "/en/organisers/messages/mailing/{mailing}/stop"),
];

impl Deed {
    /// Every deed, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        DEEDS.iter().map(|(deed, ..)| *deed)
    }

    /// The page that the deed's form stands on.
    pub fn page(self) -> Page {
        self.row().1
    }

    /// The address as axum writes it, with `{…}` for the parameter.
    pub fn pattern(self, locale: Locale) -> &'static str {
        locale.pick(self.row().2, self.row().3)
    }

    /// The address, with its parameter ("" where it has none).
    pub fn at(self, locale: Locale, parameter: &str) -> String {
        fill(self.pattern(locale), &escape(parameter))
    }

    fn row(self) -> &'static (Self, Page, &'static str, &'static str) {
        DEEDS.iter().find(|(deed, ..)| *deed == self).expect("every deed is in the table")
    }
}

/// A file that a page offers or shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Download {
    /// The ticket's QR code as SVG. Parameter: the secret of the ticket link, as in the next three.
    TicketSvg,
    /// The ticket's QR code as PNG.
    TicketPng,
    /// The ticket as it is printed.
    TicketPdf,
    /// The certificate of attendance of the ticket's holder.
    TicketCertificate,
    /// The same, for staff. Parameter: the registration's id.
    PersonCertificate,
    /// The spare tickets of a batch that are left, as they are printed. Parameter: its id.
    SpareTickets,
    /// All tickets of a delegation as PDF. Parameter: the secret of the leader's link.
    DelegationPdf,
    /// The day as the ticket's holder enters it into a calendar.
    TicketCalendar,
    /// Everything that is kept about the ticket's holder, for machines.
    MyData,
    /// The same, to read.
    MyText,
    /// Everything that is kept about who leads a delegation, for machines. Parameter: the secret of the leader's link.
    LeaderData,
    /// The same, to read.
    LeaderText,
    /// The whole day, for a calendar.
    DayCalendar,
    /// One session, for a calendar. Parameter: the session's slug.
    SessionCalendar,
    /// A cover image. Parameter: its key.
    Cover,
    /// The list of people as CSV, narrowed by the same query as [`Page::People`].
    PeopleCsv,
    /// The same as XLSX.
    PeopleXlsx,
    /// Who takes part in a raffle, as its frozen list names them. Parameter: its code.
    RaffleList,
    /// The posters of all booths, in both languages.
    Posters,
    /// The poster of one. Parameter: the booth's id.
    Poster,
    /// Who has come where and when, as CSV.
    AttendanceCsv,
    /// The same as XLSX.
    AttendanceXlsx,
    /// The certificate of [`Page::Authority`].
    Authority,
    /// The certificates of many who attended, from the person on that the query names; of some organisations, or of all.
    Certificates,
    /// Who is inside, as CSV.
    PresenceCsv,
    /// The same as XLSX.
    PresenceXlsx,
}

impl Download {
    pub const ALL: [Self; 26] = [
        Self::TicketSvg,
        Self::TicketPng,
        Self::TicketPdf,
        Self::TicketCertificate,
        Self::PersonCertificate,
        Self::SpareTickets,
        Self::DelegationPdf,
        Self::TicketCalendar,
        Self::MyData,
        Self::MyText,
        Self::LeaderData,
        Self::LeaderText,
        Self::DayCalendar,
        Self::SessionCalendar,
        Self::Cover,
        Self::PeopleCsv,
        Self::PeopleXlsx,
        Self::RaffleList,
        Self::Posters,
        Self::Poster,
        Self::AttendanceCsv,
        Self::AttendanceXlsx,
        Self::Authority,
        Self::Certificates,
        Self::PresenceCsv,
        Self::PresenceXlsx,
    ];

    /// The address as axum writes it, with `{…}` for the parameter. Files are the same in both languages; where one holds
    /// words, the query `lang=en` asks for English.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::TicketSvg => "/ve/{secret}/ma.svg",
            Self::TicketPng => "/ve/{secret}/ma.png",
            Self::TicketPdf => "/ve/{secret}/the.pdf",
            Self::TicketCertificate => "/ve/{secret}/chung-nhan.pdf",
            Self::PersonCertificate => "/ban-to-chuc/nguoi-dang-ky/{person}/chung-nhan.pdf",
            Self::SpareTickets => "/ban-to-chuc/ve-du-phong/{batch}/ve.pdf",
            Self::DelegationPdf => "/doan/{secret}/the.pdf",
            Self::TicketCalendar => "/ve/{secret}/lich.ics",
            Self::MyData => "/ve/{secret}/quyen/du-lieu.json",
            Self::MyText => "/ve/{secret}/quyen/du-lieu.txt",
            Self::LeaderData => "/doan/{secret}/quyen/du-lieu.json",
            Self::LeaderText => "/doan/{secret}/quyen/du-lieu.txt",
            Self::DayCalendar => "/lich.ics",
            Self::SessionCalendar => "/chuong-trinh/{session}/lich.ics",
            Self::Cover => "/anh/{key}",
            Self::PeopleCsv => "/ban-to-chuc/danh-sach.csv",
            Self::PeopleXlsx => "/ban-to-chuc/danh-sach.xlsx",
            Self::RaffleList => "/quay-thuong/{raffle}/danh-sach.txt",
            Self::Posters => "/ban-to-chuc/dau-gian-hang/ap-phich.pdf",
            Self::Poster => "/ban-to-chuc/dau-gian-hang/{booth}/ap-phich.pdf",
            Self::AttendanceCsv => "/ban-to-chuc/tham-du.csv",
            Self::AttendanceXlsx => "/ban-to-chuc/tham-du.xlsx",
            Self::Authority => "/chung-thu-may-chu.crt",
            Self::Certificates => "/ban-to-chuc/chung-nhan.pdf",
            Self::PresenceCsv => "/ban-to-chuc/dang-o-trong.csv",
            Self::PresenceXlsx => "/ban-to-chuc/dang-o-trong.xlsx",
        }
    }

    /// The address, with its parameter ("" where it has none).
    pub fn at(self, locale: Locale, parameter: &str) -> String {
        let address = fill(self.pattern(), &escape(parameter));
        match (self, locale) {
            (
                Self::TicketPdf
                | Self::TicketCertificate
                | Self::PersonCertificate
                | Self::SpareTickets
                | Self::DelegationPdf
                | Self::TicketCalendar
                | Self::MyText
                | Self::LeaderText
                | Self::DayCalendar
                | Self::SessionCalendar
                | Self::PeopleCsv
                | Self::PeopleXlsx
                | Self::AttendanceCsv
                | Self::AttendanceXlsx
                | Self::Certificates
                | Self::PresenceCsv
                | Self::PresenceXlsx,
                Locale::En,
            ) => format!("{address}?lang=en"),
            _ => address,
        }
    }
}

/// What opens the check-in page without a network.
pub const SERVICE_WORKER: &str = "/service-worker.js";

/// What opens the pages behind posters without a network.
pub const STAMP_WORKER: &str = "/stamp-worker.js";

/// Where a browser sends stamps that it kept: where its cookies of tickets go.
pub fn kept_stamps(locale: Locale) -> &'static str {
    locale.pick("/TEM/gui", "/en/TEM/send")
}

/// What a phone needs to know to keep the check-in page as an app.
pub fn manifest(locale: Locale) -> &'static str {
    locale.pick("/diem-danh.webmanifest", "/en/check-in.webmanifest")
}

/// The style of a print of badges, by its measures.
pub const BADGE_FRAME: &str = "/khung-the-deo/{measures}";

/// The address of [`BADGE_FRAME`].
pub fn badge_frame(frame: &Frame) -> String {
    BADGE_FRAME.replace("{measures}", &frame.key())
}

impl Page {
    /// Every page, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(page, ..)| *page)
    }

    /// The address as axum writes it, with `{…}` for the parameter.
    pub fn pattern(self, locale: Locale) -> &'static str {
        let (_, vi, en) = TABLE.iter().find(|(page, ..)| *page == self).expect("every page is in the table");
        match locale {
            Locale::Vi => vi,
            Locale::En => en,
        }
    }

    /// The address of a page without a parameter.
    pub fn path(self, locale: Locale) -> &'static str {
        let pattern = self.pattern(locale);
        debug_assert!(!pattern.contains('{'), "{self:?} needs a parameter: use `at`");
        pattern
    }

    /// The address of a page with a parameter. Codes and slugs are made of unreserved characters; anything else is
    /// escaped.
    pub fn at(self, locale: Locale, parameter: &str) -> String {
        fill(self.pattern(locale), &escape(parameter))
    }

    /// The page at a path, the language of that address, and the parameter as it stands there ("" without one).
    pub fn find(path: &str) -> Option<(Self, Locale, &str)> {
        TABLE.iter().find_map(|(page, vi, en)| {
            matches(vi, path)
                .map(|parameter| (*page, Locale::Vi, parameter))
                .or_else(|| matches(en, path).map(|parameter| (*page, Locale::En, parameter)))
        })
    }

    /// Where the work of an account begins.
    pub fn desk(role: Role) -> Self {
        match role {
            Role::Organiser => Self::Organisers,
            Role::Supervisor => Self::Board,
            Role::Department => Self::Departments,
            Role::Judge => Self::Council,
            Role::Steward => Self::CheckIn,
        }
    }

    /// Whether the page holds islands and so loads the browser's scripts.
    pub fn has_islands(self) -> bool {
        matches!(self, Self::Organisers | Self::Board | Self::BigScreen | Self::Dossier | Self::BadgeSheet)
    }

    /// Whether the page may load the script that keeps stamps without a network: a ticket does where the edition has booths.
    pub fn keeps_stamps(self) -> bool {
        matches!(self, Self::Ticket | Self::Stamp | Self::StampShell)
    }

    /// The style sheet that the page loads besides the one of all pages.
    pub fn sheet(self) -> Option<Sheet> {
        match self {
            Self::Privacy | Self::Erased | Self::StopReminders | Self::Authority => None,
            Self::Home => Some(Sheet::Home),
            Self::Programme | Self::Session => Some(Sheet::Programme),
            Self::Register
            | Self::RegisterDelegation
            | Self::Delegation
            | Self::Ticket
            | Self::FindTicket
            | Self::TicketCode
            | Self::Certificate
            | Self::Raffle
            | Self::Stamp
            | Self::StampShell
            | Self::ChangeTicket
            | Self::Rights
            | Self::LeaderRights => Some(Sheet::Registration),
            Self::Models | Self::Model => Some(Sheet::Gallery),
            Self::BigScreen => Some(Sheet::Screen),
            Self::BadgeSheet => Some(Sheet::Badges),
            Self::Board => Some(Sheet::Board),
            Self::Review | Self::Departments | Self::Dossier | Self::Council | Self::Reading | Self::RightsRequest => Some(Sheet::Dossier),
            Self::CheckIn | Self::CheckInShell => Some(Sheet::CheckIn),
            Self::Pair
            | Self::SignIn
            | Self::Organisers
            | Self::Presence
            | Self::Conflicts
            | Self::Devices
            | Self::People
            | Self::Person
            | Self::ChangePerson
            | Self::MergePeople
            | Self::WalkIn
            | Self::SpareTickets
            | Self::Queues
            | Self::Queue
            | Self::Booths
            | Self::Invitations
            | Self::Messages
            | Self::MessageTemplate
            | Self::Mailing
            | Self::Import
            | Self::Badges
            | Self::RightsQueue => Some(Sheet::Desk),
        }
    }

    /// Whether the page has the rail of a desk, for whoever is signed in.
    pub fn has_rail(self) -> bool {
        self != Self::Pair && matches!(self.sheet(), Some(Sheet::Desk | Sheet::Dossier | Sheet::Board | Sheet::Badges))
    }

    /// Whether people write something here that a change of the display must not lose.
    pub fn has_entry(self) -> bool {
        matches!(
            self,
            Self::Register
                | Self::RegisterDelegation
                | Self::ChangeTicket
                | Self::FindTicket
                | Self::SignIn
                | Self::ChangePerson
                | Self::WalkIn
                | Self::SpareTickets
                | Self::Badges
                | Self::Booths
                | Self::Invitations
                | Self::Review
                | Self::Devices
                | Self::MessageTemplate
                | Self::Mailing
                | Self::Dossier
                | Self::Rights
                | Self::LeaderRights
                | Self::RightsQueue
                | Self::RightsRequest
        )
    }

    /// Whether search engines may keep the page: links that hold a secret and desks stay out.
    pub fn is_public(self) -> bool {
        matches!(
            self,
            Self::Home
                | Self::Programme
                | Self::Session
                | Self::Register
                | Self::RegisterDelegation
                | Self::FindTicket
                | Self::Models
                | Self::Model
                | Self::Raffle
                | Self::Privacy
        )
    }
}

/// The address of the page whose form is posted to this one: its own, or that of a deed's page.
pub fn form_page(path: &str) -> String {
    let deed = DEEDS.iter().find_map(|(_, page, vi, en)| {
        let vi = matches(vi, path).map(|parameter| (Locale::Vi, parameter));
        let (locale, parameter) = vi.or_else(|| matches(en, path).map(|parameter| (Locale::En, parameter)))?;
        Some(fill(page.pattern(locale), parameter))
    });
    deed.unwrap_or_else(|| path.to_owned())
}

/// The language of an address, known or not: everything below `/en` is English.
pub fn locale_of(path: &str) -> Locale {
    if path == "/en" || path.starts_with("/en/") { Locale::En } else { Locale::Vi }
}

/// The same page in another language, query kept; the home page where there is no such page.
pub fn in_locale(path: &str, query: &str, locale: Locale) -> String {
    let Some((page, _, parameter)) = Page::find(path) else {
        return Page::Home.path(locale).to_owned();
    };
    let mut address = fill(page.pattern(locale), parameter);
    if !query.is_empty() {
        address.push('?');
        address.push_str(query);
    }
    address
}

/// The table for the server's router: every address, rendered whole (design, decision 2).
pub fn listing() -> Vec<AxumRouteListing> {
    Page::all()
        .flat_map(|page| [Locale::Vi, Locale::En].map(|locale| page.pattern(locale)))
        .map(|path| AxumRouteListing::new(path.to_owned(), SsrMode::Async, [Method::Get], Vec::new()))
        .collect()
}

/// An address with more of a query; as it is where that is empty.
pub(crate) fn with_query(address: &str, query: &str) -> String {
    match (query.is_empty(), address.contains('?')) {
        (true, _) => address.to_owned(),
        (false, true) => format!("{address}&{query}"),
        (false, false) => format!("{address}?{query}"),
    }
}

fn fill(pattern: &str, parameter: &str) -> String {
    pattern.split('/').map(|segment| if segment.starts_with('{') { parameter } else { segment }).collect::<Vec<_>>().join("/")
}

/// The parameter ("" without one) if the path fits the pattern.
fn matches<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut parameter = "";
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(parameter),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => parameter = given,
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub(crate) fn escape(parameter: &str) -> String {
    use std::fmt::Write as _;
    parameter.bytes().fold(String::with_capacity(parameter.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_address_leads_back_to_its_page_and_language() {
        for page in Page::all() {
            for locale in [Locale::Vi, Locale::En] {
                assert_eq!(Page::find(&page.at(locale, "abc-1")).map(|found| (found.0, found.1)), Some((page, locale)));
            }
        }
    }

    #[test]
    fn no_address_is_used_twice() {
        let pages = listing().into_iter().map(|route| route.path().to_owned());
        let deeds = Deed::all().flat_map(|deed| Locale::ALL.map(|locale| deed.pattern(locale).to_owned()));
        let addresses: Vec<_> = pages.chain(deeds).chain(Download::ALL.map(|file| file.pattern().to_owned())).collect();
        assert_eq!(addresses.iter().collect::<HashSet<_>>().len(), addresses.len());
        assert_eq!(addresses.len(), (Page::all().count() + Deed::all().count()) * 2 + Download::ALL.len());
    }

    #[test]
    fn a_deed_lies_below_its_page_or_stands_alone() {
        for deed in Deed::all().filter(|deed| !matches!(deed, Deed::SignOut | Deed::SignOutEverywhere)) {
            for locale in Locale::ALL {
                assert!(deed.pattern(locale).starts_with(deed.page().pattern(locale)), "{deed:?}");
            }
        }
    }

    #[test]
    fn a_form_leads_back_to_the_page_it_stands_on() {
        assert_eq!(form_page("/don-vi/ho-so/a%20b/nop"), "/don-vi/ho-so/a%20b");
        assert_eq!(form_page("/en/ticket/x/cancel"), "/en/ticket/x");
        assert_eq!(form_page("/dang-ky"), "/dang-ky");
    }

    #[test]
    fn the_language_switch_keeps_page_parameter_and_query() {
        assert_eq!(in_locale("/", "", Locale::En), "/en");
        assert_eq!(in_locale("/en", "", Locale::Vi), "/");
        assert_eq!(in_locale("/chuong-trinh", "ngay=2027-10-10", Locale::En), "/en/programme?ngay=2027-10-10");
        assert_eq!(in_locale("/en/ticket/a%20b", "", Locale::Vi), "/ve/a%20b");
        assert_eq!(in_locale("/en/nowhere", "x=1", Locale::Vi), "/");
    }

    #[test]
    fn a_query_is_added_by_the_right_sign() {
        assert_eq!(with_query("/a", "x=1"), "/a?x=1");
        assert_eq!(with_query("/a?lang=en", "x=1"), "/a?lang=en&x=1");
        assert_eq!(with_query("/a?lang=en", ""), "/a?lang=en");
    }

    #[test]
    fn a_parameter_cannot_leave_its_segment() {
        assert_eq!(Page::Session.at(Locale::Vi, "a/b?c#d"), "/chuong-trinh/a%2Fb%3Fc%23d");
        assert_eq!(Page::find("/chuong-trinh/"), None);
        assert_eq!(Page::find("/chuong-trinh/a/b"), None);
        assert_eq!(Page::find("//"), None);
    }
}
