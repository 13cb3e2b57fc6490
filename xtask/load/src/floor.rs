//! The floors: what axum and Postgres themselves can do on this machine in this run.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Result;
use axum::{Router, http::header, routing::get};
use bytes::Bytes;
use clap::Args;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::figures::{Figures, Sample};

#[derive(Args, Debug)]
pub struct ServeArguments {
    /// The file whose bytes are the answer.
    #[arg(long)]
    file: PathBuf,
    /// Ends by itself after so many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Prints its address as one line, then serves until its time is over.
pub async fn serve(ServeArguments { file, seconds }: ServeArguments) -> Result<()> {
    let page = Bytes::from(std::fs::read(file)?);
    let router = Router::new().route(
        "/",
        get(move || {
            let page = page.clone();
            async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page) }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, router).with_graceful_shutdown(tokio::time::sleep(Duration::from_secs(seconds))).await?;
    Ok(())
}

#[derive(Args, Debug)]
pub struct SqlArguments {
    #[arg(long)]
    database: String,
    #[arg(long, default_value_t = 16)]
    clients: u32,
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

/// One transaction: take a seat of one hot counter, insert one row.
pub async fn registrations(arguments: SqlArguments) -> Result<()> {
    let pool = pool(&arguments).await?;
    sqlx::raw_sql(
        "drop table if exists bench_seats, bench_people;
         create table bench_seats (id int primary key, size int not null, taken int not null) with (fillfactor = 50);
         create table bench_people (id uuid primary key default gen_random_uuid(), seat int not null, name text not null);
         insert into bench_seats values (1, 2000000000, 0);",
    )
    .execute(&pool)
    .await?;
    measure(&arguments, &pool, |pool| async move {
        let mut tx = pool.begin().await?;
        sqlx::query("update bench_seats set taken = taken + 1 where id = 1 and taken < size returning taken").fetch_one(&mut *tx).await?;
        sqlx::query("insert into bench_people (seat, name) values (1, 'Nguyễn Thị Hạnh')").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    sqlx::raw_sql("drop table bench_seats, bench_people").execute(&pool).await?;
    Ok(())
}

/// One insert, one transaction.
pub async fn scans(arguments: SqlArguments) -> Result<()> {
    let pool = pool(&arguments).await?;
    sqlx::raw_sql(
        "drop table if exists bench_scans;
         create table bench_scans (id uuid primary key default gen_random_uuid(), ticket bigint not null, at timestamptz not null default now());",
    )
    .execute(&pool)
    .await?;
    measure(&arguments, &pool, |pool| async move {
        sqlx::query("insert into bench_scans (ticket) values (1)").execute(&pool).await?;
        Ok(())
    })
    .await?;
    sqlx::raw_sql("drop table bench_scans").execute(&pool).await?;
    Ok(())
}

/// One connection for each client, never asked whether it lives: the floor pays for its statements only.
async fn pool(arguments: &SqlArguments) -> Result<PgPool> {
    let options = PgPoolOptions::new().max_connections(arguments.clients).test_before_acquire(false);
    Ok(options.connect(&arguments.database).await?)
}

async fn measure<F, T>(arguments: &SqlArguments, pool: &PgPool, transaction: F) -> Result<()>
where
    F: Fn(PgPool) -> T + Copy + Send + 'static,
    T: Future<Output = Result<()>> + Send,
{
    let start = Instant::now();
    let until = start + Duration::from_secs(arguments.seconds);
    let mut tasks = Vec::new();
    for _ in 0..arguments.clients {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let mut sample = Sample::default();
            while Instant::now() < until {
                let sent = Instant::now();
                transaction(pool.clone()).await?;
                sample.add(sent.elapsed(), "committed");
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
