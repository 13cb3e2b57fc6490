//! The showcase as visitors see it: the gallery and a model's page.

use leptos::prelude::*;

use super::{Trouble, problem};

pub fn gallery() -> AnyView {
    problem::page(Trouble::NotFound)
}

pub fn model(slug: &str) -> AnyView {
    let _ = slug;
    problem::page(Trouble::NotFound)
}
