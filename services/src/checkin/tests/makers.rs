//! Scans that somebody else brings than who made them, in a browser where one account or pairing followed another.

use std::sync::Arc;

use domain::{
    checkin::{Contact, SignIn},
    contact::Email,
    ids::{AccountId, PhoneId},
    text::PersonName,
};

use super::*;
use crate::access::{self, NewAccount, Token};

/// The one browser of these tests.
pub(super) const BROWSER: PhoneId = PhoneId(uuid::Uuid::from_u128(7));

/// A steward who has signed in.
pub(super) struct Steward {
    pub email: Email,
    pub password: String,
    pub token: Token,
    pub actor: Actor,
    pub sign_in: SignIn,
}

impl Steward {
    pub async fn new(cx: &Context, name: &str, address: &str) -> Self {
        let email = Email::parse(address).unwrap();
        let full_name = PersonName::parse(name).unwrap();
        let account = NewAccount { email: email.clone(), full_name, role: Role::Steward, organisation: None, sample: false };
        let (_, password) = access::create_account(cx, account).await.unwrap();
        Self::signed_in(cx, email, password).await
    }

    /// Signs in in [`BROWSER`], and opens the scanner there.
    pub async fn signed_in(cx: &Context, email: Email, password: String) -> Self {
        let (token, actor) = access::sign_in(cx, email.as_str(), &password).await.unwrap();
        let contact = Contact { phone: Some(BROWSER), ..Contact::default() };
        access::hear(cx, &actor, &token.0, &contact).await.unwrap();
        let sign_in = access::sign_in_of(cx, &token.0).await.unwrap().unwrap();
        Self { email, password, token, actor, sign_in }
    }

    /// A scan that let somebody in without a network, by the phone of this sign-in.
    pub fn scan(&self, cx: &Context, code: &str, at: DateTime<Utc>) -> ScanSubmission {
        ScanSubmission { sign_in: Some(self.sign_in), ..let_in(cx, code, at) }
    }
}

/// An open gate, a ticket's code, and two stewards, the first of whom has signed in in the browser.
struct Browser {
    cx: Context,
    clock: Arc<testing::TestClock>,
    gate: CheckpointId,
    code: String,
    first: Steward,
}

impl Browser {
    async fn new(pool: PgPool) -> Self {
        let (cx, clock, edition, _, ticket, _) = gate(pool).await;
        let first = Steward::new(&cx, "Nguyễn Văn An", "an@b.vn").await;
        Self { cx, clock, gate: edition.gate, code: ticket.code, first }
    }

    async fn next(&self) -> Steward {
        Steward::new(&self.cx, "Phạm Thị Bình", "binh@b.vn").await
    }

    async fn brings(&self, by: &Steward, scan: &ScanSubmission) -> ScanReport {
        one(&self.cx, &by.actor, self.gate, scan.clone()).await
    }
}

fn told(scan: &ScanSubmission, kinds: &[&str]) -> Vec<(ScanId, String)> {
    kinds.iter().map(|kind| (scan.scan_id, (*kind).to_owned())).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_one_account_scanned_and_another_brings_counts_and_tells_who_made_it(pool: PgPool) {
    let Browser { cx, clock, gate, code, first } = &Browser::new(pool).await;
    let own = ScanSubmission { local_verdict: None, ..first.scan(cx, "7KQ4M9XW", cx.now()) };
    let left = first.scan(cx, code, cx.now());
    one(cx, &first.actor, *gate, own).await;
    assert_eq!(conflicts(cx).await, [], "an own scan is nothing to see");
    access::sign_out(cx, &first.token.0).await.unwrap();
    clock.advance(TimeDelta::minutes(5));
    let second = Steward::new(cx, "Phạm Thị Bình", "binh@b.vn").await;
    let report = one(cx, &second.actor, *gate, left.clone()).await;
    assert_eq!((report.verdict, report.had_ended, admitted_by(cx).await), (Verdict::Admit, false, Some(left.scan_id)));
    assert_eq!(conflicts(cx).await, told(&left, &["foreign_phone"]));
    assert_eq!(admitted_device(cx).await, "Nguyễn Văn An", "gates name who has let somebody in");
    let organiser = testing::organiser(cx).await;
    let told = conflicts::inbox(cx, &organiser, None, None).await.unwrap().open.conflicts.remove(0);
    assert_eq!((told.here.device.as_deref(), told.brought_by.as_deref()), (Some("Nguyễn Văn An"), Some("Phạm Thị Bình")));
    let person = sqlx::query_scalar!("select id from registrations").fetch_one(&cx.pool).await.unwrap();
    let page = registration::desk::person(cx, &organiser, domain::ids::RegistrationId(person)).await.unwrap();
    assert_eq!(page.scans[0].device.as_deref(), Some("Nguyễn Văn An"));
    // Who has brought it may undo it, as what is recorded is that person's; who is said to have made it may not.
    let undoing = mistake(cx, &left);
    assert_eq!(undone(cx, &first.actor, &undoing).await, Some(Refusal::NotYours));
    let in_time = Undo { device_at: left.device_at, ..undoing };
    assert_eq!((undone(cx, &first.actor, &in_time).await, undone(cx, &second.actor, &in_time).await), (Some(Refusal::NotYours), None));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_was_scanned_after_the_account_was_signed_out_from_elsewhere_lets_nobody_in(pool: PgPool) {
    let browser = Browser::new(pool).await;
    let Browser { cx, clock, code, .. } = &browser;
    let organiser = testing::organiser(cx).await;
    let second = browser.next().await;
    let mut password = browser.first.password.clone();
    for way in ["from the list of phones", "everywhere", "by a new password", "with the account"] {
        clock.advance(TimeDelta::minutes(1));
        let first = Steward::signed_in(cx, browser.first.email.clone(), password.clone()).await;
        let before = ScanSubmission { local_verdict: None, ..first.scan(cx, "7KQ4M9XW", cx.now()) };
        clock.advance(TimeDelta::milliseconds(1));
        let after = first.scan(cx, code, cx.now());
        match way {
            "from the list of phones" => {
                let phone = access::devices(cx, &organiser).await.unwrap().remove(0);
                access::revoke_device(cx, &organiser, phone.id).await.unwrap();
            }
            "everywhere" => access::sign_out_everywhere(cx, &first.actor).await.unwrap(),
            "by a new password" => password = access::reset_password(cx, &first.email).await.unwrap(),
            _ => access::set_disabled(cx, &first.email, true).await.unwrap(),
        }
        clock.advance(TimeDelta::minutes(1));
        assert!(!browser.brings(&second, &before).await.had_ended, "{way}");
        let report = browser.brings(&second, &after).await;
        assert_eq!((&report.verdict, report.had_ended), (&Verdict::Admit, true), "{way}");
        assert_eq!(browser.brings(&second, &after).await, report, "{way}: a repeat");
        let expected = [told(&before, &["foreign_phone"]), told(&after, &["ended_phone", "foreign_phone"])].concat();
        assert_eq!((admitted_by(cx).await, conflicts(cx).await), (None, expected), "{way}");
        sqlx::query!("delete from conflicts").execute(&cx.pool).await.unwrap();
    }
    // It takes nobody's place: who comes in now comes in.
    assert_eq!(browser.brings(&second, &scan(cx, code)).await.verdict, Verdict::Admit);
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_signs_in_again_is_believed_what_was_scanned_since_and_no_more(pool: PgPool) {
    let browser = Browser::new(pool).await;
    let Browser { cx, clock, code, first, .. } = &browser;
    let organiser = testing::organiser(cx).await;
    let phone = access::devices(cx, &organiser).await.unwrap().remove(0);
    access::revoke_device(cx, &organiser, phone.id).await.unwrap();
    let between = first.scan(cx, code, cx.now() + TimeDelta::minutes(1));
    clock.advance(TimeDelta::minutes(2));
    let again = Steward::signed_in(cx, first.email.clone(), first.password.clone()).await;
    assert!(browser.brings(&again, &between).await.had_ended);
    let since = again.scan(cx, code, cx.now());
    assert!(!browser.brings(&again, &since).await.had_ended);
    assert_eq!(admitted_by(cx).await, Some(since.scan_id));
    assert_eq!(conflicts(cx).await, told(&between, &["ended_phone"]), "it is the same person");
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn who_signs_out_on_the_phone_is_believed_whatever_its_clock_says(pool: PgPool) {
    let browser = Browser::new(pool).await;
    let Browser { cx, clock, code, first, .. } = &browser;
    access::sign_out(cx, &first.token.0).await.unwrap();
    let late = first.scan(cx, code, cx.now() + TimeDelta::seconds(5));
    clock.advance(TimeDelta::minutes(1));
    let second = browser.next().await;
    assert!(!browser.brings(&second, &late).await.had_ended);
    assert_eq!((admitted_by(cx).await, conflicts(cx).await), (Some(late.scan_id), told(&late, &["foreign_phone"])));
}

/// The name by which gates are told who has let the ticket in.
async fn admitted_device(cx: &Context) -> String {
    let told = sqlx::query_scalar!("select device_name from admissions").fetch_one(&cx.pool).await.unwrap();
    let entries = sqlx::query_scalar!(r#"select device_name as "name!" from first_entries"#).fetch_one(&cx.pool).await.unwrap();
    assert_eq!(told, entries);
    told
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_a_phone_scanned_after_it_was_signed_out_or_its_day_was_over_lets_nobody_in_whoever_brings_it(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    sqlx::query!("update checkpoints set closes_at = null").execute(&cx.pool).await.unwrap();
    let (first, _) = phone(&cx, "Máy 1").await;
    clock.advance(TimeDelta::minutes(1));
    let organiser = testing::actor(Role::Organiser, None);
    let made_by = |id, at| ScanSubmission { made_by: Some(id), ..let_in(&cx, &ticket.code, at) };
    let brings = async |by: &Actor, scan: &ScanSubmission| {
        let report = one(&cx, by, edition.gate, scan.clone()).await;
        assert_eq!(report.verdict, Verdict::Admit);
        let found = (report.had_ended, admitted_by(&cx).await, conflicts(&cx).await);
        super::late::forget(&cx).await;
        found
    };
    access::revoke_device(&cx, &organiser, first).await.unwrap();
    let signed_out_at = cx.now();
    clock.advance(TimeDelta::minutes(1));
    let (second, by_second) = phone(&cx, "Máy 2").await;
    let (before, after) = (made_by(first, signed_out_at - TimeDelta::milliseconds(1)), made_by(first, signed_out_at));
    one(&cx, &by_second, edition.gate, before.clone()).await;
    assert_eq!(admitted_device(&cx).await, "Máy 1");
    super::late::forget(&cx).await;
    assert_eq!(brings(&by_second, &before).await, (false, Some(before.scan_id), told(&before, &["foreign_phone"])));
    assert_eq!(brings(&by_second, &after).await, (true, None, told(&after, &["ended_phone", "foreign_phone"])));
    // Whoever is paired again by another name is another one still.
    let own = made_by(second, signed_out_at);
    assert_eq!(brings(&by_second, &own).await, (false, Some(own.scan_id), vec![]));

    // It is 08:02 in Vietnam when the second is paired, until midnight.
    clock.advance(TimeDelta::hours(16));
    let midnight = domain::time::start_of_day(domain::time::local_date(cx.now()));
    let (_, by_third) = phone(&cx, "Máy 3").await;
    let (on_its_day, after_it) = (made_by(second, midnight - TimeDelta::milliseconds(1)), made_by(second, midnight));
    assert_eq!(brings(&by_third, &on_its_day).await, (false, Some(on_its_day.scan_id), told(&on_its_day, &["foreign_phone"])));
    assert_eq!(brings(&by_third, &after_it).await, (true, None, told(&after_it, &["ended_phone", "foreign_phone"])));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_was_signed_out_on_itself_is_believed_whatever_its_clock_says(pool: PgPool) {
    let (cx, clock, edition, _, ticket, _) = gate(pool).await;
    let organiser = testing::actor(Role::Organiser, None);
    let (id, secret) = access::prepare_device(&cx, &organiser, "Máy 1").await.unwrap();
    let token = access::pair_device(&cx, &secret.0).await.unwrap();
    access::sign_out(&cx, &token.0).await.unwrap();
    let late = ScanSubmission { made_by: Some(id), ..let_in(&cx, &ticket.code, cx.now() + TimeDelta::seconds(5)) };
    clock.advance(TimeDelta::minutes(1));
    let (_, second) = phone(&cx, "Máy 2").await;
    assert!(!one(&cx, &second, edition.gate, late.clone()).await.had_ended);
    assert_eq!((admitted_by(&cx).await, conflicts(&cx).await), (Some(late.scan_id), told(&late, &["foreign_phone"])));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_maker_that_is_made_up_adds_doubt_and_nothing_else(pool: PgPool) {
    let Browser { cx, gate, code, first, .. } = &Browser::new(pool).await;
    let nobody = SignIn { account: AccountId(uuid::Uuid::max()), at: cx.now() };
    let made_up = ScanSubmission { sign_in: Some(nobody), ..let_in(cx, code, cx.now()) };
    assert_eq!(one(cx, &first.actor, *gate, made_up.clone()).await.verdict, Verdict::Admit);
    assert_eq!(admitted_device(cx).await, "Nguyễn Văn An", "of nobody known, who has brought it is named");
    // A paired phone has no account: it says so of what an account left in its browser.
    let (_, paired) = phone(cx, "Máy 1").await;
    let left = ScanSubmission { local_verdict: None, ..first.scan(cx, "7KQ4M9XW", cx.now()) };
    one(cx, &paired, *gate, left.clone()).await;
    let mut expected = [told(&made_up, &["foreign_phone"]), told(&left, &["foreign_phone"])].concat();
    expected.sort_unstable();
    assert_eq!(conflicts(cx).await, expected);
    let organiser = testing::organiser(cx).await;
    let mut open = conflicts::inbox(cx, &organiser, None, None).await.unwrap().open.conflicts;
    open.sort_by_key(|conflict| conflict.scan != made_up.scan_id);
    let names: Vec<_> = open.iter().map(|told| (told.here.device.as_deref(), told.brought_by.as_deref())).collect();
    assert_eq!(names, [(None, Some("Nguyễn Văn An")), (Some("Nguyễn Văn An"), Some("Máy 1"))]);
    // And who may not scan may not do so by the name of another.
    let judge = testing::actor(Role::Judge, None);
    assert!(matches!(
        record_single(cx, &judge, *gate, ScanSubmission { scan_id: ScanId(cx.new_id()), ..left }).await,
        Err(Error::Forbidden)
    ));
}
