//! How people and companies are reached and known: phone numbers, e-mail addresses, tax codes.

use serde::{Deserialize, Serialize};

use crate::{
    form::Problem,
    text::{clean_ascii_line, clean_line},
};

/// A Vietnamese mobile number, kept in E.164 form: `+84912345678`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a typed number in any usual spelling: spaces, dots, brackets, `+84`, `0084`, and the
    /// 11-digit numbers that were changed in 2018. Carriers are not judged: numbers are portable.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotAPhone`], or as [`clean_ascii_line`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let line = clean_ascii_line(raw, 40)?;
        if line.is_empty() {
            return Err(Problem::Required);
        }
        if line.chars().any(|c| !(c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')' | '+'))) {
            return Err(Problem::NotAPhone);
        }
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        let national = digits
            .strip_prefix("0084")
            .or_else(|| digits.strip_prefix("84").filter(|rest| rest.len() >= 9))
            .map_or(digits.clone(), |rest| format!("0{}", rest.strip_prefix('0').unwrap_or(rest)));
        let national = renumbered(&national).unwrap_or(national);
        if is_mobile(&national) { Ok(Self(format!("+84{}", &national[1..]))) } else { Err(Problem::NotAPhone) }
    }

    /// Reads a cell of a spreadsheet: as [`Phone::parse`], and a number whose first zero the spreadsheet has dropped.
    ///
    /// # Errors
    /// As [`Phone::parse`].
    pub fn parse_cell(raw: &str) -> Result<Self, Problem> {
        let is_short = raw.len() == 9 && raw.bytes().all(|byte| byte.is_ascii_digit());
        if is_short { Self::parse(&format!("0{raw}")) } else { Self::parse(raw) }
    }

    /// E.164: `+84912345678`.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// As people read it: `0912 345 678`.
    #[must_use]
    pub fn national(&self) -> String {
        let rest = &self.0[3..];
        format!("0{} {} {}", &rest[..3], &rest[3..6], &rest[6..])
    }
}

/// A stored number as a list shows it: `09•• ••• 678`, enough to tell two people of one name apart.
#[must_use]
pub fn mask_phone(e164: &str) -> String {
    match Phone::parse(e164) {
        Ok(phone) => {
            let national = phone.national();
            format!("{}•• ••• {}", &national[..2], &national[9..])
        }
        Err(_) => "•••".to_owned(),
    }
}

/// A stored address as a list shows it: `h•••@dongthap.gov.vn`.
#[must_use]
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, host)) => format!("{}•••@{host}", local.chars().next().unwrap_or('•')),
        None => "•••".to_owned(),
    }
}

/// `^0(3\d|5[125689]|7[06-9]|8[1-9]|9\d)\d{7}$`: the mobile blocks of the numbering plan.
fn is_mobile(national: &str) -> bool {
    let digits = national.as_bytes();
    digits.len() == 10
        && digits[0] == b'0'
        && match digits[1] {
            b'3' | b'9' => true,
            b'5' => matches!(digits[2], b'1' | b'2' | b'5' | b'6' | b'8' | b'9'),
            b'7' => matches!(digits[2], b'0' | b'6'..=b'9'),
            b'8' => digits[2] != b'0',
            _ => false,
        }
}

/// The ten-digit number of an eleven-digit one: the blocks that the plan of 2018 moved.
fn renumbered(national: &str) -> Option<String> {
    const MOVED: [(&str, &str); 16] = [
        ("0120", "070"),
        ("0121", "079"),
        ("0122", "077"),
        ("0126", "076"),
        ("0128", "078"),
        ("0123", "083"),
        ("0124", "084"),
        ("0125", "085"),
        ("0127", "081"),
        ("0129", "082"),
        ("0162", "032"),
        ("0163", "033"),
        ("0164", "034"),
        ("0165", "035"),
        ("0166", "036"),
        ("0167", "037"),
    ];
    const MOVED_LATER: [(&str, &str); 5] = [("0168", "038"), ("0169", "039"), ("0186", "056"), ("0188", "058"), ("0199", "059")];
    (national.len() == 11)
        .then(|| MOVED.iter().chain(&MOVED_LATER).find_map(|(old, new)| Some(format!("{new}{}", national.strip_prefix(old)?))))
        .flatten()
}

/// An e-mail address: a local part, one `@`, a domain with a dot. Whether it exists only a message can show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The longest address in characters (RFC 5321 §4.5.3.1).
    pub const MAX: usize = 254;

    /// Reads a typed address; the domain is lower-cased.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotAnEmail`], or as [`clean_line`].
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let line = clean_line(raw, Self::MAX)?;
        if line.is_empty() {
            return Err(Problem::Required);
        }
        let (local, host) = line.rsplit_once('@').ok_or(Problem::NotAnEmail)?;
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let local_fits = (1..=64).contains(&local.len())
            && local.chars().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let host_fits = host.contains('.')
            && host.split('.').all(label_fits)
            && host.rsplit('.').next().is_some_and(|top| top.len() >= 2 && !top.chars().all(|c| c.is_ascii_digit()));
        if local_fits && host_fits { Ok(Self(format!("{local}@{}", host.to_ascii_lowercase()))) } else { Err(Problem::NotAnEmail) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after `@`, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, host)| host)
    }

    /// The form by which two spellings of one address are compared: all lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Whose tax code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxpayer {
    Company,
    /// A household business: the code may be the owner's personal number.
    Household,
}

/// A company's tax code: ten digits, a branch with three more; a household's may have twelve. Kept without signs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaxCode(String);

impl TaxCode {
    /// Reads a typed code and proves its check digit (Circular 105/2020/TT-BTC, annex 1): weights
    /// 31 29 23 19 17 13 7 5 3, r = Σ mod 11, tenth digit = 10 − r; r = 0 was never issued.
    ///
    /// A household business uses the owner's personal number (12 digits, no check digit; Circular 86/2024); of anybody else
    /// it is not taken, since it is nobody's business but the owner's.
    ///
    /// # Errors
    /// [`Problem::Required`], [`Problem::NotATaxCode`], [`Problem::HouseholdTaxCode`], or as [`clean_line`].
    pub fn parse(raw: &str, taxpayer: Taxpayer) -> Result<Self, Problem> {
        const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
        let line = clean_line(raw, 40)?;
        if line.is_empty() {
            return Err(Problem::Required);
        }
        let code: String = line.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        if !code.chars().all(|c| c.is_ascii_digit()) {
            return Err(Problem::NotATaxCode);
        }
        let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
        let fits = match digits.len() {
            12 if taxpayer == Taxpayer::Company => return Err(Problem::HouseholdTaxCode),
            12 => true,
            10 | 13 => {
                let r = WEIGHTS.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum::<u32>() % 11;
                r != 0 && digits[9] == 10 - r && (digits.len() == 10 || code[10..] != *"000")
            }
            _ => false,
        };
        if fits { Ok(Self(code)) } else { Err(Problem::NotATaxCode) }
    }

    /// Digits only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `0100109106` or `0100109106-001`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.0.len() {
            13 => format!("{}-{}", &self.0[..10], &self.0[10..]),
            _ => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_shows_enough_to_tell_people_apart_and_not_enough_to_call_them() {
        assert_eq!(mask_phone("+84912345678"), "09•• ••• 678");
        assert_eq!(mask_phone("0277 3898989"), "•••");
        assert_eq!(mask_email("hanh.nguyen@dongthap.gov.vn"), "h•••@dongthap.gov.vn");
        assert_eq!(mask_email(""), "•••");
    }

    #[test]
    fn a_spreadsheet_may_have_dropped_the_first_zero() {
        for cell in ["912345678", "0912345678", "84912345678", "+84 912 345 678"] {
            assert_eq!(Phone::parse_cell(cell).unwrap().e164(), "+84912345678", "{cell}");
        }
        for cell in ["91234567", "123456789", "9.12E+08"] {
            assert_eq!(Phone::parse_cell(cell), Err(Problem::NotAPhone), "{cell}");
        }
    }

    #[test]
    fn phones_in_every_usual_spelling_are_one_number() {
        for raw in ["0912345678", "0912 345 678", "+84 912.345.678", "84912345678", "0084912345678", "(091) 234-5678", "+84 0912345678"] {
            assert_eq!(Phone::parse(raw).unwrap().e164(), "+84912345678", "{raw}");
        }
        assert_eq!(Phone::parse("0912345678").unwrap().national(), "0912 345 678");
    }

    #[test]
    fn eleven_digit_numbers_follow_the_plan_of_2018() {
        assert_eq!(Phone::parse("01687654321").unwrap().e164(), "+84387654321");
        assert_eq!(Phone::parse("01201234567").unwrap().e164(), "+84701234567");
    }

    #[test]
    fn numbers_that_no_mobile_has_are_refused() {
        for raw in ["0277389898", "091234567", "09123456789", "0112345678", "0571234567", "abc", "+1 202 555 0100", "0912345678x"] {
            assert_eq!(Phone::parse(raw), Err(Problem::NotAPhone), "{raw}");
        }
        assert_eq!(Phone::parse(""), Err(Problem::Required));
    }

    #[test]
    fn tax_codes_of_real_companies_pass_and_their_neighbours_do_not() {
        // Viettel, VNPT, FPT, Vinamilk
        for code in ["0100109106", "0100684378", "0101248141", "0300588569"] {
            assert_eq!(TaxCode::parse(code, Taxpayer::Company).unwrap().as_str(), code);
            let last = (code.as_bytes()[9] - b'0' + 1) % 10;
            let wrong = format!("{}{last}", &code[..9]);
            assert_eq!(TaxCode::parse(&wrong, Taxpayer::Company), Err(Problem::NotATaxCode), "{wrong}");
        }
        assert_eq!(TaxCode::parse("0100109106-001", Taxpayer::Company).unwrap().shown(), "0100109106-001");
        assert_eq!(TaxCode::parse("0100109106-000", Taxpayer::Company), Err(Problem::NotATaxCode));
        assert_eq!(TaxCode::parse("087099000123", Taxpayer::Household).unwrap().shown(), "087099000123");
    }

    #[test]
    fn a_tax_code_whose_remainder_is_zero_was_never_issued() {
        // Σ of weights × digits is 0 mod 11, so no tenth digit fits.
        for last in 0..10 {
            assert_eq!(TaxCode::parse(&format!("000000000{last}"), Taxpayer::Company), Err(Problem::NotATaxCode));
        }
    }

    #[test]
    fn addresses_are_read_and_near_misses_refused() {
        assert_eq!(Email::parse(" Hanh.Nguyen+cds@DongThap.gov.VN ").unwrap().as_str(), "Hanh.Nguyen+cds@dongthap.gov.vn");
        for raw in ["a", "a@b", "@b.vn", "a@b.", "a b@c.vn", "a..b@c.vn", "a@b.1", "a@-b.vn", "a@b.vn\r\nBcc: x@y.vn"] {
            assert!(Email::parse(raw).is_err(), "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn a_shown_phone_reads_back_as_itself(rest in "(3[0-9]|9[0-9]|8[1-9])[0-9]{7}") {
            let phone = Phone::parse(&format!("0{rest}")).unwrap();
            prop_assert_eq!(Phone::parse(&phone.national()).unwrap(), phone.clone());
            prop_assert_eq!(Phone::parse(phone.e164()).unwrap(), phone);
        }

        #[test]
        fn one_wrong_digit_never_passes_the_check(at in 0usize..10, add in 1u8..10) {
            let mut digits = *b"0100109106";
            digits[at] = b'0' + (digits[at] - b'0' + add) % 10;
            prop_assert!(TaxCode::parse(std::str::from_utf8(&digits).unwrap(), Taxpayer::Company).is_err());
        }
    }
}
