//! What the list weighs when everybody has come.

use super::*;

const TICKETS: u64 = 10_000;
/// As the server fills its pages.
const PAGE: u64 = 2_000;

const FAMILY: [&str; 10] = ["Nguyễn", "Trần", "Nguyễn", "Lê", "Nguyễn", "Phạm", "Huỳnh", "Nguyễn", "Võ", "Đặng"];
const MIDDLE: [&str; 11] = ["Thị", "Văn", "Minh", "Ngọc", "Thanh", "Hữu", "Thị Mỹ", "Quốc", "Kim", "Đức", "Thị Thu"];
const GIVEN: [&str; 12] = ["An", "Ánh", "Bình", "Cường", "Duyên", "Hạnh", "Hương", "Khánh", "Linh", "Phúc", "Thảo", "Yến"];
const ORGANISATIONS: [&str; 6] = [
    "Sở Khoa học và Công nghệ",
    "Hợp tác xã Xoài Mỹ Xương",
    "Trường Đại học Đồng Tháp",
    "UBND xã Tân Hội Trung",
    "Công ty TNHH Sen Hồng",
    "Tổ công nghệ số cộng đồng phường Mỹ Ngãi",
];

fn pick<'a>(of: &[&'a str], number: u64) -> &'a str {
    of[usize::try_from(number).unwrap() % of.len()]
}

/// Every fourth comes from an organisation, every twenty-fifth has a note, every hundredth ticket is a group's.
fn visitor(number: u64) -> Person {
    Person {
        name: format!("{} {} {}", pick(&FAMILY, number), pick(&MIDDLE, number / 10), pick(&GIVEN, number / 7)),
        organisation: number.is_multiple_of(4).then(|| pick(&ORGANISATIONS, number / 4).to_owned()),
        people: number.is_multiple_of(100).then_some(30),
        attention: number.is_multiple_of(25).then(|| "Đi xe lăn, cần người đón ở cổng".to_owned()),
        ..Person::default()
    }
}

/// The scan of a phone whose clock is up to eight seconds off, some time in the morning.
fn scanned(number: u64) -> EnteredBy {
    let random = ticket_number(number);
    let at = 1_822_784_400_000 + i64::try_from(random % 14_400_000).unwrap();
    let drift = i64::try_from(number % 8).unwrap() * 2_000 - 8_000;
    let seven = u128::try_from(at + drift).unwrap() << 80 | 0x7000_8000_0000_0000_0000 | u128::from(random >> 8);
    EnteredBy {
        scan_id: ScanId(Uuid::from_u128(seven)),
        checkpoint: CheckpointId(Uuid::from_u128(u128::from(1 + number % 2))),
        device: format!("Điện thoại cổng {}", number % 8),
        at,
        left: None,
    }
}

/// Spread over all numbers, as tickets draw theirs.
fn ticket_number(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Every third has a seat in one of twelve sessions, every fifth a badge; every fiftieth ticket was issued again.
fn listed(numbers: impl Iterator<Item = u64>) -> Page {
    let mut page = Page::default();
    // What a card weighs does not depend on the code that opens it.
    let code = code(1);
    for number in numbers {
        let kind = AudienceKind::ALL[usize::try_from(number % 8).unwrap()];
        let class = Class { audience: audience(kind), reissue: u8::from(number.is_multiple_of(50)), ..class() };
        let seat = number.is_multiple_of(3).then(|| SessionId(Uuid::from_u128((number % 36).into())));
        let entry = Entry {
            ticket: TicketHash::of(TicketId(ticket_number(number))),
            short: ShortHash::of(&ShortCode::from_random(number)),
            badge: number.is_multiple_of(5).then(|| BadgeHash::of(&badge(number))),
            class: place_of(&mut page.classes, class).unwrap(),
            merged_into: None,
            seats: seat.into_iter().map(|seat| place_of(&mut page.sessions, seat).unwrap()).collect(),
            entered: vec![],
            card: seal(&visitor(number), &code).unwrap(),
        };
        page.entries.push(entry);
    }
    page
}

#[test]
fn ten_thousand_tickets_whose_people_have_all_come_are_less_than_a_megabyte() {
    let (mut before, mut noon) = (0, 0);
    for first in (0..TICKETS).step_by(usize::try_from(PAGE).unwrap()) {
        let numbers = first..first + PAGE;
        let mut page = listed(numbers.clone());
        before += page.encode().len();
        for (at, number) in numbers.enumerate() {
            let entered = page.shorten(INSIDE, scanned(number)).unwrap();
            page.entries[at].entered.push(entered);
        }
        noon += page.encode().len();
    }
    assert!(noon <= 950_000, "{noon} bytes, {before} before anybody came");
    // An id of a scan alone is sixteen bytes.
    assert!(noon - before <= 190_000, "{} bytes for the admissions", noon - before);
}
