//! The browser entry: hydrates the islands of a page that the server has rendered.

// Without this the linker drops every island.
use app as _;

/// Called once by the page's script when the module has loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
