//! Reading JSON.

use serde::de::DeserializeOwned;
use serde_json_core::de::Error;

/// The one way in, from text. Each type has one reader, of objects by their names alone: `serde_json` makes another one for
/// arrays in their place, and phones would load both.
///
/// # Errors
/// Where the text is not what is read.
///
/// # Panics
/// For a type with a map whose names are read by something else than `deserialize_str`, be it `String`:
/// [`Answers`](domain::registration::Answers) show how.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    // No text grows by reading its escapes.
    let mut unescaped = vec![0; text.len()];
    serde_json_core::from_str_escaped(text, &mut unescaped).map(|(value, _)| value)
}

#[cfg(test)]
mod tests;
