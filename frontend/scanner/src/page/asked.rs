//! Asking what the edition wants to know at the gate, under the verdict. Nothing waits for the answers, and each may be left
//! out.

use std::rc::Rc;

use domain::{
    checkin::{Card, Reply},
    form::FieldErrors,
    ids::ScanId,
    registration::{Answers, NO, Question, QuestionKind, TICKED, yes_or_no},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement};

use super::{App, dom, input::at, scan::random};
use crate::flow::{Fact, scan_id};

impl App {
    /// The questions that are to be asked of this person, in their order.
    pub(super) fn open_questions(&self, card: Option<&Card>) -> Vec<Question> {
        let state = self.state.borrow();
        let questions = state.shift.iter().flat_map(|shift| &shift.questions);
        questions.filter(|question| card.is_some_and(|card| card.asks.contains(&question.code))).cloned().collect()
    }

    /// Asks the person of this scan. What was typed and chosen for the same questions stays.
    pub(super) fn ask_questions(&self, scan: Option<ScanId>, questions: &[Question]) {
        let asked = scan.filter(|_| !questions.is_empty()).map(|scan| (scan, questions.to_vec()));
        let before = std::mem::replace(&mut self.state.borrow_mut().asked, asked.clone());
        if asked.is_some() && asked != before {
            // What is missing on the page was missing at the start already, and stopped it.
            let _ = self.write_questions(questions);
        }
    }

    fn write_questions(&self, questions: &[Question]) -> Result<(), JsValue> {
        let fields: Element = dom::find("asked-fields")?;
        fields.set_text_content(None);
        for question in questions {
            fields.append_child(&self.written(question)?.into())?;
        }
        Ok(())
    }

    fn written(&self, question: &Question) -> Result<Element, JsValue> {
        let locale = self.setup.locale;
        let (id, label) = (id(question), question.label.get(locale));
        let choices = self.choices(question);
        let (tag, title) = if choices.is_empty() { ("div", labelled(&id, label)?) } else { ("fieldset", dom::made("legend", "", label)?) };
        let field = dom::made(tag, "field", "")?;
        field.append_child(&title.into())?;
        if let Some(help) = &question.help {
            field.append_child(&dom::made("p", "hint", help.get(locale))?.into())?;
        }
        let error = dom::made("p", "error", "")?;
        error.set_id(&format!("{id}-error"));
        error.set_attribute("role", "alert")?;
        field.append_child(&error.into())?;
        if choices.is_empty() {
            let input = input(question, line_type(question.kind), &id)?;
            if question.kind == QuestionKind::Number {
                input.set_attribute("inputmode", "numeric")?;
            }
            if question.kind == QuestionKind::Text {
                input.set_attribute("maxlength", &question.text_max().to_string())?;
            }
            field.append_child(&input.into())?;
        }
        let kind = if question.kind == QuestionKind::Choices { "checkbox" } else { "radio" };
        for (place, (value, name)) in choices.into_iter().enumerate() {
            // The first has the field's own id: there the focus goes when something is wrong.
            let choice_id = if place == 0 { id.clone() } else { format!("{id}-{place}") };
            let input = input(question, kind, &choice_id)?;
            input.set_attribute("value", &value)?;
            let choice = dom::made("div", "choice", "")?;
            choice.append_child(&input.into())?;
            choice.append_child(&labelled(&choice_id, &name)?.into())?;
            field.append_child(&choice.into())?;
        }
        Ok(field)
    }

    /// What there is to choose from: values and names.
    fn choices(&self, question: &Question) -> Vec<(String, String)> {
        let locale = self.setup.locale;
        match question.kind {
            QuestionKind::YesNo => [(TICKED, true), (NO, false)].map(|(value, yes)| (value.into(), yes_or_no(yes, locale).into())).into(),
            QuestionKind::Choice | QuestionKind::Choices => {
                question.options.iter().map(|option| (option.code.clone(), option.name.get(locale).to_owned())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a slip of the hand would lose an answer.
    pub(super) fn is_replying(&self) -> bool {
        self.state.borrow().asked.as_ref().is_some_and(|(_, questions)| !given(questions).0.is_empty())
    }

    fn write_reply(self: &Rc<Self>) {
        let (Some((scan, questions)), Some(place)) = (self.state.borrow().asked.clone(), self.place()) else { return };
        let answers = given(&questions);
        let wrong = answers.faults_at_gate(&questions);
        if !wrong.is_empty() {
            return self.tell_wrong_answers(&questions, &wrong);
        }
        if !answers.0.is_empty() {
            self.send(&place, Fact::Reply(Reply { id: scan_id(dom::now(), random()), scan_id: scan, answers }));
        }
        self.go_on();
        self.draw();
    }

    /// Says beside each field what is wrong with it, and leads to the first.
    fn tell_wrong_answers(&self, questions: &[Question], wrong: &FieldErrors) {
        for question in questions {
            let problem = wrong.of(&question.field()).and_then(|problem| problem.text_at_gate(self.setup.locale));
            dom::write(&format!("{}-error", id(question)), &problem.unwrap_or_default());
        }
        if let Some(first) = questions.iter().find(|question| wrong.of(&question.field()).is_some()) {
            dom::focus(&id(first));
        }
    }
}

pub(super) fn connect(app: &Rc<App>) -> Result<(), JsValue> {
    at(app, "asked", "submit", |app, event| {
        event.prevent_default();
        app.write_reply();
    })?;
    at(app, "asked-skip", "click", |app, _| app.go_on())
}

fn id(question: &Question) -> String {
    format!("asked-{}", question.code)
}

/// The label of the control with this id.
fn labelled(id: &str, text: &str) -> Result<Element, JsValue> {
    let label = dom::made("label", "", text)?;
    label.set_attribute("for", id)?;
    Ok(label)
}

fn line_type(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Date => "date",
        QuestionKind::Phone => "tel",
        _ => "text",
    }
}

fn input(question: &Question, kind: &str, id: &str) -> Result<Element, JsValue> {
    let input = dom::made("input", "", "")?;
    input.set_attribute("type", kind)?;
    input.set_id(id);
    input.set_attribute("name", &question.field())?;
    input.set_attribute("aria-describedby", &format!("{}-error", self::id(question)))?;
    Ok(input)
}

/// What was typed and chosen; what was left empty is not there.
fn given(questions: &[Question]) -> Answers {
    let mut answers = Answers::default();
    for question in questions {
        let Ok(fields) = dom::document().query_selector_all(&format!("#asked [name=\"{}\"]", question.field())) else { continue };
        let inputs = (0..fields.length()).filter_map(|at| fields.item(at)?.dyn_into::<HtmlInputElement>().ok());
        let chosen = inputs.filter(|input| !matches!(input.type_().as_str(), "radio" | "checkbox") || input.checked());
        let values: Vec<_> = chosen.map(|input| input.value()).filter(|value| !value.trim().is_empty()).collect();
        if !values.is_empty() {
            answers.0.insert(question.code.clone(), values);
        }
    }
    answers
}
