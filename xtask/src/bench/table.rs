//! The table: what was measured beside what was promised.

use std::{collections::BTreeMap, fmt};

use serde_json::{Value, json};

use super::budgets::{BUDGETS, Bound, Budget};

/// The median of several rounds, and how far they lay apart.
#[derive(Clone, Debug)]
pub struct Measured {
    value: f64,
    spread: f64,
    floor: Option<f64>,
    /// Each round's figure and each round's floor, in the order in which they were taken.
    rounds: Vec<f64>,
    floors: Vec<f64>,
}

impl Measured {
    /// A figure that does not vary.
    pub fn once(value: f64) -> Self {
        Self::of(vec![value])
    }

    /// The median of the rounds.
    pub fn of(rounds: Vec<f64>) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let spread = sorted.last().zip(sorted.first()).map_or(0.0, |(last, first)| last - first);
        Self { value: median(&sorted), spread, floor: None, rounds, floors: Vec::new() }
    }

    /// The median of the rounds beside the median of the floor's.
    pub fn with_floor(rounds: Vec<f64>, floors: Vec<f64>) -> Self {
        let floor = Self::of(floors);
        Self { floor: Some(floor.value), floors: floor.rounds, ..Self::of(rounds) }
    }

    fn ratio(&self) -> Option<f64> {
        self.floor.map(|floor| self.value / floor)
    }

    fn meets(&self, bound: Bound) -> bool {
        match bound {
            Bound::AtMost(most) => self.value <= most,
            Bound::AtLeast(least) => self.value >= least,
            Bound::OfFloor(part) => self.ratio().is_some_and(|ratio| ratio >= part),
            Bound::WithinFloor(part) => self.ratio().is_some_and(|ratio| ratio <= part),
        }
    }
}

fn median(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// Every budget with its figure, where there is one.
#[derive(Debug, Default)]
pub struct Table {
    figures: BTreeMap<&'static str, Measured>,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters a figure.
    ///
    /// # Panics
    /// When no budget has this name.
    pub fn set(&mut self, name: &'static str, figure: Measured) {
        assert!(BUDGETS.iter().any(|budget| budget.name == name), "no budget is named {name}");
        self.figures.insert(name, figure);
    }

    /// A list of `{name, value, spread, rounds, unit, floor, floors, ratio, budget, met}`; `value` is null where nothing is measured yet.
    pub fn to_json(&self) -> Value {
        BUDGETS
            .iter()
            .map(|Budget { name, unit, bound, .. }| {
                let figure = self.figures.get(name);
                json!({
                    "name": name,
                    "value": figure.map(|figure| figure.value),
                    "spread": figure.map(|figure| figure.spread),
                    "rounds": figure.map(|figure| &figure.rounds),
                    "unit": unit,
                    "floor": figure.and_then(|figure| figure.floor),
                    "floors": figure.map(|figure| &figure.floors),
                    "ratio": figure.and_then(Measured::ratio),
                    "budget": promise(*bound),
                    "met": figure.map(|figure| figure.meets(*bound)),
                })
            })
            .collect()
    }
}

fn promise(bound: Bound) -> String {
    match bound {
        Bound::AtMost(most) => format!("≤ {}", digits(most)),
        Bound::AtLeast(least) => format!("≥ {}", digits(least)),
        Bound::OfFloor(part) => format!("≥ {part} × floor"),
        Bound::WithinFloor(part) => format!("≤ {part} × floor"),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | spread | floor | ratio | budget | met |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---|")?;
        for Budget { name, what, unit, bound } in BUDGETS {
            let promise = promise(*bound);
            match self.figures.get(name) {
                None => writeln!(f, "| {what} (`{name}`) | not yet | | | | {promise} {unit} | |")?,
                Some(figure) => {
                    let floor = figure.floor.map(digits).unwrap_or_default();
                    let ratio = figure.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
                    let met = if figure.meets(*bound) { "yes" } else { "**no**" };
                    let (value, spread) = (digits(figure.value), digits(figure.spread));
                    writeln!(f, "| {what} (`{name}`) | {value} {unit} | {spread} | {floor} | {ratio} | {promise} | {met} |")?;
                }
            }
        }
        Ok(())
    }
}

/// A number with as many digits as it deserves, thousands apart.
fn digits(number: f64) -> String {
    if number.abs() < 100.0 {
        let text = format!("{number:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let whole = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_of_its_rounds() {
        let figure = Measured::with_floor(vec![9.0, 1.0, 5.0], vec![10.0, 10.0, 30.0]);
        assert_eq!((figure.value, figure.spread, figure.floor), (5.0, 8.0, Some(10.0)));
        assert_eq!((figure.rounds.as_slice(), figure.floors.as_slice()), ([9.0, 1.0, 5.0].as_slice(), [10.0, 10.0, 30.0].as_slice()));
        assert!(figure.meets(Bound::OfFloor(0.5)));
        assert!(!figure.meets(Bound::OfFloor(0.51)));
        assert!(figure.meets(Bound::WithinFloor(0.5)));
        assert!(!figure.meets(Bound::WithinFloor(0.49)));
    }

    #[test]
    fn what_is_not_measured_is_not_yet_and_never_met() {
        let table = Table::new();
        assert!(table.to_string().contains("| search by part of a name among 100,000 (`search.p99`) | not yet |"));
        assert!(table.to_json().as_array().unwrap().iter().all(|row| row["met"].is_null() && row["value"].is_null()));
    }

    #[test]
    fn numbers_are_short_and_readable() {
        assert_eq!(digits(1_234_567.8), "1,234,568");
        assert_eq!(digits(0.5), "0.5");
        assert_eq!(digits(250.0), "250");
        assert_eq!(digits(0.0), "0");
    }
}
