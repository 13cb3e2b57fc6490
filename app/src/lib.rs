//! What people see.
//!
//! Navigation loads whole pages, so everything except the islands is rendered on the server only and is compiled only
//! there (feature `ssr`): the browser's WASM holds the islands and nothing else.
//!
//! The way in: [`shell::shell`] renders the document, [`routes`] holds every address, `pages::<area>` the pages.

pub mod api;
pub mod islands;

#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod i18n;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod prefs;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
