//! Home, the programme, and its sessions.

use leptos::prelude::*;

use super::{Trouble, problem};

pub fn home() -> AnyView {
    problem::page(Trouble::NotFound)
}

pub fn list() -> AnyView {
    problem::page(Trouble::NotFound)
}

pub fn session(code: &str) -> AnyView {
    let _ = code;
    problem::page(Trouble::NotFound)
}
