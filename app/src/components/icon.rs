//! Line icons, drawn on a 24 × 24 grid.

use leptos::prelude::*;

/// What an icon shows. The word beside it carries the meaning: icons are hidden from screen readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Moon,
    Sun,
    Calendar,
    Place,
    Person,
    Clock,
    Seat,
    Phone,
    Warning,
    Info,
    Check,
    Arrow,
    Download,
    Government,
    Economy,
    Society,
}

impl Shape {
    fn path(self) -> &'static str {
        match self {
            Self::Moon => "M20 14.5A8 8 0 1 1 9.5 4 6.5 6.5 0 0 0 20 14.5Z",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5"
            }
            Self::Calendar => "M4 6h16v14H4ZM4 10h16M8 3v4m8-4v4",
            Self::Place => "M12 21s-7-6.2-7-11a7 7 0 0 1 14 0c0 4.8-7 11-7 11ZM12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-4 3.6-6 8-6s8 2 8 6",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.5 2",
            Self::Seat => "M7 4h10v8H7ZM5 12h14v4H5ZM7 16v4m10-4v4",
            Self::Phone => "M6 3h4l1.5 5L9 10a12 12 0 0 0 5 5l2-2.5 5 1.5v4a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2Z",
            Self::Warning => "M12 4 2.5 20h19ZM12 10v4m0 3v.5",
            Self::Info => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 11v6m0-9.5V8",
            Self::Check => "M4 12.5 10 18 20 6",
            Self::Arrow => "M5 12h14m-6-6 6 6-6 6",
            Self::Download => "M12 4v11m-5-5 5 5 5-5M4 20h16",
            Self::Government => "M3 10 12 4l9 6ZM5 10v8m5-8v8m4-8v8m5-8v8M3 20h18",
            Self::Economy => "M4 20V11m5.3 9V6m5.4 14v-7M20 20V4",
            Self::Society => {
                "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6Zm8 0a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM2 19c0-3 2.5-5 6-5s6 2 6 5m0-4.5c4-1.5 8 .5 8 4.5"
            }
        }
    }
}

#[component]
pub fn Icon(shape: Shape) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=shape.path()/>
        </svg>
    }
}
