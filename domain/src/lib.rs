//! The rules of the event, pure.
//!
//! Everything here is a function of its arguments: no I/O, no clock, no randomness. The crate is
//! compiled natively for the server and to WASM for the phones at the gate, so that both decide alike.

#![forbid(unsafe_code)]

pub mod access;
pub mod badge;
pub mod checkin;
pub mod contact;
pub mod fair;
pub mod form;
pub mod ids;
pub mod mail;
pub mod privacy;
pub mod programme;
pub mod raffle;
pub mod registration;
pub mod showcase;
pub mod signed;
pub mod text;
pub mod ticket;
pub mod time;
