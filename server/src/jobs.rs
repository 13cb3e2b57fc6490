//! What the program does by itself, beside answering requests. Every replica does it; who comes first in the database does
//! it once.

mod deliver;
mod nightly;

use std::{future::Future, pin::Pin, time::Duration};

use domain::mail::Channel;
use services::{Context, Error, checkin::board, live, mail, registration};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    App,
    mail::{sms::Sms, smtp::Smtp},
};

/// How long a message that is on its way may take when the program stops.
const GRACE: Duration = Duration::from_secs(2);

type Work = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Something that is done again and again.
struct Round {
    name: &'static str,
    every: Duration,
    work: fn(Context) -> Work,
}

const ROUNDS: &[Round] = &[
    Round {
        name: "messages of lost workers",
        every: Duration::from_secs(30),
        work: |cx| Box::pin(async move { mail::recover(&cx).await }),
    },
    Round {
        name: "offered seats that nobody took",
        every: Duration::from_secs(15),
        work: |cx| Box::pin(async move { registration::lapse_overdue(&cx).await.map(drop) }),
    },
    // It is looked whether it is night.
    Round { name: "the work of every night", every: Duration::from_mins(10), work: |cx| Box::pin(async move { nightly::work(&cx).await }) },
    Round { name: "mailings", every: Duration::from_secs(30), work: |cx| Box::pin(async move { mail::write_due_mailings(&cx).await }) },
];

/// Who carries messages; what nobody carries waits.
#[derive(Clone, Debug, Default)]
pub struct Carriers {
    pub smtp: Option<Smtp>,
    pub sms: Option<Sms>,
}

/// What runs beside the requests, until it is stopped.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Starts everything. Without an SMTP server, mails wait in the outbox; without a service for phones, nothing is written for
    /// them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn start(app: &App, carriers: Carriers) -> Result<Self, Error> {
        let cx = &app.services;
        let Carriers { smtp, sms } = carriers;
        let channels: Vec<_> = smtp.iter().map(|_| Channel::Email).chain(sms.iter().map(|_| Channel::Sms)).collect();
        mail::know_channels(cx, &channels).await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(until_stopped(stopped.clone(), cx.clone(), |cx| Box::pin(async move { live::announce(&cx).await })));
        tasks.spawn(until_stopped(stopped.clone(), cx.clone(), |cx| Box::pin(async move { live::listen(&cx).await })));
        tasks.spawn(until_stopped(stopped.clone(), cx.clone(), |cx| Box::pin(async move { board::keep(&cx).await })));
        for round in ROUNDS {
            tasks.spawn(again(round, cx.clone(), stopped.clone()));
        }
        if let Some(smtp) = smtp {
            tasks.spawn(deliver::mails(cx.clone(), smtp, app.base_url.clone(), stopped.clone()));
        }
        if let Some(sms) = sms {
            tasks.spawn(deliver::texts(cx.clone(), sms, app.base_url.clone(), stopped));
        }
        Ok(Self { stop, tasks })
    }

    /// Stops everything. What is on its way may end; the rest is left for the next start.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(GRACE, ended).await.is_err() {
            tracing::warn!("a job did not end in time");
            self.tasks.shutdown().await;
        }
    }
}

/// Does what never ends by itself; at the end it is dropped, wherever it is.
async fn until_stopped(mut stopped: watch::Receiver<bool>, cx: Context, work: fn(Context) -> Pin<Box<dyn Future<Output = ()> + Send>>) {
    tokio::select! {
        () = work(cx) => {}
        () = end(&mut stopped) => {}
    }
}

async fn again(round: &'static Round, cx: Context, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        if let Err(error) = (round.work)(cx.clone()).await {
            tracing::warn!(job = round.name, error = &error as &dyn std::error::Error, "a job failed and is tried again");
        }
        rest(&mut stopped, round.every).await;
    }
}

/// Waits, but not beyond the end.
async fn rest(stopped: &mut watch::Receiver<bool>, time: Duration) {
    let _ = timeout(time, end(stopped)).await;
}

/// Waits for the end.
async fn end(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
