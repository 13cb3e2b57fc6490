//! From the parts of a file to its text: one line for each field, an empty line before each thing.

use std::fmt::{self, Write as _};

use toml::{Table, Value};

use super::File;
use crate::Error;

/// The text of a file.
///
/// # Errors
/// [`Error::Internal`] for what no stored edition holds: a value that TOML cannot express.
pub(in super::super) fn write(file: &File) -> Result<String, Error> {
    let internal = |error: &dyn std::error::Error| Error::Internal(error.to_string().into());
    // A table made from the file keeps the order of the fields, but knows no dates; one that was read from
    // a text knows dates, but has lost the order.
    let order = Table::try_from(file).map_err(|error| internal(&error))?;
    let plain = toml::to_string(file).map_err(|error| internal(&error))?;
    let values: Table = toml::from_str(&plain).map_err(|error| internal(&error))?;
    let mut text = String::new();
    things(&mut text, "", &order, &values).map_err(|error| internal(&error))?;
    Ok(text)
}

/// The tables and lists of things on this level.
fn things(text: &mut String, above: &str, order: &Table, values: &Table) -> fmt::Result {
    for (name, ordered) in order {
        match (ordered, values.get(name)) {
            (Value::Table(ordered), Some(Value::Table(thing))) if above.is_empty() => {
                writeln!(text, "[{name}]")?;
                fields(text, ordered, thing)?;
            }
            (Value::Array(ordered), Some(Value::Array(list))) if is_list_of_things(list) => {
                let path = format!("{above}{name}");
                for (ordered, thing) in ordered.iter().zip(list).filter_map(|(ordered, thing)| ordered.as_table().zip(thing.as_table())) {
                    writeln!(text, "\n[[{path}]]")?;
                    fields(text, ordered, thing)?;
                    things(text, &format!("{path}."), ordered, thing)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The lines of a thing.
fn fields(text: &mut String, order: &Table, thing: &Table) -> fmt::Result {
    for (name, value) in order.keys().filter_map(|name| Some((name, thing.get(name)?))) {
        if !matches!(value, Value::Array(list) if list.is_empty() || is_list_of_things(list)) {
            writeln!(text, "{name} = {}", Inline(value))?;
        }
    }
    Ok(())
}

fn is_list_of_things(list: &[Value]) -> bool {
    list.first().is_some_and(Value::is_table)
}

/// A value within its line. Only texts of several lines are longer, which TOML allows.
struct Inline<'v>(&'v Value);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Table(table) => {
                let fields: Vec<String> = table.iter().map(|(name, value)| format!("{name} = {}", Inline(value))).collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
            Value::Array(list) => {
                let values: Vec<String> = list.iter().map(|value| Inline(value).to_string()).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Value::Datetime(at) => f.write_str(&at.to_string().replace('T', " ")),
            value => write!(f, "{value}"),
        }
    }
}
