//! Single online scans: every request carries one scan of another ticket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use chrono::DateTime;
use clap::Args;
use domain::{
    checkin::{Direction, ScanRequest, ScanSubmission, Source},
    ids::{CheckpointId, ScanId},
    registration::AudienceKind,
    ticket::{ShortCode, Ticket, TicketId},
};
use http::{Request, Response, header};
use services::{
    Clock, MasterSecret, Random,
    context::{SystemClock, SystemRandom},
};

use crate::{
    client::Client,
    figures::{Figures, Sample},
    staff::Staff,
};

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    pub staff: Staff,
    #[arg(long)]
    checkpoint: CheckpointId,
    #[arg(long)]
    year: u16,
    /// The installation's secret in hexadecimal: the tickets of `fill` are signed here.
    #[arg(long)]
    secret: String,
    /// The first ticket id to scan.
    #[arg(long)]
    first: u64,
    #[arg(long)]
    count: u64,
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// The tickets' short codes are typed, as where a camera fails.
    #[arg(long)]
    typed: bool,
    /// Scans in one request.
    #[arg(long, default_value_t = 1)]
    batch: u64,
    /// Requests a second in all; without it, as fast as the answers come.
    #[arg(long)]
    rate: Option<u32>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let requests = prepare(&arguments)?;
    let cookie = arguments.staff.sign_in().await?;
    let pace = arguments.rate.map(|rate| Duration::from_secs(1) / rate);
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..arguments.clients {
        let mut client = Client::connect(&arguments.staff.base).await?;
        let (requests, next, cookie) = (Arc::clone(&requests), Arc::clone(&next), cookie.clone());
        tasks.push(tokio::spawn(async move {
            let mut sample = Sample::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(body) = requests.get(usize::try_from(number)?) else {
                    return anyhow::Ok(sample);
                };
                // An open loop: a late answer does not put off the next request's due time.
                let due = pace.map(|pace| start + pace * u32::try_from(number).unwrap_or(u32::MAX));
                if let Some(due) = due {
                    tokio::time::sleep_until(due.into()).await;
                }
                let sent = due.unwrap_or_else(Instant::now);
                let answer = client.send(request(&cookie), body.clone()).await?;
                sample.add(sent.elapsed(), outcome(&answer));
            }
        }));
    }
    let mut sample = Sample::default();
    for task in tasks {
        sample.merge(task.await??);
    }
    Figures::of(sample, start.elapsed()).print()
}

/// The bodies of all requests, signed and written before the clock starts.
pub fn prepare(arguments: &Arguments) -> Result<Vec<bytes::Bytes>> {
    let secret = domain_secret(&arguments.secret)?;
    let (key_id, key) = secret.ticket_signer(arguments.year);
    let now = SystemClock.now();
    let ids: Vec<u64> = (arguments.first..arguments.first + arguments.count).collect();
    ids.chunks(usize::try_from(arguments.batch)?)
        .map(|chunk| {
            let scans = chunk
                .iter()
                .map(|id| {
                    if arguments.typed {
                        // As `fill` gives them.
                        return submission(ShortCode::from_random(*id).shown(), Source::Typed, now);
                    }
                    let ticket = Ticket {
                        key_id,
                        year: arguments.year,
                        audience: AudienceKind::Citizen,
                        reissue: 0,
                        is_spare: false,
                        id: TicketId(*id),
                    };
                    submission(Ticket::address("https://ngay-cds.example", &ticket.sign(&key)), Source::Camera, now)
                })
                .collect();
            Ok(serde_json::to_vec(&ScanRequest::<ScanSubmission>::of(arguments.checkpoint, scans))?.into())
        })
        .collect()
}

fn submission(code: String, source: Source, now: DateTime<chrono::Utc>) -> ScanSubmission {
    let mut random = [0; 10];
    SystemRandom.fill(&mut random);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    ScanSubmission {
        scan_id: ScanId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()),
        code,
        source,
        direction: Direction::Entry,
        device_at: now,
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    }
}

fn domain_secret(hex: &str) -> Result<MasterSecret> {
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect::<Result<Vec<u8>, _>>()?;
    Ok(MasterSecret::new(bytes.try_into().map_err(|_| anyhow::anyhow!("the secret has 64 hexadecimal digits"))?))
}

/// What sends scans, but for its body.
pub fn request(cookie: &str) -> http::request::Builder {
    Request::post("/api/checkin/scans").header(header::CONTENT_TYPE, "application/json").header(header::COOKIE, cookie)
}

/// An answer's status and its first verdict.
pub fn outcome(answer: &Response<bytes::Bytes>) -> String {
    format!("{} {}", answer.status().as_str(), verdict(answer.body()))
}

/// The first verdict in an answer.
fn verdict(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|answer| Some(answer["results"][0]["verdict"]["kind"].as_str()?.to_owned()))
        .unwrap_or_default()
}
