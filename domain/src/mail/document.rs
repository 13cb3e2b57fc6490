//! A message that is ready to be written: what is text, what is a link.

use crate::text::is_forbidden;

/// The longest value that is filled in, in characters.
const VALUE_MAX: usize = 2000;

/// A message. Everything in it is plain text: whoever writes HTML escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub subject: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines of runs.
    Paragraph(Vec<Vec<Run>>),
    Button(Link),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    Text(String),
    Link(Link),
}

/// An address of ours and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub href: String,
}

impl Document {
    /// The plain text part.
    #[must_use]
    pub fn text(&self) -> String {
        let written = |line: &Vec<Run>| {
            let runs = line.iter().map(|run| match run {
                Run::Text(text) => text.as_str(),
                Run::Link(link) => &link.href,
            });
            runs.collect::<String>()
        };
        let blocks = self.blocks.iter().map(|block| match block {
            Block::Paragraph(lines) => lines.iter().map(written).collect::<Vec<_>>().join("\n"),
            Block::Button(link) => format!("{}:\n{}", link.text, link.href),
        });
        blocks.collect::<Vec<_>>().join("\n\n")
    }
}

/// What somebody typed, as one line that no mail program takes for a link: behind the signs that links are recognised by
/// stands a space without width, and in what a header would decode (`=?…?=`, RFC 2047). Characters that hide or reorder text are
/// left out.
pub(super) fn said(text: &str) -> String {
    let is_space = |c: char| c.is_whitespace() || c.is_control();
    let mut line = String::new();
    // What is left out goes first: the signs around it come to stand side by side.
    let mut characters = text.chars().take(VALUE_MAX).filter(|&c| is_space(c) || !is_forbidden(c)).peekable();
    while let Some(c) = characters.next() {
        if is_space(c) {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(c);
            let next = characters.peek();
            let opens_code = c == '=' && next == Some(&'?');
            let makes_link = matches!(c, '.' | ':' | '@' | '/') && next.is_some_and(|&next| !is_space(next));
            if opens_code || makes_link {
                line.push('\u{200b}');
            }
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The same for a text of several lines.
pub(super) fn said_lines(text: &str) -> impl Iterator<Item = String> {
    text.split('\n').map(said)
}
