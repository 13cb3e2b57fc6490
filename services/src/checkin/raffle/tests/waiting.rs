//! Phones on which scans wait that the list would leave out.

use domain::{
    access::DeviceKind,
    checkin::{Contact, Direction, ScanRequest, ScanSubmission, Sent, Source, Undo, VerdictKind},
    form::Problem,
    ids::{CheckpointId, DeviceId, PhoneId, ScanId},
};

use super::*;
use crate::{access, checkin::deliver_late};

const BOOTH: CheckpointId = CheckpointId(Uuid::from_u128(0x61));
const GATE: CheckpointId = CheckpointId(Uuid::from_u128(0x51));

/// How many scans wait, by phone.
async fn told(cx: &Context, organiser: &Actor) -> Vec<(String, i32)> {
    waiting(cx, organiser).await.unwrap().into_iter().map(|phone| (phone.name, phone.scans)).collect()
}

/// Pairs a phone.
async fn paired(cx: &Context, organiser: &Actor, name: &str) -> (DeviceId, access::Token) {
    let (id, secret) = access::prepare_device(cx, organiser, name).await.unwrap();
    (id, access::pair_device(cx, &secret.0).await.unwrap())
}

/// Hears from a paired phone, in the one browser of these tests, how much waits on it and where it scans.
async fn hear(cx: &Context, (id, token): &(DeviceId, access::Token), waiting: u32, place: CheckpointId) {
    let actor = Actor::Device { id: *id, name: String::new(), kind: DeviceKind::Scanner };
    let contact = Contact { phone: Some(PhoneId(Uuid::from_u128(7))), waiting, checkpoint: Some(place), ..Contact::default() };
    access::hear(cx, &actor, &token.0, &contact).await.unwrap();
}

/// A scan at a booth without a network.
fn kept(cx: &Context, code: &str) -> ScanSubmission {
    ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: Some(VerdictKind::Admit),
        made_by: None,
        sign_in: None,
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_brings_whose_day_is_over_waits_no_more_and_a_repeat_changes_nothing(pool: PgPool) {
    let (cx, clock, organiser, secrets) = hall(pool, "anyone").await;
    let code = registration::ticket(&cx, &secrets[2]).await.unwrap().ticket.unwrap().code;
    let phone = paired(&cx, &organiser, "Máy gian 1").await;
    let scans = [kept(&cx, &code), kept(&cx, &code), kept(&cx, &code)];
    let mistake = Undo { id: ScanId(cx.new_id()), scan_id: scans[0].scan_id, device_at: cx.now(), offset_ms: 0 };
    hear(&cx, &phone, 4, BOOTH).await;
    let name = || "Máy gian 1".to_owned();
    assert_eq!(told(&cx, &organiser).await, [(name(), 4)]);

    clock.advance(TimeDelta::hours(24));
    let ended = access::ended_phone(&cx, &phone.1.0).await.unwrap().unwrap();
    let bring = async |scans: &[ScanSubmission], undos: Vec<Undo>, waiting_besides| {
        let scans = scans.iter().cloned().map(Sent::from).collect();
        let request = ScanRequest { undos, waiting_besides, ..ScanRequest::of(BOOTH, scans) };
        deliver_late(&cx, &ended, request).await.unwrap();
        clock.advance(TimeDelta::minutes(1));
    };
    for _ in 0..2 {
        bring(&scans[..2], vec![mistake.clone()], Some(1)).await;
        assert_eq!(told(&cx, &organiser).await, [(name(), 1)]);
    }
    // An older page does not tell.
    bring(&scans, Vec::new(), None).await;
    assert_eq!(told(&cx, &organiser).await, [(name(), 1)]);
    bring(&scans, Vec::new(), Some(0)).await;
    assert_eq!(told(&cx, &organiser).await, []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_is_paired_again_is_told_of_once_as_it_was_heard_of_last(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    let before = paired(&cx, &organiser, "Máy gian 1").await;
    hear(&cx, &before, 3, BOOTH).await;
    let anew = paired(&cx, &organiser, "Máy cổng").await;
    clock.advance(TimeDelta::minutes(1));
    hear(&cx, &anew, 2, GATE).await;
    assert_eq!(told(&cx, &organiser).await, [("Máy cổng".to_owned(), 2)], "what waits on it was scanned at the booth");
    hear(&cx, &anew, 0, GATE).await;
    assert_eq!(told(&cx, &organiser).await, []);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_gates_phone_is_not_told_of_for_what_its_account_scanned_at_a_booth_before_it_signed_in_there(pool: PgPool) {
    let (cx, _, organiser, _) = hall(pool, "anyone").await;
    sqlx::query(
        "insert into devices (id, edition_id, account_id, pairing_expires_at, expires_at, created_at, waiting, checkpoint_id, contact_at)
         select gen_random_uuid(), e.id, a.id, now(), now(), $1, 3, $2, $1 from editions e, accounts a",
    )
    .bind(cx.now() + TimeDelta::minutes(1))
    .bind(GATE.0)
    .execute(&cx.pool)
    .await
    .unwrap();
    sqlx::raw_sql("update scans set account_id = (select id from accounts)").execute(&cx.pool).await.unwrap();
    assert_eq!(told(&cx, &organiser).await, []);
    sqlx::raw_sql("update devices set created_at = created_at - interval '1 hour'").execute(&cx.pool).await.unwrap();
    assert_eq!(told(&cx, &organiser).await, [("Lê Văn Tám".to_owned(), 3)]);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn while_scans_wait_on_a_booths_phone_the_list_is_frozen_only_knowingly(pool: PgPool) {
    let (cx, clock, organiser, _) = hall(pool, "anyone").await;
    clock.advance(TimeDelta::hours(1));
    assert_eq!(waiting(&cx, &organiser).await.unwrap(), []);
    sqlx::raw_sql(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, position)
         select gen_random_uuid(), id, 'cong-sau', 'gate', 'Cổng sau', 8 from editions;
         insert into devices (id, edition_id, name, pairing_expires_at, expires_at, created_at, waiting, checkpoint_id, contact_at)
         select gen_random_uuid(), e.id, p.name, now(), now(), now(), p.waiting, c.id, '2027-10-10 08:00+07'::timestamptz - p.waiting * interval '1 minute'
         from (values ('Máy gian 1', 3, 'gian-1'), ('Máy cổng', 7, 'cong-sau'), ('Máy đã gửi', 0, 'gian-1'), ('Máy đổi chỗ', 2, 'cong-sau'))
             as p (name, waiting, place)
         join editions e on true join checkpoints c on c.code = p.place;
         update scans set device_id = (select id from devices where name = 'Máy đổi chỗ') where id = (select min(id::text)::uuid from scans);",
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let phones = waiting(&cx, &organiser).await.unwrap();
    let told: Vec<_> =
        phones.iter().map(|phone| (phone.name.as_str(), phone.checkpoint.as_ref().unwrap().vi.as_str(), phone.scans)).collect();
    assert_eq!(told, [("Máy gian 1", "Gian 1", 3), ("Máy đổi chỗ", "Cổng sau", 2)], "not the gate's, nor one that has sent all");
    assert_eq!(phones[0].heard_at, "2027-10-10T07:57:00+07:00".parse::<DateTime<Utc>>().unwrap());

    let refused = freeze(&cx, &organiser, "quay", PLAIN).await;
    assert!(
        matches!(&refused, Err(Error::Invalid(errors)) if errors.of(Freeze::WHILE_WAITING) == Some(&Problem::ScansWait)),
        "{refused:?}"
    );
    assert_eq!(entrants(&cx).await, None);
    freeze(&cx, &organiser, "quay", Freeze { while_waiting: true }).await.unwrap();
    let detail: serde_json::Value =
        sqlx::query_scalar("select detail from audit_log where action = 'raffle.freeze'").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((&detail["waiting"], &detail["entrants"]), (&json!(5), &json!(2)));
}
