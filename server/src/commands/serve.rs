//! `serve`: opens everything, answers until told to stop, closes everything in order.

use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener, ListenerExt as _},
};
use services::{Clock as _, Context, context::SystemClock, store};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    App,
    cli::Serve,
    config::{BaseUrl, Config},
    database::Database,
    jobs::{Carriers, Jobs},
    lan::{self, Lan},
    router::router,
    shutdown::{self, GRACE},
    site::Site,
};

pub async fn serve(config: Config, arguments: Serve) -> Result<ExitCode> {
    // What can fail at once fails before a cluster is made.
    let site = Site::open(&config.site)?;
    let lan = if arguments.lan { Some(Lan::open(&config, SystemClock.now())?) } else { None };
    let listen = config.listen(arguments.lan);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    let database = Database::open(&config, false).await?;
    let served = answer(&config, &arguments, &database, site, Door { listener, lan }).await;
    let closed = database.close().await;
    served?;
    closed?;
    Ok(ExitCode::SUCCESS)
}

/// Where requests come in.
struct Door {
    listener: TcpListener,
    /// `None`: somebody else ends TLS.
    lan: Option<Lan>,
}

impl Door {
    /// The origin of links, as the settings say or as this machine is reached.
    fn base_url(&self, config: &Config, port: u16) -> BaseUrl {
        match (&self.lan, config.base_url.clone()) {
            (None, given) => given.unwrap_or_else(|| BaseUrl::loopback(port)),
            (Some(lan), Some(given)) => {
                if lan.authority().is_some() {
                    given.self_signed()
                } else {
                    given
                }
            }
            (Some(lan), None) => lan.origins(port).swap_remove(0),
        }
    }

    /// Answers who comes, until it is told to stop and what runs has ended.
    fn open(self, router: Router, base_url: &BaseUrl, stopped: oneshot::Receiver<()>) -> Result<JoinHandle<io::Result<()>>> {
        Ok(match self.lan {
            None => start(self.listener.tap_io(|stream| at_once(stream)), router, stopped),
            Some(lan) => {
                let listener = lan.listener(self.listener, base_url)?;
                start(listener.tap_io(|stream| at_once(stream.get_ref().0)), router, stopped)
            }
        })
    }
}

/// Answers are whole when they are written: waiting for more only delays them.
fn at_once(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

fn start<L>(listener: L, router: Router, stopped: oneshot::Receiver<()>) -> JoinHandle<io::Result<()>>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
    SocketAddr: for<'a> Connected<IncomingStream<'a, L>>,
{
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    tokio::spawn(server.into_future())
}

/// Another secret would sign tickets that no other replica and no phone takes for one, and open no link sent before.
///
/// # Errors
/// When the database was first used with another secret.
async fn know_secret(cx: &Context) -> Result<()> {
    if store::knows_secret(cx).await.context("comparing the secret")? {
        return Ok(());
    }
    bail!(
        "this database was first used with another secret than this one: set SECRET_KEY to the right one, the same for all replicas, or put \
         back the secret.key of the data folder; with this one, no ticket link sent so far would open"
    )
}

async fn answer(config: &Config, arguments: &Serve, database: &Database, site: Site, door: Door) -> Result<()> {
    let stop = shutdown::requested();
    tokio::pin!(stop);
    let prepare = async {
        database.migrate().await?;
        let cx = super::context(config, database)?;
        know_secret(&cx).await?;
        if arguments.sample {
            super::sample::load(&cx, arguments.sign_ins.as_deref()).await?;
        }
        anyhow::Ok(cx)
    };
    let cx = tokio::select! {
        cx = prepare => cx?,
        stopped = &mut stop => return stopped.context("waiting for signals"),
    };
    let address = door.listener.local_addr().context("asking for the port")?;
    let base_url = door.base_url(config, address.port());
    println!("{}", base_url.as_str());
    if let Some(lan) = &door.lan {
        println!("{}", lan::notice(&base_url, &lan.origins(address.port()), lan.authority(), io::stdout().is_terminal()));
    }
    tracing::info!(%address, base_url = base_url.as_str(), "answering");

    let (drain, drained) = oneshot::channel::<()>();
    let app = App::new(cx, base_url.clone(), door.lan.as_ref().and_then(Lan::authority).cloned(), site, config.fair.clone());
    let jobs = Jobs::start(&app, Carriers { smtp: config.smtp.clone(), sms: config.sms.clone() }).await.context("starting the jobs")?;
    let mut server = door.open(router(app.clone()), &base_url, drained)?;
    tokio::select! {
        ended = &mut server => return ended.context("answering")?.context("answering"),
        stopped = &mut stop => stopped.context("waiting for signals")?,
    }
    tracing::info!("stopping");
    app.streams.end();
    let _ = drain.send(());
    let (ended, ()) = tokio::join!(timeout(GRACE, &mut server), jobs.stop());
    if let Ok(ended) = ended {
        return ended.context("answering")?.context("answering");
    }
    tracing::warn!(seconds = GRACE.as_secs(), "some requests did not end in time");
    server.abort();
    // Their connections to Postgres go back before the pool closes.
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use services::{MasterSecret, testing};
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "services::MIGRATOR")]
    async fn another_secret_than_the_first_is_refused_by_its_name(pool: PgPool) {
        let cx = testing::context(pool);
        know_secret(&cx).await.unwrap();
        know_secret(&cx).await.unwrap();
        let other = Context { secret: MasterSecret::new([1; 32]), ..cx };
        let refused = know_secret(&other).await.unwrap_err().to_string();
        assert!(refused.contains("SECRET_KEY") && refused.contains("secret.key"), "{refused}");
    }
}
