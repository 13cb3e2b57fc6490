//! The program over HTTP: the router in this process, each test on a database of its own.

mod house;

mod access;
mod checkin;
mod dossiers;
mod files;
mod pages;
mod registration;
mod security;
mod sweep;
mod tickets;
mod trouble;
