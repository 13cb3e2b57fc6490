//! What organisers do with everybody at once: download the list, take over a list from another system.

use std::{
    iter,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use domain::registration::import::HEADINGS;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;

use crate::{
    client::{Client, random_bytes},
    figures::{Figures, Sample},
    fill::name,
    staff::Staff,
};

/// How long a list may be on its way into the database, and how often is asked.
const PATIENCE: Duration = Duration::from_mins(2);
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Where lists are taken over, and the separator of a form with a file.
const IMPORT: &str = "/ban-to-chuc/nhap-danh-sach";
const BOUNDARY: &str = "the-load-of-a-bench";

#[derive(Args, Debug)]
pub struct ExportArguments {
    #[command(flatten)]
    staff: Staff,
    /// `csv` or `xlsx`.
    #[arg(long)]
    format: String,
}

/// Downloads the list and counts its bytes as they come; keeps none.
pub async fn export(ExportArguments { staff, format }: ExportArguments) -> Result<()> {
    let cookie = staff.sign_in().await?;
    let mut client = Client::connect(&staff.base).await?;
    let request = Request::get(format!("/ban-to-chuc/danh-sach.{format}")).header(header::COOKIE, &cookie);
    let start = Instant::now();
    let answer = client.begin(request, "").await?;
    ensure!(answer.status() == StatusCode::OK, "the list is not there: {}", answer.status());
    let (mut body, mut bytes, mut lines) = (answer.into_body(), 0, 0_usize);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes += data.len();
            lines += data.split(|byte| *byte == b'\n').count() - 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "bytes": bytes, "lines": lines, "seconds": seconds }));
    Ok(())
}

#[derive(Args, Debug)]
pub struct ImportArguments {
    #[command(flatten)]
    staff: Staff,
    /// The id of the audience that they belong to.
    #[arg(long)]
    audience: String,
    /// People in the list.
    #[arg(long, default_value_t = 5_000)]
    count: i32,
}

/// Sends a list of people nobody knows yet, confirms it, and waits until all of them are stored.
pub async fn import(ImportArguments { staff, audience, count }: ImportArguments) -> Result<()> {
    let cookie = staff.sign_in().await?;
    let mut client = Client::connect(&staff.base).await?;
    let form = form(&audience, &list(count));
    let start = Instant::now();
    let request = Request::post(IMPORT)
        .header(header::COOKIE, &cookie)
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
    let checked = client.send(request, form).await?;
    let place = checked.headers().get(header::LOCATION).with_context(|| format!("the list was not taken: {}", checked.status()))?;
    let place = place.to_str()?.to_owned();
    let id = place.rsplit('=').next().context("the list's id")?;
    let confirmed = client.send(Request::post(format!("{IMPORT}/{id}/xac-nhan")).header(header::COOKIE, &cookie), "").await?;
    ensure!(confirmed.status() == StatusCode::SEE_OTHER, "the list was not confirmed: {}", confirmed.status());
    while is_running(&mut client, &place, &cookie).await? {
        ensure!(start.elapsed() < PATIENCE, "the list is not stored after {PATIENCE:?}");
        tokio::time::sleep(ASK_EVERY).await;
    }
    let mut sample = Sample::default();
    sample.add(start.elapsed(), "stored");
    Figures::of(sample, start.elapsed()).print()
}

async fn is_running(client: &mut Client, place: &str, cookie: &str) -> Result<bool> {
    let page = client.send(Request::get(place).header(header::COOKIE, cookie), "").await?;
    ensure!(page.status() == StatusCode::OK, "the list's page is not there: {}", page.status());
    let page = String::from_utf8_lossy(page.body());
    ensure!(!page.contains("role=\"alert\""), "the list was not stored");
    Ok(page.contains("Đang lưu"))
}

/// People with a reference, a name and a phone of their own.
fn list(count: i32) -> String {
    let run = u32::from_be_bytes(random_bytes());
    let heading = format!("{},{},{}\r\n", HEADINGS[0][0], HEADINGS[1][0], HEADINGS[2][0]);
    let person = |number| {
        let phone = u32::from_be_bytes(random_bytes()) % 100_000_000;
        format!("{run:08x}-{number},{},09{phone:08}\r\n", name(number))
    };
    iter::once(heading).chain((1..=count).map(person)).collect()
}

fn form(audience: &str, list: &str) -> String {
    let part = |name: &str, more: &str, content: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n")
    };
    let file = part("file", "; filename=\"danh-sach.csv\"\r\nContent-Type: text/csv", list);
    format!("{}{file}--{BOUNDARY}--\r\n", part("audience", "", audience))
}
