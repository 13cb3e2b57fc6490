//! What every handler needs, shared by all requests.

use std::{
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use app::{assets::Assets, pages::Trouble};
use domain::access::Actor;
use moka::future::Cache;
use services::{
    Context, Error, access,
    edition::{self, Edition},
    programme,
    registration::{self, Offer},
};
use tokio::sync::Semaphore;

use crate::{
    cache::{Filters, PageCache},
    config::{BaseUrl, FairUse},
    http::form::UPLOADS,
    lan::Authority,
    site::Site,
    streams::Streams,
};

/// How long the edition and what its registration form asks are remembered. A change is seen by everybody this much later.
const REMEMBER: Duration = Duration::from_secs(1);

/// The program's state; cheap to clone, as is done for every layer of every request.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What an [`App`] shares.
#[derive(Debug)]
pub struct Shared {
    pub services: Context,
    pub base_url: BaseUrl,
    /// What phones have to trust; `None`: they do already.
    pub authority: Option<Authority>,
    pub site: Site,
    pub fair: FairUse,
    pub assets: Arc<Assets>,
    pub pages: PageCache,
    pub streams: Streams,
    /// The turns to read a form with a file.
    pub uploads: Arc<Semaphore>,
    editions: Cache<(), Option<Arc<Edition>>>,
    /// The edition that was seen last, however old.
    last_edition: RwLock<Option<Arc<Edition>>>,
    offers: Cache<(), Arc<Offer>>,
    filters: Cache<(), Arc<Filters>>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl App {
    #[must_use]
    pub fn new(services: Context, base_url: BaseUrl, authority: Option<Authority>, site: Site, fair: FairUse) -> Self {
        // Leptos starts tasks through this; a second call finds it set.
        let _ = any_spawner::Executor::init_tokio();
        Self(Arc::new(Shared {
            services,
            base_url,
            authority,
            assets: Arc::new(site.assets.clone()),
            site,
            fair,
            pages: PageCache::default(),
            streams: Streams::default(),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            last_edition: RwLock::default(),
            editions: Cache::builder().max_capacity(1).time_to_live(REMEMBER).build(),
            offers: Cache::builder().max_capacity(1).time_to_live(REMEMBER).build(),
            filters: Cache::builder().max_capacity(1).time_to_live(REMEMBER).build(),
        }))
    }

    /// Who a request comes from. Without a cookie nothing is asked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn actor(&self, token: Option<&str>) -> Result<Actor, Error> {
        match token {
            Some(token) => access::actor(&self.services, token).await,
            None => Ok(Actor::Anonymous),
        }
    }

    /// As [`App::actor`], for what an open page asks by itself: that keeps nobody signed in.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn polling_actor(&self, token: Option<&str>) -> Result<Actor, Error> {
        match token {
            Some(token) => access::polling_actor(&self.services, token).await,
            None => Ok(Actor::Anonymous),
        }
    }

    /// The current edition, at most a second old.
    ///
    /// # Errors
    /// The trouble to show.
    pub async fn edition(&self) -> Result<Option<Arc<Edition>>, Trouble> {
        let load = async {
            let edition = edition::current(&self.services).await.map_err(Trouble::from)?.map(Arc::new);
            self.last_edition.write().unwrap_or_else(PoisonError::into_inner).clone_from(&edition);
            Ok(edition)
        };
        self.editions.try_get_with((), load).await.map_err(|trouble: Arc<Trouble>| *trouble)
    }

    /// The edition that was seen last, for pages that must not wait for any data: whom to call, and whose site it is.
    #[must_use]
    pub fn last_edition(&self) -> Option<Arc<Edition>> {
        self.last_edition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the public registration form asks and offers, at most a second old: it does not change from request to request.
    ///
    /// # Errors
    /// The trouble to show.
    pub async fn offer(&self) -> Result<Arc<Offer>, Trouble> {
        let load = async { Ok(Arc::new(registration::offer(&self.services, None).await.map_err(Trouble::from)?)) };
        self.offers.try_get_with((), load).await.map_err(|trouble: Arc<Trouble>| *trouble)
    }

    /// The values of the filters of a page with this query, at most a second old; none where it has no such filters.
    ///
    /// # Errors
    /// The trouble to show.
    pub async fn filters(&self, path: &str, query: &str) -> Result<Arc<Filters>, Trouble> {
        if !Filters::are_asked(path, query) {
            return Ok(Arc::default());
        }
        let load = async {
            let programme = programme::programme(&self.services).await.map_err(Trouble::from)?;
            Ok(Arc::new(Filters::of(programme.as_ref())))
        };
        self.filters.try_get_with((), load).await.map_err(|trouble: Arc<Trouble>| *trouble)
    }

    /// The same, if nobody has to be asked for it.
    pub async fn known_filters(&self, path: &str, query: &str) -> Option<Arc<Filters>> {
        if Filters::are_asked(path, query) { self.filters.get(&()).await } else { Some(Arc::default()) }
    }
}
