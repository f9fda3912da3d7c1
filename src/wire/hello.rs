//! The opening words as headers of the upgrade request and its answer, and which version is spoken.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;

use super::dictionary;
use super::frame::{Hello, PROTOCOL, PROTOCOL_MIN, Part};
use crate::domain::ids::{FileId, MessageId};
use crate::domain::row::Entity;
use crate::domain::scope::Scope;

/// Header of the request that holds the [`Hello`].
pub const HELLO_HEADER: &str = "Sec-Cordboard";
/// Header of the answer that says whether the dictionary named in the Hello primes both directions: [`PRIMED`].
pub const PRIMED_HEADER: &str = "sec-cordboard";
/// What [`PRIMED_HEADER`] says when it does; when it is missing or says something else, nothing is primed.
pub const PRIMED: &str = "1";
/// Path of the upgrade request.
pub const FEED_PATH: &str = "/feed";
/// Path of a file that a message names.
pub fn file_path(message: MessageId, file: FileId) -> String {
    format!("/files/{message}/{file}")
}

/// Longest value of [`HELLO_HEADER`].
pub const MAX_HELLO: usize = 16 << 10;

/// A header that is no Hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {HELLO_HEADER} header is missing, too long or not readable")]
pub struct BadHello;

/// No version both sides speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The desk is too old.
    #[error(
        "this desk speaks protocol {max}, the server needs at least {PROTOCOL_MIN}: install a newer cordboard here"
    )]
    DeskTooOld {
        /// Newest the desk speaks.
        max: u16,
    },
    /// The server is too old.
    #[error("this desk needs at least protocol {min}, the server speaks {PROTOCOL}: install a newer cordboard there")]
    ServerTooOld {
        /// Oldest the desk speaks.
        min: u16,
    },
}

impl Hello {
    /// The header's value: base64url of the positional form, and of whole parts only one bit each. Parts are left out
    /// from the end when they would not fit; the server then sends those again.
    pub fn to_header(&self) -> String {
        let mut hello = self.clone();
        hello.version.truncate(64);
        let mut whole: BTreeMap<Scope, u64> = BTreeMap::new();
        hello.parts.retain(|part| match bit(part.entity) {
            Some(bit) if part.whole => {
                *whole.entry(part.scope).or_default() |= bit;
                false
            }
            _ => true,
        });
        let mut whole: Vec<(Scope, u64)> = whole.into_iter().collect();
        loop {
            let bytes = postcard::to_stdvec(&(&hello, &whole)).expect("invariant: plain data always encodes");
            let text = BASE64URL_NOPAD.encode(&bytes);
            if text.len() <= MAX_HELLO {
                return text;
            }
            hello.parts.truncate(hello.parts.len() * 3 / 4);
            whole.truncate(whole.len() * 3 / 4);
        }
    }

    /// Reads [`Hello::to_header`].
    pub fn from_header(text: &str) -> Result<Hello, BadHello> {
        if text.len() > MAX_HELLO {
            return Err(BadHello);
        }
        let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| BadHello)?;
        // What a newer desk adds at the end is not for us.
        let read = postcard::take_from_bytes::<(Hello, Vec<(Scope, u64)>)>(&bytes);
        let ((mut hello, whole), _) = read.map_err(|_| BadHello)?;
        for (scope, bits) in whole {
            let kinds = Entity::ALL.iter().copied().filter(|entity| bit(*entity).is_some_and(|bit| bits & bit != 0));
            hello.parts.extend(kinds.map(|entity| Part { scope, entity, mark: 0, whole: true }));
        }
        Ok(hello)
    }

    /// Whether both sides hold the same dictionary.
    pub fn primes(&self) -> bool {
        self.dictionary == dictionary::hash()
    }
}

/// The bit of a kind in a set of kinds.
fn bit(entity: Entity) -> Option<u64> {
    1_u64.checked_shl(u32::from(entity as u8))
}

/// The newest version both sides speak, or who must be brought up to date.
pub fn agree(min: u16, max: u16) -> Result<u16, Mismatch> {
    if max < PROTOCOL_MIN {
        Err(Mismatch::DeskTooOld { max })
    } else if min > PROTOCOL {
        Err(Mismatch::ServerTooOld { min })
    } else {
        Ok(max.min(PROTOCOL))
    }
}

/// What the desk reads from [`PRIMED_HEADER`]: whether both directions are primed.
pub fn primed_by(header: Option<&str>) -> bool {
    header.is_some_and(|value| value.trim() == PRIMED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QueueId;

    fn hello(parts: usize) -> Hello {
        let part =
            |id| Part { scope: Scope::History(QueueId(id)), entity: Entity::Message, mark: 1 << 40, whole: false };
        Hello {
            min: 1,
            max: 1,
            incarnation: u64::MAX,
            generation: 7,
            epoch: 12,
            live: 1_000_000,
            deep: 999_999,
            parts: (0..parts as u64).map(part).collect(),
            dictionary: dictionary::hash(),
            version: "0.1.0".into(),
        }
    }

    #[test]
    fn header_round_trips_and_is_small() {
        let hello = hello(20);
        let header = hello.to_header();
        assert!(header.len() < 400, "{}", header.len());
        assert_eq!(Hello::from_header(&header), Ok(hello));
    }

    #[test]
    fn whole_parts_cost_a_bit_each() {
        let scope = Scope::History(QueueId(3));
        let part = |entity: &Entity| Part { scope, entity: *entity, mark: 0, whole: true };
        let held = Hello { parts: Entity::ALL.iter().map(part).collect(), ..hello(0) };
        assert!(held.to_header().len() < hello(0).to_header().len() + 20);
        assert_eq!(Hello::from_header(&held.to_header()), Ok(held));
    }

    #[test]
    fn too_many_parts_are_cut() {
        let header = hello(50_000).to_header();
        assert!(header.len() <= MAX_HELLO);
        let read = Hello::from_header(&header).expect("readable");
        assert!(read.parts.len() > 500);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "=", "////", "AAAA", &"A".repeat(MAX_HELLO + 1)] {
            assert_eq!(Hello::from_header(text), Err(BadHello), "{text:.20}");
        }
    }

    #[test]
    fn versions() {
        assert_eq!(agree(PROTOCOL_MIN, PROTOCOL), Ok(PROTOCOL));
        assert_eq!(agree(1, 99), Ok(PROTOCOL));
        assert_eq!(agree(0, 0), Err(Mismatch::DeskTooOld { max: 0 }));
        assert_eq!(agree(99, 99), Err(Mismatch::ServerTooOld { min: 99 }));
    }

    #[test]
    fn priming_is_said() {
        assert!(primed_by(Some(PRIMED)));
        assert!(!primed_by(Some("0")));
        assert!(!primed_by(None));
    }
}
