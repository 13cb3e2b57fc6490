//! The raffles of an edition. Once a list is frozen, its terms stand.

use chrono::{DateTime, Utc};
use domain::{ids::EditionId, raffle::StampedBy, registration::AudienceKind, text::Bilingual};
use sqlx::PgConnection;

use super::{Obstacle, codes, position};
use crate::{Context, Error, edition::file::RafflePart, store::inconsistent};

/// The raffles with a frozen list that the file would change or take away, and those whose number comes from nowhere.
pub(super) async fn obstacles(
    tx: &mut PgConnection,
    edition: &str,
    parts: &[RafflePart],
    now: DateTime<Utc>,
) -> Result<Vec<Obstacle>, Error> {
    sqlx::query!(
        "select f.id from raffles f join editions e on e.id = f.edition_id where e.code = $1 order by f.id for update of f",
        edition
    )
    .fetch_all(&mut *tx)
    .await?;
    let id = sqlx::query_scalar!("select id from editions where code = $1", edition).fetch_optional(&mut *tx).await?;
    let stored = match id {
        Some(id) => rows(tx, EditionId(id)).await?,
        None => Vec::new(),
    };
    let frozen: Vec<_> = stored.into_iter().filter(|stored| stored.is_frozen).collect();
    let sourceless = parts.iter().enumerate().filter(|(_, part)| {
        part.seed_at.is_none() && !frozen.iter().any(|stored| stored.part.code == part.code && stored.part.seed_at.is_none())
    });
    let mut obstacles: Vec<_> = sourceless.map(|(index, _)| Obstacle::Sourceless { index }).collect();
    obstacles.extend(frozen.into_iter().filter_map(|Stored { part: stored, is_drawn, .. }| {
        let Some(index) = parts.iter().position(|part| part.code == stored.code) else {
            return Some(Obstacle::Frozen { index: None, code: stored.code });
        };
        // A name may be put right.
        let mut given = RafflePart { name: stored.name.clone(), ..parts[index].clone() };
        if let (None, false, Some(seed_at)) = (stored.seed_at, is_drawn, given.seed_at) {
            // A list of before sources were named gets one, once, while nobody knows the number.
            if seed_at <= now {
                return Some(Obstacle::SeedPublic { index });
            }
            given = RafflePart { seed_source: None, seed_digits: None, seed_at: None, ..given };
        }
        (given != stored).then_some(Obstacle::Frozen { index: Some(index), code: stored.code })
    }));
    Ok(obstacles)
}

/// Stores raffles, and removes what the file no longer names.
pub(super) async fn store(cx: &Context, tx: &mut PgConnection, edition: EditionId, parts: &[RafflePart]) -> Result<(), Error> {
    sqlx::query!("delete from raffles where edition_id = $1 and code <> all ($2)", edition.0, &codes(parts, |part| &part.code))
        .execute(&mut *tx)
        .await?;
    for (at, part) in parts.iter().enumerate() {
        let admits: Vec<String> = part.admits.iter().map(|kind| kind.key().to_owned()).collect();
        sqlx::query!(
            "insert into raffles as f (id, edition_id, code, name_vi, name_en, closes_at, winners, stamps, admits, stamped_by, position,
                                       seed_source_vi, seed_source_en, seed_digits, seed_at, seed_named_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             on conflict on constraint raffles_edition_id_code_key do update set
                 name_vi = excluded.name_vi, name_en = excluded.name_en, closes_at = excluded.closes_at, winners = excluded.winners,
                 stamps = excluded.stamps, admits = excluded.admits, stamped_by = excluded.stamped_by, position = excluded.position,
                 -- What was typed at the draw stays where no source was named.
                 seed_source_vi = coalesce(excluded.seed_source_vi, f.seed_source_vi), seed_source_en = excluded.seed_source_en,
                 seed_digits = excluded.seed_digits, seed_at = excluded.seed_at,
                 seed_named_at = case
                     when (f.seed_source_vi, f.seed_source_en, f.seed_digits, f.seed_at)
                          is not distinct from (excluded.seed_source_vi, excluded.seed_source_en, excluded.seed_digits, excluded.seed_at)
                     then f.seed_named_at else excluded.seed_named_at end",
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
            position(at),
            part.seed_source.as_ref().map(|source| &source.vi),
            part.seed_source.as_ref().and_then(|source| source.en.as_ref()),
            part.seed_digits,
            part.seed_at,
            part.seed_at.map(|_| cx.now())
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The raffles as parts of a file.
pub(super) async fn read(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<RafflePart>, Error> {
    Ok(rows(connection, edition).await?.into_iter().map(|stored| stored.part).collect())
}

/// A raffle as it is stored.
struct Stored {
    part: RafflePart,
    is_frozen: bool,
    is_drawn: bool,
}

async fn rows(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<Stored>, Error> {
    let rows = sqlx::query!(
        r#"select code, name_vi, name_en, closes_at, winners, stamps, admits, stamped_by, seed_source_vi, seed_source_en, seed_digits,
                  seed_at, frozen_at is not null as "is_frozen!", drawn_at is not null as "is_drawn!"
           from raffles where edition_id = $1 order by position, code"#,
        edition.0
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let admits = row.admits.iter().map(|key| AudienceKind::from_key(key)).collect::<Option<Vec<_>>>();
            let source = row.seed_source_vi.map(|vi| Bilingual { vi, en: row.seed_source_en });
            let part = RafflePart {
                code: row.code,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                closes: row.closes_at,
                winners: row.winners,
                stamps: row.stamps,
                admits: admits.ok_or_else(|| inconsistent("raffles.admits"))?,
                stamped_by: StampedBy::from_key(&row.stamped_by).ok_or_else(|| inconsistent("raffles.stamped_by"))?,
                // What was typed at a draw is no source that was named.
                seed_source: source.filter(|_| row.seed_at.is_some()),
                seed_digits: row.seed_digits,
                seed_at: row.seed_at,
            };
            Ok(Stored { part, is_frozen: row.is_frozen, is_drawn: row.is_drawn })
        })
        .collect()
}
