//! Rights over personal data: consents, requests, what can be saved, and how staff answer.

use app::{
    pages::rights::{self, anchor},
    routes::{Deed, Page},
};
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::{
    access::{Action, Actor, authorise},
    form::{FieldErrors, Problem, Values},
    ids::PrivacyRequestId,
    privacy::{self as rules, NewRequest, Purpose, Right, field},
    registration::{TICKED, delegation::Leader},
    time::local_date,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use services::{Error, privacy};

use super::{
    access::actor,
    answer::{self, file as file_of, see_other, with},
    form::{Form, Parameter},
};
use crate::{
    App,
    mail::{ONE_CLICK, ONE_CLICK_VALUE},
    middleware::policy,
    visit::Visit,
};

/// [`Deed::ChangeConsent`]: which button was pressed says what.
pub async fn change_consent(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let page = Deed::ChangeConsent.page().at(visit.locale(), &secret);
    let named = |name: &str| Purpose::from_key(values.get(name));
    let changed = match (named(field::GIVE), named(field::REFUSE)) {
        (Some(purpose), None) => privacy::change_consent(&app.services, &secret, visit.locale(), purpose, true).await,
        (None, Some(purpose)) => privacy::change_consent(&app.services, &secret, visit.locale(), purpose, false).await,
        _ => Err(FieldErrors::one(field::PURPOSE, Problem::UnknownChoice).into()),
    };
    match changed {
        Ok(()) => see_other(&format!("{page}#{}", anchor::CONSENTS)),
        Err(error) => answer::refused(&app, &visit, page, Values::default(), error).await,
    }
}

/// `POST` on the person's page: a request that staff answer.
pub async fn ask(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    match asked(&app, &secret, &values).await {
        Ok(()) => see_other(&format!("{}#{}", visit.path, anchor::ASK)),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

async fn asked(app: &App, secret: &str, values: &Values) -> Result<(), Error> {
    let mut errors = FieldErrors::default();
    let right = errors.take(field::RIGHT, Right::from_key(values.get(field::RIGHT)).ok_or(Problem::UnknownChoice));
    let detail = errors.take(field::DETAIL, rules::text(values.get(field::DETAIL)));
    match (right, detail) {
        (Some(right), Some(detail)) => privacy::ask(&app.services, secret, right, &detail).await,
        _ => Err(errors.into()),
    }
}

/// [`Deed::EraseMine`]: who has ticked that it is for good. The browser forgets the pass that it has kept.
pub async fn erase(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let page = Deed::EraseMine.page().at(visit.locale(), &secret);
    let erased = if values.has(field::CONFIRM, TICKED) {
        privacy::erase_mine(&app.services, &secret).await
    } else {
        Err(FieldErrors::one(field::CONFIRM, Problem::NotConfirmed).into())
    };
    gone(&app, &visit, page, values, erased).await
}

async fn gone(app: &App, visit: &Visit, page: String, values: Values, erased: Result<(), Error>) -> Response {
    match erased {
        Ok(()) => with(see_other(Page::Erased.path(visit.locale())), HeaderName::from_static("clear-site-data"), policy::FORGET),
        Err(error) => answer::refused(app, visit, page, values, error).await,
    }
}

/// `POST` on the page that ends reminders. A mail program that does it by itself is led nowhere (RFC 8058).
pub async fn stop_reminders(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    match privacy::stop_reminders(&app.services, &secret, visit.locale()).await {
        Ok(()) if values.get(ONE_CLICK) == ONE_CLICK_VALUE => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => see_other(&visit.path),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// Everything that is kept, for machines.
pub async fn data(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    for_machines(&app, &visit, privacy::mine(&app.services, &secret).await).await
}

/// Everything that is kept, to read.
pub async fn text(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let locale = visit.file_locale();
    let mine = privacy::mine(&app.services, &secret).await;
    to_read(&app, &visit, mine.map(|mine| rights::readable(mine.event.get(locale), rights::parts(&mine, locale), locale))).await
}

/// `POST` on the leader's page: how the leader is called and reached.
pub async fn correct_leader(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let corrected = async { privacy::correct_leader(&app.services, &secret, Leader::parse(&values)?).await };
    match corrected.await {
        Ok(()) => see_other(&visit.path),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// [`Deed::EraseLeader`]: as [`erase`].
pub async fn erase_leader(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let page = Deed::EraseLeader.page().at(visit.locale(), &secret);
    let erased = if values.has(field::CONFIRM, TICKED) {
        privacy::erase_leader(&app.services, &secret).await
    } else {
        Err(FieldErrors::one(field::CONFIRM, Problem::NotConfirmed).into())
    };
    gone(&app, &visit, page, values, erased).await
}

/// Everything that is kept about a leader, for machines.
pub async fn leader_data(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    for_machines(&app, &visit, privacy::leader(&app.services, &secret).await).await
}

/// Everything that is kept about a leader, to read.
pub async fn leader_text(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let locale = visit.file_locale();
    let leader = privacy::leader(&app.services, &secret).await;
    to_read(&app, &visit, leader.map(|leader| rights::readable(leader.event.get(locale), rights::of_leader(&leader, locale), locale))).await
}

async fn for_machines(app: &App, visit: &Visit, kept: Result<impl Serialize, Error>) -> Response {
    match kept.and_then(|kept| serde_json::to_vec_pretty(&kept).map_err(|error| Error::Internal(error.into()))) {
        Ok(data) => saved(file_of("application/json", data), "du-lieu-cua-toi.json"),
        Err(error) => answer::refused(app, visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn to_read(app: &App, visit: &Visit, text: Result<String, Error>) -> Response {
    match text {
        Ok(text) => saved(file_of("text/plain; charset=utf-8", text), "du-lieu-cua-toi.txt"),
        Err(error) => answer::refused(app, visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// A file that is kept nowhere but where its reader saves it.
fn saved(response: Response, name: &'static str) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("attachment"));
    with(with(response, header::CONTENT_DISPOSITION, disposition), header::REFERRER_POLICY, policy::NO_REFERRER)
}

/// `POST` on the queue: files a request that came another way.
pub async fn file(State(app): State<App>, visit: Visit, Form(values): Form) -> Response {
    let filed = async {
        let actor = staff(&app, &visit).await?;
        let new = NewRequest::parse(&values, local_date(app.services.now()))?;
        privacy::file(&app.services, &actor, new).await
    };
    match filed.await {
        Ok(id) => see_other(&Page::RightsRequest.at(visit.locale(), &id.to_string())),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
}

/// `POST` on a request's page: ends it.
pub async fn answer(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let answered = async {
        let actor = staff(&app, &visit).await?;
        privacy::answer(&app.services, &actor, request(&id)?, rules::Response::parse(&values)?).await
    };
    lead(&app, &visit, &id, answered.await, &values).await
}

/// [`Deed::AcknowledgeRequest`].
pub async fn acknowledge(State(app): State<App>, visit: Visit, Parameter(id): Parameter) -> Response {
    let done = async { privacy::acknowledge(&app.services, &staff(&app, &visit).await?, request(&id)?).await };
    lead(&app, &visit, &id, done.await, &Values::default()).await
}

/// [`Deed::ExtendRequest`].
pub async fn extend(State(app): State<App>, visit: Visit, Parameter(id): Parameter, Form(values): Form) -> Response {
    let extended = async {
        let actor = staff(&app, &visit).await?;
        let reason = rules::text(values.get(field::REASON)).map_err(|problem| FieldErrors::one(field::REASON, problem))?;
        privacy::extend(&app.services, &actor, request(&id)?, &reason).await
    };
    lead(&app, &visit, &id, extended.await, &values).await
}

/// The policy speaks first: who may not answer requests learns nothing of them.
async fn staff(app: &App, visit: &Visit) -> Result<Actor, Error> {
    let actor = actor(app, visit).await?;
    authorise(&actor, Action::AnswerPrivacyRequests)?;
    Ok(actor)
}

fn request(id: &str) -> Result<PrivacyRequestId, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Back to the request's page.
async fn lead(app: &App, visit: &Visit, id: &str, done: Result<(), Error>, values: &Values) -> Response {
    let page = Page::RightsRequest.at(visit.locale(), id);
    match done {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(app, visit, page, values.clone(), error).await,
    }
}
