//! Questions that an edition asks beside the fields of an audience's kind.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};

use super::application::{Asked, CommuneCode, TICKED};
use crate::{
    contact::Phone,
    form::{FieldErrors, Problem, Values, at_least, read_date},
    ids::OrganisationId,
    text::{Bilingual, check_line, clean_text},
};

/// What kind of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    Text,
    Number,
    YesNo,
    /// One of the options.
    Choice,
    /// Any of the options.
    Choices,
    Date,
    Phone,
    /// A body of the list that officials choose from.
    Organisation,
    Commune,
}

impl QuestionKind {
    pub const ALL: [Self; 9] =
        [Self::Text, Self::Number, Self::YesNo, Self::Choice, Self::Choices, Self::Date, Self::Phone, Self::Organisation, Self::Commune];

    /// The name in files and in the store.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Date => "date",
            Self::Phone => "phone",
            Self::Organisation => "organisation",
            Self::Commune => "commune",
        }
    }

    /// The kind with this [`QuestionKind::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether it can be asked at the gate: phones hold no list of organisations or communes.
    #[must_use]
    pub fn is_asked_at_gate(self) -> bool {
        !matches!(self, Self::Organisation | Self::Commune)
    }

    /// Whether its answer is among [`Question::options`].
    #[must_use]
    pub fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionOption {
    pub code: String,
    pub name: Bilingual,
}

/// Asks a question only where another was answered in one of these ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The code of the other question: a yes-or-no or a choice, which has no condition of its own.
    pub question: String,
    /// `yes` or `no`, or codes of options.
    pub values: Vec<String>,
}

/// A question of the registration form, or of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub code: String,
    pub kind: QuestionKind,
    pub label: Bilingual,
    pub help: Option<Bilingual>,
    pub is_required: bool,
    pub options: Vec<QuestionOption>,
    /// Codes of the audiences that are asked; empty is all.
    pub audiences: Vec<String>,
    pub asked_if: Option<Condition>,
    /// The least number, or the fewest characters.
    pub least: Option<i32>,
    /// The largest number, or the most characters.
    pub most: Option<i32>,
    pub asked_at_check_in: bool,
    pub shown_at_check_in: bool,
}

impl Question {
    /// The longest text where the question sets no bound, in characters.
    pub const TEXT_MAX: usize = 1000;

    /// The name of its field in the form.
    #[must_use]
    pub fn field(&self) -> String {
        field(&self.code)
    }

    /// The name of the field that tells what the form showed as the answer when it was opened.
    #[must_use]
    pub fn shown_field(&self) -> String {
        shown_field(&self.code)
    }

    /// Whether people of this audience are asked, in the form or at the gate.
    #[must_use]
    pub fn is_for(&self, audience_code: &str) -> bool {
        self.audiences.is_empty() || self.audiences.iter().any(|code| code == audience_code)
    }

    /// Whether it is one of the gate, and its answer came back as the form showed it.
    pub(super) fn is_untouched(&self, values: &Values) -> bool {
        let given = |field: &str| -> Vec<_> {
            // A browser sends its own ends of lines.
            values.all(field).map(|value| value.trim().replace("\r\n", "\n")).filter(|value| !value.is_empty()).collect()
        };
        self.asked_at_check_in && given(&self.field()) == given(&self.shown_field())
    }

    /// The same question, which may be left out: staff know less than the person.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// The most characters of a text.
    #[must_use]
    pub fn text_max(&self) -> usize {
        self.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(Self::TEXT_MAX)
    }

    fn read(&self, given: &[&str]) -> Result<Vec<String>, Problem> {
        let first = given.first().copied().unwrap_or_default().trim();
        if self.kind == QuestionKind::Choices {
            let known = |code: &&str| self.options.iter().any(|option| option.code == **code);
            if !given.iter().all(known) {
                return Err(Problem::UnknownChoice);
            }
            // In the order of the options, each once.
            let chosen: Vec<_> =
                self.options.iter().filter(|option| given.contains(&option.code.as_str())).map(|o| o.code.clone()).collect();
            return if chosen.is_empty() && self.is_required { Err(Problem::Required) } else { Ok(chosen) };
        }
        if first.is_empty() {
            return if self.is_required { Err(Problem::Required) } else { Ok(Vec::new()) };
        }
        let one = match self.kind {
            QuestionKind::Text => self.read_text(first)?,
            QuestionKind::Number => self.read_number(first)?,
            QuestionKind::YesNo if matches!(first, TICKED | NO) => first.to_owned(),
            QuestionKind::Choice if self.options.iter().any(|option| option.code == first) => first.to_owned(),
            QuestionKind::YesNo | QuestionKind::Choice | QuestionKind::Choices => return Err(Problem::UnknownChoice),
            QuestionKind::Date => read_date(first)?.to_string(),
            QuestionKind::Phone => Phone::parse(first)?.e164().to_owned(),
            QuestionKind::Organisation => first.parse::<OrganisationId>().map_err(|_| Problem::UnknownChoice)?.to_string(),
            QuestionKind::Commune => CommuneCode::parse(first)?.as_str().to_owned(),
        };
        Ok(vec![one])
    }

    fn check(&self, given: &str) -> Result<(), Problem> {
        match self.kind {
            QuestionKind::Text => check_line(given, self.text_max()),
            QuestionKind::Number => self.read_number(given).map(drop),
            QuestionKind::Phone => Phone::parse(given).map(drop),
            // Whatever can be chosen is right, and a browser's own field for dates gives nothing but dates.
            QuestionKind::Date
            | QuestionKind::YesNo
            | QuestionKind::Choice
            | QuestionKind::Choices
            | QuestionKind::Organisation
            | QuestionKind::Commune => Ok(()),
        }
    }

    fn read_text(&self, raw: &str) -> Result<String, Problem> {
        let text = clean_text(raw, self.text_max())?;
        let least = self.least.and_then(|least| usize::try_from(least).ok()).unwrap_or(1);
        at_least(text, least)
    }

    fn read_number(&self, raw: &str) -> Result<String, Problem> {
        let number: i32 = raw.parse().map_err(|_| Problem::NotANumber)?;
        match (self.least, self.most) {
            (Some(least), _) if number < least => Err(Problem::TooSmall { least }),
            (_, Some(most)) if number > most => Err(Problem::TooLarge { most }),
            _ => Ok(number.to_string()),
        }
    }
}

/// The answer no to a yes-or-no question; yes is [`TICKED`].
pub const NO: &str = "no";

fn field(code: &str) -> String {
    format!("q.{code}")
}

fn shown_field(code: &str) -> String {
    format!("shown.{code}")
}

/// Answers by the code of their question; several values for several choices. Dates are ISO 8601, phones E.164.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(#[serde(deserialize_with = "answers")] pub BTreeMap<String, Vec<String>>);

/// Reads codes as mere texts: the phone's reader takes no other names.
fn answers<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    struct Code(String);

    impl<'de> Deserialize<'de> for Code {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_str(Text).map(Self)
        }
    }

    struct Text;

    impl Visitor<'_> for Text {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a question's code")
        }

        fn visit_str<E>(self, code: &str) -> Result<String, E> {
            Ok(code.to_owned())
        }
    }

    struct All;

    impl<'de> Visitor<'de> for All {
        type Value = BTreeMap<String, Vec<String>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("answers by the codes of their questions")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut answers = BTreeMap::new();
            while let Some((Code(code), values)) = map.next_entry()? {
                answers.insert(code, values);
            }
            Ok(answers)
        }
    }

    from.deserialize_map(All)
}

impl Answers {
    /// Reads the answers of one form; what it does not ask is not kept. Problems go to `errors`, beside their fields.
    /// Whether a chosen organisation or commune exists, the store knows.
    pub(super) fn read(values: &Values, form: Asked<'_>, errors: &mut FieldErrors) -> Self {
        let mut answers = BTreeMap::new();
        let asked = form.questions.iter().filter(|question| form.has(question));
        // A question that others depend on has no condition, so it is read before them.
        let (first, then): (Vec<_>, Vec<_>) = asked.partition(|question| question.asked_if.is_none());
        for question in first.into_iter().chain(then) {
            let met = question.asked_if.as_ref().is_none_or(|condition| {
                answers
                    .get(&condition.question)
                    .is_some_and(|given: &Vec<String>| given.iter().any(|value| condition.values.contains(value)))
            });
            if !met {
                continue;
            }
            let field = question.field();
            let given: Vec<&str> = values.all(&field).collect();
            match errors.take(&field, question.read(&given)) {
                Some(answer) if !answer.is_empty() => {
                    answers.insert(question.code.clone(), answer);
                }
                _ => {}
            }
        }
        Self(answers)
    }

    /// Reads answers that were given at the gate to questions that are open there. Any of them may be left out: nobody waits at
    /// the gate for a form.
    ///
    /// # Errors
    /// The problem of each answer that its question does not take, under [`Question::field`].
    pub fn at_gate(&self, open: &[Question]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut answers = BTreeMap::new();
        for question in open {
            let given: Vec<&str> = self.0.get(&question.code).into_iter().flatten().map(String::as_str).collect();
            let read = question.clone().optional().read(&given);
            if let Some(answer) = errors.take(&question.field(), read).filter(|answer| !answer.is_empty()) {
                answers.insert(question.code.clone(), answer);
            }
        }
        if errors.is_empty() { Ok(Self(answers)) } else { Err(errors) }
    }

    /// What is surely wrong with answers that are given at the gate, as the gate's browser tells it, under [`Question::field`]. It
    /// needs none of Unicode's tables; the server reads in full, by [`Answers::at_gate`].
    #[must_use]
    pub fn faults_at_gate(&self, open: &[Question]) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for question in open {
            for given in self.0.get(&question.code).into_iter().flatten() {
                errors.take(&question.field(), question.check(given.trim()));
            }
        }
        errors
    }

    /// The same as a form's values, for editing.
    pub fn values(&self) -> impl Iterator<Item = (String, String)> {
        self.fields(field)
    }

    /// The same under [`Question::shown_field`].
    pub(super) fn shown(&self) -> impl Iterator<Item = (String, String)> {
        self.fields(shown_field)
    }

    fn fields(&self, name: impl Fn(&str) -> String) -> impl Iterator<Item = (String, String)> {
        self.0.iter().flat_map(move |(code, values)| {
            let name = name(code);
            values.iter().map(move |value| (name.clone(), value.clone()))
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::{prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;
    use crate::{ids::AudienceId, registration::AudienceKind, text::Locale};

    pub(in crate::registration) fn question(code: &str, kind: QuestionKind) -> Question {
        let option = |code: &str| QuestionOption { code: code.into(), name: Bilingual { vi: code.into(), en: None } };
        Question {
            code: code.into(),
            kind,
            label: Bilingual { vi: code.into(), en: None },
            help: None,
            is_required: false,
            options: if kind.has_options() { vec![option("a"), option("b")] } else { Vec::new() },
            audiences: Vec::new(),
            asked_if: None,
            least: None,
            most: None,
            asked_at_check_in: false,
            shown_at_check_in: false,
        }
    }

    fn read(questions: &[Question], given: &[(&str, &str)]) -> (Answers, FieldErrors) {
        let values = Values(given.iter().map(|(code, value)| (field(code), (*value).to_owned())).collect());
        let mut errors = FieldErrors::default();
        let form = Asked { audience_code: "nguoi-dan", questions, ..Asked::plain(AudienceId(Uuid::nil()), AudienceKind::Citizen) };
        (Answers::read(&values, form, &mut errors), errors)
    }

    fn told(question: &Question, given: &str) -> Result<String, Problem> {
        let (answers, errors) = read(std::slice::from_ref(question), &[(&question.code, given)]);
        match errors.0.first() {
            Some((_, problem)) => Err(problem.clone()),
            None => Ok(answers.0.values().flatten().cloned().collect::<Vec<_>>().join(",")),
        }
    }

    #[test]
    fn each_kind_takes_its_own_answers_and_no_others() {
        let ok = |kind, given| told(&question("q", kind), given).unwrap();
        let wrong = |kind, given| told(&question("q", kind), given).unwrap_err();
        assert_eq!(ok(QuestionKind::Text, " Cần  xe lăn\n"), "Cần xe lăn");
        assert_eq!(wrong(QuestionKind::Text, "<b>x</b>"), Problem::Markup);
        assert_eq!(ok(QuestionKind::Number, "-7"), "-7");
        assert_eq!(wrong(QuestionKind::Number, "7,5"), Problem::NotANumber);
        assert_eq!(ok(QuestionKind::YesNo, "no"), "no");
        assert_eq!(wrong(QuestionKind::YesNo, "maybe"), Problem::UnknownChoice);
        assert_eq!(wrong(QuestionKind::Choice, "c"), Problem::UnknownChoice);
        assert_eq!(ok(QuestionKind::Date, "1/9/1990"), "1990-09-01");
        assert_eq!(ok(QuestionKind::Date, "1990-09-01"), "1990-09-01");
        assert_eq!(wrong(QuestionKind::Date, "31/02/2000"), Problem::NotADate);
        assert_eq!(wrong(QuestionKind::Date, "1/1/0090"), Problem::NotADate);
        assert_eq!(ok(QuestionKind::Phone, "0912 345 678"), "+84912345678");
        assert_eq!(wrong(QuestionKind::Organisation, "1"), Problem::UnknownChoice);
        assert_eq!(ok(QuestionKind::Commune, "28261"), "28261");
    }

    #[test]
    fn bounds_count_numbers_and_characters() {
        let bounded = |kind| Question { least: Some(2), most: Some(5), ..question("q", kind) };
        assert_eq!(told(&bounded(QuestionKind::Number), "1"), Err(Problem::TooSmall { least: 2 }));
        assert_eq!(told(&bounded(QuestionKind::Number), "6"), Err(Problem::TooLarge { most: 5 }));
        assert_eq!(told(&bounded(QuestionKind::Text), "ộ"), Err(Problem::TooShort { min: 2 }));
        assert_eq!(told(&bounded(QuestionKind::Text), "ộộộộộộ"), Err(Problem::TooLong { max: 5 }));
    }

    #[test]
    fn several_choices_keep_the_order_of_the_options() {
        let several = question("q", QuestionKind::Choices);
        let (answers, _) = read(std::slice::from_ref(&several), &[("q", "b"), ("q", "a"), ("q", "b")]);
        assert_eq!(answers.0["q"], ["a", "b"]);
        assert_eq!(answers.values().collect::<Vec<_>>(), [("q.q".into(), "a".into()), ("q.q".into(), "b".into())]);
        let required = Question { is_required: true, ..several };
        assert_eq!(read(&[required], &[]).1.of("q.q"), Some(&Problem::Required));
    }

    #[test]
    fn a_question_with_a_condition_is_asked_only_where_it_is_met() {
        let condition = Condition { question: "car".into(), values: vec![TICKED.into()] };
        let plate = Question { is_required: true, asked_if: Some(condition), ..question("plate", QuestionKind::Text) };
        // Also where it stands before the question that it depends on.
        let questions = [plate, question("car", QuestionKind::YesNo)];
        assert_eq!(read(&questions, &[("car", "no"), ("plate", "66A")]).0.0.len(), 1);
        assert_eq!(read(&questions, &[("car", "yes")]).1.of("q.plate"), Some(&Problem::Required));
        assert_eq!(read(&questions, &[("car", "yes"), ("plate", "66A")]).0.0["plate"], ["66A"]);
    }

    #[test]
    fn at_the_gate_what_is_open_is_read_and_may_be_left_out() {
        let gate = |code, kind| Question { asked_at_check_in: true, is_required: true, ..question(code, kind) };
        let open = [gate("may", QuestionKind::Number), gate("an", QuestionKind::Choice)];
        let given =
            |answers: &[(&str, &str)]| Answers(answers.iter().map(|(code, value)| ((*code).into(), vec![(*value).into()])).collect());
        assert_eq!(given(&[("may", " 2 "), ("an", "b"), ("khac", "x")]).at_gate(&open), Ok(given(&[("an", "b"), ("may", "2")])));
        assert_eq!(given(&[("may", "")]).at_gate(&open), Ok(Answers::default()));
        let wrong = given(&[("may", "hai"), ("an", "b")]).at_gate(&open).unwrap_err();
        assert_eq!(wrong.0, [("q.may".to_owned(), Problem::NotANumber)]);
        let typed = |kind, value| given(&[("may", value)]).faults_at_gate(&[gate("may", kind)]).of("q.may").cloned();
        assert_eq!(given(&[("may", "hai"), ("an", "b")]).faults_at_gate(&open), wrong);
        assert_eq!((typed(QuestionKind::Number, " 2 "), typed(QuestionKind::Number, "2,5")), (None, Some(Problem::NotANumber)));
        assert_eq!(typed(QuestionKind::Phone, "12"), Some(Problem::NotAPhone));
        let long = "x".repeat(1001);
        assert_eq!(typed(QuestionKind::Text, &long), Some(Problem::TooLong { max: 1000 }));
        assert_eq!(typed(QuestionKind::Text, "cửa sau"), None);
    }

    proptest! {
        #[test]
        fn a_phone_has_words_for_whatever_is_wrong_with_an_answer(kind in select(&QuestionKind::ALL[..]), typed in typed(), bound in -3_i32..3) {
            let question = Question { asked_at_check_in: true, least: Some(bound), most: Some(bound), ..question("q", kind) };
            let wrong = Answers(BTreeMap::from([("q".to_owned(), vec![typed])])).faults_at_gate(std::slice::from_ref(&question));
            for (_, problem) in wrong.0 {
                prop_assert!(problem.text_at_gate(Locale::Vi).is_some() && problem.text_at_gate(Locale::En).is_some(), "{problem:?}");
            }
        }
    }

    /// What people type, and what others send.
    pub(in crate::registration) fn typed() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,40}", "[0-9 .,/+-]{0,15}", "(Nguyễn|Khách|<b>|&lt;|\u{202e}|\u{0}| |[a-z@.]){0,4}", "x{1,3000}"]
    }

    #[test]
    fn questions_of_others_and_of_the_gate_are_not_read() {
        let others = Question { audiences: vec!["doanh-nghiep".into()], is_required: true, ..question("a", QuestionKind::Text) };
        let gate = Question { asked_at_check_in: true, is_required: true, ..question("b", QuestionKind::Text) };
        let (answers, errors) = read(&[others, gate], &[("a", "x"), ("b", "y")]);
        assert!(errors.is_empty() && answers.0.is_empty());
    }
}
