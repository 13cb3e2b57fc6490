//! The SQL of letting in by hand.

use domain::{
    checkin::ByHand,
    ids::{RegistrationId, ScanId},
    ticket::ShortCode,
};
use sqlx::PgConnection;

use crate::{Error, store::inconsistent};

pub(super) async fn short_code(tx: &mut PgConnection, registration: RegistrationId) -> Result<Option<ShortCode>, Error> {
    let code = sqlx::query_scalar!(
        "select t.short_code from tickets t join editions e on e.id = t.edition_id and e.is_current where t.registration_id = $1",
        registration.0
    )
    .fetch_optional(tx)
    .await?;
    code.map(|code| ShortCode::parse(&code).ok_or_else(|| inconsistent("tickets.short_code"))).transpose()
}

pub(super) async fn insert_reason(tx: &mut PgConnection, scan: ScanId, form: &ByHand) -> Result<(), Error> {
    sqlx::query!("insert into hand_reasons (scan_id, reason, note) values ($1, $2, $3)", scan.0, form.reason.key(), form.note)
        .execute(tx)
        .await?;
    Ok(())
}
