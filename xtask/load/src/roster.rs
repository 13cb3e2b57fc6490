//! The list of tickets as a phone loads it: from nothing until it is whole.

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use domain::checkin::{Contact, RosterRequest, roster::Page};
use http::{Request, StatusCode, header};

use crate::{client::Client, staff::Staff};

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    staff: Staff,
}

/// Loads the list page by page; prints its tickets, their admissions, and the bytes of all pages.
pub async fn run(Arguments { staff }: Arguments) -> Result<()> {
    let cookie = staff.sign_in().await?;
    let mut client = Client::connect(&staff.base).await?;
    let (start, mut bytes, mut tickets, mut admissions, mut cursor) = (Instant::now(), 0, 0, 0, None);
    loop {
        let question = serde_json::to_vec(&RosterRequest { cursor, contact: Contact::default() })?;
        let request = Request::post("/api/checkin/roster").header(header::COOKIE, &cookie).header(header::CONTENT_TYPE, "application/json");
        let answer = client.send(request, question).await?;
        ensure!(answer.status() == StatusCode::OK, "the list is not there: {}", answer.status());
        let page = Page::decode(answer.body())?;
        bytes += answer.body().len();
        tickets += page.entries.len();
        admissions += page.entered.len() + page.entries.iter().map(|entry| entry.entered.len()).sum::<usize>();
        if !page.has_more {
            break;
        }
        cursor = Some(page.cursor);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "bytes": bytes, "tickets": tickets, "admissions": admissions, "seconds": seconds }));
    Ok(())
}
