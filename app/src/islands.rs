//! The parts of a page that run in the browser, one file each.
//!
//! An island is added only where a native form, link or `<details>` cannot do the work, and the page must be complete
//! without it. Its props are written into the HTML: never put secrets or personal data there. Text, dates and numbers
//! are formatted by the server and passed in.
//! A page with islands says so in `routes::Page::has_islands`; only those pages load scripts, and the registration form while it opens.

pub mod arrivals;
pub mod autosave;
pub mod board;
pub mod opening;
pub mod print;
