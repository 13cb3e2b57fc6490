use chrono::TimeDelta;
use domain::{
    access::Role,
    checkin::{
        Direction, Naming, ScanSubmission, SentNaming, Source, Standing, Undo,
        roster::{Page, Roster},
    },
    ids::{EditionId, RegistrationId, ScanId},
    registration::{SpareOrder, VoidReason},
    text::Locale,
    ticket::{ShortCode, TicketId},
};
use sqlx::PgPool;

use super::*;
use crate::{
    checkin::{self, record_single, undo},
    registration::{self, spare},
    testing,
};

/// A phone that asks until nothing is left, and what it got.
#[derive(Default)]
struct Phone {
    roster: Roster,
    cursor: Option<String>,
}

impl Phone {
    /// The pages of one round, read from their bytes.
    async fn ask(&mut self, cx: &Context) -> Vec<Page> {
        let actor = testing::actor(Role::Steward, None);
        let mut pages = Vec::new();
        loop {
            let answer = page(cx, &actor, self.cursor.as_deref()).await.unwrap();
            let got = Page::decode(&answer.encode()).unwrap();
            self.cursor = Some(got.cursor.clone());
            self.roster.apply(got.clone());
            let has_more = got.has_more;
            pages.push(got);
            if !has_more {
                return pages;
            }
        }
    }
}

impl Phone {
    /// Asks until there is nothing new. Transactions of others, as of tests beside this one, let what came before come again.
    async fn settle(&mut self, cx: &Context) {
        for _ in 0..500 {
            if self.ask(cx).await.iter().all(Page::is_empty) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the list never came to rest");
    }
}

/// A registration of the fixture: its id, number, signed code and short code.
async fn registered(cx: &Context, audience: domain::ids::AudienceId, phone: &str) -> (RegistrationId, TicketHash, String, ShortCode) {
    let mut application = testing::citizen(audience);
    application.details.phone = Some(domain::contact::Phone::parse(phone).unwrap());
    let secret = registration::register(cx, application, cx.new_id()).await.unwrap();
    let issued = registration::ticket(cx, &secret.0).await.unwrap().ticket.unwrap();
    let row = sqlx::query!("select registration_id, id from tickets where short_code = $1", issued.short_code.as_str())
        .fetch_one(&cx.pool)
        .await
        .unwrap();
    (RegistrationId(row.registration_id), TicketHash::of(TicketId(row.id.cast_unsigned())), issued.code, issued.short_code)
}

fn standing(roster: &Roster, place: &domain::checkin::Checkpoint, ticket: TicketHash) -> Option<Standing> {
    roster.known(place, &[], Vec::new(), Some(ticket)).record.map(|record| record.standing)
}

/// The standing of each entry of a page.
fn standings(page: &Page) -> Vec<Standing> {
    page.entries.iter().map(|entry| page.classes[usize::from(entry.class)].standing).collect()
}

async fn gate(cx: &Context) -> domain::checkin::Checkpoint {
    crate::checkin::checkpoints(cx, &testing::actor(Role::Steward, None)).await.unwrap().remove(0)
}

fn scan(cx: &Context, code: &str) -> ScanSubmission {
    ScanSubmission {
        scan_id: ScanId(cx.new_id()),
        code: code.to_owned(),
        source: Source::Camera,
        direction: Direction::Entry,
        device_at: cx.now(),
        offset_ms: 0,
        local_verdict: None,
        made_by: None,
        sign_in: None,
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_gets_the_whole_list_once_and_then_only_what_is_new(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let (id, first, code, short) = registered(&cx, edition.citizens, "0912 345 671").await;
    let mut phone = Phone::default();
    let pages = phone.ask(&cx).await;
    assert_eq!((pages.len(), pages[0].is_fresh, pages[0].entries.len(), phone.roster.len()), (1, true, 1, 1));
    assert_eq!(phone.roster.card(first, &code).unwrap().name, "Nguyễn Thị Hạnh");
    assert_eq!(phone.roster.by_short_code(&short), Some(first));
    phone.settle(&cx).await;

    let (_, second, ..) = registered(&cx, edition.citizens, "0912 345 672").await;
    let pages = phone.ask(&cx).await;
    assert_eq!((pages[0].is_fresh, pages[0].entries.iter().map(|entry| entry.ticket).collect::<Vec<_>>()), (false, vec![second]));

    sqlx::query!("update registrations set full_name = 'Trần Văn Bình' where id = $1", id.0).execute(&cx.pool).await.unwrap();
    phone.ask(&cx).await;
    assert_eq!(phone.roster.card(first, &code).unwrap().name, "Trần Văn Bình");
    phone.settle(&cx).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn whoever_cancels_is_blocked_or_gets_a_new_ticket_is_stopped_on_the_phone_and_erased_ones_go(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::actor(Role::Organiser, None);
    let (cancelled, one, ..) = registered(&cx, edition.citizens, "0912 345 671").await;
    let (reissued, two, old_code, old_short) = registered(&cx, edition.citizens, "0912 345 672").await;
    let (_, three, ..) = registered(&cx, edition.citizens, "0912 345 673").await;
    let mut phone = Phone::default();
    phone.ask(&cx).await;
    phone.settle(&cx).await;
    registration::cancel_by_staff(&cx, &organiser, cancelled).await.unwrap();
    registration::reissue(&cx, &organiser, reissued).await.unwrap();
    sqlx::query!("delete from tickets where short_code = (select short_code from tickets where standing = 'valid' and reissue = 0)")
        .execute(&cx.pool)
        .await
        .unwrap();
    let pages = phone.ask(&cx).await;
    assert_eq!((pages[0].entries.len(), pages[0].gone.as_slice()), (2, [three].as_slice()));
    let place = gate(&cx).await;
    assert_eq!(standing(&phone.roster, &place, one), Some(Standing::Cancelled));
    assert_eq!(standing(&phone.roster, &place, three), None);
    assert_eq!(phone.roster.known(&place, &[], Vec::new(), Some(two)).record.unwrap().reissue, 1);
    assert_eq!((phone.roster.card(two, &old_code), phone.roster.by_short_code(&old_short)), (None, None), "the old ticket opens nothing");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_change_that_is_committed_after_a_later_one_is_not_passed_over(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let (slow, first, ..) = registered(&cx, edition.citizens, "0912 345 671").await;
    let (fast, second, ..) = registered(&cx, edition.citizens, "0912 345 672").await;
    let mut phone = Phone::default();
    phone.ask(&cx).await;
    let block = "update tickets set standing = 'blocked' where registration_id = $1";
    let mut tx = cx.pool.begin().await.unwrap();
    sqlx::query(block).bind(slow.0).execute(&mut *tx).await.unwrap();
    sqlx::query(block).bind(fast.0).execute(&cx.pool).await.unwrap();
    let place = gate(&cx).await;
    phone.ask(&cx).await;
    assert_eq!(
        (standing(&phone.roster, &place, first), standing(&phone.roster, &place, second)),
        (Some(Standing::Valid), Some(Standing::Blocked))
    );
    tx.commit().await.unwrap();
    phone.ask(&cx).await;
    assert_eq!(standing(&phone.roster, &place, first), Some(Standing::Blocked));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_lets_spare_tickets_in_by_its_list_and_stops_those_that_were_voided(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let organiser = testing::organiser(&cx).await;
    let batch = spare::make(&cx, &organiser, SpareOrder { audience: edition.citizens, count: 2 }).await.unwrap();
    let spares = spare::sheet(&cx, &organiser, batch).await.unwrap().tickets;
    clock.advance(TimeDelta::hours(3));
    let place = gate(&cx).await;
    let hashes: Vec<TicketHash> =
        spares.iter().map(|spare| TicketHash::of(domain::ticket::verify(&spare.code, &cx.ticket_keys(2027)).unwrap().id)).collect();
    let mut phone = Phone::default();
    phone.ask(&cx).await;
    assert_eq!(hashes.iter().map(|hash| standing(&phone.roster, &place, *hash)).collect::<Vec<_>>(), [Some(Standing::Valid); 2]);
    assert_eq!(phone.roster.card(hashes[1], &spares[1].code).unwrap().name, "Khách tại chỗ 2");
    assert_eq!(phone.roster.by_short_code(&spares[1].short_code), Some(hashes[1]));
    assert_eq!(hashes.iter().map(|hash| phone.roster.is_nameless(*hash)).collect::<Vec<_>>(), [Some(true); 2]);

    record_single(&cx, &organiser, edition.gate, scan(&cx, &spares[0].code)).await.unwrap();
    sqlx::query("update registrations set full_name = 'Trần Văn Bình'").execute(&cx.pool).await.unwrap();
    spare::void(&cx, &organiser, batch, VoidReason::Lost).await.unwrap();
    phone.ask(&cx).await;
    let mut fresh = Phone::default();
    let page = fresh.ask(&cx).await.remove(0);
    assert_eq!((page.entries[0].ticket, standings(&page)[0]), (hashes[1], Standing::Cancelled), "what is stopped travels first");
    for phone in [&phone, &fresh] {
        assert_eq!(standing(&phone.roster, &place, hashes[0]), Some(Standing::Valid));
        assert_eq!(phone.roster.card(hashes[0], &spares[0].code).unwrap().name, "Trần Văn Bình");
        assert_eq!(standing(&phone.roster, &place, hashes[1]), Some(Standing::Cancelled));
        assert_eq!(hashes.iter().map(|hash| phone.roster.is_nameless(*hash)).collect::<Vec<_>>(), [Some(false), Some(true)]);
    }
    let late = scan(&cx, &spares[1].code);
    let naming = Naming {
        id: ScanId(cx.new_id()),
        scan_id: late.scan_id,
        full_name: "Lê Thị Lan".into(),
        phone: String::new(),
        organisation: String::new(),
        has_agreed: true,
        locale: Locale::Vi,
        device_at: cx.now(),
        offset_ms: 0,
    };
    record_single(&cx, &organiser, edition.gate, late).await.unwrap();
    checkin::name(&cx, &organiser, vec![SentNaming::Naming(naming)]).await.unwrap();
    let page = Phone::default().ask(&cx).await.remove(0);
    assert_eq!((page.entries[0].ticket, standings(&page)[0]), (hashes[1], Standing::Blocked), "a name told of it lets nobody in");
    phone.ask(&cx).await;
    assert_eq!(standing(&phone.roster, &place, hashes[1]), Some(Standing::Blocked));
    assert_eq!(phone.roster.card(hashes[1], &spares[1].code).unwrap().name, "Lê Thị Lan");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn stopped_tickets_travel_first_and_a_long_list_in_pages(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let people = i32::try_from(PAGE + 500).unwrap();
    sqlx::query(
        "with person as (
             insert into registrations (id, edition_id, audience_id, status, locale, full_name, search_text, link_hash, idempotency_key, created_at)
             select gen_random_uuid(), a.edition_id, a.id, 'confirmed', 'vi', 'Lê Văn ' || n, 'le van', sha256(n::text::bytea), gen_random_uuid(), now()
             from audiences a, generate_series(1, $2) n where a.id = $1 returning id, edition_id, full_name
         )
         insert into tickets (id, registration_id, edition_id, short_code, issued_at, standing)
         select hashtextextended(full_name, 0), id, edition_id, full_name, now(), case when right(full_name, 2) = '00' then 'blocked' else 'valid' end
         from person",
    )
    .bind(edition.citizens.0)
    .bind(people)
    .execute(&cx.pool)
    .await
    .unwrap();
    let ids: Vec<i64> = sqlx::query_scalar("select id from tickets").fetch_all(&cx.pool).await.unwrap();
    for (number, id) in (1_u64..).zip(ids) {
        let short = ShortCode::from_random(number);
        sqlx::query("update tickets set short_code = $2 where id = $1").bind(id).bind(short.as_str()).execute(&cx.pool).await.unwrap();
    }
    let mut phone = Phone::default();
    let pages = phone.ask(&cx).await;
    let blocked = usize::try_from(people).unwrap() / 100;
    assert_eq!(pages.iter().map(|page| page.entries.len()).collect::<Vec<_>>(), [PAGE, 500]);
    assert_eq!(pages.iter().map(|page| page.is_fresh).collect::<Vec<_>>(), [true, false]);
    let stopped: Vec<bool> = standings(&pages[0]).into_iter().map(|standing| standing == Standing::Blocked).collect();
    assert!(stopped[..blocked].iter().all(|stopped| *stopped) && stopped[blocked..].iter().all(|stopped| !stopped));
    assert_eq!(phone.roster.len(), usize::try_from(people).unwrap());
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn phones_hear_who_came_in_at_another_gate_and_whose_entry_was_undone(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let (_, ticket, code, _) = registered(&cx, edition.citizens, "0912 345 671").await;
    clock.advance(TimeDelta::hours(3));
    let organiser = testing::organiser(&cx).await;
    sqlx::query("update checkpoints set entrance = 'khuon-vien', admits = '{}'").execute(&cx.pool).await.unwrap();
    let mut phone = Phone::default();
    phone.ask(&cx).await;
    let entry = scan(&cx, &code);
    record_single(&cx, &organiser, edition.side_gate, entry.clone()).await.unwrap();
    let place = gate(&cx).await;
    assert_eq!(place.id, edition.gate);
    phone.ask(&cx).await;
    let admission = phone.roster.admission(&place, &[], ticket).unwrap();
    assert_eq!((admission.scan_id, admission.checkpoint), (entry.scan_id, Some(edition.side_gate)));
    let mistake = Undo { id: ScanId(cx.new_id()), scan_id: entry.scan_id, device_at: cx.now(), offset_ms: 0 };
    undo(&cx, &organiser, vec![mistake]).await.unwrap();
    phone.ask(&cx).await;
    assert_eq!(phone.roster.admission(&place, &[], ticket), None);
    let mut other = Phone::default();
    other.ask(&cx).await;
    assert_eq!(other.roster.admission(&place, &[], ticket), None);
}

/// The first round tells of no admission by itself: what has begun to load may be cut off and go on after somebody came.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_ticket_comes_with_its_admissions_whenever_they_were_made(pool: PgPool) {
    let (cx, clock) = testing::context_with_clock(pool);
    let edition = testing::edition(&cx, 10).await;
    let (id, ticket, code, _) = registered(&cx, edition.citizens, "0912 345 671").await;
    let (_, other, ..) = registered(&cx, edition.citizens, "0912 345 672").await;
    clock.advance(TimeDelta::hours(3));
    let organiser = testing::organiser(&cx).await;
    let entry = scan(&cx, &code);
    record_single(&cx, &organiser, edition.gate, entry.clone()).await.unwrap();
    let place = gate(&cx).await;
    let mut phone = Phone::default();
    let pages = phone.ask(&cx).await;
    let told = |pages: &[Page]| -> Vec<(TicketHash, usize)> {
        pages.iter().flat_map(|page| &page.entries).map(|entry| (entry.ticket, entry.entered.len())).collect()
    };
    let mut both = told(&pages);
    both.sort_unstable_by_key(|(_, admissions)| *admissions);
    assert_eq!(both, [(other, 0), (ticket, 1)]);
    assert!(pages.iter().all(|page| page.entered.is_empty()), "it is told once");
    assert_eq!(phone.roster.admission(&place, &[], ticket).unwrap().scan_id, entry.scan_id);
    assert_eq!(phone.roster.admission(&place, &[], other), None);
    phone.settle(&cx).await;

    // Of a ticket that has changed since, all is told anew.
    sqlx::query("update registrations set full_name = 'Trần Văn Bình' where id = $1").bind(id.0).execute(&cx.pool).await.unwrap();
    assert_eq!(told(&phone.ask(&cx).await), [(ticket, 1)]);
    assert_eq!(phone.roster.admission(&place, &[], ticket).unwrap().scan_id, entry.scan_id);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_cursor_of_another_edition_or_of_another_store_begins_anew(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    registered(&cx, edition.citizens, "0912 345 671").await;
    let current = crate::edition::current(&cx).await.unwrap().unwrap().id;
    let store = store::transactions(&cx.pool).await.unwrap().store;
    let later = Cursor { since: i64::MAX, ..Cursor::first(current, store) }.written();
    let elsewhere = Cursor::first(EditionId(uuid::Uuid::max()), store).written();
    let copied = Cursor { since: 1, ..Cursor::first(current, store + 1) }.written();
    for cursor in [later.as_str(), elsewhere.as_str(), copied.as_str(), "nonsense"] {
        let mut phone = Phone { cursor: Some(cursor.to_owned()), ..Phone::default() };
        let pages = phone.ask(&cx).await;
        assert_eq!((pages[0].is_fresh, phone.roster.len()), (true, 1), "{cursor}");
    }
}

/// A copy of the store keeps the numbers of the transactions that touched its rows and counts its own from wherever it is.
#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_copy_of_the_store_tells_its_rows_once_and_what_is_new_since(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    registered(&cx, edition.citizens, "0912 345 671").await;
    let copied = "alter table tickets disable trigger tickets_touch; update tickets set touched = 1000000000000;
                  alter table tickets enable trigger tickets_touch";
    sqlx::raw_sql(copied).execute(&cx.pool).await.unwrap();
    let mut phone = Phone::default();
    phone.ask(&cx).await;
    assert_eq!(phone.roster.len(), 1);
    assert!(phone.ask(&cx).await.iter().all(Page::is_empty), "it was told");
    registered(&cx, edition.citizens, "0912 345 672").await;
    let told: usize = phone.ask(&cx).await.iter().map(|page| page.entries.len()).sum();
    assert_eq!((told, phone.roster.len()), (1, 2));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn nobody_gets_the_list_who_may_not_scan(pool: PgPool) {
    let cx = testing::context(pool);
    testing::edition(&cx, 10).await;
    for nobody in [Actor::Anonymous, testing::actor(Role::Judge, None)] {
        assert!(matches!(page(&cx, &nobody, None).await, Err(Error::SignIn | Error::Forbidden)));
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_group_s_card_says_how_many_come_in_by_the_ticket(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    let (_, ticket, code, _) = registered(&cx, edition.citizens, "0912345678").await;
    let mut phone = Phone::default();
    phone.settle(&cx).await;
    assert_eq!(phone.roster.card(ticket, &code).unwrap().people, None);
    sqlx::query("update registrations set people = 45").execute(&cx.pool).await.unwrap();
    phone.settle(&cx).await;
    assert_eq!(phone.roster.card(ticket, &code).unwrap().people, Some(45));
    let report = record_single(&cx, &testing::organiser(&cx).await, edition.gate, scan(&cx, &code)).await.unwrap();
    assert_eq!(report.card, phone.roster.card(ticket, &code));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_shown_and_asked_at_the_gate_lies_in_the_sealed_card_and_reaches_phones_when_it_changes(pool: PgPool) {
    let cx = testing::context(pool);
    let edition = testing::edition(&cx, 10).await;
    sqlx::raw_sql(
        r#"insert into questions (id, edition_id, code, kind, label_vi, label_en, options, shown_at_check_in, asked_at_check_in, position)
           select gen_random_uuid(), id, q.* from editions, (values
               ('ho-tro', 'yes_no', 'Cần hỗ trợ?', null, '[]'::jsonb, true, false, 0),
               ('an', 'choice', 'Bữa trưa', 'Lunch', '[{"code": "chay", "name": {"vi": "Chay", "en": "Vegetarian"}}]', true, false, 1),
               ('ao', 'text', 'Cỡ áo', 'Size', '[]', false, true, 2),
               ('kin', 'text', 'Chuyện riêng', null, '[]', false, false, 3)) q"#,
    )
    .execute(&cx.pool)
    .await
    .unwrap();
    let (id, ticket, code, _) = registered(&cx, edition.citizens, "0912345678").await;
    let answer = async |answers: &str| {
        sqlx::query("update registrations set answers = $2::jsonb where id = $1").bind(id.0).bind(answers).execute(&cx.pool).await.unwrap();
    };
    answer(r#"{"ho-tro": ["no"], "an": ["chay"], "ao": ["L"], "kin": ["x"], "cu": ["y"]}"#).await;
    let mut phone = Phone::default();
    phone.settle(&cx).await;
    let shown = |phone: &Phone| {
        let card = phone.roster.card(ticket, &code).unwrap();
        let rows =
            card.answers.into_iter().map(|answer| [answer.question_vi, answer.answer_vi, answer.question_en, answer.answer_en].join("|"));
        (rows.collect::<Vec<_>>(), card.asks)
    };
    assert_eq!(shown(&phone), (vec!["Bữa trưa|Chay|Lunch|Vegetarian".to_owned()], Vec::new()));
    let report = record_single(&cx, &testing::organiser(&cx).await, edition.gate, scan(&cx, &code)).await.unwrap();
    assert_eq!(report.card, phone.roster.card(ticket, &code));

    answer(r#"{"ho-tro": ["yes"]}"#).await;
    phone.settle(&cx).await;
    assert_eq!(shown(&phone), (vec!["Cần hỗ trợ?|Có|Cần hỗ trợ?|Yes".to_owned()], vec!["ao".to_owned()]));
    sqlx::query("update questions set label_vi = 'Giúp gì không?' where code = 'ho-tro'").execute(&cx.pool).await.unwrap();
    phone.settle(&cx).await;
    assert_eq!(shown(&phone).0, ["Giúp gì không?|Có|Giúp gì không?|Yes"]);
    sqlx::query("delete from questions where code = 'ho-tro'").execute(&cx.pool).await.unwrap();
    phone.settle(&cx).await;
    assert_eq!(shown(&phone), (Vec::new(), vec!["ao".to_owned()]));
    sqlx::query("update questions set audiences = '{doanh-nghiep}' where code = 'ao'").execute(&cx.pool).await.unwrap();
    phone.settle(&cx).await;
    assert_eq!(shown(&phone), (Vec::new(), Vec::new()));
}

#[test]
fn a_page_is_cut_before_the_ticket_whose_admissions_do_not_fit_and_holds_one_at_least() {
    assert_eq!(fitting([0, 0, 0], 3), (3, 3));
    assert_eq!(fitting([0, 4, 1, 0], 9), (4, 9));
    assert_eq!(fitting([0, 4, 3, 0], 9), (2, 9), "what is left is no room for the next ticket");
    assert_eq!(fitting([25, 0], 9), (1, 9));
    assert_eq!(fitting([25], 9), (1, 26));
    assert_eq!(fitting([], 9), (0, 0));
}
