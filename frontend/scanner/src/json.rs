//! Reading JSON.

use serde::de::DeserializeOwned;

/// The one way in, from text: for another kind of source the compiler would make the readers of all types once more, and
/// phones would load them.
///
/// # Errors
/// Where the text is not what is read.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}
