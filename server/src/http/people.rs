//! People's lists as files.

use app::{
    i18n,
    pages::people::{asked, query},
};
use axum::{extract::State, response::Response};
use domain::{
    contact::Phone,
    form::Values,
    text::{Bilingual, Locale},
};
use services::{
    Error,
    registration::desk::{self, Export, ExportRow},
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
        Ok(table) => table.csv("danh-sach.csv"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

/// The list as XLSX.
pub async fn xlsx(State(app): State<App>, visit: Visit) -> Response {
    match begin(&app, &visit).await {
        Ok(table) => table.xlsx("danh-sach.xlsx"),
        Err(error) => answer::refused(&app, &visit, visit.path.clone(), Values::default(), error).await,
    }
}

async fn begin(app: &App, visit: &Visit) -> Result<Table<ExportRow>, Error> {
    let actor = actor(app, visit).await?;
    let search = asked(|name| visit.query_value(name));
    let export = desk::export(&app.services, &actor, &search, query::WORDS).await?;
    let locale = visit.file_locale();
    let heading = heading(&export, locale);
    let Export { questions, rows } = export;
    Ok(Table { name: i18n::t(locale).people.list, heading, rows, line: Box::new(move |row| line(&questions, row, locale)) })
}

/// The first row: the names that an import knows its columns by, and the questions.
fn heading(export: &Export, locale: Locale) -> Vec<String> {
    let t = &i18n::t(locale).people;
    let fixed = [
        t.external_ref,
        t.full_name,
        t.phone,
        t.email,
        t.audience,
        t.status,
        t.organisation,
        t.job_title,
        t.tax_code,
        t.commune,
        t.people_with,
        t.delegation,
        t.sessions,
        t.attention,
        t.short_code,
        t.arrived_at,
        t.channel,
        t.registered_at,
        t.number,
    ];
    fixed.into_iter().map(str::to_owned).chain(export.questions.iter().map(|(_, label)| label.get(locale).to_owned())).collect()
}

fn line(questions: &[(String, Bilingual)], row: ExportRow, locale: Locale) -> Vec<String> {
    let t = &i18n::t(locale).people;
    // With its spaces a number stays text, first zero and all, in every spreadsheet.
    let phone = row.phone.map(|phone| Phone::parse(&phone).map_or(phone, |phone| phone.national()));
    let answers = questions.iter().map(|(code, _)| {
        let values = row.answers[code].as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ")
    });
    let fixed = [
        row.external_ref.unwrap_or_default(),
        row.full_name,
        phone.unwrap_or_default(),
        row.email.unwrap_or_default(),
        row.audience.get(locale).to_owned(),
        (t.status_of)(row.status).to_owned(),
        row.organisation.unwrap_or_default(),
        row.job_title.unwrap_or_default(),
        row.tax_code.unwrap_or_default(),
        row.commune.unwrap_or_default(),
        row.people.to_string(),
        row.delegation.unwrap_or_default(),
        row.sessions.unwrap_or_default(),
        row.attention.unwrap_or_default(),
        row.short_code.unwrap_or_default(),
        row.arrived_at.map(moment).unwrap_or_default(),
        (t.channel_of)(&row.channel).to_owned(),
        moment(row.created_at),
        row.id.to_string(),
    ];
    fixed.into_iter().chain(answers).collect()
}
