//! The list of who is inside as a file.

use app::{i18n, pages::presence::asked};
use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use domain::{
    form::Values,
    text::{Bilingual, Locale},
};
use services::{
    Error,
    checkin::presence::{self, Present},
};

use super::{
    access::actor,
    answer,
    lists::{Table, moment},
};
use crate::{App, visit::Visit};

/// The list as CSV.
pub async fn csv(State(app): State<App>, visit: Visit) -> Response {
    match begin(&app, &visit).await {
        Ok(table) => table.csv("dang-o-trong.csv"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The list as XLSX.
pub async fn xlsx(State(app): State<App>, visit: Visit) -> Response {
    match begin(&app, &visit).await {
        Ok(table) => table.xlsx("dang-o-trong.xlsx"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn begin(app: &App, visit: &Visit) -> Result<Table<Present>, Error> {
    let actor = actor(app, visit).await?;
    let rows = presence::export(&app.services, &actor, asked(|name| visit.query_value(name))).await?;
    let locale = visit.file_locale();
    let (t, people) = (&i18n::t(locale).presence, &i18n::t(locale).people);
    let heading = [
        people.full_name,
        people.organisation,
        people.audience,
        people.people_with,
        t.room,
        t.in_room,
        t.gate,
        t.at_gate,
        t.left_at,
        people.number,
    ];
    let heading = heading.map(str::to_owned).into();
    Ok(Table { name: t.title, heading, rows, line: Box::new(move |row| line(row, locale)) })
}

fn line(row: Present, locale: Locale) -> Vec<String> {
    let place = |place: Option<(Bilingual, DateTime<Utc>)>| {
        place.map_or_else(Default::default, |(name, at)| (name.get(locale).to_owned(), moment(at)))
    };
    let ((room, in_room), (gate, at_gate)) = (place(row.room), place(row.gate));
    vec![
        row.full_name,
        row.organisation.unwrap_or_default(),
        row.audience.get(locale).to_owned(),
        row.people.to_string(),
        room,
        in_room,
        gate,
        at_gate,
        row.left_at.map(moment).unwrap_or_default(),
        row.id.to_string(),
    ]
}
