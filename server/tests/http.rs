//! The program over HTTP: the router in this process, each test on a database of its own.

#[path = "http/house.rs"]
mod house;
#[path = "http/pages.rs"]
mod pages;
#[path = "http/registration.rs"]
mod registration;
