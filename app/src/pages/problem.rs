//! Pages for when something is wrong: what it is and where to go from here.

use domain::{
    access::{Actor, DeviceKind},
    fair::Wait,
};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::Error;

use crate::{
    prefs,
    request::request,
    routes::{self, Page},
    shell::PageHead,
};

/// Why a page cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No such page, or invisible to this reader.
    NotFound,
    /// Signing in may help: the reader is sent there, and back afterwards.
    SignIn,
    /// The account may not do this.
    Forbidden,
    /// What was sent cannot be read.
    BadRequest,
    /// What was sent is larger than is taken.
    TooLarge,
    /// What was sent came too slowly, or stopped in the middle.
    TooSlow,
    /// The address does not take what was tried with it.
    WrongMethod,
    /// A form came from another site's page.
    OtherSite,
    /// Asked for too often.
    TooMany(Wait),
    /// The data cannot be reached at the moment.
    Unavailable,
    /// A fault of ours.
    Failed,
}

impl Trouble {
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Logs what is ours to mend: this is where a service's error ends, and only its kind goes on to the reader.
impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::SignIn => Self::SignIn,
            Error::Forbidden => Self::Forbidden,
            Error::TooMany(wait) => Self::TooMany(wait),
            Error::Unavailable(source) => {
                tracing::warn!(error = source.as_ref(), "the page's data cannot be reached");
                Self::Unavailable
            }
            Error::Internal(source) => {
                tracing::error!(error = source.as_ref(), "the page failed");
                Self::Failed
            }
            // Pages only read: these belong to forms.
            error @ (Error::Invalid(_) | Error::Conflict(_)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the page failed");
                Self::Failed
            }
        }
    }
}

/// The page of a trouble. Sets the status of the response.
pub fn page(trouble: Trouble) -> AnyView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(trouble.status());
        if let Trouble::TooMany(wait) = trouble {
            response.insert_header(header::RETRY_AFTER, HeaderValue::from(wait.seconds));
        }
    }
    let cx = request();
    if trouble == Trouble::SignIn {
        let back = routes::escape(&cx.address());
        leptos_axum::redirect(&format!("{}?{}={back}", Page::SignIn.path(cx.locale()), prefs::BACK), false);
        return ().into_any();
    }
    let (hotline, hotline_href) = cx.hotline();
    let locale = cx.locale();
    let t = &cx.texts().common;
    let is_screen = matches!(cx.actor, Actor::Device { kind: DeviceKind::Screen, .. });
    let texts = match trouble {
        Trouble::NotFound => t.not_found,
        Trouble::Forbidden if is_screen => t.only_a_screen,
        Trouble::Forbidden => t.forbidden,
        Trouble::BadRequest => t.bad_request,
        Trouble::TooLarge => t.too_large,
        Trouble::TooSlow => t.too_slow,
        Trouble::WrongMethod => t.wrong_method,
        Trouble::OtherSite => t.other_site,
        Trouble::TooMany(_) => t.too_many,
        Trouble::Unavailable => t.unavailable,
        Trouble::SignIn | Trouble::Failed => t.failed,
    };
    let of_screen = [(Page::BigScreen, cx.texts().board.big_screen), (Page::SignIn, cx.texts().access.sign_in)];
    let links = [
        (Page::Home, t.home),
        (Page::Programme, t.programme),
        (Page::Register, t.register),
        (Page::FindTicket, cx.texts().lost.title),
        (Page::Models, t.models),
    ];
    view! {
        <PageHead title=texts.title description=texts.text/>
        <div class="problem">
            <p class="problem-code" aria-hidden="true">{trouble.status().as_u16()}</p>
            <h1>{texts.title}</h1>
            <p class="lead">{texts.text}</p>
            {match trouble {
                Trouble::TooMany(wait) => Some(view! { <p>{(t.wait)(wait)}</p> }),
                _ => None,
            }}
            {(trouble == Trouble::Failed).then(|| view! {
                <p>{t.request_id}": "<code>{cx.request_id.clone()}</code></p>
            })}
            {match trouble {
                Trouble::Unavailable | Trouble::SignIn | Trouble::Failed => None,
                _ => Some(view! {
                    <ul class="link-list">
                        {of_screen.into_iter().filter(|_| is_screen).chain(links).map(|(page, text)| view! { <li><a href=page.path(locale)>{text}</a></li> }).collect_view()}
                    </ul>
                }),
            }}
            <p class="muted">{t.call_us}" "<a href=hotline_href>{hotline}</a>"."</p>
        </div>
    }
    .into_any()
}
