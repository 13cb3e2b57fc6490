//! The SQL of import and export. Things are matched by their codes.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::EditionId;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::file::{AudiencePart, CheckpointPart, CommunePart, EditionPart, File, OrganisationPart};
use crate::{Context, Error, registration::promote, store::inconsistent};

mod doors;
mod entrances;
pub(super) mod questions;
mod raffles;
pub(super) mod read;
pub(super) mod sample;

/// Where a list's position comes from: files are lists, and their order is meant.
fn position(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// Why a file cannot be imported over what is stored.
#[derive(Clone, Debug)]
pub(super) enum Obstacle {
    /// An audience whose file asks for fewer seats than are taken.
    TooFewSeats { index: usize, taken: i32 },
    /// The same of a session.
    TooFewSeatsInSession { index: usize, taken: i32 },
    /// A thing that the file no longer names, but that registrations or scans depend on.
    InUse { list: &'static str, code: String },
    /// A session that the file no longer names, at whose door people were scanned.
    Entered { session: String },
    /// Another edition has this year.
    YearTaken { code: String },
    /// A raffle whose list is frozen, and that the file changes or no longer names.
    Frozen { index: Option<usize>, code: String },
    /// A raffle that names no source of its number.
    Sourceless { index: usize },
    /// A source for a list that is frozen, whose number may be known already.
    SeedPublic { index: usize },
}

/// Holds off other imports, and registrations and scans of this edition, until the transaction ends; tells
/// what stands in the way of the file.
pub(super) async fn obstacles(tx: &mut PgConnection, file: &File, now: DateTime<Utc>) -> Result<Vec<Obstacle>, Error> {
    sqlx::query!("lock table editions in share row exclusive mode").execute(&mut *tx).await?;
    let (code, year) = (&file.edition.code, i16::try_from(file.edition.year).map_err(|_| inconsistent("editions.year"))?);
    let mut obstacles: Vec<Obstacle> = sqlx::query_scalar!("select code from editions where year = $1 and code <> $2", year, code)
        .fetch_all(&mut *tx)
        .await?
        .into_iter()
        .map(|code| Obstacle::YearTaken { code })
        .collect();
    // In the order of a registration, which takes the seat before it asks for the audience.
    sqlx::query!(
        "select c.id from capacities c join editions e on e.id = c.edition_id where e.code = $1 order by c.id for update of c",
        code
    )
    .fetch_all(&mut *tx)
    .await?;
    let taken = sqlx::query!(
        r#"select a.code, c.taken - c.extra as "taken!" from audiences a join capacities c on c.id = a.capacity_id join editions e on e.id = a.edition_id
         where e.code = $1 order by a.id for update of a"#,
        code
    )
    .fetch_all(&mut *tx)
    .await?;
    for (index, part) in file.audiences.iter().enumerate() {
        let taken = taken.iter().find(|row| row.code == part.code).map_or(0, |row| row.taken);
        if part.seats.is_some_and(|seats| seats < taken) {
            obstacles.push(Obstacle::TooFewSeats { index, taken });
        }
    }
    let sessions = sqlx::query!(
        r#"select s.code, c.taken - c.extra as "taken!", exists (select from session_seats where session_id = s.id) as "in_use!"
           from sessions s join capacities c on c.id = s.capacity_id join editions e on e.id = s.edition_id where e.code = $1"#,
        code
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in sessions {
        match file.sessions.iter().position(|part| part.code == row.code) {
            Some(index) if file.sessions[index].seats.is_some_and(|seats| seats < row.taken) => {
                obstacles.push(Obstacle::TooFewSeatsInSession { index, taken: row.taken });
            }
            Some(index) if file.sessions[index].seats.is_some() => {}
            _ if row.in_use => obstacles.push(Obstacle::InUse { list: "sessions", code: row.code }),
            _ => {}
        }
    }
    sqlx::query!("select c.id from checkpoints c join editions e on e.id = c.edition_id where e.code = $1 for update of c", code)
        .fetch_all(&mut *tx)
        .await?;
    let entered = sqlx::query_scalar!(
        "select distinct s.code from sessions s join editions e on e.id = s.edition_id join checkpoints c on c.session_id = s.id
         where e.code = $1 and s.code <> all ($2) and c.follows_room and exists (select from scans where checkpoint_id = c.id)",
        code,
        &codes(&file.sessions, |part| &part.code)
    )
    .fetch_all(&mut *tx)
    .await?;
    obstacles.extend(entered.into_iter().map(|session| Obstacle::Entered { session }));
    obstacles.extend(raffles::obstacles(tx, code, &file.raffles, now).await?);
    let in_use = sqlx::query!(
        r#"select 'audiences' as "list!", a.code as "code!" from audiences a join editions e on e.id = a.edition_id
           where e.code = $1 and a.code <> all ($2) and exists (select from registrations r where r.audience_id = a.id)
           union all
           select 'checkpoints', c.code from checkpoints c join editions e on e.id = c.edition_id
           where e.code = $1 and c.code <> all ($3) and not c.follows_room and exists (select from scans s where s.checkpoint_id = c.id)"#,
        code,
        &codes(&file.audiences, |part| &part.code),
        &codes(&file.checkpoints, |part| &part.code)
    )
    .fetch_all(tx)
    .await?;
    obstacles.extend(
        in_use
            .into_iter()
            .map(|row| Obstacle::InUse { list: if row.list == "audiences" { "audiences" } else { "checkpoints" }, code: row.code }),
    );
    Ok(obstacles)
}

/// Stores all that the file names and removes what it no longer names.
pub(super) async fn import(cx: &Context, tx: &mut PgConnection, file: &File) -> Result<EditionId, Error> {
    let id = edition(tx, &file.edition, cx.new_id(), cx.now()).await?;
    communes(tx, &file.communes).await?;
    organisations(cx, tx, &file.organisations).await?;
    places(cx, tx, id, file).await?;
    programme(cx, tx, id, file).await?;
    audiences(cx, tx, id, &file.audiences).await?;
    questions::store(cx, tx, id, &file.questions).await?;
    checkpoints(cx, tx, id, &file.checkpoints).await?;
    sqlx::query!("update editions set badge_templates = $2 where id = $1", id.0, Json(&file.badge_templates) as _)
        .execute(&mut *tx)
        .await?;
    raffles::store(cx, tx, id, &file.raffles).await?;
    remove_others(tx, id, file).await?;
    doors::follow(cx, tx, id).await?;
    // Where there are more seats than before, those who wait are next.
    let queues = sqlx::query_scalar!("select id from capacities where edition_id = $1 and waiting > 0 order by id", id.0)
        .fetch_all(&mut *tx)
        .await?;
    for capacity in queues {
        promote(tx, cx, capacity).await?;
    }
    Ok(id)
}

fn codes<T>(parts: &[T], code: impl Fn(&T) -> &String) -> Vec<String> {
    parts.iter().map(|part| code(part).clone()).collect()
}

/// Stores the edition itself and makes it the current one.
async fn edition(tx: &mut PgConnection, part: &EditionPart, id: Uuid, now: DateTime<Utc>) -> Result<EditionId, Error> {
    sqlx::query!("update editions set is_current = false where is_current and code <> $1", part.code).execute(&mut *tx).await?;
    let id = sqlx::query_scalar!(
        "insert into editions (id, code, year, name_vi, name_en, theme_vi, theme_en, starts_on, ends_on, peak_on, place_vi, place_en,
             hotline, email, managing_body_vi, managing_body_en, responsible_person, portal_url, handbook_url, sample, is_current,
             created_at, updated_at, registrations_per_phone, changes_until, offer_hours)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, true, $21, $21, $22, $23, $24)
         on conflict on constraint editions_code_key do update set
             year = excluded.year, name_vi = excluded.name_vi, name_en = excluded.name_en, theme_vi = excluded.theme_vi,
             theme_en = excluded.theme_en, starts_on = excluded.starts_on, ends_on = excluded.ends_on, peak_on = excluded.peak_on,
             place_vi = excluded.place_vi, place_en = excluded.place_en, hotline = excluded.hotline, email = excluded.email,
             managing_body_vi = excluded.managing_body_vi, managing_body_en = excluded.managing_body_en,
             responsible_person = excluded.responsible_person, portal_url = excluded.portal_url,
             handbook_url = excluded.handbook_url, sample = excluded.sample, is_current = true, updated_at = excluded.updated_at,
             registrations_per_phone = excluded.registrations_per_phone, changes_until = excluded.changes_until,
             offer_hours = excluded.offer_hours
         returning id",
        id,
        part.code,
        i16::try_from(part.year).map_err(|_| inconsistent("editions.year"))?,
        part.name.vi,
        part.name.en,
        part.theme.vi,
        part.theme.en,
        part.starts_on,
        part.ends_on,
        part.peak_on,
        part.place.vi,
        part.place.en,
        part.hotline,
        part.email,
        part.managing_body.vi,
        part.managing_body.en,
        part.responsible_person,
        part.portal_url,
        part.handbook_url,
        part.sample,
        now,
        part.registrations_per_phone,
        part.changes_until,
        part.offer_hours
    )
    .fetch_one(&mut *tx)
    .await?;
    let months = |months: u16| i16::try_from(months).map_err(|_| inconsistent("edition.retention"));
    sqlx::query!(
        "update editions set keep_attendees = $2, keep_logs = $3, keep_proofs = $4, keep_requests = $5 where id = $1",
        id,
        months(part.retention.attendees)?,
        months(part.retention.logs)?,
        months(part.retention.proofs)?,
        months(part.retention.requests)?
    )
    .execute(tx)
    .await?;
    Ok(EditionId(id))
}

/// Stores communes; they outlive editions, so none is removed.
async fn communes(tx: &mut PgConnection, parts: &[CommunePart]) -> Result<(), Error> {
    sqlx::query!(
        "insert into communes (gso_code, kind, name_vi) select * from unnest($1::text[], $2::text[], $3::text[])
         on conflict (gso_code) do update set kind = excluded.kind, name_vi = excluded.name_vi",
        &codes(parts, |part| &part.code),
        &codes(parts, |part| &part.kind),
        &codes(parts, |part| &part.name)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores organisations; they outlive editions, so none is removed.
async fn organisations(cx: &Context, tx: &mut PgConnection, parts: &[OrganisationPart]) -> Result<(), Error> {
    let ids: Vec<Uuid> = parts.iter().map(|_| cx.new_id()).collect();
    let positions: Vec<i32> = (0..parts.len()).map(position).collect();
    sqlx::query!(
        "insert into organisations (id, code, kind, name_vi, name_en, commune_code, url, quota_models, is_partner, valid_from, valid_to, sample, position)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::bool[],
             $10::date[], $11::date[], $12::bool[], $13::int[])
         on conflict on constraint organisations_code_key do update set
             kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, commune_code = excluded.commune_code,
             url = excluded.url, quota_models = excluded.quota_models, is_partner = excluded.is_partner,
             valid_from = excluded.valid_from, valid_to = excluded.valid_to, sample = excluded.sample, position = excluded.position",
        &ids,
        &codes(parts, |part| &part.code),
        &codes(parts, |part| &part.kind),
        &codes(parts, |part| &part.name.vi),
        &parts.iter().map(|part| part.name.en.clone()).collect::<Vec<_>>() as &[Option<String>],
        &parts.iter().map(|part| part.commune.clone()).collect::<Vec<_>>() as &[Option<String>],
        &parts.iter().map(|part| part.url.clone()).collect::<Vec<_>>() as &[Option<String>],
        &parts.iter().map(|part| part.quota_models).collect::<Vec<_>>(),
        &parts.iter().map(|part| part.partner).collect::<Vec<_>>(),
        &parts.iter().map(|part| part.valid_from).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &parts.iter().map(|part| part.valid_to).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &parts.iter().map(|part| part.sample).collect::<Vec<_>>(),
        &positions
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores venues, rooms and tracks.
async fn places(cx: &Context, tx: &mut PgConnection, edition: EditionId, file: &File) -> Result<(), Error> {
    for (at, part) in file.venues.iter().enumerate() {
        let venue = sqlx::query_scalar!(
            "insert into venues (id, edition_id, code, name_vi, name_en, address_vi, address_en, sample, position)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict on constraint venues_edition_id_code_key do update set
                 name_vi = excluded.name_vi, name_en = excluded.name_en, address_vi = excluded.address_vi,
                 address_en = excluded.address_en, sample = excluded.sample, position = excluded.position
             returning id",
            cx.new_id(),
            edition.0,
            part.code,
            part.name.vi,
            part.name.en,
            part.address.vi,
            part.address.en,
            part.sample,
            position(at)
        )
        .fetch_one(&mut *tx)
        .await?;
        for (at, part) in part.rooms.iter().enumerate() {
            sqlx::query!(
                "insert into rooms (id, edition_id, venue_id, code, name_vi, name_en, seats, position,
                     door_opens_before, door_closes_after, door_all_after, door_counts_exits)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 on conflict on constraint rooms_edition_id_code_key do update set
                     venue_id = excluded.venue_id, name_vi = excluded.name_vi, name_en = excluded.name_en, seats = excluded.seats,
                     position = excluded.position, door_opens_before = excluded.door_opens_before,
                     door_closes_after = excluded.door_closes_after, door_all_after = excluded.door_all_after,
                     door_counts_exits = excluded.door_counts_exits",
                cx.new_id(),
                edition.0,
                venue,
                part.code,
                part.name.vi,
                part.name.en,
                part.seats,
                position(at),
                part.door.as_ref().map(|door| door.opens_before),
                part.door.as_ref().and_then(|door| door.closes_after),
                part.door.as_ref().and_then(|door| door.opens_to_all_after),
                part.door.as_ref().is_some_and(|door| door.exits)
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    for (at, part) in file.tracks.iter().enumerate() {
        sqlx::query!(
            "insert into tracks (id, edition_id, code, name_vi, name_en, position) values ($1, $2, $3, $4, $5, $6)
             on conflict on constraint tracks_edition_id_code_key do update set
                 name_vi = excluded.name_vi, name_en = excluded.name_en, position = excluded.position",
            cx.new_id(),
            edition.0,
            part.code,
            part.name.vi,
            part.name.en,
            position(at)
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Stores speakers, sessions and who speaks where.
async fn programme(cx: &Context, tx: &mut PgConnection, edition: EditionId, file: &File) -> Result<(), Error> {
    for part in &file.speakers {
        sqlx::query!(
            "insert into speakers (id, edition_id, code, full_name, title_vi, title_en, organisation_id, sample)
             values ($1, $2, $3, $4, $5, $6, (select id from organisations where code = $7), $8)
             on conflict on constraint speakers_edition_id_code_key do update set
                 full_name = excluded.full_name, title_vi = excluded.title_vi, title_en = excluded.title_en,
                 organisation_id = excluded.organisation_id, sample = excluded.sample",
            cx.new_id(),
            edition.0,
            part.code,
            part.name,
            part.title.as_ref().map(|title| title.vi.as_str()),
            part.title.as_ref().and_then(|title| title.en.as_deref()),
            part.organisation,
            part.sample
        )
        .execute(&mut *tx)
        .await?;
    }
    for part in &file.sessions {
        let session = sqlx::query_scalar!(
            "insert into sessions (id, edition_id, code, kind, title_vi, title_en, abstract_vi, abstract_en, track_id, room_id, starts_at, ends_at, sample)
             values ($1, $2, $3, $4, $5, $6, $7, $8, (select id from tracks where edition_id = $2 and code = $9),
                 (select id from rooms where edition_id = $2 and code = $10), $11, $12, $13)
             on conflict on constraint sessions_edition_id_code_key do update set
                 kind = excluded.kind, title_vi = excluded.title_vi, title_en = excluded.title_en, abstract_vi = excluded.abstract_vi,
                 abstract_en = excluded.abstract_en, track_id = excluded.track_id, room_id = excluded.room_id,
                 starts_at = excluded.starts_at, ends_at = excluded.ends_at, sample = excluded.sample
             returning id",
            cx.new_id(),
            edition.0,
            part.code,
            part.kind.key(),
            part.title.vi,
            part.title.en,
            part.summary.as_ref().map_or("", |summary| summary.vi.as_str()),
            part.summary.as_ref().and_then(|summary| summary.en.as_deref()),
            part.track,
            part.room,
            part.starts,
            part.ends,
            part.sample
        )
        .fetch_one(&mut *tx)
        .await?;
        seats(cx, tx, edition, session, part.seats).await?;
        sqlx::query!("delete from session_speakers where session_id = $1", session).execute(&mut *tx).await?;
        sqlx::query!(
            "insert into session_speakers (session_id, speaker_id, position)
             select $1, s.id, named.position::int from unnest($3::text[]) with ordinality named (code, position)
             join speakers s on s.edition_id = $2 and s.code = named.code",
            session,
            edition.0,
            &part.speakers
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Gives a session seats of its own, or takes them away where nobody has one.
async fn seats(cx: &Context, tx: &mut PgConnection, edition: EditionId, session: Uuid, seats: Option<i32>) -> Result<(), Error> {
    let Some(seats) = seats else {
        sqlx::query!("update sessions set capacity_id = null where id = $1", session).execute(tx).await?;
        return Ok(());
    };
    let known = sqlx::query!(
        "update capacities c set size = $2, extra = greatest(c.taken - $2, 0) from sessions s where c.id = s.capacity_id and s.id = $1",
        session,
        seats
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if known == 0 {
        let id = cx.new_id();
        sqlx::query!("insert into capacities (id, edition_id, size) values ($1, $2, $3)", id, edition.0, seats).execute(&mut *tx).await?;
        sqlx::query!("update sessions set capacity_id = $2 where id = $1", session, id).execute(tx).await?;
    }
    Ok(())
}

/// Stores audiences with their capacities.
async fn audiences(cx: &Context, tx: &mut PgConnection, edition: EditionId, parts: &[AudiencePart]) -> Result<(), Error> {
    for (index, part) in parts.iter().enumerate() {
        let known = sqlx::query_scalar!(
            "update capacities c set size = $3, extra = greatest(c.taken - $3, 0) from audiences a
             where c.id = a.capacity_id and a.edition_id = $1 and a.code = $2 returning c.id",
            edition.0,
            part.code,
            part.seats
        )
        .fetch_optional(&mut *tx)
        .await?;
        let capacity = if let Some(known) = known {
            known
        } else {
            let id = cx.new_id();
            sqlx::query!("insert into capacities (id, edition_id, size) values ($1, $2, $3)", id, edition.0, part.seats)
                .execute(&mut *tx)
                .await?;
            id
        };
        sqlx::query!(
            "insert into audiences (id, edition_id, capacity_id, code, kind, name_vi, name_en, opens_at, closes_at, is_public, position,
                 needs_approval, has_waiting_list, email_domains)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             on conflict on constraint audiences_edition_id_code_key do update set
                 kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, opens_at = excluded.opens_at,
                 closes_at = excluded.closes_at, is_public = excluded.is_public, position = excluded.position,
                 needs_approval = excluded.needs_approval, has_waiting_list = excluded.has_waiting_list,
                 email_domains = excluded.email_domains",
            cx.new_id(),
            edition.0,
            capacity,
            part.code,
            part.kind.key(),
            part.name.vi,
            part.name.en,
            part.opens,
            part.closes,
            !part.hidden,
            position(index),
            part.approval,
            part.waiting_list,
            &part.email_domains
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn checkpoints(cx: &Context, tx: &mut PgConnection, edition: EditionId, parts: &[CheckpointPart]) -> Result<(), Error> {
    let before = entrances::read(tx, edition).await?;
    for (at, part) in parts.iter().enumerate() {
        let admits: Vec<String> = part.admits.iter().map(|kind| kind.key().to_owned()).collect();
        sqlx::query!(
            "insert into checkpoints (id, edition_id, code, kind, name_vi, name_en, session_id, opens_at, closes_at, admits, position, counts_exits, entrance)
             values ($1, $2, $3, $4, $5, $6, (select id from sessions where edition_id = $2 and code = $7), $8, $9, $10, $11, $12, $13)
             on conflict on constraint checkpoints_edition_id_code_key do update set
                 kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, session_id = excluded.session_id,
                 opens_at = excluded.opens_at, closes_at = excluded.closes_at, admits = excluded.admits, position = excluded.position,
                 counts_exits = excluded.counts_exits, entrance = excluded.entrance",
            cx.new_id(),
            edition.0,
            part.code,
            part.kind.key(),
            part.name.vi,
            part.name.en,
            part.session,
            part.opens,
            part.closes,
            &admits,
            position(at),
            part.exits,
            part.entrance
        )
        .execute(&mut *tx)
        .await?;
    }
    entrances::follow(tx, edition, &before).await
}

/// Removes what the file no longer names.
async fn remove_others(tx: &mut PgConnection, edition: EditionId, file: &File) -> Result<(), Error> {
    let checkpoints = codes(&file.checkpoints, |part| &part.code);
    let audiences = codes(&file.audiences, |part| &part.code);
    let sessions = codes(&file.sessions, |part| &part.code);
    let speakers = codes(&file.speakers, |part| &part.code);
    let tracks = codes(&file.tracks, |part| &part.code);
    let rooms: Vec<String> = file.venues.iter().flat_map(|part| &part.rooms).map(|part| part.code.clone()).collect();
    let venues = codes(&file.venues, |part| &part.code);
    sqlx::query!("delete from checkpoints where edition_id = $1 and code <> all ($2) and not follows_room", edition.0, &checkpoints)
        .execute(&mut *tx)
        .await?;
    doors::remove(tx, edition, &sessions).await?;
    sqlx::query!("delete from audiences where edition_id = $1 and code <> all ($2)", edition.0, &audiences).execute(&mut *tx).await?;
    sqlx::query!("delete from sessions where edition_id = $1 and code <> all ($2)", edition.0, &sessions).execute(&mut *tx).await?;
    sqlx::query!("delete from speakers where edition_id = $1 and code <> all ($2)", edition.0, &speakers).execute(&mut *tx).await?;
    sqlx::query!("delete from tracks where edition_id = $1 and code <> all ($2)", edition.0, &tracks).execute(&mut *tx).await?;
    sqlx::query!("delete from rooms where edition_id = $1 and code <> all ($2)", edition.0, &rooms).execute(&mut *tx).await?;
    sqlx::query!("delete from venues where edition_id = $1 and code <> all ($2)", edition.0, &venues).execute(&mut *tx).await?;
    sqlx::query!(
        "delete from capacities c where c.edition_id = $1 and not exists (select from audiences a where a.capacity_id = c.id)
             and not exists (select from sessions s where s.capacity_id = c.id)",
        edition.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
