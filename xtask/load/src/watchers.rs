//! The board of arrivals as it is followed: how long after a scan everybody who watches sees it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    client::Client,
    figures::{Figures, Sample},
    scans,
    staff::Staff,
};

/// What the board names the number of all arrivals.
const ARRIVED: &str = "arrived";
/// Who has not seen a scan by then never will.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub struct Arguments {
    /// The scans, one after the other, each when the one before has been seen by all.
    #[command(flatten)]
    scans: scans::Arguments,
    /// The accounts that watch, by their e-mail addresses.
    #[arg(long, value_delimiter = ',')]
    accounts: Vec<String>,
    /// The password of all of them.
    #[arg(long)]
    accounts_password: String,
    /// How many watch with each account.
    #[arg(long, default_value_t = 20)]
    each: usize,
}

/// The time from sending a scan until a watcher has its number, for each scan and each watcher.
pub async fn run(arguments: Arguments) -> Result<()> {
    let base = &arguments.scans.staff.base;
    let (told, mut tellings) = mpsc::unbounded_channel();
    for email in &arguments.accounts {
        let staff = Staff { base: base.clone(), email: email.clone(), password: arguments.accounts_password.clone() };
        let cookie = staff.sign_in().await?;
        for _ in 0..arguments.each {
            let mut client = Client::connect(base).await?;
            let request = Request::get("/api/checkin/live").header(header::COOKIE, &cookie);
            let answer = client.begin(request, "").await?;
            ensure!(answer.status() == StatusCode::OK, "no stream of the board: {}", answer.status());
            let told = told.clone();
            tokio::spawn(async move { watch(client, answer.into_body(), &told).await });
        }
    }
    let watchers = arguments.accounts.len() * arguments.each;
    // The first frame of each is the board as it stands.
    seen(&mut tellings, watchers).await?;

    let (requests, cookie) = (scans::prepare(&arguments.scans)?, arguments.scans.staff.sign_in().await?);
    let mut steward = Client::connect(base).await?;
    let (mut sample, start) = (Sample::default(), Instant::now());
    for body in requests {
        let sent = Instant::now();
        let answer = steward.send(scans::request(&cookie), body).await?;
        let outcome = scans::outcome(&answer);
        for at in seen(&mut tellings, watchers).await? {
            sample.add(at - sent, outcome.clone());
        }
    }
    Figures::of(sample, start.elapsed()).print()
}

/// When each watcher was told a number of arrivals.
async fn seen(tellings: &mut mpsc::UnboundedReceiver<Instant>, watchers: usize) -> Result<Vec<Instant>> {
    let mut all = Vec::with_capacity(watchers);
    while all.len() < watchers {
        let next = timeout(PATIENCE, tellings.recv()).await;
        all.push(next.with_context(|| format!("only {} of {watchers} were told", all.len()))?.context("all streams have ended")?);
    }
    Ok(all)
}

/// Follows a stream and says when a number of arrivals comes, until nobody listens.
async fn watch(_connected: Client, mut stream: Incoming, told: &mpsc::UnboundedSender<Instant>) -> Result<()> {
    let mut kept = Vec::new();
    while let Some(frame) = stream.frame().await {
        kept.extend_from_slice(frame?.data_ref().context("a trailer in a stream")?);
        while let Some(end) = kept.windows(2).position(|window| window == b"\n\n") {
            let event: Vec<u8> = kept.drain(..end + 2).collect();
            if tells_arrivals(&event)? {
                told.send(Instant::now())?;
            }
        }
    }
    Ok(())
}

fn tells_arrivals(event: &[u8]) -> Result<bool> {
    let Some(data) = str::from_utf8(event)?.lines().find_map(|line| line.strip_prefix("data: ")) else { return Ok(false) };
    let frame: serde_json::Value = serde_json::from_str(data)?;
    Ok(frame["texts"].as_array().is_some_and(|texts| texts.iter().any(|text| text[0] == ARRIVED)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_with_the_number_of_arrivals_tells_it() {
        let tells = |event: &str| tells_arrivals(event.as_bytes()).unwrap();
        assert!(tells("retry: 2000\ndata: {\"texts\":[[\"inside\",\"7\"],[\"arrived\",\"8\"]],\"paths\":[],\"tables\":[]}\n\n"));
        assert!(!tells("data: {\"texts\":[[\"inside\",\"7\"]],\"paths\":[],\"tables\":[]}\n\n"));
        assert!(!tells(":\n\n"), "a heartbeat");
    }
}
