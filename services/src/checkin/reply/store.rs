//! The SQL of replies.

use chrono::{DateTime, Utc};
use domain::{
    ids::{EditionId, RegistrationId, ScanId},
    registration::Answers,
};
use sqlx::{PgConnection, types::Json};

use super::Asked;
use crate::Error;

/// Whom a scan was of; of nobody where it read no ticket. `None` for a scan that the server has not heard of.
pub(super) async fn asked(tx: &mut PgConnection, scan: ScanId) -> Result<Option<Option<Asked>>, Error> {
    let row = sqlx::query!(
        r#"select r.id as "id?", r.edition_id as "edition_id?" from scans s
           left join tickets t on t.id = s.ticket_id
           left join registrations r on r.id = t.registration_id and r.erased_at is null
           where s.id = $1"#,
        scan.0
    )
    .fetch_optional(tx)
    .await?;
    let asked = |id, edition| Asked { id: RegistrationId(id), edition: EditionId(edition) };
    Ok(row.map(|row| row.id.zip(row.edition_id).map(|(id, edition)| asked(id, edition))))
}

pub(super) async fn open_questions(tx: &mut PgConnection, id: RegistrationId) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar!(r#"select code as "code!" from open_questions where registration_id = $1"#, id.0).fetch_all(tx).await?)
}

/// Adds answers; those that are there already stay.
pub(super) async fn add_answers(tx: &mut PgConnection, id: RegistrationId, answers: &Answers, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("update registrations set answers = $2 || answers, updated_at = $3 where id = $1", id.0, Json(answers) as _, now)
        .execute(tx)
        .await?;
    Ok(())
}
