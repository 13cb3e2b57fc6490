//! Who holds a token, asked for by nearly every request. Nothing is remembered from one answer to the next: who was signed
//! out is so at the next request.

use std::fmt;

use super::store::{self, Holder};
use crate::{
    Context, Error,
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

impl Holders {
    /// The account or phone behind a token that has not ended.
    pub(super) async fn of(&self, cx: &Context, token_hash: [u8; 32]) -> Result<Option<Holder>, Error> {
        let (pool, clock) = (cx.pool.clone(), cx.clock.clone());
        let answer = move |hashes: Vec<[u8; 32]>| {
            let (pool, now) = (pool.clone(), clock.now());
            async move {
                match store::holders(&pool, &hashes, now).await {
                    Ok(holders) => holders.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(Fault::of(&error)); hashes.len()],
                }
            }
        };
        Ok(self.0.ask(token_hash, 1, answer).await??)
    }
}
