use domain::{
    checkin::{Shift, SignIn},
    ids::{AccountId, DeviceId},
};
use uuid::Uuid;

use super::*;
use crate::flow::scan_id;

const PLACE: CheckpointId = CheckpointId(Uuid::nil());

fn scanned(at: i64, by: u8) -> Scanned {
    Scanned { id: scan_id(at, [by; 10]), place: PLACE, at }
}

fn times(history: &History) -> Vec<i64> {
    history.entries.iter().map(|entry| entry.at).collect()
}

fn card(name: &str) -> Card {
    Card {
        name: name.into(),
        audience_vi: "Người dân".into(),
        audience_en: "Citizens".into(),
        organisation: Some("HTX Mỹ Xương".into()),
        people: None,
        attention: None,
        answers: Vec::new(),
        asks: Vec::new(),
    }
}

fn maker(device: u128) -> Option<Maker> {
    Maker::of(&shift(Some(DeviceId(Uuid::from_u128(device))), None))
}

fn shift(device: Option<DeviceId>, sign_in: Option<SignIn>) -> Shift {
    Shift {
        server_now: instant(0),
        year: 2027,
        who: "Máy 3".into(),
        device,
        sign_in,
        checkpoints: Vec::new(),
        sessions: Vec::new(),
        questions: Vec::new(),
        keys: Vec::new(),
        counts: Vec::new(),
    }
}

/// What a later page of the same maker shows of it.
fn reloaded(history: &mut History, by: Option<Maker>) -> History {
    History::restored(history.unkept(by).as_deref(), by)
}

fn told(history: &History) -> Vec<(ScanId, &str, &str, &str)> {
    history.entries.iter().map(|entry| (entry.id, entry.kind, entry.word.as_str(), entry.who.text())).collect()
}

#[test]
fn the_newest_stands_first_and_the_eleventh_is_forgotten() {
    let mut history = History::default();
    for at in 0..12 {
        history.verdict(scanned(at, 0), &Verdict::Admit, None, Locale::Vi);
    }
    assert_eq!(times(&history), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
}

#[test]
fn what_was_scanned_long_ago_stands_among_the_scans_of_its_time() {
    let mut history = History::default();
    for at in [10, 30, 20, 30, 5] {
        history.late_verdict(scanned(at, u8::try_from(history.entries.len()).unwrap()), &Verdict::Admit, None, Locale::Vi);
    }
    assert_eq!(times(&history), [30, 30, 20, 10, 5]);
    // What is scanned now stands first, also where the clock was ahead before.
    (0..9).for_each(|at| history.verdict(scanned(at, 7), &Verdict::Admit, None, Locale::Vi));
    assert_eq!(times(&history), [8, 7, 6, 5, 4, 3, 2, 1, 0, 30]);
}

#[test]
fn every_verdict_says_whether_it_lets_in_but_an_exit() {
    let said = |wanted| VerdictKind::ALL.iter().map(|kind| kind.key()).filter(|kind| admits(kind) == wanted).collect::<Vec<_>>();
    assert_eq!(said(Some(true)), ["admit", "admit_unconfirmed", "readmit"]);
    assert_eq!(said(None), ["exit"]);
    assert_eq!(admits("kept"), None);
}

#[test]
fn the_servers_verdict_takes_the_place_of_the_phones() {
    let mut history = History::default();
    let scan = scanned(1, 0);
    history.note(scan, "kept", "Chưa có mạng");
    history.verdict(scanned(2, 0), &Verdict::Admit, None, Locale::Vi);
    history.verdict(scan, &Verdict::NotATicket, None, Locale::Vi);
    assert_eq!(history.entries.len(), 2);
    assert_eq!((history.kind(scan.id), history.at(scan.id)), (Some("not_a_ticket"), Some(1)));
}

#[test]
fn a_name_that_was_written_down_here_stays_whatever_the_server_answers() {
    let mut history = History::default();
    let scan = scanned(1, 0);
    history.verdict(scan, &Verdict::AdmitUnconfirmed, None, Locale::Vi);
    history.named(scan.id, "Trần Văn Sen");
    history.verdict(scan, &Verdict::Admit, None, Locale::Vi);
    assert_eq!(told(&history), [(scan.id, "admit", "Mời vào", "T. V. Sen")]);
}

#[test]
fn what_is_not_written_down_of_a_person_is_told_where_the_name_would_stand_or_in_a_row_of_its_own() {
    let mut history = History::default();
    let (known, forgotten) = (scanned(1, 1), scanned(1, 2));
    history.verdict(known, &Verdict::Admit, None, Locale::Vi);
    history.named(known.id, "Trần Văn Sen");
    for scan in [known, forgotten] {
        history.not_written(Scanned { at: 2, ..scan }, "Chưa ghi được");
    }
    history.verdict(known, &Verdict::Admit, None, Locale::Vi);
    assert_eq!(told(&history), [(forgotten.id, "refused", "Chưa ghi được", ""), (known.id, "admit", "Mời vào", "Chưa ghi được")]);
}

#[test]
fn only_who_went_in_or_out_can_be_undone_and_only_for_half_a_minute() {
    for verdict in VerdictKind::ALL.map(VerdictKind::key) {
        let mut history = History::default();
        let scan = scanned(0, 1);
        history.note(scan, verdict, "");
        let went = matches!(verdict, "admit" | "admit_unconfirmed" | "readmit" | "exit");
        assert_eq!(history.can_undo(scan.id, 29_999), went.then_some(PLACE), "{verdict}");
        assert_eq!(history.can_undo(scan.id, 30_000), None, "{verdict}");
        history.undone(scan.id, "Đã hoàn tác");
        assert_eq!((history.kind(scan.id), history.can_undo(scan.id, 0)), (Some("undone"), None));
    }
}

#[test]
fn what_is_kept_of_the_last_scans_names_nobody() {
    let mut history = History::default();
    let [card_told, told_here, not_written] = [scanned(1, 1), scanned(2, 2), scanned(3, 3)];
    history.verdict(card_told, &Verdict::Admit, Some(&card("Nguyễn Thị Hạnh")), Locale::Vi);
    history.verdict(told_here, &Verdict::Admit, None, Locale::Vi);
    history.named(told_here.id, "Trần Văn Sen");
    history.verdict(not_written, &Verdict::Admit, None, Locale::Vi);
    history.not_written(not_written, "Chưa ghi được");
    let text = history.unkept(maker(1)).unwrap();
    assert!(!["Hạnh", "Sen", "Mỹ Xương"].iter().any(|name| text.contains(name)), "{text}");
    let members = ["at", "id", "kind", "not_written", "place", "word"];
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let told_of: Vec<Vec<&String>> =
        kept["scans"].as_array().unwrap().iter().map(|scan| scan.as_object().unwrap().keys().collect()).collect();
    assert!(told_of.iter().flatten().all(|member| members.contains(&member.as_str())), "{told_of:?}");
}

#[test]
fn the_last_scans_are_there_after_a_restart_with_what_became_of_them_and_can_be_undone() {
    let mut history = History::default();
    let [let_in, undone, kept, checking, not_written] = [1, 2, 3, 4, 5].map(|at| scanned(at, 0));
    history.verdict(let_in, &Verdict::Admit, Some(&card("Nguyễn Thị Hạnh")), Locale::Vi);
    history.verdict(undone, &Verdict::Admit, None, Locale::Vi);
    history.undone(undone.id, "Đã hoàn tác");
    history.note(kept, "kept", "Chưa có mạng");
    history.note(checking, "checking", "Đang kiểm tra…");
    history.verdict(not_written, &Verdict::Exit, None, Locale::Vi);
    history.not_written(not_written, "Chưa ghi được");
    let mut after = reloaded(&mut history, maker(1));
    let rows = [
        (not_written.id, "exit", "Mời ra", "Chưa ghi được"),
        // What is being checked comes back with its answer.
        (kept.id, "kept", "Chưa có mạng", ""),
        (undone.id, "undone", "Đã hoàn tác", ""),
        (let_in.id, "admit", "Mời vào", ""),
    ];
    assert_eq!(told(&after), rows);
    assert_eq!((after.can_undo(let_in.id, 30_000), after.can_undo(undone.id, 0)), (Some(PLACE), None));
    assert_eq!(after.unkept(maker(1)), None, "that is kept already");
    assert_eq!(history.unkept(maker(1)), None, "nothing became of them since");
}

#[test]
fn scans_are_kept_anew_only_when_something_became_of_them() {
    let mut history = History::default();
    assert_eq!(history.unkept(maker(1)), None);
    history.verdict(scanned(1, 1), &Verdict::Admit, None, Locale::Vi);
    assert!(history.unkept(maker(1)).is_some());
    assert_eq!(history.unkept(maker(1)), None);
    history.undone(scanned(1, 1).id, "Đã hoàn tác");
    assert!(history.unkept(maker(1)).is_some());
}

#[test]
fn somebody_elses_scans_are_not_shown_and_not_kept_any_longer() {
    let mut history = History::default();
    history.verdict(scanned(1, 1), &Verdict::Admit, None, Locale::Vi);
    let text = history.unkept(maker(1)).unwrap();
    for other in [maker(2), None] {
        assert_eq!(told(&History::restored(Some(&text), other)), []);
    }
    let anew = History::restored(Some(&text), maker(2)).unkept(maker(2));
    assert!(anew.is_some_and(|text| told(&History::restored(Some(&text), maker(1))).is_empty()));
    // In a page that stays open, too.
    history.end_shift();
    history.verdict(scanned(1, 1), &Verdict::Admit, None, Locale::Vi);
    history.verdict(scanned(2, 2), &Verdict::Admit, None, Locale::Vi);
    assert_eq!(times(&history), [2, 1]);
    assert_eq!(times(&reloaded(&mut history, maker(2))), [2]);
}

#[test]
fn whoever_signs_out_leaves_no_scans_behind() {
    let mut history = History::default();
    history.verdict(scanned(1, 1), &Verdict::Admit, None, Locale::Vi);
    assert!(history.unkept(maker(1)).is_some());
    history.erase();
    assert_eq!((history.unkept(maker(1)), history.unkept(None)), (None, None));
    assert_eq!(Maker::of(&shift(None, None)), None);
    let sign_in = |minute: i64| SignIn { account: AccountId(Uuid::nil()), at: instant(minute * 60_000) };
    let [first, second] = [1, 2].map(|minute| Maker::of(&shift(None, Some(sign_in(minute)))));
    assert_ne!(first, second, "who signs in again begins anew");
}

#[test]
fn what_another_build_has_kept_stops_no_start() {
    for text in ["", "[]", r#"{"maker":{"device":null,"sign_in":null},"scans":[{}]}"#] {
        assert_eq!(told(&History::restored(Some(text), maker(1))), []);
    }
    let mut history = History::default();
    history.verdict(scanned(1, 1), &Verdict::Admit, None, Locale::Vi);
    history.verdict(scanned(2, 2), &Verdict::Exit, None, Locale::Vi);
    let text = history.unkept(maker(1)).unwrap().replace(r#""kind":"exit""#, r#""kind":"guest""#);
    assert_eq!(times(&History::restored(Some(&text), maker(1))), [1]);
}
