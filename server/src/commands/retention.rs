//! What has served its time, from the command line.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use services::{
    Context,
    privacy::{self, Swept},
};

pub async fn retention(cx: &Context, dry_run: bool) -> Result<ExitCode> {
    let swept = privacy::retention(cx, dry_run).await.context("taking away what has served its time")?;
    println!("{}", if dry_run { "Would go now:" } else { "Gone:" });
    for (what, count) in rows(&swept) {
        println!("{count:>10}  {what}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Each kind with the table that it stands in.
fn rows(swept: &Swept) -> [(&'static str, u64); 9] {
    let Swept { attendees, leaders, guests, lists, requests, proofs, logs, sign_ins, devices } = *swept;
    [
        ("people in registrations, who become nobody", attendees),
        ("leaders in delegations, who become nobody", leaders),
        ("guests in invitations, who become nobody", guests),
        ("rows of imports", lists),
        ("rows of privacy_requests", requests),
        ("rows of consent_records", proofs),
        ("rows of audit_log", logs),
        ("rows of web_sessions and sign_in_attempts", sign_ins),
        ("rows of devices, of accounts and of screens", devices),
    ]
}
