//! Plain handlers, by area: form posts, uploads, files, the JSON interface, probes.
//!
//! A handler reads the form, calls one verb and leads on: 303 when it is done, the page again when it is not ([`answer`]).

pub mod access;
pub mod answer;
pub mod api;
pub mod attendance;
pub mod authority;
pub mod badges;
pub mod board;
pub mod booths;
pub mod certificates;
pub mod checkin;
pub mod conflicts;
pub mod decide;
pub mod delegation;
pub mod devices;
pub mod dossiers;
mod events;
pub mod files;
pub mod form;
pub mod functions;
pub mod gate;
pub mod imports;
pub mod invitations;
pub mod lists;
pub mod lost;
pub mod messages;
pub mod news;
pub mod pages;
pub mod people;
pub mod presence;
pub mod probes;
pub mod queues;
pub mod raffles;
pub mod registration;
pub mod rights;
pub mod robots;
pub mod spare;
pub mod stamps;
pub mod walk_in;
