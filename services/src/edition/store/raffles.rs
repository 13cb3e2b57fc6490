//! The raffles of an edition. Once a list is frozen, its terms stand.

use domain::{ids::EditionId, raffle::StampedBy, registration::AudienceKind, text::Bilingual};
use sqlx::PgConnection;

use super::{Obstacle, codes, position};
use crate::{Context, Error, edition::file::RafflePart, store::inconsistent};

/// The raffles with a frozen list that the file would change or take away.
pub(super) async fn frozen(tx: &mut PgConnection, edition: &str, parts: &[RafflePart]) -> Result<Vec<Obstacle>, Error> {
    sqlx::query!(
        "select f.id from raffles f join editions e on e.id = f.edition_id where e.code = $1 order by f.id for update of f",
        edition
    )
    .fetch_all(&mut *tx)
    .await?;
    let id = sqlx::query_scalar!("select id from editions where code = $1", edition).fetch_optional(&mut *tx).await?;
    let Some(id) = id else { return Ok(Vec::new()) };
    let stored = rows(tx, EditionId(id)).await?;
    Ok(stored
        .into_iter()
        .filter(|(_, is_frozen)| *is_frozen)
        .filter_map(|(stored, _)| {
            let index = parts.iter().position(|part| part.code == stored.code);
            // A name may be put right.
            let is_kept = index.is_some_and(|index| RafflePart { name: stored.name.clone(), ..parts[index].clone() } == stored);
            (!is_kept).then_some(Obstacle::Frozen { index, code: stored.code })
        })
        .collect())
}

/// Stores raffles, and removes what the file no longer names.
pub(super) async fn store(cx: &Context, tx: &mut PgConnection, edition: EditionId, parts: &[RafflePart]) -> Result<(), Error> {
    sqlx::query!("delete from raffles where edition_id = $1 and code <> all ($2)", edition.0, &codes(parts, |part| &part.code))
        .execute(&mut *tx)
        .await?;
    for (at, part) in parts.iter().enumerate() {
        let admits: Vec<String> = part.admits.iter().map(|kind| kind.key().to_owned()).collect();
        sqlx::query!(
            "insert into raffles (id, edition_id, code, name_vi, name_en, closes_at, winners, stamps, admits, stamped_by, position)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict on constraint raffles_edition_id_code_key do update set
                 name_vi = excluded.name_vi, name_en = excluded.name_en, closes_at = excluded.closes_at, winners = excluded.winners,
                 stamps = excluded.stamps, admits = excluded.admits, stamped_by = excluded.stamped_by, position = excluded.position",
            cx.new_id(),
            edition.0,
            part.code,
            part.name.vi,
            part.name.en,
            part.closes,
            part.winners,
            part.stamps,
            &admits,
            part.stamped_by.key(),
            position(at)
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The raffles as parts of a file.
pub(super) async fn read(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<RafflePart>, Error> {
    Ok(rows(connection, edition).await?.into_iter().map(|(part, _)| part).collect())
}

/// Raffles, and whether the list of each is frozen.
async fn rows(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<(RafflePart, bool)>, Error> {
    let rows = sqlx::query!(
        r#"select code, name_vi, name_en, closes_at, winners, stamps, admits, stamped_by, frozen_at is not null as "is_frozen!"
           from raffles where edition_id = $1 order by position, code"#,
        edition.0
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let admits = row.admits.iter().map(|key| AudienceKind::from_key(key)).collect::<Option<Vec<_>>>();
            let part = RafflePart {
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                closes: row.closes_at,
                winners: row.winners,
                stamps: row.stamps,
                admits: admits.ok_or_else(|| inconsistent("raffles.admits"))?,
                stamped_by: StampedBy::from_key(&row.stamped_by).ok_or_else(|| inconsistent("raffles.stamped_by"))?,
            };
            Ok((part, row.is_frozen))
        })
        .collect()
}
