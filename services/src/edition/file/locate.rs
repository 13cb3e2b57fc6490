//! From a field's path to its line.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::edition::FileProblem;

/// A file's text with its structure, for telling where things stand.
#[derive(Debug)]
pub(in super::super) struct Document<'t> {
    text: &'t str,
    root: Spanned<DeTable<'t>>,
}

/// One step of a path: into a table or into a list.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'t> Document<'t> {
    /// Reads the structure; of a text that is no TOML, all that can be made out, and every problem.
    pub fn parse(text: &'t str) -> (Self, Vec<FileProblem>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self { text, root };
        let problems = errors.iter().map(|error| document.refusal(error, &[])).collect();
        (document, problems)
    }

    /// The tables and values on the first level.
    pub fn root(&self) -> &DeTable<'t> {
        self.root.get_ref()
    }

    /// A problem that TOML or serde told: at the place that it names, or else at the path.
    pub fn refusal(&self, error: &toml::de::Error, path: &[Step<'_>]) -> FileProblem {
        let at = error.span().map_or_else(|| self.find(path), |span| span.start);
        let line_start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let key = self.text[line_start..].split(['=', '\n']).next().unwrap_or_default().trim();
        let field = [self.path_at(at), self.path_at(line_start), show(path), key.to_owned()].into_iter().find(|field| !field.is_empty());
        FileProblem { line: self.line(at), field: field.unwrap_or_default(), message: error.message().to_owned() }
    }

    /// A problem of the field at this path; the line is that of the nearest part of the path that there is.
    pub fn problem(&self, path: &[Step<'_>], message: impl Into<String>) -> FileProblem {
        FileProblem { line: self.line(self.find(path)), field: show(path), message: message.into() }
    }

    /// Counted from 1.
    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    fn find(&self, path: &[Step<'_>]) -> usize {
        let mut at = self.root.span().start;
        let Some((Step::Key(first), rest)) = path.split_first() else { return at };
        let Some(mut value) = self.root().get(*first) else { return at };
        at = value.span().start;
        for step in rest {
            let next = match (value.get_ref(), step) {
                (DeValue::Table(table), Step::Key(key)) => table.get(*key),
                (DeValue::Array(array), Step::Index(index)) => array.get(*index),
                _ => None,
            };
            let Some(next) = next else { return at };
            at = next.span().start;
            value = next;
        }
        at
    }

    /// The path of the innermost value or key at this place of the text.
    fn path_at(&self, at: usize) -> String {
        let mut path = Vec::new();
        descend(self.root(), at, &mut path);
        path.join("").trim_start_matches('.').to_owned()
    }
}

fn descend(table: &DeTable<'_>, at: usize, path: &mut Vec<String>) {
    for (key, value) in table {
        if key.span().contains(&at) && !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) || holds(value, at) {
            path.push(format!(".{}", key.get_ref()));
            into(value, at, path);
            return;
        }
    }
}

fn into(value: &Spanned<DeValue<'_>>, at: usize, path: &mut Vec<String>) {
    match value.get_ref() {
        DeValue::Table(table) => descend(table, at, path),
        DeValue::Array(array) => {
            if let Some((index, inner)) = array.iter().enumerate().find(|(_, inner)| holds(inner, at)) {
                path.push(format!("[{index}]"));
                into(inner, at, path);
            }
        }
        _ => {}
    }
}

/// Whether a value or anything in it lies at this place: the span of a `[[header]]` does not cover its fields.
fn holds(value: &Spanned<DeValue<'_>>, at: usize) -> bool {
    value.span().contains(&at)
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(key, inner)| key.span().contains(&at) || holds(inner, at)),
            DeValue::Array(array) => array.iter().any(|inner| holds(inner, at)),
            _ => false,
        }
}

fn show(path: &[Step<'_>]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => format!(".{key}"),
        Step::Index(index) => format!("[{index}]"),
    });
    steps.collect::<String>().trim_start_matches('.').to_owned()
}
