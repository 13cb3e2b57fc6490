//! The SQL of the registration form's questions.

use domain::ids::EditionId;
use sqlx::{PgConnection, types::Json};

use super::{codes, position};
use crate::{Context, Error, edition::file::QuestionPart, registration};

/// Stores the questions that a file names and removes the others. Answers stay, by the code of their question.
pub(in super::super) async fn store(cx: &Context, tx: &mut PgConnection, edition: EditionId, parts: &[QuestionPart]) -> Result<(), Error> {
    for (at, part) in parts.iter().enumerate() {
        let help = part.help.as_ref();
        let condition = part.asked_if.as_ref();
        sqlx::query!(
            "insert into questions (id, edition_id, code, kind, label_vi, label_en, help_vi, help_en, is_required, options, audiences, asked_if,
                 asked_if_values, least, most, asked_at_check_in, shown_at_check_in, position)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             on conflict on constraint questions_edition_id_code_key do update set
                 kind = excluded.kind, label_vi = excluded.label_vi, label_en = excluded.label_en, help_vi = excluded.help_vi,
                 help_en = excluded.help_en, is_required = excluded.is_required, options = excluded.options,
                 audiences = excluded.audiences, asked_if = excluded.asked_if, asked_if_values = excluded.asked_if_values,
                 least = excluded.least, most = excluded.most, asked_at_check_in = excluded.asked_at_check_in,
                 shown_at_check_in = excluded.shown_at_check_in, position = excluded.position",
            cx.new_id(),
            edition.0,
            part.code,
            part.kind.key(),
            part.label.vi,
            part.label.en,
            help.map(|help| help.vi.as_str()),
            help.and_then(|help| help.en.as_deref()),
            part.required,
            Json(&part.options) as _,
            &part.audiences,
            condition.map(|condition| condition.question.as_str()),
            &condition.map(|condition| condition.values.clone()).unwrap_or_default(),
            part.least,
            part.most,
            part.ask_at_check_in,
            part.show_at_check_in,
            position(at)
        )
        .execute(&mut *tx)
        .await?;
    }
    let kept = codes(parts, |part| &part.code);
    sqlx::query!("delete from questions where edition_id = $1 and code <> all ($2)", edition.0, &kept).execute(tx).await?;
    Ok(())
}

/// The questions of an edition as a file has them.
pub(in super::super) async fn read(connection: &mut PgConnection, edition: EditionId) -> Result<Vec<QuestionPart>, Error> {
    let questions = registration::questions(connection, edition).await?;
    Ok(questions
        .into_iter()
        .map(|question| QuestionPart {
            code: question.code,
            kind: question.kind,
            label: question.label,
            help: question.help,
            required: question.is_required,
            audiences: question.audiences,
            asked_if: question.asked_if,
            least: question.least,
            most: question.most,
            ask_at_check_in: question.asked_at_check_in,
            show_at_check_in: question.shown_at_check_in,
            options: question.options,
        })
        .collect())
}
