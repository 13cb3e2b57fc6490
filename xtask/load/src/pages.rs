//! Anonymous pages: a number of clients ask for one page, again and again, for some seconds.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use http::{Request, Uri};

use crate::{
    client::Client,
    figures::{Figures, Sample},
};

#[derive(Args, Debug)]
pub struct Arguments {
    /// The page's whole address.
    #[arg(long)]
    url: Uri,
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

pub async fn run(Arguments { url, clients, seconds }: Arguments) -> Result<()> {
    let path = url.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let mut client = Client::connect(&url).await?;
        let path = path.clone();
        tasks.push(tokio::spawn(async move {
            let mut sample = Sample::default();
            while Instant::now() < until {
                let sent = Instant::now();
                let answer = client.send(Request::get(&path), "").await?;
                sample.add(sent.elapsed(), answer.status().as_str());
            }
            anyhow::Ok(sample)
        }));
    }
    let mut sample = Sample::default();
    for task in tasks {
        sample.merge(task.await??);
    }
    Figures::of(sample, start.elapsed()).print()
}
