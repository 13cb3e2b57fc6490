//! Printed badges: on what they are printed, and why again.

use crate::text::Locale;

/// What badges are printed on. Sizes in millimetres, width before height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Template {
    /// Labels of 90 × 54 on a roll.
    Roll90,
    /// Labels of 62 × 100 on a roll.
    Roll62,
    /// Ten cards of 90 × 54 on a sheet of A4.
    SheetA4,
    /// One A6 card to hang around the neck.
    LanyardA6,
}

impl Template {
    pub const ALL: [Self; 4] = [Self::Roll90, Self::Roll62, Self::SheetA4, Self::LanyardA6];

    /// The name in the store, in forms and in style sheets.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Roll90 => "roll-90x54",
            Self::Roll62 => "roll-62x100",
            Self::SheetA4 => "sheet-a4",
            Self::LanyardA6 => "lanyard-a6",
        }
    }

    /// The template with this [`Template::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }

    /// How many badges go on one page of the printer.
    #[must_use]
    pub fn per_page(self) -> usize {
        match self {
            Self::Roll90 | Self::Roll62 | Self::LanyardA6 => 1,
            Self::SheetA4 => 10,
        }
    }

    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Roll90 => ("Tem cuộn 90 × 54 mm", "Roll of labels, 90 × 54 mm"),
            Self::Roll62 => ("Tem cuộn 62 × 100 mm", "Roll of labels, 62 × 100 mm"),
            Self::SheetA4 => ("Tờ A4, 10 thẻ 90 × 54 mm", "A4 sheet, 10 cards of 90 × 54 mm"),
            Self::LanyardA6 => ("Thẻ A6 có dây đeo, 105 × 148 mm", "A6 card on a lanyard, 105 × 148 mm"),
        };
        locale.pick(vi, en)
    }
}

/// Why a badge is printed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reprint {
    /// The paper jammed, or the print is bad: nobody wears the first one.
    Jam,
    /// Something on it was corrected; the person gives the first one back.
    Correction,
    /// It was lost.
    Loss,
}

impl Reprint {
    pub const ALL: [Self; 3] = [Self::Jam, Self::Correction, Self::Loss];

    /// The name in the store and in forms.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Jam => "jam",
            Self::Correction => "correction",
            Self::Loss => "loss",
        }
    }

    /// The reason with this [`Reprint::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }

    /// Whether somebody else may wear the first one: then the new badge has another code, and the old one stops.
    #[must_use]
    pub fn stops_the_first(self) -> bool {
        matches!(self, Self::Loss)
    }

    #[must_use]
    pub fn name(self, locale: Locale) -> &'static str {
        let (vi, en) = match self {
            Self::Jam => ("Kẹt giấy hoặc in hỏng", "Paper jam or bad print"),
            Self::Correction => ("Sửa thông tin trên thẻ", "Something on it was corrected"),
            Self::Loss => ("Làm mất thẻ (mã cũ ngừng dùng)", "The badge was lost (the old code stops)"),
        };
        locale.pick(vi, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_templates_and_reasons() {
        for template in Template::ALL {
            assert_eq!(Template::from_key(template.key()), Some(template));
        }
        for reason in Reprint::ALL {
            assert_eq!(Reprint::from_key(reason.key()), Some(reason));
        }
        assert_eq!((Template::from_key(""), Reprint::from_key("")), (None, None));
    }

    #[test]
    fn only_a_lost_badge_gets_another_code() {
        assert_eq!(Reprint::ALL.map(Reprint::stops_the_first), [false, false, true]);
    }
}
