//! Raffles: what is published when, and the organisers' steps.

use chrono::TimeDelta;
use domain::access::Role;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;

use crate::{house::House, tickets::secret};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_raffle_publishes_its_list_before_its_number_and_names_nobody_but_to_organisers(pool: PgPool) {
    let house = House::open(pool).await;
    house.clock.advance(TimeDelta::hours(3));
    let ticket = format!("/ve/{}", secret(&house, 1).await);
    sqlx::raw_sql(
        "insert into checkpoints (id, edition_id, code, kind, name_vi) select gen_random_uuid(), id, 'gian-1', 'booth', 'Gian 1' from editions;
         insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         select gen_random_uuid(), id, 'du-dau', 'Quay thưởng đủ dấu', '2027-10-10 16:00+07', 1, 1, 'anyone',
                'Giải đặc biệt xổ số', 6, '2027-10-10 19:00+07', '2027-10-01' from editions;
         insert into scans (id, edition_id, checkpoint_id, ticket_id, direction, source, device_at, received_at, corrected_at, offset_ms, verdict, report)
         select gen_random_uuid(), t.edition_id, c.id, t.id, 'entry', 'self', '2027-10-10 09:00+07', now(), '2027-10-10 09:00+07', 0, 'admit', '{}'
         from tickets t, checkpoints c where c.kind = 'booth';
         insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
         select ticket_id, checkpoint_id, checkpoint_id, id, '', corrected_at from scans;",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let organiser = house.signed_in(Role::Organiser, None).await;
    let (desk, public, list) = ("/ban-to-chuc/dau-gian-hang", "/quay-thuong/du-dau", "/quay-thuong/du-dau/danh-sach.txt");
    let freeze = format!("{desk}/du-dau/khoa");
    assert_eq!(organiser.post(&freeze, &[]).await.status, StatusCode::CONFLICT, "it is open still");
    assert_eq!(house.get(list).await.status, StatusCode::NOT_FOUND);
    // What strangers read may be a second old.
    let open = organiser.get(public).await;
    for words in ["Đang nhận dấu", "Giải đặc biệt xổ số", "19:00 10/10/2027"] {
        assert!(open.text().contains(words), "{words}: what decides is told from the beginning");
    }

    house.clock.advance(TimeDelta::hours(9));
    let organiser = house.signed_in(Role::Organiser, None).await;
    let draw = format!("{desk}/du-dau/quay");
    let number = [("raffle", "du-dau"), ("seed", "012345"), ("confirm", "yes")];
    assert_eq!(organiser.post(&draw, &number).await.status, StatusCode::CONFLICT, "no list is published");
    sqlx::raw_sql(
        "insert into devices (id, edition_id, name, pairing_expires_at, expires_at, created_at, waiting, checkpoint_id, contact_at)
         select gen_random_uuid(), edition_id, 'Máy của gian 1', now(), now(), now(), 7, id, '2027-10-10 15:12+07' from checkpoints where kind = 'booth'",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let refused = organiser.post(&freeze, &[("raffle", "du-dau")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["Máy của gian 1", "15:12 10/10/2027", ">7<", "Còn lượt chờ trên máy", "Khóa dù còn lượt chờ"] {
        assert!(refused.text().contains(words), "{words} is not in {}", refused.text());
    }
    let knowingly = [("raffle", "du-dau"), ("while_waiting", "yes")];
    assert_eq!(organiser.post(&freeze, &knowingly).await.header("location"), desk);
    let file = house.get(list).await;
    let digest = <[u8; 32]>::from(Sha256::digest(&file.body)).map(|byte| format!("{byte:02x}")).concat();
    assert!(organiser.get(public).await.text().contains(&digest), "the page has the digest of the file as it comes");
    assert!(!organiser.get(public).await.text().contains("012345"));
    let entrant = file.text().trim_end().to_owned();
    assert!(house.get(&ticket).await.text().contains(&entrant), "the holder finds the own code on the ticket");

    let early = organiser.post(&draw, &number).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "the number is not public");
    assert!(early.text().contains("Con số quyết định sẽ có vào lúc 19:00 10/10/2027"));

    house.clock.advance(TimeDelta::hours(2));
    let organiser = house.signed_in(Role::Organiser, None).await;
    let unsure = organiser.post(&draw, &[number[0], ("seed", "12345")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["value=\"12345\"", "Cần đúng 6 chữ số, kể cả số 0 ở đầu.", "Hãy đánh dấu ô này"] {
        assert!(unsure.text().contains(words), "{words}");
    }
    assert_eq!(organiser.post(&draw, &number).await.header("location"), public);
    assert_eq!(organiser.post(&draw, &number).await.status, StatusCode::CONFLICT, "it is drawn once");
    let page = house.get("/en/raffle/du-dau").await;
    for words in ["012345", "Giải đặc biệt xổ số", &entrant] {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
    assert!(!page.text().contains("Hạnh"), "nobody is named in public");
    assert!(organiser.get(desk).await.text().contains("Nguyễn Thị Hạnh"));
    assert!(house.get(&ticket).await.text().contains("bạn trúng thưởng, thứ tự 1"));
}

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn a_list_that_was_not_frozen_before_the_number_waits_for_another_and_says_so(pool: PgPool) {
    let house = House::open(pool).await;
    sqlx::raw_sql(
        "insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         select gen_random_uuid(), id, 'du-dau', 'Quay thưởng đủ dấu', '2027-10-10 07:00+07', 1, 1, 'anyone',
                'Giải đặc biệt xổ số', 6, '2027-10-10 08:00+07', '2027-10-01' from editions",
    )
    .execute(&house.cx.pool)
    .await
    .unwrap();
    let (desk, public) = ("/ban-to-chuc/dau-gian-hang", "/quay-thuong/du-dau");
    let freeze = format!("{desk}/du-dau/khoa");
    // It is 05:00 in Vietnam: on to the instant of the number.
    house.clock.advance(TimeDelta::hours(3));
    let organiser = house.signed_in(Role::Organiser, None).await;
    assert_eq!(organiser.post(&freeze, &[("raffle", "du-dau")]).await.status, StatusCode::CONFLICT);
    for page in [organiser.get(desk).await, organiser.get(public).await] {
        assert!(page.text().contains("Con số đã có trước khi danh sách được khóa nên không dùng số này."), "{}", page.text());
    }
    let told = organiser.get(desk).await;
    assert!(told.text().contains("hãy ghi vào tệp của kỳ tổ chức nguồn") && !told.text().contains("/du-dau/khoa"), "{}", told.text());
    assert_eq!(house.get("/quay-thuong/du-dau/danh-sach.txt").await.status, StatusCode::NOT_FOUND);

    // A number that nobody knows yet is named.
    sqlx::raw_sql("update raffles set seed_at = '2027-10-10 19:00+07', seed_named_at = '2027-10-10 08:00+07'")
        .execute(&house.cx.pool)
        .await
        .unwrap();
    assert_eq!(organiser.post(&freeze, &[("raffle", "du-dau")]).await.header("location"), desk);
}
