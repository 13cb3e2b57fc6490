//! What covers the screen: the answer to a scan, in one colour, one shape, one word.

use chrono::{DateTime, Utc};
use domain::{
    checkin::{Card, Message, Texts, Verdict},
    registration::Question,
    text::Locale,
};
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use super::{dom, sound::Signal};
use crate::flow::short_name;

/// A filled screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    /// Chooses colour and shape: the verdict's key, or a state of the phone's own.
    pub kind: &'static str,
    pub word: String,
    pub name: String,
    pub group: String,
    pub reason: String,
    pub note: String,
    /// What the person has answered to questions that matter here.
    pub answers: Vec<String>,
    /// The sound; nothing while checking.
    pub signal: Option<Signal>,
    /// Goes away by itself: nobody has to be talked to.
    pub passes: bool,
    /// Under it stands the form that asks who it is.
    pub asks_name: bool,
    /// What the person is asked here.
    pub asks: Vec<Question>,
    pub action: Option<Action>,
}

/// What else can be done than going on. Each is an element of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    SignIn,
    CheckIn,
    TakeOver,
}

impl Action {
    const ALL: [Self; 3] = [Self::SignIn, Self::CheckIn, Self::TakeOver];

    pub fn id(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::CheckIn => "check-in",
            Self::TakeOver => "take-over",
        }
    }
}

impl Face {
    fn new(kind: &'static str, message: &Message, signal: Option<Signal>) -> Self {
        let empty = String::new;
        Self {
            kind,
            word: message.word.clone(),
            name: empty(),
            group: empty(),
            reason: message.reason.clone(),
            note: empty(),
            answers: Vec::new(),
            signal,
            passes: false,
            asks_name: false,
            asks: Vec::new(),
            action: None,
        }
    }

    pub fn checking(texts: &Texts) -> Self {
        Self::new("checking", &Message { word: texts.checking.clone(), reason: String::new() }, None)
    }

    pub fn kept(texts: &Texts) -> Self {
        Self::new("kept", &texts.kept, Some(Signal::Attention))
    }

    pub fn identity_card(texts: &Texts) -> Self {
        Self::new("identity_card", &texts.identity_card, Some(Signal::NotATicket))
    }

    /// There is no place yet that a code could be scanned at.
    pub fn no_place(texts: &Texts) -> Self {
        Self::new("no_place", &texts.no_place, Some(Signal::Attention))
    }

    pub fn garbled(texts: &Texts) -> Self {
        Self::new("garbled", &texts.garbled, Some(Signal::Attention))
    }

    pub fn signed_out(texts: &Texts) -> Self {
        Self { action: Some(Action::SignIn), ..Self::new("signed_out", &texts.signed_out, Some(Signal::Attention)) }
    }

    pub fn refused(texts: &Texts) -> Self {
        Self::new("refused", &texts.refused, Some(Signal::Attention))
    }

    /// Another tab scans.
    pub fn other_tab(texts: &Texts) -> Self {
        Self { action: Some(Action::TakeOver), ..Self::new("other_tab", &texts.other_tab, Some(Signal::Attention)) }
    }

    /// Who it is, before it is recorded.
    pub fn confirm(verdict: &Verdict, card: Option<&Card>, note: &str, texts: &Texts, locale: Locale) -> Self {
        let reason = if *verdict == Verdict::Admit { &texts.confirm.reason } else { &verdict.reason(locale, DateTime::UNIX_EPOCH) };
        let message = Message { word: texts.confirm.word.clone(), reason: reason.clone() };
        Self { action: Some(Action::CheckIn), signal: None, ..Self::of_person("confirm", &message, card, note, locale) }
    }

    fn of_person(kind: &'static str, message: &Message, card: Option<&Card>, note: &str, locale: Locale) -> Self {
        let attention = card.and_then(|card| card.attention.clone());
        Self {
            name: card.map(|card| card.name.clone()).unwrap_or_default(),
            group: card.map(|card| card.group(locale)).unwrap_or_default(),
            note: [attention.as_deref().unwrap_or_default(), note]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            answers: card.iter().flat_map(|card| &card.answers).map(|answer| answer.told(locale)).collect(),
            ..Self::new(kind, message, None)
        }
    }

    /// `note`: what else there is to say, as that the answer was found without network. `at`: when the code was scanned.
    pub fn verdict(verdict: &Verdict, card: Option<&Card>, note: &str, at: DateTime<Utc>, locale: Locale) -> Self {
        let message = Message { word: verdict.word(locale).to_owned(), reason: verdict.reason(locale, at) };
        let needs_care = card.is_some_and(|card| card.attention.is_some() || !card.answers.is_empty());
        Self {
            // Whoever needs care is not waved through.
            passes: matches!(verdict, Verdict::Admit | Verdict::Readmit | Verdict::Exit) && !needs_care,
            signal: Some(if needs_care && verdict.admits() { Signal::Attention } else { signal(verdict) }),
            ..Self::of_person(verdict.key(), &message, card, note, locale)
        }
    }
}

impl Face {
    /// The same for the visitor at self-service: both languages, the name so that the person knows it, nothing that is for
    /// staff only.
    pub fn visitor(verdict: &Verdict, card: Option<&Card>, locale: Locale) -> Self {
        let other = locale.pick(Locale::En, Locale::Vi);
        let (word, reason) = verdict.to_visitor(locale);
        let (other_word, other_reason) = verdict.to_visitor(other);
        Self {
            name: card.filter(|_| verdict.admits()).map(|card| short_name(&card.name)).unwrap_or_default(),
            note: format!("{other_word}. {other_reason}").replace("!.", "!").trim().to_owned(),
            passes: true,
            ..Self::new(verdict.key(), &Message { word: word.to_owned(), reason }, Some(signal(verdict)))
        }
    }
}

fn signal(verdict: &Verdict) -> Signal {
    match verdict {
        Verdict::Admit => Signal::Admit,
        Verdict::AdmitUnconfirmed => Signal::AdmitUnconfirmed,
        Verdict::Readmit => Signal::Readmit,
        Verdict::Exit => Signal::Exit,
        Verdict::AlreadyIn(_) => Signal::AlreadyIn,
        Verdict::WrongPlace { .. } => Signal::WrongPlace,
        Verdict::NotYetOpen { .. } => Signal::NotYetOpen,
        Verdict::Stopped { .. } => Signal::Stopped,
        Verdict::NotATicket => Signal::NotATicket,
    }
}

/// The shape of a face: one for each, so that colour never stands alone. Lines on a 24 × 24 grid.
fn shape(kind: &str) -> &'static str {
    match kind {
        "checking" => "M5 12h.01M12 12h.01M19 12h.01",
        "admit" => "M3 12.5 9.5 19 21 6",
        "admit_unconfirmed" => "M20.6 11a9 9 0 1 1-5-7.2M8 11.5l3.5 3.5L21.5 5",
        "exit" => "M10 4H4v16h6M10 12h11M16 7l5 5-5 5",
        "readmit" => "M14 4h6v16h-6M3 12h11M10 7l5 5-5 5",
        "already_in" => "M4 11a8 8 0 0 1 14-4l2 2.5M20 4v5.5h-5.5M20 13a8 8 0 0 1-14 4l-2-2.5M4 20v-5.5h5.5",
        "wrong_place" => "M12 3v18M12 5h7l2.5 2.5L19 10h-7M12 12H5l-2.5 2.5L5 17h7M8 21h8",
        "not_yet_open" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.5 2",
        "stopped" => "M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8ZM7 12h10",
        "not_a_ticket" => "M5 5l14 14M19 5 5 19",
        "identity_card" => "M3 5h18v14H3ZM8 9a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM5.5 16.5c0-3 5-3 5 0M14 10h4m-4 4h4",
        "no_place" => "M12 21.5C7.5 16 5 13 5 9.5a7 7 0 0 1 14 0c0 3.5-2.5 6.5-7 12ZM12 9.5h.01",
        "garbled" => "M3 6h18v12H3ZM7 10h.01M11 10h.01M15 10h.01M8 14h8",
        "confirm" => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-8 16-8 16 0",
        "other_tab" => "M8 8h12v12H8ZM4 16V4h12",
        "signed_out" => "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v10H5ZM12 15v2",
        // No network, not recorded.
        _ => "M3 3l18 18M5 12.5a10 10 0 0 1 4-2.5M19 12.5a10 10 0 0 0-5-2.800M8.5 16a5 5 0 0 1 6 0M12 20h.01",
    }
}

#[derive(Debug)]
pub(crate) struct Screen {
    dialog: HtmlDialogElement,
    icon: Element,
}

impl Screen {
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { dialog: dom::find("verdict")?, icon: dom::find("verdict-icon")? })
    }

    pub fn dialog(&self) -> &HtmlDialogElement {
        &self.dialog
    }

    pub fn show(&self, face: &Face) {
        let _ = self.dialog.dataset().set("kind", face.kind);
        let _ = self.icon.set_attribute("d", shape(face.kind));
        for (id, text) in [
            ("verdict-word", &face.word),
            ("verdict-name", &face.name),
            ("verdict-group", &face.group),
            ("verdict-reason", &face.reason),
            ("verdict-note", &face.note),
        ] {
            dom::write(id, text);
        }
        let _ = dom::list("verdict-answers", &face.answers);
        for action in Action::ALL {
            dom::show(action.id(), face.action == Some(action));
        }
        dom::show("guest", face.asks_name);
        dom::show("asked", !face.asks.is_empty());
        let waits = (face.signal.is_some() || face.action.is_some()) && !face.asks_name && face.asks.is_empty();
        // Where another tab scans there is nothing to go on to.
        dom::show("go-on", waits && face.action != Some(Action::TakeOver));
        if !self.dialog.open() {
            let _ = self.dialog.show_modal();
        }
        if waits {
            dom::focus(face.action.map_or("go-on", Action::id));
        } else if !dom::holds_focus("guest") && !dom::holds_focus("asked") {
            // A keyboard would hide the verdict: who types taps first.
            let _ = HtmlElement::focus(&self.dialog);
        }
    }

    pub fn hide(&self) {
        self.dialog.close();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::checkin::{Admission, CardAnswer, Mismatch, Stop};

    use super::*;

    fn verdicts() -> [Verdict; 9] {
        let at = crate::flow::instant(0);
        let admission = Admission {
            scan_id: crate::flow::scan_id(0, [0; 10]),
            checkpoint: None,
            checkpoint_vi: "Cổng chính".into(),
            checkpoint_en: "Main gate".into(),
            device: "Máy 3".into(),
            at,
            left_at: None,
        };
        [
            Verdict::Admit,
            Verdict::AdmitUnconfirmed,
            Verdict::Readmit,
            Verdict::AlreadyIn(admission),
            Verdict::WrongPlace { mismatch: Mismatch::Edition { year: 2026 } },
            Verdict::NotYetOpen { opens_at: at },
            Verdict::Stopped { reason: Stop::Cancelled },
            Verdict::NotATicket,
            Verdict::Exit,
        ]
    }

    #[test]
    fn every_verdict_has_its_own_shape() {
        let kinds = verdicts().map(|verdict| verdict.key());
        let shapes: HashSet<_> = kinds
            .into_iter()
            .chain(["checking", "kept", "identity_card", "no_place", "garbled", "signed_out", "confirm", "other_tab"])
            .map(shape)
            .collect();
        assert_eq!(shapes.len(), 17);
    }

    #[test]
    fn only_what_needs_no_talk_goes_away_by_itself() {
        let passing = verdicts().map(|verdict| Face::verdict(&verdict, None, "", DateTime::UNIX_EPOCH, Locale::Vi).passes);
        assert_eq!(passing, [true, false, true, false, false, false, false, false, true]);
    }

    fn lift() -> CardAnswer {
        CardAnswer {
            question_vi: "Bạn có cần hỗ trợ không?".into(),
            question_en: "Do you need help?".into(),
            answer_vi: "Có".into(),
            answer_en: "Yes".into(),
        }
    }

    #[test]
    fn a_visitor_reads_the_own_short_name_in_both_languages_and_nothing_meant_for_staff() {
        let card = Card {
            name: "Nguyễn Thị Hạnh".into(),
            audience_vi: "Doanh nghiệp".into(),
            audience_en: "Business".into(),
            organisation: Some("HTX Mỹ Xương".into()),
            people: None,
            attention: Some("cần xe lăn".into()),
            answers: vec![lift()],
            asks: Vec::new(),
        };
        let welcome = Face::visitor(&Verdict::Admit, Some(&card), Locale::Vi);
        assert_eq!((welcome.word.as_str(), welcome.name.as_str(), welcome.group.as_str()), ("Xin chào!", "N. T. Hạnh", ""));
        assert!(welcome.answers.is_empty());
        assert_eq!(welcome.note, "Welcome! You are checked in. Please come in.");
        let stopped = Face::visitor(&Verdict::Stopped { reason: Stop::Blocked }, Some(&card), Locale::En);
        assert_eq!((stopped.name.as_str(), stopped.note.as_str()), ("", "Chưa đọc được vé. Mời bạn gặp nhân viên hỗ trợ."));
        assert!(verdicts().iter().all(|verdict| Face::visitor(verdict, None, Locale::Vi).passes));
    }

    #[test]
    fn who_it_is_stands_under_the_word() {
        let card = Card {
            name: "Nguyễn Thị Hạnh".into(),
            audience_vi: "Doanh nghiệp".into(),
            audience_en: "Business".into(),
            organisation: Some("HTX Mỹ Xương".into()),
            people: None,
            attention: None,
            answers: Vec::new(),
            asks: Vec::new(),
        };
        let face = |card: &Card| Face::verdict(&Verdict::Admit, Some(card), "", DateTime::UNIX_EPOCH, Locale::En);
        assert_eq!((face(&card).word.as_str(), face(&card).group.as_str()), ("Admit", "Business · HTX Mỹ Xương"));
        assert_eq!(face(&Card { people: Some(45), ..card.clone() }).group, "Business · HTX Mỹ Xương · 45 people");
        let attended = face(&Card { attention: Some("cần xe lăn".into()), ..card.clone() });
        assert_eq!((attended.note.as_str(), attended.passes, attended.signal), ("cần xe lăn", false, Some(Signal::Attention)));
        let helped = face(&Card { answers: vec![lift()], ..card });
        assert_eq!((helped.answers, helped.passes), (vec!["Do you need help? Yes".to_owned()], false));
    }
}
