use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

use super::*;
use crate::registration::field as person;

const LEADER: [(&str, &str); 5] = [
    (person::ORGANISATION_NAME, "Công ty Sen Hồng"),
    (person::TAX_CODE, "0100109106"),
    (field::LEADER_NAME, "Trần Văn Sen"),
    (field::LEADER_PHONE, "0912 345 678"),
    (field::DECLARATION, TICKED),
];

fn values(fields: &[(&str, &str)]) -> Values {
    Values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn parse(fields: &[(&str, &str)], kind: AudienceKind) -> Result<Application, FieldErrors> {
    Application::parse(&values(&[&LEADER[..], fields].concat()), AudienceId(Uuid::nil()), kind, Locale::Vi)
}

fn shown(rows: &[Row]) -> Vec<[&str; 4]> {
    rows.iter().map(|row| Column::ALL.map(|column| row.get(column))).collect()
}

fn errors_of(fields: &[(&str, &str)], kind: AudienceKind) -> Vec<(String, Problem)> {
    parse(fields, kind).unwrap_err().0
}

#[test]
fn a_business_sends_its_people_by_a_pasted_list() {
    let pasted = "STT\tHọ và tên\tChức vụ\tSố điện thoại\tEmail\n1\tNguyễn Thị Hạnh\tGiám đốc\t912345678\thanh@sen.vn\n2\tLê Văn Tám\t\t\t";
    let application = parse(&[(field::PASTE, pasted)], AudienceKind::Business).unwrap();
    let Party::People(members) = &application.party else { panic!("{:?}", application.party) };
    assert_eq!((members[0].full_name.as_str(), members[0].job_title.as_deref()), ("Nguyễn Thị Hạnh", Some("Giám đốc")));
    assert_eq!(members[0].phone.as_ref().unwrap().e164(), "+84912345678");
    assert_eq!((members[1].full_name.as_str(), &members[1].phone, &members[1].email), ("Lê Văn Tám", &None, &None));
    assert_eq!((application.party.people(), application.party.kind()), (2, Kind::People));
}

#[test]
fn all_that_is_wrong_is_told_at_once_by_row_and_column() {
    let list = "An 7\t\t12\thanh@\nNguyễn Thị Hạnh\tTrưởng phòng\t\t\n\tPhó phòng\t0912345678\t";
    let fields = [(field::LEADER_PHONE, "1"), (field::LEADER_EMAIL, "x"), (field::LIST, list)];
    let told = Application::parse(&values(&fields), AudienceId(Uuid::nil()), AudienceKind::Official, Locale::Vi).unwrap_err();
    let expected = [
        (person::ORGANISATION, Problem::Required),
        (field::LEADER_NAME, Problem::Required),
        (field::LEADER_PHONE, Problem::NotAPhone),
        (field::LEADER_EMAIL, Problem::NotAnEmail),
        ("name-1", Problem::NotAName),
        ("job-1", Problem::Required),
        ("phone-1", Problem::NotAPhone),
        ("email-1", Problem::NotAnEmail),
        ("name-3", Problem::Required),
        (field::DECLARATION, Problem::DeclarationNeeded),
    ];
    assert_eq!(told.0, expected.map(|(field, problem)| (field.to_owned(), problem)));
}

#[test]
fn what_was_typed_stands_over_the_list_and_the_pasted_rows_come_last() {
    let rows = gather(&values(&[
        (field::LIST, "An\t\t\t\nBình\tA\t\t\nCúc\t\t\t\n"),
        ("name-1", "Nguyễn An"),
        ("drop-2", "yes"),
        ("job-3", "Trưởng\r\nphòng"),
        ("name-5", "Dung"),
        ("name-0", "Nobody"),
        ("name-9999", "Nobody"),
        ("other-1", "Nobody"),
        (field::PASTE, "Em\tKế toán"),
    ]));
    assert_eq!(shown(&rows), [["Nguyễn An", "", "", ""], ["Cúc", "Trưởng phòng", "", ""], ["Dung", "", "", ""], ["Em", "Kế toán", "", ""]]);
}

#[test]
fn a_checked_list_stands_in_one_place_and_can_be_opened_again() {
    let typed = values(&[("leader_name", "Sen"), ("name-1", "An"), (field::ROWS, "8"), (field::PASTE, "Bình\tKế toán")]);
    let checked = settled(typed, &[Row::of("Cúc", "", "", "")]);
    let list = "An\t\t\t\nBình\tKế toán\t\t\nCúc\t\t\t\n";
    assert_eq!(checked, values(&[("leader_name", "Sen"), (field::LIST, list)]));
    assert_eq!(settled(checked.clone(), &[]), checked);
    let open = reopened(checked.clone());
    assert_eq!(open, values(&[("leader_name", "Sen"), (field::PASTE, list)]));
    assert_eq!(gather(&open), gather(&checked));
    let many = vec![Row::of("An", "", "", ""); MOST + 1];
    assert_eq!(settled(values(&[]), &many), values(&[(field::PASTE, &write_list(&many))]), "too many can be cut down");
    assert_eq!(settled(values(&[("name-2", "")]), &[]), values(&[("name-2", "")]));
}

#[test]
fn columns_are_known_by_their_names_in_either_language() {
    let expected = [["Nguyễn Thị Hạnh", "Giám đốc", "0912345678", "h@sen.vn"]];
    for text in [
        "Email\tĐiện thoại\tChức danh\tHọ tên (*)\nh@sen.vn\t0912345678\tGiám đốc\tNguyễn Thị Hạnh",
        "DANH SÁCH ĐOÀN\t\t\t\n\nFull name\tPosition\tPhone\tE-mail\nNguyễn Thị Hạnh\tGiám đốc\t0912345678\th@sen.vn",
        "Họ đệm;Tên;Chức vụ;SĐT;Thư điện tử\r\nNguyễn Thị;Hạnh;Giám đốc;0912345678;h@sen.vn\r\n",
        "1\tNguyễn Thị Hạnh\th@sen.vn\tGiám đốc\t0912345678",
        "\u{feff}\"Nguyễn\nThị Hạnh\"\t\"Giám\r\nđốc\"\t0912345678\th@sen.vn",
    ] {
        assert_eq!(shown(&read_text(text)), expected, "{text:?}");
        let decomposed: String = text.nfd().collect();
        let member = Member::parse(&read_text(&decomposed)[0], 1, AudienceKind::Delegate.asks()).unwrap();
        assert_eq!(member.full_name.as_str(), "Nguyễn Thị Hạnh");
    }
}

#[test]
fn a_line_for_each_person_is_enough() {
    assert_eq!(shown(&read_text("Nguyễn Thị Hạnh\n\n  Lê Văn Tám \r\n")), [["Nguyễn Thị Hạnh", "", "", ""], ["Lê Văn Tám", "", "", ""]]);
    assert_eq!(read_text(" \n\t\n"), []);
    assert_eq!(shown(&read_text("Đỗ An\t\t12\tx")), [["Đỗ An", "", "12", "x"]], "what looks like nothing stands in the usual order");
}

#[test]
fn quotes_inside_a_quoted_cell_are_doubled_and_others_are_text() {
    assert_eq!(
        shown(&read_text("Hạnh\t\"Giám đốc \"\"Sen\"\"\tHồng\"\nTám\tPhòng \"1\"")),
        [["Hạnh", "Giám đốc \"Sen\" Hồng", "", ""], ["Tám", "Phòng \"1\"", "", ""]]
    );
}

#[test]
fn the_same_name_is_pointed_out_whatever_its_spelling_until_they_are_namesakes() {
    let list = "Nguyễn Thuý Lý\t\t\t\nNGUYEN  THÚY LÍ\t\t\t\nLê Văn Tám\t\t\t\n";
    assert_eq!(errors_of(&[(field::LIST, list)], AudienceKind::Business), [("name-2".into(), Problem::SameAsRow { row: 1 })]);
    let application = parse(&[(field::LIST, list), (field::NAMESAKES, TICKED)], AudienceKind::Business).unwrap();
    assert_eq!(application.party.people(), 3);
}

#[test]
fn a_list_has_one_to_five_hundred_people() {
    let list = |people: usize| "Nguyễn Thị Hạnh\n".repeat(people);
    let told = |people| parse(&[(field::LIST, &list(people)), (field::NAMESAKES, TICKED)], AudienceKind::Business);
    assert_eq!(told(MOST).unwrap().party.people(), MOST);
    assert_eq!(told(MOST + 1).unwrap_err().0, [(field::PASTE.to_owned(), Problem::TooManyRows { max: MOST })]);
    assert_eq!(told(0).unwrap_err().0, [(field::PASTE.to_owned(), Problem::NoRows)]);
}

#[test]
fn a_school_names_a_teacher_and_a_head_count_and_no_child() {
    let school = [(field::KIND, "school"), (person::COMMUNE, "28261"), (field::LIST, "Bé An\t\t\t\n")];
    let with = |count: &str| parse(&[&school[..], &[(field::PEOPLE, count)]].concat(), AudienceKind::Citizen);
    let application = with(" 45 ").unwrap();
    assert_eq!(application.party, Party::School(45));
    assert_eq!((application.tax_code, application.organisation_name.as_deref()), (None, Some("Công ty Sen Hồng")));
    for wrong in ["0", "501", "-1", "bốn mươi", "4.5"] {
        assert_eq!(with(wrong).unwrap_err().0, [(field::PEOPLE.to_owned(), Problem::NotACount { max: MOST })], "{wrong}");
    }
    assert_eq!(with("").unwrap_err().0, [(field::PEOPLE.to_owned(), Problem::Required)]);
}

#[test]
fn citizens_are_declared_to_be_of_age() {
    let citizens = [(person::COMMUNE, "28261"), (field::LIST, "Nguyễn Thị Hạnh")];
    assert_eq!(errors_of(&citizens, AudienceKind::Citizen), [(field::ADULTS.to_owned(), Problem::AgeOfAllNeeded)]);
    assert!(parse(&[&citizens[..], &[(field::ADULTS, TICKED)]].concat(), AudienceKind::Citizen).is_ok());
}

#[test]
fn a_changed_declaration_is_a_decision() {
    let all: String = Kind::ALL
        .into_iter()
        .flat_map(|kind| Locale::ALL.map(|locale| data_encoding::HEXLOWER.encode(&declaration_hash(kind, locale)[..4]) + "\n"))
        .collect();
    insta::assert_snapshot!(all);
}

proptest! {
    #[test]
    fn a_list_is_read_back_as_it_was_written(cells in prop::collection::vec([any::<String>(), any::<String>(), any::<String>(), any::<String>()], 0..5)) {
        let rows: Vec<Row> = cells.iter().map(|[name, job, phone, email]| Row::of(name, job, phone, email)).collect();
        prop_assert_eq!(read_list(&write_list(&rows)), rows);
    }

    #[test]
    fn no_text_is_too_odd_to_be_read(text in any::<String>()) {
        let rows = read_text(&text);
        prop_assert!(rows.iter().all(|row| !row.is_empty()));
        let _ = check(&rows, AudienceKind::Official.asks(), false);
    }
}
