//! Phone numbers and e-mail addresses as they must be to be recognised: E.164, and one address each. Where a text
//! comes from is not known here.

/// What a phone number as typed is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// E.164.
    Good(String),
    /// A number of one country, kept as typed without spaces; nobody can call it from elsewhere.
    National(String),
    /// No phone number.
    Bad(String),
}

/// Reads a phone number. `country` is the calling code that numbers without one belong to, digits only.
pub fn phone(text: &str, country: Option<&str>) -> Phone {
    let trimmed = text.trim().trim_start_matches("tel:").trim();
    let bad = |why: &str| Phone::Bad(format!("{text:?} is no phone number: {why}"));
    // The (0) of +44 (0)20 … is dialled only inside the country.
    let trimmed = if trimmed.starts_with('+') || trimmed.starts_with("00") {
        trimmed.replacen("(0)", "", 1)
    } else {
        trimmed.to_owned()
    };
    let mut digits = String::new();
    for (at, c) in trimmed.chars().enumerate() {
        match c {
            '+' if at == 0 => digits.push('+'),
            c if c.is_ascii_digit() => digits.push(c),
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '.' | '(' | ')' | '/' | '\u{2011}' | '\u{2013}' => {}
            c => return bad(&format!("it holds {c:?}")),
        }
    }
    if let Some(rest) = digits.strip_prefix("00") {
        digits = format!("+{rest}");
    }
    if let Some(number) = digits.strip_prefix('+') {
        return match number.len() {
            _ if number.starts_with('0') => bad("no calling code begins with 0"),
            0..8 => bad("it is too short"),
            8..16 => Phone::Good(digits),
            _ => bad("it is too long"),
        };
    }
    match (digits.len(), country) {
        (0..5, _) => bad("it is too short"),
        (16.., _) => bad("it is too long"),
        (_, Some(code)) => {
            let whole = format!("+{code}{}", digits.trim_start_matches('0'));
            if (9..=16).contains(&whole.len()) { Phone::Good(whole) } else { bad("it does not fit the country") }
        }
        (_, None) => Phone::National(digits),
    }
}

/// Whether text is one e-mail address, strictly enough that a slip is noticed.
pub fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let fine = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | ';' | '<' | '>' | '"');
    let labels = || host.split('.');
    !user.is_empty()
        && user.len() <= 64
        && host.len() <= 253
        && !user.contains('@')
        && !user.starts_with('.')
        && !user.ends_with('.')
        && text.chars().all(fine)
        && labels().count() >= 2
        && labels().all(|l| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_calling_code_become_e164() {
        for text in ["+44 20 7946 0123", "0044 20 7946 0123", "+44 (0)20 7946-0123", "tel:+44.20.7946.0123"] {
            assert_eq!(phone(text, None), Phone::Good("+442079460123".into()), "{text}");
        }
        assert_eq!(phone("+1 (212) 555-0134", None), Phone::Good("+12125550134".into()));
        assert_eq!(phone("+49 30/23125 123", None), Phone::Good("+493023125123".into()));
    }

    #[test]
    fn numbers_without_one_need_the_country() {
        assert_eq!(phone("01632 960123", None), Phone::National("01632960123".into()));
        assert_eq!(phone("01632 960123", Some("44")), Phone::Good("+441632960123".into()));
        assert_eq!(phone("(212) 555-0134", Some("1")), Phone::Good("+12125550134".into()));
    }

    #[test]
    fn what_is_no_number_is_said_to_be_none() {
        for text in ["", "n/a", "123", "+0 123 456 789", "+4420794601234567890", "call me", "7946 ext 5"] {
            assert!(matches!(phone(text, None), Phone::Bad(_)), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for good in ["a@b.co", "dana.holt+x@mail.example.org", "ö@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["", "a", "a@", "@b.co", "a@b", "a b@c.de", "a@b..de", "a@b.de,c@d.ef", "a@@b.de", "a@-b.de", ".a@b.de"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
