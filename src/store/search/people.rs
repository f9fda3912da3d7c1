//! Customers by name, note, reference or identity, and by any run of digits of a telephone number.

use rusqlite::Connection;

use super::fold::{fold, split};
use super::words::{Words, quote};
use super::{From, matches};
use crate::domain::people::Customer;
use crate::domain::row::{Entity, Row, RowKey};
use crate::store::fault::Fault;
use crate::store::rows;

const SCORED: usize = 300;
/// Fewer digits than this are no telephone number.
const LEAST_DIGITS: usize = 4;

/// Customers, best first.
pub(in crate::store) fn search(conn: &Connection, typed: &str, limit: usize) -> Result<Vec<Customer>, Fault> {
    let words = Words::parse(typed);
    let mut ids = Vec::new();
    if let Some(digits) = digits(typed) {
        let expression = format!("identities : {}*", quote(&digits));
        ids.extend(matches(conn, "fts_customer", &expression, From::Highest, SCORED)?);
    }
    if let Some(expression) = words.expression() {
        ids.extend(matches(conn, "fts_customer", &expression, From::Highest, SCORED)?);
    } else if words.stub().is_none() {
        return Ok(Vec::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let folded = words.folded();
    let mut found = Vec::new();
    for id in ids {
        if let Some(Row::Customer(customer)) = rows::readable(conn, RowKey { entity: Entity::Customer, id })? {
            found.push((score(&customer, &folded), customer));
        }
    }
    found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)).then(x.id.cmp(&y.id)));
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, customer)| customer).collect())
}

/// The digits of what looks like a telephone number, without what changes with where one calls from: plus, leading
/// zeros.
fn digits(typed: &str) -> Option<String> {
    let text = typed.trim();
    if text.len() > 40 || !text.chars().all(|c| c.is_ascii_digit() || "+ ()-./".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (digits.len() >= LEAST_DIGITS).then(|| digits.to_owned())
}

fn score(customer: &Customer, words: &[(String, bool)]) -> u32 {
    let reference = fold(&customer.reference);
    let name = fold(&customer.name);
    let in_name: Vec<&str> = split(&name).collect();
    let mut score = 0;
    for (word, _) in words {
        score += if reference == *word {
            20
        } else if in_name.contains(&word.as_str()) {
            10
        } else if in_name.iter().any(|w| w.starts_with(word.as_str())) {
            8
        } else {
            1
        };
    }
    let first = words.first().is_some_and(|(word, _)| in_name.first().is_some_and(|w| w.starts_with(word.as_str())));
    score + u32::from(first)
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn numbers_are_read_as_dialled() {
        assert_eq!(digits("020 7946-0123").as_deref(), Some("2079460123"));
        assert_eq!(digits("+44 (20) 7946").as_deref(), Some("44207946"));
        assert_eq!(digits("0044 20").as_deref(), Some("4420"));
        assert_eq!(digits("123"), None);
        assert_eq!(digits("C-1234"), None);
    }
}
