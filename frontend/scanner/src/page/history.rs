//! The last scans, newest first.

use std::collections::VecDeque;

use domain::{
    checkin::{Card, Texts, Undo, Verdict, VerdictKind, roster::TicketHash},
    ids::{CheckpointId, ScanId},
    text::Locale,
    time,
};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::dom;
use crate::flow::{Fact, instant, short_name};

const KEPT: usize = 10;

/// What the list says of a scan that was a mistake.
pub(crate) const UNDONE: &str = "undone";

/// Whether a verdict of this kind lets somebody in; `None`: it is no verdict on who comes in.
pub(crate) fn admits(kind: &str) -> Option<bool> {
    VerdictKind::from_key(kind).filter(|kind| *kind != VerdictKind::Exit).map(VerdictKind::admits)
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: ScanId,
    kind: &'static str,
    word: String,
    name: String,
    /// The name was written down here, and is not told anew by whoever has not heard of it.
    is_named: bool,
    /// The server's time.
    at: i64,
    /// Whom this phone let in, and where.
    entered: Option<(CheckpointId, TicketHash)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    entries: VecDeque<Entry>,
    /// What stands on the page: written again only when it is another.
    drawn: Vec<(Entry, bool)>,
    drawn_refused: Vec<(String, String)>,
}

impl History {
    /// A scan that has no verdict: what became of it instead, in `word`.
    pub fn note(&mut self, id: ScanId, kind: &'static str, word: &str, at: i64) {
        self.put(0, Entry { id, kind, word: word.to_owned(), name: String::new(), is_named: false, at, entered: None });
    }

    /// The verdict on a scan; a later one takes the place of an earlier.
    pub fn verdict(&mut self, id: ScanId, verdict: &Verdict, card: Option<&Card>, at: i64, locale: Locale) {
        self.put(0, Entry::of(id, verdict, card, at, locale));
    }

    /// The same of a scan that may have waited so long that the list has forgotten it: it comes back among those of its time.
    pub fn late_verdict(&mut self, id: ScanId, verdict: &Verdict, card: Option<&Card>, at: i64, locale: Locale) {
        let place = self.entries.partition_point(|known| known.at > at);
        self.put(place, Entry::of(id, verdict, card, at, locale));
    }

    /// Whom the scan let in has told the name.
    pub fn named(&mut self, id: ScanId, name: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            (entry.name, entry.is_named) = (short_name(name), true);
        }
    }

    /// What was told of the person whom the scan let in is not written down, which `word` says.
    pub fn not_written(&mut self, id: ScanId, word: &str, now: i64) {
        match self.entries.iter_mut().find(|entry| entry.id == id) {
            Some(entry) => (entry.name, entry.is_named) = (word.to_owned(), true),
            None => self.note(id, "refused", word, now),
        }
    }

    /// The scan let this ticket in: it may be undone for a while, if it did.
    pub fn undoable(&mut self, id: ScanId, place: CheckpointId, ticket: TicketHash) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.entered = matches!(entry.kind, "admit" | "admit_unconfirmed" | "readmit" | "exit").then_some((place, ticket));
        }
    }

    /// Where the scan let whom in, while it may be undone.
    pub fn can_undo(&self, id: ScanId, now: i64) -> Option<(CheckpointId, TicketHash)> {
        self.entries.iter().find(|entry| entry.id == id && entry.may_be_undone(now))?.entered
    }

    /// Says in `word` what became of the scan's undoing.
    pub fn undone(&mut self, id: ScanId, word: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            (entry.kind, entry.word, entry.entered) = (UNDONE, word.to_owned(), None);
        }
    }

    /// What the list says of a scan.
    pub fn kind(&self, id: ScanId) -> Option<&'static str> {
        self.entries.iter().find(|entry| entry.id == id).map(|entry| entry.kind)
    }

    /// When the scan was made, by the server's clock.
    pub fn at(&self, id: ScanId) -> Option<i64> {
        self.entries.iter().find(|entry| entry.id == id).map(|entry| entry.at)
    }

    /// In place of what is said of the scan; else as the row with this number.
    fn put(&mut self, row: usize, entry: Entry) {
        match self.entries.iter_mut().find(|known| known.id == entry.id) {
            Some(known) if known.is_named => *known = Entry { name: std::mem::take(&mut known.name), is_named: true, ..entry },
            Some(known) => *known = entry,
            None => self.entries.insert(row, entry),
        }
        self.entries.truncate(KEPT);
    }

    /// Writes the list, with a button at each scan that may be undone now.
    pub fn draw(&mut self, undo: &str, now: i64) -> Result<(), JsValue> {
        let rows: Vec<(Entry, bool)> = self.entries.iter().map(|entry| (entry.clone(), entry.may_be_undone(now))).collect();
        if rows == self.drawn {
            return Ok(());
        }
        dom::show("no-scans", rows.is_empty());
        let list: Element = dom::find("scans")?;
        list.set_text_content(None);
        for (entry, may_be_undone) in &rows {
            let row = dom::made("li", "", "")?;
            row.set_attribute("data-kind", entry.kind)?;
            row.append_child(&dom::made("b", "", &entry.word)?.into())?;
            row.append_child(&dom::made("span", "", &entry.name)?.into())?;
            row.append_child(&dom::made("time", "", &time::local(instant(entry.at)).format("%H:%M").to_string())?.into())?;
            if *may_be_undone {
                let button = dom::made("button", "button second", undo)?;
                button.set_attribute("type", "button")?;
                button.set_attribute(UNDOES, &entry.id.to_string())?;
                row.append_child(&button.into())?;
            }
            list.append_child(&row.into())?;
        }
        self.drawn = rows;
        Ok(())
    }

    /// Writes the facts that the server does not take, so that somebody can deal with them.
    pub fn draw_refused<'a>(&mut self, facts: impl Iterator<Item = &'a Fact>, texts: &Texts) -> Result<(), JsValue> {
        let rows: Vec<_> = facts.map(|fact| told(fact, texts)).collect();
        if rows == self.drawn_refused {
            return Ok(());
        }
        dom::show("refused", !rows.is_empty());
        dom::write("refused-count", &rows.len().to_string());
        let list: Element = dom::find("refused-scans")?;
        list.set_text_content(None);
        for (text, at) in &rows {
            let row = dom::made("li", "", "")?;
            row.append_child(&dom::made("code", "", text)?.into())?;
            row.append_child(&dom::made("time", "", at)?.into())?;
            list.append_child(&row.into())?;
        }
        self.drawn_refused = rows;
        Ok(())
    }
}

/// Names the scan that a button undoes.
pub(crate) const UNDOES: &str = "data-undoes";

impl Entry {
    fn of(id: ScanId, verdict: &Verdict, card: Option<&Card>, at: i64, locale: Locale) -> Self {
        let name = card.map(|card| short_name(&card.name)).unwrap_or_default();
        Self { id, kind: verdict.key(), word: verdict.word(locale).to_owned(), name, is_named: false, at, entered: None }
    }

    fn may_be_undone(&self, now: i64) -> bool {
        self.entered.is_some() && now - self.at < Undo::WINDOW.num_milliseconds()
    }
}

/// The longest code that is shown whole: of a ticket's text the end tells it from others.
const WHOLE_CODE: usize = 16;

/// What is said of a fact that the server does not take, and when it was made.
fn told(fact: &Fact, texts: &Texts) -> (String, String) {
    let clock = |at| time::local(at).format("%H:%M").to_string();
    match fact {
        Fact::Scan(scan) => (code_tail(&scan.code), clock(scan.device_at)),
        Fact::Undo(undo) => (texts.undo.clone(), clock(undo.device_at)),
        Fact::Naming(naming) => (short_name(&naming.full_name), clock(naming.device_at)),
        // What somebody answered is nobody else's to read.
        Fact::Reply(_) => (texts.refused_reply.clone(), String::new()),
    }
}

fn code_tail(code: &str) -> String {
    let length = code.chars().count();
    if length <= WHOLE_CODE { code.to_owned() } else { format!("…{}", code.chars().skip(length - WHOLE_CODE / 2).collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::scan_id;

    #[test]
    fn the_newest_stands_first_and_the_eleventh_is_forgotten() {
        let mut history = History::default();
        for at in 0..12 {
            history.verdict(scan_id(at, [0; 10]), &Verdict::Admit, None, at, Locale::Vi);
        }
        let times: Vec<_> = history.entries.iter().map(|entry| entry.at).collect();
        assert_eq!(times, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    }

    #[test]
    fn what_was_scanned_long_ago_stands_among_the_scans_of_its_time() {
        let mut history = History::default();
        for at in [10, 30, 20, 30, 5] {
            history.late_verdict(scan_id(at, [u8::try_from(history.entries.len()).unwrap(); 10]), &Verdict::Admit, None, at, Locale::Vi);
        }
        let times = |history: &History| history.entries.iter().map(|entry| entry.at).collect::<Vec<_>>();
        assert_eq!(times(&history), [30, 30, 20, 10, 5]);
        // What is scanned now stands first, also where the clock was ahead before.
        (0..9).for_each(|at| history.verdict(scan_id(at, [7; 10]), &Verdict::Admit, None, at, Locale::Vi));
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
        let id = scan_id(1, [0; 10]);
        history.note(id, "kept", "Chưa có mạng", 1);
        history.verdict(scan_id(2, [0; 10]), &Verdict::Admit, None, 2, Locale::Vi);
        history.verdict(id, &Verdict::NotATicket, None, 1, Locale::Vi);
        assert_eq!(history.entries.len(), 2);
        assert_eq!((history.kind(id), history.at(id)), (Some("not_a_ticket"), Some(1)));
    }

    #[test]
    fn a_name_that_was_written_down_here_stays_whatever_the_server_answers() {
        let mut history = History::default();
        let id = scan_id(1, [0; 10]);
        history.verdict(id, &Verdict::AdmitUnconfirmed, None, 1, Locale::Vi);
        history.named(id, "Trần Văn Sen");
        history.verdict(id, &Verdict::Admit, None, 1, Locale::Vi);
        assert_eq!((history.kind(id), history.entries[0].name.as_str()), (Some("admit"), "T. V. Sen"));
    }

    #[test]
    fn what_is_not_written_down_of_a_person_is_told_where_the_name_would_stand_or_in_a_row_of_its_own() {
        let mut history = History::default();
        let (known, forgotten) = (scan_id(1, [1; 10]), scan_id(1, [2; 10]));
        history.verdict(known, &Verdict::Admit, None, 1, Locale::Vi);
        history.named(known, "Trần Văn Sen");
        for id in [known, forgotten] {
            history.not_written(id, "Chưa ghi được", 2);
        }
        history.verdict(known, &Verdict::Admit, None, 1, Locale::Vi);
        let told: Vec<_> = history.entries.iter().map(|entry| (entry.id, entry.kind, entry.word.as_str(), entry.name.as_str())).collect();
        assert_eq!(told, [(forgotten, "refused", "Chưa ghi được", ""), (known, "admit", Verdict::Admit.word(Locale::Vi), "Chưa ghi được")]);
    }

    #[test]
    fn only_who_was_let_in_can_be_undone_and_only_for_half_a_minute() {
        let mut history = History::default();
        let (place, ticket) = (CheckpointId(uuid::Uuid::nil()), TicketHash::of(domain::ticket::TicketId(1)));
        let (let_in, refused) = (scan_id(1, [1; 10]), scan_id(1, [2; 10]));
        history.verdict(let_in, &Verdict::Admit, None, 0, Locale::Vi);
        history.verdict(refused, &Verdict::NotATicket, None, 0, Locale::Vi);
        for id in [let_in, refused] {
            history.undoable(id, place, ticket);
        }
        assert_eq!((history.can_undo(let_in, 29_999), history.can_undo(let_in, 30_000)), (Some((place, ticket)), None));
        assert_eq!(history.can_undo(refused, 0), None);
        history.undone(let_in, "Đã hoàn tác");
        assert_eq!((history.kind(let_in), history.can_undo(let_in, 0)), (Some("undone"), None));
    }
}
