//! Reading what people send: forms, and forms with a file.

use app::pages::Trouble;
use axum::{
    RequestExt as _,
    body::{self, Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart, RawPathParams, Request, multipart::MultipartError},
    response::Response,
};
use domain::form::Values;
use http::{HeaderMap, StatusCode, header, request::Parts};

use crate::{App, visit::Visit};

/// The largest form without a file, in bytes.
pub const FORM_MAX: usize = 64 * 1024;
/// The largest form with a file: a picture of 5 MB, and room for the fields beside it.
pub const UPLOAD_MAX: usize = 5 * 1024 * 1024 + 256 * 1024;
/// The most fields of a form.
const FIELDS_MAX: usize = 256;

/// The fields of a form, as they came. What is no UTF-8 has become U+FFFD, which every field's rule refuses.
#[derive(Debug)]
pub struct Form(pub Values);

/// The fields of a form that may carry a file, and the bytes of the file, if one was chosen.
#[derive(Debug)]
pub struct Upload {
    pub values: Values,
    pub file: Option<Vec<u8>>,
}

/// The variable part of an address, decoded. An address that cannot be decoded leads nowhere.
#[derive(Clone, Debug)]
pub struct Parameter(pub String);

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let read = async {
            if !has_type(&parts.headers, "application/x-www-form-urlencoded") {
                return Err(Trouble::BadRequest);
            }
            fields(&bytes(&parts.headers, body, FORM_MAX).await?)
        };
        match read.await {
            Ok(values) => Ok(Self(values)),
            Err(trouble) => Err(app.trouble(&Visit::of(&parts), trouble).await),
        }
    }
}

impl FromRequest<App> for Upload {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        if !has_type(request.headers(), "multipart/form-data") {
            let Form(values) = Form::from_request(request, app).await?;
            return Ok(Self { values, file: None });
        }
        let (parts, body) = request.into_parts();
        let visit = Visit::of(&parts);
        let read = async {
            if declared(&parts.headers).is_some_and(|length| length > UPLOAD_MAX) {
                return Err(Trouble::TooLarge);
            }
            let request = Request::from_parts(parts, body);
            Self::read(request.extract().await.map_err(|_| Trouble::BadRequest)?).await
        };
        match read.await {
            Ok(upload) => Ok(upload),
            Err(trouble) => Err(app.trouble(&visit, trouble).await),
        }
    }
}

impl Upload {
    async fn read(mut multipart: Multipart) -> Result<Self, Trouble> {
        let (mut values, mut file) = (Vec::new(), None);
        let (mut parts, mut typed) = (0, 0);
        while let Some(field) = multipart.next_field().await.map_err(trouble)? {
            parts += 1;
            if parts > FIELDS_MAX {
                return Err(Trouble::BadRequest);
            }
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.file_name().is_some();
            let bytes = field.bytes().await.map_err(trouble)?;
            if is_file {
                // A browser sends an empty file where none was chosen.
                if !bytes.is_empty() && file.is_none() {
                    file = Some(bytes.to_vec());
                }
                continue;
            }
            typed += name.len() + bytes.len();
            if typed > FORM_MAX {
                return Err(Trouble::TooLarge);
            }
            values.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(Self { values: Values(values), file })
    }
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
