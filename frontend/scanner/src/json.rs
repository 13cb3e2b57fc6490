//! Reading JSON.

use serde::de::DeserializeOwned;
use serde_json_core::de::Error;

/// The one way in, from text. Each type has one reader, of objects by their names alone: `serde_json` makes another one for
/// arrays in their place, and phones would load both. A map asks for its names by `deserialize_str`, as
/// [`Answers`](domain::registration::Answers) do.
///
/// # Errors
/// Where the text is not what is read.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    // No text grows by reading its escapes.
    let mut unescaped = vec![0; text.len()];
    serde_json_core::from_str_escaped(text, &mut unescaped).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::registration::Answers;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Plain,
        One(i64),
        Several { list: Vec<bool> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Thing {
        name: String,
        #[serde(default)]
        absent: Option<u8>,
        choices: Vec<Choice>,
        answers: Answers,
        pair: (u16, Option<String>),
    }

    #[test]
    fn what_is_written_is_read_again() {
        let every_sign: String =
            (0..0x2_0000).filter_map(char::from_u32).step_by(7).chain("\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}Ngày 🪷".chars()).collect();
        let thing = Thing {
            name: every_sign.clone(),
            absent: None,
            choices: vec![Choice::Plain, Choice::One(i64::MIN), Choice::One(i64::MAX), Choice::Several { list: vec![true, false] }],
            answers: Answers(BTreeMap::from([(every_sign.clone(), vec![]), (String::new(), vec![every_sign])])),
            pair: (u16::MAX, Some("\"".into())),
        };
        assert_eq!(read::<Thing>(&serde_json::to_string(&thing).unwrap()), Ok(thing));
    }

    #[test]
    fn what_other_builds_add_is_passed_over() {
        let text = r#" { "more": {"a": [1, -2.5e3, "\"]}", null, {"b": true}]}, "name" : "\u00e0\u1ea1", "choices": [], "answers": {},
            "pair": [1, null], "last": [[]] } "#;
        let thing = Thing { name: "àạ".into(), absent: None, choices: vec![], answers: Answers::default(), pair: (1, None) };
        assert_eq!(read::<Thing>(text), Ok(thing));
    }

    #[test]
    fn what_is_something_else_is_an_error() {
        for text in ["", "1 2", "[1", "\"1\"", "256", "-1", "1.5", "null", "{}", "\u{feff}1"] {
            assert!(read::<u8>(text).is_err(), "{text}");
        }
        for text in ["\"", "\"\\", "\"\\u12", "\"\\ud83d\"", "\"\\q\"", "a", "\"a\" b"] {
            assert!(read::<String>(text).is_err(), "{text}");
        }
        assert!(read::<Thing>(r#"{"name": "a", "choices": [], "answers": {}}"#).is_err(), "a part is missing");
        assert!(read::<Thing>(r#"["a", null, [], {}, [1, null]]"#).is_err(), "no names");
    }
}
