//! The program over HTTP: the router in this process, each test on a database of its own.
#![expect(clippy::unwrap_used, reason = "what is not as expected fails the test, in helpers too")]

mod house;

mod abuse;
mod access;
mod badges;
mod certificates;
mod checkin;
mod delegations;
mod dossiers;
mod fair;
mod files;
mod gateway;
mod invitations;
mod killed;
mod lan;
mod live;
mod lost;
mod mail;
mod pages;
mod people;
mod presence;
mod queues;
mod raffles;
mod registration;
mod rights;
mod screens;
mod security;
mod sms;
mod smtp;
mod spare;
mod stamps;
mod supervisor;
mod sweep;
mod tickets;
mod trouble;
