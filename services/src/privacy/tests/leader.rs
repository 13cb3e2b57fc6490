//! The rights of who leads a delegation.

use domain::{
    form::Values,
    registration::{
        AudienceKind, TICKED,
        delegation::{Application, Leader as Led},
    },
};
use sqlx::PgPool;

use super::super::*;
use crate::{
    registration::{self, delegation},
    testing,
};

/// A delegation of two with a leader who is not among them, by the leader's secret.
async fn led(cx: &Context) -> String {
    let edition = testing::edition(cx, 10).await;
    let fields = [
        ("leader_name", "Trần Văn Sen"),
        ("leader_phone", "0987654321"),
        ("leader_email", "sen@sen.vn"),
        ("organisation_name", "Công ty Sen Hồng"),
        ("declaration", TICKED),
        ("list", "Lê Đào\t\t\t\nĐỗ An\t\t\t\n"),
    ];
    let values = Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let application = Application::parse(&values, edition.citizens, AudienceKind::Delegate, Locale::Vi).unwrap();
    delegation::register(cx, application, cx.new_id()).await.unwrap().0
}

fn named(name: &str, phone: &str, email: &str) -> Led {
    let fields = [("leader_name", name), ("leader_phone", phone), ("leader_email", email)];
    Led::parse(&Values(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())).unwrap()
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_leader_sees_what_is_kept_about_the_leader_alone(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = led(&cx).await;
    let kept = leader(&cx, &secret).await.unwrap();
    assert_eq!(
        (kept.full_name.as_str(), kept.phone.as_deref(), kept.email.as_deref(), kept.organisation.as_str()),
        ("Trần Văn Sen", Some("+84987654321"), Some("sen@sen.vn"), "Công ty Sen Hồng")
    );
    assert_eq!(kept.messages.len(), 1);
    assert_eq!(kept.history.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["delegation.register"]);
    let json = serde_json::to_string(&kept).unwrap();
    assert!(!json.contains("Đào") && !json.contains(&secret), "{json}");
    assert!(matches!(leader(&cx, "x").await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn a_leader_corrects_name_and_contacts(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = led(&cx).await;
    correct_leader(&cx, &secret, named("Trần Thị Sen", "0911111111", "")).await.unwrap();
    let kept = leader(&cx, &secret).await.unwrap();
    assert_eq!((kept.full_name.as_str(), kept.phone.as_deref(), kept.email), ("Trần Thị Sen", Some("+84911111111"), None));
    assert_eq!(kept.history.last().unwrap().action, "privacy.correct");
    assert!(matches!(correct_leader(&cx, "x", named("Ai Đó", "0911111111", "")).await, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn an_erased_leader_is_nowhere_and_the_people_keep_their_tickets(pool: PgPool) {
    let cx = testing::context(pool);
    let secret = led(&cx).await;
    let members = delegation::page(&cx, &secret).await.unwrap().members;
    erase_leader(&cx, &secret).await.unwrap();
    for table in ["delegations", "messages", "audit_log", "privacy_requests", "registrations"] {
        for trace in ["Trần Văn Sen", "987654321", "sen@sen.vn"] {
            let sql = format!("select count(*) from {table} t where t::text ilike '%{trace}%'");
            let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&cx.pool).await.unwrap();
            assert_eq!(found, 0, "{trace} stands in {table}");
        }
    }
    assert!(matches!(delegation::page(&cx, &secret).await, Err(Error::NotFound)), "the link leads nowhere");
    assert!(matches!(erase_leader(&cx, &secret).await, Err(Error::NotFound)));
    for member in members {
        assert!(registration::ticket(&cx, &member.link.0).await.unwrap().ticket.is_some());
    }
    let queued = sqlx::query_scalar!(
        r#"select count(*) as "count!" from messages where delegation_id is not null and state in ('queued', 'claimed')"#
    );
    assert_eq!(queued.fetch_one(&cx.pool).await.unwrap(), 0, "nobody is left to be told");
    let asked = sqlx::query!("select kind, state from privacy_requests").fetch_one(&cx.pool).await.unwrap();
    assert_eq!((asked.kind.as_str(), asked.state.as_str()), ("erase", "done"));
}
