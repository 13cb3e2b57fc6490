//! The process: configuration, commands, router, middleware, plain handlers.
//!
//! [`run`] reads the command line ([`cli`]) and does what it says ([`commands`]). `serve` opens the [`database`], reads
//! the built [`site`] and answers with the [`router`]: pages are rendered by [`render`], everything else by [`http`].

pub mod app;
pub mod cache;
pub mod calendar;
pub mod cli;
pub mod commands;
pub mod config;
pub mod database;
pub mod http;
pub mod jobs;
pub mod lan;
pub mod mail;
pub mod middleware;
pub mod pdf;
pub mod qr;
pub mod render;
pub mod router;
pub mod sample;
pub mod secret;
pub mod shutdown;
pub mod site;
pub mod streams;
pub mod telemetry;
pub mod visit;

pub use self::app::App;
pub use commands::run;
