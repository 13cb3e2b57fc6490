//! The SQL of answers as they are told.

use domain::{ids::RegistrationId, registration::ToldAnswer};
use sqlx::{PgExecutor, types::Json};

use crate::Error;

/// All that a person has answered, in the order of the questions; what answers questions that are no more stands last.
pub(crate) async fn told_answers(executor: impl PgExecutor<'_>, id: RegistrationId) -> Result<Vec<ToldAnswer>, Error> {
    let rows = sqlx::query_scalar!(
        r#"select given.told as "told!: Json<ToldAnswer>" from registrations r, told_answers(r.edition_id, r.answers) given
           where r.id = $1 order by given.place, given.code"#,
        id.0
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|Json(told)| told).collect())
}
