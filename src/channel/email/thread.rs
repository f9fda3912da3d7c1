//! To which case a mail belongs: our address tag, then the ids it answers, then the number in its subject together
//! with the same customer; else it is a new one.
//!
//! Tags and ids of ours carry a code (HMAC-SHA256 under the house's key, 8 hex digits of it), so that nobody writes
//! into a case by guessing numbers.

use sha2::{Digest, Sha256};

use super::letter::Letter;
use crate::domain::ids::{CaseId, MessageId};

/// The house's key for tags.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of any bytes; 32 random ones are right.
    pub fn new(bytes: Vec<u8>) -> Key {
        Key(bytes)
    }

    /// The code for some words: 8 hex digits.
    fn code(&self, words: &str) -> String {
        let mac = hmac(&self.0, words.as_bytes());
        data_encoding::HEXLOWER.encode(&mac[..4])
    }

    /// Where answers about a case go: `support+c1042.0a1b2c3d@x.org`. Nothing when the address has no `@`.
    pub fn tagged(&self, address: &str, case: CaseId) -> Option<String> {
        let (user, host) = address.rsplit_once('@')?;
        let user = user.split('+').next().unwrap_or(user);
        Some(format!("{user}+c{case}.{}@{host}", self.code(&format!("case {case}"))))
    }

    /// The case of an address of [`Key::tagged`].
    pub fn case_of(&self, address: &str) -> Option<CaseId> {
        let (user, _) = address.rsplit_once('@')?;
        let (_, tag) = user.rsplit_once('+')?;
        let (case, code) = tag.strip_prefix(['c', 'C'])?.split_once('.')?;
        let case = CaseId(number(case)?);
        same(&self.code(&format!("case {case}")), code).then_some(case)
    }

    /// The id of the mail that carries a message: `c1042.m88.0a1b2c3d@x.org`.
    pub fn id_of(&self, case: CaseId, message: MessageId, host: &str) -> String {
        format!("c{case}.m{message}.{}@{host}", self.code(&format!("mail {case} {message}")))
    }

    /// The case and message of an id of [`Key::id_of`].
    pub fn ours(&self, id: &str) -> Option<(CaseId, MessageId)> {
        let (local, _) = id.rsplit_once('@')?;
        let mut pieces = local.split('.');
        let case = CaseId(number(pieces.next()?.strip_prefix('c')?)?);
        let message = MessageId(number(pieces.next()?.strip_prefix('m')?)?);
        let code = pieces.next()?;
        (pieces.next().is_none() && same(&self.code(&format!("mail {case} {message}")), code))
            .then_some((case, message))
    }
}

/// Which sign told the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The address it was sent to.
    Tag,
    /// An id it answers.
    Reference,
    /// The number in its subject.
    Subject,
}

/// What is known here of ids and cases.
pub trait Known {
    /// The case of the mail with this id.
    fn case_of_id(&self, id: &str) -> Option<CaseId>;
    /// Whether the case is that of the customer with this address.
    fn is_customers(&self, case: CaseId, address: &str) -> bool;
}

/// To which case a mail belongs, and what said so. `None` is a new one.
pub fn case_of(letter: &Letter, key: &Key, known: &dyn Known) -> Option<(CaseId, Sign)> {
    let mut addresses = letter.to.iter().chain(&letter.cc).chain(&letter.delivered_to);
    if let Some(case) = addresses.find_map(|p| key.case_of(&p.address)) {
        return Some((case, Sign::Tag));
    }
    // The nearest first.
    let mut ids = letter.in_reply_to.iter().chain(letter.references.iter().rev());
    let referred = |id: &String| key.ours(id).map(|(case, _)| case).or_else(|| known.case_of_id(id));
    if let Some(case) = ids.find_map(referred) {
        return Some((case, Sign::Reference));
    }
    let address = &letter.from.as_ref()?.address;
    let case = in_subject(&letter.subject)?;
    (!address.is_empty() && known.is_customers(case, address)).then_some((case, Sign::Subject))
}

/// Which message of ours a report or an automatic answer is about: from what it answers, what it brings back, or what
/// its words quote.
pub fn about(letter: &Letter, key: &Key) -> Option<(CaseId, MessageId)> {
    let quoted = letter.words.new.lines().chain(letter.words.quoted.lines());
    let quoted = quoted.filter(|l| l.to_ascii_lowercase().contains("message-id")).take(20);
    let quoted: Vec<String> = quoted.flat_map(super::head::bracketed).collect();
    let mut ids =
        letter.inner_ids.iter().chain(&letter.in_reply_to).chain(letter.references.iter().rev()).chain(&quoted);
    ids.find_map(|id| key.ours(id))
}

/// The number in `[#1042]`.
pub(super) fn in_subject(subject: &str) -> Option<CaseId> {
    subject.match_indices("[#").find_map(|(at, _)| number(subject[at + 2..].split_once(']')?.0)).map(CaseId)
}

fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Compares without telling by its time where the first difference is.
fn same(a: &str, b: &str) -> bool {
    let b = b.to_ascii_lowercase();
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

/// RFC 2104 over SHA-256.
fn hmac(key: &[u8], words: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(words).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::email::letter::Limits;

    struct Desk;

    impl Known for Desk {
        fn case_of_id(&self, id: &str) -> Option<CaseId> {
            (id == "theirs@y.org").then_some(CaseId(7))
        }

        fn is_customers(&self, case: CaseId, address: &str) -> bool {
            case == CaseId(9) && address.eq_ignore_ascii_case("dana@x.org")
        }
    }

    fn key() -> Key {
        Key::new(vec![7; 32])
    }

    fn of(raw: &str) -> Option<(CaseId, Sign)> {
        case_of(&Letter::read(raw.as_bytes(), &Limits::default()), &key(), &Desk)
    }

    #[test]
    fn the_code_is_hmac_sha256() {
        // RFC 4231, case 2.
        let mac = hmac(b"Jefe", b"what do ya want for nothing?");
        assert!(data_encoding::HEXLOWER.encode(&mac).starts_with("5bdcc146bf60754e6a042426089575c7"));
        // Case 6: a key longer than a block.
        let mac = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert!(data_encoding::HEXLOWER.encode(&mac).starts_with("60e431591ee0b67f0d8a26aacbf5b77f"));
    }

    #[test]
    fn tags_and_ids_come_back_and_cannot_be_guessed() {
        let tag = key().tagged("support@x.org", CaseId(1042)).expect("an address");
        assert_eq!(key().case_of(&tag), Some(CaseId(1042)));
        assert_eq!(key().case_of(&tag.to_uppercase()), Some(CaseId(1042)));
        assert_eq!(key().case_of(&tag.replace("1042", "1043")), None);
        assert_eq!(Key::new(vec![8; 32]).case_of(&tag), None);
        let id = key().id_of(CaseId(5), MessageId(88), "x.org");
        assert_eq!(key().ours(&id), Some((CaseId(5), MessageId(88))));
        assert_eq!(key().ours(&id.replace("m88", "m89")), None);
        for odd in
            ["", "@", "+c@x", "a+c1@x", "a+c1.@x", "a+c99999999999999999999.00000000@x", "c1.m1@x", "c1.m1.x.y@x"]
        {
            assert_eq!((key().case_of(odd), key().ours(odd)), (None, None), "{odd}");
        }
    }

    #[test]
    fn signs_count_in_order() {
        let tag = key().tagged("s@y.org", CaseId(3)).expect("an address");
        let id = key().id_of(CaseId(4), MessageId(1), "y.org");
        let from = "From: dana@x.org\n";
        assert_eq!(
            of(&format!("{from}To: {tag}\nIn-Reply-To: <{id}>\nSubject: [#9] x\n\n")),
            Some((CaseId(3), Sign::Tag))
        );
        assert_eq!(of(&format!("{from}To: s@y.org\nDelivered-To: {tag}\n\n")), Some((CaseId(3), Sign::Tag)));
        assert_eq!(of(&format!("{from}In-Reply-To: <{id}>\nSubject: [#9] x\n\n")), Some((CaseId(4), Sign::Reference)));
        assert_eq!(
            of(&format!("{from}References: <theirs@y.org> <other@y.org>\n\n")),
            Some((CaseId(7), Sign::Reference))
        );
        assert_eq!(of(&format!("{from}Subject: Re: [#9] x\n\n")), Some((CaseId(9), Sign::Subject)));
        // Someone else with the number in the subject gets a case of their own.
        assert_eq!(of("From: eve@z.org\nSubject: Re: [#9] x\n\n"), None);
        assert_eq!(of(&format!("{from}Subject: Re: [#99999999999999999999] [#] x\n\n")), None);
    }
}
