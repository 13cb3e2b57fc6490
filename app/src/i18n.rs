//! Every text of the site, in both languages: a struct per area, one constant per language. A missing text does not
//! compile. Vietnamese is the source language; terms follow the official glossary.

pub mod common;
mod format;
pub mod programme;

pub use domain::text::Locale;
pub use format::{date, date_short, date_time, number, time, time_range, weekday};

/// The texts of all areas in one language.
#[derive(Debug)]
pub struct Catalogue {
    pub common: common::Common,
    pub programme: programme::Programme,
}

static VI: Catalogue = Catalogue { common: common::VI, programme: programme::VI };
static EN: Catalogue = Catalogue { common: common::EN, programme: programme::EN };

/// The texts in a language.
pub fn t(locale: Locale) -> &'static Catalogue {
    locale.pick(&VI, &EN)
}
