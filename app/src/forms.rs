//! What a submitted form said and what is wrong with it, so that its page can show both again.

use domain::{
    form::{FieldErrors, Problem, Values},
    text::Locale,
};

/// What the fields of a form are called: the name of each, and its label.
pub type Labels = [(&'static str, &'static str)];

/// What is wrong with a field, after the field's label.
pub fn named(labels: &Labels, field: &str, problem: &Problem, locale: Locale) -> String {
    let text = problem.text(locale);
    match labels.iter().find(|(name, _)| *name == field) {
        Some((_, label)) => format!("{label}: {text}"),
        None => text,
    }
}

/// The HTML id of the form that a page is written in, where [`Page::has_entry`](crate::routes::Page::has_entry).
pub const ENTRY: &str = "entry";
/// Before the names of fields that the sign-in page keeps for the form that was sent too late.
const KEPT: &str = "kept.";

/// The fields of another form, as the sign-in page hands them on.
pub fn keep(values: Values) -> Values {
    Values(values.0.into_iter().map(|(name, value)| (format!("{KEPT}{name}"), value)).collect())
}

/// What [`keep`] has hidden among the fields of the sign-in form, under the kept names.
pub fn hidden(values: &Values) -> Vec<(String, String)> {
    values.0.iter().filter(|(name, _)| name.starts_with(KEPT)).cloned().collect()
}

/// The same under their own names.
pub fn kept(values: &Values) -> Values {
    Values(values.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?.to_owned(), value.clone()))).collect())
}

/// Values and errors of a form. The default is a form that nobody has filled in yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormState {
    pub values: Values,
    pub errors: FieldErrors,
}

impl FormState {
    /// A form that starts with these values, for editing what is stored.
    pub fn filled(values: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values: Values(values), errors: FieldErrors::default() }
    }

    /// This form if anything was posted, else the given one.
    #[must_use]
    pub fn or(self, initial: Self) -> Self {
        if self.is_empty() { initial } else { self }
    }

    /// Nothing typed and nothing wrong.
    pub fn is_empty(&self) -> bool {
        self.values.0.is_empty() && self.errors.is_empty()
    }

    /// The field called `name`, ready for a control.
    pub fn field(&self, name: &str) -> FieldView {
        FieldView {
            id: name.to_owned(),
            name: name.to_owned(),
            values: self.values.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect(),
            error: self.errors.of(name).cloned(),
        }
    }
}

/// One field of a form: its name, what was typed, what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    pub id: String,
    pub name: String,
    pub values: Vec<String>,
    pub error: Option<Problem>,
}

impl FieldView {
    /// The same field under another HTML id, where a page shows several forms with equal names.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The typed value, or nothing.
    pub fn value(&self) -> String {
        self.values.first().cloned().unwrap_or_default()
    }

    /// Whether this choice was made.
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|chosen| chosen == value)
    }

    pub(crate) fn hint_id(&self) -> String {
        format!("{}-hint", self.id)
    }

    pub(crate) fn error_id(&self) -> String {
        format!("{}-error", self.id)
    }

    /// The ids for `aria-describedby`: hint first, then error.
    pub(crate) fn described_by(&self, has_hint: bool) -> Option<String> {
        match (has_hint, self.error.is_some()) {
            (true, true) => Some(format!("{} {}", self.hint_id(), self.error_id())),
            (true, false) => Some(self.hint_id()),
            (false, true) => Some(self.error_id()),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_every_typed_value_and_its_first_error() {
        let mut form = FormState::filled([("session", "a"), ("name", "An"), ("session", "b")]);
        form.errors = FieldErrors(vec![("session".into(), Problem::UnknownChoice), ("session".into(), Problem::Full)]);
        let field = form.field("session");
        assert_eq!(field.values, ["a", "b"]);
        assert_eq!(field.error, Some(Problem::UnknownChoice));
        assert_eq!(form.field("name").error, None);
    }

    #[test]
    fn what_the_sign_in_page_keeps_comes_back_as_it_was() {
        let typed = FormState::filled([("title", "Trạm y tế"), ("email", "a@a.vn"), ("kept.x", "y")]).values;
        let mut page = keep(typed.clone());
        page.0.push(("email".into(), "b@b.vn".into()));
        assert_eq!(hidden(&page).len(), 3);
        assert_eq!(kept(&page), typed);
    }

    #[test]
    fn a_control_is_described_by_hint_then_error() {
        let form = FormState { errors: FieldErrors::one("phone", Problem::NotAPhone), ..FormState::default() };
        assert_eq!(form.field("phone").described_by(true).as_deref(), Some("phone-hint phone-error"));
        assert_eq!(form.field("phone").described_by(false).as_deref(), Some("phone-error"));
        assert_eq!(form.field("name").described_by(false), None);
    }

    #[test]
    fn stored_values_give_way_to_posted_ones() {
        let stored = FormState::filled([("name", "An")]);
        assert_eq!(FormState::default().or(stored.clone()), stored);
        let posted = FormState { errors: FieldErrors::one("name", Problem::Required), ..FormState::default() };
        assert_eq!(posted.clone().or(stored), posted);
    }
}
