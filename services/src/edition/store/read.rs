//! The SQL of export: from rows back to the parts of a file.

use domain::{
    badge::Template, checkin::CheckpointKind, ids::EditionId, privacy::Retention, programme::SessionKind, registration::AudienceKind,
    text::Bilingual,
};
use sqlx::{PgConnection, types::Json};

use crate::{
    Error,
    edition::file::{
        AudiencePart, CheckpointPart, CommunePart, DoorPart, EditionPart, File, OrganisationPart, RoomPart, SessionPart, SpeakerPart,
        TrackPart, VenuePart,
    },
    store::inconsistent,
};

/// Organisations and communes, which outlive editions.
pub(in super::super) struct Bodies {
    pub organisations: Vec<OrganisationPart>,
    pub communes: Vec<CommunePart>,
}

pub(in super::super) async fn bodies(connection: &mut PgConnection) -> Result<Bodies, Error> {
    let communes = sqlx::query!("select gso_code, kind, name_vi from communes order by gso_code").fetch_all(&mut *connection).await?;
    Ok(Bodies {
        organisations: organisations(connection).await?,
        communes: communes.into_iter().map(|row| CommunePart { code: row.gso_code, kind: row.kind, name: row.name_vi }).collect(),
    })
}

/// Reads an edition back as the parts of a file.
pub(in super::super) async fn file(connection: &mut PgConnection, code: Option<&str>) -> Result<Option<File>, Error> {
    let Some(row) = sqlx::query!(
        r#"select id, code, year, name_vi, name_en, theme_vi, theme_en, starts_on, ends_on, peak_on, place_vi, place_en, hotline, email,
                managing_body_vi, managing_body_en, responsible_person, portal_url, handbook_url, sample, registrations_per_phone,
                changes_until, offer_hours, keep_attendees, keep_logs, keep_proofs, keep_requests,
                badge_templates as "badge_templates: Json<Vec<Template>>"
         from editions where code = $1 or ($1 is null and is_current)"#,
        code
    )
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(None);
    };
    let edition = EditionPart {
        code: row.code,
        year: u16::try_from(row.year).map_err(|_| inconsistent("editions.year"))?,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        peak_on: row.peak_on,
        hotline: row.hotline,
        email: row.email,
        responsible_person: row.responsible_person,
        portal_url: row.portal_url,
        handbook_url: row.handbook_url,
        registrations_per_phone: row.registrations_per_phone,
        changes_until: row.changes_until,
        offer_hours: row.offer_hours,
        retention: Retention {
            attendees: row.keep_attendees.unsigned_abs(),
            logs: row.keep_logs.unsigned_abs(),
            proofs: row.keep_proofs.unsigned_abs(),
            requests: row.keep_requests.unsigned_abs(),
        },
        sample: row.sample,
        name: Bilingual { vi: row.name_vi, en: row.name_en },
        theme: Bilingual { vi: row.theme_vi, en: row.theme_en },
        place: Bilingual { vi: row.place_vi, en: row.place_en },
        managing_body: Bilingual { vi: row.managing_body_vi, en: row.managing_body_en },
    };
    let id = EditionId(row.id);
    let Bodies { organisations, communes } = bodies(connection).await?;
    Ok(Some(File {
        edition,
        venues: venues(connection, id).await?,
        tracks: sqlx::query!("select code, name_vi, name_en from tracks where edition_id = $1 order by position, code", id.0)
            .fetch_all(&mut *connection)
            .await?
            .into_iter()
            .map(|row| TrackPart { code: row.code, name: Bilingual { vi: row.name_vi, en: row.name_en } })
            .collect(),
        speakers: speakers(connection, id).await?,
        sessions: sessions(connection, id).await?,
        audiences: audiences(connection, id).await?,
        questions: super::questions::read(connection, id).await?,
        checkpoints: checkpoints(connection, id).await?,
        badge_templates: row.badge_templates.0,
        raffles: super::raffles::read(connection, id).await?,
        organisations,
        communes,
    }))
}

async fn venues(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<VenuePart>, Error> {
    let rows = sqlx::query!(
        r#"select v.code, v.sample, v.name_vi, v.name_en, v.address_vi, v.address_en,
                  r.code as "room_code?", r.name_vi as "room_vi?", r.name_en as room_en, r.seats,
                  r.door_opens_before, r.door_closes_after, r.door_all_after, r.door_counts_exits as "door_counts_exits?"
           from venues v left join rooms r on r.venue_id = v.id where v.edition_id = $1 order by v.position, v.code, r.position, r.code"#,
        edition.0
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut venues: Vec<VenuePart> = Vec::new();
    for row in rows {
        if venues.last().is_none_or(|venue| venue.code != row.code) {
            venues.push(VenuePart {
                code: row.code,
                sample: row.sample,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
                address: Bilingual { vi: row.address_vi, en: row.address_en },
                rooms: Vec::new(),
            });
        }
        if let (Some(venue), Some(code), Some(vi)) = (venues.last_mut(), row.room_code, row.room_vi) {
            let door = row.door_opens_before.map(|opens_before| DoorPart {
                opens_before,
                closes_after: row.door_closes_after,
                opens_to_all_after: row.door_all_after,
                exits: row.door_counts_exits.unwrap_or_default(),
            });
            venue.rooms.push(RoomPart { code, seats: row.seats, door, name: Bilingual { vi, en: row.room_en } });
        }
    }
    Ok(venues)
}

async fn speakers(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<SpeakerPart>, Error> {
    let rows = sqlx::query!(
        r#"select s.code, s.full_name, s.title_vi, s.title_en, o.code as "organisation?", s.sample
           from speakers s left join organisations o on o.id = s.organisation_id where s.edition_id = $1 order by s.code"#,
        edition.0
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SpeakerPart {
            code: row.code,
            name: row.full_name,
            organisation: row.organisation,
            sample: row.sample,
            title: row.title_vi.map(|vi| Bilingual { vi, en: row.title_en }),
        })
        .collect())
}

async fn sessions(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<SessionPart>, Error> {
    let rows = sqlx::query!(
        r#"select s.code, s.kind, t.code as "track?", r.code as room, s.starts_at, s.ends_at, s.sample, s.title_vi, s.title_en,
                  s.abstract_vi, s.abstract_en,
                  array(select p.code from session_speakers sp join speakers p on p.id = sp.speaker_id
                        where sp.session_id = s.id order by sp.position) as "speakers!",
                  (select size from capacities where id = s.capacity_id) as seats
           from sessions s join rooms r on r.id = s.room_id left join tracks t on t.id = s.track_id
           where s.edition_id = $1 order by s.starts_at, r.position, s.code"#,
        edition.0
    )
    .fetch_all(&mut *connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let summary = Bilingual { vi: row.abstract_vi, en: row.abstract_en };
            Ok(SessionPart {
                code: row.code,
                kind: SessionKind::from_key(&row.kind).ok_or_else(|| inconsistent("sessions.kind"))?,
                track: row.track,
                room: row.room,
                starts: row.starts_at,
                ends: row.ends_at,
                speakers: row.speakers,
                seats: row.seats,
                sample: row.sample,
                title: Bilingual { vi: row.title_vi, en: row.title_en },
                summary: (summary != Bilingual::default()).then_some(summary),
            })
        })
        .collect()
}

async fn audiences(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<AudiencePart>, Error> {
    let rows = sqlx::query!(
        "select a.code, a.kind, a.name_vi, a.name_en, a.opens_at, a.closes_at, a.is_public, a.needs_approval, a.has_waiting_list, a.email_domains, c.size
         from audiences a join capacities c on c.id = a.capacity_id where a.edition_id = $1 order by a.position, a.code",
        edition.0
    )
    .fetch_all(&mut *connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AudiencePart {
                code: row.code,
                kind: AudienceKind::from_key(&row.kind).ok_or_else(|| inconsistent("audiences.kind"))?,
                seats: row.size,
                opens: row.opens_at,
                closes: row.closes_at,
                hidden: !row.is_public,
                approval: row.needs_approval,
                waiting_list: row.has_waiting_list,
                email_domains: row.email_domains,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
            })
        })
        .collect()
}

async fn checkpoints(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<CheckpointPart>, Error> {
    let rows = sqlx::query!(
        r#"select c.code, c.kind, c.name_vi, c.name_en, s.code as "session?", c.opens_at, c.closes_at, c.admits, c.counts_exits, c.entrance
           from checkpoints c left join sessions s on s.id = c.session_id where c.edition_id = $1 and not c.follows_room order by c.position, c.code"#,
        edition.0
    )
    .fetch_all(&mut *connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let admits = row.admits.iter().map(|key| AudienceKind::from_key(key)).collect::<Option<Vec<_>>>();
            Ok(CheckpointPart {
                code: row.code,
                kind: CheckpointKind::from_key(&row.kind).ok_or_else(|| inconsistent("checkpoints.kind"))?,
                session: row.session,
                opens: row.opens_at,
                closes: row.closes_at,
                admits: admits.ok_or_else(|| inconsistent("checkpoints.admits"))?,
                exits: row.counts_exits,
                entrance: row.entrance,
                name: Bilingual { vi: row.name_vi, en: row.name_en },
            })
        })
        .collect()
}

async fn organisations(connection: &mut PgConnection) -> Result<Vec<OrganisationPart>, Error> {
    let rows = sqlx::query!(
        "select code, kind, name_vi, name_en, commune_code, url, quota_models, is_partner, valid_from, valid_to, sample
         from organisations order by position, code"
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OrganisationPart {
            code: row.code,
            kind: row.kind,
            commune: row.commune_code,
            url: row.url,
            quota_models: row.quota_models,
            partner: row.is_partner,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            sample: row.sample,
            name: Bilingual { vi: row.name_vi, en: row.name_en },
        })
        .collect())
}
