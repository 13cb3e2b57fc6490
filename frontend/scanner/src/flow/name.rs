//! Names in the list of last scans, which others may see over the steward's shoulder.

use domain::text::is_guest_name;

/// The given name in full, the rest as initials: `N. T. Hạnh`. A number in place of a name tells nothing, and stays.
pub(crate) fn short_name(name: &str) -> String {
    if is_guest_name(name) {
        return name.to_owned();
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let given = words.pop().unwrap_or_default();
    let initials = words.iter().filter_map(|word| word.chars().next()).flat_map(|initial| [initial, '.', ' ']);
    initials.chain(given.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_given_name_stays_and_the_others_become_initials() {
        assert_eq!(short_name("Nguyễn Thị Hạnh"), "N. T. Hạnh");
        assert_eq!(short_name(" Ông  Đặng Văn Ân "), "Ô. Đ. V. Ân");
        assert_eq!((short_name("Hạnh"), short_name("")), ("Hạnh".to_owned(), String::new()));
        assert_eq!(short_name("Khách tại chỗ 12"), "Khách tại chỗ 12");
    }
}
