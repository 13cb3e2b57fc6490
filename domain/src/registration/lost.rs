//! By what somebody who has lost a ticket is found.

use crate::{
    contact::{Email, Phone},
    form::Problem,
    text::clean_line,
    ticket::ShortCode,
};

/// What was typed by somebody who has lost a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    Phone(Phone),
    Email(Email),
    Code(ShortCode),
}

impl Lost {
    /// Reads a phone number, an e-mail address or a short code, whichever it is.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotAnEmail`], [`Problem::NotAContact`], or as [`clean_line`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let line = clean_line(raw, Email::MAX)?;
        if line.is_empty() {
            return Err(Problem::Required);
        }
        if line.contains('@') {
            return Email::parse(&line).map(Self::Email);
        }
        if let Some(code) = ShortCode::parse(&line) {
            return Ok(Self::Code(code));
        }
        Phone::parse(&line).map(Self::Phone).map_err(|_| Problem::NotAContact)
    }

    /// One text for all spellings of the same.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Phone(phone) => phone.e164().to_owned(),
            Self::Email(email) => email.key(),
            Self::Code(code) => code.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_an_address_and_a_code_are_told_apart_in_any_spelling() {
        let code = ShortCode::from_random(7);
        for (raw, key) in [
            ("0912.345.678", "+84912345678"),
            ("+84 912 345 678", "+84912345678"),
            (" Hanh@Example.vn ", "hanh@example.vn"),
            (&code.shown().to_lowercase(), code.as_str()),
        ] {
            assert_eq!(Lost::parse(raw).map(|lost| lost.key()).as_deref(), Ok(key), "{raw}");
        }
        for (raw, problem) in [
            ("", Problem::Required),
            ("  ", Problem::Required),
            ("hanh@", Problem::NotAnEmail),
            ("a@b.vn\r\nBcc: x@y.vn", Problem::ForbiddenCharacter),
            ("Nguyễn Thị Hạnh", Problem::NotAContact),
            ("12345", Problem::NotAContact),
        ] {
            assert_eq!(Lost::parse(raw), Err(problem), "{raw}");
        }
    }
}
