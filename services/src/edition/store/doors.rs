//! The checkpoints that stand for the sessions of rooms whose doors are watched.

use domain::ids::EditionId;
use sqlx::PgConnection;

use crate::{Context, Error};

/// Stands before the code of a session in the code of its checkpoint: no code of an edition file has a slash.
const CODE: &str = "door/";

/// Removes the checkpoints of sessions that are not among these; nothing was scanned at them.
pub(super) async fn remove(tx: &mut PgConnection, edition: EditionId, sessions: &[String]) -> Result<(), Error> {
    sqlx::query!(
        "delete from checkpoints c using sessions s
         where c.edition_id = $1 and c.follows_room and s.id = c.session_id and s.code <> all ($2)",
        edition.0,
        sessions
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives each session of a room whose door is watched a checkpoint of its own, unless it has one by the edition file, and
/// takes back those of rooms that are watched no more. Where something was scanned, the checkpoint stays.
pub(super) async fn follow(cx: &Context, tx: &mut PgConnection, edition: EditionId) -> Result<(), Error> {
    sqlx::query!(
        "delete from checkpoints c using sessions s join rooms r on r.id = s.room_id
         where c.edition_id = $1 and c.follows_room and s.id = c.session_id
           and (r.door_opens_before is null
                or exists (select from checkpoints own where own.session_id = s.id and not own.follows_room))
           and not exists (select from scans where checkpoint_id = c.id)",
        edition.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update checkpoints c set name_vi = s.title_vi, name_en = s.title_en
         from sessions s where c.edition_id = $1 and c.follows_room and s.id = c.session_id",
        edition.0
    )
    .execute(&mut *tx)
    .await?;
    let without = sqlx::query!(
        "select s.id, s.code, s.title_vi, s.title_en from sessions s join rooms r on r.id = s.room_id
         where s.edition_id = $1 and r.door_opens_before is not null and not exists (select from checkpoints c where c.session_id = s.id)
         order by s.starts_at, s.code",
        edition.0
    )
    .fetch_all(&mut *tx)
    .await?;
    for session in without {
        sqlx::query!(
            "insert into checkpoints (id, edition_id, code, kind, name_vi, name_en, session_id, position, follows_room)
             values ($1, $2, $3, 'session', $4, $5, $6, (select coalesce(max(position), 0) + 1 from checkpoints where edition_id = $2), true)",
            cx.new_id(),
            edition.0,
            format!("{CODE}{}", session.code),
            session.title_vi,
            session.title_en,
            session.id
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
