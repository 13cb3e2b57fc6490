//! Lists from other systems: checked, shown, and stored in one go.
//!
//! All rows are stored by one transaction: whatever ends the program in the middle leaves nothing, and the same list again
//! finds its people by their references.

use std::sync::Arc;

use domain::{
    access::{self, Action, Actor},
    form::{FieldErrors, Problem},
    ids::{AudienceId, EditionId, RegistrationId},
    privacy::NOTICE_VERSION,
    registration::import::{CellProblem, HEADINGS, ImportRow, ROWS_MAX, read as read_rows},
    text::{self, Bilingual},
    ticket::{ShortCode, TicketId},
};
use serde_json::json;
use tracing::Instrument as _;
use uuid::Uuid;

use super::store::{self, import::NewPeople};
use crate::{
    Context, Error,
    audit::{self, By, Entry},
    edition,
    registration::{hash, link_secret},
    sheet, write,
};

/// How often the new tickets are numbered anew when one of the numbers is taken.
const ATTEMPTS: usize = 4;

/// What a list came to when it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Everything is in order; nothing is stored yet.
    Ready(Uuid),
    /// These cells have to be mended first.
    Wrong(Vec<CellProblem>),
}

/// A checked list and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: Uuid,
    pub state: ImportState,
    /// Rows in all.
    pub count: i32,
    /// Of them those whose reference is known: they are changed and not added.
    pub known: i64,
}

/// How far a list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Nothing is stored yet.
    Checked,
    Running,
    Done {
        added: i32,
        changed: i32,
    },
    /// Nothing was stored; `full` is an audience that has not so many seats.
    Failed {
        full: Option<Bilingual>,
    },
}

/// Checks a file row by row and keeps its rows until they are confirmed, for a day at most. No registration is stored.
///
/// Effects: a row of `imports`; those of yesterday go.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::Invalid`] on `field` where the file is no table, as
/// [`sheet::read`], or has no column of references or of names.
pub async fn check_import(cx: &Context, actor: &Actor, file: Vec<u8>, otherwise: AudienceId, field: &str) -> Result<Checked, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    let edition = edition::current(cx).await?.ok_or(Error::NotFound)?;
    let audiences = store::import::audiences(&cx.pool, edition.id).await?;
    if !audiences.iter().any(|(id, _)| *id == otherwise) {
        return Err(FieldErrors::one(domain::registration::field::AUDIENCE, Problem::UnknownChoice).into());
    }
    let mut table = sheet::read(file, ROWS_MAX, field).await?;
    let columns = table.take_heading(HEADINGS).filter(|columns| columns[0].is_some() && columns[1].is_some());
    let columns = columns.ok_or_else(|| FieldErrors::one(field, Problem::HeadingNeeded))?;
    if table.rows.is_empty() {
        return Err(FieldErrors::one(field, Problem::EmptyTable).into());
    }
    let rows = table.rows.iter().map(|row| (row.number, columns.map(|column| column.map_or("", |column| row.cell(column)))));
    let rows = match read_rows(rows, &audiences, otherwise) {
        Ok(rows) => rows,
        Err(problems) => return Ok(Checked::Wrong(problems)),
    };
    let (id, at, account) = (cx.new_id(), cx.now(), actor.account().ok_or(Error::Forbidden)?);
    drop(table);
    let rows = Arc::new(rows);
    write::write(cx, move |tx| {
        let rows = Arc::clone(&rows);
        Box::pin(async move { store::import::keep(tx, id, edition.id, account, &rows, at).await })
    })
    .await?;
    Ok(Checked::Ready(id))
}

/// How far a list is.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`].
pub async fn import(cx: &Context, actor: &Actor, id: Uuid) -> Result<Import, Error> {
    access::authorise(actor, Action::ManageRegistrations)?;
    store::import::found(&cx.pool, id, cx.now()).await?.ok_or(Error::NotFound)
}

/// Begins to store a checked list, and does not wait for its end: [`import`] tells it. A list that is being stored, or is
/// stored, is left as it is.
///
/// Effects, in one transaction: registrations (channel `import`), their tickets, their consents as the other system has them,
/// seats, one audit entry `registration.import` or `registration.edit` for each person; the kept rows go.
///
/// # Errors
/// The policy's for [`Action::ManageRegistrations`]; [`Error::NotFound`].
pub async fn confirm_import(cx: &Context, actor: &Actor, id: Uuid) -> Result<(), Error> {
    import(cx, actor, id).await?;
    let at = cx.now();
    let begun = write::write(cx, move |tx| Box::pin(async move { store::import::begin(tx, id, at).await })).await?;
    if begun {
        let (cx, actor) = (cx.clone(), actor.clone());
        let storing = async move {
            if let Err(error) = store_now(&cx, &actor, id).await {
                tracing::error!(%error, "a list was not stored");
                let failure = full(&error).map(|audience| audience.to_string());
                let at = cx.now();
                let _ = write::write(&cx, move |tx| {
                    let failure = failure.clone();
                    Box::pin(async move { store::import::failed(tx, id, failure.as_deref(), at).await })
                })
                .await;
            }
        };
        tokio::spawn(storing.in_current_span());
    }
    Ok(())
}

/// Stores a list that was begun: all of it or nothing.
pub(super) async fn store_now(cx: &Context, actor: &Actor, id: Uuid) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let (context, actor) = (cx.clone(), actor.clone());
        let stored = write::write(cx, move |tx| {
            let (cx, actor) = (context.clone(), actor.clone());
            Box::pin(async move {
                let (edition, rows) = store::import::begun(tx, id).await?;
                let (added, changed) = settle(tx, &cx, &actor, edition, rows).await?;
                store::import::done(tx, id, added, changed, cx.now()).await
            })
        })
        .await;
        match stored {
            Err(Error::Internal(source)) if store::import::is_number_in_use(source.as_ref()) => {}
            other => return other,
        }
    }
    Err(Error::Internal("no free ticket numbers were found".into()))
}

/// Adds those who are new and changes those who are known; gives back how many of each.
async fn settle(
    tx: &mut sqlx::PgConnection,
    cx: &Context,
    actor: &Actor,
    edition: EditionId,
    rows: Vec<ImportRow>,
) -> Result<(usize, usize), Error> {
    let (at, by) = (cx.now(), actor.account().map(|id| id.0));
    let known = store::import::known(tx, edition, &rows).await?;
    let (old, new): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| known.contains_key(&row.reference));
    // Seats first, in the order of their capacities.
    for (audience, has_room) in store::import::take_seats(tx, &new).await? {
        if !has_room {
            return Err(FieldErrors::one(&audience.to_string(), Problem::Full).into());
        }
    }
    let mut people = NewPeople::default();
    for row in &new {
        let id = cx.new_id();
        let key = Uuid::from_bytes(cx.random_bytes());
        let ticket = TicketId(u64::from_be_bytes(cx.random_bytes()));
        let code = ShortCode::from_random(u64::from_be_bytes(cx.random_bytes()));
        people.push(row, id, key, &hash(&link_secret(cx, key, 0).0), ticket, &code, search_text(row));
    }
    let added = people.len();
    store::import::add(tx, edition, &people, NOTICE_VERSION, by, at).await?;
    let searched: Vec<String> = old.iter().map(search_text).collect();
    let changed = store::import::change(tx, edition, &old, &searched, at).await?;
    for id in &changed {
        let entry =
            Entry { action: "registration.edit", subject_kind: "registration", subject_id: Some(id.0), detail: json!({"import": true}) };
        audit::record(tx, at, By::Actor(actor), entry).await?;
    }
    Ok((added, changed.len()))
}

/// The audience that had not so many seats.
fn full(error: &Error) -> Option<AudienceId> {
    match error {
        Error::Invalid(errors) => errors.0.first().and_then(|(audience, _)| audience.parse().ok()),
        _ => None,
    }
}

fn search_text(row: &ImportRow) -> String {
    let phone = row.phone.as_ref().map(|phone| format!("{} {}", phone.e164(), phone.national().replace(' ', "")));
    let email = row.email.as_ref().map(domain::contact::Email::as_str);
    let parts = [Some(row.full_name.as_str()), row.organisation.as_deref(), phone.as_deref(), email];
    text::fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Whom an import found by the reference.
pub(super) type Known = std::collections::HashMap<String, RegistrationId>;
