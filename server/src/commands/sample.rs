//! The sample at the start of `serve`.

use std::path::Path;

use anyhow::Result;
use services::Context;

pub async fn load(cx: &Context, sign_ins: Option<&Path>) -> Result<()> {
    let _ = (cx, sign_ins);
    Ok(())
}
