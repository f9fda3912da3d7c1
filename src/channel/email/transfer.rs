//! Transfer encodings and character sets: bytes of a mail as bytes of a file, or as text. Lenient: what is no base64
//! is skipped, what is no text shows the mark of damage.

use mail_parser::decoders::charsets::map::charset_decoder;

/// How the bytes of a part travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// As they are.
    Plain,
    /// RFC 2045, 6.8.
    Base64,
    /// RFC 2045, 6.7.
    Printable,
}

impl Transfer {
    /// Reads the word of the header; unknown ones are taken as none.
    pub(super) fn named(word: &str) -> Transfer {
        let word = word.trim().trim_matches('"');
        if word.eq_ignore_ascii_case("base64") {
            Transfer::Base64
        } else if word.eq_ignore_ascii_case("quoted-printable") {
            Transfer::Printable
        } else {
            Transfer::Plain
        }
    }

    /// The bytes that were meant.
    pub(super) fn undo(self, raw: &[u8]) -> Vec<u8> {
        match self {
            Transfer::Plain => raw.to_vec(),
            Transfer::Base64 => base64(raw),
            Transfer::Printable => printable(raw, false),
        }
    }
}

/// Base64 without complaint: other characters are skipped, padding ends a group (some glue several texts together).
pub(super) fn base64(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3);
    let (mut group, mut count) = (0_u32, 0_u8);
    let mut flush = |group: u32, count: u8| match count {
        4 => out.extend_from_slice(&group.to_be_bytes()[1..]),
        3 => out.extend_from_slice(&(group << 6).to_be_bytes()[1..3]),
        2 => out.push((group << 12).to_be_bytes()[1]),
        _ => {}
    };
    for byte in raw {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                flush(group, count);
                (group, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        group = (group << 6) | u32::from(value);
        count += 1;
        if count == 4 {
            flush(group, 4);
            (group, count) = (0, 0);
        }
    }
    flush(group, count);
    out
}

/// Quoted-printable; in header words (`q`) an underscore is a blank.
pub(super) fn printable(raw: &[u8], q: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        match byte {
            b'=' => {
                if let (Some(high), Some(low)) = (hex(raw.get(at)), hex(raw.get(at + 1))) {
                    out.push((high * 16 + low) as u8);
                    at += 2;
                } else {
                    // A soft break: blanks may have been added before the line's end on the way.
                    let blanks = raw[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
                    match raw.get(at + blanks) {
                        Some(b'\n') => at += blanks + 1,
                        None => at += blanks,
                        Some(_) => out.push(b'='),
                    }
                }
            }
            b'_' if q => out.push(b' '),
            byte => out.push(*byte),
        }
    }
    out
}

/// Bytes as text. A wrong or missing name of the character set is common: UTF-8 when they are that, else what was
/// named, else Windows' Latin.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let named = charset.map(|c| c.trim().trim_matches(['"', '\'']).to_ascii_lowercase()).unwrap_or_default();
    let seven_bit = bytes.is_ascii();
    let escapes = seven_bit && (contains(bytes, b"\x1b$B") || contains(bytes, b"\x1b$@"));
    let vague = matches!(
        named.as_str(),
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "unknown-8bit" | "x-unknown" | "default"
    );
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if vague {
        if escapes && let Some(decode) = charset_decoder(b"iso-2022-jp") {
            return decode(bytes);
        }
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) if named.starts_with("utf") && mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => latin(bytes),
        };
    }
    match charset_decoder(named.as_bytes()).or_else(|| charset_decoder(alias(&named).as_bytes())) {
        Some(decode) => decode(bytes),
        None => std::str::from_utf8(bytes).map_or_else(|_| latin(bytes), str::to_owned),
    }
}

/// Names the decoders do not know.
fn alias(name: &str) -> &str {
    match name {
        "gb2312" | "gb_2312-80" | "x-gbk" | "cp936" | "ms936" => "gb18030",
        "x-sjis" | "cp932" | "ms932" | "windows-31j" => "shift_jis",
        "ks_c_5601-1987" | "cp949" | "ms949" | "windows-949" => "euc-kr",
        "iso-8859-8-i" | "iso-8859-8-e" => "iso-8859-8",
        "cp1252" | "ansi" | "latin1" => "windows-1252",
        name => name.strip_prefix("x-").unwrap_or(name),
    }
}

/// Whether bytes that are not UTF-8 are nearly so: a cut in the middle of a character, one damaged byte.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (bad, good) = text
        .chars()
        .filter(|c| !c.is_ascii())
        .fold((0_usize, 0_usize), |(bad, good), c| if c == '\u{fffd}' { (bad + 1, good) } else { (bad, good + 1) });
    good > bad * 4
}

fn latin(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252").map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |decode| decode(bytes))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|w| w == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_as_it_really_comes() {
        assert_eq!(base64(b"aGVsbG8="), b"hello");
        assert_eq!(base64(b"aGVs\r\n bG8"), b"hello");
        assert_eq!(base64(b"YQ==Yg=="), b"ab");
        assert_eq!(base64(b"!!!"), b"");
        assert_eq!(base64(b"Y"), b"");
    }

    #[test]
    fn quoted_printable_as_it_really_comes() {
        assert_eq!(printable(b"a=3Db=\r\nc=  \nd =zz =", false), b"a=bcd =zz ");
        assert_eq!(printable(b"a_b=5F", true), b"a b_");
    }

    #[test]
    fn character_sets() {
        let vectors: &[(&[u8], Option<&str>, &str)] = &[
            (b"Gr\xc3\xbc\xc3\x9fe", None, "Grüße"),
            (b"Gr\xfc\xdfe", None, "Grüße"),
            (b"Gr\xfc\xdfe", Some("utf-8"), "Grüße"),
            (b"Gr\xc3\xbc\xc3\x9fe \xc3\xa4\xc3\xb6\xc3\xbc\xc3", Some("UTF-8"), "Grüße äöü\u{fffd}"),
            (b"\x80 5", Some("iso-8859-1"), "€ 5"),
            (b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), "Привет"),
            (b"\xf0\xd2\xc9\xd7\xc5\xd4", Some("\"KOI8-R\""), "Привет"),
            (b"\x1b$B$3$s$K$A$O\x1b(B", Some("ISO-2022-JP"), "こんにちは"),
            (b"\x1b$B$3$s$K$A$O\x1b(B", None, "こんにちは"),
            (b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", Some("Shift_JIS"), "こんにちは"),
            (b"\xc4\xe3\xba\xc3", Some("GB2312"), "你好"),
            (b"\xa7A\xa6n", Some("big5"), "你好"),
            (b"\xbe\xc8\xb3\xe7", Some("ks_c_5601-1987"), "안녕"),
            (b"\xe3\xd1\xcd\xc8\xc7", Some("windows-1256"), "مرحبا"),
            (b"plain", Some("x-no-such-thing"), "plain"),
            (b"\xef\xbb\xbfmark", Some("utf-8"), "mark"),
        ];
        for (bytes, charset, wanted) in vectors {
            assert_eq!(text(bytes, *charset), *wanted, "{charset:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_decoded(bytes: Vec<u8>, charset in "(utf-8|gb18030|iso-2022-jp|shift_jis|utf-7|utf-16|euc-kr|big5|koi8-r|[a-z0-9-]{0,60})") {
            let _ = text(&bytes, Some(&charset));
            let _ = (base64(&bytes), printable(&bytes, true));
        }
    }
}
