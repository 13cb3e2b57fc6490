//! From text to the parts of a file, one by one, so that each part's problem is told.

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeValue, ValueDeserializer},
};

use super::{
    Document, File,
    Step::{self, Index, Key},
};
use crate::edition::FileProblem;

/// The names on the first level of a file.
const NAMES: [&str; 12] = [
    "edition",
    "venues",
    "tracks",
    "speakers",
    "sessions",
    "audiences",
    "questions",
    "checkpoints",
    "badge_templates",
    "raffles",
    "organisations",
    "communes",
];

/// Reads a file.
///
/// # Errors
/// Every problem of syntax; if there is none, the first problem of structure in each part.
pub(in super::super) fn read(text: &str) -> Result<(Document<'_>, File), Vec<FileProblem>> {
    let (document, problems) = Document::parse(text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut reader = Reader { document: &document, problems };
    reader.names();
    let edition = reader.edition();
    let lists = (
        reader.list("venues"),
        reader.list("tracks"),
        reader.list("speakers"),
        reader.list("sessions"),
        reader.list("audiences"),
        reader.list("questions"),
        reader.list("checkpoints"),
        reader.list("badge_templates"),
        reader.list("raffles"),
        reader.list("organisations"),
        reader.list("communes"),
    );
    let mut problems = reader.problems;
    let (Some(edition), true) = (edition, problems.is_empty()) else {
        problems.sort_by_key(|problem| problem.line);
        return Err(problems);
    };
    let (venues, tracks, speakers, sessions, audiences, questions, checkpoints, badge_templates, raffles, organisations, communes) = lists;
    let file = File {
        edition,
        venues,
        tracks,
        speakers,
        sessions,
        audiences,
        questions,
        checkpoints,
        badge_templates,
        raffles,
        organisations,
        communes,
    };
    Ok((document, file))
}

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    problems: Vec<FileProblem>,
}

impl Reader<'_, '_> {
    fn names(&mut self) {
        for (key, _) in self.document.root() {
            let name = key.get_ref().as_ref();
            if !NAMES.contains(&name) {
                self.problems.push(self.document.problem(&[Key(name)], format!("unknown: a file has {}", NAMES.join(", "))));
            }
        }
    }

    fn edition<T: DeserializeOwned>(&mut self) -> Option<T> {
        let value = self.document.root().get("edition");
        let Some(value) = value.filter(|value| value.get_ref().is_table()) else {
            self.problems.push(self.document.problem(&[Key("edition")], "one table is expected, as [edition]"));
            return None;
        };
        self.part(value, &[Key("edition")])
    }

    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        let Some(value) = self.document.root().get(name) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array().filter(|items| items.iter().all(|item| item.get_ref().is_table())) else {
            self.problems.push(self.document.problem(&[Key(name)], format!("a list is expected, as [[{name}]]")));
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(at, item)| self.part(item, &[Key(name), Index(at)])).collect()
    }

    fn part<T: DeserializeOwned>(&mut self, value: &Spanned<DeValue<'_>>, path: &[Step<'_>]) -> Option<T> {
        T::deserialize(ValueDeserializer::from(value.clone())).map_err(|error| self.problems.push(self.document.refusal(&error, path))).ok()
    }
}
