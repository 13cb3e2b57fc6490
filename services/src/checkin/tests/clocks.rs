//! Times that phones tell: which cannot be right, and which have to be believed.

use std::sync::Arc;

use domain::{
    checkin::{ByHand, Contact, Reason, SignIn, VerdictKind},
    ids::{AccountId, DeviceId, PhoneId, RegistrationId},
};
use uuid::Uuid;

use super::{
    makers::{BROWSER, Steward},
    *,
};
use crate::access::{self, EndedPhone, Token};

/// An open gate at 08:00, a ticket's code, and a phone that has been in use since then.
struct Gate {
    cx: Context,
    clock: Arc<testing::TestClock>,
    id: CheckpointId,
    code: String,
    honest: Phone,
}

/// A paired phone.
struct Phone {
    id: DeviceId,
    token: Token,
    actor: Actor,
}

impl Phone {
    async fn paired(cx: &Context, name: &str) -> Self {
        let organiser = testing::actor(Role::Organiser, None);
        let (id, secret) = access::prepare_device(cx, &organiser, name).await.unwrap();
        let token = access::pair_device(cx, &secret.0).await.unwrap();
        let actor = access::actor(cx, &token.0).await.unwrap();
        Self { id, token, actor }
    }

    /// A scan that let somebody in without a network.
    fn scan(&self, cx: &Context, code: &str, at: DateTime<Utc>) -> ScanSubmission {
        ScanSubmission { made_by: Some(self.id), ..let_in(cx, code, at) }
    }
}

/// The word of the one page in this browser on which so many facts wait.
fn word(browser: PhoneId, waiting: u32) -> Contact {
    Contact { phone: Some(browser), waiting, counts_all: true, ..Contact::default() }
}

const OTHER: PhoneId = PhoneId(Uuid::from_u128(8));

/// The time so many minutes after 08:00.
fn at_minute(minute: i64) -> DateTime<Utc> {
    testing::morning() + TimeDelta::hours(3) + TimeDelta::minutes(minute)
}

impl Gate {
    async fn open(pool: PgPool) -> Self {
        let (cx, clock, edition, _, ticket, _) = gate(pool).await;
        let honest = Phone::paired(&cx, "Máy 1").await;
        Self { cx, clock, id: edition.gate, code: ticket.code, honest }
    }

    /// It is so many minutes after 08:00.
    fn at(&self, minute: i64) {
        self.clock.advance(at_minute(minute) - self.cx.now());
    }

    async fn hears(&self, actor: &Actor, token: &Token, word: &Contact) {
        access::hear(&self.cx, actor, &token.0, word).await.unwrap();
    }

    async fn hears_of(&self, phone: &Phone, word: &Contact) {
        self.hears(&phone.actor, &phone.token, word).await;
    }

    /// The ticket was let in at this minute by the phone that has been in use since 08:00.
    async fn is_entered(&self, minute: i64) -> ScanSubmission {
        let scan = self.honest.scan(&self.cx, &self.code, at_minute(minute));
        assert_eq!(one(&self.cx, &self.honest.actor, self.id, scan.clone()).await.verdict, Verdict::Admit);
        scan
    }

    /// This scan is brought now: it says that it is from before the one that let the ticket in, and is not believed.
    async fn doubts(&self, by: &Actor, scan: &ScanSubmission, entered: &ScanSubmission, more: &[&str]) {
        let report = one(&self.cx, by, self.id, scan.clone()).await;
        assert!(matches!(&report.verdict, Verdict::AlreadyIn(admission) if admission.scan_id == entered.scan_id), "{report:?}");
        assert_eq!(admitted_by(&self.cx).await, Some(entered.scan_id));
        let mut kinds = [&["clock", "entered_twice"], more].concat();
        kinds.sort_unstable();
        assert_eq!(conflicts(&self.cx).await, flags(scan, &kinds));
        assert_eq!(self.stored(scan).await, (scan.device_at, self.cx.now()), "kept with its own time, and counted from its arrival");
        sqlx::query("delete from conflicts").execute(&self.cx.pool).await.unwrap();
    }

    /// This scan is brought now: it counts from its own time, and before the one that let the ticket in.
    async fn believes(&self, by: &Actor, scan: &ScanSubmission, entered: &ScanSubmission, more: &[&str]) {
        assert_eq!(one(&self.cx, by, self.id, scan.clone()).await.verdict, Verdict::Admit);
        assert_eq!(admitted_by(&self.cx).await, Some(scan.scan_id));
        let mut expected = [flags(scan, more), flags(entered, &["entered_twice"])].concat();
        expected.sort_unstable();
        assert_eq!(conflicts(&self.cx).await, expected);
        assert_eq!(self.stored(scan).await, (scan.device_at, scan.device_at));
    }

    /// The phone's time and the corrected one.
    async fn stored(&self, scan: &ScanSubmission) -> (DateTime<Utc>, DateTime<Utc>) {
        let row = sqlx::query!("select device_at, corrected_at from scans where id = $1", scan.scan_id.0);
        let row = row.fetch_one(&self.cx.pool).await.unwrap();
        (row.device_at, row.corrected_at)
    }
}

fn flags(scan: &ScanSubmission, kinds: &[&str]) -> Vec<(ScanId, String)> {
    kinds.iter().map(|kind| (scan.scan_id, (*kind).to_owned())).collect()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_takes_no_admission_by_a_time_before_it_was_paired(pool: PgPool) {
    let gate = Gate::open(pool).await;
    gate.at(60);
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.at(90);
    let entered = gate.is_entered(70).await;
    let tolerated = at_minute(59);
    let too_early = phone.scan(&gate.cx, &gate.code, tolerated - TimeDelta::milliseconds(1));
    gate.doubts(&phone.actor, &too_early, &entered, &[]).await;
    // Nor by saying nothing of who made it, or that somebody did whom nobody knows.
    let nobodys = ScanSubmission { made_by: None, ..phone.scan(&gate.cx, &gate.code, at_minute(10)) };
    gate.doubts(&phone.actor, &nobodys, &entered, &[]).await;
    let unknown = ScanSubmission { made_by: Some(DeviceId(Uuid::max())), ..phone.scan(&gate.cx, &gate.code, at_minute(10)) };
    gate.doubts(&phone.actor, &unknown, &entered, &["foreign_phone"]).await;
    // What it says of a sign-in does not free it of its own pairing.
    let steward = Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await;
    sqlx::query("update web_sessions set created_at = $1").bind(at_minute(0)).execute(&gate.cx.pool).await.unwrap();
    let sign_in = Some(SignIn { at: at_minute(0), ..steward.sign_in });
    let both = ScanSubmission { sign_in, ..phone.scan(&gate.cx, &gate.code, at_minute(10)) };
    gate.doubts(&phone.actor, &both, &entered, &["foreign_phone"]).await;

    let within = phone.scan(&gate.cx, &gate.code, tolerated);
    gate.believes(&phone.actor, &within, &entered, &[]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_opens_no_closed_gate_by_a_time_before_it_was_paired(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let closed_at = at_minute(30);
    sqlx::query!("update checkpoints set closes_at = $1", closed_at).execute(&gate.cx.pool).await.unwrap();
    gate.at(60);
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.at(70);
    let forged = phone.scan(&gate.cx, &gate.code, at_minute(10));
    let verdict = one(&gate.cx, &phone.actor, gate.id, forged.clone()).await.verdict;
    assert_eq!(verdict, Verdict::WrongPlace { mismatch: Mismatch::Ended { closed_at } });
    assert_eq!((admitted_by(&gate.cx).await, conflicts(&gate.cx).await), (None, flags(&forged, &["clock", "entered_against_rule"])));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_takes_no_admission_by_a_time_before_it_told_that_nothing_waits(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.at(60);
    gate.hears_of(&phone, &word(BROWSER, 0)).await;
    gate.at(90);
    // What it tells later of what waits says nothing of what was before.
    gate.hears_of(&phone, &word(BROWSER, 1)).await;
    let entered = gate.is_entered(70).await;
    let tolerated = at_minute(59);
    let too_early = phone.scan(&gate.cx, &gate.code, tolerated - TimeDelta::milliseconds(1));
    gate.doubts(&phone.actor, &too_early, &entered, &[]).await;
    // Nor by saying that another phone made it: it was on this one that nothing waited.
    let others = ScanSubmission { made_by: Some(gate.honest.id), ..phone.scan(&gate.cx, &gate.code, at_minute(10)) };
    gate.doubts(&phone.actor, &others, &entered, &["foreign_phone"]).await;

    let within = phone.scan(&gate.cx, &gate.code, tolerated);
    gate.believes(&phone.actor, &within, &entered, &[]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_account_takes_no_admission_by_a_time_before_it_signed_in_or_told_that_nothing_waits(pool: PgPool) {
    let gate = Gate::open(pool).await;
    gate.at(60);
    let steward = Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await;
    gate.at(150);
    let entered = gate.is_entered(110).await;
    let forged = |minute| steward.scan(&gate.cx, &gate.code, at_minute(minute));
    gate.doubts(&steward.actor, &forged(10), &entered, &[]).await;
    gate.doubts(&steward.actor, &ScanSubmission { sign_in: None, ..forged(10) }, &entered, &[]).await;
    let made_up = Some(SignIn { at: at_minute(5), ..steward.sign_in });
    gate.doubts(&steward.actor, &ScanSubmission { sign_in: made_up, ..forged(10) }, &entered, &[]).await;
    let nobody = Some(SignIn { account: AccountId(Uuid::max()), at: at_minute(5) });
    gate.doubts(&steward.actor, &ScanSubmission { sign_in: nobody, ..forged(10) }, &entered, &["foreign_phone"]).await;

    gate.hears(&steward.actor, &steward.token, &word(BROWSER, 0)).await;
    gate.at(160);
    gate.doubts(&steward.actor, &forged(148), &entered, &[]).await;
    // What was brought by its own time and is later than the other takes nothing, and is not doubted.
    let within = forged(149);
    one(&gate.cx, &steward.actor, gate.id, within.clone()).await;
    assert_eq!((gate.stored(&within).await.1, conflicts(&gate.cx).await), (at_minute(149), flags(&within, &["entered_twice"])));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_was_signed_out_and_tells_a_time_before_its_pairing_is_doubted_and_lets_nobody_in(pool: PgPool) {
    let gate = Gate::open(pool).await;
    gate.at(60);
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    access::revoke_device(&gate.cx, &testing::actor(Role::Organiser, None), phone.id).await.unwrap();
    gate.at(70);
    let ended = access::ended_phone(&gate.cx, &phone.token.0).await.unwrap().unwrap();
    let forged = phone.scan(&gate.cx, &gate.code, at_minute(10));
    let brings = async |phone: &EndedPhone, scan: &ScanSubmission| {
        let request = ScanRequest::of(gate.id, vec![scan.clone().into()]);
        let [ScanAnswer::Report(report)] = &record_late(&gate.cx, phone, request).await.unwrap()[..] else { panic!("a verdict") };
        report.had_ended
    };
    assert!(brings(&ended, &forged).await);
    assert_eq!((admitted_by(&gate.cx).await, conflicts(&gate.cx).await), (None, flags(&forged, &["clock", "ended_phone"])));
    // Of a day that is over it would count, but from its arrival: after that day.
    let its_day = EndedPhone { believed_until: at_minute(65), ..ended };
    let again = phone.scan(&gate.cx, &gate.code, at_minute(20));
    assert!(brings(&its_day, &again).await);
    let of_its_day = phone.scan(&gate.cx, &gate.code, at_minute(62));
    assert!(!brings(&its_day, &of_its_day).await);
    assert_eq!(admitted_by(&gate.cx).await, Some(of_its_day.scan_id));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_that_is_paired_again_is_believed_what_it_scanned_under_its_earlier_pairing(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let first = Phone::paired(&gate.cx, "Máy 2").await;
    gate.hears_of(&first, &word(BROWSER, 0)).await;
    gate.at(10);
    let waits = first.scan(&gate.cx, &gate.code, gate.cx.now());
    gate.at(60);
    access::sign_out(&gate.cx, &first.token.0).await.unwrap();
    let again = Phone::paired(&gate.cx, "Máy 2, lần hai").await;
    gate.hears_of(&again, &word(BROWSER, 1)).await;
    let entered = gate.is_entered(30).await;
    gate.believes(&again.actor, &waits, &entered, &["foreign_phone"]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_account_is_believed_what_it_or_the_one_before_scanned_under_an_earlier_sign_in(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let first = Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await;
    gate.hears(&first.actor, &first.token, &word(BROWSER, 0)).await;
    gate.at(10);
    let (waits, others) = (first.scan(&gate.cx, &gate.code, at_minute(10)), first.scan(&gate.cx, &gate.code, at_minute(5)));
    access::sign_out(&gate.cx, &first.token.0).await.unwrap();
    gate.at(60);
    let entered = gate.is_entered(30).await;
    let again = Steward::signed_in(&gate.cx, first.email.clone(), first.password.clone()).await;
    gate.hears(&again.actor, &again.token, &word(BROWSER, 2)).await;
    gate.believes(&again.actor, &waits, &entered, &[]).await;
    sqlx::query("delete from conflicts").execute(&gate.cx.pool).await.unwrap();
    let next = Steward::new(&gate.cx, "Phạm Thị Bình", "binh@b.vn").await;
    gate.hears(&next.actor, &next.token, &word(BROWSER, 1)).await;
    gate.believes(&next.actor, &others, &waits, &["foreign_phone"]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_sign_in_that_lasts_is_known_before_its_phone_has_told_anything(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let first = Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await;
    sqlx::query("delete from devices where account_id is not null").execute(&gate.cx.pool).await.unwrap();
    gate.at(10);
    let waits = first.scan(&gate.cx, &gate.code, gate.cx.now());
    gate.at(60);
    let entered = gate.is_entered(30).await;
    let next = Steward::new(&gate.cx, "Phạm Thị Bình", "binh@b.vn").await;
    gate.believes(&next.actor, &waits, &entered, &["foreign_phone"]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_that_was_refused_or_waits_for_its_part_is_believed_when_it_comes_at_last(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.hears_of(&phone, &word(BROWSER, 0)).await;
    gate.at(10);
    let parts = [5, 6, 7].map(|minute| phone.scan(&gate.cx, &gate.code, at_minute(minute)));
    gate.at(60);
    let entered = gate.is_entered(30).await;
    // Put aside, a scan waits as well: so the phone counts.
    gate.hears_of(&phone, &Contact { refused: 1, ..word(BROWSER, 3) }).await;
    gate.believes(&phone.actor, &parts[2], &entered, &[]).await;
    for (part, waiting) in [(1, 2), (0, 1)] {
        sqlx::query("delete from conflicts").execute(&gate.cx.pool).await.unwrap();
        gate.hears_of(&phone, &Contact { refused: 1, ..word(BROWSER, waiting) }).await;
        gate.believes(&phone.actor, &parts[part], &parts[part + 1], &[]).await;
    }
    // Now nothing waits, and the same scans are repeats.
    gate.hears_of(&phone, &word(BROWSER, 0)).await;
    let told = conflicts(&gate.cx).await;
    gate.at(90);
    assert_eq!(one(&gate.cx, &phone.actor, gate.id, parts[0].clone()).await.verdict, Verdict::Admit);
    assert_eq!((admitted_by(&gate.cx).await, conflicts(&gate.cx).await), (Some(parts[0].scan_id), told));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_scan_that_was_made_while_the_word_was_on_its_way_is_believed(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.at(60);
    // The question was sent at 08:59:30 and heard half a minute later; in between somebody came.
    gate.hears_of(&phone, &word(BROWSER, 0)).await;
    let entered = gate.is_entered(60).await;
    let meanwhile = phone.scan(&gate.cx, &gate.code, at_minute(60) - TimeDelta::seconds(30));
    gate.believes(&phone.actor, &meanwhile, &entered, &[]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_word_of_a_page_beside_which_another_scans_doubts_nothing(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.at(10);
    let waits = phone.scan(&gate.cx, &gate.code, gate.cx.now());
    gate.at(60);
    let entered = gate.is_entered(30).await;
    // A browser without locks, a store that could not be read, an older build.
    gate.hears_of(&phone, &Contact { counts_all: false, ..word(BROWSER, 0) }).await;
    gate.believes(&phone.actor, &waits, &entered, &[]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn the_word_of_another_browser_with_the_same_token_doubts_nothing(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let (phone, steward) = (Phone::paired(&gate.cx, "Máy 2").await, Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await);
    gate.at(10);
    let waits = [phone.scan(&gate.cx, &gate.code, at_minute(10)), steward.scan(&gate.cx, &gate.code, at_minute(9))];
    gate.at(60);
    let entered = gate.is_entered(30).await;
    let mut before = &entered;
    for ((actor, token), scan) in [(&phone.actor, &phone.token), (&steward.actor, &steward.token)].into_iter().zip(&waits) {
        for browser in [BROWSER, OTHER, OTHER] {
            gate.hears(actor, token, &word(browser, 0)).await;
        }
        // The first browser is opened again, and brings what waits before it tells that it does.
        gate.believes(actor, scan, before, &[]).await;
        sqlx::query("delete from conflicts").execute(&gate.cx.pool).await.unwrap();
        before = scan;
    }
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn only_the_word_that_nothing_waits_says_so_and_no_other_request_of_the_phone(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let phone = Phone::paired(&gate.cx, "Máy 2").await;
    gate.hears_of(&phone, &word(BROWSER, 0)).await;
    gate.at(10);
    let waits = phone.scan(&gate.cx, &gate.code, gate.cx.now());
    gate.at(20);
    gate.hears_of(&phone, &word(BROWSER, 1)).await;
    gate.at(60);
    access::actor(&gate.cx, &phone.token.0).await.unwrap();
    shift(&gate.cx, &phone.actor, Some(&phone.token.0)).await.unwrap();
    let new = ScanSubmission { local_verdict: None, ..phone.scan(&gate.cx, "7KQ4M9XW", gate.cx.now()) };
    one(&gate.cx, &phone.actor, gate.id, new).await;
    let synced_at = sqlx::query_scalar!("select synced_at from devices where id = $1", phone.id.0);
    assert_eq!(synced_at.fetch_one(&gate.cx.pool).await.unwrap(), Some(at_minute(0)));
    let entered = gate.is_entered(30).await;
    gate.believes(&phone.actor, &waits, &entered, &[]).await;
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_phone_undoes_no_scan_by_a_time_before_it_told_that_nothing_waits(pool: PgPool) {
    let gate = Gate::open(pool).await;
    let entered = gate.is_entered(0).await;
    let in_time = Undo { device_at: at_minute(0) + TimeDelta::seconds(20), ..mistake(&gate.cx, &entered) };
    gate.at(60);
    gate.hears_of(&gate.honest, &word(BROWSER, 0)).await;
    assert_eq!(undone(&gate.cx, &gate.honest.actor, &in_time).await, Some(Refusal::NotYours));
    assert_eq!(admitted_by(&gate.cx).await, Some(entered.scan_id));
    // Where that word was another browser's, the undoing may have waited.
    gate.hears_of(&gate.honest, &word(OTHER, 1)).await;
    assert_eq!((undone(&gate.cx, &gate.honest.actor, &in_time).await, admitted_by(&gate.cx).await), (None, None));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn what_is_let_in_by_hand_or_by_a_visitor_is_of_no_phone_and_is_not_doubted(pool: PgPool) {
    let gate = Gate::open(pool).await;
    gate.at(60);
    let supervisor = Steward::new(&gate.cx, "Nguyễn Văn An", "an@b.vn").await;
    gate.hears(&supervisor.actor, &supervisor.token, &word(BROWSER, 0)).await;
    let visitor = ScannedBy::of(&Actor::Anonymous);
    let minute = |minute| let_in(&gate.cx, &gate.code, at_minute(minute));
    let mut scan = scanned(&gate.cx, &Arc::new(visitor), gate.id, minute(10));
    scan.source = store::BY_VISITOR;
    let by_visitor = scan.submission.scan_id;
    assert_eq!(recorded(&gate.cx, vec![scan]).await.unwrap()[0].as_ref().unwrap().verdict, Verdict::Admit);
    assert_eq!((admitted_by(&gate.cx).await, conflicts(&gate.cx).await), (Some(by_visitor), vec![]));
    let admitted_at = sqlx::query_scalar!("select at from admissions").fetch_one(&gate.cx.pool).await.unwrap();
    assert_eq!(admitted_at, at_minute(10));

    super::late::forget(&gate.cx).await;
    let organiser = testing::organiser(&gate.cx).await;
    let person = sqlx::query_scalar!("select id from registrations").fetch_one(&gate.cx.pool).await.unwrap();
    let form = ByHand { checkpoint: gate.id, reason: Reason::Forgotten, note: None, overrules: false };
    let id = ScanId(gate.cx.new_id());
    admit_by_hand(&gate.cx, &organiser, RegistrationId(person), id, form).await.unwrap();
    assert_eq!((admitted_by(&gate.cx).await, conflicts(&gate.cx).await), (Some(id), vec![]));
    let verdict = sqlx::query_scalar!("select verdict from scans where id = $1", id.0).fetch_one(&gate.cx.pool).await.unwrap();
    assert_eq!(verdict, VerdictKind::Admit.key());
}
