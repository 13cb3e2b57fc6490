//! The list of a delegation: empty rows to type into, and the table of what was read, with what is wrong beside each cell.

use domain::{
    form::{FieldErrors, Problem, Values},
    registration::{
        Ask, Asks, TICKED,
        delegation::{Column, MOST, Row, field},
    },
};
use leptos::prelude::*;

use super::doing;
use crate::{
    components::{Button, ButtonKind, DataTable},
    forms::{self, FormState},
    i18n,
    request::RequestCx,
};

/// How many empty rows a form begins with.
const ROWS: usize = 3;
/// How many more are offered at a time.
pub const MORE_ROWS: usize = 5;

/// How many rows are offered to type into.
pub fn offered(values: &Values) -> usize {
    values.get(field::ROWS).parse().unwrap_or(ROWS).clamp(ROWS, MOST)
}

/// Empty rows, or what was typed into them.
pub(super) fn typed(cx: &RequestCx, state: &FormState, asks: Asks) -> AnyView {
    let t = &cx.texts().delegation;
    (1..=offered(&state.values)).map(|number| one(cx, state, asks, number, &(t.person)(number))).collect_view().into_any()
}

/// The cells of one person.
pub(super) fn one(cx: &RequestCx, state: &FormState, asks: Asks, number: usize, name: &str) -> AnyView {
    let cells = Column::ALL
        .map(|column| {
            let field = state.field(&column.field(number));
            let error_id = field.error_id();
            let error = field.error.as_ref().map(|problem| problem.text(cx.locale()));
            view! {
                <div>
                    <label for=field.id.clone()>{label(cx, column)}</label>
                    <input
                        type="text"
                        inputmode=inputmode(column)
                        id=field.id.clone()
                        name=field.name.clone()
                        value=field.value()
                        autocomplete="off"
                        aria-required=is_needed(column, asks).then_some("true")
                        aria-invalid=error.is_some().then_some("true")
                        aria-describedby=error.is_some().then(|| error_id.clone())
                    />
                    {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="person">
            <legend>{name.to_owned()}</legend>
            {cells}
        </fieldset>
    }
    .into_any()
}

/// What is wrong, on top of the page: fields one by one, the list's cells by their number.
pub(super) fn summary(cx: &RequestCx, labels: &forms::Labels) -> Option<AnyView> {
    let locale = cx.locale();
    let errors = &cx.form.errors;
    let fields = errors.0.iter().filter(|(field, _)| !is_cell(field)).map(|(field, problem)| {
        let text = forms::named(labels, field, problem, locale);
        view! { <li><a href=format!("#{field}")>{text}</a></li> }
    });
    let fields = fields.collect_view();
    let cells = errors.0.iter().find(|(field, _)| is_cell(field)).map(|(first, _)| {
        let text = (cx.texts().delegation.to_mend)(wrong_cells(errors));
        view! { <li><a href=format!("#{first}")>{text}</a></li> }
    });
    (!errors.is_empty()).then(|| {
        view! {
            <div class="error-summary" role="alert" aria-labelledby="error-summary" tabindex="-1">
                <h2 id="error-summary">{(cx.texts().common.errors_title)(errors.0.len())}</h2>
                <ul>{fields}{cells}</ul>
            </div>
        }
        .into_any()
    })
}

/// More empty rows; what is typed stays.
pub(super) fn more(cx: &RequestCx, state: &FormState) -> AnyView {
    let t = &cx.texts().delegation;
    view! {
        <input type="hidden" name=field::ROWS value=offered(&state.values).to_string()/>
        <p><Button kind=ButtonKind::Second name=doing::NAME value=doing::ROWS>{t.more_rows}</Button></p>
    }
    .into_any()
}

/// What was read, a line for each person. Where something is wrong, the row is open to be corrected or left out.
pub(super) fn read(cx: &RequestCx, rows: &[Row], errors: &FieldErrors) -> AnyView {
    let t = &cx.texts().delegation;
    let locale = cx.locale();
    let columns = [t.row_number, t.name, t.job_title, t.phone, t.email].map(str::to_owned).into();
    let lines = rows
        .iter()
        .zip(1..)
        .map(|(row, number)| {
            let is_wrong = Column::ALL.iter().any(|column| errors.of(&column.field(number)).is_some());
            let cells = Column::ALL
                .map(|column| {
                    if is_wrong {
                        open_cell(cx, row, number, column, errors)
                    } else {
                        view! { <td>{row.get(column).to_owned()}</td> }.into_any()
                    }
                })
                .collect_view();
            let leave_out = is_wrong.then(|| {
                let id = format!("drop-{number}");
                view! {
                    <span class="choice">
                        <input type="checkbox" id=id.clone() name=id.clone() value=TICKED/>
                        <label for=id.clone()>{t.leave_out}<span class="visually-hidden">" "{(t.row)(number)}</span></label>
                    </span>
                }
            });
            view! { <tr><th scope="row">{number}{leave_out}</th>{cells}</tr> }
        })
        .collect_view();
    let caption = (t.members)(&i18n::number(locale, i64::try_from(rows.len()).unwrap_or(i64::MAX)));
    view! { <DataTable caption id="list-read" columns>{lines}</DataTable> }.into_any()
}

fn open_cell(cx: &RequestCx, row: &Row, number: usize, column: Column, errors: &FieldErrors) -> AnyView {
    let t = &cx.texts().delegation;
    let name = column.field(number);
    let error_id = format!("{name}-error");
    let error = errors.of(&name).map(|problem| problem.text(cx.locale()));
    view! {
        <td>
            <input
                type="text"
                inputmode=inputmode(column)
                id=name.clone()
                name=name.clone()
                value=row.get(column).to_owned()
                autocomplete="off"
                aria-label=format!("{}, {}", label(cx, column), (t.row)(number))
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=error.is_some().then(|| error_id.clone())
            />
            {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
        </td>
    }
    .into_any()
}

/// How many cells of the list are wrong.
pub(super) fn wrong_cells(errors: &FieldErrors) -> usize {
    errors.0.iter().filter(|(field, _)| is_cell(field)).count()
}

/// Whether somebody has the name of somebody else on the list.
pub(super) fn has_namesakes(errors: &FieldErrors) -> bool {
    errors.0.iter().any(|(_, problem)| matches!(problem, Problem::SameAsRow { .. }))
}

/// Whether a field is a cell of the list.
pub(super) fn is_cell(field: &str) -> bool {
    field.rsplit_once('-').is_some_and(|(_, number)| {
        number.parse::<usize>().is_ok_and(|number| Column::ALL.iter().any(|column| column.field(number) == field))
    })
}

fn is_needed(column: Column, asks: Asks) -> bool {
    match column {
        Column::Name => true,
        Column::JobTitle => asks.job_title == Ask::Required,
        Column::Phone | Column::Email => false,
    }
}

fn label(cx: &RequestCx, column: Column) -> &'static str {
    let t = &cx.texts().delegation;
    match column {
        Column::Name => t.name,
        Column::JobTitle => t.job_title,
        Column::Phone => t.phone,
        Column::Email => t.email,
    }
}

fn inputmode(column: Column) -> &'static str {
    match column {
        Column::Name | Column::JobTitle => "text",
        Column::Phone => "tel",
        Column::Email => "email",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_told_from_the_other_fields() {
        for cell in ["name-0", "name-1", "job-12", "phone-500", "email-3"] {
            assert!(is_cell(cell), "{cell}");
        }
        for other in ["name", "leader_phone", "phone-", "drop-1", "name-01", "phone-error"] {
            assert!(!is_cell(other), "{other}");
        }
    }

    #[test]
    fn rows_are_offered_within_bounds() {
        let with = |rows: &str| offered(&Values(vec![(field::ROWS.to_owned(), rows.to_owned())]));
        assert_eq!([with(""), with("8"), with("0"), with("100000"), with("x")], [ROWS, 8, ROWS, MOST, ROWS]);
    }
}
