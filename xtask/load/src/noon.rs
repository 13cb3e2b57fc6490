//! The people of `fill` at noon: their cards say what cards say, and all of them have come.

use anyhow::{Result, ensure};
use clap::Args;
use sqlx::PgPool;

#[derive(Args, Debug)]
pub struct Arguments {
    #[arg(long)]
    database: String,
}

const ORGANISATIONS: [&str; 6] = [
    "Sở Khoa học và Công nghệ",
    "Hợp tác xã Xoài Mỹ Xương",
    "Trường Đại học Đồng Tháp",
    "UBND xã Tân Hội Trung",
    "Công ty TNHH Sen Hồng",
    "Tổ công nghệ số cộng đồng phường Mỹ Ngãi",
];
/// Phones at the gates.
const PHONES: i32 = 8;

/// Every fourth comes from an organisation, every twenty-fifth has a note, every fifth a badge, and every third a seat in one of the
/// sessions; each is let in once, at one of the gates, by one of some phones within four hours.
pub async fn run(Arguments { database }: Arguments) -> Result<()> {
    let pool = PgPool::connect(&database).await?;
    let mut tx = pool.begin().await?;
    sqlx::query(
        "update registrations r
         set organisation_name = case when t.id % 4 = 0 then ($1::text[])[1 + abs(t.id / 4 % array_length($1, 1))::int] else organisation_name end,
             attention = case when t.id % 25 = 0 then 'Đi xe lăn, cần người đón ở cổng' else attention end
         from tickets t where t.registration_id = r.id and (t.id % 4 = 0 or t.id % 25 = 0)",
    )
    .bind(&ORGANISATIONS[..])
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into badges (digest, ticket_id, salt, issued_at)
         select sha256(id::text::bytea), id, substring(sha256(id::text::bytea) for 16), now() from tickets where id % 5 = 0
         on conflict do nothing",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "with seat as (
             insert into session_seats (registration_id, session_id, state)
             select t.registration_id, s.ids[1 + abs(t.id / 3 % array_length(s.ids, 1))::int], 'held'
             from tickets t, (select edition_id, array_agg(id order by id) as ids from sessions where capacity_id is not null group by edition_id) s
             where t.id % 3 = 0 and s.edition_id = t.edition_id
             on conflict do nothing
             returning session_id
         )
         update capacities c set taken = taken + told.people, size = size + told.people
         from (select s.capacity_id, count(*) as people from seat join sessions s on s.id = seat.session_id group by 1) told
         where c.id = told.capacity_id",
    )
    .execute(&mut *tx)
    .await?;
    let admitted = sqlx::query(
        "insert into admissions (ticket_id, checkpoint_id, entrance_id, scan_id, device_name, at)
         select t.id, g.ids[place], g.entrances[place],
                (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(t.id::text), 1, 3)
                 || '8' || substr(md5(t.id::text), 4, 15))::uuid,
                'Điện thoại cổng ' || abs(t.id % $1), at
         from tickets t
         join (select edition_id, array_agg(id order by id) as ids, array_agg(entrance_id order by id) as entrances
               from checkpoints where kind = 'gate' group by edition_id) g on g.edition_id = t.edition_id,
              lateral (select 1 + abs(t.id % array_length(g.ids, 1))::int as place, now() - random() * interval '4 hours' as at) let_in
         on conflict do nothing",
    )
    .bind(PHONES)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    ensure!(admitted > 0, "there is nobody to let in");
    sqlx::query("vacuum analyze registrations, tickets, badges, session_seats, admissions").execute(&pool).await?;
    println!("{}", serde_json::json!({ "admitted": admitted }));
    Ok(())
}
