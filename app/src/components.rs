//! The design system: what pages are made of. Everything works as plain HTML; classes are styled in `style/`.

mod choices;
mod controls;
mod fields;
mod guard;
mod icon;
mod layout;
mod lists;
mod qr;
mod surfaces;

pub use choices::{CheckboxField, CheckboxGroup, Choice, GroupedSelect, RadioGroup, Select};
pub use controls::{Button, ButtonKind, ButtonLink, ChipLink, ChipLinks};
pub use fields::{ErrorSummary, FileField, TextArea, TextField};
pub use guard::Guard;
pub use icon::{Icon, Shape};
pub use layout::Layout;
pub use lists::{DataTable, EmptyState, Stat, StatNumbers};
pub use qr::Qr;
pub use surfaces::{Card, Notice, NoticeKind, SampleMark};
