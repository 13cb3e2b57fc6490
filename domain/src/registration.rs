//! Registration: who may come, what each group is asked, and when its door is open.

mod application;
mod audience;
pub mod delegation;
pub mod import;
mod invitation;
mod lost;
pub mod merge;
mod question;
pub mod search;
mod session;
mod spare;
mod status;
mod told;
mod walk_in;

/// The longest note of what the gate should know of a person, in characters.
pub const ATTENTION_MAX: usize = 200;

pub use application::{Application, Asked, CommuneCode, Details, TICKED, field};
pub use audience::{Ask, Asks, AudienceKind, Window};
pub use invitation::InvitationCode;
pub use lost::Lost;
pub use question::{Answers, Condition, NO, Question, QuestionKind, QuestionOption};
pub use session::OfferedSession;
pub use spare::{CameIn, Guest, SpareEntry, SpareOrder, VoidReason, who_came_in};
pub use status::Status;
pub use told::{ToldAnswer, yes_or_no};
pub use walk_in::{Excuse, IfFull, WalkIn};

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::*;
    use crate::{
        form::{FieldErrors, Problem, Values},
        ids::AudienceId,
        text::Locale,
    };

    fn values(fields: &[(&str, &str)]) -> Values {
        Values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn parse(fields: &[(&str, &str)], kind: AudienceKind) -> Result<Application, FieldErrors> {
        Application::parse(&values(fields), Asked::plain(AudienceId(Uuid::nil()), kind), Locale::Vi)
    }

    const CITIZEN: [(&str, &str); 5] = [
        (field::FULL_NAME, "Nguyễn Thị Hạnh"),
        (field::PHONE, "0912 345 678"),
        (field::COMMUNE, "28261"),
        (field::ADULT, TICKED),
        ("consent_attend", TICKED),
    ];

    #[test]
    fn a_citizen_needs_name_phone_commune_age_and_consent() {
        let application = parse(&CITIZEN, AudienceKind::Citizen).unwrap();
        assert_eq!(application.details.phone.unwrap().e164(), "+84912345678");
        assert_eq!(application.details.email, None);
        let errors = parse(&[], AudienceKind::Citizen).unwrap_err();
        let expected = [
            (field::FULL_NAME, Problem::Required),
            (field::COMMUNE, Problem::Required),
            (field::PHONE, Problem::Required),
            (field::ADULT, Problem::AgeNeeded),
            ("consent_attend", Problem::ConsentNeeded),
        ]
        .map(|(field, problem)| (field.to_owned(), problem));
        assert_eq!(errors.0, expected);
    }

    #[test]
    fn a_business_needs_its_name_and_tax_code() {
        let errors = parse(&CITIZEN, AudienceKind::Business).unwrap_err();
        assert_eq!(errors.of(field::ORGANISATION_NAME), Some(&Problem::Required));
        assert_eq!(errors.of(field::TAX_CODE), Some(&Problem::Required));
        assert_eq!(errors.of(field::JOB_TITLE), None);
        assert_eq!(errors.of(field::COMMUNE), None);
    }

    #[test]
    fn a_personal_number_is_the_tax_code_of_a_household_business_alone() {
        let with = |code: &str, household: &str| {
            let business = [(field::ORGANISATION_NAME, "Tạp hóa Sen"), (field::TAX_CODE, code), (field::HOUSEHOLD, household)];
            parse(&[&CITIZEN[..], &business].concat(), AudienceKind::Business)
        };
        let told = |code, household| with(code, household).unwrap_err().of(field::TAX_CODE).cloned();
        assert_eq!(told("087099000123", ""), Some(Problem::HouseholdTaxCode));
        assert_eq!(told("08709900012", ""), Some(Problem::NotATaxCode));
        assert_eq!(told("08709900012", TICKED), Some(Problem::NotATaxCode));
        for (code, household) in [("087099000123", TICKED), ("0100109106", TICKED), ("0100109106", "")] {
            assert_eq!(with(code, household).unwrap().details.tax_code.unwrap().as_str(), code);
        }
    }

    #[test]
    fn fields_of_other_kinds_are_not_kept() {
        let fields = [&CITIZEN[..], &[(field::TAX_CODE, "0100109106"), (field::JOB_TITLE, "Giám đốc")]].concat();
        let application = parse(&fields, AudienceKind::Citizen).unwrap();
        assert_eq!((application.details.tax_code, application.details.job_title), (None, None));
    }

    #[test]
    fn a_change_keeps_what_its_form_does_not_ask_and_staff_may_leave_the_rest_empty() {
        let question = |code: &str, at_check_in| Question {
            asked_at_check_in: at_check_in,
            is_required: true,
            ..question::tests::question(code, QuestionKind::Text)
        };
        let questions = [question("a", false), question("b", true)];
        let answers = |given: &[(&str, &str)]| Answers(given.iter().map(|(code, value)| ((*code).into(), vec![(*value).into()])).collect());
        let stored = Details {
            organisation_name: Some("Công ty Sen Hồng".into()),
            answers: answers(&[("a", "xe lăn"), ("b", "áo cỡ L"), ("c", "câu cũ")]),
            ..parse(&CITIZEN, AudienceKind::Citizen).unwrap().details
        };
        let plain = Asked::plain(AudienceId(Uuid::nil()), AudienceKind::Citizen);
        let form = Asked { questions: &questions, ..plain };
        let fields = [(field::FULL_NAME, "Nguyễn Thị Hạnh"), ("q.a", "ghế cao")];
        let told = stored.changed(&values(&fields), form, Locale::Vi).unwrap_err();
        let expected = [(field::COMMUNE, Problem::Required), (field::PHONE, Problem::Required)];
        assert_eq!(told.0, expected.map(|(field, problem)| (field.to_owned(), problem)));
        let by_holder = Asked { asks: form.asks.optional(), phone: Ask::Optional, ..form };
        let changed = stored.changed(&values(&fields), by_holder, Locale::Vi).unwrap();
        assert_eq!((changed.organisation_name.as_deref(), changed.commune, changed.phone), (Some("Công ty Sen Hồng"), None, None));
        assert_eq!(changed.answers, answers(&[("a", "ghế cao"), ("b", "áo cỡ L"), ("c", "câu cũ")]));
    }

    #[test]
    fn staff_correct_what_the_gate_wrote_down_and_take_nothing_back_that_it_wrote_since() {
        let question =
            |code: &str, at_check_in| Question { asked_at_check_in: at_check_in, ..question::tests::question(code, QuestionKind::Text) };
        let questions = [question("a", false), question("b", true), question("d", true)];
        let answers = |given: &[(&str, &str)]| Answers(given.iter().map(|(code, value)| ((*code).into(), vec![(*value).into()])).collect());
        let stored = Details {
            answers: answers(&[("a", "xe lăn"), ("b", "áo cỡ L"), ("d", "cổng\nsau")]),
            ..parse(&CITIZEN, AudienceKind::Citizen).unwrap().details
        };
        let plain = Asked::plain(AudienceId(Uuid::nil()), AudienceKind::Citizen);
        let form = Asked { questions: &questions, asks: plain.asks.optional(), phone: Ask::Optional, is_of_staff: true, ..plain };
        let saved = |given: &[(&str, &str)]| {
            let fields = [&[(field::FULL_NAME, "Nguyễn Thị Hạnh")], given].concat();
            stored.changed(&values(&fields), form, Locale::Vi).unwrap().answers
        };
        let opened = [("shown.b", "áo cỡ L"), ("shown.d", "cổng\r\nsau")];
        let typed = |b, d| saved(&[&[("q.a", "xe lăn"), ("q.b", b), ("q.d", d)][..], &opened].concat());
        assert_eq!(typed("áo cỡ M", "cổng\r\nsau"), answers(&[("a", "xe lăn"), ("b", "áo cỡ M"), ("d", "cổng\nsau")]));
        assert_eq!(typed("", "cổng\r\nsau"), answers(&[("a", "xe lăn"), ("d", "cổng\nsau")]), "it is asked again");
        // Opened before the gate had asked.
        assert_eq!(saved(&[("q.a", "xe lăn"), ("q.b", ""), ("q.d", "")]), stored.answers);
        assert_eq!(saved(&[("q.a", ""), ("q.b", "áo cỡ S")]), answers(&[("b", "áo cỡ S"), ("d", "cổng\nsau")]));
    }

    #[test]
    fn an_unticked_box_is_a_refusal_that_is_recorded() {
        let fields = [&CITIZEN[..], &[("consent_news", TICKED), ("consent_photos", "no")]].concat();
        let decisions = parse(&fields, AudienceKind::Citizen).unwrap().decisions;
        let given: Vec<_> = decisions.iter().map(|decision| (decision.purpose.key(), decision.given)).collect();
        assert_eq!(given, [("attend", true), ("reminders", false), ("photos", false), ("news", true), ("exhibitors", false)]);
    }

    #[test]
    fn a_window_is_open_from_its_first_instant_to_before_its_last() {
        let opens = DateTime::UNIX_EPOCH;
        let closes = opens + TimeDelta::hours(1);
        let window = Window { opens_at: Some(opens), closes_at: Some(closes) };
        let tick = TimeDelta::milliseconds(1);
        assert_eq!(window.check(opens - tick), Err(Problem::NotOpenYet));
        assert_eq!(window.check(opens), Ok(()));
        assert_eq!(window.check(closes - tick), Ok(()));
        assert_eq!(window.check(closes), Err(Problem::Closed));
    }

    #[test]
    fn audience_numbers_and_keys_are_one_to_one() {
        for kind in AudienceKind::ALL {
            assert_eq!(AudienceKind::from_number(kind.number()), Some(kind));
            assert_eq!(AudienceKind::from_key(kind.key()), Some(kind));
        }
        assert_eq!(AudienceKind::from_number(0), None);
    }
}
