//! Reading what people send: forms, and forms with a file.

use app::{pages::Trouble, routes};
use axum::{
    RequestExt as _,
    body::{self, Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart, RawPathParams, Request, multipart::MultipartError},
    response::Response,
};
use domain::{
    access::{Action, authorise},
    form::{BYTES_MAX, FIELDS_MAX, Values},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use services::Error;
use tokio::sync::OwnedSemaphorePermit;

use super::answer;
use crate::{App, visit::Visit};

/// The largest form with a file: a picture of 5 MB, and room for the fields beside it.
pub const UPLOAD_MAX: usize = 5 * 1024 * 1024 + 256 * 1024;
/// The most forms with a file that are read at once: together they take 42 MB.
pub const UPLOADS: usize = 8;
const MULTIPART: &str = "multipart/form-data";

/// The longest list in a form, in bytes: 500 people with long names and addresses.
const LIST_MAX: usize = 256 * 1024;
/// The largest file with a list, in bytes.
const LIST_FILE_MAX: usize = 1024 * 1024;
/// The most fields of a form with a list: each cell of a list that was checked may be open for correction.
const LIST_FIELDS_MAX: usize = 2_500;

/// The fields of a form, as they came. What is no UTF-8 has become U+FFFD, which every field's rule refuses.
#[derive(Debug)]
pub struct Form(pub Values);

/// The fields of a form that may carry a file, and the bytes of the file, if one was chosen.
#[derive(Debug)]
pub struct Upload {
    pub values: Values,
    pub file: Option<Vec<u8>>,
    /// One of [`UPLOADS`], given back when the file is done with.
    _turn: OwnedSemaphorePermit,
}

/// The fields of a form with a list of people, and the file that the list may be in. Anybody may send one.
#[derive(Debug)]
pub struct List {
    pub values: Values,
    pub file: Option<Vec<u8>>,
}

/// How much of a form is read.
#[derive(Clone, Copy)]
struct Limits {
    fields: usize,
    typed: usize,
    /// The largest file; without one, files are passed over and never held.
    file: Option<usize>,
}

/// The variable part of an address, decoded. An address that cannot be decoded leads nowhere.
#[derive(Clone, Debug)]
pub struct Parameter(pub String);

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let visit = Visit::of_request(&request);
        match typed(request).await {
            Ok(values) => Ok(Self(values)),
            Err(trouble) => Err(app.trouble(&visit, trouble).await),
        }
    }
}

/// The fields of a form. A file among them is passed over, and never held.
async fn typed(request: Request) -> Result<Values, Trouble> {
    if has_type(request.headers(), MULTIPART) {
        let (values, _) = read(multipart(request).await?, Limits { fields: FIELDS_MAX, typed: BYTES_MAX, file: None }).await?;
        return Ok(values);
    }
    if !has_type(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Trouble::BadRequest);
    }
    let (parts, body) = request.into_parts();
    fields(&bytes(&parts.headers, body, BYTES_MAX).await?)
}

impl FromRequest<App> for Upload {
    type Rejection = Response;

    /// Only departments and organisers send files, and only so many at once: that is asked before anything is read.
    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let visit = Visit::of_request(&request);
        let allowed = match app.actor(visit.token.as_deref()).await {
            Ok(actor) => authorise(&actor, Action::ManageRegistrations)
                .or_else(|_| authorise(&actor, Action::SeeDepartmentDesk))
                .map_err(Error::from),
            Err(error) => Err(error),
        };
        let page = routes::form_page(&visit.path);
        if let Err(error) = allowed {
            // The session of somebody who was signed in has ended: what was typed is not lost.
            let values = match error {
                Error::SignIn if visit.token.is_some() => typed(request).await.unwrap_or_default(),
                _ => Values::default(),
            };
            return Err(answer::refused(app, &visit, page, values, error).await);
        }
        let read = async {
            // Waiting for one's turn is waiting for us: the deadline ends it.
            let turn = app.uploads.clone().acquire_owned().await.map_err(|_| Trouble::Unavailable)?;
            let (values, file) = if has_type(request.headers(), MULTIPART) {
                read(multipart(request).await?, Limits { fields: FIELDS_MAX, typed: BYTES_MAX, file: Some(UPLOAD_MAX) }).await?
            } else {
                (typed(request).await?, None)
            };
            Ok(Self { values, file, _turn: turn })
        };
        match read.await {
            Ok(upload) => Ok(upload),
            Err(trouble) => Err(app.trouble(&visit, trouble).await),
        }
    }
}

async fn multipart(request: Request) -> Result<Multipart, Trouble> {
    if declared(request.headers()).is_some_and(|length| length > UPLOAD_MAX) {
        return Err(Trouble::TooLarge);
    }
    request.extract().await.map_err(|_| Trouble::BadRequest)
}

impl FromRequest<App> for List {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let visit = Visit::of_request(&request);
        let read = async {
            if has_type(request.headers(), MULTIPART) {
                let limits = Limits { fields: LIST_FIELDS_MAX, typed: LIST_MAX, file: Some(LIST_FILE_MAX) };
                return read(multipart(request).await?, limits).await;
            }
            Ok((typed(request).await?, None))
        };
        match read.await {
            Ok((values, file)) => Ok(Self { values, file }),
            Err(trouble) => Err(app.trouble(&visit, trouble).await),
        }
    }
}

/// The fields, and the first file that was chosen if it is asked for.
async fn read(mut multipart: Multipart, limits: Limits) -> Result<(Values, Option<Vec<u8>>), Trouble> {
    let (mut values, mut file) = (Vec::new(), None);
    let (mut parts, mut typed) = (0, 0);
    while let Some(mut field) = multipart.next_field().await.map_err(trouble)? {
        parts += 1;
        if parts > limits.fields {
            return Err(Trouble::BadRequest);
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            if let Some(max) = limits.file.filter(|_| file.is_none()) {
                let mut bytes = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(trouble)? {
                    if bytes.len() + chunk.len() > max {
                        return Err(Trouble::TooLarge);
                    }
                    bytes.extend_from_slice(&chunk);
                }
                // A browser sends an empty file where none was chosen.
                file = Some(bytes).filter(|file| !file.is_empty());
            }
            continue;
        }
        let mut value = Vec::new();
        typed += name.len();
        while let Some(chunk) = field.chunk().await.map_err(trouble)? {
            typed += chunk.len();
            if typed > limits.typed {
                return Err(Trouble::TooLarge);
            }
            value.extend_from_slice(&chunk);
        }
        values.push((name, String::from_utf8_lossy(&value).into_owned()));
    }
    Ok((Values(values), file))
}

impl FromRequestParts<App> for Parameter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let found = RawPathParams::from_request_parts(parts, app).await.ok();
        match found.as_ref().and_then(|parameters| parameters.iter().next()) {
            // No id, secret or code of ours has control characters, and Postgres refuses NUL.
            Some((_, value)) if !value.contains(char::is_control) => Ok(Self(value.to_owned())),
            _ => Err(app.trouble(&Visit::of(parts), Trouble::NotFound).await),
        }
    }
}

/// The whole body, if it is not larger than the limit.
///
/// # Errors
/// [`Trouble::TooLarge`]; [`Trouble::BadRequest`] when it ends before it is whole.
pub async fn bytes(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Trouble> {
    if declared(headers).is_some_and(|length| length > limit) {
        return Err(Trouble::TooLarge);
    }
    body::to_bytes(body, limit).await.map_err(|error| {
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            if inner.to_string().contains("length limit") {
                return Trouble::TooLarge;
            }
            source = inner.source();
        }
        Trouble::BadRequest
    })
}

/// Whether the body is said to be of this media type.
#[must_use]
pub fn has_type(headers: &HeaderMap, media_type: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn fields(body: &[u8]) -> Result<Values, Trouble> {
    let values: Vec<_> =
        form_urlencoded::parse(body).take(FIELDS_MAX + 1).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    if values.len() > FIELDS_MAX { Err(Trouble::BadRequest) } else { Ok(Values(values)) }
}

fn trouble(error: MultipartError) -> Trouble {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Trouble::TooLarge } else { Trouble::BadRequest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_what_is_no_text_is_marked() {
        let Ok(Values(values)) = fields(b"a=1&b=%ff%00x&a=2&c=N+b") else { panic!("refused") };
        let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(values, [("a", "1"), ("b", "\u{fffd}\0x"), ("a", "2"), ("c", "N b")]);
    }

    #[test]
    fn a_form_of_thousands_of_fields_is_refused() {
        assert!(fields("a=1&".repeat(FIELDS_MAX).as_bytes()).is_ok());
        assert_eq!(fields("a=1&".repeat(FIELDS_MAX + 1).as_bytes()), Err(Trouble::BadRequest));
    }
}
