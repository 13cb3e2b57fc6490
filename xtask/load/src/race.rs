//! Everything that takes seats or gives them back, by many at once, for the same few seats: registrations with and
//! without sessions, changes, cancellations by link and by staff, accepted offers, reissues.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Args;
use http::{Request, Response, header};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    client::{Client, random_bytes},
    figures::{Figures, Sample},
    registrations::{person, stamp},
    staff::Staff,
};

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    staff: Staff,
    /// The program's database: staff know a registration by its id, which no answer to its holder tells.
    #[arg(long)]
    database: String,
    /// The audience that is asked for, as the form sends it.
    #[arg(long)]
    audience: String,
    /// A commune that exists.
    #[arg(long, default_value = "28261")]
    commune: String,
    /// The sessions that are asked for, two at most of them at once.
    #[arg(long, value_delimiter = ',')]
    sessions: Vec<Uuid>,
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Attempts in all.
    #[arg(long)]
    attempts: usize,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let cookie = arguments.staff.sign_in().await?;
    let stamp = stamp(&arguments.staff.base).await?;
    let pool = PgPool::connect(&arguments.database).await?;
    let (next, arguments) = (Arc::new(AtomicUsize::new(0)), Arc::new(arguments));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..arguments.clients {
        let racer = Racer {
            client: Client::connect(&arguments.staff.base).await?,
            pool: pool.clone(),
            arguments: Arc::clone(&arguments),
            stamp: stamp.clone(),
            cookie: cookie.clone(),
            held: Vec::new(),
        };
        tasks.push(tokio::spawn(racer.run(Arc::clone(&next))));
    }
    let mut sample = Sample::default();
    for task in tasks {
        sample.merge(task.await??);
    }
    Figures::of(sample, start.elapsed()).print()
}

/// A registration that this racer has made.
struct Held {
    secret: String,
    id: Uuid,
    phone: u32,
}

/// One client with a will of its own.
struct Racer {
    client: Client,
    pool: PgPool,
    arguments: Arc<Arguments>,
    stamp: String,
    cookie: String,
    held: Vec<Held>,
}

impl Racer {
    async fn run(mut self, next: Arc<AtomicUsize>) -> Result<Sample> {
        let mut sample = Sample::default();
        while next.fetch_add(1, Ordering::Relaxed) < self.arguments.attempts {
            let sent = Instant::now();
            let (what, answer) = self.attempt().await?;
            sample.add(sent.elapsed(), format!("{what} {}", answer.status().as_str()));
        }
        Ok(sample)
    }

    /// Does one thing by chance: something with what it holds, or one more registration.
    async fn attempt(&mut self) -> Result<(&'static str, Response<Bytes>)> {
        let [chance, which] = random_bytes::<2>();
        let Some(which) = usize::from(which).checked_rem(self.held.len()) else { return self.register().await };
        let held = &self.held[which];
        let (of_link, of_staff) = (format!("/ve/{}", held.secret), format!("/ban-to-chuc/nguoi-dang-ky/{}", held.id));
        Ok(match chance {
            0..=127 => return self.register().await,
            128..=159 => ("accept", self.post(format!("{of_link}/nhan-cho"), String::new(), false).await?),
            160..=184 => {
                let form = format!("{}{}", person(held.phone, &self.arguments.commune), self.sessions());
                ("change", self.post(format!("{of_link}/sua"), form, false).await?)
            }
            185..=209 => ("reissue", self.post(format!("{of_staff}/cap-lai"), String::new(), true).await?),
            210..=239 => {
                self.held.swap_remove(which);
                ("cancel", self.post(format!("{of_link}/huy"), String::new(), false).await?)
            }
            240..=255 => {
                self.held.swap_remove(which);
                ("cancel by staff", self.post(format!("{of_staff}/huy"), String::new(), true).await?)
            }
        })
    }

    async fn register(&mut self) -> Result<(&'static str, Response<Bytes>)> {
        let phone = u32::from_be_bytes(random_bytes()) % 100_000_000;
        let key = uuid::Builder::from_random_bytes(random_bytes()).into_uuid();
        let Arguments { audience, commune, .. } = &*self.arguments;
        let form = format!(
            "audience={audience}&{}{}&adult=yes&consent_attend=yes&key={key}&stamp={}",
            person(phone, commune),
            self.sessions(),
            self.stamp
        );
        let answer = self.post("/dang-ky".to_owned(), form, false).await?;
        if let Some(place) = answer.headers().get(header::LOCATION) {
            let secret = place.to_str()?.rsplit('/').next().context("an address")?.to_owned();
            let id = sqlx::query_scalar("select id from registrations where link_hash = sha256($1::text::bytea)").bind(&secret);
            let id = id.fetch_one(&self.pool).await.context("the registration behind a link")?;
            self.held.push(Held { secret, id, phone });
        }
        Ok(("register", answer))
    }

    /// No session, one, or two of those that are raced for.
    fn sessions(&self) -> String {
        let [first, second] = random_bytes::<2>();
        let pick = |chance: u8| self.arguments.sessions.get(usize::from(chance) % (self.arguments.sessions.len() + 1));
        let mut picked: Vec<_> = [pick(first), pick(second)].into_iter().flatten().collect();
        picked.sort();
        picked.dedup();
        picked.iter().map(|id| format!("&session={id}")).collect::<Vec<_>>().concat()
    }

    async fn post(&mut self, path: String, form: String, by_staff: bool) -> Result<Response<Bytes>> {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if by_staff {
            request = request.header(header::COOKIE, &self.cookie);
        }
        self.client.send(request, form).await
    }
}
