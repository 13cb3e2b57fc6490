//! Rights over personal data: a person's page behind the ticket's link, what it offers to save, and the organisers' queue.

mod erased;
mod leader;
mod mine;
mod parts;
mod queue;
mod request;
mod stop;

pub use erased::page as erased;
pub use leader::page as leader;
pub use mine::page as mine;
pub use parts::{of_leader, parts, readable};
pub use queue::page as queue;
pub use request::page as request;
pub use stop::page as stop;

/// The parts of the person's page, in its address.
pub mod anchor {
    pub const CONSENTS: &str = "dong-y";
    pub const ASK: &str = "yeu-cau";
    pub const ERASE: &str = "xoa";
}
