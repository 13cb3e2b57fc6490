//! Every address of the site, in both languages, in one table.
//!
//! There is no router in the browser (navigation loads whole pages), so a page is found by its address here and
//! rendered; the server mounts the same table with [`listing`].

use domain::{access::Role, text::Locale};
use leptos_axum::AxumRouteListing;
use leptos_router::{Method, SsrMode};

/// A page of the site. Where its address has a parameter, use [`Page::at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    Home,
    Programme,
    /// Parameter: the session's slug.
    Session,
    Register,
    /// Parameter: the secret of the ticket link.
    Ticket,
    /// Behind the QR. Parameter: the signed code.
    TicketCode,
    Models,
    /// Parameter: the model's slug.
    Model,
    CheckIn,
    SignIn,
    Organisers,
    Departments,
    Council,
    Privacy,
}

/// The table: page, Vietnamese address (no marks), English address. `{…}` stands for one parameter.
const TABLE: &[(Page, &str, &str)] = &[
    (Page::Home, "/", "/en"),
    (Page::Programme, "/chuong-trinh", "/en/programme"),
    (Page::Session, "/chuong-trinh/{session}", "/en/programme/{session}"),
    (Page::Register, "/dang-ky", "/en/register"),
    (Page::Ticket, "/ve/{secret}", "/en/ticket/{secret}"),
    (Page::TicketCode, "/T/{code}", "/en/T/{code}"),
    (Page::Models, "/mo-hinh", "/en/models"),
    (Page::Model, "/mo-hinh/{model}", "/en/models/{model}"),
    (Page::CheckIn, "/diem-danh", "/en/check-in"),
    (Page::SignIn, "/dang-nhap", "/en/sign-in"),
    (Page::Organisers, "/ban-to-chuc", "/en/organisers"),
    (Page::Departments, "/don-vi", "/en/departments"),
    (Page::Council, "/hoi-dong", "/en/council"),
    (Page::Privacy, "/quyen-rieng-tu", "/en/privacy"),
];

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
            Role::Department => Self::Departments,
            Role::Judge => Self::Council,
            Role::Steward => Self::CheckIn,
        }
    }

    /// Whether the page holds islands and so loads the browser's scripts.
    pub fn has_islands(self) -> bool {
        matches!(self, Self::CheckIn)
    }

    /// Whether search engines may keep the page: links that hold a secret and desks stay out.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Home | Self::Programme | Self::Session | Self::Register | Self::Models | Self::Model | Self::Privacy)
    }
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
        let addresses: Vec<_> = listing().iter().map(|route| route.path().to_owned()).collect();
        assert_eq!(addresses.iter().collect::<HashSet<_>>().len(), addresses.len());
        assert_eq!(addresses.len(), Page::all().count() * 2);
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
    fn a_parameter_cannot_leave_its_segment() {
        assert_eq!(Page::Session.at(Locale::Vi, "a/b?c#d"), "/chuong-trinh/a%2Fb%3Fc%23d");
        assert_eq!(Page::find("/chuong-trinh/"), None);
        assert_eq!(Page::find("/chuong-trinh/a/b"), None);
        assert_eq!(Page::find("//"), None);
    }
}
