//! The decoder of the check-in page and four libraries, on the same hard pictures in Chromium, also with page and worker slowed down.

use std::{collections::BTreeMap, fmt, process::Command};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::table::{Measured, Table};
use crate::{build, shell, tools, workspace::Workspace};

/// Whom ours must not be slower than.
const PEER: &str = "zxing-wasm";
/// Ours as the check-in page runs it, and in the page itself, as the others run.
const OURS: [&str; 2] = ["worker", "page"];

#[derive(Debug, Deserialize)]
struct Compared {
    fast: Vec<Decoder>,
    slow: Vec<Decoder>,
}

/// A decoder, and what it made of each picture.
#[derive(Debug, Deserialize)]
struct Decoder {
    name: String,
    looks: Vec<Look>,
}

/// One picture: how long it took in each frame, until it was read.
#[derive(Debug, Deserialize)]
struct Look {
    kind: String,
    ms: Vec<f64>,
    right: bool,
    wrong: bool,
}

impl Decoder {
    /// Of the pictures with a code, the part that is read, in percent.
    fn rate(&self) -> f64 {
        percent(self.looks.iter().filter(|look| look.kind != NO_CODE))
    }

    fn wrong(&self) -> usize {
        self.looks.iter().filter(|look| look.wrong).count()
    }

    /// The time per frame below which this part of them lies, in milliseconds.
    fn ms(&self, part: f64) -> f64 {
        let mut all: Vec<f64> = self.looks.iter().flat_map(|look| &look.ms).copied().collect();
        all.sort_by(f64::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
        let place = (super::whole(all.len() as u64) * part) as usize;
        all.get(place.min(all.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

const NO_CODE: &str = "no code";

fn percent<'a>(looks: impl Iterator<Item = &'a Look>) -> f64 {
    let (mut right, mut all) = (0_u64, 0_u64);
    for look in looks {
        all += 1;
        right += u64::from(look.right);
    }
    100.0 * super::whole(right) / super::whole(all)
}

fn of<'a>(decoders: &'a [Decoder], name: &str) -> Result<&'a Decoder> {
    decoders.iter().find(|decoder| decoder.name == name).with_context(|| format!("{name} was not measured"))
}

/// Builds the decoder as it is deployed, draws the pictures, compares.
pub fn measure(workspace: &Workspace, table: &mut Table) -> Result<()> {
    let chromium = tools::for_test(workspace, tools::Wanted { lints: false, browser: true })?.context("there is no Chromium")?;
    let decoder = build::decoder(workspace)?;
    let pictures = workspace.work("bench/pictures");
    shell::step("draw the pictures", || {
        let mut draw = shell::cargo(workspace.root());
        shell::run(draw.args(["run", "--quiet", "--package", "decoder", "--example", "pictures", "--"]).arg(&pictures))
    })?;
    let printed = shell::step("compare decoders", || {
        let mut node = Command::new("node");
        node.arg("bench/decoder.mjs").arg(&pictures).arg(&decoder).env("CHROMIUM", chromium).current_dir(workspace.end2end());
        shell::output(&mut node)
    })?;
    let compared: Compared = serde_json::from_str(&printed).context("reading what was compared")?;
    println!("{}", Comparison(&compared));
    enter(&compared, table)
}

fn enter(compared: &Compared, table: &mut Table) -> Result<()> {
    let ours = of(&compared.fast, OURS[0])?;
    let others = || compared.fast.iter().filter(|decoder| !OURS.contains(&&*decoder.name));
    let best = others().map(Decoder::rate).fold(0.0, f64::max);
    ensure!(best > 0.0, "no library reads anything: the comparison is broken");
    table.set("decoder.rate", Measured::with_floor(vec![ours.rate()], vec![best]));
    let wrong: usize =
        compared.fast.iter().chain(&compared.slow).filter(|decoder| OURS.contains(&&*decoder.name)).map(Decoder::wrong).sum();
    table.set("decoder.wrong", Measured::once(super::whole(wrong as u64)));
    // Both in the page: the way to a worker and back is no part of decoding.
    for (name, decoders) in [("decoder.ms", &compared.fast), ("decoder.ms_slow", &compared.slow)] {
        table.set(name, Measured::with_floor(vec![of(decoders, OURS[1])?.ms(0.5)], vec![of(decoders, PEER)?.ms(0.5)]));
    }
    Ok(())
}

/// The comparison as a table: a row for each kind, a column for each decoder.
struct Comparison<'a>(&'a Compared);

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fast = &self.0.fast;
        let row = |f: &mut fmt::Formatter<'_>, what: &str, cell: &dyn Fn(&Decoder) -> String, decoders: &[Decoder]| {
            let cells: Vec<String> = decoders.iter().map(cell).collect();
            writeln!(f, "| {what} | {} |", cells.join(" | "))
        };
        row(
            f,
            "",
            &|decoder| if OURS.contains(&&*decoder.name) { format!("ours ({})", decoder.name) } else { decoder.name.clone() },
            fast,
        )?;
        writeln!(f, "|---|{}", "---:|".repeat(fast.len()))?;
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for look in fast.iter().take(1).flat_map(|decoder| &decoder.looks) {
            *kinds.entry(&look.kind).or_default() += 1;
        }
        for (kind, count) in kinds.iter().filter(|(kind, _)| **kind != NO_CODE) {
            let rate = |decoder: &Decoder| format!("{:.0} %", percent(decoder.looks.iter().filter(|look| look.kind == *kind)));
            row(f, &format!("{kind} ({count})"), &rate, fast)?;
        }
        row(f, "**all, read**", &|decoder| format!("{:.1} %", decoder.rate()), fast)?;
        row(f, "wrong readings", &|decoder| decoder.wrong().to_string(), fast)?;
        for (what, decoders) in [("ms per frame", fast), ("4× slower CPU, ms per frame", &self.0.slow)] {
            row(f, &format!("{what}, median / p95"), &|decoder| format!("{:.1} / {:.1}", decoder.ms(0.5), decoder.ms(0.95)), decoders)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(name: &str, looks: &[(&str, &[f64], bool, bool)]) -> Decoder {
        let looks =
            looks.iter().map(|(kind, ms, right, wrong)| Look { kind: (*kind).to_owned(), ms: ms.to_vec(), right: *right, wrong: *wrong });
        Decoder { name: name.to_owned(), looks: looks.collect() }
    }

    #[test]
    fn ours_is_compared_with_the_best_rate_and_the_time_of_the_peer() {
        let ours = [("blur", &[1.0, 2.0][..], true, false), ("dim", &[3.0], true, false), ("no code", &[9.0], false, false)];
        let peer = [("blur", &[4.0][..], true, false), ("dim", &[8.0], false, false), ("no code", &[4.0], false, true)];
        let other = [("blur", &[90.0][..], false, false), ("dim", &[90.0], false, true), ("no code", &[90.0], false, false)];
        let run = || vec![decoder("worker", &ours), decoder("page", &ours), decoder("zxing-wasm", &peer), decoder("jsqr", &other)];
        let compared = Compared { fast: run(), slow: run() };
        let mut table = Table::new();
        enter(&compared, &mut table).unwrap();
        let figures = table.to_json();
        let of = |name: &str| figures.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
        assert_eq!((&of("decoder.rate")["value"], &of("decoder.rate")["ratio"]), (&100.0.into(), &2.0.into()));
        assert_eq!((&of("decoder.ms")["value"], &of("decoder.ms")["floor"]), (&3.0.into(), &4.0.into()));
        assert_eq!(of("decoder.wrong")["value"], 0.0, "the wrong readings of others are theirs");
        let text = Comparison(&compared).to_string();
        assert!(text.contains("| dim (1) | 100 % | 100 % | 0 % | 0 % |") && text.contains("| wrong readings | 0 | 0 | 1 | 1 |"), "{text}");
    }
}
