//! Staff who look for people in the list: by every kind of word, common and rare.

use std::time::Instant;

use anyhow::Result;
use clap::Args;
use http::{Request, header};
use sqlx::PgPool;

use crate::{
    client::Client,
    figures::{Figures, Sample},
    staff::{Staff, encode},
};

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    staff: Staff,
    /// The program's database, whose count of searches is forgotten now and then: people type more slowly.
    #[arg(long)]
    database: String,
    #[arg(long, default_value_t = 2)]
    clients: usize,
    /// How often each of the words is looked for.
    #[arg(long, default_value_t = 20)]
    times: usize,
}

/// Searches of one client after which their count is forgotten.
const FORGOTTEN_AFTER: usize = 20;

/// What is looked for: names that four in ten have, names that few have, parts of numbers, nobody.
const WORDS: [&str; 20] = [
    "nguyen",
    "Nguyễn Thị",
    "hanh",
    "Hạnh",
    "an",
    "ha",
    "tran van tuan",
    "đặng",
    "thi my",
    "0900012345",
    "090 001 23",
    "012345",
    "minh anh",
    "ng",
    "le huu",
    "yen",
    "Đào",
    "phong vo",
    "khong co ai",
    "Võ Kim Oanh",
];

pub async fn run(Arguments { staff, database, clients, times }: Arguments) -> Result<()> {
    let cookie = staff.sign_in().await?;
    let pool = PgPool::connect(&database).await?;
    let start = Instant::now();
    let mut tasks = Vec::new();
    for first in 0..clients {
        let mut client = Client::connect(&staff.base).await?;
        let (cookie, pool) = (cookie.clone(), pool.clone());
        tasks.push(tokio::spawn(async move {
            let mut sample = Sample::default();
            for (place, number) in (0..times * WORDS.len()).skip(first).step_by(clients).enumerate() {
                if place % FORGOTTEN_AFTER == 0 {
                    sqlx::query("delete from limits").execute(&pool).await?;
                }
                let path = format!("/ban-to-chuc/nguoi-dang-ky?tim={}", encode(WORDS[number % WORDS.len()]));
                let sent = Instant::now();
                let answer = client.send(Request::get(path).header(header::COOKIE, &cookie), "").await?;
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
