//! `cordboard export`: everything, or a part, as JSON Lines.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Context as _, bail};
use serde::Serialize as _;
use serde_json::ser::Formatter;

use super::args::{Export, Global};
use super::books::Books;
use super::exchange::write::{Selection, Written, records};
use super::places::Places;
use crate::domain::row::Entity;
use crate::domain::safe;
use crate::domain::time::At;

/// Runs the command.
pub fn run(args: &Export, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let mut books = super::office::open_existing(&places)?;
    let selection = selection(args, &mut *books)?;
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        write(&mut *books, &selection, &mut out)?;
        return Ok(out.flush()?);
    };
    // A half-written export must not be taken for a whole one: it gets its name when it is done.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let shown = path.display();
    let file = File::create(&part).with_context(|| format!("{shown} cannot be written"))?;
    let mut out = BufWriter::new(file);
    let written = write(&mut *books, &selection, &mut out).and_then(|written| {
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(written)
    });
    let written = match written.and_then(|w| std::fs::rename(&part, path).map(|()| w).map_err(Into::into)) {
        Ok(written) => written,
        Err(error) => {
            std::fs::remove_file(&part).ok();
            return Err(error.context(format!("{shown} cannot be written")));
        }
    };
    eprintln!(
        "{shown}: {} configuration records, {} customers, {} cases, {} open interactions, {} articles.",
        written.config, written.customers, written.cases, written.interactions, written.articles
    );
    Ok(())
}

fn write(books: &mut dyn Books, selection: &Selection, out: &mut dyn Write) -> anyhow::Result<Written> {
    records(books, selection, &mut |record| {
        let mut json = serde_json::Serializer::with_formatter(&mut *out, Plain);
        // As an error of the pipe, so that a closed one ends quietly.
        record.serialize(&mut json).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })
}

/// Writes characters that a terminal would obey or hide as `\u` escapes: the same words to whoever reads the JSON,
/// harmless to whoever looks at it.
struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, words: &str) -> std::io::Result<()> {
        if safe::is_safe(words) {
            return out.write_all(words.as_bytes());
        }
        let mut utf8 = [0; 4];
        for c in words.chars() {
            let one: &str = c.encode_utf8(&mut utf8);
            if safe::is_safe(one) {
                out.write_all(one.as_bytes())?;
            } else {
                let mut utf16 = [0; 2];
                for unit in c.encode_utf16(&mut utf16) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

fn selection(args: &Export, books: &mut dyn Books) -> anyhow::Result<Selection> {
    const KINDS: [&str; 4] = ["config", "customers", "cases", "articles"];
    if let Some(wrong) = args.what.iter().find(|w| !KINDS.contains(&w.as_str())) {
        bail!("--what {wrong}: it should be {}", KINDS.join(", "));
    }
    let mut id = |entity: Entity, word: &str, name: &Option<String>| -> anyhow::Result<Option<u64>> {
        let Some(name) = name else { return Ok(None) };
        let found = books.ids(&[(entity, name.clone())])?.into_iter().next().flatten();
        found.map(Some).with_context(|| format!("there is no {word} {name}"))
    };
    let queue = id(Entity::Queue, "queue", &args.queue)?;
    let customer = id(Entity::Customer, "customer", &args.customer)?;
    let since = args.since.as_deref().map(since).transpose()?;
    // A filter about cases or one customer means those, unless --what says more.
    let cases_only = queue.is_some() || since.is_some();
    let wants = |kind: &str| match args.what.as_slice() {
        [] if customer.is_some() => matches!(kind, "customers" | "cases"),
        [] if cases_only => kind == "cases",
        [] => true,
        named => named.iter().any(|w| w == kind),
    };
    Ok(Selection {
        config: wants("config"),
        customers: wants("customers"),
        cases: wants("cases"),
        articles: wants("articles"),
        queue,
        since,
        customer,
    })
}

/// A day or an instant; a day begins at midnight UTC.
fn since(text: &str) -> anyhow::Result<At> {
    let day = || Some(At(text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()));
    At::from_rfc3339(text).or_else(day).with_context(|| {
        format!("--since {text}: it is no day such as 2025-06-30, and no time such as 2025-06-30T14:05:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_are_the_same_to_a_reader_and_harmless_to_a_terminal() {
        let words = "a\u{1b}[2J\u{9b}31m\u{202e}exe.\u{7f}\u{e0041}\u{2028} Ömer 阿部 👩‍👩‍👧 \"q\"\n";
        let mut out = Vec::new();
        words.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Plain)).expect("memory never fails");
        let text = String::from_utf8(out).expect("text");
        assert!(safe::is_safe(&text), "{text:?}");
        assert!(text.contains("Ömer 阿部 👩‍👩‍👧"), "honest words stay as they are: {text}");
        assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), words);
    }
}
