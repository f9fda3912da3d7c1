//! Customers from CSV, however the columns are called and whatever is broken in it.
//!
//! Rows are put together from lines here and only then given to the csv crate, so that a quote that is never
//! closed costs one row and not the rest of the file.

use std::collections::{HashMap, VecDeque};
use std::io::BufRead;

use super::lines::{Line, Lines};
use super::record::{Customer, Record};
use super::{Item, Place};
use crate::domain::identity::{Phone, is_email, phone};

/// Longest line read, in bytes.
const LINE_LIMIT: usize = 4 * 1024 * 1024;
/// Longest field kept, in bytes.
const FIELD_LIMIT: usize = 64 * 1024;
/// Most lines one row may run over, quotes open.
const ROW_LINES: usize = 200;

/// A column we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Reference,
    Name,
    FirstName,
    LastName,
    Phones,
    Emails,
    Handle,
    Locale,
    Zone,
    Plan,
    Flags,
    Note,
    Since,
}

/// What columns are called elsewhere; compared without case, blanks, dashes and underscores.
const CALLED: &[(Column, &[&str])] = &[
    (
        Column::Reference,
        &[
            "ref",
            "reference",
            "id",
            "customerid",
            "customerref",
            "customerreference",
            "customernumber",
            "customerno",
            "account",
            "accountid",
            "accountnumber",
            "accountno",
            "contactid",
            "externalid",
            "userid",
            "clientid",
        ],
    ),
    (
        Column::Name,
        &["name", "fullname", "customer", "customername", "displayname", "contact", "contactname", "company"],
    ),
    (Column::FirstName, &["firstname", "givenname", "forename", "first"]),
    (Column::LastName, &["lastname", "familyname", "surname", "last"]),
    (
        Column::Phones,
        &[
            "phone",
            "phones",
            "phonenumber",
            "phonenumbers",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "telephone",
            "tel",
            "cell",
            "cellphone",
            "landline",
            "homephone",
            "workphone",
            "msisdn",
        ],
    ),
    (Column::Emails, &["email", "emails", "mail", "emailaddress", "emailaddresses", "mailaddress"]),
    (Column::Handle, &["handle", "username", "nick", "chathandle", "socialhandle"]),
    (Column::Locale, &["locale", "language", "lang", "preferredlanguage"]),
    (Column::Zone, &["zone", "timezone", "tz", "ianatimezone"]),
    (Column::Plan, &["plan", "product", "subscription", "tariff", "package", "tier"]),
    (Column::Flags, &["flags", "flag", "labels", "tags", "hints", "segments"]),
    (Column::Note, &["note", "notes", "comment", "comments", "remark", "remarks", "details"]),
    (
        Column::Since,
        &["since", "customersince", "created", "createdat", "createdon", "joined", "signupdate", "registered"],
    ),
];

/// The columns of one file.
struct Header {
    columns: Vec<Option<Column>>,
    names: Vec<String>,
    delimiter: u8,
}

/// Opens a CSV file of customers. Errors are about the header, without which no row can be read; warnings name
/// columns that are not used. `country` is the calling code of numbers without one.
pub fn read<R: BufRead + Send>(
    source: R,
    country: Option<String>,
) -> Result<(impl Iterator<Item = Item> + Send, Vec<String>), String> {
    let mut rows = Rows { lines: Lines::new(source, LINE_LIMIT), ahead: VecDeque::new(), end: 0 };
    let (header, warnings) = loop {
        match rows.line() {
            None => {
                return Err("the file is empty; its first line must name the columns, such as ref,name,phone".into());
            }
            Some(Err(error)) => return Err(format!("it cannot be read: {error}")),
            Some(Ok(line)) => match line.bytes {
                Some(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Some(bytes) => break header(&bytes)?,
                None => return Err("its first line is too long to name columns; is this a CSV file?".into()),
            },
        }
    };
    let mut seen = HashMap::new();
    let items = std::iter::from_fn(move || {
        loop {
            let (place, end, fields) = rows.row(&header)?;
            let fields = match fields {
                Ok(fields) if fields.iter().all(|f| f.trim().is_empty()) => continue,
                Ok(fields) => fields,
                Err(why) => return Some(Item::rejected(place, end, why)),
            };
            let mut warnings = Vec::new();
            let made = customer(&header, &fields, country.as_deref(), &mut warnings);
            let made = made.and_then(|c| match (seen.insert(c.reference.clone(), place.clone()), &place) {
                (Some(first), _) => Err(format!("ref {} was already on {first}", c.reference)),
                (None, _) => Ok(Box::new(Record::Customer(c))),
            });
            return Some(Item { place, record: made, warnings, end });
        }
    });
    Ok((items, warnings))
}

/// Reads the first line.
fn header(bytes: &[u8]) -> Result<(Header, Vec<String>), String> {
    let text = String::from_utf8_lossy(bytes);
    if text.trim_start().starts_with(['{', '[']) {
        return Err("this is JSON, not CSV; JSON needs --map FILE.toml to say what its fields are".into());
    }
    let count = |d: u8| bytes.split(|b| *b == d).count();
    let delimiter = [b',', b';', b'\t', b'|'].into_iter().max_by_key(|d| (count(*d), *d == b',')).unwrap_or(b',');
    let names = split(bytes, delimiter)?;
    let fold = |n: &str| n.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let find =
        |n: &str| CALLED.iter().find(|(_, called)| called.contains(&fold(n).as_str())).map(|(column, _)| *column);
    let mut columns: Vec<Option<Column>> = names.iter().map(|n| find(n)).collect();
    let mut warnings = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let many = matches!(columns[at], Some(Column::Phones | Column::Emails | Column::Note | Column::Flags));
        if columns[at].is_none() {
            warnings.push(format!("column {name:?} is not used"));
        } else if !many && columns[..at].contains(&columns[at]) {
            warnings.push(format!("column {name:?} is not used: another one before it says the same"));
            columns[at] = None;
        }
    }
    let has = |c: Column| columns.contains(&Some(c));
    let known = "its first line must name the columns, such as ref,name,phone,email";
    if !has(Column::Reference) {
        return Err(format!("no column is a customer reference (found {}); {known}", names.join(", ")));
    }
    if !(has(Column::Name) || has(Column::FirstName) || has(Column::LastName)) {
        return Err(format!("no column is a name (found {}); {known}", names.join(", ")));
    }
    Ok((Header { columns, names, delimiter }, warnings))
}

fn customer(
    header: &Header,
    fields: &[String],
    country: Option<&str>,
    warnings: &mut Vec<String>,
) -> Result<Customer, String> {
    let mut c = Customer::default();
    let (mut first, mut last) = (String::new(), String::new());
    for (at, field) in fields.iter().enumerate() {
        let text = field.trim();
        if text.len() > FIELD_LIMIT {
            return Err(format!("{} is longer than {FIELD_LIMIT} bytes", header.names[at]));
        }
        if text.is_empty() {
            continue;
        }
        match header.columns[at] {
            None => {}
            Some(Column::Reference) => text.clone_into(&mut c.reference),
            Some(Column::Name) => text.clone_into(&mut c.name),
            Some(Column::FirstName) => text.clone_into(&mut first),
            Some(Column::LastName) => text.clone_into(&mut last),
            Some(Column::Phones) => c.phones.extend(list(text, &[';', '|', ',', '\n'])),
            Some(Column::Emails) => c.emails.extend(list(text, &[';', '|', ',', '\n'])),
            Some(Column::Handle) => text.clone_into(&mut c.handle),
            Some(Column::Locale) => text.clone_into(&mut c.locale),
            Some(Column::Zone) => text.clone_into(&mut c.zone),
            Some(Column::Plan) => text.clone_into(&mut c.plan),
            Some(Column::Flags) => c.flags.extend(list(text, &[';', '|', ','])),
            Some(Column::Note) if c.note.is_empty() => text.clone_into(&mut c.note),
            Some(Column::Note) => c.note = format!("{}\n{text}", c.note),
            Some(Column::Since) => text.clone_into(&mut c.since),
        }
    }
    if c.name.is_empty() {
        c.name = [first, last].into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" ");
    }
    tidy(&mut c, country, warnings)?;
    Ok(c)
}

/// Checks a customer from elsewhere and puts identities into the form they are recognised by.
pub fn tidy(c: &mut Customer, country: Option<&str>, warnings: &mut Vec<String>) -> Result<(), String> {
    if c.reference.trim().is_empty() {
        return Err("the reference is missing".into());
    }
    if c.name.trim().is_empty() {
        return Err("the name is missing".into());
    }
    let mut phones = Vec::new();
    for text in &c.phones {
        match phone(text, country) {
            Phone::Good(number) => phones.push(number),
            Phone::National(number) => {
                warnings.push(format!(
                    "phone {number} has no calling code, so its calls are not recognised; --country adds one"
                ));
                phones.push(number);
            }
            Phone::Bad(why) => return Err(why),
        }
    }
    phones.dedup();
    c.phones = phones;
    if let Some(bad) = c.emails.iter().find(|e| !is_email(e)) {
        return Err(format!("{bad:?} is no e-mail address"));
    }
    c.emails.dedup();
    if !c.zone.is_empty() && crate::domain::calendar::wall::Zone::of(&c.zone).is_none() {
        warnings.push(format!("{:?} is no IANA time zone such as Europe/London; it is left out", c.zone));
        c.zone.clear();
    }
    if !c.since.is_empty() {
        let date = c.since.get(..10).unwrap_or(&c.since);
        match date.parse::<chrono::NaiveDate>() {
            Ok(date) => c.since = date.to_string(),
            Err(_) => warnings.push(format!("since: {:?} is no date such as 2025-06-30; it is kept as it is", c.since)),
        }
    }
    Ok(())
}

fn list(text: &str, marks: &[char]) -> Vec<String> {
    text.split(marks).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// Rows put together from lines.
struct Rows<R> {
    lines: Lines<R>,
    /// Lines read ahead for a row that was none.
    ahead: VecDeque<Line>,
    end: u64,
}

type Row = (Place, u64, Result<Vec<String>, String>);

impl<R: BufRead> Rows<R> {
    fn line(&mut self) -> Option<std::io::Result<Line>> {
        let line = self.ahead.pop_front().map(Ok).or_else(|| self.lines.next());
        if let Some(Ok(line)) = &line {
            self.end = line.end;
        }
        line
    }

    fn row(&mut self, header: &Header) -> Option<Row> {
        let first = match self.line()? {
            Ok(Line { bytes: Some(bytes), .. }) if bytes.iter().all(u8::is_ascii_whitespace) => {
                return self.row(header);
            }
            Ok(line) => line,
            Err(error) => {
                return Some((Place::Line(0), self.end, Err(format!("the file cannot be read further: {error}"))));
            }
        };
        let place = Place::Line(first.number);
        let Some(mut text) = first.bytes else {
            return Some((place, first.end, Err(format!("the line is longer than {LINE_LIMIT} bytes"))));
        };
        let mut more = Vec::new();
        let mut quotes = Quotes::default();
        quotes.run(&text, header.delimiter);
        while quotes.open && more.len() < ROW_LINES && text.len() < LINE_LIMIT {
            let Some(Ok(next)) = self.line() else { break };
            let Some(bytes) = &next.bytes else {
                more.push(next);
                break;
            };
            text.push(b'\n');
            text.extend_from_slice(bytes);
            quotes.run(b"\n", header.delimiter);
            quotes.run(bytes, header.delimiter);
            more.push(next);
        }
        let columns = header.columns.len();
        // A quote closed in the middle of a field was not meant to close this one.
        let unclosed = || "a quote is opened and never closed".to_owned();
        let fields = if quotes.open || (quotes.odd && !more.is_empty()) {
            Err(unclosed())
        } else {
            split(&text, header.delimiter).and_then(|fields| match fields.len() {
                n if n == columns => Ok(fields),
                // Blank fields too many or too few at the end are how spreadsheets say nothing.
                n if n > columns && fields[columns..].iter().all(|f| f.trim().is_empty()) => {
                    Ok(fields[..columns].to_vec())
                }
                n if more.is_empty() => Err(format!("it has {n} columns, the first line has {columns}")),
                _ => Err(unclosed()),
            })
        };
        if fields.is_err() {
            // Only the first line is to blame; the others may be fine rows.
            for line in more.drain(..).rev() {
                self.ahead.push_front(line);
            }
        }
        let end = more.last().map_or(first.end, |l| l.end);
        Some((place, end, fields))
    }
}

/// Whether a quoted field is open, by the rules of RFC 4180.
#[derive(Default)]
struct Quotes {
    open: bool,
    inside: bool,
    closing: bool,
    /// A closing quote was followed by something other than the end of its field.
    odd: bool,
}

impl Quotes {
    fn run(&mut self, bytes: &[u8], delimiter: u8) {
        for byte in bytes {
            if self.open && self.closing {
                self.closing = false;
                if *byte == b'"' {
                    continue;
                }
                self.open = false;
                self.odd |= *byte != delimiter && *byte != b'\n';
            }
            match byte {
                b'"' if self.open => self.closing = true,
                b'"' if !self.inside => (self.open, self.inside) = (true, true),
                b if !self.open && (*b == delimiter || *b == b'\n') => self.inside = false,
                _ => self.inside = true,
            }
        }
        if self.closing {
            (self.open, self.closing) = (false, false);
        }
    }
}

fn split(bytes: &[u8], delimiter: u8) -> Result<Vec<String>, String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|e| e.to_string())?;
    let texts = record.iter().enumerate().map(|(at, field)| {
        let text = std::str::from_utf8(field).map_err(|_| format!("column {} is not UTF-8 text", at + 1))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
    });
    texts.collect()
}

#[cfg(test)]
mod tests;
