//! Waiting lists: who is in them, and inviting out of turn.

use domain::access::Role;
use http::StatusCode;
use services::testing;
use sqlx::PgPool;

use crate::{
    house::House,
    registration::{citizen, send, set},
};

#[sqlx::test(migrator = "services::MIGRATOR")]
async fn an_organiser_sees_who_waits_and_invites_out_of_turn_once(pool: PgPool) {
    let house = House::with_seats(pool, 1).await;
    testing::open_queue(&house.cx, &house.fixture).await;
    for (key, name) in [(1, "Nguyễn Thị Hạnh"), (2, "Lê Thị Đào"), (3, "Trần Văn Thanh")] {
        let mut form = citizen(&house, key);
        set(&mut form, "full_name", name);
        assert_eq!(send(&house, "/dang-ky", &form).await.status, StatusCode::SEE_OTHER);
    }
    let organiser = house.signed_in(Role::Organiser, None).await;
    let list = organiser.get("/ban-to-chuc/hang-cho").await.text().to_owned();
    assert!(list.contains("Cả ngày: Người dân") && !list.contains("Doanh nghiệp"), "what has no limit has no queue: {list}");
    let address = format!("/ban-to-chuc/hang-cho/{}", list.split("/ban-to-chuc/hang-cho/").nth(1).unwrap().split('"').next().unwrap());
    let page = organiser.get(&address).await.text().to_owned();
    let (first, second) = (page.find("Lê Thị Đào").unwrap(), page.find("Trần Văn Thanh").unwrap());
    assert!(first < second && !page.contains("Nguyễn Thị Hạnh"), "{page}");
    let party = page.split("name=\"party\" value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let invited = organiser.post(&format!("{address}/moi"), &[("party", &party)]).await;
    assert_eq!((invited.status, invited.header("location")), (StatusCode::SEE_OTHER, address.as_str()));
    let page = organiser.get(&address).await.text().to_owned();
    for text in ["Được mời, hạn", "Ban Tổ chức mời", "Trần Thị Sen", "1 người · giữ chỗ đến"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let late = organiser.post(&format!("{address}/moi"), &[("party", &party)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("không còn chờ trong hàng"), "{}", late.text());
    assert_eq!(organiser.post(&format!("{address}/moi"), &[("party", "x")]).await.status, StatusCode::NOT_FOUND);
}
