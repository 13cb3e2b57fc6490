//! The PIN that ends self-service.

/// Four to six digits: enough against curious hands, few enough to remember.
pub(crate) fn is_pin(text: &str) -> bool {
    (4..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_six_digits() {
        assert!(["1234", "12345", "000000"].into_iter().all(is_pin));
        assert!(!["", "123", "1234567", "12a4", "１２３４", "-123"].into_iter().any(is_pin));
    }
}
