//! The join link an invited agent is given: `cordboard://HOST:PORT/join#FINGERPRINT.TOKEN`.
//!
//! The fingerprint (SHA-256 of the server's certificate) and the one-time token stand behind `#`, which no browser
//! or proxy sends anywhere.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};

const SCHEME: &str = "cordboard://";

/// SHA-256 of a certificate's DER form. Shown as 52 small letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of this certificate.
    pub fn of(certificate: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl FromStr for Fingerprint {
    type Err = LinkError;

    /// Reads base32 as shown, or 64 hex digits with or without colons, as other tools show it.
    fn from_str(text: &str) -> Result<Fingerprint, LinkError> {
        let plain: String = text.trim().chars().filter(|c| *c != ':').collect();
        let bytes = match plain.len() {
            52 => BASE32_NOPAD.decode(plain.to_ascii_uppercase().as_bytes()),
            64 => HEXLOWER_PERMISSIVE.decode(plain.as_bytes()),
            _ => return Err(LinkError::Fingerprint),
        };
        bytes.ok().and_then(|b| b.try_into().ok()).map(Fingerprint).ok_or(LinkError::Fingerprint)
    }
}

/// A join link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLink {
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Of the server's certificate.
    pub fingerprint: Fingerprint,
    /// One-time token.
    pub token: String,
}

/// What is wrong with a link, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Something else than a join link.
    #[error("a join link begins with cordboard:// and ends in a long code; ask your lead for the whole line")]
    NotALink,
    /// No host.
    #[error("the link names no server between cordboard:// and /join")]
    Host,
    /// No port, or none that exists.
    #[error("the link's port is missing or not a number from 1 to 65535")]
    Port,
    /// The part behind `#` is not there.
    #[error("the code behind # is missing; the link was cut when it was copied")]
    Code,
    /// Not a fingerprint.
    #[error("the fingerprint in the link is damaged; copy the whole line again")]
    Fingerprint,
    /// Not a token.
    #[error("the token at the end of the link is damaged; copy the whole line again")]
    Token,
}

/// Splits `HOST:PORT`, `[V6]:PORT`.
pub fn split_host_port(text: &str) -> Result<(String, u16), LinkError> {
    let (host, port) = text.rsplit_once(':').ok_or(LinkError::Port)?;
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(LinkError::Host)?,
        // Colons without brackets: an IPv6 address whose last group is no port.
        None if host.contains(':') => return Err(LinkError::Port),
        None => host,
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/@?#[]".contains(c);
    if bare.is_empty() || bare.contains(odd) {
        return Err(LinkError::Host);
    }
    let port = port.parse::<u16>().ok().filter(|p| *p > 0).ok_or(LinkError::Port)?;
    Ok((bare.to_owned(), port))
}

impl FromStr for JoinLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<JoinLink, LinkError> {
        // Mail programs break long lines and wrap links in angle brackets.
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.trim_start_matches('<').trim_end_matches('>');
        let has_scheme = text.get(..SCHEME.len()).is_some_and(|s| s.eq_ignore_ascii_case(SCHEME));
        let rest = if has_scheme { &text[SCHEME.len()..] } else { return Err(LinkError::NotALink) };
        let (place, code) = rest.split_once('#').ok_or(LinkError::Code)?;
        let authority =
            place.strip_suffix("/join").or_else(|| place.strip_suffix("/join/")).ok_or(LinkError::NotALink)?;
        let (host, port) = split_host_port(authority)?;
        let (fingerprint, token) = code.split_once('.').ok_or(LinkError::Code)?;
        let fingerprint = fingerprint.parse()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if token.len() < 16 || token.len() > 256 || !token.chars().all(plain) {
            return Err(LinkError::Token);
        }
        Ok(JoinLink { host, port, fingerprint, token: token.to_owned() })
    }
}

impl fmt::Display for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        let JoinLink { host, port, fingerprint, token } = self;
        write!(f, "{SCHEME}{open}{host}{close}:{port}/join#{fingerprint}.{token}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(host: &str) -> JoinLink {
        let token = "abcDEF0123456789-_xyz".to_owned();
        JoinLink { host: host.into(), port: 7411, fingerprint: Fingerprint::of(b"certificate"), token }
    }

    #[test]
    fn round_trips() {
        for host in ["desk.example.com", "192.0.2.7", "2001:db8::1"] {
            let link = link(host);
            let text = link.to_string();
            assert_eq!(text.parse::<JoinLink>(), Ok(link.clone()));
            // Broken by a mail program.
            let broken = format!(" <{}\n  {}> ", &text[..40], &text[40..]);
            assert_eq!(broken.parse::<JoinLink>(), Ok(link));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let good = link("h").to_string();
        let code = good.split_once('#').expect("has one").1;
        let cases = [
            ("https://example.com/", LinkError::NotALink),
            ("", LinkError::NotALink),
            ("cordboard://h:1/other#x.y", LinkError::NotALink),
            ("cordboard://h:1/join", LinkError::Code),
            ("cordboard://h:1/join#abc", LinkError::Code),
            ("cordboard://h:1/join#abc.def", LinkError::Fingerprint),
            (&format!("cordboard://:1/join#{code}"), LinkError::Host),
            (&format!("cordboard://a b@c:1/join#{code}"), LinkError::Host),
            (&format!("cordboard://h/join#{code}"), LinkError::Port),
            (&format!("cordboard://h:0/join#{code}"), LinkError::Port),
            (&format!("cordboard://h:70000/join#{code}"), LinkError::Port),
            (&format!("cordboard://2001:db8::1/join#{code}"), LinkError::Port),
            (&good[..good.len() - 10], LinkError::Token),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<JoinLink>(), Err(error), "{text}");
        }
    }

    #[test]
    fn fingerprint_reads_hex_with_colons() {
        let print = Fingerprint::of(b"x");
        let hex: Vec<String> = print.0.iter().map(|b| format!("{b:02X}")).collect();
        assert_eq!(hex.join(":").parse(), Ok(print));
        assert_eq!("not".parse::<Fingerprint>(), Err(LinkError::Fingerprint));
    }
}
