//! Registrations: many clients race for the seats of one audience, each with the form that a citizen sends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;
use http::{Request, Uri, header};

use crate::{
    client::{Client, random_bytes},
    figures::{Figures, Sample},
};

/// How long a form lies open before it is sent.
const FILL: Duration = Duration::from_secs(4);

#[derive(Args, Debug)]
pub struct Arguments {
    /// The program's address.
    #[arg(long)]
    base: Uri,
    /// The audience that is asked for, as the form sends it.
    #[arg(long)]
    audience: String,
    /// A commune that exists.
    #[arg(long, default_value = "28261")]
    commune: String,
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Attempts in all.
    #[arg(long, default_value_t = 5000)]
    attempts: usize,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let stamp = stamp(&arguments.base).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..arguments.clients {
        let mut client = Client::connect(&arguments.base).await?;
        let next = Arc::clone(&next);
        let (audience, commune, stamp) = (arguments.audience.clone(), arguments.commune.clone(), stamp.clone());
        let attempts = arguments.attempts;
        tasks.push(tokio::spawn(async move {
            let mut sample = Sample::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= attempts {
                    return anyhow::Ok(sample);
                }
                let form = form(&audience, &commune, &stamp);
                let request = Request::post("/dang-ky").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                let sent = Instant::now();
                let answer = client.send(request, form).await?;
                sample.add(sent.elapsed(), answer.status().as_str());
            }
        }));
    }
    let mut sample = Sample::default();
    for task in tasks {
        sample.merge(task.await??);
    }
    Figures::of(sample, start.elapsed()).print()
}

/// The stamp of a form that was given out as long ago as a person needs to fill it in.
pub async fn stamp(base: &Uri) -> Result<String> {
    let page = Client::connect(base).await?.send(Request::get("/dang-ky"), "").await?;
    let page = String::from_utf8_lossy(page.body());
    let input = page.split("<input").find(|input| input.contains("name=\"stamp\"")).context("the form has no stamp")?;
    let stamp = input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).context("the stamp has no value")?;
    tokio::time::sleep(FILL).await;
    Ok(stamp.to_owned())
}

/// The form of a citizen, every one with a phone and an idempotency key of his own: one phone registers a family only.
fn form(audience: &str, commune: &str, stamp: &str) -> String {
    let phone = u32::from_be_bytes(random_bytes()) % 100_000_000;
    let key = uuid::Builder::from_random_bytes(random_bytes()).into_uuid();
    format!("audience={audience}&{}&adult=yes&consent_attend=yes&key={key}&stamp={stamp}", person(phone, commune))
}

/// What a citizen tells of himself; `phone` has eight digits at most.
pub fn person(phone: u32, commune: &str) -> String {
    format!("full_name=Nguy%E1%BB%85n+Th%E1%BB%8B+H%E1%BA%A1nh&phone=09{phone:08}&commune={commune}")
}
