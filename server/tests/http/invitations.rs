//! Invitations: making one, passing its link on, taking it back.

use domain::access::Role;
use http::StatusCode;
use sqlx::PgPool;

use crate::house::House;

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_invitation_is_made_its_link_opens_the_form_and_it_is_taken_back(pool: PgPool) {
    let house = House::open(pool).await;
    let organiser = house.signed_in(Role::Organiser, None).await;
    let audience = house.fixture.hidden.to_string();
    let form = |uses| {
        [
            ("audience", audience.as_str()),
            ("label", "Báo Đồng Tháp"),
            ("most_uses", uses),
            ("expires_on", "2027-10-10"),
            ("bypasses", "yes"),
        ]
    };
    let refused = organiser.post("/ban-to-chuc/ma-moi", &form("0")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"Báo Đồng Tháp\""), "what was typed is still there");
    let made = organiser.post("/ban-to-chuc/ma-moi", &form("3")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    let page = organiser.get(made.header("location")).await.text().to_owned();
    for text in ["Đã tạo mã mời", "Báo Đồng Tháp", "Đại biểu", "0/3", "cả khi hết chỗ", "23:59 10/10/2027", "Trần Thị Sen"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let link = page.split("https://cds.example.vn").nth(1).unwrap().split('<').next().unwrap();
    assert!(house.get(link).await.text().contains("Mã mời đã được nhận"), "{link}");
    let id = made.header("location").rsplit('=').next().unwrap().to_owned();
    let revoked = organiser.post(&format!("/ban-to-chuc/ma-moi/{id}/thu-hoi"), &[]).await;
    assert_eq!((revoked.status, revoked.header("location")), (StatusCode::SEE_OTHER, "/ban-to-chuc/ma-moi"));
    let page = organiser.get("/en/organisers/invitations").await.text().to_owned();
    assert!(page.contains("Taken back") && !page.contains("ma-moi="), "{page}");
    assert!(house.get(link).await.text().contains("Mã mời không đúng"));
    let unknown = organiser.post(&format!("/ban-to-chuc/ma-moi/{}/thu-hoi", house.cx.new_id()), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(house.signed_in(Role::Steward, None).await.get("/ban-to-chuc/ma-moi").await.status, StatusCode::FORBIDDEN);
}
