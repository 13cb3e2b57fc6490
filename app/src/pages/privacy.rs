//! What happens with personal data, and what people can ask for.

use leptos::prelude::*;

use super::{Trouble, problem};

pub fn page() -> AnyView {
    problem::page(Trouble::NotFound)
}
