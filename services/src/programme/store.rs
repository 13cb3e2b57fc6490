//! The SQL of the programme.

use domain::{ids::EditionId, programme::SessionKind, text::Bilingual};
use sqlx::PgPool;

use super::{Partner, SessionRow, Speaker};
use crate::{Error, store::inconsistent};

/// The sessions of an edition (or the one with this code) by start, then by place, with their speakers.
pub(super) async fn sessions(pool: &PgPool, edition: EditionId, code: Option<&str>) -> Result<Vec<SessionRow>, Error> {
    let rows = sqlx::query!(
        r#"select s.code, s.kind, s.title_vi, s.title_en, t.name_vi as "track_vi?", t.name_en as track_en,
                  r.code as room_code, r.name_vi as room_vi, r.name_en as room_en, r.seats,
                  v.code as venue_code, v.name_vi as venue_vi, v.name_en as venue_en, s.starts_at, s.ends_at, s.sample,
                  array(select p.full_name from session_speakers sp join speakers p on p.id = sp.speaker_id
                        where sp.session_id = s.id order by sp.position) as "speakers!"
           from sessions s
           join rooms r on r.id = s.room_id
           join venues v on v.id = r.venue_id
           left join tracks t on t.id = s.track_id
           where s.edition_id = $1 and ($2::text is null or s.code = $2)
           order by s.starts_at, v.position, r.position, s.code"#,
        edition.0,
        code
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SessionRow {
                code: row.code,
                kind: SessionKind::from_key(&row.kind).ok_or_else(|| inconsistent("sessions.kind"))?,
                title: Bilingual { vi: row.title_vi, en: row.title_en },
                track: row.track_vi.map(|vi| Bilingual { vi, en: row.track_en }),
                room: Bilingual { vi: row.room_vi, en: row.room_en },
                room_code: row.room_code,
                venue: Bilingual { vi: row.venue_vi, en: row.venue_en },
                venue_code: row.venue_code,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                seats: row.seats,
                speakers: row.speakers,
                sample: row.sample,
            })
        })
        .collect()
}

/// What a session's page has beyond its row.
pub(super) struct Detail {
    pub summary: Bilingual,
    pub venue_address: Bilingual,
}

pub(super) async fn detail(pool: &PgPool, edition: EditionId, code: &str) -> Result<Option<Detail>, Error> {
    let row = sqlx::query!(
        "select s.abstract_vi, s.abstract_en, v.address_vi, v.address_en
         from sessions s join rooms r on r.id = s.room_id join venues v on v.id = r.venue_id
         where s.edition_id = $1 and s.code = $2",
        edition.0,
        code
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Detail {
        summary: Bilingual { vi: row.abstract_vi, en: row.abstract_en },
        venue_address: Bilingual { vi: row.address_vi, en: row.address_en },
    }))
}

pub(super) async fn speakers(pool: &PgPool, edition: EditionId, code: &str) -> Result<Vec<Speaker>, Error> {
    let rows = sqlx::query!(
        r#"select p.full_name, p.title_vi, p.title_en, o.name_vi as "organisation_vi?", o.name_en as organisation_en, p.sample
           from sessions s
           join session_speakers sp on sp.session_id = s.id
           join speakers p on p.id = sp.speaker_id
           left join organisations o on o.id = p.organisation_id
           where s.edition_id = $1 and s.code = $2 order by sp.position"#,
        edition.0,
        code
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Speaker {
            name: row.full_name,
            title: row.title_vi.map(|vi| Bilingual { vi, en: row.title_en }),
            organisation: row.organisation_vi.map(|vi| Bilingual { vi, en: row.organisation_en }),
            sample: row.sample,
        })
        .collect())
}

/// The home page's numbers.
pub(super) struct Numbers {
    pub registered: i64,
    pub models: i64,
}

/// Counted by the capacities' own counters: no row of a person is read.
pub(super) async fn numbers(pool: &PgPool, edition: EditionId) -> Result<Numbers, Error> {
    Ok(sqlx::query_as!(
        Numbers,
        r#"select (select coalesce(sum(taken), 0) from capacities where edition_id = $1)::bigint as "registered!",
                  (select count(*) from dossiers where edition_id = $1 and state = 'published') as "models!""#,
        edition.0
    )
    .fetch_one(pool)
    .await?)
}

pub(super) async fn partners(pool: &PgPool) -> Result<Vec<Partner>, Error> {
    let rows =
        sqlx::query!("select name_vi, name_en, url from organisations where is_partner order by position, code").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| Partner { name: Bilingual { vi: row.name_vi, en: row.name_en }, url: row.url }).collect())
}
