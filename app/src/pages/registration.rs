//! Registration: the form, the ticket behind its secret link, and the page behind the ticket's code.

use leptos::prelude::*;

use super::{Trouble, problem};

pub fn form() -> AnyView {
    problem::page(Trouble::NotFound)
}

pub fn ticket(secret: &str) -> AnyView {
    let _ = secret;
    problem::page(Trouble::NotFound)
}

pub fn code(code: &str) -> AnyView {
    let _ = code;
    problem::page(Trouble::NotFound)
}
