//! Fills the database with registrations and tickets, far faster than through the front door.

use anyhow::Result;
use clap::Args;
use domain::ticket::ShortCode;
use sqlx::PgPool;

#[derive(Args, Debug)]
pub struct Arguments {
    #[arg(long)]
    database: String,
    /// The code of the audience that they belong to.
    #[arg(long)]
    audience: String,
    /// The number of the first.
    #[arg(long, default_value_t = 1)]
    first: i32,
    #[arg(long, default_value_t = 50_000)]
    count: i32,
}

/// Names as they are here: two of five are Nguyễn, and many share the name that they are called by.
const FAMILY: [&str; 10] = ["Nguyễn", "Trần", "Nguyễn", "Lê", "Nguyễn", "Phạm", "Huỳnh", "Nguyễn", "Võ", "Đặng"];
const MIDDLE: [&str; 11] = ["Thị", "Văn", "Minh", "Ngọc", "Thanh", "Hữu", "Thị Mỹ", "Quốc", "Kim", "Đức", "Thị Thu"];
const GIVEN: [&str; 41] = [
    "An", "Anh", "Ánh", "Bảo", "Bình", "Châu", "Cường", "Dũng", "Duyên", "Đào", "Đạt", "Giang", "Hà", "Hải", "Hạnh", "Hiền", "Hiếu", "Hòa",
    "Hùng", "Hương", "Khánh", "Lan", "Linh", "Loan", "Mai", "Nam", "Nga", "Ngân", "Nhung", "Oanh", "Phong", "Phúc", "Quang", "Sơn", "Tâm",
    "Thảo", "Thủy", "Trang", "Tuấn", "Vân", "Yến",
];

/// The name of the person with this number.
pub fn name(number: i32) -> String {
    let pick = |names: &[&'static str], step: usize| names[usize::try_from(number).unwrap_or_default() / step % names.len()];
    format!("{} {} {}", pick(&FAMILY, 1), pick(&MIDDLE, 10), pick(&GIVEN, 7))
}

/// Tickets get the ids from `first` on, so that [`crate::scans`] can sign them; their seats are counted.
pub async fn run(Arguments { database, audience, first, count }: Arguments) -> Result<()> {
    let pool = PgPool::connect(&database).await?;
    let mut tx = pool.begin().await?;
    let names: Vec<String> = (first..first + count).map(name).collect();
    let folded: Vec<String> = names.iter().map(|name| domain::text::fold(name)).collect();
    let codes: Vec<String> =
        (first..first + count).map(|number| ShortCode::from_random(u64::from(number.unsigned_abs())).as_str().to_owned()).collect();
    sqlx::query(
        "with people as (
             insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, search_text, link_hash, idempotency_key, created_at)
             select gen_random_uuid(), a.edition_id, a.id, 'confirmed', 'vi', full_name, '+849' || lpad(n::text, 8, '0'),
                    folded || ' +849' || lpad(n::text, 8, '0') || ' 09' || lpad(n::text, 8, '0'), sha256(n::text::bytea), gen_random_uuid(), now()
             from audiences a, unnest($3::text[], $4::text[]) with ordinality named (full_name, folded, place), lateral (select $2 + place - 1 as n) numbered
             where a.code = $1
             returning id, edition_id, substring(phone from 5)::bigint as n
         )
         insert into tickets (id, registration_id, edition_id, short_code, issued_at)
         select n, id, edition_id, code, now()
         from people join unnest($5::text[]) with ordinality coded (code, place) on place = n - $2 + 1",
    )
    .bind(&audience)
    .bind(first)
    .bind(&names)
    .bind(&folded)
    .bind(&codes)
    .execute(&mut *tx)
    .await?;
    sqlx::query("update capacities c set taken = taken + $2 from audiences a where a.code = $1 and a.capacity_id = c.id")
        .bind(&audience)
        .bind(count)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    // What autovacuum has done by the time that people search: the statistics, and the index's waiting entries put in.
    // Not of the tables that are still empty: that would make Postgres sure that they stay so, and plan by it.
    sqlx::query("vacuum analyze registrations, tickets").execute(&pool).await?;
    println!("{{\"count\":{count}}}");
    Ok(())
}
