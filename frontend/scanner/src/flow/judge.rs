//! What the phone can tell of a text alone.

use domain::{
    signed::{CodeFault, PublicKey},
    ticket::{self, Reading, Ticket},
};

/// The first look at a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// A citizen's identity card: refused here, never kept or sent.
    IdentityCard,
    /// A code that was typed through an input method for Vietnamese, which changes letters: nobody knows any more what it was.
    Garbled,
    /// Certainly no ticket.
    NotATicket {
        /// It claims to be one of ours: the server keeps the fact. Anything else stays on the phone.
        forged: bool,
    },
    /// The server has to say. With the ticket, if its signature is proved.
    Ask(Option<Ticket>),
}

/// Judges a text by its form and, for a ticket, by its signature.
pub(crate) fn judge(text: &str, keys: &[PublicKey]) -> Judgement {
    match ticket::recognise(text) {
        Reading::IdentityCard => Judgement::IdentityCard,
        Reading::Other => no_ticket(text, false),
        Reading::Short(_) | Reading::Badge(_) => Judgement::Ask(None),
        Reading::Ticket => match ticket::verify(text, keys) {
            Ok(ticket) => Judgement::Ask(Some(ticket)),
            // Another year's ticket, or a key that is younger than this page: the server knows all keys.
            Err(CodeFault::UnknownKey) => Judgement::Ask(None),
            Err(CodeFault::Form | CodeFault::Signature) => no_ticket(text, true),
        },
    }
}

fn no_ticket(text: &str, forged: bool) -> Judgement {
    // No code of ours has other letters than those of ASCII, and no sentence is without a space.
    if text.is_ascii() || text.contains(' ') { Judgement::NotATicket { forged } } else { Judgement::Garbled }
}

#[cfg(test)]
mod tests {
    use domain::{registration::AudienceKind, ticket::TicketId};
    use ed25519_dalek::SigningKey;

    use super::*;

    const TICKET: Ticket = Ticket { key_id: 0, year: 2027, audience: AudienceKind::Citizen, reissue: 0, is_spare: false, id: TicketId(42) };

    fn keys(seed: u8, year: u16) -> [PublicKey; 1] {
        [PublicKey { year, key_id: 0, key: SigningKey::from_bytes(&[seed; 32]).verifying_key() }]
    }

    #[test]
    fn a_true_ticket_and_a_short_code_are_asked_about() {
        let code = TICKET.sign(&SigningKey::from_bytes(&[7; 32]));
        assert_eq!(judge(&Ticket::address("https://a.vn", &code), &keys(7, 2027)), Judgement::Ask(Some(TICKET)));
        assert_eq!(judge("0000 0000", &keys(7, 2027)), Judgement::Ask(None));
    }

    #[test]
    fn a_false_signature_is_no_ticket_but_another_years_key_is_the_servers_matter() {
        let code = TICKET.sign(&SigningKey::from_bytes(&[7; 32]));
        assert_eq!(judge(&code, &keys(8, 2027)), Judgement::NotATicket { forged: true });
        assert_eq!(judge(&code, &keys(8, 2028)), Judgement::Ask(None));
    }

    #[test]
    fn what_belongs_to_others_stays_on_the_phone() {
        let card = "087099000123|340123456|Nguyễn Văn A|01011990|Nam|Phường Cao Lãnh, Đồng Tháp|01012022";
        assert_eq!(judge(card, &keys(7, 2027)), Judgement::IdentityCard);
        assert_eq!(judge("https://example.vn/menu", &keys(7, 2027)), Judgement::NotATicket { forged: false });
        assert_eq!(judge("Thực đơn hôm nay", &keys(7, 2027)), Judgement::NotATicket { forged: false });
    }

    #[test]
    fn a_code_typed_through_a_vietnamese_input_method_is_told_from_a_forged_one() {
        let code = Ticket::address("https://ngaycds.vn", &TICKET.sign(&SigningKey::from_bytes(&[7; 32])));
        // As Telex writes it: an S after a vowel is a mark. Which host it is does not matter.
        let typed = code.replacen("NGAYCDS", "NGÁYCD", 1);
        assert_eq!((typed == code, judge(&typed, &keys(7, 2027))), (false, Judgement::Ask(Some(TICKET))));
        let (host, signed) = code.split_at(code.len() - 20);
        for typed in [format!("{host}{}", signed.replacen(|letter: char| letter.is_ascii_alphabetic(), "Á", 1)), "Ấ7KQ4M9XWTRS".to_owned()]
        {
            assert_eq!(judge(&typed, &keys(7, 2027)), Judgement::Garbled, "{typed}");
        }
    }
}
