//! The last scans, newest first.

use std::collections::VecDeque;

use domain::{
    checkin::{Card, Texts, Undo, Verdict, VerdictKind},
    ids::{CheckpointId, ScanId},
    text::Locale,
    time,
};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::dom;
use crate::{
    flow::{Fact, instant, short_name},
    json,
};

mod kept;

pub(crate) use kept::Maker;
use kept::{Kept, KeptScan};

const KEPT: usize = 10;

/// What the list says of a scan that was a mistake.
pub(crate) const UNDONE: &str = "undone";

/// Whether a verdict of this kind lets somebody in; `None`: it is no verdict on who comes in.
pub(crate) fn admits(kind: &str) -> Option<bool> {
    VerdictKind::from_key(kind).filter(|kind| *kind != VerdictKind::Exit).map(VerdictKind::admits)
}

/// A scan, where it was, and when, by the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub id: ScanId,
    pub place: CheckpointId,
    pub at: i64,
}

/// What stands where the name does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// The short name, as the card has it; empty without one.
    Card(String),
    /// The same as it was written down here, which whoever has not heard of it does not tell anew.
    Told(String),
    /// That what was told of the person is not written down.
    NotWritten(String),
}

impl Default for Who {
    fn default() -> Self {
        Self::Card(String::new())
    }
}

impl Who {
    fn text(&self) -> &str {
        let (Self::Card(text) | Self::Told(text) | Self::NotWritten(text)) = self;
        text
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: ScanId,
    place: CheckpointId,
    kind: &'static str,
    word: String,
    who: Who,
    /// The server's time.
    at: i64,
    /// Whoever made it has signed out since: it is kept no longer than the page.
    is_over: bool,
}

/// A scan as it stands on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    entry: Entry,
    may_be_undone: bool,
    /// Beside the name.
    note: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    entries: VecDeque<Entry>,
    /// What is kept beyond the page's life.
    kept: Option<Kept>,
    /// What stands on the page: written again only when it is another.
    drawn: Vec<Row>,
    drawn_refused: Vec<(String, String)>,
}

impl History {
    /// As an earlier page has kept it, if that was the same maker's.
    pub fn restored(text: Option<&str>, maker: Option<Maker>) -> Self {
        let kept: Option<Kept> = text.and_then(|text| json::read(text).ok());
        let own = kept.clone().filter(|kept| Some(kept.maker) == maker);
        let entries = own.into_iter().flat_map(|kept| kept.scans).filter_map(KeptScan::entry).take(KEPT).collect();
        Self { entries, kept, ..Self::default() }
    }

    /// What is to be kept from now on, if that is something else than what is kept.
    pub fn unkept(&mut self, maker: Option<Maker>) -> Option<String> {
        let scans: Vec<_> = self.entries.iter().filter(|entry| !entry.is_over).filter_map(KeptScan::of).collect();
        let kept = Kept { maker: maker?, scans };
        if self.kept.as_ref() == Some(&kept) || (self.kept.is_none() && kept.scans.is_empty()) {
            return None;
        }
        let text = serde_json::to_string(&kept).ok();
        self.kept = Some(kept);
        text
    }

    /// Somebody else scans from now on.
    pub fn end_shift(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.is_over = true);
    }

    /// The same, and what was kept is erased.
    pub fn erase(&mut self) {
        self.end_shift();
        self.kept = None;
    }

    /// A scan that has no verdict: what became of it instead, in `word`.
    pub fn note(&mut self, scan: Scanned, kind: &'static str, word: &str) {
        self.put(0, Entry::of(scan, kind, word, None));
    }

    /// The verdict on a scan; a later one takes the place of an earlier.
    pub fn verdict(&mut self, scan: Scanned, verdict: &Verdict, card: Option<&Card>, locale: Locale) {
        self.put(0, Entry::of(scan, verdict.key(), verdict.word(locale), card));
    }

    /// The same of a scan that may have waited so long that the list has forgotten it: it comes back among those of its time.
    pub fn late_verdict(&mut self, scan: Scanned, verdict: &Verdict, card: Option<&Card>, locale: Locale) {
        let row = self.entries.partition_point(|known| known.at > scan.at);
        self.put(row, Entry::of(scan, verdict.key(), verdict.word(locale), card));
    }

    /// Whom the scan let in has told the name.
    pub fn named(&mut self, id: ScanId, name: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.who = Who::Told(short_name(name));
        }
    }

    /// What was told of the person whom the scan let in is not written down, which `word` says. `scan.at` is of now.
    pub fn not_written(&mut self, scan: Scanned, word: &str) {
        match self.entries.iter_mut().find(|entry| entry.id == scan.id) {
            Some(entry) => entry.who = Who::NotWritten(word.to_owned()),
            None => self.note(scan, "refused", word),
        }
    }

    /// Where the scan let somebody in or out, while it may be undone.
    pub fn can_undo(&self, id: ScanId, now: i64) -> Option<CheckpointId> {
        self.entries.iter().find(|entry| entry.id == id && entry.may_be_undone(now)).map(|entry| entry.place)
    }

    /// Says in `word` what became of the scan's undoing.
    pub fn undone(&mut self, id: ScanId, word: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            (entry.kind, entry.word) = (UNDONE, word.to_owned());
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
            Some(known) => {
                let who = match std::mem::take(&mut known.who) {
                    Who::Card(_) => entry.who,
                    told @ (Who::Told(_) | Who::NotWritten(_)) => told,
                };
                *known = Entry { who, is_over: known.is_over, ..entry };
            }
            None => self.entries.insert(row, entry),
        }
        self.entries.truncate(KEPT);
    }

    /// Writes the list, with a button at each scan that may be undone now, and what `note` has to say of it.
    pub fn draw(&mut self, undo: &str, now: i64, note: impl Fn(ScanId, CheckpointId) -> String) -> Result<(), JsValue> {
        let row = |entry: &Entry| Row { entry: entry.clone(), may_be_undone: entry.may_be_undone(now), note: note(entry.id, entry.place) };
        let rows: Vec<Row> = self.entries.iter().map(row).collect();
        if rows == self.drawn {
            return Ok(());
        }
        dom::show("no-scans", rows.is_empty());
        let list: Element = dom::find("scans")?;
        list.set_text_content(None);
        for Row { entry, may_be_undone, note } in &rows {
            let row = dom::made("li", "", "")?;
            row.set_attribute("data-kind", entry.kind)?;
            row.append_child(&dom::made("b", "", &entry.word)?.into())?;
            let who = dom::made("span", "", entry.who.text())?;
            if !note.is_empty() {
                who.append_child(&dom::made("small", "", &format!(" {note}"))?.into())?;
            }
            row.append_child(&who.into())?;
            row.append_child(&dom::made("time", "", &time::clock(instant(entry.at)))?.into())?;
            if *may_be_undone {
                let button = dom::made("button", "button second", &unbroken(undo))?;
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

/// A text that stays on one line: a row is narrow.
pub(crate) fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Names the scan that a button undoes.
pub(crate) const UNDOES: &str = "data-undoes";

impl Entry {
    fn of(Scanned { id, place, at }: Scanned, kind: &'static str, word: &str, card: Option<&Card>) -> Self {
        let who = Who::Card(card.map(|card| short_name(&card.name)).unwrap_or_default());
        Self { id, place, kind, word: word.to_owned(), who, at, is_over: false }
    }

    /// Whoever went in or out by it is not so any more.
    fn may_be_undone(&self, now: i64) -> bool {
        let went = VerdictKind::from_key(self.kind).is_some_and(|kind| kind.admits() || kind == VerdictKind::Exit);
        went && now - self.at < Undo::WINDOW.num_milliseconds()
    }
}

/// The longest code that is shown whole: of a ticket's text the end tells it from others.
const WHOLE_CODE: usize = 16;

/// What is said of a fact that the server does not take, and when it was made.
fn told(fact: &Fact, texts: &Texts) -> (String, String) {
    match fact {
        Fact::Scan(scan) => (code_tail(&scan.code), time::clock(scan.device_at)),
        Fact::Undo(undo) => (texts.undo.clone(), time::clock(undo.device_at)),
        Fact::Naming(naming) => (short_name(&naming.full_name), time::clock(naming.device_at)),
        // What somebody answered is nobody else's to read.
        Fact::Reply(_) => (texts.refused_reply.clone(), String::new()),
    }
}

fn code_tail(code: &str) -> String {
    let length = code.chars().count();
    if length <= WHOLE_CODE { code.to_owned() } else { format!("…{}", code.chars().skip(length - WHOLE_CODE / 2).collect::<String>()) }
}

#[cfg(test)]
mod tests;
