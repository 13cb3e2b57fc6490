//! What a run measured: how many, how fast, how long each took.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

/// The requests of one client or of all.
#[derive(Debug, Default)]
pub struct Sample {
    /// One entry for each answered request.
    pub latencies: Vec<Duration>,
    /// How many answers of each kind: an HTTP status, a verdict.
    pub outcomes: BTreeMap<String, u64>,
}

impl Sample {
    pub fn add(&mut self, latency: Duration, outcome: impl Into<String>) {
        self.latencies.push(latency);
        *self.outcomes.entry(outcome.into()).or_default() += 1;
    }

    pub fn merge(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }
}

/// The one line that a run prints.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub count: usize,
    pub seconds: f64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub outcomes: BTreeMap<String, u64>,
}

impl Figures {
    pub fn of(mut sample: Sample, elapsed: Duration) -> Self {
        sample.latencies.sort_unstable();
        let count = sample.latencies.len();
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
        let per_second = count as f64 / elapsed.as_secs_f64();
        Self {
            count,
            seconds: elapsed.as_secs_f64(),
            per_second,
            p50_ms: percentile(&sample.latencies, 50),
            p99_ms: percentile(&sample.latencies, 99),
            outcomes: sample.outcomes,
        }
    }

    pub fn print(&self) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// The smallest latency that at least `percent` of 100 do not exceed (nearest rank), in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    match (sorted.len() * percent).div_ceil(100) {
        0 => 0.0,
        rank => sorted[rank - 1].as_secs_f64() * 1000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert!((percentile(&sorted, 50) - 100.0).abs() < 1e-9);
        assert!((percentile(&sorted, 99) - 198.0).abs() < 1e-9);
        assert!((percentile(&sorted[..1], 99) - 1.0).abs() < 1e-9);
        assert!(percentile(&[], 99).abs() < 1e-9);
    }
}
