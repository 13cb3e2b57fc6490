//! Fills the database with registrations and tickets, far faster than through the front door.

use anyhow::Result;
use clap::Args;
use sqlx::PgPool;

#[derive(Args, Debug)]
pub struct Arguments {
    #[arg(long)]
    database: String,
    /// The code of the audience that they belong to.
    #[arg(long)]
    audience: String,
    #[arg(long, default_value_t = 50_000)]
    count: i32,
}

/// Tickets get the ids 1 to `count`, so that [`crate::scans`] can sign them; their seats are counted.
pub async fn run(Arguments { database, audience, count }: Arguments) -> Result<()> {
    let pool = PgPool::connect(&database).await?;
    let mut tx = pool.begin().await?;
    sqlx::query(
        "insert into registrations (id, edition_id, audience_id, status, locale, full_name, phone, search_text, link_hash, idempotency_key, created_at)
         select gen_random_uuid(), a.edition_id, a.id, 'confirmed', 'vi', 'Nguyễn Văn ' || chr(65 + n % 26), '+849' || lpad(n::text, 8, '0'),
                'nguyen van ' || n, sha256(n::text::bytea), gen_random_uuid(), now()
         from audiences a, generate_series(1, $2) n where a.code = $1",
    )
    .bind(&audience)
    .bind(count)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into tickets (id, registration_id, edition_id, short_code, issued_at)
         select row_number() over (), r.id, r.edition_id, 'F' || lpad((row_number() over ())::text, 7, '0'), now()
         from registrations r join audiences a on a.id = r.audience_id where a.code = $1 and not exists (select from tickets t where t.registration_id = r.id)",
    )
    .bind(&audience)
    .execute(&mut *tx)
    .await?;
    sqlx::query("update capacities c set taken = taken + $2 from audiences a where a.code = $1 and a.capacity_id = c.id")
        .bind(&audience)
        .bind(count)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    sqlx::query("analyze").execute(&pool).await?;
    println!("{{\"count\":{count}}}");
    Ok(())
}
