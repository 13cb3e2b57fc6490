//! Forms: the values as they came, and what is wrong with them, beside each field.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{fair::Wait, text::Locale};

/// The most fields of a form without a list.
pub const FIELDS_MAX: usize = 256;
/// The most bytes of a form without a file or a list.
pub const BYTES_MAX: usize = 64 * 1024;

/// The fields of a submitted form in the order in which they came; a name may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(pub Vec<(String, String)>);

impl Values {
    /// The first value of the field, or an empty text.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    /// Every value of the field, in their order.
    pub fn all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// Whether the field came with this value: how a ticked box or a chosen option is asked for.
    #[must_use]
    pub fn has(&self, field: &str, value: &str) -> bool {
        self.0.iter().any(|(name, given)| name == field && given == value)
    }
}

/// What is wrong with one value. The text for people is [`Problem::text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Required,
    TooLong {
        max: usize,
    },
    TooShort {
        min: usize,
    },
    ForbiddenCharacter,
    Markup,
    NotAName,
    NotAPhone,
    NotAnEmail,
    /// Neither a phone, nor an e-mail address, nor a short code.
    NotAContact,
    NotATaxCode,
    /// Twelve digits are a person's number, which only a household business uses.
    HouseholdTaxCode,
    UnknownChoice,
    ConsentNeeded,
    PublishConsentNeeded,
    AgeNeeded,
    NotOpenYet,
    Closed,
    Full,
    /// As many as one phone may register.
    PhoneFull {
        most: usize,
    },
    NotAShortCode,
    NotANumber,
    TooSmall {
        least: i32,
    },
    TooLarge {
        most: i32,
    },
    /// A number of more or fewer digits than it has to have.
    NotSoManyDigits {
        digits: u8,
    },
    NotADate,
    /// Two chosen sessions run at the same time.
    SessionsClash {
        first: String,
        second: String,
    },
    /// No invitation has this code, or it was used up, ended or taken back.
    InvitationUnusable,
    FileTooLarge {
        max_megabytes: usize,
    },
    NotAPicture,
    WeakPassword {
        min: usize,
    },
    SignInFailed,
    AlreadyInUse,
    TooManyAttempts {
        minutes: u32,
    },
    TooManyDrafts {
        max: usize,
    },
    /// A list with nobody on it.
    NoRows,
    TooManyRows {
        max: usize,
    },
    /// The name of somebody above on the list.
    SameAsRow {
        row: usize,
    },
    /// No number from 1 to so many.
    NotACount {
        max: usize,
    },
    /// The form came back sooner than a person can fill it in.
    SentAtOnce,
    /// An audience has just opened, and the browser has worked out nothing.
    Opening {
        wait: Wait,
    },
    /// The form lay open too long, or was not made by our page.
    FormTooOld,
    /// A field was filled in that no person sees.
    HiddenFieldFilled,
    DeclarationNeeded,
    AgeOfAllNeeded,
    /// Neither CSV nor XLSX.
    NotATable,
    /// A table without a heading that names the columns that are needed.
    HeadingNeeded,
    /// The reference of a row above.
    SameReference {
        row: usize,
    },
    /// An old `.xls` file, or one that opens with a password only.
    LockedTable,
    /// A text file in one of the old Vietnamese encodings: its letters cannot be told for certain.
    OldEncoding,
    EmptyTable,
    /// More rows, columns or unpacked text than is read.
    TableTooLarge {
        rows: usize,
        columns: usize,
    },
    /// A set time that is over.
    TimePassed,
    /// A brace in a message's text without a name of the list behind it.
    UnknownPlaceholder {
        name: String,
    },
    /// Nobody's ticket has this short code.
    UnknownCode,
    /// No day, or one that has not come yet.
    NotADay,
    /// As many requests of one person as may be open.
    TooManyRequests,
    /// The box beside what cannot be undone.
    NotConfirmed,
    /// Scans wait on phones that what is done now would leave out.
    ScansWait,
    /// Of two registrations the other one stands better.
    KeepTheOther,
    /// Both of two registrations came in.
    BothArrived,
    /// One registration counts several people, the other one.
    PartyAndPerson,
    /// Fewer seats than the party has people.
    SeatsShort {
        left: u32,
    },
}

impl Problem {
    /// The [`text`](Self::text) of what a phone at a gate finds wrong with a field by itself; `None` of all that a form, a file or the
    /// store finds: no phone loads those texts.
    #[must_use]
    pub fn text_at_gate(&self, locale: Locale) -> Option<String> {
        let (vi, en): (String, String) = match self {
            Self::Required => ("Hãy điền mục này.".into(), "Please fill this in.".into()),
            Self::TooLong { max } => (format!("Quá dài: nhiều nhất {max} ký tự."), format!("Too long: {max} characters at most.")),
            Self::ForbiddenCharacter => (
                "Có ký tự không nhìn thấy hoặc không dùng được. Hãy gõ lại mục này.".into(),
                "There is a hidden or unusable character. Please type this again.".into(),
            ),
            Self::Markup => ("Không dùng thẻ HTML như <b> ở đây.".into(), "HTML tags such as <b> can't be used here.".into()),
            Self::NotAName => {
                ("Họ và tên chỉ gồm chữ cái, ví dụ Nguyễn Thị Hạnh.".into(), "A name has letters only, for example Nguyễn Thị Hạnh.".into())
            }
            Self::NotAPhone => (
                "Số điện thoại cần 10 chữ số, ví dụ 0912 345 678.".into(),
                "A mobile number has 10 digits, for example 0912 345 678.".into(),
            ),
            Self::ConsentNeeded => {
                ("Cần bạn đồng ý mục này thì mới tiếp tục được.".into(), "We can't go on without your consent to this.".into())
            }
            Self::NotAShortCode => (
                "Mã gồm 8 chữ và số dưới mã QR. Hãy xem lại từng ký tự.".into(),
                "The code has 8 letters and digits, printed under the QR code. Please check each one.".into(),
            ),
            Self::NotANumber => ("Hãy ghi một số, chỉ gồm chữ số.".into(), "Please enter a number, in digits only.".into()),
            Self::TooSmall { least } => (format!("Số nhỏ nhất là {least}."), format!("The least is {least}.")),
            Self::TooLarge { most } => (format!("Số lớn nhất là {most}."), format!("The most is {most}.")),
            _ => return None,
        };
        Some(locale.pick(vi, en))
    }

    /// What is wrong and what to do, in the reader's language, as one sentence or two.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table of texts")]
    pub fn text(&self, locale: Locale) -> String {
        let (vi, en) = match self {
            Self::Required
            | Self::TooLong { .. }
            | Self::ForbiddenCharacter
            | Self::Markup
            | Self::NotAName
            | Self::NotAPhone
            | Self::ConsentNeeded
            | Self::NotAShortCode
            | Self::NotANumber
            | Self::TooSmall { .. }
            | Self::TooLarge { .. } => return self.text_at_gate(locale).unwrap_or_default(),
            Self::TooShort { min } => (format!("Quá ngắn: ít nhất {min} ký tự."), format!("Too short: at least {min} characters.")),
            Self::NotSoManyDigits { digits } => (
                format!("Cần đúng {digits} chữ số, kể cả số 0 ở đầu."),
                format!("Exactly {digits} digits are needed, zeros in front included."),
            ),
            Self::UnknownChoice => ("Hãy chọn một mục trong danh sách.".into(), "Please choose one from the list.".into()),
            Self::NotADate => {
                ("Hãy ghi ngày, tháng, năm, ví dụ 10/10/2027.".into(), "Please enter day, month and year, for example 10/10/2027.".into())
            }
            Self::NotAnEmail => ("Thư điện tử cần có dạng ten@noigui.vn.".into(), "An email address looks like name@example.vn.".into()),
            Self::NotAContact => (
                "Hãy nhập số điện thoại 10 chữ số, thư điện tử, hoặc mã 8 ký tự dưới mã QR.".into(),
                "Please enter a mobile number of 10 digits, an email address, or the code of 8 characters under the QR code.".into(),
            ),
            Self::NotATaxCode => (
                "Mã số thuế có 10 chữ số, chi nhánh có thêm 3, ví dụ 0100109106-001. Hãy xem lại từng số.".into(),
                "A tax code has 10 digits, a branch 3 more, for example 0100109106-001. Please check each digit.".into(),
            ),
            Self::HouseholdTaxCode => (
                "Mã 12 chữ số chỉ dùng cho hộ kinh doanh. Nếu đúng vậy, hãy đánh dấu ô Hộ kinh doanh.".into(),
                "Only household businesses have a code of 12 digits. If yours is one, please tick Household business.".into(),
            ),
            Self::PublishConsentNeeded => {
                ("Cần đồng ý công bố thì mới nộp được hồ sơ.".into(), "A dossier can't be submitted without consent to publish it.".into())
            }
            Self::AgeNeeded => (
                "Người dưới 16 tuổi đi theo đoàn của trường. Hãy đánh dấu nếu bạn đủ 16 tuổi.".into(),
                "People under 16 come with their school. Please tick if you are 16 or older.".into(),
            ),
            Self::NotOpenYet => ("Chưa mở đăng ký cho đối tượng này.".into(), "Registration is not open yet for this group.".into()),
            Self::Closed => ("Đã hết hạn đăng ký cho đối tượng này.".into(), "Registration has closed for this group.".into()),
            Self::Full => (
                "Đã hết chỗ cho đối tượng này. Thông tin của bạn chưa được lưu.".into(),
                "There are no seats left for this group. Nothing of yours was stored.".into(),
            ),
            Self::PhoneFull { most } => (
                format!(
                    "Số điện thoại này đã đăng ký cho {most} người, nhiều nhất cho một số. Để đăng ký thêm, hãy dùng số khác hoặc gọi Ban Tổ chức."
                ),
                format!(
                    "This number has registered {most} people, the most for one number. To register more, please use another number or call the organisers."
                ),
            ),
            Self::SessionsClash { first, second } => (
                format!("“{first}” và “{second}” trùng giờ. Hãy bỏ chọn một phiên."),
                format!("“{first}” and “{second}” run at the same time. Please leave one of them out."),
            ),
            Self::InvitationUnusable => (
                "Mã mời không đúng, đã hết hạn hoặc đã dùng hết lượt. Hãy xem lại từng ký tự, hoặc hỏi người mời bạn.".into(),
                "This invitation code is wrong, has expired or is used up. Please check each character, or ask who invited you.".into(),
            ),
            Self::FileTooLarge { max_megabytes } => {
                (format!("Tệp quá lớn: nhiều nhất {max_megabytes} MB."), format!("The file is too large: {max_megabytes} MB at most."))
            }
            Self::NotAPicture => ("Hãy chọn ảnh JPEG, PNG hoặc WebP.".into(), "Please choose a JPEG, PNG or WebP picture.".into()),
            Self::WeakPassword { min } => (
                format!("Mật khẩu cần ít nhất {min} ký tự, có chữ thường, chữ hoa, chữ số và ký hiệu."),
                format!("A password needs at least {min} characters: lower and upper case letters, digits and signs."),
            ),
            Self::SignInFailed => {
                ("Thư điện tử hoặc mật khẩu không đúng.".into(), "The email address or the password is not right.".into())
            }
            Self::AlreadyInUse => ("Đã có người dùng. Hãy chọn cái khác.".into(), "This is in use already. Please choose another.".into()),
            Self::TooManyAttempts { minutes } => (
                format!("Đã sai nhiều lần. Hãy thử lại sau {minutes} phút."),
                format!("Too many wrong attempts. Please try again in {minutes} minutes."),
            ),
            Self::UnknownCode => {
                ("Không có thẻ nào mang mã này trong kỳ hiện tại.".into(), "No pass of the current edition has this code.".into())
            }
            Self::NotADay => ("Hãy chọn một ngày, không sau hôm nay.".into(), "Please choose a day, not after today.".into()),
            Self::TooManyRequests => (
                "Bạn đang có nhiều yêu cầu chờ trả lời. Hãy gọi đường dây nóng nếu cần thêm.".into(),
                "Many of your requests wait for an answer. Please call the hotline if you need more.".into(),
            ),
            Self::NotConfirmed => {
                ("Hãy đánh dấu ô này rồi mới tiếp tục.".into(), "Please tick this box before you go on.".into())
            }
            Self::ScansWait => (
                "Còn lượt chờ trên máy, sẽ không được tính. Hãy đợi máy gửi xong, hoặc đánh dấu ô này.".into(),
                "Scans still wait on phones and would not count. Please wait until they are sent, or tick this box.".into(),
            ),
            Self::KeepTheOther => (
                "Đăng ký kia có tình trạng tốt hơn (đã đến, đã có thẻ hoặc có chỗ). Hãy giữ đăng ký đó.".into(),
                "The other registration stands better: it has arrived, has a pass or a seat. Please keep that one.".into(),
            ),
            Self::BothArrived => (
                "Cả hai thẻ đều đã vào cổng, nên có thể là hai người. Không gộp được.".into(),
                "Both passes were admitted, so these may be two people. They can’t be merged.".into(),
            ),
            Self::PartyAndPerson => (
                "Một đăng ký cho cả nhóm, một đăng ký cho một người. Không gộp được.".into(),
                "One registration is for a party and the other for one person. They can’t be merged.".into(),
            ),
            Self::TooManyDrafts { max } => (
                format!("Đơn vị đã có {max} bản nháp. Hãy dùng tiếp hoặc nộp một bản trước khi lập bản mới."),
                format!("There are {max} drafts already. Please go on with one of them, or submit it, before you start another."),
            ),
            Self::NoRows => (
                "Danh sách chưa có ai. Hãy nhập ít nhất một người.".into(),
                "There is nobody on the list yet. Please enter at least one person.".into(),
            ),
            Self::TooManyRows { max } => (
                format!("Một đoàn có nhiều nhất {max} người. Hãy chia danh sách thành nhiều đoàn."),
                format!("A group has {max} people at most. Please split the list into several groups."),
            ),
            Self::SameAsRow { row } => (
                format!("Trùng tên với dòng {row}. Hãy bỏ một dòng, hoặc xác nhận là hai người khác nhau."),
                format!("The same name as in row {row}. Please leave one out, or confirm that they are two people."),
            ),
            Self::NotACount { max } => (format!("Hãy nhập một số từ 1 đến {max}."), format!("Please enter a number from 1 to {max}.")),
            Self::SentAtOnce => (
                "Biểu mẫu được gửi nhanh quá. Thông tin bạn nhập vẫn còn: hãy xem lại một lượt rồi bấm gửi lần nữa.".into(),
                "The form was sent too fast. What you typed is still here: please look it over and send it once more.".into(),
            ),
            Self::Opening { wait: Wait { seconds } } => (
                format!("Đăng ký vừa mở, rất nhiều người cùng gửi. Hãy bấm gửi lại sau {seconds} giây: thông tin bạn nhập vẫn còn."),
                format!("Registration has just opened, and very many people send. Please send again in {seconds} seconds: what you typed is still here."),
            ),
            Self::FormTooOld => (
                "Trang này mở đã quá lâu. Thông tin bạn nhập vẫn còn: hãy xem lại một lượt rồi bấm gửi lần nữa.".into(),
                "This page was open for too long. What you typed is still here: please look it over and send it once more.".into(),
            ),
            Self::HiddenFieldFilled => (
                "Trình duyệt đã tự điền một ô ẩn. Thông tin bạn nhập vẫn còn: hãy bấm gửi lần nữa.".into(),
                "Your browser filled in a hidden field. What you typed is still here: please send it once more.".into(),
            ),
            Self::DeclarationNeeded => (
                "Cần bạn xác nhận mục này thì mới đăng ký được cho đoàn.".into(),
                "We can't register the group unless you confirm this.".into(),
            ),
            Self::SeatsShort { left } => (
                format!("Chỉ còn {left} chỗ, không đủ cho cả đoàn. Danh sách chưa được lưu."),
                format!("There are only {left} seats left, not enough for the whole group. Nothing was stored."),
            ),
            Self::AgeOfAllNeeded => (
                "Người dưới 16 tuổi đi theo đoàn của trường. Hãy đánh dấu nếu mọi người trong danh sách đủ 16 tuổi.".into(),
                "People under 16 come with their school. Please tick if everybody on the list is 16 or older.".into(),
            ),
            Self::NotATable => (
                "Hãy chọn tệp Excel (.xlsx) hoặc CSV. Tệp này không đọc được.".into(),
                "Please choose an Excel file (.xlsx) or a CSV file. This one can’t be read.".into(),
            ),
            Self::HeadingNeeded => (
                "Chưa thấy dòng tiêu đề có cột Mã và cột Họ và tên. Hãy thêm vào dòng đầu.".into(),
                "There is no heading with the columns Reference and Full name. Please add them in the first row.".into(),
            ),
            Self::SameReference { row } => (format!("Trùng mã với dòng {row}."), format!("The same reference as in row {row}.")),
            Self::LockedTable => (
                "Tệp có mật khẩu hoặc là tệp .xls đời cũ. Hãy mở bằng Excel, bỏ mật khẩu và lưu thành .xlsx.".into(),
                "The file has a password or is an old .xls file. Please open it in Excel, remove the password and save it as .xlsx.".into(),
            ),
            Self::OldEncoding => (
                "Tệp dùng bảng mã cũ (Windows-1258, TCVN3 hoặc VNI), chữ có dấu có thể bị sai. Hãy lưu lại thành .xlsx hoặc CSV UTF-8.".into(),
                "The file uses an old encoding (Windows-1258, TCVN3 or VNI), so marks could go wrong. Please save it as .xlsx or as CSV UTF-8.".into(),
            ),
            Self::EmptyTable => (
                "Tệp không có dòng nào dưới dòng tiêu đề.".into(),
                "The file has no rows below its heading.".into(),
            ),
            Self::TableTooLarge { rows, columns } => (
                format!("Tệp quá lớn: nhiều nhất {rows} dòng và {columns} cột. Hãy chia thành nhiều tệp."),
                format!("The file is too large: {rows} rows and {columns} columns at most. Please split it."),
            ),
            Self::TimePassed => ("Thời điểm này đã qua. Hãy chọn thời điểm khác.".into(), "This time has passed. Please choose another.".into()),
            Self::UnknownPlaceholder { name } => (
                format!("Không có chỗ điền nào tên “{name}” ở đây. Hãy dùng một tên trong danh sách, ví dụ {{ten}}."),
                format!("There is no placeholder “{name}” here. Please use one from the list, such as {{ten}}."),
            ),
        };
        locale.pick(vi, en)
    }
}

/// The problems of a form, each tied to its field's name, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("invalid fields: {}", self.0.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>().join(", "))]
pub struct FieldErrors(pub Vec<(String, Problem)>);

impl FieldErrors {
    /// The only problem there is.
    #[must_use]
    pub fn one(field: &str, problem: Problem) -> Self {
        Self(vec![(field.to_owned(), problem)])
    }

    /// Keeps the value of a good result and the problem of a bad one.
    pub fn take<T>(&mut self, field: &str, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push((field.to_owned(), problem))).ok()
    }

    /// The first problem of a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&Problem> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, problem)| problem)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads a typed day: `10/10/2027`, or as a browser's field sends it, `2027-10-10`.
///
/// # Errors
/// [`Problem::NotADate`].
pub fn read_date(raw: &str) -> Result<NaiveDate, Problem> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(raw, format).ok())
        .filter(|date| (1900..2200).contains(&date.year()))
        .ok_or(Problem::NotADate)
}

/// Requires a cleaned text to have at least `min` characters.
///
/// # Errors
/// [`Problem::Required`] when empty, [`Problem::TooShort`].
pub fn at_least(text: String, min: usize) -> Result<String, Problem> {
    match text.chars().count() {
        0 => Err(Problem::Required),
        n if n < min => Err(Problem::TooShort { min }),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gate_tells_is_told_on_every_page_in_the_same_words() {
        let at_gate = [
            Problem::Required,
            Problem::TooLong { max: 9 },
            Problem::ForbiddenCharacter,
            Problem::Markup,
            Problem::NotAName,
            Problem::NotAPhone,
            Problem::ConsentNeeded,
            Problem::NotAShortCode,
            Problem::NotANumber,
            Problem::TooSmall { least: 1 },
            Problem::TooLarge { most: 2 },
        ];
        for (problem, locale) in at_gate.iter().flat_map(|problem| [(problem, Locale::Vi), (problem, Locale::En)]) {
            assert_eq!(problem.text_at_gate(locale), Some(problem.text(locale)).filter(|text| !text.is_empty()), "{problem:?}");
        }
        assert_eq!(Problem::NotADate.text_at_gate(Locale::Vi), None);
    }
}
