//! Lost tickets: the links go to the stored address, and whoever asks learns nothing.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Actor,
    fair::Limit,
    ids::{DelegationId, RegistrationId},
    mail::MessageKind,
    registration::Lost,
};
use sqlx::PgConnection;

use crate::{
    Context, Error,
    audit::{self, By, Entry},
    limits,
    mail::{self, To},
    write,
};

/// A link that was sent so lately is not sent again, by whatever it is asked for.
const LATELY: TimeDelta = TimeDelta::minutes(10);
/// The most links that one asking sends.
const MOST: i64 = 20;

/// Sends the links of everything that stands for this phone, e-mail address or short code to the address, or without one to
/// the phone, that is stored with it: registrations that have not ended, and delegations that it leads. Nobody is told whether there is anything, and
/// what is counted and committed is the same.
///
/// Effects, in one transaction: the limits by target and in all, and for each link a message of the kind `link` or
/// `delegation` and one audit entry `registration.ask_link` or `delegation.ask_link`.
///
/// # Errors
/// [`Error::TooMany`], for the known and the unknown alike.
pub async fn send_links(cx: &Context, lost: Lost) -> Result<(), Error> {
    let inner = cx.clone();
    write::write(cx, move |tx| {
        let (cx, lost) = (inner.clone(), lost.clone());
        Box::pin(async move {
            limits::take(&mut *tx, &cx, Limit::LostTicket, &lost.key()).await?;
            limits::take(&mut *tx, &cx, Limit::LostTickets, limits::ALL).await?;
            let now = cx.now();
            for id in registrations(tx, &lost, now - LATELY).await? {
                mail::enqueue(tx, &cx, MessageKind::Link, To::Registration(id), now).await?;
                audit::record(tx, now, By::Actor(&Actor::Anonymous), entry("registration.ask_link", "registration", id.0)).await?;
            }
            for id in delegations(tx, &lost, now - LATELY).await? {
                mail::enqueue(tx, &cx, MessageKind::Delegation, To::Delegation(id), now).await?;
                audit::record(tx, now, By::Actor(&Actor::Anonymous), entry("delegation.ask_link", "delegation", id.0)).await?;
            }
            Ok(())
        })
    })
    .await
}

/// The registrations of the current edition that stand and can be reached; each way to them is a look-up in an index.
async fn registrations(tx: &mut PgConnection, lost: &Lost, since: DateTime<Utc>) -> Result<Vec<RegistrationId>, Error> {
    let (phone, email, code) = parts(lost);
    let ids = sqlx::query_scalar!(
        r#"with edition as (select id from editions where is_current), found as (
               select r.id from registrations r, edition where r.edition_id = edition.id and r.phone = $1 and r.ended_at is null
               union select r.id from registrations r, edition where lower(r.email) = $2 and r.email is not null and r.edition_id = edition.id
               union select t.registration_id from tickets t, edition where t.edition_id = edition.id and t.short_code = $3
           )
           select r.id from found join registrations r on r.id = found.id
           where r.ended_at is null and r.erased_at is null and way_to(r.email, r.phone) is not null
             and not exists (select from messages m where m.registration_id = r.id and m.kind = 'link' and m.created_at > $4)
           order by r.created_at desc limit $5"#,
        phone,
        email,
        code,
        since,
        MOST
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(RegistrationId).collect())
}

/// The delegations of the current edition that stand and are led by who has this phone or address.
async fn delegations(tx: &mut PgConnection, lost: &Lost, since: DateTime<Utc>) -> Result<Vec<DelegationId>, Error> {
    let (phone, email, _) = parts(lost);
    let ids = sqlx::query_scalar!(
        "select d.id from delegations d join editions e on e.id = d.edition_id and e.is_current
         where (d.leader_phone = $1 or lower(d.leader_email) = $2) and way_to(d.leader_email, d.leader_phone) is not null
           and d.cancelled_at is null and d.erased_at is null
           and not exists (select from messages m where m.delegation_id = d.id and m.kind = 'delegation' and m.created_at > $3)
         order by d.created_at desc limit $4",
        phone,
        email,
        since,
        MOST
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(DelegationId).collect())
}

fn parts(lost: &Lost) -> (Option<&str>, Option<String>, Option<&str>) {
    match lost {
        Lost::Phone(phone) => (Some(phone.e164()), None, None),
        Lost::Email(email) => (None, Some(email.key()), None),
        Lost::Code(code) => (None, None, Some(code.as_str())),
    }
}

fn entry(action: &'static str, kind: &'static str, id: uuid::Uuid) -> Entry {
    Entry { action, subject_kind: kind, subject_id: Some(id), detail: serde_json::json!({}) }
}

#[cfg(test)]
mod tests {
    use domain::{
        contact::Email,
        form::Values,
        ids::AudienceId,
        registration::{Application, Asked, AudienceKind, InvitationCode},
        text::Locale,
    };
    use sqlx::PgPool;
    use uuid::Uuid;

    use super::*;
    use crate::{
        registration::{ask_invitation, cancel, register},
        testing,
    };

    fn person(audience: AudienceId, name: &str, phone: &str, email: &str) -> Application {
        let fields =
            [("full_name", name), ("phone", phone), ("email", email), ("commune", "28261"), ("adult", "yes"), ("consent_attend", "yes")];
        let values = Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        Application::parse(&values, Asked::plain(audience, AudienceKind::Citizen), Locale::Vi).unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_form_that_tries_code_after_code_has_to_wait_even_with_the_right_one(pool: PgPool) {
        let cx = testing::context(pool);
        let hidden = testing::edition(&cx, 100).await.hidden;
        let form = cx.new_id();
        let guess = |number: u64| Application {
            invitation: Some(InvitationCode::from_random(number)),
            ..person(hidden, "An Nguyễn", "0912345678", "")
        };
        for number in 0..10 {
            assert!(matches!(register(&cx, guess(number), form).await, Err(Error::Invalid(_))));
        }
        let Err(Error::TooMany(wait)) = register(&cx, guess(10), form).await else { panic!("not limited") };
        assert_eq!(wait.seconds, 6 * 60);
        assert!(matches!(register(&cx, guess(11), cx.new_id()).await, Err(Error::Invalid(_))), "another form");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_invitation_is_asked_for_three_times_an_hour_by_any_address(pool: PgPool) {
        let cx = testing::context(pool);
        testing::edition(&cx, 10).await;
        let ask = async |email: &str| ask_invitation(&cx, Email::parse(email).unwrap(), Locale::Vi).await;
        for _ in 0..3 {
            ask("an@example.vn").await.unwrap();
        }
        assert!(matches!(ask("An@example.vn").await, Err(Error::TooMany(_))));
        ask("binh@example.vn").await.unwrap();
    }

    /// To whom links are in the outbox, by name.
    async fn told(cx: &Context) -> Vec<String> {
        sqlx::query_scalar!(
            "select r.full_name from messages m join registrations r on r.id = m.registration_id where m.kind = 'link' order by 1"
        )
        .fetch_all(&cx.pool)
        .await
        .unwrap()
    }

    async fn lost(cx: &Context, typed: &str) -> Result<(), Error> {
        send_links(cx, Lost::parse(typed).unwrap()).await
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn links_go_to_who_stands_with_this_phone_or_address_and_to_nobody_else(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let citizens = testing::edition(&cx, 10).await.citizens;
        let mut ended = None;
        for (name, phone, email) in [
            ("An Nguyễn", "0912345678", "nha@example.vn"),
            ("Bình Nguyễn", "0912345678", "Nha@example.vn"),
            ("Chi Nguyễn", "0912345678", ""),
            ("Dung Trần", "0987654321", "dung@example.vn"),
            ("Em Trần", "0987654321", "em@example.vn"),
        ] {
            ended = Some(register(&cx, person(citizens, name, phone, email), Uuid::nil()).await.unwrap());
        }
        cancel(&cx, &ended.unwrap().0).await.unwrap();
        sqlx::raw_sql("delete from messages").execute(&cx.pool).await.unwrap();
        lost(&cx, "0912 345 678").await.unwrap();
        assert_eq!(told(&cx).await, ["An Nguyễn", "Bình Nguyễn"], "who has no address is not told");
        lost(&cx, "NHA@example.vn").await.unwrap();
        assert_eq!(told(&cx).await.len(), 2, "sent a moment ago");
        clock.advance(LATELY + TimeDelta::seconds(1));
        lost(&cx, "nha@example.vn").await.unwrap();
        assert_eq!(told(&cx).await.len(), 4);
        lost(&cx, "0987654321").await.unwrap();
        assert_eq!(told(&cx).await.last().map(String::as_str), Some("Dung Trần"), "who has cancelled is not told");
        lost(&cx, "em@example.vn").await.unwrap();
        assert_eq!(told(&cx).await.len(), 5);
        let code = sqlx::query_scalar!(
            "select t.short_code from tickets t join registrations r on r.id = t.registration_id where r.full_name = 'An Nguyễn'"
        )
        .fetch_one(&cx.pool)
        .await
        .unwrap();
        clock.advance(LATELY + TimeDelta::seconds(1));
        lost(&cx, &code).await.unwrap();
        assert_eq!(told(&cx).await.len(), 6);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_known_and_the_unknown_are_limited_alike_and_in_all(pool: PgPool) {
        let (cx, clock) = testing::context_with_clock(pool);
        let citizens = testing::edition(&cx, 10).await.citizens;
        register(&cx, person(citizens, "An Nguyễn", "0912345678", "an@example.vn"), Uuid::nil()).await.unwrap();
        for typed in ["an@example.vn", "nobody@example.vn"] {
            for _ in 0..3 {
                lost(&cx, typed).await.unwrap();
            }
            let Err(Error::TooMany(wait)) = lost(&cx, typed).await else { panic!("{typed} is not limited") };
            assert_eq!(wait.seconds, 20 * 60, "{typed}");
        }
        clock.advance(TimeDelta::hours(1));
        for number in 0..120 {
            lost(&cx, &format!("a{number}@example.vn")).await.unwrap();
        }
        assert!(matches!(lost(&cx, "b@example.vn").await, Err(Error::TooMany(_))));
        clock.advance(TimeDelta::seconds(1));
        lost(&cx, "b@example.vn").await.unwrap();
    }
}
