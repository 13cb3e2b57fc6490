//! What the questions of a file must obey.

use std::collections::HashSet;

use domain::registration::{Condition, QuestionKind, TICKED};

use super::{
    super::{File, QuestionPart},
    Check,
    Step::{Index, Key},
};

/// Finds every problem of the questions.
pub(super) fn check(check: &mut Check<'_>, file: &File) {
    let audiences: HashSet<&str> = file.audiences.iter().map(|audience| audience.code.as_str()).collect();
    for (at, question) in file.questions.iter().enumerate() {
        for (audience_at, code) in question.audiences.iter().enumerate() {
            check.refers(&[Key("questions"), Index(at), Key("audiences"), Index(audience_at)], &audiences, Some(code));
        }
        options(check, at, question);
        bounds(check, at, question);
        if question.ask_at_check_in && !question.kind.is_asked_at_gate() {
            check.add(
                &[Key("questions"), Index(at), Key("ask_at_check_in")],
                "phones hold no list of organisations or communes to choose from",
            );
        }
        if let Some(condition) = &question.asked_if {
            asked_if(check, at, condition, &file.questions);
        }
    }
}

fn options(check: &mut Check<'_>, at: usize, question: &QuestionPart) {
    let path = [Key("questions"), Index(at), Key("options")];
    match question.kind.has_options() {
        true if question.options.len() < 2 => check.add(&path, "a choice needs two options or more"),
        false if !question.options.is_empty() => check.add(&path, "only a choice has options"),
        _ => {}
    }
    let mut seen = HashSet::new();
    for (option_at, option) in question.options.iter().enumerate() {
        let path = [Key("questions"), Index(at), Key("options"), Index(option_at), Key("code")];
        check.code(&path, &option.code);
        if !seen.insert(&option.code) {
            check.add(&path, format!("the code {} is used twice", option.code));
        }
    }
}

fn bounds(check: &mut Check<'_>, at: usize, question: &QuestionPart) {
    let is_text = question.kind == QuestionKind::Text;
    let path = [Key("questions"), Index(at), Key("most")];
    if question.least.zip(question.most).is_some_and(|(least, most)| least > most) {
        check.add(&path, "must not be less than the least");
    } else if is_text && question.most.is_some_and(|most| !(1..=5000).contains(&most)) {
        check.add(&path, "a number from 1 to 5000 is expected");
    } else if !is_text && question.kind != QuestionKind::Number && (question.least.is_some() || question.most.is_some()) {
        check.add(&path, "only a text or a number has bounds");
    }
}

/// A condition names another question that is answered by choosing, and that has no condition of its own.
fn asked_if(check: &mut Check<'_>, at: usize, condition: &Condition, questions: &[QuestionPart]) {
    let path = [Key("questions"), Index(at), Key("asked_if")];
    let Some(other) = questions.iter().find(|other| other.code == condition.question) else {
        return check.add(&path, format!("nothing has the code {}", condition.question));
    };
    let known: Vec<&str> = match other.kind {
        QuestionKind::YesNo => vec![TICKED, "no"],
        QuestionKind::Choice | QuestionKind::Choices => other.options.iter().map(|option| option.code.as_str()).collect(),
        _ => return check.add(&path, "a condition depends on a question that is answered by choosing"),
    };
    if other.asked_if.is_some() || other.ask_at_check_in {
        check.add(&path, "a condition depends on a question that the form always asks");
    }
    if condition.values.is_empty() {
        check.add(&path, "at least one value is expected");
    }
    for value in condition.values.iter().filter(|value| !known.contains(&value.as_str())) {
        check.add(&path, format!("{} cannot be answered with {value}", other.code));
    }
}
