//! Delegations: registering a party, and what its leader changes by the secret link.

use app::{
    forms::FormState,
    pages::delegation::{EXCHANGED, MEMBER, MORE_ROWS, doing, newcomer, offered},
    routes::{Deed, Page},
};
use axum::{extract::State, response::Response};
use domain::{
    form::{FieldErrors, Problem, Values},
    ids::RegistrationId,
    registration::{
        Status, TICKED,
        delegation::{self as rules, Application, Member, field, head_count},
        field as person,
    },
    text::Locale,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderValue, header};
use services::{
    Error, fair,
    registration::{self, AudienceChoice, LinkSecret, delegation},
    sheet,
};
use uuid::Uuid;

use super::{
    answer::{self, file, see_other, with},
    form::{Form, List, Parameter},
};
use crate::{App, middleware::policy, pdf, render::Sheet, visit::Visit};

/// What is asked only when the list has been looked over.
const ASKED_LAST: [&str; 2] = [field::ADULTS, field::DECLARATION];

/// `POST` on the form of a delegation: more rows, the list looked over, or the party registered.
pub async fn register(State(app): State<App>, visit: Visit, list: List) -> Response {
    let offer = match app.offer().await {
        Ok(offer) => offer,
        Err(trouble) => return app.trouble(&visit, trouble).await,
    };
    let doing = list.values.get(doing::NAME).to_owned();
    if doing == doing::ROWS {
        return again(&app, &visit, with_more_rows(list.values)).await;
    }
    let mut values = list.values;
    let read = match list.file {
        Some(file) => rows_of(file).await,
        None => Ok(Vec::new()),
    };
    match read {
        Ok(rows) => values = rules::settled(values, &rows),
        Err(error) => return answer::refused(&app, &visit, visit.path.clone(), values, error).await,
    }
    match doing.as_str() {
        doing::EDIT => again(&app, &visit, rules::reopened(values)).await,
        doing::CONFIRM => match take_seats(&app, &offer.audiences, &values, visit.locale()).await {
            Ok(address) => see_other(&address),
            Err(error) => answer::refused(&app, &visit, visit.path.clone(), values, error).await,
        },
        _ => match application(&offer.audiences, &values, visit.locale()) {
            Ok(_) => again(&app, &visit, values).await,
            Err(mut errors) => {
                errors.0.retain(|(field, _)| !ASKED_LAST.contains(&field.as_str()));
                if errors.is_empty() {
                    again(&app, &visit, values).await
                } else {
                    answer::refused(&app, &visit, visit.path.clone(), values, errors.into()).await
                }
            }
        },
    }
}

/// The form with what was typed and nothing told: nothing was handed in.
async fn again(app: &App, visit: &Visit, values: Values) -> Response {
    app.render(visit, Sheet { form: FormState { values, ..FormState::default() }, ..Sheet::default() }).await
}

fn with_more_rows(mut values: Values) -> Values {
    let rows = offered(&values) + MORE_ROWS;
    values.0.retain(|(name, _)| name != field::ROWS);
    values.0.push((field::ROWS.to_owned(), rows.to_string()));
    values
}

/// The people in a file.
async fn rows_of(file: Vec<u8>) -> Result<Vec<rules::Row>, Error> {
    let table = sheet::read(file, rules::MOST + TITLES, field::FILE).await?;
    Ok(rules::read_table(table.rows.into_iter().map(|row| row.cells).collect()))
}

/// How many tickets are looked up at once.
const AT_ONCE: usize = 4;
/// How many lines a file may have above its list.
const TITLES: usize = 20;

fn application(audiences: &[AudienceChoice], values: &Values, locale: Locale) -> Result<Application, FieldErrors> {
    let asked = values.get(person::AUDIENCE);
    let id = asked.parse().ok();
    let audience = audiences.iter().find(|audience| Some(audience.id) == id || audience.code == asked);
    let audience = audience.ok_or_else(|| FieldErrors::one(person::AUDIENCE, Problem::UnknownChoice))?;
    Application::parse(values, audience.id, audience.kind, locale)
}

async fn take_seats(app: &App, audiences: &[AudienceChoice], values: &Values, locale: Locale) -> Result<String, Error> {
    let application = application(audiences, values, locale)?;
    fair::filled_in(&app.services, values, app.fair.form)?;
    let link = delegation::register(&app.services, application, key(app, values)).await?;
    Ok(Page::Delegation.at(locale, &link.0))
}

/// A form without a key was not made by our page: it counts once.
fn key(app: &App, values: &Values) -> Uuid {
    Uuid::try_parse(values.get(person::IDEMPOTENCY_KEY)).unwrap_or_else(|_| app.services.new_id())
}

/// [`Deed::AddMembers`].
pub async fn add(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, list: List) -> Response {
    let values = rules::settled(list.values, &[]);
    let cx = &app.services;
    let added = async {
        let asks = delegation::page(cx, &secret).await?.audience_kind.asks();
        let members = rules::check(&rules::gather(&values), asks, values.has(field::NAMESAKES, TICKED))?;
        delegation::add(cx, &secret, members, key(&app, &values)).await
    };
    let done = added.await;
    changed(&app, &visit, &secret, values, done).await
}

/// [`Deed::ExchangeMember`].
pub async fn exchange(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let cx = &app.services;
    let exchanged = async {
        let asks = delegation::page(cx, &secret).await?.audience_kind.asks();
        let member = Member::parse(&newcomer(&values), EXCHANGED, asks)?;
        delegation::exchange(cx, &secret, member_of(&values)?, member).await
    };
    let done = exchanged.await;
    changed(&app, &visit, &secret, values, done).await
}

/// [`Deed::RemoveMember`].
pub async fn remove(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let removed = async { delegation::remove(&app.services, &secret, member_of(&values)?).await };
    let done = removed.await;
    changed(&app, &visit, &secret, values, done).await
}

/// [`Deed::RecountDelegation`].
pub async fn recount(State(app): State<App>, visit: Visit, Parameter(secret): Parameter, Form(values): Form) -> Response {
    let recounted = async {
        let people = head_count(values.get(field::PEOPLE)).map_err(|problem| FieldErrors::one(field::PEOPLE, problem))?;
        delegation::recount(&app.services, &secret, people).await
    };
    let done = recounted.await;
    changed(&app, &visit, &secret, values, done).await
}

/// [`Deed::LeaveDelegation`].
pub async fn leave(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let done = delegation::leave(&app.services, &secret).await;
    changed(&app, &visit, &secret, Values::default(), done).await
}

/// [`Deed::AcceptDelegation`].
pub async fn accept(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let done = delegation::accept(&app.services, &secret).await;
    changed(&app, &visit, &secret, Values::default(), done).await
}

/// The tickets of all members as one PDF.
pub async fn pdf(State(app): State<App>, visit: Visit, Parameter(secret): Parameter) -> Response {
    let drawn = async {
        let members = delegation::page(&app.services, &secret).await?.members;
        let links = members.into_iter().filter(|member| member.status == Status::Confirmed).map(|member| member.link);
        let cx = &app.services;
        let load = |link: LinkSecret| async move { registration::ticket(cx, &link.0).await };
        let tickets: Vec<_> = stream::iter(links).map(load).buffered(AT_ONCE).try_collect().await?;
        if tickets.is_empty() {
            return Err(Error::NotFound);
        }
        let (base_url, locale) = (app.base_url.clone(), visit.file_locale());
        let drawing = tokio::task::spawn_blocking(move || pdf::tickets(&tickets, base_url.as_str(), locale));
        drawing.await.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)
    };
    match drawn.await {
        Ok(pdf) => {
            let name = HeaderValue::from_static("attachment; filename=\"the-ca-doan.pdf\"");
            let answer = with(file("application/pdf", pdf), header::CONTENT_DISPOSITION, name);
            with(answer, header::REFERRER_POLICY, policy::NO_REFERRER)
        }
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// An id that cannot be read is nobody's.
fn member_of(values: &Values) -> Result<RegistrationId, Error> {
    values.get(MEMBER).parse().map_err(|_| Error::NotFound)
}

async fn changed(app: &App, visit: &Visit, secret: &str, values: Values, done: Result<(), Error>) -> Response {
    let page = Deed::AddMembers.page().at(visit.locale(), secret);
    match done {
        Ok(()) => see_other(&page),
        Err(error) => answer::refused(app, visit, page, values, error).await,
    }
}
