//! A crowd, and how much statements read of it.

use domain::ticket::ShortCode;
use sqlx::PgConnection;

use super::*;

/// So many tickets, each with the stamps of three booths, of which every tenth was merged into the one before it; all of them are in the
/// list of the raffle `quay`. Gives back the short code of one that another was merged into.
pub(in crate::checkin) async fn crowd(cx: &Context, tickets: i32) -> ShortCode {
    testing::edition(cx, 10).await;
    let edition = "'00000000-0000-0000-0000-000000000001'::uuid";
    let fill = format!(
        "insert into checkpoints (id, edition_id, code, kind, name_vi, position)
         select md5('booth ' || n)::uuid, {edition}, 'gian-' || n, 'booth', 'Gian ' || n, n from generate_series(1, 3) n;
         insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key,
                                    created_at, ended_at, merged_into)
         select md5('person ' || n)::uuid, {edition}, a.id, case when n % 10 = 0 then 'cancelled' else 'confirmed' end, 'vi', 'Lê An', 'le an',
                sha256(n::text::bytea), md5('form ' || n)::uuid, now(), case when n % 10 = 0 then now() end,
                case when n % 10 = 0 then md5('person ' || n - 1)::uuid end
         from generate_series(1, {tickets}) n join audiences a on a.code = 'nguoi-dan';
         insert into tickets (id, registration_id, edition_id, standing, short_code, issued_at)
         select n, md5('person ' || n)::uuid, {edition}, case when n % 10 = 0 then 'cancelled' else 'valid' end, lpad(n::text, 8, '0'), now()
         from generate_series(1, {tickets}) n;
         insert into scans (id, edition_id, checkpoint_id, ticket_id, direction, source, device_at, received_at, corrected_at, offset_ms,
                            verdict, report)
         select md5(t.id || ' at ' || c.id)::uuid, {edition}, c.id, t.id, 'entry', 'self', m.at, m.at, m.at, 0, 'admit', '{{}}'
         from tickets t, checkpoints c, (values ('2027-10-10 08:00+07'::timestamptz)) m (at) where c.kind = 'booth';
         insert into admissions (ticket_id, entrance_id, checkpoint_id, scan_id, device_name, at)
         select ticket_id, checkpoint_id, checkpoint_id, id, '', corrected_at from scans;
         insert into raffles (id, edition_id, code, name_vi, closes_at, winners, stamps, stamped_by,
                              seed_source_vi, seed_digits, seed_at, seed_named_at)
         values (md5('raffle')::uuid, {edition}, 'quay', 'Quay thưởng', '2027-10-10 15:00+07', 1, 3, 'anyone',
                 'Xổ số', 6, '2027-10-10 17:00+07', '2027-10-01');
         insert into raffle_entrants (raffle_id, entrant, ticket_id) select md5('raffle')::uuid, sha256(id::text::bytea), id from tickets;
         analyze;"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&cx.pool).await.unwrap();
    let short_code = ShortCode::from_random(9);
    sqlx::query("update tickets set short_code = $1 where id = 9").bind(short_code.as_str()).execute(&cx.pool).await.unwrap();
    short_code
}

/// How many rows this connection has read, in its transaction or before and not told of yet, of the tables that grow with a crowd: what
/// two calls differ by was read between them.
pub(in crate::checkin) async fn rows_read(tx: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables
         where relname in ('tickets', 'registrations', 'scans', 'admissions', 'raffle_entrants')",
    )
    .fetch_one(tx)
    .await
    .unwrap()
}
