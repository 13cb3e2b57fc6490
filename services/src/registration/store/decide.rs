//! The SQL of what staff decide.

use chrono::{DateTime, Utc};
use domain::{ids::RegistrationId, ticket::ShortCode};
use sqlx::PgConnection;

use crate::Error;

/// Keeps what staff told the person; an empty message is none.
pub(in crate::registration) async fn set_message(tx: &mut PgConnection, id: RegistrationId, message: &str) -> Result<(), Error> {
    sqlx::query!("update registrations set decision_message = nullif($2, '') where id = $1", id.0, message).execute(tx).await?;
    Ok(())
}

/// Keeps what the gate should know; an empty note is none.
pub(in crate::registration) async fn set_attention(
    tx: &mut PgConnection,
    id: RegistrationId,
    note: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!("update registrations set attention = nullif($2, ''), updated_at = $3 where id = $1", id.0, note, at).execute(tx).await?;
    Ok(())
}

/// Replaces a valid ticket; `false` where there is none, or it was replaced too often.
pub(in crate::registration) async fn reissue(
    tx: &mut PgConnection,
    id: RegistrationId,
    short_code: &ShortCode,
    most: i16,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        "update tickets set reissue = reissue + 1, short_code = $2, issued_at = $3
         where registration_id = $1 and standing = 'valid' and reissue < $4",
        id.0,
        short_code.as_str(),
        at,
        most
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves a ticket from one standing to another; `false` where it has another.
pub(in crate::registration) async fn set_standing(tx: &mut PgConnection, id: RegistrationId, from: &str, to: &str) -> Result<bool, Error> {
    let done =
        sqlx::query!("update tickets set standing = $3 where registration_id = $1 and standing = $2", id.0, from, to).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}
