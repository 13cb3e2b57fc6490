//! The list of attendance as a file.

use app::i18n;
use axum::{extract::State, response::Response};
use domain::{form::Values, text::Locale};
use services::{
    Error,
    checkin::attendance::{self, Attendance, AttendanceRow},
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
        Ok(table) => table.csv("tham-du.csv"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The list as XLSX.
pub async fn xlsx(State(app): State<App>, visit: Visit) -> Response {
    match begin(&app, &visit).await {
        Ok(table) => table.xlsx("tham-du.xlsx"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn begin(app: &App, visit: &Visit) -> Result<Table<AttendanceRow>, Error> {
    let actor = actor(app, visit).await?;
    let Attendance { checkpoints, rows } = attendance::export(&app.services, &actor).await?;
    let locale = visit.file_locale();
    let (t, people) = (&i18n::t(locale).board, &i18n::t(locale).people);
    let fixed = [
        people.full_name,
        people.organisation,
        people.job_title,
        people.audience,
        people.status,
        people.people_with,
        people.short_code,
        people.arrived_at,
    ];
    let places = checkpoints.iter().map(|(_, name)| name.get(locale).to_owned());
    let heading = fixed.into_iter().map(str::to_owned).chain(places).chain([people.number.to_owned()]).collect();
    Ok(Table { name: t.list, heading, rows, line: Box::new(move |row| line(row, locale)) })
}

fn line(row: AttendanceRow, locale: Locale) -> Vec<String> {
    let fixed = [
        row.full_name,
        row.organisation.unwrap_or_default(),
        row.job_title.unwrap_or_default(),
        row.audience.get(locale).to_owned(),
        (i18n::t(locale).people.status_of)(row.status).to_owned(),
        row.people.to_string(),
        row.short_code.unwrap_or_default(),
        row.arrived_at.map(moment).unwrap_or_default(),
    ];
    let places = row.admitted_at.into_iter().map(|at| at.map(moment).unwrap_or_default());
    fixed.into_iter().chain(places).chain([row.id.to_string()]).collect()
}
