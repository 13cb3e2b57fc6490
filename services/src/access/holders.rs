//! Who holds a token, asked for by nearly every request. Nothing is remembered from one answer to the next: who was signed
//! out is so at the next request.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::store::{self, Holder};
use crate::{
    Context, Error,
    store::Line,
    together::{Fault, Together},
};

/// The most tokens that one statement looks up.
const TOGETHER_MAX: usize = 200;

/// Looks up the tokens of all requests, those together that wait at the same time; cheap to clone.
#[derive(Clone)]
pub struct Holders(Together<[u8; 32], Result<Option<Holder>, Fault>>);

impl fmt::Debug for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holders")
    }
}

impl Default for Holders {
    fn default() -> Self {
        Self(Together::of_at_most(TOGETHER_MAX))
    }
}

async fn looked_up(line: &mut Line, hashes: &[[u8; 32]], now: DateTime<Utc>) -> Result<Vec<Option<Holder>>, Error> {
    store::holders(line.connection().await?, hashes, now).await
}

impl Holders {
    /// The account or phone behind a token that has not ended.
    pub(super) async fn of(&self, cx: &Context, token_hash: [u8; 32]) -> Result<Option<Holder>, Error> {
        let (line, clock) = (Arc::new(Mutex::new(Line::of(&cx.pool))), cx.clock.clone());
        let answer = move |hashes: Vec<[u8; 32]>| {
            let (line, now) = (Arc::clone(&line), clock.now());
            async move {
                let mut line = line.lock().await;
                match looked_up(&mut line, &hashes, now).await {
                    Ok(holders) => holders.into_iter().map(Ok).collect(),
                    Err(error) => {
                        line.hang_up();
                        vec![Err(Fault::of(&error, "finding who signed in")); hashes.len()]
                    }
                }
            }
        };
        Ok(self.0.ask(token_hash, 1, answer).await??)
    }
}
