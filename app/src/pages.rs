//! The pages, by area. A page is a function of the request: it loads once, then shows.

use std::future::Future;

use leptos::prelude::*;

use crate::routes::Page;

pub mod problem;

pub use problem::Trouble;

/// The page's content. `parameter` is the address's variable part, as it stands there.
pub fn view(page: Page, parameter: &str) -> AnyView {
    match (page, parameter) {
        (Page::Home | Page::Programme | Page::Session | Page::Privacy, _) | (_, _) => problem::page(Trouble::NotFound),
    }
}

/// Loads what a page needs, exactly once, then shows it, or the page of the trouble that came instead, with its status.
///
/// Pages are rendered whole (`SsrMode::Async`), so a bare `Suspend` waits in place; a `<Suspense>` around it would run
/// the loader twice.
pub fn loaded<T, E>(load: impl Future<Output = Result<T, E>> + Send + 'static, show: impl FnOnce(T) -> AnyView + Send + 'static) -> AnyView
where
    T: Send + 'static,
    E: Into<Trouble> + Send + 'static,
{
    Suspend::new(async move {
        match load.await {
            Ok(data) => show(data),
            Err(error) => problem::page(error.into()),
        }
    })
    .into_any()
}
