//! Messages as they travel: letters become mails, which go to an SMTP server, or short texts, which go to a service that reaches
//! phones.

pub mod sms;
pub mod smtp;

use app::{i18n, routes::Page};
use domain::ids::MessageId;
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};
use services::mail::{Letter, LetterLink};

use crate::{calendar, pdf};

/// What a mail program posts to end mailings by one press of its own button (RFC 8058).
pub const ONE_CLICK: &str = "List-Unsubscribe";
pub const ONE_CLICK_VALUE: &str = "One-Click";

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A header that lettre has no type for.
macro_rules! header {
    ($(#[$doc:meta])* $name:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $name(String);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($text)
            }

            fn parse(text: &str) -> Result<Self, Fault> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header! {
    /// Says that no person wrote this, so that nobody's holiday notice answers (RFC 3834).
    AutoSubmitted = "Auto-Submitted"
}
header! {
    /// Where such mails are ended (RFC 2369).
    ListUnsubscribe = "List-Unsubscribe"
}
header! {
    /// That the mail program may do it by one POST, without showing the page (RFC 8058).
    ListUnsubscribePost = "List-Unsubscribe-Post"
}

/// The mail of a letter. Its id is the same however often it is tried, so that a mail that came twice is seen to be one.
///
/// # Errors
/// When the stored address is none, or a file cannot be made.
pub fn compose(
    letter: &Letter,
    id: MessageId,
    from: &Mailbox,
    base_url: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Message, Fault> {
    let facts = &letter.facts;
    let document = letter.template.fill(&app::mail::fill(facts, base_url));
    let to: Address = letter.to.parse()?;
    let host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let texts = MultiPart::alternative()
        .singlepart(SinglePart::plain(app::mail::text(&document, facts, base_url)))
        .singlepart(SinglePart::html(app::mail::html(&document, facts, base_url)));
    let mut whole = MultiPart::mixed().multipart(texts);
    if let (Some(ticket), LetterLink::Ticket(secret), true) = (&facts.ticket, &facts.link, letter.kind.carries_ticket()) {
        let t = &i18n::t(facts.locale).messages;
        let link = format!("{base_url}{}", Page::Ticket.at(facts.locale, &secret.0));
        let pass = pdf::tickets(std::slice::from_ref(ticket), base_url, facts.locale)?;
        let day = calendar::of_ticket(ticket, &link, facts.locale, now);
        whole = whole
            .singlepart(Attachment::new(format!("{}.pdf", t.ticket_file)).body(pass, ContentType::parse("application/pdf")?))
            .singlepart(Attachment::new(format!("{}.ics", t.calendar_file)).body(day, ContentType::parse("text/calendar; charset=utf-8")?));
    }
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(document.subject)
        .message_id(Some(format!("<{id}@{host}>")))
        .date(now.into())
        .header(AutoSubmitted("auto-generated".to_owned()));
    if let Some(link) = app::mail::stop_link(facts, base_url) {
        builder = builder
            .header(ListUnsubscribe(format!("<{}>", link.href)))
            .header(ListUnsubscribePost(format!("{ONE_CLICK}={ONE_CLICK_VALUE}")));
    }
    Ok(builder.multipart(whole)?)
}
